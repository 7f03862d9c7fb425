"""Policies: small objects that are asked what becomes of one place. They see a row, never a tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Protocol

from palette_sdk.content.paths import parse_path
from palette_sdk.errors import InputError
from palette_sdk.merge.model import UNKNOWN_BASE, Decision, Policy, Row, Rule


class Decider(Protocol):
    """Decides about places where the cluster differs from what was applied and from what comes."""

    def decide(self, row: Row) -> tuple[Decision, str]:
        """Give the decision and the reason for it; of the row, `decision` says nothing yet."""


@dataclass(frozen=True, slots=True)
class ByPolicy:
    """One policy for all places."""

    policy: Policy

    def decide(self, row: Row) -> tuple[Decision, str]:
        """Decide."""
        if self.policy == "keep":
            return "kept", ""
        if self.policy == "drop":
            return "dropped", ""
        if self.policy == "fail":
            return "refused", ""
        if not row.base_known:
            return "conflict", row.reason or UNKNOWN_BASE
        if row.vanished:
            return "orphaned", ""
        return ("conflict", row.reason) if row.is_changed else ("kept", "")


class ByRules:
    """Rules for some places, another policy for the rest.

    Args:
        rules: the rules.
        layer: the layer whose content is merged.
        otherwise: decides where no rule does.
    """

    def __init__(self, rules: Sequence[Rule], layer: str, otherwise: Decider) -> None:
        self._otherwise = otherwise
        found = [(index, rule) for index, rule in enumerate(rules) if fnmatchcase(layer, rule.layer)]
        self._rules = sorted(found, key=lambda item: (*(-part for part in specificity(item[1])), item[0]))
        self.used: set[int] = set()

    def decide(self, row: Row) -> tuple[Decision, str]:
        """Decide."""
        for index, rule in self._rules:
            if matches(rule, row.resource, row.path):
                self.used.add(index)
                decision, reason = ByPolicy(rule.policy).decide(row)
                return decision, reason or f"by override_rules[{index}]"
        return self._otherwise.decide(row)


def specificity(rule: Rule) -> tuple[int, ...]:
    """Give numbers that compare as rules do: more specific is greater."""
    steps = [step for step in re.split(r"/(?![^\[]*\])", pointer(rule.path)) if step and step != "**"]
    return (
        sum("*" not in step for step in steps),
        len(steps),
        *_letters(rule.resource),
        *_letters(rule.layer),
    )


def _letters(glob: str) -> tuple[int, int]:
    return int("*" not in glob), len(glob.replace("*", ""))


def matches(rule: Rule, resource: str, path: str) -> bool:
    """Say whether a rule is about a place, its layer apart."""
    return resource_matches(rule.resource, resource) and bool(_pattern(rule.path).match(path))


def resource_matches(wanted: str, resource: str) -> bool:
    """Say whether `Kind/name` or `Kind/namespace/name`, with `*`, means a resource; the former in any namespace."""
    if wanted in ("", "*"):
        return wanted == "*" or not resource
    parts, globs = resource.split("/"), wanted.split("/")
    if len(globs) == 2 and len(parts) == 3:
        parts = [parts[0], parts[2]]
    return len(parts) == len(globs) and all(map(fnmatchcase, parts, map(_no_classes, globs)))


def _no_classes(glob: str) -> str:
    return glob.replace("[", "[[]")


@lru_cache(maxsize=256)
def pointer(path: str) -> str:
    """Give a rule's path as the pointer that rows have: `ui.replicas` is `/ui/replicas`."""
    if not path or path.startswith(("/", "[", "*")):
        return path
    try:
        return "".join(map(str, parse_path(path, path="")))
    except InputError:
        return path


@lru_cache(maxsize=256)
def _pattern(path: str) -> re.Pattern[str]:
    written = pointer(path)
    written = written.removesuffix("/**") if written != "/**" else ""
    out, depth, index = "", 0, 0
    while index < len(written):
        letter = written[index]
        depth += (letter == "[") - (letter == "]")
        if written.startswith("**", index):
            out, index = out + ".*", index + 2
            continue
        out += (r"[^\]]*" if depth > 0 else r"[^/\[]*") if letter == "*" else re.escape(letter)
        index += 1
    return re.compile(f"(?:{out})(?=[/\\[]|$)")
