"""What a program writes about a cluster template: the versions it links, values for all clusters, and its windows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias, cast

import pulumi

from palette_sdk.errors import InputError
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.args import Attach, AttachDict, VersionRef, plainly_given, profiles_props
from palette_sdk.resources.fleet_lookups import MaintenancePolicyResult
from palette_sdk.resources.maintenance_policy.resource import MaintenancePolicy
from palette_sdk.resources.program import known_parts, seed_of

TemplateCloud = Literal["aws", "eks", "azure", "aks", "gcp", "gke", "vsphere", "edge-native"]
"""The cloud of a template and of its clusters."""
PolicyRef: TypeAlias = pulumi.Input[MaintenancePolicy | MaintenancePolicyResult | str]
"""A maintenance policy: a resource, the result of a look-up, or a uid. A bare text is always a uid."""


def linked_props(profiles: Sequence[VersionRef | Attach | AttachDict]) -> dict[str, dict[str, Any]]:
    """The linked versions by the profile's name, as a cluster's; with overrides they are refused.

    Raises:
        InputError: none is given, or one comes with overrides.
    """
    found = profiles_props(profiles, on="template")
    if not found:
        raise InputError(
            "a template links at least the profile with OS, Kubernetes, network and storage", path="profiles"
        )
    for key, item in found.items():
        if "overrides" in item:
            raise InputError(
                f"{key} has overrides, and a template gives all its clusters the same content: put the change into a "
                "version of the profile, or into a variable of it",
                path="profiles",
            )
    return found


def with_secrets(
    profiles: Mapping[str, Mapping[str, Any]], variables: Mapping[str, Any]
) -> tuple[dict[str, dict[str, Any]], dict[str, Any]]:
    """Linked versions and flat variables, where values of sensitive variables are secrets, though the program wrote them plainly.

    Args:
        profiles: what `linked_props` gave; a version that comes without its variables is left as it is.
        variables: flat values by name.
    """

    def hidden(values: Mapping[str, Any], *keys: str) -> dict[str, Any]:
        defined = [pulumi.Output.unsecret(profiles[key]["variables"]) for key in keys if "variables" in profiles[key]]
        if not defined:
            return dict(values)
        names = pulumi.Output.all(*(each.apply(_sensitive, run_with_unknowns=True) for each in defined))
        plain = plainly_given(values)
        return {name: _hidden(name, value, names) if name in plain else value for name, value in values.items()}

    linked = {key: {**item, "values": hidden(mapping(item.get("values")), key)} for key, item in profiles.items()}
    return linked, hidden(variables, *profiles)


def _sensitive(variables: Any) -> list[str]:
    """Names of the sensitive variables of a version; none where they aren't known yet."""
    return [name for name, item in mapping(variables).items() if mapping(item).get("sensitive") is True]


def _hidden(name: str, value: Any, names: pulumi.Output[list[list[str]]]) -> pulumi.Output[Any]:
    return names.apply(
        lambda found: pulumi.Output.secret(value) if any(name in each for each in found) else value,
        run_with_unknowns=True,
    )


def template_seeds(profiles: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What `check` works out, empty: definitions are as secret as the variables they come from, the rest holds no text."""
    return {
        "layers_plan": {},
        "definitions": {
            key: seed_of(item["variables"]) if "variables" in item else {} for key, item in profiles.items()
        },
        "common": {},
    }


def policy_props(maintenance: PolicyRef | None) -> dict[str, Any]:
    """The uid of the policy as inputs of the engine, and its windows where the program knows them."""
    if maintenance is None or maintenance == "":
        return {}
    windows = policy_schedules(maintenance)
    told = {} if windows is None else {"windows": known_parts(windows)}
    return {"maintenance": _uid_of(maintenance), **told}


def policy_schedules(maintenance: PolicyRef | None) -> pulumi.Output[Mapping[str, Any]] | None:
    """The windows by name, before they are written, too; None where only a uid is given."""
    if isinstance(maintenance, MaintenancePolicy):
        return maintenance.schedules
    if isinstance(maintenance, MaintenancePolicyResult):
        return pulumi.Output.from_input(cast("Any", maintenance.schedules))
    return None


def _uid_of(maintenance: PolicyRef) -> pulumi.Input[str]:
    if isinstance(maintenance, MaintenancePolicy):
        return maintenance.id
    if isinstance(maintenance, MaintenancePolicyResult):
        return maintenance.uid
    if isinstance(maintenance, str):
        return maintenance
    return pulumi.Output.from_input(cast("pulumi.Input[Any]", maintenance)).apply(
        lambda found: found if isinstance(found, str) else getattr(found, "id", None) or found.uid
    )
