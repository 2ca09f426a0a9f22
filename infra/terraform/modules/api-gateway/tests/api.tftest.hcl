# The API of two providers and two stages. Needs no AWS.

mock_provider "aws" {
  mock_resource "aws_api_gateway_rest_api" {
    defaults = {
      execution_arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5"
    }
  }
}

variables {
  name                    = "webhook-processing-api"
  region                  = "us-east-1"
  role_arn                = "arn:aws:iam::123456789012:role/webhook-api-gateway-role"
  authorizer_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:usage-key-authorizer"
  query_function_arn      = "arn:aws:lambda:us-east-1:123456789012:function:transaction-query"
  stage_throttle          = { rate_per_s = 10000, burst = 5000 }

  webhooks = {
    stripe = {
      function_arn  = "arn:aws:lambda:us-east-1:123456789012:function:stripe-webhook-validator"
      schema        = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"type\": \"object\"}"
      content_types = ["application/json", "$default"]
      usage_key     = "stripe-usage-dev-123456789012"
      rate_per_s    = 2000
      burst         = 5000
    }
    paypal = {
      function_arn  = "arn:aws:lambda:us-east-1:123456789012:function:paypal-webhook-validator"
      schema        = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"type\": \"object\", \"definitions\": {\"ipn\": {}}}"
      content_types = ["application/json"]
      usage_key     = "paypal-usage-dev-123456789012"
      rate_per_s    = 1500
      burst         = 4000
    }
  }

  stages = {
    dev = {
      variables            = { env = "dev", table = "webhook-transactions" }
      access_log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/apigateway/webhook-processing-api/dev"
    }
    production = {
      variables            = { env = "production", table = "webhook-transactions" }
      access_log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/apigateway/webhook-processing-api/production"
    }
  }
}

run "webhooks" {
  command = plan

  assert {
    condition     = aws_api_gateway_rest_api.this.api_key_source == "AUTHORIZER" && aws_api_gateway_rest_api.this.endpoint_configuration[0].types == tolist(["REGIONAL"])
    error_message = "The API is not REGIONAL, or takes keys from senders."
  }
  assert {
    condition     = keys(aws_api_gateway_method.webhook) == ["paypal", "stripe"]
    error_message = "There must be one method a provider."
  }
  assert {
    condition = alltrue([
      for method in aws_api_gateway_method.webhook :
      method.http_method == "POST" && method.authorization == "CUSTOM" && method.api_key_required
    ])
    error_message = "A webhook is not counted against a usage plan."
  }
  assert {
    condition     = aws_api_gateway_method.webhook["stripe"].request_models == tomap({ "application/json" = "StripeWebhook", "$default" = "StripeWebhook" })
    error_message = "A body that is labelled otherwise would not be validated."
  }
  assert {
    condition     = aws_api_gateway_method.webhook["paypal"].request_models == tomap({ "application/json" = "PaypalWebhook" })
    error_message = "PayPal's forms would be validated as JSON."
  }
  assert {
    condition     = aws_api_gateway_request_validator.body.validate_request_body
    error_message = "The validator does not look at bodies."
  }
  assert {
    condition     = aws_api_gateway_model.webhook["stripe"].schema == var.webhooks.stripe.schema
    error_message = "The model is another."
  }
  assert {
    condition     = aws_api_gateway_integration.webhook["paypal"].uri == "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:123456789012:function:paypal-webhook-validator/invocations"
    error_message = "The webhooks of PayPal go elsewhere."
  }
  assert {
    condition = alltrue([
      for integration in concat(values(aws_api_gateway_integration.webhook), [aws_api_gateway_integration.list_transactions, aws_api_gateway_integration.get_transaction]) :
      integration.type == "AWS_PROXY" && integration.integration_http_method == "POST" && integration.credentials == var.role_arn
    ])
    error_message = "A function is not invoked as a proxy with the API's role."
  }
}

run "queries" {
  command = plan

  assert {
    condition = alltrue([
      for method in [aws_api_gateway_method.list_transactions, aws_api_gateway_method.get_transaction] :
      method.http_method == "GET" && method.authorization == "AWS_IAM" && !method.api_key_required
    ])
    error_message = "Queries are open."
  }
  assert {
    condition     = aws_api_gateway_method.get_transaction.request_parameters == tomap({ "method.request.path.id" = true })
    error_message = "The id is not a parameter of the path."
  }
  assert {
    condition = alltrue([
      for name in ["provider", "customer_id", "start", "end", "status", "limit", "next_token"] :
      aws_api_gateway_method.list_transactions.request_parameters["method.request.querystring.${name}"] == false
    ])
    error_message = "A parameter of the list is missing, or must be given."
  }
}

run "usage_is_told_apart" {
  command = plan

  assert {
    condition = alltrue([
      for authorizer in aws_api_gateway_authorizer.usage_key :
      authorizer.type == "REQUEST" && authorizer.identity_source == "stageVariables.env" && authorizer.authorizer_result_ttl_in_seconds == 3600 && authorizer.authorizer_credentials == var.role_arn
    ])
    error_message = "Decisions depend on what a sender sends, or are not kept."
  }
  assert {
    condition     = aws_api_gateway_api_key.provider["stripe"].value == var.webhooks.stripe.usage_key && alltrue([for key in aws_api_gateway_api_key.provider : key.enabled])
    error_message = "The keys are others, or disabled."
  }
  assert {
    condition     = one(aws_api_gateway_usage_plan.provider["paypal"].throttle_settings).rate_limit == 1500 && one(aws_api_gateway_usage_plan.provider["paypal"].throttle_settings).burst_limit == 4000
    error_message = "The plan of PayPal has other limits."
  }
  assert {
    condition     = alltrue([for plan in aws_api_gateway_usage_plan.provider : toset(plan.api_stages[*].stage) == toset(["dev", "production"])])
    error_message = "A plan does not hold for every stage."
  }
  assert {
    condition     = alltrue([for plan in aws_api_gateway_usage_plan.provider : length(plan.quota_settings) == 0])
    error_message = "There is a quota that nobody asked for."
  }
  assert {
    condition     = keys(aws_api_gateway_usage_plan_key.provider) == ["paypal", "stripe"]
    error_message = "A key is bound to no plan."
  }
}

run "limits_and_logs_of_stages" {
  command = plan

  assert {
    condition = (
      { for stage, method in aws_api_gateway_method_settings.stage : stage => method.method_path } == { dev = "*/*", production = "*/*" } &&
      { for key, method in aws_api_gateway_method_settings.webhook : key => method.method_path } == {
        "dev/paypal"        = "~1api~1v1~1webhooks~1paypal/POST"
        "dev/stripe"        = "~1api~1v1~1webhooks~1stripe/POST"
        "production/paypal" = "~1api~1v1~1webhooks~1paypal/POST"
        "production/stripe" = "~1api~1v1~1webhooks~1stripe/POST"
      }
    )
    error_message = "A stage or a webhook has no settings, or under a path that AWS does not know: each slash must be ~1."
  }
  assert {
    condition = alltrue([
      for method in concat(values(aws_api_gateway_method_settings.stage), values(aws_api_gateway_method_settings.webhook)) :
      method.settings[0].logging_level == "INFO" && method.settings[0].data_trace_enabled == false && method.settings[0].metrics_enabled
    ])
    error_message = "Settings are not inherited: each must log, without bodies."
  }
  assert {
    condition     = aws_api_gateway_method_settings.stage["dev"].settings[0].throttling_rate_limit == 10000 && aws_api_gateway_method_settings.stage["dev"].settings[0].throttling_burst_limit == 5000
    error_message = "The stage's limits are others."
  }
  assert {
    condition     = aws_api_gateway_method_settings.webhook["production/stripe"].settings[0].throttling_rate_limit == 2000 && aws_api_gateway_method_settings.webhook["production/paypal"].settings[0].throttling_burst_limit == 4000
    error_message = "A provider's limit is another."
  }
  assert {
    condition     = alltrue([for stage in aws_api_gateway_stage.this : stage.xray_tracing_enabled])
    error_message = "A stage is not traced."
  }
  assert {
    condition     = aws_api_gateway_stage.this["production"].variables == tomap({ env = "production", table = "webhook-transactions" })
    error_message = "The stage's variables are others."
  }
  assert {
    condition = alltrue([
      for stage in aws_api_gateway_stage.this :
      !can(regex("(?i)header|querystring|\\.body|validationError|error\\.message|\\.path\"|authorizer\\.claims|sourceIp", stage.access_log_settings[0].format))
    ])
    error_message = "The access log holds what a sender wrote."
  }
  assert {
    condition     = can(jsondecode(aws_api_gateway_stage.this["dev"].access_log_settings[0].format).requestId)
    error_message = "The access log is not JSON with the request's id."
  }
  assert {
    condition     = length(aws_api_gateway_account.this) == 1 && aws_api_gateway_account.this[0].cloudwatch_role_arn == var.role_arn
    error_message = "Without the account's role no stage can log."
  }
}

run "an_emulators_paths" {
  command = plan
  variables {
    escaped_paths = false
  }

  assert {
    condition     = aws_api_gateway_method_settings.webhook["dev/stripe"].method_path == "api/v1/webhooks/stripe/POST"
    error_message = "Such an emulator knows methods by their plain paths."
  }
  assert {
    condition     = aws_api_gateway_method_settings.stage["dev"].method_path == "*/*"
    error_message = "The stage's own settings have no path to escape."
  }
}

run "an_emulator_without_authorizers" {
  command = plan
  variables {
    authorizers = false
  }

  assert {
    condition     = aws_api_gateway_rest_api.this.api_key_source == "HEADER" && length(aws_api_gateway_authorizer.usage_key) == 0
    error_message = "Senders cannot send the usage key, or there is an authorizer."
  }
  assert {
    condition = alltrue([
      for method in aws_api_gateway_method.webhook :
      method.authorization == "NONE" && method.authorizer_id == null && method.api_key_required
    ])
    error_message = "A webhook is authorized, or is taken without a key."
  }
  assert {
    condition     = keys(aws_api_gateway_usage_plan_key.provider) == ["paypal", "stripe"] && aws_api_gateway_api_key.provider["stripe"].value == var.webhooks.stripe.usage_key
    error_message = "A provider has no plan, or another key."
  }
  assert {
    condition     = aws_api_gateway_method.list_transactions.authorization == "AWS_IAM" && aws_api_gateway_method.get_transaction.authorization == "AWS_IAM"
    error_message = "Queries are open."
  }
}

run "a_provider_that_is_stopped" {
  command = plan
  variables {
    webhooks = merge(var.webhooks, { paypal = merge(var.webhooks.paypal, { enabled = false, daily_quota = 1000 }) })
  }

  assert {
    condition     = !aws_api_gateway_api_key.provider["paypal"].enabled && aws_api_gateway_api_key.provider["stripe"].enabled
    error_message = "Stopping one provider must not touch another."
  }
  assert {
    condition     = aws_api_gateway_usage_plan.provider["paypal"].quota_settings[0].limit == 1000 && aws_api_gateway_usage_plan.provider["paypal"].quota_settings[0].period == "DAY"
    error_message = "The quota is not a day's."
  }
}

run "networks_are_free_by_default" {
  command = plan

  assert {
    condition     = length(aws_api_gateway_rest_api_policy.sources) == 0
    error_message = "There is a resource policy that nobody asked for."
  }
}

# Applied, so that the policy is known.
run "networks_of_one_provider" {
  variables {
    webhooks = merge(var.webhooks, { stripe = merge(var.webhooks.stripe, { source_cidrs = ["203.0.113.0/24"] }) })
  }

  assert {
    condition     = length(jsondecode(aws_api_gateway_rest_api_policy.sources[0].policy).Statement) == 2
    error_message = "There must be one allowance, and one refusal for the restricted provider."
  }
  assert {
    condition = alltrue([
      for resource in jsondecode(aws_api_gateway_rest_api_policy.sources[0].policy).Statement[0].Resource :
      can(regex("/POST/api/v1/webhooks/(stripe|paypal)$", resource))
    ])
    error_message = "Allowing more than webhooks would open the queries to the whole account."
  }
  assert {
    condition = (
      jsondecode(aws_api_gateway_rest_api_policy.sources[0].policy).Statement[1].Effect == "Deny" &&
      jsondecode(aws_api_gateway_rest_api_policy.sources[0].policy).Statement[1].Resource == "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/*/POST/api/v1/webhooks/stripe" &&
      jsondecode(aws_api_gateway_rest_api_policy.sources[0].policy).Statement[1].Condition.NotIpAddress["aws:SourceIp"] == ["203.0.113.0/24"]
    )
    error_message = "Other networks are not refused, or another provider's are."
  }
}

run "a_change_is_deployed" {
  variables {
    webhooks = merge(var.webhooks, {
      stripe = merge(var.webhooks.stripe, { schema = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"type\": \"array\"}" })
    })
  }

  assert {
    condition     = aws_api_gateway_deployment.this.triggers.configuration != run.networks_of_one_provider.deployed_configuration
    error_message = "A changed model would stay undeployed."
  }
}

run "the_role_of_the_account_is_left_alone" {
  command = plan
  variables {
    manage_account = false
  }

  assert {
    condition     = length(aws_api_gateway_account.this) == 0
    error_message = "The account's setting is changed all the same."
  }
}

run "a_domain_of_its_own" {
  command = plan
  variables {
    custom_domain = {
      domain_name     = "webhooks.example.com"
      certificate_arn = "arn:aws:acm:us-east-1:123456789012:certificate/0f0f0f0f-0000-0000-0000-000000000000"
      stage           = "production"
    }
  }

  assert {
    condition     = aws_api_gateway_domain_name.this[0].security_policy == "TLS_1_2"
    error_message = "Older TLS is taken."
  }
  assert {
    condition     = aws_api_gateway_rest_api.this.disable_execute_api_endpoint
    error_message = "The API can be reached around its domain."
  }
  assert {
    condition     = aws_api_gateway_base_path_mapping.this[0].stage_name == "production"
    error_message = "The domain shows another stage."
  }
}
