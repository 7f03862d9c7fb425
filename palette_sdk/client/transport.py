"""Sends one call: timeouts, pace, retries, and errors of ours. The only file that imports the HTTP library.

It knows nothing of profiles or clusters, and the API key leaves it in one header only.
"""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import httpx2

from palette_sdk.errors import (
    ApiError,
    ApiTimeoutError,
    ConfigError,
    InterruptedWaitError,
    ProtocolError,
    UnavailableError,
)

from .answers import Answer, Call, checked, failure
from .pace import Backoff, TokenBucket, retry_after_s
from .settings import Settings

RETRIED = frozenset({429, 502, 503, 504})
_LONGEST_RETRY_AFTER_S = 120.0
_TIMEOUT_RETRIES = 2  # ten times 30 s of silence would be a hang
_CONNECTIONS = 64  # as many hooks as `pulumi up --parallel 64` runs
_STEP_S = 1.0  # how long an answer may be waited for without looking whether to stop
_IDLE_S = 2.0  # shorter than a server keeps an idle connection, so that a write never goes into a closing one


@dataclass(frozen=True)
class Fault:
    """Why no answer came, without anything of the request in it.

    Args:
        kind: the error it becomes.
        message: what happened.
        hint: what to do next.
        was_sent: whether the service may have seen the call.
        lasts: nothing changes by trying again.
        is_silence: a time limit of a call that had been sent.
    """

    kind: type[ApiError]
    message: str
    hint: str = ""
    was_sent: bool = False
    lasts: bool = False
    is_silence: bool = False


class Transport:
    """The connection pool of a process.

    Args:
        settings: address, key, limits.
        http: a transport of the HTTP library in place of the network, for tests.
        now: a monotonic clock in seconds.
        sleep: waits that many seconds; it may raise to stop a call that waits.
        random: a number from 0 to 1, for the jitter.
        before_write: called right before each try of a write; it may raise to stop it.
        stop: asked once a second while an answer is waited for; True gives the call up. Without it nothing does.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        http: httpx2.BaseTransport | None,
        now: Callable[[], float],
        sleep: Callable[[float], None],
        random: Callable[[], float],
        before_write: Callable[[], None] | None = None,
        stop: Callable[[], bool] | None = None,
    ) -> None:
        self._settings, self._http = settings, http
        self._now, self._sleep, self._random = now, sleep, random
        self._before_write = before_write or (lambda: None)
        self._stop = stop
        self._bucket = TokenBucket(settings.rate_per_s, settings.burst, now)
        self._backoff = Backoff()
        self._lock = threading.Lock()
        self._client: httpx2.Client | None = None

    def send(self, call: Call) -> Answer:
        """The answer with the documented code.

        Raises:
            ConfigError: the certificate file can't be read.
            InterruptedWaitError: `stop` said so before the answer came.
            ApiError: whatever else happens, after all retries that fit the call.
        """
        try:
            return self._send(call)
        except ApiError as error:
            error.redact(self._settings.api_key)
            raise

    def close(self) -> None:
        """Closes all connections."""
        with self._lock:
            if self._client is not None:
                self._client.close()
                self._client = None

    def _send(self, call: Call) -> Answer:
        waits = _Waits(self._settings, self._backoff, self._random, self._now())
        while True:
            self._go(call)
            outcome = self._try(call) if self._stop is None else self._try_until(call, self._stop)
            if isinstance(outcome, Answer):
                if outcome.status not in RETRIED:
                    return checked(call, outcome)
                wait = waits.after_answer(call, outcome)
                error: ApiError = failure(call, outcome)
            else:
                wait = waits.after_fault(call, outcome, self._now())
                error = self._error(call, outcome)
            if wait is None:
                raise error
            self._sleep(wait)

    def _go(self, call: Call) -> None:
        wait = self._bucket.book()
        if wait > 0:
            self._sleep(wait)
        if call.is_write:
            self._before_write()

    def _try_until(self, call: Call, stop: Callable[[], bool]) -> Answer | Fault:
        # In a thread of its own, as neither a name's look-up nor a read can be broken off from outside.
        flight = _Flight()
        threading.Thread(target=flight.fly, args=(lambda: self._try(call),), name="call", daemon=True).start()
        while not flight.landed.wait(_STEP_S):
            if stop():
                goes = ", and finds what the call did" if call.is_write else ""
                raise InterruptedWaitError(
                    f"stopped before Palette answered ({call.method} {call.path}). The same command goes on{goes}."
                )
        return flight.outcome()

    def _try(self, call: Call) -> Answer | Fault:
        headers = {"ApiKey": self._settings.api_key, "Accept": "application/json"}
        content = None
        if call.body is not None:
            content = json.dumps(call.body, ensure_ascii=False, separators=(",", ":")).encode()
        if content is not None or call.method != "GET":
            headers["Content-Type"] = "application/json"
        if call.project_uid:
            headers["ProjectUid"] = call.project_uid
        # The library's error holds the request and so the key: it is turned into a fault here and goes no further.
        try:
            response = self._open().request(
                call.method, call.path, params=dict(call.query) or None, content=content, headers=headers
            )
        except httpx2.HTTPError as error:
            return fault_of(error, self._settings)
        except (httpx2.InvalidURL, httpx2.StreamError, httpx2.CookieConflict) as error:
            return Fault(ProtocolError, f"the call can't be made: {type(error).__name__}", lasts=True)
        return Answer(response.status_code, {k.lower(): v for k, v in response.headers.items()}, response.content)

    def _error(self, call: Call, fault: Fault) -> ApiError:
        return fault.kind(
            fault.message,
            method=call.method,
            path=call.path,
            hint=fault.hint,
            outcome_unknown=call.is_write and fault.was_sent,
        )

    def _open(self) -> httpx2.Client:
        with self._lock:
            if self._client is None:
                settings = self._settings
                self._client = httpx2.Client(
                    base_url=settings.url,
                    transport=self._http,
                    verify=_trust(settings),
                    # A proxy of the environment is for the world outside, never for loopback.
                    trust_env=not settings.is_loopback,
                    timeout=httpx2.Timeout(settings.timeout_s, connect=settings.connect_timeout_s),
                    limits=httpx2.Limits(
                        max_connections=_CONNECTIONS, max_keepalive_connections=_CONNECTIONS, keepalive_expiry=_IDLE_S
                    ),
                    follow_redirects=False,
                )
            return self._client


@dataclass
class _Flight:
    """One try in another thread."""

    landed: threading.Event = field(default_factory=threading.Event)
    found: Answer | Fault | None = None
    error: BaseException | None = None

    def fly(self, act: Callable[[], Answer | Fault]) -> None:
        try:
            self.found = act()
        except BaseException as error:  # noqa: BLE001 - raised where the call was made
            self.error = error
        finally:
            self.landed.set()

    def outcome(self) -> Answer | Fault:
        if self.found is None:
            raise self.error or AssertionError("it has not landed")
        return self.found


class _Waits:
    """How long one call waits before it is tried again, and when it no longer is."""

    def __init__(self, settings: Settings, backoff: Backoff, random: Callable[[], float], began: float) -> None:
        self._settings, self._backoff, self._random, self._began = settings, backoff, random, began
        self._retries = self._silences = 0

    def after_answer(self, call: Call, answer: Answer) -> float | None:
        # 429 means that the call was turned away, so repeating it is safe for every call.
        if not (call.repeatable or answer.status == 429):
            return None
        asked = retry_after_s(answer.headers.get("retry-after", ""), answer.headers.get("date", ""))
        if asked is not None and asked > _LONGEST_RETRY_AFTER_S:
            return None
        delay = self._next()
        return None if delay is None else max(delay, asked or 0.0)

    def after_fault(self, call: Call, fault: Fault, now: float) -> float | None:
        if fault.lasts or (fault.was_sent and not call.repeatable):
            return None
        if fault.is_silence:
            self._silences += 1
            if self._silences > _TIMEOUT_RETRIES:
                return None
        delay = self._next()
        if delay is None or (fault.was_sent and not self._settings.is_loopback):
            return delay
        left = self._settings.connect_patience_s - (now - self._began)
        return min(delay, left) if left > 0 else None

    def _next(self) -> float | None:
        if self._retries >= self._settings.retries:
            return None
        self._retries += 1
        return self._backoff.delay_s(self._retries - 1, self._random)


def fault_of(error: httpx2.HTTPError, settings: Settings) -> Fault:
    """What an error of the HTTP library means to a person."""
    url = settings.url
    if isinstance(error, httpx2.ConnectError):
        return _no_connection(error, settings)
    if isinstance(error, httpx2.ConnectTimeout):
        return Fault(ApiTimeoutError, f"no connection to {url} within {settings.connect_timeout_s:g} s", _REACH_HINT)
    if isinstance(error, httpx2.PoolTimeout):
        return Fault(ApiTimeoutError, "all connections were busy for too long", "Run less at once (pulumi --parallel).")
    if isinstance(error, httpx2.TimeoutException):
        text = f"{url} gave no answer within {settings.timeout_s:g} s"
        return Fault(ApiTimeoutError, text, was_sent=True, is_silence=True)
    if isinstance(error, httpx2.ProxyError):
        return Fault(UnavailableError, f"the proxy in front of {url} failed", "Check HTTPS_PROXY and NO_PROXY.")
    if isinstance(error, httpx2.UnsupportedProtocol):
        return Fault(ProtocolError, f"{url} has no scheme that can be used", lasts=True)
    if isinstance(error, httpx2.DecodingError | httpx2.TooManyRedirects | httpx2.LocalProtocolError):
        return Fault(ProtocolError, f"{url} answered in a form that can't be read", was_sent=True, lasts=True)
    # Read, write and close errors, and a peer that hung up: the call may have been carried out.
    hint = _REACH_HINT
    if settings.is_loopback and url.startswith("http:"):
        hint = (
            f"Is it still running (palette local status)? Does it speak TLS? Then write {url.replace('http', 'https')}"
        )
    return Fault(UnavailableError, f"the connection to {url} broke", hint, was_sent=True)


_REACH_HINT = "Check palette:host (or SPECTROCLOUD_HOST) and the network."


def _no_connection(error: httpx2.ConnectError, settings: Settings) -> Fault:
    url = settings.url
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            reason = getattr(cause, "verify_message", "") or "verification failed"
            return Fault(
                UnavailableError,
                f"the certificate of {url} is not trusted: {reason}",
                "Trust it (SSL_CERT_FILE names a file of certificates), or, for a test only: "
                "pulumi config set palette:insecureSkipVerify true",
                lasts=True,
            )
        if isinstance(cause, ssl.SSLError):
            plain = f"; does it speak plain http? Then write {url.replace('https', 'http')}" * settings.is_loopback
            return Fault(UnavailableError, f"{url} does not speak TLS as expected{plain}", _REACH_HINT, lasts=True)
    if settings.is_loopback:
        return Fault(
            UnavailableError,
            f"no control plane at {url}",
            "Start it: palette local start   (or palette:host local, which does so by itself)",
        )
    return Fault(UnavailableError, f"no connection to {url}", _REACH_HINT)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    at: BaseException | None = error
    while at is not None and id(at) not in seen:
        seen.add(id(at))
        yield at
        at = at.__cause__ or at.__context__


def _trust(settings: Settings) -> ssl.SSLContext | bool:
    if settings.insecure_skip_verify or settings.url.startswith("http:"):
        return False
    if settings.ca_file:
        try:
            return ssl.create_default_context(cafile=settings.ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigError(f"the certificate file {settings.ca_file} can't be read.") from None
    return httpx2.create_ssl_context()  # SSL_CERT_FILE counts, on loopback too
