"""What a member is to become, in digests: what changes them, when they are known, and what is secret."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.resources.border import NOT_YET
from tests.unit.resources.test_resources import (
    ACCOUNT,
    AWS,
    MACHINE,
    MANIFEST,
    POOLS,
    SECRET_MARK,
    base,
    looked_up,
    registered,
)

SCALED = palette.workers("worker", MACHINE, count=2, min=1, max=4)
BASE: dict[str, Any] = {
    "cloud_config": AWS,
    "cloud_account": ACCOUNT,
    "pools": [POOLS[0], SCALED],
    "profiles": [looked_up()],
}


def gate(arguments: Callable[[], dict[str, Any]], **options: Any) -> Any:
    """The members as the gate of a fleet of one gets them."""

    def program() -> None:
        stage = palette.Stage("prod", match={}, gate="manual")
        palette.Fleet("shop", clusters={"a": palette.ClusterArgs(**arguments())}, stages=[stage])

    return registered(program, **options).inputs["shop-prod-gate"]["members"]


def member(**changes: Any) -> Any:
    """A member with some arguments of its own."""
    return gate(lambda: {**BASE, **changes})["a"]


@pytest.mark.parametrize(
    "changes",
    [
        {"profiles": [palette.Attach(looked_up(), variables={"count": 2})]},
        {"profiles": [palette.Attach(looked_up(), overrides=[palette.Override("hello", "/a", value=2)])]},
        {"overrides": [palette.Override("hello", "/a", value=2)]},
        {"variables": {"count": 2}},
        {"tags": ["env:prod"]},
        {"pools": [POOLS[0], palette.workers("worker", MACHINE, count=2, min=1, max=5)]},
        {"pools": POOLS},
        {"timezone": "Europe/Berlin"},
        {"description": "the first"},
        {"name": "other"},
        {"cloud_config": palette.Aws("eu-west-2")},
        {"backup": palette.BackupPolicy("0" * 24, schedule="0 2 * * *", prefix="p", expires_after="48h")},
    ],
)
def test_what_is_another_plan(changes: dict[str, Any]) -> None:
    """Whatever a member is made of is in the digest."""
    assert member(**changes)["plan"] != member()["plan"]


@pytest.mark.parametrize(
    "changes",
    [
        {"guards": {"minor_skip": "allow"}},
        {"approve": ["rp-1"]},
        {"timeouts": {"update": "2h"}},
        {"force_delete_after": "20m"},
        {"override_policy": "keep"},
        {"override_rules": [palette.OverrideRule("keep", layer="hello")]},
        {"updates": "apply"},
        {"pools": [POOLS[0], palette.workers("worker", MACHINE, count=3, min=1, max=4)]},
        {"opts": pulumi.ResourceOptions(protect=True)},
    ],
)
def test_what_is_the_same_plan(changes: dict[str, Any]) -> None:
    """What only says how a member changes is not, nor is the size that a pool is given once."""
    assert member(**changes)["plan"] == member()["plan"]


def test_held() -> None:
    """Whether edits in place are held stands beside the digests, and so does what has to be read."""
    assert member()["held"] is True
    assert member(updates="apply")["held"] is False
    assert member()["read"] == ["p1"]


def versions(text: str, version: str = "1.1.0", *, new: bool = True) -> Callable[[], dict[str, Any]]:
    """A member on one of two versions of a profile of the program."""

    def arguments() -> dict[str, Any]:
        first = palette.Profile("web", cloud="aws", layers=[*base(), palette.manifest("hello", MANIFEST)])
        second = palette.ProfileVersion(
            "web-next", source=first, version=version, layers=[*base(), palette.manifest("hello", text)]
        )
        return {**BASE, "profiles": [second if new else first]}

    return arguments


def test_versions_of_the_program() -> None:
    """Another version is another plan, another content is not; the uid of a version has no part in it."""
    one, other = gate(versions("a: 1\n"))["a"], gate(versions("a: 2\n"))["a"]
    assert one["read"] == []
    assert one["plan"] == other["plan"]
    assert one["plan"] != gate(versions("a: 1\n", "1.2.0"))["a"]["plan"]
    assert one["plan"] != gate(versions("a: 1\n", new=False))["a"]["plan"]
    first = gate(versions("a: 1\n", new=False))["a"]
    assert first["content"] == gate(versions("a: 2\n", new=False))["a"]["content"]


def test_secrets() -> None:
    """A digest of something secret is a secret; one of something else isn't."""
    found = gate(lambda: {**BASE, "variables": {"password": pulumi.Output.secret("HIDDEN")}})
    assert SECRET_MARK in str(found)
    assert "HIDDEN" not in str(found)
    assert SECRET_MARK not in str(member())


def test_what_is_not_known_yet() -> None:
    """Where a part isn't known, neither is its digest, and the hook gets the other one."""

    def arguments() -> dict[str, Any]:
        account = palette.AwsCloudAccount("main", auth=palette.AwsAuth.secret("AKIA", "HIDDEN"))
        not_yet: Any = pulumi.output.UNKNOWN
        unknown = account.id.apply(lambda _: not_yet, run_with_unknowns=True)
        return {**BASE, "cloud_account": unknown}

    found = gate(arguments, preview=True)["a"]
    assert found["plan"] == {NOT_YET: True}
    assert isinstance(found["content"], str)
