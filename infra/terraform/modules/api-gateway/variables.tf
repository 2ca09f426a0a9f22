variable "name" {
  description = "Name of the API, and the beginning of its plans' and keys' names."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-zA-Z0-9][a-zA-Z0-9-]{0,99}$", var.name))
    error_message = "name must be 1 to 100 letters, digits and hyphens."
  }
}

variable "region" {
  description = "Region of the API and of its functions, for their addresses."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]{2}(-[a-z]+)+-[0-9]$", var.region))
    error_message = "region must be the name of an AWS region, e.g. \"us-east-1\"."
  }
}

variable "authorizers" {
  description = "Whether authorizers name the usage key of a webhook. false, for an emulator without them: callers send it in the header x-api-key."
  type        = bool
  default     = true
  nullable    = false
}

variable "escaped_paths" {
  description = "Whether method settings are named by paths with ~1 for each slash, as AWS wants them. false for an emulator that names them by the plain path."
  type        = bool
  default     = true
  nullable    = false
}

variable "role_arn" {
  description = "ARN of the role by which the API invokes functions and writes logs."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:iam::[0-9]{12}:role/\\S+$", var.role_arn))
    error_message = "role_arn must be the ARN of an IAM role, e.g. \"arn:aws:iam::123456789012:role/NAME\"."
  }
}

variable "manage_account" {
  description = "Whether the account's one setting for API Gateway's logs is made here, with role_arn."
  type        = bool
  default     = true
  nullable    = false
}

variable "authorizer_function_arn" {
  description = "ARN of the function that names the usage plan of a webhook."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]+$", var.authorizer_function_arn))
    error_message = "authorizer_function_arn must be the ARN of a Lambda function without a version."
  }
}

variable "query_function_arn" {
  description = "ARN of the function that answers queries."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]+$", var.query_function_arn))
    error_message = "query_function_arn must be the ARN of a Lambda function without a version."
  }
}

variable "query_authorization" {
  description = "AWS_IAM, or NONE for an emulator."
  type        = string
  default     = "AWS_IAM"
  nullable    = false

  validation {
    condition     = contains(["AWS_IAM", "NONE"], var.query_authorization)
    error_message = "query_authorization must be AWS_IAM or NONE."
  }
}

variable "webhooks" {
  description = <<-EOT
    What takes webhooks, by provider, which is also the last part of the path.
      function_arn   the validator
      schema         JSON schema (draft-04) of the body
      content_types  what the schema stands for; $default is every type that is not named
      usage_key      value of the API key, which the authorizer answers with
      enabled        false answers 403
      rate_per_s     requests a second, of the usage plan and of the method
      burst          requests at once, of both
      daily_quota    requests a day; null for no quota
      source_cidrs   networks that requests may come from; empty for all
  EOT
  type = map(object({
    function_arn  = string
    schema        = string
    content_types = list(string)
    usage_key     = string
    enabled       = optional(bool, true)
    rate_per_s    = number
    burst         = number
    daily_quota   = optional(number)
    source_cidrs  = optional(list(string), [])
  }))
  nullable = false

  validation {
    condition     = length(var.webhooks) > 0 && alltrue([for provider in keys(var.webhooks) : can(regex("^[a-z][a-z0-9]*$", provider))])
    error_message = "webhooks must name at least one provider, in small letters and digits: it becomes a part of the path."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : can(regex("^arn:aws:lambda:[a-z0-9-]+:[0-9]{12}:function:[a-zA-Z0-9_-]+$", webhook.function_arn))])
    error_message = "webhooks.*.function_arn must be the ARN of a Lambda function without a version."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : can(keys(jsondecode(webhook.schema)))])
    error_message = "webhooks.*.schema must be a JSON schema: an object in JSON."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : try(jsondecode(webhook.schema)["$schema"], "") == "http://json-schema.org/draft-04/schema#"])
    error_message = "webhooks.*.schema must say \"$schema\": \"http://json-schema.org/draft-04/schema#\": API Gateway knows no later draft."
  }
  validation {
    # A later draft's keyword is ignored or refused, and neither shows before a bad body gets through.
    condition     = alltrue([for webhook in values(var.webhooks) : !can(regex("\"(const|if|then|else|contains|propertyNames|\\$id|\\$defs|dependentRequired|unevaluatedProperties)\"\\s*:", webhook.schema))])
    error_message = "webhooks.*.schema must be draft-04, which has no const, if, then, else, contains, propertyNames, $id, $defs, dependentRequired or unevaluatedProperties."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : !can(regex("\"\\$ref\"\\s*:\\s*\"[^#]", webhook.schema))])
    error_message = "webhooks.*.schema may refer to its own definitions only, e.g. \"#/definitions/event\"."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : contains(webhook.content_types, "application/json")])
    error_message = "webhooks.*.content_types must have application/json; add $default where every body is JSON whatever it is labelled."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : can(regex("^[!-~]{20,128}$", webhook.usage_key))])
    error_message = "webhooks.*.usage_key must be 20 to 128 printable ASCII characters without blanks."
  }
  validation {
    condition     = length(distinct([for webhook in values(var.webhooks) : webhook.usage_key])) == length(var.webhooks)
    error_message = "webhooks.*.usage_key must differ from provider to provider: it is what tells their plans apart."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : webhook.rate_per_s >= 1 && webhook.burst >= 1])
    error_message = "webhooks.*.rate_per_s and burst must be at least 1. Set enabled = false to stop a provider."
  }
  validation {
    condition     = alltrue([for webhook in values(var.webhooks) : try(webhook.daily_quota >= 1, webhook.daily_quota == null)])
    error_message = "webhooks.*.daily_quota must be at least 1, or null for no quota."
  }
  validation {
    condition     = alltrue(flatten([for webhook in values(var.webhooks) : [for cidr in webhook.source_cidrs : can(cidrhost(cidr, 0))]]))
    error_message = "webhooks.*.source_cidrs must hold networks such as \"203.0.113.0/24\"."
  }
}

variable "stages" {
  description = "Stages by name, with their variables (env among them, which authorizers go by) and the ARN of the log group of the access log."
  type = map(object({
    variables            = map(string)
    access_log_group_arn = string
  }))
  nullable = false

  validation {
    condition     = length(var.stages) > 0 && alltrue([for stage in keys(var.stages) : can(regex("^[a-zA-Z0-9_]{1,128}$", stage))])
    error_message = "stages must name at least one stage, in letters, digits and underscores."
  }
  validation {
    condition     = alltrue([for stage in values(var.stages) : try(length(stage.variables["env"]) > 0, false)])
    error_message = "stages.*.variables must have env: without it the authorizers have no identity source and answer 401."
  }
  validation {
    # API Gateway refuses other characters in values, but only when the stage is made.
    condition     = alltrue(flatten([for stage in values(var.stages) : [for value in values(stage.variables) : can(regex("^[A-Za-z0-9._~:/?#&=,-]+$", value))]]))
    error_message = "stages.*.variables may hold letters, digits and -._~:/?#&=, only."
  }
  validation {
    condition     = alltrue([for stage in values(var.stages) : can(regex("^arn:aws:logs:[a-z0-9-]+:[0-9]{12}:log-group:[^*]+$", stage.access_log_group_arn))])
    error_message = "stages.*.access_log_group_arn must be the ARN of a log group, without :* behind it."
  }
}

variable "stages_after" {
  description = "ARNs of what must exist before the stages do: their log groups, whose retention API Gateway would not set."
  type        = list(string)
  default     = []
  nullable    = false
}

variable "stage_throttle" {
  description = "Requests a second and at once, of each method of a stage that has no limit of its own."
  type = object({
    rate_per_s = number
    burst      = number
  })
  nullable = false

  validation {
    condition     = var.stage_throttle.rate_per_s >= 1 && var.stage_throttle.burst >= 1
    error_message = "stage_throttle.rate_per_s and burst must be at least 1."
  }
}

variable "custom_domain" {
  description = "Domain name with its certificate, and the stage that is found there. null: the address that API Gateway gives."
  type = object({
    domain_name     = string
    certificate_arn = string
    stage           = string
  })
  default = null

  validation {
    condition     = var.custom_domain == null || can(regex("^arn:aws:acm:[a-z0-9-]+:[0-9]{12}:certificate/\\S+$", var.custom_domain.certificate_arn))
    error_message = "custom_domain.certificate_arn must be the ARN of an ACM certificate."
  }
}
