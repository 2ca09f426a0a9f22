# Tables, buckets, queue and secrets of an environment.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
}

variables {
  environment  = "dev"
  account_id   = "123456789012"
  offline      = true
  package_dir  = "tests/packages"
  alarm_emails = ["oncall@example.com"]
}

run "an_environment_for_trying_things" {
  command = plan

  assert {
    condition     = module.transactions_table.name == "webhook-transactions" && module.transmissions_table.name == "webhook-transmissions"
    error_message = "The tables' names."
  }
  assert {
    condition     = module.raw_bucket.name == "123456789012-webhook-payloads-dev" && module.processed_bucket.name == "123456789012-transaction-logs-dev" && module.trail_bucket.name == "123456789012-webhook-audit-trail-dev"
    error_message = "The buckets' names: account, purpose, environment."
  }
  assert {
    condition     = toset([for secret in values(aws_secretsmanager_secret.provider) : secret.name]) == toset(["webhook-processor/stripe/secret", "webhook-processor/paypal/secret", "webhook-processor/square/secret"])
    error_message = "The secrets' names."
  }
  assert {
    condition     = local.raw_retention_days == 365 && !local.deletion_protection
    error_message = "Raw bodies stay a year; the table is not protected."
  }
  assert {
    condition = local.table_indexes == {
      ProviderTimestampIndex = { partition_key = { name = "provider", type = "S" }, sort_key = { name = "timestamp", type = "N" } }
      CustomerIndex          = { partition_key = { name = "customer_id", type = "S" }, sort_key = { name = "timestamp", type = "N" } }
    }
    error_message = "By provider and by customer, each in the order of time."
  }
  assert {
    condition     = aws_sqs_queue.dead_letters.name == "webhook-processing-dlq" && aws_sqs_queue.dead_letters.message_retention_seconds == 1209600 && aws_sqs_queue.dead_letters.visibility_timeout_seconds == 30 && aws_sqs_queue.dead_letters.sqs_managed_sse_enabled
    error_message = "14 days, 30 seconds, encrypted."
  }
  assert {
    condition     = jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement[0].Effect == "Deny" && jsondecode(aws_sqs_queue_policy.dead_letters.policy).Statement[0].Condition.Bool["aws:SecureTransport"] == "false"
    error_message = "TLS only."
  }
}

run "production_keeps" {
  command = plan

  variables {
    environment = "production"
  }

  assert {
    condition     = local.raw_retention_days == 2557 && local.deletion_protection
    error_message = "Raw bodies stay seven years; the table is protected."
  }
  assert {
    condition     = alltrue([for secret in values(aws_secretsmanager_secret.provider) : secret.recovery_window_in_days == 30])
    error_message = "A deleted secret can be had back for 30 days."
  }
}

run "choices_and_a_second_stack_in_the_account" {
  command = plan

  variables {
    environment          = "production"
    name_suffix          = "eu2"
    raw_retention_days   = 365
    deletion_protection  = false
    secret_recovery_days = 0
  }

  assert {
    condition     = local.raw_retention_days == 365 && !local.deletion_protection && alltrue([for secret in values(aws_secretsmanager_secret.provider) : secret.recovery_window_in_days == 0])
    error_message = "What is said counts."
  }
  assert {
    condition     = module.transactions_table.name == "webhook-transactions-eu2" && module.raw_bucket.name == "123456789012-webhook-payloads-production-eu2" && aws_sqs_queue.dead_letters.name == "webhook-processing-dlq-eu2" && aws_secretsmanager_secret.provider["stripe"].name == "webhook-processor-eu2/stripe/secret"
    error_message = "The suffix is in every name."
  }
}

run "production_buckets_are_not_destroyed" {
  command = plan

  variables {
    environment           = "production"
    force_destroy_buckets = true
  }
  expect_failures = [data.aws_region.current]
}

run "values_that_there_are_not" {
  command = plan

  variables {
    raw_retention_days      = 100
    record_retention_days   = 30
    secret_recovery_days    = 3
    noncurrent_version_days = 0
    table_billing_mode      = "ON_DEMAND"
  }
  expect_failures = [var.raw_retention_days, var.record_retention_days, var.secret_recovery_days, var.noncurrent_version_days, var.table_billing_mode]
}
