# One screen for whoever is woken up: what is wrong on top, then the way of a webhook from the API to the table.

locals {
  # CloudWatch lays widgets out on 24 columns.
  alarm_arns = [
    for alarm in concat(
      values(aws_cloudwatch_metric_alarm.plain),
      values(aws_cloudwatch_metric_alarm.table_operations),
      [aws_cloudwatch_metric_alarm.traffic],
    ) : "arn:aws:cloudwatch:${local.region}:${local.account_id}:alarm:${alarm.alarm_name}"
  ]

  graph = {
    type       = "metric"
    width      = 8
    height     = 6
    properties = { region = local.region, view = "timeSeries", stacked = false, period = 60 }
  }

  api_metric = ["ApiName", local.api_name, "Stage", var.environment]

  graphs = [
    {
      title = "Requests, and those refused (4xx) and failed (5xx)"
      metrics = [
        concat(["AWS/ApiGateway", "Count"], local.api_metric, [{ stat = "Sum", label = "requests" }]),
        concat(["AWS/ApiGateway", "4XXError"], local.api_metric, [{ stat = "Sum", label = "4xx" }]),
        concat(["AWS/ApiGateway", "5XXError"], local.api_metric, [{ stat = "Sum", label = "5xx" }]),
      ]
      limits = []
    },
    {
      title = "Share of 4xx and 5xx"
      metrics = [
        concat(["AWS/ApiGateway", "4XXError"], local.api_metric, [{ stat = "Average", label = "4xx" }]),
        concat(["AWS/ApiGateway", "5XXError"], local.api_metric, [{ stat = "Average", label = "5xx" }]),
      ]
      limits = [{ label = "4xx alarm", value = var.alarm_thresholds.api_4xx_share }, { label = "5xx alarm", value = var.alarm_thresholds.api_5xx_share }]
    },
    {
      title = "Answers of the API, ms"
      metrics = [
        for stat in ["p50", "p90", "p99"] :
        concat(["AWS/ApiGateway", "Latency"], local.api_metric, [{ stat = stat, label = stat }])
      ]
      limits = [{ label = "p99 alarm", value = var.alarm_thresholds.api_latency_p99_ms }]
    },
    {
      title = "Invalid signatures"
      metrics = [
        for provider in local.providers :
        [local.metrics_namespace, "InvalidSignatures", "Provider", provider, { stat = "Sum", label = provider }]
      ]
      limits = []
    },
    {
      title = "ERROR lines"
      metrics = concat(
        [
          for provider in local.providers :
          [local.metrics_namespace, "ErrorsByProvider", "Provider", provider, { stat = "Sum", label = provider }]
        ],
        [[local.metrics_namespace, "ErrorLines", { stat = "Sum", label = "all" }]],
      )
      limits = []
    },
    {
      title = "Processing, p99 by provider, ms"
      metrics = [
        for provider in local.providers :
        [local.metrics_namespace, "ProcessingDuration", "Provider", provider, { stat = "p99", label = provider }]
      ]
      limits = []
    },
    {
      title = "Failed invocations"
      metrics = [
        for key in sort(keys(local.function_names)) :
        ["AWS/Lambda", "Errors", "FunctionName", local.function_names[key], { stat = "Sum", label = key }]
      ]
      limits = []
    },
    {
      title = "Durations, p99, ms"
      metrics = [
        for key in concat(local.providers, ["processor", "query"]) :
        ["AWS/Lambda", "Duration", "FunctionName", local.function_names[key], { stat = "p99", label = key }]
      ]
      limits = []
    },
    {
      title = "Executions at once, and throttles"
      metrics = concat(
        [
          ["AWS/Lambda", "ConcurrentExecutions", { stat = "Maximum", label = "account" }],
          ["AWS/Lambda", "UnreservedConcurrentExecutions", { stat = "Maximum", label = "unreserved" }],
          ["AWS/Lambda", "ConcurrentExecutions", "FunctionName", local.function_names.processor, { stat = "Maximum", label = "processor" }],
        ],
        [
          for key in concat(local.providers, ["processor"]) :
          ["AWS/Lambda", "Throttles", "FunctionName", local.function_names[key], { stat = "Sum", label = "${key} throttled" }]
        ],
      )
      limits = [{ label = "alarm", value = floor(var.lambda_concurrency_quota * 0.9) }]
    },
    {
      title = "How long events wait for the processor, ms"
      metrics = [
        for stat in ["p50", "Maximum"] :
        ["AWS/Lambda", "AsyncEventAge", "FunctionName", local.function_names.processor, { stat = stat, label = stat }]
      ]
      limits = [{ label = "alarm", value = 600000 }]
    },
    {
      title = "Dead letters"
      metrics = [
        ["AWS/SQS", "ApproximateNumberOfMessagesVisible", "QueueName", local.dead_letter_queue, { stat = "Maximum", label = "in the queue" }],
        ["AWS/Lambda", "AsyncEventsDropped", "FunctionName", local.function_names.processor, { stat = "Sum", label = "given up" }],
        ["AWS/Lambda", "DeadLetterErrors", "FunctionName", local.function_names.processor, { stat = "Sum", label = "not even queued" }],
      ]
      limits = [{ label = "alarm", value = var.alarm_thresholds.dead_letters }]
    },
    {
      title = "DynamoDB: throttled and failed"
      metrics = concat(
        [
          for operation in local.table_operations[local.transactions_table] :
          ["AWS/DynamoDB", "ThrottledRequests", "TableName", local.transactions_table, "Operation", operation, { stat = "Sum", label = "${operation} throttled" }]
        ],
        [
          for index in keys(local.table_indexes) :
          ["AWS/DynamoDB", "WriteThrottleEvents", "TableName", local.transactions_table, "GlobalSecondaryIndexName", index, { stat = "Sum", label = "${index} throttled" }]
        ],
        [["AWS/DynamoDB", "SystemErrors", "TableName", local.transactions_table, "Operation", "PutItem", { stat = "Sum", label = "PutItem failed" }]],
        [["AWS/DynamoDB", "UserErrors", { stat = "Sum", label = "refused (account)" }]],
      )
      limits = []
    },
  ]
}

resource "aws_cloudwatch_dashboard" "operations" {
  dashboard_name = local.dashboard

  dashboard_body = jsonencode({
    widgets = concat(
      [{
        type       = "alarm"
        x          = 0
        y          = 0
        width      = 24
        height     = 4
        properties = { title = "Alarms", alarms = local.alarm_arns }
      }],
      [
        for index, graph in local.graphs : merge(local.graph, {
          x = index % 3 * 8
          y = 4 + floor(index / 3) * 6
          properties = merge(local.graph.properties, {
            title       = graph.title
            metrics     = graph.metrics
            annotations = { horizontal = graph.limits }
          })
        })
      ],
    )
  })
}
