"""The table of payment transactions: the only thing that outlives the stack."""

import pulumi
import pulumi_aws as aws

from payments import names
from payments.config import Settings

PARTITION_KEY = "transactionId"
EXPIRY = "expires_at"


def transactions(settings: Settings, opts: pulumi.ResourceOptions) -> aws.dynamodb.Table:
    """Declares the table: on demand, recoverable to any second of the last 35 days.

    Deletion protection is off so that the table *can* be deleted by hand, and `retain_on_delete` keeps `pulumi destroy` from
    doing so. Children inherit that option, so nothing may have the table as its parent.
    """
    name = names.table(settings.environment_suffix)
    kept = pulumi.ResourceOptions(retain_on_delete=True, import_=name if settings.adopt_table else None)
    return aws.dynamodb.Table(
        "payment-transactions-table",
        name=name,
        billing_mode="PAY_PER_REQUEST",
        hash_key=PARTITION_KEY,
        attributes=[aws.dynamodb.TableAttributeArgs(name=PARTITION_KEY, type="S")],
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(enabled=True),
        deletion_protection_enabled=False,
        # Payments have no such attribute, so none expires. What binds PayPal's transmissions to their bodies does, after four days.
        ttl=aws.dynamodb.TableTtlArgs(enabled=True, attribute_name=EXPIRY),
        opts=pulumi.ResourceOptions.merge(opts, kept),
    )
