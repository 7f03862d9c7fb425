"""What a Pulumi stack knows about a cluster: policy and declared overrides, and the content that was applied last.

Palette keeps no former content of a profile, so a merge takes its base from the stack's state. `from_state` is pure;
`export` asks the `pulumi` command, never for secrets in clear.
"""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from palette_sdk.content.digest import layer_digest
from palette_sdk.errors import ConfigError
from palette_sdk.merge import MISSING, Content, Declared, Rule

_LIMIT_S = 60
_PREFIX = "pulumi-python:dynamic/palette:"
_PROFILES = (f"{_PREFIX}Profile", f"{_PREFIX}ProfileVersion", f"{_PREFIX}ImportedProfile")
_CLUSTER = f"{_PREFIX}Cluster"
_APPLIED = ("profiles", "layers_plan")
_ALL = ""  # in the place of a layer: every layer of the profile
# Pulumi's mark of a secret in state; beside it stands the ciphertext.
_SIGNATURE = "4dabf18193072939515e22adb298388d"
_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 - the mark, not a secret


@dataclass(frozen=True)
class Applied:
    """What was applied of one layer.

    Args:
        content: its text; None where the state has none with the digest that was applied.
        secret: whether the program marks its content as secret, in this or in another version of the profile.
        digest: its digest.
    """

    content: Content | None = field(repr=False)
    secret: bool
    digest: str

    def base(self, incoming: Content) -> Content | None:
        """The text that was applied; where the state doesn't have it, what comes may be the same."""
        if self.content is not None or not self.digest:
            return self.content
        is_same = layer_digest(values=incoming.values, manifests=incoming.manifests) == self.digest
        return incoming if is_same else None


@dataclass(frozen=True)
class StackFacts:
    """What a stack says about one cluster.

    Args:
        policy: its override policy.
        rules: its rules for found overrides, in their order.
        layers: what was applied, by names of profile and layer.
        versions: the version of each profile that was applied.
        declared: declared overrides, by names of profile (empty: any) and layer.
        undeclarable: layers with a declared override whose value is secret, so that it can't be judged here.
        hidden: what `secret_layers` gives: a cluster that follows a template has no plan that would tell its layers.
    """

    policy: str
    rules: tuple[Rule, ...]
    layers: Mapping[tuple[str, str], Applied]
    versions: Mapping[str, str]
    declared: Mapping[tuple[str, str], tuple[Declared, ...]]
    undeclarable: frozenset[tuple[str, str]] = frozenset()
    hidden: frozenset[tuple[str, str]] = frozenset()

    def declared_on(self, profile: str, layer: str) -> tuple[Declared, ...]:
        """Declared overrides of one layer."""
        return self.declared.get((profile, layer), ()) + self.declared.get(("", layer), ())

    def is_secret(self, profile: str, layer: str) -> bool:
        """Whether a layer holds what nobody shall see: secret content, or a declared override with a secret value."""
        applied = self.layers.get((profile, layer))
        is_hidden = is_among(self.hidden, profile, layer)
        return bool(applied and applied.secret) or is_hidden or not self.is_judgeable(profile, layer)

    def is_judgeable(self, profile: str, layer: str) -> bool:
        """Whether all declared overrides of a layer are known here."""
        return not {(profile, layer), ("", layer)} & self.undeclarable


def project_here(folder: Path | None = None) -> Path | None:
    """The folder of the Pulumi project that one stands in, or None."""
    at = (folder or Path.cwd()).absolute()
    return next((each for each in (at, *at.parents) if _is_project(each)), None)


def export(stack: str = "") -> dict[str, Any]:
    """The state of a stack of the Pulumi project in the current folder; secrets stay encrypted.

    Args:
        stack: its name; default: the one that is selected.

    Raises:
        ConfigError: there is no pulumi command, or no such stack or project here.
    """
    command = ["pulumi", "stack", "export", "--non-interactive", *(["--stack", stack] if stack else [])]
    named = f"the stack {stack!r}" if stack else "the selected stack"
    try:
        done = subprocess.run(  # noqa: S603
            command, capture_output=True, text=True, check=False, timeout=_LIMIT_S, stdin=subprocess.DEVNULL
        )
    except FileNotFoundError:
        raise ConfigError("the state of a stack is asked of the `pulumi` command, which is not on PATH") from None
    except (OSError, subprocess.TimeoutExpired) as e:
        raise ConfigError(f"`pulumi stack export` can't be run: {type(e).__name__}") from None
    if done.returncode != 0:
        said = done.stderr.strip().removeprefix("error: ") or f"exit code {done.returncode}"
        raise ConfigError(f"pulumi can't read the state of {named}: {said}")
    try:
        state = json.loads(done.stdout)
    except ValueError:
        state = None
    if not isinstance(state, dict):
        raise ConfigError(f"pulumi's answer about {named} makes no sense; try: pulumi stack export")
    return state


def secret_layers(state: Mapping[str, Any]) -> frozenset[tuple[str, str]]:
    """Layers, by names of profile and layer, that any program in an exported state marks as secret."""
    return _Shelf(_profiles_in(state), ()).secret_places


def is_among(hidden: frozenset[tuple[str, str]], profile: str, layer: str) -> bool:
    """Whether a layer is one of those that `secret_layers` gives."""
    return bool({(profile, layer), (profile, _ALL)} & hidden)


def from_state(state: Mapping[str, Any], cluster_uid: str) -> StackFacts | None:
    """What an exported state says about the cluster with that uid; None where the stack doesn't have it."""
    clusters = [each for each in _resources(state) if each.get("type") == _CLUSTER and each.get("id") == cluster_uid]
    if not clusters:
        return None
    # A resource that a replacement left behind is marked; the other one counts.
    cluster = next((each for each in clusters if not each.get("delete")), clusters[0])
    props = {**_map(cluster.get("outputs")), **_map(cluster.get("inputs"))}
    texts = [_map(_map(cluster.get(side)).get("base_texts")) for side in ("inputs", "outputs")]
    shelf = _Shelf(_profiles_in(state), texts)
    layers: dict[tuple[str, str], Applied] = {}
    versions: dict[str, str] = {}
    # Inputs of an update that was cut off say what was to be applied; outputs say what was.
    applied = props | {key: found for key, found in _map(cluster.get("outputs")).items() if key in _APPLIED}
    for key, item in _map(applied.get("profiles")).items():
        name = _text(_map(item).get("name")) or key
        versions[name] = _text(_map(item).get("version"))
        for layer, row in _map(_map(applied.get("layers_plan")).get(key)).items():
            layers[name, layer] = shelf.of(name, layer, _text(_map(row).get("digest")))
    declared, hidden = _declared(props)
    rules = tuple(
        Rule(**{name: row[name] for name in ("policy", "layer", "resource", "path") if isinstance(row.get(name), str)})
        for row in map(_map, _list(props.get("override_rules")))
    )
    return StackFacts(
        policy=_text(props.get("override_policy")) or "merge",
        rules=rules,
        layers=layers,
        versions=versions,
        declared=declared,
        undeclarable=hidden,
        hidden=shelf.secret_places,
    )


def _resources(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in _list(_map(state.get("deployment")).get("resources")) if isinstance(each, Mapping)]


def _profiles_in(state: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [each for each in _resources(state) if each.get("type") in _PROFILES]


class _Shelf:
    """The texts that a state holds, by the digest of their layer."""

    def __init__(self, profiles: Iterable[Mapping[str, Any]], texts: Iterable[Mapping[str, Any]]) -> None:
        self._contents: dict[str, Content] = {}
        self._secret: set[str | tuple[str, str]] = set()
        for resource in profiles:
            for side in ("outputs", "inputs"):
                props = _map(resource.get(side))
                for field_name in ("layers", "previous_layers"):
                    if _is_secret(props.get(field_name)):
                        self._secret.add((_text(props.get("name")), _ALL))
                    for layer, row in _map(props.get(field_name)).items():
                        self._put(row, (_text(props.get("name")), layer))
        for profile in texts:
            for layers in profile.values():
                for row in _map(layers).values():
                    self._put(row, None)

    @property
    def secret_places(self) -> frozenset[tuple[str, str]]:
        return frozenset(each for each in self._secret if isinstance(each, tuple))

    def of(self, profile: str, layer: str, digest: str) -> Applied:
        # By name, too: content that was open when it was applied may have become secret since.
        secret = bool({digest, (profile, layer), (profile, _ALL)} & self._secret)
        return Applied(self._contents.get(digest), secret, digest)

    def _put(self, layer: Any, place: tuple[str, str] | None) -> None:
        row = _map(layer)
        digest = _text(row.get("digest"))
        values, manifests = row.get("values", ""), row.get("manifests", {})
        if _is_secret(layer) or row.get("secret") is True or any(map(_is_secret, _all_of(values, manifests))):
            self._secret |= {each for each in (digest, place) if each}
        if not digest:
            return
        if not isinstance(values, str) or not isinstance(manifests, Mapping):
            return
        if not all(isinstance(text, str) for text in manifests.values()):
            return
        content = Content(values=values, manifests=dict(manifests))
        if layer_digest(values=content.values, manifests=content.manifests) == digest:
            self._contents[digest] = content


def _declared(
    props: Mapping[str, Any],
) -> tuple[dict[tuple[str, str], tuple[Declared, ...]], frozenset[tuple[str, str]]]:
    found: dict[tuple[str, str], tuple[Declared, ...]] = {}
    hidden = set()
    for profile, row in _declared_rows(props):
        place = (profile, _text(row.get("layer")))
        if any(map(_is_secret, _all_of(*row.values()))):
            hidden.add(place)
            continue
        override = Declared(
            _text(row.get("path")),
            resource=_text(row.get("resource")),
            manifest=_text(row.get("manifest")),
            value=row.get("value", MISSING),
            remove=row.get("remove") is True,
            text=row["text"] if isinstance(row.get("text"), str) else None,
        )
        found[place] = (*found.get(place, ()), override)
    return found, frozenset(hidden)


def _declared_rows(props: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for row in _map(props.get("overrides")).values():
        yield _text(_map(row).get("profile")), _map(row)
    for key, item in _map(props.get("profiles")).items():
        for row in _map(_map(item).get("overrides")).values():
            yield _text(_map(item).get("name")) or key, _map(row)


def _all_of(*values: Any) -> Iterator[Any]:
    """Every value at every depth; a secret is one value."""
    for value in values:
        yield value
        if isinstance(value, Mapping) and not _is_secret(value):
            yield from _all_of(*value.values())
        elif isinstance(value, list):
            yield from _all_of(*value)


def _is_secret(value: Any) -> bool:
    return isinstance(value, Mapping) and value.get(_SIGNATURE) == _SECRET


def _is_project(folder: Path) -> bool:
    return (folder / "Pulumi.yaml").is_file() or (folder / "Pulumi.yml").is_file()


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) and not _is_secret(value) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""
