"""The published page of decisions, made from `assumptions`. Run as a module, it prints the page."""

from __future__ import annotations

import sys

from palette_sdk.controlplane.assumptions import all_assumptions

_HEAD = """# What the local control plane assumes

The description of Palette's API leaves some things open. Here is how the local control plane decides each of them.
It is generated (`python -m palette_sdk.controlplane.assumptions_page`); the decisions themselves are data that the
control plane runs on.
"""


def page() -> str:
    """The page as Markdown."""
    parts = [_HEAD]
    for name, each in all_assumptions().items():
        answer = f"\n\nAnswer: `{each.status}` `{each.code}`" if each.status else ""
        parts.append(
            f"## {name}\n\n**Open:** {each.topic}.\n\n**Decided:** {each.decision}{answer}\n\n**Why:** {each.why}\n"
        )
    return "\n".join(parts)


if __name__ == "__main__":
    sys.stdout.write(page())
