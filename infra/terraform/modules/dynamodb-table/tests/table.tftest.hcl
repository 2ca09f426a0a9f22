# A table as the stack makes them, provisioned ones, and what is refused.

mock_provider "aws" {}

variables {
  name                = "webhook-transactions"
  partition_key       = { name = "transaction_id", type = "S" }
  sort_key            = { name = "timestamp", type = "N" }
  ttl_attribute       = "expires_at"
  deletion_protection = true

  indexes = {
    ProviderTimestampIndex = {
      partition_key = { name = "provider", type = "S" }
      sort_key      = { name = "timestamp", type = "N" }
    }
    CustomerIndex = {
      partition_key = { name = "customer_id", type = "S" }
      sort_key      = { name = "timestamp", type = "N" }
    }
  }
}

run "keys_and_indexes" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.hash_key == "transaction_id" && aws_dynamodb_table.this.range_key == "timestamp"
    error_message = "The table's keys are those given."
  }
  assert {
    condition = { for attribute in aws_dynamodb_table.this.attribute : attribute.name => attribute.type } == {
      transaction_id = "S", timestamp = "N", provider = "S", customer_id = "S"
    }
    error_message = "Each attribute of a key is declared once, and no other."
  }
  assert {
    condition = {
      for index in aws_dynamodb_table.this.global_secondary_index :
      index.name => "${index.hash_key} ${index.range_key} ${index.projection_type}"
      } == {
      ProviderTimestampIndex = "provider timestamp ALL"
      CustomerIndex          = "customer_id timestamp ALL"
    }
    error_message = "Both indexes, sorted by time, with all attributes."
  }
}

run "a_table_is_on_demand_and_recoverable" {
  command = plan

  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PAY_PER_REQUEST"
    error_message = "On demand unless told otherwise."
  }
  assert {
    condition     = aws_dynamodb_table.this.point_in_time_recovery[0].enabled && aws_dynamodb_table.this.server_side_encryption[0].enabled
    error_message = "Recoverable and encrypted."
  }
  assert {
    condition     = aws_dynamodb_table.this.stream_enabled && aws_dynamodb_table.this.stream_view_type == "NEW_AND_OLD_IMAGES"
    error_message = "A stream with the item before and after."
  }
  assert {
    condition     = aws_dynamodb_table.this.ttl[0].enabled && aws_dynamodb_table.this.ttl[0].attribute_name == "expires_at"
    error_message = "Items end at expires_at."
  }
  assert {
    condition     = aws_dynamodb_table.this.deletion_protection_enabled
    error_message = "Protected as asked for."
  }
  assert {
    condition     = length(aws_appautoscaling_target.this) == 0 && length(aws_appautoscaling_policy.this) == 0
    error_message = "On demand there is nothing to scale."
  }
}

run "a_provisioned_table_scales_itself_and_its_indexes" {
  command = plan

  variables {
    billing_mode = "PROVISIONED"
  }

  assert {
    condition = toset([for target in values(aws_appautoscaling_target.this) : "${target.resource_id} ${target.scalable_dimension}"]) == toset([
      "table/webhook-transactions dynamodb:table:ReadCapacityUnits",
      "table/webhook-transactions dynamodb:table:WriteCapacityUnits",
      "table/webhook-transactions/index/ProviderTimestampIndex dynamodb:index:ReadCapacityUnits",
      "table/webhook-transactions/index/ProviderTimestampIndex dynamodb:index:WriteCapacityUnits",
      "table/webhook-transactions/index/CustomerIndex dynamodb:index:ReadCapacityUnits",
      "table/webhook-transactions/index/CustomerIndex dynamodb:index:WriteCapacityUnits",
    ])
    error_message = "Reads and writes of the table and of both indexes."
  }
  assert {
    condition     = alltrue([for target in values(aws_appautoscaling_target.this) : target.min_capacity == 5 && target.max_capacity == 1000])
    error_message = "From 5 to 1000 units."
  }
  assert {
    condition = alltrue([
      for policy in values(aws_appautoscaling_policy.this) :
      policy.target_tracking_scaling_policy_configuration[0].target_value == 70
    ])
    error_message = "At 70 % in use."
  }
  assert {
    condition     = toset([for policy in values(aws_appautoscaling_policy.this) : one(one(policy.target_tracking_scaling_policy_configuration).predefined_metric_specification).predefined_metric_type]) == toset(["DynamoDBReadCapacityUtilization", "DynamoDBWriteCapacityUtilization"])
    error_message = "By what is in use of reads and of writes."
  }
  assert {
    condition     = aws_dynamodb_table.this.read_capacity == 5 && alltrue([for index in aws_dynamodb_table.this.global_secondary_index : index.write_capacity == 5])
    error_message = "Everything starts at the least."
  }
}

run "a_provisioned_table_that_stays_as_it_is" {
  command = plan

  variables {
    billing_mode = "PROVISIONED"
    autoscaling  = { enabled = false, capacity_min = 7 }
  }

  assert {
    condition     = length(aws_appautoscaling_target.this) == 0 && length(aws_appautoscaling_policy.this) == 0 && output.scaled == []
    error_message = "It scales itself all the same."
  }
  assert {
    condition     = aws_dynamodb_table.this.billing_mode == "PROVISIONED" && aws_dynamodb_table.this.read_capacity == 7
    error_message = "It is another table."
  }
}

run "a_table_may_be_plain" {
  command = plan

  variables {
    sort_key         = null
    indexes          = {}
    ttl_attribute    = null
    stream_view_type = null
  }

  assert {
    condition     = aws_dynamodb_table.this.stream_enabled == false && length(aws_dynamodb_table.this.ttl) == 0 && aws_dynamodb_table.this.range_key == null
    error_message = "What is null is left out."
  }
}

run "an_attribute_of_two_types" {
  command = plan

  variables {
    sort_key = { name = "timestamp", type = "S" }
  }
  expect_failures = [aws_dynamodb_table.this]
}

run "a_type_that_does_not_exist" {
  command = plan

  variables {
    partition_key = { name = "transaction_id", type = "String" }
    sort_key      = { name = "timestamp", type = "Number" }
    indexes       = { ByProvider = { partition_key = { name = "provider", type = "string" } } }
  }
  expect_failures = [var.partition_key, var.sort_key, var.indexes]
}

run "a_billing_mode_that_does_not_exist" {
  command = plan

  variables {
    billing_mode = "ON_DEMAND"
  }
  expect_failures = [var.billing_mode]
}

run "a_stream_that_does_not_exist" {
  command = plan

  variables {
    stream_view_type = "EVERYTHING"
  }
  expect_failures = [var.stream_view_type]
}

run "a_scale_that_runs_backwards" {
  command = plan

  variables {
    autoscaling = { capacity_min = 1000, capacity_max = 5 }
  }
  expect_failures = [var.autoscaling]
}

run "a_target_out_of_range" {
  command = plan

  variables {
    autoscaling = { target_percent = 100 }
  }
  expect_failures = [var.autoscaling]
}

run "a_name_that_dynamodb_refuses" {
  command = plan

  variables {
    name = "webhook transactions"
  }
  expect_failures = [var.name]
}
