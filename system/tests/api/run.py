"""The API against its own document: starts `localstack up`, puts genuine events in, and lets schemathesis look for an answer
that `system/openapi.yaml` does not have, and for any 5xx.

Needs `schemathesis`, `botocore` and `cryptography` (pip); exits non-zero at the first thing that does not hold.
"""

import json
import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import botocore.session
import yaml

HERE = Path(__file__).resolve().parent
DOCUMENT = HERE.parent.parent / "openapi.yaml"
STRIPE_SECRET = "whsec_for_the_api_test_0123456789"
SQUARE_KEY = "square_key_for_the_api_test"
SQUARE_URL = "https://webhooks.example.com/api/v1/webhooks/square"
LONG_PAYMENT, LONG_EVENTS = "pi_with_a_long_history", 1001
# Answers that the tester must have met, or it has not looked where it should.
MET = {
    "POST /api/v1/webhooks/stripe": [200, 400, 401],
    "POST /api/v1/webhooks/paypal": [200, 400, 401],
    "POST /api/v1/webhooks/square": [200, 400, 401],
    "GET /api/v1/transactions": [200, 400],
    "GET /api/v1/transactions/{id}": [200, 400, 404],
}


def wait_for(what, look, seconds=30):
    """Polls `look` until it returns something true; fails loudly at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)  # poll
    raise AssertionError(f"not within {seconds} s: {what}")


def ask(url, body=None, headers=None):
    request = urllib.request.Request(url, data=body, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.loads(answer.read())
    except urllib.error.HTTPError as error:
        return error.code, json.loads(error.read())


def get(ready, path, **parameters):
    import hooks

    query = urllib.parse.urlencode(parameters)
    url = ready["api_base_url"] + path + ("?" + query if query else "")
    return ask(url, headers=hooks.aws_headers("GET", url, ready.get("query_auth")))


def examples(document, provider):
    content = document["paths"][f"/api/v1/webhooks/{provider}"]["post"]["requestBody"]["content"]
    return [example["value"] for example in content["application/json"]["examples"].values()]


def seed(ready, document, paypal_key):
    """Sends the document's own events, and thirty more of one customer within two seconds."""
    import hooks
    import paypal

    events = [(provider, event) for provider in ("stripe", "paypal", "square") for event in examples(document, provider)]
    first = examples(document, "stripe")[0]
    for number in range(30):
        event = json.loads(json.dumps(first))
        event["id"] = f"evt_seed{number:04}"
        event["created"] += number % 2
        event["data"]["object"]["id"] = f"pi_seed{number:04}"
        events.append(("stripe", event))
    for provider, event in events:
        body = json.dumps(event).encode()
        headers = {
            "stripe": lambda: hooks.stripe_headers(body, STRIPE_SECRET),
            "paypal": lambda: paypal.headers(body, paypal_key),
            "square": lambda: hooks.square_headers(body, SQUARE_KEY, SQUARE_URL),
        }[provider]()
        status, answer = ask(
            f"{ready['api_base_url']}/api/v1/webhooks/{provider}", body, {"content-type": "application/json", **headers}
        )
        assert status == 200, (provider, status, answer)
    return {"customer": first["data"]["object"]["customer"], "events": 31}


def pages(ready, seeded):
    """Small pages give exactly what one page gives, also within one second and under a filter that nothing passes."""
    customer = seeded["customer"]

    def all_there():
        status, answer = get(ready, "/api/v1/transactions", customer_id=customer, limit=1000)
        assert status == 200, answer
        return answer["transactions"] if len(answer["transactions"]) >= seeded["events"] else None

    whole = [event["event_id"] for event in wait_for("the events sent", all_there)]
    for parameters in ({"customer_id": customer}, {"customer_id": customer, "provider": "stripe", "status": "processed"}):
        found, token = [], None
        while True:
            more = {"next_token": token} if token else {}
            status, answer = get(ready, "/api/v1/transactions", limit=7, **parameters, **more)
            assert status == 200, answer
            found += [event["event_id"] for event in answer["transactions"]]
            token = answer.get("next_token")
            if not token:
                break
        assert sorted(found) == sorted(whole), (parameters, len(found), len(whole))
    status, answer = get(ready, "/api/v1/transactions", customer_id=customer, status="pending")
    assert (status, answer) == (200, {"transactions": []}), answer


def long_history(ready):
    """A payment with more events than an answer shows is read within the function's five seconds."""
    client = botocore.session.get_session().create_client(
        "dynamodb",
        endpoint_url=ready["endpoints"]["dynamodb"],
        region_name=ready["region"],
        aws_access_key_id="test",
        aws_secret_access_key="test",
    )

    def item(number):
        text = {
            "transaction_id": LONG_PAYMENT,
            "provider": "square",
            "event_type": "payment.pending",
            "provider_event_type": "payment.updated",
            "event_id": f"evt_long{number:05}",
            "currency": "GBP",
            "customer_id": "cus_long",
            "status": "pending",
            "raw_payload_s3_key": f"square/2025/11/21/{LONG_PAYMENT}.evt_long{number:05}.json",
        }
        numbers = {"timestamp": f"17637{number:05}.5", "amount": "12.5", "received_at": "1763750000.1", "processed_at": "1763750000.2"}
        item = {name: {"S": value} for name, value in text.items()}
        return item | {name: {"N": value} for name, value in numbers.items()}

    items = [item(number) for number in range(LONG_EVENTS)]
    for start in range(0, LONG_EVENTS, 25):
        puts = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        left = client.batch_write_item(RequestItems={ready["table"]: puts})["UnprocessedItems"]
        assert not left, left
    started = time.monotonic()
    status, answer = get(ready, f"/api/v1/transactions/{LONG_PAYMENT}")
    took = time.monotonic() - started
    assert status == 200 and took < 5, (status, took)
    assert answer["truncated"] is True and len(answer["events"]) == 1000, len(answer["events"])
    assert [answer["events"][0]["event_id"], answer["events"][-1]["event_id"]] == ["evt_long00001", "evt_long01000"]
    print(f"   {len(answer['events'])} events of one payment in {took * 1000:.0f} ms")


def schemathesis(ready, document, folder, setup):
    if not setup["query_auth"]:
        # This cloud answers every query, so the document's signature is not asked for.
        for path in ("/api/v1/transactions", "/api/v1/transactions/{id}"):
            document["paths"][path]["get"]["security"] = []
    described = folder / "openapi.json"
    described.write_text(json.dumps(document))
    command = ["schemathesis", "--config-file", str(HERE / "schemathesis.toml"), "run", str(described)]
    command += ["--url", ready["api_base_url"]]
    environment = dict(
        os.environ, PEAKPROOF_API_TEST=json.dumps(setup), SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(HERE), NO_COLOR="1"
    )
    done = subprocess.run(command, env=environment, cwd=folder, timeout=300)
    assert done.returncode == 0, "the tester found something (see above)"


def met(answers_file):
    answers = json.loads(answers_file.read_text())
    print("   " + ", ".join(f"{count} x {answer}" for answer, count in sorted(answers.items())))
    missing = [f"{label} {status}" for label, statuses in MET.items() for status in statuses if f"{label} {status}" not in answers]
    assert not missing, f"answers that the tester never met: {missing}"


def no_5xx(ready):
    """The gateway's own log, whatever the tester thinks of an answer."""
    lines = [json.loads(line) for line in Path(ready["log_dir"], "api-gateway.log").read_text().splitlines()]
    bad = [line for line in lines if line["status"] >= 500]
    assert len(lines) > 500 and not bad, (len(lines), bad[:5])


def main():
    sys.path.insert(0, str(HERE))
    import paypal

    stand_in = paypal.StandIn()
    document = yaml.safe_load(DOCUMENT.read_text())
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        ready_file, secrets_file, answers_file = folder / "ready.json", folder / "secrets.json", folder / "answers.json"
        square = {"key": SQUARE_KEY, "notification_url": SQUARE_URL}
        secrets = {"stripe": {"secret": STRIPE_SECRET}, "square": square, "paypal": {"webhook_id": paypal.WEBHOOK_ID}}
        secrets_file.write_text(json.dumps(secrets))
        root_file = folder / "root.pem"
        root_file.write_bytes(stand_in.trust_root_pem)
        command = ["cargo", "run", "--quiet", "-p", "localstack", "--", "up"]
        command += ["--ready-file", str(ready_file), "--secrets", str(secrets_file), "--log-dir", str(folder / "logs")]
        command += ["--paypal-endpoint", stand_in.endpoint, "--paypal-trust-root", str(root_file)]
        cloud = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:

            def started():
                assert cloud.poll() is None, f"localstack up ended with {cloud.returncode}"
                return ready_file.exists()

            wait_for("the ready file", started, seconds=600)
            ready = json.loads(ready_file.read_text())
            setup = {
                "stripe_secret": STRIPE_SECRET,
                "square_key": SQUARE_KEY,
                "square_url": SQUARE_URL,
                "paypal_key": stand_in.private_key_pem(),
                "query_auth": ready.get("query_auth"),
                "answers_file": str(answers_file),
            }
            # The hooks' functions for signing read it too.
            os.environ["PEAKPROOF_API_TEST"] = json.dumps({**setup, "answers_file": None})
            seeded = seed(ready, document, setup["paypal_key"])
            print("ok: seed")
            pages(ready, seeded)
            print("ok: pages")
            long_history(ready)
            print("ok: long_history")
            schemathesis(ready, document, folder, setup)
            print("ok: schemathesis")
            met(answers_file)
            print("ok: met")
        finally:
            cloud.send_signal(signal.SIGTERM)
            code = cloud.wait(timeout=30)
        assert code == 0, f"localstack up ended with {code}"
        no_5xx(ready)
        print("ok: no_5xx")


if __name__ == "__main__":
    sys.exit(main())
