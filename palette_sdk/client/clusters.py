"""Clusters: made from profiles, changed through them, watched until they are well."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from palette_sdk.wire.cluster_search import SearchSpec
from palette_sdk.wire.cluster_state import (
    Cluster,
    ClusterManifestDocs,
    ClusterManifests,
    ClusterProfilesPacksManifests,
    ClustersSummary,
    ClusterSummary,
    Overview,
    ProfileUpdates,
    SpcApply,
)
from palette_sdk.wire.clusters import (
    ClusterCreate,
    ClusterProfiles,
    ClusterValidation,
    PackRefsUpdate,
    PacksToValidate,
    ProfileEntity,
    ProfileUids,
    ProfileVariables,
    ProfileVariableValues,
    Repave,
    RepaveReason,
    RepaveValidation,
    SpcApplySettings,
    TimezoneUpdate,
)
from palette_sdk.wire.layers import (
    InstalledManifest,
    InstalledManifests,
    ManifestEntity,
    ManifestSummary,
    ManifestText,
    ManifestTexts,
    PackConfig,
    PackConfigs,
    ProfilePacksManifests,
)
from palette_sdk.wire.meta import MetaInput, MetaPatch
from palette_sdk.wire.notifications import Event, Events
from palette_sdk.wire.profiles import Template
from palette_sdk.wire.workloads import Namespaces, WorkloadFilter, WorkloadQuery, Workloads, WorkloadSpec

from .calls import PAGE, Calls, path
from .searching import living, text_is

if TYPE_CHECKING:
    from .watch import ClusterWatch

_ONE = "/v1/spectroclusters/{}"
_KINDS = frozenset({"aws", "eks", "azure", "aks", "gcp", "gke", "vsphere", "edge-native"})

GONE = "Gone"
ACCEPTED = "Accepted"
NOT_UP = (ACCEPTED, "Pending", "Provisioning", "Importing")
"""States before the first Running: nothing runs there yet."""


class Clusters:
    """Clusters of the scope."""

    def __init__(self, calls: Calls, watch: Callable[[], ClusterWatch]) -> None:
        self._calls, self._watch = calls, watch

    @property
    def watch(self) -> ClusterWatch:
        """The watch that all threads waiting for clusters of this scope share."""
        return self._watch()

    # ---- lists ------------------------------------------------------------------------------------------------

    def search(self, wanted: SearchSpec, *, fresh: bool = False) -> list[ClusterSummary]:
        """Summaries of the clusters that fit a filter (see `searching`)."""
        body = wanted.body()
        at = "/v1/dashboard/spectroclusters/search"
        return list(
            self._calls.shared(
                _key(wanted),
                lambda: self._calls.pages(
                    lambda query: self._calls.ask(ClustersSummary, at, body, query=query),
                    lambda page: page.items,
                ),
                fresh=fresh,
            )
        )

    def all(self, *, fresh: bool = False) -> list[ClusterSummary]:
        """Summaries of all clusters that are not deleted."""
        return self.search(living(), fresh=fresh)

    def tagged(self, tags: Mapping[str, str], *, fresh: bool = False) -> list[ClusterSummary]:
        """Summaries of the clusters that have all these labels, each with exactly this value."""
        return [row for row in self.all(fresh=fresh) if tags.items() <= row.metadata.labels.items()]

    def by_name(self, name: str, *, fresh: bool = False) -> ClusterSummary | None:
        """The cluster with exactly this name, or None. `fresh` asks for this one alone, else the shared list serves.

        Where a write dropped a list of several pages, this one alone is asked for, too: many clusters that are made or changed
        one after the other would else read all of it again for each.
        """
        alone = fresh or self._calls.dropped_length(_key(living())) > PAGE
        rows = self.search(living(text_is("clusterName", name)), fresh=True) if alone else self.all()
        return next((row for row in rows if row.metadata.name == name), None)

    def may_be_taken(self, name: str) -> bool:
        """Whether a name stands in a list that writes of this process don't drop: it may be as old as a shared list gets.

        Many clusters that are made one after the other ask for it all the same. A name that stands there is asked for by
        `by_name`; of one that doesn't the service says so when a cluster of that name is made.
        """
        return name in self._calls.aging("names", lambda: frozenset(row.metadata.name for row in self.all()))

    # ---- one cluster ------------------------------------------------------------------------------------------

    def get(self, uid: str) -> Cluster | None:
        """A cluster, or None when it is gone. It may be Deleted, or have no status yet: see `state_of`."""
        return self._calls.find(Cluster, path(_ONE, uid))

    def overview(self, uid: str) -> Overview | None:
        """State and health, or None when it is gone."""
        return self._calls.find(Overview, path("/v1/dashboard/spectroclusters/{}/overview", uid))

    def validate_name(self, name: str) -> None:
        """Asks whether a name may be taken.

        Raises:
            ConflictError: it is taken.
        """
        self._calls.probe("/v1/spectroclusters/validate/name", query={"name": name})

    def validate(self, cloud: str, body: ClusterCreate) -> ClusterValidation:
        """What the service says about a cluster that would be created."""
        return self._calls.ask(ClusterValidation, _of_cloud(cloud) + "/validate", body)

    def create(self, cloud: str, body: ClusterCreate, *, repeatable: bool = False) -> str:
        """Asks for a cluster; its uid. It is provisioned afterwards."""
        return self._calls.create(_of_cloud(cloud), body, repeatable=repeatable)

    def patch_metadata(self, uid: str, metadata: MetaInput) -> None:
        """Replaces name, labels and annotations, as far as they are given."""
        self._calls.write("PATCH", path(_ONE + "/metadata", uid), MetaPatch(metadata=metadata))

    def set_timezone(self, uid: str, timezone: str) -> None:
        """Sets the time zone (IANA) that maintenance windows follow."""
        self._calls.write("PATCH", path(_ONE + "/clusterConfig/timezone", uid), TimezoneUpdate(timezone=timezone))

    def delete(self, uid: str, *, force: bool = False) -> bool:
        """Begins to delete a cluster; False when it was gone. `force` leaves what is in the cloud to its owner."""
        return self._calls.remove(path(_ONE, uid), query={"forceDelete": True} if force else None)

    # ---- profiles ---------------------------------------------------------------------------------------------

    def profiles(self, uid: str) -> list[Template]:
        """The cluster's own copies of its profiles, with effective values; [] when it is gone."""
        cluster = self.get(uid)
        return cluster.spec.cluster_profile_templates if cluster else []

    def put_profiles(self, uid: str, body: ClusterProfiles, *, resolve_notification: bool = False) -> None:
        """Replaces the whole set of profiles: those that are not listed are detached."""
        at = path(_ONE + "/profiles", uid)
        self._calls.write("PUT", at, body, query={"resolveNotification": resolve_notification})

    def patch_profiles(self, uid: str, body: ClusterProfiles, *, resolve_notification: bool = False) -> None:
        """Adds, changes or (with `replace_with_profile`) swaps the listed profiles only."""
        at = path(_ONE + "/profiles", uid)
        self._calls.write("PATCH", at, body, query={"resolveNotification": resolve_notification})

    def delete_profiles(self, uid: str, profile_uids: Iterable[str]) -> None:
        """Detaches add-on profiles."""
        self._calls.write("DELETE", path(_ONE + "/profiles", uid), ProfileUids(profile_uids=list(profile_uids)))

    def profile_updates(self, uid: str) -> list[Template]:
        """What the cluster's profiles became since they were applied; [] when nothing waits."""
        return self._calls.read(ProfileUpdates, path(_ONE + "/profileUpdates", uid)).profiles

    def apply_pack_refs(self, uid: str, body: PackRefsUpdate, *, notification_uid: str | None = None) -> None:
        """Applies pending updates; `notification_uid` is the notification that is done with it."""
        self._calls.write("PATCH", path(_ONE + "/packRefs", uid), body, query={"notify": notification_uid})

    def spc_apply(self, uid: str) -> None:
        """Lets what is held back be rolled out."""
        self._calls.write("POST", path(_ONE + "/status/spcApply", uid), expect=202)

    def spc_apply_state(self, uid: str) -> SpcApply:
        """Whether what was sent may be rolled out."""
        return self._calls.read(SpcApply, path(_ONE + "/status/spcApply", uid))

    def validate_repave(self, uid: str, profiles: Iterable[ProfileEntity]) -> RepaveValidation:
        """Whether these profiles would replace nodes, and why. Changes nothing."""
        body = PacksToValidate(profiles=list(profiles))
        return self._calls.ask(RepaveValidation, path(_ONE + "/validate/repave", uid), body)

    def repave(self, uid: str) -> Repave | None:
        """The repave that waits for approval, or the last one; None when there never was one."""
        return self._calls.find(Repave, path(_ONE + "/repave/status", uid))

    def repave_reasons(self, uid: str) -> list[RepaveReason]:
        """Why nodes wait to be replaced."""
        return self._calls.read(Repave, path(_ONE + "/repave/status", uid)).spec.reasons

    def approve_repave(self, uid: str) -> None:
        """Lets a repave go on that waits for approval; the state is Approved at once."""
        self._calls.write("PATCH", path(_ONE + "/repave/approve", uid))

    def validate_packs(self, uid: str, profiles: Iterable[ProfileEntity]) -> ClusterValidation:
        """What the service says about the layers of these profiles on this cluster; on any cluster, where uid is empty."""
        body = PacksToValidate(profiles=list(profiles))
        at = path(_ONE, uid) if uid else "/v1/spectroclusters"
        return self._calls.ask(ClusterValidation, f"{at}/validate/packs", body)

    # ---- layers and variables ---------------------------------------------------------------------------------

    def pack_config(self, uid: str, profile_uid: str, pack: str) -> list[PackConfig]:
        """The configuration of a layer, one row a scope: profile, then override."""
        return self._calls.read(PackConfigs, path(_ONE + "/profiles/{}/packs/{}/config", uid, profile_uid, pack)).items

    def packs_manifests(self, uid: str) -> list[ProfilePacksManifests]:
        """All manifests of a cluster with their texts, by profile and layer."""
        at = path(_ONE + "/profiles/packs/manifests", uid)
        return self._calls.read(ClusterProfilesPacksManifests, at).profiles

    def manifests(self, uid: str) -> list[ManifestSummary]:
        """All manifests of a cluster with their texts, flat."""
        return self._calls.read(ClusterManifests, path(_ONE + "/manifests", uid)).manifests

    def installed_manifests(self, uid: str) -> list[InstalledManifest]:
        """The manifests of the layers that are rolled out, with variables and macros filled in."""
        return self._calls.read(InstalledManifests, path(_ONE + "/features/manifests", uid)).manifests

    def pack_manifests(self, uid: str, profile_uid: str, pack: str) -> list[ManifestEntity]:
        """The manifests of one layer of a cluster."""
        at = path(_ONE + "/profiles/{}/packs/{}/manifests", uid, profile_uid, pack)
        return self._calls.read(ClusterManifestDocs, at).items

    def manifest(self, uid: str, manifest_uid: str) -> ManifestEntity | None:
        """One manifest of a cluster by the uid that it has there, or None when the cluster has none of this uid."""
        return self._calls.find(ManifestEntity, path(_ONE + "/pack/manifests/{}", uid, manifest_uid))

    def put_manifests(self, uid: str, profile_uid: str, pack: str, texts: Mapping[str, str]) -> None:
        """Overrides manifests of one layer: the new text by the uid of the manifest."""
        body = ManifestTexts(manifests=[ManifestText(uid=key, content=text) for key, text in texts.items()])
        self._calls.write("PUT", path(_ONE + "/profiles/{}/packs/{}/manifests", uid, profile_uid, pack), body)

    def variables(self, uid: str) -> list[ProfileVariables]:
        """The variables of all profiles of a cluster, with their values."""
        return self._calls.read_rows(ProfileVariables, path(_ONE + "/variables", uid))

    def patch_variables(self, uid: str, values: Iterable[ProfileVariableValues]) -> None:
        """Sets the listed variables."""
        self._calls.write("PATCH", path(_ONE + "/variables", uid), [row.body() for row in values])

    # ---- access and what runs ---------------------------------------------------------------------------------

    def kubeconfig(self, uid: str) -> str | None:
        """The kubeconfig for people, or None as long as there is none. It is a secret."""
        return self._kubeconfig(path(_ONE + "/assets/kubeconfigclient", uid))

    def admin_kubeconfig(self, uid: str) -> str | None:
        """The administrator's kubeconfig, or None as long as there is none. It is a secret."""
        return self._kubeconfig(path(_ONE + "/assets/adminKubeconfig", uid))

    def workloads(self, uid: str, *, namespaces: Iterable[str] = ()) -> WorkloadSpec:
        """What runs on a cluster, in these namespaces or in all."""
        body = WorkloadQuery(filter=WorkloadFilter(namespaces=list(namespaces)))
        return self._calls.ask(Workloads, path("/v1/dashboard/spectroclusters/{}/workloads", uid), body).spec

    def namespaces(self, uid: str) -> list[str]:
        """The names of a cluster's namespaces; [] while none is known."""
        at = path("/v1/dashboard/spectroclusters/{}/workloads/namespace", uid)
        rows = self._calls.ask(Namespaces, at, WorkloadQuery()).namespaces
        return sorted(row.metadata.entity.name for row in rows)

    def events(self, uid: str, *, limit: int = 50) -> list[Event]:
        """The latest events of a cluster."""
        at = path("/v1/events/components/spectrocluster/{}", uid)
        return self._calls.read(Events, at, query={"limit": limit}).items

    def _kubeconfig(self, at: str) -> str | None:
        text = self._calls.find_text(at)
        return _plain(text) or None if text is not None else None


def state_of(cluster: Cluster | None) -> str:
    """The state in one word: `Gone` (no object, or Deleted), `Accepted` (no status yet), or the service's own."""
    if cluster is None:
        return GONE
    if cluster.status is None:
        return ACCEPTED
    return GONE if cluster.status.state == "Deleted" else cluster.status.state or ACCEPTED


def pack_errors(said: ClusterValidation, names: Mapping[str, str]) -> list[str]:
    """What a validation of layers has against them, a line each.

    Args:
        said: the service's answer.
        names: of the profiles, by uid.
    """
    return [
        f"{names.get(result.name) or result.display_name or result.name}: {error.message or error.code}"
        for profile in said.profiles
        for result in profile.packs.results
        for error in result.errors
    ]


def is_gone(cluster: Cluster | None) -> bool:
    """Whether the cluster is no more."""
    return state_of(cluster) == GONE


def apply_now() -> SpcApplySettings:
    """Downloads and installs at once."""
    return SpcApplySettings(action_type="DownloadAndInstall")


def _of_cloud(cloud: str) -> str:
    return f"/v1/spectroclusters/{cloud}" if cloud in _KINDS else path("/v1/spectroclusters/cloudTypes/{}", cloud)


def _plain(text: str) -> str:
    # The service sends kubeconfigs plain or, as a whole, in base64.
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except (binascii.Error, ValueError):
        return text


def _key(wanted: SearchSpec) -> tuple[str, str]:
    return "search", repr(wanted.body())
