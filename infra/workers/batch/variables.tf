variable "name" {
  description = "Beginning of every name here."
  type        = string
  default     = "peakproof-workers"
  nullable    = false

  validation {
    condition     = can(regex("^[a-z][a-z0-9-]{2,30}$", var.name))
    error_message = "name must be 3 to 31 lower-case letters, digits or hyphens, and begin with a letter."
  }
}

variable "target_file" {
  description = "What `terraform output -json webhookctl` printed where the system was applied."
  type        = string
  nullable    = false
}

variable "api_id" {
  description = "Id of the system's REST API (its output `api_id`): the workers query it."
  type        = string
  nullable    = false
}

variable "image" {
  description = "The workers' image, by digest or tag, e.g. 123456789012.dkr.ecr.us-east-1.amazonaws.com/peakproof-worker@sha256:..."
  type        = string
  nullable    = false
}

variable "image_repository_arn" {
  description = "ARN of the ECR repository that holds the image; null: the image is public, and nothing may be pulled from ECR."
  type        = string
  default     = null
}

variable "vpc_id" {
  description = "Network of the workers."
  type        = string
  nullable    = false
}

variable "subnet_ids" {
  description = "Subnets of the workers, with a way to the internet (the API is public) and room for one address a worker."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.subnet_ids) > 0
    error_message = "subnet_ids must name a subnet."
  }
}

variable "assign_public_ip" {
  description = "Whether workers get public addresses: needed in subnets without a NAT gateway."
  type        = bool
  default     = false
  nullable    = false
}

variable "architecture" {
  description = "Processor of the image."
  type        = string
  default     = "X86_64"
  nullable    = false

  validation {
    condition     = contains(["X86_64", "ARM64"], var.architecture)
    error_message = "architecture must be X86_64 or ARM64."
  }
}

variable "vcpus" {
  description = "Virtual processors of a worker, as Fargate has them."
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = contains([1, 2, 4, 8, 16], var.vcpus)
    error_message = "vcpus must be 1, 2, 4, 8 or 16."
  }
}

variable "memory_mb" {
  description = "Memory of a worker, MB: Fargate takes 2 to 8 times 1,024 MB for each processor (2 to 7.5 with 16)."
  type        = number
  default     = 8192
  nullable    = false

  validation {
    condition     = var.memory_mb % 1024 == 0
    error_message = "memory_mb must be a multiple of 1024."
  }
}

variable "shards_max" {
  description = "Most workers at once. All shards of a run must fit, or the late ones miss the common start."
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.shards_max >= 2 && var.shards_max <= 10000 && floor(var.shards_max) == var.shards_max
    error_message = "shards_max must be 2 to 10,000, as AWS Batch has array jobs."
  }
}

variable "timeout_s" {
  description = "A worker that runs longer is ended. The wait for the common start, the run and 7 minutes for dead letters must fit."
  type        = number
  default     = 3600
  nullable    = false

  validation {
    condition     = var.timeout_s >= 600
    error_message = "timeout_s must be at least 600."
  }
}

variable "results_days" {
  description = "Days for which results are kept. Event ids are in them, no payment data."
  type        = number
  default     = 90
  nullable    = false
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with results in it."
  type        = bool
  default     = false
  nullable    = false
}

variable "offline" {
  description = "Only for checks without AWS: credentials are not looked at."
  type        = bool
  default     = false
  nullable    = false
}
