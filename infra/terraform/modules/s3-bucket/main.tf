# A private bucket: encrypted by S3's own keys, closed to the public, reached by TLS alone, with an end to everything it holds.

resource "aws_s3_bucket" "this" {
  bucket        = var.name
  force_destroy = var.force_destroy
}

# No access lists: who may do what stands in policies only.
resource "aws_s3_bucket_ownership_controls" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    object_ownership = "BucketOwnerEnforced"
  }
}

resource "aws_s3_bucket_public_access_block" "this" {
  bucket = aws_s3_bucket.this.bucket

  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}

resource "aws_s3_bucket_server_side_encryption_configuration" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    apply_server_side_encryption_by_default {
      sse_algorithm = "AES256"
    }
  }
}

resource "aws_s3_bucket_versioning" "this" {
  bucket = aws_s3_bucket.this.bucket

  versioning_configuration {
    status = var.versioned ? "Enabled" : "Disabled"
  }
}

# Objects below 128 KB stay in the class they were written in: S3 does not move them by rule, and having it do so costs more in
# requests than it saves in storage. Writers therefore name the class themselves.
resource "aws_s3_bucket_lifecycle_configuration" "this" {
  bucket = aws_s3_bucket.this.bucket

  rule {
    id     = "all-objects"
    status = "Enabled"

    filter {}

    dynamic "transition" {
      for_each = var.transitions
      content {
        days          = transition.value.days
        storage_class = transition.value.storage_class
      }
    }

    expiration {
      days = var.expiration_days
    }

    dynamic "noncurrent_version_expiration" {
      for_each = var.versioned ? [var.noncurrent_expiration_days] : []
      content {
        noncurrent_days = noncurrent_version_expiration.value
      }
    }

    abort_incomplete_multipart_upload {
      days_after_initiation = var.abort_incomplete_multipart_days
    }
  }

  dynamic "rule" {
    for_each = var.prefix_expiration_days
    content {
      id     = "expire-${trimsuffix(rule.key, "/")}"
      status = "Enabled"

      filter {
        prefix = rule.key
      }

      expiration {
        days = rule.value
      }
    }
  }

  # S3 refuses rules for noncurrent versions in a bucket that is not versioned yet.
  depends_on = [aws_s3_bucket_versioning.this]

  lifecycle {
    precondition {
      condition     = alltrue([for move in var.transitions : move.days < var.expiration_days])
      error_message = "transitions.*.days must be less than expiration_days (${var.expiration_days}): nothing is moved once it is deleted."
    }
    precondition {
      condition     = length(distinct([for move in var.transitions : move.days])) == length(var.transitions)
      error_message = "transitions must have different days: an object cannot move to two classes at once."
    }
    precondition {
      condition     = alltrue([for days in values(var.prefix_expiration_days) : days < var.expiration_days])
      error_message = "prefix_expiration_days must be less than expiration_days (${var.expiration_days}): the earlier of two always wins."
    }
  }
}

resource "aws_s3_bucket_policy" "this" {
  bucket = aws_s3_bucket.this.bucket
  policy = local.policy

  # S3 refuses two changes of one bucket's access at the same time.
  depends_on = [aws_s3_bucket_public_access_block.this]
}

locals {
  # Known in a plan, as the bucket's own attribute is not.
  arn = "arn:aws:s3:::${var.name}"

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = concat(
      [
        {
          Sid       = "DenyPlainHttp"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [local.arn, "${local.arn}/*"]
          Condition = { Bool = { "aws:SecureTransport" = "false" } }
        },
        {
          Sid       = "DenyTlsBelow12"
          Effect    = "Deny"
          Principal = "*"
          Action    = "s3:*"
          Resource  = [local.arn, "${local.arn}/*"]
          Condition = { NumericLessThan = { "s3:TlsVersion" = "1.2" } }
        },
      ],
      [
        for access in var.service_access : {
          Sid       = access.sid
          Effect    = "Allow"
          Principal = { Service = access.service }
          Action    = access.actions
          Resource  = access.resources
          Condition = access.conditions
        }
      ],
    )
  })
}
