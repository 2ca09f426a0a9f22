variable "name" {
  description = "Name of the table."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_.-]{3,255}$", var.name))
    error_message = "name must be 3 to 255 letters, digits, hyphens, underscores and dots."
  }
}

variable "partition_key" {
  description = "Partition key and its type: S (string), N (number) or B (binary)."
  type        = object({ name = string, type = string })
  nullable    = false

  validation {
    condition     = contains(["S", "N", "B"], var.partition_key.type)
    error_message = "partition_key.type must be S, N or B."
  }
}

variable "sort_key" {
  description = "Sort key and its type. null: none."
  type        = object({ name = string, type = string })
  default     = null

  validation {
    condition     = var.sort_key == null || contains(["S", "N", "B"], try(var.sort_key.type, ""))
    error_message = "sort_key.type must be S, N or B."
  }
}

variable "indexes" {
  description = "Global secondary indexes by name, each over all attributes."
  type = map(object({
    partition_key = object({ name = string, type = string })
    sort_key      = optional(object({ name = string, type = string }))
  }))
  default  = {}
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.indexes) : can(regex("^[a-zA-Z0-9_.-]{3,255}$", name))])
    error_message = "indexes must be named by 3 to 255 letters, digits, hyphens, underscores and dots."
  }
  validation {
    condition = alltrue([
      for index in values(var.indexes) :
      contains(["S", "N", "B"], index.partition_key.type) && contains(["S", "N", "B"], try(index.sort_key.type, "S"))
    ])
    error_message = "The type of each index's keys must be S, N or B."
  }
  validation {
    condition     = length(var.indexes) <= 20
    error_message = "indexes must be 20 at most: DynamoDB's quota for a table."
  }
}

variable "ttl_attribute" {
  description = "Attribute with the Unix time from which on an item may be deleted. null: items stay."
  type        = string
  default     = null

  validation {
    condition     = var.ttl_attribute == null || try(length(var.ttl_attribute) >= 1, false)
    error_message = "ttl_attribute must be the name of an attribute, or null."
  }
}

variable "stream_view_type" {
  description = "What the table's stream tells of a change. null: there is no stream."
  type        = string
  default     = "NEW_AND_OLD_IMAGES"

  validation {
    condition     = var.stream_view_type == null || contains(["KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES"], coalesce(var.stream_view_type, "none"))
    error_message = "stream_view_type must be one of: KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES, or null for no stream."
  }
}

variable "billing_mode" {
  description = "PAY_PER_REQUEST (on demand) or PROVISIONED, which brings autoscaling with it unless that is not enabled."
  type        = string
  default     = "PAY_PER_REQUEST"
  nullable    = false

  validation {
    condition     = contains(["PAY_PER_REQUEST", "PROVISIONED"], var.billing_mode)
    error_message = "billing_mode must be PAY_PER_REQUEST or PROVISIONED."
  }
}

variable "autoscaling" {
  description = "Capacity of a PROVISIONED table and of each of its indexes: from, to, and how much of it should be in use, in percent. Reads and writes alike. Not enabled, it stays at capacity_min."
  type = object({
    enabled        = optional(bool, true)
    capacity_min   = optional(number, 5)
    capacity_max   = optional(number, 1000)
    target_percent = optional(number, 70)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.autoscaling.capacity_min >= 1 && floor(var.autoscaling.capacity_min) == var.autoscaling.capacity_min && floor(var.autoscaling.capacity_max) == var.autoscaling.capacity_max && var.autoscaling.capacity_max >= var.autoscaling.capacity_min
    error_message = "autoscaling.capacity_min and capacity_max must be whole numbers of capacity units, 1 <= capacity_min <= capacity_max."
  }
  validation {
    condition     = var.autoscaling.target_percent >= 20 && var.autoscaling.target_percent <= 90
    error_message = "autoscaling.target_percent must be 20 to 90, which is what DynamoDB takes."
  }
}

variable "point_in_time_recovery" {
  description = "Whether the table can be restored to any second of the last 35 days."
  type        = bool
  default     = true
  nullable    = false
}

variable "deletion_protection" {
  description = "Whether the table refuses to be deleted."
  type        = bool
  nullable    = false
}
