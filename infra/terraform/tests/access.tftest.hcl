# What each role may do, to the letter: "action resource", one line each.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
}

variables {
  environment  = "dev"
  account_id   = "123456789012"
  offline      = true
  package_dir  = "tests/packages"
  alarm_emails = ["oncall@example.com"]
}

# Neither merchants that take notifications nor operators.
run "nobody_named" {
  command = plan

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["stripe"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)]
      ])) == toset([
      "logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/stripe-webhook-validator:*",
      "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/stripe-webhook-validator:*",
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
      "s3:PutObject arn:aws:s3:::123456789012-webhook-payloads-dev/stripe/*",
      "secretsmanager:GetSecretValue arn:aws:secretsmanager:us-east-1:123456789012:secret:webhook-processor/stripe/secret-??????",
      "lambda:InvokeFunction arn:aws:lambda:us-east-1:123456789012:function:webhook-processor",
    ])
    error_message = "Stripe's validator keeps its own bodies, reads its own secret, invokes the processor."
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["paypal"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)]
      ])) == toset([
      "logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/paypal-webhook-validator:*",
      "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/paypal-webhook-validator:*",
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
      "s3:PutObject arn:aws:s3:::123456789012-webhook-payloads-dev/paypal/*",
      "secretsmanager:GetSecretValue arn:aws:secretsmanager:us-east-1:123456789012:secret:webhook-processor/paypal/secret-??????",
      "lambda:InvokeFunction arn:aws:lambda:us-east-1:123456789012:function:webhook-processor",
      "dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transmissions",
    ])
    error_message = "PayPal's validator binds transmissions, too."
  }
  assert {
    condition     = replace(aws_iam_role_policy.function["stripe"].policy, "stripe", "square") == aws_iam_role_policy.function["square"].policy
    error_message = "Square's is Stripe's, on what is Square's."
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["processor"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)]
      ])) == toset([
      "logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/webhook-processor:*",
      "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/webhook-processor:*",
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
      "dynamodb:PutItem arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions",
      "dynamodb:UpdateItem arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions",
      "dynamodb:Query arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions",
      "s3:PutObject arn:aws:s3:::123456789012-transaction-logs-dev/*",
      "sqs:SendMessage arn:aws:sqs:us-east-1:123456789012:webhook-processing-dlq",
    ])
    error_message = "The processor writes records and log, and its dead letters."
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["query"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)]
      ])) == toset([
      "logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/transaction-query:*",
      "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/transaction-query:*",
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
      "dynamodb:GetItem arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions",
      "dynamodb:GetItem arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions/index/ProviderTimestampIndex",
      "dynamodb:GetItem arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions/index/CustomerIndex",
      "dynamodb:Query arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions",
      "dynamodb:Query arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions/index/ProviderTimestampIndex",
      "dynamodb:Query arn:aws:dynamodb:us-east-1:123456789012:table/webhook-transactions/index/CustomerIndex",
    ])
    error_message = "The query function reads the table and both indexes."
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["authorizer"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)]
      ])) == toset([
      "logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/usage-key-authorizer:*",
      "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/usage-key-authorizer:*",
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
    ])
    error_message = "The authorizer reads its environment and nothing else."
  }
  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["compactor"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)]
      ])) == toset([
      "logs:CreateLogStream arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/transaction-log-compactor:*",
      "logs:PutLogEvents arn:aws:logs:us-east-1:123456789012:log-group:/aws/lambda/transaction-log-compactor:*",
      "xray:PutTraceSegments *",
      "xray:PutTelemetryRecords *",
      "s3:ListBucket arn:aws:s3:::123456789012-transaction-logs-dev",
      "s3:GetObject arn:aws:s3:::123456789012-transaction-logs-dev/*",
      "s3:PutObject arn:aws:s3:::123456789012-transaction-logs-dev/*/transactions.json",
      "s3:AbortMultipartUpload arn:aws:s3:::123456789012-transaction-logs-dev/*/transactions.json",
      "lambda:InvokeFunction arn:aws:lambda:us-east-1:123456789012:function:transaction-log-compactor",
    ])
    error_message = "The compactor reads the log and writes the files of days."
  }
  assert {
    condition = toset(one([for statement in jsondecode(aws_iam_role_policy.api_gateway.policy).Statement : statement.Resource if statement.Sid == "InvokeFunctionsOfTheApi"])) == toset([
      for name in ["stripe-webhook-validator", "paypal-webhook-validator", "square-webhook-validator", "transaction-query", "usage-key-authorizer"] :
      "arn:aws:lambda:us-east-1:123456789012:function:${name}"
    ])
    error_message = "API Gateway invokes the five functions behind it, not the processor."
  }
  assert {
    condition     = jsondecode(aws_iam_role.api_gateway.assume_role_policy).Statement[0].Principal == { Service = "apigateway.amazonaws.com" }
    error_message = "API Gateway alone takes this role."
  }
  assert {
    condition     = length(aws_iam_role.operator) == 0 && length(aws_iam_role_policy.operator) == 0
    error_message = "Nobody named, no role."
  }
}

run "merchants_and_operators_named" {
  command = plan

  variables {
    operator_principals = ["arn:aws:iam::123456789012:role/oncall"]
    paypal_receivers    = ["merchant@example.com"]
  }

  assert {
    condition = toset(flatten([
      for statement in jsondecode(aws_iam_role_policy.function["processor"].policy).Statement :
      [for pair in setproduct(statement.Action, statement.Resource) : join(" ", pair)] if strcontains(statement.Sid, "Notifications")
      ])) == toset([
      "s3:PutObject arn:aws:s3:::123456789012-webhook-payloads-dev/paypal/*",
      "s3:DeleteObject arn:aws:s3:::123456789012-webhook-payloads-dev/ipn-unproven/*",
    ])
    error_message = "The processor moves what PayPal has confirmed."
  }
  assert {
    condition = toset(one([
      for statement in jsondecode(aws_iam_role_policy.function["paypal"].policy).Statement : statement.Resource if statement.Sid == "KeepRawBodies"
      ])) == toset([
      "arn:aws:s3:::123456789012-webhook-payloads-dev/paypal/*",
      "arn:aws:s3:::123456789012-webhook-payloads-dev/ipn-unproven/*",
    ])
    error_message = "PayPal's validator keeps what nobody has proven yet in a folder of its own."
  }
  assert {
    condition     = jsondecode(aws_iam_role.operator[0].assume_role_policy).Statement[0].Principal == { AWS = ["arn:aws:iam::123456789012:role/oncall"] }
    error_message = "Who is named may."
  }
  assert {
    condition     = length([for statement in jsondecode(aws_iam_role_policy.operator[0].policy).Statement : statement if anytrue([for action in statement.Action : startswith(action, "dynamodb:") && !startswith(action, "dynamodb:Describe")])]) == 0
    error_message = "Operators make and see records by way of the functions."
  }
  assert {
    condition = alltrue(flatten([
      for policy in concat(values(aws_iam_role_policy.function), [aws_iam_role_policy.api_gateway], aws_iam_role_policy.operator) : [
        for statement in jsondecode(policy.policy).Statement :
        statement.Effect == "Allow" && alltrue([for action in statement.Action : !strcontains(action, "*")]) && (statement.Sid == "SendTraces" || !contains(statement.Resource, "*"))
      ]
    ]))
    error_message = "No wildcard among the actions; everything on named resources, but for X-Ray, which knows none."
  }
  assert {
    condition = alltrue([
      for key, role in aws_iam_role.function :
      jsondecode(role.assume_role_policy).Statement == [{ Sid = "LambdaRunsTheFunction", Effect = "Allow", Action = "sts:AssumeRole", Principal = { Service = "lambda.amazonaws.com" } }]
    ])
    error_message = "Lambda alone takes the functions' roles."
  }
  assert {
    condition     = length(distinct([for role in values(aws_iam_role.function) : role.name])) == 7
    error_message = "A role a function."
  }
}

run "an_account_is_nobody" {
  command = plan

  variables {
    operator_principals = ["arn:aws:iam::123456789012:root"]
  }
  expect_failures = [var.operator_principals]
}
