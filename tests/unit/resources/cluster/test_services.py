"""Addresses of a cluster's services as outputs, under pulumi's mocks."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

from palette_sdk.resources.arguments import ProgramError
from palette_sdk.resources.cluster.services import service_address
from tests.unit.resources.mocks import run_program

SERVICES = {
    "web": {"host": "web.example.com", "ports": [80.0, 8080.0]},
    "shop/api": {"host": "shop.example.com", "ports": [3000.0], "namespace": "shop"},
    "cart": {"host": "cart.example.com", "ports": [3000.0], "namespace": "shop"},
    "waiting": {"host": "", "ports": [80.0]},
}


class Owner(pulumi.ComponentResource):
    """Stands for the cluster."""

    def __init__(self) -> None:
        super().__init__("palette:test:Owner", "web-cluster")


def ask(name: str, *, preview: bool, found: Any = SERVICES, **options: Any) -> tuple[Any, bool]:
    """The address, and whether it is known."""

    async def run() -> tuple[Any, bool]:
        given = {"port": 80, "namespace": None, "scheme": "http", **options}
        address = service_address(Owner(), pulumi.Output.from_input(found), name, **given)
        return await address.future(), await address.is_known()

    return run_program(run, preview=preview)


@pytest.mark.parametrize("preview", [True, False])
@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        ("web", {}, "http://web.example.com:80"),
        ("web", {"port": 8080, "scheme": "https"}, "https://web.example.com:8080"),
        ("api", {"port": 3000, "namespace": "shop"}, "http://shop.example.com:3000"),
        ("cart", {"port": 3000, "namespace": "shop"}, "http://cart.example.com:3000"),
        ("cart", {"port": 3000}, "http://cart.example.com:3000"),
    ],
)
def test_an_address(name: str, options: Any, expected: str, preview: bool) -> None:
    """A service that has an address and the port gives its URL, in a preview too."""
    assert ask(name, preview=preview, **options) == (expected, True)


@pytest.mark.parametrize("found", [SERVICES, {}, None])
def test_unknown_in_a_preview(found: Any) -> None:
    """A service that isn't there yet is unknown in a preview, never an empty text."""
    assert ask("missing", preview=True, found=found)[1] is False


@pytest.mark.parametrize(
    ("name", "options", "expected"),
    [
        (
            "missing",
            {},
            'cluster "web-cluster" has no service "missing" with an address; it has: cart, shop/api, waiting, web',
        ),
        ("waiting", {}, 'has no service "waiting" with an address'),
        ("web", {"port": 81}, 'service "web" of cluster "web-cluster" has no port 81; it has 80, 8080'),
        ("cart", {"namespace": "other", "port": 3000}, 'has no service "cart"'),
        ("web", {"found": {}}, "it has: none with an address"),
    ],
)
def test_an_error_in_up(name: str, options: Any, expected: str) -> None:
    """In `pulumi up` a service or port that is missing is an error that names those which are there."""
    with pytest.raises(ProgramError) as missing:
        ask(name, preview=False, **options)
    assert expected in str(missing.value)
