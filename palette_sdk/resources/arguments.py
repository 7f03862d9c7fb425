"""What a program hands over, held against the annotations of what takes it: types, choices, names of arguments.

`checked` does it for a function or a constructor, `checked_value` for a dataclass, `made` for its dict twin. A complaint is one
sentence that names the argument, before anything is registered or sent. Outputs pass: what is inside them is judged later,
by the hooks. The rules of Palette stand elsewhere; here is only what a type checker would have said.
"""

from __future__ import annotations

import inspect
import types
import typing
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import timedelta
from functools import lru_cache, wraps
from pathlib import Path
from typing import Any, Literal, ParamSpec, TypeVar, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

import pulumi

from palette_sdk.errors import InputError, PaletteError
from palette_sdk.rules.nearest import did_you_mean, nearest

P = ParamSpec("P")
T = TypeVar("T")

_WORDS: Mapping[Any, str] = {
    str: "a text",
    int: "a whole number",
    float: "a number",
    bool: "True or False",
    Path: "a Path",
    dict: "a mapping",
    list: "a list",
}
_SHOWN = 40
"""Characters of a wrong text that a message repeats."""
_HINTS: Mapping[tuple[str, str], str] = {
    ("Layer", "PackResult"): "wrap it: palette.pack(...)",
    ("PackResult", "str"): "look it up: palette.get_pack(...)",
    ("PackResult", "Layer"): "it is a layer already: leave out palette.pack(...)",
    ("Path", "str"): "a file is given as Path(...)",
    ("ClusterResult", "Cluster"): "a cluster of this program goes to palette.orphans_output(...)",
    ("ClusterTemplate", "Attach"): "a template has its profiles; its clusters' values go in variables={...}",
    ("ClusterTemplate", "ProfileResult"): "versions of profiles go in profiles=[...]",
    ("ClusterTemplate", "Profile"): "versions of profiles go in profiles=[...]",
    ("ClusterTemplate", "ProfileVersion"): "versions of profiles go in profiles=[...]",
}
"""What to do, by the class that is wanted and the class that came."""


class ProgramError(pulumi.RunError, PaletteError):
    """Something in the program can't be accepted; the engine prints the text alone."""


def told_plainly(function: Callable[P, T]) -> Callable[P, T]:
    """Turn our errors into ones that end the program without a traceback."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        with _plainly():
            return function(*args, **kwargs)

    return inner


def checked(function: Callable[P, T]) -> Callable[P, T]:
    """Hold each call against the annotations, and tell errors plainly. Serves constructors (`__init__`) too."""

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:  # one frame: Pulumi stores those above a resource in its state
        _check_call(function, args, kwargs)
        with _plainly():
            return function(*args, **kwargs)

    return inner


@contextmanager
def _plainly() -> Iterator[None]:
    try:
        yield
    except ProgramError:
        raise
    except PaletteError as error:
        raise ProgramError(str(error)) from None


def checked_value(kind: type[T]) -> type[T]:
    """Hold each construction of a dataclass against the annotations of its fields."""
    init: Any = kind.__init__

    @wraps(init)
    def __init__(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807 - it takes the place of the one that is wrapped
        _check_call(init, (self, *args), kwargs, kind)
        init(self, *args, **kwargs)

    kind.__init__ = __init__  # type: ignore[method-assign]
    return kind


def made(kind: type[T], given: object, path: str) -> T:
    """A value itself, or made from its dict twin.

    Args:
        kind: the dataclass.
        given: what the program gave.
        path: the property, for messages.

    Raises:
        InputError: a key that does not exist, one that lacks, one of the wrong type, or something that is neither.
    """
    if isinstance(given, kind):
        return given
    if not isinstance(given, Mapping):
        raise InputError(_unfit(f"{kind.__name__} or a dict", given, kind.__name__), path=path)
    known: dict[str, Field[Any]] = {item.name: item for item in fields(kind)}  # type: ignore[arg-type]
    for name in given:
        if name not in known:
            raise InputError(f"no field {name!r} in {kind.__name__}; {did_you_mean(str(name), known)}", path=path)
    for name, item in known.items():
        if name not in given and item.default is MISSING and item.default_factory is MISSING:
            raise InputError(f"{name!r} is missing", path=path)
    said = {name: item for name, item in given.items() if item is not None}
    hints = _hints(cast("Any", kind))
    for name, item in said.items():
        _refuse(complaint(item, hints[name], f"{path}.{name}", hidden=not known[name].repr))
    return kind(**{name: _nested(item, known[name], f"{path}.{name}") for name, item in said.items()})


def check_types(kind: type, given: Mapping[str, Any], path: str, *, but: Sequence[str] = ()) -> None:
    """Hold values that a hook knows by now against the fields of a dataclass; what is no field passes.

    Raises:
        InputError: one has another type. Its value is not told: in a hook, nobody knows whether it is a secret.
    """
    hints = _hints(kind)
    for name, item in given.items():
        if name in hints and name not in but and item is not None:
            _refuse(complaint(item, hints[name], f"{path}.{name}", hidden=True))


def _nested(given: Any, item: Field[Any], path: str) -> Any:
    kind: type[Any] | None = item.metadata.get("kind")
    if kind is None:
        return given
    if isinstance(given, Mapping):
        return made(kind, given, path)
    if isinstance(given, Sequence) and not isinstance(given, str):
        return [
            made(kind, each, f"{path}[{index}]") if isinstance(each, Mapping) else each
            for index, each in enumerate(given)
        ]
    return given


def _refuse(text: str) -> None:
    if text:
        raise InputError(text)  # its path stands in it already


# -- calls -------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=256)
def _hints(thing: Any) -> dict[str, Any]:
    return get_type_hints(thing, localns={"Output": pulumi.Output, "T": T})  # what pulumi.Input refers to by name


@lru_cache(maxsize=256)
def _parameters(function: Any) -> tuple[tuple[str, ...], tuple[str, ...], frozenset[str], bool]:
    """Names by position, all names, those that are needed, and whether others are taken too."""
    found = inspect.signature(function).parameters.values()
    positional = tuple(item.name for item in found if item.kind in (item.POSITIONAL_ONLY, item.POSITIONAL_OR_KEYWORD))
    named = tuple(item.name for item in found if item.kind not in (item.VAR_KEYWORD, item.VAR_POSITIONAL))
    needed = frozenset(item.name for item in found if item.name in named and item.default is item.empty)
    return positional, named, needed, any(item.kind is item.VAR_KEYWORD for item in found)


def _check_call(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any], kind: type | None = None) -> None:
    positional, named, needed, open_ended = _parameters(function)
    given = {**dict(zip(positional, args, strict=False)), **kwargs}
    called = _called(function, given, positional, kind)
    unknown = [name for name in kwargs if name not in named]
    if unknown and not open_ended:
        names = [name for name in named if name != "self"]
        raise ProgramError(f"{called}: there is no argument {unknown[0]!r}; {did_you_mean(unknown[0], names)}")
    if len(args) > len(positional):
        last = f"everything after {positional[-1]!r}" if positional[-1] != "self" else "all arguments"
        raise ProgramError(f"{called}: give {last} by name")
    missing = [name for name in named if name in needed and name not in given]
    if missing:
        raise ProgramError(f"{called}: {missing[0]!r} is missing")
    hints = _hints(kind if kind is not None else function)
    hidden = {item.name for item in fields(kind) if not item.repr} if kind is not None and is_dataclass(kind) else ()
    for name, item in given.items():
        if name in named and name in hints:
            wrong = complaint(item, hints[name], f"{called}.{name}", hidden=name in hidden)
            if wrong:
                raise ProgramError(wrong)


def _called(function: Any, given: Mapping[str, Any], positional: Sequence[str], kind: type | None) -> str:
    """How a message calls it: `AwsMachine`, `Cluster("web")`, `manifest("hello")`."""
    if kind is not None:
        return kind.__name__
    names = [name for name in positional if name != "self"]
    of = type(given["self"]).__name__ if "self" in given else function.__name__
    first = given.get(names[0]) if names else None
    return f'{of}("{first}")' if isinstance(first, str) else of


# -- values ------------------------------------------------------------------------------------------------------------


def complaint(given: Any, hint: Any, path: str, *, hidden: bool = False) -> str:
    """What is wrong with a value, with its path; empty when it fits.

    Args:
        given: the value.
        hint: what is wanted, as `get_type_hints` gives it.
        path: the property, as a person would write it.
        hidden: whether the value is a secret, of which nothing may be shown.
    """
    options = _options(hint)
    if Any in options or object in options or _is_unknown(given):
        return ""
    if _is_later(given):
        if any(get_origin(option) in (pulumi.Output, Awaitable) for option in options):
            return ""
        if not any(_fits(given, option) for option in options):
            return f"{path}: it names something in plans and diffs, so it has to be plain, not an output"
    first = ""
    for option in options:
        if _fits(given, option):
            inside = _inside(given, option, path, hidden=hidden)
            if not inside:
                return ""
            first = first or inside
    if first:
        return first
    if timedelta in options and isinstance(given, int | float) and not isinstance(given, bool):
        return _unitless(given, path)
    choices = [choice for option in options if get_origin(option) is Literal for choice in get_args(option)]
    if choices and isinstance(given, str):
        alike = "" if hidden else "".join(f'; did you mean "{name}"?' for name in nearest(given, map(str, choices), 1))
        shown = "it" if hidden else f'"{given}"'
        return f"{path}: {shown} must be one of {_quoted(choices)}{alike}"
    return f"{path}: {_unfit(_wanted(options), given, *map(_name, options), hidden=hidden)}"


def _unitless(given: float, path: str) -> str:
    from palette_sdk.rules.durations import seconds

    try:
        seconds(given, path=path)  # type: ignore[arg-type]  # it has words for a number without a unit
    except InputError as error:
        return str(error)
    return ""


def _quoted(choices: Sequence[Any]) -> str:
    return ", ".join(f'"{choice}"' if isinstance(choice, str) else repr(choice) for choice in choices)


def _options(hint: Any) -> list[Any]:
    """The alternatives of an annotation, flat."""
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return [option for arg in get_args(hint) for option in _options(arg)]
    if origin in (typing.Required, typing.NotRequired, typing.Annotated, typing.ClassVar):
        return _options(get_args(hint)[0])
    if isinstance(hint, TypeVar | str | typing.ForwardRef) or origin in (Callable, typing.Unpack):
        return [Any]
    return [type(None) if hint is None else hint]


def _fits(given: Any, option: Any) -> bool:
    """Whether a value is of an alternative's kind, whatever is inside."""
    origin = get_origin(option)
    if origin is Literal:
        return any(given == choice and type(given) is type(choice) for choice in get_args(option))
    if is_typeddict(option):
        return isinstance(given, Mapping)
    if origin in (pulumi.Output, Awaitable) or option is pulumi.Output:
        return _is_later(given)
    wanted = origin or option
    if not isinstance(wanted, type):
        return True
    if issubclass(wanted, Mapping):
        return isinstance(given, Mapping)
    if wanted is not str and issubclass(wanted, Sequence):
        return isinstance(given, Sequence) and not isinstance(given, str | bytes)
    if wanted is float:
        return isinstance(given, int | float) and not isinstance(given, bool)
    if wanted is int:
        return isinstance(given, int) and not isinstance(given, bool)
    return isinstance(given, wanted)


def _inside(given: Any, option: Any, path: str, *, hidden: bool) -> str:
    """What is wrong with the items of a list or mapping."""
    arguments = get_args(option)
    if get_origin(option) is Literal or is_typeddict(option) or not arguments:
        return ""
    if isinstance(given, Mapping):
        for key, item in given.items():
            wrong = complaint(key, arguments[0], f"{path}: key {key!r}") or complaint(
                item, arguments[-1], f'{path}["{key}"]', hidden=hidden
            )
            if wrong:
                return wrong
    elif isinstance(given, Sequence) and not isinstance(given, str):
        for index, item in enumerate(given):
            wrong = complaint(item, arguments[0], f"{path}[{index}]", hidden=hidden)
            if wrong:
                return wrong
    return ""


def _is_later(given: Any) -> bool:
    return isinstance(given, pulumi.Output) or hasattr(given, "__await__")


def _is_unknown(given: Any) -> bool:
    from palette_sdk.rules.unknown import Unknown

    return isinstance(given, Unknown)


def _name(option: Any) -> str:
    found = get_origin(option) or option
    return getattr(found, "__name__", str(found))


def _word(option: Any) -> str:
    origin = get_origin(option)
    wanted = origin or option
    if origin is Literal:
        return f"one of {_quoted(get_args(option))}"
    if is_typeddict(option):
        return "a dict"
    if wanted in _WORDS:
        return _WORDS[wanted]
    if isinstance(wanted, type) and issubclass(wanted, Mapping):
        return "a mapping"
    if isinstance(wanted, type) and issubclass(wanted, Sequence):
        return "a list"
    return _name(option)


def _wanted(options: Sequence[Any]) -> str:
    known = [
        option
        for option in options
        if option is not type(None) and get_origin(option) not in (pulumi.Output, Awaitable)
    ]
    words = list(dict.fromkeys(_word(option) for option in known))
    return f"{', '.join(words[:-1])} or {words[-1]}" if len(words) > 1 else "".join(words)


def _unfit(wanted: str, given: Any, *names: str, hidden: bool = False) -> str:
    hints = [_HINTS[name, type(given).__name__] for name in names if (name, type(given).__name__) in _HINTS]
    if "a list" in wanted and "Sequence" in names and not isinstance(given, Mapping | set | frozenset):
        hints.append(f'write ["{given}"]' if isinstance(given, str) and not hidden else "put it in [...]")
    return f"expected {wanted}, not {_said(given, hidden=hidden)}" + (f"; {hints[0]}" if hints else "")


def _said(given: Any, *, hidden: bool) -> str:
    if isinstance(given, bool) or given is None:
        return repr(given)
    if isinstance(given, str):
        if hidden:
            return "a text"
        return f'the text "{given[:_SHOWN]}{"..." if len(given) > _SHOWN else ""}"'
    if isinstance(given, int | float):
        return "a number" if hidden else repr(given)
    if isinstance(given, Mapping):
        return "a mapping"
    if isinstance(given, tuple | list | set):
        return f"a {type(given).__name__}"
    if _is_later(given):
        return "an output"
    if isinstance(given, type):
        return f"the class {given.__name__} itself"
    return type(given).__name__
