"""Finding the route of a path."""

from __future__ import annotations

import pytest

from palette_sdk.controlplane.call import Call, RouteRow
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.routing import Routes


def handler(_: Call) -> None:
    """Does nothing."""


def routes(*rows: tuple[str, str]) -> Routes:
    """Routes with these methods and paths."""
    table: list[RouteRow] = [(method, path, handler, 200) for method, path in rows]
    return Routes([table])


@pytest.mark.parametrize("reverse", [False, True])
def test_a_literal_wins(reverse: bool) -> None:
    """A literal segment wins over a parameter, in whatever order the routes came."""
    rows = [("GET", "/v1/a/{uid}"), ("GET", "/v1/a/bulk"), ("GET", "/v1/a/{uid}/packs"), ("GET", "/v1/a/validate/name")]
    table = routes(*(reversed(rows) if reverse else rows))
    assert table.match("GET", "/v1/a/bulk").route == "/v1/a/bulk"
    assert table.match("GET", "/v1/a/x").params == {"uid": "x"}
    assert table.match("GET", "/v1/a/validate/name").route == "/v1/a/validate/name"
    # `validate` is a literal that leads nowhere here, so it is a uid.
    assert table.match("GET", "/v1/a/validate/packs").params == {"uid": "validate"}


def test_parameters_are_decoded() -> None:
    """Parameters are decoded after splitting, so an encoded slash stays inside one."""
    table = routes(("GET", "/v1/{a}/x/{b}"))
    assert table.match("GET", "/v1/1%2F2/x/%C3%BC").params == {"a": "1/2", "b": "ü"}


def test_names_of_parameters_are_per_route() -> None:
    """Two routes may name the parameter at one place differently."""
    table = routes(("GET", "/v1/{uid}"), ("PUT", "/v1/{name}"))
    assert table.match("GET", "/v1/x").params == {"uid": "x"}
    assert table.match("PUT", "/v1/x").params == {"name": "x"}


def test_trailing_slash() -> None:
    """One trailing slash makes no difference, on either side."""
    table = routes(("GET", "/v1/notifications/"), ("GET", "/v1/packs"))
    for path in ("/v1/notifications", "/v1/notifications/", "/v1/packs/", "/v1/packs"):
        assert table.match("GET", path)


@pytest.mark.parametrize("path", ["/", "/v1", "/v1/a", "/v1/a/b/c", "/v1//b", "/v2/a/b", "/v1/a//"])
def test_no_such_path(path: str) -> None:
    """Paths that are longer, shorter, or have an empty parameter are 404."""
    with pytest.raises(Refusal) as refused:
        routes(("GET", "/v1/{a}/b")).match("GET", path)
    assert (refused.value.status, refused.value.code) == (404, "RouteNotFound")


def test_wrong_method() -> None:
    """Another method is 405 and names those there are."""
    with pytest.raises(Refusal) as refused:
        routes(("PUT", "/v1/a"), ("GET", "/v1/a")).match("POST", "/v1/a")
    assert refused.value.details == {"allowed": ["GET", "PUT"]}


def test_the_same_route_twice() -> None:
    """Two rows for one method and path are a mistake, also with other names of parameters."""
    with pytest.raises(ValueError, match="two routes for GET"):
        routes(("GET", "/v1/{a}"), ("GET", "/v1/{b}"))
