"""Stripe's webhooks in Python and boto3 alone, as one would write it: what the Rust core is compared with, never deployed.

It does less than the core: no late events, no history, one kind of amount, no traces, no limits on time.
"""

import base64
import hashlib
import hmac
import json
import os
import time
from decimal import Decimal
from typing import Any

import boto3
from botocore.exceptions import ClientError

TOLERANCE_SECONDS = 300
TYPES = {
    "payment_intent.succeeded": ("payment.success", "processed"),
    "payment_intent.payment_failed": ("payment.failed", "failed"),
    "refund.created": ("refund.created", "processed"),
}
NO_DECIMALS = {"JPY", "KRW", "VND"}

dynamodb = boto3.client("dynamodb")
secrets_manager = boto3.client("secretsmanager")


def secret() -> str:
    """The signing secret."""
    stored = json.loads(secrets_manager.get_secret_value(SecretId=os.environ["SECRET_NAME"])["SecretString"])
    return str(stored["secret"])


SECRET = secret()


def genuine(header: str, body: bytes) -> bool:
    """Whether the signature is Stripe's and of the last five minutes."""
    parts = [part.split("=", 1) for part in header.split(",") if "=" in part]
    at = next((value for name, value in parts if name == "t" and value.isdigit()), None)
    if at is None or abs(time.time() - int(at)) > TOLERANCE_SECONDS:
        return False
    expected = hmac.new(SECRET.encode(), f"{at}.".encode() + body, hashlib.sha256).hexdigest()
    return any(name == "v1" and hmac.compare_digest(value, expected) for name, value in parts)


def item(event: dict[str, Any]) -> dict[str, Any]:
    """The item of an event."""
    thing = event["data"]["object"]
    currency = thing["currency"].upper()
    amount = Decimal(thing["amount"]) / (1 if currency in NO_DECIMALS else 100)
    kind, status = TYPES.get(event["type"], ("other", "pending"))
    return {
        "transactionId": {"S": thing.get("payment_intent") or thing["id"]},
        "event_id": {"S": event["id"]},
        "provider": {"S": "stripe"},
        "event_type": {"S": kind},
        "provider_event_type": {"S": event["type"]},
        "status": {"S": status},
        "amount": {"N": str(amount)},
        "currency": {"S": currency},
        "timestamp": {"N": str(event["created"])},
        "received_at": {"N": f"{time.time():.3f}"},
    }


def answer(status: int, body: dict[str, str]) -> dict[str, Any]:
    """A proxy response."""
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body), "isBase64Encoded": False}


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Verifies, normalizes, puts."""
    headers = {name.lower(): value for name, value in (event.get("headers") or {}).items()}
    text = event.get("body") or ""
    body = base64.b64decode(text) if event.get("isBase64Encoded") else text.encode()
    if not genuine(headers.get("stripe-signature", ""), body):
        print(json.dumps({"level": "WARN", "message": "Invalid signature", "request_id": context.aws_request_id}))
        return answer(401, {"error": "signature_mismatch"})
    told = json.loads(body)
    try:
        dynamodb.put_item(
            TableName=os.environ["TABLE_NAME"],
            Item=item(told),
            ConditionExpression="attribute_not_exists(transactionId)",
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
            raise
    print(json.dumps({"level": "INFO", "message": "Webhook accepted", "request_id": context.aws_request_id, "event_id": told["id"]}))
    return answer(200, {"status": "accepted", "event_id": told["id"]})
