"""What Lambda calls. All it does is hand events to the Rust core and answers back; see system/webhook-python."""

import json
import os
from typing import Any, Protocol

from webhook_python import Function

# Once for each execution environment, before its first event: settings, connections, the secret.
function = Function(dict(os.environ))


class Context(Protocol):
    """What is used of Lambda's context object."""

    aws_request_id: str


def handler(event: dict[str, Any], context: Context) -> dict[str, Any]:
    """Answers a webhook that came through API Gateway or a function URL."""
    answer: dict[str, Any] = json.loads(function.handle(json.dumps(event), context.aws_request_id, os.environ.get("_X_AMZN_TRACE_ID")))
    return answer
