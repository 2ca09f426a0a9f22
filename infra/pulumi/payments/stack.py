"""The whole stack, and what it tells."""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from payments.config import Settings
from payments.functions import WebhookFunction
from payments.names import Webhook
from payments.provider import provider
from payments.table import transactions


@dataclass(frozen=True)
class Outputs:
    """What the specification has exported."""

    stripe_function_arn: pulumi.Output[str]
    paypal_function_arn: pulumi.Output[str]
    table_name: pulumi.Output[str]
    table_arn: pulumi.Output[str]


def declare(settings: Settings) -> Outputs:
    """Declares every resource."""
    aws_here = provider(settings)
    account_id = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(provider=aws_here)).account_id
    table = transactions(settings, pulumi.ResourceOptions(provider=aws_here))
    functions = {
        webhook: WebhookFunction(webhook, settings, table, account_id, pulumi.ResourceOptions(providers=[aws_here])) for webhook in Webhook
    }
    return Outputs(
        stripe_function_arn=functions[Webhook.STRIPE].arn,
        paypal_function_arn=functions[Webhook.PAYPAL].arn,
        table_name=table.name,
        table_arn=table.arn,
    )


def export(outputs: Outputs) -> None:
    """Makes them outputs of the stack, each by its name here."""
    for name, value in vars(outputs).items():
        pulumi.export(name, value)
