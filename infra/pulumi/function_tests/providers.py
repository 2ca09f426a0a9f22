"""The providers' side: bodies as they write them, signed as they sign, written from their documentation with Python's own modules."""

import base64
import datetime
import hashlib
import hmac
import json
import threading
import time
import uuid
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

CERTIFICATE_URL = "https://api.paypal.com/v1/notifications/certs/CERT-360caa42-fca2a594-1d93a270"


def proxied(body: str | bytes, headers: Mapping[str, str]) -> dict[str, Any]:
    """A REST API's proxy event (payload format 1.0)."""
    text = body.decode() if isinstance(body, bytes) else body
    return {
        "httpMethod": "POST",
        "headers": dict(headers),
        "multiValueHeaders": {name: [value] for name, value in headers.items()},
        "requestContext": {"requestId": "api-request-1"},
        "body": text,
        "isBase64Encoded": False,
    }


def stripe_event(payment: str, event: str, **changes: Any) -> dict[str, Any]:
    """A payment intent's event; `created`, `type`, `amount`, `currency` can be another."""
    amount, currency = changes.pop("amount", 1999), changes.pop("currency", "usd")
    intent = {
        "id": payment,
        "object": "payment_intent",
        "amount": amount,
        "currency": currency,
        "customer": "cus_canary",
        **changes.pop("object", {}),
    }
    plain = {"id": event, "object": "event", "created": int(time.time()), "type": "payment_intent.succeeded", "livemode": False}
    return {**plain, "data": {"object": intent}, **changes}


def stripe_header(secret: str, body: str, at: int | None = None) -> str:
    """`Stripe-Signature`."""
    at = int(time.time()) if at is None else at
    mac = hmac.new(secret.encode(), f"{at}.{body}".encode(), hashlib.sha256).hexdigest()
    return f"t={at},v1={mac}"


def stripe(secret: str, event: dict[str, Any] | str) -> dict[str, Any]:
    """A proxy event that Stripe signed now."""
    body = event if isinstance(event, str) else json.dumps(event)
    return proxied(body, {"Content-Type": "application/json", "Stripe-Signature": stripe_header(secret, body)})


class PayPal:
    """A key and a certificate that stand in for PayPal's, and the server they are read from."""

    def __init__(self) -> None:
        """An authority and what it signs, good from 2015 to 2035."""
        authority, self._key = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        root = _certificate("Test Root", authority.public_key(), "Test Root", authority, is_ca=True)
        leaf = _certificate("messageverificationcerts.paypal.com", self._key.public_key(), "Test Root", authority, is_ca=False)
        self.root_pem = root.public_bytes(serialization.Encoding.PEM).decode()
        self.chain_pem = leaf.public_bytes(serialization.Encoding.PEM)

    def headers(self, message: str, transmission_id: str, at: str) -> dict[str, str]:
        """The five headers over a message."""
        signature = self._key.sign(message.encode(), padding.PKCS1v15(), hashes.SHA256())
        return {
            "Content-Type": "application/json",
            "PAYPAL-TRANSMISSION-ID": transmission_id,
            "PAYPAL-TRANSMISSION-TIME": at,
            "PAYPAL-TRANSMISSION-SIG": base64.b64encode(signature).decode(),
            "PAYPAL-CERT-URL": CERTIFICATE_URL,
            "PAYPAL-AUTH-ALGO": "SHA256withRSA",
        }

    def sign(self, webhook_id: str, event: dict[str, Any], transmission_id: str | None = None) -> dict[str, Any]:
        """A proxy event that PayPal signed now."""
        body, transmission_id = json.dumps(event), transmission_id or str(uuid.uuid4())
        at = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        message = f"{transmission_id}|{at}|{webhook_id}|{zlib.crc32(body.encode())}"
        return proxied(body, self.headers(message, transmission_id, at))

    @contextmanager
    def serving(self) -> Iterator[str]:
        """The address of a server that gives the certificate."""
        chain = self.chain_pem

        class Certificates(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                """The same for every path."""
                self.send_response(200)
                self.send_header("Content-Length", str(len(chain)))
                self.end_headers()
                self.wfile.write(chain)

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        server = ThreadingHTTPServer(("127.0.0.1", 0), Certificates)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            server.server_close()


def paypal_event(capture: str, event: str, value: str = "12.30", **changes: Any) -> dict[str, Any]:
    """A capture that was completed."""
    resource = {"id": capture, "status": "COMPLETED", "amount": {"value": value, "currency_code": "EUR"}}
    now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    plain = {"id": event, "create_time": now, "resource_type": "capture", "event_type": "PAYMENT.CAPTURE.COMPLETED", "resource": resource}
    return {**plain, **changes}


def _certificate(name: str, key: rsa.RSAPublicKey, issuer: str, signer: rsa.RSAPrivateKey, *, is_ca: bool) -> x509.Certificate:
    builder = (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .issuer_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, issuer)]))
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(datetime.datetime(2015, 1, 1, tzinfo=datetime.UTC))
        .not_valid_after(datetime.datetime(2035, 1, 1, tzinfo=datetime.UTC))
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
    )
    return builder.sign(signer, hashes.SHA256())
