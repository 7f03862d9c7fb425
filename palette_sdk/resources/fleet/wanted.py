"""What the members of a fleet are to become, as the program says it: digests that gates compare, and all that members need."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pulumi

from palette_sdk.resources.cluster.account import account_uid
from palette_sdk.resources.cluster.args import profiles_props
from palette_sdk.resources.cluster.clouds import cloud_config_props
from palette_sdk.resources.cluster.declared import backup_props, overrides_props
from palette_sdk.resources.cluster.pools import pools_props
from palette_sdk.resources.cluster_template.facts import template_props

APART = ("opts", "approve", "guards", "timeouts", "force_delete_after", "override_policy", "override_rules", "adopt")
"""Arguments that only say how a member changes, not what it becomes."""


def props_of(given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs of a member, as far as they say what it becomes."""
    config = cloud_config_props(given["cloud_config"])
    props = {name: value for name, value in given.items() if name not in APART}
    return props | {
        "cloud_config": config,
        "cloud_account": account_uid(given.get("cloud_account"), config["cloud"]),
        "pools": pools_props(given["pools"], config["cloud"]),
        "profiles": profiles_props(given.get("profiles", ())),
        "template": template_props(given["template"])["uid"] if "template" in given else "",
        "overrides": overrides_props(given.get("overrides", ())),
        "backup": backup_props(given.get("backup")),
    }


def behind(members: Iterable[Mapping[str, Any]]) -> pulumi.Output[str]:
    """Nothing, but known only after all that members are made of: what takes it as an input is deleted before that."""
    whole: pulumi.Output[Any] = pulumi.Output.from_input([props_of(given) for given in members])
    return whole.apply(lambda _: "")
