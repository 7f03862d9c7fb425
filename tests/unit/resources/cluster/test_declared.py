"""Overrides, their rules and backups as a program declares them: the inputs they become, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import pytest

import palette_sdk as palette
from palette_sdk.resources.cluster.declared import backup_props, overrides_props, rules_props

WEB = "Deployment/web"
ROOM: dict[str, Any] = {"schedule": "0 2 * * *", "prefix": "web"}


@pytest.mark.parametrize(
    ("override", "key", "row"),
    [
        (
            palette.Override("hello-universe", "/spec/replicas", resource=WEB, value=1),
            "hello-universe Deployment/web /spec/replicas",
            {"layer": "hello-universe", "resource": WEB, "path": "/spec/replicas", "value": 1},
        ),
        (
            palette.Override("cni", "encap.mode", value="VXLAN", reason="no BGP here"),
            "cni /encap/mode",
            {"layer": "cni", "path": "/encap/mode", "value": "VXLAN", "reason": "no BGP here"},
        ),
        (
            palette.Override("cni", "/debug", remove=True, profile="base"),
            "base/cni /debug",
            {"layer": "cni", "profile": "base", "path": "/debug", "remove": True},
        ),
        (
            palette.Override("hello", text="kind: Pod\n", manifest="extra"),
            "hello extra",
            {"layer": "hello", "manifest": "extra", "text": "kind: Pod\n"},
        ),
        (
            palette.Override("cni", "/debug", value=False),
            "cni /debug",
            {"layer": "cni", "path": "/debug", "value": False},
        ),
        (palette.Override("cni", "/text", value=""), "cni /text", {"layer": "cni", "path": "/text", "value": ""}),
        (
            {"layer": "cni", "path": "/spec/containers[name=ui]/image", "value": "x"},
            "cni /spec/containers[name=ui]/image",
            {"layer": "cni", "path": "/spec/containers[name=ui]/image", "value": "x"},
        ),
    ],
)
def test_an_override_by_its_place(override: Any, key: str, row: dict[str, Any]) -> None:
    """An override is keyed by the place it changes; its row holds what was said and nothing else."""
    assert overrides_props([override]) == {key: row}


def test_another_notation_of_a_path_is_no_change() -> None:
    """A dotted path and a pointer to the same place give the same inputs."""
    pointer, dotted = (palette.Override("cni", path, value=1) for path in ("/a/b[0]/c", "a.b[0].c"))
    assert overrides_props([pointer]) == overrides_props([dotted])


@pytest.mark.parametrize(
    ("paths", "refused"),
    [
        (("/a", "a"), True),
        (("/a/0", "a[0]"), True),
        (("/a", "/a/b"), True),
        (("/a/b/c", "/a/b"), True),
        (("/a", "/ab"), False),
        (("/a[name=x]/b", "/a[name=y]/b"), False),
    ],
)
def test_two_for_one_place(paths: tuple[str, str], refused: bool) -> None:
    """Two overrides of the same place, or of a part of it, are refused, however they are written."""
    overrides = [palette.Override("cni", path, value=1) for path in paths]
    if not refused:
        assert len(overrides_props(overrides)) == 2
        return
    with pytest.raises(palette.ProgramError, match=r"overrides: .* change the same place; keep one"):
        overrides_props(overrides)


def test_a_whole_text_beside_a_path() -> None:
    """A whole document beside a path in it is refused; in two manifests, objects or profiles both stand."""
    whole, part = palette.Override("cni", text="a: 1\n"), palette.Override("cni", "/a", value=1)
    with pytest.raises(palette.ProgramError, match='"cni" and "cni /a" change the same place'):
        overrides_props([whole, part])
    elsewhere: list[dict[str, str]] = [{"manifest": "m"}, {"resource": WEB}, {"profile": "base"}]
    for more in elsewhere:
        assert len(overrides_props([whole, palette.Override("cni", "/a", value=1, **cast("Any", more))])) == 2


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (
            {"layer": "cni", "path": "/a"},
            r'Override\("cni"\): give exactly one of value, remove=True and text; none is',
        ),
        ({"layer": "cni", "path": "/a", "value": 1, "remove": True}, "value and remove=True are given"),
        ({"layer": "cni", "path": "/a", "text": "x"}, "text is a whole document: leave out the path"),
        ({"layer": "cni", "value": 1}, 'value needs a path, such as "/spec/replicas"'),
        ({"layer": "cni", "remove": True}, "remove=True needs a path"),
        ({"layer": "cni", "path": "/", "value": 1}, r'Override\("cni"\).path: "/" is no path into a document'),
        ({"layer": "cni", "path": "a[x]", "value": 1}, "picks no item"),
        ({"layer": "cni", "path": "/a", "value": {"b": [{"c": None}]}}, "a null inside value gets lost"),
        (
            {"layer": "cni", "path": "/a", "value": {"b": [{"x"}]}},
            r"Override\(\"cni\"\).value: a set can't stand in a doc",
        ),
        ({"layer": "cni", "path": "/a", "value": {1: 2}}, "the key 1 can't stand in a document"),
        ({"layer": " ", "path": "/a", "value": 1}, "Override.layer: it is empty"),
        ({"layer": 3, "path": "/a", "value": 1}, "layer: expected a text, not 3"),
        ({"layer": "cni", "path": "/a", "value": 1, "resource": "web"}, '"web" is no object of a manifest'),
        ({"layer": "cni", "path": "/a", "value": 1, "resource": "Deployment/"}, "is no object of a manifest"),
        ({"layer": "cni", "path": "/a", "valu": 1}, r"overrides\[0\]: no field 'valu' in Override; nearest: value"),
        ({"path": "/a", "value": 1}, r"overrides\[0\]: 'layer' is missing"),
    ],
)
def test_overrides_refused(given: dict[str, Any], message: str) -> None:
    """An override that names no place, or not exactly one change to it, is refused where it is written."""
    with pytest.raises(palette.ProgramError, match=message):
        overrides_props([cast("Any", given)])


def test_rules_in_their_order() -> None:
    """Rules keep their order; what is left out holds for all."""
    rules = [palette.OverrideRule("keep", layer="hello", path="/spec/replicas"), {"policy": "drop"}]
    assert rules_props(cast("Any", rules)) == [
        {"policy": "keep", "layer": "hello", "resource": "*", "path": "/spec/replicas"},
        {"policy": "drop", "layer": "*", "resource": "*", "path": "**"},
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"policy": "keap"}, r'override_rules\[0\].policy: "keap" must be one of .*; did you mean "keep"\?'),
        ({"policy": "keep", "layer": ""}, "OverrideRule.layer: it is empty; leave it out for all"),
        ({"policy": "keep", "pth": "/a"}, r"override_rules\[0\]: no field 'pth' in OverrideRule; nearest: path"),
    ],
)
def test_rules_refused(given: dict[str, Any], message: str) -> None:
    """A rule with an unknown policy, an empty pattern or an unknown field is refused."""
    with pytest.raises(palette.ProgramError, match=message):
        rules_props([cast("Any", given)])


def test_a_backup_policy() -> None:
    """A backup policy is seconds and sorted namespaces; without one nothing is handed over."""
    policy = palette.BackupPolicy(
        "a" * 24, expires_after=timedelta(days=30), namespaces=["b", "a"], disks=False, **ROOM
    )
    assert backup_props(policy) == {
        "location": "a" * 24,
        "schedule": "0 2 * * *",
        "prefix": "web",
        "expires_after": 2592000,
        "namespaces": ["a", "b"],
        "disks": False,
        "cluster_resources": "auto",
    }
    assert backup_props(None) is None


@pytest.mark.parametrize(
    ("length", "message"),
    [("90m", "90m is not a number of whole hours"), ("10s", "whole hours"), (cast("str", 720), "720 has no unit")],
)
def test_how_long_backups_are_kept(length: str, message: str) -> None:
    """Backups are kept for whole hours, with a unit."""
    with pytest.raises(palette.ProgramError, match=message):
        palette.BackupPolicy("a" * 24, expires_after=length, **ROOM)


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"schedule": "0 2 * *"}, 'BackupPolicy.schedule: "0 2 \\* \\*" is no cron expression: five fields'),
        ({"location": "s3-main"}, r'BackupPolicy.location: "s3-main" is no uid; .* get_backup_location\("s3-main"\)'),
    ],
)
def test_backups_refused(changes: dict[str, Any], message: str) -> None:
    """A schedule of other than five fields, and the name of a location in place of its uid, are refused."""
    given = {"location": "a" * 24, "schedule": "0 2 * * *", "prefix": "web", "expires_after": "30d", **changes}
    with pytest.raises(palette.ProgramError, match=message):
        palette.BackupPolicy(**given)
