"""Prints the export lines of `make -s env`."""

from __future__ import annotations

import shlex

from environment import settings

for name, value in settings().items():
    print(f"export {name}={shlex.quote(value)}")
