"""What runs in the person's program, not in a hook: stack configuration, defaults, options, early refusals.

An error here derives from `pulumi.RunError`, so that the engine prints its text and no traceback.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal, ParamSpec, TypedDict, TypeVar, cast

import pulumi

from palette_sdk.errors import PaletteError
from palette_sdk.rules.durations import seconds
from palette_sdk.rules.tags import parse_tags

if TYPE_CHECKING:
    from palette_sdk.client import Palette, Settings

P = ParamSpec("P")
T = TypeVar("T")

Scope = Literal["project", "tenant"]
Duration = str | timedelta
"""A length of time as text (`"90s"`, `"30m"`, `"4h"`, `"30d"`) or a timedelta; never a bare number."""
Tags = Mapping[str, pulumi.Input[str]] | Sequence[str]
"""`{"env": "prod"}`, or `["env:prod", "web"]`; one value per key."""


class ProgramError(pulumi.RunError, PaletteError):
    """Something in the program can't be accepted; the engine prints the text alone."""


def told_plainly(function: Callable[P, T]) -> Callable[P, T]:
    """Turn our errors into ones that end the program without a traceback."""
    from functools import wraps

    @wraps(function)
    def inner(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return function(*args, **kwargs)
        except ProgramError:
            raise
        except PaletteError as error:
            raise ProgramError(str(error)) from None

    return inner


@dataclass(frozen=True)
class Timeouts:
    """How long the hooks of a resource may take. Changing one changes nothing on the service.

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


class TimeoutsDict(TypedDict, total=False):
    """The same as a dict literal."""

    create: Duration
    update: Duration
    delete: Duration


def stack_config() -> dict[str, str]:
    """The `palette:...` values of the running stack; refuses an API key that is not a secret."""
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
    own = Timeouts(**timeouts) if isinstance(timeouts, Mapping) else timeouts or Timeouts()
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


def common_props(
    resource_name: str,
    *,
    name: pulumi.Input[str] | None,
    description: pulumi.Input[str],
    tags: Tags,
    project: str | None,
    scope: Scope,
    adopt: str | None,
    timeouts: Timeouts | TimeoutsDict | None,
    opts: pulumi.ResourceOptions | None,
    approve: Sequence[str] = (),
) -> dict[str, Any]:
    """The inputs that every resource has. A unique name: no random suffix is ever added."""
    adopted = adopt or (opts.import_ if opts is not None and isinstance(opts.import_, str) else None)
    props: dict[str, Any] = {
        "name": name if name is not None else resource_name,
        "description": description,
        "tags": tags_props(tags),
        "scope": scope,
        "timeouts": timeouts_props(timeouts, opts),
        "approve": [*approve, *stack_approvals()],
    }
    wanted = project or pulumi.Config("palette").get("project")
    if wanted and scope == "project":
        props["project"] = wanted
    if adopted:
        props["adopt"] = adopted
    return props


def stack_approvals() -> list[str]:
    """Tokens of `palette:approve`, a comma-separated text or a list."""
    config = pulumi.Config("palette")
    text = config.get("approve")
    if not text:
        return []
    if text.lstrip().startswith("["):
        return [str(token) for token in config.get_object("approve") or []]
    return [token.strip() for token in text.split(",") if token.strip()]


def seed_of(value: pulumi.Input[Any]) -> pulumi.Output[dict[str, Any]]:
    """An empty mapping as secret as `value` is: the seed of a computed input that is derived from it."""
    return pulumi.Output.from_input(value).apply(lambda _: {})


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
    asked: Awaitable[bool] = pulumi.Output.from_input(value).is_secret()
    return pulumi.Output.from_input(asked)


def _holds_output(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_output(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_output(item) for item in value)
    return isinstance(value, pulumi.Output) or hasattr(value, "__await__")
