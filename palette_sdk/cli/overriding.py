"""Overrides of one layer on one cluster: what is overridden, and writing or taking back an override.

Writes by the service's own calls: values by a PATCH of the profile, which says everything about its overrides, so that
those of other layers are sent again; manifests by a PUT of theirs. Decides nothing about updates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from palette_sdk.cli.cluster_layers import Layer, LiveCluster, Overridden, Version
from palette_sdk.client import Palette
from palette_sdk.client.clusters import apply_now, pack_errors
from palette_sdk.content.changes import Change, text_changes
from palette_sdk.content.document import check_yaml, readable
from palette_sdk.content.tree import YamlError
from palette_sdk.errors import InputError, PaletteError
from palette_sdk.merge import Content, Declared, Row, Settled, found, settle
from palette_sdk.rules.nearest import did_you_mean
from palette_sdk.wire.clusters import ClusterProfiles, PackValues, ProfileEntity
from palette_sdk.wire.profiles import ManifestUpdate


@dataclass(frozen=True)
class Changed:
    """A change to one text of a layer."""

    manifest: str
    change: Change

    def hidden(self) -> Changed:
        """The same without path and values."""
        return Changed(self.manifest, Change(self.change.resource, "", "(secret)", "(secret)"))

    def __str__(self) -> str:
        where = " ".join(part for part in (self.change.resource, self.change.path) if part)
        return f"{where or self.manifest or 'values'} {self.change.old or '(none)'} -> {self.change.new or '(gone)'}"


def edited(layer: Layer, rows: Sequence[Declared]) -> Settled:
    """The layer's content on the cluster with these places changed, every other byte as it was, and which of them are new.

    Raises:
        InputError: a place isn't there, or the text can't hold the value.
    """
    return settle(
        layer=layer.name,
        base=layer.content,
        incoming=layer.content,
        running=layer.content,
        policy="merge",
        rules=(),
        declared=rows,
        owned=(),
        path=layer.name,
    )


def with_text(layer: Layer, text: str, manifest: str) -> Content:
    """The layer's content with one whole text replaced: that of a manifest, or the values.

    Args:
        layer: the layer as it runs.
        text: the new text.
        manifest: the manifest's name; empty for values, or for the only manifest of a layer without values.

    Raises:
        InputError: there is no such manifest, or several and none is named.
    """
    name = manifest_of(layer, manifest)
    if not name:
        return Content(values=text, manifests=dict(layer.content.manifests))
    return Content(values=layer.content.values, manifests={**layer.content.manifests, name: text})


def manifest_of(layer: Layer, manifest: str) -> str:
    """The manifest that is meant; empty for the values.

    Raises:
        InputError: there is no such manifest, or several and none is named.
    """
    names = list(layer.content.manifests)
    if manifest:
        if manifest not in names:
            raise InputError(f'the layer "{layer.name}" has no manifest "{manifest}"; {did_you_mean(manifest, names)}')
        return manifest
    if layer.type != "manifest" or not names:
        return ""
    if len(names) > 1:
        raise InputError(
            f'the layer "{layer.name}" has {len(names)} manifests; name one: '
            + "   or: ".join(f"--manifest {name}" for name in names)
        )
    return names[0]


def changes(before: Content, after: Content) -> list[Changed]:
    """What differs between two contents of a layer, place by place."""
    rows = [Changed("", each) for each in text_changes(before.values, after.values)]
    for name in {**before.manifests, **after.manifests}:
        pair = (before.manifests.get(name, ""), after.manifests.get(name, ""))
        rows += [Changed(name, each) for each in text_changes(*pair)]
    return rows


def check(layer: Layer, after: Content, *, secret: bool = False) -> None:
    """Refuse a text that is no YAML where the one that runs is, or that is empty.

    Raises:
        InputError: with line and column.
    """
    texts = [("values", layer.content.values, after.values)]
    texts += [(name, layer.content.manifests.get(name, ""), text) for name, text in after.manifests.items()]
    for name, old, new in texts:
        if new == old:
            continue
        if not new.strip():
            raise InputError(f"an empty text overrides nothing; take the override back: --reset ({layer.name}, {name})")
        if _is_yaml(old):
            check_yaml(new, path=f"{layer.name}, {name}", secret=secret)


def write(
    client: Palette,
    cluster: LiveCluster,
    profile: Version,
    layer: Layer,
    after: Content,
    *,
    overrides: Mapping[str, Overridden],
    repave: bool = False,
) -> None:
    """Override the layer with this content, on this cluster only.

    Args:
        client: the service.
        cluster: the cluster.
        profile: the attached profile, as it runs.
        layer: the layer, as it runs.
        after: what it shall have.
        overrides: what the service says is overridden in that profile.
        repave: let it replace nodes.

    Raises:
        PaletteError: the cluster is not running, the service refuses the content, nodes would be replaced and that isn't
            wanted, or an update of that profile waits, which this would bring along.
    """
    refuse_busy(cluster)
    manifests = {name: text for name, text in after.manifests.items() if text != layer.content.manifests.get(name)}
    values = after.values != layer.content.values
    if values:
        refuse_pending(cluster, profile, f"overriding values of {layer.name}")
    was = overrides.get(layer.name, Overridden())
    now = Overridden(values or was.values, tuple({*was.manifests, *manifests}))
    fresh = {**profile.layers, layer.name: _with(layer, after)}
    entity = entity_of(profile.uid, fresh, {**overrides, layer.name: now})
    validate(client, cluster, profile.name, entity)
    if values:
        send(client, cluster, [entity], repave=repave, takes_updates=False)
        return
    if manifests:
        texts = {layer.manifest_uids[name]: text for name, text in manifests.items()}
        client.clusters.put_manifests(cluster.uid, profile.uid, layer.name, texts)


def reset(
    client: Palette,
    cluster: LiveCluster,
    profile: Version,
    layer: Layer,
    original: Content,
    *,
    overrides: Mapping[str, Overridden],
    repave: bool = False,
) -> None:
    """Give a layer back to its profile.

    Args:
        client: the service.
        cluster: the cluster.
        profile: the attached profile, as it runs.
        layer: the layer, as it runs.
        original: the content that the profile has for it.
        overrides: what the service says is overridden in that profile.
        repave: let it replace nodes.

    Raises:
        PaletteError: the cluster is not running, nodes would be replaced and that isn't wanted, or an update of that
            profile waits, which this would bring along.
    """
    refuse_busy(cluster)
    refuse_pending(cluster, profile, f"giving {layer.name} back to its profile")
    was = overrides.get(layer.name, Overridden())
    if was.values:
        others = {name: each for name, each in overrides.items() if name != layer.name}
        entity = entity_of(profile.uid, profile.layers, others)
        send(client, cluster, [entity], repave=repave, takes_updates=False)
        return
    texts = {
        layer.manifest_uids[name]: original.manifests[name] for name in was.manifests if name in original.manifests
    }
    if texts:
        client.clusters.put_manifests(cluster.uid, profile.uid, layer.name, texts)


def entity_of(
    uid: str, layers: Mapping[str, Layer], overrides: Mapping[str, Overridden], *, replaces: str = ""
) -> ProfileEntity:
    """A profile with all its overrides: what isn't said falls back to the profile's content."""
    values = [
        PackValues(
            name=name,
            type=layers[name].type,
            tag=layers[name].version,
            values=layers[name].content.values if what.values else "",
            manifests=[
                ManifestUpdate(name=each, content=layers[name].content.manifests[each])
                for each in what.manifests
                if each in layers[name].content.manifests
            ],
        )
        for name, what in overrides.items()
        if what and name in layers
    ]
    return ProfileEntity(uid=uid, pack_values=values, replace_with_profile=replaces)


def send(
    client: Palette, cluster: LiveCluster, entities: Sequence[ProfileEntity], *, repave: bool, takes_updates: bool
) -> None:
    """Write profiles to a cluster, in one call.

    Args:
        client: the service.
        cluster: the cluster.
        entities: the profiles, each with all its overrides.
        repave: let it replace nodes.
        takes_updates: whether updates that wait come with it.

    Raises:
        PaletteError: nodes would be replaced and that isn't wanted.
    """
    said = client.clusters.validate_repave(cluster.uid, entities)
    if said.is_repave_required and not repave:
        raise PaletteError(
            f'"{cluster.name}" would repave: its nodes would be replaced. Nothing was sent.\n'
            + "\n".join(f"  reason: {each.message or each.code}" for each in said.reasons)
            + "\n  let it: the same with --repave"
        )
    body = ClusterProfiles(profiles=list(entities), spc_apply_settings=apply_now())
    client.clusters.patch_profiles(cluster.uid, body, resolve_notification=takes_updates)
    if said.is_repave_required:
        fresh = client.clusters.get(cluster.uid)
        if fresh is not None and fresh.status is not None and fresh.status.repave.state == "Pending":
            client.clusters.approve_repave(cluster.uid)


def validate(client: Palette, cluster: LiveCluster, name: str, entity: ProfileEntity) -> None:
    """Ask the service about content before it is written.

    Args:
        client: the service.
        cluster: the cluster.
        name: of the profile.
        entity: the profile with its overrides.

    Raises:
        PaletteError: it would refuse it.
    """
    said = pack_errors(client.clusters.validate_packs(cluster.uid, [entity]), {entity.uid: name})
    if said:
        raise PaletteError("Palette refuses that content; nothing was sent.\n  " + "\n  ".join(said))


def refuse_busy(cluster: LiveCluster) -> None:
    """Refuse a cluster that can't be changed now.

    Raises:
        PaletteError: it isn't running.
    """
    if cluster.state != "Running":
        raise PaletteError(
            f'"{cluster.name}" is {cluster.state or "just accepted"}; nothing was sent. '
            f"It can be changed when it is Running: palette clusters {cluster.name}"
        )


def refuse_follower(client: Palette, cluster: LiveCluster) -> None:
    """Refuse to change the content of a cluster that a template owns.

    Raises:
        PaletteError: it follows one.
    """
    if not cluster.template:
        return
    template = client.templates.get(cluster.template)
    name = template.metadata.name if template else cluster.template
    raise PaletteError(
        f'"{cluster.name}" follows the template "{name}", which says what it runs; nothing was sent.\n'
        f"  change the template: the versions it links, or values of variables   how far it is: palette fleet status {name}"
    )


def refuse_pending(cluster: LiveCluster, profile: Version, what: str) -> None:
    """Refuse what would bring an update along that waits.

    Raises:
        PaletteError: one waits.
    """
    if profile.uid in cluster.pending:
        raise PaletteError(
            f'"{cluster.name}" has a pending update of {profile.name} {profile.version}; {what} would bring it along. '
            f"Nothing was sent.\n"
            f"  look first: palette review {cluster.name}   apply it: palette apply {cluster.name}"
        )


def differences(original: Content, running: Content) -> list[tuple[str, Row]]:
    """What a cluster overrides of a layer, place by place, each with `values` or the manifest's name.

    Args:
        original: the layer as it was applied.
        running: the layer as it runs.
    """
    rows = [("values", row) for row in found(base=original.values, running=running.values, owned=())]
    for name, text in running.manifests.items():
        before = original.manifests.get(name, "")
        rows += [(name, row) for row in found(base=before, running=text, owned=())]
    return rows


def objects_of(text: str) -> list[str]:
    """The objects of a manifest, as `Kind/name`; none where it is no YAML."""
    try:
        roots = readable(text).roots
    except YamlError:
        return []
    found_objects = []
    for root in roots:
        kind, metadata = root.find("kind"), root.find("metadata")
        name = metadata[0].find("name") if metadata else []
        if kind and name:
            found_objects.append(f"{kind[0].value}/{name[0].value}")
    return found_objects


def _with(layer: Layer, content: Content) -> Layer:
    return Layer(layer.name, layer.kind, layer.type, layer.version, content, layer.manifest_uids)


def _is_yaml(text: str) -> bool:
    try:
        check_yaml(text, path="")
    except InputError:
        return False
    return True
