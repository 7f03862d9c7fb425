"""What holds for every route: keys, scope, unknown routes, broken bodies, the shape of errors."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from tests.contract.conftest import Api


def test_health_needs_no_key(api: Api) -> None:
    """The two health calls answer 200 to anyone."""
    for path in ("/v1/health/ping", "/v1/health/ready"):
        assert api.get(path, headers={"ApiKey": ""}).json() == {"msg": "OK"}


@pytest.mark.parametrize("key", ["", "wrong", "test-key-11"])
def test_bad_key(api: Api, key: str) -> None:
    """A missing or wrong key is 401, on existing and on unknown paths, under /v1 and under /local."""
    for path in ("/v1/users/info", "/v1/nothing", "/local/info"):
        api.refused("GET", path, status=401, code="InvalidApiKey", headers={"ApiKey": key})


def test_key_is_not_in_the_answer(api: Api) -> None:
    """A wrong key is not repeated in the error."""
    assert "sesame" not in api.get("/v1/users/info", headers={"ApiKey": "open-sesame"}).text


def test_answers_bear_the_servers_date(api: Api) -> None:
    """The Date header is the server's clock, on answers with and without a body and on refusals; it moves with it."""
    for seconds in (0, 86400):
        api.clock.advance(seconds)
        wanted = formatdate(api.clock.now(), usegmt=True)
        for path in ("/v1/users/info", "/v1/clusterprofiles/validate/name?name=x&version=1.0.0", "/v1/nothing"):
            assert api.get(path).headers.get_list("date") == [wanted]


def test_unknown_route(api: Api) -> None:
    """A path that does not exist is 404 with a code that no missing object has."""
    api.refused("GET", "/v1/nothing", status=404, code="RouteNotFound")


def test_wrong_method(api: Api) -> None:
    """Another method on a path that exists is 405 and names the ones there are."""
    response = api.call("PUT", "/v1/health/ping")
    assert (response.status_code, response.json()["code"]) == (405, "MethodNotAllowed")
    assert response.headers["allow"] == "GET"


def test_login_with_password(api: Api) -> None:
    """There are no passwords: a login is refused."""
    body = {"emailId": "a@b.c", "password": "p"}
    api.refused("POST", "/v1/auth/authenticate", body, status=401, code="UserAuthenticationFailed")


def test_unknown_project_is_refused_on_unknown_objects_too(api: Api) -> None:
    """A wrong project is told before anything else about the object."""
    path = f"/v1/clusterprofiles/{'f' * 24}"
    api.refused("GET", path, status=403, code="InvalidProjectUid", headers={"ProjectUid": "nobody"})


@pytest.mark.parametrize("content", [b"{", b"[]", b'"x"', b"\xff\xfe"])
def test_broken_body(api: Api, content: bytes) -> None:
    """A body that is no JSON object is 400."""
    response = api.call("POST", "/v1/clusterprofiles", content=content)
    assert (response.status_code, response.json()["code"]) == (400, "InvalidRequest")


@pytest.mark.parametrize("content", [b"", b"null"])
def test_empty_body_with_content_type(api: Api, content: bytes) -> None:
    """A call that needs no field takes an empty body, whatever its content type says."""
    headers = {"Content-Type": "application/json"}
    made = {"metadata": {"name": "a"}, "spec": {"template": {"type": "add-on", "packs": []}}}
    uid = api.ok("POST", "/v1/clusterprofiles", made, status=201)["uid"]
    response = api.call("PATCH", f"/v1/clusterprofiles/{uid}/publish", content=content, headers=headers)
    assert (response.status_code, response.content) == (204, b"")


def test_unknown_fields_are_accepted(api: Api) -> None:
    """Fields and parameters that are not known are ignored."""
    template = {"type": "add-on", "packs": [], "later": {"x": 1}}
    body = {"metadata": {"name": "a", "later": 1}, "spec": {"template": template, "later": []}, "later": True}
    api.ok("POST", "/v1/clusterprofiles?later=1", body, status=201)


def test_errors_have_the_four_fields(api: Api) -> None:
    """An error has code, message, ref and details, and each ref is its own."""
    first = api.refused("GET", "/v1/clusterprofiles/x", status=404, code="ResourceNotFound")
    second = api.refused("GET", "/v1/clusterprofiles/x", status=404, code="ResourceNotFound")
    assert first["details"] == {"uid": "x"}
    assert first["ref"] != second["ref"]


def test_a_fault_of_the_server_is_500(api: Api, caplog: pytest.LogCaptureFixture) -> None:
    """An unexpected error is 500 with a ref that the log has too; nothing of the act is kept."""

    def settle(tx: object, now: float) -> None:
        raise RuntimeError("boom")

    hooks = api.plane.env.hooks
    api.plane.env.hooks = type(hooks)((settle,), ())
    error = api.refused("GET", "/v1/users/info", status=500, code="InternalServerError")
    assert "boom" not in error["message"]
    assert error["ref"] in caplog.text
    api.plane.env.hooks = hooks
    api.ok("GET", "/v1/users/info")


def test_answers_of_writes_have_no_body(api: Api) -> None:
    """204 comes without a body and without a content type."""
    made = {"metadata": {"name": "a"}, "spec": {"template": {"type": "add-on", "packs": []}}}
    uid = api.ok("POST", "/v1/clusterprofiles", made, status=201)["uid"]
    response = api.delete(f"/v1/clusterprofiles/{uid}")
    assert (response.status_code, response.content) == (204, b"")
    assert "content-type" not in response.headers
