variable "name" {
  description = "Name of the layer."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9_-]{1,140}$", var.name))
    error_message = "name must be 1 to 140 letters, digits, hyphens and underscores."
  }
}

variable "description" {
  description = "What is in it."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = length(var.description) <= 256
    error_message = "description must have at most 256 characters."
  }
}

variable "package" {
  description = "Path of the zip archive."
  type        = string
  nullable    = false

  validation {
    condition     = endswith(var.package, ".zip")
    error_message = "package must be the path of a .zip archive, as `just package` makes it."
  }
}

variable "architecture" {
  description = "Processor that the layer is built for: arm64, or x86_64 for emulators."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.architecture)
    error_message = "architecture must be arm64 or x86_64."
  }
}

variable "license" {
  description = "SPDX identifier of the licence."
  type        = string
  default     = "MIT OR Apache-2.0"
  nullable    = false

  validation {
    condition     = length(var.license) >= 1 && length(var.license) <= 512
    error_message = "license must be an SPDX identifier or expression, e.g. \"MIT\", of 512 characters at most."
  }
}

variable "keep_versions" {
  description = "Whether versions stay on AWS when a newer one replaces them, and after a destroy."
  type        = bool
  default     = true
  nullable    = false
}

variable "pinned_version_arn" {
  description = "ARN of an earlier version that functions are to run with. null: the version that is published here."
  type        = string
  default     = null

  validation {
    condition     = var.pinned_version_arn == null || can(regex("^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:layer:[a-zA-Z0-9_-]+:[0-9]+$", var.pinned_version_arn))
    error_message = "pinned_version_arn must be the ARN of a layer's version, with the version's number at the end."
  }
}
