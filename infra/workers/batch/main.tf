# Load from many machines: an array job of AWS Batch on Fargate, whose child of index i is shard i+1 of one run. Nothing here runs, or
# costs, while no job does, but for the bucket of results.

locals {
  target     = jsondecode(file(var.target_file))
  region     = local.target.region
  account_id = local.target.account_id
  log_group  = "/peakproof/${var.name}"
  results    = "${var.name}-results-${local.account_id}-${local.region}"
}

# Where workers leave their shards, and find what the target is. A run's folder is `runs/GROUP/`.
module "results" {
  source = "../../terraform/modules/s3-bucket"

  name            = local.results
  versioned       = false
  expiration_days = var.results_days
  force_destroy   = var.force_destroy
}

resource "aws_s3_object" "target" {
  bucket       = module.results.name
  key          = "target.json"
  content      = file(var.target_file)
  content_type = "application/json"
}

resource "aws_cloudwatch_log_group" "workers" {
  name              = local.log_group
  retention_in_days = 30
}

# Out, and nothing in.
resource "aws_security_group" "workers" {
  name        = var.name
  description = "Load workers: HTTPS to the API and to AWS, nothing in."
  vpc_id      = var.vpc_id
}

resource "aws_vpc_security_group_egress_rule" "https" {
  security_group_id = aws_security_group.workers.id
  description       = "HTTPS: the API under test, and AWS's own APIs"
  cidr_ipv4         = "0.0.0.0/0"
  ip_protocol       = "tcp"
  from_port         = 443
  to_port           = 443
}

resource "aws_batch_compute_environment" "fargate" {
  compute_environment_name = var.name
  type                     = "MANAGED"

  compute_resources {
    type               = "FARGATE"
    max_vcpus          = var.shards_max * var.vcpus
    subnets            = var.subnet_ids
    security_group_ids = [aws_security_group.workers.id]
  }
}

resource "aws_batch_job_queue" "workers" {
  name     = var.name
  state    = "ENABLED"
  priority = 1

  compute_environment_order {
    order               = 1
    compute_environment = aws_batch_compute_environment.fargate.arn
  }
}

resource "aws_batch_job_definition" "worker" {
  name                  = var.name
  type                  = "container"
  platform_capabilities = ["FARGATE"]
  propagate_tags        = true

  container_properties = jsonencode({
    image                        = var.image
    executionRoleArn             = aws_iam_role.execution.arn
    jobRoleArn                   = aws_iam_role.worker.arn
    fargatePlatformConfiguration = { platformVersion = "LATEST" }
    networkConfiguration         = { assignPublicIp = var.assign_public_ip ? "ENABLED" : "DISABLED" }
    runtimePlatform              = { cpuArchitecture = var.architecture, operatingSystemFamily = "LINUX" }

    resourceRequirements = [
      { type = "VCPU", value = tostring(var.vcpus) },
      { type = "MEMORY", value = tostring(var.memory_mb) },
    ]

    # What differs from run to run comes with the job: SHARDS, GROUP, START_AT, and the flags.
    environment = [
      { name = "TARGET", value = "s3://${module.results.name}/${aws_s3_object.target.key}" },
      { name = "RESULTS", value = "s3://${module.results.name}/runs" },
      { name = "AWS_REGION", value = local.region },
    ]

    logConfiguration = {
      logDriver = "awslogs"
      options = {
        "awslogs-group"         = aws_cloudwatch_log_group.workers.name
        "awslogs-region"        = local.region
        "awslogs-stream-prefix" = "shard"
      }
    }
  })

  # A shard that is run again has missed the common start.
  retry_strategy {
    attempts = 1
  }

  timeout {
    attempt_duration_seconds = var.timeout_s
  }
}
