"""A dynamic provider that does nothing: the floor that the engine and pulumi set."""

from __future__ import annotations

from typing import Any

from pulumi.dynamic import CheckResult, CreateResult, Resource, ResourceProvider

DROPPED = ("layers", "previous_layers", "variables", "cloud")
"""What the hooks of a cluster look at and don't store; kept, it would make this provider's state far larger than ours."""


class NothingProvider(ResourceProvider):
    """Accepts everything."""

    serialize_as_secret_always = False

    def check(self, _olds: dict[str, Any], news: dict[str, Any]) -> CheckResult:
        """The inputs as they come, without the content of profiles on a cluster."""
        kept = dict(news)
        if "profiles" in kept:
            profiles = kept["profiles"].items()
            kept["profiles"] = {key: {k: v for k, v in row.items() if k not in DROPPED} for key, row in profiles}
        return CheckResult(kept, [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing is made."""
        return CreateResult(props.get("name", "nothing"), props)


class CountingProvider(NothingProvider):
    """Gives the output that the wait behind a member takes for an input.

    Here, since a class of the program itself would be pickled with its code, and pulumi nests a patch of the pickler one deeper
    for each of those until Python's stack ends.
    """

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Nothing is made."""
        return CreateResult(props.get("name", "nothing"), {**props, "revision": 0})


class Nothing(Resource, module="bench", name="Nothing"):
    """A resource with one property."""

    def __init__(self, name: str, value: str = "") -> None:
        super().__init__(NothingProvider(), name, {"name": value or name})
