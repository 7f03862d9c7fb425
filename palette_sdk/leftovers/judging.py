"""Which objects of a cluster are orphans: Palette made them, and no layer names them any more. Pure.

Careful by design, since what is called an orphan may be switched off: while a layer is being rolled out, or can't be told what it
names, nothing that it may name is called one. What someone else manages is told, with who does, and never touched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from palette_sdk.kube import KubeObject, Manager, managers_of
from palette_sdk.leftovers.model import Leftovers, Orphan
from palette_sdk.leftovers.naming import Name, Named, Release, is_record, name_of, namespaces_of

PALETTE = "palette"
"""The field manager of what Palette applies."""
OWN_MANAGER = "palette-orphans"
"""The field manager of what was scaled to 0 here."""
SCALABLE = frozenset({"Deployment", "StatefulSet", "ReplicaSet"})
"""Kinds of `apps` that have replicas."""
HELM_RELEASE = "meta.helm.sh/release-name"
"""The annotation that names the release of an object."""

_PACKAGED = frozenset({"spectro", "helm", "oci"})
"""Types of layers that leave a release record; the others are manifests."""
_MACHINE_LAYERS = frozenset({"os", "k8s"})
"""Layers that make machines, not objects: that they have no record says nothing."""
_SYSTEM = frozenset(
    {"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "cloud-controller-manager"}
)
"""Parts of Kubernetes itself, which fill in fields of every object; nobody's will, unless they scale."""
_PASSING = frozenset(
    {"Event", "Lease", "Node", "Endpoints", "EndpointSlice", "ControllerRevision", "ComponentStatus", "CSINode"}
)
"""Kinds that come and go by themselves."""
_SYSTEM_NAMESPACES = frozenset({"default", "kube-node-lease", "kube-public", "kube-system"})
_BESIDE = frozenset({"f:metadata", "f:status", "f:apiVersion", "f:kind"})
"""What others may have fields in without managing an object."""


@dataclass(frozen=True)
class Layer:
    """A layer of a cluster, as far as it matters here.

    Args:
        name: its name, which is that of its Helm release.
        type: how it is delivered: `spectro`, `helm`, `oci` or `manifest`.
        place: its place in the stack: `os`, `k8s`, `cni`, `csi` or `addon`.
        condition: `Ready` once it is rolled out.
        message: what the service says about it.
    """

    name: str
    type: str
    place: str
    condition: str
    message: str = ""

    @property
    def is_packaged(self) -> bool:
        """Whether it leaves a release record."""
        return self.type in _PACKAGED


@dataclass(frozen=True)
class Facts:
    """What is known of a cluster.

    Args:
        layers: the layers that are attached.
        releases: the release records that are deployed.
        manifests: what manifest layers name; None where a text of theirs can't be read.
        makers: field managers that apply for Palette.
    """

    layers: Sequence[Layer]
    releases: Sequence[Release]
    manifests: Sequence[Name] | None
    makers: frozenset[str] = frozenset({PALETTE})


def judge(live: Iterable[KubeObject], facts: Facts) -> Leftovers:
    """Tell the orphans among the objects of a cluster.

    Args:
        live: its objects with `metadata.managedFields`; those that have copies with `spec.replicas`, and
            autoscalers with `spec.scaleTargetRef`.
        facts: what its layers name.
    """
    live = list(live)
    attached = {layer.name for layer in facts.layers}
    own = [release for release in facts.releases if release.name in attached]
    names = [*(facts.manifests or ()), *(name for release in own for name in release.objects or ())]
    named, inside = Named(names), namespaces_of(names, own)
    untold = _untold(facts, own)
    scalers = _autoscalers(live)
    found: list[Orphan] = []
    undecided: list[Orphan] = []
    asleep: list[Orphan] = []
    for each in live:
        maker = _maker(each, attached, facts.makers)
        if maker is None or _is_nobodys(each, inside):
            continue
        orphan = _orphan(each, maker, facts.makers, scalers)
        if name_of(each) in named:
            asleep += [orphan] if orphan.scaled_here else []
            continue
        waits = untold.rolling or (
            orphan.layer in untold.layers if orphan.layer in attached else not orphan.layer and bool(untold.layers)
        )
        # What was scaled to 0 from here was judged then, and nothing is done to it by telling it again.
        (undecided if waits and not orphan.scaled_here else found).append(orphan)
    return Leftovers(_ordered(found), _notes(untold, undecided), _ordered(undecided), _ordered(asleep))


def others_of(found: KubeObject, makers: frozenset[str] = frozenset({PALETTE})) -> tuple[str, ...]:
    """Field managers besides Palette's that manage an object: they own its spec or data, or scale it.

    Args:
        found: the object.
        makers: field managers that apply for Palette.
    """
    managers = managers_of(found)
    if not managers:
        return ("unknown",)  # nothing says that nobody does
    rows = [each.name or "unknown" for each in managers if each.name not in {*makers, OWN_MANAGER} and _manages(each)]
    return tuple(dict.fromkeys(rows))


def replicas_of(found: KubeObject) -> int | None:
    """How many copies an object wants; None for kinds without copies."""
    if found.get("kind") not in SCALABLE or name_of(found).group != "apps":
        return None
    count = (found.get("spec") or {}).get("replicas")
    return 1 if count is None else int(count)


# ---- one object ------------------------------------------------------------------------------------------------------


def _manages(manager: Manager) -> bool:
    if manager.subresource == "status":
        return False
    if manager.name in _SYSTEM:
        # An autoscaler runs inside the controller manager, and shows by the field that it scales.
        return manager.owns(("spec", "replicas"))
    return bool(set(manager.fields) - _BESIDE)


def _maker(found: KubeObject, attached: set[str], makers: frozenset[str]) -> Manager | None:
    """The manager that applied it for Palette; None where Palette did not make it."""
    managers = [each for each in managers_of(found) if each.subresource == ""]
    for each in managers:
        if each.name in makers:
            return each
    if _release_name(found) in attached:
        helm = next((each for each in managers if each.name.lower() == "helm"), None)
        return helm or Manager("unknown", "", "", "")
    return None


def _is_scaled_here(found: KubeObject) -> bool:
    owners = [each.name for each in managers_of(found) if each.owns(("spec", "replicas"))]
    return replicas_of(found) == 0 and OWN_MANAGER in owners


def _release_name(found: KubeObject) -> str:
    return str(((found.get("metadata") or {}).get("annotations") or {}).get(HELM_RELEASE, ""))


def _is_nobodys(found: KubeObject, inside: frozenset[str]) -> bool:
    """Whether it is part of something else, bookkeeping, on its way out, or a namespace that layers live in."""
    metadata, kind = found.get("metadata") or {}, found.get("kind")
    if metadata.get("ownerReferences") or metadata.get("deletionTimestamp") or is_record(found) or kind in _PASSING:
        return True
    return kind == "Namespace" and metadata.get("name") in inside | _SYSTEM_NAMESPACES


def _orphan(
    found: KubeObject, maker: Manager, makers: frozenset[str], scalers: Mapping[tuple[str, str, str], str]
) -> Orphan:
    metadata, name = found["metadata"], name_of(found)
    others = list(others_of(found, makers | {maker.name} if maker.name != "unknown" else makers))
    scaler = scalers.get((name.kind, name.namespace, name.name))
    return Orphan(
        kind=name.kind,
        name=name.name,
        namespace=name.namespace,
        api_version=str(found.get("apiVersion", "")),
        manager=maker.name,
        layer=_release_name(found),
        since=str(metadata.get("creationTimestamp") or ""),
        changed=maker.time,
        replicas=replicas_of(found),
        managed_by=(*others, *([scaler] if scaler else [])),
        scaled_here=_is_scaled_here(found),
        uid=str(metadata.get("uid", "")),
    )


def _autoscalers(live: Iterable[KubeObject]) -> dict[tuple[str, str, str], str]:
    """Autoscalers by what they scale: kind, namespace, name."""
    found = {}
    for each in live:
        target = (each.get("spec") or {}).get("scaleTargetRef")
        if isinstance(target, Mapping):
            name = name_of(each)
            key = (str(target.get("kind", "")), name.namespace, str(target.get("name", "")))
            found[key] = f"{name.kind}/{name.name}"
    return found


def _ordered(orphans: Iterable[Orphan]) -> tuple[Orphan, ...]:
    return tuple(sorted(orphans, key=lambda each: (each.namespace, each.kind, each.name)))


# ---- what can't be told ----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Untold:
    """Layers of which it isn't known what they name, with the reason."""

    rolling: Mapping[str, str]
    layers: Mapping[str, str]


def _untold(facts: Facts, own: Sequence[Release]) -> _Untold:
    rolling = {
        each.name: f"{each.name} is {each.condition or 'not rolled out yet'}"
        + (f" ({each.message})" if each.message else "")
        for each in facts.layers
        if each.condition != "Ready"
    }
    layers: dict[str, str] = {}
    alike = Counter(each.name for each in facts.layers if each.is_packaged)
    for each in facts.layers:
        if each.name in rolling or each.place in _MACHINE_LAYERS or not each.is_packaged:
            continue
        if alike[each.name] > 1:
            # Their records have one name, so what the last one wrote says nothing about the others.
            layers[each.name] = (
                f"{each.name} is the name of {alike[each.name]} layers, whose Helm release records replace each other"
            )
            continue
        records = [release for release in own if release.name == each.name]
        if not records:
            layers[each.name] = f"{each.name} has no Helm release record on the cluster"
        elif any(record.objects is None for record in records):
            layers[each.name] = f"the Helm release record of {each.name} can't be read"
    if facts.manifests is None:
        for each in facts.layers:
            if not each.is_packaged:
                layers.setdefault(each.name, f"a manifest of {each.name}, or of another layer, can't be read")
    return _Untold(rolling, layers)


def _notes(untold: _Untold, undecided: Sequence[Orphan]) -> tuple[str, ...]:
    notes = []
    if untold.rolling:
        notes.append(
            f"being rolled out: {'; '.join(untold.rolling.values())}. Until all layers are Ready it can't be told what they name."
        )
    notes += [f"{reason}, so it can't be told what it names." for reason in untold.layers.values()]
    if undecided:
        held = ", ".join(each.label for each in _ordered(undecided))
        notes.append(f"may still be named, so not called an orphan: {held}.")
    return tuple(notes)
