"""Order of versions: those of profiles (strict semantic versions) and those of Kubernetes (minor steps, downgrades)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from palette_sdk.errors import InputError

if TYPE_CHECKING:
    from semver import Version

_NUMBER_IN_TEXT = re.compile(r"[vV=\s]*(\d+)(?:\.(\d+))?(?:\.(\d+))?(-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?\s*")
_KUBERNETES = re.compile(r"v?(\d+)\.(\d+)(?:\.(\d+|[xX*]))?(?:[-+].*)?")


_PACK = re.compile(r"[vV]?(\d+(?:\.\d+)*)(?=$|[-+.])")
"""The numbers that a pack's version begins with."""


def check_version(version: str, *, path: str = "version") -> Version:
    """Parse a profile's version, strictly `major.minor.patch`.

    A pre-release (`1.1.0-rc.1`) is fine. Build metadata (`1.1.0+5`) is refused: two versions that differ only there
    have no order, so that "the latest" would mean nothing.

    Args:
        version: the text.
        path: the property, for the message.

    Raises:
        InputError: anything else; the message has the text to write instead.
    """
    from semver import Version

    if isinstance(version, str):
        try:
            parsed = Version.parse(version)
        except ValueError:
            parsed = None
        if parsed is not None and parsed.build is None:
            return parsed
    shown = f'"{version}"' if isinstance(version, str) else f"{version!r} (no text)"
    better = _corrected(str(version))
    advice = f'write "{better}"' if better else 'write for example "1.0.0"'
    raise InputError(f"{shown} is not a version of the form major.minor.patch; {advice}", path=path)


def _corrected(version: str) -> str:
    from semver import Version

    found = _NUMBER_IN_TEXT.fullmatch(version)
    if not found:
        return ""
    numbers = ".".join(str(int(number or "0")) for number in found.group(1, 2, 3))
    for candidate in (numbers + (found.group(4) or ""), numbers):
        if Version.is_valid(candidate):
            return candidate
    return ""


def sort_versions(versions: Iterable[str]) -> list[str]:
    """Sort ascending by precedence. Texts that are no semantic version (made by others) come first, by name."""
    from semver import Version

    odd: list[str] = []
    good: list[tuple[Version, str]] = []
    for version in versions:
        if Version.is_valid(version):
            good.append((Version.parse(version), version))
        else:
            odd.append(version)
    return [*sorted(odd), *(version for _, version in sorted(good))]


def latest(versions: Iterable[str]) -> str | None:
    """Give the highest version, or None when there is none. A pre-release counts only where there is nothing else."""
    from semver import Version

    ordered = sort_versions(versions)
    released = [v for v in ordered if Version.is_valid(v) and not Version.parse(v).prerelease]
    candidates = released or ordered
    return candidates[-1] if candidates else None


def next_free(version: str, taken: Collection[str]) -> str:
    """Give the version itself when it is free, else the next patch number after it that is."""
    candidate = version
    while candidate in taken:
        candidate = str(check_version(candidate).finalize_version().bump_patch())
    return candidate


def kubernetes_minor(version: str) -> tuple[int, int]:
    """Give major and minor of a Kubernetes version: (1, 30) for `1.30.4`, `v1.30`, or the moving `1.30.x`.

    Raises:
        InputError: the text is no Kubernetes version.
    """
    major, minor, _ = _kubernetes(version)
    return major, minor


def is_downgrade(old: str, new: str) -> bool:
    """Say whether Kubernetes would go down, patch included. Where one side's patch is open (`1.30.x`), it can't be told."""
    before, after = _kubernetes(old), _kubernetes(new)
    if before[:2] != after[:2] or before[2] is None or after[2] is None:
        return after[:2] < before[:2]
    return after[2] < before[2]


def skips_minor(old: str, new: str) -> bool:
    """Say whether Kubernetes would go up by more than one minor at once."""
    (old_major, old_minor), (new_major, new_minor) = kubernetes_minor(old), kubernetes_minor(new)
    return new_major > old_major or (new_major == old_major and new_minor > old_minor + 1)


def goes_down(old: str, new: str) -> bool:
    """Say whether a pack's version goes down; versions that aren't numbers, such as `2024q1`, can't be compared: no."""
    sides = [
        [int(part) for part in found.group(1).split(".")] if (found := _PACK.match(side.strip())) else None
        for side in (old, new)
    ]
    before, after = sides
    return before is not None and after is not None and after < before


def _kubernetes(version: str) -> tuple[int, int, int | None]:
    found = _KUBERNETES.fullmatch(version.strip())
    if not found:
        raise InputError(f'"{version}" is not a Kubernetes version such as "1.30.4"')
    patch = found.group(3)
    return int(found.group(1)), int(found.group(2)), int(patch) if patch and patch.isdigit() else None
