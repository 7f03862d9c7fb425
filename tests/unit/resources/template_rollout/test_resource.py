"""The class `TemplateRollout` as a program uses it, under pulumi's mocks."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.resources.arguments import ProgramError
from tests.unit.resources.mocks import run_program
from tests.unit.resources.test_resources import ACCOUNT, AWS, POOLS, SECRET_MARK, looked_up, registered

SUNDAY = palette.Schedule("sunday", cron="0 0 * * SUN", duration="4h")


def member(name: str, template: Any, **variables: Any) -> palette.Cluster:
    """A cluster of a template."""
    return palette.Cluster(
        name,
        cloud_config=AWS,
        cloud_account=ACCOUNT,
        pools=POOLS,
        template=template,
        timezone="Europe/Berlin",
        variables=variables,
    )


def program() -> None:
    """A template, two clusters, one of them with a secret, and their roll-out."""
    weekly = palette.MaintenancePolicy("weekly", schedules=[SUNDAY])
    link = palette.Attach(looked_up(), variables={"tier": pulumi.Output.secret("hush")})
    template = palette.ClusterTemplate("fleet", cloud="aws", profiles=[link], maintenance=weekly, variables={"a": 1})
    members = [
        member("dev", template, region_code="dev"),
        member("prod", template, region_code=pulumi.Output.secret("prd")),
    ]
    palette.TemplateRollout(
        "rollout", template=template, clusters=members, upgrade_now="one", wait=True, timeouts={"update": "4h"}
    )


def test_inputs() -> None:
    """Clusters come with id, time zone, values and whether those are secret; the template with values and windows."""
    engine = registered(program)
    found = engine.inputs["rollout"]
    assert engine.types["rollout"] == "pulumi-python:dynamic/palette:TemplateRollout"
    assert SECRET_MARK in found["given"]  # the mocks wrap all of what holds a secret
    given = found["given"]["value"]
    assert {name: item["uid"] for name, item in given.items()} == {"dev": "dev-id", "prod": "prod-id"}
    dev, prod = given["dev"], given["prod"]
    assert dev == {
        "uid": "dev-id",
        "timezone": "Europe/Berlin",
        "variables": {"region_code": "dev"},
        "secrets": {"region_code": False},
    }
    assert prod["secrets"] == {"region_code": True}
    assert found["template"]["uid"] == "fleet-id"
    assert found["schedules"] == {"sunday": {"cron": "0 0 * * SUN", "duration_h": 4}}
    assert found["timeouts"] == {"update": 14400}
    assert not {"name", "tags", "description"} & found.keys()


def test_what_is_derived_from_secrets_is_secret() -> None:
    """The seed of the digest of all values is a secret as soon as one of them is."""
    fields = registered(program).requests["rollout"].object.fields
    assert SECRET_MARK in str(fields["values"])


@pytest.mark.parametrize("is_secret", [True, False])
def test_a_secret_among_values_for_all_clusters(is_secret: bool) -> None:
    """A secret in the template's flat `variables=` alone makes the seed a secret; a plain value does not."""

    def flat() -> None:
        pin = pulumi.Output.secret("1234") if is_secret else "1234"
        link = palette.Attach(looked_up())
        template = palette.ClusterTemplate("fleet", cloud="aws", profiles=[link], variables={"pin": pin})
        palette.TemplateRollout("rollout", template=template, clusters=[member("dev", template, region_code="dev")])

    fields = registered(flat).requests["rollout"].object.fields
    assert (SECRET_MARK in str(fields["values"])) is is_secret


@pytest.mark.parametrize(
    ("clusters", "message"),
    [
        ([], "clusters: there is none"),
        (["u1", "u1"], '"u1" is given twice'),
        ("u1", r"clusters: expected a list"),
    ],
)
def test_clusters_refused(clusters: Any, message: str) -> None:
    """None, one twice, and a text in place of a list are refused in one sentence."""

    async def run() -> None:
        palette.TemplateRollout("rollout", template="t1", clusters=clusters)

    with pytest.raises(ProgramError, match=message):
        run_program(run)


def test_uids() -> None:
    """Template and clusters may be plain uids, or outputs of uids; the service says the rest."""

    def by_uid() -> None:
        palette.TemplateRollout("rollout", template="t1", clusters=["u1", pulumi.Output.from_input("u2")])

    found = registered(by_uid).inputs["rollout"]
    assert found["template"] == {"uid": "t1"}
    assert found["given"] == {"u1": {"uid": "u1"}, "cluster-1": {"uid": "u2"}}
