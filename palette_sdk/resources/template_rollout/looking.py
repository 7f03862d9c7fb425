"""What the service has of a template and the clusters that follow it, read with few calls whatever their number.

One call for the template, one for each linked profile, and the lists of clusters and of profiles that all hooks share.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from palette_sdk.resources.template_rollout.plan import Held, Link

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.cluster_state import ClusterSummary
    from palette_sdk.wire.profiles import Variable
    from palette_sdk.wire.templates import ClusterTemplate, VariableAssignment

BY_CLUSTER = "spectrocluster"
"""Who assigned a value, when it was the cluster itself."""
FOR_ALL = "all"
"""The strategy by which the template has one value for all clusters."""


@dataclass(frozen=True)
class Seen:
    """A template as it is, and its clusters.

    Args:
        template: the template.
        links: the versions that it links, with the definitions of their variables.
        held: what each cluster has of each variable, by the cluster's uid, profile and name.
        rows: clusters of the project, by uid.
        known: name and version of every profile version, by uid.
    """

    template: ClusterTemplate
    links: Sequence[Link]
    held: Mapping[str, Mapping[str, Mapping[str, Held]]]
    rows: Mapping[str, ClusterSummary]
    known: Mapping[str, tuple[str, str]]

    @property
    def name(self) -> str:
        """The template's name."""
        return self.template.metadata.name

    @property
    def versions(self) -> dict[str, str]:
        """The versions that the template links, by profile."""
        return {link.name: str(link.version) for link in self.links}

    @property
    def followers(self) -> dict[str, str]:
        """Names of the clusters that follow it, by uid."""
        return followers_of(self.template)

    def runs(self, uid: str) -> dict[str, str]:
        """Versions of the profiles that a cluster runs, by profile."""
        row = self.rows.get(uid)
        found = [self.known.get(item.uid) for item in row.spec_summary.cluster_profile_templates] if row else []
        return dict(filter(None, found))

    def zone(self, uid: str) -> str:
        """The time zone of a cluster; UTC where the service names none."""
        return zone_of(self.rows.get(uid))


def look(client: Palette, uid: str, *, fresh: bool = False) -> Seen | None:
    """Read a template and its clusters; None when the template is gone.

    Args:
        client: the client in the template's project.
        uid: the template's uid.
        fresh: read the clusters anew.
    """
    template = client.templates.get(uid)
    if template is None:
        return None
    known = {row.metadata.uid: (row.metadata.name, row.spec.version or "1.0.0") for row in client.profiles.metadata()}
    held: dict[str, dict[str, dict[str, Held]]] = {}
    links = []
    for profile in template.spec.profiles:
        if profile.uid not in known:
            continue
        name, version = known[profile.uid]
        variables = client.templates.variables(uid, profile.uid)
        for item in variables:
            for each in item.clusters:
                found = held.setdefault(each.uid, {}).setdefault(name, {})
                found[item.variable.name] = _held(item.variable, each)
        links.append(
            Link(
                name=name,
                version=version,
                definitions={item.variable.name: definition_of(item.variable) for item in variables},
                common={each.name: None for each in profile.variables if each.assign_strategy == FOR_ALL},
                is_linked=True,
            )
        )
    rows = {row.metadata.uid: row for row in client.clusters.all(fresh=fresh)}
    return Seen(template, sorted(links, key=lambda link: link.name), held, rows, known)


def followers_of(template: ClusterTemplate) -> dict[str, str]:
    """Names of the clusters that follow a template, by uid."""
    return {uid: item.name for uid, item in template.spec.clusters.items()}


def zone_of(row: ClusterSummary | None) -> str:
    """The time zone of a cluster; UTC where the service names none."""
    return (row.spec_summary.cluster_config.timezone if row else "") or "UTC"


def schedules_of(client: Palette, template: ClusterTemplate) -> dict[str, dict[str, Any]]:
    """The windows of the template's policy, by name; none without a policy."""
    policies = [client.policies.get(ref.uid) for ref in template.spec.policies]
    return {
        item.name: {"cron": item.start_cron, "duration_h": item.duration_hrs}
        for policy in policies
        if policy is not None
        for item in policy.spec.schedules
    }


def definition_of(variable: Variable) -> dict[str, Any]:
    """A variable's definition in our words; the default of a sensitive one is not told."""
    found: dict[str, Any] = {
        "format": variable.format or "string",
        "input": variable.input_type or "text",
        "options": [option.value for option in variable.options],
        "regex": variable.regex,
        "required": variable.required,
        "immutable": variable.immutable,
        "sensitive": variable.is_sensitive,
        "has_default": bool(variable.default_value),
    }
    return found if variable.is_sensitive else {**found, "default": variable.default_value}


def _held(variable: Variable, each: VariableAssignment) -> Held:
    return Held(
        runs=each.value or None,
        assigned=each.assigned_value or None,
        is_own=each.assigned_by == BY_CLUSTER,
        lacks=each.assignment_state == "Pending",
        default=variable.default_value,
    )
