"""The class `ImportedProfile`: a version whose content stands in a document. The layers' packs are looked up in the program.

From the look-ups on it is a version as any other: one provider and one schema for all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import checked, made
from palette_sdk.resources.lookups import PUBLIC, PackResult, RegistryResult, pack_in
from palette_sdk.resources.profile.args import (
    MANIFEST_PACK_UID,
    Layer,
    LayerKind,
    LayerType,
    Variable,
    file_text,
    layers_props,
)
from palette_sdk.resources.profile.bodies import LAYER_OF_KIND
from palette_sdk.resources.profile.document import Document, definitions, read_document, refusal
from palette_sdk.resources.profile.resource import VersionedProfile, seeds
from palette_sdk.resources.program import Cloud, Scope, Tags, Timeouts, TimeoutsDict, common_props, program_client
from palette_sdk.rules.layers import LayerFacts, ProfileType, check_layers, profile_type
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.rules.tags import parse_tags

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.packs import RegistryMetadata
    from palette_sdk.wire.profiles import PackImport


class ImportedProfile(VersionedProfile, module="palette", name="ImportedProfile"):
    """A version of a profile from its JSON document, as `palette profiles export` writes it.

    Name, version, cloud, type, layers with their manifests, variables, description and tags stand in the document; texts go
    to Palette byte for byte. The file is read and validated in each run: everything that stands in its way is told at once,
    before anything is sent. A changed file is what changed layers are to a `Profile`: the version is edited in place, and
    another `spec.version` is refused, as the former one would be lost. `ProfileVersion(source=...)` goes on from here.

    Args:
        resource_name: name in the Pulumi program only; Palette's name is the document's unless `name` is given.
        file: the document, from the program's folder. A changed content edits the version in place.
        registries: names of registries here, by those that the document has: `{"Their Registry": "Public Repo"}`. Default:
            they have the same names.
        secrets: defaults of sensitive variables, by name. A document has asterisks in their place; a required variable
            needs one. A change edits the version in place.
        in_place: `forbid` refuses to edit this version in place; default `allow`.
        name: Palette's name; default: the document's. A change is refused.
        description: for people; default: the document's. A change is made in place.
        tags: `["env:prod", "web"]` or a mapping, one value per key, on top of the document's and `palette:tags`. A change is
            made in place.
        project: name of the project; default `palette:project`, else `Default`. A change is refused.
        scope: `tenant` makes it visible in all projects; default `project`. A change is refused.
        adopt: uid of an existing version to take over; what would change on it is refused until approved by its token.
        timeouts: accepted as on all resources; a version is not waited for, so it has no effect.
        opts: Pulumi's options.
    """

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        file: str | Path,
        registries: Mapping[str, str] | None = None,
        secrets: Mapping[str, pulumi.Input[str]] | None = None,
        in_place: Literal["allow", "forbid"] = "allow",
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] | None = None,
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        given, called = dict(secrets or {}), f'ImportedProfile("{resource_name}")'
        document = _read(file, called)
        own = parse_tags(tags) if not isinstance(tags, Mapping) else tags
        props = common_props(
            resource_name,
            {
                "project": project,
                "scope": scope,
                "adopt": adopt,
                "timeouts": timeouts,
                "opts": opts,
                "name": document.name if name is None else name,
                "description": document.description if description is None else description,
                "tags": {**document.tags, **own},
            },
        )
        defined, wrong, remarks = definitions(document, given, taking_over="adopt" in props)
        client = program_client(project=project, scope=scope)
        layers, problems = layers_of(client, document, registries or {})
        problems = [*document.problems, *problems, *wrong]
        if problems:
            raise InputError(f"{called}: {refusal(str(file), [*problems, *document.remarks])}")
        for remark in [*document.remarks, *remarks]:
            pulumi.log.warn(f"{called}: {file}: {remark}")
        by_name, order = layers_props(list(layers.values()))
        for _, item in document.packs:
            by_name[item.name] |= _as_written(item)
        props |= {
            "version": document.version,
            "cloud": document.cloud,
            "type": document.type,
            "layers": by_name,
            "layer_order": order,
            "previous_layers": seeds(by_name),
            "variables": {item["name"]: _variable(item, given) for item in defined},
            "in_place": in_place,
            "document": str(file),
            **_unsorted("variable_order", [item["name"] for item in defined]),
        }
        self._register(resource_name, props, opts, name if isinstance(name, str) else document.name)

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - pulumi's own name
        opts: pulumi.ResourceOptions | None = None,
    ) -> ImportedProfile:
        """An existing version, read by its uid; it is not managed by this program."""
        return cast("ImportedProfile", ImportedProfile._got(resource_name, id, opts))


def layers_of(client: Palette, document: Document, registries: Mapping[str, str]) -> tuple[dict[str, Layer], list[str]]:
    """The layers of a document as they can be made here, by name, and what stands in the way.

    Args:
        client: the client to ask with.
        document: the document.
        registries: names of registries here, by those of the document.
    """
    found = _Registries(client.registries.list(), registries)
    cloud = document.cloud if document.cloud in get_args(Cloud) else "all"
    layers: dict[str, Layer] = {}
    problems = []
    for place, item in document.packs:
        try:
            layer = _layer(client, cloud, place, item, found)
        except InputError as error:
            problems.append(str(error))
            continue
        if layer is not None:
            layers[item.name] = layer
    return layers, [*problems, *found.problems(), *_unfit(document, layers)]


def _unfit(document: Document, layers: Mapping[str, Layer]) -> list[str]:
    """Why the layers don't make a profile of the document's type and cloud, as far as their kinds are known."""
    facts = []
    for _, item in document.packs:
        kind = layers[item.name].kind if item.name in layers else LAYER_OF_KIND.get(item.layer, item.layer)
        facts.append(LayerFacts(name=item.name, kind=cast("LayerKind", kind), type=item.type or "spectro"))
    if not document.is_whole or not all(fact.kind for fact in facts):
        return []
    try:
        kind_of_profile = cast("ProfileType", document.type or profile_type(facts))
        check_layers(facts, profile_type=kind_of_profile, cloud=document.cloud, path="spec.template.packs")
    except InputError as error:
        return [str(error)]
    return []


class _Registries:
    """Registries that exist here, found by the names of the document."""

    def __init__(self, rows: Sequence[RegistryMetadata], renamed: Mapping[str, str]) -> None:
        self._rows, self._renamed = rows, renamed
        self._unused = list(renamed)
        self._lacking: dict[tuple[str, str], list[str]] = {}

    def of(self, place: str, item: PackImport) -> RegistryMetadata | None:
        """The registry of a layer; None where there is none, which `problems` then tells."""
        facts = item.registry.metadata if item.registry else {}
        written = str(facts.get("name") or ("" if item.type in ("helm", "oci") else PUBLIC))
        if written in self._unused:
            self._unused.remove(written)
        name = self._renamed.get(written, written)
        fitting = self._fitting(item.type)
        named = [row for row in fitting if row.name == name]
        if not named and written not in self._renamed:
            named = [row for row in fitting if row.uid == facts.get("uid")]  # renamed here since the export
        if not named:
            self._lacking.setdefault((written, item.type), []).append(place)
            return None
        return min(named, key=lambda row: (row.uid != facts.get("uid"), row.kind != "pack", not row.is_default))

    def _fitting(self, kind: str) -> list[RegistryMetadata]:
        return [row for row in self._rows if kind not in ("helm", "oci") or row.kind == kind]

    def problems(self) -> list[str]:
        """Registries that don't exist, each once, and names that no layer has."""
        told = []
        for (written, kind), places in self._lacking.items():
            names = [row.name for row in self._fitting(kind)]
            what = f"{kind} registry" if kind in ("helm", "oci") else "registry"
            more = f" and {len(places) - 1} more" if len(places) > 1 else ""
            if not written:
                told.append(f"{places[0]}.registry{more}: a chart needs the name of its registry")
            elif written in self._renamed:
                name = self._renamed[written]
                told.append(f'registries["{written}"]: there is no {what} "{name}" here; {did_you_mean(name, names)}')
            else:
                advice = f'; say which one it is here: registries={{"{written}": ...}}' if names else ""
                alike = did_you_mean(written, names)
                told.append(f'{places[0]}{more}: there is no {what} "{written}" here; {alike}{advice}')
        return [*told, *(f'registries["{name}"]: no layer of the document comes from there' for name in self._unused)]


def _layer(client: Palette, cloud: str, place: str, item: PackImport, registries: _Registries) -> Layer | None:
    kind = LAYER_OF_KIND.get(item.layer, "addon")
    facts: dict[str, Any] = {
        "name": item.name,
        "values": item.values,
        "manifests": {each.name: each.content for each in item.manifests},
    }
    if item.type not in ("", *get_args(LayerType)):
        return None  # which is told of the document already
    if item.type == "manifest":
        facts |= {"version": item.version, "tag": item.tag, "pack_uid": MANIFEST_PACK_UID}
        return Layer(type="manifest", kind=cast("LayerKind", kind), **facts)
    registry = registries.of(place, item)
    if registry is None:
        return None
    if item.type in ("helm", "oci"):
        if not item.version and not item.tag:
            raise InputError("a chart needs its version", path=f"{place}.version")
        facts |= {"version": item.version or item.tag, "tag": item.tag or item.version, "registry_uid": registry.uid}
        return Layer(type=cast("LayerType", item.type), kind=cast("LayerKind", kind), **facts)
    pack = _pack(client, cloud, place, item, registry)
    facts |= {"version": pack.version, "tag": item.tag or pack.version, "pack_uid": pack.uid}
    facts |= {"values": item.values or pack.values, "defaults": not item.values, "registry_uid": pack.registry_uid}
    return Layer(type="spectro", kind=pack.layer, **facts)


def _pack(client: Palette, cloud: str, place: str, item: PackImport, registry: RegistryMetadata) -> PackResult:
    repo = RegistryResult(registry.uid, registry.name, registry.kind)
    wanted = item.version or item.tag or None
    pack = pack_in(client, repo, item.name, wanted, cloud=cloud, path=place)
    if item.version and item.tag and item.tag != pack.version:
        found = client.packs.in_registry(item.name, repo.uid, cloud_type=cloud)
        rows = found.tags if found else []
        known = {tag for row in rows if row.pack_uid == pack.uid for tag in (row.tag, *row.parent_tags)}
        if item.tag not in known:
            raise InputError(
                f'"{item.tag}" is no tag of version {pack.version}; {did_you_mean(item.tag, sorted({*known, pack.version}))}',
                path=f"{place}.tag",
            )
    return pack


def _read(file: str | Path, called: str) -> Document:
    text = file_text(Path(file), f"{called}.file")
    try:
        return read_document(text)
    except InputError as error:
        raise InputError(f"{called}: {refusal(str(file), [str(error)])}") from None


def _as_written(item: PackImport) -> dict[str, Any]:
    """What of a layer only a document says: that its version holds whatever its tag is, and the order of its manifests."""
    exact = {"exact": True} if item.version and item.tag not in ("", item.version) else {}
    return {**exact, **_unsorted("manifest_order", [each.name for each in item.manifests])}


def _unsorted(key: str, names: list[str]) -> dict[str, list[str]]:
    """Names under a key where their order is not the one in which they are written without it."""
    return {key: names} if names != sorted(names) else {}


def _variable(definition: Mapping[str, Any], secrets: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    name = definition["name"]
    fields = {key: value for key, value in definition.items() if key != "option_details"}
    variable = made(Variable, {**fields, "default": secrets.get(name, definition["default"])}, f'variables["{name}"]')
    details = {key: value for key, value in definition.items() if key == "option_details"}
    return {**variable.props(), **details}
