# What is logged and for how long, what is counted, when somebody is woken up, what the trail keeps.

mock_provider "aws" {
  mock_data "aws_region" {
    defaults = { name = "us-east-1" }
  }
}

variables {
  environment           = "production"
  account_id            = "123456789012"
  offline               = true
  package_dir           = "tests/packages"
  alarm_emails          = ["oncall@example.com", "payments@example.com"]
  alarm_https_endpoints = ["https://pager.example.com/hook"]
}

# As specified. The words of the log lines are those of system/webhook-lambda/src/log.rs.
run "production" {
  command = plan

  assert {
    condition = { for group in values(aws_cloudwatch_log_group.function) : group.name => group.retention_in_days } == {
      "/aws/lambda/stripe-webhook-validator"  = 7
      "/aws/lambda/paypal-webhook-validator"  = 7
      "/aws/lambda/square-webhook-validator"  = 7
      "/aws/lambda/webhook-processor"         = 30
      "/aws/lambda/transaction-query"         = 7
      "/aws/lambda/usage-key-authorizer"      = 7
      "/aws/lambda/transaction-log-compactor" = 30
    }
    error_message = "7 days for validators and query, 30 for the processor."
  }
  assert {
    condition = { for group in values(aws_cloudwatch_log_group.api_access) : group.name => group.retention_in_days } == {
      "/aws/apigateway/webhook-processing-api/dev"        = 14
      "/aws/apigateway/webhook-processing-api/staging"    = 14
      "/aws/apigateway/webhook-processing-api/production" = 14
    }
    error_message = "14 days for the API's access logs, of every stage."
  }
  assert {
    condition     = keys(aws_cloudwatch_log_group.api_execution) == ["dev", "production", "staging"] && alltrue([for group in values(aws_cloudwatch_log_group.api_execution) : group.retention_in_days == 14])
    error_message = "14 days for the API's own logs, too, which API Gateway would keep for ever."
  }
  assert {
    condition = {
      for key, filter in aws_cloudwatch_log_metric_filter.function :
      key => [filter.log_group_name, filter.pattern, filter.metric_transformation[0].name, filter.metric_transformation[0].value]
      if endswith(key, "/stripe") || endswith(key, "/processor") || endswith(key, "/compactor")
      } == {
      "error-lines/stripe"            = ["/aws/lambda/stripe-webhook-validator", "{ $.level = \"ERROR\" }", "ErrorLines", "1"]
      "errors-by-provider/stripe"     = ["/aws/lambda/stripe-webhook-validator", "{ $.level = \"ERROR\" && $.provider = \"*\" }", "ErrorsByProvider", "1"]
      "invalid-signatures/stripe"     = ["/aws/lambda/stripe-webhook-validator", "{ $.message = \"Invalid signature\" && $.provider = \"*\" }", "InvalidSignatures", "1"]
      "error-lines/processor"         = ["/aws/lambda/webhook-processor", "{ $.level = \"ERROR\" }", "ErrorLines", "1"]
      "errors-by-provider/processor"  = ["/aws/lambda/webhook-processor", "{ $.level = \"ERROR\" && $.provider = \"*\" }", "ErrorsByProvider", "1"]
      "invalid-signatures/processor"  = ["/aws/lambda/webhook-processor", "{ $.message = \"Invalid signature\" && $.provider = \"*\" }", "InvalidSignatures", "1"]
      "processing-duration/processor" = ["/aws/lambda/webhook-processor", "{ $.message = \"Webhook processed\" && $.provider = \"*\" && $.duration_ms >= 0 }", "ProcessingDuration", "$.duration_ms"]
      "error-lines/compactor"         = ["/aws/lambda/transaction-log-compactor", "{ $.level = \"ERROR\" }", "ErrorLines", "1"]
      "errors-by-provider/compactor"  = ["/aws/lambda/transaction-log-compactor", "{ $.level = \"ERROR\" && $.provider = \"*\" }", "ErrorsByProvider", "1"]
      "failed-compactions/compactor"  = ["/aws/lambda/transaction-log-compactor", "{ $.message = \"Compaction failed\" }", "FailedCompactions", "1"]
    }
    error_message = "Patterns and values are those of the lines."
  }
  assert {
    condition     = toset([for key in keys(aws_cloudwatch_log_metric_filter.function) : split("/", key)[1] if startswith(key, "error-lines/")]) == toset(keys(aws_cloudwatch_log_group.function))
    error_message = "ERROR lines of every function are counted."
  }
  assert {
    condition = alltrue([
      for key, filter in aws_cloudwatch_log_metric_filter.function :
      try(length(filter.metric_transformation[0].dimensions), 0) == 0 ? filter.metric_transformation[0].default_value == "0" : filter.metric_transformation[0].default_value == null
    ])
    error_message = "A filter has a default value or a dimension: CloudWatch refuses both together."
  }
  assert {
    condition = alltrue([
      for key, filter in aws_cloudwatch_log_metric_filter.function :
      filter.metric_transformation[0].dimensions == tomap({ Provider = "$.provider" })
      if contains(["ErrorsByProvider", "InvalidSignatures", "ProcessingDuration"], filter.metric_transformation[0].name)
    ])
    error_message = "These are told apart by provider."
  }
  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.plain :
      name => "${alarm.namespace} ${alarm.metric_name} ${alarm.statistic == null ? alarm.extended_statistic : alarm.statistic} > ${alarm.threshold} in ${alarm.evaluation_periods} * ${alarm.period} s"
      if !strcontains(name, "-validator-") && !strcontains(name, "usage-key-authorizer-")
      } == {
      "transaction-log-compactor-duration"             = "AWS/Lambda Duration Maximum > 855000 in 1 * 300 s"
      "transaction-log-compactor-errors"               = "AWS/Lambda Errors Sum > 0 in 1 * 300 s"
      "transaction-log-compactor-throttles"            = "AWS/Lambda Throttles Sum > 5 in 1 * 300 s"
      "transaction-query-duration"                     = "AWS/Lambda Duration Maximum > 4000 in 1 * 300 s"
      "transaction-query-errors"                       = "AWS/Lambda Errors Sum > 10 in 1 * 300 s"
      "transaction-query-throttles"                    = "AWS/Lambda Throttles Sum > 5 in 1 * 300 s"
      "webhook-processor-duration"                     = "AWS/Lambda Duration Maximum > 24000 in 1 * 300 s"
      "webhook-processor-errors"                       = "AWS/Lambda Errors Sum > 10 in 1 * 300 s"
      "webhook-processor-throttles"                    = "AWS/Lambda Throttles Sum > 5 in 1 * 300 s"
      "webhook-concurrency"                            = "AWS/Lambda ConcurrentExecutions Maximum > 900 in 1 * 60 s"
      "webhook-unreserved-concurrency"                 = "AWS/Lambda UnreservedConcurrentExecutions Maximum > 810 in 1 * 60 s"
      "webhook-dlq-messages"                           = "AWS/SQS ApproximateNumberOfMessagesVisible Maximum > 10 in 1 * 300 s"
      "webhook-dlq-age"                                = "AWS/SQS ApproximateAgeOfOldestMessage Maximum > 864000 in 1 * 300 s"
      "webhook-processing-age"                         = "AWS/Lambda AsyncEventAge Maximum > 600000 in 1 * 300 s"
      "webhook-processing-dropped"                     = "AWS/Lambda AsyncEventsDropped Sum > 10 in 1 * 300 s"
      "webhook-dead-letter-errors"                     = "AWS/Lambda DeadLetterErrors Sum > 0 in 1 * 300 s"
      "webhook-compaction-dropped"                     = "AWS/Lambda AsyncEventsDropped Sum > 0 in 1 * 300 s"
      "webhook-api-4xx"                                = "AWS/ApiGateway 4XXError Average > 0.05 in 1 * 300 s"
      "webhook-api-5xx"                                = "AWS/ApiGateway 5XXError Average > 0.01 in 1 * 300 s"
      "webhook-api-latency"                            = "AWS/ApiGateway Latency p99 > 2000 in 1 * 300 s"
      "webhook-dynamodb-user-errors"                   = "AWS/DynamoDB UserErrors Sum > 50 in 1 * 300 s"
      "webhook-index-throttles-CustomerIndex"          = "AWS/DynamoDB WriteThrottleEvents Sum > 10 in 1 * 300 s"
      "webhook-index-throttles-ProviderTimestampIndex" = "AWS/DynamoDB WriteThrottleEvents Sum > 10 in 1 * 300 s"
      "webhook-failed-compactions"                     = "WebhookProcessing FailedCompactions Sum > 0 in 1 * 300 s"
      "webhook-invalid-signatures-stripe"              = "WebhookProcessing InvalidSignatures Sum > 100 in 1 * 300 s"
      "webhook-invalid-signatures-paypal"              = "WebhookProcessing InvalidSignatures Sum > 100 in 1 * 300 s"
      "webhook-invalid-signatures-square"              = "WebhookProcessing InvalidSignatures Sum > 100 in 1 * 300 s"
      "webhook-errors-stripe"                          = "WebhookProcessing ErrorsByProvider Sum > 10 in 1 * 300 s"
      "webhook-errors-paypal"                          = "WebhookProcessing ErrorsByProvider Sum > 10 in 1 * 300 s"
      "webhook-errors-square"                          = "WebhookProcessing ErrorsByProvider Sum > 10 in 1 * 300 s"
    }
    error_message = "Each alarm's metric, statistic, threshold and period."
  }
  assert {
    condition = alltrue([
      for provider in ["stripe", "paypal", "square"] :
      aws_cloudwatch_metric_alarm.plain["${provider}-webhook-validator-errors"].threshold == 10 &&
      aws_cloudwatch_metric_alarm.plain["${provider}-webhook-validator-throttles"].threshold == 5 &&
      aws_cloudwatch_metric_alarm.plain["${provider}-webhook-validator-duration"].threshold == 8000 &&
      aws_cloudwatch_metric_alarm.plain["${provider}-webhook-validator-duration"].dimensions == tomap({ FunctionName = "${provider}-webhook-validator" })
    ])
    error_message = "Validators: 10 errors, 5 throttles, 8 of 10 seconds."
  }
  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.table_operations :
      name => "${one([for query in alarm.metric_query : query.expression if query.id == "total"])} > ${alarm.threshold}"
      } == {
      "webhook-transactions-system-errors"       = "SUM(FILL(METRICS(), 0)) > 0"
      "webhook-transactions-throttled-requests"  = "SUM(FILL(METRICS(), 0)) > 10"
      "webhook-transmissions-system-errors"      = "SUM(FILL(METRICS(), 0)) > 0"
      "webhook-transmissions-throttled-requests" = "SUM(FILL(METRICS(), 0)) > 10"
    }
    error_message = "DynamoDB counts by table and operation; the operations are added up."
  }
  assert {
    condition = {
      for name, alarm in aws_cloudwatch_metric_alarm.table_operations :
      name => join(" ", sort([for query in alarm.metric_query : query.metric[0].dimensions["Operation"] if query.id != "total"]))
      } == {
      "webhook-transactions-system-errors"       = "GetItem PutItem Query UpdateItem"
      "webhook-transactions-throttled-requests"  = "GetItem PutItem Query UpdateItem"
      "webhook-transmissions-system-errors"      = "PutItem"
      "webhook-transmissions-throttled-requests" = "PutItem"
    }
    error_message = "Every operation that a function may call."
  }
  assert {
    condition = alltrue([
      for name, alarm in aws_cloudwatch_metric_alarm.table_operations : alltrue([
        for query in alarm.metric_query :
        query.metric[0].dimensions["TableName"] == replace(replace(name, "-system-errors", ""), "-throttled-requests", "") && query.metric[0].stat == "Sum" && query.metric[0].period == 300
        if query.id != "total"
      ])
    ])
    error_message = "Each operation of the alarm's own table, over 5 minutes."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.traffic.comparison_operator == "LessThanLowerOrGreaterThanUpperThreshold" && aws_cloudwatch_metric_alarm.traffic.threshold_metric_id == "usual" && one([for query in aws_cloudwatch_metric_alarm.traffic.metric_query : query.expression if query.id == "usual"]) == "ANOMALY_DETECTION_BAND(requests, 2)"
    error_message = "Traffic is compared with what is usual."
  }
  assert {
    condition = alltrue([
      for alarm in [aws_cloudwatch_metric_alarm.plain["webhook-api-4xx"], aws_cloudwatch_metric_alarm.plain["webhook-api-5xx"], aws_cloudwatch_metric_alarm.plain["webhook-api-latency"]] :
      alarm.dimensions == tomap({ ApiName = "webhook-processing-api", Stage = "production" })
    ])
    error_message = "The API's alarms are about this environment's stage."
  }
  assert {
    condition = alltrue([
      for name in ["webhook-concurrency", "webhook-unreserved-concurrency", "webhook-dynamodb-user-errors"] :
      try(length(aws_cloudwatch_metric_alarm.plain[name].dimensions), 0) == 0
    ])
    error_message = "These are counted for the whole account and have no dimension."
  }
  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.plain), values(aws_cloudwatch_metric_alarm.table_operations), [aws_cloudwatch_metric_alarm.traffic]) :
      alarm.alarm_actions == toset(["arn:aws:sns:us-east-1:123456789012:webhook-alarms"]) && alarm.ok_actions == alarm.alarm_actions
    ])
    error_message = "Every alarm tells the topic when it starts and when it ends."
  }
  assert {
    condition = alltrue([
      for alarm in concat(values(aws_cloudwatch_metric_alarm.plain), values(aws_cloudwatch_metric_alarm.table_operations), [aws_cloudwatch_metric_alarm.traffic]) :
      length(alarm.alarm_description) >= 80 && length(alarm.alarm_description) <= 1024
    ])
    error_message = "Every alarm says what it means, within CloudWatch's 1024 characters."
  }
  assert {
    condition     = aws_sns_topic.alarms.name == "webhook-alarms" && aws_sns_topic.alarms.kms_master_key_id == null
    error_message = "CloudWatch could not publish to a topic encrypted by AWS's own key."
  }
  assert {
    condition = jsondecode(aws_sns_topic_policy.alarms.policy).Statement[0] == {
      Sid       = "AlarmsOfThisAccount"
      Effect    = "Allow"
      Principal = { Service = "cloudwatch.amazonaws.com" }
      Action    = "sns:Publish"
      Resource  = "arn:aws:sns:us-east-1:123456789012:webhook-alarms"
      Condition = {
        StringEquals = { "aws:SourceAccount" = "123456789012" }
        ArnLike      = { "aws:SourceArn" = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:*" }
      }
    }
    error_message = "Alarms of this account may publish, and nobody else."
  }
  assert {
    condition     = toset([for subscription in concat(values(aws_sns_topic_subscription.email), values(aws_sns_topic_subscription.https)) : "${subscription.protocol} ${subscription.endpoint}"]) == toset(["email oncall@example.com", "email payments@example.com", "https https://pager.example.com/hook"])
    error_message = "People by e-mail, pagers by HTTPS."
  }
  assert {
    condition = toset(jsondecode(aws_cloudwatch_dashboard.operations.dashboard_body).widgets[0].properties.alarms) == toset([
      for name in concat(keys(aws_cloudwatch_metric_alarm.plain), keys(aws_cloudwatch_metric_alarm.table_operations), ["webhook-api-traffic"]) :
      "arn:aws:cloudwatch:us-east-1:123456789012:alarm:${name}"
    ])
    error_message = "On top, the state of every alarm."
  }
  assert {
    condition = alltrue([
      for widget in jsondecode(aws_cloudwatch_dashboard.operations.dashboard_body).widgets :
      widget.x + widget.width <= 24 && widget.properties.title != ""
    ])
    error_message = "Everything is on the screen, with a title."
  }
  assert {
    condition     = aws_xray_sampling_rule.webhooks[0].fixed_rate == 0.1 && aws_xray_sampling_rule.webhooks[0].reservoir_size == 1 && aws_xray_sampling_rule.webhooks[0].service_name == "webhook-processing-api/*"
    error_message = "One a second and a tenth of the rest, of this API."
  }
  assert {
    condition     = aws_cloudtrail.audit[0].enable_log_file_validation && aws_cloudtrail.audit[0].is_multi_region_trail && aws_cloudtrail.audit[0].s3_bucket_name == "123456789012-webhook-audit-trail-production" && coalesce(aws_cloudtrail.audit[0].enable_logging, true)
    error_message = "On, validated, in its own bucket."
  }
  assert {
    condition     = !strcontains(jsonencode(aws_cloudtrail.audit[0].advanced_event_selector), "PutObject") && !strcontains(jsonencode(aws_cloudtrail.audit[0].advanced_event_selector), "DynamoDB")
    error_message = "No events of writes, which cost more than everything else."
  }
  assert {
    condition = alltrue([
      for selector in aws_cloudtrail.audit[0].advanced_event_selector : anytrue([
        for field in selector.field_selector :
        field.field == "resources.ARN" && toset(coalesce(field.starts_with, [])) == toset(["arn:aws:s3:::123456789012-webhook-payloads-production/", "arn:aws:s3:::123456789012-transaction-logs-production/"])
      ]) if selector.name != "Management events"
    ])
    error_message = "Reads and deletions in both buckets."
  }
}

run "choices_and_a_second_stack_in_the_account" {
  command = plan

  variables {
    name_suffix              = "eu2"
    alarm_on_silence         = true
    forged_alarm_threshold   = 5000
    lambda_concurrency_quota = 5000

    log_retention_days         = { validators = 14, api = 30 }
    dead_letter_retention_days = 7
    trace_sampling             = { rate = 0.25 }
    alarm_thresholds = {
      function_errors             = 20
      function_throttles          = 15
      function_duration_percent   = 50
      dead_letters                = 3
      api_4xx_share               = 0.125
      api_latency_p99_ms          = 900
      dynamodb_user_errors        = 60
      dynamodb_system_errors      = 2
      dynamodb_throttled_requests = 30
    }
  }

  assert {
    condition = { for group in values(aws_cloudwatch_log_group.function) : group.name => group.retention_in_days } == {
      "/aws/lambda/stripe-webhook-validator-eu2"  = 14
      "/aws/lambda/paypal-webhook-validator-eu2"  = 14
      "/aws/lambda/square-webhook-validator-eu2"  = 14
      "/aws/lambda/webhook-processor-eu2"         = 30
      "/aws/lambda/transaction-query-eu2"         = 7
      "/aws/lambda/usage-key-authorizer-eu2"      = 14
      "/aws/lambda/transaction-log-compactor-eu2" = 30
    }
    error_message = "What is said is kept as long as is said, and what is not as specified."
  }
  assert {
    condition     = alltrue([for group in concat(values(aws_cloudwatch_log_group.api_access), values(aws_cloudwatch_log_group.api_execution)) : group.retention_in_days == 30])
    error_message = "So are the API's logs, of both kinds."
  }
  assert {
    condition     = aws_sqs_queue.dead_letters.message_retention_seconds == 604800 && aws_cloudwatch_metric_alarm.plain["webhook-dlq-age-eu2"].threshold == 259200
    error_message = "The queue's age is told four days before its end."
  }
  assert {
    condition     = aws_xray_sampling_rule.webhooks[0].fixed_rate == 0.25 && aws_xray_sampling_rule.webhooks[0].reservoir_size == 1
    error_message = "A quarter is traced, and still one a second."
  }
  assert {
    condition = alltrue([
      for name, threshold in {
        "webhook-processor-eu2-errors"              = 20
        "webhook-processor-eu2-throttles"           = 15
        "webhook-processor-eu2-duration"            = 15000
        "transaction-log-compactor-eu2-errors"      = 0
        "transaction-log-compactor-eu2-duration"    = 855000
        "webhook-dlq-messages-eu2"                  = 3
        "webhook-api-4xx-eu2"                       = 0.125
        "webhook-api-5xx-eu2"                       = 0.01
        "webhook-api-latency-eu2"                   = 900
        "webhook-dynamodb-user-errors-eu2"          = 60
        "webhook-index-throttles-CustomerIndex-eu2" = 30
      } : aws_cloudwatch_metric_alarm.plain[name].threshold == threshold
    ])
    error_message = "Alarms ring above what is said."
  }
  assert {
    condition = (
      aws_cloudwatch_metric_alarm.table_operations["webhook-transactions-eu2-system-errors"].threshold == 2 &&
      aws_cloudwatch_metric_alarm.table_operations["webhook-transactions-eu2-throttled-requests"].threshold == 30
    )
    error_message = "So do those of the tables."
  }
  assert {
    condition = (
      startswith(aws_cloudwatch_metric_alarm.plain["webhook-api-4xx-eu2"].alarm_description, "More than 12.5 % of requests") &&
      startswith(aws_cloudwatch_metric_alarm.plain["webhook-api-5xx-eu2"].alarm_description, "More than 1 % of requests") &&
      startswith(aws_cloudwatch_metric_alarm.plain["webhook-dlq-messages-eu2"].alarm_description, "More than 3 events") &&
      strcontains(aws_cloudwatch_metric_alarm.plain["webhook-dlq-age-eu2"].alarm_description, "more than 3 days and is deleted after 7")
    )
    error_message = "And their messages say above what."
  }

  assert {
    condition     = aws_cloudwatch_metric_alarm.traffic.treat_missing_data == "breaching"
    error_message = "Where providers send around the clock, silence is news."
  }
  assert {
    condition     = alltrue([for alarm in values(aws_cloudwatch_metric_alarm.plain) : alarm.treat_missing_data == "notBreaching"])
    error_message = "Elsewhere, nothing to count is no failure."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.plain["webhook-concurrency-eu2"].threshold == 4500 && aws_cloudwatch_metric_alarm.plain["webhook-unreserved-concurrency-eu2"].threshold == 4410
    error_message = "Nine tenths of the account's quota."
  }
  assert {
    condition     = aws_cloudwatch_metric_alarm.plain["webhook-invalid-signatures-paypal-eu2"].threshold == 5000
    error_message = "How many forgeries are news is for the deployment to say."
  }
  assert {
    condition     = alltrue([for name in concat(keys(aws_cloudwatch_metric_alarm.plain), keys(aws_cloudwatch_metric_alarm.table_operations), [aws_cloudwatch_metric_alarm.traffic.alarm_name]) : strcontains(name, "-eu2")])
    error_message = "Its alarms have names of their own."
  }
  assert {
    condition     = aws_cloudwatch_dashboard.operations.dashboard_name == "webhook-processing-eu2" && length(aws_xray_sampling_rule.webhooks[0].rule_name) <= 32 && aws_xray_sampling_rule.webhooks[0].service_name == "webhook-processing-api-eu2/*"
    error_message = "So have its dashboard and its sampling rule."
  }
  assert {
    condition     = alltrue([for filter in values(aws_cloudwatch_log_metric_filter.function) : filter.metric_transformation[0].namespace == "WebhookProcessing-eu2"])
    error_message = "Its figures are counted apart."
  }
}
