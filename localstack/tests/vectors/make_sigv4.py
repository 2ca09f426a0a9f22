"""Makes sigv4.json: requests to the query API as signers that share no code with the gateway send them.

Signers: botocore (headers and presigned URLs), requests-aws4auth, and curl --aws-sigv4, whose requests are caught on a
socket. Run it with `pip install boto3==1.44.5 requests-aws4auth==1.4.0` and curl on the PATH; it writes beside itself.
Every vector holds what went over the wire and the second at which it was signed; all of them must be accepted then.
"""

import datetime
import json
import socket
import subprocess
import threading
from pathlib import Path
from unittest import mock
from urllib.parse import urlsplit

import botocore.auth
import requests
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from requests_aws4auth import AWS4Auth

NOW = datetime.datetime(2025, 11, 21, 18, 33, 20, tzinfo=datetime.timezone.utc)
HOST = "127.0.0.1:8080"
BASE = f"http://{HOST}/dev/api/v1/transactions"
REGION, SERVICE = "us-east-1", "execute-api"
CURL_PORT = 18099

# Name, path behind the base, query parameters: ids that need percent-encoding, parameters with reserved characters.
QUESTIONS = [
    ("list", "", {"provider": "stripe", "start": "1763750000", "end": "1763753600"}),
    ("nothing asked", "", {}),
    ("a time with colons and a plus", "", {"provider": "paypal", "start": "2025-11-21T00:00:00+01:00"}),
    ("a token with base64's characters", "", {"provider": "square", "next_token": "a+b/c==_-~.*'()!"}),
    ("a blank, a percent and an ampersand", "", {"customer_id": "cus 1%&2=3"}),
    ("text that is not ASCII", "", {"customer_id": "zażółć"}),
    ("an empty value", "", {"provider": "stripe", "status": ""}),
    ("names in another order than their values", "", {"b": "1", "a": "2", "A": "3", "a-b": "4", "a_b": "5"}),
    ("by id", "/pi_3MtwBwLkdIwHu7ix28a3tqPa", {}),
    ("an id with an escape that was not needed", "/pi%5F1", {}),
    ("an id with a slash", "/a%2Fb", {}),
    ("an id with a blank", "/a%20b", {}),
    ("an id that is not ASCII", "/za%C5%BC%C3%B3%C5%82%C4%87", {}),
    ("an id with a colon as it is", "/PAY:1", {}),
    ("an id with marks as they are", "/a~b-c.d_e", {}),
    ("an id with sub-delimiters as they are", "/a!b$c'd(e)f*g,h;i=j@k", {}),
    ("an id with lower-case escapes", "/a%2fb%3ac", {}),
    ("an id with an escaped percent", "/100%25", {}),
]


def vector(name, signer, prepared, signed_at):
    url = urlsplit(prepared.url)
    headers = [[key, value.decode() if isinstance(value, bytes) else value] for key, value in prepared.headers.items()]
    if not any(key.lower() == "host" for key, _ in headers):
        headers.append(["Host", url.netloc])
    body = prepared.body or b""
    return {
        "name": name,
        "signer": signer,
        "signed_at": int(signed_at.timestamp()),
        "method": prepared.method,
        "target": url.path + (f"?{url.query}" if url.query else ""),
        "headers": headers,
        "body": body.decode() if isinstance(body, bytes) else body,
    }


def by_botocore(signer_class, label, **options):
    credentials = Credentials("test", "test")
    requests_made = [("GET", path, query, b"", {}) for _, path, query in QUESTIONS]
    names = [name for name, _, _ in QUESTIONS]
    requests_made += [
        ("POST", "", {}, b'{"amount":1}', {"Content-Type": "application/json"}),
        ("GET", "", {"provider": "stripe"}, b"", {"X-Amz-Meta-One": "  two   blanks  ", "X-Custom": "a"}),
        ("GET", "", {"provider": "stripe"}, b"", {"X-Amz-Content-SHA256": "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}),
    ]
    names += ["a body", "more headers", "the body's hash as a header"]
    for name, (method, path, query, body, headers) in zip(names, requests_made):
        request = AWSRequest(method=method, url=BASE + path, params=query, data=body, headers=headers)
        with mock.patch("botocore.auth.get_current_datetime", return_value=NOW.replace(tzinfo=None)):
            signer_class(credentials, SERVICE, REGION, **options).add_auth(request)
        yield vector(name, label, request.prepare(), NOW)


def by_aws4auth():
    auth = AWS4Auth("test", "test", REGION, SERVICE, date=NOW)
    # It takes what follows a semicolon in a path for no part of the path, and leaves it unsigned.
    for name, path, query in [question for question in QUESTIONS if ";" not in question[1]]:
        headers = {"x-amz-date": NOW.strftime("%Y%m%dT%H%M%SZ")}
        request = requests.Request("GET", BASE + path, params=query, headers=headers, auth=auth)
        yield vector(name, "requests-aws4auth", request.prepare(), NOW)


def by_curl():
    """curl 7.88 signs the query as it stands, so that it has to be sorted and encoded by whoever types it, and does not
    encode the path a second time, so that an id with an escape has a signature that AWS refuses too."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", CURL_PORT))
    listener.listen()
    questions = [
        ("list", "?limit=10&provider=stripe"),
        ("nothing asked", ""),
        ("a time with colons", "?end=2025-11-22T00%3A00%3A00Z&provider=stripe&start=2025-11-21T00%3A00%3A00Z"),
        ("a token with base64's characters", "?next_token=a%2Bb%2Fc%3D%3D&provider=stripe"),
        ("by id", "/pi_3MtwBwLkdIwHu7ix28a3tqPa"),
    ]
    for name, rest in questions:
        caught = {}

        def catch():
            connection, _ = listener.accept()
            data = b""
            while b"\r\n\r\n" not in data:
                data += connection.recv(65536)
            caught["text"] = data.decode()
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
            connection.close()

        catcher = threading.Thread(target=catch)
        catcher.start()
        url = f"http://127.0.0.1:{CURL_PORT}/dev/api/v1/transactions{rest}"
        flags = ["--silent", "--aws-sigv4", f"aws:amz:{REGION}:{SERVICE}", "--user", "test:test"]
        subprocess.run(["curl", *flags, url], check=True)
        catcher.join()
        first, *lines = caught["text"].split("\r\n\r\n")[0].split("\r\n")
        method, target, _ = first.split(" ")
        headers = [line.split(": ", 1) for line in lines]
        date = next(value for key, value in headers if key.lower() == "x-amz-date")
        signed_at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ").replace(tzinfo=datetime.timezone.utc)
        yield {
            "name": name,
            "signer": "curl",
            "signed_at": int(signed_at.timestamp()),
            "method": method,
            "target": target,
            "headers": headers,
            "body": "",
        }


def main():
    vectors = [
        *by_botocore(botocore.auth.SigV4Auth, "botocore"),
        *by_botocore(botocore.auth.SigV4QueryAuth, "botocore, presigned", expires=300),
        *by_aws4auth(),
        *by_curl(),
    ]
    text = ",\n".join(json.dumps(each, ensure_ascii=False) for each in vectors)
    Path(__file__).with_name("sigv4.json").write_text(f"[\n{text}\n]\n")
    print(len(vectors), "vectors")


if __name__ == "__main__":
    main()
