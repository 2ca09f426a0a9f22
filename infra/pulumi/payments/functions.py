"""A function that takes the webhooks of one provider, with all that it alone uses."""

import pulumi
import pulumi_aws as aws

from payments import logs, names, roles
from payments.config import Settings
from payments.names import Webhook

RUNTIME = "python3.11"
HANDLER = "handler.handler"
MEMORY_MB = 512
TIMEOUT_SECONDS = 30


class WebhookFunction(pulumi.ComponentResource):
    """Log group, role, policy and function of one provider.

    No concurrency is reserved: Lambda scales each function as far as the account's quota goes, which is what a peak needs.
    """

    arn: pulumi.Output[str]

    def __init__(
        self,
        webhook: Webhook,
        settings: Settings,
        table: aws.dynamodb.Table,
        account_id: pulumi.Output[str],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Declares them."""
        super().__init__("payments:index:WebhookFunction", f"{webhook.word}-webhook", None, opts)
        own = pulumi.ResourceOptions(parent=self)
        log_group = logs.log_group(webhook, settings, own)
        role = roles.role(webhook, settings, own)
        document = roles.allowed(settings.secret_names[webhook], table, log_group, account_id)
        policy = roles.policy(webhook, settings, document, role, own)
        function = aws.lambda_.Function(
            names.logical(webhook, "function"),
            name=names.function(webhook, settings.environment_suffix),
            description=f"{webhook.value}'s webhooks into {names.table(settings.environment_suffix)}",
            role=role.arn,
            runtime=RUNTIME,
            handler=HANDLER,
            code=pulumi.FileArchive(str(settings.package)),
            architectures=[settings.architecture],
            memory_size=MEMORY_MB,
            timeout=TIMEOUT_SECONDS,
            environment=aws.lambda_.FunctionEnvironmentArgs(
                variables={
                    "TABLE_NAME": table.name,
                    "WEBHOOK_TYPE": webhook.value,
                    # A name and no ARN: a part of an ARN is ambiguous for names that end in a hyphen and six characters.
                    "SECRET_NAME": settings.secret_names[webhook],
                }
            ),
            tracing_config=aws.lambda_.FunctionTracingConfigArgs(mode="Active"),
            # JSON, so that a filter can look for a level or a provider; the group by name, so that no other is made.
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", log_group=log_group.name),
            # Without these two the first invocations would log nothing, and deletion would begin with them.
            opts=pulumi.ResourceOptions.merge(own, pulumi.ResourceOptions(depends_on=[log_group, policy])),
        )
        self.arn = function.arn
        self.register_outputs({"arn": function.arn})
