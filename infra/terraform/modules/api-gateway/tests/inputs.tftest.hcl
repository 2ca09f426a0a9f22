# What the API's module refuses.

mock_provider "aws" {}

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
      schema        = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\"}"
      content_types = ["application/json"]
      usage_key     = "stripe-usage-dev-123456789012"
      rate_per_s    = 2000
      burst         = 5000
    }
  }

  stages = {
    dev = {
      variables            = { env = "dev" }
      access_log_group_arn = "arn:aws:logs:us-east-1:123456789012:log-group:/aws/apigateway/webhook-processing-api/dev"
    }
  }
}

run "a_model_that_is_not_json" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { schema = "type: object" }) }
  }
  expect_failures = [var.webhooks]
}

run "a_model_that_is_no_object" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { schema = "[]" }) }
  }
  expect_failures = [var.webhooks]
}

run "a_model_of_a_later_draft" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { schema = "{\"$schema\": \"https://json-schema.org/draft/2020-12/schema\"}" }) }
  }
  expect_failures = [var.webhooks]
}

run "a_keyword_of_a_later_draft" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { schema = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"properties\": {\"object\": {\"const\": \"event\"}}}" }) }
  }
  expect_failures = [var.webhooks]
}

run "a_model_that_refers_elsewhere" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { schema = "{\"$schema\": \"http://json-schema.org/draft-04/schema#\", \"$ref\": \"https://example.com/event.json\"}" }) }
  }
  expect_failures = [var.webhooks]
}

run "json_that_is_not_validated" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { content_types = ["text/plain"] }) }
  }
  expect_failures = [var.webhooks]
}

run "a_key_that_api_gateway_refuses" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { usage_key = "short" }) }
  }
  expect_failures = [var.webhooks]
}

run "a_rate_of_nothing" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { rate_per_s = 0 }) }
  }
  expect_failures = [var.webhooks]
}

run "a_burst_of_nothing" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { burst = 0 }) }
  }
  expect_failures = [var.webhooks]
}

run "a_quota_of_nothing" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { daily_quota = 0 }) }
  }
  expect_failures = [var.webhooks]
}

run "an_address_that_is_no_network" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { source_cidrs = ["203.0.113.7"] }) }
  }
  expect_failures = [var.webhooks]
}

run "a_function_by_its_name" {
  command = plan
  variables {
    webhooks = { stripe = merge(var.webhooks.stripe, { function_arn = "stripe-webhook-validator" }) }
  }
  expect_failures = [var.webhooks]
}

run "a_provider_that_is_no_path" {
  command = plan
  variables {
    webhooks = { "Stripe Connect" = merge(var.webhooks.stripe, {}) }
  }
  expect_failures = [var.webhooks]
}

run "one_key_for_two_providers" {
  command = plan
  variables {
    webhooks = { stripe = var.webhooks.stripe, square = var.webhooks.stripe }
  }
  expect_failures = [var.webhooks]
}

run "no_provider" {
  command = plan
  variables {
    webhooks = {}
  }
  expect_failures = [var.webhooks]
}

run "no_stage" {
  command = plan
  variables {
    stages = {}
  }
  expect_failures = [var.stages]
}

run "a_stage_without_its_environment" {
  command = plan
  variables {
    stages = { dev = merge(var.stages.dev, { variables = { table = "webhook-transactions" } }) }
  }
  expect_failures = [var.stages]
}

run "a_stage_variable_that_api_gateway_refuses" {
  command = plan
  variables {
    stages = { dev = merge(var.stages.dev, { variables = { env = "dev", table = "webhook transactions" } }) }
  }
  expect_failures = [var.stages]
}

run "a_stage_that_is_no_path" {
  command = plan
  variables {
    stages = { "dev-1" = var.stages.dev }
  }
  expect_failures = [var.stages]
}

run "a_log_group_by_its_name" {
  command = plan
  variables {
    stages = { dev = merge(var.stages.dev, { access_log_group_arn = "/aws/apigateway/dev" }) }
  }
  expect_failures = [var.stages]
}

run "a_stage_that_takes_nothing" {
  command = plan
  variables {
    stage_throttle = { rate_per_s = 0, burst = 5000 }
  }
  expect_failures = [var.stage_throttle]
}

run "another_authorization" {
  command = plan
  variables {
    query_authorization = "CUSTOM"
  }
  expect_failures = [var.query_authorization]
}

run "a_role_by_its_name" {
  command = plan
  variables {
    role_arn = "webhook-api-gateway-role"
  }
  expect_failures = [var.role_arn]
}

run "an_authorizer_by_its_name" {
  command = plan
  variables {
    authorizer_function_arn = "usage-key-authorizer"
  }
  expect_failures = [var.authorizer_function_arn]
}

run "a_query_function_by_its_name" {
  command = plan
  variables {
    query_function_arn = "transaction-query"
  }
  expect_failures = [var.query_function_arn]
}

run "a_region_that_is_none" {
  command = plan
  variables {
    region = "virginia"
  }
  expect_failures = [var.region]
}

run "a_name_with_blanks" {
  command = plan
  variables {
    name = "webhook api"
  }
  expect_failures = [var.name]
}

run "a_certificate_by_its_domain" {
  command = plan
  variables {
    custom_domain = { domain_name = "webhooks.example.com", certificate_arn = "webhooks.example.com", stage = "dev" }
  }
  expect_failures = [var.custom_domain]
}
