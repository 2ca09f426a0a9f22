"""The embedded cloud, and a function in it: its own secret, the stack's table, the handler as it is deployed."""

import importlib.util
import json
import os
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

import boto3
from webhook_python import Function

HANDLER = Path(__file__).resolve().parent.parent / "function/handler.py"
TABLE = "PaymentTransactions-dev"
START_SECONDS = 60
T = TypeVar("T")


def wait_for(what: str, look: Callable[[], T | None], seconds: float = 20) -> T:
    """Polls until there is something; fails at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.02)
    raise AssertionError(f"not within {seconds} s: {what}")


@contextmanager
def running(program: str, folder: Path) -> Iterator[dict[str, Any]]:
    """The embedded cloud, until the tests are over; what it says of itself."""
    ready, said = folder / "ready.json", folder / "said.txt"
    command = [program, "up", "--ready-file", str(ready), "--log-dir", str(folder / "logs")]
    with said.open("w") as output, subprocess.Popen(command, stdout=output, stderr=output) as cloud:
        try:
            wait_for("the embedded cloud", lambda: ready.exists() or cloud.poll() is not None, START_SECONDS)
            assert cloud.poll() is None, said.read_text()
            yield json.loads(ready.read_text())
        finally:
            cloud.terminate()
            cloud.wait(30)


@dataclass(frozen=True)
class Context:
    """Lambda's context object, as far as it is used."""

    aws_request_id: str


@dataclass(frozen=True)
class Cloud:
    """Its addresses, and clients of it."""

    ready: dict[str, Any]

    def client(self, service: str) -> Any:
        """boto3's."""
        return boto3.client(
            service,
            endpoint_url=self.ready["endpoints"][service],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        )

    def make_table(self) -> None:
        """The stack's, as infra/pulumi declares it."""
        self.client("dynamodb").create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "transactionId", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "transactionId", "AttributeType": "S"}],
        )

    def table(self) -> Any:
        """With Python's own types."""
        return boto3.resource(
            "dynamodb",
            endpoint_url=self.ready["endpoints"]["dynamodb"],
            region_name="us-east-1",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).Table(TABLE)

    def item(self, transaction_id: str) -> dict[str, Any] | None:
        """What stands under a key."""
        found: dict[str, Any] | None = self.table().get_item(Key={"transactionId": transaction_id}, ConsistentRead=True).get("Item")
        return found

    def count(self) -> int:
        """How many items there are at all."""
        count: int = self.table().scan(Select="COUNT", ConsistentRead=True)["Count"]
        return count

    def secret(self, value: dict[str, str]) -> str:
        """A new secret's name."""
        name = f"payment-webhooks/{uuid.uuid4().hex}"
        self.client("secretsmanager").create_secret(Name=name, SecretString=json.dumps(value))
        return name

    def rotate(self, name: str, value: dict[str, str]) -> None:
        """Another value for a secret; the old one is the previous one now."""
        self.client("secretsmanager").put_secret_value(SecretId=name, SecretString=json.dumps(value))

    def variables(self, webhook: str, secret: str, **more: str) -> dict[str, str]:
        """A function's environment: what the stack sets, what Lambda sets, and where the services are."""
        endpoints = {
            "AWS_ENDPOINT_URL_DYNAMODB": self.ready["endpoints"]["dynamodb"],
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.ready["endpoints"]["secretsmanager"],
        }
        credentials = {"AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test"}
        return {"TABLE_NAME": TABLE, "WEBHOOK_TYPE": webhook, "SECRET_NAME": secret, **credentials, **endpoints, **more}


class Deployed:
    """The handler in an execution environment of its own."""

    def __init__(self, variables: dict[str, str], now: int | None = None) -> None:
        """Imports the handler anew, as a cold start does; `now` (Unix seconds) stops its clock."""
        before = dict(os.environ)
        os.environ.clear()
        os.environ.update(variables)
        try:
            self.module = _imported()
        finally:
            os.environ.clear()
            os.environ.update(before)
        if now is not None:
            vars(self.module)["function"] = Function(variables, now_ms=now * 1000)

    def send(self, event: dict[str, Any]) -> tuple[int, dict[str, Any]]:
        """Status and body of the answer to a proxy event."""
        answer = self.module.handler(event, Context(str(uuid.uuid4())))
        assert answer["isBase64Encoded"] is False
        assert answer["headers"] == {"content-type": "application/json", "cache-control": "no-store"}
        return answer["statusCode"], json.loads(answer["body"])


def _imported() -> ModuleType:
    spec = importlib.util.spec_from_file_location("handler", HANDLER)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
