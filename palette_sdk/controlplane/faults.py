"""Faults on demand: answers that fail, come late, or never come, for tests of clients.

Faults live in memory: a restart of the server clears them. Matching and chance are pure and repeatable; waiting and
hanging up are done by the app.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

Action = Literal["status", "delay", "drop-before", "drop-after"]


class Dropped(ConnectionResetError):  # noqa: N818 - what happened to the connection
    """The connection is to be closed without an answer; in process this is what the caller gets."""


class FaultSpec(BaseModel):
    """A fault as the admin API takes it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str = Field("*", description="HTTP method, or * for all.")
    route: str = Field(
        "*", description="Glob over the route template (/v1/clusterprofiles/{uid}) and over the path; * is anything."
    )
    action: Action = Field(
        description="status: answer so, act not done. delay: wait, then act. drop-before: hang up, act not done. "
        "drop-after: act and commit, then hang up."
    )
    status: int = Field(503, ge=400, le=599, description="For status: the HTTP status.")
    body: dict[str, Any] | None = Field(None, description="For status: the body; default an error body.")
    headers: dict[str, str] = Field(default_factory=dict, description="For status: more headers, as Retry-After.")
    seconds: float = Field(0.0, ge=0, le=3600, description="For delay: seconds of the wall clock.")
    count: int | None = Field(None, ge=1, description="Strike so many times, then be gone; default: for ever.")
    skip: int = Field(0, ge=0, description="Let so many matching requests pass first.")
    probability: float = Field(1.0, gt=0, le=1, description="Chance for each matching request.")
    seed: int = Field(0, description="Of the chance: the same seed strikes the same requests.")

    @model_validator(mode="after")
    def _whole(self) -> FaultSpec:
        if self.action == "delay" and self.seconds == 0:
            raise ValueError("a delay needs seconds")
        return self


@dataclass
class Fault:
    """A fault that is set, and how often it struck."""

    id: str
    spec: FaultSpec
    seen: int = 0
    struck: int = 0
    chance: random.Random = field(default_factory=random.Random, repr=False)

    def view(self) -> dict[str, Any]:
        """As the admin API lists it."""
        return {"id": self.id, "seen": self.seen, "struck": self.struck, **self.spec.model_dump(mode="json")}

    def strikes(self, method: str, route: str, path: str) -> bool:
        """Whether this request is hit; counts it."""
        spec = self.spec
        if spec.method not in {"*", method} or not (_fits(spec.route, route) or _fits(spec.route, path)):
            return False
        self.seen += 1
        if self.seen <= spec.skip or (spec.count is not None and self.struck >= spec.count):
            return False
        if spec.probability < 1 and self.chance.random() >= spec.probability:
            return False
        self.struck += 1
        return True


class Faults:
    """The faults that are set now."""

    def __init__(self) -> None:
        self._faults: dict[str, Fault] = {}
        self._added = 0

    def add(self, spec: FaultSpec) -> Fault:
        """Set a fault; several may strike one request."""
        self._added += 1
        fault = Fault(f"fault-{self._added}", spec, chance=random.Random(spec.seed))
        self._faults[fault.id] = fault
        return fault

    def all(self) -> list[Fault]:
        """All that are set, the oldest first."""
        return [*self._faults.values()]

    def remove(self, fault_id: str) -> bool:
        """Take one away; True when it was there."""
        return self._faults.pop(fault_id, None) is not None

    def clear(self) -> None:
        """Take all away."""
        self._faults.clear()

    def striking(self, method: str, route: str, path: str) -> list[FaultSpec]:
        """What hits this request, delays first."""
        hits = [fault.spec for fault in self._faults.values() if fault.strikes(method, route, path)]
        return sorted(hits, key=lambda spec: spec.action != "delay")


def _fits(pattern: str, text: str) -> bool:
    # fnmatch reads [..] as a set of characters; paths have none, so a literal bracket can't be meant.
    return fnmatchcase(text, pattern)
