"""What the function says: one line of JSON a request, from a list of fields, and nothing of what it was sent. Traces likewise."""

import json
import os
import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest

from function_tests.cloud import Cloud, Deployed, wait_for
from function_tests.conftest import STRIPE_SECRET, WEBHOOK_ID
from function_tests.providers import PayPal, paypal_event, proxied, stripe, stripe_event

FIELDS = {
    *("level", "timestamp", "message", "request_id", "api_request_id", "provider", "event_id", "transaction_id"),
    *("status", "outcome", "reason", "duration_ms"),
}


def lines(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    """What was written since the last look."""
    output = capfd.readouterr()
    assert output.err == ""
    return [json.loads(line) for line in output.out.splitlines()]


def test_a_start_is_told(cloud: Cloud, capfd: pytest.CaptureFixture[str]) -> None:
    """And how long it took."""
    Deployed(cloud.variables("Stripe", cloud.secret({"secret": STRIPE_SECRET})))
    (line,) = lines(capfd)
    assert (line["level"], line["message"]) == ("INFO", "Function started")
    assert line["duration_ms"] > 0


def test_one_line_a_request(stripe_function: Deployed, capfd: pytest.CaptureFixture[str]) -> None:
    """Level and message as the validators have them; ids once the sender was proven."""
    payment, event = f"pi_{uuid.uuid4().hex}", f"evt_{uuid.uuid4().hex}"
    genuine = stripe(STRIPE_SECRET, stripe_event(payment, event))
    lines(capfd)
    for delivery in (
        genuine,
        genuine,
        stripe("whsec_guessed", "{}"),
        stripe(STRIPE_SECRET, "{"),
        stripe(STRIPE_SECRET, stripe_event("pi_x", "evt_x", currency="zzz")),
    ):
        stripe_function.send(delivery)
    told = lines(capfd)
    assert [(one["level"], one["message"], one["outcome"], one["status"]) for one in told] == [
        ("INFO", "Webhook accepted", "stored", 200),
        ("INFO", "Webhook accepted", "duplicate", 200),
        ("WARN", "Invalid signature", "signature_mismatch", 401),
        ("WARN", "Request rejected", "not_json", 400),
        ("ERROR", "Webhook not stored", "cannot_normalize", 503),
    ]
    assert [one.get("transaction_id") for one in told] == [payment, payment, None, None, "pi_x"]
    for one in told:
        assert set(one) <= FIELDS, one
        assert (one["provider"], one["api_request_id"]) == ("stripe", "api-request-1")


def test_nothing_sensitive_is_told(
    cloud: Cloud, stripe_function: Deployed, paypal: PayPal, paypal_function: Callable[..., Deployed], capfd: pytest.CaptureFixture[str]
) -> None:
    """Canaries in bodies, headers, secrets and ids, through every way a delivery can go."""
    personal = {"customer": "cus_canary", "receipt_email": "canary@example.com", "description": "card 4242 4242 4242 4242"}
    event = stripe_event("4242424242424242", "evt_canary@example.com", object=personal)
    deliveries = [
        stripe(STRIPE_SECRET, event),
        stripe("whsec_canary_guessed", event),
        stripe(STRIPE_SECRET, json.dumps(event)[:-1]),
        stripe(STRIPE_SECRET, stripe_event("pi_canary@example.com", "evt_1", currency="canary")),
        proxied("canary", {"Stripe-Signature": "t=canary,v1=canary", "Authorization": "Bearer canary"}),
    ]
    for delivery in deliveries:
        stripe_function.send(delivery)
    broken = Deployed(cloud.variables("Stripe", "canary-of-a-secrets-name", AWS_ENDPOINT_URL_SECRETS_MANAGER="http://canary.invalid:9"))
    broken.send(deliveries[0])
    capture = paypal_event("CAP-canary@example.com", "WH-1", payer={"email_address": "canary@example.com"})
    for webhook in (WEBHOOK_ID, "guessed"):
        paypal_function().send(paypal.sign(webhook, capture))
    output = capfd.readouterr()
    told = output.out + output.err
    assert told.count("\n") >= len(deliveries)
    for canary in ("canary", "4242424242424242", WEBHOOK_ID, "BEGIN CERTIFICATE"):
        assert canary not in told, canary


def test_an_invocation_is_traced(cloud: Cloud, monkeypatch: pytest.MonkeyPatch) -> None:
    """Below the segment that Lambda makes: a subsegment with the write in it, found in X-Ray."""
    variables = cloud.variables("Stripe", cloud.secret({"secret": STRIPE_SECRET}), AWS_XRAY_DAEMON_ADDRESS=cloud.ready["xray_daemon"])
    function, xray = Deployed(variables), cloud.client("xray")
    root, parent, now = f"1-{int(time.time()):08x}-{os.urandom(12).hex()}", "00000000000000aa", time.time()
    lambdas = {"trace_id": root, "id": parent, "name": "stripe-webhook-function-dev", "start_time": now - 1, "end_time": now + 1}
    xray.put_trace_segments(TraceSegmentDocuments=[json.dumps(lambdas)])
    monkeypatch.setenv("_X_AMZN_TRACE_ID", f"Root={root};Parent={parent};Sampled=1")
    payment = f"pi_{uuid.uuid4().hex}"
    assert function.send(stripe(STRIPE_SECRET, stripe_event(payment, f"evt_{uuid.uuid4().hex}")))[0] == 200

    def traced() -> str | None:
        traces = xray.batch_get_traces(TraceIds=[root])["Traces"]
        documents = "".join(segment["Document"] for trace in traces for segment in trace["Segments"])
        return documents if "verify and store" in documents else None

    documents = wait_for("the trace", traced)
    for part in ('"PutItem"', payment, "PaymentTransactions-dev"):
        assert part in documents, part
    for canary in ("canary", "19.99", "1999"):
        assert canary not in documents, canary
