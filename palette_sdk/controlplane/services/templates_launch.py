"""Clusters that are created from a template: what their body must look like, and the content they start with."""

from __future__ import annotations

import zoneinfo
from typing import Any

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.assumptions_clusters import REFERENCE_UNKNOWN
from palette_sdk.controlplane.assumptions_templates import TEMPLATE_LAUNCH
from palette_sdk.controlplane.call import Work
from palette_sdk.controlplane.services import clusters_variables as variables
from palette_sdk.controlplane.services import templates_values as values
from palette_sdk.controlplane.services.clusters_content import Copy
from palette_sdk.wire.clusters import ClusterCreate

Doc = dict[str, Any]


def template_of(work: Work, cloud: str, given: ClusterCreate) -> Doc | None:
    """The template that a new cluster names, or None.

    Raises:
        Refusal: 400 for one that isn't there, and for a body that doesn't go with a template.
    """
    if given.spec.cluster_template is None:
        return None
    uid = given.spec.cluster_template.uid
    row = work.tx.row(kinds.TEMPLATE, uid)
    if row is None or row.project != work.project:
        raise REFERENCE_UNKNOWN.refusal(f"there is no cluster template {uid!r} in this project")
    problems = _problems(row.body, cloud, given)
    if problems:
        name = row.body["metadata"]["name"]
        raise TEMPLATE_LAUNCH.refusal(f"a cluster of template {name!r} can't be so: {'; '.join(problems)}")
    return row.body


def is_zone(name: str) -> bool:
    """Whether this is an IANA time zone."""
    try:
        return bool(name) and zoneinfo.ZoneInfo(name) is not None
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        return False


def copies(template: Doc, given: ClusterCreate) -> list[Copy]:
    """The copies that a new cluster starts with.

    Raises:
        Refusal: 400 for values of variables that can't be, or that are missing.
    """
    record: Doc = {"name": given.metadata.name, "running": {}, "assigned": {}}
    for entity in given.spec.profiles:
        base = values.base_of(template, entity.uid)
        if base is not None:
            values.assign(template, base, record, entity.variables, values.BY_CLUSTER)
    found = [values.target(template, base, record) for base in template["copies"]]
    for copy in found:
        variables.check_complete(copy)
    return found


def _problems(template: Doc, cloud: str, given: ClusterCreate) -> list[str]:
    found = []
    wanted = template["spec"]["cloudType"]
    if cloud != wanted:
        found.append(f"the template is for {wanted}, the cluster is on {cloud}")
    zone = given.spec.cluster_config.timezone if given.spec.cluster_config else ""
    if not is_zone(zone):
        found.append(f"clusterConfig.timezone must be an IANA time zone, not {zone!r}")
    for entity in given.spec.profiles:
        base = values.base_of(template, entity.uid)
        if base is None:
            found.append(f"profile {entity.uid!r} is not one of the template's")
        elif entity.pack_values:
            found.append(f"profile {base['name']!r} has packValues; packs come from the template")
    return found
