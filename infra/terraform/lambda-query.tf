# Answers GET /api/v1/transactions and /api/v1/transactions/{id} from the table and its indexes.
module "query" {
  source = "./modules/lambda-function"

  name        = local.function_names.query
  description = "Answers queries about transactions."
  handler     = local.function_handlers.query
  role_arn    = local.function_role_arns.query

  package      = local.function_packages.query
  layer_arns   = module.dependencies_layer[*].version_arn
  architecture = var.lambda_architecture

  memory_mb = var.function_memory_mb.query
  timeout_s = local.function_timeouts_s.query

  environment = merge(local.shared_environment, { DYNAMODB_TABLE = local.transactions_table })

  depends_on = [aws_iam_role_policy.function, aws_cloudwatch_log_group.function]
}
