"""The component `ScaleToZero`: keeps what Palette left behind on a cluster at 0, by patches of pulumi-kubernetes."""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

import pulumi
from pulumi import ComponentResource

from palette_sdk.errors import InputError
from palette_sdk.leftovers.model import Orphan
from palette_sdk.resources.arguments import checked
from palette_sdk.resources.cluster.resource import Cluster
from palette_sdk.resources.lookups import ClusterResult
from palette_sdk.resources.orphans import of_resource, uid_of
from palette_sdk.resources.orphans import orphans as look_up
from palette_sdk.resources.program import Scope, check_config, program_client

TYPE = "pulumi-python:palette:ScaleToZero"
MANAGER = "palette-orphans"
"""The field manager of the patches; that of `palette orphans --scale-to-zero`, too."""


class ScaleToZero(ComponentResource):
    """Keeps the orphans of a cluster at 0: what runs there although no layer names it any more.

    It makes one patch of pulumi-kubernetes for each deployment, stateful set and replica set among them, which owns
    `spec.replicas` and nothing else. An object that someone else manages is never touched; that is told. One that is at 0
    from here keeps its patch when someone else changes other fields of it, since giving the patch up would start it. With a
    `Cluster` of the program it looks after the cluster's update, so that one `pulumi up` moves the cluster and scales what
    that left behind; a preview of such a run shows the orphans of before. Behind a cluster that isn't waited for
    (`wait=False`, a member of a fleet) the next run finds them.

    A patch goes when a layer names its object again (after a roll-back, say), or when this resource is deleted. What then
    becomes of the object is what Kubernetes does with a field that nobody owns: it gets its default, which is 1. Palette puts
    back what a layer names. To leave the objects at 0, use `retain_on_delete`. Where an object was deleted meanwhile,
    `pulumi refresh` lets go of its patch.

    Args:
        resource_name: name in the Pulumi program; nothing in Palette has it.
        cluster: a cluster of the program, the result of a look-up, or a cluster's name or uid.
        orphans: what is to be kept at 0, as `orphans_output` gives it; default: all orphans of the cluster.
        namespace: only those in this one; default: all.
        admin: use the administrator's kubeconfig, not the one for people.
        provider: the provider of pulumi-kubernetes for the patches; default: one for the cluster.
        project: name of the cluster's project; default: the stack's.
        scope: `project`, as clusters live in projects.
        opts: Pulumi's options. `provider` or `providers` serve as the argument does.
    """

    scaled: pulumi.Output[list[str]]
    """What is kept at 0, each as `Kind/namespace/name`."""
    left_alone: pulumi.Output[dict[str, list[str]]]
    """What is not touched as someone else manages it: by object, who does. What is kept at 0 all the same is in `scaled`."""

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        cluster: Cluster | ClusterResult | str,
        orphans: pulumi.Input[Sequence[Orphan]] | None = None,
        namespace: str = "",
        admin: bool = False,
        provider: pulumi.ProviderResource | None = None,
        project: str | None = None,
        scope: Scope = "project",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if not resource_name.strip():
            raise InputError("it is empty; the first argument names the resource in this program", path="resource_name")
        check_config()
        super().__init__(TYPE, resource_name, {}, opts)
        self._name = resource_name
        if orphans is not None:
            found: pulumi.Output[Any] = pulumi.Output.from_input(orphans)
        elif isinstance(cluster, Cluster):
            found = cluster.id.apply(
                lambda uid: of_resource(uid, namespace="", admin=admin, project=project, scope=scope)
            )
            _tell_preview(self, cluster)
        else:
            found = pulumi.Output.from_input(look_up(cluster, admin=admin, project=project, scope=scope))
        if provider is None and not (opts is not None and (opts.provider or opts.providers)):
            provider = self._default_provider(cluster, admin=admin, project=project, scope=scope)
        options = pulumi.ResourceOptions(
            parent=self, provider=provider, retain_on_delete=opts.retain_on_delete if opts is not None else None
        )
        kept = found.apply(lambda rows: [each for each in rows if namespace in ("", each.namespace)])
        self.scaled = kept.apply(lambda rows: self._patches(rows, options))
        self.left_alone = kept.apply(self._left_alone)
        self.register_outputs({"scaled": self.scaled, "left_alone": self.left_alone})

    def _patches(self, orphans: Sequence[Orphan], options: pulumi.ResourceOptions) -> list[str]:
        from pulumi_kubernetes.apps import v1

        kinds: dict[str, Any] = {
            "Deployment": v1.DeploymentPatch,
            "StatefulSet": v1.StatefulSetPatch,
            "ReplicaSet": v1.ReplicaSetPatch,
        }
        made = [each for each in orphans if _is_kept(each)]
        for each in made:
            kinds[each.kind](
                f"{self._name}-{each.kind.lower()}-{each.namespace}-{each.name}",
                metadata={
                    "name": each.name,
                    "namespace": each.namespace,
                    "annotations": {
                        # Palette owns the field, so it is taken from it; the name is the same in every run and stack.
                        "pulumi.com/patchForce": "true",
                        "pulumi.com/patchFieldManager": MANAGER,
                        "pulumi.com/skipAwait": "true",
                    },
                },
                spec={"replicas": 0},
                opts=options,
            )
        return [each.label for each in made]

    def _left_alone(self, orphans: Sequence[Orphan]) -> dict[str, list[str]]:
        rows = {}
        for each in orphans:
            if each.replicas is None or not each.managed_by:
                continue
            managers = ", ".join(each.managed_by)
            if _is_kept(each):
                pulumi.log.info(
                    f"{each.label}: managed by {managers}, too; kept at 0, as it would start otherwise", self
                )
            else:
                pulumi.log.info(f"{each.label}: managed by {managers}, so left alone", self)
                rows[each.label] = list(each.managed_by)
        return rows

    def _default_provider(
        self, cluster: Cluster | ClusterResult | str, *, admin: bool, project: str | None, scope: Scope
    ) -> pulumi.ProviderResource:
        name, options = f"{self._name}-kubernetes", pulumi.ResourceOptions(parent=self)
        if isinstance(cluster, Cluster):
            return cluster.kubernetes_provider(
                name, kubeconfig=cluster.admin_kubeconfig if admin else None, opts=options
            )
        from pulumi_kubernetes import Provider

        from palette_sdk.leftovers.reading import kubeconfig_of

        client = program_client(project=project, scope=scope)
        uid = uid_of(client, cluster)
        # Without a text the provider would take the machine's own: so one that isn't there is an error here.
        _, text = kubeconfig_of(client, uid, admin=admin)
        return Provider(name, kubeconfig=pulumi.Output.secret(text), cluster_identifier=uid, opts=options)


def _is_kept(orphan: Orphan) -> bool:
    """Whether it has a patch. One that is at 0 from here keeps it whoever else manages it: what nobody owns becomes 1."""
    return orphan.can_scale or orphan.scaled_here


def _tell_preview(component: ScaleToZero, cluster: Cluster) -> None:
    """Say in a preview that changes the cluster that what it leaves behind is known only afterwards."""
    if not pulumi.runtime.is_dry_run():
        return
    ready: Any = getattr(cluster, "ready", None)
    asked: Awaitable[bool] = pulumi.Output.from_input(ready).is_known()
    known: pulumi.Output[bool] = pulumi.Output.from_input(asked)

    def tell(is_known: bool) -> None:
        if not is_known:
            pulumi.log.info(
                "what this update of the cluster leaves behind is known after it, and scaled to 0 then", component
            )

    known.apply(tell)
