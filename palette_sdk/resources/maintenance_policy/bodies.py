"""Pure conversions between a policy's checked inputs and the bodies of the API."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.resources.profile.bodies import metadata, user_tags

if TYPE_CHECKING:
    from palette_sdk.wire.policies import Policy

Props = dict[str, Any]


def policy_body(props: Mapping[str, Any], found: Policy | None) -> Policy:
    """All of a policy, with our marker; annotations and labels of others stay, as a write replaces the whole maps."""
    from palette_sdk.wire.policies import Policy

    annotations = found.metadata.annotations if found else {}
    labels = found.metadata.labels if found else {}
    schedules = [
        {"name": name, "startCron": item["cron"], "durationHrs": item["duration_h"]}
        for name, item in sorted(props["schedules"].items())
    ]
    return Policy.of(
        {
            "metadata": metadata(props, annotations=annotations, labels=labels),
            "spec": {"schedules": schedules},
        }
    )


def observed_schedules(found: Policy) -> Props:
    """The schedules as they are, by name."""
    return {item.name: {"cron": item.start_cron, "duration_h": item.duration_hrs} for item in found.spec.schedules}


def observed(found: Policy) -> Props:
    """Checked inputs of a policy as they are now."""
    return {
        "name": found.metadata.name,
        "description": found.metadata.annotations.get("description", ""),
        "tags": user_tags(found.metadata.labels),
        "schedules": observed_schedules(found),
    }
