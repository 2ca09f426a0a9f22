# Tells API Gateway whose usage plan a webhook counts against, since providers cannot send an API key. Asked once an hour for
# each provider; proves nothing about the sender.
module "authorizer" {
  source = "./modules/lambda-function"

  name        = local.function_names.authorizer
  description = "Names the usage plan that a webhook counts against."
  handler     = local.function_handlers.authorizer
  role_arn    = local.function_role_arns.authorizer

  package      = local.function_packages.authorizer
  layer_arns   = module.dependencies_layer[*].version_arn
  architecture = var.lambda_architecture

  memory_mb = var.function_memory_mb.authorizer
  timeout_s = local.function_timeouts_s.authorizer

  environment = merge(local.shared_environment, { USAGE_KEYS = jsonencode(local.usage_keys) })

  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function]
}
