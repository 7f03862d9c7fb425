"""The `palette` command: profiles and clusters, overrides and reviews, and the local control plane.

Parses, calls, prints. What becomes of an override is decided by `merge`; `settling`, `review_model` and `sides` are pure.
The only users of typer and rich.
"""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command with the arguments of the process, and end it with the exit code."""
    try:
        from palette_sdk.cli.program import app

        app(prog_name="palette")
    except KeyboardInterrupt:
        # Typer ends an interrupted command by itself; this is for the moments before and after it.
        sys.exit(130)
