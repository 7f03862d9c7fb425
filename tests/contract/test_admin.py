"""The admin API: clock, faults, counts, snapshots, reset."""

from __future__ import annotations

from typing import Any

import httpx2
import pytest

from tests.contract import profiles_data as data
from tests.contract.conftest import Api

PING = {"method": "GET", "route": "/v1/users/info"}


def count(api: Api) -> int:
    """How many profiles there are."""
    return len(api.ok("GET", "/v1/dashboard/clusterprofiles/metadata")["items"])


def test_info(api: Api) -> None:
    """Info gives url, version, and the project to begin with."""
    got = api.ok("GET", "/local/info")
    assert got["url"].startswith("http://")
    assert got["project"] == {"name": "Default", "uid": api.project}
    assert got["version"]


def test_clock(api: Api) -> None:
    """The clock can be advanced, paused, resumed and given a speed."""
    before = api.ok("GET", "/local/clock")
    assert (before["now"], before["speed"], before["paused"]) == ("2026-01-05T12:00:00.000Z", 1.0, False)
    got = api.ok("PATCH", "/local/clock", {"advanceSeconds": 90, "speed": 60, "paused": True})
    assert (got["now"], got["speed"], got["paused"]) == ("2026-01-05T12:01:30.000Z", 60.0, True)
    assert api.ok("PATCH", "/local/clock", {"paused": False})["paused"] is False
    for change in ({"advanceSeconds": -1}, {"speed": -1}, {"speed": "fast"}, {"other": 1}):
        api.refused("PATCH", "/local/clock", change, status=400, code="InvalidRequest")


def test_due_work_is_done_before_a_call(api: Api) -> None:
    """What is due is settled before each call, and stays settled when the call is refused."""
    seen: list[float] = []

    def settle(tx: Any, now: float) -> None:
        seen.append(now)
        tx.meta_set("settled", now)

    hooks = api.plane.env.hooks
    api.plane.env.hooks = type(hooks)((settle,), hooks.profile_published)
    api.clock.advance(10)
    api.refused("GET", "/v1/projects/x", status=404, code="ResourceNotFound")
    assert seen == [api.clock.now()]
    with api.store.atomic() as tx:
        assert tx.meta_get("settled") == api.clock.now()


def test_status_fault(api: Api) -> None:
    """A status fault answers in place of the act, as often as told, with its headers."""
    fault = {**PING, "action": "status", "status": 429, "count": 2, "headers": {"Retry-After": "1"}}
    api.ok("POST", "/local/faults", fault, status=201)
    for _ in range(2):
        response = api.get("/v1/users/info")
        assert (response.status_code, response.headers["retry-after"]) == (429, "1")
        assert response.json()["code"] == "InjectedFault"
    api.ok("GET", "/v1/users/info")
    assert api.ok("GET", "/local/faults")["items"][0]["struck"] == 2


def test_fault_by_route_and_method(api: Api) -> None:
    """A fault strikes the routes and methods that it names, by template or by path, and lets some pass first."""
    api.ok("POST", "/local/faults", {"route": "/v1/projects/*", "action": "status", "status": 500}, status=201)
    assert api.get(f"/v1/projects/{api.project}").status_code == 500
    assert api.get("/v1/users/info").status_code == 200
    api.ok("DELETE", "/local/faults", status=204)
    api.ok("POST", "/local/faults", {"route": "*/{uid}", "method": "PUT", "action": "status"}, status=201)
    assert api.get(f"/v1/projects/{api.project}").status_code == 200
    assert api.put(f"/v1/projects/{api.project}", {}).status_code == 503
    api.ok("DELETE", "/local/faults", status=204)
    api.ok("POST", "/local/faults", {**PING, "action": "status", "skip": 1, "body": {"code": "X"}}, status=201)
    assert api.get("/v1/users/info").status_code == 200
    assert api.get("/v1/users/info").json() == {"code": "X"}


def test_fault_by_chance_is_repeatable(api: Api) -> None:
    """A fault with a probability strikes the same requests for the same seed."""

    def struck() -> list[int]:
        made = api.ok("POST", "/local/faults", {**PING, "action": "status", "probability": 0.5, "seed": 7}, status=201)
        codes = [api.get("/v1/users/info").status_code for _ in range(20)]
        api.ok("DELETE", f"/local/faults/{made['id']}", status=204)
        return codes

    first = struck()
    assert set(first) == {200, 503}
    assert struck() == first


def test_delay_fault(api: Api) -> None:
    """A delay waits, then acts."""
    api.ok("POST", "/local/faults", {**PING, "action": "delay", "seconds": 7}, status=201)
    api.ok("GET", "/v1/users/info")
    assert api.slept == [7]


@pytest.mark.parametrize(("action", "kept"), [("drop-before", 0), ("drop-after", 1)])
def test_drop_fault(api: Api, action: str, kept: int) -> None:
    """A dropped connection is a transport error; before the act nothing is kept, after the commit all is."""
    fault = {"method": "POST", "route": "/v1/clusterprofiles", "action": action, "count": 1}
    api.ok("POST", "/local/faults", fault, status=201)
    with pytest.raises((httpx2.ReadError, httpx2.RemoteProtocolError)):
        api.post("/v1/clusterprofiles", data.addon())
    assert count(api) == kept


def test_refused_faults(api: Api) -> None:
    """A fault needs an action, a delay needs seconds, and unknown fields are refused; an unknown one is not found."""
    for fault in (
        {},
        {"action": "x"},
        {"action": "delay"},
        {"action": "status", "status": 200},
        {"action": "status", "typo": 1},
    ):
        api.refused("POST", "/local/faults", fault, status=400, code="InvalidRequest")
    api.refused("DELETE", "/local/faults/x", status=404, code="ResourceNotFound")


def test_faults_spare_the_admin_api(api: Api) -> None:
    """A fault on everything doesn't strike the admin API, so it can be taken back."""
    api.ok("POST", "/local/faults", {"action": "status"}, status=201)
    assert api.get("/v1/users/info").status_code == 503
    api.ok("DELETE", "/local/faults", status=204)
    api.ok("GET", "/v1/users/info")


def test_requests_are_counted(api: Api) -> None:
    """Calls are counted by method and route since the last reset of the counter; the admin API is not counted."""
    api.ok("DELETE", "/local/requests", status=204)
    api.ok("GET", "/v1/users/info")
    api.get("/v1/clusterprofiles/a")
    api.get("/v1/clusterprofiles/b")
    api.get("/v1/nothing")
    assert api.ok("GET", "/local/requests") == {
        "total": 4,
        "items": [
            {"method": "GET", "route": "(no such route)", "count": 1},
            {"method": "GET", "route": "/v1/clusterprofiles/{uid}", "count": 2},
            {"method": "GET", "route": "/v1/users/info", "count": 1},
        ],
    }


def test_snapshots(api: Api) -> None:
    """A snapshot brings all objects back; the clock goes on."""
    data.created(api, data.addon())
    api.ok("POST", "/local/snapshots", {"name": "one"}, status=201)
    assert api.ok("GET", "/local/snapshots") == {"items": [{"name": "one"}]}
    data.created(api, data.addon("more"))
    api.clock.advance(5)
    now = api.clock.now()
    api.ok("POST", "/local/snapshots/one/restore", status=204)
    assert count(api) == 1
    assert api.clock.now() == now
    api.refused("POST", "/local/snapshots/two/restore", status=404, code="ResourceNotFound")
    api.refused("POST", "/local/snapshots", {}, status=400, code="InvalidRequest")


def test_reset(api: Api) -> None:
    """A reset forgets all objects and faults; the key stays and a project `Default` is there."""
    data.created(api, data.addon())
    api.ok("POST", "/local/faults", {"action": "status"}, status=201)
    api.ok("POST", "/local/reset", status=204)
    api.project = api.ok("GET", "/local/info")["project"]["uid"]
    assert count(api) == 0
    assert len(api.ok("GET", "/v1/registries/metadata")["items"]) == 3
