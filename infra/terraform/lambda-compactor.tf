# Makes one transactions.json of each provider's day: the processor writes an object an event, since many of them at once could
# not add to one file.
module "compactor" {
  source = "./modules/lambda-function"

  name        = local.function_names.compactor
  description = "Makes one file of each provider's day in the transaction log."
  handler     = local.function_handlers.compactor
  role_arn    = local.function_role_arns.compactor

  package      = local.function_packages.compactor
  layer_arns   = module.dependencies_layer[*].version_arn
  architecture = var.lambda_architecture

  memory_mb    = var.function_memory_mb.compactor
  timeout_s    = local.function_timeouts_s.compactor
  asynchronous = { retries = 2, event_age_s = 21600 }

  environment = merge(local.shared_environment, { S3_PROCESSED_BUCKET = local.processed_bucket })

  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function]
}

# Days are days in UTC. Two hours after midnight nearly all of yesterday has come; what comes later is added on the next nights.
resource "aws_cloudwatch_event_rule" "compaction" {
  name                = local.compaction_rule
  description         = "Has yesterday's transaction log made into one file a provider."
  schedule_expression = "cron(0 2 * * ? *)"
}

resource "aws_cloudwatch_event_target" "compaction" {
  rule = aws_cloudwatch_event_rule.compaction.name
  arn  = local.function_arns.compactor

  depends_on = [module.compactor]
}

resource "aws_lambda_permission" "compaction" {
  statement_id  = "NightlySchedule"
  action        = "lambda:InvokeFunction"
  function_name = module.compactor.name
  principal     = "events.amazonaws.com"
  source_arn    = local.compaction_rule_arn
}
