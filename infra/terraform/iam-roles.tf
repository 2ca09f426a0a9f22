# Who may do what. One role a function, each with just the actions that its code calls, on just what it calls them on; no managed
# policies, no wildcard among the actions. Resources are named by ARNs from locals.tf, so that a plan can be judged.

locals {
  # X-Ray's two actions know no resources.
  common_statements = {
    for key, group in local.function_log_groups : key => [
      {
        Sid      = "WriteOwnLog"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:${local.region}:${local.account_id}:log-group:${group}:*"]
      },
      {
        Sid      = "SendTraces"
        Effect   = "Allow"
        Action   = ["xray:PutTraceSegments", "xray:PutTelemetryRecords"]
        Resource = ["*"]
      },
    ]
  }

  # PayPal's form notifications are taken only for named merchants; without any, nobody needs to touch their folder.
  takes_ipn = length(var.paypal_receivers) > 0

  validator_statements = {
    for provider in local.providers : provider => concat(
      [
        {
          Sid    = "KeepRawBodies"
          Effect = "Allow"
          Action = ["s3:PutObject"]
          Resource = concat(
            ["${local.raw_bucket_arn}/${provider}/*"],
            provider == "paypal" && local.takes_ipn ? ["${local.raw_bucket_arn}/${local.unproven_folder}*"] : [],
          )
        },
        {
          Sid    = "ReadOwnSecret"
          Effect = "Allow"
          Action = ["secretsmanager:GetSecretValue"]
          # Secrets Manager puts a hyphen and six characters of its own behind the name.
          Resource = ["${local.secret_arns[provider]}-??????"]
        },
        {
          Sid      = "HandOverToProcessor"
          Effect   = "Allow"
          Action   = ["lambda:InvokeFunction"]
          Resource = [local.function_arns.processor]
        },
      ],
      provider != "paypal" ? [] : [
        {
          Sid      = "BindTransmissions"
          Effect   = "Allow"
          Action   = ["dynamodb:PutItem"]
          Resource = [local.transmissions_table_arn]
        },
      ],
    )
  }

  processor_statements = concat(
    [
      {
        # Query: an event that comes again is found in its payment's history, and gets no second record.
        Sid      = "RecordTransactions"
        Effect   = "Allow"
        Action   = ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:Query"]
        Resource = [local.transactions_table_arn]
      },
      {
        Sid      = "WriteTransactionLog"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${local.processed_bucket_arn}/*"]
      },
      {
        # Lambda itself sends them, with this role.
        Sid      = "SendDeadLetters"
        Effect   = "Allow"
        Action   = ["sqs:SendMessage"]
        Resource = [local.dead_letter_queue_arn]
      },
    ],
    local.takes_ipn ? [
      {
        Sid      = "KeepConfirmedNotifications"
        Effect   = "Allow"
        Action   = ["s3:PutObject"]
        Resource = ["${local.raw_bucket_arn}/paypal/*"]
      },
      {
        Sid      = "DiscardUnprovenNotifications"
        Effect   = "Allow"
        Action   = ["s3:DeleteObject"]
        Resource = ["${local.raw_bucket_arn}/${local.unproven_folder}*"]
      },
    ] : [],
  )

  query_statements = [
    {
      Sid    = "ReadTransactions"
      Effect = "Allow"
      Action = ["dynamodb:GetItem", "dynamodb:Query"]
      Resource = concat(
        [local.transactions_table_arn],
        [for index in keys(local.table_indexes) : "${local.transactions_table_arn}/index/${index}"],
      )
    },
  ]

  compactor_statements = [
    {
      Sid      = "ListTransactionLog"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = [local.processed_bucket_arn]
    },
    {
      Sid      = "ReadTransactionLog"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.processed_bucket_arn}/*"]
    },
    {
      Sid      = "WriteDayFiles"
      Effect   = "Allow"
      Action   = ["s3:PutObject", "s3:AbortMultipartUpload"]
      Resource = ["${local.processed_bucket_arn}/*/transactions.json"]
    },
    {
      # Where its time is up before the day is done.
      Sid      = "HandOverToItself"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [local.function_arns.compactor]
    },
  ]

  function_statements = merge(local.validator_statements, {
    processor  = local.processor_statements
    query      = local.query_statements
    authorizer = []
    compactor  = local.compactor_statements
  })
}

resource "aws_iam_role" "function" {
  for_each = local.function_role_names

  name        = each.value
  description = "What the function ${local.function_names[each.key]} may do."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "LambdaRunsTheFunction"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "lambda.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "function" {
  for_each = local.function_role_names

  name = "what-its-code-calls"
  role = aws_iam_role.function[each.key].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = concat(local.common_statements[each.key], local.function_statements[each.key])
  })
}

# API Gateway

locals {
  invoked_by_api = concat(local.providers, ["query"], contains(var.emulator_lacks, "authorizers") ? [] : ["authorizer"])
}

resource "aws_iam_role" "api_gateway" {
  name        = local.api_role_name
  description = "Writes API Gateway's logs and invokes the functions behind ${local.api_name}."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "ApiGatewayInvokesAndLogs"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "apigateway.amazonaws.com" }
    }]
  })
}

resource "aws_iam_role_policy" "api_gateway" {
  name = "logs-and-invocations"
  role = aws_iam_role.api_gateway.name

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [
      {
        # The account's one role for the logs of all its APIs, which API Gateway tries before it takes it.
        Sid    = "WriteApiLogs"
        Effect = "Allow"
        Action = [
          "logs:CreateLogGroup",
          "logs:CreateLogStream",
          "logs:DescribeLogGroups",
          "logs:DescribeLogStreams",
          "logs:FilterLogEvents",
          "logs:GetLogEvents",
          "logs:PutLogEvents",
        ]
        Resource = ["arn:aws:logs:${local.region}:${local.account_id}:log-group:*"]
      },
      {
        Sid      = "InvokeFunctionsOfTheApi"
        Effect   = "Allow"
        Action   = ["lambda:InvokeFunction"]
        Resource = [for key in local.invoked_by_api : local.function_arns[key]]
      },
    ]
  })
}

# Operators: what webhookctl does. Only where somebody is named who may.

locals {
  operator_statements = [
    {
      Sid    = "HandleDeadLetters"
      Effect = "Allow"
      Action = [
        "sqs:ChangeMessageVisibility",
        "sqs:DeleteMessage",
        "sqs:GetQueueAttributes",
        "sqs:GetQueueUrl",
        "sqs:ReceiveMessage",
      ]
      Resource = [local.dead_letter_queue_arn]
    },
    {
      # The right to make records: for redrive and replay.
      Sid      = "SendEventsToProcessor"
      Effect   = "Allow"
      Action   = ["lambda:InvokeFunction"]
      Resource = [local.function_arns.processor]
    },
    {
      Sid      = "ListRawBodies"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = [local.raw_bucket_arn]
    },
    {
      Sid      = "ReadRawBodies"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${local.raw_bucket_arn}/*"]
    },
    {
      Sid    = "SetAndRotateSecrets"
      Effect = "Allow"
      Action = [
        "secretsmanager:DescribeSecret",
        "secretsmanager:GetSecretValue",
        "secretsmanager:PutSecretValue",
        "secretsmanager:UpdateSecretVersionStage",
      ]
      Resource = [for provider in local.providers : "${local.secret_arns[provider]}-??????"]
    },
    {
      Sid    = "ExamineFunctions"
      Effect = "Allow"
      Action = [
        "lambda:GetFunctionConcurrency",
        "lambda:GetFunctionConfiguration",
        "lambda:GetFunctionEventInvokeConfig",
      ]
      Resource = values(local.function_arns)
    },
    {
      Sid    = "ExamineTables"
      Effect = "Allow"
      Action = [
        "dynamodb:DescribeContinuousBackups",
        "dynamodb:DescribeTable",
        "dynamodb:DescribeTimeToLive",
      ]
      Resource = [local.transactions_table_arn, local.transmissions_table_arn]
    },
    {
      Sid    = "ExamineBuckets"
      Effect = "Allow"
      Action = [
        "s3:GetBucketLocation",
        "s3:GetBucketPublicAccessBlock",
        "s3:GetBucketVersioning",
        "s3:GetEncryptionConfiguration",
        "s3:GetLifecycleConfiguration",
      ]
      Resource = [local.raw_bucket_arn, local.processed_bucket_arn]
    },
  ]
}

resource "aws_iam_role" "operator" {
  count = length(var.operator_principals) > 0 ? 1 : 0

  name        = local.operator_role
  description = "What webhookctl does: dead letters, secrets, replays, examinations."

  assume_role_policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "NamedOperators"
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { AWS = var.operator_principals }
    }]
  })
}

resource "aws_iam_role_policy" "operator" {
  count = length(var.operator_principals) > 0 ? 1 : 0

  name = "webhookctl"
  role = aws_iam_role.operator[0].name

  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = local.operator_statements
  })
}
