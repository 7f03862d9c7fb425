"""One cluster template with many clusters, asked over one kept connection, in a process of its own.

Called by `templates.py` with the address and the number of clusters; prints the milliseconds of each call as JSON.
The clock is to stand still: this moves it.
"""

from __future__ import annotations

import json
import statistics
import sys
import time
from typing import Any

from benchmarks.load import SEARCH, Api, cluster_body, profile_template

TEMPLATES = "/v1/clusterTemplates"
BOARD = "/v1/dashboard"
SEARCH_AT = f"{BOARD}/spectroclusters/search?limit=50"
ROUNDS = 5
HALF_WAY_S, READY_S, UPGRADED_S, GONE_S = 300.0, 1200.0, 300.0, 600.0
WEEK_S = 7 * 86400.0
MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: {{.spectro.var.replicas}}
  template:
    spec:
      containers:
        - name: web
          image: example.com/web:1.0
"""
Times = dict[str, float]


def main() -> None:
    """Make so many clusters, ask for all that there is, upgrade them twice, delete them."""
    url, count = sys.argv[1], int(sys.argv[2])
    print(json.dumps(Story(Api(url), count).tell()))


class Story:
    """The life of a template's clusters; `times` are milliseconds by what was asked."""

    def __init__(self, api: Api, count: int) -> None:
        self._api = api
        self._count = count
        self._times: Times = {}

    def tell(self) -> Times:
        """All of it, in order."""
        first, second, third = (self._profile(version) for version in ("1.0.0", "1.1.0", "1.2.0"))
        template = self._template(first)
        self._timed_each(
            "create a cluster", [(lambda body=body: self._create(body)) for body in self._bodies(template)]
        )
        self._advance(HALF_WAY_S)
        uid = self._one()
        self._reads("while they provision: ", {"GET a cluster": lambda: self._api("GET", f"/v1/spectroclusters/{uid}")})
        self._settle("1,200 s pass: all get ready", READY_S)
        self._reads("", self._lists(template, first, uid))
        profiles = f"{TEMPLATES}/{template}/profiles"
        self._once("relink", lambda: self._api("PUT", profiles, {"profiles": [{"uid": second}]}))
        self._once("values of all", lambda: self._api("PATCH", f"{profiles}/variables", self._values(second, template)))
        at = f"/v1/spectroclusters/clusterTemplates/{template}"
        asked = {"profiles": [{"uid": third}]}
        self._reads("", {"dry run of a repave": lambda: self._api("POST", f"{at}/validate/repave", asked)})
        self._once("upgrade now", lambda: self._api("PATCH", f"{at}/clusters/upgrade"))
        self._settle("300 s pass: all are upgraded", UPGRADED_S)
        shared = [{"name": "replicas", "assignStrategy": "all", "value": "3"}]
        self._api("PUT", profiles, {"profiles": [{"uid": third, "variables": shared}]})
        self._settle("a week passes: all are upgraded in a window", WEEK_S)
        self._is_applied(template)
        uids = self._uids(template)
        gone = [(lambda each=each: self._api("DELETE", f"/v1/spectroclusters/{each}")) for each in uids]
        self._timed_each("delete a cluster", gone)
        self._settle("600 s pass: all are gone", GONE_S)
        self._once("delete the template", lambda: self._api("DELETE", f"{TEMPLATES}/{template}"))
        return self._times

    def _lists(self, template: str, profile: str, uid: str) -> dict[str, Any]:
        api, at = self._api, f"{TEMPLATES}/{template}"

        def search(*filters: Any, sort: str = "", board: str = "spectroclusters/search") -> Any:
            group = {"conjunction": "and", "filters": list(filters)}
            body = {
                "filter": {"conjunction": "and", "filterGroups": [group] if filters else []},
                "sort": [{"field": sort, "order": "asc"}] if sort else [],
            }
            return lambda: api("POST", f"{BOARD}/{board}?limit=50", body)

        return {
            "GET a cluster": lambda: api("GET", f"/v1/spectroclusters/{uid}"),
            "search": search(),
            "search by name": search(_text("clusterName", "fleet-7")),
            "search by tag, all": search(_text("tags", "env:bench")),
            "search by tag, one": search(_text("tags", "turn:7")),
            "search by state": search(_text("clusterState", "Running")),
            "search by template": search(_text("clusterTemplateUid", template)),
            "search by part of a name": search(_text("clusterName", "fleet", operator="contains")),
            "search, sorted by name": search(sort="clusterName"),
            "metadata search": search(board="spectroclusters/metadata/search"),
            "metadata search by tag": search(_text("tags", "env:bench"), board="spectroclusters/metadata/search"),
            "cluster metadata (no pages)": lambda: api("GET", f"{BOARD}/spectroclusters/metadata"),
            "repaves": lambda: api("GET", f"{BOARD}/spectroclusters/repaveStatus?limit=50"),
            "tags": lambda: api("GET", "/v1/spectroclusters/tags"),
            "search of templates": lambda: api("POST", f"{BOARD}/clusterTemplates?limit=50", {}),
            "search of policies": lambda: api("POST", f"{BOARD}/spcPolicies?limit=50", {}),
            "GET the template": lambda: api("GET", at),
            "clusters of the template (no pages)": lambda: api("GET", f"{BOARD}{at[3:]}/spectroclusters/meta"),
            "variables of the template": lambda: api("GET", f"{at}/profiles/{profile}/variables"),
            "reconcile record": lambda: api("GET", f"{at}/spectroclusters/{uid}/reconcile"),
            "running profiles": lambda: api("GET", f"/v1/spectroclusters/clusterTemplates/{template}/profiles"),
            "notifications": lambda: api("GET", "/v1/notifications/?limit=50"),
            "events": lambda: api("GET", "/v1/events/components?limit=50"),
            "users of a profile": lambda: api("GET", f"{BOARD}/clusterprofiles/{profile}"),
        }  # fmt: skip

    def _reads(self, prefix: str, acts: dict[str, Any]) -> None:
        for name, act in acts.items():
            act()
            self._times[prefix + name] = statistics.median(_timed(act) for _ in range(ROUNDS))

    def _once(self, name: str, act: Any) -> None:
        self._times[name] = _timed(act)

    def _timed_each(self, name: str, acts: list[Any]) -> None:
        times = [_timed(act) for act in acts]
        self._times[name] = statistics.median(times)
        self._times[f"{name}, the slowest"] = max(times)

    def _advance(self, seconds: float) -> None:
        self._api("PATCH", "/local/clock", {"advanceSeconds": seconds})

    def _settle(self, name: str, seconds: float) -> None:
        self._once(name, lambda: self._advance(seconds))

    def _profile(self, version: str) -> str:
        template = profile_template(self._api)
        manifests = [{"name": "web", "content": MANIFEST}]
        hello = {"name": "hello", "type": "manifest", "uid": "spectro-manifest-pack", "manifests": manifests}
        template = {**template, "type": "cluster", "packs": [*template["packs"], hello]}
        variables = [{"name": "replicas", "format": "number", "defaultValue": "1"}]
        spec = {"version": version, "template": template, "variables": variables}
        body = {"metadata": {"name": f"fleet-{self._count}"}, "spec": spec}
        return str(self._api("POST", "/v1/clusterprofiles?publish=true", body)["uid"])

    def _template(self, profile: str) -> str:
        schedules = [{"name": "nightly", "startCron": "0 2 * * *", "durationHrs": 4}]
        body = {"metadata": {"name": f"nightly-{self._count}"}, "spec": {"schedules": schedules}}
        policy = self._api("POST", "/v1/spcPolicies/maintenance", body)["uid"]
        spec = {
            "cloudType": "aws",
            "profiles": [{"uid": profile}],
            "policies": [{"uid": policy, "kind": "maintenance"}],
        }
        body = {"metadata": {"name": f"fleet-{self._count}"}, "spec": spec}
        return str(self._api("POST", TEMPLATES, body)["uid"])

    def _bodies(self, template: str) -> list[Any]:
        body = cluster_body(self._api)
        zones = ("Europe/Berlin", "America/New_York", "UTC")
        found = []
        for turn in range(self._count):
            metadata = {"name": f"fleet-{turn}", "labels": {"env": "bench", "turn": str(turn)}}
            settings = {"timezone": zones[turn % len(zones)]}
            spec = {**body["spec"], "profiles": [], "clusterTemplate": {"uid": template}, "clusterConfig": settings}
            found.append({"metadata": metadata, "spec": spec})
        return found

    def _create(self, body: Any) -> None:
        self._api("POST", "/v1/spectroclusters/aws", body)

    def _one(self) -> str:
        return str(self._api("POST", SEARCH_AT, SEARCH)["items"][0]["metadata"]["uid"])

    def _uids(self, template: str) -> list[str]:
        return list(self._api("GET", f"{TEMPLATES}/{template}")["spec"]["clusters"])

    def _values(self, profile: str, template: str) -> Any:
        rows = [{"uid": uid, "value": "2"} for uid in self._uids(template)]
        return {"profiles": [{"uid": profile, "variables": [{"name": "replicas", "clusters": rows}]}]}

    def _is_applied(self, template: str) -> None:
        state = self._api("GET", f"{TEMPLATES}/{template}")["status"]["state"]
        if state != "Applied":
            raise SystemExit(f"the template is {state}")


def _text(name: str, value: str, operator: str = "eq") -> Any:
    match = {"conjunction": "or", "values": [value]}
    return {"property": name, "type": "string", "condition": {"string": {"operator": operator, "match": match}}}


def _timed(act: Any) -> float:
    began = time.perf_counter()
    act()
    return (time.perf_counter() - began) * 1000


if __name__ == "__main__":
    main()
