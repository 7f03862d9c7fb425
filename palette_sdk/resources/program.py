"""What runs in the person's program, not in a hook: stack configuration, defaults, options, early refusals.

An error here derives from `pulumi.RunError`, so that the engine prints its text and no traceback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, TypedDict, TypeVar, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import ProgramError, checked_value, made
from palette_sdk.rules.durations import seconds
from palette_sdk.rules.nearest import nearest
from palette_sdk.rules.tags import parse_tags

if TYPE_CHECKING:
    from palette_sdk.client import Palette, Settings

T = TypeVar("T")

Cloud = Literal["all", "aws", "eks", "azure", "aks", "gcp", "gke", "vsphere", "edge-native"]
"""Where a profile can be used; `all` is for add-on profiles."""
AccountCloud = Literal["aws", "eks", "azure", "aks", "gcp", "gke", "vsphere"]
"""A cloud that has accounts; eks, aks and gke use those of aws, azure and gcp."""
Scope = Literal["project", "tenant"]
Duration = str | timedelta
"""A length of time as text (`"90s"`, `"30m"`, `"4h"`, `"30d"`) or a timedelta; never a bare number."""
Tags = Mapping[str, pulumi.Input[str]] | Sequence[str]
"""`{"env": "prod"}`, or `["env:prod", "web"]`; one value per key."""


@checked_value
@dataclass(frozen=True)
class Timeouts:
    """How long the hooks of a resource may take. Changing one changes nothing on the service.

    Clusters are waited for. Profile versions and cloud accounts are not, so there it has no effect.

    Args:
        create: until it is there and ready.
        update: until a change is rolled out.
        delete: until it is gone.
    """

    create: Duration | None = None
    update: Duration | None = None
    delete: Duration | None = None

    def props(self) -> dict[str, float]:
        """Seconds by name; absent where the resource's own default holds."""
        given = {"create": self.create, "update": self.update, "delete": self.delete}
        return {key: seconds(value, path=f"timeouts.{key}") for key, value in given.items() if value is not None}


SETTINGS = (
    *("host", "apiKey", "project", "insecureSkipVerify", "retries"),
    *("tags", "updates", "wait", "approve", "gates"),
)
"""What a stack's configuration may say under `palette:`."""


class TimeoutsDict(TypedDict, total=False):
    """The same as a dict literal."""

    create: Duration
    update: Duration
    delete: Duration


def stack_config() -> dict[str, str]:
    """The `palette:...` values of the running stack; refuses an API key that is not a secret."""
    check_config()
    config = pulumi.Config("palette")
    names = ("host", "apiKey", "project", "insecureSkipVerify", "retries")
    values = {name: value for name in names if (value := config.get(name)) is not None}
    if "apiKey" in values and not pulumi.runtime.is_config_secret(config.full_key("apiKey")):
        raise ProgramError(
            "palette:apiKey is stored in clear in this stack's configuration.\n"
            "  set it as a secret: pulumi config set --secret palette:apiKey   (and make a new key: this one was readable)"
        )
    return values


@lru_cache(maxsize=16)
def _client(settings: Settings) -> Palette:
    from palette_sdk.client import Palette

    return Palette(settings)


@lru_cache(maxsize=16)
def _settings(config: tuple[tuple[str, str], ...]) -> Settings:
    from palette_sdk.resources.connection import settings_from

    return settings_from(dict(config))


def program_client(*, project: str | None = None, scope: Scope = "project") -> Palette:
    """The client for look-ups: one a process and configuration, so that lists are shared within the run."""
    client = _client(_settings(tuple(sorted(stack_config().items()))))
    if scope == "tenant":
        return client.scoped(scope="tenant")
    return client.scoped(project=project) if project else client


def prepared_options(opts: pulumi.ResourceOptions | None, resource: str) -> pulumi.ResourceOptions:
    """A copy of the options without what the engine can't serve for a dynamic provider."""
    if opts is not None and (opts.provider is not None or opts.providers):
        raise ProgramError(
            f"{resource}: opts.provider has no effect on palette resources, so it is refused; "
            "address, key and project come from the stack's palette: configuration, project= and scope= from the resource."
        )
    copy = pulumi.ResourceOptions.merge(opts, None)
    copy.custom_timeouts = None
    copy.import_ = None
    return copy


def timeouts_props(timeouts: Timeouts | TimeoutsDict | None, opts: pulumi.ResourceOptions | None) -> dict[str, float]:
    """Timeouts of the resource; what `opts.custom_timeouts` gives is taken where `timeouts` says nothing."""
    custom = getattr(opts, "custom_timeouts", None)
    if isinstance(custom, Mapping):
        custom = pulumi.CustomTimeouts(**custom)
    base = Timeouts(custom.create or None, custom.update or None, custom.delete or None) if custom else Timeouts()
    own = made(Timeouts, timeouts, "timeouts") if timeouts is not None else Timeouts()
    return {**base.props(), **own.props()}


def tags_props(tags: Tags) -> dict[str, pulumi.Input[str]]:
    """Tags as a mapping, those of `palette:tags` beneath them; two values for one key are refused."""
    default = pulumi.Config("palette").get_object("tags") or {}
    stack_tags = parse_tags(cast("Mapping[str, str] | Sequence[str]", default), path="palette:tags")
    if isinstance(tags, Mapping):
        known = {key: value for key, value in tags.items() if not _holds_output(value)}
        checked: dict[str, pulumi.Input[str]] = {**parse_tags(known), **tags}
        return {**stack_tags, **checked}
    return {**stack_tags, **parse_tags(tags)}


def common_props(resource_name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The inputs that every resource has. A unique name: no random suffix is ever added.

    Args:
        resource_name: name in the Pulumi program.
        given: the constructor's arguments by name, of which the common ones are taken: `name`, `description`, `tags`,
            `project`, `scope`, `adopt`, `timeouts`, `opts`, and `approve` where there is one.
    """
    name, scope, opts = given["name"], given["scope"], given["opts"]
    if not resource_name.strip():
        raise InputError("it is empty; the first argument names the resource in this program", path="resource_name")
    if isinstance(name, str) and not name.strip():
        raise InputError("it is empty; leave it out to take the resource's name", path="name")
    check_config()
    adopted = given["adopt"] or (opts.import_ if opts is not None and isinstance(opts.import_, str) else None)
    props: dict[str, Any] = {
        "name": name if name is not None else resource_name,
        "description": given["description"],
        "tags": tags_props(given["tags"]),
        "scope": scope,
        "timeouts": timeouts_props(given["timeouts"], opts),
        "approve": [*given.get("approve", ()), *stack_approvals()],
    }
    wanted = given["project"] or pulumi.Config("palette").get("project")
    if wanted and scope == "project":
        props["project"] = wanted
    if adopted:
        props["adopt"] = adopted
    return props


def check_config() -> None:
    """Refuse a `palette:...` value of the stack that looks like a misspelt one; it would be passed over in silence.

    In a project that is itself called `palette` the program's own values have that prefix too: there nothing is refused.
    """
    from pulumi.runtime.config import CONFIG, get_config_env

    if pulumi.get_project() == "palette":
        return
    for full in sorted({*CONFIG.get(), *get_config_env()}):
        name = full.removeprefix("palette:")
        alike = nearest(name, SETTINGS, 1) if name != full and name not in SETTINGS else []
        if alike:
            raise ProgramError(
                f"{full} in this stack's configuration has no meaning; did you mean palette:{alike[0]}?\n"
                f"  take it out: pulumi config rm {full}"
            )


def stack_approvals() -> list[str]:
    """Tokens of `palette:approve`, a comma-separated text or a list."""
    config = pulumi.Config("palette")
    text = config.get("approve")
    if not text:
        return []
    if text.lstrip().startswith("["):
        return [str(token) for token in config.get_object("approve") or []]
    return [token.strip() for token in text.split(",") if token.strip()]


def stack_gates() -> str:
    """Whether a soak between stages of a fleet ends the run (`stop`), or is waited for in it (`wait`): `palette:gates`."""
    value = pulumi.Config("palette").get("gates") or "stop"
    if value not in {"stop", "wait"}:
        raise ProgramError(f'palette:gates is "{value}"; it must be "stop" or "wait"')
    return value


def seed_of(value: pulumi.Input[Any]) -> pulumi.Output[dict[str, Any]]:
    """An empty mapping as secret as `value` is: the seed of a computed input that is derived from it."""
    return once_known(value).apply(lambda _: {})


def once_known(value: Any) -> pulumi.Output[Any]:
    """Nothing, but as known and as secret as all of a value, and behind the same resources.

    Pulumi would lift each item of a nested value into an output of its own; here only outputs are asked, each once.
    """
    found = {id(item): item for item in outputs_in(value)}.values()
    outputs = (item if isinstance(item, pulumi.Output) else pulumi.Output.from_input(item) for item in found)
    return pulumi.Output.all(*(item.apply(lambda _: "") for item in outputs))


def apart(value: pulumi.Output[T]) -> pulumi.Output[T]:
    """The same value without the resource that it is of, for what stands behind that by `depends_on` anyway.

    The state names a resource for each input that is of it, beside naming it as a dependency: of a thousand, that is a tenth of
    what Pulumi keeps of them.
    """
    whole: _Asked[Any] = _Asked(lambda: value.future(with_unknowns=True))
    return pulumi.Output(set(), whole, _Asked(value.is_known), _Asked(value.is_secret))


class _Asked(Awaitable[T]):
    """Asks when it is awaited: where a program ends early nothing is left that waits to be."""

    def __init__(self, ask: Callable[[], Awaitable[T]]) -> None:
        self._ask = ask

    def __await__(self) -> Generator[Any, None, T]:
        return self._ask().__await__()


def known_parts(value: pulumi.Output[T], *, of: Callable[[Any], Any] = lambda whole: whole) -> pulumi.Output[T]:
    """The same output for a hook, which then knows all of it but the parts that are not known yet.

    Args:
        value: the output.
        of: what is taken of its value.
    """
    from palette_sdk.resources.border import with_marks

    return value.apply(lambda whole: with_marks(of(whole)), run_with_unknowns=True)


def is_secret(value: pulumi.Input[Any]) -> pulumi.Input[bool]:
    """Whether a value, or something inside it, is secret; as an input."""
    if not _holds_output(value):
        return False
    asked: Awaitable[bool] = once_known(value).is_secret()
    return pulumi.Output.from_input(asked)


def _holds_output(value: Any) -> bool:
    return next(outputs_in(value), None) is not None


def outputs_in(value: Any) -> Iterator[pulumi.Input[Any]]:
    """The outputs inside of mappings and lists, and what else has to be waited for."""
    if isinstance(value, Mapping):
        for item in value.values():
            yield from outputs_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from outputs_in(item)
    elif isinstance(value, pulumi.Output) or hasattr(value, "__await__"):
        yield value


def once(resource: pulumi.Resource, what: str, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """Inputs that are derived from a resource, derived once for all that take them: a fleet would pay for them once a member.

    Args:
        resource: where they are kept.
        what: what they are for.
        make: derives them.

    Returns:
        a mapping of the caller's own; the values in it are shared.
    """
    kept = vars(resource).setdefault("_derived", {})
    if what not in kept:
        kept[what] = make()
    return dict(kept[what])
