terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = ">= 5.80, < 6.0"
    }
  }
}

provider "aws" {
  region = local.target.region

  # The workers read the target's stores with their role: they are of its account.
  allowed_account_ids         = var.offline ? null : [local.target.account_id]
  skip_credentials_validation = var.offline
  skip_requesting_account_id  = var.offline
  skip_metadata_api_check     = var.offline

  default_tags {
    tags = { Project = "peakproof", Part = "load-workers" }
  }
}
