"""Notifications, and events of clusters and hosts."""

from __future__ import annotations

from typing import Any

from palette_sdk.controlplane import assumptions, filtering, paging
from palette_sdk.controlplane.bodies_clusters import EventGiven
from palette_sdk.controlplane.call import Call, RouteRow, parse
from palette_sdk.controlplane.services import notifications

Body = dict[str, Any]


def everything(call: Call) -> Body:
    """All notifications in sight."""
    if _is_narrowed(call):
        return _page(call, notifications.everything(call, is_done=_done(call))[0])
    page = paging.wanted(call)
    items, total = notifications.everything(call, is_done=_done(call), limit=page.limit, offset=page.offset)
    return {"items": items, "listmeta": page.meta(total)}


def about(call: Call) -> Body:
    """Those about one object."""
    found = notifications.about(call, call.path["objectKind"], call.path["objectUid"], is_done=_done(call))
    return _page(call, found)


def ack(call: Call) -> None:
    """Somebody has seen it."""
    notifications.mark(call, call.path["uid"], "ack")


def done(call: Call) -> None:
    """Somebody says that it is settled."""
    notifications.mark(call, call.path["uid"], "isDone")


def events(call: Call) -> Body:
    """All events in sight."""
    if _is_narrowed(call):
        return _page(call, notifications.all_events(call)[0])
    page = paging.wanted(call)
    items, total = notifications.all_events(call, limit=page.limit, offset=page.offset)
    return {"items": items, "listmeta": page.meta(total)}


def events_about(call: Call) -> Body:
    """Those about one object."""
    return _page(call, notifications.events_about(call, call.path["objectUid"]))


def add_event(call: Call) -> Body:
    """What an agent reports."""
    return {"uid": notifications.add_event(call, call.shaped(EventGiven))}


def add_events(call: Call) -> list[Body]:
    """Several at once."""
    given = call.json
    if not isinstance(given, list):
        raise assumptions.INVALID_BODY.refusal("the body must be an array of events")
    for each in given:
        parse(EventGiven, each)
    return [{"uid": notifications.add_event(call, each)} for each in given]


def remove_events(call: Call) -> None:
    """Forget those about one object."""
    notifications.remove_events(call, call.path["objectUid"])


def _done(call: Call) -> bool | None:
    return call.flag("isDone") if call.query.get("isDone") else None


def _is_narrowed(call: Call) -> bool:
    """Whether the list has to be read whole to know what is on a page."""
    return bool(call.query.get("filters") or call.query.get("orderBy"))


def _page(call: Call, items: list[Body]) -> Body:
    narrowed = filtering.narrow(items, call.query.get("filters", ""))
    return paging.page(call, filtering.order(narrowed, call.query.get("orderBy", "")))


_EVENTS = "/v1/events/components"
ROUTES: tuple[RouteRow, ...] = (
    ("GET", "/v1/notifications/", everything, 200),
    ("GET", "/v1/notifications/{objectKind}/{objectUid}", about, 200),
    ("PATCH", "/v1/notifications/{uid}/ack", ack, 204),
    ("PATCH", "/v1/notifications/{uid}/done", done, 204),
    ("GET", _EVENTS, events, 200),
    ("POST", _EVENTS, add_event, 201),
    ("POST", f"{_EVENTS}/bulk", add_events, 201),
    ("GET", f"{_EVENTS}/{{objectKind}}/{{objectUid}}", events_about, 200),
    ("DELETE", f"{_EVENTS}/{{objectKind}}/{{objectUid}}", remove_events, 204),
)
