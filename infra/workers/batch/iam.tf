# Two roles, with just the actions that are used, on just what they are used on: Fargate's own, which starts a worker, and the
# worker's, which reads the target's stores as docs/aws.md lists it and writes results.

locals {
  assume = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Effect    = "Allow"
      Action    = "sts:AssumeRole"
      Principal = { Service = "ecs-tasks.amazonaws.com" }
      Condition = {
        StringEquals = { "aws:SourceAccount" = local.account_id }
        ArnLike      = { "aws:SourceArn" = "arn:aws:ecs:${local.region}:${local.account_id}:*" }
      }
    }]
  })

  table_arn   = "arn:aws:dynamodb:${local.region}:${local.account_id}:table/${local.target.table}"
  bucket_arns = [for bucket in [local.target.raw_bucket, local.target.processed_bucket] : "arn:aws:s3:::${bucket}"]
  queue_arn   = "arn:aws:sqs:${local.region}:${local.account_id}:${reverse(split("/", local.target.dlq_url))[0]}"
  # Secrets Manager puts a hyphen and six characters of its own behind the name.
  secret_arns = [
    for name in values(local.target.secrets) : "arn:aws:secretsmanager:${local.region}:${local.account_id}:secret:${name}-??????"
  ]

  execution_statements = concat(
    [
      {
        Sid      = "WriteLogs"
        Effect   = "Allow"
        Action   = ["logs:CreateLogStream", "logs:PutLogEvents"]
        Resource = ["arn:aws:logs:${local.region}:${local.account_id}:log-group:${local.log_group}:*"]
      },
    ],
    var.image_repository_arn == null ? [] : [
      {
        Sid      = "PullImage"
        Effect   = "Allow"
        Action   = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
        Resource = [var.image_repository_arn]
      },
      {
        # Knows no resources.
        Sid      = "LogInToRegistry"
        Effect   = "Allow"
        Action   = ["ecr:GetAuthorizationToken"]
        Resource = ["*"]
      },
    ],
  )

  worker_statements = [
    {
      Sid      = "ReadTarget"
      Effect   = "Allow"
      Action   = ["s3:GetObject"]
      Resource = ["${module.results.arn}/target.json"]
    },
    {
      # Not to read or delete: a worker cannot change another one's results unseen.
      Sid      = "LeaveResults"
      Effect   = "Allow"
      Action   = ["s3:PutObject"]
      Resource = ["${module.results.arn}/runs/*"]
    },
    {
      Sid      = "ReadRecords"
      Effect   = "Allow"
      Action   = ["dynamodb:DescribeTable", "dynamodb:Scan"]
      Resource = [local.table_arn]
    },
    {
      Sid      = "ListObjects"
      Effect   = "Allow"
      Action   = ["s3:ListBucket"]
      Resource = local.bucket_arns
    },
    {
      Sid      = "LookAtDeadLetters"
      Effect   = "Allow"
      Action   = ["sqs:ChangeMessageVisibility", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
      Resource = [local.queue_arn]
    },
    {
      Sid      = "SignAsProviders"
      Effect   = "Allow"
      Action   = ["secretsmanager:GetSecretValue"]
      Resource = local.secret_arns
    },
    {
      Sid      = "Query"
      Effect   = "Allow"
      Action   = ["execute-api:Invoke"]
      Resource = ["arn:aws:execute-api:${local.region}:${local.account_id}:${var.api_id}/*/GET/api/v1/transactions*"]
    },
    {
      Sid      = "ReadAlarms"
      Effect   = "Allow"
      Action   = ["cloudwatch:DescribeAlarms"]
      Resource = ["arn:aws:cloudwatch:${local.region}:${local.account_id}:alarm:*"]
    },
  ]
}

resource "aws_iam_role" "execution" {
  name               = "${var.name}-execution"
  description        = "Starts load workers: pulls their image, writes their log."
  assume_role_policy = local.assume
}

resource "aws_iam_role_policy" "execution" {
  name   = "start-workers"
  role   = aws_iam_role.execution.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.execution_statements })
}

resource "aws_iam_role" "worker" {
  name               = "${var.name}-worker"
  description        = "A load worker: reads the target's stores, leaves its results."
  assume_role_policy = local.assume
}

resource "aws_iam_role_policy" "worker" {
  name   = "read-target-leave-results"
  role   = aws_iam_role.worker.name
  policy = jsonencode({ Version = "2012-10-17", Statement = local.worker_statements })
}
