"""A profile's document, as Palette exports it: what stands in it, and all that is wrong with it. Asks no service.

Nothing here stops at the first fault: each is one line that begins with its place in the document.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from palette_sdk.content.document import check_yaml
from palette_sdk.errors import InputError
from palette_sdk.resources.profile.args import LayerType
from palette_sdk.resources.profile.bodies import LAYER_OF_KIND, option_details, user_tags
from palette_sdk.resources.program import Cloud
from palette_sdk.rules.nearest import did_you_mean, nearest
from palette_sdk.rules.variables import FORMATS, definition_refusal
from palette_sdk.rules.versions import check_version

if TYPE_CHECKING:
    from palette_sdk.wire.base import Wire
    from palette_sdk.wire.profiles import PackImport, Variable

W = TypeVar("W", bound="Wire")

TYPES = ("cluster", "infra", "add-on")
KINDS = (*LAYER_OF_KIND, "addon")
INPUTS = ("text", "dropdown", "multiline")
_REFERENCE = re.compile(r"\{\{-?\s*\.spectro\.var\.([A-Za-z_][\w-]*)\s*-?\}\}")
_MASKED = re.compile(r"\*+")
_WORDS = {
    "missing": "it is missing",
    "string_type": "a text is wanted",
    "bool_type": "true or false is wanted",
    "bool_parsing": "true or false is wanted",
    "list_type": "a list is wanted",
    "dict_type": "an object is wanted",
    "model_type": "an object is wanted",
}
"""What pydantic finds, in our words."""


@dataclass(frozen=True)
class Document:
    """What a document says of one version of a profile.

    Args:
        name: the profile's name.
        version: its number.
        description: for people.
        tags: labels of the user.
        cloud: the cloud it is for.
        type: `cluster`, `infra`, `add-on`, or empty.
        packs: its layers in their order, each with its place.
        variables: definitions, each with its place.
        is_whole: whether all layers, and what is said of them together, could be read.
        problems: what is wrong, one line each.
        remarks: what is passed over and may be a slip, one line each.
    """

    name: str
    version: str
    description: str
    tags: Mapping[str, str]
    cloud: str
    type: str
    packs: Sequence[tuple[str, PackImport]]
    variables: Sequence[tuple[str, Variable]]
    is_whole: bool
    problems: Sequence[str]
    remarks: Sequence[str]


@dataclass
class _Faults:
    problems: list[str] = field(default_factory=list)
    remarks: list[str] = field(default_factory=list)

    def add(self, place: str, text: str) -> None:
        self.problems.append(f"{place}: {text}")

    def unless(self, value: str, choices: Collection[str], place: str) -> None:
        """Complain of a value that is none of the choices."""
        if value not in choices:
            self.add(place, f'there is no "{value}"; {did_you_mean(value, choices)}')


def read_document(text: str) -> Document:
    """What a document says, and what is wrong with it.

    Raises:
        InputError: it is no JSON, or no object: nothing more can be said of it.
    """
    from palette_sdk.wire.profiles import PackImport, ProfileImportMeta, Variable

    faults = _Faults()
    whole = _parsed(text, faults)
    _watch(whole, ("metadata", "spec"), "", faults)
    given = _part(whole, "metadata", "metadata", faults)
    _watch(given, ("name", "description", "labels"), "metadata", faults)
    metadata = _of(ProfileImportMeta, given, "metadata", faults) or ProfileImportMeta()
    if "name" not in given or (isinstance(given["name"], str) and not given["name"].strip()):
        faults.add("metadata.name", "the profile has no name")
    spec = _part(whole, "spec", "spec", faults)
    _watch(spec, ("version", "template", "variables"), "spec", faults)
    version = _version(_text(spec, "version", "spec", faults), faults)
    template = _part(spec, "template", "spec.template", faults)
    _watch(template, ("type", "cloudType", "packs"), "spec.template", faults)
    kind = _text(template, "type", "spec.template", faults)
    if kind:
        faults.unless(kind, TYPES, "spec.template.type")
    cloud = _text(template, "cloudType", "spec.template", faults) or "all"
    faults.unless(cloud, get_args(Cloud), "spec.template.cloudType")
    layers = _rows(template, "packs", "spec.template.packs", faults)
    if template and not template.get("packs"):
        faults.add("spec.template.packs", "the profile has no layers")
    packs = [(place, item) for place, row in layers if (item := _of(PackImport, row, place, faults))]
    _check_packs(packs, faults)
    defined = _rows(spec, "variables", "spec.variables", faults)
    variables = [(place, each) for place, row in defined if (each := _of(Variable, row, place, faults))]
    if len(variables) == len(defined):
        _check_references(packs, [each.name for _, each in variables], faults)
    names = {item.name for _, item in packs}
    return Document(
        name=metadata.name,
        version=version,
        description=metadata.description,
        tags=user_tags(metadata.labels),
        cloud=cloud,
        type=kind,
        packs=packs,
        variables=variables,
        is_whole=bool(packs) and len(names) == len(layers) and kind in ("", *TYPES) and cloud in get_args(Cloud),
        problems=faults.problems,
        remarks=faults.remarks,
    )


def definitions(
    document: Document, secrets: Collection[str], *, taking_over: bool = False
) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Variables as a program would define them.

    Args:
        document: the document.
        secrets: names of the variables whose default the program gives.
        taking_over: whether an existing version is adopted, whose defaults would be lost.

    Returns:
        The definitions, without the defaults that the program gives; problems; and remarks. No line holds a default.
    """
    faults, found = _Faults(), []
    names = [item.name for _, item in document.variables]
    for index, (place, item) in enumerate(document.variables):
        if not item.name.strip():
            faults.add(place, "a variable needs a name")
            continue
        if item.name in names[:index]:
            faults.add(
                place, f"there is another variable of this name: {document.variables[names.index(item.name)][0]}"
            )
        found.append(_definition(place, item, item.name in secrets, taking_over, faults))
    by_name = dict(zip(names, (item for _, item in document.variables), strict=True))
    for name in secrets:
        if name not in by_name:
            faults.add(f'secrets["{name}"]', f"the document has no such variable; {did_you_mean(name, names)}")
        elif not by_name[name].is_sensitive:
            faults.add(
                f'secrets["{name}"]',
                "the variable is not sensitive, so that the service would show its default to everyone; "
                'write it into the document, or make the variable "isSensitive" there',
            )
    return found, faults.problems, faults.remarks


def is_masked(variable: Variable) -> bool:
    """Whether the default of a sensitive variable is not there: the service writes asterisks in its place."""
    return variable.is_sensitive and _MASKED.fullmatch(variable.default_value) is not None


def refusal(file: str, problems: Sequence[str]) -> str:
    """One text for all that stands in the way of a document."""
    if len(problems) == 1:
        return f"{file} can't be imported: {problems[0]}"
    return "\n  ".join([f"{file} can't be imported; {len(problems)} things are wrong:", *problems])


# -- reading -------------------------------------------------------------------------------------------------------------


def _parsed(text: str, faults: _Faults) -> Mapping[str, Any]:
    def pairs(items: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in items]
        for name in dict.fromkeys(name for name in names if names.count(name) > 1):
            faults.add(f'"{name}"', "it stands twice in one object, and only one of them can hold")
        return dict(items)

    try:
        found = json.loads(text.removeprefix("\ufeff"), object_pairs_hook=pairs)
    except json.JSONDecodeError as error:
        hint = (
            "" if text.lstrip("\ufeff \t\r\n")[:1] == "{" else "; export it anew: palette profiles export NAME VERSION"
        )
        raise InputError(f"it is not JSON (line {error.lineno}, column {error.colno}: {error.msg}){hint}") from None
    except RecursionError:
        raise InputError("it is nested too deep to be a profile") from None
    if not isinstance(found, Mapping):
        raise InputError('it is no profile: an object with "metadata" and "spec" is wanted')
    return found


def _watch(given: Mapping[str, Any], known: Sequence[str], place: str, faults: _Faults) -> None:
    """Remark on keys that look like misspelt ones. Others are the service's, which may be newer."""
    missing = [name for name in known if name not in given]
    for name in given:
        alike = [] if name in known else nearest(name, missing, 1)
        if alike:
            shown = f"{place}.{name}" if place else name
            faults.remarks.append(f"{shown} has no meaning and is passed over; did you mean {alike[0]}?")


def _part(given: Mapping[str, Any], name: str, place: str, faults: _Faults) -> Mapping[str, Any]:
    found = given.get(name)
    if isinstance(found, Mapping):
        return found
    faults.add(place, "it is missing" if found is None else "an object is wanted")
    return {}


def _text(given: Mapping[str, Any], name: str, place: str, faults: _Faults) -> str:
    found = given.get(name)
    if found is None or isinstance(found, str):
        return found or ""
    faults.add(f"{place}.{name}", "a text is wanted")
    return ""


def _rows(given: Mapping[str, Any], name: str, place: str, faults: _Faults) -> list[tuple[str, Any]]:
    """Items of a list with their places, each with its name where it has one."""
    found = given.get(name)
    if found is None:
        return []
    if not isinstance(found, list):
        faults.add(place, "a list is wanted")
        return []
    rows = []
    for index, row in enumerate(found):
        called = row.get("name") if isinstance(row, Mapping) else None
        rows.append((f"{place}[{index}]" + (f" ({called})" if isinstance(called, str) and called else ""), row))
    return rows


def _of(kind: type[W], given: Any, place: str, faults: _Faults) -> W | None:
    from pydantic import ValidationError

    try:
        return kind.of(given)
    except ValidationError as error:
        for each in error.errors(include_input=False, include_url=False):
            inside = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in each["loc"])
            faults.add(place + inside, _WORDS.get(each["type"], each["msg"]))
        return None


def _version(given: str, faults: _Faults) -> str:
    if not given:
        return "1.0.0"
    try:
        check_version(given, path="spec.version")
    except InputError as error:
        faults.problems.append(str(error))
    return given


# -- what stands in it ---------------------------------------------------------------------------------------------------


def _check_packs(packs: Sequence[tuple[str, PackImport]], faults: _Faults) -> None:
    names = [item.name for _, item in packs]
    for index, (place, item) in enumerate(packs):
        if not item.name.strip():
            faults.add(place, "a layer needs a name")
        elif item.name in names[:index]:
            faults.add(place, f"there is another layer of this name: {packs[names.index(item.name)][0]}")
        if item.type:
            faults.unless(item.type, get_args(LayerType), f"{place}.type")
        if item.layer:
            faults.unless(item.layer, KINDS, f"{place}.layer")
        if item.type == "manifest" and not item.manifests:
            faults.add(f"{place}.manifests", "a layer of manifests needs at least one")
        called = [each.name for each in item.manifests]
        for name in dict.fromkeys(name for name in called if called.count(name) > 1):
            faults.add(f"{place}.manifests", f'two manifests are called "{name}"')
        for where, text in _texts(place, item):
            try:
                check_yaml(text, path=where)
            except InputError as error:
                faults.problems.append(str(error))


def _texts(place: str, item: PackImport) -> Iterable[tuple[str, str]]:
    if item.values:
        yield f"{place}.values", item.values
    for index, each in enumerate(item.manifests):
        yield f"{place}.manifests[{index}] ({each.name})", each.content


def _check_references(packs: Sequence[tuple[str, PackImport]], names: Sequence[str], faults: _Faults) -> None:
    for place, item in packs:
        for where, text in _texts(place, item):
            for name in dict.fromkeys(_REFERENCE.findall(text)):
                if name not in names:
                    faults.add(where, f"no variable is called {name}, which it refers to; {did_you_mean(name, names)}")


def _definition(place: str, item: Variable, is_given: bool, taking_over: bool, faults: _Faults) -> dict[str, Any]:
    masked = is_masked(item) or is_given
    found = {
        "name": item.name,
        "display_name": "" if item.display_name == item.name else item.display_name,
        "description": item.description,
        "format": item.format or "string",
        "input": item.input_type or "text",
        "options": [option.value for option in item.options],
        "default": None if masked else item.default_value or None,
        "regex": item.regex,
        "required": item.required,
        "immutable": item.immutable,
        "hidden": item.hidden,
        "sensitive": item.is_sensitive,
        **option_details(item.options),
    }
    faults.unless(found["format"], FORMATS, f"{place}.format")
    faults.unless(found["input"], INPUTS, f"{place}.inputType")
    if found["format"] in FORMATS:
        wrong = definition_refusal(found)
        if wrong:
            faults.add(place, wrong)
    if is_given:
        return found
    way_out = f'secrets={{"{item.name}": ...}}'
    if is_masked(item) and item.required:
        faults.add(place, f"its default is masked, and the variable is required: give {way_out}")
    elif is_masked(item) and taking_over:
        faults.add(place, f"its default is masked, and would be lost where it is taken over: give {way_out}")
    elif is_masked(item):
        faults.remarks.append(f"{place}: its default is masked; it is imported without one. To have one: {way_out}")
    elif item.required and item.hidden and found["default"] is None:
        faults.add(
            f"{place}.defaultValue", "a required variable that is hidden needs one: nobody is asked for its value"
        )
    return found
