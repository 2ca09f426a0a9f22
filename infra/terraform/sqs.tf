# Events that the processor could not make records of, after three attempts. `webhookctl dlq` looks at them and sends them back.

resource "aws_sqs_queue" "dead_letters" {
  name                       = local.dead_letter_queue
  message_retention_seconds  = var.dead_letter_retention_days * 24 * 3600
  visibility_timeout_seconds = 30
  # The most that version 5 of the provider lets be set. A larger event that fails cannot be queued: DeadLetterErrors tells, and the
  # raw body is in S3.
  max_message_size        = 262144
  sqs_managed_sse_enabled = true
}

# Nobody is let in here; who may use the queue says their role. It only keeps plain HTTP out.
resource "aws_sqs_queue_policy" "dead_letters" {
  queue_url = aws_sqs_queue.dead_letters.id

  policy = jsonencode({
    Version = "2012-10-17"
    Statement = [{
      Sid       = "DenyPlainHttp"
      Effect    = "Deny"
      Principal = "*"
      Action    = "sqs:*"
      Resource  = local.dead_letter_queue_arn
      Condition = { Bool = { "aws:SecureTransport" = "false" } }
    }]
  })
}
