# Real money. Add account_id, and alarm_emails and a pager that reach somebody at night.
environment = "production"

raw_retention_days  = 2557
deletion_protection = true

alarm_emails = ["webhooks-oncall@example.com"]
