"""Clusters that are members of a fleet: the tag by which the fleet finds them, and who waits for their deletion. Pure.

The component makes its members by `Cluster._member(fleet)`, with a short id that is the same for all of them. The id is the
checked input `fleet`, which clusters of their own don't have, and a tag of the object, `palette-fleet: <id>`, which isn't among
`tags`. The check of the fleet's `FleetGone` adds the id to `hook.runtime.fleets`: a member that is deleted in such a run leaves
alone, and waits until it is gone as any cluster does. Where the id isn't there, the fleet is deleted as a whole: its members
don't wait, and `FleetGone`, which is deleted after them, waits for all at once.

The output `revision` counts the creation and the updates of a member. No check knows the next one, so that whatever waits for
members (`FleetReady`) is changed in a preview, and run, exactly where a member is.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.profile.bodies import user_tags

Props = dict[str, Any]

FLEET_TAG = "palette-fleet"
"""Key of the tag that says which fleet a cluster belongs to."""


def check_membership(new: Mapping[str, Any]) -> None:
    """Refuse a tag of the program's under the key of the fleet's."""
    if new.get("fleet") and FLEET_TAG in mapping(new.get("tags")):
        raise InputError(
            f"the tag {FLEET_TAG} is how the fleet finds its clusters: take it out, or name yours otherwise",
            path="tags",
        )


def with_fleet_tag(props: Mapping[str, Any]) -> Props:
    """The same with all tags that the object has: those of the program, and that of the fleet."""
    fleet = props.get("fleet")
    return {**props, "tags": {**mapping(props.get("tags")), FLEET_TAG: fleet}} if fleet else dict(props)


def observed_tags(labels: Mapping[str, str], old: Mapping[str, Any]) -> Props:
    """`tags` and, of a member, `fleet` as the object has them; a lost tag of the fleet shows as a difference of `fleet`."""
    tags = user_tags(labels)
    return {"fleet": tags.pop(FLEET_TAG, ""), "tags": tags} if old.get("fleet") else {"tags": tags}


def leaves_waiting_to_fleet(old: Mapping[str, Any], staying: set[str]) -> bool:
    """Say whether the fleet waits until this cluster is gone.

    Args:
        old: stored outputs of the cluster.
        staying: ids of the fleets that a check of this run has seen.
    """
    return bool(old.get("fleet")) and old["fleet"] not in staying


def counted(new: Mapping[str, Any], old: Mapping[str, Any]) -> Props:
    """The output `revision` of a member after one more change; nothing for a cluster of its own.

    Args:
        new: checked inputs.
        old: stored outputs; empty for a creation.
    """
    return {"revision": int(old.get("revision", 0)) + 1} if new.get("fleet") else {}
