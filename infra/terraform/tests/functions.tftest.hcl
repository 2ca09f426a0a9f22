# What the functions are told, and what everything is called. Needs neither AWS nor a build.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment  = "dev"
  account_id   = "123456789012"
  package_dir  = "tests/packages"
  alarm_emails = ["oncall@example.com"]
}

run "names_as_specified" {
  command = plan

  assert {
    condition = local.function_names == {
      stripe     = "stripe-webhook-validator"
      paypal     = "paypal-webhook-validator"
      square     = "square-webhook-validator"
      processor  = "webhook-processor"
      query      = "transaction-query"
      authorizer = "usage-key-authorizer"
      compactor  = "transaction-log-compactor"
    }
    error_message = "A function has another name."
  }
  assert {
    condition     = output.raw_bucket == "123456789012-webhook-payloads-dev" && output.processed_bucket == "123456789012-transaction-logs-dev"
    error_message = "A bucket has another name."
  }
  assert {
    condition     = output.transactions_table == "webhook-transactions"
    error_message = "The table has another name."
  }
  assert {
    condition     = output.secret_names == { stripe = "webhook-processor/stripe/secret", paypal = "webhook-processor/paypal/secret", square = "webhook-processor/square/secret" }
    error_message = "A secret has another name."
  }
  assert {
    condition     = output.function_arns.processor == "arn:aws:lambda:us-east-1:123456789012:function:webhook-processor"
    error_message = "The processor's ARN is another."
  }
}

run "a_second_stack_in_the_account" {
  command = plan
  variables {
    name_suffix = "eu2"
  }

  assert {
    condition     = alltrue([for name in concat(values(local.function_names), [output.transactions_table, output.raw_bucket, output.processed_bucket]) : endswith(name, "-eu2")])
    error_message = "A name is that of the first stack."
  }
  assert {
    condition     = output.secret_names.stripe == "webhook-processor-eu2/stripe/secret"
    error_message = "webhookctl looks for secrets by another name."
  }
  assert {
    condition     = local.function_handlers.processor == "webhook-processor" && endswith(local.function_packages.processor, "/webhook-processor.zip")
    error_message = "Packages have no suffix."
  }
  assert {
    condition     = alltrue([for stage in local.stage_variables : endswith(stage.table, "-eu2") && endswith(stage.raw_bucket, "-eu2")])
    error_message = "The stages name the first stack's resources."
  }
}

run "environments_without_options" {
  command = plan

  assert {
    condition     = toset(keys(local.validator_environments.stripe)) == toset(["PROVIDER_NAME", "PROVIDER_SECRET_ARN", "DYNAMODB_TABLE", "S3_BUCKET", "PROCESSOR_FUNCTION_ARN", "ENVIRONMENT", "LOG_LEVEL"])
    error_message = "The validator of Stripe has other variables."
  }
  assert {
    condition     = keys(local.validator_environments.square) == keys(local.validator_environments.stripe)
    error_message = "Without a URL, Square's validator has Stripe's variables."
  }
  assert {
    condition     = setsubtract(keys(local.validator_environments.paypal), keys(local.validator_environments.stripe)) == toset(["TRANSMISSIONS_TABLE", "PAYPAL_ENVIRONMENT", "PAYPAL_VERIFICATION"])
    error_message = "The validator of PayPal has other variables."
  }
  assert {
    condition     = toset(keys(local.processor_environment)) == toset(["DYNAMODB_TABLE", "S3_PROCESSED_BUCKET", "ENVIRONMENT", "RECORD_TTL_DAYS", "LOG_LEVEL"])
    error_message = "The processor has other variables."
  }
  assert {
    condition     = local.validator_environments.paypal.PROVIDER_NAME == "paypal" && local.validator_environments.paypal.PROVIDER_SECRET_ARN == "arn:aws:secretsmanager:us-east-1:123456789012:secret:webhook-processor/paypal/secret"
    error_message = "PayPal's validator is told another secret."
  }
  assert {
    condition     = local.processor_environment.RECORD_TTL_DAYS == "2557"
    error_message = "Records expire before seven years."
  }
}

run "environments_with_every_option" {
  command = plan
  variables {
    paypal_receivers        = ["seller@example.com", "ABCDEFGHJKLMN"]
    paypal_environment      = "sandbox"
    square_notification_url = "https://webhooks.example.com/api/v1/webhooks/square"
    extra_environment       = { AWS_ENDPOINT_URL_S3 = "http://127.0.0.1:4566", ENVIRONMENT = "elsewhere" }
  }

  assert {
    condition     = local.processor_environment.PAYPAL_RECEIVERS == "seller@example.com,ABCDEFGHJKLMN" && local.processor_environment.S3_BUCKET == local.raw_bucket && local.processor_environment.PAYPAL_ENVIRONMENT == "sandbox"
    error_message = "The processor cannot have IPN confirmed."
  }
  assert {
    condition     = local.validator_environments.paypal.PAYPAL_RECEIVERS == local.processor_environment.PAYPAL_RECEIVERS && !can(local.validator_environments.stripe.PAYPAL_RECEIVERS)
    error_message = "Validator and processor know different receivers."
  }
  assert {
    condition     = local.validator_environments.square.SQUARE_NOTIFICATION_URL == var.square_notification_url && !can(local.validator_environments.stripe.SQUARE_NOTIFICATION_URL)
    error_message = "Square's URL is not told to Square's validator alone."
  }
  assert {
    condition     = local.shared_environment.AWS_ENDPOINT_URL_S3 == "http://127.0.0.1:4566" && local.shared_environment.ENVIRONMENT == "dev"
    error_message = "An emulator's address does not reach the functions, or the environment can be overwritten."
  }
}

run "stages_name_their_own_environments_resources" {
  command = plan

  assert {
    condition     = toset(keys(local.stage_variables)) == toset(["dev", "staging", "production"])
    error_message = "A stage is missing."
  }
  assert {
    condition = alltrue([
      for stage, variables in local.stage_variables :
      variables == {
        env              = stage
        table            = "webhook-transactions"
        raw_bucket       = "123456789012-webhook-payloads-${stage}"
        processed_bucket = "123456789012-transaction-logs-${stage}"
      }
    ])
    error_message = "A stage's variables are others."
  }
}

run "usage_keys_tell_providers_and_environments_apart" {
  command = plan

  assert {
    condition     = local.usage_keys.stripe == "stripe-usage-dev-123456789012" && length(distinct(values(local.usage_keys))) == 3
    error_message = "Two plans would be one."
  }
}

run "an_earlier_version_of_the_layer" {
  command = plan
  variables {
    layer_version = 7
  }

  assert {
    condition     = output.layer_version_arn == "arn:aws:lambda:us-east-1:123456789012:layer:webhook-processor-dependencies:7"
    error_message = "The functions run with another version."
  }
}

run "an_emulator_that_ignores_layers" {
  command = plan
  variables {
    endpoint_url        = "http://127.0.0.1:4566"
    fat_packages        = true
    lambda_architecture = "x86_64"
  }

  assert {
    condition     = output.layer_version_arn == null && length(module.dependencies_layer) == 0
    error_message = "There is a layer."
  }
  assert {
    condition     = local.function_packages.query == "tests/packages/fat/transaction-query.zip"
    error_message = "The package has no bootstrap in it."
  }
  assert {
    condition     = output.webhookctl.endpoints.dynamodb == "http://127.0.0.1:4566"
    error_message = "webhookctl would ask AWS."
  }
}

run "this_deployment_for_webhookctl" {
  command = plan
  variables {
    custom_domain = {
      domain_name     = "webhooks.example.com"
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0000-0000-0000-000000000000"
    }
  }

  assert {
    condition     = output.webhook_urls.square == "https://webhooks.example.com/api/v1/webhooks/square"
    error_message = "The address for Square is another."
  }
  assert {
    condition     = output.custom_domain_target == null || can(output.custom_domain_target.zone_id)
    error_message = "Nobody is told where the domain's record points."
  }
}

# The account is asked for where it is not given.
run "without_an_account_id" {
  command = plan
  variables {
    account_id = ""
  }

  assert {
    condition     = output.raw_bucket == "123456789012-webhook-payloads-dev"
    error_message = "The account is not that of the credentials."
  }
}
