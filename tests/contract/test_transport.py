"""What holds for every route: keys, scope, unknown routes, broken bodies, the shape of errors."""

from __future__ import annotations

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
