"""What the example of promotion tells a person of an engine's failure."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Any

PROGRAM = Path(__file__).resolve().parents[2] / "examples" / "04_promotion" / "promote.py"
OUTPUT = """ code: 255
 stdout: Previewing update (dev):

 ~  pulumi-python:dynamic/palette:Cluster dev-web error: the cluster "dev-web" would be replaced
Diagnostics:
  pulumi-python:dynamic/palette:Cluster (dev-web):
    warning: something else
      of no concern
    error: the cluster "dev-web" would be replaced: its region.
      leave it as it was, or approve exactly this: approve=["rc-ad15"]

  pulumi:pulumi:Stack (fleet-dev):
    error: preview failed
    error: an unhandled error occurred: program exited with non-zero exit code: 1

Resources:
    1 errored
"""


def told(error: Exception) -> str:
    """What the example says of it."""
    spec = importlib.util.spec_from_file_location("promote", PROGRAM)
    assert spec is not None
    assert spec.loader is not None
    program: Any = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(program)
    found: str = program.told(error)
    return found


def test_the_way_out_is_told() -> None:
    """The lines under a refusal, which say what to do, stay with it; the frame around it doesn't."""
    assert told(Exception(OUTPUT)) == (
        'error: the cluster "dev-web" would be replaced: its region.\n'
        '  leave it as it was, or approve exactly this: approve=["rc-ad15"]'
    )
    assert told(Exception("nothing that looks like one")) == "nothing that looks like one"
    assert told(Exception("    error: preview failed\n")) == "    error: preview failed\n"
