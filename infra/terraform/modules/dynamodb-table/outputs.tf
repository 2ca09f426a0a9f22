output "name" {
  description = "Name of the table."
  value       = aws_dynamodb_table.this.name
}

output "arn" {
  description = "ARN of the table."
  value       = aws_dynamodb_table.this.arn
}

output "scaled" {
  description = "Capacities that scale themselves, e.g. table-read; none on demand."
  value       = keys(aws_appautoscaling_target.this)
}

output "stream_arn" {
  description = "ARN of the table's stream; empty without one."
  value       = aws_dynamodb_table.this.stream_arn
}
