"""Sets values in a YAML text at their places and leaves every other byte as it is.

The public face of `splice.py` for one document and plain values.
"""

from __future__ import annotations

from collections.abc import Mapping

from palette_sdk.content.document import position, readable
from palette_sdk.content.paths import path_tree
from palette_sdk.content.splice import Splicer
from palette_sdk.content.tree import DEEPEST, YamlError
from palette_sdk.errors import InputError


def set_paths(text: str, values: Mapping[str, object], *, path: str) -> str:
    """Set values in a YAML document.

    A place that exists gets the new value: scalars, maps, lists, list items by number or by key. A key that does not exist
    is added as the last of its map, with the maps in between. A text keeps the quotes of the one that it replaces.

    Args:
        text: one document; with template actions, if need be.
        values: by path: `/ui/replicas`, `ui.replicas`, `/spec/containers[name=ui]/image`, `/items/0`. Values are None,
            booleans, numbers, texts, lists and mappings with text keys.
        path: the property, for messages.

    Returns:
        the text; where a place already has its value, unchanged there.

    Raises:
        InputError: the text is not one YAML document, two paths overlap, a path leads through something that is no map or
            list, picks no item, or touches content that an alias shares, or a value can't be YAML.
    """
    if not values:
        return text
    tree = path_tree(values, path=path)
    for written, value in values.items():
        check_value(value, written, path)
    try:
        reading = readable(text)
    except YamlError as error:
        line, column = position(text, error.index)
        raise InputError(f"line {line}, column {column}: {error.problem}", path=path) from None
    full = [index for index, root in enumerate(reading.roots) if not root.is_null]
    if len(full) > 1:
        raise InputError(f"there are {len(full)} documents; paths need a text with one", path=path)
    splicer = Splicer(text, reading, path=path)
    splicer.edit((full or [0])[0], tree)
    return splicer.result()


def check_value(value: object, written: str, path: str, depth: int = 1) -> None:
    """Refuse a value that YAML can't hold.

    Raises:
        InputError: it is nested too deep, has a key that is no text, or holds something else than plain data.
    """
    if depth > DEEPEST:
        raise InputError(f"{written}: nested deeper than {DEEPEST} levels", path=path)
    if isinstance(value, Mapping):
        for key, item in value.items():
            if not isinstance(key, str):
                raise InputError(f"{written}: the key {key!r} is not a text", path=path)
            check_value(item, written, path, depth + 1)
    elif isinstance(value, (list, tuple)):
        for item in value:
            check_value(item, written, path, depth + 1)
    elif value is not None and not isinstance(value, (str, bool, int, float)):
        raise InputError(f"{written}: {type(value).__name__} can't be written as YAML", path=path)
