"""A template with three clusters in three time zones, on the control plane in process; the clock stands on Monday 12:00 UTC."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from palette_sdk.resources.cluster_template.plan import definitions_of
from palette_sdk.wire.clusters import ClusterCreate, ProfileVariableValues
from palette_sdk.wire.policies import Policy
from palette_sdk.wire.templates import TemplateCreate, TemplateProfile
from tests.contract.clusters import data
from tests.unit.resources.cluster.attached import admin
from tests.unit.resources.steps import Steps
from tests.unit.resources.world import World

ZONES = {"dev": "Europe/Berlin", "stage": "Asia/Tokyo", "prod": "America/New_York"}
REPLICAS = {"format": "number", "default": "1"}
CODE = {"required": True}
SUNDAYS = [{"name": "sunday", "startCron": "0 0 * * SUN", "durationHrs": 4}]
HOUR, DAY = 3600.0, 86400.0


def template_body(profile: str, name: str, policy: str = "") -> TemplateCreate:
    """A template that links one version."""
    policies = [{"uid": policy, "kind": "maintenance"}] if policy else []
    spec = {"cloudType": "aws", "profiles": [{"uid": profile}], "policies": policies}
    return TemplateCreate.of({"metadata": {"name": name}, "spec": spec})


@dataclass
class Fleet:
    """The fleet, and a program's inputs for its roll-out.

    Args:
        world: the control plane and the processes of hooks.
        profiles: the engine's steps on profiles.
        definitions: variables of each version.
    """

    world: World
    profiles: Steps
    definitions: dict[str, Mapping[str, Any]] = field(default_factory=dict)
    clusters: dict[str, str] = field(default_factory=dict)
    policy: str = ""
    template: str = ""

    def version(self, version: str, **variables: Any) -> str:
        """A version of the profile `base` with these variables, each of other content; its uid."""
        self.definitions[version] = variables
        number = len(self.definitions)
        self.profiles.up(version, self.world.profile("base", version, variables=variables, replicas=number))
        return self.uid(version)

    def uid(self, version: str) -> str:
        """Uid of a version."""
        return self.profiles.state[version].id

    def build(self, version: str = "1.0.0") -> None:
        """Make policy, template and clusters, and let the clusters become healthy."""
        client = self.world.client
        self.policy = client.policies.create(
            Policy.of({"metadata": {"name": "weekly"}, "spec": {"schedules": SUNDAYS}})
        )
        self.template = client.templates.create(template_body(self.uid(version), "fleet", self.policy))
        for name in ZONES:
            self.add(name)
        self.world.clock.advance(1500)

    def add(self, name: str, zone: str = "") -> str:
        """Another cluster of the template."""
        account = self.world.client.accounts.by_name("aws", "aws-main")[0].metadata.uid
        settings: dict[str, Any] = {
            "clusterTemplate": {"uid": self.template},
            "clusterConfig": {"timezone": zone or ZONES.get(name, "UTC")},
        }
        body = ClusterCreate.of(data.cluster(name, account, [], **settings))
        self.clusters[name] = self.world.client.clusters.create("aws", body)
        return self.clusters[name]

    def relink(self, version: str, **common: str) -> None:
        """Link this version instead, with values for all clusters."""
        told = [{"name": name, "assignStrategy": "all", "value": value} for name, value in common.items()]
        profile = TemplateProfile.of({"uid": self.uid(version), "variables": told})
        self.world.client.templates.relink(self.template, [profile])

    def give(self, version: str, **values: Mapping[str, str]) -> None:
        """Write values of clusters, as their resources do."""
        for name, items in values.items():
            told = [{"name": key, "value": value} for key, value in items.items()]
            body = ProfileVariableValues.of({"profileUid": self.uid(version), "variables": told})
            self.world.client.clusters.patch_variables(self.clusters[name], [body])

    def inputs(self, version: str, values: Mapping[str, Mapping[str, Any]] | None = None, **changes: Any) -> Any:
        """Inputs of a roll-out to this version, with the values that the program gives to clusters."""
        given = values or {}
        head = {"uid": self.uid(version), "name": "base", "version": version}
        return {
            "template": {
                "uid": self.template,
                "name": "fleet",
                "cloud": "aws",
                "profiles": {"base": head},
                "definitions": {"base": definitions_of(self.definitions[version])},
                "common": {"base": []},
            },
            "members": {},
            "given": {
                name: {
                    "uid": uid,
                    "timezone": ZONES.get(name, "UTC"),
                    "variables": dict(given.get(name, {})),
                    "secrets": dict.fromkeys(given.get(name, {}), False),
                }
                for name, uid in self.clusters.items()
            },
            "values": {},
            "upgrade_now": "",
            "pending": "fail",
            "wait": False,
            "timeouts": {"create": 60, "update": 60},
            "scope": "project",
            **changes,
        }

    def runs(self) -> dict[str, str]:
        """The version that each cluster runs."""
        known = {row.metadata.uid: row.spec.version for row in self.world.client.profiles.metadata(fresh=True)}
        rows = {row.metadata.uid: row for row in self.world.client.clusters.all(fresh=True)}
        return {
            name: known[rows[uid].spec_summary.cluster_profile_templates[0].uid] for name, uid in self.clusters.items()
        }

    def to_sunday(self, hours: float = 0.0) -> None:
        """Move the clock to so many hours after the first Sunday 00:00 UTC."""
        self.world.clock.advance(1767614400.0 + 5.5 * DAY + hours * HOUR - self.world.clock.now())

    def told(self) -> list[str]:
        """What was said since the last question, and stays."""
        lines = [line for line in self.world.link.lines if not line.startswith("passing")]
        self.world.link.lines.clear()
        return lines

    def fail(self, name: str, message: str) -> None:
        """Break a cluster."""
        body = {"reason": "LayerFailed", "message": message, "layer": "addon"}
        request = admin("POST", f"/local/clusters/{self.clusters[name]}/fail", body)
        assert self.world.http.handle_request(request).status_code == 204

    def mend(self, name: str) -> None:
        """Take the fault of a cluster away."""
        request = admin("POST", f"/local/clusters/{self.clusters[name]}/mend", None)
        assert self.world.http.handle_request(request).status_code == 204
