"""One table drives both directions: a property of the program, its place on the wire, and when two values are equal.

`write` makes a body from properties, `observe` carries what the service says back into properties. Equal in meaning is
equal: order where it doesn't matter, "" and null beside absence, a default beside nothing said. Pure; knows no cloud and no room.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

Props = dict[str, Any]


def same(value: Any) -> Any:
    """Leave the value as it is."""
    return value


@dataclass(frozen=True, slots=True)
class Kind:
    """How a value is written, read and compared.

    Args:
        write: property -> wire.
        read: wire -> property; None where the service says nothing.
        canon: property -> what is compared; None where it means the same as absence.
    """

    write: Callable[[Any], Any] = same
    read: Callable[[Any], Any] = same
    canon: Callable[[Any], Any] = same


def _items(value: Any) -> list[Any]:
    return list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _price(value: Any) -> str | None:
    """Prices are text on the wire, and 0.050 is 0.05."""
    try:
        return format(Decimal(str(value)).normalize(), "f") if value not in (None, "") else None
    except InvalidOperation:
        return str(value)


def _label(value: Any) -> str:
    """Labels and tags are text: `true`, not `True`."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _text(value: Any) -> str | None:
    return str(value).strip() or None if value is not None else None


TEXT = Kind(canon=_text)
WORD = Kind(canon=lambda value: (_text(value) or "").casefold() or None)
NUMBER = Kind(write=int, read=lambda value: int(value) if value else None, canon=lambda value: int(value or 0) or None)
FLAG = Kind(write=bool, read=bool, canon=lambda value: bool(value) or None)
PRICE = Kind(write=str, read=lambda value: str(value or ""), canon=_price)
LIST = Kind(write=list, read=_items, canon=lambda value: tuple(_items(value)) or None)
SET = Kind(write=list, read=_items, canon=lambda value: tuple(sorted(map(str, _items(value)))) or None)
MAP = Kind(
    write=lambda value: {str(key): _label(item) for key, item in value.items()},
    read=lambda value: dict(_mapping(value)),
    canon=lambda value: tuple(sorted((str(key), _label(item)) for key, item in _mapping(value).items())) or None,
)
PAIRS = Kind(
    write=lambda value: [{"az": az, "id": value[az]} for az in sorted(value)],
    read=lambda value: dict(_mapping(value)),
    canon=lambda value: tuple(sorted(_mapping(value).items())) or None,
)
"""A mapping by zone, written as a list of `{az, id}` and read as a mapping."""
IDS = Kind(
    write=lambda value: [{"id": each} for each in value],
    read=lambda value: [str(each.get("id") or "") for each in _items(value)],
    canon=SET.canon,
)
"""Ids, each an object on the wire; in any order."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WireField:
    """One property and its place on the wire.

    Args:
        prop: name of the property.
        wire: its place in the body, keys joined by dots.
        kind: how it is written, read and compared.
        read: its place in what the service returns, where it is another one.
        also: further places that the same value is written to.
        fields: of a nested object, or of each item when `key` is given.
        key: properties that tell items of a list apart; given for lists of objects only.
        default: what absence means.
        choices: the values allowed; empty: any.
        required: the program must say it.
        replaces: a change replaces the cluster. It can't change on the service: where the program says nothing, the
            service's value is its own choice, and where the service says nothing, the program's holds.
        filled: where the program says nothing, the service's value is its own choice.
        kept: where the service says nothing, the program's value holds.
        secret: a credential, which is written and never read back.
    """

    prop: str
    wire: str
    kind: Kind = TEXT
    read: str = ""
    also: tuple[str, ...] = ()
    fields: tuple[WireField, ...] = ()
    key: tuple[str, ...] = ()
    default: Any = None
    choices: tuple[str, ...] = ()
    required: bool = False
    replaces: bool = False
    filled: bool = False
    kept: bool = False
    secret: bool = False

    def canon(self, value: Any) -> Any:
        """What of the value is compared; None: the same as absent."""
        if self.key:
            found = {item_key(self, item): _canons(self.fields, item) for item in _items(value)}
            return tuple(sorted(found.items(), key=str)) or None
        if self.fields:
            return _canons(self.fields, _mapping(value)) or None
        canon = self.kind.canon(value)
        return None if canon == self.kind.canon(self.default) else canon

    def written(self, value: Any) -> Any:
        """The value on the wire."""
        if self.key:
            return [write(self.fields, item) for item in value]
        return write(self.fields, value) if self.fields else self.kind.write(value)


def _canons(fields: Sequence[WireField], props: Mapping[str, Any]) -> tuple[tuple[str, Any], ...]:
    pairs = ((each.prop, each.canon(props.get(each.prop))) for each in fields)
    return tuple(pair for pair in pairs if pair[1] is not None)


def item_key(field: WireField, item: Mapping[str, Any]) -> tuple[str, ...]:
    """What tells an item of a list apart from the others."""
    defaults = {each.prop: each.default for each in field.fields}
    return tuple(str(item.get(name) or defaults[name] or "") for name in field.key)


def write(fields: Sequence[WireField], props: Mapping[str, Any]) -> Props:
    """A body from properties; what is absent or empty stays out."""
    body: Props = {}
    for each in fields:
        value = props.get(each.prop)
        if value is None or (isinstance(value, str | list | tuple | Mapping) and not value):
            continue
        for place in (each.wire, *each.also):
            body = merged(body, nested(place, each.written(value)))
    return body


def observe(
    fields: Sequence[WireField],
    declared: Mapping[str, Any],
    live: Mapping[str, Any],
    *,
    raw: Mapping[str, Any] | None = None,
    whole: bool = False,
) -> Props:
    """The declared properties, with those replaced that the service has otherwise.

    Args:
        fields: the table.
        declared: properties as the program has them.
        live: the object as the service returns it.
        raw: what the program sets past the table; it hides the fields that it touches.
        whole: also take what the service chose where the program says nothing: for objects that the program lacks.
    """
    out = dict(declared)
    for each in fields:
        if each.secret or (raw and place(raw, each.wire) is not None):
            continue
        have = declared.get(each.prop)
        found = place(live, each.read or each.wire)
        if have is None and not whole and (each.replaces or each.filled):
            continue
        value = _observed(each, have, found, whole=whole)
        if each.canon(value) == each.canon(have):
            continue
        if each.canon(value) is None and value in (None, "", [], {}, 0):
            if not (each.replaces or each.kept or each.required):
                out.pop(each.prop, None)
            continue
        out[each.prop] = value
    return out


def _observed(field: WireField, have: Any, found: Any, *, whole: bool) -> Any:
    if field.key:
        return _observed_items(field, _items(have), [_mapping(item) for item in _items(found)], whole=whole)
    if field.fields:
        return observe(field.fields, _mapping(have), _mapping(found), whole=whole)
    return field.kind.read(found) if found is not None else None


def _observed_items(
    field: WireField, have: Sequence[Mapping[str, Any]], found: Sequence[Mapping[str, Any]], *, whole: bool
) -> list[Props]:
    """Items in the declared order, then those that are new on the service."""
    read = [_read_item(field, item) for item in found]
    by_key = {item_key(field, item): raw for item, raw in zip(read, found, strict=True)}
    known = {item_key(field, item) for item in have}
    kept = [
        observe(field.fields, item, by_key[item_key(field, item)], whole=whole)
        for item in have
        if item_key(field, item) in by_key
    ]
    return [*kept, *(item for item in read if item_key(field, item) not in known)]


def _read_item(field: WireField, found: Mapping[str, Any]) -> Props:
    """An item that the program lacks; what tells it apart is said, also where it is the default."""
    read = observe(field.fields, {}, found, whole=True)
    return {each.prop: each.default for each in field.fields if each.prop in field.key and each.default} | read


def place(body: Mapping[str, Any], path: str) -> Any:
    """The value at a dotted place; None where there is none."""
    found: Any = body
    for key in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(key)
    return found


def nested(path: str, value: Any) -> Props:
    """A body with just this value at a dotted place."""
    for key in reversed(path.split(".")):
        value = {key: value}
    return dict(value)


def merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> Props:
    """Both bodies, mappings merged at every depth; elsewhere the second wins."""
    out = dict(under)
    for key, value in over.items():
        here = out.get(key)
        out[key] = merged(here, value) if isinstance(here, Mapping) and isinstance(value, Mapping) else value
    return out
