# A function of the system: the `bootstrap` of the layer (or, in a fat package, its own), chosen by the handler, with active
# tracing. Its role, log group and queue are made elsewhere and come in by ARN, so that a plan knows all of it.
resource "aws_lambda_function" "this" {
  function_name = var.name
  description   = var.description
  role          = var.role_arn

  runtime       = "provided.al2023"
  handler       = var.handler
  architectures = [var.architecture]
  layers        = var.layer_arns

  filename         = var.package
  source_code_hash = fileexists(var.package) ? filebase64sha256(var.package) : null

  memory_size                    = var.memory_mb
  timeout                        = var.timeout_s
  reserved_concurrent_executions = var.reserved_concurrency

  environment {
    variables = var.environment
  }

  tracing_config {
    mode = "Active"
  }

  dynamic "dead_letter_config" {
    for_each = var.dead_letter_arn == null ? [] : [var.dead_letter_arn]
    content {
      target_arn = dead_letter_config.value
    }
  }

  lifecycle {
    precondition {
      condition     = fileexists(var.package)
      error_message = "There is no package of ${var.name} at ${var.package}. Run `just package`, or set package_dir to the folder that it is in."
    }
  }
}

# How often, and for how long, an event that nobody waits for is tried.
resource "aws_lambda_function_event_invoke_config" "this" {
  count = var.asynchronous == null ? 0 : 1

  function_name                = aws_lambda_function.this.function_name
  maximum_retry_attempts       = var.asynchronous.retries
  maximum_event_age_in_seconds = var.asynchronous.event_age_s
}
