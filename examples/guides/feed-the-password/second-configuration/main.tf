data "terraform_remote_state" "mail" {
  backend = "local"
  config  = { path = "../mail/terraform.tfstate" }
}

output "smtp_password" {
  value     = data.terraform_remote_state.mail.outputs.smtp_password
  sensitive = true
}
