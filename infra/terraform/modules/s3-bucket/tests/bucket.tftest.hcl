# A bucket as the stack makes them, and what is refused.

mock_provider "aws" {}

variables {
  name            = "123456789012-webhook-payloads-dev"
  versioned       = false
  expiration_days = 365
}

run "every_bucket_is_private_and_encrypted" {
  command = plan

  assert {
    condition     = one(aws_s3_bucket_server_side_encryption_configuration.this.rule).apply_server_side_encryption_by_default[0].sse_algorithm == "AES256"
    error_message = "SSE-S3 is mandatory."
  }
  assert {
    condition = alltrue([
      aws_s3_bucket_public_access_block.this.block_public_acls,
      aws_s3_bucket_public_access_block.this.block_public_policy,
      aws_s3_bucket_public_access_block.this.ignore_public_acls,
      aws_s3_bucket_public_access_block.this.restrict_public_buckets,
    ])
    error_message = "All four public accesses are blocked."
  }
  assert {
    condition     = aws_s3_bucket_ownership_controls.this.rule[0].object_ownership == "BucketOwnerEnforced"
    error_message = "Access lists are off."
  }
  assert {
    condition     = aws_s3_bucket.this.force_destroy == false
    error_message = "What a bucket holds is not destroyed with it unless asked for."
  }
}

run "only_tls_1_2_reaches_it" {
  command = plan

  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement if statement.Effect == "Deny"] == [
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::123456789012-webhook-payloads-dev", "arn:aws:s3:::123456789012-webhook-payloads-dev/*"]
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
      {
        Sid       = "DenyTlsBelow12"
        Effect    = "Deny"
        Principal = "*"
        Action    = "s3:*"
        Resource  = ["arn:aws:s3:::123456789012-webhook-payloads-dev", "arn:aws:s3:::123456789012-webhook-payloads-dev/*"]
        Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
      },
    ]
    error_message = "Plain HTTP and TLS below 1.2 are denied, on the bucket and on its objects."
  }
  assert {
    condition     = length([for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement if statement.Effect == "Allow"]) == 0
    error_message = "Nobody is allowed anything by the bucket's own policy unless asked for."
  }
}

run "an_unversioned_bucket_has_no_rule_for_versions" {
  command = plan

  variables {
    transitions = [
      { days = 0, storage_class = "INTELLIGENT_TIERING" },
      { days = 90, storage_class = "GLACIER" },
    ]
    prefix_expiration_days = { "ipn-unproven/" = 14 }
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Disabled"
    error_message = "versioned = false is Disabled."
  }
  assert {
    condition     = length(aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration) == 0
    error_message = "There are no noncurrent versions to expire."
  }
  assert {
    condition     = { for move in aws_s3_bucket_lifecycle_configuration.this.rule[0].transition : move.storage_class => move.days } == { INTELLIGENT_TIERING = 0, GLACIER = 90 }
    error_message = "Objects move at 0 and at 90 days."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].expiration[0].days == 365
    error_message = "Objects end after 365 days."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].abort_incomplete_multipart_upload[0].days_after_initiation == 1
    error_message = "Parts of unfinished uploads end after a day."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[1].filter[0].prefix == "ipn-unproven/" && aws_s3_bucket_lifecycle_configuration.this.rule[1].expiration[0].days == 14
    error_message = "What nobody has proven ends after 14 days."
  }
}

run "a_versioned_bucket_ends_its_old_versions" {
  command = plan

  variables {
    versioned                  = true
    expiration_days            = 2557
    noncurrent_expiration_days = 30
  }

  assert {
    condition     = aws_s3_bucket_versioning.this.versioning_configuration[0].status == "Enabled"
    error_message = "versioned = true is Enabled."
  }
  assert {
    condition     = aws_s3_bucket_lifecycle_configuration.this.rule[0].noncurrent_version_expiration[0].noncurrent_days == 30
    error_message = "Noncurrent versions end after 30 days."
  }
}

run "a_service_is_let_in_by_its_statement" {
  command = plan

  variables {
    service_access = [{
      sid        = "CloudTrailWrites"
      service    = "cloudtrail.amazonaws.com"
      actions    = ["s3:PutObject"]
      resources  = ["arn:aws:s3:::123456789012-webhook-payloads-dev/AWSLogs/123456789012/*"]
      conditions = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-1:123456789012:trail/t" } }
    }]
  }

  assert {
    condition = [for statement in jsondecode(aws_s3_bucket_policy.this.policy).Statement : statement if statement.Effect == "Allow"] == [{
      Sid       = "CloudTrailWrites"
      Effect    = "Allow"
      Principal = { Service = "cloudtrail.amazonaws.com" }
      Action    = ["s3:PutObject"]
      Resource  = ["arn:aws:s3:::123456789012-webhook-payloads-dev/AWSLogs/123456789012/*"]
      Condition = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-1:123456789012:trail/t" } }
    }]
    error_message = "The statement says who, what, where and on whose behalf."
  }
}

run "a_service_must_come_on_somebodys_behalf" {
  command = plan

  variables {
    service_access = [{
      sid        = "Anybody"
      service    = "cloudtrail.amazonaws.com"
      actions    = ["s3:PutObject"]
      resources  = ["arn:aws:s3:::123456789012-webhook-payloads-dev/*"]
      conditions = {}
    }]
  }
  expect_failures = [var.service_access]
}

run "a_service_gets_no_wildcard" {
  command = plan

  variables {
    service_access = [{
      sid        = "Everything"
      service    = "cloudtrail.amazonaws.com"
      actions    = ["s3:*"]
      resources  = ["arn:aws:s3:::123456789012-webhook-payloads-dev/*"]
      conditions = { StringEquals = { "aws:SourceArn" = "arn:aws:cloudtrail:us-east-1:123456789012:trail/t" } }
    }]
  }
  expect_failures = [var.service_access]
}

run "a_name_that_s3_refuses" {
  command = plan

  variables {
    name = "Webhook_Payloads"
  }
  expect_failures = [var.name]
}

run "a_storage_class_that_does_not_exist" {
  command = plan

  variables {
    transitions = [{ days = 0, storage_class = "GLACIAL" }]
  }
  expect_failures = [var.transitions]
}

run "half_a_day" {
  command = plan

  variables {
    transitions     = [{ days = 0.5, storage_class = "GLACIER" }]
    expiration_days = 0.5
  }
  expect_failures = [var.transitions, var.expiration_days]
}

run "a_move_after_the_end" {
  command = plan

  variables {
    transitions = [{ days = 365, storage_class = "GLACIER" }]
  }
  expect_failures = [aws_s3_bucket_lifecycle_configuration.this]
}

run "two_moves_on_one_day" {
  command = plan

  variables {
    transitions = [{ days = 9, storage_class = "GLACIER" }, { days = 9, storage_class = "INTELLIGENT_TIERING" }]
  }
  expect_failures = [aws_s3_bucket_lifecycle_configuration.this]
}

run "a_folder_without_its_slash" {
  command = plan

  variables {
    prefix_expiration_days = { "ipn-unproven" = 14 }
  }
  expect_failures = [var.prefix_expiration_days]
}

run "a_folder_that_outlives_the_bucket" {
  command = plan

  variables {
    prefix_expiration_days = { "ipn-unproven/" = 400 }
  }
  expect_failures = [aws_s3_bucket_lifecycle_configuration.this]
}
