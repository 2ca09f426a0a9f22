# One request a second and ten in a hundred of the others are traced (variable trace_sampling), from the API on. Whether a request will fail is not known
# when that is decided; a failure that is not sampled sends a segment of its own.

resource "aws_xray_sampling_rule" "webhooks" {
  count = contains(var.emulator_lacks, "tracing") ? 0 : 1

  rule_name      = local.sampling_rule
  version        = 1
  priority       = 1000
  reservoir_size = var.trace_sampling.per_second
  fixed_rate     = var.trace_sampling.rate

  service_type = "AWS::ApiGateway::Stage"
  service_name = "${local.api_name}/*"
  host         = "*"
  http_method  = "*"
  url_path     = "*"
  resource_arn = "*"
}
