# How long what is kept, and what keeps it from being deleted.

variable "raw_retention_days" {
  description = "Days that raw bodies are kept. null: 2557 (seven years) in production, else 365."
  type        = number
  default     = null

  validation {
    condition     = var.raw_retention_days == null || contains([365, 2557], coalesce(var.raw_retention_days, 365))
    error_message = "raw_retention_days must be 365, or 2557 (seven years, for compliance)."
  }
}

variable "record_retention_days" {
  description = "Days after which a record leaves the table by its time to live."
  type        = number
  default     = 2557
  nullable    = false

  validation {
    condition     = var.record_retention_days >= 2557 && var.record_retention_days <= 36500 && floor(var.record_retention_days) == var.record_retention_days
    error_message = "record_retention_days must be a whole number of at least 2557: records are kept for seven years."
  }
}

variable "transaction_log_retention_days" {
  description = "Days that the transaction log is kept. Seven years, or longer."
  type        = number
  default     = 2557
  nullable    = false

  validation {
    condition     = var.transaction_log_retention_days >= 2557 && var.transaction_log_retention_days <= 36500 && floor(var.transaction_log_retention_days) == var.transaction_log_retention_days
    error_message = "transaction_log_retention_days must be a whole number, 2557 (seven years, for compliance) to 36500."
  }
}

variable "trail_retention_days" {
  description = "Days that the files of the audit trail are kept. Seven years, or longer."
  type        = number
  default     = 2557
  nullable    = false

  validation {
    condition     = var.trail_retention_days >= 2557 && var.trail_retention_days <= 36500 && floor(var.trail_retention_days) == var.trail_retention_days
    error_message = "trail_retention_days must be a whole number, 2557 (seven years, for compliance) to 36500."
  }
}

variable "unproven_retention_days" {
  description = "Days that PayPal's form notifications wait in ipn-unproven/ for PayPal's word. What it does not confirm is nobody's record."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.unproven_retention_days >= 1 && var.unproven_retention_days <= 90 && floor(var.unproven_retention_days) == var.unproven_retention_days
    error_message = "unproven_retention_days must be a whole number of days, 1 to 90."
  }
}

variable "dead_letter_retention_days" {
  description = "Days that events stay in the dead-letter queue; four days before the end there is an alarm. 14 is the most that SQS takes."
  type        = number
  default     = 14
  nullable    = false

  validation {
    condition     = var.dead_letter_retention_days >= 5 && var.dead_letter_retention_days <= 14 && floor(var.dead_letter_retention_days) == var.dead_letter_retention_days
    error_message = "dead_letter_retention_days must be a whole number of days, 5 to 14: the alarm on the queue's age rings four days before the end, and SQS keeps nothing longer than 14."
  }
}

variable "log_retention_days" {
  description = "Days that log groups are kept: of the validators and the usage-key authorizer, of the processor and the compactor, of the query function, of the API."
  type = object({
    validators = optional(number, 7)
    processor  = optional(number, 30)
    query      = optional(number, 7)
    api        = optional(number, 14)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for days in values(var.log_retention_days) :
      contains([1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653], days)
    ])
    error_message = "log_retention_days.* must be a number of days that CloudWatch Logs knows: 1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288 or 3653."
  }
}

variable "noncurrent_version_days" {
  description = "Days after which overwritten and deleted objects of the versioned buckets (transaction log, audit trail) are gone for good."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.noncurrent_version_days >= 1 && var.noncurrent_version_days <= 2557 && floor(var.noncurrent_version_days) == var.noncurrent_version_days
    error_message = "noncurrent_version_days must be a whole number of days, 1 to 2557."
  }
}

variable "deletion_protection" {
  description = "Whether the tables refuse to be deleted. null: in production."
  type        = bool
  default     = null
}

variable "force_destroy_buckets" {
  description = "Whether `terraform destroy` may delete buckets that hold objects. Never in production."
  type        = bool
  default     = false
  nullable    = false
}

variable "secret_recovery_days" {
  description = "Days in which a deleted secret can be recovered; 0 deletes at once."
  type        = number
  default     = 30
  nullable    = false

  validation {
    condition     = var.secret_recovery_days == 0 || (var.secret_recovery_days >= 7 && var.secret_recovery_days <= 30 && floor(var.secret_recovery_days) == var.secret_recovery_days)
    error_message = "secret_recovery_days must be 0 (at once) or 7 to 30."
  }
}
