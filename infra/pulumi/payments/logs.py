"""Where the functions log."""

import pulumi
import pulumi_aws as aws

from payments import names
from payments.config import Settings
from payments.names import Webhook

RETENTION_DAYS = 7


def log_group(webhook: Webhook, settings: Settings, opts: pulumi.ResourceOptions) -> aws.cloudwatch.LogGroup:
    """Declares a function's log group.

    It is there before the function: Lambda would otherwise make one at the first invocation, with no end to its retention, and
    the role may not make any.
    """
    return aws.cloudwatch.LogGroup(
        names.logical(webhook, "log-group"),
        name=names.log_group(webhook, settings.environment_suffix),
        retention_in_days=RETENTION_DAYS,
        opts=opts,
    )
