# Whose webhooks count against which limits. Usage plans are best effort on AWS, so a provider's limits are those of its method
# too (stages.tf).

# One authorizer a provider over the one function: decisions are kept by identity source, and the source is the same for all.
resource "aws_api_gateway_authorizer" "usage_key" {
  for_each = var.authorizers ? var.webhooks : {}

  rest_api_id            = aws_api_gateway_rest_api.this.id
  name                   = "${each.key}-usage-key"
  type                   = "REQUEST"
  authorizer_uri         = format(local.function_uri, var.authorizer_function_arn)
  authorizer_credentials = var.role_arn

  # The answer depends on the method alone. A source that a sender chooses would make each of its values a question.
  identity_source                  = "stageVariables.env"
  authorizer_result_ttl_in_seconds = 3600
}

resource "aws_api_gateway_usage_plan" "provider" {
  for_each = var.webhooks

  name        = "${var.name}-${each.key}"
  description = "Webhooks of ${each.key}."

  dynamic "api_stages" {
    for_each = aws_api_gateway_stage.this
    content {
      api_id = aws_api_gateway_rest_api.this.id
      stage  = api_stages.value.stage_name
    }
  }

  throttle_settings {
    rate_limit  = each.value.rate_per_s
    burst_limit = each.value.burst
  }

  dynamic "quota_settings" {
    for_each = each.value.daily_quota == null ? [] : [each.value.daily_quota]
    content {
      limit  = quota_settings.value
      period = "DAY"
    }
  }
}

resource "aws_api_gateway_api_key" "provider" {
  for_each = var.webhooks

  name        = "${var.name}-${each.key}"
  description = "Tells the usage plan of ${each.key}. An identifier that only the authorizer can give, not a secret."
  value       = each.value.usage_key
  enabled     = each.value.enabled
}

resource "aws_api_gateway_usage_plan_key" "provider" {
  for_each = var.webhooks

  key_id        = aws_api_gateway_api_key.provider[each.key].id
  key_type      = "API_KEY"
  usage_plan_id = aws_api_gateway_usage_plan.provider[each.key].id
}
