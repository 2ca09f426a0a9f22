"""PU1 to PU5, the rules of the specification, on what the program declares. Expectations are written out, not computed."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from recording import mocks
from recording.mocks import Recorded
from tests.conftest import by_name, configured, statements

STRIPE, PAYPAL = "stripe-webhook-function-dev", "paypal-webhook-function-dev"
ROLES = {STRIPE: "stripe-webhook-role-dev", PAYPAL: "paypal-webhook-role-dev"}
POLICIES = {"stripe-webhook-policy-dev": STRIPE, "paypal-webhook-policy-dev": PAYPAL}
ACCOUNT = "123456789012"

# PU1: two functions, python3.11, 512 MB, 30 s, active tracing


def test_pu1_there_are_two_functions(recorded: Recorded) -> None:
    """One a provider."""
    assert set(by_name(recorded, mocks.FUNCTION)) == {STRIPE, PAYPAL}


@pytest.mark.parametrize("name", [STRIPE, PAYPAL])
def test_pu1_runtime_memory_timeout_tracing(recorded: Recorded, name: str) -> None:
    """As specified, to the number."""
    function = by_name(recorded, mocks.FUNCTION)[name]
    assert function["runtime"] == "python3.11"
    assert function["memorySize"] == 512
    assert function["timeout"] == 30
    assert function["tracingConfig"] == {"mode": "Active"}
    assert function["handler"] == "handler.handler"
    assert function["architectures"] == ["arm64"]
    assert "reservedConcurrentExecutions" not in function, "a reservation is also a cap, and would stop the function from scaling"


def test_pu1_the_package_is_the_configured_one(recorded: Recorded, package: Path) -> None:
    """Both functions have the same code; WEBHOOK_TYPE tells them apart."""
    assert {one["code"].path for one in by_name(recorded, mocks.FUNCTION).values()} == {str(package)}


def test_pu1_x86_64_by_configuration(package: Path) -> None:
    """For emulators that run functions on the machine itself."""
    functions = by_name(mocks.record(configured(package, architecture="x86_64")), mocks.FUNCTION)
    assert [one["architectures"] for one in functions.values()] == [["x86_64"], ["x86_64"]]


# PU2: TABLE_NAME and WEBHOOK_TYPE, no secrets


@pytest.mark.parametrize(("name", "webhook", "secret"), [(STRIPE, "Stripe", "stripe"), (PAYPAL, "PayPal", "paypal")])
def test_pu2_variables(recorded: Recorded, name: str, webhook: str, secret: str) -> None:
    """Exactly these: the secret by its name, never by its value."""
    assert by_name(recorded, mocks.FUNCTION)[name]["environment"] == {
        "variables": {
            "TABLE_NAME": "PaymentTransactions-dev",
            "WEBHOOK_TYPE": webhook,
            "SECRET_NAME": f"payment-webhooks/{secret}-dev",
        }
    }


def test_pu2_another_secret_by_configuration(package: Path) -> None:
    """Variable and permission follow, for the one provider alone."""
    recorded = mocks.record(configured(package, paypal_secret_name="shared/paypal"))
    functions, policies = by_name(recorded, mocks.FUNCTION), by_name(recorded, mocks.ROLE_POLICY)
    assert functions[PAYPAL]["environment"]["variables"]["SECRET_NAME"] == "shared/paypal"
    assert functions[STRIPE]["environment"]["variables"]["SECRET_NAME"] == "payment-webhooks/stripe-dev"
    assert f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:shared/paypal-??????" in policies["paypal-webhook-policy-dev"]["policy"]
    assert "shared/paypal" not in policies["stripe-webhook-policy-dev"]["policy"]


# PU3: the table's key, on demand, recoverable, unprotected, retained only here


def test_pu3_the_table(recorded: Recorded) -> None:
    """One, as specified."""
    (table,) = recorded.of(mocks.TABLE)
    assert dict(table.inputs) == {
        "name": "PaymentTransactions-dev",
        "billingMode": "PAY_PER_REQUEST",
        "hashKey": "transactionId",
        "attributes": [{"name": "transactionId", "type": "S"}],
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": False,
        "ttl": {"enabled": True, "attributeName": "expires_at"},
    }


def test_pu3_the_table_alone_is_retained(recorded: Recorded) -> None:
    """By Pulumi's option; nothing has the provider's own `skipDestroy`, and nothing is protected."""
    assert [one.type for one in recorded.resources if one.options.retain_on_delete] == [mocks.TABLE]
    assert not [one.name for one in recorded.resources if one.options.protect or one.inputs.get("skipDestroy")]


def test_pu3_nothing_inherits_the_retention(recorded: Recorded) -> None:
    """Children have their parent's `retain_on_delete`."""
    (table,) = recorded.of(mocks.TABLE)
    assert not [one.name for one in recorded.resources if one.parent == table.urn]


@pytest.mark.parametrize(("adopt", "import_id"), [("false", ""), ("true", "PaymentTransactions-dev")])
def test_pu3_a_table_that_was_left_is_taken_over_if_asked(package: Path, adopt: str, import_id: str) -> None:
    """Otherwise the second `pulumi up` of a stack that was destroyed would find its name taken."""
    recorded = mocks.record(configured(package, adopt_table=adopt))
    assert {one.name: one.options.import_id for one in recorded.made() if one.options.import_id or one.type == mocks.TABLE} == {
        "payment-transactions-table": import_id
    }


# PU4: two roles, PutItem, UpdateItem, GetItem, no wildcard actions


@pytest.mark.parametrize(("name", "function"), POLICIES.items())
def test_pu4_what_a_role_may_do(recorded: Recorded, name: str, function: str) -> None:
    """Each action, each resource, and nothing besides."""
    policy = by_name(recorded, mocks.ROLE_POLICY)[name]
    provider = function.split("-", 1)[0]
    assert policy["role"] == ROLES[function]
    assert {(action, resource) for one in statements(policy) for action in one["Action"] for resource in one["Resource"]} == {
        ("dynamodb:PutItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/PaymentTransactions-dev"),
        ("dynamodb:UpdateItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/PaymentTransactions-dev"),
        ("dynamodb:GetItem", f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/PaymentTransactions-dev"),
        ("logs:CreateLogStream", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/{function}:*"),
        ("logs:PutLogEvents", f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/lambda/{function}:*"),
        ("xray:PutTraceSegments", "*"),
        ("xray:PutTelemetryRecords", "*"),
        ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:us-east-1:{ACCOUNT}:secret:payment-webhooks/{provider}-dev-??????"),
    }
    assert all(set(one) == {"Sid", "Effect", "Action", "Resource"} and one["Effect"] == "Allow" for one in statements(policy))


def test_pu4_no_wildcard_action_and_no_resource_but_x_rays(recorded: Recorded) -> None:
    """In any policy of the stack."""
    every = [one for policy in by_name(recorded, mocks.ROLE_POLICY).values() for one in statements(policy)]
    assert len(every) == 8
    assert not [action for one in every for action in one["Action"] if "*" in action or "?" in action]
    assert {action.split(":")[0] for one in every if "*" in one["Resource"] for action in one["Action"]} == {"xray"}


def test_pu4_each_function_has_its_own_role(recorded: Recorded) -> None:
    """Which Lambda alone may take."""
    functions, roles = by_name(recorded, mocks.FUNCTION), by_name(recorded, mocks.ROLE)
    assert {name: one["role"] for name, one in functions.items()} == {
        name: f"arn:aws:iam::{ACCOUNT}:role/{role}" for name, role in ROLES.items()
    }
    assert set(roles) == set(ROLES.values())
    for role in roles.values():
        assert json.loads(role["assumeRolePolicy"])["Statement"] == [
            {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ]


def test_pu4_no_managed_policies(recorded: Recorded) -> None:
    """Neither attached nor listed on a role."""
    assert {one.type for one in recorded.made()} == {mocks.TABLE, mocks.LOG_GROUP, mocks.ROLE, mocks.ROLE_POLICY, mocks.FUNCTION}
    assert not [one.name for one in recorded.of(mocks.ROLE) if set(one.inputs) != {"name", "assumeRolePolicy"}]


# PU5: logs 7 days, the suffix in every name, 4 outputs, us-east-1


def test_pu5_logs_are_kept_for_seven_days(recorded: Recorded) -> None:
    """In the functions' own groups."""
    groups = by_name(recorded, mocks.LOG_GROUP)
    assert {name: one["retentionInDays"] for name, one in groups.items()} == {f"/aws/lambda/{STRIPE}": 7, f"/aws/lambda/{PAYPAL}": 7}
    for name, function in by_name(recorded, mocks.FUNCTION).items():
        assert function["loggingConfig"] == {"logFormat": "JSON", "logGroup": f"/aws/lambda/{name}"}


def test_pu5_group_and_policy_are_there_before_the_function(recorded: Recorded) -> None:
    """Or Lambda would make a group of its own, kept for ever."""
    for function in recorded.of(mocks.FUNCTION):
        first = {one.state["name"] for one in recorded.resources if one.urn in function.options.dependencies}
        name = function.state["name"]
        assert {f"/aws/lambda/{name}", ROLES[name], name.replace("function", "policy")} <= first


@pytest.mark.parametrize("suffix", ["dev", "pr-1234", "a", "0" * 32])
def test_pu5_every_name_ends_with_the_suffix(package: Path, suffix: str) -> None:
    """And stays within the 64 characters of Lambda and IAM."""
    recorded = mocks.record(configured(package, environment_suffix=suffix))
    named = [(one.type, one.state["name"]) for one in recorded.made()]
    assert len(named) == 9
    assert [name for _, name in named if not name.endswith(f"-{suffix}")] == []
    assert [name for kind, name in named if kind != mocks.LOG_GROUP and len(name) > 64] == []


def test_pu5_stacks_with_two_suffixes_do_not_meet(recorded: Recorded, package: Path) -> None:
    """Nothing that one has is the other's."""

    def taken(one: Recorded) -> set[str]:
        return {resource.state["name"] for resource in one.made()}

    other = mocks.record(configured(package, environment_suffix="prod"))
    assert taken(recorded).isdisjoint(taken(other))


def test_pu5_identity_inside_pulumi_has_no_suffix(recorded: Recorded, package: Path) -> None:
    """A stack whose suffix changes renames its resources; their URNs stay."""
    assert {one.urn for one in recorded.resources} == {
        one.urn for one in mocks.record(configured(package, environment_suffix="prod")).resources
    }


def test_pu5_four_outputs(recorded: Recorded) -> None:
    """Both functions' ARNs, the table's name and ARN."""
    assert recorded.outputs == {
        "stripe_function_arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{STRIPE}",
        "paypal_function_arn": f"arn:aws:lambda:us-east-1:{ACCOUNT}:function:{PAYPAL}",
        "table_name": "PaymentTransactions-dev",
        "table_arn": f"arn:aws:dynamodb:us-east-1:{ACCOUNT}:table/PaymentTransactions-dev",
    }


@pytest.mark.parametrize("name", ["AWS_REGION", "AWS_DEFAULT_REGION"])
def test_pu5_everything_is_in_us_east_1(package: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """Through one provider that the program declares, whatever the environment says; calls of functions too."""
    monkeypatch.setenv(name, "eu-west-1")
    recorded = mocks.record(configured(package))
    (provider,) = recorded.of(mocks.PROVIDER)
    assert provider.inputs["region"] == "us-east-1"
    assert {one.options.provider for one in recorded.made()} == {provider.name}
    assert {used for _, used in recorded.calls} == {provider.name}
    assert not [one.name for one in recorded.made() if "region" in one.inputs]


# Emulators


def provider_of(package: Path, **values: str) -> Mapping[str, Any]:
    """The provider's inputs."""
    (provider,) = mocks.record(configured(package, **values)).of(mocks.PROVIDER)
    return provider.inputs


def test_aws_itself_gets_no_credentials_from_the_program(package: Path) -> None:
    """And is asked for everything."""
    given = provider_of(package)
    assert set(given) == {"region", "skipCredentialsValidation", "skipRegionValidation"}
    assert given["skipCredentialsValidation"] == "false"


def test_an_emulator_is_reached_at_its_address_with_credentials_that_are_none(package: Path) -> None:
    """Every service that the stack uses, and the one that tells the account."""
    given = provider_of(package, endpoint_url="http://127.0.0.1:4566")
    assert json.loads(given["endpoints"]) == [dict.fromkeys(["dynamodb", "iam", "lambda", "logs", "sts"], "http://127.0.0.1:4566")]
    assert {given[name] for name in ["skipCredentialsValidation", "skipMetadataApiCheck", "skipRequestingAccountId"]} == {"true"}
    assert given["accessKey"]["value"] == given["secretKey"]["value"] == "test"
