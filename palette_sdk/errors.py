"""All errors that palette_sdk raises, in one tree.

* PaletteError                    anything a person or the network can cause; str() is the text to show
  x ConfigError                   settings missing, malformed or unsafe
  x InputError                    a value of the program that can't be accepted; carries the property's path
  x ApiError                      a call to Palette that failed; carries method, path, status, code, ref
    + AuthenticationError         401/403: the key is missing, wrong or not allowed
    + NotFoundError               404, or code ResourceNotFound
    + ConflictError               409 and what contradicts the state of an object
    + ValidationError             400/422: the body was refused
    + RateLimitError              429 after all retries
    + UnavailableError            no connection, no TLS trust, or 5xx after all retries
    + ApiTimeoutError             no answer in time
    + ProtocolError               an answer that makes no sense for the call
  x WaitError                     waiting for a state ended otherwise; the next run goes on
    + WaitTimeoutError            the deadline passed
    + WaitFailedError             a state was reached that can't become the wanted one
    + InterruptedWaitError        someone asked to stop
  x LocalError                    the local control plane can't be started, found or used
  x KubernetesError               a cluster's Kubernetes API can't be reached, or refused; carries server, status, reason

Nothing here holds an API key, a kubeconfig or credentials.
"""

from __future__ import annotations

_SHORTEST_SECRET = 6  # a shorter one would tear ordinary words apart


class PaletteError(Exception):
    """Base of all errors of palette_sdk.

    The text is meant for people: what was asked, what stood in the way, what to do next.
    """


class ConfigError(PaletteError):
    """Settings are missing, malformed or unsafe."""


class InputError(PaletteError):
    """A value of the program can't be accepted.

    Args:
        message: what is wrong and what to do.
        path: the property at fault, as a person would write it (`layers["hello-universe"].values`).
    """

    def __init__(self, message: str, *, path: str = "") -> None:
        self.path = path
        super().__init__(f"{path}: {message}" if path else message)


class ApiError(PaletteError):
    """A call to Palette failed.

    Args:
        message: the service's own words, or ours.
        method: the HTTP method.
        path: the path without host and query.
        status: HTTP status; 0 when there was no answer.
        code: the service's code, such as `ResourceNotFound`.
        ref: the service's reference for support.
        hint: what to do next.
        outcome_unknown: the call may have been carried out although no answer, or none to trust, came back.
    """

    def __init__(
        self,
        message: str,
        *,
        method: str = "",
        path: str = "",
        status: int = 0,
        code: str = "",
        ref: str = "",
        hint: str = "",
        outcome_unknown: bool = False,
    ) -> None:
        self.message, self.method, self.path = message, method, path
        self.status, self.code, self.ref, self.hint = status, code, ref, hint
        self.outcome_unknown = outcome_unknown
        super().__init__(self._text())

    def redact(self, secret: str) -> None:
        """Takes `secret` out of what the service said, should it have sent it back."""
        if len(secret) >= _SHORTEST_SECRET:
            for name in ("message", "code", "ref"):
                setattr(self, name, getattr(self, name).replace(secret, "[secret]"))
            self.args = (self._text(),)

    def _text(self) -> str:
        answer = f"{self.status or ''} {self.code}".strip()
        facts = [f"{self.method} {self.path}".strip(), answer, f"ref {self.ref}" if self.ref else ""]
        inside = ", ".join(fact for fact in facts if fact)
        text = f"{self.message} ({inside})" if inside else self.message
        return f"{text}\n  {self.hint}" if self.hint else text


class AuthenticationError(ApiError):
    """The API key is missing, wrong, expired or not allowed to do this."""


class NotFoundError(ApiError):
    """The object does not exist, or not in this project."""


class ConflictError(ApiError):
    """The call contradicts the state of an object: a name that is taken, something in use, a cluster being deleted."""


class ValidationError(ApiError):
    """The service refused the body."""


class RateLimitError(ApiError):
    """Too many requests, after all retries."""


class UnavailableError(ApiError):
    """No connection, no TLS trust, or a server error after all retries."""


class ApiTimeoutError(ApiError):
    """No answer within the time limit of the call."""


class ProtocolError(ApiError):
    """An answer that makes no sense for the call: another success code than documented, or a body of another shape."""


class WaitError(PaletteError):
    """Waiting for a state ended otherwise. What was created stays; the next run goes on waiting."""


class WaitTimeoutError(WaitError):
    """The deadline passed before the state was reached."""


class WaitFailedError(WaitError):
    """A state was reached from which the wanted one doesn't follow."""


class InterruptedWaitError(WaitError):
    """The wait was stopped as asked."""


class LocalError(PaletteError):
    """The local control plane can't be started, found or used."""


class KubernetesError(PaletteError):
    """A cluster's own Kubernetes API can't be reached, or refused what was asked.

    Args:
        message: the server's own words, or ours.
        server: its address.
        status: HTTP status; 0 when there was no answer.
        reason: the server's reason, such as `Invalid` or `Conflict`.
    """

    def __init__(self, message: str, *, server: str = "", status: int = 0, reason: str = "") -> None:
        self.message, self.server, self.status, self.reason = message, server, status, reason
        super().__init__(message)
