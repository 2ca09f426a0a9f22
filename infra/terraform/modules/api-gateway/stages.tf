# What is deployed, where, with which limits, and what is logged: never a body, a header or a query, of which any may hold
# what must not be in a log.

locals {
  # Ids of requests, what matched, how it ended, how long it took, whose plan it counted against. API Gateway's own errors are
  # told by their kind: the message of a wrong signature quotes headers and query, the schema's complaints quote the body.
  access_log = {
    requestId            = "$context.requestId"
    extendedRequestId    = "$context.extendedRequestId"
    requestTimeEpochMs   = "$context.requestTimeEpoch"
    apiId                = "$context.apiId"
    stage                = "$context.stage"
    httpMethod           = "$context.httpMethod"
    resourcePath         = "$context.resourcePath"
    status               = "$context.status"
    responseLength       = "$context.responseLength"
    responseLatencyMs    = "$context.responseLatency"
    integrationStatus    = "$context.integration.status"
    integrationLatencyMs = "$context.integration.latency"
    integrationRequestId = "$context.integration.requestId"
    integrationError     = "$context.integration.error"
    authorizerStatus     = "$context.authorizer.status"
    authorizerLatencyMs  = "$context.authorizer.latency"
    authorizerError      = "$context.authorizer.error"
    apiKeyId             = "$context.identity.apiKeyId"
    errorType            = "$context.error.responseType"
    xrayTraceId          = "$context.xrayTraceId"
  }

  # AWS knows a method's settings by its path with each slash as ~1; under a plain path they would be kept and hold for nothing.
  webhooks_path = var.escaped_paths ? "~1api~1v1~1webhooks~1" : "api/v1/webhooks/"

  webhook_settings = merge([
    for stage in keys(var.stages) : {
      for provider, webhook in var.webhooks : "${stage}/${provider}" => merge(webhook, { stage = stage, path = "${local.webhooks_path}${provider}/POST" })
    }
  ]...)
}

# The account's one setting of the role that writes logs, which stages with logs cannot do without.
resource "aws_api_gateway_account" "this" {
  count = var.manage_account ? 1 : 0

  cloudwatch_role_arn = var.role_arn
}

# A snapshot of everything above, made anew whenever something in it changes. What matters is named by what it is set to, not by
# ids, which a plan does not know.
resource "aws_api_gateway_deployment" "this" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  description = "Deployed by Terraform."

  triggers = {
    configuration = sha256(jsonencode([
      {
        for provider, webhook in var.webhooks :
        provider => [webhook.function_arn, webhook.schema, webhook.content_types, webhook.source_cidrs]
      },
      local.function_uri,
      var.query_function_arn,
      var.query_authorization,
      var.authorizers ? var.authorizer_function_arn : null,
      var.role_arn,
      var.custom_domain != null,
      # Resources whose arguments are written down in these files.
      filesha256("${path.module}/main.tf"),
      filesha256("${path.module}/usage.tf"),
      filesha256("${path.module}/policies.tf"),
    ]))
  }

  depends_on = [
    aws_api_gateway_integration.webhook,
    aws_api_gateway_integration.list_transactions,
    aws_api_gateway_integration.get_transaction,
    aws_api_gateway_rest_api_policy.sources,
  ]

  lifecycle {
    create_before_destroy = true
  }
}

resource "aws_api_gateway_stage" "this" {
  for_each = var.stages

  rest_api_id   = aws_api_gateway_rest_api.this.id
  deployment_id = aws_api_gateway_deployment.this.id
  stage_name    = each.key
  variables     = each.value.variables

  xray_tracing_enabled = true

  access_log_settings {
    destination_arn = each.value.access_log_group_arn
    format          = jsonencode(local.access_log)
  }

  depends_on = [aws_api_gateway_account.this, var.stages_after]
}

# What holds for every method of a stage that has no settings of its own.
resource "aws_api_gateway_method_settings" "stage" {
  for_each = var.stages

  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this[each.key].stage_name
  method_path = "*/*"

  settings {
    logging_level          = "INFO"
    data_trace_enabled     = false
    metrics_enabled        = true
    caching_enabled        = false
    throttling_rate_limit  = var.stage_throttle.rate_per_s
    throttling_burst_limit = var.stage_throttle.burst
  }
}

# A method's own settings replace the stage's whole: logging is said again.
resource "aws_api_gateway_method_settings" "webhook" {
  for_each = local.webhook_settings

  rest_api_id = aws_api_gateway_rest_api.this.id
  stage_name  = aws_api_gateway_stage.this[each.value.stage].stage_name
  method_path = each.value.path

  settings {
    logging_level          = "INFO"
    data_trace_enabled     = false
    metrics_enabled        = true
    caching_enabled        = false
    throttling_rate_limit  = each.value.rate_per_s
    throttling_burst_limit = each.value.burst
  }

  # One after the other: both are patches of the same stage, and a method's sent beside the stage's own have been seen to get lost.
  depends_on = [aws_api_gateway_method_settings.stage]
}

# A domain of its own

resource "aws_api_gateway_domain_name" "this" {
  count = var.custom_domain == null ? 0 : 1

  domain_name              = var.custom_domain.domain_name
  regional_certificate_arn = var.custom_domain.certificate_arn
  security_policy          = "TLS_1_2"

  endpoint_configuration {
    types = ["REGIONAL"]
  }
}

resource "aws_api_gateway_base_path_mapping" "this" {
  count = var.custom_domain == null ? 0 : 1

  api_id      = aws_api_gateway_rest_api.this.id
  domain_name = aws_api_gateway_domain_name.this[0].domain_name
  stage_name  = aws_api_gateway_stage.this[var.custom_domain.stage].stage_name
}
