# One secret, and then a command that fails or takes long, as part of the apply.
terraform {
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.90, < 6.0"
    }
  }
}

variable "endpoint_url" {
  type = string
}

provider "aws" {
  region                      = "us-east-1"
  skip_credentials_validation = true
  skip_requesting_account_id  = true
  skip_metadata_api_check     = true

  endpoints {
    secretsmanager = var.endpoint_url
  }
}

resource "aws_secretsmanager_secret" "first" {
  name                    = "deployer-test"
  recovery_window_in_days = 0
}

resource "terraform_data" "then" {
  input = aws_secretsmanager_secret.first.arn

  provisioner "local-exec" {
    command = "COMMAND"
  }
}
