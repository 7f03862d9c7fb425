"""Texts in the person's own editor. Gives back what was saved; decides nothing about it."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from palette_sdk.errors import ConfigError, PaletteError


@dataclass(frozen=True)
class Edited:
    """What an editor left behind.

    Args:
        texts: the texts as they were saved, by the names that went in.
        folder: where they are until `discard`; nobody else can read it.
    """

    texts: Mapping[str, str]
    folder: Path

    def discard(self) -> None:
        """Remove the files."""
        shutil.rmtree(self.folder, ignore_errors=True)


def edit(texts: Mapping[str, str], environ: Mapping[str, str]) -> Edited:
    """Open texts in `$VISUAL`, else `$EDITOR`, else vi, and wait until it ends.

    Args:
        texts: by name; each becomes a file of that name.
        environ: the environment.

    Raises:
        ConfigError: the editor can't be run.
        PaletteError: it ended with an error.
    """
    command = shlex.split(environ.get("VISUAL") or environ.get("EDITOR") or "vi")
    folder = Path(tempfile.mkdtemp(prefix="palette-review-"))  # mode 0700
    files = {name: folder / f"{re.sub(r'[^A-Za-z0-9._-]', '-', name)}.yaml" for name in texts}
    try:
        for name, text in texts.items():
            _write(files[name], text)
        _run([*command, *map(str, files.values())])
        return Edited({name: _read(file) for name, file in files.items()}, folder)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _run(command: list[str]) -> None:
    try:
        done = subprocess.run(command, check=False)  # noqa: S603 - the person's editor
    except OSError as e:
        raise ConfigError(f"the editor {command[0]!r} can't be run: {e.strerror}; set EDITOR") from None
    if done.returncode != 0:
        raise PaletteError(f"the editor {command[0]!r} ended with code {done.returncode}; nothing was sent")


def _write(file: Path, text: str) -> None:
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    # newline="": line ends are part of the text.
    with os.fdopen(descriptor, "w", encoding="utf-8", newline="") as opened:
        opened.write(text)


def _read(file: Path) -> str:
    try:
        with file.open(encoding="utf-8", newline="") as opened:
            return opened.read()
    except (OSError, UnicodeDecodeError):
        raise PaletteError(f"{file.name} can't be read any more as text in UTF-8; nothing was sent") from None
