"""The routes as a whole, against the description of the API."""

from __future__ import annotations

import pytest

from palette_sdk.controlplane import wiring
from tests.contract.openapi import Description

_SERVED_FAMILIES = (
    "/v1/health/",
    "/v1/auth/",
    "/v1/users/info",
    "/v1/users/meta",
    "/v1/users/assets/locations",
    "/v1/apiKeys",
    "/v1/projects",
    "/v1/dashboard/projects",
    "/v1/registries",
    "/v1/packs",
    "/v1/cloudaccounts",
    "/v1/clouds/",
    "/v1/dashboard/cloudaccounts",
    "/v1/clusterprofiles",
    "/v1/dashboard/clusterprofiles",
    "/v1/edgehosts",
    "/v1/dashboard/edgehosts",
    "/v1/overlords",
    "/v1/clusterTemplates",
    "/v1/dashboard/clusterTemplates",
    "/v1/spectroclusters/clusterTemplates",
    "/v1/spcPolicies",
    "/v1/dashboard/spcPolicies",
)


def _shape(path: str) -> str:
    return "/".join("{}" if part.startswith("{") else part for part in path.strip("/").split("/"))


@pytest.fixture
def served() -> dict[tuple[str, str], int]:
    """Success status of each served method and path, parameters without their names."""
    return {(row[0], _shape(row[1])): row[3] for table in wiring.tables() for row in table}


@pytest.fixture
def described(description: Description | None) -> dict[tuple[str, str], int]:
    """The same of the description."""
    if description is None:
        pytest.skip("there is no copy of the API's description (set PALETTE_OPENAPI)")
    return {(method, path): status for (method, path), status in description.paths().items()}


def test_success_statuses(served: dict[tuple[str, str], int], described: dict[tuple[str, str], int]) -> None:
    """Each served route answers with exactly the success status of the description."""
    wanted = {(method, _shape(path)): status for (method, path), status in described.items()}
    different = {key: (served[key], wanted[key]) for key in served.keys() & wanted.keys() if served[key] != wanted[key]}
    assert not different


def test_families_are_complete(served: dict[tuple[str, str], int], described: dict[tuple[str, str], int]) -> None:
    """Every route of these families in the description is served."""
    missing = [
        f"{method} {path}"
        for method, path in described
        if path.startswith(_SERVED_FAMILIES) and (method, _shape(path)) not in served
    ]
    assert not missing
