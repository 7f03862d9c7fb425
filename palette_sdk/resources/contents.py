"""Texts of layers, found by digest: from the program, from state, or read from the service. Reads only, decides nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.merge import Content
from palette_sdk.resources.border import mapping
from palette_sdk.rules.unknown import is_known

if TYPE_CHECKING:
    from palette_sdk.client import Palette

Props = dict[str, Any]


class Shelf:
    """Contents that checks of this process have seen, by digest: the update that follows a check finds its base here.

    What isn't there is read from the service, so that nothing depends on it.
    """

    def __init__(self) -> None:
        self._contents: dict[str, Content] = {}
        self._lock = threading.Lock()

    def put(self, digest: str, content: Content) -> None:
        """Keep a content."""
        with self._lock:
            self._contents[digest] = content

    def get(self, digest: str) -> Content | None:
        """Give the content of that digest; None when it was never seen."""
        with self._lock:
            return self._contents.get(digest)


def content_of(layer: Any) -> Content | None:
    """The text of a layer; None where it isn't known yet, or isn't there."""
    if not isinstance(layer, Mapping) or not is_known(layer.get("digest", "")):
        return None
    if not layer.get("digest") or not {"values", "manifests"} & set(layer):
        return None
    values, manifests = layer.get("values", ""), layer.get("manifests", {})
    if not is_known([values, manifests]):
        return None
    return Content(values=values, manifests=dict(manifests))


def keep(shelf: Shelf, *layers: Any) -> None:
    """Put the texts of layers on the shelf, those that are known."""
    for some in layers:
        for layer in mapping(some).values():
            content = content_of(layer)
            if content is not None:
                shelf.put(layer["digest"], content)


class Contents:
    """The contents of the layers of one cluster's profiles.

    Args:
        client: gives the client in the cluster's project.
        shelf: what this process has seen.
        old: former checked inputs or outputs; its `base_texts` count where their digest fits.
        profiles: the attached profiles as a check has them; texts that stand in their layers count, too.
    """

    def __init__(
        self, client: Callable[[], Palette], shelf: Shelf, old: Props, profiles: Mapping[str, Mapping[str, Any]]
    ) -> None:
        self._client, self._shelf = client, shelf
        for item in profiles.values():
            keep(shelf, item.get("layers"), item.get("previous_layers"))
        keep(shelf, *mapping(old.get("base_texts")).values())

    def of(self, digest: Any, layer: str, *uids: Any) -> Content | None:
        """The content of that digest.

        Args:
            digest: of the layer.
            layer: its name.
            uids: versions whose published content may be it, if nobody has it at hand.
        """
        if not isinstance(digest, str) or not digest:
            return None
        found = self._shelf.get(digest)
        if found is not None:
            return found
        for uid in uids:
            if isinstance(uid, str) and uid:
                found = self.published(uid).get(layer)
                if found is not None and _digest(found) == digest:
                    self._shelf.put(digest, found)
                    return found
        return None

    def under(self, cluster_uid: str, uid: str, layer: str, running: Content) -> Content | None:
        """The profile's content under what a cluster runs, where state doesn't know it: as far as the service tells.

        A layer that the service doesn't call overridden runs its profile's content, whatever that is. One that it does lies
        over what the version holds now, unless the version was edited since.

        Args:
            cluster_uid: the cluster.
            uid: the attached version.
            layer: the layer's name.
            running: what it runs.
        """
        found = self.published(uid).get(layer)
        if found is not None and _digest(found) == _digest(running):
            return found
        if self.is_overridden(cluster_uid, uid, layer) is False:
            return running
        if uid in {template.uid for template in self._client().clusters.profile_updates(cluster_uid)}:
            return None
        return found

    def is_overridden(self, cluster_uid: str, uid: str, layer: str) -> bool | None:
        """Whether the service calls a layer of a cluster overridden; None where it says nothing about it.

        Args:
            cluster_uid: the cluster.
            uid: the attached version.
            layer: the layer's name.
        """
        rows = [row.spec for row in self._client().clusters.pack_config(cluster_uid, uid, layer)]
        if not rows:
            return None
        return any(row.is_values_overridden or any(each.is_overridden for each in row.manifests) for row in rows)

    def published(self, uid: str) -> dict[str, Content]:
        """What a version holds now, by layer; empty when it is gone."""
        content = self._client().profiles.content(uid)
        if content is None or content.profile.spec.published is None:
            return {}
        return {
            name: Content(values=layer.values, manifests=dict(layer.manifests))
            for name, layer in content.layers.items()
        }


def _digest(content: Content) -> str:
    return layer_digest(values=content.values, manifests=content.manifests)
