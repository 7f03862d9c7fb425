"""Scales orphans to 0. Each is looked at again right before, and written only as it was seen."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from palette_sdk.errors import KubernetesError
from palette_sdk.kube import KubeApi
from palette_sdk.leftovers.judging import OWN_MANAGER, PALETTE, others_of, replicas_of
from palette_sdk.leftovers.model import Orphan

_ATTEMPTS = 5
Outcome = Literal["scaled", "at 0 already", "gone", "changed", "managed", "refused"]


@dataclass(frozen=True)
class Scaled:
    """What became of an orphan.

    Args:
        orphan: which.
        outcome: `scaled`, or why it was left alone.
        text: the same for people.
    """

    orphan: Orphan
    outcome: Outcome
    text: str


def scale_to_zero(api: KubeApi, orphan: Orphan) -> Scaled:
    """Scale one orphan to 0, unless it is gone, was made anew, or someone else manages it by now.

    Raises:
        KubernetesError: the API can't be reached.
    """
    resource = api.resource(orphan.api_version, orphan.kind)
    for _ in range(_ATTEMPTS):
        found = api.get(resource, orphan.name, orphan.namespace)
        if found is None:
            return _told(orphan, "gone", "gone meanwhile")
        if found["metadata"].get("uid") != orphan.uid:
            return _told(orphan, "changed", "made anew meanwhile, so left alone")
        others = others_of(found, frozenset({PALETTE, orphan.manager}))
        if others:
            return _told(orphan, "managed", f"managed by {', '.join(others)}, so left alone")
        replicas = replicas_of(found)
        if not replicas:
            return _told(orphan, "at 0 already", "at 0 already")
        # With the version that was looked at: what someone writes in between is a conflict, not lost.
        body = {"metadata": {"resourceVersion": found["metadata"]["resourceVersion"]}, "spec": {"replicas": 0}}
        try:
            if api.patch(resource, orphan.name, orphan.namespace, body=body, manager=OWN_MANAGER) is None:
                return _told(orphan, "gone", "gone meanwhile")
        except KubernetesError as error:
            if error.status == 409:
                continue
            if error.status in (401, 403, 422):
                return _told(orphan, "refused", f"the cluster refused: {error.message}")
            raise
        return _told(orphan, "scaled", f"scaled from {replicas} to 0")
    return _told(orphan, "changed", "changed all the time, so left alone; run it again")


def _told(orphan: Orphan, outcome: Outcome, text: str) -> Scaled:
    return Scaled(orphan, outcome, f"{orphan.label}: {text}")
