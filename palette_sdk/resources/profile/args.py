"""What a program writes about a profile: layers and variables. Names are plain text: they key plans and diffs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import KW_ONLY, dataclass, field
from pathlib import Path
from typing import Any, Literal, TypedDict, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import ProgramError, checked, checked_value, made, told_plainly
from palette_sdk.resources.lookups import PackResult, RegistryResult
from palette_sdk.resources.program import is_secret

LayerType = Literal["spectro", "manifest", "helm", "oci"]
LayerKind = Literal["os", "k8s", "cni", "csi", "addon"]
Content = pulumi.Input[str] | Path
_FILE_NAME = re.compile(
    r"[^\s:{}\[\]]+\.(ya?ml|json|tpl|tmpl|txt|values)|(\.{0,2}[/\\])?([\w.-]+[/\\])+[\w.-]+", re.IGNORECASE
)
"""A word that no document consists of: it ends as files do, or has folders."""
MANIFEST_PACK_UID = "spectro-manifest-pack"
"""The fixed uid that the service gives to layers of plain manifests."""


@checked_value
@dataclass(frozen=True, kw_only=True)
class Layer:
    """One layer of a profile; made by `pack`, `manifest`, `helm` and `oci`. Changing any of it edits the profile in place.

    Args:
        name: unique in the profile.
        type: what it is made of.
        kind: the place in the stack: OS, Kubernetes, network, storage or add-on.
        version: the pack's or chart's version; the tag that was asked for may be a moving one (`1.30.x`).
        tag: the version as it was asked for.
        pack_uid: the service's uid of the pack version.
        registry_uid: the service's uid of the registry.
        values: one YAML document as text.
        defaults: whether `values` are the pack's own defaults; then they are pinned when first applied.
        manifests: contents by name.
    """

    name: str
    type: LayerType
    kind: LayerKind = "addon"
    version: str = ""
    tag: str = ""
    pack_uid: str = ""
    registry_uid: pulumi.Input[str] = ""
    values: pulumi.Input[str] = ""
    defaults: bool = False
    manifests: Mapping[str, pulumi.Input[str]] = field(default_factory=dict)

    def props(self) -> dict[str, Any]:
        """The layer as inputs of the engine."""
        return {
            "type": self.type,
            "kind": self.kind,
            "version": self.version,
            "tag": self.tag,
            "pack_uid": self.pack_uid,
            "registry_uid": self.registry_uid,
            "values": self.values,
            "defaults": self.defaults,
            "manifests": dict(self.manifests),
            "secret": is_secret([self.values, dict(self.manifests)]),
        }


class LayerDict(TypedDict, total=False):
    """A layer as a dict literal; `name` and `type` are required."""

    name: str
    type: LayerType
    kind: LayerKind
    version: str
    tag: str
    pack_uid: str
    registry_uid: pulumi.Input[str]
    values: pulumi.Input[str]
    defaults: bool
    manifests: Mapping[str, pulumi.Input[str]]


@checked
def pack(
    p: PackResult,
    *,
    values: Content | None = None,
    set: Mapping[str, pulumi.Input[Any]] | None = None,  # noqa: A002 - the name decided for users
    manifests: Mapping[str, Content] | None = None,
    name: str | None = None,
) -> Layer:
    """A layer from a pack of a registry. Its place in the stack is the pack's.

    Args:
        p: the pack, from `get_pack`.
        values: the whole values document, a text or a file; default: the pack's own, pinned when they are first applied.
        set: paths and their values, spliced into the document: `{"/ui/replicas": 2}` or `{"ui.replicas": 2}`. One that
            leads nowhere in the document is added, with a warning that names the nearest one.
        manifests: additional manifests attached to the pack, by name; each a text or a file. Default: none.
        name: name of the layer; default: the pack's name.
    """
    text = p.values if values is None else _read(values, f'pack("{p.name}").values')
    _warn_of_absent(p, text, set)
    return Layer(
        name=name or p.name,
        type=cast("LayerType", p.type if p.type in ("spectro", "helm", "oci") else "spectro"),
        kind=p.layer,
        version=p.version,
        tag=p.tag,
        pack_uid=p.uid,
        registry_uid=p.registry_uid,
        values=_spliced(text, set, f'pack("{p.name}").set'),
        defaults=values is None and not set,
        manifests={key: _read(item, f'pack("{p.name}").manifests["{key}"]') for key, item in (manifests or {}).items()},
    )


def _warn_of_absent(p: PackResult, text: pulumi.Input[str], paths: Mapping[str, Any] | None) -> None:
    from palette_sdk.content.absent import absent_paths

    if not paths or not isinstance(text, str):
        return
    where = f'pack("{p.name}").set'
    for written, near in absent_paths(text, paths, path=where).items():
        advice = f"; nearest: {near}" if near else ""
        pulumi.log.warn(f'{where}: the values of {p.version} have no "{written}"{advice}. It is added.')


@checked
def manifest(name: str, contents: Content | Mapping[str, Content]) -> Layer:
    """An add-on layer of plain Kubernetes manifests.

    Args:
        name: name of the layer.
        contents: one text or file (the manifest then has the layer's name), or several by name. Files are looked up from
            the program's folder.

    Raises:
        ProgramError: no contents, or a file that is missing or can't be read.
    """
    items = contents if isinstance(contents, Mapping) else {name: contents}
    if not items:
        raise InputError("a manifest layer needs at least one manifest", path=f'manifest("{name}")')
    texts = {key: _read(item, f'manifest("{name}")["{key}"]') for key, item in items.items()}
    return Layer(name=name, type="manifest", pack_uid=MANIFEST_PACK_UID, manifests=texts)


@checked
def helm(
    name: str,
    *,
    chart: str,
    version: str,
    registry: RegistryResult | pulumi.Input[str],
    values: Content = "",
    set: Mapping[str, pulumi.Input[Any]] | None = None,  # noqa: A002 - the name decided for users
) -> Layer:
    """An add-on layer from a Helm chart.

    Args:
        name: name of the layer; the service looks the chart up by it, so it equals `chart` unless the registry says else.
        chart: the chart's name in the registry.
        version: the chart's version.
        registry: the Helm registry, from `get_registry`, or its uid.
        values: the values document, a text or a file; default: empty.
        set: paths and their values, spliced into the document, as in `pack`.
    """
    return _chart("helm", name, chart=chart, version=version, registry=registry, values=values, paths=set)


@checked
def oci(
    name: str,
    *,
    chart: str,
    version: str,
    registry: RegistryResult | pulumi.Input[str],
    values: Content = "",
    set: Mapping[str, pulumi.Input[Any]] | None = None,  # noqa: A002 - the name decided for users
) -> Layer:
    """An add-on layer from an OCI registry; the arguments are those of `helm`."""
    return _chart("oci", name, chart=chart, version=version, registry=registry, values=values, paths=set)


def _chart(
    kind: Literal["helm", "oci"],
    name: str,
    *,
    chart: str,
    version: str,
    registry: RegistryResult | pulumi.Input[str],
    values: Content,
    paths: Mapping[str, pulumi.Input[Any]] | None,
) -> Layer:
    uid = registry if isinstance(registry, str | pulumi.Output) else getattr(registry, "uid", registry)
    text = _read(values, f'{kind}("{name}").values')
    return Layer(
        name=name or chart,
        type=kind,
        version=version,
        tag=version,
        registry_uid=cast("pulumi.Input[str]", uid),
        values=_spliced(text, paths, f'{kind}("{name}").set'),
    )


def _read(content: Content, path: str) -> pulumi.Input[str]:
    if isinstance(content, str) and _FILE_NAME.fullmatch(content):
        raise ProgramError(
            f'{path}: "{content}" looks like a file, and it is taken as text; did you mean Path("{content}")?'
        )
    return file_text(content, path) if isinstance(content, Path) else content


def file_text(file: Path, path: str) -> str:
    """The text of a file, from the program's folder.

    Args:
        file: the file.
        path: the argument that names it, for the message.

    Raises:
        ProgramError: it is missing or can't be read; the files beside it are named.
    """
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        beside = sorted(item.name for item in file.parent.glob(f"*{file.suffix}")) if file.parent.is_dir() else []
        found = f"there are: {', '.join(beside[:8])}" if beside else f"the folder {file.parent} has no such files"
        raise ProgramError(f"{path}: no file {file} (from {Path.cwd()}); {found}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ProgramError(f"{path}: {file} can't be read: {error}") from None


def _spliced(text: pulumi.Input[str], paths: Mapping[str, pulumi.Input[Any]] | None, where: str) -> pulumi.Input[str]:
    from palette_sdk.content.edit import set_paths

    if not paths:
        return text
    given = dict(paths)
    if isinstance(text, str) and not any(isinstance(item, pulumi.Output) for item in given.values()):
        return set_paths(text, given, path=where)
    edit = told_plainly(lambda both: set_paths(both[0], both[1], path=where))
    return pulumi.Output.all(text, given).apply(edit)


@checked
def render(path: str | Path, /, **vars: pulumi.Input[Any]) -> pulumi.Output[str]:  # noqa: A002 - reads as it is used
    """The text of a file with `${name}` replaced by the variables given; `{{ ... }}` is left alone.

    Args:
        path: the file, from the program's folder.
        vars: values by name; unknown until known, secret if one of them is. `True` becomes `true`, 3000.0 becomes `3000`.

    Raises:
        ProgramError: the file is missing, or names a variable that is not given.
    """
    from palette_sdk.content.render import render_text

    file = Path(path)
    text = file_text(file, f'render("{path}")')
    where = f'render("{path}")'
    render_text(text, dict.fromkeys(vars, ""), path=where)  # an unknown name is told before any value is known
    filled = told_plainly(
        lambda known: render_text(text, {key: variable_text(item) for key, item in known.items()}, path=where)
    )
    return pulumi.Output.all(**vars).apply(filled)


@checked_value
@dataclass(frozen=True)
class Variable:
    """A variable of a profile, used in values and manifests as `{{.spectro.var.NAME}}`. Changing one edits in place.

    Args:
        name: how values refer to it.
        display_name: how the console shows it; default: the name.
        description: for people.
        format: what its value must look like; default `string`.
        input: how the console asks for it; default `text`.
        options: the values to choose from; needed with `dropdown`.
        default: the value when a cluster gives none. Values are always text on the service: `True` is sent as `true`.
        regex: what the value must match; default: anything.
        required: a value is needed: without a default, every cluster must bring one.
        immutable: can't change once a cluster runs with it.
        hidden: not shown in the console.
        sensitive: masked by the service.
    """

    name: str
    _: KW_ONLY
    display_name: str = ""
    description: str = ""
    format: Literal["string", "number", "boolean", "ipv4", "ipv4cidr", "ipv6", "version", "base64"] = "string"
    input: Literal["text", "dropdown", "multiline"] = "text"
    options: Sequence[str] = ()
    default: pulumi.Input[str | int | bool] | None = None
    regex: str = ""
    required: bool = False
    immutable: bool = False
    hidden: bool = False
    sensitive: bool = False

    def props(self) -> dict[str, Any]:
        """The variable as inputs of the engine; a sensitive default is a secret."""
        default = _text_of(self.default)
        if self.sensitive and default is not None:
            default = pulumi.Output.secret(default)
        return {
            "display_name": self.display_name,
            "description": self.description,
            "format": self.format,
            "input": self.input,
            "options": list(self.options),
            "default": default,
            "regex": self.regex,
            "required": self.required,
            "immutable": self.immutable,
            "hidden": self.hidden,
            "sensitive": self.sensitive,
        }


class VariableDict(TypedDict, total=False):
    """A variable as a dict literal; `name` is required."""

    name: str
    display_name: str
    description: str
    format: Literal["string", "number", "boolean", "ipv4", "ipv4cidr", "ipv6", "version", "base64"]
    input: Literal["text", "dropdown", "multiline"]
    options: Sequence[str]
    default: pulumi.Input[str | int | bool]
    regex: str
    required: bool
    immutable: bool
    hidden: bool
    sensitive: bool


def variable_text(value: object) -> str:
    """How a value stands in a text: `true` and `false`, and whole numbers without a point, as outputs lose that they are."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _text_of(value: pulumi.Input[str | int | float | bool] | None) -> pulumi.Input[str] | None:
    if value is None:
        return None
    if isinstance(value, str | int | float):
        return variable_text(value)
    return pulumi.Output.from_input(cast("pulumi.Input[Any]", value)).apply(variable_text)


def layers_props(layers: Sequence[Layer | LayerDict], path: str = "layers") -> tuple[dict[str, Any], list[str]]:
    """Layers by name, and their order; two of one name are refused."""
    by_name: dict[str, Any] = {}
    for index, item in enumerate(layers):
        layer = made(Layer, item, f"{path}[{index}]")
        if not layer.name.strip():
            raise InputError("a layer needs a name", path=f"{path}[{index}].name")
        if layer.name in by_name:
            raise ProgramError(
                f'{path}: two layers are called "{layer.name}"; give one of them another name (pack(..., name="..."))'
            )
        by_name[layer.name] = layer.props()
    return by_name, list(by_name)


def variables_props(variables: Sequence[Variable | VariableDict], path: str = "variables") -> dict[str, Any]:
    """Variables by name; two of one name are refused."""
    by_name: dict[str, Any] = {}
    for index, item in enumerate(variables):
        variable = made(Variable, item, f"{path}[{index}]")
        if not variable.name.strip():
            raise InputError("a variable needs a name", path=f"{path}[{index}].name")
        if variable.name in by_name:
            raise ProgramError(f'{path}: two variables are called "{variable.name}"')
        by_name[variable.name] = variable.props()
    return by_name
