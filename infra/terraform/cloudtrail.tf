# Who changed what in the account, and who read or deleted payloads: in a bucket of its own, in files whose digests show whether
# they were touched, for seven years.

resource "aws_cloudtrail" "audit" {
  count = contains(var.emulator_lacks, "trail") ? 0 : 1

  name           = local.trail_name
  s3_bucket_name = module.trail_bucket.name

  enable_log_file_validation    = true
  include_global_service_events = true
  is_multi_region_trail         = var.trail_multi_region

  advanced_event_selector {
    name = "Management events"

    field_selector {
      field  = "eventCategory"
      equals = ["Management"]
    }
  }

  # Writes would cost more than everything else in the trail: two an event. Nobody but the compactor reads as a matter of course,
  # each object once, which would cost as much again; its log says which days it read.
  advanced_event_selector {
    name = "Reads of payloads"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
    field_selector {
      field       = "resources.ARN"
      starts_with = ["${local.raw_bucket_arn}/", "${local.processed_bucket_arn}/"]
    }
    field_selector {
      field  = "readOnly"
      equals = ["true"]
    }
    field_selector {
      field           = "userIdentity.arn"
      not_starts_with = ["arn:aws:sts::${local.account_id}:assumed-role/${local.function_role_names.compactor}/"]
    }
  }

  advanced_event_selector {
    name = "Deletions of payloads"

    field_selector {
      field  = "eventCategory"
      equals = ["Data"]
    }
    field_selector {
      field  = "resources.type"
      equals = ["AWS::S3::Object"]
    }
    field_selector {
      field       = "resources.ARN"
      starts_with = ["${local.raw_bucket_arn}/", "${local.processed_bucket_arn}/"]
    }
    field_selector {
      field  = "eventName"
      equals = ["DeleteObject", "DeleteObjects"]
    }
  }

  # CloudTrail tries to write before it takes a bucket: its policy must be there.
  depends_on = [module.trail_bucket]
}

module "trail_bucket" {
  source = "./modules/s3-bucket"

  name = local.trail_bucket
  # A deleted file of the trail can be brought back for as long as old versions stay.
  versioned                  = true
  expiration_days            = var.trail_retention_days
  noncurrent_expiration_days = var.noncurrent_version_days

  service_access = [
    {
      sid        = "CloudTrailLooksAtBucket"
      service    = "cloudtrail.amazonaws.com"
      actions    = ["s3:GetBucketAcl"]
      resources  = [local.trail_bucket_arn]
      conditions = { StringEquals = { "aws:SourceArn" = local.trail_arn } }
    },
    {
      sid       = "CloudTrailWritesTrail"
      service   = "cloudtrail.amazonaws.com"
      actions   = ["s3:PutObject"]
      resources = ["${local.trail_bucket_arn}/AWSLogs/${local.account_id}/*"]
      conditions = {
        StringEquals = {
          "aws:SourceArn" = local.trail_arn
          "s3:x-amz-acl"  = "bucket-owner-full-control"
        }
      }
    },
  ]

  force_destroy = var.force_destroy_buckets
}
