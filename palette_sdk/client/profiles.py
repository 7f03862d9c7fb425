"""Cluster profiles: each version is an object with its own uid, and versions share a name."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from palette_sdk.errors import ConflictError
from palette_sdk.wire.layers import ManifestEntities, ManifestEntity, PackConfig, PackConfigs, ProfilePacksManifests
from palette_sdk.wire.meta import MetaInput
from palette_sdk.wire.profiles import (
    CloneMeta,
    ClusterProfile,
    PackRef,
    ProfileClone,
    ProfileCreate,
    ProfileFilter,
    ProfileImport,
    ProfileMetadata,
    ProfileMetaPatch,
    ProfileSearch,
    ProfilesMetadata,
    ProfilesSummary,
    ProfileSummary,
    ProfileUpdate,
    ProfileValidation,
    Template,
    TemplateDraft,
    Variable,
    VariableNames,
    Variables,
)

from .calls import Calls, path

_ONE = "/v1/clusterprofiles/{}"


@dataclass(frozen=True)
class LayerContent:
    """A layer in full: what it is, its values, and the texts of its manifests by name."""

    pack: PackRef
    values: str = field(repr=False)
    manifests: dict[str, str] = field(repr=False)
    manifest_uids: dict[str, str]


@dataclass(frozen=True)
class ProfileContent:
    """A version of a profile in full; `layers` keeps the order of the profile."""

    profile: ClusterProfile
    layers: dict[str, LayerContent]
    variables: list[Variable] = field(default_factory=list)


class Profiles:
    """Profiles in sight of the scope: the project's own, and those of tenant and system."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    def metadata(self, *, fresh: bool = False) -> list[ProfileMetadata]:
        """Name, version, cloud and uid of every version of every profile."""
        return list(
            self._calls.shared(
                "metadata",
                lambda: self._calls.read(ProfilesMetadata, "/v1/dashboard/clusterprofiles/metadata").items,
                fresh=fresh,
            )
        )

    def versions(
        self, name: str, *, scope: Literal["project", "tenant"] = "project", fresh: bool = False
    ) -> dict[str, str]:
        """Uid of each version of the profile with exactly this name; {} when there is none.

        A version that the service doesn't tell is 1.0.0. Where project and tenant have the same version of that name, the
        one of `scope` is given; only then each of the two is read.
        """
        found: dict[str, list[str]] = {}
        for row in self.metadata(fresh=fresh):
            if row.metadata.name == name:
                found.setdefault(row.spec.version or "1.0.0", []).append(row.metadata.uid)
        return {
            version: uids[0] if len(uids) == 1 else self._of_scope(uids, scope, fresh=fresh)
            for version, uids in found.items()
        }

    def _of_scope(self, uids: list[str], scope: str, *, fresh: bool) -> str:
        for uid in uids:
            profile = self.cached(uid, fresh=fresh)
            if profile is not None and profile.metadata.annotations.get("scope") == scope:
                return uid
        return uids[0]

    def get(self, uid: str) -> ClusterProfile | None:
        """A version of a profile as it is now, or None when it is gone."""
        return self._calls.find(ClusterProfile, path(_ONE, uid))

    def cached(self, uid: str, *, fresh: bool = False) -> ClusterProfile | None:
        """The same, shared within the run until a write."""
        return self._calls.shared(("get", uid), lambda: self.get(uid), fresh=fresh)

    def content(self, uid: str, *, fresh: bool = False) -> ProfileContent | None:
        """A version with the values, manifests and variables of all its layers, shared within the run; None when gone."""
        return self._calls.shared(("content", uid), lambda: self._content(uid), fresh=fresh)

    def search(self, wanted: ProfileFilter | None = None, *, fresh: bool = False) -> list[ProfileSummary]:
        """Profiles by a filter, with labels and users; without one, all."""
        body = ProfileSearch(filter=wanted or ProfileFilter()).body()
        at = "/v1/dashboard/clusterprofiles"
        return list(
            self._calls.shared(
                ("search", repr(body)),
                lambda: self._calls.pages(
                    lambda query: self._calls.ask(ProfilesSummary, at, body, query=query),
                    lambda page: page.items,
                ),
                fresh=fresh,
            )
        )

    def summary(self, uid: str) -> ProfileSummary | None:
        """Labels and users of one version, or None when it is gone."""
        return self._calls.find(ProfileSummary, path("/v1/dashboard/clusterprofiles/{}", uid))

    def is_name_free(self, name: str, version: str) -> bool:
        """Whether this name and version may still be taken."""
        try:
            self.validate_name(name, version)
        except ConflictError:
            return False
        return True

    def validate_name(self, name: str, version: str) -> None:
        """Asks whether this name and version may be taken.

        Raises:
            ConflictError: they are taken.
            ValidationError: they are malformed.
        """
        self._calls.probe("/v1/clusterprofiles/validate/name", query={"name": name, "version": version})

    def validate_packs(self, draft: TemplateDraft, uid: str = "") -> ProfileValidation:
        """What the service says about layers, for a new profile or for the one with `uid`."""
        at = path("/v1/clusterprofiles/{}/validate/packs", uid) if uid else "/v1/clusterprofiles/validate/packs"
        return self._calls.ask(ProfileValidation, at, draft)

    def create(self, body: ProfileCreate, *, publish: bool = True, repeatable: bool = False) -> str:
        """Makes a version and publishes it in the same call; its uid.

        Raises:
            ConflictError: name and version are taken.
        """
        return self._calls.create("/v1/clusterprofiles", body, query={"publish": publish}, repeatable=repeatable)

    def update(self, uid: str, body: ProfileUpdate) -> None:
        """Replaces all layers of a version; the change stays a draft until it is published."""
        self._calls.write("PUT", path(_ONE, uid), body)

    def patch_metadata(self, uid: str, metadata: MetaInput) -> None:
        """Replaces name, labels and annotations, as far as they are given."""
        self._calls.write("PATCH", path(_ONE + "/metadata", uid), ProfileMetaPatch(metadata=metadata))

    def publish(self, uid: str) -> None:
        """Makes the draft what clusters get. Clusters that use the version have a pending update then."""
        self._calls.write("PATCH", path(_ONE + "/publish", uid))

    def clone(self, uid: str, *, name: str, version: str) -> str:
        """Copies a version under another name or number; the uid of the copy."""
        body = ProfileClone(metadata=CloneMeta(name=name, version=version))
        return self._calls.create(path(_ONE + "/clone", uid), body)

    def delete(self, uid: str) -> bool:
        """Deletes a version; False when it was gone.

        Raises:
            ConflictError: clusters or templates use it.
        """
        return self._calls.remove(path(_ONE, uid))

    def variables(self, uid: str) -> list[Variable]:
        """The variables of a version."""
        return self._calls.read(Variables, path(_ONE + "/variables", uid)).variables

    def defined(self, uid: str, *, fresh: bool = False) -> list[Variable]:
        """The same, shared within the run until a write."""
        return list(self._calls.shared(("variables", uid), lambda: self.variables(uid), fresh=fresh))

    def put_variables(self, uid: str, variables: Iterable[Variable]) -> None:
        """Replaces all variables of a version."""
        self._calls.write("PUT", path(_ONE + "/variables", uid), Variables(variables=list(variables)))

    def patch_variables(self, uid: str, variables: Iterable[Variable]) -> None:
        """Adds variables, or changes those of the same name."""
        self._calls.write("PATCH", path(_ONE + "/variables", uid), Variables(variables=list(variables)))

    def delete_variables(self, uid: str, names: Iterable[str]) -> None:
        """Takes variables away."""
        self._calls.write("DELETE", path(_ONE + "/variables", uid), VariableNames(variables=list(names)))

    def packs_manifests(self, uid: str) -> ProfilePacksManifests:
        """All layers of a version with the texts of their manifests."""
        return self._calls.read(ProfilePacksManifests, path(_ONE + "/packs/manifests", uid))

    def manifests(self, uid: str, pack: str) -> list[ManifestEntity]:
        """The manifests of one layer, draft and published."""
        return self._calls.read(ManifestEntities, path(_ONE + "/packs/{}/manifests", uid, pack)).items

    def pack_config(self, uid: str, pack: str, pack_uid: str) -> list[PackConfig]:
        """The configuration of one layer."""
        at = path(_ONE + "/packs/{}/config", uid, pack)
        return self._calls.read(PackConfigs, at, query={"packUid": pack_uid}).items

    def export(self, uid: str, *, format: str = "json") -> str:  # noqa: A002
        """A version as a document, `json` or `yaml`."""
        return self._calls.text(path(_ONE + "/export", uid), query={"format": format})

    def import_(self, document: ProfileImport, *, publish: bool = True, repeatable: bool = False) -> str:
        """Makes a version from an exported document; its uid."""
        return self._calls.create(
            "/v1/clusterprofiles/import", document, query={"publish": publish}, repeatable=repeatable
        )

    def _content(self, uid: str) -> ProfileContent | None:
        profile = self.get(uid)
        if profile is None:
            return None
        texts = {pack.spec.name: pack.spec.manifests for pack in self.packs_manifests(uid).spec.packs}
        layers = {
            pack.name: LayerContent(
                pack=pack,
                values=pack.values,
                manifests={row.name: row.content for row in texts.get(pack.name, [])},
                manifest_uids={row.name: row.uid for row in texts.get(pack.name, [])},
            )
            for pack in current(profile).packs
        }
        return ProfileContent(profile=profile, layers=layers, variables=self.variables(uid))


def current(profile: ClusterProfile) -> Template:
    """What clusters get from a version: its published side, or the draft of one that was never published."""
    return profile.spec.published or profile.spec.draft or Template()
