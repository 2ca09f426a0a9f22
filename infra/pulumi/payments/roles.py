"""Who may do what: a role for each function, with just the actions that its code calls, on just what it calls them on."""

import json
from collections.abc import Mapping, Sequence

import pulumi
import pulumi_aws as aws

from payments import names
from payments.config import REGION, Settings
from payments.names import Webhook

Statement = Mapping[str, str | Sequence[str]]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)
"""Lambda alone may take the roles."""


def role(webhook: Webhook, settings: Settings, opts: pulumi.ResourceOptions) -> aws.iam.Role:
    """Declares a function's own role. It has no managed policies: those change without a commit of ours."""
    return aws.iam.Role(
        names.logical(webhook, "role"),
        name=names.role(webhook, settings.environment_suffix),
        assume_role_policy=TRUST,
        opts=opts,
    )


def policy(
    webhook: Webhook,
    settings: Settings,
    document: pulumi.Output[str],
    own_role: aws.iam.Role,
    opts: pulumi.ResourceOptions,
) -> aws.iam.RolePolicy:
    """Declares what the role may do, as a part of the role: it goes when the role goes."""
    return aws.iam.RolePolicy(
        names.logical(webhook, "policy"),
        name=names.policy(webhook, settings.environment_suffix),
        role=own_role.name,
        policy=document,
        opts=opts,
    )


def allowed(
    secret_name: str,
    table: aws.dynamodb.Table,
    log_group: aws.cloudwatch.LogGroup,
    account_id: pulumi.Output[str],
) -> pulumi.Output[str]:
    """The policy document of a function."""

    def document(known: Mapping[str, str]) -> str:
        return json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": statements(known["table"], known["log_group"], secret_arns(secret_name, known["account"])),
            }
        )

    return pulumi.Output.all(table=table.arn, log_group=log_group.arn, account=account_id).apply(document)


def statements(table_arn: str, log_group_arn: str, secrets: str) -> list[Statement]:
    """What a function may do, and nothing besides."""
    return [
        {
            # The specification's three actions, word for word.
            "Sid": "WriteTransactions",
            "Effect": "Allow",
            "Action": ["dynamodb:PutItem", "dynamodb:UpdateItem", "dynamodb:GetItem"],
            "Resource": [table_arn],
        },
        {
            # Streams of the function's own group. The group itself is there already, so there is no CreateLogGroup.
            "Sid": "WriteOwnLog",
            "Effect": "Allow",
            "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": [f"{log_group_arn}:*"],
        },
        {
            # AWS documents no resource-level permissions for these two: on anything but "*" they are refused.
            "Sid": "SendTraces",
            "Effect": "Allow",
            "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
            "Resource": ["*"],
        },
        {
            # Beyond the specification's list, and needed by its rule that variables hold no secrets: the function must get
            # what it verifies signatures with from somewhere, and may read this one secret.
            "Sid": "ReadOwnSecret",
            "Effect": "Allow",
            "Action": ["secretsmanager:GetSecretValue"],
            "Resource": [secrets],
        },
    ]


def secret_arns(name: str, account_id: str) -> str:
    """The ARN of the secret with this name, whenever it is made: Secrets Manager puts a hyphen and six characters behind the name.

    `?` is one character, so no secret whose name merely begins like this one is meant.
    """
    return f"arn:aws:secretsmanager:{REGION}:{account_id}:secret:{name}-??????"
