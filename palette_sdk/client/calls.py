"""What every family of calls does alike: paths, scope, pages, shared reads, bodies into models."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias, TypeVar
from urllib.parse import quote

from palette_sdk.errors import InputError, NotFoundError, ProtocolError
from palette_sdk.wire.base import Wire
from palette_sdk.wire.meta import ListMeta, Uid

from .answers import Answer, Call, decoded, fitted, says_gone

if TYPE_CHECKING:
    from .cache import ReadCache

W = TypeVar("W", bound=Wire)
T = TypeVar("T")
Body: TypeAlias = Wire | Mapping[str, Any] | list[Any] | None
Query: TypeAlias = Mapping[str, str | int | bool | None]

PAGE = 50  # the largest page that the service gives

# A write of the left family changes what lists of the right ones say: who uses what, and which updates wait.
_TOUCHED = {
    "profiles": ("profiles", "clusters"),
    "clusters": ("clusters", "profiles", "templates"),
    "templates": ("templates", "clusters", "profiles", "policies"),
    "policies": ("policies", "templates"),
    "cloudconfigs": ("cloudconfigs", "clusters"),
    "notifications": ("notifications", "clusters"),
}


class Page(Protocol):
    """A page of a list: a body with `items` and `listmeta`."""

    @property
    def listmeta(self) -> ListMeta:
        """Place of the page."""


P = TypeVar("P", bound=Wire)


class Calls:
    """Calls of one family in one scope.

    Args:
        family: its name, which keys what it reads.
        send: sends one call.
        cache: shared with all scopes.
        scope: gives the uid of the project, or "" for the tenant; it may have to look it up.
    """

    def __init__(self, family: str, send: Callable[[Call], Answer], cache: ReadCache, scope: Callable[[], str]) -> None:
        self.family = family
        self._send, self._cache, self._scope = send, cache, scope

    def read(self, model: type[W], path: str, *, query: Query | None = None, body: Body = None) -> W:
        """The answer of a GET."""
        call = self._call("GET", path, 200, query, body, is_write=False, repeatable=True)
        return fitted(call, 200, model, decoded(call, self._send(call)))

    def find(self, model: type[W], path: str, *, query: Query | None = None) -> W | None:
        """The answer of a GET, or None where there is nothing."""
        call = self._call("GET", path, 200, query, None, is_write=False, repeatable=True)
        answer = self._unless_gone(lambda: self._send(call))
        return None if answer is None else fitted(call, 200, model, decoded(call, answer))

    def read_rows(self, model: type[W], path: str) -> list[W]:
        """The answer of a GET that is a bare array."""
        call = self._call("GET", path, 200, None, None, is_write=False, repeatable=True)
        value = decoded(call, self._send(call))
        if not isinstance(value, list | None):
            raise ProtocolError("the answer is no list", method="GET", path=path, status=200)
        return [fitted(call, 200, model, row) for row in value or []]

    def text(self, path: str, *, query: Query | None = None) -> str:
        """The answer of a GET that is a file."""
        call = self._call("GET", path, 200, query, None, is_write=False, repeatable=True)
        return self._send(call).content.decode("utf-8", "replace")

    def find_text(self, path: str) -> str | None:
        """The answer of a GET that is a file, or None where there is none."""
        call = self._call("GET", path, 200, None, None, is_write=False, repeatable=True)
        answer = self._unless_gone(lambda: self._send(call))
        return None if answer is None else answer.content.decode("utf-8", "replace")

    def ask(self, model: type[W], path: str, body: Body, *, query: Query | None = None) -> W:
        """The answer of a POST that changes nothing: a search, a validation."""
        call = self._call("POST", path, 200, query, body, is_write=False, repeatable=True)
        return fitted(call, 200, model, decoded(call, self._send(call)))

    def check(self, path: str, body: Body, *, expect: int = 204) -> None:
        """A POST that changes nothing and answers nothing."""
        self._send(self._call("POST", path, expect, None, body, is_write=False, repeatable=True))

    def probe(self, path: str, *, query: Query | None = None) -> None:
        """A GET that answers 204."""
        self._send(self._call("GET", path, 204, query, None, is_write=False, repeatable=True))

    def create(self, path: str, body: Body, *, query: Query | None = None, repeatable: bool = False) -> str:
        """The uid of what a POST made."""
        call = self._call("POST", path, 201, query, body, is_write=True, repeatable=repeatable)
        return fitted(call, 201, Uid, decoded(call, self._write(call))).uid

    def write(
        self,
        method: str,
        path: str,
        body: Body = None,
        *,
        query: Query | None = None,
        expect: int = 204,
        repeatable: bool = True,
    ) -> None:
        """A PUT, PATCH, DELETE or acting POST whose answer has no body."""
        self._write(self._call(method, path, expect, query, body, is_write=True, repeatable=repeatable))

    def remove(self, path: str, body: Body = None, *, query: Query | None = None) -> bool:
        """A DELETE; False when there was nothing any more."""
        call = self._call("DELETE", path, 204, query, body, is_write=True, repeatable=True)
        return self._unless_gone(lambda: self._write(call)) is not None

    def pages(self, read: Callable[[dict[str, str | int]], P], items: Callable[[P], list[T]]) -> list[T]:
        """All rows of a list: pages are followed until the service names no next one.

        Args:
            read: one page, given its query.
            items: the rows of a page.
        """
        rows: list[T] = []
        query: dict[str, str | int] = {"limit": PAGE}
        seen: set[str] = set()
        while True:
            page = read(query)
            rows += items(page)
            token: str = page.listmeta.next_page  # type: ignore[attr-defined]
            if not token:
                return rows
            if token in seen:
                raise ProtocolError(f"a list of {self.family} does not end: the same page was named twice")
            seen.add(token)
            query = {"limit": PAGE, "continue": token}

    def shared(self, key: Hashable, read: Callable[[], T], *, fresh: bool = False) -> T:
        """What `read` gives, shared by all threads for a while, until a write of this family."""
        return self._cache.get(self.family, (self._scope(), key), read, fresh=fresh)

    def aging(self, key: Hashable, read: Callable[[], T]) -> T:
        """What `read` gives, shared for as long, whatever is written meanwhile."""
        return self._cache.get(f"{self.family}, aging", (self._scope(), key), read)

    def dropped_length(self, key: Hashable) -> int:
        """How long a shared answer was that a write of this family dropped since; 0 where it wasn't."""
        return self._cache.dropped_length(self.family, (self._scope(), key))

    def changed(self) -> None:
        """Drops what was read and is touched by a write of this family."""
        self._cache.drop(*_TOUCHED.get(self.family, (self.family,)))

    @staticmethod
    def _unless_gone(act: Callable[[], Answer]) -> Answer | None:
        # Only the call itself is asked: a project that can't be found must not make its objects look gone.
        try:
            return act()
        except NotFoundError as error:
            if says_gone(error):
                return None
            raise

    def _write(self, call: Call) -> Answer:
        # Also after a failure: the write may have been carried out.
        try:
            return self._send(call)
        finally:
            self.changed()

    def _call(
        self,
        method: str,
        path: str,
        expect: int,
        query: Query | None,
        body: Body,
        *,
        is_write: bool,
        repeatable: bool,
    ) -> Call:
        return Call(
            method=method,
            path=path,
            expect=expect,
            query={name: _text(value) for name, value in (query or {}).items() if value is not None},
            body=body.body() if isinstance(body, Wire) else body,
            project_uid=self._scope(),
            is_write=is_write,
            repeatable=repeatable,
        )


def path(template: str, *parts: str) -> str:
    """The path with its `{}` filled by quoted parts.

    Raises:
        InputError: a part is empty, which would name a whole list instead of an object.
    """
    if not all(parts):
        raise InputError(f"an empty name or uid can't be asked for ({template})")
    return template.format(*(quote(part, safe="") for part in parts))


def _text(value: str | int | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
