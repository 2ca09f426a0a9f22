# Like production, with the providers' test accounts behind it. Add account_id, and alarm_emails that reach somebody.
environment = "staging"

paypal_environment   = "sandbox"
secret_recovery_days = 7

alarm_emails = ["webhooks-staging@example.com"]
