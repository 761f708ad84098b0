# What the account has: each domain with the user names of its credentials, and
# with the addresses of its webhooks, by event.
locals {
  domains = {
    "example.com" = {
      usernames = ["newsletter", "invoices"]
      webhooks  = { bounced = "https://hooks.example.com/bounced" }
    }
  }

  logins = merge([for domain, d in local.domains : {
    for username in d.usernames : "${username}@${domain}" => { domain = domain, username = username }
  }]...)
  hooks = merge([for domain, d in local.domains : {
    for type, url in d.webhooks : "${type} of ${domain}" => { domain = domain, type = type, url = url }
  }]...)
}

import {
  for_each = local.domains
  to       = smtp_domain.this[each.key]
  id       = each.key
}

resource "smtp_domain" "this" {
  for_each = local.domains

  domain = each.key
}

import {
  for_each = local.logins
  to       = smtp_credential.this[each.key]
  id       = "${each.value.domain}/${each.value.username}"
}

resource "smtp_credential" "this" {
  for_each = local.logins

  domain   = smtp_domain.this[each.value.domain].id
  username = each.value.username
}

# Passwords and webhooks are imported by their GUIDs, which are looked up.
data "smtp_credential" "this" {
  for_each = local.logins

  domain   = each.value.domain
  username = each.value.username
}

import {
  for_each = data.smtp_credential.this
  to       = smtp_credential_password.this[each.key]
  id       = each.value.id
}

resource "smtp_credential_password" "this" {
  for_each = local.logins

  domain          = smtp_domain.this[each.value.domain].id
  credential_guid = smtp_credential.this[each.key].credential_guid
}

data "smtp_webhooks" "this" {
  for_each = local.domains

  domain = each.key
}

import {
  for_each = local.hooks
  to       = smtp_webhook.this[each.key]
  id = join("/", [each.value.domain, one([
    for hook in data.smtp_webhooks.this[each.value.domain].webhooks : hook.webhook_guid
    if hook.type == each.value.type && hook.url == each.value.url
  ])])
}

resource "smtp_webhook" "this" {
  for_each = local.hooks

  domain = smtp_domain.this[each.value.domain].id
  type   = each.value.type
  url    = each.value.url
}
