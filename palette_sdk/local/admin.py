"""Calls of the admin API under `/local/`: clock, faults, counts, reset.

For people, demos and tests of the local control plane; the real service has nothing like it, so no part of the client.
Standard library only, imported with the first call: one short call at a time, over loopback.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from palette_sdk.client.settings import LocalEndpoint
from palette_sdk.errors import LocalError

if TYPE_CHECKING:
    from http.client import HTTPConnection

_TIMEOUT_S = 30.0
Facts = dict[str, Any]


class Admin:
    """The admin API of a running local control plane.

    Args:
        endpoint: where it answers, its key, and the certificate to trust.

    Every method raises LocalError when it doesn't answer or refuses.
    """

    def __init__(self, endpoint: LocalEndpoint) -> None:
        self._endpoint = endpoint

    def info(self) -> Facts:
        """`url`, `version`, `project` {name, uid}, `clock`."""
        return self._call("GET", "/local/info")

    def clock(self) -> Facts:
        """`now` (RFC 3339), `epochSeconds`, `speed`, `paused`, `nextDue`."""
        return self._call("GET", "/local/clock")

    def set_clock(
        self, *, speed: float | None = None, paused: bool | None = None, advance_s: float | None = None
    ) -> Facts:
        """Change what is given, in this order; the clock as it is then.

        Args:
            speed: seconds of the clock per second.
            paused: stand still or go on.
            advance_s: seconds of the clock to move on by; what falls due is done before the answer.
        """
        changes = {"speed": speed, "paused": paused, "advanceSeconds": advance_s}
        return self._call("PATCH", "/local/clock", {k: v for k, v in changes.items() if v is not None})

    def faults(self) -> list[Facts]:
        """The faults that are set, the oldest first."""
        return list(self._call("GET", "/local/faults")["items"])

    def add_fault(self, spec: Mapping[str, Any]) -> Facts:
        """Set a fault; see the reference of the admin API for the fields. It comes back with its `id`."""
        return self._call("POST", "/local/faults", dict(spec))

    def remove_fault(self, fault_id: str) -> None:
        """Take one fault away."""
        self._call("DELETE", f"/local/faults/{quote(fault_id, safe='')}")

    def clear_faults(self) -> None:
        """Take all faults away."""
        self._call("DELETE", "/local/faults")

    def requests(self) -> Facts:
        """`total` and `items` {method, route, count} since the last reset of the counter."""
        return self._call("GET", "/local/requests")

    def reset_requests(self) -> None:
        """Count from zero."""
        self._call("DELETE", "/local/requests")

    def reset(self) -> None:
        """Forget all objects, faults and counts; key, address and clock stay."""
        self._call("POST", "/local/reset")

    def _call(self, method: str, path: str, body: Facts | None = None) -> Facts:
        from http.client import HTTPException

        connection = self._connection()
        try:
            headers = {"ApiKey": self._endpoint.api_key, "Content-Type": "application/json"}
            connection.request(method, path, None if body is None else json.dumps(body), headers)
            answer = connection.getresponse()
            status, text = answer.status, answer.read()
        except (OSError, HTTPException) as e:
            # The library's text may name headers; its type says enough.
            raise LocalError(
                f"the local control plane at {self._endpoint.url} doesn't answer ({type(e).__name__}); "
                "see: palette local status"
            ) from None
        finally:
            connection.close()
        return self._read(method, path, status, text)

    def _connection(self) -> HTTPConnection:
        import ssl
        from http.client import HTTPConnection, HTTPSConnection

        parts = urlsplit(self._endpoint.url)
        host, port = parts.hostname or "", parts.port
        if parts.scheme == "http":
            return HTTPConnection(host, port, timeout=_TIMEOUT_S)
        trust = ssl.create_default_context(cafile=self._endpoint.ca_file or None)
        return HTTPSConnection(host, port, timeout=_TIMEOUT_S, context=trust)

    def _read(self, method: str, path: str, status: int, text: bytes) -> Facts:
        try:
            decoded = json.loads(text) if text.strip() else {}
        except ValueError:
            decoded = None
        facts = decoded if isinstance(decoded, dict) else {}
        if status >= 400:
            said = facts.get("message") or HTTPStatus(status).phrase
            raise LocalError(f"the local control plane refused: {said} ({method} {path}, {status})")
        if not isinstance(decoded, dict):
            raise LocalError(f"{self._endpoint.url} is no local control plane: its answer to {path} makes no sense")
        return facts
