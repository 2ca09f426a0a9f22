# Raw bodies exactly as they came, and the normalized log. The audit trail's bucket is in cloudtrail.tf.

locals {
  seven_years_days   = 2557
  raw_retention_days = var.raw_retention_days != null ? var.raw_retention_days : var.environment == "production" ? local.seven_years_days : 365

  # Notifications that PayPal has not confirmed are nobody's records.
  unproven_folder = "ipn-unproven/"
}

module "raw_bucket" {
  source = "./modules/s3-bucket"

  name      = local.raw_bucket
  versioned = false

  transitions = [
    { days = 0, storage_class = "INTELLIGENT_TIERING" },
    { days = 90, storage_class = "GLACIER" },
  ]
  expiration_days        = local.raw_retention_days
  prefix_expiration_days = { (local.unproven_folder) = var.unproven_retention_days }

  force_destroy = var.force_destroy_buckets
}

module "processed_bucket" {
  source = "./modules/s3-bucket"

  name      = local.processed_bucket
  versioned = true

  transitions = [
    { days = 0, storage_class = "INTELLIGENT_TIERING" },
    { days = 180, storage_class = "GLACIER" },
  ]
  expiration_days            = var.transaction_log_retention_days
  noncurrent_expiration_days = var.noncurrent_version_days

  force_destroy = var.force_destroy_buckets
}
