# Where the providers' signing secrets are kept. Only the places: the values are set by `webhookctl secret put`, so that neither
# the configuration nor the state ever holds one.

locals {
  secret_descriptions = {
    stripe = "Signing secret of Stripe's webhook endpoint (whsec_...)."
    paypal = "PayPal's webhook id; with client id and secret where PayPal verifies."
    square = "Signature key of Square's webhook subscription, and its notification URL."
  }
}

resource "aws_secretsmanager_secret" "provider" {
  for_each = local.secret_names

  name                    = each.value
  description             = local.secret_descriptions[each.key]
  recovery_window_in_days = var.secret_recovery_days
}
