"""The record of the stack in Terraform's shape: everything that was declared is in it, and what cannot be turned is an error."""

import dataclasses
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from payments import config
from recording import mocks, plan
from recording.mocks import Recorded

RECORD = config.FOLDER / "record.py"


def resources(recorded: Recorded) -> dict[str, dict[str, Any]]:
    """Values by address."""
    return {one["address"]: one["change"]["after"] for one in plan.plan(recorded, "dev")["resource_changes"]}


def test_every_resource_is_there(recorded: Recorded) -> None:
    """And the two that Terraform does not know."""
    assert sorted(resources(recorded)) == [
        "aws_cloudwatch_log_group.paypal-webhook-log-group",
        "aws_cloudwatch_log_group.stripe-webhook-log-group",
        "aws_dynamodb_table.payment-transactions-table",
        "aws_iam_role.paypal-webhook-role",
        "aws_iam_role.stripe-webhook-role",
        "aws_iam_role_policy.paypal-webhook-policy",
        "aws_iam_role_policy.stripe-webhook-policy",
        "aws_lambda_function.paypal-webhook-function",
        "aws_lambda_function.stripe-webhook-function",
        "pulumi_provider_aws.us-east-1",
        "pulumi_stack.this",
    ]


def test_attributes_have_terraforms_names_and_shapes(recorded: Recorded) -> None:
    """Blocks are lists, whole numbers are integers, the archive is a file without its folder."""
    every = resources(recorded)
    function = every["aws_lambda_function.stripe-webhook-function"]
    assert function["function_name"] == "stripe-webhook-function-dev"
    assert repr(function["memory_size"]) == "512"
    assert function["environment"][0]["variables"]["TABLE_NAME"] == "PaymentTransactions-dev"
    assert function["tracing_config"] == [{"mode": "Active"}]
    assert function["filename"] == "arm64.zip"
    table = every["aws_dynamodb_table.payment-transactions-table"]
    assert table["attribute"] == [{"name": "transactionId", "type": "S"}]
    assert table["point_in_time_recovery"] == [{"enabled": True}]
    assert table["ttl"] == [{"enabled": True, "attribute_name": "expires_at"}]
    assert every["pulumi_stack.this"]["outputs"]["table_name"] == "PaymentTransactions-dev"


def test_options_are_there(recorded: Recorded) -> None:
    """What the engine is told, and where its provider is."""
    every = resources(recorded)
    assert every["aws_dynamodb_table.payment-transactions-table"]["options"] == {
        "retain_on_delete": True,
        "protect": False,
        "import_id": "",
        "region": "us-east-1",
        "depends_on": [],
    }
    assert every["aws_lambda_function.stripe-webhook-function"]["options"]["depends_on"] == [
        "aws_cloudwatch_log_group.stripe-webhook-log-group",
        "aws_dynamodb_table.payment-transactions-table",
        "aws_iam_role.stripe-webhook-role",
        "aws_iam_role_policy.stripe-webhook-policy",
    ]


def test_nothing_is_dropped(recorded: Recorded) -> None:
    """Each input of each resource has a name in the record."""
    for one in recorded.made():
        kind = plan.KINDS[one.type]
        known = set(kind.attributes) | set(kind.turned)
        assert set(one.state) <= known
        assert len(plan.attributes(one)) == len(one.state)


def changed(recorded: Recorded, kind: str, **values: Any) -> Recorded:
    """The record with other values in the first resource of a type."""
    first = recorded.of(kind)[0]
    other = dataclasses.replace(first, state={**first.state, **values})
    return dataclasses.replace(recorded, resources=[other if one is first else one for one in recorded.resources])


@pytest.mark.parametrize(
    ("kind", "values", "word"),
    [
        (mocks.FUNCTION, {"kmsKeyArn": "x"}, "kmsKeyArn"),
        (mocks.FUNCTION, {"environment": {"others": {}}}, "others"),
        (mocks.FUNCTION, {"code": "inline"}, "code comes as str"),
        (mocks.TABLE, {"attributes": [{"name": "a", "type": "S", "more": 1}]}, "more"),
        (mocks.PROVIDER, {"assumeRoles": "[]"}, "assumeRoles"),
    ],
)
def test_what_has_no_name_is_an_error(recorded: Recorded, kind: str, values: dict[str, Any], word: str) -> None:
    """It would otherwise be judged as absent."""
    with pytest.raises(NotImplementedError, match=word):
        plan.plan(changed(recorded, kind, **values), "dev")


def test_a_type_that_has_no_name_is_an_error(recorded: Recorded) -> None:
    """Likewise."""
    first = recorded.made()[0]
    other = dataclasses.replace(recorded, resources=[dataclasses.replace(first, type="aws:s3/bucket:Bucket")])
    with pytest.raises(NotImplementedError, match="aws:s3/bucket:Bucket"):
        plan.plan(other, "dev")


def test_an_undeclared_provider_has_no_region(recorded: Recorded) -> None:
    """It takes the environment's, which nobody knows here."""
    first = recorded.made()[0]
    elsewhere = dataclasses.replace(first, options=dataclasses.replace(first.options, provider="default"))
    assert plan.options(elsewhere, {"us-east-1": "us-east-1"}, {})["region"] is None


def run(*arguments: str) -> "subprocess.CompletedProcess[str]":
    """The command."""
    return subprocess.run([sys.executable, str(RECORD), *arguments], capture_output=True, text=True, check=False)  # noqa: S603 - our own


def test_the_command_writes_the_same_each_time(tmp_path: Path) -> None:
    """Wherever it runs, although registrations come in any order and the stand-in package lies elsewhere each time."""
    files = [tmp_path / "a/record.json", tmp_path / "b.json"]
    for file in files:
        done = run("environment_suffix=dev", "--out", str(file))
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    texts = [file.read_text() for file in files]
    assert texts[0] == texts[1]
    assert json.loads(texts[0])["variables"]["name_suffix"]["value"] == "dev"
    assert str(tmp_path) not in texts[0]
    assert "/tmp" not in texts[0]  # noqa: S108 - it is looked for, not used


def test_an_emulators_credentials_are_in_no_record() -> None:
    """Though they are none."""
    done = run("endpoint_url=http://127.0.0.1:4566")
    assert done.returncode == 0
    assert "secret_key" not in done.stdout
    assert "secretKey" not in done.stdout
    assert '"test"' in done.stdout, "the suffix, if none is given"


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (["environment_suffix=Dev"], 1, "environment_suffix is not 1 to 32"),
        (["aws:region=eu-west-1"], 1, "us-east-1 alone"),
        (["environment_suffix"], 64, "no KEY=VALUE"),
        (["--nonsense"], 64, "--nonsense"),
    ],
)
def test_the_command_says_what_is_wrong(arguments: list[str], code: int, words: str) -> None:
    """With the exit code of the cause."""
    done = run(*arguments)
    assert done.returncode == code
    assert words in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
