# POST /api/v1/webhooks/{stripe,paypal,square}, GET /api/v1/transactions and /api/v1/transactions/{id}.

locals {
  # What a model stands for. Stripe's and Square's bodies are JSON whatever they are labelled; PayPal sends forms too, which
  # API Gateway cannot validate and the validator does.
  webhook_content_types = {
    stripe = ["application/json", "$default"]
    paypal = ["application/json"]
    square = ["application/json", "$default"]
  }
}

module "api_gateway" {
  source = "./modules/api-gateway"

  name           = local.api_name
  region         = local.region
  authorizers    = !contains(var.emulator_lacks, "authorizers")
  escaped_paths  = !contains(var.emulator_lacks, "escaped_paths")
  role_arn       = local.api_role_arn
  manage_account = var.manage_api_gateway_account

  authorizer_function_arn = local.function_arns.authorizer
  query_function_arn      = local.function_arns.query
  query_authorization     = var.query_authorization

  webhooks = {
    for provider in local.providers : provider => {
      function_arn  = local.function_arns[provider]
      schema        = file("${path.root}/../../system/schemas/${provider}-webhook.json")
      content_types = local.webhook_content_types[provider]
      usage_key     = local.usage_keys[provider]
      enabled       = !contains(var.disabled_providers, provider)
      rate_per_s    = var.provider_throttles[provider].rate_per_s
      burst         = var.provider_throttles[provider].burst
      daily_quota   = lookup(var.provider_daily_quotas, provider, null)
      source_cidrs  = lookup(var.provider_source_cidrs, provider, [])
    }
  }

  stages = {
    for stage, variables in local.stage_variables : stage => {
      variables            = variables
      access_log_group_arn = "arn:aws:logs:${local.region}:${local.account_id}:log-group:${local.api_access_log_groups[stage]}"
    }
  }
  stage_throttle = var.stage_throttle

  # These carry the API's id in their names, so they come between the API and its stages.
  stages_after = values(aws_cloudwatch_log_group.api_execution)[*].arn

  # The domain shows this environment's stage; the functions would refuse what comes by another.
  custom_domain = var.custom_domain == null ? null : {
    domain_name     = var.custom_domain.domain_name
    certificate_arn = var.custom_domain.certificate_arn
    stage           = var.environment
  }

  depends_on = [aws_iam_role_policy.api_gateway, aws_cloudwatch_log_group.api_access]
}
