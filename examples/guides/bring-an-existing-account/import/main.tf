locals {
  usernames = toset(["newsletter", "invoices"])
}

import {
  to = smtp_domain.shop
  id = "example.com"
}

resource "smtp_domain" "shop" {
  domain = "example.com"
}

import {
  for_each = local.usernames
  to       = smtp_credential.shop[each.key]
  id       = "example.com/${each.key}"
}

resource "smtp_credential" "shop" {
  for_each = local.usernames
  domain   = smtp_domain.shop.id
  username = each.key
}

data "smtp_credential" "shop" {
  for_each = local.usernames
  domain   = "example.com"
  username = each.key
}

import {
  for_each = data.smtp_credential.shop
  to       = smtp_credential_password.shop[each.key]
  id       = each.value.id
}

resource "smtp_credential_password" "shop" {
  for_each        = local.usernames
  domain          = smtp_domain.shop.id
  credential_guid = smtp_credential.shop[each.key].credential_guid
}

import {
  to = smtp_webhook.bounced
  id = "example.com/8a6e0804-2bd0-4672-b79d-d97027f9071a"
}

resource "smtp_webhook" "bounced" {
  domain = smtp_domain.shop.id
  type   = "bounced"
  url    = "https://example.com/hooks/bounced"
}
