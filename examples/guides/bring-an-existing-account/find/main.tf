data "smtp_domains" "all" {}

data "smtp_credentials" "all" {
  for_each = toset(data.smtp_domains.all.domains[*].domain)
  domain   = each.key
}

data "smtp_webhooks" "all" {
  for_each = toset(data.smtp_domains.all.domains[*].domain)
  domain   = each.key
}

output "account" {
  value = {
    for domain, d in data.smtp_credentials.all : domain => {
      usernames = d.credentials[*].username
      webhooks  = { for hook in data.smtp_webhooks.all[domain].webhooks : hook.type => hook.url... }
    }
  }
}
