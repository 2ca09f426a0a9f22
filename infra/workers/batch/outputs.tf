output "queue" {
  description = "Name of the job queue, for `infra/workers/start batch --queue`."
  value       = aws_batch_job_queue.workers.name
}

output "job_definition" {
  description = "The workers' job definition, for `--job-definition`."
  value       = aws_batch_job_definition.worker.name
}

output "results" {
  description = "Where results are: `aws s3 sync URL/GROUP DIR`, then `reports merge DIR`."
  value       = "s3://${module.results.name}/runs"
}

output "log_group" {
  description = "What the workers print."
  value       = aws_cloudwatch_log_group.workers.name
}
