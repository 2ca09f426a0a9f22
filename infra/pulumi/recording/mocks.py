"""The program under Pulumi's mocks: what it registers is kept as the engine would have got it."""

import contextvars
import runpy
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi
from pulumi.runtime.mocks import MockMonitor

from payments.names import PROJECT

PROGRAM = Path(__file__).resolve().parent.parent / "__main__.py"
STACK = "recorded"
ACCOUNT_ID = "123456789012"
"""An account that nobody has (AWS's own example)."""
REGION = "us-east-1"
"""Where the mocks' ARNs are. Said here and not taken from the program, which could be wrong."""

PROVIDER = "pulumi:providers:aws"
TABLE = "aws:dynamodb/table:Table"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
FUNCTION = "aws:lambda/function:Function"
CALLER = "aws:index/getCallerIdentity:getCallerIdentity"

ARNS = {
    TABLE: f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/{{name}}",
    LOG_GROUP: f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:{{name}}",
    ROLE: f"arn:aws:iam::{ACCOUNT_ID}:role/{{name}}",
    FUNCTION: f"arn:aws:lambda:{REGION}:{ACCOUNT_ID}:function:{{name}}",
}
"""What AWS would answer, by type. A role's policy has none."""


@dataclass(frozen=True)
class Options:
    """What the program tells Pulumi's engine of a resource, beside its inputs."""

    retain_on_delete: bool
    protect: bool
    import_id: str
    provider: str
    """Name of the provider; empty for a component and a provider."""
    dependencies: frozenset[str]
    """URNs."""


@dataclass(frozen=True)
class Resource:
    """One registration."""

    urn: str
    parent: str
    """URN."""
    type: str
    name: str
    """Inside Pulumi."""
    custom: bool
    """Whether a provider makes it; a component only holds others together."""
    inputs: Mapping[str, Any]
    """As the program gave them, named as the engine names them."""
    state: Mapping[str, Any]
    """Inputs, and what AWS would add."""
    options: Options


@dataclass
class Recorded:
    """A whole run."""

    resources: list[Resource] = field(default_factory=list)
    outputs: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, str]] = field(default_factory=list)
    """Function and name of the provider."""

    def of(self, kind: str) -> list[Resource]:
        """Resources of a type."""
        return [one for one in self.resources if one.type == kind]

    def made(self) -> list[Resource]:
        """What would be in AWS."""
        return [one for one in self.resources if one.custom and one.type != PROVIDER]


class Aws(pulumi.runtime.Mocks):
    """Answers as AWS would. A type or a function that it does not know is an error, so that nothing is added unseen."""

    def __init__(self, recorded: Recorded) -> None:
        self.recorded = recorded

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        """Id and state."""
        inputs = dict(args.inputs)
        if not args.custom:
            return "", inputs
        if args.typ == PROVIDER:
            return f"{args.name}-id", inputs
        if args.typ == ROLE_POLICY:
            return f"{inputs['role']}:{inputs['name']}", inputs
        if args.typ not in ARNS:
            raise NotImplementedError(
                f"{args.typ} is new: say in recording/mocks.py what AWS answers, and in recording/plan.py how it is judged"
            )
        return inputs["name"], {**inputs, "arn": ARNS[args.typ].format(name=inputs["name"])}

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        """The account, and nothing else."""
        if args.token != CALLER:
            raise NotImplementedError(f"{args.token} is new: say in recording/mocks.py what AWS answers")
        self.recorded.calls.append((args.token, provider_name(args.provider)))
        arn = f"arn:aws:iam::{ACCOUNT_ID}:user/nobody"
        return {"accountId": ACCOUNT_ID, "arn": arn, "id": ACCOUNT_ID, "userId": "nobody"}, []


class Monitor(MockMonitor):
    """Pulumi's mock of the engine, which also keeps the options of a resource: mocks themselves do not see them."""

    def __init__(self, recorded: Recorded) -> None:
        super().__init__(Aws(recorded))
        self.recorded = recorded

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 - the name in Pulumi's protocol
        """Keeps the registration."""
        response = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        registered = self.resources.get(response.urn)
        if registered:
            self.recorded.resources.append(
                Resource(
                    urn=response.urn,
                    parent=request.parent,
                    type=request.type,
                    name=request.name,
                    custom=request.custom,
                    inputs={name: registered.state[name] for name in dict(request.object) if name in registered.state},
                    state={"id": registered.id, **registered.state},
                    options=Options(
                        retain_on_delete=request.retainOnDelete,
                        protect=request.protect,
                        import_id=request.importId,
                        provider=provider_name(request.provider),
                        dependencies=frozenset(request.dependencies),
                    ),
                )
            )
        return response


def provider_name(reference: str) -> str:
    """The name in a reference to a provider: `urn:pulumi:stack::project::type::NAME::id`."""
    return reference.split("::")[-2] if "::" in reference else ""


def record(config: Mapping[str, str], recorded: Recorded | None = None) -> Recorded:
    """Runs `__main__.py` with this configuration (keys as Pulumi has them, `project:key`) and returns what it declared.

    Raises what the program raises, `ConfigError` for one; what was declared until then is in `recorded`, if that is given.
    """
    recorded = recorded or Recorded()

    def run() -> None:
        pulumi.runtime.set_all_config(dict(config))
        pulumi.runtime.set_mocks(Aws(recorded), project=PROJECT, stack=STACK, preview=False, monitor=Monitor(recorded))
        pulumi.runtime.test(program)()  # type: ignore[no-untyped-call]

    def program() -> None:
        runpy.run_path(str(PROGRAM), run_name="__main__")
        root: Any = pulumi.runtime.get_root_resource()
        pulumi.Output.all(**root.outputs).apply(recorded.outputs.update)

    # Pulumi keeps configuration, monitor and stack in context variables: each run has its own.
    contextvars.Context().run(run)
    return recorded
