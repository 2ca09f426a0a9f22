# Log groups, and the metrics that are read from the functions' log lines. Each line is one JSON object; its fields and messages are
# those of system/webhook-lambda/src/log.rs.

locals {
  log_retention_days = {
    stripe     = var.log_retention_days.validators
    paypal     = var.log_retention_days.validators
    square     = var.log_retention_days.validators
    processor  = var.log_retention_days.processor
    query      = var.log_retention_days.query
    authorizer = var.log_retention_days.validators
    # One line a provider and night: cheap, and wanted when somebody asks since when a file is incomplete.
    compactor = var.log_retention_days.processor
  }
}

# Made before the functions: Lambda would make groups that keep everything for ever, and roles may not make any.
resource "aws_cloudwatch_log_group" "function" {
  for_each = local.function_log_groups

  name              = each.value
  retention_in_days = local.log_retention_days[each.key]
}

resource "aws_cloudwatch_log_group" "api_access" {
  for_each = local.api_access_log_groups

  name              = each.value
  retention_in_days = var.log_retention_days.api
}

# API Gateway names these itself and would keep them for ever; made first, they have an end.
resource "aws_cloudwatch_log_group" "api_execution" {
  for_each = var.stages

  name              = "API-Gateway-Execution-Logs_${module.api_gateway.rest_api_id}/${each.key}"
  retention_in_days = var.log_retention_days.api
}

# Metric filters. One with a dimension cannot have a default value, and counts only lines that have the field, so its pattern
# asks for the field too. Values that are read from a line must be asked for in the same way.

locals {
  validators = local.providers

  metric_filters = {
    # Everything that failed, whichever function and whether or not it knew whose event it was.
    error-lines = {
      functions  = keys(local.function_names)
      pattern    = "{ $.level = \"ERROR\" }"
      metric     = "ErrorLines"
      value      = "1"
      default    = "0"
      dimensions = {}
      unit       = "Count"
    }
    errors-by-provider = {
      functions  = concat(local.validators, ["processor", "compactor"])
      pattern    = "{ $.level = \"ERROR\" && $.provider = \"*\" }"
      metric     = "ErrorsByProvider"
      value      = "1"
      default    = null
      dimensions = { Provider = "$.provider" }
      unit       = "Count"
    }
    # The processor writes it of an IPN that PayPal disowns.
    invalid-signatures = {
      functions  = concat(local.validators, ["processor"])
      pattern    = "{ $.message = \"Invalid signature\" && $.provider = \"*\" }"
      metric     = "InvalidSignatures"
      value      = "1"
      default    = null
      dimensions = { Provider = "$.provider" }
      unit       = "Count"
    }
    processing-duration = {
      functions  = ["processor"]
      pattern    = "{ $.message = \"Webhook processed\" && $.provider = \"*\" && $.duration_ms >= 0 }"
      metric     = "ProcessingDuration"
      value      = "$.duration_ms"
      default    = null
      dimensions = { Provider = "$.provider" }
      unit       = "Milliseconds"
    }
    failed-compactions = {
      functions  = ["compactor"]
      pattern    = "{ $.message = \"Compaction failed\" }"
      metric     = "FailedCompactions"
      value      = "1"
      default    = "0"
      dimensions = {}
      unit       = "Count"
    }
  }

  metric_filters_by_group = merge([
    for name, filter in local.metric_filters : {
      for function in filter.functions : "${name}/${function}" => merge(filter, { name = name, function = function })
    }
  ]...)
}

resource "aws_cloudwatch_log_metric_filter" "function" {
  for_each = local.metric_filters_by_group

  name           = each.value.name
  log_group_name = aws_cloudwatch_log_group.function[each.value.function].name
  pattern        = each.value.pattern

  metric_transformation {
    namespace     = local.metrics_namespace
    name          = each.value.metric
    value         = each.value.value
    default_value = each.value.default
    dimensions    = each.value.dimensions
    unit          = each.value.unit
  }
}
