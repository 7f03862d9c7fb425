"""Variables of a cluster: which values are accepted, and what is told of them. Pure but for the refusals."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from palette_sdk.controlplane.assumptions_clusters import VARIABLE_IMMUTABLE, VARIABLES_INVALID
from palette_sdk.controlplane.services.clusters_content import Copy
from palette_sdk.controlplane.services.variables import MASK, value_problem
from palette_sdk.controlplane.store import Body
from palette_sdk.wire.clusters import VariableValue


def assign(copy: Copy, given: Iterable[VariableValue], *, before: Mapping[str, str] | None = None) -> None:
    """Put values into a copy, beside those it has.

    Args:
        copy: the copy of the profile; changed in place.
        given: names and values; a value equal to the mask of a sensitive one counts as not given.
        before: values that the cluster was made with; None: it is being made.

    Raises:
        Refusal: 400 with all that is wrong; 409 for another value of an immutable variable.
    """
    known = {each["name"]: each for each in copy["variables"]}
    errors: list[dict[str, str]] = []
    for each in given:
        variable = known.get(each.name)
        if variable is None:
            errors.append(_error(each.name, "is not a variable of the profile"))
            continue
        if variable.get("isSensitive") and each.value == MASK:
            continue
        complaint = complaint_about(variable, each.value)
        if complaint:
            errors.append(_error(each.name, complaint))
        had = None if before is None else before.get(each.name)
        if variable.get("immutable") and had is not None and had != each.value:
            raise VARIABLE_IMMUTABLE.refusal(
                f"variable {each.name!r} of profile {copy['name']!r} is immutable", variable=each.name
            )
        copy["values"][each.name] = each.value
    _refuse(copy, errors)


def check_complete(copy: Copy) -> None:
    """Make sure that each required variable has a value.

    Raises:
        Refusal: 400.
    """
    missing = [
        each["name"]
        for each in copy["variables"]
        if each.get("required") and not copy["values"].get(each["name"]) and not each.get("defaultValue")
    ]
    _refuse(copy, [_error(name, "is required and has no value") for name in missing])


def view(copy: Copy) -> dict[str, Any]:
    """The variables of a copy with the cluster's values; sensitive ones are masked."""
    return {"profileUid": copy["uid"], "variables": [_variable(copy, each) for each in copy["variables"]]}


def complaint_about(variable: Body, value: str) -> str:
    """What is wrong with a value, in words that don't repeat it; empty: nothing."""
    if value == "":
        return "is required and has no value" if variable.get("required") else ""
    return value_problem(variable, value)


def _variable(copy: Copy, variable: Body) -> dict[str, Any]:
    value = copy["values"].get(variable["name"], variable.get("defaultValue", ""))
    shown = dict(variable)
    if variable.get("isSensitive"):
        value = MASK if value else ""
        if shown.get("defaultValue"):
            shown["defaultValue"] = MASK
    return {**shown, "value": value}


def _refuse(copy: Copy, errors: list[dict[str, str]]) -> None:
    if errors:
        told = "; ".join(f"{each['variable']} {each['message']}" for each in errors)
        raise VARIABLES_INVALID.refusal(
            f"variables of profile {copy['name']!r} {copy['version']}: {told}", profileUid=copy["uid"], errors=errors
        )


def _error(name: str, message: str) -> dict[str, str]:
    return {"variable": name, "message": message}
