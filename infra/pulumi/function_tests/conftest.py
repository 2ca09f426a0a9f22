"""What the tests share: one embedded cloud, one stand-in for PayPal."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from function_tests.cloud import Cloud, Deployed, running
from function_tests.providers import PayPal

STRIPE_SECRET = "whsec_canary_of_the_signing_secret"
WEBHOOK_ID = "1JE4291016473214C"


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cloud]:
    """With the stack's table in it."""
    program = os.environ.get("LOCALSTACK_PROGRAM")
    if not program:
        pytest.fail("LOCALSTACK_PROGRAM is not set; `infra/pulumi/check --function` builds it and sets it")
    with running(program, tmp_path_factory.mktemp("cloud")) as ready:
        cloud = Cloud(ready)
        cloud.make_table()
        yield cloud


@pytest.fixture(scope="session")
def paypal() -> PayPal:
    """Keys are made once: that takes a while."""
    return PayPal()


@pytest.fixture
def stripe_function(cloud: Cloud) -> Deployed:
    """Stripe's function, with a secret of its own."""
    return Deployed(cloud.variables("Stripe", cloud.secret({"secret": STRIPE_SECRET})))


@pytest.fixture(scope="session")
def paypal_address(paypal: PayPal) -> Iterator[str]:
    """Where the stand-in gives its certificate."""
    with paypal.serving() as address:
        yield address


@pytest.fixture
def paypal_function(cloud: Cloud, paypal: PayPal, paypal_address: str, tmp_path: Path) -> Callable[..., Deployed]:
    """Makes PayPal's function, with a secret of its own that holds this webhook id."""
    root = tmp_path / "root.pem"
    root.write_text(paypal.root_pem)

    def deploy(webhook_id: str = WEBHOOK_ID, now: int | None = None) -> Deployed:
        stand_ins = {"PAYPAL_ENDPOINT": paypal_address, "PAYPAL_TRUST_ROOT": str(root)}
        return Deployed(cloud.variables("PayPal", cloud.secret({"webhook_id": webhook_id}), **stand_ins), now)

    return deploy
