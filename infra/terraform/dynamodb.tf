# Every event of every payment, and which body each of PayPal's transmission ids stood for.

locals {
  table_indexes = {
    # "All of Stripe's of the last hour".
    ProviderTimestampIndex = {
      partition_key = { name = "provider", type = "S" }
      sort_key      = { name = "timestamp", type = "N" }
    }
    # "All of customer X".
    CustomerIndex = {
      partition_key = { name = "customer_id", type = "S" }
      sort_key      = { name = "timestamp", type = "N" }
    }
  }

  autoscaling = { enabled = !contains(var.emulator_lacks, "autoscaling") }

  # Losing the table in production takes two applies: one that gives up the protection, and one that deletes.
  deletion_protection = var.deletion_protection == null ? var.environment == "production" : var.deletion_protection
}

module "transactions_table" {
  source = "./modules/dynamodb-table"

  name          = local.transactions_table
  partition_key = { name = "transaction_id", type = "S" }
  sort_key      = { name = "timestamp", type = "N" }
  indexes       = local.table_indexes

  billing_mode        = var.table_billing_mode
  autoscaling         = local.autoscaling
  ttl_attribute       = "expires_at"
  stream_view_type    = "NEW_AND_OLD_IMAGES"
  deletion_protection = local.deletion_protection
}

module "transmissions_table" {
  source = "./modules/dynamodb-table"

  name          = local.transmissions_table
  partition_key = { name = "transmission_id", type = "S" }

  billing_mode        = var.table_billing_mode
  autoscaling         = local.autoscaling
  ttl_attribute       = "expires_at"
  stream_view_type    = "NEW_AND_OLD_IMAGES"
  deletion_protection = local.deletion_protection
}
