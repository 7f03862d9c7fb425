"""Projects: the names that scope all other calls."""

from __future__ import annotations

from palette_sdk.wire.projects import ProjectsMetadata

from .calls import Calls


class Projects:
    """Projects that the key can see. All calls go without a project scope."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def list(self, *, fresh: bool = False) -> dict[str, str]:
        """Uid of each project by name."""

        def read() -> dict[str, str]:
            rows = self._calls.read(ProjectsMetadata, "/v1/dashboard/projects/metadata").items
            return {row.metadata.name: row.metadata.uid for row in rows}

        return dict(self._calls.shared("list", read, fresh=fresh))

    def by_name(self, name: str, *, fresh: bool = False) -> str | None:
        """Uid of the project with exactly this name, or None."""
        return self.list(fresh=fresh).get(name)
