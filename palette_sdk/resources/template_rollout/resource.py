"""The class `TemplateRollout`, as a program uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.resources.arguments import ProgramError, checked
from palette_sdk.resources.cluster.resource import Cluster
from palette_sdk.resources.cluster_template.facts import template_props, template_windows
from palette_sdk.resources.cluster_template.resource import ClusterTemplate
from palette_sdk.resources.fleet_lookups import ClusterTemplateResult
from palette_sdk.resources.program import (
    Scope,
    Timeouts,
    TimeoutsDict,
    apart,
    common_props,
    is_secret,
    known_parts,
    prepared_options,
    seed_of,
)
from palette_sdk.resources.template_rollout.provider import TemplateRolloutProvider

OUTPUTS = ("state", "started_at", "clusters")


class TemplateRollout(Resource, module="palette", name="TemplateRollout"):
    """The roll-out of what a cluster template says to the clusters that follow it: judged at once, started, waited for.

    It comes after the template's change and the clusters' values in each `pulumi up`. Its row in the preview shows, for all
    clusters, from which version they go to which one and when, and the values of variables that are new or change. A cluster
    that lacks a value fails the preview, before anything is changed. What was started goes on whatever becomes of this
    resource; deleting it deletes nothing.

    Args:
        resource_name: name in the Pulumi program; nothing in Palette has it.
        template: the template: a resource, the result of `get_cluster_template`, or a uid.
        clusters: the clusters that are rolled out and waited for: resources, or uids. They follow the template.
        upgrade_now: any text, such as a date or a ticket; each change of it starts the upgrade of all these clusters at
            once. Without a change, clusters go in their maintenance windows. Taking it away starts nothing.
        pending: what becomes of clusters that lack a value for a variable: `fail` refuses the roll-out for all (the
            default); `skip` leaves those out, with a warning, and lets the others go on.
        wait: whether creation and updates wait until all clusters but those that are left out run what the template says;
            one that fails is an error. Those whose next window opens later than the limit are not waited for. Default: no.
        project: name of the project of the template; default `palette:project`, else `Default`.
        scope: `tenant` for a template that belongs to no project; default `project`.
        timeouts: how long `create` and `update` wait; default one hour. The next `pulumi up` goes on waiting.
        opts: Pulumi's options.
    """

    state: pulumi.Output[str]
    """`Pending`, `PartiallyApplied`, `Applied` or `Failed`, over all its clusters, at the last update or refresh."""
    started_at: pulumi.Output[str]
    """When this roll-out began, in the service's time (RFC 3339)."""
    clusters: pulumi.Output[Mapping[str, Any]]
    """By cluster: `from` and `to`, versions by profile; `state` (Pending, Applied, Failed, Skipped, or Gone) and `reason`."""

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        template: pulumi.Input[ClusterTemplate | ClusterTemplateResult | str],
        clusters: Sequence[Cluster | pulumi.Input[str]],
        upgrade_now: str = "",
        pending: Literal["fail", "skip"] = "fail",
        wait: bool = False,
        project: str | None = None,
        scope: Scope = "project",
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given = {"name": None, "description": "", "tags": (), "adopt": None, "project": project, "scope": scope}
        common = common_props(resource_name, {**given, "timeouts": timeouts, "opts": opts})
        props: dict[str, Any] = {key: common[key] for key in ("project", "scope", "timeouts") if key in common}
        members = _members(clusters)
        shared = _shared(template)
        props |= {
            "template": template_props(template),
            "members": {},
            "given": members,
            "shared": shared,
            "schedules": _windows(template),
            "upgrade_now": upgrade_now,
            "pending": pending,
            "wait": wait,
            "values": seed_of(
                [shared.get("values"), shared.get("variables"), [item.get("variables") for item in members.values()]]
            ),
            **dict.fromkeys(OUTPUTS),
        }
        behind = pulumi.ResourceOptions(depends_on=[item for item in clusters if isinstance(item, Cluster)])
        options = pulumi.ResourceOptions.merge(prepared_options(opts, resource_name), behind)
        Resource.__init__(self, TemplateRolloutProvider(), resource_name, props, options)


def _members(clusters: Sequence[Cluster | pulumi.Input[str]]) -> dict[str, dict[str, Any]]:
    """The clusters by name, with what is judged of them; one that is given by its uid is read from the service.

    Raises:
        ProgramError: none is given, or one twice.
    """
    found: dict[str, dict[str, Any]] = {}
    for index, item in enumerate(clusters):
        key, props = _member(item, index)
        if key in found:
            raise ProgramError(f'clusters: "{key}" is given twice; a roll-out takes each cluster once')
        found[key] = props
    if not found:
        raise ProgramError("clusters: there is none; a roll-out is of one cluster at least")
    return found


def _member(cluster: Cluster | pulumi.Input[str], index: int) -> tuple[str, dict[str, Any]]:
    if isinstance(cluster, str):
        return cluster, {"uid": cluster}
    if not isinstance(cluster, Cluster):
        return f"cluster-{index}", {"uid": cluster}
    variables = dict(cluster.given_variables)
    return cluster.palette_name, {
        "uid": apart(cluster.id),
        "timezone": cluster.given_timezone,
        "variables": variables,
        "secrets": {name: is_secret(value) for name, value in variables.items()},
    }


def _windows(template: Any) -> Any:
    found = template_windows(template)
    return None if found is None else known_parts(found)


def _shared(template: Any) -> dict[str, Any]:
    """The values that a template has for all clusters, where the program made it."""
    variables = getattr(template, "variables", None)
    if not isinstance(template, ClusterTemplate) or variables is None:
        return {}
    return {
        "values": known_parts(template.profiles, of=_values),
        "variables": known_parts(variables),
        "secret": is_secret([template.profiles, variables]),
    }


def _values(profiles: Any) -> Any:
    if not isinstance(profiles, Mapping):
        return profiles
    return {key: item.get("values", {}) if isinstance(item, Mapping) else item for key, item in profiles.items()}
