# Where a provider's webhooks may come from, where that is restricted. There is no resource policy otherwise.

locals {
  restricted = { for provider, webhook in var.webhooks : provider => webhook.source_cidrs if length(webhook.source_cidrs) > 0 }
}

resource "aws_api_gateway_rest_api_policy" "sources" {
  count = length(local.restricted) > 0 ? 1 : 0

  rest_api_id = aws_api_gateway_rest_api.this.id
  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [{
        # Webhooks alone: an allowance of everything would make every principal of the account a reader of transactions.
        Sid       = "TakeWebhooks"
        Effect    = "Allow"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource = [
          for provider in keys(var.webhooks) : "${aws_api_gateway_rest_api.this.execution_arn}/*/POST/api/v1/webhooks/${provider}"
        ]
      }],
      [for provider, cidrs in local.restricted : {
        Sid       = "Only${title(provider)}sNetworks"
        Effect    = "Deny"
        Principal = "*"
        Action    = "execute-api:Invoke"
        Resource  = "${aws_api_gateway_rest_api.this.execution_arn}/*/POST/api/v1/webhooks/${provider}"
        Condition = { NotIpAddress = { "aws:SourceIp" = cidrs } }
      }],
    )
  })
}
