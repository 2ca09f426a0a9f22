terraform {
  required_version = ">= 1.5"

  required_providers {
    aws = {
      source = "hashicorp/aws"
      # 5.x as specified. The trail's selector by userIdentity.arn came early in 2025; older versions refuse it.
      version = ">= 5.90, < 6.0"
    }
  }
}
