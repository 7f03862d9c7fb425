"""The class `ClusterTemplate`, as a program uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.resources.arguments import checked
from palette_sdk.resources.cluster.args import Attach, AttachDict, VariableInput, VersionRef
from palette_sdk.resources.cluster_template.args import (
    PolicyRef,
    TemplateCloud,
    linked_props,
    policy_props,
    policy_schedules,
    template_seeds,
    with_secrets,
)
from palette_sdk.resources.cluster_template.provider import ClusterTemplateProvider
from palette_sdk.resources.program import Scope, Tags, Timeouts, TimeoutsDict, common_props, prepared_options

OUTPUTS = ("name", "cloud", "profiles", "layers_plan", "definitions", "common", "state", "tags")


class ClusterTemplate(Resource, module="palette", name="ClusterTemplate"):
    """Versions of profiles, values and windows that many clusters follow.

    Linking another version touches no cluster: each is upgraded in its next window, or by a `TemplateRollout`. A version is
    locked while a template links it: to change its content, link a new `ProfileVersion`. A preview refuses what a cluster of
    the template could never become, and asks for a token where nodes would be replaced.

    Args:
        resource_name: name in the Pulumi program, and in Palette unless `name` is given.
        cloud: the cloud of its clusters. A change replaces, which is refused while clusters follow it, and else until approved.
        profiles: one version with the OS, Kubernetes, network and storage layers, and any number of add-on profiles; by
            `Attach(profile, variables=...)` with values for all clusters. A change is made in place.
        maintenance: the policy that says when clusters may be upgraded: a resource, the result of `get_maintenance_policy`, or
            a uid; default: none, and only a `TemplateRollout` starts upgrades. A change is made in place.
        variables: values for all clusters by name, where the name belongs to one profile only; those of sensitive variables
            are secrets in state. The other variables are each cluster's own. A change is made in place, and reaches clusters with
            their next upgrade.
        approve: tokens from a preview, beside those of `palette:approve`. Each approves exactly what was shown with it.
        name: Palette's name; default `resource_name`, no random suffix is added. A change is made in place.
        description: for people; default: none. A change is made in place.
        tags: `["env:prod", "web"]` or a mapping, one value per key, on top of `palette:tags`. A change is made in place.
        project: name of the project; default `palette:project`, else `Default`. A change replaces.
        scope: `tenant` for one that belongs to no project; default `project`. A change replaces.
        adopt: uid of an existing template to take over; what would change on it is refused until approved by its token.
        timeouts: accepted as on all resources; a template is not waited for, so it has no effect.
        opts: Pulumi's options.
    """

    name: pulumi.Output[str]
    """Palette's name."""
    cloud: pulumi.Output[str]
    """The cloud of its clusters."""
    profiles: pulumi.Output[Mapping[str, Any]]
    """The linked versions by the profile's name: uid, name, version, type, and values for all clusters."""
    layers_plan: pulumi.Output[Mapping[str, Any]]
    """Layers of the linked versions, by profile and name: type, kind, version and digest."""
    definitions: pulumi.Output[Mapping[str, Any]]
    """Definitions of the variables of the linked versions, by profile and name."""
    common: pulumi.Output[Mapping[str, Any]]
    """Names of the variables that have one value for all clusters, by profile."""
    state: pulumi.Output[str]
    """`Pending`, `PartiallyApplied`, `Applied` or `Failed`, over all its clusters, at the last update or refresh."""
    tags: pulumi.Output[Mapping[str, str]]
    """Tags as a mapping; a bare tag has an empty value."""

    palette_name: str
    """The name as plain text, where the program gave one."""
    schedules: pulumi.Output[Mapping[str, Any]] | None
    """The windows of the policy by name, as a program gave or looked them up; None where only its uid is given."""

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        cloud: TemplateCloud,
        profiles: Sequence[VersionRef | Attach | AttachDict],
        maintenance: PolicyRef | None = None,
        variables: Mapping[str, VariableInput] | None = None,
        approve: Sequence[str] = (),
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = common_props(resource_name, locals())
        linked, values = with_secrets(linked_props(profiles), variables or {})
        props |= {
            "cloud": cloud,
            "profiles": linked,
            "variables": values,
            **policy_props(maintenance),
            **template_seeds(linked),
            "state": None,
        }
        self.palette_name = name if isinstance(name, str) else resource_name
        self.schedules = policy_schedules(maintenance)
        _register(self, resource_name, props, opts)

    @property
    def uid(self) -> pulumi.Output[str]:
        """Palette's identifier; the same as `.id`."""
        return self.id

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - pulumi's own name
        opts: pulumi.ResourceOptions | None = None,
    ) -> ClusterTemplate:
        """An existing template, read by its uid; it is not managed by this program."""
        self = ClusterTemplate.__new__(ClusterTemplate)
        self.palette_name, self.schedules = resource_name, None
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        _register(self, resource_name, dict.fromkeys(OUTPUTS), options)
        return self


def _register(
    template: ClusterTemplate, resource_name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None
) -> None:
    options = prepared_options(opts, resource_name)
    options.delete_before_replace = True
    Resource.__init__(template, ClusterTemplateProvider(), resource_name, props, options)
