"""The data folder of a local control plane: where it is, what is in it, who holds it.

The server process (`palette_sdk.controlplane.serve`) writes these files; this module only reads them. The two share no
code on purpose: the files are the interface between the processes.

| file            | what it is                                                                                      |
| -------------- | ----------------------------------------------------------------------------------------------- |
| `endpoint.json` | address, key, project, pid; mode 0600; written when the server answers, kept after it stopped    |
| `server.lock`   | locked by the server while it lives, so free again when it was killed; holds its pid             |
| `start.lock`    | locked by whoever starts or stops the server, so that two starters start one                     |
| `server.log`    | what the server had to say; no keys, no bodies                                                   |
| `palette.db`    | the database                                                                                    |
| `tls/`          | the self-made certificate                                                                       |
| `kubernetes/`   | a folder for each cluster with a real control plane                                             |
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from palette_sdk.client.settings import LocalEndpoint as ClientEndpoint
from palette_sdk.errors import LocalError

DATA_DIR_VARIABLE = "PALETTE_LOCAL_DATA_DIR"


@dataclass(frozen=True, kw_only=True)
class LocalEndpoint(ClientEndpoint):
    """How to reach a local control plane, and where it lives.

    Args:
        url: scheme, loopback address and port.
        api_key: the key it wants; never shown by `repr`.
        ca_file: the certificate to trust, for `https`; else empty.
        project: name of the project that it starts with.
        data_dir: its data folder.
        pid: the server's process.
        kubernetes: folder with the programs of the real control planes behind its clusters; empty: they are simulated.
        kubernetes_limit: how many of them it runs at a time.
    """

    project: str
    data_dir: Path
    pid: int
    kubernetes: str = ""
    kubernetes_limit: int = 0


def default_data_dir(environ: Mapping[str, str] | None = None) -> Path:
    """The folder used when none is given: `PALETTE_LOCAL_DATA_DIR`, else below `XDG_DATA_HOME` or `~/.local/share`."""
    env = os.environ if environ is None else environ
    if given := env.get(DATA_DIR_VARIABLE):
        return Path(given).expanduser().absolute()
    base = env.get("XDG_DATA_HOME") or ""
    # The XDG specification: a relative path is invalid and to be ignored.
    root = Path(base) if Path(base).is_absolute() else _home() / ".local" / "share"
    return root / "palette-sdk" / "local"


def _home() -> Path:
    # Without a home folder there is an error, or, for an empty HOME, a relative path.
    with contextlib.suppress(RuntimeError):
        if (home := Path.home()).is_absolute():
            return home
    raise LocalError(f"there is no home folder for the local control plane's data; set {DATA_DIR_VARIABLE}")


class DataFolder:
    """Names of the files in a data folder, and what they say."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.endpoint_file = path / "endpoint.json"
        self.server_lock = path / "server.lock"
        self.start_lock = path / "start.lock"
        self.log_file = path / "server.log"

    def create(self) -> None:
        """Make the folder, for its owner only; one that exists is left as it is."""
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as e:
            raise LocalError(
                f"the data folder {self.path} can't be made: {e.strerror}; "
                f"choose another with --data-dir or {DATA_DIR_VARIABLE}"
            ) from e

    def server_pid(self) -> int | None:
        """The pid of the living server, 0 while it doesn't say one yet, None when there is no server.

        Asks the lock, not the process table: the lock goes with the process, and pids are used again.
        """
        try:
            with self.server_lock.open("rb") as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    text = file.read(32).strip()
                    return int(text) if text.isdigit() else 0
        except FileNotFoundError:
            return None
        except OSError as e:
            raise LocalError(
                f"{self.server_lock} can't be read: {e.strerror}; choose another folder with --data-dir"
            ) from e
        return None

    def last_endpoint(self) -> LocalEndpoint | None:
        """The endpoint of the server that runs or ran last; None when none ever did.

        Raises:
            LocalError: the file is another user's, can be read by others, or is damaged.
        """
        text = self._private_text()
        if text is None:
            return None
        try:
            return _endpoint(json.loads(text), self.path)
        except (ValueError, TypeError, KeyError):
            # `from None`: the decoder's error carries the text, and with it the key.
            raise LocalError(
                f"{self.endpoint_file} is damaged; stop the server with `palette local stop`, "
                "remove the file, and start again"
            ) from None

    def running(self) -> LocalEndpoint | None:
        """The endpoint of the server that runs and has answered; None otherwise."""
        pid = self.server_pid()
        if not pid:
            return None
        endpoint = self.last_endpoint()
        return endpoint if endpoint is not None and endpoint.pid == pid else None

    def _private_text(self) -> str | None:
        try:
            with self.endpoint_file.open(encoding="utf-8") as file:
                facts = os.fstat(file.fileno())
                if facts.st_uid != os.geteuid():
                    raise LocalError(
                        f"{self.endpoint_file} belongs to another user (uid {facts.st_uid}); "
                        "choose a folder of your own with --data-dir"
                    )
                if stat.S_IMODE(facts.st_mode) & 0o077:
                    raise LocalError(
                        f"{self.endpoint_file} holds an API key and others may read it (mode "
                        f"{stat.S_IMODE(facts.st_mode):04o}); run: chmod 600 {self.endpoint_file}"
                    )
                return file.read()
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            return ""
        except OSError as e:
            raise LocalError(
                f"{self.endpoint_file} can't be read: {e.strerror}; choose another folder with --data-dir"
            ) from e


def _endpoint(facts: dict[str, Any], data_dir: Path) -> LocalEndpoint:
    url, key, project, pid = (facts[name] for name in ("url", "api_key", "project", "pid"))
    ca_file = facts["ca_file"]
    texts = (url, key, project, ca_file)
    if not all(isinstance(text, str) for text in texts) or not isinstance(pid, int):
        raise TypeError
    kubernetes, limit = facts.get("kubernetes", ""), facts.get("kubernetes_limit", 0)
    if not isinstance(kubernetes, str) or not isinstance(limit, int):
        raise TypeError
    return LocalEndpoint(
        url=url, api_key=key, ca_file=ca_file, project=project, data_dir=data_dir, pid=pid,
        kubernetes=kubernetes, kubernetes_limit=limit,
    )  # fmt: skip
