"""The shapes of events that reach the function: REST and HTTP APIs, function URLs, bodies as text and as base64."""

import base64
import json
import uuid
from typing import Any

import pytest

from function_tests.cloud import Cloud, Deployed
from function_tests.conftest import STRIPE_SECRET
from function_tests.providers import proxied, stripe_event, stripe_header


def url_event(body: str, headers: dict[str, str], *, encoded: bool = False) -> dict[str, Any]:
    """A function URL's or HTTP API's event (payload format 2.0): names in lower case, one value each."""
    return {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": "/",
        "rawQueryString": "",
        "headers": {name.lower(): value for name, value in headers.items()},
        "requestContext": {"http": {"method": "POST", "path": "/"}, "requestId": "url-request-1", "timeEpoch": 1},
        "body": base64.b64encode(body.encode()).decode() if encoded else body,
        "isBase64Encoded": encoded,
    }


def rest_event(body: str, headers: dict[str, str], *, encoded: bool = False) -> dict[str, Any]:
    """A REST API's."""
    event = proxied(body, headers)
    if encoded:
        event |= {"body": base64.b64encode(body.encode()).decode(), "isBase64Encoded": True}
    return event


@pytest.mark.parametrize("shape", [rest_event, url_event])
@pytest.mark.parametrize("encoded", [False, True])
@pytest.mark.parametrize("name", ["Stripe-Signature", "stripe-signature", "STRIPE-SIGNATURE"])
def test_every_shape_carries_the_same_bytes(cloud: Cloud, stripe_function: Deployed, shape: Any, encoded: bool, name: str) -> None:
    """Not ASCII and with line feeds, so that any change of the body would break the signature."""
    payment = f"pi_{uuid.uuid4().hex}"
    body = json.dumps(stripe_event(payment, f"evt_{uuid.uuid4().hex}", object={"note": "Café 注文"}), indent=1, ensure_ascii=False)
    status, _ = stripe_function.send(shape(body, {name: stripe_header(STRIPE_SECRET, body)}, encoded=encoded))
    assert status == 200
    assert cloud.item(payment) is not None


def test_a_header_that_comes_twice_is_refused(stripe_function: Deployed) -> None:
    """Two readers of it could disagree. Format 2.0 joins the two by a comma."""
    body = json.dumps(stripe_event("pi_twice", "evt_twice"))
    header = stripe_header(STRIPE_SECRET, body)
    twice = proxied(body, {"Stripe-Signature": header})
    twice["multiValueHeaders"]["Stripe-Signature"] = [header, header]
    assert stripe_function.send(twice)[0] == 401
    assert stripe_function.send(url_event(body, {"Stripe-Signature": f"{header},{header}"}))[0] == 401


def test_an_event_without_headers_or_body_is_no_proof(stripe_function: Deployed) -> None:
    """As a health check by a browser would be."""
    empty: list[dict[str, Any]] = [{}, {"headers": None, "body": None}, {"headers": {}, "requestContext": {}}]
    for event in empty:
        assert stripe_function.send(event)[0] == 401
