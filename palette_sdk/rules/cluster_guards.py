"""Guards on a running cluster: what Palette can't or should not do to it, told before anything is sent.

Each is a pure function that gives the error, or None when nothing stands in the way. The caller raises.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from palette_sdk.errors import InputError
from palette_sdk.rules.versions import is_downgrade, kubernetes_minor, next_free, skips_minor

BUSY_STATES = frozenset({"", "Pending", "Provisioning", "Importing", "Deleting"})
"""States in which a cluster takes no update. No state at all means: just accepted."""


@dataclass(frozen=True, slots=True)
class KubernetesAt:
    """A Kubernetes version and where it comes from.

    Args:
        version: of Kubernetes, such as `1.30.4`.
        profile: the profile's name.
        profile_version: the profile's version.
    """

    version: str
    profile: str
    profile_version: str

    def __str__(self) -> str:
        return f"{self.version} ({self.profile} {self.profile_version})"


@dataclass(frozen=True, slots=True)
class LayerProgress:
    """Where the installation of layers stands.

    Args:
        number: of the layer at work, from 1.
        of: how many there are.
        name: the layer's name.
        condition: its condition in Palette's words, such as `WaitingForOtherLayers`; "" when there is none.
    """

    number: int
    of: int
    name: str
    condition: str = ""

    def __str__(self) -> str:
        return f"layer {self.number} of {self.of}: {self.name} {self.condition}".rstrip()


def kubernetes_guard(
    *,
    cluster: str,
    old: KubernetesAt,
    new: KubernetesAt,
    minor_skip: Literal["refuse", "allow"],
    taken: Collection[str] = (),
    of: Literal["cluster", "template"] = "cluster",
) -> InputError | None:
    """Refuse a downgrade of Kubernetes, and a step over a minor version unless it is allowed.

    Args:
        cluster: the cluster's name, or the template's.
        old: what runs.
        new: what the program asks for.
        minor_skip: the cluster's `Guards(minor_skip=...)`.
        taken: version numbers of the new profile that exist, for the number to propose.
        of: what the name is of: a cluster, or a template whose clusters run `old`.
    """
    where = f'"{cluster}"' if of == "cluster" else f'clusters of the template "{cluster}"'
    if is_downgrade(old.version, new.version):
        return _downgrade(where, old, new, taken)
    if minor_skip == "refuse" and skips_minor(old.version, new.version):
        return _skip(where, old, new, may_be_allowed=of == "cluster")
    return None


def minor_skip_notice(*, cluster: str, old: KubernetesAt, new: KubernetesAt) -> str:
    """Say that a step over a minor version goes on at a person's own risk; empty where there is none.

    Args:
        cluster: the cluster's name.
        old: what runs.
        new: what the program asks for.
    """
    if not skips_minor(old.version, new.version):
        return ""
    return (
        f'{cluster}: Kubernetes skips a minor version, {old} -> {new}: guards=Guards(minor_skip="allow") lets that pass here '
        "only. Palette itself refuses such a step as far as is known, and then `pulumi up` ends before its profiles are changed."
    )


def _downgrade(where: str, old: KubernetesAt, new: KubernetesAt, taken: Collection[str]) -> InputError:
    if (old.profile, old.profile_version) == (new.profile, new.profile_version):
        ways = f"put Kubernetes {old.version} back into {old.profile} {old.profile_version}"
    else:
        free = next_free(new.profile_version, {*taken, new.profile_version})
        ways = (
            f"stay: profiles=[{old.profile} {old.profile_version}]   "
            f"or make a version {free} of {new.profile} with the old apps on Kubernetes {old.version}"
        )
    return InputError(
        f"Kubernetes would go down on {where}: {old} -> {new}. Palette can't downgrade a cluster.\n  {ways}"
    )


def _skip(where: str, old: KubernetesAt, new: KubernetesAt, *, may_be_allowed: bool) -> InputError:
    major, minor = kubernetes_minor(old.version)
    allow = '   or, at your own risk: guards=Guards(minor_skip="allow")' if may_be_allowed else ""
    return InputError(
        f"Kubernetes would skip a minor on {where}: {old} -> {new}. A cluster goes up one minor at a time.\n"
        f"  first move to a profile version with Kubernetes {major}.{minor + 1}, then to this one{allow}"
    )


def is_busy(state: str) -> bool:
    """Say whether a cluster in this state takes no update now."""
    return state in BUSY_STATES


def busy_guard(
    cluster: str,
    state: str,
    *,
    when_busy: Literal["wait", "fail"],
    for_s: float | None = None,
    layer: LayerProgress | None = None,
) -> str | InputError | None:
    """Say why nothing is sent to a cluster now, or give None when it takes updates.

    Args:
        cluster: the cluster's name.
        state: its state in Palette's words.
        when_busy: the cluster's `Guards(when_busy=...)`.
        for_s: how long it has been there, in seconds; None when that is not known.
        layer: which layer is at work, where that is known.

    Returns:
        None when it takes updates, a text to tell, or the refusal.
    """
    if not is_busy(state):
        return None
    facts = [_minutes(for_s) if for_s is not None else "", str(layer) if layer else ""]
    inside = ", ".join(fact for fact in facts if fact)
    what = f'"{cluster}" is {state or "being accepted"}{f" ({inside})" if inside else ""}; nothing was sent.'
    if when_busy == "fail":
        return InputError(
            f'{what}\n  run it again when the cluster is up, or let the update wait for it: guards=Guards(when_busy="wait")'
        )
    return f'{what}\n  `pulumi up` waits until it takes updates, then sends this; to end at once: guards=Guards(when_busy="fail")'


def _minutes(for_s: float) -> str:
    return f"{int(for_s // 60)} min" if for_s >= 60 else f"{int(for_s)} s"
