# Autoscaling of a PROVISIONED table and of each index, for reads and writes. On demand there is nothing to scale.

locals {
  # By a name such as "table-read" or "CustomerIndex-write".
  scaled = local.provisioned && var.autoscaling.enabled ? merge([
    for capacity in ["Read", "Write"] : merge(
      {
        "table-${lower(capacity)}" = {
          resource_id = "table/${var.name}"
          dimension   = "dynamodb:table:${capacity}CapacityUnits"
          metric      = "DynamoDB${capacity}CapacityUtilization"
        }
      },
      {
        for index in keys(var.indexes) : "${index}-${lower(capacity)}" => {
          resource_id = "table/${var.name}/index/${index}"
          dimension   = "dynamodb:index:${capacity}CapacityUnits"
          metric      = "DynamoDB${capacity}CapacityUtilization"
        }
      },
    )
  ]...) : {}
}

resource "aws_appautoscaling_target" "this" {
  for_each = local.scaled

  service_namespace  = "dynamodb"
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.dimension
  min_capacity       = var.autoscaling.capacity_min
  max_capacity       = var.autoscaling.capacity_max

  depends_on = [aws_dynamodb_table.this]
}

resource "aws_appautoscaling_policy" "this" {
  for_each = local.scaled

  name               = "${var.name}-${each.key}"
  policy_type        = "TargetTrackingScaling"
  service_namespace  = "dynamodb"
  resource_id        = each.value.resource_id
  scalable_dimension = each.value.dimension

  target_tracking_scaling_policy_configuration {
    target_value = var.autoscaling.target_percent

    predefined_metric_specification {
      predefined_metric_type = each.value.metric
    }
  }

  depends_on = [aws_appautoscaling_target.this]
}
