# Every name and ARN of the stack, built from what is known before anything exists: a plan can then be judged whole. Resources
# take their names from here, and whoever refers to them takes the ARN from here.

locals {
  account_id = var.account_id == "" ? data.aws_caller_identity.current[0].account_id : var.account_id
  region     = data.aws_region.current.name
  suffix     = var.name_suffix == "" ? "" : "-${var.name_suffix}"

  emulated = var.endpoint_url != ""
  # With a given account nobody needs to be asked; emulators have no accounts.
  offline = var.offline || local.emulated

  tags = merge(var.extra_tags, {
    Application = "webhook-processing${local.suffix}"
    Environment = var.environment
    ManagedBy   = "terraform"
  })

  providers = ["stripe", "paypal", "square"]

  # The bootstrap goes by the handler; packages are named for it, too.
  function_handlers = {
    stripe     = "stripe-webhook-validator"
    paypal     = "paypal-webhook-validator"
    square     = "square-webhook-validator"
    processor  = "webhook-processor"
    query      = "transaction-query"
    authorizer = "usage-key-authorizer"
    compactor  = "transaction-log-compactor"
  }
  function_names = { for key, handler in local.function_handlers : key => "${handler}${local.suffix}" }
  function_arns = {
    for key, name in local.function_names : key => "arn:aws:lambda:${local.region}:${local.account_id}:function:${name}"
  }
  # Seconds; alarms go by them, too.
  function_timeouts_s = {
    stripe     = 10
    paypal     = 10
    square     = 10
    processor  = 30
    query      = 5
    authorizer = 5
    compactor  = 900
  }
  # One role a function, named for it.
  function_role_names = { for key, name in local.function_names : key => "${name}-role" }
  function_role_arns = {
    for key, name in local.function_role_names : key => "arn:aws:iam::${local.account_id}:role/${name}"
  }
  function_log_groups = { for key, name in local.function_names : key => "/aws/lambda/${name}" }

  layer_name = "webhook-processor-dependencies${local.suffix}"
  layer_arn  = "arn:aws:lambda:${local.region}:${local.account_id}:layer:${local.layer_name}"

  # What every function has. An emulator's addresses come in beside it.
  shared_environment = merge(var.extra_environment, {
    ENVIRONMENT = var.environment
    LOG_LEVEL   = var.log_level
  })

  # Variables that put something else in the place of AWS's or PayPal's own servers.
  overrides = [
    for name in keys(var.extra_environment) : name if startswith(name, "AWS_ENDPOINT_URL") || contains(["PAYPAL_ENDPOINT", "PAYPAL_TRUST_ROOT"], name)
  ]

  compaction_rule     = "${local.function_names.compactor}-nightly"
  compaction_rule_arn = "arn:aws:events:${local.region}:${local.account_id}:rule/${local.compaction_rule}"

  transactions_table      = "webhook-transactions${local.suffix}"
  transmissions_table     = "webhook-transmissions${local.suffix}"
  transactions_table_arn  = "arn:aws:dynamodb:${local.region}:${local.account_id}:table/${local.transactions_table}"
  transmissions_table_arn = "arn:aws:dynamodb:${local.region}:${local.account_id}:table/${local.transmissions_table}"

  raw_bucket           = "${local.account_id}-webhook-payloads-${var.environment}${local.suffix}"
  processed_bucket     = "${local.account_id}-transaction-logs-${var.environment}${local.suffix}"
  trail_bucket         = "${local.account_id}-webhook-audit-trail-${var.environment}${local.suffix}"
  raw_bucket_arn       = "arn:aws:s3:::${local.raw_bucket}"
  processed_bucket_arn = "arn:aws:s3:::${local.processed_bucket}"
  trail_bucket_arn     = "arn:aws:s3:::${local.trail_bucket}"

  dead_letter_queue     = "webhook-processing-dlq${local.suffix}"
  dead_letter_queue_arn = "arn:aws:sqs:${local.region}:${local.account_id}:${local.dead_letter_queue}"

  secret_names = { for provider in local.providers : provider => "webhook-processor${local.suffix}/${provider}/secret" }
  # Without the six random characters that Secrets Manager appends: they are not known before the secret exists, and reading
  # accepts an ARN without them. Policies, which do not, end in "-??????".
  secret_arns = {
    for provider, name in local.secret_names :
    provider => "arn:aws:secretsmanager:${local.region}:${local.account_id}:secret:${name}"
  }

  api_name              = "webhook-processing-api${local.suffix}"
  api_access_log_groups = { for stage in var.stages : stage => "/aws/apigateway/${local.api_name}/${stage}" }

  api_role_name     = "webhook-api-gateway-role${local.suffix}"
  api_role_arn      = "arn:aws:iam::${local.account_id}:role/${local.api_role_name}"
  operator_role     = "webhook-operator-role${local.suffix}"
  alarm_topic       = "webhook-alarms${local.suffix}"
  alarm_topic_arn   = "arn:aws:sns:${local.region}:${local.account_id}:${local.alarm_topic}"
  trail_name        = "webhook-audit-trail${local.suffix}"
  trail_arn         = "arn:aws:cloudtrail:${local.region}:${local.account_id}:trail/${local.trail_name}"
  sampling_rule     = "webhook-processing${local.suffix}"
  metrics_namespace = "WebhookProcessing${local.suffix}"
  dashboard         = "webhook-processing${local.suffix}"

  # Where `just package` puts what is deployed; a fat package has the bootstrap of the layer in it.
  package_dir = coalesce(var.package_dir, "${path.root}/../../target/package/${var.lambda_architecture}")
  function_packages = {
    for key, name in local.function_handlers :
    key => "${local.package_dir}/${var.fat_packages ? "fat/" : ""}${name}.zip"
  }

  # Identifiers that tell usage plans apart, not secrets: with the key source AUTHORIZER nobody can send one, and where an
  # emulator takes them from senders there is nothing to limit.
  usage_keys = {
    for provider in local.providers : provider => "${provider}-usage-${var.environment}${local.suffix}-${local.account_id}"
  }

  # What belongs to each stage is named as the stack of that environment names it. Functions refuse what comes by a stage of
  # another environment than their own.
  stage_variables = {
    for stage in var.stages : stage => {
      env              = stage
      table            = local.transactions_table
      raw_bucket       = "${local.account_id}-webhook-payloads-${stage}${local.suffix}"
      processed_bucket = "${local.account_id}-transaction-logs-${stage}${local.suffix}"
    }
  }
}
