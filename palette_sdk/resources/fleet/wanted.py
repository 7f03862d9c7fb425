"""What the members of a fleet are to become, as the program says it: digests that gates compare, and all that members need.

A digest of what a member is made of (`plan`) names profiles by name and version: it is known before a new version is made.
The content of those versions has a digest of its own: an edit in place that is held changes nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from palette_sdk.resources.border import NOT_YET, decode, mapping
from palette_sdk.resources.cluster.account import account_uid
from palette_sdk.resources.cluster.args import profiles_props, stack_updates
from palette_sdk.resources.cluster.clouds import cloud_config_props
from palette_sdk.resources.cluster.declared import backup_props, overrides_props
from palette_sdk.resources.cluster.plan import rows_of, variables_digest
from palette_sdk.resources.cluster.pools import pools_props
from palette_sdk.resources.cluster_template.facts import template_props
from palette_sdk.resources.program import once_known, tags_props
from palette_sdk.rules.tokens import fingerprint
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]

APART = (
    *("opts", "approve", "guards", "timeouts", "force_delete_after", "adopt"),
    *("updates", "override_policy", "override_rules"),
)
"""Arguments that only say how a member changes, not what it becomes."""


def props_of(given: Mapping[str, Any]) -> Props:
    """The inputs of a member, as far as they say what it becomes."""
    config = cloud_config_props(given["cloud_config"])
    return {
        **{name: value for name, value in given.items() if name not in APART},
        "cloud_config": config,
        "cloud_account": account_uid(given.get("cloud_account"), config["cloud"]),
        "pools": pools_props(given["pools"], config["cloud"]),
        "profiles": profiles_props(given.get("profiles", ())),
        "template": template_props(given["template"]) if "template" in given else {},
        "overrides": overrides_props(given.get("overrides", ())),
        "backup": backup_props(given.get("backup")),
        "tags": tags_props(given.get("tags", ())),
    }


def behind(members: Iterable[Mapping[str, Any]]) -> pulumi.Output[str]:
    """Nothing, but known only after all that members are made of: what takes it as an input is deleted before that."""
    return once_known([props_of(given) for given in members]).apply(lambda _: "")


def becomes(given: Mapping[str, Any]) -> Props:
    """What a member is to become, as an input of a gate.

    Returns:
        `plan` and `content`, the digests; `held`, whether edits in place are held; `read`, uids of the versions whose content the
        program doesn't have.
    """
    props = props_of(given)
    profiles = props["profiles"]
    parts = {
        key: {name: item.get(name) for name in ("layers", "variables")}
        for key, item in profiles.items()
        if "layers" in item
    }
    plan = {
        **props,
        "pools": {name: _sized(pool) for name, pool in props["pools"].items()},
        "profiles": {key: _named(item) for key, item in profiles.items()},
        "template": _named(props["template"]),
    }
    return {
        "plan": _digest(plan),
        "content": _digest(parts, content=True),
        "held": (given.get("updates") or stack_updates()) == "hold",
        "read": [item["uid"] for item in profiles.values() if "layers" not in item],
    }


def _named(item: Mapping[str, Any]) -> Props:
    """A version or template by its name where it has one: its uid isn't known before it is made."""
    by_name = ("name", "version") if "version" in item else ("name",)
    names = by_name if all(name in item for name in by_name) else ("uid",)
    return {name: item[name] for name in (*names, "values", "overrides") if name in item}


def _sized(pool: Mapping[str, Any]) -> Props:
    """A pool without the size that it is given once, and then scales from."""
    scales = pool.get("min") is not None and pool.get("max") is not None
    return {name: value for name, value in pool.items() if not (scales and name == "count")}


def _rows(layers: Any) -> Any:
    """Rows of layers; that a content became secret is no other content."""
    rows = rows_of(layers)
    if not isinstance(rows, Mapping):
        return rows
    return {
        name: {key: value for key, value in mapping(row).items() if key != "secret"} or row
        for name, row in rows.items()
    }


def _digest(parts: Any, *, content: bool = False) -> pulumi.Output[Any]:
    """A digest as secret as what it is of; a mark for a hook where some of that isn't known yet."""

    def digest(whole: Any) -> Any:
        facts = decode({"parts": whole})["parts"]
        if content and isinstance(facts, Mapping):
            facts = {
                key: [_rows(item.get("layers")), variables_digest(item.get("variables", {}))]
                for key, item in facts.items()
            }
        return fingerprint(facts) if is_known(facts) else {NOT_YET: True}

    given: pulumi.Output[Any] = pulumi.Output.from_input(parts)
    return given.apply(digest, run_with_unknowns=True)
