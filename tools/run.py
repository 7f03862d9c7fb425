"""Runs a command with the engine, the virtual environment and the offline settings in its environment."""

from __future__ import annotations

import os
import sys

from environment import settings

os.environ.update(settings())
os.execvp(sys.argv[1], sys.argv[1:])
