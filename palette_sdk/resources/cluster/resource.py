"""The class `Cluster`, as a program uses it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.resources.arguments import checked, made, told_plainly
from palette_sdk.resources.cluster.account import account_uid
from palette_sdk.resources.cluster.args import (
    Attach,
    AttachDict,
    Guards,
    GuardsDict,
    VariableInput,
    VersionRef,
    content_props,
    refuse_backup_guard,
)
from palette_sdk.resources.cluster.clouds import CloudConfig, CloudConfigDict, cloud_config_props
from palette_sdk.resources.cluster.declared import (
    BackupPolicy,
    BackupPolicyDict,
    Override,
    OverrideDict,
    OverridePolicy,
    OverrideRule,
    OverrideRuleDict,
    backup_props,
)
from palette_sdk.resources.cluster.kubernetes import provider_of
from palette_sdk.resources.cluster.plan import QUIET
from palette_sdk.resources.cluster.pools import Pool, PoolDict, pools_props
from palette_sdk.resources.cluster.provider import ClusterProvider
from palette_sdk.resources.cluster.services import service_address
from palette_sdk.resources.cluster_template.resource import ClusterTemplate
from palette_sdk.resources.fleet_lookups import ClusterTemplateResult
from palette_sdk.resources.lookups import CloudAccountResult
from palette_sdk.resources.program import (
    Duration,
    Scope,
    Tags,
    Timeouts,
    TimeoutsDict,
    common_props,
    is_secret,
    prepared_options,
)
from palette_sdk.rules.durations import seconds

if TYPE_CHECKING:
    import pulumi_kubernetes

SECRET_OUTPUTS = ["kubeconfig", "admin_kubeconfig"]
OUTPUTS = ("kubernetes_version", "api_endpoint", "services", "ready")


class Cluster(Resource, module="palette", name="Cluster"):
    """A Kubernetes cluster made from profiles, or by a cluster template that it follows.

    Profiles, variables, tags, pools, time zone and the like change in place. Cloud, account, region, network and name
    replace the cluster; that is refused unless approved. A profile that was edited in place makes a pending update, which
    `updates` holds or applies.

    Args:
        resource_name: name in the Pulumi program, and in Palette unless `name` is given.
        cloud_config: the cloud and its settings: `Aws(...)`, `Azure(...)` and so on. Its fields say what a change does.
        cloud_account: the account that pays: a resource, the result of `get_cloud_account`, or a uid. Not for Edge.
            A change replaces.
        pools: one control plane and any number of worker pools; workers only on EKS, AKS and GKE. A change is made in place.
        profiles: one version with the OS, Kubernetes, network and storage layers, and any number of add-on profiles.
            Another version of the same profile is an update in place. A cluster has either these or a template.
        template: a cluster template to follow: a resource, the result of a look-up, or a uid. What the template links
            comes to the cluster in its maintenance windows, or by a roll-out; of the cluster's own are `variables`.
            Overrides and held updates don't go with it. Another template, or profiles instead of it, replaces.
        variables: values by name, where the name belongs to one profile only; else `Attach(profile, variables=...)`.
            A change is an update in place. With a template it is applied at once where the cluster runs the linked
            version, else with its upgrade; one that leaves the program gets its default.
        overrides: changes to layers for this cluster only, which the program owns; default: none. A change is an update in
            place; when one leaves the program, the profile's value returns.
        override_policy: what happens to overrides that someone made outside the program, when a profile's content changes:
            `merge` three ways, a conflict stops the preview (the default); `keep` the cluster's value; `drop` it for the
            profile's; `fail` on any. Changing it changes nothing by itself.
        override_rules: other policies for some layers, objects and paths; the most specific one wins. Default: none.
        updates: `hold` leaves a version that was edited in place unapplied and says what waits; `apply` applies it.
            Default: `palette:updates`, else `hold`. Not with a template.
        approve: tokens from a preview, beside those of `palette:approve`. Each approves exactly what was shown with it; a
            token that fits nothing does nothing.
        guards: what is refused to protect the running cluster; default `Guards()`.
        backup: backups by schedule; default: none. A change is made in place.
        timezone: IANA name, such as `Europe/Berlin`; default: the service's, UTC. A change is made in place. Required with
            a template, whose windows are those of each cluster's own clock.
        wait: whether creation and updates wait until the cluster is healthy and all layers are ready; without it,
            addresses and kubeconfigs come with a later refresh. Default: `palette:wait`, else yes.
        force_delete_after: when a deletion takes longer than this, it is forced; default: never.
        name: Palette's name; default `resource_name`, no random suffix is added. A change replaces.
        description: for people; default: none. A change is made in place.
        tags: `["env:prod", "web"]` or a mapping, one value per key, on top of `palette:tags`. A change is made in place.
        project: name of the project; default `palette:project`, else `Default`. A change replaces.
        scope: `project`, as clusters live in projects.
        adopt: uid of an existing cluster to take over; what would change on it is refused until approved by its token.
        timeouts: how long creation, updates and deletion may take; default one hour each. What a wait was for stays, and
            the next `pulumi up` goes on.
        opts: Pulumi's options.
    """

    name: pulumi.Output[str]
    """Palette's name."""
    kubeconfig: pulumi.Output[str]
    """A kubeconfig for people; a secret."""
    admin_kubeconfig: pulumi.Output[str]
    """The administrator's kubeconfig; a secret."""
    kubernetes_version: pulumi.Output[str]
    """Version of Kubernetes in its profiles."""
    api_endpoint: pulumi.Output[str]
    """Address of the Kubernetes API."""
    profiles: pulumi.Output[Mapping[str, Any]]
    """Attached profiles by name: uid and version; with a template, those that the cluster runs."""
    pending_updates: pulumi.Output[Mapping[str, Any]]
    """Updates that wait, by profile: `version`, `since` (the time of the edit), and by layer what waits and, in `from`, what is
    applied: version and digest."""
    found_overrides: pulumi.Output[Mapping[str, Any]]
    """What someone changed on the cluster, outside the program: by profile, layer and place the value, as a text."""
    services: pulumi.Output[Mapping[str, Any]]
    """Services with an address, by name: host and ports."""
    tags: pulumi.Output[Mapping[str, str]]
    """Tags as a mapping; a bare tag has an empty value."""
    palette_name: str
    """The name as plain text, where the program gave one; it keys the clusters of a roll-out."""
    given_variables: Mapping[str, VariableInput]
    """Values by name as the program gave them; a roll-out judges those of all its clusters."""
    given_timezone: pulumi.Input[str] | None
    """The time zone as the program gave it."""
    _fleet: str = ""
    _opened: tuple[pulumi.Output[Mapping[str, str]], str] | None = None

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        cloud_config: CloudConfig | CloudConfigDict,
        cloud_account: pulumi.Input[CloudAccountResult | pulumi.CustomResource | str] | None = None,
        pools: Sequence[Pool | PoolDict],
        profiles: Sequence[VersionRef | Attach | AttachDict] | None = None,
        template: pulumi.Input[ClusterTemplate | ClusterTemplateResult | str] | None = None,
        variables: Mapping[str, VariableInput] | None = None,
        overrides: Sequence[Override | OverrideDict] = (),
        override_policy: OverridePolicy = "merge",
        override_rules: Sequence[OverrideRule | OverrideRuleDict] = (),
        updates: Literal["hold", "apply"] | None = None,
        approve: Sequence[str] = (),
        guards: Guards | GuardsDict | None = None,
        backup: BackupPolicy | BackupPolicyDict | None = None,
        timezone: pulumi.Input[str] | None = None,
        wait: bool | None = None,
        force_delete_after: Duration | None = None,
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
        config = cloud_config_props(cloud_config)
        account = account_uid(cloud_account, config["cloud"])
        content = content_props(profiles, template, locals())
        stack = pulumi.Config("palette")
        held = made(Guards, guards, "guards") if guards is not None else Guards()
        if template is not None:
            refuse_backup_guard(held)
        props |= {
            "cloud": config["cloud"],
            "cloud_config": config,
            "cloud_account": account,
            "pools": pools_props(pools, config["cloud"]),
            "variables": dict(variables or {}),
            "guards": held.props(),
            "backup": backup_props(backup),
            "secret_config": is_secret([config, account]),
            "timezone": timezone,
            "wait": wait if wait is not None else stack.get_bool("wait") is not False,
            "force_delete_after": seconds(force_delete_after, path="force_delete_after")
            if force_delete_after is not None
            else None,
            **dict.fromkeys(("pending_updates", "found_overrides")),
            **content,
            **{key: pulumi.Output.secret("") for key in SECRET_OUTPUTS},
            **dict.fromkeys(OUTPUTS),
        }
        self.palette_name = name if isinstance(name, str) else resource_name
        self.given_variables, self.given_timezone = dict(variables or {}), timezone
        if self._fleet:  # whose members are waited for together
            props = {key: value for key, value in props.items() if key != "wait"}
            props |= {"fleet": self._fleet, "revision": None}
        props = {key: value for key, value in props.items() if key not in QUIET or value != QUIET[key]}
        super().__init__(ClusterProvider(), resource_name, props, _options(opts, resource_name))

    @classmethod
    def _member(cls, fleet: str) -> Cluster:
        """A member of a fleet before it is constructed, for the component `Fleet` alone; see `membership`.

        Args:
            fleet: short id of the fleet, the same for all its members; it becomes the tag `palette-fleet`.
        """
        self = cls.__new__(cls)
        self._fleet = fleet
        return self

    def _opens_with(self, kubeconfigs: pulumi.Output[Mapping[str, str]], key: str) -> None:
        """Where a Kubernetes provider gets in; for the component `Fleet` alone, whose members come without a kubeconfig.

        Args:
            kubeconfigs: those of its wave.
            key: its own among them.
        """
        self._opened = kubeconfigs, key

    @property
    def uid(self) -> pulumi.Output[str]:
        """Palette's identifier; the same as `.id`."""
        return self.id

    def service_url(
        self, name: str, *, port: int, namespace: str | None = None, scheme: str = "http"
    ) -> pulumi.Output[str]:
        """The URL of a service with an address, such as a load balancer's.

        Unknown in a preview while the service doesn't exist; then an error in `pulumi up` that names those which do.

        Args:
            name: the service's name.
            port: the port it must have.
            namespace: where two namespaces have a service of that name.
            scheme: what stands before `://`.
        """
        return service_address(self, self.services, name, port=port, namespace=namespace, scheme=scheme)

    @told_plainly
    def kubernetes_provider(
        self,
        resource_name: str,
        *,
        kubeconfig: pulumi.Input[str] | None = None,
        opts: pulumi.ResourceOptions | None = None,
        **arguments: Any,
    ) -> pulumi_kubernetes.Provider:
        """A provider of pulumi-kubernetes for what the program deploys into this cluster.

        Its `cluster_identifier` is the cluster's uid: new credentials or another address update the provider in place and
        replace nothing behind it; another cluster replaces it, and all that was deployed with it. A change of the cluster
        that leaves its kubeconfig as it is, such as a tag or a version, leaves the provider as it is, in the preview too.

        Without a kubeconfig it would silently take that of the machine it runs on, and deploy there: so that is refused in
        `pulumi up`; in a preview the provider is not known yet. A cluster that isn't waited for (`wait=False`) has one after
        a refresh, a member of a fleet once its wave is ready.

        Args:
            resource_name: name in the Pulumi program.
            kubeconfig: another one of this cluster, such as its `admin_kubeconfig`; default: `kubeconfig`, for people,
                which may ask for a login in a browser where the cluster has one set up. It stays a secret.
            opts: Pulumi's options. `parent` is the cluster unless given.
            arguments: all others of `pulumi_kubernetes.Provider`, by name.
        """
        given = self._own_kubeconfig() if kubeconfig is None else kubeconfig
        return provider_of(self, resource_name, kubeconfig=given, opts=opts, arguments=arguments)

    def _own_kubeconfig(self) -> pulumi.Output[str]:
        if self._opened is None:
            return self.kubeconfig
        kubeconfigs, key = self._opened
        return kubeconfigs.apply(lambda found: (found or {}).get(key, ""))

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Cluster:  # noqa: A002
        """An existing cluster, read by its uid; it is not managed by this program."""
        self = Cluster.__new__(Cluster)
        self.palette_name, self.given_variables, self.given_timezone = resource_name, {}, None
        keys = ("name", "cloud", "profiles", "template", "pending_updates", "found_overrides", "tags", *OUTPUTS)
        props: dict[str, Any] = dict.fromkeys(keys)
        props |= {key: pulumi.Output.secret("") for key in SECRET_OUTPUTS}
        options = _options(pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id)), resource_name)
        Resource.__init__(self, ClusterProvider(), resource_name, props, options)
        return self


def _options(opts: pulumi.ResourceOptions | None, resource_name: str) -> pulumi.ResourceOptions:
    options = prepared_options(opts, resource_name)
    options.delete_before_replace = True
    options.additional_secret_outputs = [*(options.additional_secret_outputs or []), *SECRET_OUTPUTS]
    return options
