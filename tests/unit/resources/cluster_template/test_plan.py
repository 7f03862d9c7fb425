"""Decisions about templates: tables of what is linked, refused and told."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.cluster.repave import InfraLayer
from palette_sdk.resources.cluster_template import plan
from palette_sdk.resources.cluster_template.plan import Running
from palette_sdk.rules.unknown import UNKNOWN
from tests.unit.resources.fleets import variables

REPLICAS = variables(replicas={"format": "number"})


def version(number: object = "1.0.0", uid: object = "u1", name: object = "web") -> dict[str, Any]:
    """A linked version as a checked input."""
    return {"uid": uid, "name": name, "version": number, "type": "cluster", "values": {}}


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ({"web": version()}, {"web": version()}, []),
        ({"web": version()}, {"web": version("1.1.0", "u2")}, ["web 1.0.0 -> 1.1.0"]),
        ({"web": version()}, {"web": version("1.1.0", UNKNOWN)}, ["web 1.0.0 -> 1.1.0"]),
        ({"web": version()}, {"web": version(UNKNOWN, UNKNOWN)}, ["web 1.0.0 -> (known after apply)"]),
        ({"web": version()}, {"web": version(uid=UNKNOWN)}, []),
        ({"web": version()}, {"web": version(uid="u2")}, ["web 1.0.0 (uid u1) -> 1.0.0 (uid u2)"]),
        ({"web": version()}, {"profile-0": version()}, []),
        ({"web": version()}, {"web": version(), "b": version(name="b")}, ["b 1.0.0 is added"]),
        ({"web": version(), "b": version(name="b")}, {"web": version()}, ["b 1.0.0 is taken out"]),
    ],
)
def test_relinked(old: dict[str, Any], new: dict[str, Any], told: list[str]) -> None:
    """Versions are told by the profile's name; a uid alone that isn't known yet, and another key, are no difference."""
    assert plan.relinked({"profiles": old}, {"profiles": new}) == told


@pytest.mark.parametrize(
    ("variable", "expected"),
    [
        ({"default": "1"}, {"has_default": True, "default": "1"}),
        ({"default": ""}, {"has_default": False}),
        ({}, {"has_default": False}),
        ({"default": "HIDDEN", "sensitive": True}, {"has_default": True, "sensitive": True}),
        ({"default": "HIDDEN", "sensitive": UNKNOWN}, {"has_default": True, "sensitive": UNKNOWN}),
        ({"default": UNKNOWN, "sensitive": False}, {"has_default": True, "sensitive": False, "default": UNKNOWN}),
    ],
)
def test_definitions(variable: dict[str, Any], expected: dict[str, Any]) -> None:
    """A default is told unless the variable is, or may be, sensitive; that there is one always is."""
    assert plan.definitions_of({"a": {"sensitive": False, **variable}}) == {"a": {"sensitive": False, **expected}}
    assert plan.definitions_of(UNKNOWN) is UNKNOWN
    assert plan.definitions_of({"a": UNKNOWN}) == {"a": UNKNOWN}


def given(values: Mapping[str, Any], flat: Mapping[str, Any], *keys: str) -> dict[str, Any]:
    """Checked inputs with these values."""
    return {"profiles": {key: {"values": values.get(key, {})} for key in (keys or ("web",))}, "variables": dict(flat)}


def test_values() -> None:
    """Values are texts; flat ones belong to the profile that defines the name, and what isn't known stays so."""
    definitions = {"web": REPLICAS, "extra": variables(on={"format": "boolean"})}
    props = given({"web": {"replicas": 3}}, {"on": True}, "web", "extra")
    assert plan.values_for_all(props, definitions) == {"web": {"replicas": "3"}, "extra": {"on": "true"}}
    props = given({"web": {"replicas": UNKNOWN}}, {"on": UNKNOWN}, "web", "extra")
    values = plan.values_for_all(props, definitions)
    assert values == {"web": {"replicas": UNKNOWN}, "extra": {"on": UNKNOWN}}
    assert plan.common_of(values, definitions) == {"web": ["replicas"], "extra": ["on"]}
    values = plan.values_for_all(given({}, {"any": 1}), {"web": UNKNOWN})
    assert (values, plan.common_of(values, {"web": UNKNOWN})) == ({"web": {}}, {"web": UNKNOWN})


@pytest.mark.parametrize(
    ("values", "common", "expected"),
    [
        ({"web": {"replicas": "********"}}, {"web": ["replicas"]}, {"web": {"replicas": "********"}, "extra": {}}),
        ({}, {"web": ["replicas"], "extra": []}, {"web": {"replicas": "3"}, "extra": {}}),
        (
            {"extra": {"replicas": "9"}},
            {"web": ["replicas"], "extra": ["replicas"]},
            {"web": {"replicas": "3"}, "extra": {"replicas": "9"}},
        ),
        ({}, UNKNOWN, {"web": {"replicas": "3"}, "extra": {"replicas": "3"}}),
        ({"web": {"gone": UNKNOWN}}, {"web": ["gone"]}, {"web": {"gone": UNKNOWN}, "extra": {}}),
    ],
)
def test_values_there(values: dict[str, Any], common: Any, expected: dict[str, Any]) -> None:
    """What is there is read as texts: a mask, a name in two profiles or in none is no reason to refuse."""
    flat = {} if "web" in values else {"replicas": 3.0}
    props = {
        **given(values, flat, "web", "extra"),
        "common": common,
        "definitions": {"web": REPLICAS, "extra": REPLICAS},
    }
    assert plan.values_there(props) == expected


@pytest.mark.parametrize(
    ("props", "definitions", "reason"),
    [
        (
            given({}, {"replicas": 1}, "a", "b"),
            {"a": REPLICAS, "b": REPLICAS},
            "a and b both have a variable replicas; say which",
        ),
        (given({}, {"on": 1}), {"web": {}}, "none of its profiles has variables"),
        (given({"web": {"on": 1}}, {}), {"web": {}}, "the profile web has no variable on; it has none"),
        (given({"web": {"replicas": "x"}}, {}), {"web": REPLICAS}, "its value is not a number"),
    ],
)
def test_values_refused(props: dict[str, Any], definitions: dict[str, Any], reason: str) -> None:
    """Names that are defined nowhere or twice, and values that don't fit."""
    with pytest.raises(InputError, match=reason):
        plan.values_for_all(props, definitions)


def runs(**versions: str) -> Running:
    """A version that clusters run, with these infrastructure layers."""
    return Running("web", "1.0.0", {kind: InfraLayer(f"pack-{kind}", number) for kind, number in versions.items()})


def wanted(**rows: Any) -> dict[str, Any]:
    """Checked inputs of a template that would link these layers by kind."""
    layers = {f"pack-{kind}": {"kind": kind, "version": number} for kind, number in rows.items()}
    return {"profiles": {"web": version("1.1.0", "u2")}, "layers_plan": {"web": layers}}


CORE = {"os": "22.04", "k8s": "1.30.4", "cni": "3.28.0", "csi": "1.30.0"}


def test_guards_pass() -> None:
    """The same layers, a higher patch or minor, and what isn't known yet."""
    for number in ("1.30.4", "1.30.9", "1.31.1"):
        plan.relink_guards("fleet", "aws", [runs(**CORE)], wanted(**{**CORE, "k8s": number}))
    plan.relink_guards("fleet", "aws", [runs(**CORE)], {"profiles": {}, "layers_plan": {"web": UNKNOWN}})
    plan.relink_guards("fleet", "aws", [], wanted())


@pytest.mark.parametrize(
    ("cloud", "running", "target", "reason"),
    [
        (
            "aws",
            [CORE],
            {**CORE, "k8s": "1.29.9"},
            r"Kubernetes would go down .* \(web 1\.0\.0\) -> 1\.29\.9 \(web 1\.1\.0\)",
        ),
        ("aws", [CORE], {**CORE, "k8s": "1.32.1"}, "Kubernetes would skip a minor"),
        ("aws", [CORE, {**CORE, "k8s": "1.31.1"}], CORE, r"Kubernetes would go down .* 1\.31\.1"),
        ("aws", [CORE], {key: CORE[key] for key in ("os", "k8s", "cni")}, r"would lose their storage \(CSI\) layer"),
    ],
)
def test_guards(cloud: str, running: list[dict[str, str]], target: dict[str, str], reason: str) -> None:
    """Each version that clusters run is compared with what would be linked; the template is named."""
    with pytest.raises(InputError, match=reason) as refused:
        plan.relink_guards("fleet", cloud, [runs(**each) for each in running], wanted(**target))
    assert 'clusters of the template "fleet"' in str(refused.value)


def test_network_on_edge() -> None:
    """Another network layer can't be on edge hosts; elsewhere it is a repave."""
    target = wanted(**CORE)
    target["layers_plan"]["web"]["cilium"] = target["layers_plan"]["web"].pop("pack-cni")
    with pytest.raises(InputError, match="another network layer, pack-cni -> cilium, which can't be on edge hosts"):
        plan.relink_guards("fleet", "edge-native", [runs(**CORE)], target)
    plan.relink_guards("fleet", "aws", [runs(**CORE)], target)


def test_repave() -> None:
    """Reasons come once, however many versions run; the token is for the template and these reasons."""
    target = {"k8s": InfraLayer("pack-k8s", "1.31.1")}
    reasons = plan.reasons_to_repave([runs(**CORE), runs(**CORE)], target)
    assert reasons == ["pack-k8s 1.30.4 -> 1.31.1"]
    assert plan.repave_token("fleet", reasons) in str(plan.repave_refusal("fleet", ["one"], reasons))
    assert plan.repave_token("fleet", reasons) != plan.repave_token("other", reasons)


@pytest.mark.parametrize(
    ("clusters", "windows", "told"),
    [
        ([], "", "No cluster follows it yet."),
        (
            ["a"],
            "",
            "1 cluster follows it (a); no cluster is touched now, there is no maintenance policy, so they wait for:",
        ),
        (
            ["a", "b"],
            "w",
            "2 clusters follow it (a, b); no cluster is touched now, each upgrades in its next window: w",
        ),
    ],
)
def test_notice(clusters: list[str], windows: str, told: str) -> None:
    """What a relink means: for whom, and when."""
    assert told in plan.relink_notice("fleet", ["web 1.0.0 -> 1.1.0"], clusters, windows)


def test_many_names() -> None:
    """Of many names the first are told, and how many more there are."""
    assert plan.told([f"c{n}" for n in range(40)]) == "c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11 and 28 more"


@pytest.mark.parametrize(
    ("old", "new", "fields"),
    [
        ({}, {"cloud": "aws"}, []),
        ({"cloud": "aws"}, {"cloud": "aws"}, []),
        ({"cloud": "aws"}, {"cloud": "gcp"}, ["cloud"]),
        ({"cloud": "aws"}, {"cloud": "aws", "project": "Other"}, ["project"]),
        ({"cloud": "aws"}, {"cloud": "aws", "project": UNKNOWN}, []),
        ({"cloud": "aws"}, {"cloud": "aws", "scope": "tenant"}, ["scope"]),
    ],
)
def test_replacing(old: dict[str, Any], new: dict[str, Any], fields: list[str]) -> None:
    """Cloud, scope and project replace; what isn't known yet never does."""
    assert plan.replacing(old, new) == fields
