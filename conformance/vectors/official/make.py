#!/usr/bin/env python3
"""Writes down what the providers' official Python SDKs say to a table of inputs: stripe.json, square.json, paypal.json.

    python3 -m venv venv
    venv/bin/pip install stripe==16.1.0 squareup==46.0.0.20260916 paypalrestsdk==1.13.3
    venv/bin/python conformance/vectors/official/make.py

Each vector says what the SDK does (`sdk`) and what this project does (`ours`); where they differ, `why` says the reason. The
files are read by the tests of `webhook-core` (the verifier) and of `provider-sim` (the signer), which share no code.
"""

import hashlib
import hmac
import json
import time
from importlib.metadata import version
from pathlib import Path

import stripe
from paypalrestsdk.notifications import WebhookEvent
from square.utils.webhooks_helper import verify_signature

HERE = Path(__file__).parent
NOW = 1795000000
SECRET = "whsec_vector_9f8e7d6c5b4a"
BODY = '{"id":"evt_vector","object":"event","type":"payment_intent.succeeded","data":{"object":{"note":"Caf\u00e9"}}}'


def write(name, source, fields, vectors):
    data = {"source": source, "made_by": "vectors/official/make.py", **fields, "vectors": vectors}
    path = HERE / f"{name}.json"
    path.write_text(json.dumps(data, indent=2, ensure_ascii=True) + "\n")
    print(f"{path.name}: {len(vectors)} vectors")


def stripe_mac(at, body=BODY, secret=SECRET):
    return stripe.WebhookSignature._compute_signature(f"{at}.{body}", secret)


def of_stripe():
    time.time = lambda: float(NOW)
    mac = stripe_mac(NOW)
    wrong = stripe_mac(NOW, secret="whsec_other")
    rows = [
        # name, header, body, ours, why ours differs from the SDK
        ("genuine", stripe.WebhookSignature.generate_signature_header(BODY, SECRET, NOW), BODY, "accept", None),
        ("another body", f"t={NOW},v1={mac}", BODY.replace("evt_", "evt-"), "reject", None),
        ("another secret", f"t={NOW},v1={wrong}", BODY, "reject", None),
        ("no header", None, BODY, "reject", None),
        ("empty header", "", BODY, "reject", None),
        ("no timestamp", f"v1={mac}", BODY, "reject", None),
        ("no signature", f"t={NOW}", BODY, "reject", None),
        ("empty signature", f"t={NOW},v1=", BODY, "reject", None),
        ("only an older scheme", f"t={NOW},v0={mac}", BODY, "reject", None),
        ("an older scheme beside it", f"t={NOW},v0={wrong},v1={mac}", BODY, "accept", None),
        ("two signatures, the first right", f"t={NOW},v1={mac},v1={wrong}", BODY, "accept", None),
        ("two signatures, the second right", f"t={NOW},v1={wrong},v1={mac}", BODY, "accept", None),
        ("three signatures, none right", f"t={NOW},v1={wrong},v1={wrong},v1={wrong}", BODY, "reject", None),
        ("signature before timestamp", f"v1={mac},t={NOW}", BODY, "accept", None),
        ("upper-case hex", f"t={NOW},v1={mac.upper()}", BODY, "reject", None),
        ("signature cut short", f"t={NOW},v1={mac[:-1]}", BODY, "reject", None),
        ("signature too long", f"t={NOW},v1={mac}00", BODY, "reject", None),
        ("timestamp of words", f"t=yesterday,v1={mac}", BODY, "reject", None),
        ("timestamp with a fraction", f"t={NOW}.0,v1={stripe_mac(f'{NOW}.0')}", BODY, "reject", None),
        (
            "timestamp with an underscore",
            f"t=1_795_000_000,v1={mac}",
            BODY,
            "reject",
            "Python's int() reads underscores; the provider never writes them, so whoever does is somebody else",
        ),
        ("300 seconds old", f"t={NOW - 300},v1={stripe_mac(NOW - 300)}", BODY, "accept", None),
        ("301 seconds old", f"t={NOW - 301},v1={stripe_mac(NOW - 301)}", BODY, "reject", None),
        ("300 seconds ahead", f"t={NOW + 300},v1={stripe_mac(NOW + 300)}", BODY, "accept", None),
        (
            "301 seconds ahead",
            f"t={NOW + 301},v1={stripe_mac(NOW + 301)}",
            BODY,
            "reject",
            "the SDK for Python looks at the past only; a time far ahead would make a capture good for as long",
        ),
        ("empty body, rightly signed", f"t={NOW},v1={stripe_mac(NOW, '')}", "", "accept", None),
        ("trailing line feed", f"t={NOW},v1={mac}", BODY + "\n", "reject", None),
        ("byte-order mark", f"t={NOW},v1={mac}", "\ufeff" + BODY, "reject", None),
    ]
    vectors = []
    for name, header, body, ours, why in rows:
        try:
            stripe.WebhookSignature.verify_header(body, header, SECRET, stripe.Webhook.DEFAULT_TOLERANCE)
            sdk = "accept"
        except stripe.SignatureVerificationError:
            sdk = "reject"
        except Exception as error:  # a defect of the SDK is a refusal too
            sdk = f"error: {type(error).__name__}"
        vectors.append(vector(name, sdk, ours, why, {"header": header, "body": body}))
    fields = {"now": NOW, "secret": SECRET, "genuine_header": rows[0][1]}
    write("stripe", f"stripe {version('stripe')} for Python, WebhookSignature.verify_header with its default tolerance", fields, vectors)


def vector(name, sdk, ours, why, inputs):
    agree = sdk == ours or (ours == "reject" and sdk.startswith("error"))
    if agree == bool(why):
        raise SystemExit(f"{name}: the SDK says {sdk}, ours is {ours}, and the reason is {why!r}")
    return {"name": name, "sdk": sdk, "ours": ours, **({"why": why} if why else {}), **inputs}


def of_square():
    import base64

    def mac(url, body, key):
        return base64.b64encode(hmac.new(key.encode(), (url + body).encode(), hashlib.sha256).digest()).decode()

    key, url = "asdf1234", "https://example.com/webhook"
    body = '{"hello":"world"}'
    # Key, URL, body and signature of Square's own documentation and SDKs.
    published = "2kRE5qRU2tR+tBGlDwMEw2avJ7QM4ikPYD/PJ3bd9Og="
    rows = [
        ("published", key, url, body, published, "accept", None),
        ("another key", "asdf1235", url, body, published, "reject", None),
        ("another URL", key, url + "/", body, published, "reject", None),
        ("another scheme", key, "http://example.com/webhook", body, published, "reject", None),
        ("re-serialised body", key, url, '{"hello": "world"}', published, "reject", None),
        ("trailing line feed", key, url, body + "\n", published, "reject", None),
        ("signature cut short", key, url, body, published[:-4], "reject", None),
        ("signature without padding", key, url, body, published.rstrip("="), "reject", None),
        ("URL-safe alphabet", key, url, body, published.replace("+", "-").replace("/", "_"), "reject", None),
        ("empty signature", key, url, body, "", "reject", None),
        ("body alone signed", key, url, body, mac("", body, key), "reject", None),
        ("URL behind the body", key, url, body, mac(body, url, key), "reject", None),
        ("not ASCII", key, url, '{"name":"Caf\u00e9"}', mac(url, '{"name":"Caf\u00e9"}', key), "accept", None),
        ("empty body, rightly signed", key, url, "", mac(url, "", key), "accept", "the SDK refuses an empty body before it looks; here the signature is proven first, and the empty body is a 400"),
    ]
    vectors = []
    for name, key_, url_, body_, signature, ours, why in rows:
        sdk = "accept" if verify_signature(request_body=body_, signature_header=signature, signature_key=key_, notification_url=url_) else "reject"
        inputs = {"key": key_, "notification_url": url_, "body": body_, "signature": signature}
        vectors.append(vector(name, sdk, ours, why, inputs))
    source = f"squareup {version('squareup')} for Python, verify_signature; the first one is also in Square's documentation, Validate and Verify Event Notifications"
    write("square", source, {}, vectors)


def of_paypal():
    rows = [
        ("ASCII", "69cd13f0-d67a-11e5-baa3-778b53f4ae55", "2016-02-18T20:01:35Z", "0EH40505U7160970P", '{"id":"WH-1"}'),
        ("not ASCII", "89556ce0-4d55-11ee-9f56-dd5f48f22b28", "2023-09-07T08:07:06Z", "1JE4291016473214C", '{"name":"Caf\u00e9 \u6ce8\u6587"}'),
        ("CRC-32 above 2^31", "b1a2c3d4-0000-11ee-9f56-dd5f48f22b28", "2024-02-29T23:59:59Z", "8PT597110X687430L", '{"id":"WH-2"}'),
        ("CRC-32 with leading zeros in hex", "b1a2c3d4-0001-11ee-9f56-dd5f48f22b28", "2024-03-01T00:00:00Z", "8PT597110X687430L", None),
        ("empty body", "b1a2c3d4-0002-11ee-9f56-dd5f48f22b28", "2024-03-01T00:00:00Z", "8PT597110X687430L", ""),
    ]
    import zlib

    vectors = []
    for name, transmission, at, webhook, body in rows:
        if body is None:
            body = next(b for b in (f'{{"n":{n}}}' for n in range(10**6)) if zlib.crc32(b.encode()) < 2**24)
        message = WebhookEvent._get_expected_sig(transmission, at, webhook, body)
        vectors.append({"name": name, "transmission_id": transmission, "time": at, "webhook_id": webhook, "body": body, "message": message})
    if not any(int(v["message"].rsplit("|", 1)[1]) >= 2**31 for v in vectors):
        raise SystemExit("no CRC-32 is above 2^31")
    source = f"paypalrestsdk {version('paypalrestsdk')} for Python, WebhookEvent._get_expected_sig: the text whose SHA256withRSA signature PayPal sends"
    write("paypal", source, {}, vectors)


of_stripe()
of_square()
of_paypal()
