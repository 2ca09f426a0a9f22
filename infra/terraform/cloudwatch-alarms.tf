# When to wake somebody. Every alarm goes to one topic, when it starts and when it ends, and says what it means and what to do
# first. No data is no failure, unless told otherwise: services send most of these figures only when there is something to count.

locals {
  five_minutes_s = 300

  # An alarm's fields; what it leaves out is as in local.plain_alarms.
  function_alarms = merge([
    for key, name in local.function_names : {
      "${name}-errors" = {
        description = "More than ${local.error_limit[key]} invocations of ${name} failed in 5 minutes. Look at the ERROR lines of /aws/lambda/${name}; `webhookctl doctor` finds wrong settings."
        namespace   = "AWS/Lambda"
        metric      = "Errors"
        dimensions  = { FunctionName = name }
        statistic   = "Sum"
        # The compactor is invoked once a night: each failure counts.
        threshold = local.error_limit[key]
      }
      "${name}-throttles" = {
        description = "More than ${var.alarm_thresholds.function_throttles} invocations of ${name} were throttled in 5 minutes. ${key == "processor" ? "Its reserved concurrency is used up; Lambda tries events again for 6 hours." : "The account's concurrency is used up; see webhook-concurrency."}"
        namespace   = "AWS/Lambda"
        metric      = "Throttles"
        dimensions  = { FunctionName = name }
        statistic   = "Sum"
        threshold   = var.alarm_thresholds.function_throttles
      }
      # Functions bound their own waits far below their time-outs, so one slow invocation is a finding and not noise. The compactor
      # uses its time on purpose and hands over 90 seconds before the end.
      "${name}-duration" = {
        description = "An invocation of ${name} took more than ${local.duration_limit_percent[key]} % of its ${local.function_timeouts_s[key]} s. Look at the subsegments of the slowest traces in X-Ray: which service is slow?"
        namespace   = "AWS/Lambda"
        metric      = "Duration"
        dimensions  = { FunctionName = name }
        statistic   = "Maximum"
        threshold   = local.function_timeouts_s[key] * 10 * local.duration_limit_percent[key]
      }
    }
  ]...)
  error_limit            = { for key in keys(local.function_names) : key => key == "compactor" ? 0 : var.alarm_thresholds.function_errors }
  duration_limit_percent = { for key in keys(local.function_names) : key => key == "compactor" ? 95 : var.alarm_thresholds.function_duration_percent }

  concurrency_alarms = {
    "webhook-concurrency${local.suffix}" = {
      description = "More than nine tenths of the ${var.lambda_concurrency_quota} executions at once that this account has; beyond that everything is throttled. Which function? If it is real traffic, ask AWS for more."
      namespace   = "AWS/Lambda"
      metric      = "ConcurrentExecutions"
      dimensions  = {}
      statistic   = "Maximum"
      threshold   = floor(var.lambda_concurrency_quota * 0.9)
      period_s    = 60
    }
    # What is reserved for the processor is not there for the validators.
    "webhook-unreserved-concurrency${local.suffix}" = {
      description = "Nine tenths of the concurrency that validators share with everything unreserved are in use. Beyond it providers are answered 5xx and come again later. Ask AWS for more, or reserve less elsewhere."
      namespace   = "AWS/Lambda"
      metric      = "UnreservedConcurrentExecutions"
      dimensions  = {}
      statistic   = "Maximum"
      threshold   = floor((var.lambda_concurrency_quota - var.processor_reserved_concurrency) * 0.9)
      period_s    = 60
    }
  }

  asynchronous_alarms = {
    "webhook-dlq-messages${local.suffix}" = {
      description = "More than ${var.alarm_thresholds.dead_letters} events are in the dead-letter queue. None is lost. `webhookctl dlq list` groups them by cause and says what each asks for."
      namespace   = "AWS/SQS"
      metric      = "ApproximateNumberOfMessagesVisible"
      dimensions  = { QueueName = local.dead_letter_queue }
      statistic   = "Maximum"
      threshold   = var.alarm_thresholds.dead_letters
    }
    "webhook-dlq-age${local.suffix}" = {
      description = "An event has been in the dead-letter queue for more than ${var.dead_letter_retention_days - 4} days and is deleted after ${var.dead_letter_retention_days}. `webhookctl dlq list`, mend the cause, `webhookctl dlq redrive --all --wait`."
      namespace   = "AWS/SQS"
      metric      = "ApproximateAgeOfOldestMessage"
      dimensions  = { QueueName = local.dead_letter_queue }
      statistic   = "Maximum"
      threshold   = (var.dead_letter_retention_days - 4) * 24 * 3600
    }
    # A failed event is tried again after 1 and after 2 minutes: beyond 10 minutes events are held up by something else.
    "webhook-processing-age${local.suffix}" = {
      description = "Events wait more than 10 minutes for the processor; they are dropped into the dead-letter queue after 6 hours. Is it throttled (webhook-processor-throttles), or is what it writes to throttled?"
      namespace   = "AWS/Lambda"
      metric      = "AsyncEventAge"
      dimensions  = { FunctionName = local.function_names.processor }
      statistic   = "Maximum"
      threshold   = 600000
    }
    # What goes to the dead-letter queue is counted here, too.
    "webhook-processing-dropped${local.suffix}" = {
      description = "Lambda gave up on more than 10 events in 5 minutes and put them into the dead-letter queue. `webhookctl dlq list` says why."
      namespace   = "AWS/Lambda"
      metric      = "AsyncEventsDropped"
      dimensions  = { FunctionName = local.function_names.processor }
      statistic   = "Sum"
      threshold   = 10
    }
    "webhook-dead-letter-errors${local.suffix}" = {
      description = "An event could be neither processed nor put into the dead-letter queue. Its raw body is kept: find the cause (the processor's permission on the queue? an event above 256 KB?), then `webhookctl replay` the time in question."
      namespace   = "AWS/Lambda"
      metric      = "DeadLetterErrors"
      dimensions  = { FunctionName = local.function_names.processor }
      statistic   = "Sum"
      threshold   = 0
    }
    "webhook-compaction-dropped${local.suffix}" = {
      description = "The nightly compaction was given up after three attempts; no record is lost. Look at /aws/lambda/${local.function_names.compactor}, mend the cause and invoke it again; it goes over the last 4 days by itself."
      namespace   = "AWS/Lambda"
      metric      = "AsyncEventsDropped"
      dimensions  = { FunctionName = local.function_names.compactor }
      statistic   = "Sum"
      threshold   = 0
    }
  }

  percent        = { for name in ["api_4xx_share", "api_5xx_share"] : name => format("%.4g", var.alarm_thresholds[name] * 100) }
  api_dimensions = { ApiName = local.api_name, Stage = var.environment }
  api_alarms = {
    "webhook-api-4xx${local.suffix}" = {
      description = "More than ${local.percent["api_4xx_share"]} % of requests are refused. One provider's 401: its secret is wrong, or somebody forges (see the invalid signatures). 403: its key is disabled. 429: a limit is reached. `webhookctl doctor`."
      namespace   = "AWS/ApiGateway"
      metric      = "4XXError"
      dimensions  = local.api_dimensions
      statistic   = "Average"
      threshold   = var.alarm_thresholds.api_4xx_share
    }
    "webhook-api-5xx${local.suffix}" = {
      description = "More than ${local.percent["api_5xx_share"]} % of requests end with 5xx; providers send them again later. Look at the ERROR lines of the validators: which service fails them?"
      namespace   = "AWS/ApiGateway"
      metric      = "5XXError"
      dimensions  = local.api_dimensions
      statistic   = "Average"
      threshold   = var.alarm_thresholds.api_5xx_share
    }
    "webhook-api-latency${local.suffix}" = {
      description = "One request in a hundred takes more than ${var.alarm_thresholds.api_latency_p99_ms} ms. Compare with the validators' durations: theirs rises when a service behind them is slow, the API's alone when functions start cold or are throttled."
      namespace   = "AWS/ApiGateway"
      metric      = "Latency"
      dimensions  = local.api_dimensions
      statistic   = "p99"
      threshold   = var.alarm_thresholds.api_latency_p99_ms
    }
  }

  table_alarms = merge(
    {
      # Counted for the account as a whole; it has no dimension for tables.
      "webhook-dynamodb-user-errors${local.suffix}" = {
        description = "DynamoDB refused more than ${var.alarm_thresholds.dynamodb_user_errors} requests of this account as wrong in 5 minutes. Whose? The ERROR lines of processor and query function name the operation; a wrong table name or key shape comes with a release."
        namespace   = "AWS/DynamoDB"
        metric      = "UserErrors"
        dimensions  = {}
        statistic   = "Sum"
        threshold   = var.alarm_thresholds.dynamodb_user_errors
      }
    },
    # An index that cannot keep up holds up the writes to the table: each provider is one partition of the first index.
    {
      for index in keys(local.table_indexes) : "webhook-index-throttles-${index}${local.suffix}" => {
        description = "More than ${var.alarm_thresholds.dynamodb_throttled_requests} writes to ${index} were throttled in 5 minutes, and the table's with them. Events wait and are tried again. One provider above 1,000 events a second? Spread a replay or a redrive by --rate."
        namespace   = "AWS/DynamoDB"
        metric      = "WriteThrottleEvents"
        dimensions  = { TableName = local.transactions_table, GlobalSecondaryIndexName = index }
        statistic   = "Sum"
        threshold   = var.alarm_thresholds.dynamodb_throttled_requests
      }
    },
  )

  log_alarms = merge(
    {
      "webhook-failed-compactions${local.suffix}" = {
        description = "A day's transactions.json could not be written; its records are there. The compactor tries again by itself and the next night; its ERROR lines say why. The dead-letter queue has nothing to do with it."
        namespace   = local.metrics_namespace
        metric      = "FailedCompactions"
        dimensions  = {}
        statistic   = "Sum"
        threshold   = 0
      }
    },
    {
      for provider in local.providers : "webhook-invalid-signatures-${provider}${local.suffix}" => {
        description = "More than ${var.forged_alarm_threshold} webhooks in the name of ${provider} had an invalid signature in 5 minutes; nothing of them is kept. All of ${provider}'s: its secret is wrong, `webhookctl doctor`. Beside genuine ones: somebody forges; name their networks in provider_source_cidrs or disable the provider."
        namespace   = local.metrics_namespace
        metric      = "InvalidSignatures"
        dimensions  = { Provider = provider }
        statistic   = "Sum"
        threshold   = var.forged_alarm_threshold
      }
    },
    {
      for provider in local.providers : "webhook-errors-${provider}${local.suffix}" => {
        description = "More than 10 ERROR lines about ${provider} in 5 minutes. Their fields outcome and reason say what failed; `webhookctl dlq list --provider ${provider}` what was left over."
        namespace   = local.metrics_namespace
        metric      = "ErrorsByProvider"
        dimensions  = { Provider = provider }
        statistic   = "Sum"
        threshold   = 10
      }
    },
  )

  plain_alarms = {
    for name, alarm in merge(
      local.function_alarms,
      local.concurrency_alarms,
      local.asynchronous_alarms,
      local.api_alarms,
      local.table_alarms,
      local.log_alarms,
    ) : name => merge({ period_s = local.five_minutes_s }, alarm)
  }

  # DynamoDB counts by table *and* operation; these are the operations that functions may call.
  table_operations = {
    (local.transactions_table)  = ["PutItem", "UpdateItem", "GetItem", "Query"]
    (local.transmissions_table) = ["PutItem"]
  }
  operation_alarms = merge([
    for table in keys(local.table_operations) : {
      "${table}-system-errors" = {
        table       = table
        metric      = "SystemErrors"
        threshold   = var.alarm_thresholds.dynamodb_system_errors
        description = "DynamoDB itself failed on more than ${var.alarm_thresholds.dynamodb_system_errors} requests to ${table} in 5 minutes. Requests are tried again and events wait; is the AWS Health Dashboard telling something? Afterwards `webhookctl dlq list`."
      }
      "${table}-throttled-requests" = {
        table       = table
        metric      = "ThrottledRequests"
        threshold   = var.alarm_thresholds.dynamodb_throttled_requests
        description = "More than ${var.alarm_thresholds.dynamodb_throttled_requests} requests to ${table} were throttled in 5 minutes. A table on demand doubles within half an hour; a hot partition does not get faster: see the indexes' throttles. Spread a replay or a redrive by --rate."
      }
    }
  ]...)
}

resource "aws_cloudwatch_metric_alarm" "plain" {
  for_each = local.plain_alarms

  alarm_name        = each.key
  alarm_description = each.value.description

  namespace   = each.value.namespace
  metric_name = each.value.metric
  dimensions  = each.value.dimensions
  period      = each.value.period_s

  # Percentiles are "extended" statistics.
  statistic          = startswith(each.value.statistic, "p") ? null : each.value.statistic
  extended_statistic = startswith(each.value.statistic, "p") ? each.value.statistic : null

  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  alarm_actions = [local.alarm_topic_arn]
  ok_actions    = [local.alarm_topic_arn]
}

resource "aws_cloudwatch_metric_alarm" "table_operations" {
  for_each = local.operation_alarms

  alarm_name        = each.key
  alarm_description = each.value.description

  # An operation without a failure has no figure at all; without FILL the sum would have none either.
  metric_query {
    id          = "total"
    label       = "${each.value.metric} of ${each.value.table}"
    expression  = "SUM(FILL(METRICS(), 0))"
    return_data = true
  }

  dynamic "metric_query" {
    for_each = local.table_operations[each.value.table]
    content {
      id = lower(metric_query.value)

      metric {
        namespace   = "AWS/DynamoDB"
        metric_name = each.value.metric
        dimensions  = { TableName = each.value.table, Operation = metric_query.value }
        stat        = "Sum"
        period      = local.five_minutes_s
      }
    }
  }

  comparison_operator = "GreaterThanThreshold"
  threshold           = each.value.threshold
  evaluation_periods  = 1
  treat_missing_data  = "notBreaching"

  alarm_actions = [local.alarm_topic_arn]
  ok_actions    = [local.alarm_topic_arn]
}

# Learned from two weeks of traffic. A band of two standard deviations is left now and then: three times in a row it is news.
resource "aws_cloudwatch_metric_alarm" "traffic" {
  alarm_name        = "webhook-api-traffic${local.suffix}"
  alarm_description = "For 15 minutes there have been far more or far fewer requests than usual at this time. Fewer: does a provider report trouble, is the endpoint still registered there, is its key disabled? More: a flood (see the invalid signatures) or a peak (see webhook-concurrency)."

  metric_query {
    id          = "requests"
    return_data = true

    metric {
      namespace   = "AWS/ApiGateway"
      metric_name = "Count"
      dimensions  = local.api_dimensions
      stat        = "Sum"
      period      = local.five_minutes_s
    }
  }

  metric_query {
    id          = "usual"
    label       = "Requests as usual"
    expression  = "ANOMALY_DETECTION_BAND(requests, 2)"
    return_data = true
  }

  comparison_operator = "LessThanLowerOrGreaterThanUpperThreshold"
  threshold_metric_id = "usual"
  evaluation_periods  = 3
  treat_missing_data  = var.alarm_on_silence ? "breaching" : "notBreaching"

  alarm_actions = [local.alarm_topic_arn]
  ok_actions    = [local.alarm_topic_arn]
}

# Who is told. The topic is not encrypted by AWS's own key for SNS, since CloudWatch may not use that; alarms name no payment.
resource "aws_sns_topic" "alarms" {
  name = local.alarm_topic
}

resource "aws_sns_topic_policy" "alarms" {
  arn        = local.alarm_topic_arn
  depends_on = [aws_sns_topic.alarms]

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        Sid       = "AlarmsOfThisAccount"
        Effect    = "Allow"
        Principal = { Service = "cloudwatch.amazonaws.com" }
        Action    = "sns:Publish"
        Resource  = local.alarm_topic_arn
        Condition = {
          StringEquals = { "aws:SourceAccount" = local.account_id }
          ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:${local.region}:${local.account_id}:alarm:*" }
        }
      },
      {
        Sid       = "DenyPlainHttp"
        Effect    = "Deny"
        Principal = "*"
        Action    = "sns:Publish"
        Resource  = local.alarm_topic_arn
        Condition = { Bool = { "aws:SecureTransport" = "false" } }
      },
    ]
  })
}

resource "aws_sns_topic_subscription" "email" {
  for_each = toset(var.alarm_emails)

  topic_arn = local.alarm_topic_arn
  protocol  = "email"
  endpoint  = each.value

  depends_on = [aws_sns_topic.alarms]
}

resource "aws_sns_topic_subscription" "https" {
  for_each = toset(var.alarm_https_endpoints)

  topic_arn = local.alarm_topic_arn
  protocol  = "https"
  endpoint  = each.value

  depends_on = [aws_sns_topic.alarms]
}
