# Asked only when the account's id is not given, so that a plan can be made without AWS.
data "aws_caller_identity" "current" {
  count = var.account_id == "" ? 1 : 0

  lifecycle {
    precondition {
      condition     = !var.offline
      error_message = "offline needs account_id: without AWS nobody can be asked which account this is."
    }
  }
}

# Known to the provider itself; names the region in every ARN. Read first, so choices that contradict each other are refused here:
# until Terraform 1.9 a variable's own validation could not look at another variable.
data "aws_region" "current" {
  lifecycle {
    precondition {
      condition     = contains(var.stages, var.environment)
      error_message = "stages must name this stack's own environment, ${var.environment}: its functions take no other stage's requests."
    }
    precondition {
      condition     = !(var.force_destroy_buckets && var.environment == "production")
      error_message = "force_destroy_buckets must be false in production: its buckets hold the only copy of what was received."
    }
    precondition {
      condition     = !(var.query_authorization == "NONE" && var.environment == "production")
      error_message = "query_authorization must be AWS_IAM in production: transactions are nobody's to read without signing for it."
    }
    precondition {
      condition     = var.environment != "production" || !local.emulated
      error_message = "endpoint_url must be empty in production: what runs on an emulator is another environment."
    }
    precondition {
      condition     = var.lambda_architecture == "arm64" || local.emulated
      error_message = "lambda_architecture must be arm64 on AWS; x86_64 is for an emulator, which endpoint_url names."
    }
    precondition {
      condition     = !var.fat_packages || local.emulated
      error_message = "fat_packages must be false on AWS, where functions share the layer; it is for an emulator, which endpoint_url names."
    }
    precondition {
      condition     = length(var.emulator_lacks) == 0 || local.emulated
      error_message = "emulator_lacks must be empty on AWS, which lacks none of it; it is for an emulator, which endpoint_url names."
    }
    precondition {
      condition     = var.environment != "production" || length(local.overrides) == 0
      error_message = "extra_environment must not have ${join(", ", local.overrides)} in production, which asks AWS and PayPal themselves."
    }
  }
}
