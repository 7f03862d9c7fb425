"""Steps that wait for a real control plane."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.controlplane.simulation.real import hold_back, is_held_back

LAYERS = [{"profileUid": "p", "name": name, "wanted": "d2"} for name in ("os", "k8s")]


def doc(kubernetes: Any = None, steps: Any = ()) -> dict[str, Any]:
    """A cluster's document, as far as this concerns it."""
    return {"kubernetes": kubernetes, "layers": LAYERS, "steps": [list(each) for each in steps]}


@pytest.mark.parametrize(
    ("facts", "action", "target", "expected"),
    [
        (None, "state", "Running", False),
        ({}, "state", "Provisioning", False),
        ({}, "state", "Running", True),
        ({"server": "https://s"}, "state", "Running", False),
        (None, "layer-ready", "p/os", False),
        ({}, "layer-installed", "p/os", False),
        ({}, "layer-ready", "p/os", True),
        ({"ready": {"p/os": "d1"}}, "layer-ready", "p/os", True),
        ({"ready": {"p/os": "d2"}}, "layer-ready", "p/os", False),
        ({"ready": {"p/os": "d2"}}, "layer-ready", "p/k8s", True),
        ({}, "layer-ready", "p/gone", False),
        ({}, "deleted", "", False),
    ],
)
def test_what_waits(facts: Any, action: str, target: str, *, expected: bool) -> None:
    """Running waits for the server's address, a layer for its content; a simulated cluster for nothing."""
    assert is_held_back(doc(facts), action, target) is expected


def test_layers_behind_wait_as_long() -> None:
    """A layer that is put off puts off those behind it by as much, and nothing else."""
    cluster = doc(
        {},
        [(20.0, "layer-start", "p/k8s"), (25.0, "machine", "m"), (30.0, "layer-ready", "p/k8s"), (90.0, "deleted", "")],
    )
    hold_back(cluster, (10.0, "layer-ready", "p/os"), 18.0)
    assert cluster["steps"] == [
        [18.0, "layer-ready", "p/os"],
        [25.0, "machine", "m"],
        [28.0, "layer-start", "p/k8s"],
        [38.0, "layer-ready", "p/k8s"],
        [90.0, "deleted", ""],
    ]


def test_state_that_waits_moves_nothing_else() -> None:
    """The machines of a cluster go on while its API server starts."""
    cluster = doc({}, [(12.0, "machine", "m")])
    hold_back(cluster, (10.0, "state", "Running"), 18.0)
    assert cluster["steps"] == [[12.0, "machine", "m"], [18.0, "state", "Running"]]
