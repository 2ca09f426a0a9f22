provider "aws" {
  region = var.aws_region

  # Whoever gives the account id has looked; without it the provider asks AWS which account the credentials belong to.
  allowed_account_ids         = var.account_id == "" || local.offline ? null : [var.account_id]
  skip_credentials_validation = local.offline
  skip_requesting_account_id  = local.offline
  skip_metadata_api_check     = local.offline
  s3_use_path_style           = local.emulated

  default_tags {
    tags = local.tags
  }

  # An emulator answers for every service at one address.
  dynamic "endpoints" {
    for_each = local.emulated ? [var.endpoint_url] : []
    content {
      apigateway     = endpoints.value
      cloudtrail     = endpoints.value
      cloudwatch     = endpoints.value
      cloudwatchlogs = endpoints.value
      dynamodb       = endpoints.value
      events         = endpoints.value
      iam            = endpoints.value
      lambda         = endpoints.value
      s3             = endpoints.value
      secretsmanager = endpoints.value
      sns            = endpoints.value
      sqs            = endpoints.value
      sts            = endpoints.value
      xray           = endpoints.value
      appautoscaling = endpoints.value
    }
  }
}
