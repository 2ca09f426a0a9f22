"""What was recorded, as JSON in the shape of `terraform show -json PLAN`: one reader then judges both stacks.

Pulumi's AWS provider is Terraform's, so types and attributes are the same under other names; the tables below are that
difference. What is in no table is an error: an attribute that is left out could not be judged, and would pass for absent.

Beside the resources stand two that Terraform does not know: `pulumi_stack` (outputs, versions) and `pulumi_provider_aws`. Every
resource has `options` beside its attributes: what Pulumi's engine is told (`retain_on_delete`, …), and the region of its provider.
"""

import importlib.metadata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pulumi

from recording import mocks
from recording.mocks import Recorded, Resource

Json = Any


def same(value: Json) -> Json:
    """As it is: Pulumi's numbers are all floats, Terraform's whole ones are integers."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, list):
        return [same(item) for item in value]
    if isinstance(value, Mapping):
        return {name: same(member) for name, member in value.items()}
    return value


def block(members: Mapping[str, str]) -> Callable[[Json], Json]:
    """A block that is there at most once: Terraform lists it, Pulumi does not."""
    return lambda value: [renamed(value, members)]


def blocks(members: Mapping[str, str]) -> Callable[[Json], Json]:
    """Blocks that may be there several times."""
    return lambda values: [renamed(value, members) for value in values]


def renamed(value: Mapping[str, Json], members: Mapping[str, str]) -> Json:
    """The members of a block under Terraform's names."""
    unknown = sorted(set(value) - set(members))
    if unknown:
        raise NotImplementedError(f"{', '.join(unknown)}: say in recording/plan.py how Terraform calls it")
    return {members[name]: same(member) for name, member in value.items()}


def file_of(archive: Json) -> Json:
    """The file's name without its folder, which belongs to one machine."""
    if not isinstance(archive, pulumi.FileArchive):
        raise NotImplementedError(f"code comes as {type(archive).__name__}: say in recording/plan.py how that is judged")
    return archive.path.rsplit("/", 1)[-1]


@dataclass(frozen=True)
class Kind:
    """A type under Terraform's name, and its attributes: Pulumi's name -> Terraform's name, and how the value is turned."""

    name: str
    attributes: Mapping[str, str]
    turned: Mapping[str, tuple[str, Callable[[Json], Json]]] = field(default_factory=dict)


NAMED = {"id": "id", "arn": "arn", "name": "name"}
KINDS = {
    mocks.TABLE: Kind(
        "aws_dynamodb_table",
        {**NAMED, "billingMode": "billing_mode", "hashKey": "hash_key", "deletionProtectionEnabled": "deletion_protection_enabled"},
        {
            "attributes": ("attribute", blocks({"name": "name", "type": "type"})),
            "pointInTimeRecovery": ("point_in_time_recovery", block({"enabled": "enabled"})),
            "ttl": ("ttl", block({"enabled": "enabled", "attributeName": "attribute_name"})),
        },
    ),
    mocks.LOG_GROUP: Kind("aws_cloudwatch_log_group", {**NAMED, "retentionInDays": "retention_in_days"}),
    mocks.ROLE: Kind("aws_iam_role", {**NAMED, "assumeRolePolicy": "assume_role_policy"}),
    mocks.ROLE_POLICY: Kind("aws_iam_role_policy", {**NAMED, "role": "role", "policy": "policy"}),
    mocks.FUNCTION: Kind(
        "aws_lambda_function",
        {
            "id": "id",
            "arn": "arn",
            "name": "function_name",
            "description": "description",
            "role": "role",
            "runtime": "runtime",
            "handler": "handler",
            "architectures": "architectures",
            "memorySize": "memory_size",
            "timeout": "timeout",
        },
        {
            "code": ("filename", file_of),
            "environment": ("environment", block({"variables": "variables"})),
            "tracingConfig": ("tracing_config", block({"mode": "mode"})),
            "loggingConfig": ("logging_config", block({"logFormat": "log_format", "logGroup": "log_group"})),
        },
    ),
}
PROVIDER_ATTRIBUTES = {
    "id": "id",
    "region": "region",
    "endpoints": "endpoints",
    "skipCredentialsValidation": "skip_credentials_validation",
    "skipMetadataApiCheck": "skip_metadata_api_check",
    "skipRegionValidation": "skip_region_validation",
    "skipRequestingAccountId": "skip_requesting_account_id",
}
CREDENTIALS = ("accessKey", "secretKey")
"""Of an emulator. They say nothing to a rule, and a record is no place for what is called a secret."""


def plan(recorded: Recorded, suffix: str) -> Json:
    """The whole record. `variables` are what the rules' own names (`{suffix}`, `{account}`, …) are made of."""
    regions = {one.name: one.inputs.get("region") for one in recorded.of(mocks.PROVIDER)}
    addresses = {one.urn: address(one) for one in recorded.made()}
    changes = [change(address(one), attributes(one) | {"options": options(one, regions, addresses)}) for one in recorded.made()]
    changes += [change(f"pulumi_provider_aws.{one.name}", provider(one)) for one in recorded.of(mocks.PROVIDER)]
    changes.append(change("pulumi_stack.this", stack(recorded)))
    variables = {"environment": suffix, "name_suffix": suffix, "account_id": mocks.ACCOUNT_ID, "aws_region": mocks.REGION}
    return {
        "format_version": "1.2",
        "variables": {name: {"value": value} for name, value in variables.items()},
        "planned_values": {"root_module": {}},
        # Registrations come in any order.
        "resource_changes": sorted(changes, key=lambda one: str(one["address"])),
        "configuration": {"root_module": {}},
    }


def address(resource: Resource) -> str:
    """As Terraform would write it, with Pulumi's name."""
    if resource.type not in KINDS:
        raise NotImplementedError(f"{resource.type} is new: say in recording/plan.py how Terraform calls it")
    return f"{KINDS[resource.type].name}.{resource.name}"


def attributes(resource: Resource) -> dict[str, Json]:
    """Every attribute, inputs and what AWS would add."""
    kind = KINDS[resource.type]
    plain = {name: value for name, value in resource.state.items() if name not in kind.turned}
    turned = {kind.turned[name][0]: kind.turned[name][1](value) for name, value in resource.state.items() if name in kind.turned}
    return {**renamed(plain, kind.attributes), **turned}


def options(resource: Resource, regions: Mapping[str, Json], addresses: Mapping[str, str]) -> Json:
    """What Pulumi's engine is told of a resource."""
    return {
        "retain_on_delete": resource.options.retain_on_delete,
        "protect": resource.options.protect,
        "import_id": resource.options.import_id,
        # Null for a provider that the program does not declare: it would be in whichever region the environment names.
        "region": regions.get(resource.options.provider),
        "depends_on": sorted(addresses[urn] for urn in resource.options.dependencies if urn in addresses),
    }


def provider(resource: Resource) -> Json:
    """The provider, without credentials."""
    return renamed({name: value for name, value in resource.state.items() if name not in CREDENTIALS}, PROVIDER_ATTRIBUTES)


def stack(recorded: Recorded) -> Json:
    """What the stack exports, and what it was recorded with."""
    versions = {name: importlib.metadata.version(name) for name in ("pulumi", "pulumi-aws")}
    return {"outputs": same(recorded.outputs), "versions": versions}


def change(where: str, after: Json) -> dict[str, Json]:
    """A resource that is to be made. Mocks know everything, so nothing is unknown."""
    kind, _, name = where.partition(".")
    return {
        "address": where,
        "mode": "managed",
        "type": kind,
        "name": name,
        "change": {"actions": ["create"], "after": after, "after_unknown": {}},
    }
