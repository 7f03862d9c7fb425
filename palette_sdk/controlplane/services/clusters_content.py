"""A cluster's copy of its profiles: content, overrides, values of variables, and what all of it comes to. Pure.

The copy of a profile: uid, name, type, cloudType, version, packs (with manifests' text), variables, digest (of packs
and variables), values (of variables) and overrides (by pack name: values, manifests by name). `base` is the name of all
that but the last two, which clusters share; packs and variables of a copy are never changed.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from palette_sdk.controlplane.simulation.objects import resolve
from palette_sdk.controlplane.simulation.timing import derived_uid
from palette_sdk.wire.clusters import PackValues

Copy = dict[str, Any]
Pack = dict[str, Any]

INFRA_TYPES = frozenset({"infra", "cluster"})
"""Profile types that bring the operating system and Kubernetes; a cluster has exactly one of them."""
_IDENTITY = ("name", "layer", "type", "tag", "version", "packUid", "registryUid")


OWN = frozenset({"base", "values", "overrides"})
"""What of a copy is the cluster's own."""


def normalized(text: str) -> str:
    """Text without differences that mean nothing: line ends, blanks around it."""
    return text.replace("\r\n", "\n").strip()


def digest(*parts: Any) -> str:
    """A short name for content."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def digest_of_profile(packs: Iterable[Pack], variables: Sequence[Mapping[str, Any]]) -> str:
    """The digest of a profile's content: two are equal when a cluster would have nothing to update."""
    return digest(
        [
            [
                *[pack.get(key, "") for key in _IDENTITY],
                normalized(pack.get("values", "")),
                [[each["name"], normalized(each["content"])] for each in pack["manifests"]],
            ]
            for pack in packs
        ],
        list(variables),
    )


def key_of(copy: Copy) -> str:
    """The name of what clusters that copied the same share."""
    return digest({name: value for name, value in copy.items() if name not in OWN})


def override(copy: Copy, cluster_uid: str, given: Sequence[PackValues]) -> None:
    """Make these the overrides of the copy; what equals the profile's content is none."""
    copy["overrides"] = {}
    for each in given:
        pack = find_pack(copy, each.name)
        if pack is None:
            continue
        found: dict[str, Any] = {}
        if each.values.strip() and normalized(each.values) != normalized(pack.get("values", "")):
            found["values"] = each.values.strip()
        manifests = {
            manifest.name: overridden
            for manifest in each.manifests
            # A reference without content, as templates hold them, says nothing about content.
            if manifest.content.strip()
            and (overridden := _manifest(copy, pack, cluster_uid, manifest.name, manifest.content)) is not None
        }
        if manifests:
            found["manifests"] = manifests
        if found:
            copy["overrides"][each.name] = found


def override_manifest(copy: Copy, pack: Pack, cluster_uid: str, name: str, content: str) -> None:
    """Override one manifest, or take its override back when the content is the profile's."""
    overrides = copy["overrides"].setdefault(pack["name"], {})
    manifests = overrides.setdefault("manifests", {})
    changed = _manifest(copy, pack, cluster_uid, name, content)
    if changed is None:
        manifests.pop(name, None)
    else:
        manifests[name] = changed
    if not manifests:
        del overrides["manifests"]
    if not overrides:
        del copy["overrides"][pack["name"]]


def _manifest(copy: Copy, pack: Pack, cluster_uid: str, name: str, content: str) -> dict[str, str] | None:
    parent = next((each for each in pack["manifests"] if each["name"] == name), None)
    if parent is not None and normalized(parent["content"]) == normalized(content):
        return None
    uid = derived_uid("manifest", cluster_uid, copy["uid"], pack["name"], name)
    return {"uid": uid, "content": content, "parentUid": parent["uid"] if parent else ""}


def find_pack(copy: Copy, name: str) -> Pack | None:
    """The pack of this name, or None."""
    return next((pack for pack in copy["packs"] if pack["name"] == name), None)


def version_of(pack: Pack) -> str:
    """The version of a pack, or its tag."""
    return str(pack.get("version") or pack.get("tag") or "")


def values_of(copy: Copy, pack: Pack) -> str:
    """The values that count on the cluster."""
    return str(copy["overrides"].get(pack["name"], {}).get("values", pack.get("values", "")))


def manifests_of(copy: Copy, pack: Pack) -> list[dict[str, Any]]:
    """The manifests that count on the cluster: name, uid, content, parentUid, isOverridden."""
    overridden = dict(copy["overrides"].get(pack["name"], {}).get("manifests", {}))
    found = [
        {"name": each["name"], "parentUid": "", **each, **overridden.pop(each["name"], {})}
        for each in pack["manifests"]
    ]
    found += [{"name": name, **each} for name, each in overridden.items()]
    names = copy["overrides"].get(pack["name"], {}).get("manifests", {})
    return [{**each, "isOverridden": each["name"] in names} for each in found]


def variable_values(copy: Copy) -> dict[str, str]:
    """Values that count: those of the cluster, else the defaults."""
    defaults = {each["name"]: each["defaultValue"] for each in copy["variables"] if each.get("defaultValue")}
    known = {each["name"] for each in copy["variables"]}
    return {**defaults, **{name: value for name, value in copy["values"].items() if name in known}}


def sensitive_names(copy: Copy) -> set[str]:
    """Variables whose values are never shown."""
    return {each["name"] for each in copy["variables"] if each.get("isSensitive")}


def system_values(metadata: Mapping[str, Any]) -> dict[str, str]:
    """What `{{.spectro.system...}}` stands for on a cluster."""
    return {"cluster.name": metadata["name"], "cluster.uid": metadata["uid"]}


def resolved(
    copy: Copy, pack: Pack, system: Mapping[str, str], *, to_show: bool = False
) -> tuple[str, list[dict[str, Any]]]:
    """Values and manifests with variables filled in; `to_show` leaves out those that are sensitive."""
    variables = variable_values(copy)
    if to_show:
        variables = {name: value for name, value in variables.items() if name not in sensitive_names(copy)}
    manifests = [{**each, "content": resolve(each["content"], variables, system)} for each in manifests_of(copy, pack)]
    return resolve(values_of(copy, pack), variables, system), manifests


def wanted_layers(copies: Iterable[Copy], metadata: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The layers of a cluster with these copies, as the simulation takes them."""
    system = system_values(metadata)
    found = []
    for copy in copies:
        for pack in copy["packs"]:
            values, manifests = resolved(copy, pack, system)
            found.append(
                {
                    "profileUid": copy["uid"],
                    **{key: pack.get(key, "") for key in ("name", "layer", "type", "tag", "version")},
                    "manifests": [{"name": each["name"], "uid": each["uid"]} for each in manifests],
                    "wanted": _digest_of_layer(
                        tuple(pack.get(key, "") for key in _IDENTITY),
                        values,
                        tuple((each["name"], each["content"]) for each in manifests),
                    ),
                }
            )
    return found


@lru_cache(maxsize=1024)
def _digest_of_layer(identity: tuple[str, ...], values: str, manifests: tuple[tuple[str, str], ...]) -> str:
    """Worked out once for all clusters whose layer comes to the same."""
    return digest(identity, normalized(values), [[name, normalized(text)] for name, text in manifests])


def head_of(copy: Copy) -> dict[str, Any]:
    """What the cluster's own document keeps of a copy: enough for lists."""
    return {
        **{key: copy[key] for key in ("uid", "name", "type", "cloudType", "version", "digest")},
        "packs": [{key: pack.get(key, "") for key in _IDENTITY} for pack in copy["packs"]],
    }


def template_of(copy: Copy, *, own: bool = True, system: Mapping[str, str] | None = None) -> dict[str, Any]:
    """The copy as the API shows a template.

    Args:
        copy: the cluster's copy of a profile.
        own: with the cluster's overrides; without: as the profile has it.
        system: resolve variables with these; None: leave them.
    """
    return {
        "uid": copy["uid"],
        "name": copy["name"],
        "type": copy["type"],
        "cloudType": copy["cloudType"],
        "profileVersion": copy["version"],
        "version": 1,
        "packs": [_ref(copy, pack, own=own, system=system) for pack in copy["packs"]],
    }


def _ref(copy: Copy, pack: Pack, *, own: bool, system: Mapping[str, str] | None) -> dict[str, Any]:
    if system is not None:
        values, manifests = resolved(copy, pack, system, to_show=True)
    elif own:
        values, manifests = values_of(copy, pack), manifests_of(copy, pack)
    else:
        values, manifests = pack.get("values", ""), pack["manifests"]
    return {
        **{key: pack.get(key, "") for key in _IDENTITY},
        "values": values,
        "digest": pack.get("digest", ""),
        "manifests": [{"kind": "manifest", "name": each["name"], "uid": each["uid"]} for each in manifests],
    }


def pack_ref(copy: Copy, pack: Pack) -> dict[str, Any]:
    """One pack as the API shows it, with the cluster's overrides."""
    return _ref(copy, pack, own=True, system=None)
