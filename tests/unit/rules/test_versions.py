"""Versions of profiles and of Kubernetes."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_sdk.errors import InputError
from palette_sdk.rules.versions import (
    check_version,
    goes_down,
    is_downgrade,
    kubernetes_minor,
    latest,
    next_free,
    skips_minor,
    sort_versions,
)

NUMBERS = st.tuples(st.integers(0, 99), st.integers(0, 99), st.integers(0, 99))


@pytest.mark.parametrize(
    ("version", "advice"),
    [
        ("1.1", 'write "1.1.0"'),
        ("1", 'write "1.0.0"'),
        ("v1.0.0", 'write "1.0.0"'),
        ("01.0.0", 'write "1.0.0"'),
        ("1.02", 'write "1.2.0"'),
        (" 1.0.0", 'write "1.0.0"'),
        ("1.0.0+7", 'write "1.0.0"'),
        ("v1.2-rc.1", 'write "1.2.0-rc.1"'),
        ("1.2.3-01", 'write "1.2.3"'),
        (1.1, 'write "1.1.0"'),
        ("", 'write for example "1.0.0"'),
        ("latest", 'write for example "1.0.0"'),
        ("1.2.3.4", 'write for example "1.0.0"'),
    ],
)
def test_a_malformed_version_is_refused_with_the_text_to_write(version: object, advice: str) -> None:
    """The message names the property, shows the text and has the corrected one to paste."""
    with pytest.raises(InputError) as refused:
        check_version(cast("Any", version), path="version")
    assert str(refused.value).startswith("version: ")
    assert str(version) in str(refused.value)
    assert str(refused.value).endswith(advice)


@given(NUMBERS)
def test_what_is_advised_is_accepted(numbers: tuple[int, int, int]) -> None:
    """A version with a v in front is corrected to the one without, which is accepted."""
    good = ".".join(map(str, numbers))
    assert str(check_version(good)) == good
    with pytest.raises(InputError, match=f'write "{good}"'):
        check_version(f"v{good}")


def test_a_pre_release_is_a_version() -> None:
    """1.1.0-rc.1 is accepted and lies below 1.1.0."""
    assert check_version("1.1.0-rc.1") < check_version("1.1.0")


def test_sorting_is_by_number() -> None:
    """1.10.0 lies above 1.9.0, and what is no version comes first."""
    assert sort_versions(["1.10.0", "1.9.0", "draft", "1.10.0-rc.1"]) == ["draft", "1.9.0", "1.10.0-rc.1", "1.10.0"]


@pytest.mark.parametrize(
    ("versions", "expected"),
    [
        ([], None),
        (["1.9.0", "1.10.0"], "1.10.0"),
        (["1.0.0", "2.0.0-rc.1"], "1.0.0"),
        (["2.0.0-rc.1", "2.0.0-rc.2"], "2.0.0-rc.2"),
        (["draft", "1.0.0"], "1.0.0"),
        (["draft"], "draft"),
    ],
)
def test_latest(versions: list[str], expected: str | None) -> None:
    """The latest is the highest release; a pre-release or odd text only where there is nothing else."""
    assert latest(versions) == expected


@pytest.mark.parametrize(
    ("version", "taken", "expected"),
    [
        ("1.1.0", [], "1.1.0"),
        ("1.1.0", ["1.1.0"], "1.1.1"),
        ("1.1.0", ["1.1.0", "1.1.1", "1.2.0"], "1.1.2"),
        ("1.1.0-rc.1", ["1.1.0-rc.1"], "1.1.1"),
    ],
)
def test_next_free(version: str, taken: list[str], expected: str) -> None:
    """The next free number is the first patch that nobody has."""
    assert next_free(version, taken) == expected


@pytest.mark.parametrize(
    ("version", "expected"),
    [
        ("1.30.4", (1, 30)),
        ("v1.31.0", (1, 31)),
        ("1.29", (1, 29)),
        ("1.30.x", (1, 30)),
        ("1.30.4+rke2r1", (1, 30)),
        ("1.31.0-rc.1", (1, 31)),
    ],
)
def test_kubernetes_minor(version: str, expected: tuple[int, int]) -> None:
    """Major and minor are read from every way in which Kubernetes versions are written."""
    assert kubernetes_minor(version) == expected


def test_no_kubernetes_version() -> None:
    """Something else is refused with an example."""
    with pytest.raises(InputError, match=r'"latest" is not a Kubernetes version such as "1.30.4"'):
        kubernetes_minor("latest")


@pytest.mark.parametrize(
    ("old", "new", "down", "skips"),
    [
        ("1.30.4", "1.30.4", False, False),
        ("1.30.4", "1.30.5", False, False),
        ("1.30.4", "1.30.3", True, False),
        ("1.30.4", "1.31.0", False, False),
        ("1.31.1", "1.30.9", True, False),
        ("1.9.0", "1.10.0", False, False),
        ("1.29.0", "1.31.0", False, True),
        ("1.30.4", "2.0.0", False, True),
        ("2.0.0", "1.30.4", True, False),
        ("1.30.x", "1.30.1", False, False),
        ("1.30.4", "1.30.x", False, False),
        ("1.31.x", "1.30.x", True, False),
    ],
)
def test_steps_of_kubernetes(old: str, new: str, down: bool, skips: bool) -> None:
    """Down is any lower version, patch included where both are known; a skip is more than one minor up."""
    assert is_downgrade(old, new) is down
    assert skips_minor(old, new) is skips


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("3.28.0", "3.27.1", True),
        ("3.28.0", "3.28.0", False),
        ("3.9.0", "3.10.0", False),
        ("v1.2", "1.1.9", True),
        ("22.04", "20.04", True),
        ("1.30.x", "1.29.x", True),
        ("2024q1", "2023q1", False),
        ("", "1.0.0", False),
        ("1.0.0-rev2", "1.0.0", False),
    ],
)
def test_goes_down(old: str, new: str, expected: bool) -> None:
    """Numbers are compared one by one; what isn't a number is never a downgrade."""
    assert goes_down(old, new) is expected
