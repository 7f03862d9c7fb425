"""The class `MaintenancePolicy`, as a program uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.resources.arguments import checked
from palette_sdk.resources.maintenance_policy.args import Schedule, ScheduleDict, schedules_props
from palette_sdk.resources.maintenance_policy.provider import MaintenancePolicyProvider
from palette_sdk.resources.program import Scope, Tags, Timeouts, TimeoutsDict, common_props, prepared_options


class MaintenancePolicy(Resource, module="palette", name="MaintenancePolicy"):
    """Windows in which upgrades of the clusters of a template may start; everything changes in place.

    A `ClusterTemplate` names it. Windows open in each cluster's own time zone. A policy that templates use is not deleted.

    Args:
        resource_name: name in the Pulumi program, and in Palette unless `name` is given.
        schedules: the windows; where they overlap, an upgrade may start in any of them. After a change, clusters that wait for
            a window wait for the new ones.
        name: Palette's name; default `resource_name`, no random suffix is added. A change is made in place.
        description: for people; default: none. A change is made in place.
        tags: `["env:prod", "web"]` or a mapping, one value per key, on top of `palette:tags`. A change is made in place.
        project: name of the project; default `palette:project`, else `Default`. A change replaces.
        scope: `tenant` makes it visible in all projects; default `project`. A change replaces.
        adopt: uid of an existing policy to take over; what would change on it is refused until approved by its token.
        timeouts: accepted as on all resources; a policy is not waited for, so it has no effect.
        opts: Pulumi's options.
    """

    name: pulumi.Output[str]
    """Palette's name."""
    schedules: pulumi.Output[Mapping[str, Any]]
    """The windows by name: `cron` and `duration_h`, hours."""
    tags: pulumi.Output[Mapping[str, str]]
    """Tags as a mapping; a bare tag has an empty value."""

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        schedules: Sequence[Schedule | ScheduleDict],
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
        props["schedules"] = schedules_props(schedules)
        options = prepared_options(opts, resource_name)
        options.delete_before_replace = True
        Resource.__init__(self, MaintenancePolicyProvider(), resource_name, props, options)

    @property
    def uid(self) -> pulumi.Output[str]:
        """Palette's identifier; the same as `.id`."""
        return self.id

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - pulumi's own name
        opts: pulumi.ResourceOptions | None = None,
    ) -> MaintenancePolicy:
        """An existing policy, read by its uid; it is not managed by this program."""
        self = MaintenancePolicy.__new__(MaintenancePolicy)
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        keys = ("name", "schedules", "tags")
        Resource.__init__(self, MaintenancePolicyProvider(), resource_name, dict.fromkeys(keys), options)
        return self
