# One validator a provider: proves the signature, keeps the raw body, hands the event to the processor, answers.

locals {
  validator_environments = {
    for provider in local.providers : provider => merge(
      local.shared_environment,
      {
        PROVIDER_NAME          = provider
        PROVIDER_SECRET_ARN    = local.secret_arns[provider]
        DYNAMODB_TABLE         = local.transactions_table
        S3_BUCKET              = local.raw_bucket
        PROCESSOR_FUNCTION_ARN = local.function_arns.processor
      },
      provider == "square" && var.square_notification_url != "" ? { SQUARE_NOTIFICATION_URL = var.square_notification_url } : {},
      provider == "paypal" ? merge(
        {
          TRANSMISSIONS_TABLE = local.transmissions_table
          PAYPAL_ENVIRONMENT  = var.paypal_environment
          PAYPAL_VERIFICATION = var.paypal_verification
        },
        length(var.paypal_receivers) > 0 ? { PAYPAL_RECEIVERS = join(",", var.paypal_receivers) } : {},
      ) : {},
    )
  }
}

module "validator" {
  source   = "./modules/lambda-function"
  for_each = local.validator_environments

  name        = local.function_names[each.key]
  description = "Verifies webhooks of ${each.key}, keeps their bodies and hands them to the processor."
  handler     = local.function_handlers[each.key]
  role_arn    = local.function_role_arns[each.key]

  package      = local.function_packages[each.key]
  layer_arns   = module.dependencies_layer[*].version_arn
  architecture = var.lambda_architecture

  memory_mb   = var.function_memory_mb.validator
  timeout_s   = local.function_timeouts_s[each.key]
  environment = each.value

  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function]
}
