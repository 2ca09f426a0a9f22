# Inputs, each validated. How long what is kept is in variables-retention.tf.

# Where

variable "environment" {
  description = "Which environment this stack is: dev, staging or production. Part of the buckets' names, and the stage whose requests the functions take."
  type        = string
  nullable    = false

  validation {
    condition     = contains(["dev", "staging", "production"], var.environment)
    error_message = "environment must be one of: dev, staging, production."
  }
}

variable "aws_region" {
  description = "AWS region of everything."
  type        = string
  default     = "us-east-1"
  nullable    = false

  validation {
    condition     = var.aws_region == "us-east-1"
    error_message = "aws_region must be us-east-1: the system is specified, sized and priced for that region alone."
  }
}

variable "account_id" {
  description = "AWS account, 12 digits. Empty asks AWS whose the credentials are; given, the stack refuses any other account, and a plan needs no AWS."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([0-9]{12})?$", var.account_id))
    error_message = "account_id must be the 12 digits of an AWS account, e.g. \"123456789012\", or empty."
  }
}

variable "name_suffix" {
  description = "Put behind every name as -SUFFIX, for a second stack in one account. Empty by default: the specified names."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^([a-z][a-z0-9]{0,7})?$", var.name_suffix))
    error_message = "name_suffix must be 1 to 8 lower-case letters and digits that begin with a letter, e.g. \"eu2\", or empty. The hyphen is put before it."
  }
}

variable "extra_tags" {
  description = "Tags for every resource, beside the stack's own."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for key, value in var.extra_tags : can(regex("^.{1,128}$", key)) && can(regex("^.{0,256}$", value)) && !startswith(lower(key), "aws:")])
    error_message = "extra_tags must have keys of 1 to 128 characters that do not begin with aws:, and values of at most 256."
  }
}

# Emulators

variable "endpoint_url" {
  description = "Address of an emulator that answers for every AWS service, e.g. http://127.0.0.1:4566. Empty is AWS."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(https?://[^/\\s]+)?$", var.endpoint_url))
    error_message = "endpoint_url must be http://HOST:PORT without a path, or empty for AWS."
  }
}

variable "emulator_lacks" {
  description = <<-EOT
    What the emulator at endpoint_url does not have, and the stack then does without:
      authorizers    of REST APIs: callers send the usage key (output usage_keys) in the header x-api-key
      autoscaling    of provisioned tables
      escaped_paths  in method settings, with ~1 for each slash: they are named by the plain path
      tracing        X-Ray's own API: no sampling rule
      trail          CloudTrail: no audit trail; its bucket stays empty
  EOT
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for lack in var.emulator_lacks : contains(["authorizers", "autoscaling", "escaped_paths", "tracing", "trail"], lack)])
    error_message = "emulator_lacks may name: authorizers, autoscaling, escaped_paths, tracing, trail."
  }
}

variable "offline" {
  description = "Plan without calling AWS at all; needs account_id. For tests and checks."
  type        = bool
  default     = false
  nullable    = false
}

# Packages

variable "package_dir" {
  description = "Folder of the built packages. null: target/package/ARCHITECTURE of this checkout, where `just package` puts them."
  type        = string
  default     = null

  validation {
    condition     = var.package_dir == null || try(length(var.package_dir) > 0 && !endswith(var.package_dir, ".zip"), false)
    error_message = "package_dir must be the folder that holds layer.zip and the functions' archives, e.g. \"../../target/package/arm64\"."
  }
}

variable "lambda_architecture" {
  description = "Processor of the functions. arm64 is mandatory on AWS; x86_64 is for emulators on such machines."
  type        = string
  default     = "arm64"
  nullable    = false

  validation {
    condition     = contains(["arm64", "x86_64"], var.lambda_architecture)
    error_message = "lambda_architecture must be arm64, or x86_64 for an emulator on such a machine."
  }
}

variable "fat_packages" {
  description = "Whether every function carries the bootstrap itself, for emulators that ignore layers."
  type        = bool
  default     = false
  nullable    = false
}

variable "layer_version" {
  description = "Version of the layer that functions run with, e.g. the one before a bad release. null: the one that is published from the packages."
  type        = number
  default     = null

  validation {
    condition     = var.layer_version == null || try(var.layer_version >= 1 && floor(var.layer_version) == var.layer_version, false)
    error_message = "layer_version must be the number of a published version, 1 or more, or null for the newest."
  }
}

# API

variable "stages" {
  description = "Stages of the API. A stage of another environment than this stack's is refused by the functions."
  type        = set(string)
  default     = ["dev", "staging", "production"]
  nullable    = false

  validation {
    condition     = length(var.stages) > 0 && alltrue([for stage in var.stages : contains(["dev", "staging", "production"], stage)])
    error_message = "stages must name at least one of: dev, staging, production."
  }
}

variable "stage_throttle" {
  description = "Steady rate (requests a second) and burst (requests) of a stage, all methods together. The account's quota for a region is the same by default."
  type = object({
    rate_per_s = number
    burst      = number
  })
  default  = { rate_per_s = 10000, burst = 5000 }
  nullable = false

  validation {
    condition     = var.stage_throttle.rate_per_s >= 1 && var.stage_throttle.rate_per_s <= 100000
    error_message = "stage_throttle.rate_per_s must be 1 to 100000 requests a second; API Gateway's quota is 10000 unless AWS raised it."
  }
  validation {
    condition     = var.stage_throttle.burst >= 1 && var.stage_throttle.burst <= 100000 && floor(var.stage_throttle.burst) == var.stage_throttle.burst
    error_message = "stage_throttle.burst must be a whole number, 1 to 100000; API Gateway's quota is 5000 unless AWS raised it."
  }
}

variable "provider_throttles" {
  description = "Steady rate (requests a second) and burst (requests) of each provider's webhooks."
  type = object({
    stripe = object({ rate_per_s = number, burst = number })
    paypal = object({ rate_per_s = number, burst = number })
    square = object({ rate_per_s = number, burst = number })
  })
  default = {
    stripe = { rate_per_s = 2000, burst = 5000 }
    paypal = { rate_per_s = 1500, burst = 5000 }
    square = { rate_per_s = 1000, burst = 5000 }
  }
  nullable = false

  validation {
    condition     = alltrue([for limit in values(var.provider_throttles) : limit.rate_per_s >= 1 && limit.rate_per_s <= 100000])
    error_message = "provider_throttles.*.rate_per_s must be 1 to 100000 requests a second. To stop a provider, name it in disabled_providers."
  }
  validation {
    condition     = alltrue([for limit in values(var.provider_throttles) : limit.burst >= 1 && limit.burst <= 100000 && floor(limit.burst) == limit.burst])
    error_message = "provider_throttles.*.burst must be a whole number, 1 to 100000."
  }
}

variable "provider_daily_quotas" {
  description = "Webhooks a day that a provider's usage plan takes, by provider; more are answered 429. Empty: no quota."
  type        = map(number)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for provider, quota in var.provider_daily_quotas : contains(["stripe", "paypal", "square"], provider) && quota >= 1 && floor(quota) == quota])
    error_message = "provider_daily_quotas must be whole numbers of at least 1, by provider: stripe, paypal, square."
  }
}

variable "disabled_providers" {
  description = "Providers whose API key is disabled: their webhooks are answered 403, the others' are not touched."
  type        = set(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for provider in var.disabled_providers : contains(["stripe", "paypal", "square"], provider)])
    error_message = "disabled_providers may name: stripe, paypal, square."
  }
}

variable "query_authorization" {
  description = "Who may query transactions: AWS_IAM (signed requests of allowed principals) or NONE (everybody; only away from production)."
  type        = string
  default     = "AWS_IAM"
  nullable    = false

  validation {
    condition     = contains(["AWS_IAM", "NONE"], var.query_authorization)
    error_message = "query_authorization must be AWS_IAM, or NONE for an emulator or a private trial."
  }
}

variable "provider_source_cidrs" {
  description = "Networks that a provider's webhooks may come from, by provider; others are answered 403. Empty: from anywhere, since the signature is the proof."
  type        = map(list(string))
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for provider in keys(var.provider_source_cidrs) : contains(["stripe", "paypal", "square"], provider)])
    error_message = "provider_source_cidrs may name: stripe, paypal, square."
  }
  validation {
    condition     = alltrue([for cidr in flatten(values(var.provider_source_cidrs)) : can(cidrhost(cidr, 0))])
    error_message = "provider_source_cidrs must hold networks such as \"203.0.113.0/24\"."
  }
}

variable "custom_domain" {
  description = "Domain name of the API with its ACM certificate of this region (TLS 1.2 at least); the address that API Gateway gives is then closed. null: none."
  type = object({
    domain_name     = string
    certificate_arn = string
  })
  default = null

  validation {
    condition     = var.custom_domain == null || can(regex("^([a-z0-9]([a-z0-9-]*[a-z0-9])?\\.)+[a-z]{2,}$", var.custom_domain.domain_name))
    error_message = "custom_domain.domain_name must be a domain name in lower case, e.g. \"webhooks.example.com\"."
  }
  validation {
    condition     = var.custom_domain == null || can(regex("^arn:aws:acm:us-east-1:[0-9]{12}:certificate/[0-9a-f-]+$", var.custom_domain.certificate_arn))
    error_message = "custom_domain.certificate_arn must be the ARN of an ACM certificate in us-east-1."
  }
}

variable "manage_api_gateway_account" {
  description = "Whether this stack sets the role by which API Gateway writes logs. There is one such setting per account and region: false where something else manages it."
  type        = bool
  default     = true
  nullable    = false
}

# Functions

variable "function_memory_mb" {
  description = "Memory of the functions, at least as specified; a share of a processor comes with it. Time-outs are fixed: providers, API Gateway and alarms count on them."
  type = object({
    validator  = optional(number, 512)
    processor  = optional(number, 1024)
    query      = optional(number, 256)
    authorizer = optional(number, 128)
    compactor  = optional(number, 512)
  })
  default  = {}
  nullable = false

  validation {
    condition = (
      var.function_memory_mb.validator >= 512 && var.function_memory_mb.processor >= 1024 && var.function_memory_mb.query >= 256 &&
      var.function_memory_mb.authorizer >= 128 && var.function_memory_mb.compactor >= 512
    )
    error_message = "function_memory_mb must be at least: validator 512, processor 1024, query 256, authorizer 128, compactor 512."
  }
  validation {
    condition     = alltrue([for memory in values(var.function_memory_mb) : memory <= 10240 && floor(memory) == memory])
    error_message = "function_memory_mb must be whole numbers of megabytes, at most 10240."
  }
}

variable "processor_reserved_concurrency" {
  description = "Processor executions at once: reserved for it, and no more than that."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.processor_reserved_concurrency >= 1 && var.processor_reserved_concurrency <= 900 && floor(var.processor_reserved_concurrency) == var.processor_reserved_concurrency
    error_message = "processor_reserved_concurrency must be a whole number, 1 to 900: an account has 1000 by default, of which 100 must stay unreserved."
  }
}

variable "log_level" {
  description = "Lowest level that functions write: INFO, WARN or ERROR. WARN has no processing durations to measure, ERROR no invalid signatures to count either."
  type        = string
  default     = "INFO"
  nullable    = false

  validation {
    condition     = contains(["INFO", "WARN", "ERROR"], var.log_level)
    error_message = "log_level must be one of: INFO, WARN, ERROR."
  }
}

variable "square_notification_url" {
  description = "Notification URL registered at Square, to the letter, which Square signs. Empty: it stands in Square's secret."
  type        = string
  default     = ""
  nullable    = false

  validation {
    condition     = can(regex("^(https?://\\S+)?$", var.square_notification_url))
    error_message = "square_notification_url must be the https URL registered at Square, or empty."
  }
}

variable "paypal_environment" {
  description = "Which PayPal sends: live or sandbox."
  type        = string
  default     = "live"
  nullable    = false

  validation {
    condition     = contains(["live", "sandbox"], var.paypal_environment)
    error_message = "paypal_environment must be live or sandbox."
  }
}

variable "paypal_verification" {
  description = "How PayPal's JSON webhooks are verified: offline (by certificate) or api (by asking PayPal; the secret then holds client credentials)."
  type        = string
  default     = "offline"
  nullable    = false

  validation {
    condition     = contains(["offline", "api"], var.paypal_verification)
    error_message = "paypal_verification must be offline or api."
  }
}

variable "paypal_receivers" {
  description = "The merchant's e-mail addresses and account ids at PayPal, whose IPN is taken. Empty: no IPN is taken (415)."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for receiver in var.paypal_receivers : can(regex("^[^,\\s]+$", receiver))])
    error_message = "paypal_receivers must be e-mail addresses or PayPal account ids, without commas or spaces."
  }
}

variable "extra_environment" {
  description = "Further variables of every function, for emulators' endpoints. No secrets."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition     = alltrue([for name in keys(var.extra_environment) : can(regex("^[A-Z][A-Z0-9_]*$", name))])
    error_message = "extra_environment must have names such as AWS_ENDPOINT_URL_S3: capital letters, digits and underscores."
  }
  validation {
    condition     = alltrue([for value in values(var.extra_environment) : !can(regex("whsec_|sk_(live|test)_|rk_(live|test)_|PRIVATE KEY|AKIA[0-9A-Z]{16}", value))])
    error_message = "extra_environment holds what looks like a secret. Secrets belong into Secrets Manager: webhookctl secret put."
  }
}

# Table and trail

variable "table_billing_mode" {
  description = "PAY_PER_REQUEST (on demand, as specified) or PROVISIONED with autoscaling from 5 to 1000 units at 70 %."
  type        = string
  default     = "PAY_PER_REQUEST"
  nullable    = false

  validation {
    condition     = contains(["PAY_PER_REQUEST", "PROVISIONED"], var.table_billing_mode)
    error_message = "table_billing_mode must be PAY_PER_REQUEST, or PROVISIONED for capacity with autoscaling."
  }
}

variable "trail_multi_region" {
  description = "Whether the audit trail records the account's events of all regions, or of this one alone. One multi-region trail an account is enough."
  type        = bool
  default     = true
  nullable    = false
}

# Alarms and access

variable "alarm_emails" {
  description = "Who is told of alarms. Each gets one message to confirm with."
  type        = list(string)
  nullable    = false

  validation {
    condition     = length(var.alarm_emails) > 0
    error_message = "alarm_emails must name at least one address: an alarm that reaches nobody is none."
  }
  validation {
    condition     = alltrue([for email in var.alarm_emails : can(regex("^[^@\\s]+@[^@\\s]+\\.[^@\\s]+$", email))])
    error_message = "alarm_emails must hold e-mail addresses, e.g. \"oncall@example.com\"."
  }
}

variable "alarm_https_endpoints" {
  description = "HTTPS addresses of pagers that are told of alarms too."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for url in var.alarm_https_endpoints : can(regex("^https://\\S+$", url))])
    error_message = "alarm_https_endpoints must hold https URLs."
  }
}

variable "lambda_concurrency_quota" {
  description = "Executions at once that AWS allows this account in this region. Alarms go by nine tenths of it; the stack does not change it."
  type        = number
  default     = 1000
  nullable    = false

  validation {
    condition     = var.lambda_concurrency_quota >= 1000 && floor(var.lambda_concurrency_quota) == var.lambda_concurrency_quota
    error_message = "lambda_concurrency_quota must be a whole number, 1000 or more: with less the processor's 100 cannot be reserved beside what the validators need. New accounts have 10; ask AWS for 1000."
  }
}

variable "alarm_thresholds" {
  description = <<-EOT
    What each alarm rings above. As specified by default:
      function_errors              failed invocations of a function in 5 minutes (the compactor: any)
      function_throttles           throttled invocations of a function in 5 minutes
      function_duration_percent    longest invocation of a function, in percent of its time-out (the compactor: 95)
      dead_letters                 events in the dead-letter queue
      api_4xx_share                share of the API's requests that are refused, 0 to 1
      api_5xx_share                share of the API's requests that fail, 0 to 1
      api_latency_p99_ms           what one request in a hundred takes longer than
      dynamodb_user_errors         requests that DynamoDB finds wrong, of the whole account, in 5 minutes
      dynamodb_system_errors       requests to a table that DynamoDB itself fails, in 5 minutes
      dynamodb_throttled_requests  throttled requests to a table, and writes to an index, in 5 minutes
  EOT
  type = object({
    function_errors             = optional(number, 10)
    function_throttles          = optional(number, 5)
    function_duration_percent   = optional(number, 80)
    dead_letters                = optional(number, 10)
    api_4xx_share               = optional(number, 0.05)
    api_5xx_share               = optional(number, 0.01)
    api_latency_p99_ms          = optional(number, 2000)
    dynamodb_user_errors        = optional(number, 50)
    dynamodb_system_errors      = optional(number, 0)
    dynamodb_throttled_requests = optional(number, 10)
  })
  default  = {}
  nullable = false

  validation {
    condition = alltrue([
      for count in [
        var.alarm_thresholds.function_errors, var.alarm_thresholds.function_throttles, var.alarm_thresholds.dead_letters,
        var.alarm_thresholds.dynamodb_user_errors, var.alarm_thresholds.dynamodb_system_errors, var.alarm_thresholds.dynamodb_throttled_requests,
      ] : count >= 0 && floor(count) == count
    ])
    error_message = "alarm_thresholds: function_errors, function_throttles, dead_letters and dynamodb_* must be whole numbers, 0 or more. An alarm rings above its threshold."
  }
  validation {
    condition     = var.alarm_thresholds.function_duration_percent >= 1 && var.alarm_thresholds.function_duration_percent <= 99
    error_message = "alarm_thresholds.function_duration_percent must be 1 to 99 percent of the time-out: at 100 the invocation is over."
  }
  validation {
    condition     = alltrue([for share in [var.alarm_thresholds.api_4xx_share, var.alarm_thresholds.api_5xx_share] : share >= 0 && share < 1])
    error_message = "alarm_thresholds.api_4xx_share and api_5xx_share are shares of all requests, 0 to less than 1: 0.05 is 5 %."
  }
  validation {
    condition     = var.alarm_thresholds.api_latency_p99_ms >= 1 && var.alarm_thresholds.api_latency_p99_ms < 29000
    error_message = "alarm_thresholds.api_latency_p99_ms must be 1 to less than 29000 milliseconds, at which API Gateway gives up."
  }
}

variable "trace_sampling" {
  description = "Requests that are traced: so many a second, and this share of the rest. Failures outside are traced by the functions themselves."
  type = object({
    per_second = optional(number, 1)
    rate       = optional(number, 0.1)
  })
  default  = {}
  nullable = false

  validation {
    condition     = var.trace_sampling.rate >= 0 && var.trace_sampling.rate <= 1
    error_message = "trace_sampling.rate must be a share of requests, 0 to 1: 0.1 is 10 %."
  }
  validation {
    condition     = var.trace_sampling.per_second >= 0 && floor(var.trace_sampling.per_second) == var.trace_sampling.per_second
    error_message = "trace_sampling.per_second must be a whole number of requests, 0 or more."
  }
}

variable "forged_alarm_threshold" {
  description = "Invalid signatures of one provider in 5 minutes, above which there is an alarm."
  type        = number
  default     = 100
  nullable    = false

  validation {
    condition     = var.forged_alarm_threshold >= 1 && floor(var.forged_alarm_threshold) == var.forged_alarm_threshold
    error_message = "forged_alarm_threshold must be a whole number, 1 or more."
  }
}

variable "alarm_on_silence" {
  description = "Whether no request at all counts as abnormal traffic. For a deployment whose providers send around the clock."
  type        = bool
  default     = false
  nullable    = false
}

variable "operator_principals" {
  description = "IAM principals (ARNs) that may take the operator's role, for webhookctl. Empty: there is no such role."
  type        = list(string)
  default     = []
  nullable    = false

  validation {
    condition     = alltrue([for arn in var.operator_principals : can(regex("^arn:aws:iam::[0-9]{12}:(role|user)/\\S+$", arn))])
    error_message = "operator_principals must hold ARNs of IAM roles or users, e.g. \"arn:aws:iam::123456789012:role/oncall\"; no account as a whole."
  }
}
