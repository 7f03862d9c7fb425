"""What a shell needs to run Pulumi programs offline: one place for `make env`, demo, tests and bench."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


def engine_folder() -> str:
    """The folder of the engine built by set-up, or an empty text when the one on PATH serves."""
    found = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "engine" / "install.py"), "--print-only"],
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if found.returncode != 0:
        sys.exit(found.returncode)
    return found.stdout.strip()


def settings() -> dict[str, str]:
    """Environment variables to set, PATH included; a person's own backend is never touched: all lies in `.local`."""
    local = ROOT / ".local"
    venv = Path(sys.executable).parent
    path = os.environ.get("PATH", "")
    front = [folder for folder in (str(venv), engine_folder()) if folder and folder not in path.split(os.pathsep)]
    offline = {
        "PULUMI_BACKEND_URL": f"file://{local / 'state'}",
        "PULUMI_CONFIG_PASSPHRASE": "palette-local",
        "PULUMI_SKIP_UPDATE_CHECK": "1",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "1",
        "PALETTE_LOCAL_DATA_DIR": str(local / "palette"),
    }
    (local / "state").mkdir(parents=True, exist_ok=True)
    return {"PATH": os.pathsep.join([*front, path]), **offline}
