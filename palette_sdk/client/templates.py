"""Cluster templates: profile versions, values and windows that many clusters follow, and how far each of them is."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from palette_sdk.errors import ConflictError
from palette_sdk.wire.cluster_state import ClusterProfileRow, ClusterProfileRows
from palette_sdk.wire.clusters import RepaveValidation
from palette_sdk.wire.meta import MetaInput, MetaPatch
from palette_sdk.wire.templates import (
    ClusterTemplate,
    ClusterTemplateValues,
    PolicyRef,
    ProfileValues,
    ProfileVariableClusters,
    Reconcile,
    RepaveProfile,
    TemplateClusterMeta,
    TemplateCreate,
    TemplateFilter,
    TemplatePolicies,
    TemplateProfile,
    TemplateProfiles,
    TemplateRepave,
    TemplateRow,
    TemplateRows,
    TemplateSearch,
    TemplatesSummary,
    TemplateSummary,
    TemplateUpgrade,
    TemplateVariables,
    TemplateVariablesPatch,
    VariableAssignments,
)

from .calls import Calls, path

_ALL = "/v1/clusterTemplates"
_ONE = "/v1/clusterTemplates/{}"
_CLUSTERS = "/v1/spectroclusters/clusterTemplates/{}"
_BOARD = "/v1/dashboard/clusterTemplates"


class Templates:
    """Cluster templates in sight of the scope, and the clusters that follow them."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    # ---- templates ------------------------------------------------------------------------------------------

    def metadata(self, *, fresh: bool = False) -> list[TemplateRow]:
        """Name and uid of every template."""
        rows = self._calls.shared(
            "list", lambda: self._calls.read(TemplateRows, f"{_BOARD}/metadata").items, fresh=fresh
        )
        return [*rows]

    def by_name(
        self, name: str, *, scope: Literal["project", "tenant"] = "project", fresh: bool = False
    ) -> list[TemplateRow]:
        """Templates with exactly this name; project and tenant may each have one, that of `scope` comes first."""
        rows = [row for row in self.metadata(fresh=fresh) if row.name == name]
        return sorted(rows, key=lambda row: bool(row.project_uid) != (scope == "project"))

    def search(self, wanted: TemplateFilter | None = None, *, fresh: bool = False) -> list[TemplateSummary]:
        """Templates by a filter, with state and clusters; without one, all."""
        body = TemplateSearch(filter=wanted or TemplateFilter()).body()
        rows = self._calls.shared(
            ("search", repr(body)),
            lambda: self._calls.pages(
                lambda query: self._calls.ask(TemplatesSummary, _BOARD, body, query=query), lambda page: page.items
            ),
            fresh=fresh,
        )
        return [*rows]

    def get(self, uid: str) -> ClusterTemplate | None:
        """A template as it is now, with the state of its clusters; None when it is gone."""
        return self._calls.find(ClusterTemplate, path(_ONE, uid))

    def cached(self, uid: str, *, fresh: bool = False) -> ClusterTemplate | None:
        """The same, shared within the run until a write."""
        return self._calls.shared(("get", uid), lambda: self.get(uid), fresh=fresh)

    def is_name_free(self, name: str) -> bool:
        """Whether this name may still be taken in the scope."""
        try:
            self._calls.probe(f"{_ALL}/validate/name", query={"name": name})
        except ConflictError:
            return False
        return True

    def create(self, body: TemplateCreate, *, repeatable: bool = False) -> str:
        """Makes a template; its uid. The profile versions it links are locked from now on.

        Raises:
            ConflictError: the name is taken.
            ValidationError: it can't be.
        """
        return self._calls.create(_ALL, body, repeatable=repeatable)

    def patch_metadata(self, uid: str, metadata: MetaInput) -> None:
        """Replaces name, labels and annotations, as far as they are given."""
        self._calls.write("PATCH", path(_ONE + "/metadata", uid), MetaPatch(metadata=metadata))

    def set_policies(self, uid: str, policies: Iterable[PolicyRef]) -> None:
        """Makes these the policies (at most one); an empty list takes the windows away."""
        self._calls.write("PATCH", path(_ONE + "/policies", uid), TemplatePolicies(policies=[*policies]))

    def delete(self, uid: str) -> bool:
        """Deletes a template; False when it was gone.

        Raises:
            ConflictError: clusters follow it.
        """
        return self._calls.remove(path(_ONE, uid))

    # ---- versions and upgrades --------------------------------------------------------------------------------

    def relink(self, uid: str, profiles: Iterable[TemplateProfile]) -> None:
        """Makes these the profiles, with strategies and values for all clusters; no cluster is touched by the call itself.

        Raises:
            ValidationError: it can't be, or a cluster could never become that.
            ConflictError: another value for an immutable variable.
        """
        self._calls.write("PUT", path(_ONE + "/profiles", uid), TemplateProfiles(profiles=[*profiles]))

    def validate_repave(self, uid: str, profile_uids: Iterable[str], *, now: bool = False) -> RepaveValidation:
        """Whether linking these versions would replace nodes of any cluster, and why.

        Args:
            uid: the template.
            profile_uids: the versions that would be linked.
            now: for an upgrade now, not for the next window.
        """
        profiles = [RepaveProfile(uid=each) for each in profile_uids]
        body = TemplateRepave(is_upgrade_now=now, profiles=profiles)
        return self._calls.ask(RepaveValidation, path(_CLUSTERS + "/validate/repave", uid), body)

    def upgrade_now(self, uid: str, cluster_uids: Iterable[str] = ()) -> None:
        """Upgrades these clusters now, or all that wait; which are unresolved are skipped (see `reconcile`)."""
        self._calls.write(
            "PATCH", path(_CLUSTERS + "/clusters/upgrade", uid), TemplateUpgrade(cluster_uids=[*cluster_uids])
        )

    def reconcile(self, uid: str, cluster_uid: str) -> Reconcile | None:
        """How far one cluster is and what it lacks; None when it doesn't follow the template."""
        return self._calls.find(Reconcile, path(_ONE + "/spectroclusters/{}/reconcile", uid, cluster_uid))

    def running_profiles(self, uid: str) -> list[ClusterProfileRow]:
        """The profile versions that clusters of the template run."""
        return self._calls.read(ClusterProfileRows, path(_CLUSTERS + "/profiles", uid)).profiles

    def clusters(self, uid: str) -> list[TemplateClusterMeta]:
        """The clusters of a template."""
        return self._calls.read_rows(TemplateClusterMeta, path(_BOARD + "/{}/spectroclusters/meta", uid))

    # ---- variables ----------------------------------------------------------------------------------------------

    def variables(self, uid: str, profile_uid: str) -> list[VariableAssignments]:
        """The variables of a linked profile, with what each cluster runs, shall run, and lacks."""
        at = path(_ONE + "/profiles/{}/variables", uid, profile_uid)
        return self._calls.read(TemplateVariables, at).variables

    def assignments(self, uid: str, profile_uid: str, *, fresh: bool = False) -> list[VariableAssignments]:
        """The same, shared within the run until a write."""
        return list(
            self._calls.shared(("variables", uid, profile_uid), lambda: self.variables(uid, profile_uid), fresh=fresh)
        )

    def set_variables(self, uid: str, profiles: Iterable[ProfileVariableClusters]) -> None:
        """Sets values of many clusters, by profile and variable; they are applied with the next upgrade.

        Raises:
            ValidationError: a value can't be, or the template has one for all clusters.
            ConflictError: another value for an immutable variable.
        """
        body = TemplateVariablesPatch(profiles=[*profiles])
        self._calls.write("PATCH", path(_ONE + "/profiles/variables", uid), body)

    def set_cluster_variables(self, cluster_uid: str, profiles: Iterable[ProfileValues]) -> None:
        """Sets values of one cluster, by profile; they are applied with its next upgrade."""
        at = path(_ALL + "/spectroclusters/{}/variables", cluster_uid)
        self._calls.write("PATCH", at, ClusterTemplateValues(profiles=[*profiles]))
