"""What things are called: the resource's type, then the environment's suffix, so that two stacks in one account do not meet."""

import enum

PROJECT = "payment-webhooks"


class Webhook(enum.Enum):
    """A provider of webhooks. The value is what the function finds in WEBHOOK_TYPE."""

    STRIPE = "Stripe"
    PAYPAL = "PayPal"

    @property
    def word(self) -> str:
        """The provider in names: AWS allows capitals in most of them, but IAM takes `a` and `A` for the same role."""
        return self.value.lower()


def logical(webhook: Webhook, resource_type: str) -> str:
    """The name inside Pulumi, which a stack's name precedes already: changing the suffix renames a resource, not its identity."""
    return f"{webhook.word}-webhook-{resource_type}"


def table(suffix: str) -> str:
    """The table's name is given by the specification."""
    return f"PaymentTransactions-{suffix}"


def function(webhook: Webhook, suffix: str) -> str:
    """At most 64 characters (Lambda's limit), of which `config.SUFFIX` leaves 24 for what precedes the suffix."""
    return f"{logical(webhook, 'function')}-{suffix}"


def role(webhook: Webhook, suffix: str) -> str:
    """At most 64 characters (IAM's limit)."""
    return f"{logical(webhook, 'role')}-{suffix}"


def policy(webhook: Webhook, suffix: str) -> str:
    """The inline policy of the role."""
    return f"{logical(webhook, 'policy')}-{suffix}"


def log_group(webhook: Webhook, suffix: str) -> str:
    """Where Lambda itself would put the function's log."""
    return f"/aws/lambda/{function(webhook, suffix)}"


def secret(webhook: Webhook, suffix: str) -> str:
    """Of the secret in Secrets Manager, if the configuration names no other."""
    return f"{PROJECT}/{webhook.word}-{suffix}"
