# Wrong inputs, each refused by the variable itself. Several in a run, since a run costs seconds; each named one must fail.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment  = "dev"
  account_id   = "123456789012"
  package_dir  = "tests/packages"
  alarm_emails = ["oncall@example.com"]
}

run "another_environments_name" {
  command = plan
  variables {
    environment = "prod"
  }
  expect_failures = [var.environment]
}

run "wrong_values" {
  command = plan
  variables {
    aws_region          = "eu-west-1"
    account_id          = "1234-5678-9012"
    name_suffix         = "-eu2"
    extra_tags          = { "aws:cost" = "1" }
    endpoint_url        = "127.0.0.1:4566"
    emulator_lacks      = ["xray"]
    package_dir         = "target/package/arm64/layer.zip"
    lambda_architecture = "arm"
    layer_version       = 0
    stages              = ["prod"]
    stage_throttle      = { rate_per_s = 0, burst = 5000 }
    provider_throttles = {
      stripe = { rate_per_s = 0, burst = 5000 }
      paypal = { rate_per_s = 1500, burst = 5000 }
      square = { rate_per_s = 1000, burst = 5000 }
    }
    provider_daily_quotas          = { adyen = 1000 }
    disabled_providers             = ["adyen"]
    query_authorization            = "none"
    provider_source_cidrs          = { stripe = ["203.0.113.7"] }
    custom_domain                  = { domain_name = "https://webhooks.example.com", certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f" }
    processor_reserved_concurrency = 0
    function_memory_mb             = { processor = 512 }
    log_level                      = "DEBUG"
    square_notification_url        = "webhooks.example.com"
    paypal_environment             = "production"
    paypal_verification            = "online"
    paypal_receivers               = ["seller@example.com, other@example.com"]
    extra_environment              = { "log-level" = "INFO" }
    raw_retention_days             = 0
    record_retention_days          = 365
    noncurrent_version_days        = 0
    transaction_log_retention_days = 365
    trail_retention_days           = 365
    unproven_retention_days        = 0
    dead_letter_retention_days     = 15
    log_retention_days             = { processor = 31 }
    alarm_thresholds               = { api_4xx_share = 5 }
    trace_sampling                 = { rate = 10 }
    table_billing_mode             = "ON_DEMAND"
    secret_recovery_days           = 3
    alarm_emails                   = []
    alarm_https_endpoints          = ["http://pager.example.com"]
    forged_alarm_threshold         = 0
    operator_principals            = ["arn:aws:iam::123456789012:root"]
  }
  expect_failures = [
    var.aws_region,
    var.account_id,
    var.name_suffix,
    var.extra_tags,
    var.endpoint_url,
    var.emulator_lacks,
    var.package_dir,
    var.lambda_architecture,
    var.layer_version,
    var.stages,
    var.stage_throttle,
    var.provider_throttles,
    var.provider_daily_quotas,
    var.disabled_providers,
    var.query_authorization,
    var.provider_source_cidrs,
    var.custom_domain,
    var.processor_reserved_concurrency,
    var.function_memory_mb,
    var.log_level,
    var.square_notification_url,
    var.paypal_environment,
    var.paypal_verification,
    var.paypal_receivers,
    var.extra_environment,
    var.raw_retention_days,
    var.record_retention_days,
    var.noncurrent_version_days,
    var.transaction_log_retention_days,
    var.trail_retention_days,
    var.unproven_retention_days,
    var.dead_letter_retention_days,
    var.log_retention_days,
    var.alarm_thresholds,
    var.trace_sampling,
    var.table_billing_mode,
    var.secret_recovery_days,
    var.alarm_emails,
    var.alarm_https_endpoints,
    var.forged_alarm_threshold,
    var.operator_principals,
  ]
}

run "other_wrong_values" {
  command = plan
  variables {
    aws_region     = ""
    account_id     = "12345678901"
    name_suffix    = "eu-west-1"
    endpoint_url   = "http://127.0.0.1:4566/"
    emulator_lacks = ["tracing", "Trail"]
    package_dir    = ""
    layer_version  = 1.5
    stages         = []
    stage_throttle = { rate_per_s = 10000, burst = 0.5 }
    provider_throttles = {
      stripe = { rate_per_s = 2000, burst = -1 }
      paypal = { rate_per_s = 1500, burst = 5000 }
      square = { rate_per_s = 1000, burst = 5000 }
    }
    provider_daily_quotas          = { stripe = 0 }
    disabled_providers             = ["Stripe"]
    provider_source_cidrs          = { adyen = ["203.0.113.0/24"] }
    custom_domain                  = { domain_name = "webhooks.example.com", certificate_arn = "arn:aws:acm:eu-west-1:123456789012:certificate/0f" }
    processor_reserved_concurrency = 901
    function_memory_mb             = { query = 256.5 }
    extra_environment              = { SECRET = "whsec_0123456789" }
    raw_retention_days             = 30
    record_retention_days          = 2557.5
    transaction_log_retention_days = 2557.5
    trail_retention_days           = 36501
    unproven_retention_days        = 91
    dead_letter_retention_days     = 4
    log_retention_days             = { api = 0 }
    alarm_thresholds               = { dead_letters = 1.5 }
    trace_sampling                 = { per_second = -1 }
    secret_recovery_days           = 31
    alarm_emails                   = ["oncall"]
    operator_principals            = ["oncall"]
  }
  expect_failures = [
    var.aws_region,
    var.account_id,
    var.name_suffix,
    var.endpoint_url,
    var.emulator_lacks,
    var.package_dir,
    var.layer_version,
    var.stages,
    var.stage_throttle,
    var.provider_throttles,
    var.provider_daily_quotas,
    var.disabled_providers,
    var.provider_source_cidrs,
    var.custom_domain,
    var.processor_reserved_concurrency,
    var.function_memory_mb,
    var.extra_environment,
    var.raw_retention_days,
    var.record_retention_days,
    var.transaction_log_retention_days,
    var.trail_retention_days,
    var.unproven_retention_days,
    var.dead_letter_retention_days,
    var.log_retention_days,
    var.alarm_thresholds,
    var.trace_sampling,
    var.secret_recovery_days,
    var.alarm_emails,
    var.operator_principals,
  ]
}

run "and_others" {
  command = plan
  variables {
    name_suffix      = "EU2"
    alarm_thresholds = { function_duration_percent = 100 }
  }
  expect_failures = [
    var.name_suffix,
    var.alarm_thresholds,
  ]
}

run "a_latency_that_nobody_waits_for" {
  command = plan
  variables {
    alarm_thresholds         = { api_latency_p99_ms = 29000 }
    lambda_concurrency_quota = 10
  }
  expect_failures = [var.alarm_thresholds, var.lambda_concurrency_quota]
}

# Values that are right each by itself, and not together.

run "a_stack_whose_stage_is_missing" {
  command = plan
  variables {
    stages = ["production"]
  }
  expect_failures = [data.aws_region.current]
}

run "queries_open_in_production" {
  command = plan
  variables {
    environment         = "production"
    query_authorization = "NONE"
  }
  expect_failures = [data.aws_region.current]
}

run "buckets_that_can_be_emptied_in_production" {
  command = plan
  variables {
    environment           = "production"
    force_destroy_buckets = true
  }
  expect_failures = [data.aws_region.current]
}

run "another_paypal_in_production" {
  command = plan
  variables {
    environment       = "production"
    extra_environment = { PAYPAL_ENDPOINT = "http://127.0.0.1:8080" }
  }
  expect_failures = [data.aws_region.current]
}

run "an_emulator_as_production" {
  command = plan
  variables {
    environment  = "production"
    endpoint_url = "http://127.0.0.1:4566"
  }
  expect_failures = [data.aws_region.current]
}

run "intel_on_aws" {
  command = plan
  variables {
    lambda_architecture = "x86_64"
  }
  expect_failures = [data.aws_region.current]
}

run "fat_packages_on_aws" {
  command = plan
  variables {
    fat_packages = true
  }
  expect_failures = [data.aws_region.current]
}

run "offline_without_an_account" {
  command = plan
  variables {
    offline    = true
    account_id = ""
  }
  expect_failures = [data.aws_caller_identity.current]
}
