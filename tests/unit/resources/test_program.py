"""What runs in a person's program: defaults of the stack, options, early refusals, secretness."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pulumi
import pytest
from pulumi.runtime import config as stack_values

from palette_sdk.errors import InputError, NotFoundError
from palette_sdk.resources import program
from palette_sdk.resources.arguments import ProgramError, told_plainly
from palette_sdk.resources.program import Timeouts

Configure = Callable[..., None]


@contextmanager
def _configured(values: dict[str, str], secret: tuple[str, ...]) -> Iterator[None]:
    stack_values.set_all_config(
        {f"palette:{key}": value for key, value in values.items()}, [f"palette:{key}" for key in secret]
    )
    try:
        yield
    finally:
        stack_values.set_all_config({}, [])


def common(**changes: Any) -> dict[str, Any]:
    """The common inputs of a resource `web`."""
    given: dict[str, Any] = {
        "name": None,
        "description": "",
        "tags": (),
        "project": None,
        "scope": "project",
        "adopt": None,
        "timeouts": None,
        "opts": None,
        **changes,
    }
    return program.common_props("web", given)


def awaited(value: Any) -> tuple[Any, bool]:
    """An output's value and whether it is secret."""

    async def both() -> tuple[Any, bool]:
        output = pulumi.Output.from_input(value())
        return await output.future(), await output.is_secret()

    return asyncio.run(both())


# -- common inputs -------------------------------------------------------------------------------------------------------


def test_the_resource_name_is_the_name() -> None:
    """Palette's name is the resource's name without a suffix, unless one is given; nothing that is absent is sent."""
    with _configured({}, ()):
        found = common()
        assert found["name"] == "web"
        assert common(name="other")["name"] == "other"
    assert not {"project", "adopt"} & set(found)


def test_project() -> None:
    """The resource's own project wins over the stack's; a tenant's object has none."""
    with _configured({"project": "Team"}, ()):
        assert common()["project"] == "Team"
        assert common(project="Own")["project"] == "Own"
        assert "project" not in common(scope="tenant")


def test_import_means_adopt() -> None:
    """`opts.import_` is taken as `adopt`, which wins over it."""
    opts = pulumi.ResourceOptions(import_="uid-1")
    with _configured({}, ()):
        assert common(opts=opts)["adopt"] == "uid-1"
        assert common(opts=opts, adopt="uid-2")["adopt"] == "uid-2"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rp-1", ["rp-1"]),
        (" rp-1 , up-2 ,", ["rp-1", "up-2"]),
        ('["rp-1", "up-2"]', ["rp-1", "up-2"]),
        (' ["rp-1"]', ["rp-1"]),
        ("", []),
        ("[]", []),
    ],
)
def test_approvals_of_the_stack(text: str, expected: list[str]) -> None:
    """Tokens come as a comma-separated text or a list, after those of the resource."""
    with _configured({"approve": text}, ()):
        assert program.stack_approvals() == expected
        assert common(approve=["own-1"])["approve"] == ["own-1", *expected]


# -- tags ----------------------------------------------------------------------------------------------------------------


def test_tags_are_merged_over_those_of_the_stack() -> None:
    """The stack's tags are beneath the resource's own, in either way of writing."""
    with _configured({"tags": json.dumps({"env": "prod", "team": "a"})}, ()):
        assert program.tags_props(["env:dev", "web"]) == {"env": "dev", "team": "a", "web": ""}
        assert program.tags_props({"env": "dev"}) == {"env": "dev", "team": "a"}
    with _configured({"tags": json.dumps(["env:prod", "bare"])}, ()):
        assert program.tags_props(()) == {"env": "prod", "bare": ""}


def test_tags_of_outputs_pass() -> None:
    """A value that is an output is not looked at."""

    async def tags() -> None:
        output = pulumi.Output.from_input("x")
        found = program.tags_props({"a": output, "b": "c"})
        assert found["a"] is output
        await output.future()

    with _configured({}, ()):
        asyncio.run(tags())


@pytest.mark.parametrize("tags", [["team:a", "team:b"], {"a": 1}, {"a:b": "c"}, {"": "x"}, "web"])
def test_tags_refused(tags: Any) -> None:
    """Two values for one key, and what can't be a tag, are refused; those of the stack by their own path."""
    with _configured({}, ()), pytest.raises(InputError, match="tags"):
        program.tags_props(tags)
    with _configured({"tags": json.dumps(["team:a", "team:b"])}, ()), pytest.raises(InputError, match="palette:tags"):
        program.tags_props(())


# -- timeouts ------------------------------------------------------------------------------------------------------------


def test_timeouts() -> None:
    """Durations become seconds; what isn't given is absent; a dict serves as well."""
    assert Timeouts(create="30m", delete=timedelta(minutes=15)).props() == {"create": 1800.0, "delete": 900.0}
    assert program.timeouts_props({"update": "1h"}, None) == {"update": 3600.0}
    assert program.timeouts_props(None, None) == {}


def test_custom_timeouts() -> None:
    """`opts.custom_timeouts` is taken, as an object or a mapping, where `timeouts` says nothing."""
    opts = pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create="20m", delete="5m"))
    assert program.timeouts_props(None, opts) == {"create": 1200.0, "delete": 300.0}
    assert program.timeouts_props(Timeouts(create="1h"), opts) == {"create": 3600.0, "delete": 300.0}
    opts = pulumi.ResourceOptions(custom_timeouts={"update": "10m"})  # type: ignore[arg-type]
    assert program.timeouts_props(None, opts) == {"update": 600.0}


@pytest.mark.parametrize("value", [30, "30", "soon"])
def test_a_bare_number_is_no_duration(value: Any) -> None:
    """A duration without a unit is refused with the property's path."""
    with pytest.raises((ProgramError, InputError), match=r"[tT]imeouts\.create: "):
        Timeouts(create=value).props()


# -- options -------------------------------------------------------------------------------------------------------------


def test_options_are_copied_and_cleared() -> None:
    """What the engine can't serve is cleared in a copy; the rest stays, and the person's object is not touched."""
    opts = pulumi.ResourceOptions(
        protect=True, import_="uid-1", custom_timeouts=pulumi.CustomTimeouts(create="20m"), ignore_changes=["tags"]
    )
    found = program.prepared_options(opts, "web")
    assert (found.import_, found.custom_timeouts) == (None, None)
    assert (found.protect, found.ignore_changes) == (True, ["tags"])
    assert opts.import_ == "uid-1"
    assert program.prepared_options(None, "web").import_ is None


def test_a_provider_is_refused() -> None:
    """`opts.provider` has no effect, so it is refused in one sentence that names the resource."""
    opts = pulumi.ResourceOptions()
    opts.provider = object()  # type: ignore[assignment]
    with pytest.raises(ProgramError, match=r"web: opts\.provider has no effect"):
        program.prepared_options(opts, "web")


# -- stack configuration -------------------------------------------------------------------------------------------------


def test_a_key_in_clear_is_refused() -> None:
    """An API key that is not a secret is refused without being repeated; a secret one is taken."""
    with _configured({"apiKey": "KEY-IN-CLEAR"}, ()), pytest.raises(ProgramError) as refused:
        program.stack_config()
    assert "pulumi config set --secret palette:apiKey" in str(refused.value)
    assert "KEY-IN-CLEAR" not in str(refused.value)
    with _configured({"apiKey": "k", "host": "h", "tags": "{}"}, ("apiKey",)):
        assert program.stack_config() == {"apiKey": "k", "host": "h"}


# -- errors of the program -----------------------------------------------------------------------------------------------


def test_told_plainly() -> None:
    """Our errors end the program as a RunError with their text and without their cause; others pass."""

    @told_plainly
    def act(error: Exception) -> None:
        raise error

    with pytest.raises(pulumi.RunError, match="gone") as told:
        act(NotFoundError("gone"))
    assert isinstance(told.value, ProgramError)
    assert told.value.__cause__ is None
    assert told.value.__suppress_context__
    same = ProgramError("as it is")
    with pytest.raises(ProgramError) as kept:
        act(same)
    assert kept.value is same
    with pytest.raises(KeyError):
        act(KeyError("x"))


# -- secretness ----------------------------------------------------------------------------------------------------------


def test_plain_values_are_no_secret() -> None:
    """Without an output inside the answer is known at once."""
    assert program.is_secret(["a", {"b": ("c", 1)}]) is False
    assert program.is_secret(None) is False


@pytest.mark.parametrize("nested", [False, True])
@pytest.mark.parametrize("secret", [False, True])
def test_outputs_tell_their_secretness(nested: bool, secret: bool) -> None:
    """A secret anywhere inside makes the whole secret; the answer itself is none."""

    def asked() -> Any:
        value: Any = pulumi.Output.secret("x") if secret else pulumi.Output.from_input("x")
        return program.is_secret([{"a": value}] if nested else value)

    assert awaited(asked) == (secret, False)


@pytest.mark.parametrize("secret", [False, True])
def test_a_seed(secret: bool) -> None:
    """A seed is an empty mapping that is as secret as what it comes from."""

    def seed() -> Any:
        return program.seed_of(["a", pulumi.Output.secret("x") if secret else "x"])

    assert awaited(seed) == ({}, secret)
