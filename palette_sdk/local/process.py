"""Run the server's process: its arguments, its environment, its way out of its starter's session.

Called by `daemon`, which decides whether to.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from palette_sdk.errors import LocalError
from palette_sdk.local.folder import DataFolder, LocalEndpoint

API_KEY_VARIABLE = "PALETTE_LOCAL_API_KEY"
SERVER_MODULE = "palette_sdk.controlplane.serve"

# What a server may need of its starter's environment. Everything else stays behind: cloud credentials and passphrases
# of a program must not live on in a process that outlives it.
_KEPT_VARIABLES = (
    "PATH",
    "HOME",
    "USER",
    "LANG",
    "TZ",
    "TMPDIR",
    "VIRTUAL_ENV",
    "PYTHONPATH",
    "PYTHONHOME",
    "LD_LIBRARY_PATH",
    "SYSTEMROOT",
)


def server_options(
    folder: DataFolder,
    last: LocalEndpoint | None,
    *,
    port: int,
    speed: float | None,
    tls: bool | None,
    kubernetes: str | None = None,
    kubernetes_limit: int = 0,
) -> list[str]:
    """The server's arguments, with what the folder's last server had where nothing else is asked for."""
    options = ["--data-dir", str(folder.path), "--detach", "--log-file", str(folder.log_file)]
    if port:
        options += ["--port", str(port)]
    elif last is not None:
        # Programs keep their address over a restart; when someone else has the port by now, any will do.
        options += ["--preferred-port", last.url.rpartition(":")[2]]
    if speed is not None:
        options += ["--speed", repr(speed)]
    if tls if tls is not None else last is not None and last.ca_file:
        options += ["--tls"]
    programs = kubernetes if kubernetes is not None else last.kubernetes if last else ""
    limit = kubernetes_limit or (last.kubernetes_limit if last else 0)
    if programs:
        options += ["--kubernetes", programs, *(["--kubernetes-limit", str(limit)] if limit else [])]
    return options


def spawn(folder: DataFolder, options: list[str], api_key: str, *, limit_s: float) -> None:
    """Run the server's process until it says that the server answers; the server itself lives on."""
    environment = server_environment(os.environ, api_key)
    # -P: the server's imports must not depend on the folder that someone happens to stand in.
    command = [sys.executable, "-P", "-m", SERVER_MODULE, *options]
    with subprocess.Popen(  # noqa: S603 - our own interpreter and module
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        cwd=folder.path,
        env=environment,
        close_fds=True,
        start_new_session=True,
        text=True,
        errors="replace",
    ) as process:
        try:
            _, told = process.communicate(timeout=limit_s)
        except subprocess.TimeoutExpired:
            _kill_group(process)
            raise LocalError(
                f"the local control plane didn't answer within {limit_s:g} s; see {folder.log_file}"
            ) from None
        except BaseException:
            _kill_group(process)
            raise
    if process.returncode != 0:
        lines = told.strip().splitlines() or [f"its process ended with code {process.returncode}"]
        raise LocalError(
            f"the local control plane can't start: {lines[-1]}"
            + (f" (see {folder.log_file})" if len(lines) > 1 else "")
        )


def _kill_group(process: subprocess.Popen[str]) -> None:
    # The process leads its own session, and the server is in its group.
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def server_environment(environ: Mapping[str, str], api_key: str) -> dict[str, str]:
    """What the server's process finds in its environment, of what its starter has in its own."""
    kept = {k: v for k, v in environ.items() if k in _KEPT_VARIABLES or k.startswith(("LC_", "COVERAGE_"))}
    package_parent = Path(__file__).resolve().parents[2]
    paths = [str(Path(p).absolute()) for p in kept.get("PYTHONPATH", "").split(os.pathsep) if p]
    if package_parent.name not in ("site-packages", "dist-packages"):
        paths.append(str(package_parent))
    if paths:
        kept["PYTHONPATH"] = os.pathsep.join(paths)
    if api_key:
        # Not in argv: the process list is everybody's to read.
        kept[API_KEY_VARIABLE] = api_key
    return kept
