"""Looking for secrets in places where they must not be: as they are, and in the forms they travel in."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote


def forms(secret: str) -> set[bytes]:
    """How a secret may be written: plain, escaped in JSON or a URL, and in base64 at each offset within other text."""
    raw = secret.encode()
    plain = {raw, json.dumps(secret)[1:-1].encode(), quote(secret, safe="").encode()}
    return plain | {core for offset in range(3) if len(core := _core(raw, offset)) >= 8}


def _core(raw: bytes, offset: int) -> bytes:
    """The characters of base64 that depend on `raw` alone, when `offset` other bytes stand in front of it."""
    whole = base64.b64encode(b"\0" * offset + raw)
    first = -(-offset * 8 // 6) if offset else 0
    last = (offset + len(raw)) * 8 // 6
    return whole[first:last]


def leaks(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> list[str]:
    """Which secret stands in which place; names only, so that a failing test shows no secret itself."""
    known = {name: forms(text) for name, text in secrets.items()}
    return sorted(
        f"{name} in {place}"
        for place, content in places.items()
        for name, shapes in known.items()
        if any(shape in content for shape in shapes)
    )


def files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """All files below a folder by their relative path; what has no content of its own (pipes, sockets) is left out."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
