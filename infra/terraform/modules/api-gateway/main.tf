# The REST API: five methods made of discrete resources, which emulators take as well as AWS. What limits and counts is in
# usage.tf, stages and logs are in stages.tf, who may call from where is in policies.tf.

locals {
  function_uri = "arn:aws:apigateway:${var.region}:lambda:path/2015-03-31/functions/%s/invocations"

  list_parameters = {
    for name in ["provider", "customer_id", "start", "end", "status", "limit", "next_token"] :
    "method.request.querystring.${name}" => false
  }
}

resource "aws_api_gateway_rest_api" "this" {
  name        = var.name
  description = "Takes webhooks of payment providers and answers queries about transactions."

  # Providers cannot send a key: the authorizer says whose usage plan a request counts against.
  api_key_source = var.authorizers ? "AUTHORIZER" : "HEADER"

  # With a domain of its own the API is reached by that alone: its security policy would mean nothing otherwise.
  disable_execute_api_endpoint = var.custom_domain != null

  endpoint_configuration {
    types = ["REGIONAL"]
  }

  lifecycle {
    create_before_destroy = true
  }
}

# Paths

resource "aws_api_gateway_resource" "api" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_rest_api.this.root_resource_id
  path_part   = "api"
}

resource "aws_api_gateway_resource" "v1" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.api.id
  path_part   = "v1"
}

resource "aws_api_gateway_resource" "webhooks" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.v1.id
  path_part   = "webhooks"
}

resource "aws_api_gateway_resource" "webhook" {
  for_each = var.webhooks

  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.webhooks.id
  path_part   = each.key
}

resource "aws_api_gateway_resource" "transactions" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.v1.id
  path_part   = "transactions"
}

resource "aws_api_gateway_resource" "transaction" {
  rest_api_id = aws_api_gateway_rest_api.this.id
  parent_id   = aws_api_gateway_resource.transactions.id
  path_part   = "{id}"
}

# What is refused with 400 before a function is invoked

resource "aws_api_gateway_model" "webhook" {
  for_each = var.webhooks

  rest_api_id  = aws_api_gateway_rest_api.this.id
  name         = "${title(each.key)}Webhook"
  description  = "Body of a webhook of ${each.key}."
  content_type = "application/json"
  schema       = each.value.schema
}

resource "aws_api_gateway_request_validator" "body" {
  rest_api_id                 = aws_api_gateway_rest_api.this.id
  name                        = "body"
  validate_request_body       = true
  validate_request_parameters = false
}

resource "aws_api_gateway_request_validator" "parameters" {
  rest_api_id                 = aws_api_gateway_rest_api.this.id
  name                        = "parameters"
  validate_request_body       = false
  validate_request_parameters = true
}

# Webhooks

resource "aws_api_gateway_method" "webhook" {
  for_each = var.webhooks

  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = aws_api_gateway_resource.webhook[each.key].id
  http_method          = "POST"
  operation_name       = "receive${title(each.key)}Webhook"
  authorization        = var.authorizers ? "CUSTOM" : "NONE"
  authorizer_id        = var.authorizers ? aws_api_gateway_authorizer.usage_key[each.key].id : null
  api_key_required     = true
  request_validator_id = aws_api_gateway_request_validator.body.id
  request_models       = { for type in each.value.content_types : type => aws_api_gateway_model.webhook[each.key].name }
}

resource "aws_api_gateway_integration" "webhook" {
  for_each = var.webhooks

  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_resource.webhook[each.key].id
  http_method             = aws_api_gateway_method.webhook[each.key].http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = format(local.function_uri, each.value.function_arn)
  credentials             = var.role_arn
}

# Queries

resource "aws_api_gateway_method" "list_transactions" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = aws_api_gateway_resource.transactions.id
  http_method          = "GET"
  operation_name       = "listTransactions"
  authorization        = var.query_authorization
  api_key_required     = false
  request_validator_id = aws_api_gateway_request_validator.parameters.id
  request_parameters   = local.list_parameters
}

resource "aws_api_gateway_integration" "list_transactions" {
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_resource.transactions.id
  http_method             = aws_api_gateway_method.list_transactions.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = format(local.function_uri, var.query_function_arn)
  credentials             = var.role_arn
}

resource "aws_api_gateway_method" "get_transaction" {
  rest_api_id          = aws_api_gateway_rest_api.this.id
  resource_id          = aws_api_gateway_resource.transaction.id
  http_method          = "GET"
  operation_name       = "getTransaction"
  authorization        = var.query_authorization
  api_key_required     = false
  request_validator_id = aws_api_gateway_request_validator.parameters.id
  request_parameters   = { "method.request.path.id" = true }
}

resource "aws_api_gateway_integration" "get_transaction" {
  rest_api_id             = aws_api_gateway_rest_api.this.id
  resource_id             = aws_api_gateway_resource.transaction.id
  http_method             = aws_api_gateway_method.get_transaction.http_method
  type                    = "AWS_PROXY"
  integration_http_method = "POST"
  uri                     = format(local.function_uri, var.query_function_arn)
  credentials             = var.role_arn
}
