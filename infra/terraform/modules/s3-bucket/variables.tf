variable "name" {
  description = "Name of the bucket, unique in all of AWS."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$", var.name))
    error_message = "name must be 3 to 63 lower-case letters, digits and hyphens, with no hyphen at either end."
  }
}

variable "versioned" {
  description = "Whether overwritten and deleted objects stay as noncurrent versions."
  type        = bool
  nullable    = false
}

variable "transitions" {
  description = "Storage classes that objects move to, each with the age in days from which on."
  type = list(object({
    days          = number
    storage_class = string
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for move in var.transitions : move.days >= 0 && floor(move.days) == move.days])
    error_message = "transitions.*.days must be a whole number of days, 0 or more."
  }
  validation {
    condition     = alltrue([for move in var.transitions : contains(["INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE"], move.storage_class)])
    error_message = "transitions.*.storage_class must be one of: INTELLIGENT_TIERING, GLACIER_IR, GLACIER, DEEP_ARCHIVE."
  }
}

variable "expiration_days" {
  description = "Age in days at which objects are deleted."
  type        = number
  nullable    = false

  validation {
    condition     = var.expiration_days >= 1 && floor(var.expiration_days) == var.expiration_days
    error_message = "expiration_days must be a whole number of days, 1 or more."
  }
}

variable "noncurrent_expiration_days" {
  description = "Days after which a noncurrent version is deleted. Only a versioned bucket has any."
  type        = number
  default     = 90
  nullable    = false

  validation {
    condition     = var.noncurrent_expiration_days >= 1 && floor(var.noncurrent_expiration_days) == var.noncurrent_expiration_days
    error_message = "noncurrent_expiration_days must be a whole number of days, 1 or more."
  }
}

variable "prefix_expiration_days" {
  description = "Age in days at which objects of a folder are deleted, by prefix, where that is earlier than for the others."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for prefix, days in var.prefix_expiration_days : can(regex("^[^/].*/$", prefix)) && days >= 1 && floor(days) == days])
    error_message = "prefix_expiration_days must be whole numbers of days by folder, the folder with a slash at its end only: { \"ipn-unproven/\" = 14 }."
  }
}

variable "abort_incomplete_multipart_days" {
  description = "Days after which the parts of an upload that nobody finished are deleted."
  type        = number
  default     = 1
  nullable    = false

  validation {
    condition     = var.abort_incomplete_multipart_days >= 1 && floor(var.abort_incomplete_multipart_days) == var.abort_incomplete_multipart_days
    error_message = "abort_incomplete_multipart_days must be a whole number of days, 1 or more."
  }
}

variable "service_access" {
  description = "What services of AWS may do with the bucket itself, as statements of its policy. Everybody else goes by their own role."
  type = list(object({
    sid        = string
    service    = string
    actions    = list(string)
    resources  = list(string)
    conditions = map(map(string))
  }))
  default  = []
  nullable = false

  validation {
    condition     = alltrue([for access in var.service_access : endswith(access.service, ".amazonaws.com")])
    error_message = "service_access.*.service must be a service's principal, e.g. \"cloudtrail.amazonaws.com\"."
  }
  validation {
    condition     = alltrue([for access in var.service_access : contains(flatten([for condition in values(access.conditions) : keys(condition)]), "aws:SourceArn")])
    error_message = "service_access.*.conditions must name aws:SourceArn: without it a service could be sent here by anybody's account."
  }
  validation {
    condition     = alltrue([for action in flatten([for access in var.service_access : access.actions]) : !strcontains(action, "*")])
    error_message = "service_access.*.actions must name each action in full, without \"*\"."
  }
}

variable "force_destroy" {
  description = "Whether the bucket may be destroyed with what is in it."
  type        = bool
  default     = false
  nullable    = false
}
