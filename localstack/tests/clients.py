"""The embedded cloud under other people's clients: boto3 and the aws command line.

Starts `localstack up`, walks through every endpoint as a user would, sends signed Stripe webhooks and finds them
again in the stores. Needs `boto3` and `aws` on the PATH; exits non-zero at the first thing that does not hold.
"""

import hashlib
import hmac
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import boto3
from botocore.auth import SigV4Auth, SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials

CREDENTIALS = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
SECRET = "whsec_for_the_clients_test_0123456789"


def wait_for(what, look, seconds=30):
    """Polls `look` until it returns something true; fails loudly at the deadline."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        found = look()
        if found:
            return found
        time.sleep(0.05)  # poll
    raise AssertionError(f"not within {seconds} s: {what}")


def client(ready, service):
    return boto3.client(
        service,
        endpoint_url=ready["endpoints"][service],
        region_name=ready["region"],
        config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 1}),
        **CREDENTIALS,
    )


def aws(ready, service, *arguments, endpoint=None):
    """Runs the aws command line and returns its JSON."""
    environment = dict(
        os.environ,
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
        AWS_DEFAULT_REGION=ready["region"],
        AWS_PAGER="",
    )
    address = ready["endpoints"][endpoint or service]
    command = ["aws", "--endpoint-url", address, "--output", "json", service, *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stderr}"
    return json.loads(done.stdout) if done.stdout.strip() else {}


def post(url, body, headers):
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


def get(ready, path, query=None, presigned=False, sign=True, secret=None):
    """Asks the query API, signed by botocore as the ready object says; status, error type and JSON of the answer."""
    auth = ready["query_auth"]
    assert auth["type"] == "aws_iam", auth
    credentials = Credentials(auth["access_key_id"], secret or auth["secret_access_key"])
    request = AWSRequest("GET", ready["api_base_url"] + path, params=query or {})
    signer = SigV4QueryAuth if presigned else SigV4Auth
    if sign:
        signer(credentials, auth["service"], auth["region"]).add_auth(request)
    prepared = request.prepare()
    headers = {name: value.decode() if isinstance(value, bytes) else value for name, value in prepared.headers.items()}
    try:
        with urllib.request.urlopen(urllib.request.Request(prepared.url, headers=headers), timeout=10) as answer:
            return answer.status, None, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, error.headers.get("x-amzn-errortype"), json.load(error)


def stripe_event(number, secret):
    created = int(time.time())
    payment = {
        "id": f"pi_client{number:08d}",
        "object": "payment_intent",
        "amount": 1999,
        "amount_received": 1999,
        "currency": "usd",
        "customer": "cus_client",
        "status": "succeeded",
    }
    event = {
        "id": f"evt_client{number:08d}",
        "object": "event",
        "created": created,
        "type": "payment_intent.succeeded",
        "livemode": False,
        "pending_webhooks": 1,
        "api_version": None,
        "request": None,
        "data": {"object": payment},
    }
    body = json.dumps(event, indent=2).encode()
    mac = hmac.new(secret.encode(), f"{created}.".encode() + body, hashlib.sha256).hexdigest()
    return body, {"Stripe-Signature": f"t={created},v1={mac}"}


def secrets(ready):
    name = ready["secrets"]["stripe"]
    boto = client(ready, "secretsmanager")
    assert json.loads(boto.get_secret_value(SecretId=name)["SecretString"])["secret"] == SECRET
    rotated = json.dumps({"secret": SECRET + "_next"})
    aws(ready, "secretsmanager", "put-secret-value", "--secret-id", name, "--secret-string", rotated)
    assert boto.get_secret_value(SecretId=name)["SecretString"] == rotated
    previous = boto.get_secret_value(SecretId=name, VersionStage="AWSPREVIOUS")["SecretString"]
    assert json.loads(previous)["secret"] == SECRET
    assert name in [secret["Name"] for secret in aws(ready, "secretsmanager", "list-secrets")["SecretList"]]


def webhook(ready):
    url = ready["api_base_url"] + "/api/v1/webhooks/stripe"
    # Signed with what is now the previous secret: a rotation rejects nothing.
    body, headers = stripe_event(1, SECRET)
    status, answer = post(url, body, headers)
    assert status == 200, (status, answer)
    # The new secret arrives by the guarded refetch at the latest.
    status, answer = post(url, *stripe_event(2, SECRET + "_next"))
    assert status == 200, (status, answer)
    status, _ = post(url, body.replace(b"1999", b"9999"), headers)
    assert status == 401, status
    status, _ = post(url, b"{}", headers)
    assert status == 400, status

    table = boto3.resource(
        "dynamodb", endpoint_url=ready["endpoints"]["dynamodb"], region_name=ready["region"], **CREDENTIALS
    ).Table(ready["table"])

    def two_records():
        items = table.scan()["Items"]
        return items if len(items) == 2 else None

    items = wait_for("two records", two_records)
    record = next(item for item in items if item["event_id"] == "evt_client00000001")
    assert record["transaction_id"] == "pi_client00000001", record
    assert str(record["amount"]) == "19.99" and record["currency"] == "USD", record
    assert record["event_type"] == "payment.success" and record["status"] == "processed", record
    counted = aws(ready, "dynamodb", "scan", "--table-name", ready["table"], "--select", "COUNT")
    assert counted["Count"] == 2, counted

    s3 = client(ready, "s3")
    raw = s3.get_object(Bucket=ready["raw_bucket"], Key=record["raw_payload_s3_key"])["Body"].read()
    assert raw == body, "the raw object is not what was sent, byte for byte"

    def two_objects(bucket):
        page = s3.list_objects_v2(Bucket=bucket, Prefix="stripe/")
        return page if page["KeyCount"] == 2 else None

    for bucket in (ready["raw_bucket"], ready["processed_bucket"]):
        wait_for(f"two objects in {bucket}", lambda: two_objects(bucket))
    listed = aws(ready, "s3api", "list-objects-v2", "--bucket", ready["raw_bucket"], endpoint="s3")
    assert len(listed["Contents"]) == 2


def queries(ready):
    """The query API is IAM-authorized: botocore's signatures are let in, in headers and in URLs, and no others."""
    by_id = "/api/v1/transactions/pi_client00000001"
    for presigned in (False, True):
        status, _, found = get(ready, by_id, presigned=presigned)
        assert status == 200 and found["status"] == "processed" and len(found["events"]) == 1, (status, found)
        now = int(time.time())
        query = {"provider": "stripe", "start": str(now - 600), "end": str(now + 600)}
        status, _, found = get(ready, "/api/v1/transactions", query, presigned=presigned)
        assert status == 200 and len(found["transactions"]) == 2, (status, found)
        # Escapes in the path are signed once more encoded; what the id stands for is the same.
        status, _, found = get(ready, by_id.replace("_", "%5F"), presigned=presigned)
        assert status == 200 and found["status"] == "processed", (status, found)
        status, error, _ = get(ready, by_id, presigned=presigned, secret="guessed")
        assert (status, error) == (403, "InvalidSignatureException"), (status, error)
    status, error, _ = get(ready, by_id, sign=False)
    assert (status, error) == (403, "MissingAuthenticationTokenException"), (status, error)


def pasted(ready, hints):
    """The curl line that is printed for people works as it stands."""
    line = next(line.strip() for line in hints.splitlines() if line.strip().startswith("curl --aws-sigv4"))
    if shutil.which("curl") is None:
        print("skipped: curl is not installed")
        return
    done = subprocess.run(["sh", "-c", line], capture_output=True, text=True, timeout=30)
    assert done.returncode == 0, done.stderr
    listed = [event["transaction_id"] for event in json.loads(done.stdout)["transactions"]]
    assert "pi_client00000001" in listed, listed


def queue(ready):
    boto = client(ready, "sqs")
    boto.send_message(
        QueueUrl=ready["dlq_url"],
        MessageBody="hello",
        MessageAttributes={"ErrorCode": {"DataType": "Number", "StringValue": "200"}},
    )
    received = aws(ready, "sqs", "receive-message", "--queue-url", ready["dlq_url"], "--message-attribute-names", "All")
    message = received["Messages"][0]
    assert message["Body"] == "hello" and message["MessageAttributes"]["ErrorCode"]["StringValue"] == "200"
    boto.delete_message(QueueUrl=ready["dlq_url"], ReceiptHandle=message["ReceiptHandle"])
    count = boto.get_queue_attributes(QueueUrl=ready["dlq_url"], AttributeNames=["ApproximateNumberOfMessages"])
    assert count["Attributes"]["ApproximateNumberOfMessages"] == "0", count


def large_files(ready):
    """More than 8 MB, which the command line sends in parts, reads in ranges, and copies part by part."""
    bucket, content = ready["raw_bucket"], os.urandom(20 * 1024 * 1024 + 1)
    with tempfile.TemporaryDirectory() as folder:
        sent, received = Path(folder, "sent.bin"), Path(folder, "received.bin")
        sent.write_bytes(content)
        aws(ready, "s3", "cp", "--quiet", str(sent), f"s3://{bucket}/large/sent.bin")
        aws(ready, "s3", "cp", "--quiet", f"s3://{bucket}/large/sent.bin", f"s3://{bucket}/large/copied.bin")
        aws(ready, "s3", "cp", "--quiet", f"s3://{bucket}/large/copied.bin", str(received))
        assert received.read_bytes() == content, "the file is not what was sent"
    boto = client(ready, "s3")
    head = boto.head_object(Bucket=bucket, Key="large/sent.bin")
    assert head["ContentLength"] == len(content) and head["ETag"].endswith('-3"'), head
    assert "Uploads" not in boto.list_multipart_uploads(Bucket=bucket)
    boto.delete_objects(Bucket=bucket, Delete={"Objects": [{"Key": f"large/{name}.bin"} for name in ("sent", "copied")]})


def compaction(ready):
    """The two records of `webhook`, as the command line asks for them."""
    today = time.strftime("%Y-%m-%d", time.gmtime())
    with tempfile.TemporaryDirectory() as folder:
        answer = Path(folder, "answer.json")
        command = ["invoke", "--function-name", "transaction-log-compactor"]
        for outcome in ("written", "unchanged"):
            request = json.dumps({"provider": "stripe", "date": today})
            invoked = aws(ready, "lambda", *command, "--payload", request, str(answer))
            assert "FunctionError" not in invoked, answer.read_text()
            (day,) = json.loads(answer.read_text())["days"]
            assert (day["outcome"], day["records"]) == (outcome, 2), day
    key = f"stripe/{today.replace('-', '/')}/transactions.json"
    lines = client(ready, "s3").get_object(Bucket=ready["processed_bucket"], Key=key)["Body"].read().splitlines()
    assert [json.loads(line)["event_id"] for line in lines] == ["evt_client00000001", "evt_client00000002"], lines


def functions(ready):
    names = {function["FunctionName"] for function in client(ready, "lambda").list_functions()["Functions"]}
    expected = {
        "stripe-webhook-validator",
        "webhook-processor",
        "transaction-query",
        "transaction-log-compactor",
        "usage-key-authorizer",
    }
    assert expected <= names, names


def hints_of(file):
    """What `up` printed for people, once all of it is there."""
    file.seek(0)
    text = file.read()
    return text if "Ctrl-C" in text else None


def traces(ready):
    """One webhook that asks to be traced, found by its annotation and read back as one trace."""
    root = f"1-{int(time.time()):08x}-{os.urandom(12).hex()}"
    body, headers = stripe_event(3, SECRET + "_next")
    headers["X-Amzn-Trace-Id"] = f"Root={root};Sampled=1"
    status, answer = post(ready["api_base_url"] + "/api/v1/webhooks/stripe", body, headers)
    assert status == 200, (status, answer)
    now = int(time.time())

    def whole():
        found = aws(
            ready,
            "xray",
            *("get-trace-summaries", "--start-time", str(now - 60), "--end-time", str(now + 60)),
            *("--filter-expression", 'annotation.transaction_id = "pi_client00000003" AND ok'),
        )["TraceSummaries"]
        services = [service["Name"] for trace in found for service in trace["ServiceIds"]]
        return found if services.count("webhook-processor") == 2 and not found[0]["IsPartial"] else None

    (summary,) = wait_for("the whole trace", whole)
    assert summary["Id"] == root and not summary["HasFault"], summary
    values = [value["AnnotationValue"]["StringValue"] for value in summary["Annotations"]["status"]]
    assert sorted(values) == ["accepted", "processed"], values
    boto = client(ready, "xray")
    (trace,) = boto.batch_get_traces(TraceIds=[root])["Traces"]
    documents = "".join(segment["Document"] for segment in trace["Segments"])
    for part in ("AWS::ApiGateway::Stage", "verify and store", "normalize and record", '"PutItem"', '"PutObject"'):
        assert part in documents, part
    assert "cus_client" not in documents and SECRET not in documents
    document = {"trace_id": root, "id": "00000000000000aa", "name": "mine", "start_time": now, "end_time": now + 1}
    put = boto.put_trace_segments(TraceSegmentDocuments=[json.dumps(document), "{}"])
    assert len(put["UnprocessedTraceSegments"]) == 1, put
    try:
        boto.get_trace_summaries(StartTime=now - 60, EndTime=now, FilterExpression="duration > 5")
        raise AssertionError("a filter that is not understood must be refused")
    except boto.exceptions.InvalidRequestException:
        pass


def main():
    with tempfile.TemporaryDirectory() as folder:
        ready_file, secrets_file = Path(folder, "ready.json"), Path(folder, "secrets.json")
        secrets_file.write_text(json.dumps({"stripe": {"secret": SECRET}}))
        command = ["cargo", "run", "--quiet", "-p", "localstack", "--", "up"]
        command += ["--ready-file", str(ready_file), "--secrets", str(secrets_file), "--log-dir", str(Path(folder, "logs"))]
        hints_file = open(Path(folder, "hints.txt"), "w+")
        cloud = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=hints_file)
        try:

            def started():
                hints = Path(hints_file.name).read_text()
                assert cloud.poll() is None, f"localstack up ended with {cloud.returncode}: {hints}"
                return ready_file.exists()

            wait_for("the ready file", started, seconds=600)
            ready = json.loads(ready_file.read_text())
            for check in (secrets, webhook, queries, large_files, compaction, queue, functions, traces):
                check(ready)
                print(f"ok: {check.__name__}")
            pasted(ready, wait_for("hints", lambda: hints_of(hints_file)))
            print("ok: pasted")
        finally:
            cloud.send_signal(signal.SIGTERM)
            code = cloud.wait(timeout=30)
    assert code == 0, f"localstack up ended with {code}"
    print("ok: stopped on SIGTERM")


if __name__ == "__main__":
    sys.exit(main())
