# What an emulator lacks is left out, and nothing else with it. Provisioned tables, so that there is something to scale.

mock_provider "aws" {
  source = "./tests/mocks"
}

variables {
  environment        = "dev"
  account_id         = "123456789012"
  endpoint_url       = "http://127.0.0.1:4566"
  package_dir        = "tests/packages"
  alarm_emails       = ["oncall@example.com"]
  table_billing_mode = "PROVISIONED"
}

run "an_emulator_that_has_everything" {
  command = plan

  assert {
    condition     = module.api_gateway.api_key_source == "AUTHORIZER" && contains(local.invoked_by_api, "authorizer")
    error_message = "Usage keys come from the authorizer, which the API invokes."
  }
  assert {
    condition     = length(module.transactions_table.scaled) == 6 && length(module.transmissions_table.scaled) == 2
    error_message = "Tables and indexes scale themselves."
  }
  assert {
    condition     = module.api_gateway.method_settings_paths["dev/stripe"] == "~1api~1v1~1webhooks~1stripe/POST"
    error_message = "Paths are those of AWS."
  }
  assert {
    condition     = length(aws_xray_sampling_rule.webhooks) == 1 && length(aws_cloudtrail.audit) == 1
    error_message = "There are a sampling rule and a trail."
  }
}

run "no_authorizers" {
  command = plan
  variables {
    emulator_lacks = ["authorizers"]
  }

  assert {
    condition     = module.api_gateway.api_key_source == "HEADER" && !contains(local.invoked_by_api, "authorizer")
    error_message = "Senders send the usage key, and the API does not invoke the authorizer."
  }
  assert {
    condition     = keys(output.usage_keys) == ["paypal", "square", "stripe"] && output.usage_keys.stripe == "stripe-usage-dev-123456789012"
    error_message = "They are not told which."
  }
  assert {
    condition     = length(module.transactions_table.scaled) == 6 && module.api_gateway.method_settings_paths["dev/stripe"] == "~1api~1v1~1webhooks~1stripe/POST" && length(aws_xray_sampling_rule.webhooks) == 1 && length(aws_cloudtrail.audit) == 1
    error_message = "Something else is left out."
  }
}

run "no_autoscaling" {
  command = plan
  variables {
    emulator_lacks = ["autoscaling"]
  }

  assert {
    condition     = module.transactions_table.scaled == [] && module.transmissions_table.scaled == []
    error_message = "A table scales itself."
  }
  assert {
    condition     = module.api_gateway.api_key_source == "AUTHORIZER" && module.api_gateway.method_settings_paths["dev/stripe"] == "~1api~1v1~1webhooks~1stripe/POST" && length(aws_xray_sampling_rule.webhooks) == 1 && length(aws_cloudtrail.audit) == 1
    error_message = "Something else is left out."
  }
}

run "no_escaped_paths" {
  command = plan
  variables {
    emulator_lacks = ["escaped_paths"]
  }

  assert {
    condition     = module.api_gateway.method_settings_paths["dev/stripe"] == "api/v1/webhooks/stripe/POST"
    error_message = "A path is escaped."
  }
  assert {
    condition     = module.api_gateway.api_key_source == "AUTHORIZER" && length(module.transactions_table.scaled) == 6 && length(aws_xray_sampling_rule.webhooks) == 1 && length(aws_cloudtrail.audit) == 1
    error_message = "Something else is left out."
  }
}

run "no_tracing" {
  command = plan
  variables {
    emulator_lacks = ["tracing"]
  }

  assert {
    condition     = length(aws_xray_sampling_rule.webhooks) == 0
    error_message = "There is a sampling rule."
  }
  assert {
    condition     = module.api_gateway.api_key_source == "AUTHORIZER" && length(module.transactions_table.scaled) == 6 && module.api_gateway.method_settings_paths["dev/stripe"] == "~1api~1v1~1webhooks~1stripe/POST" && length(aws_cloudtrail.audit) == 1
    error_message = "Something else is left out."
  }
}

run "no_trail" {
  command = plan
  variables {
    emulator_lacks = ["trail"]
  }

  assert {
    condition     = length(aws_cloudtrail.audit) == 0 && module.trail_bucket.name == "123456789012-webhook-audit-trail-dev"
    error_message = "There is a trail, or its bucket is gone too."
  }
  assert {
    condition     = module.api_gateway.api_key_source == "AUTHORIZER" && length(module.transactions_table.scaled) == 6 && module.api_gateway.method_settings_paths["dev/stripe"] == "~1api~1v1~1webhooks~1stripe/POST" && length(aws_xray_sampling_rule.webhooks) == 1
    error_message = "Something else is left out."
  }
}

# AWS lacks nothing, whatever somebody wants to save.
run "aws_without_a_trail" {
  command = plan
  variables {
    endpoint_url   = ""
    emulator_lacks = ["trail"]
  }
  expect_failures = [data.aws_region.current]
}
