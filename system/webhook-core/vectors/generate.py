"""Signature vectors for Stripe and Square, made with Python's own hmac so that they share no code with the crate.

Run in this folder: python3 generate.py
"""

import base64
import hashlib
import hmac
import json

NOW = 1763750000
SECRET = "whsec_vector_current_0123456789abcdef"
PREVIOUS = "whsec_vector_previous_0123456789abcde"
BODY = '{"id":"evt_1","object":"event","created":1763749990,"type":"charge.succeeded","data":{"object":{"id":"ch_1","note":"Grüße, 日本"}}}'
URL = "https://example.com/dev/api/v1/webhooks/square"
SQUARE_KEY = "square-vector-key"


def v1(body, secret=SECRET, t=NOW):
    message = str(t).encode() + b"." + (body if isinstance(body, bytes) else body.encode())
    return hmac.new(secret.encode(), message, hashlib.sha256).hexdigest()


def stripe():
    good = v1(BODY)
    other = "0" * 64
    rows = []

    def row(name, header, expected, body=BODY, now=NOW, secrets=(SECRET,)):
        raw = body if isinstance(body, bytes) else body.encode()
        rows.append({
            "name": name, "secrets": list(secrets), "header": header, "now_secs": now,
            "body_base64": base64.b64encode(raw).decode(), "expected": expected,
        })

    row("plain", f"t={NOW},v1={good}", "accepted")
    row("order is free", f"v1={good},t={NOW}", "accepted")
    row("space after the comma", f"t={NOW}, v1={good}", "accepted")
    row("several v1, last matches", f"t={NOW},v1={other},v1={good}", "accepted")
    row("several v1, first matches", f"t={NOW},v1={good},v1={other}", "accepted")
    row("a malformed v1 beside a good one", f"t={NOW},v1=,v1={good}", "accepted")
    row("v1 and v0", f"t={NOW},v1={good},v0={other}", "accepted")
    row("unknown schemes are ignored", f"t={NOW},v2=abc,x,v1={good}", "accepted")
    row("previous secret", f"t={NOW},v1={v1(BODY, PREVIOUS)}", "accepted", secrets=(SECRET, PREVIOUS))
    row("300 s old", f"t={NOW},v1={good}", "accepted", now=NOW + 300)
    row("301 s old", f"t={NOW},v1={good}", "stale_timestamp", now=NOW + 301)
    row("300 s ahead", f"t={NOW},v1={good}", "accepted", now=NOW - 300)
    row("301 s ahead", f"t={NOW},v1={good}", "future_timestamp", now=NOW - 301)
    row("the text of t is what is signed", f"t=0{NOW},v1={v1(BODY, t='0' + str(NOW))}", "accepted")
    row("the number of t is not what is signed", f"t=0{NOW},v1={good}", "signature_mismatch")
    row("empty body", f"t={NOW},v1={v1('')}", "accepted", body="")
    row("body is no UTF-8", f"t={NOW},v1={v1(bytes([255, 0, 123]))}", "accepted", body=bytes([255, 0, 123]))

    row("wrong secret", f"t={NOW},v1={v1(BODY, PREVIOUS)}", "signature_mismatch")
    row("secret without its prefix", f"t={NOW},v1={v1(BODY, SECRET.removeprefix('whsec_'))}", "signature_mismatch")
    row("another time under the same MAC", f"t={NOW - 1},v1={good}", "signature_mismatch")
    row("right MAC under v0 alone", f"t={NOW},v0={good}", "unsupported_algorithm")
    row("right MAC under V1", f"t={NOW},V1={good}", "unsupported_algorithm")
    row("right MAC under v0, wrong under v1", f"t={NOW},v1={other},v0={good}", "signature_mismatch")
    row("no secret", f"t={NOW},v1={v1(BODY, '')}", "signature_mismatch", secrets=("",))

    row("empty header", "", "malformed_signature")
    row("only t", f"t={NOW}", "unsupported_algorithm")
    row("empty v1", f"t={NOW},v1=", "malformed_signature")
    row("truncated v1", f"t={NOW},v1={good[:-1]}", "malformed_signature")
    row("longer v1", f"t={NOW},v1={good}0", "malformed_signature")
    row("v1 with =", f"t={NOW},v1={good}=", "malformed_signature")
    row("upper-case hex", f"t={NOW},v1={good.upper()}", "malformed_signature")
    row("base64 instead of hex", f"t={NOW},v1={base64.b64encode(bytes.fromhex(good)).decode()}", "malformed_signature")
    row("space inside v1", f"t={NOW},v1= {good}", "malformed_signature")
    row("missing t", f"v1={good}", "malformed_signature")
    row("duplicate t", f"t={NOW},t={NOW},v1={good}", "malformed_signature")
    row("two different t", f"t={NOW},t={NOW - 9999},v1={good}", "malformed_signature")
    for name, text in {
        "empty": "", "letters": "abc", "underscore": f"{str(NOW)[:-3]}_000", "dot": f"{NOW}.0", "sign": f"+{NOW}",
        "negative": f"-{NOW}", "space": f" {NOW}", "exponent": "1e9", "hex": "0x691f9c70", "huge": "9" * 16,
    }.items():
        row(f"t {name}", f"t={text},v1={v1(BODY, t=text)}", "malformed_signature")

    changed = {
        "BOM": b"\xef\xbb\xbf" + BODY.encode(),
        "re-serialised": json.dumps(json.loads(BODY)),
        "trailing newline": BODY + "\n",
        "one bit": BODY.replace("evt_1", "evt_0"),
        "lossy UTF-8": BODY.replace("ü", "�"),
    }
    for name, body in changed.items():
        row(f"body changed: {name}", f"t={NOW},v1={good}", "signature_mismatch", body=body)
    crlf = BODY.replace(",", ",\r\n")
    row("CRLF kept", f"t={NOW},v1={v1(crlf)}", "accepted", body=crlf)
    row("body changed: CRLF to LF", f"t={NOW},v1={v1(crlf)}", "signature_mismatch", body=crlf.replace("\r\n", "\n"))
    return rows


def square():
    def mac(body, key=SQUARE_KEY, url=URL):
        raw = body if isinstance(body, bytes) else body.encode()
        return base64.b64encode(hmac.new(key.encode(), url.encode() + raw, hashlib.sha256).digest()).decode()

    rows = []

    def row(name, header, expected, body=BODY, keys=((SQUARE_KEY, URL),)):
        raw = body if isinstance(body, bytes) else body.encode()
        rows.append({
            "name": name, "keys": [list(pair) for pair in keys], "header": header,
            "body_base64": base64.b64encode(raw).decode(), "expected": expected,
        })

    good = mac(BODY)
    row("plain", good, "accepted")
    row("empty body", mac(""), "accepted", body="")
    row("previous key", mac(BODY, "old"), "accepted", keys=((SQUARE_KEY, URL), ("old", URL)))
    row("previous URL", mac(BODY, url=URL + "/old"), "accepted", keys=((SQUARE_KEY, URL), (SQUARE_KEY, URL + "/old")))
    row("wrong key", mac(BODY, "wrong"), "signature_mismatch")
    row("body alone", mac(BODY, url=""), "signature_mismatch")
    row("another host's URL", mac(BODY, url="https://evil.example/dev/api/v1/webhooks/square"), "signature_mismatch")
    row("URL with a slash at the end", mac(BODY, url=URL + "/"), "signature_mismatch")
    row("changed body", good, "signature_mismatch", body=BODY + " ")
    row("byte moved from URL to body", good, "signature_mismatch", body=URL[-1] + BODY)
    row("no key", mac(BODY, ""), "signature_mismatch", keys=(("", URL),))
    row("empty header", "", "malformed_signature")
    row("truncated", good[:-4], "malformed_signature")
    row("without padding", good.rstrip("="), "malformed_signature")
    row("URL-safe alphabet", "-" + good[1:], "malformed_signature")
    row("SHA-1 length", base64.b64encode(bytes(20)).decode(), "malformed_signature")
    row("hex", base64.b64decode(good).hex(), "malformed_signature")
    row("with a space", good + " ", "malformed_signature")
    row("two of them", good + "," + good, "malformed_signature")
    row("far too long", "A" * 5000, "malformed_signature")
    return rows


for provider, rows in {"stripe": stripe(), "square": square()}.items():
    with open(f"{provider}.json", "w", encoding="utf-8") as file:
        json.dump(rows, file, indent=1, ensure_ascii=True)
        file.write("\n")
    print(provider, len(rows))
