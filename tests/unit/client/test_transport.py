"""Retries, limits and errors of one call."""

from __future__ import annotations

import inspect
import ssl
import threading
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from palette_sdk.client.answers import Call
from palette_sdk.client.settings import Settings
from palette_sdk.client.transport import Transport, fault_of
from palette_sdk.errors import (
    ApiError,
    ApiTimeoutError,
    AuthenticationError,
    ConflictError,
    InterruptedWaitError,
    NotFoundError,
    ProtocolError,
    RateLimitError,
    UnavailableError,
    ValidationError,
)
from tests.unit.client.fakes import KEY, Clock, Reply, Service, done, ok, refused, sent

GET = Call("GET", "/v1/things", 200)
PUT = Call("PUT", "/v1/things", 204, body={"a": 1}, is_write=True)
POST = Call("POST", "/v1/things", 201, body={"a": 1}, is_write=True, repeatable=False)
CALLS = {"GET": GET, "PUT": PUT, "POST": POST}
GOOD = {"GET": ok({}), "PUT": done(), "POST": ok({"uid": "u"}, 201)}


def transport(
    service: Service,
    clock: Clock,
    host: str = "http://127.0.0.1:9",
    hook: Callable[[], None] | None = None,
    **changes: Any,
) -> Transport:
    """A transport over a service and a clock."""
    settings = Settings.to(host, KEY, **changes)
    http = httpx2.MockTransport(service.handle)
    return Transport(settings, http=http, now=clock.now, sleep=clock.sleep, random=lambda: 1.0, before_write=hook)


def service(call: Call, *replies: Reply) -> Service:
    """A service that gives these replies to the call."""
    return Service({f"{call.method} {call.path}": list(replies)})


def tried(call: Call, *replies: Reply, **changes: Any) -> tuple[int, ApiError | None]:
    """How often the call was sent, and how it ended."""
    served = service(call, *replies)
    try:
        transport(served, Clock(), **changes).send(call)
    except ApiError as error:
        return len(served.requests), error
    return len(served.requests), None


@pytest.mark.parametrize("status", [429, 502, 503, 504])
@pytest.mark.parametrize("verb", ["GET", "PUT"])
def test_passing_failures_are_retried(verb: str, status: int) -> None:
    """What can be repeated is repeated after 429, 502, 503 and 504."""
    assert tried(CALLS[verb], refused(status), refused(status), GOOD[verb]) == (3, None)


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422, 500, 501])
@pytest.mark.parametrize("verb", ["GET", "PUT", "POST"])
def test_lasting_failures_are_not_retried(verb: str, status: int) -> None:
    """All other codes end the call at once."""
    count, error = tried(CALLS[verb], refused(status), GOOD[verb])
    assert count == 1
    assert error is not None
    assert error.status == status


@pytest.mark.parametrize("status", [502, 503, 504])
def test_a_create_is_not_repeated(status: int) -> None:
    """A POST that may have been carried out is not sent again, and the error says that its outcome is unknown."""
    count, error = tried(POST, refused(status), GOOD["POST"])
    assert count == 1
    assert isinstance(error, UnavailableError)
    assert error.outcome_unknown


def test_a_create_that_was_turned_away_is_repeated() -> None:
    """429 means that nothing was done, so a POST is sent again."""
    assert tried(POST, refused(429), GOOD["POST"]) == (2, None)


def test_a_create_that_says_so_is_repeated() -> None:
    """A POST whose repetition does no harm is sent again."""
    call = Call("POST", "/v1/things", 201, body={}, is_write=True, repeatable=True)
    assert tried(call, httpx2.ReadError("x"), refused(502), GOOD["POST"]) == (3, None)


@pytest.mark.parametrize("fault", [httpx2.ReadError, httpx2.WriteError, httpx2.CloseError, httpx2.RemoteProtocolError])
def test_broken_connections(fault: type[httpx2.HTTPError]) -> None:
    """A connection that breaks is retried for what can be repeated; a POST ends with an unknown outcome."""
    assert tried(GET, fault("x"), GOOD["GET"]) == (2, None)
    count, error = tried(POST, fault("x"), GOOD["POST"])
    assert count == 1
    assert error is not None
    assert error.outcome_unknown


@pytest.mark.parametrize("fault", [httpx2.ConnectError, httpx2.ConnectTimeout, httpx2.PoolTimeout])
def test_what_was_never_sent_is_retried_for_every_verb(fault: type[httpx2.HTTPError]) -> None:
    """Before a call was sent, repeating it is safe, also for a POST."""
    assert tried(POST, fault("x"), GOOD["POST"]) == (2, None)


def test_the_number_of_retries_is_kept() -> None:
    """After the retries of the settings the last failure is raised."""
    count, error = tried(GET, refused(503), retries=4)
    assert count == 5
    assert isinstance(error, UnavailableError)


def test_silence_is_retried_twice_only() -> None:
    """A service that gives no answer is asked three times, whatever the number of retries."""
    count, error = tried(GET, httpx2.ReadTimeout("x"), retries=10)
    assert count == 3
    assert isinstance(error, ApiTimeoutError)


def test_silence_after_a_write_leaves_the_outcome_unknown() -> None:
    """A POST without an answer may have been carried out."""
    count, error = tried(POST, httpx2.ReadTimeout("x"))
    assert count == 1
    assert isinstance(error, ApiTimeoutError)
    assert error.outcome_unknown


def test_times_between_retries_grow() -> None:
    """The times double from half a second."""
    clock = Clock()
    transport(service(GET, *[refused(503)] * 4, ok({})), clock).send(GET)
    assert clock.sleeps == [0.5, 1.0, 2.0, 4.0]


def test_retry_after_is_honoured() -> None:
    """The service's own wish is waited for when it is longer than ours."""
    clock = Clock()
    transport(service(GET, refused(429, retry_after="7"), refused(503, retry_after="0"), ok({})), clock).send(GET)
    assert clock.sleeps == [7.0, 1.0]


def test_a_long_retry_after_ends_the_call() -> None:
    """Nobody waits an hour silently: the failure is told at once."""
    count, error = tried(GET, refused(429, retry_after="3600"))
    assert count == 1
    assert isinstance(error, RateLimitError)


def test_nothing_on_loopback_is_told_within_seconds() -> None:
    """Where nothing listens on loopback, that is told after 3 s, with the command to start it."""
    clock, began = Clock(), Clock().at
    with pytest.raises(UnavailableError, match=r"no control plane at http://127\.0\.0\.1:9") as caught:
        transport(service(POST, httpx2.ConnectError("refused")), clock).send(POST)
    assert "palette local start" in caught.value.hint
    assert clock.at - began == pytest.approx(3.0)
    assert not caught.value.outcome_unknown


def test_nothing_at_a_remote_host_is_told_within_half_a_minute() -> None:
    """A remote host that can't be reached is told after 20 s, without a word of the local one."""
    clock, began = Clock(), Clock().at
    with pytest.raises(UnavailableError) as caught:
        transport(service(GET, httpx2.ConnectError("refused")), clock, "a.example.com").send(GET)
    assert "local start" not in str(caught.value)
    assert "palette:host" in caught.value.hint
    assert clock.at - began == pytest.approx(20.0)


def test_an_untrusted_certificate_is_told_at_once() -> None:
    """A certificate that is not trusted is not retried, and the error names both ways out."""

    def handshake(_request: httpx2.Request) -> httpx2.Response:
        try:
            raise ssl.SSLCertVerificationError(1, "self-signed certificate")
        except ssl.SSLError as cause:
            raise httpx2.ConnectError("handshake failed") from cause

    count, error = tried(GET, handshake, host="https://127.0.0.1:9")
    assert count == 1
    assert isinstance(error, UnavailableError)
    assert "not trusted" in error.message
    assert "palette:insecureSkipVerify" in error.hint
    assert "SSL_CERT_FILE" in error.hint


def test_tls_to_a_plain_port_is_told_at_once() -> None:
    """A loopback port that speaks plain http gets the URL to write instead."""

    def handshake(_request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("handshake failed") from ssl.SSLError(1, "WRONG_VERSION_NUMBER")

    count, error = tried(GET, handshake, host="https://127.0.0.1:9")
    assert count == 1
    assert "http://127.0.0.1:9" in str(error)


@pytest.mark.parametrize(
    ("status", "code", "kind"),
    [
        (400, "", ValidationError),
        (401, "", AuthenticationError),
        (403, "", AuthenticationError),
        (404, "ResourceNotFound", NotFoundError),
        (404, "", NotFoundError),
        (400, "ResourceNotFound", NotFoundError),
        (409, "ClusterProfileAlreadyExists", ConflictError),
        (422, "PackVariablesUndefined", ValidationError),
        (423, "", ConflictError),
        (429, "", RateLimitError),
        (500, "", UnavailableError),
        (503, "", UnavailableError),
    ],
)
def test_codes_become_errors(status: int, code: str, kind: type[ApiError]) -> None:
    """Each code has its error, which carries method, path, status, code and reference."""
    _, error = tried(GET, refused(status, code, "in the service's words"), retries=0)
    assert type(error) is kind
    assert (error.method, error.path, error.status, error.code, error.ref) == ("GET", "/v1/things", status, code, "r-1")
    assert error.message == "in the service's words"


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_key_says_what_to_do_after_a_rotation(status: int) -> None:
    """A refused key names `pulumi up` and --run-program."""
    _, error = tried(GET, refused(status))
    assert error is not None
    assert "pulumi up" in error.hint
    assert "--run-program" in error.hint


@pytest.mark.parametrize(
    ("call", "reply"),
    [(GET, done(204)), (GET, ok({}, 201)), (PUT, ok({}, 200)), (POST, ok({"uid": "u"}, 200)), (PUT, done(202))],
)
def test_another_success_code_is_an_error(call: Call, reply: httpx2.Response) -> None:
    """A 2xx other than the documented one is a protocol error."""
    _, error = tried(call, reply)
    assert isinstance(error, ProtocolError)
    assert str(call.expect) in error.message


def test_a_redirect_is_an_error() -> None:
    """The key is never taken along to another address."""
    served = service(GET, httpx2.Response(302, headers={"location": "https://elsewhere.example.com/"}))
    with pytest.raises(ProtocolError, match="302"):
        transport(served, Clock()).send(GET)
    assert len(served.requests) == 1


def test_bodies_that_are_no_json() -> None:
    """Plain text of a failure is told, a page of HTML is not, and long text is cut."""
    _, plain = tried(GET, httpx2.Response(403, text="invalid key"))
    _, page = tried(GET, httpx2.Response(400, text="<html><body>gateway</body></html>"))
    _, flood = tried(GET, httpx2.Response(400, text="x" * 100_000))
    assert plain is not None
    assert plain.message == "invalid key"
    assert "gateway" not in str(page)
    assert len(str(flood)) < 1000


def library_errors() -> list[type[Exception]]:
    """All exceptions of the HTTP library."""
    return [
        value
        for value in vars(httpx2).values()
        if inspect.isclass(value) and issubclass(value, Exception) and not issubclass(value, Warning)
    ]


def made(kind: type[Exception]) -> Exception:
    """An instance of an exception of the HTTP library."""
    request = httpx2.Request("GET", "http://127.0.0.1:9", headers={"ApiKey": KEY})
    if kind is httpx2.HTTPStatusError:
        return httpx2.HTTPStatusError("x", request=request, response=httpx2.Response(500))
    try:
        return kind("x")
    except TypeError:
        return kind()


@pytest.mark.parametrize("kind", [kind for kind in library_errors() if not issubclass(kind, httpx2.HTTPStatusError)])
def test_no_error_of_the_http_library_comes_through(kind: type[Exception]) -> None:
    """Whatever the HTTP library raises becomes an error of ours, with nothing of the library's behind it."""
    _, error = tried(GET, made(kind), retries=0)
    assert isinstance(error, ApiError)
    assert error.__cause__ is None
    assert error.__context__ is None


@pytest.mark.parametrize("kind", [kind for kind in library_errors() if issubclass(kind, httpx2.HTTPError)])
def test_every_fault_says_what_happened(kind: type[Exception]) -> None:
    """Each fault of the HTTP library has a message, and never the key."""
    error = made(kind)
    assert isinstance(error, httpx2.HTTPError)
    fault = fault_of(error, Settings.to("http://127.0.0.1:9", KEY))
    assert fault.message
    assert KEY not in repr(fault)


def test_the_key_is_taken_out_of_what_the_service_says() -> None:
    """A service that echoes the key doesn't bring it into the error."""
    _, error = tried(GET, refused(401, f"code-{KEY}", f"bad key {KEY}"))
    assert error is not None
    assert KEY not in str(error) + repr(error) + error.message + error.code + repr(error.args)


def test_headers_of_a_call() -> None:
    """Key and project travel in headers; a body is JSON, also with GET and DELETE; a write without one still says JSON."""
    calls = [
        Call("GET", "/v1/a", 200, body={"references": []}, project_uid="p1"),
        Call("DELETE", "/v1/a", 204, body={"uids": ["ü"]}, is_write=True),
        Call("PATCH", "/v1/a", 204, query={"notify": "a b"}, is_write=True),
    ]
    served = Service({"GET /v1/a": ok({}), "DELETE /v1/a": done(), "PATCH /v1/a": done()})
    link = transport(served, Clock())
    for call in calls:
        link.send(call)
    get, delete, patch = served.requests
    assert get.headers["ApiKey"] == KEY
    assert get.headers["ProjectUid"] == "p1"
    assert sent(get) == {"references": []}
    assert "ProjectUid" not in delete.headers
    assert sent(delete) == {"uids": ["ü"]}
    assert patch.headers["Content-Type"] == "application/json"
    assert patch.content == b""
    assert patch.url.params["notify"] == "a b"


def test_the_hook_comes_before_every_try_of_a_write() -> None:
    """The hook is asked before each try of a write, and never for a read."""
    asked: list[str] = []
    served = Service({"GET /v1/things": ok({}), "PUT /v1/things": [refused(503), done()]})
    link = transport(served, Clock(), hook=lambda: asked.append("?"))
    link.send(GET)
    assert asked == []
    link.send(PUT)
    assert len(asked) == 2


def test_the_hook_can_keep_a_write_from_being_sent() -> None:
    """What the hook raises reaches the caller, and nothing was sent."""

    class EngineGoneError(Exception):
        pass

    def gone() -> None:
        raise EngineGoneError

    served = service(PUT, done())
    with pytest.raises(EngineGoneError):
        transport(served, Clock(), hook=gone).send(PUT)
    assert served.requests == []


def test_sleep_may_stop_a_call() -> None:
    """What the sleep raises ends the retries."""

    class StoppedError(Exception):
        pass

    class Impatient(Clock):
        def sleep(self, seconds: float) -> None:
            raise StoppedError

    with pytest.raises(StoppedError):
        transport(service(GET, refused(503)), Impatient()).send(GET)


def test_calls_to_a_remote_host_keep_the_rate() -> None:
    """With a burst of 2 and 5 a second, 4 calls take 0.4 s."""
    clock = Clock()
    link = transport(service(GET, ok({})), clock, "a.example.com", burst=2)
    for _ in range(4):
        link.send(GET)
    assert sum(clock.sleeps) == pytest.approx(0.4)


def test_a_closed_transport_opens_again() -> None:
    """Closing drops the connections; the next call opens new ones."""
    link = transport(service(GET, ok({})), Clock())
    link.send(GET)
    link.close()
    assert link.send(GET).status == 200


@pytest.mark.parametrize("call", [GET, POST], ids=["GET", "POST"])
def test_a_call_is_given_up(call: Call) -> None:
    """Where `stop` says so, nobody waits for an answer; what a write did is for the same command to find."""
    arrived, answered = threading.Event(), threading.Event()

    def silent(_: httpx2.Request) -> httpx2.Response:
        arrived.set()
        answered.wait(60)
        return httpx2.Response(200, json={})

    clock = Clock()
    settings = Settings.to("http://127.0.0.1:9", KEY)
    asked = Transport(
        settings,
        http=httpx2.MockTransport(silent),
        now=clock.now,
        sleep=clock.sleep,
        random=lambda: 1.0,
        stop=arrived.is_set,
    )
    try:
        with pytest.raises(
            InterruptedWaitError, match=rf"^stopped before Palette answered \({call.method} /v1/things"
        ) as e:
            asked.send(call)
    finally:
        answered.set()
    assert ("finds what the call did" in str(e.value)) == call.is_write


def test_a_call_that_may_be_given_up_ends_as_any() -> None:
    """Answers and refusals come through as they do without `stop`."""
    clock = Clock()
    served = service(GET, refused(503), httpx2.ReadError("x"), ok({"a": 1}), refused(404))
    settings = Settings.to("http://127.0.0.1:9", KEY)
    http = httpx2.MockTransport(served.handle)
    asked = Transport(settings, http=http, now=clock.now, sleep=clock.sleep, random=lambda: 1.0, stop=lambda: False)
    assert asked.send(GET).status == 200
    with pytest.raises(NotFoundError):
        asked.send(GET)
