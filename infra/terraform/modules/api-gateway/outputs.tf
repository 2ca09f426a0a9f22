output "rest_api_id" {
  description = "Id of the API."
  value       = aws_api_gateway_rest_api.this.id
}

output "name" {
  description = "Name of the API, the dimension ApiName of its metrics."
  value       = aws_api_gateway_rest_api.this.name
}

output "execution_arn" {
  description = "ARN that policies about invoking the API begin with."
  value       = aws_api_gateway_rest_api.this.execution_arn
}

output "invoke_urls" {
  description = "Address of each stage, without a slash at the end."
  value       = { for name, stage in aws_api_gateway_stage.this : name => stage.invoke_url }
}

output "api_key_source" {
  description = "Who names the usage key of a webhook: AUTHORIZER, or HEADER for the sender."
  value       = aws_api_gateway_rest_api.this.api_key_source
}

output "method_settings_paths" {
  description = "What the settings of each webhook's method are named by, by stage and provider."
  value       = { for key, settings in aws_api_gateway_method_settings.webhook : key => settings.method_path }
}

output "usage_plan_ids" {
  description = "Id of each provider's usage plan."
  value       = { for provider, plan in aws_api_gateway_usage_plan.provider : provider => plan.id }
}

output "api_key_ids" {
  description = "Id of each provider's API key, as the access log has it."
  value       = { for provider, key in aws_api_gateway_api_key.provider : provider => key.id }
}

output "custom_domain" {
  description = "What the DNS record of the domain points at: name and hosted zone. null without a domain."
  value = one([
    for domain in aws_api_gateway_domain_name.this : { target = domain.regional_domain_name, zone_id = domain.regional_zone_id }
  ])
}

output "deployed_configuration" {
  description = "Changes when what is deployed changes."
  value       = aws_api_gateway_deployment.this.triggers.configuration
}
