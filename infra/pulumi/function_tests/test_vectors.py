"""The same vectors that the Rust verifiers are tested with, through the handler.

What the providers' own SDKs do, and where this system is stricter. Square's are not here: this stack has no function for it.
"""

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from function_tests.cloud import Cloud, Deployed
from function_tests.providers import PayPal, proxied

VECTORS = Path(__file__).resolve().parents[3] / "conformance/vectors"


def read(name: str) -> dict[str, Any]:
    """A file of vectors."""
    found: dict[str, Any] = json.loads((VECTORS / name).read_text())
    return found


def verdict(status: int) -> str:
    """A body that is no whole event is refused by another status once it was proven."""
    assert status in {200, 400, 401}, status
    return "reject" if status == 401 else "accept"


@pytest.mark.parametrize("vector", read("official/stripe.json")["vectors"], ids=lambda vector: vector["name"])
def test_stripe_agrees_with_its_sdk_or_says_why_not(cloud: Cloud, vector: dict[str, Any]) -> None:
    """27 vectors made with Stripe's SDK for Python."""
    file = read("official/stripe.json")
    function = Deployed(cloud.variables("Stripe", cloud.secret({"secret": file["secret"]})), file["now"])
    headers = {} if vector["header"] is None else {"Stripe-Signature": vector["header"]}
    status, _ = function.send(proxied(vector["body"], headers))
    assert verdict(status) == vector["ours"], vector.get("why")


@pytest.mark.parametrize("case", read("provider-sim/stripe.json")["cases"], ids=lambda case: case["body"] or "empty")
def test_stripe_accepts_what_python_signs(cloud: Cloud, case: dict[str, Any]) -> None:
    """Vectors of the harness's own signer."""
    function = Deployed(cloud.variables("Stripe", cloud.secret({"secret": case["secret"]})), case["t"])
    status, _ = function.send(proxied(case["body"], {"Stripe-Signature": f"t={case['t']},v1={case['v1']}"}))
    assert verdict(status) == "accept"


@pytest.mark.parametrize("vector", read("official/paypal.json")["vectors"], ids=lambda vector: vector["name"])
@pytest.mark.parametrize(("more", "ours"), [("", "accept"), ("0", "reject")])
def test_paypal_verifies_the_text_that_its_sdk_would_verify(
    paypal: PayPal, paypal_function: Callable[..., Deployed], vector: dict[str, Any], more: str, ours: str
) -> None:
    """The SDK gives the text that is signed; a key of our own signs it, since PayPal's is nobody else's."""
    now = int(datetime.fromisoformat(vector["time"]).timestamp())
    function = paypal_function(vector["webhook_id"], now)
    headers = paypal.headers(vector["message"] + more, vector["transmission_id"], vector["time"])
    status, _ = function.send(proxied(vector["body"], headers))
    assert verdict(status) == ours
