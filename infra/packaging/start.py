"""Starts the packaged bootstrap as Lambda would, against a stand-in of its Runtime API, if need be under qemu-user.

Only what needs no AWS is invoked. Whatever the function still tries to reach is this stand-in, which refuses it.
"""

import json
import os
import platform
import queue
import shutil
import subprocess
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

SECONDS = 60
USAGE_KEY = "usage-key-of-the-start-check"
METHOD = "arn:aws:execute-api:us-east-1:000000000000:api/dev/POST/api/v1/webhooks/stripe"


class Skipped(Exception):
    """Why the start cannot be tried here."""


class Wrong(Exception):
    """The bootstrap does not do what it should."""


def runner(architecture):
    """The command in front of the bootstrap: nothing on its own machine, else qemu-user with a root for the target."""
    if platform.machine() == architecture.machine:
        return []
    names = (f"qemu-{architecture.machine}-static", f"qemu-{architecture.machine}")
    qemu = next(filter(None, map(shutil.which, names)), None)
    if not qemu:
        raise Skipped(f"qemu-{architecture.machine} is not installed (package qemu-user or qemu-user-static)")
    prepared = os.environ.get("PACKAGE_TOOLCHAIN")
    roots = [
        os.environ.get("QEMU_LD_PREFIX"),
        f"{prepared}/{architecture.name}" if prepared else None,
        f"/usr/{architecture.machine}-linux-gnu",
    ]
    for root in filter(None, roots):
        if Path(root + architecture.loader).exists():
            return [qemu, "-L", root]
    raise Skipped(f"no root with {architecture.loader}: set QEMU_LD_PREFIX, or install libc6-{architecture.name}-cross")


class Server(ThreadingHTTPServer):
    def handle_error(self, request, client_address):
        """A function that is ended while it is answered is nothing to report."""


class RuntimeApi:
    """Hands out one event and takes its answer."""

    def __init__(self, event):
        self.answers = queue.Queue()
        events = queue.Queue()
        events.put(event)
        answers = self.answers

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                if not self.path.endswith("/runtime/invocation/next"):
                    return self.reply(404, b"")
                headers = {
                    "lambda-runtime-aws-request-id": "r-1",
                    "lambda-runtime-deadline-ms": str(int((time.time() + SECONDS) * 1000)),
                    "lambda-runtime-invoked-function-arn": "arn:aws:lambda:us-east-1:000000000000:function:f",
                }
                return self.reply(200, json.dumps(events.get()).encode(), headers)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("content-length", 0)))
                if "/runtime/" not in self.path:
                    return self.reply(403, b"")
                answers.put((self.path.rsplit("/", 1)[-1], json.loads(body)))
                return self.reply(202, b"")

            do_HEAD = do_PUT = do_POST

            def reply(self, status, body, headers=()):
                self.send_response(status)
                for name, value in dict(headers).items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()


def environment(handler, address):
    services = ("S3", "DYNAMODB", "SECRETS_MANAGER", "LAMBDA")
    return {
        "_HANDLER": handler,
        "AWS_LAMBDA_RUNTIME_API": address,
        "AWS_LAMBDA_FUNCTION_NAME": handler,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "128",
        "AWS_LAMBDA_FUNCTION_VERSION": "1",
        "AWS_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKIAEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example-secret-key",
        "DYNAMODB_TABLE": "webhook-transactions",
        "USAGE_KEYS": json.dumps({"stripe": USAGE_KEY}),
        **{f"AWS_ENDPOINT_URL_{service}": f"http://{address}" for service in services},
    }


def invoked(command, handler, event):
    """What the function answers to its one event."""
    with RuntimeApi(event) as api, tempfile.TemporaryFile("w+") as log:
        child = subprocess.Popen(command, env=environment(handler, api.address), stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + SECONDS
            while time.monotonic() < deadline:
                try:
                    return api.answers.get(timeout=0.1)
                except queue.Empty:
                    if child.poll() is not None:
                        break
            log.seek(0)
            state = f"ended with {child.returncode}" if child.poll() is not None else "is still there"
            raise Wrong(f"{handler} gave no answer and {state}: {log.read().strip()}")
        finally:
            child.kill()
            child.wait()


def authorizer(command):
    kind, answer = invoked(command, "usage-key-authorizer", {"type": "REQUEST", "methodArn": METHOD})
    if kind != "response" or answer.get("usageIdentifierKey") != USAGE_KEY:
        raise Wrong(f"usage-key-authorizer answered with {kind}: {answer}")


def query(command):
    event = {"httpMethod": "GET", "path": "/api/v1/transactions", "queryStringParameters": {"provider": "nobody"}}
    kind, answer = invoked(command, "transaction-query", event)
    if kind != "response" or answer.get("statusCode") != 400:
        raise Wrong(f"transaction-query answered a wrong question with {kind}: {answer}")


def unknown_handler(command):
    wanted = environment("index.handler", "127.0.0.1:9")
    done = subprocess.run(command, env=wanted, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=SECONDS)
    if done.returncode == 0 or "unknown handler" not in done.stdout:
        raise Wrong(f"an unknown handler ended with {done.returncode} and said: {done.stdout}{done.stderr}")


def check(bootstrap, architecture):
    """Sentences that say what is wrong. Raises Skipped where the bootstrap cannot run."""
    before = runner(architecture)
    with tempfile.TemporaryDirectory() as folder:
        # As Lambda does: a file of its own with the mode of the zip.
        program = Path(folder) / "bootstrap"
        program.write_bytes(bootstrap)
        program.chmod(0o755)
        for start in (authorizer, query, unknown_handler):
            try:
                start([*before, str(program)])
            except Wrong as wrong:
                yield str(wrong)
            except (OSError, subprocess.TimeoutExpired) as error:
                yield f"did not run: {error}"
