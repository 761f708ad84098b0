terraform {
  required_providers {
    time = {
      source = "hashicorp/time"
    }
  }
}

variable "resources" {
  type = number
}

variable "release" {
  type = string
}

resource "time_static" "this" {
  count = var.resources

  triggers = {
    release = var.release
  }
}
