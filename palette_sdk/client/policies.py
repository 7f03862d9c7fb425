"""Maintenance policies: the windows in which clusters of templates may be upgraded."""

from __future__ import annotations

from typing import Literal

from palette_sdk.errors import ConflictError
from palette_sdk.wire.policies import (
    PoliciesSummary,
    Policy,
    PolicyFilter,
    PolicyRow,
    PolicyRows,
    PolicySearch,
    PolicySummary,
)

from .calls import Calls, path

_ALL = "/v1/spcPolicies/maintenance"
_ONE = "/v1/spcPolicies/maintenance/{}"
_BOARD = "/v1/dashboard/spcPolicies"


class Policies:
    """Maintenance policies in sight of the scope."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def metadata(self, *, fresh: bool = False) -> list[PolicyRow]:
        """Name and uid of every policy."""
        rows = self._calls.shared(
            "metadata", lambda: self._calls.read(PolicyRows, f"{_BOARD}/metadata").items, fresh=fresh
        )
        return [*rows]

    def by_name(
        self, name: str, *, scope: Literal["project", "tenant"] = "project", fresh: bool = False
    ) -> list[PolicyRow]:
        """Policies with exactly this name; project and tenant may each have one, that of `scope` comes first."""
        rows = [row for row in self.metadata(fresh=fresh) if row.name == name]
        return sorted(rows, key=lambda row: bool(row.project_uid) != (scope == "project"))

    def search(self, wanted: PolicyFilter | None = None, *, fresh: bool = False) -> list[PolicySummary]:
        """Policies by a filter, with the templates that use them; without one, all."""
        body = PolicySearch(filter=wanted or PolicyFilter()).body()
        rows = self._calls.shared(
            ("search", repr(body)),
            lambda: self._calls.pages(
                lambda query: self._calls.ask(PoliciesSummary, _BOARD, body, query=query), lambda page: page.items
            ),
            fresh=fresh,
        )
        return [*rows]

    def get(self, uid: str) -> Policy | None:
        """A policy as it is now, or None when it is gone."""
        return self._calls.find(Policy, path(_ONE, uid))

    def is_name_free(self, name: str) -> bool:
        """Whether this name may still be taken in the scope."""
        try:
            self._calls.probe("/v1/spcPolicies/maintenance/validate/name", query={"name": name})
        except ConflictError:
            return False
        return True

    def create(self, body: Policy, *, repeatable: bool = False) -> str:
        """Makes a policy; its uid.

        Raises:
            ConflictError: the name is taken.
            ValidationError: a window can't be.
        """
        return self._calls.create(_ALL, body, repeatable=repeatable)

    def update(self, uid: str, body: Policy) -> None:
        """Replaces the windows of a policy; clusters that wait, wait for the new ones."""
        self._calls.write("PUT", path(_ONE, uid), body)

    def delete(self, uid: str) -> bool:
        """Deletes a policy; False when it was gone.

        Raises:
            ConflictError: a template uses it.
        """
        return self._calls.remove(path("/v1/spcPolicies/{}", uid))
