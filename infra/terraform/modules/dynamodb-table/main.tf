# A table with its indexes: recoverable, encrypted, with a stream; on demand, or provisioned with autoscaling.

locals {
  provisioned = var.billing_mode == "PROVISIONED"

  # DynamoDB wants each attribute that is part of any key declared once, and no others.
  key_attributes = concat(
    [var.partition_key],
    var.sort_key == null ? [] : [var.sort_key],
    flatten([for index in values(var.indexes) : concat([index.partition_key], index.sort_key == null ? [] : [index.sort_key])]),
  )
  attribute_types = { for attribute in local.key_attributes : attribute.name => attribute.type... }
}

resource "aws_dynamodb_table" "this" {
  name         = var.name
  billing_mode = var.billing_mode
  hash_key     = var.partition_key.name
  range_key    = try(var.sort_key.name, null)

  read_capacity  = local.provisioned ? var.autoscaling.capacity_min : null
  write_capacity = local.provisioned ? var.autoscaling.capacity_min : null

  stream_enabled   = var.stream_view_type != null
  stream_view_type = var.stream_view_type

  deletion_protection_enabled = var.deletion_protection

  dynamic "attribute" {
    for_each = local.attribute_types
    content {
      name = attribute.key
      type = attribute.value[0]
    }
  }

  dynamic "global_secondary_index" {
    for_each = var.indexes
    content {
      name            = global_secondary_index.key
      hash_key        = global_secondary_index.value.partition_key.name
      range_key       = try(global_secondary_index.value.sort_key.name, null)
      projection_type = "ALL"
      read_capacity   = local.provisioned ? var.autoscaling.capacity_min : null
      write_capacity  = local.provisioned ? var.autoscaling.capacity_min : null
    }
  }

  dynamic "ttl" {
    for_each = var.ttl_attribute == null ? [] : [var.ttl_attribute]
    content {
      enabled        = true
      attribute_name = ttl.value
    }
  }

  point_in_time_recovery {
    enabled = var.point_in_time_recovery
  }

  # By the key that AWS keeps for DynamoDB in this account; its use shows in CloudTrail.
  server_side_encryption {
    enabled = true
  }

  lifecycle {
    # What autoscaling set is not for an apply to undo. An index's capacity cannot be left out alone: in PROVISIONED mode an
    # apply that changes something else of the table starts indexes at capacity_min again.
    ignore_changes = [read_capacity, write_capacity]

    precondition {
      condition     = alltrue([for types in values(local.attribute_types) : length(distinct(types)) == 1])
      error_message = "An attribute that is in several keys must have the same type in all of them."
    }
  }
}
