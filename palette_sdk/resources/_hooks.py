"""The common provider: what is the same for the hooks of every room.

Values are converted here, once; errors become one text without a traceback; a half-made resource is saved with its id.
Rooms override the `on_...` methods, which see plain dictionaries (`border.decode`) and never pulumi.
"""

from __future__ import annotations

import sys
import traceback
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NoReturn, TypeVar

from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from palette_sdk.errors import ConfigError, PaletteError
from palette_sdk.resources.border import decode, encode
from palette_sdk.resources.engine_seam import PROVIDER_KEY, fail_initialised, tell_differences
from palette_sdk.resources.runtime import Hook, Runtime, runtime_for
from palette_sdk.rules.unknown import UNKNOWN

T = TypeVar("T")
Props = dict[str, Any]
SCHEMA_VERSION = 1
"""Version of the shape of what is stored in state; an older one is read, a newer one refused."""


class NotReady(Exception):  # noqa: N818 - not an error of its own: it carries one
    """The object exists, but waiting for it ended; its id and outputs are to be saved."""

    def __init__(self, uid: str, outputs: Mapping[str, Any], error: PaletteError) -> None:
        super().__init__(str(error))
        self.uid, self.outputs, self.error = uid, outputs, error


@dataclass(frozen=True)
class Difference:
    """What a diff found: the changed inputs, and those of them that replace."""

    changed: tuple[str, ...] = ()
    replaces: tuple[str, ...] = ()
    not_ready: bool = False


class _Stop(Exception):  # noqa: N818
    """What leaves a hook: its name is printed before the text, so that it speaks of Palette and nothing else."""


_Stop.__module__, _Stop.__qualname__ = "builtins", "Palette"


class Provider(ResourceProvider):
    """Base of all rooms' providers. Its import path is stored in state: it never moves."""

    serialize_as_secret_always = False
    kind = "resource"
    """How messages call the resource."""

    _runtime: Runtime

    def configure(self, req: Any) -> None:
        """Called once a process by pulumi, in the frame of the first hook."""
        self._runtime = runtime_for(req.config)

    # -- what rooms override ------------------------------------------------------------------------------------------

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """The checked inputs; raises PaletteError for what can't be accepted."""
        raise NotImplementedError

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Compare stored outputs with checked inputs; no calls."""
        raise NotImplementedError

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Make the object, or go on with our own; its uid and outputs."""
        raise NotImplementedError

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Change the object; its outputs."""
        raise NotImplementedError

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """Outputs and inputs as they are now; None when the object is gone."""
        raise NotImplementedError

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Delete the object and wait until it is gone."""
        raise NotImplementedError

    # -- what pulumi calls --------------------------------------------------------------------------------------------

    def check(self, olds: Props, news: Props) -> CheckResult:
        """Validate; a refusal is one text, without the property's value."""
        old, new = decode(olds or {}), decode(news)
        try:
            hook = Hook(self._runtime, news.get(PROVIDER_KEY))
            _refuse_newer(old, self.kind)
            inputs = self.on_check(hook, old, new)
            return CheckResult(encode({**inputs, "schema_version": SCHEMA_VERSION}), [])
        except PaletteError as error:
            return CheckResult(dict(news), [CheckFailure("", str(error))])
        except Exception as error:  # noqa: BLE001 - a defect: say so in one text, keep the trace for --debug
            return CheckResult(dict(news), [CheckFailure("", self._defect("check", error))])

    def diff(self, _id: str, _olds: Props, _news: Props) -> DiffResult:
        """Every difference of checked inputs, and whether it replaces."""
        found = self._guard("diff", lambda: self.on_diff(decode(_olds), decode(_news)))
        return _Differing(found, _olds, _news)

    def create(self, props: Props) -> CreateResult:
        """Make the object."""
        hook = Hook(self._runtime, props.get(PROVIDER_KEY))
        hook.seam.begin_create(hook.urn)
        uid, outputs = self._guard("create", lambda: self.on_create(hook, decode(props)), hook)
        return CreateResult(uid, encode(outputs))

    def read(self, id_: str, props: Props) -> ReadResult:
        """What is there now; an empty id when it is gone."""
        hook = Hook(self._runtime, props.get(PROVIDER_KEY))
        stored = hook.call.stored_inputs()
        inputs = decode(stored) if stored else None
        found = self._guard("read", lambda: self.on_read(hook, id_, self._stored(props), inputs), hook)
        if found is None and "schema_version" not in props:  # asked for by `get`: nothing is stored of it yet
            self._stop(
                f"there is no {self.kind} with uid {id_}; check the uid, and the project and scope that it belongs to"
            )
        if found is None:
            return ReadResult("", {})
        return ReadResult(id_, encode(found[0]), encode(found[1]))

    def update(self, _id: str, _olds: Props, _news: Props) -> UpdateResult:
        """Change the object."""
        hook = Hook(self._runtime, _news.get(PROVIDER_KEY))
        outputs = self._guard("update", lambda: self.on_update(hook, _id, self._stored(_olds), decode(_news)), hook)
        return UpdateResult(encode(outputs))

    def delete(self, _id: str, _props: Props) -> None:
        """Delete the object."""
        hook = Hook(self._runtime, _props.get(PROVIDER_KEY))
        self._guard("delete", lambda: self.on_delete(hook, _id, self._stored(_props)), hook)

    def _stored(self, props: Props) -> Props:
        old = decode(props)
        _refuse_newer(old, self.kind)
        return old

    # -- errors -------------------------------------------------------------------------------------------------------

    def _guard(self, act: str, run: Callable[[], T], hook: Hook | None = None) -> T:
        try:
            return run()
        except NotReady as state:
            if hook is None:
                self._stop(str(state.error))
            sys.tracebacklimit = 0
            fail_initialised(hook.call, state.uid, encode(state.outputs), hook.provider, _Stop(str(state.error)))
        except PaletteError as error:
            self._stop(str(error))
        except Exception as error:  # noqa: BLE001 - a defect: say so in one text, keep the trace for --debug
            self._stop(self._defect(act, error))

    def _stop(self, text: str) -> NoReturn:
        sys.tracebacklimit = 0  # pulumi prints the whole trace of what leaves a hook
        raise _Stop(text) from None

    def _defect(self, act: str, error: Exception) -> str:
        trace = "".join(traceback.format_tb(error.__traceback__, limit=20))
        self._runtime.seam.debug("", f"{type(error).__name__} in {act} of a {self.kind}\n{trace}")
        return (
            f"defect in palette_sdk: {type(error).__name__} in {act} of a {self.kind}; nothing more was sent. "
            "Run again with --debug for the trace, and report it."
        )


class _Differing(DiffResult):
    """The result of a diff; as it is read, it names the inputs that differ."""

    def __init__(self, found: Difference, olds: Props, news: Props) -> None:
        super().__init__(bool(found.changed or found.replaces or found.not_ready), list(found.replaces))
        before, after = ({name for name, value in side.items() if value is not None} for side in (olds, news))
        self._shown: dict[str, Literal["ADD", "DELETE", "UPDATE"]] = {
            name: "UPDATE" if name in before & after else "ADD" if name in after else "DELETE"
            for name in dict.fromkeys([*found.changed, *found.replaces])
            if name in before | after
        }

    def __getattribute__(self, name: str) -> Any:
        if name != "delete_before_replace":  # the last that the servicer reads, when it has begun its answer
            return super().__getattribute__(name)
        if self._shown:
            tell_differences(self._shown, self.replaces or ())
        return True


def _refuse_newer(old: Props, kind: str) -> None:
    version = old.get("schema_version", SCHEMA_VERSION)
    if isinstance(version, int) and version > SCHEMA_VERSION:
        raise ConfigError(
            f"the state of this {kind} was written by a newer palette_sdk (schema {version}, this one reads {SCHEMA_VERSION})."
            "\n  upgrade palette_sdk here to at least the version that ran the last `pulumi up`"
        )


def changed_keys(old: Mapping[str, Any], new: Mapping[str, Any], fields: Iterable[str]) -> tuple[str, ...]:
    """Which of `fields` differ between the stored outputs and the checked inputs; an unknown counts as a change."""
    return tuple(field for field in fields if not _same_field(old.get(field), new.get(field)))


def _same_field(old: Any, new: Any) -> bool:
    """Equality of a whole field: there, nothing, an empty text and False mean the same."""
    if new is not UNKNOWN and old is not UNKNOWN and not old and not new:
        return True
    return same(old, new)


def moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Which of `scope` and `project` would put the object elsewhere; absent means the default, an unknown is no move."""
    from palette_sdk.client.settings import DEFAULT_PROJECT

    scopes = [props.get("scope", "project") for props in (old, new)]
    if scopes[0] != scopes[1]:
        return ["scope"] if scopes[1] is not UNKNOWN else []
    projects = [props.get("project", DEFAULT_PROJECT) for props in (old, new)]
    if "tenant" in scopes or UNKNOWN in projects or projects[0] == projects[1]:
        return []
    return ["project"]


def same(old: Any, new: Any) -> bool:
    """Equality of decoded values: anything unknown differs; an absent mapping or list equals an empty one, and no more.

    Within a field an empty text or False is a value of its own: a bare tag, a variable that is switched off.
    """
    if new is UNKNOWN or old is UNKNOWN:
        return False
    if isinstance(old, Mapping) or isinstance(new, Mapping):
        left, right = old or {}, new or {}
        if not isinstance(left, Mapping) or not isinstance(right, Mapping):
            return False
        return all(same(left.get(key), right.get(key)) for key in {*left, *right})
    if isinstance(old, list) or isinstance(new, list):
        left, right = old or [], new or []
        if not isinstance(left, list) or not isinstance(right, list) or len(left) != len(right):
            return False
        return all(same(a, b) for a, b in zip(left, right, strict=True))
    return bool(old == new and isinstance(old, bool) == isinstance(new, bool))
