"""The component `Fleet`: its members, and what stands before, between and behind them in the resource graph."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pulumi
from pulumi import ComponentResource

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked
from palette_sdk.resources.cluster.resource import Cluster
from palette_sdk.resources.fleet import wanted
from palette_sdk.resources.fleet.args import (
    ClusterArgs,
    ClusterArgsDict,
    Stage,
    StageDict,
    merged,
    stages_of,
)
from palette_sdk.resources.fleet.gate import FleetGate
from palette_sdk.resources.fleet.gone import FleetGone
from palette_sdk.resources.fleet.ready import FleetReady
from palette_sdk.resources.fleet.waves import place, said_of_empty, waves
from palette_sdk.resources.program import (
    Duration,
    Timeouts,
    TimeoutsDict,
    apart,
    check_config,
    prepared_options,
    stack_approvals,
    stack_gates,
    timeouts_props,
)
from palette_sdk.rules.durations import seconds
from palette_sdk.rules.tokens import fleet_id

_make: Callable[..., None] = inspect.unwrap(Cluster.__init__)
"""The constructor without its check: `ClusterArgs` has checked all arguments, and the state has each frame above a resource."""
TYPE = "pulumi-python:palette:Fleet"
"""Beside `pulumi-python:dynamic/palette:Cluster` and the like."""


@dataclass(frozen=True)
class FleetStage:
    """A stage of a fleet, as a program sees it."""

    name: str
    """Its name."""
    clusters: Mapping[str, Cluster]
    """Its clusters by key."""
    kubeconfigs: pulumi.Output[Mapping[str, str]]
    """A kubeconfig for people of each cluster that is ready; a secret."""
    addresses: pulumi.Output[Mapping[str, str]]
    """Address of the Kubernetes API of each cluster that is ready."""
    ready_at: pulumi.Output[str]
    """When its last cluster that changed became ready; empty where it has none."""


class Fleet(ComponentResource):
    """Many clusters from defaults and differences, which change in stages and waves.

    Each member is a `Cluster` of its own, a child of this component. Members don't wait one by one: behind each wave the fleet
    waits for all of it, and the next wave and the next stage come after that. When the fleet is deleted, its members are deleted
    at once and waited for together, and what they are made of is deleted after them.

    Args:
        resource_name: name in the Pulumi program. Members are called `<resource_name>-<key>` there, and `<key>` in Palette.
        clusters: what is special of each cluster, by its key. One that leaves is deleted, and waited for.
        defaults: what the clusters have in common; `variables` and `tags` are merged by key, any other field is replaced.
        stages: parts of the fleet in the order in which they change; default: all at once.
        approve: tokens from a preview, of gates and of members, beside those of `palette:approve`.
        force_delete_after: when a deletion takes longer than this, it is forced; default: never.
        timeouts: `delete`: how long the deletion of the whole fleet may take; default: one hour. How long a wave may take is
            said by its stage.
        opts: Pulumi's options.
    """

    clusters: Mapping[str, Cluster]
    """The members by key, as plain Python objects."""
    stages: Mapping[str, FleetStage]
    """The stages by name; `all` where the fleet names none."""
    kubeconfigs: pulumi.Output[Mapping[str, str]]
    """A kubeconfig for people of each cluster that is ready, by key; a secret."""
    addresses: pulumi.Output[Mapping[str, str]]
    """Address of the Kubernetes API of each cluster that is ready, by key."""
    ready: pulumi.Output[Mapping[str, str]]
    """When each stage was last ready after a change, by its name."""

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        clusters: Mapping[str, ClusterArgs | ClusterArgsDict],
        defaults: ClusterArgs | ClusterArgsDict | None = None,
        stages: Sequence[Stage | StageDict] = (),
        approve: Sequence[str] = (),
        force_delete_after: Duration | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if not resource_name.strip():
            raise InputError("it is empty; the first argument names the fleet in this program", path="resource_name")
        check_config()
        self._name = resource_name
        self._id = fleet_id(project=pulumi.get_project(), stack=pulumi.get_stack(), name=resource_name)
        self._approve = [*approve, *stack_approvals()]
        arguments = merged(clusters, defaults)
        order = {stage.name: stage for stage in stages_of(stages)}
        matches = {name: stage.match for name, stage in order.items()}
        tags = {key: item.get("tags", {}) for key, item in arguments.items()}
        placed = place(matches, tags)
        groups = {
            name: waves(placed.members[name], stage.max_unavailable, path=f'stages["{name}"].max_unavailable')
            for name, stage in order.items()
        }
        ending: dict[str, Any] = {"force_delete_after": None, "timeouts": timeouts_props(timeouts, opts)}
        for act in ("create", "update"):
            if act in ending["timeouts"]:
                raise InputError(
                    "how long a wave may take is said by its stage: Stage(timeout=...)", path=f"timeouts.{act}"
                )
        if force_delete_after is not None:
            ending["force_delete_after"] = seconds(force_delete_after, path="force_delete_after")
            arguments = {key: {"force_delete_after": force_delete_after, **item} for key, item in arguments.items()}
        options = prepared_options(opts, resource_name)
        super().__init__(TYPE, resource_name, {}, options)
        if arguments:
            for name in placed.empty:
                pulumi.log.warn(f"{resource_name}: {said_of_empty(name, matches, tags, placed)}", self)
        self._register(arguments, order, groups, ending, options)

    def _register(
        self,
        arguments: Mapping[str, dict[str, Any]],
        stages: Mapping[str, Stage],
        groups: Mapping[str, Sequence[Sequence[str]]],
        ending: Mapping[str, Any],
        options: pulumi.ResourceOptions,
    ) -> None:
        made: dict[str, Cluster] = {}
        views: dict[str, FleetStage] = {}
        gone = FleetGone(
            f"{self._name}-gone",
            {
                "name": self._name,
                "fleet": self._id,
                "projects": sorted({_project(item) for item in arguments.values()}),
                "behind": wanted.behind(arguments.values()),
                **ending,
            },
            self._behind(*_listed(options.depends_on), *(item for each in arguments.values() for item in _needs(each))),
        )
        barrier: pulumi.Resource = gone
        for name, stage in stages.items():
            soaks = _soaks(stages, views)
            if groups[name] and (stage.gate == "manual" or soaks):
                names = [key for wave in groups[name] for key in wave]
                props = self._lets_pass(stage, {key: arguments[key] for key in names}, soaks)
                barrier = FleetGate(f"{self._name}-{name}-gate", props, self._behind(gone, barrier))
            readies: list[FleetReady] = []
            for number, keys in enumerate(groups[name], 1):
                for key in keys:
                    made[key] = Cluster._member(self._id)  # noqa: SLF001 - made for fleets
                    _make(made[key], f"{self._name}-{key}", **self._arguments(arguments[key], gone, barrier))
                barrier = FleetReady(
                    f"{self._name}-{name}-ready-{number}",
                    self._waits_for(
                        stage, number, len(groups[name]), {key: (made[key], arguments[key]) for key in keys}, readies
                    ),
                    self._behind(gone, barrier, *(made[key] for key in keys)),
                )
                readies.append(barrier)
                for key in keys:
                    made[key]._opens_with(barrier.kubeconfigs, key)  # noqa: SLF001 - made for fleets
            views[name] = _view(name, {key: made[key] for keys in groups[name] for key in keys}, readies)
        self.clusters = {key: made[key] for key in arguments}
        self.stages = views
        self.kubeconfigs = _together([view.kubeconfigs for view in views.values()])
        self.addresses = _together([view.addresses for view in views.values()])
        self.ready = pulumi.Output.all(**{name: view.ready_at for name, view in views.items() if view.clusters})
        uids = {key: cluster.id for key, cluster in self.clusters.items()}
        self.register_outputs({"clusters": uids, "ready": self.ready})

    def _behind(self, *resources: Any) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(resources))

    def _arguments(self, given: Mapping[str, Any], gone: FleetGone, barrier: pulumi.Resource) -> dict[str, Any]:
        """The arguments of a member."""
        return {
            **given,
            "approve": [*given.get("approve", ()), *self._approve],
            "opts": pulumi.ResourceOptions.merge(given.get("opts"), self._behind(gone, barrier)),
        }

    def _lets_pass(
        self, stage: Stage, members: Mapping[str, Mapping[str, Any]], soaks: Mapping[str, Any]
    ) -> dict[str, Any]:
        return {
            "name": self._name,
            "fleet": self._id,
            "stage": stage.name,
            "manual": stage.gate == "manual",
            "members": {key: {**wanted.becomes(given), "project": _project(given)} for key, given in members.items()},
            "soaks": soaks,
            "gates": stack_gates(),
            "approve": self._approve,
        }

    def _waits_for(
        self,
        stage: Stage,
        number: int,
        of: int,
        members: Mapping[str, tuple[Cluster, Mapping[str, Any]]],
        before: Sequence[FleetReady],
    ) -> dict[str, Any]:
        return {
            "name": self._name,
            "fleet": self._id,
            "stage": stage.name,
            "wave": number,
            "waves": of,
            **_members_props(members),
            "max_failures": stage.max_failures,
            "failed_before": _together([ready.failed for ready in before]),
            "timeout": stage.timeout_s,
            "approve": [
                *self._approve,
                *(token for _, given in members.values() for token in given.get("approve", ())),
            ],
        }


def _soaks(stages: Mapping[str, Stage], before: Mapping[str, FleetStage]) -> dict[str, Any]:
    """What the stages before have to have soaked."""
    return {
        name: {"seconds": stages[name].soak_s, "ready_at": view.ready_at}
        for name, view in before.items()
        if stages[name].soak_s and view.clusters
    }


def _members_props(members: Mapping[str, tuple[Cluster, Mapping[str, Any]]]) -> dict[str, Any]:
    """The members as the wait for their wave has them; that they follow a template is said once where all of them do."""
    following = {key for key, (_, given) in members.items() if "template" in given}
    found = {key: _member_props(key, cluster, given) for key, (cluster, given) in members.items()}
    if len(following) == len(members):
        return {"members": found, "follows_template": True}
    return {
        "members": {
            key: {**item, "follows_template": True} if key in following else item for key, item in found.items()
        }
    }


def _member_props(key: str, cluster: Cluster, given: Mapping[str, Any]) -> dict[str, Any]:
    """A member as the wait for its wave has it; what is as with most members is left out."""
    revision = cluster.revision  # type: ignore[attr-defined]  # an output that members alone have
    props: dict[str, Any] = {"uid": apart(cluster.id), "revision": apart(revision)}
    if given["name"] != key:
        props["name"] = cluster.name
    if project := _project(given):
        props["project"] = project
    return props


def _project(given: Mapping[str, Any]) -> str:
    return str(given.get("project") or pulumi.Config("palette").get("project") or "")


def _needs(given: Mapping[str, Any]) -> list[Any]:
    options = given.get("opts")
    return _listed(options.depends_on) if isinstance(options, pulumi.ResourceOptions) else []


def _listed(depends_on: Any) -> list[Any]:
    if depends_on is None:
        return []
    return list(depends_on) if isinstance(depends_on, Sequence) else [depends_on]


def _view(name: str, clusters: Mapping[str, Cluster], readies: Sequence[FleetReady]) -> FleetStage:
    times: pulumi.Output[list[str]] = pulumi.Output.all(*[ready.ready_at for ready in readies])
    return FleetStage(
        name=name,
        clusters=clusters,
        kubeconfigs=_together([ready.kubeconfigs for ready in readies]),
        addresses=_together([ready.addresses for ready in readies]),
        ready_at=times.apply(lambda found: max(filter(None, found), default="")),
    )


def _together(parts: Sequence[pulumi.Output[Mapping[str, str]]]) -> pulumi.Output[Mapping[str, str]]:
    whole: pulumi.Output[list[Mapping[str, str]]] = pulumi.Output.all(*parts)
    return whole.apply(lambda found: {key: value for part in found for key, value in (part or {}).items()})
