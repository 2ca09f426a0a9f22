"""The Rust core: a function that takes a payment provider's webhooks and records them in DynamoDB."""

from typing import final

__all__ = ["Function", "InvocationError", "SettingsError"]

class SettingsError(Exception):
    """The function cannot start as it is configured. The message says all that is wrong, and what to set."""

class InvocationError(Exception):
    """The invocation is to fail: the event is no proxy event, or the function has a defect. The message is safe to log."""

@final
class Function:
    """One provider's function, ready for events. A process has one, for as long as it lives; any thread may call it."""

    def __new__(cls, environment: dict[str, str], *, now_ms: int | None = None) -> Function:
        """Read the settings, connect, fetch the secret.

        `environment` is the process's, as Lambda sets it: `TABLE_NAME`, `WEBHOOK_TYPE` (`Stripe` or `PayPal`), `SECRET_NAME`.
        `now_ms`, Unix milliseconds, replaces the clock for tests. Raises `SettingsError`.
        """

    def handle(self, event: str, request_id: str, trace_header: str | None = None) -> str:
        """Answer a proxy event (payload format 1.0 or 2.0), given as JSON, with the JSON of a proxy response.

        The interpreter is released meanwhile, a few seconds at most. `request_id` is Lambda's of the invocation, `trace_header`
        what it says of the trace. Raises `InvocationError`.
        """
