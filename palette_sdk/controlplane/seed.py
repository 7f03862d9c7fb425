"""What a new control plane begins with: the project `Default` and the registries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palette_sdk.controlplane import kinds
from palette_sdk.controlplane.clock import stamp
from palette_sdk.controlplane.store import Tx

if TYPE_CHECKING:
    from palette_sdk.controlplane.app import Env

DEFAULT_PROJECT = "Default"


def plant(tx: Tx, env: Env) -> None:
    """Put in what is missing; an object that is there is left as it is."""
    if not tx.find(kinds.PROJECT, name=DEFAULT_PROJECT):
        uid, at = env.uid_source(), stamp(env.clock.now())
        metadata = {
            "name": DEFAULT_PROJECT,
            "uid": uid,
            "labels": {},
            "annotations": {"scope": "tenant"},
            "creationTimestamp": at,
            "lastModifiedTimestamp": at,
        }
        tx.put(kinds.PROJECT, uid, {"metadata": metadata, "spec": {}, "status": {}}, name=DEFAULT_PROJECT)
