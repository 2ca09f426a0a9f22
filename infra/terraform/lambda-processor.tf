# Makes records of events. Nobody waits for it: Lambda tries an event three times, within six hours, and then puts it into the
# dead-letter queue (sqs.tf).
module "processor" {
  source = "./modules/lambda-function"

  name        = local.function_names.processor
  description = "Normalizes events of all providers and writes them to the table and to the transaction log."
  handler     = local.function_handlers.processor
  role_arn    = local.function_role_arns.processor

  package      = local.function_packages.processor
  layer_arns   = module.dependencies_layer[*].version_arn
  architecture = var.lambda_architecture

  memory_mb            = var.function_memory_mb.processor
  timeout_s            = local.function_timeouts_s.processor
  reserved_concurrency = var.processor_reserved_concurrency
  dead_letter_arn      = local.dead_letter_queue_arn
  asynchronous         = { retries = 2, event_age_s = 21600 }

  environment = local.processor_environment

  # Lambda tries the queue with the function's role when the function is made.
  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function, aws_sqs_queue.dead_letters]
}

locals {
  processor_environment = merge(
    local.shared_environment,
    {
      DYNAMODB_TABLE      = local.transactions_table
      S3_PROCESSED_BUCKET = local.processed_bucket
      RECORD_TTL_DAYS     = tostring(var.record_retention_days)
    },
    # PayPal's form notifications wait in the raw bucket until PayPal has confirmed them.
    length(var.paypal_receivers) == 0 ? {} : {
      PAYPAL_RECEIVERS   = join(",", var.paypal_receivers)
      PAYPAL_ENVIRONMENT = var.paypal_environment
      S3_BUCKET          = local.raw_bucket
    },
  )
}
