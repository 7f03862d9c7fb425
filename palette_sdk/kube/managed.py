"""Who manages which fields of an object, read from its `metadata.managedFields`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Manager:
    """One field manager of an object.

    Args:
        name: as it named itself.
        operation: `Apply` or `Update`.
        time: when it last changed something; RFC 3339, UTC.
        subresource: such as `status` or `scale`; empty for the object itself.
        fields: what it owns, as `fieldsV1`.
    """

    name: str
    operation: str
    time: str
    subresource: str
    fields: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def owns(self, path: Sequence[str]) -> bool:
        """Whether it owns the field at this path of names, such as `("spec", "replicas")`."""
        node: Any = self.fields
        for name in path:
            if not isinstance(node, Mapping) or f"f:{name}" not in node:
                return False
            node = node[f"f:{name}"]
        return True


def managers_of(found: Mapping[str, Any]) -> list[Manager]:
    """The field managers of an object, in the order in which the server tells them."""
    entries = (found.get("metadata") or {}).get("managedFields") or []
    return [
        Manager(
            name=str(each.get("manager", "")),
            operation=str(each.get("operation", "")),
            time=str(each.get("time", "")),
            subresource=str(each.get("subresource", "")),
            fields=each.get("fieldsV1") or {},
        )
        for each in entries
    ]
