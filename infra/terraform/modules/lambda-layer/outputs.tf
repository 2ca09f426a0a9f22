output "version_arn" {
  description = "ARN of the version that functions are to run with."
  value       = var.pinned_version_arn == null ? aws_lambda_layer_version.this.arn : var.pinned_version_arn
}

output "layer_arn" {
  description = "ARN of the layer without a version."
  value       = aws_lambda_layer_version.this.layer_arn
}

output "version" {
  description = "Number of the version."
  value       = aws_lambda_layer_version.this.version
}
