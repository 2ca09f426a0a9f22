"""What the handler does with deliveries, read back from the table by boto3."""

import json
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import pytest
from webhook_python import InvocationError, SettingsError

from function_tests.cloud import Cloud, Deployed
from function_tests.conftest import STRIPE_SECRET, WEBHOOK_ID
from function_tests.providers import PayPal, paypal_event, proxied, stripe, stripe_event, stripe_header


def fresh(kind: str) -> str:
    """An id that no other test has."""
    return f"{kind}_{uuid.uuid4().hex}"


def test_an_event_is_one_item(cloud: Cloud, stripe_function: Deployed) -> None:
    """Its attributes are what readers of the table rely on."""
    payment, event = fresh("pi"), fresh("evt")
    assert stripe_function.send(stripe(STRIPE_SECRET, stripe_event(payment, event))) == (200, {"status": "accepted", "event_id": event})
    item = cloud.item(payment)
    assert item is not None
    (told,) = item.pop("events")
    assert {name: item[name] for name in ("revision", "provider", "event_id", "event_type", "status", "amount", "currency")} == {
        "revision": 1,
        "provider": "stripe",
        "event_id": event,
        "event_type": "payment.success",
        "status": "processed",
        "amount": Decimal("19.99"),
        "currency": "USD",
    }
    assert (told["event_id"], told["provider_event_type"], told["customer_id"]) == (event, "payment_intent.succeeded", "cus_canary")
    assert told["timestamp"] == item["timestamp"]


@pytest.mark.parametrize(
    ("amount", "currency", "stored"),
    [(500, "jpy", Decimal(500)), (1230, "kwd", Decimal("1.23")), (9007199254740993, "usd", Decimal("90071992547409.93"))],
)
def test_amounts_are_exact(cloud: Cloud, stripe_function: Deployed, amount: int, currency: str, stored: Decimal) -> None:
    """A DynamoDB Number by the currency's own digits, also where a float would round."""
    payment = fresh("pi")
    status, _ = stripe_function.send(stripe(STRIPE_SECRET, stripe_event(payment, fresh("evt"), amount=amount, currency=currency)))
    item = cloud.item(payment)
    assert status == 200
    assert item is not None
    assert item["amount"] == stored


def test_a_forgery_leaves_nothing(cloud: Cloud, stripe_function: Deployed) -> None:
    """Another secret, no signature, another body: 401, and the table is as before."""
    event = stripe_event(fresh("pi"), fresh("evt"))
    body = json.dumps(event)
    before = cloud.count()
    forged = [
        stripe("whsec_guessed", event),
        proxied(body, {}),
        proxied(body.replace("1999", "9999"), {"Stripe-Signature": stripe_header(STRIPE_SECRET, body)}),
        stripe("", "{"),
    ]
    assert [stripe_function.send(one)[0] for one in forged] == [401] * len(forged)
    assert cloud.count() == before


def test_a_malformed_body_is_refused_once_it_is_proven(cloud: Cloud, stripe_function: Deployed) -> None:
    """400 with the code of what is wrong."""
    before = cloud.count()
    answers = [stripe_function.send(stripe(STRIPE_SECRET, body)) for body in ("{", "[]", '{"id":"evt_1"}')]
    assert [(status, answer["error"]) for status, answer in answers] == [
        (400, "not_json"),
        (400, "not_an_object"),
        (400, "wrong_shape"),
    ]
    status, answer = stripe_function.send(stripe(STRIPE_SECRET, '"' + "x" * 300_000 + '"'))
    assert (status, answer["error"]) == (413, "too_large")
    assert cloud.count() == before


def test_the_same_event_many_times_has_one_effect(cloud: Cloud, stripe_function: Deployed) -> None:
    """One after the other, signed anew each time as a provider does."""
    payment, event = fresh("pi"), stripe_event(fresh("pi"), fresh("evt"))
    event["data"]["object"]["id"] = payment
    for _ in range(5):
        assert stripe_function.send(stripe(STRIPE_SECRET, event))[0] == 200
    item = cloud.item(payment)
    assert item is not None
    assert (item["revision"], len(item["events"])) == (1, 1)


def test_concurrent_deliveries_are_each_stored_once(cloud: Cloud) -> None:
    """Four events of one payment, five times each, by four execution environments at once."""
    secret, payment = cloud.secret({"secret": STRIPE_SECRET}), fresh("pi")
    functions = [Deployed(cloud.variables("Stripe", secret)) for _ in range(4)]
    events = [stripe_event(payment, fresh("evt"), created=1_790_000_000 + number) for number in range(4)]
    deliveries = [(functions[number % 4], events[(number + number // 4) % 4]) for number in range(20)]
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda delivery: delivery[0].send(stripe(STRIPE_SECRET, delivery[1]))[0], deliveries))
    assert answers == [200] * 20
    item = cloud.item(payment)
    assert item is not None
    assert [one["event_id"] for one in item["events"]] == [event["id"] for event in events]
    assert item["revision"] == 4


def test_a_late_event_does_not_overwrite_a_newer_one(cloud: Cloud, stripe_function: Deployed) -> None:
    """It is kept in its place, and the payment stands where the newer one says."""
    payment = fresh("pi")
    newer = stripe_event(payment, fresh("evt"), created=1_790_000_900)
    late = stripe_event(payment, fresh("evt"), created=1_790_000_000, type="payment_intent.processing", object={"status": "processing"})
    for event in (newer, late):
        assert stripe_function.send(stripe(STRIPE_SECRET, event))[0] == 200
    item = cloud.item(payment)
    assert item is not None
    assert (item["status"], item["event_id"]) == ("processed", newer["id"])
    assert [one["event_id"] for one in item["events"]] == [late["id"], newer["id"]]


def test_a_refund_and_a_dispute_belong_to_their_payment(cloud: Cloud, stripe_function: Deployed) -> None:
    """They change where it stands, and not what it cost."""
    payment = fresh("pi")
    refund = {"id": fresh("re"), "object": "refund", "amount": 300, "currency": "usd", "payment_intent": payment, "status": "succeeded"}
    dispute = {
        "id": fresh("dp"),
        "object": "dispute",
        "amount": 1999,
        "currency": "usd",
        "payment_intent": payment,
        "status": "needs_response",
    }
    events = [
        stripe_event(payment, fresh("evt"), created=1_790_000_000),
        stripe_event(payment, fresh("evt"), created=1_790_000_100, type="refund.created", data={"object": refund}),
        stripe_event(payment, fresh("evt"), created=1_790_000_200, type="charge.dispute.created", data={"object": dispute}),
    ]
    for event in events:
        assert stripe_function.send(stripe(STRIPE_SECRET, event))[0] == 200
    item = cloud.item(payment)
    assert item is not None
    assert (item["event_type"], item["status"], item["amount"]) == ("dispute.created", "pending", Decimal("19.99"))
    assert [one["event_type"] for one in item["events"]] == ["payment.success", "refund.created", "dispute.created"]


def test_an_unknown_type_is_stored_as_other(cloud: Cloud, stripe_function: Deployed) -> None:
    """Providers add types without notice."""
    payment = fresh("pi")
    assert stripe_function.send(stripe(STRIPE_SECRET, stripe_event(payment, fresh("evt"), type="payment_intent.imagined")))[0] == 200
    item = cloud.item(payment)
    assert item is not None
    assert (item["event_type"], item["events"][0]["provider_event_type"]) == ("other", "payment_intent.imagined")


def test_a_currency_that_nobody_knows_stays_with_the_provider(cloud: Cloud, stripe_function: Deployed) -> None:
    """503, so that it comes again once the function knows it; never stored without its money."""
    payment = fresh("pi")
    status, answer = stripe_function.send(stripe(STRIPE_SECRET, stripe_event(payment, fresh("evt"), currency="zzz")))
    assert (status, answer["error"]) == (503, "cannot_normalize")
    assert cloud.item(payment) is None


@pytest.mark.parametrize(
    "broken",
    [{"AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9"}, {"TABLE_NAME": "no-such-table"}],
    ids=["no connection", "no table"],
)
def test_a_table_out_of_reach_is_answered_503(cloud: Cloud, broken: dict[str, str]) -> None:
    """The provider keeps the event and sends it again."""
    function = Deployed(cloud.variables("Stripe", cloud.secret({"secret": STRIPE_SECRET})) | broken)
    status, answer = function.send(stripe(STRIPE_SECRET, stripe_event(fresh("pi"), fresh("evt"))))
    assert (status, answer["error"]) == (503, "store_unavailable")


@pytest.mark.parametrize(("stored", "code"), [(None, "key_unavailable"), ({"key": "of-nothing"}, "key_unusable")])
def test_without_a_secret_nothing_is_decided(cloud: Cloud, stored: dict[str, str] | None, code: str) -> None:
    """503 and not 401: the delivery may be genuine."""
    name = cloud.secret(stored) if stored else f"payment-webhooks/{uuid.uuid4().hex}"
    status, answer = Deployed(cloud.variables("Stripe", name)).send(stripe(STRIPE_SECRET, stripe_event(fresh("pi"), fresh("evt"))))
    assert (status, answer["error"]) == (503, code)


def test_a_rotation_refuses_no_delivery(cloud: Cloud) -> None:
    """The new secret is found at the first signature that fits none, and the old one goes on."""
    name = cloud.secret({"secret": STRIPE_SECRET})
    function = Deployed(cloud.variables("Stripe", name))
    assert function.send(stripe(STRIPE_SECRET, stripe_event(fresh("pi"), fresh("evt"))))[0] == 200
    cloud.rotate(name, {"secret": "whsec_of_the_rotation"})
    for secret in ("whsec_of_the_rotation", STRIPE_SECRET):
        assert function.send(stripe(secret, stripe_event(fresh("pi"), fresh("evt"))))[0] == 200


def test_paypal(cloud: Cloud, paypal: PayPal, paypal_function: Callable[..., Deployed]) -> None:
    """Stored, a duplicate, a forgery; what binds its transmission lies under a key that no payment can have."""
    function, capture = paypal_function(), fresh("CAP")
    event, transmission = paypal_event(capture, fresh("WH")), str(uuid.uuid4())
    delivery = paypal.sign(WEBHOOK_ID, event, transmission)
    for _ in range(2):
        assert function.send(delivery)[0] == 200
    item, binding = cloud.item(capture), cloud.item(f"paypal-transmission {transmission}")
    assert item is not None
    assert binding is not None
    assert (item["amount"], item["currency"], item["revision"]) == (Decimal("12.3"), "EUR", 1)
    assert set(binding) == {"transactionId", "body_sha256", "expires_at"}
    before = cloud.count()
    assert function.send(paypal.sign("another-webhook", event))[0] == 401
    # What a captured transmission and a forged CRC-32 amount to: the signature holds, the body is another.
    other = paypal.sign(WEBHOOK_ID, paypal_event(fresh("CAP"), fresh("WH")), transmission)
    status, answer = function.send(other)
    assert (status, answer["error"]) == (401, "transmission_reused")
    assert cloud.count() == before


def test_paypals_forms_are_not_taken(cloud: Cloud, paypal_function: Callable[..., Deployed]) -> None:
    """IPN would need a processor, which this stack does not have."""
    form = proxied("txn_type=web_accept&payment_status=Completed", {"Content-Type": "application/x-www-form-urlencoded"})
    before = cloud.count()
    status, answer = paypal_function().send(form)
    assert (status, answer["error"]) == (415, "unsupported_media_type")
    assert cloud.count() == before


@pytest.mark.parametrize("event", [[], "text", {"headers": []}, {"body": "=", "isBase64Encoded": True}])
def test_what_is_no_proxy_event_fails_the_invocation(stripe_function: Deployed, event: Any) -> None:
    """Something else than a gateway invoked the function."""
    with pytest.raises(InvocationError, match=r"^invalid_event: "):
        stripe_function.send(event)


def test_a_function_without_settings_does_not_start(cloud: Cloud) -> None:
    """The error says everything that is missing, at once."""
    variables = cloud.variables("Square", "") | {"TABLE_NAME": ""}
    with pytest.raises(SettingsError, match=r"WEBHOOK_TYPE must be .*TABLE_NAME is not set.*SECRET_NAME is not set"):
        Deployed(variables)


def test_trust_cannot_be_moved_on_aws(cloud: Cloud) -> None:
    """Whoever can set a variable of the real function must not become PayPal by it."""
    variables = {name: value for name, value in cloud.variables("PayPal", "a-secret").items() if "ENDPOINT" not in name}
    with pytest.raises(SettingsError, match="PAYPAL_TRUST_ROOT must not be set on AWS"):
        Deployed(variables | {"PAYPAL_TRUST_ROOT": "-----BEGIN CERTIFICATE-----"})
