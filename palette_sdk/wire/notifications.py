"""Notifications and events."""

from __future__ import annotations

from .base import Wire
from .meta import ListMeta, ObjectMeta, ObjectRef


class NotificationAction(Wire):
    """What a notification asks for."""

    action_type: str = ""
    action_message: str = ""
    ack: bool = False
    is_done: bool = False
    is_info: bool = False
    link: str = ""
    events: dict[str, dict[str, str]] = {}


class Source(Wire):
    """Who reported."""

    component: str = ""
    host: str = ""


class Notification(Wire):
    """A notice about an object, such as an update of a profile that waits."""

    metadata: ObjectMeta = ObjectMeta()
    type: str = ""
    action: NotificationAction = NotificationAction()
    related_object: ObjectRef = ObjectRef()
    source: Source = Source()


class Notifications(Wire):
    """A page of notifications."""

    items: list[Notification] = []
    listmeta: ListMeta = ListMeta()


class Event(Wire):
    """Something that happened to an object."""

    metadata: ObjectMeta = ObjectMeta()
    involved_object: ObjectRef = ObjectRef()
    related_object: ObjectRef = ObjectRef()
    reason: str = ""
    message: str = ""
    severity: str = ""
    source: Source = Source()


class Events(Wire):
    """A page of events."""

    items: list[Event] = []
    listmeta: ListMeta = ListMeta()
