# A function as the stack makes it, and what is refused. Needs neither AWS nor a build.

mock_provider "aws" {}

variables {
  name        = "webhook-processor-eu2"
  description = "Makes records."
  handler     = "webhook-processor"
  role_arn    = "arn:aws:iam::123456789012:role/webhook-processor-eu2-role"
  package     = "../../tests/packages/webhook-processor.zip"
  layer_arns  = ["arn:aws:lambda:us-east-1:123456789012:layer:webhook-processor-dependencies:1"]
  memory_mb   = 1024
  timeout_s   = 30
  environment = { ENVIRONMENT = "dev" }
}

run "what_every_function_has" {
  command = plan

  assert {
    condition     = aws_lambda_function.this.runtime == "provided.al2023" && aws_lambda_function.this.architectures == tolist(["arm64"])
    error_message = "The function does not run on arm64 and provided.al2023."
  }
  assert {
    condition     = aws_lambda_function.this.tracing_config[0].mode == "Active"
    error_message = "Tracing is not active."
  }
  assert {
    condition     = aws_lambda_function.this.function_name == "webhook-processor-eu2" && aws_lambda_function.this.handler == "webhook-processor"
    error_message = "The handler must be the name without the suffix: the bootstrap and the package go by it."
  }
  assert {
    condition     = aws_lambda_function.this.memory_size == 1024 && aws_lambda_function.this.timeout == 30
    error_message = "Memory or time-out are others."
  }
  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == -1
    error_message = "Concurrency is reserved without being asked for."
  }
  assert {
    condition     = length(aws_lambda_function.this.dead_letter_config) == 0 && length(aws_lambda_function_event_invoke_config.this) == 0
    error_message = "A function that is waited for has neither queue nor retries."
  }
  assert {
    condition     = aws_lambda_function.this.source_code_hash == filebase64sha256("../../tests/packages/webhook-processor.zip")
    error_message = "Another package would not be deployed."
  }
}

run "what_nobody_waits_for" {
  command = plan
  variables {
    reserved_concurrency = 100
    dead_letter_arn      = "arn:aws:sqs:us-east-1:123456789012:webhook-processing-dlq"
    asynchronous         = { retries = 2, event_age_s = 21600 }
  }

  assert {
    condition     = aws_lambda_function.this.reserved_concurrent_executions == 100
    error_message = "The concurrency is not reserved."
  }
  assert {
    condition     = aws_lambda_function.this.dead_letter_config[0].target_arn == "arn:aws:sqs:us-east-1:123456789012:webhook-processing-dlq"
    error_message = "Failed events go elsewhere."
  }
  assert {
    condition     = aws_lambda_function_event_invoke_config.this[0].maximum_retry_attempts == 2 && aws_lambda_function_event_invoke_config.this[0].maximum_event_age_in_seconds == 21600
    error_message = "Retries or the age of events are others."
  }
}

run "a_fat_package_has_no_layer" {
  command = plan
  variables {
    layer_arns = []
    package    = "../../tests/packages/fat/webhook-processor.zip"
  }

  assert {
    condition     = try(length(aws_lambda_function.this.layers), 0) == 0
    error_message = "There is a layer."
  }
}

run "a_missing_package_is_told" {
  command = plan
  variables {
    package = "../../tests/packages/nowhere.zip"
  }
  expect_failures = [aws_lambda_function.this]
}

run "a_handler_that_the_bootstrap_does_not_know" {
  command = plan
  variables {
    handler = "index.handler"
  }
  expect_failures = [var.handler]
}

run "a_secret_in_the_environment" {
  command = plan
  variables {
    environment = { PROVIDER_SECRET = "whsec_0123456789" }
  }
  expect_failures = [var.environment]
}

run "a_variable_that_no_shell_could_name" {
  command = plan
  variables {
    environment = { "log-level" = "INFO" }
  }
  expect_failures = [var.environment]
}

run "an_environment_that_is_too_large" {
  command = plan
  variables {
    environment = { LONG = format("%04097d", 1) }
  }
  expect_failures = [var.environment]
}

run "memory_that_is_too_little" {
  command = plan
  variables {
    memory_mb = 64
  }
  expect_failures = [var.memory_mb]
}

run "a_timeout_that_lambda_does_not_have" {
  command = plan
  variables {
    timeout_s = 901
  }
  expect_failures = [var.timeout_s]
}

run "no_concurrency_at_all" {
  command = plan
  variables {
    reserved_concurrency = 0
  }
  expect_failures = [var.reserved_concurrency]
}

run "more_retries_than_lambda_makes" {
  command = plan
  variables {
    asynchronous = { retries = 3, event_age_s = 21600 }
  }
  expect_failures = [var.asynchronous]
}

run "an_event_older_than_lambda_keeps_it" {
  command = plan
  variables {
    asynchronous = { retries = 2, event_age_s = 86400 }
  }
  expect_failures = [var.asynchronous]
}

run "a_queue_by_its_name" {
  command = plan
  variables {
    dead_letter_arn = "webhook-processing-dlq"
  }
  expect_failures = [var.dead_letter_arn]
}

run "a_role_by_its_name" {
  command = plan
  variables {
    role_arn = "webhook-processor-role"
  }
  expect_failures = [var.role_arn]
}

run "another_processor" {
  command = plan
  variables {
    architecture = "amd64"
  }
  expect_failures = [var.architecture]
}
