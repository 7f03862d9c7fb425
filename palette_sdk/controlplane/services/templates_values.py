"""What a cluster shall run by its template: values, what it lacks, whether it is behind. Pure but for the refusals.

A template's body has `spec` (cloudType, profiles with variables, policies) and `copies`: the content of the profiles it
links, which can't change while it links them. The record of a cluster has `running` (uid, digest and values by profile name),
`assigned` (`{value, by}` by profile name and variable), state, message, lastApplied, logs, isBehind, unresolved
(variables without a good value, by profile name), zone and goesNow.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from palette_sdk.controlplane.assumptions_clusters import VARIABLE_IMMUTABLE, VARIABLES_INVALID
from palette_sdk.controlplane.services.clusters_content import Copy, variable_values
from palette_sdk.controlplane.services.clusters_variables import complaint_about
from palette_sdk.controlplane.services.variables import MASK
from palette_sdk.wire.clusters import VariableValue

Doc = dict[str, Any]

ALL, EACH = "all", "cluster"
BY_CLUSTER, BY_TEMPLATE = "spectrocluster", "clustertemplate"


def base_of(template: Doc, profile_uid: str) -> Copy | None:
    """The content of a profile that the template links, or None."""
    return next((copy for copy in template["copies"] if copy["uid"] == profile_uid), None)


def common(template: Doc, profile_uid: str) -> dict[str, str]:
    """Values that the template gives to all clusters; "" is the default of the variable."""
    return {
        each["name"]: each.get("value", "")
        for profile in template["spec"]["profiles"]
        if profile["uid"] == profile_uid
        for each in profile["variables"]
        if each["assignStrategy"] == ALL
    }


def wanted(template: Doc, base: Copy, record: Doc) -> dict[str, str]:
    """The values that a cluster shall have: carried over by name, then those assigned to it, then those for all."""
    known = {each["name"] for each in base["variables"]}
    ran = record["running"].get(base["name"], {"values": {}})["values"]
    values = {name: value for name, value in ran.items() if name in known}
    assigned = record["assigned"].get(base["name"], {})
    values |= {name: each["value"] for name, each in assigned.items() if name in known}
    for name, value in common(template, base["uid"]).items():
        values.pop(name, None)
        if value:
            values[name] = value
    return values


def target(template: Doc, base: Copy, record: Doc) -> Copy:
    """The copy that a cluster shall have of a profile."""
    return {**base, "values": wanted(template, base, record), "overrides": {}}


def lacking(copy: Copy) -> list[str]:
    """Variables without a value that is good for this version."""
    counting = variable_values(copy)
    return [each["name"] for each in copy["variables"] if complaint_about(each, counting.get(each["name"], ""))]


def judge(template: Doc, record: Doc) -> None:
    """Note in the record what the cluster lacks, and whether it runs something else than it shall."""
    targets = [target(template, base, record) for base in template["copies"]]
    record["unresolved"] = {copy["name"]: names for copy in targets if (names := lacking(copy))}
    record["isBehind"] = ran(targets) != record["running"]


def ran(copies: Iterable[Copy]) -> dict[str, Doc]:
    """What a record keeps of what a cluster runs."""
    return {copy["name"]: {key: copy[key] for key in ("uid", "digest", "values")} for copy in copies}


def assign(template: Doc, base: Copy, record: Doc, given: Iterable[VariableValue], by: str) -> None:
    """Put values of one cluster into its record.

    Raises:
        Refusal: 400 with all that is wrong; 409 for another value of an immutable variable.
    """
    known = {each["name"]: each for each in base["variables"]}
    for_all = common(template, base["uid"])
    errors: list[dict[str, str]] = []
    slot = record["assigned"].setdefault(base["name"], {})
    for each in given:
        variable = known.get(each.name)
        if variable is None:
            problem = "is not a variable of the profile"
        elif each.name in for_all:
            problem = "has one value for all clusters, by its template"
        elif variable.get("isSensitive") and each.value == MASK:
            continue
        else:
            problem = complaint_about(variable, each.value)
            check_fixed(base, record, each.name, each.value)
        if problem:
            errors.append({"variable": each.name, "message": problem})
        slot[each.name] = {"value": each.value, "by": by}
    if errors:
        told = "; ".join(f"{each['variable']} {each['message']}" for each in errors)
        raise VARIABLES_INVALID.refusal(
            f"variables of profile {base['name']!r} {base['version']}: {told}", profileUid=base["uid"], errors=errors
        )


def check_fixed(base: Copy, record: Doc, name: str, value: str) -> None:
    """Refuse another value for an immutable variable that the cluster has a value of.

    Raises:
        Refusal: 409.
    """
    running = record["running"].get(base["name"])
    variable: Mapping[str, Any] = next(each for each in base["variables"] if each["name"] == name)
    if running is None or not variable.get("immutable"):
        return
    default = variable.get("defaultValue", "") if running["uid"] == base["uid"] else ""
    had = running["values"].get(name, default)
    if had and had != value:
        raise VARIABLE_IMMUTABLE.refusal(
            f"variable {name!r} of profile {base['name']!r} is immutable, and cluster {record['name']!r} has a value",
            variable=name,
        )
