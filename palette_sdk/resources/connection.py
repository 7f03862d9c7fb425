"""From a stack's configuration to settings of the client, the same way in the program and in the hooks."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from palette_sdk.client import Settings


def settings_from(config: Mapping[str, str]) -> Settings:
    """Settings from `palette:...` values and the environment; `palette:host: local` starts the local control plane.

    Raises:
        ConfigError: a value is missing or makes no sense.
        LocalError: the local control plane can't be started.
    """
    from palette_sdk.client import Settings
    from palette_sdk.local import ensure_running

    return Settings.resolve(config, os.environ, local=ensure_running)
