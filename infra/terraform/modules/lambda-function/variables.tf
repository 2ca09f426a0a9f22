variable "name" {
  description = "Name of the function."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,64}$", var.name))
    error_message = "name must be 1 to 64 letters, digits, hyphens and underscores."
  }
}

variable "description" {
  description = "What the function is for, in a sentence."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.description) <= 256
    error_message = "description must have at most 256 characters."
  }
}

variable "handler" {
  description = "Which function of the bootstrap it is; the name without a deployment's suffix."
  type        = string
  nullable    = false

  validation {
    condition = contains([
      "stripe-webhook-validator", "paypal-webhook-validator", "square-webhook-validator", "webhook-processor",
      "transaction-query", "usage-key-authorizer", "transaction-log-compactor",
    ], var.handler)
    error_message = "handler must be a function of the bootstrap: stripe-webhook-validator, paypal-webhook-validator, square-webhook-validator, webhook-processor, transaction-query, usage-key-authorizer or transaction-log-compactor."
  }
}

variable "role_arn" {
  description = "ARN of the function's own role."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:iam::[0-9]{12}:role/\\S+$", var.role_arn))
    error_message = "role_arn must be the ARN of an IAM role, e.g. \"arn:aws:iam::123456789012:role/NAME\"."
  }
}

variable "package" {
  description = "Path of the function's zip archive."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.package, ".zip")
    error_message = "package must be the path of a .zip archive, as `just package` makes it."
  }
}

variable "layer_arns" {
  description = "ARNs of layer versions. Empty for a package that has the bootstrap in it."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = length(var.layer_arns) <= 5
    error_message = "layer_arns may hold at most 5 layers."
  }
}

variable "architecture" {
  description = "Processor: arm64, or x86_64 for emulators."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "memory_mb" {
  description = "Memory, which decides about the share of a processor too."
  type        = number
  nullable    = false

  validation {
    condition     = var.memory_mb >= 128 && var.memory_mb <= 10240 && floor(var.memory_mb) == var.memory_mb
    error_message = "memory_mb must be a whole number of megabytes, 128 to 10240."
  }
}

variable "timeout_s" {
  description = "Longest invocation."
  type        = number
  nullable    = false

  validation {
    condition     = var.timeout_s >= 1 && var.timeout_s <= 900 && floor(var.timeout_s) == var.timeout_s
    error_message = "timeout_s must be a whole number of seconds, 1 to 900."
  }
}

variable "reserved_concurrency" {
  description = "Executions at once, reserved and at most. -1: what the account has left."
  type        = number
  default     = -1
  nullable    = false

  validation {
    condition     = var.reserved_concurrency == -1 || (var.reserved_concurrency >= 1 && floor(var.reserved_concurrency) == var.reserved_concurrency)
    error_message = "reserved_concurrency must be a whole number of at least 1, or -1 for none; 0 would switch the function off."
  }
}

variable "environment" {
  description = "The function's variables. No secrets: they are read at run time, by ARN."
  type        = map(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "environment must have names such as LOG_LEVEL: capital letters, digits and underscores."
  }
  validation {
    condition     = alltrue([for value in values(var.environment) : !can(regex("whsec_|sk_(live|test)_|rk_(live|test)_|PRIVATE KEY|AKIA[0-9A-Z]{16}", value))])
    error_message = "environment holds what looks like a secret. Put it into Secrets Manager (webhookctl secret put) and name its ARN here."
  }
  validation {
    condition     = length(jsonencode(var.environment)) <= 4096
    error_message = "environment is more than the 4 KB that Lambda takes."
  }
}

variable "dead_letter_arn" {
  description = "ARN of the queue for events that failed to the last try. null: none."
  type        = string
  default     = null

  validation {
    condition     = var.dead_letter_arn == null || can(regex("^arn:aws:sqs:[a-z0-9-]+:[0-9]{12}:\\S+$", var.dead_letter_arn))
    error_message = "dead_letter_arn must be the ARN of an SQS queue."
  }
}

variable "asynchronous" {
  description = "For a function that is invoked without waiting: tries after the first one, and how old an event may become. null: as Lambda does it."
  type = object({
    retries     = number
    event_age_s = number
  })
  default = null

  validation {
    condition     = var.asynchronous == null || contains([0, 1, 2], try(var.asynchronous.retries, 0))
    error_message = "asynchronous.retries must be 0, 1 or 2."
  }
  validation {
    condition     = var.asynchronous == null || (try(var.asynchronous.event_age_s, 60) >= 60 && try(var.asynchronous.event_age_s, 60) <= 21600)
    error_message = "asynchronous.event_age_s must be 60 to 21600 seconds."
  }
}
