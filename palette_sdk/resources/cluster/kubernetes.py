"""A provider of pulumi-kubernetes for what a program deploys into a cluster.

What pulumi-kubernetes does with the two that are set here (read in its `DiffConfig` and `Configure`, 4.34):

- `cluster_identifier`: where it is the same as before, nothing ever replaces the provider; another kubeconfig, also one that a
  preview doesn't know, updates it. Where it differs, the provider is replaced, and with it what it deployed. Where one comes or
  goes, nothing is replaced by that alone.
- `kubeconfig`: without an identifier, another server or another authority in it replaces the provider, and so does one that a
  preview doesn't know. An empty one counts as none: then it takes the file that `KUBECONFIG` names, or the user's own, and
  deploys there. So none but a cluster's own is ever handed on.
"""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import ProgramError
from palette_sdk.resources.cluster.services import not_yet
from palette_sdk.rules.nearest import did_you_mean

if TYPE_CHECKING:
    import pulumi_kubernetes


def provider_of(
    cluster: pulumi.CustomResource,
    resource_name: str,
    *,
    kubeconfig: pulumi.Input[str],
    opts: pulumi.ResourceOptions | None,
    arguments: Mapping[str, Any],
) -> pulumi_kubernetes.Provider:
    """The provider; its parent is the cluster unless the options name another.

    Raises:
        InputError: an argument that doesn't exist, or the identifier, which is the cluster's.
        ProgramError: in `pulumi up`, when there is no kubeconfig.
    """
    import pulumi_kubernetes  # costs as much as all of ours: only programs that deploy into clusters pay for it

    known = [name for name in inspect.signature(pulumi_kubernetes.ProviderArgs).parameters if name != "__self__"]
    for name in arguments:
        if name == "cluster_identifier":
            raise InputError(
                "it is the cluster's uid, so that another cluster is never taken for this one; leave it out", path=name
            )
        if name not in known:
            raise InputError(
                f"a Kubernetes provider has no argument {name!r}; {did_you_mean(name, known)}", path=resource_name
            )
    return pulumi_kubernetes.Provider(
        resource_name,
        kubeconfig=_at_hand(cluster, kubeconfig),
        cluster_identifier=cluster.id,
        opts=pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=cluster), opts),
        **arguments,
    )


def _at_hand(cluster: pulumi.Resource, kubeconfig: pulumi.Input[str]) -> pulumi.Output[str]:
    """The kubeconfig, a secret; unknown in a preview while there is none."""

    def found(text: str | None) -> Any:
        if text:
            return text
        if pulumi.runtime.is_dry_run():
            return not_yet(cluster)
        raise ProgramError(_missing(cluster))

    return pulumi.Output.secret(kubeconfig).apply(found)


def _missing(cluster: pulumi.Resource) -> str:
    own = cluster._name  # noqa: SLF001 - pulumi keeps the resource's name there
    return (
        f'cluster "{own}" has no kubeconfig, so there is no Kubernetes provider for it: it isn\'t Running, or this run did not '
        "wait until it was (wait=False).\n"
        "  leave wait=False out, or run it again when the cluster is Running: pulumi up --refresh"
    )
