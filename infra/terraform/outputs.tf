# Where to send webhooks and what everything is called.

output "api_endpoint" {
  description = "Base URL of this environment's stage; providers are given the URLs in webhook_urls."
  value       = local.api_endpoint
}

output "webhook_urls" {
  description = "What to register at each provider."
  value       = { for provider in local.providers : provider => "${local.api_endpoint}/api/v1/webhooks/${provider}" }
}

output "stage_urls" {
  description = "Address of each stage of the API."
  value       = module.api_gateway.invoke_urls
}

output "api_id" {
  description = "Id of the REST API."
  value       = module.api_gateway.rest_api_id
}

output "custom_domain_target" {
  description = "What the DNS record of the custom domain points at; null without one."
  value       = module.api_gateway.custom_domain
}

output "function_arns" {
  description = "ARN of each function."
  value       = local.function_arns
}

output "layer_version_arn" {
  description = "Version of the layer that functions run with; null with fat packages."
  value       = one(module.dependencies_layer[*].version_arn)
}

output "transactions_table" {
  description = "Name of the table of transactions."
  value       = local.transactions_table
}

output "raw_bucket" {
  description = "Name of the bucket of raw bodies."
  value       = local.raw_bucket
}

output "processed_bucket" {
  description = "Name of the bucket of the transaction log."
  value       = local.processed_bucket
}

output "dead_letter_queue_url" {
  description = "URL of the dead-letter queue."
  value       = aws_sqs_queue.dead_letters.url
}

output "secret_names" {
  description = "Name of each provider's secret, to be given a value with `webhookctl secret put`."
  value       = local.secret_names
}

output "usage_keys" {
  description = "Each provider's usage key: an identifier, not a secret. On AWS the authorizer alone can give it; some emulators want it in the header x-api-key."
  value       = local.usage_keys
}

output "webhookctl" {
  description = "This deployment for webhookctl: `terraform output -json webhookctl > ready.json`, then `webhookctl --target aws --ready-file ready.json …` (an emulator: --target localstack)."
  value = merge(
    {
      region              = local.region
      account_id          = local.account_id
      environment         = var.environment
      name_suffix         = var.name_suffix
      api_base_url        = local.api_endpoint
      table               = local.transactions_table
      transmissions_table = local.transmissions_table
      raw_bucket          = local.raw_bucket
      processed_bucket    = local.processed_bucket
      dlq_url             = aws_sqs_queue.dead_letters.url
      secrets             = local.secret_names
    },
    var.square_notification_url == "" ? {} : { square_notification_url = var.square_notification_url },
    !local.emulated ? {} : {
      endpoints = { for service in ["s3", "dynamodb", "sqs", "secretsmanager", "lambda"] : service => var.endpoint_url }
    },
  )
}

locals {
  api_endpoint = (
    # As emulators have it: they have no host names of their own.
    local.emulated ? "${var.endpoint_url}/restapis/${module.api_gateway.rest_api_id}/${var.environment}/_user_request_" :
    var.custom_domain != null ? "https://${var.custom_domain.domain_name}" :
    lookup(module.api_gateway.invoke_urls, var.environment, null)
  )
}
