"""Scopes, shared lists, pages, and answers that don't fit."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress

import httpx2
import pytest

from palette_sdk.client.session import Palette
from palette_sdk.client.settings import Settings
from palette_sdk.errors import ConflictError, InputError, NotFoundError, ProtocolError, UnavailableError
from palette_sdk.wire.meta import MetaInput
from tests.unit.client.fakes import KEY, PROJECTS, Clock, Service, client, done, ok, refused

METADATA = "GET /v1/dashboard/clusterprofiles/metadata"
SEARCH = "POST /v1/dashboard/spectroclusters/search"
LOOKUP = "GET /v1/dashboard/projects/metadata"


def scopes(service: Service, route: str) -> list[str | None]:
    """Project headers of the calls of a route."""
    return [request.headers.get("ProjectUid") for request in service.asked(route)]


def test_calls_carry_the_project_that_is_looked_up_once() -> None:
    """The project's uid is asked for once, without a project, and every other call carries it."""
    service = Service({METADATA: ok({"items": []}), SEARCH: ok({"items": []})})
    palette = client(service)
    palette.profiles.metadata()
    palette.clusters.all()
    assert scopes(service, LOOKUP) == [None]
    assert scopes(service, METADATA) + scopes(service, SEARCH) == ["p1", "p1"]


def test_views_for_other_scopes() -> None:
    """A view has the scope it was asked for, and shares the look-up of projects."""
    service = Service({METADATA: ok({"items": []})})
    palette = client(service)
    palette.scoped(project="Team A").profiles.metadata()
    palette.scoped(scope="tenant").profiles.metadata()
    palette.scoped(scope="tenant").scoped().profiles.metadata()
    assert scopes(service, METADATA) == ["p2", None, "p1"]
    assert len(service.asked(LOOKUP)) == 1


def test_views_share_lists_of_the_same_scope() -> None:
    """Two views of one project read a list once."""
    service = Service({METADATA: ok({"items": []})})
    palette = client(service)
    palette.scoped(project="Team A").profiles.metadata()
    palette.scoped(project="Team A").profiles.metadata()
    assert len(service.asked(METADATA)) == 1


def test_an_unknown_project_names_those_there_are() -> None:
    """A project that the key can't see is told with the others, the nearest first."""
    names = ["Zeta", "Alpha", "default-team", "Default"]
    service = Service({LOOKUP: ok({"items": [{"metadata": {"name": name, "uid": name}} for name in names]})})
    with pytest.raises(NotFoundError) as caught:
        client(service, project="defualt").profiles.metadata()
    assert "'defualt'" in caught.value.message
    assert caught.value.hint.startswith("Projects: Default, default-team, Alpha, Zeta.")


@pytest.mark.parametrize(
    "act",
    [
        lambda p: p.profiles.get("u"),
        lambda p: p.profiles.content("u"),
        lambda p: p.clusters.get("u"),
        lambda p: p.clusters.kubeconfig("u"),
        lambda p: p.clusters.delete("u"),
    ],
)
def test_an_unknown_project_does_not_make_its_objects_look_gone(act: Callable[[Palette], object]) -> None:
    """When the project can't be found, reading and deleting an object say so, instead of taking it for gone."""
    with pytest.raises(NotFoundError, match="there is no project"):
        act(client(Service(), project="renamed"))


@pytest.mark.parametrize(
    "reply",
    [
        httpx2.Response(404),
        httpx2.Response(404, text="<html>404</html>"),
        httpx2.Response(404, json={}),
        refused(404, "RouteNotFound"),
    ],
)
def test_only_the_service_itself_says_that_an_object_is_gone(reply: httpx2.Response) -> None:
    """A 404 of a web server, or about the route, does not make an object look gone."""
    service = Service({"GET /v1/spectroclusters/u": reply, "DELETE /v1/spectroclusters/u": reply})
    palette = client(service)
    for act in (palette.clusters.get, palette.clusters.delete):
        with pytest.raises(NotFoundError):
            act("u")


def test_a_project_that_was_just_made_is_found() -> None:
    """A name that is not in the shared list is looked for once more."""
    service = Service({LOOKUP: [ok({"items": []}), ok(PROJECTS)], METADATA: ok({"items": []})})
    palette = client(service)
    assert palette.projects.list() == {}
    palette.profiles.metadata()
    assert scopes(service, METADATA) == ["p1"]


def test_lists_are_shared_for_a_while() -> None:
    """A list is read again after its time, or when asked for fresh."""
    clock, service = Clock(), Service({METADATA: ok({"items": []})})
    palette = client(service, clock)
    for _ in range(3):
        palette.profiles.metadata()
    assert len(service.asked(METADATA)) == 1
    palette.profiles.metadata(fresh=True)
    assert len(service.asked(METADATA)) == 2
    clock.at += 31
    palette.profiles.metadata()
    assert len(service.asked(METADATA)) == 3


def test_a_list_that_was_given_away_can_be_changed() -> None:
    """What one caller does to its list is not seen by the next."""
    service = Service({METADATA: ok({"items": [{"metadata": {"name": "a", "uid": "1"}}]})})
    palette = client(service)
    palette.profiles.metadata().clear()
    assert len(palette.profiles.metadata()) == 1


def test_eight_threads_make_one_call() -> None:
    """Hooks that ask for the same list at once make one call for the project and one for the list."""
    gate = threading.Barrier(8)
    service = Service({METADATA: ok({"items": []})})
    palette = client(service)

    def hook() -> None:
        gate.wait(30)
        palette.profiles.metadata()

    hooks = [threading.Thread(target=hook) for _ in range(8)]
    for thread in hooks:
        thread.start()
    for thread in hooks:
        thread.join(30)
    assert len(service.asked(METADATA)) == 1
    assert len(service.asked(LOOKUP)) == 1


@pytest.mark.parametrize("reply", [done(), refused(409), refused(500)])
def test_a_write_drops_its_lists(reply: httpx2.Response) -> None:
    """After a write through the client, also a failed one, lists of the family and of its users are read anew."""
    service = Service(
        {METADATA: ok({"items": []}), SEARCH: ok({"items": []}), "PATCH /v1/clusterprofiles/u/metadata": reply}
    )
    palette = client(service)
    palette.profiles.metadata()
    palette.clusters.all()
    with suppress(ConflictError, UnavailableError):
        palette.profiles.patch_metadata("u", MetaInput(labels={}))
    palette.profiles.metadata()
    palette.clusters.all()
    assert (len(service.asked(METADATA)), len(service.asked(SEARCH))) == (2, 2)


def test_a_write_leaves_packs_alone() -> None:
    """Packs don't change by writing profiles."""
    route = "GET /v1/packs/cni-calico/registries/r1"
    service = Service({route: ok({"name": "cni-calico"}), "DELETE /v1/clusterprofiles/u": done()})
    palette = client(service)
    for _ in range(2):
        assert palette.packs.in_registry("cni-calico", "r1") is not None
        palette.profiles.delete("u")
    assert len(service.asked(route)) == 1
    assert service.asked(route)[0].url.params["cloudType"] == "all"


def test_pages_are_followed_to_the_end() -> None:
    """Pages are asked for with the token of the one before, until there is none; the body is sent with each."""

    def page(uid: str, token: str) -> httpx2.Response:
        return ok({"items": [{"metadata": {"uid": uid}}], "listmeta": {"continue": token, "count": 3}})

    service = Service({SEARCH: [page("a", "t1"), page("b", "t2"), page("c", "")]})
    assert [row.metadata.uid for row in client(service).clusters.all()] == ["a", "b", "c"]
    asked = service.asked(SEARCH)
    assert [request.url.params.get("continue") for request in asked] == [None, "t1", "t2"]
    assert {request.url.params["limit"] for request in asked} == {"50"}
    assert len({request.content for request in asked}) == 1


def test_pages_that_never_end() -> None:
    """A service that names the same page twice is not followed for ever."""
    service = Service({SEARCH: ok({"items": [], "listmeta": {"continue": "again"}})})
    with pytest.raises(ProtocolError, match="does not end"):
        client(service).clusters.all()


@pytest.mark.parametrize("body", [{"items": None, "listmeta": None}, {}])
def test_null_lists_are_empty(body: dict[str, None]) -> None:
    """A null list, or none at all, is an empty one."""
    service = Service({SEARCH: ok(body), METADATA: ok(body)})
    palette = client(service)
    assert palette.clusters.all() == []
    assert palette.profiles.metadata() == []


def test_an_answer_of_another_shape_names_the_field() -> None:
    """A body that does not fit the model is told with the field at fault, and without its content."""
    service = Service({"GET /v1/clusterprofiles/u": ok({"spec": {"published": {"packs": [{"name": ["hush"]}]}}})})
    with pytest.raises(ProtocolError, match=r"spec\.published\.packs\.0\.name") as caught:
        client(service).profiles.get("u")
    assert "hush" not in str(caught.value)
    assert caught.value.__context__ is None


@pytest.mark.parametrize("text", ["", "<html>", "[]", '"text"'])
def test_an_answer_that_is_no_object(text: str) -> None:
    """An answer that is no JSON object is a protocol error."""
    service = Service({"GET /v1/clusterprofiles/u": httpx2.Response(200, text=text)})
    with pytest.raises(ProtocolError):
        client(service).profiles.get("u")


def test_an_empty_uid_asks_nothing() -> None:
    """An empty uid would name the whole list, so it is refused before anything is sent."""
    service = Service()
    with pytest.raises(InputError):
        client(service).clusters.delete("")
    assert service.requests == []


def test_names_are_quoted_in_paths() -> None:
    """A name with odd characters stays one part of the path."""
    service = Service()
    assert client(service).packs.in_registry("a/b c?", "r") is None
    assert service.requests[-1].url.raw_path.startswith(b"/v1/packs/a%2Fb%20c%3F/registries/r?")


def test_the_key_stays_out_of_reprs() -> None:
    """The client shows host and scope only."""
    palette = client(Service())
    assert repr(palette) == "Palette('http://127.0.0.1:9', 'Default')"
    assert repr(palette.scoped(scope="tenant")) == "Palette('http://127.0.0.1:9', tenant)"
    assert KEY not in repr(palette) + repr(vars(palette)) + repr(palette.settings)


def test_a_closed_client_opens_again() -> None:
    """After closing, the next call opens new connections."""
    service = Service({METADATA: ok({"items": []})})
    palette = client(service)
    palette.profiles.metadata()
    palette.close()
    palette.profiles.metadata(fresh=True)
    assert len(service.asked(METADATA)) == 2


def test_a_client_that_never_called_can_be_closed() -> None:
    """Closing before the first call does nothing."""
    Palette(Settings.to("a.example.com", KEY)).close()


def test_the_watch_is_shared_by_views() -> None:
    """All views of a project have one watch, whose list is read once an interval."""
    clock = Clock()
    service = Service({SEARCH: ok({"items": [{"metadata": {"uid": "a"}, "status": {"state": "Running"}}]})})
    palette = client(service, clock)
    other = palette.scoped(project="Default")
    assert palette.clusters.watch is other.clusters.watch
    assert palette.clusters.watch is not palette.scoped(scope="tenant").clusters.watch
    for view in (palette, other, palette):
        assert view.clusters.watch.state("a") is not None
    assert len(service.asked(SEARCH)) == 1
    clock.at += palette.settings.poll_interval_s
    palette.clusters.watch.state("a")
    assert len(service.asked(SEARCH)) == 2


def test_the_services_time() -> None:
    """It is the date of the latest answer, moved on by what passed since; without one, or an odd one, it is unknown."""
    clock, at = Clock(), "GET /v1/spectroclusters/u"
    dates = ("", "soon", "Sat, 21 Nov 2026 07:00:00 -0000", "Sat, 21 Nov 2026 07:00:00 GMT")
    service = Service({at: [httpx2.Response(200, json={}, headers={"Date": date} if date else {}) for date in dates]})
    palette = client(service, clock=clock)
    seen = []
    for _ in dates:
        palette.clusters.get("u")
        seen.append(palette.service_time())
    assert seen == ["", "", "2026-11-21T07:00:00Z", "2026-11-21T07:00:00Z"]
    clock.at += 90.5
    assert palette.service_time() == "2026-11-21T07:01:30Z"
    assert palette.scoped(project="Team A").service_time() == "2026-11-21T07:01:30Z"
