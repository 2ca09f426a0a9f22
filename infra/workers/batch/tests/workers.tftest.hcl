# An array job's parts, what its roles may do, and what is refused.

mock_provider "aws" {}

variables {
  target_file = "tests/target.json"
  api_id      = "abc123"
  image       = "public.example/peakproof-worker:1"
  vpc_id      = "vpc-1"
  subnet_ids  = ["subnet-1", "subnet-2"]
}

run "all_shards_fit_and_none_is_tried_again" {
  command = plan

  variables {
    shards_max = 50
    vcpus      = 4
  }

  assert {
    condition     = aws_batch_compute_environment.fargate.compute_resources[0].max_vcpus == 200
    error_message = "All shards run at once."
  }
  assert {
    condition     = aws_batch_job_definition.worker.retry_strategy[0].attempts == 1
    error_message = "A shard that is run again has missed the common start."
  }
  assert {
    condition     = aws_batch_job_definition.worker.platform_capabilities == toset(["FARGATE"])
    error_message = "Workers run on Fargate."
  }
}

run "a_worker_may_read_the_target_and_leave_results" {
  command = plan

  assert {
    condition = alltrue([
      for statement in local.worker_statements : alltrue([
        for action in statement.Action : !strcontains(action, "*")
      ]) && !contains(statement.Resource, "*")
    ])
    error_message = "No action and no resource of the worker's role is a wildcard."
  }
  assert {
    condition = toset(flatten(local.worker_statements[*].Action)) == toset([
      "s3:GetObject", "s3:PutObject", "s3:ListBucket", "dynamodb:DescribeTable", "dynamodb:Scan", "sqs:ChangeMessageVisibility",
      "sqs:GetQueueAttributes", "sqs:ReceiveMessage", "secretsmanager:GetSecretValue", "execute-api:Invoke", "cloudwatch:DescribeAlarms",
    ])
    error_message = "The worker's role has what docs/aws.md lists for a load run, and its results."
  }
  assert {
    condition     = local.queue_arn == "arn:aws:sqs:us-east-1:123456789012:webhook-processing-dlq"
    error_message = "The queue is the target's."
  }
  assert {
    condition     = length(local.execution_statements) == 1
    error_message = "A public image needs nothing of ECR."
  }
}

run "an_image_of_the_account_may_be_pulled" {
  command = plan

  variables {
    image_repository_arn = "arn:aws:ecr:us-east-1:123456789012:repository/peakproof-worker"
  }

  assert {
    condition     = contains(flatten(local.execution_statements[*].Action), "ecr:BatchGetImage")
    error_message = "The image is pulled from its repository."
  }
}

run "sizes_that_are_none_are_refused" {
  command = plan

  variables {
    vcpus      = 3
    memory_mb  = 5000
    shards_max = 1
    timeout_s  = 60
    subnet_ids = []
  }

  expect_failures = [var.vcpus, var.memory_mb, var.shards_max, var.timeout_s, var.subnet_ids]
}
