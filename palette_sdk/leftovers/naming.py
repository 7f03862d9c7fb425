"""The objects that layers name: read from manifests and from Helm's release records. Pure.

Only what identifies an object is taken out of a text; values, which may be secrets, go nowhere.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import yaml

RECORD_TYPE = "helm.sh/release.v1"
RECORD_LABELS = "owner=helm"
"""The selector of release records."""
_DEPLOYED = "deployed"
_NO_NAME = re.compile(r"[*{}<>\s]")
"""What a name on a cluster never has: a mask in place of a secret, or templating that wasn't filled in."""


@dataclass(frozen=True)
class Name:
    """What identifies an object on a cluster, whatever version of the API it is read with.

    Args:
        group: API group; empty for the core.
        kind: such as `Deployment`.
        namespace: empty where the kind has none, or the text names none.
        name: the object's name.
    """

    group: str
    kind: str
    namespace: str
    name: str


@dataclass(frozen=True)
class Release:
    """A Helm release as its record tells it.

    Args:
        name: the release, which is the layer.
        namespace: where it was installed.
        objects: what it names; None where its record can't be read.
    """

    name: str
    namespace: str
    objects: tuple[Name, ...] | None


def name_of(found: Mapping[str, Any]) -> Name:
    """What identifies an object."""
    metadata = found.get("metadata") or {}
    group = str(found.get("apiVersion", "")).rpartition("/")[0]
    return Name(group, str(found.get("kind", "")), str(metadata.get("namespace") or ""), str(metadata.get("name", "")))


def named_in(text: str, *, namespace: str = "") -> tuple[Name, ...] | None:
    """The objects that a stream of manifests names; None where a document can't be read, so that nothing can be said.

    Args:
        text: YAML documents.
        namespace: for objects that name none.
    """
    found: list[Name] = []
    try:
        for document in yaml.load_all(text, Loader=yaml.CSafeLoader):
            for each in _objects(document):
                name = name_of(each)
                if _NO_NAME.search(name.name + name.namespace):
                    return None
                found.append(Name(name.group, name.kind, name.namespace or namespace, name.name))
    except (yaml.YAMLError, ValueError, TypeError):
        return None
    return tuple(found)


def _objects(document: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(document, list):
        for each in document:
            yield from _objects(each)
    elif isinstance(document, Mapping) and str(document.get("kind", "")).endswith("List") and "items" in document:
        yield from _objects(document["items"])
    elif isinstance(document, Mapping) and isinstance(document.get("metadata"), Mapping):
        yield document


def is_record(found: Mapping[str, Any]) -> bool:
    """Whether an object is a release record: bookkeeping, and no layer names it."""
    metadata = found.get("metadata") or {}
    return found.get("kind") == "Secret" and str(metadata.get("name", "")).startswith("sh.helm.release.v1.")


def releases_in(secrets: Iterable[Mapping[str, Any]]) -> tuple[Release, ...]:
    """What is installed now, by the release records of a cluster: of each release the revision that is deployed."""
    latest: dict[tuple[str, str], tuple[int, Mapping[str, Any]]] = {}
    for secret in secrets:
        metadata = secret.get("metadata") or {}
        labels = metadata.get("labels") or {}
        if secret.get("type") != RECORD_TYPE or labels.get("status") != _DEPLOYED:
            continue
        key = (str(labels.get("name", "")), str(metadata.get("namespace", "")))
        revision = int(labels["version"]) if str(labels.get("version", "")).isdigit() else 0
        if key not in latest or revision > latest[key][0]:
            latest[key] = (revision, secret)
    return tuple(_release(*key, secret) for key, (_, secret) in latest.items())


def _release(name: str, namespace: str, secret: Mapping[str, Any]) -> Release:
    try:
        inner = base64.b64decode((secret.get("data") or {})["release"])
        record = json.loads(gzip.decompress(base64.b64decode(inner)))
        manifest, inside = str(record.get("manifest") or ""), str(record.get("namespace") or namespace)
    except (KeyError, ValueError, TypeError, AttributeError, OSError, EOFError, binascii.Error, zlib.error):
        return Release(name, namespace, None)
    return Release(name, inside, named_in(manifest, namespace=inside))


class Named:
    """The objects that are named, to ask for one.

    A text that names no namespace leaves it to its layer, so there an object of that name is named in every namespace;
    and an object without one is named whatever namespace a text gives it.
    """

    def __init__(self, names: Iterable[Name]) -> None:
        self._namespaces: dict[tuple[str, str, str], set[str]] = {}
        for each in names:
            self._namespaces.setdefault((each.group, each.kind, each.name), set()).add(each.namespace)

    def __contains__(self, name: Name) -> bool:
        found = self._namespaces.get((name.group, name.kind, name.name))
        return found is not None and (not name.namespace or "" in found or name.namespace in found)


def namespaces_of(names: Sequence[Name], releases: Sequence[Release]) -> frozenset[str]:
    """Namespaces that layers put objects into."""
    return frozenset({each.namespace for each in names} | {each.namespace for each in releases}) - {""}
