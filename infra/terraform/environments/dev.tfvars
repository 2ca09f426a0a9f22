# For trying things out: PayPal's sandbox, and everything can be removed again. Add account_id, and alarm_emails that reach somebody.
environment = "dev"

paypal_environment    = "sandbox"
force_destroy_buckets = true
secret_recovery_days  = 0

alarm_emails = ["webhooks-dev@example.com"]
