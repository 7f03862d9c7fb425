"""Projects."""

from __future__ import annotations

from .base import Wire
from .meta import EntityRef, ObjectMeta


class ProjectMetadata(Wire):
    """A row of the list of projects."""

    metadata: EntityRef = EntityRef()


class ProjectsMetadata(Wire):
    """The list of projects."""

    items: list[ProjectMetadata] = []


class ProjectCreate(Wire):
    """Body of a new project."""

    metadata: ObjectMeta


class Project(Wire):
    """A project."""

    metadata: ObjectMeta = ObjectMeta()
