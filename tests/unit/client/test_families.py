"""What each family of calls sends and makes of the answers."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from palette_sdk.client.accounts import account_cloud
from palette_sdk.client.clusters import apply_now, is_gone, state_of
from palette_sdk.client.session import Palette
from palette_sdk.errors import ConflictError, InputError, NotFoundError, ProtocolError
from palette_sdk.wire.accounts import (
    AwsAccount,
    AwsAccountSpec,
    AzureAccount,
    AzureAccountSpec,
    GcpAccount,
    GcpAccountSpec,
    VsphereAccount,
    VsphereAccountSpec,
)
from palette_sdk.wire.backups import BackupConfig, RestoreConfig, S3Location, S3LocationSpec, S3Storage
from palette_sdk.wire.cluster_state import Cluster
from palette_sdk.wire.clusters import (
    ClusterCreate,
    ClusterCreateSpec,
    ClusterProfiles,
    PackRefsUpdate,
    PoolConfig,
    PoolEntity,
    ProfileEntity,
    ProfilePackRefs,
    ProfileVariableValues,
    VariableValue,
)
from palette_sdk.wire.meta import MetaInput, ObjectMeta
from palette_sdk.wire.profiles import (
    ProfileCreate,
    ProfileCreateSpec,
    ProfileImport,
    ProfileUpdate,
    ProfileUpdateSpec,
    TemplateDraft,
    TemplateUpdate,
    Variable,
)
from tests.unit.client.fakes import Service, client, done, ok, refused, sent

UID = ok({"uid": "new"}, 201)
PROFILE = ProfileCreate(
    metadata=ObjectMeta(name="web"), spec=ProfileCreateSpec(version="1.0.0", template=TemplateDraft(type="cluster"))
)
UPDATE = ProfileUpdate(metadata=ObjectMeta(name="web"), spec=ProfileUpdateSpec(template=TemplateUpdate(packs=[])))
CLUSTER = ClusterCreate(metadata=ObjectMeta(name="web"), spec=ClusterCreateSpec(cloud_config={"region": "r"}))
POOL = PoolEntity(pool_config=PoolConfig(name="w 1", size=1, labels=["worker"]))
ENTITY = ProfileEntity(uid="p2", replace_with_profile="p1")
META = MetaInput(labels={"a": "b"})
LOCATION = S3Location(
    metadata=MetaInput(name="l"),
    spec=S3LocationSpec(
        type="minio",
        config=S3Storage(
            bucket_name="b",
            region="r",
            s3_url="https://s3.example.com",
            s3_force_path_style=True,
            credentials=AwsAccountSpec(access_key="a", secret_key="s"),
        ),
    ),
)
PROFILES = "/v1/clusterprofiles"
CLUSTERS = "/v1/spectroclusters"

# What is called -> the route, the reply, the query and the body that are expected.
WRITES: list[tuple[Callable[[Palette], object], str, httpx2.Response, dict[str, str], Any]] = [
    (lambda p: p.profiles.create(PROFILE), f"POST {PROFILES}", UID, {"publish": "true"}, PROFILE.body()),
    (lambda p: p.profiles.update("u", UPDATE), f"PUT {PROFILES}/u", done(), {}, UPDATE.body()),
    (
        lambda p: p.profiles.patch_metadata("u", META),
        f"PATCH {PROFILES}/u/metadata",
        done(),
        {},
        {"metadata": {"labels": {"a": "b"}}},
    ),
    (lambda p: p.profiles.publish("u"), f"PATCH {PROFILES}/u/publish", done(), {}, None),
    (
        lambda p: p.profiles.clone("u", name="web", version="1.1.0"),
        f"POST {PROFILES}/u/clone",
        UID,
        {},
        {"metadata": {"name": "web", "version": "1.1.0"}},
    ),
    (lambda p: p.profiles.delete("u"), f"DELETE {PROFILES}/u", done(), {}, None),
    (
        lambda p: p.profiles.put_variables("u", [Variable(name="v", required=True)]),
        f"PUT {PROFILES}/u/variables",
        done(),
        {},
        {"variables": [{"name": "v", "required": True}]},
    ),
    (
        lambda p: p.profiles.patch_variables("u", [Variable(name="v")]),
        f"PATCH {PROFILES}/u/variables",
        done(),
        {},
        {"variables": [{"name": "v"}]},
    ),
    (
        lambda p: p.profiles.delete_variables("u", ["v"]),
        f"DELETE {PROFILES}/u/variables",
        done(),
        {},
        {"variables": ["v"]},
    ),
    (lambda p: p.profiles.import_(ProfileImport()), f"POST {PROFILES}/import", UID, {"publish": "true"}, {}),
    (lambda p: p.clusters.create("aws", CLUSTER), f"POST {CLUSTERS}/aws", UID, {}, CLUSTER.body()),
    (lambda p: p.clusters.create("edge-native", CLUSTER), f"POST {CLUSTERS}/edge-native", UID, {}, CLUSTER.body()),
    (lambda p: p.clusters.create("nutanix", CLUSTER), f"POST {CLUSTERS}/cloudTypes/nutanix", UID, {}, CLUSTER.body()),
    (
        lambda p: p.clusters.patch_metadata("u", META),
        f"PATCH {CLUSTERS}/u/metadata",
        done(),
        {},
        {"metadata": {"labels": {"a": "b"}}},
    ),
    (
        lambda p: p.clusters.set_timezone("u", "Europe/Berlin"),
        f"PATCH {CLUSTERS}/u/clusterConfig/timezone",
        done(),
        {},
        {"timezone": "Europe/Berlin"},
    ),
    (lambda p: p.clusters.delete("u"), f"DELETE {CLUSTERS}/u", done(), {}, None),
    (lambda p: p.clusters.delete("u", force=True), f"DELETE {CLUSTERS}/u", done(), {"forceDelete": "true"}, None),
    (
        lambda p: p.clusters.put_profiles("u", ClusterProfiles(profiles=[ENTITY])),
        f"PUT {CLUSTERS}/u/profiles",
        done(),
        {"resolveNotification": "false"},
        {"profiles": [{"uid": "p2", "replaceWithProfile": "p1"}]},
    ),
    (
        lambda p: p.clusters.patch_profiles(
            "u", ClusterProfiles(profiles=[ENTITY], spc_apply_settings=apply_now()), resolve_notification=True
        ),
        f"PATCH {CLUSTERS}/u/profiles",
        done(),
        {"resolveNotification": "true"},
        {
            "profiles": [{"uid": "p2", "replaceWithProfile": "p1"}],
            "spcApplySettings": {"actionType": "DownloadAndInstall"},
        },
    ),
    (
        lambda p: p.clusters.delete_profiles("u", ["p1"]),
        f"DELETE {CLUSTERS}/u/profiles",
        done(),
        {},
        {"profileUids": ["p1"]},
    ),
    (
        lambda p: p.clusters.apply_pack_refs(
            "u", PackRefsUpdate(profiles=[ProfilePackRefs(uid="p1", packs=[])]), notification_uid="n"
        ),
        f"PATCH {CLUSTERS}/u/packRefs",
        done(),
        {"notify": "n"},
        {"profiles": [{"uid": "p1", "packs": []}]},
    ),
    (lambda p: p.clusters.spc_apply("u"), f"POST {CLUSTERS}/u/status/spcApply", done(202), {}, None),
    (
        lambda p: p.clusters.put_manifests("u", "p1", "hello", {"m": "text"}),
        f"PUT {CLUSTERS}/u/profiles/p1/packs/hello/manifests",
        done(),
        {},
        {"manifests": [{"uid": "m", "content": "text"}]},
    ),
    (
        lambda p: p.clusters.patch_variables(
            "u", [ProfileVariableValues(profile_uid="p1", variables=[VariableValue(name="v", value="1")])]
        ),
        f"PATCH {CLUSTERS}/u/variables",
        done(),
        {},
        [{"profileUid": "p1", "variables": [{"name": "v", "value": "1"}]}],
    ),
    (
        lambda p: p.cloudconfigs.put_cluster_config("aws", "c", {"region": "r"}),
        "PUT /v1/cloudconfigs/aws/c/clusterConfig",
        done(),
        {},
        {"clusterConfig": {"region": "r"}},
    ),
    (
        lambda p: p.cloudconfigs.add_pool("aws", "c", POOL),
        "POST /v1/cloudconfigs/aws/c/machinePools",
        UID,
        {},
        POOL.body(),
    ),
    (
        lambda p: p.cloudconfigs.put_pool("nutanix", "c", POOL),
        "PUT /v1/cloudconfigs/cloudTypes/nutanix/c/machinePools/w 1",
        done(),
        {},
        POOL.body(),
    ),
    (
        lambda p: p.cloudconfigs.delete_pool("gke", "c", "w"),
        "DELETE /v1/cloudconfigs/gke/c/machinePools/w",
        done(),
        {},
        None,
    ),
    (
        lambda p: p.backups.create_location("minio", LOCATION),
        "POST /v1/users/assets/locations/minio",
        UID,
        {},
        LOCATION.body(),
    ),
    (
        lambda p: p.backups.update_location("s3", "l", LOCATION),
        "PUT /v1/users/assets/locations/s3/l",
        done(),
        {},
        LOCATION.body(),
    ),
    (
        lambda p: p.backups.set_default_location("gcp", "l"),
        "PATCH /v1/users/assets/locations/gcp/l/default",
        done(),
        {},
        None,
    ),
    (lambda p: p.backups.delete_location("l"), "DELETE /v1/users/assets/locations/l", done(), {}, None),
    (
        lambda p: p.backups.run("u", BackupConfig(backup_location_uid="l", duration_in_hours=2, backup_name="b")),
        f"POST {CLUSTERS}/u/features/backup/onDemand",
        UID,
        {},
        {"backupLocationUid": "l", "durationInHours": 2, "backupName": "b"},
    ),
    (lambda p: p.backups.delete_schedule("u"), f"DELETE {CLUSTERS}/u/features/backup", done(), {}, None),
    (
        lambda p: p.backups.delete("u", "b 1", "r"),
        f"DELETE {CLUSTERS}/u/features/backup/b 1/request/r",
        done(),
        {},
        None,
    ),
    (
        lambda p: p.backups.restore(
            "u", RestoreConfig(backup_name="b", backup_request_uid="r", destination_cluster_uid="d", restore_pvs=True)
        ),
        f"POST {CLUSTERS}/u/features/restore/onDemand",
        UID,
        {},
        {"backupName": "b", "backupRequestUid": "r", "destinationClusterUid": "d", "restorePVs": True},
    ),
    (lambda p: p.notifications.done("n"), "PATCH /v1/notifications/n/done", done(), {}, None),
    (lambda p: p.notifications.ack("n"), "PATCH /v1/notifications/n/ack", done(), {}, None),
    (
        lambda p: p.accounts.update("eks", "a", AwsAccount(spec=AwsAccountSpec(access_key="k"))),
        "PUT /v1/cloudaccounts/aws/a",
        done(),
        {},
        {"spec": {"accessKey": "k"}},
    ),
    (lambda p: p.accounts.delete("gcp", "a"), "DELETE /v1/cloudaccounts/gcp/a", done(), {}, None),
]


@pytest.mark.parametrize(
    ("act", "route", "reply", "query", "body"), WRITES, ids=[f"{i}-{w[1]}" for i, w in enumerate(WRITES)]
)
def test_what_is_sent(
    act: Callable[[Palette], object], route: str, reply: httpx2.Response, query: dict[str, str], body: Any
) -> None:
    """Each write goes to its route, with its query and body, once, after the hook was asked."""
    asked: list[int] = []
    service = Service({route: reply})
    outcome = act(client(service, before_write=lambda: asked.append(1)))
    (request,) = service.asked(route)
    assert dict(request.url.params) == query
    assert sent(request) == body
    assert asked == [1]
    assert outcome == ("new" if reply is UID else True if route.startswith("DELETE") and body is None else None)


@pytest.mark.parametrize(("act", "route"), [(write[0], write[1]) for write in WRITES if write[2] is UID])
def test_creates_are_not_repeated(act: Callable[[Palette], object], route: str) -> None:
    """A create whose answer was lost is not sent again."""
    service = Service({route: httpx2.ReadError("lost")})
    with pytest.raises(Exception, match="broke") as caught:
        act(client(service))
    assert len(service.asked(route)) == 1
    assert caught.value.outcome_unknown  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "act",
    [
        lambda p: p.profiles.delete("u"),
        lambda p: p.clusters.delete("u"),
        lambda p: p.accounts.delete("aws", "u"),
        lambda p: p.backups.delete("u", "b", "r"),
        lambda p: p.backups.delete_schedule("u"),
        lambda p: p.backups.delete_location("l"),
        lambda p: p.cloudconfigs.delete_pool("aws", "u", "w"),
    ],
)
def test_deleting_what_is_gone(act: Callable[[Palette], object]) -> None:
    """What is gone already counts as deleted, and is told by False."""
    assert act(client(Service())) is False


@pytest.mark.parametrize(
    "act",
    [
        lambda p: p.profiles.get("u"),
        lambda p: p.profiles.cached("u"),
        lambda p: p.profiles.content("u"),
        lambda p: p.profiles.summary("u"),
        lambda p: p.clusters.get("u"),
        lambda p: p.clusters.overview("u"),
        lambda p: p.clusters.kubeconfig("u"),
        lambda p: p.clusters.admin_kubeconfig("u"),
        lambda p: p.clusters.repave("u"),
        lambda p: p.clusters.manifest("u", "m"),
        lambda p: p.backups.get("u"),
        lambda p: p.backups.schedule("u"),
        lambda p: p.backups.latest("u"),
        lambda p: p.backups.location("azure", "l"),
        lambda p: p.cloudconfigs.get("aws", "u"),
        lambda p: p.accounts.get("vsphere", "u"),
        lambda p: p.packs.in_registry("n", "r"),
    ],
)
def test_reading_what_is_gone(act: Callable[[Palette], object]) -> None:
    """What is gone reads as None."""
    assert act(client(Service())) is None


def test_kubeconfigs_come_plain_or_in_base64() -> None:
    """A kubeconfig is given as YAML, however the service sent it."""
    text = "apiVersion: v1\nkind: Config\n"
    folded = base64.encodebytes(text.encode())
    service = Service(
        {
            "GET /v1/spectroclusters/u/assets/kubeconfigclient": [
                httpx2.Response(200, text=text),
                httpx2.Response(200, content=folded),
                httpx2.Response(200, text=""),
            ]
        }
    )
    palette = client(service)
    assert [palette.clusters.kubeconfig("u") for _ in range(3)] == [text, text, None]


@pytest.mark.parametrize(
    ("body", "state", "gone"),
    [
        (None, "Gone", True),
        ({"status": None}, "Accepted", False),
        ({"status": {}}, "Accepted", False),
        ({"status": {"state": "Provisioning"}}, "Provisioning", False),
        ({"status": {"state": "Deleting"}}, "Deleting", False),
        ({"status": {"state": "Deleted"}}, "Gone", True),
    ],
)
def test_states_of_a_cluster(body: dict[str, Any] | None, state: str, gone: bool) -> None:
    """No object and Deleted are Gone; no status yet is Accepted; else the service's word holds."""
    cluster = None if body is None else Cluster.of(body)
    assert state_of(cluster) == state
    assert is_gone(cluster) is gone


def test_clusters_by_name_and_tag() -> None:
    """Names and tags are matched exactly, whatever else the service gives back."""
    rows = [
        {"metadata": {"name": "web", "uid": "a", "labels": {"service": "front", "x": "spectro__tag"}}},
        {"metadata": {"name": "web-2", "uid": "b", "labels": {"service": "back"}}},
    ]
    service = Service({"POST /v1/dashboard/spectroclusters/search": ok({"items": rows})})
    palette = client(service)
    assert [row.metadata.name for row in palette.clusters.tagged({"service": "front"})] == ["web"]
    assert [row.metadata.name for row in palette.clusters.tagged({"service": "front", "x": "1"})] == []
    found = palette.clusters.by_name("web")
    assert found is not None
    assert found.metadata.uid == "a"
    assert palette.clusters.by_name("WEB") is None
    assert len(service.requests) == 2  # the project and one list


def test_names_are_asked_for_alone_where_the_list_is_long_and_changes() -> None:
    """Each write drops the list: one of several pages is not read anew for every name, a short one is."""
    route = "POST /v1/dashboard/spectroclusters/search"
    for number, filters in ((51, 3), (50, 2)):
        rows = [{"metadata": {"name": f"c{index}", "uid": f"u{index}"}} for index in range(number)]
        service = Service({route: ok({"items": rows}), "DELETE /v1/spectroclusters/u1": done()})
        palette = client(service)
        assert palette.clusters.by_name("c1") is not None
        palette.clusters.delete("u1")
        assert palette.clusters.by_name("c2") is not None
        asked = [len(sent(each)["filter"]["filterGroups"][0]["filters"]) for each in service.asked(route)]
        assert asked == [2, filters], f"{number} rows"


def test_a_fresh_look_for_a_name_asks_for_it_alone() -> None:
    """A fresh look-up sends a filter for the name, and leaves out deleted and virtual clusters."""
    route = "POST /v1/dashboard/spectroclusters/search"
    service = Service({route: ok({"items": []})})
    assert client(service).clusters.by_name("web", fresh=True) is None
    (group,) = sent(service.asked(route)[0])["filter"]["filterGroups"]
    assert {item["property"]: item["condition"] for item in group["filters"]} == {
        "environment": {
            "string": {
                "operator": "eq",
                "negation": True,
                "ignoreCase": False,
                "match": {"conjunction": "or", "values": ["nested"]},
            }
        },
        "isDeleted": {"bool": {"value": False}},
        "clusterName": {
            "string": {
                "operator": "eq",
                "negation": False,
                "ignoreCase": False,
                "match": {"conjunction": "or", "values": ["web"]},
            }
        },
    }


def test_content_of_a_profile() -> None:
    """Values, manifests and variables are read with three calls, in the profile's order, and shared."""
    packs = [{"name": "ubuntu", "values": "a: 1", "layer": "os"}, {"name": "hello", "type": "manifest"}]
    service = Service(
        {
            "GET /v1/clusterprofiles/u": ok({"metadata": {"name": "web"}, "spec": {"published": {"packs": packs}}}),
            "GET /v1/clusterprofiles/u/packs/manifests": ok(
                {
                    "spec": {
                        "packs": [
                            {"spec": {"name": "hello", "manifests": [{"uid": "m", "name": "ui", "content": "x"}]}}
                        ]
                    }
                }
            ),
            "GET /v1/clusterprofiles/u/variables": ok({"variables": [{"name": "region"}]}),
        }
    )
    palette = client(service)
    for _ in range(2):
        content = palette.profiles.content("u")
        assert content is not None
        assert list(content.layers) == ["ubuntu", "hello"]
        assert content.layers["ubuntu"].values == "a: 1"
        assert content.layers["ubuntu"].manifests == {}
        assert (content.layers["hello"].manifests, content.layers["hello"].manifest_uids) == ({"ui": "x"}, {"ui": "m"})
        assert [item.name for item in content.variables] == ["region"]
    assert len(service.requests) == 4


def test_versions_of_a_profile() -> None:
    """Versions are found by exact name; one that is not told is 1.0.0."""
    rows = [
        {"metadata": {"name": "web", "uid": "a"}, "spec": {"version": "1.1.0"}},
        {"metadata": {"name": "web", "uid": "b"}, "spec": {}},
        {"metadata": {"name": "Web", "uid": "c"}, "spec": {"version": "2.0.0"}},
    ]
    service = Service({"GET /v1/dashboard/clusterprofiles/metadata": ok({"items": rows})})
    assert client(service).profiles.versions("web") == {"1.1.0": "a", "1.0.0": "b"}


@pytest.mark.parametrize(("scope", "expected"), [("project", "b"), ("tenant", "a")])
def test_versions_of_project_and_tenant(scope: Any, expected: str) -> None:
    """Where project and tenant have the same version, the one of the scope is given; others are not read."""
    rows = [{"metadata": {"name": "web", "uid": uid}, "spec": {"version": "1.0.0"}} for uid in "ab"]
    rows.append({"metadata": {"name": "web", "uid": "c"}, "spec": {"version": "1.1.0"}})
    replies = {
        f"GET /v1/clusterprofiles/{uid}": ok({"metadata": {"name": "web", "uid": uid, "annotations": {"scope": of}}})
        for uid, of in [("a", "tenant"), ("b", "project")]
    }
    service = Service({"GET /v1/dashboard/clusterprofiles/metadata": ok({"items": rows}), **replies})
    assert client(service).profiles.versions("web", scope=scope) == {"1.0.0": expected, "1.1.0": "c"}
    assert service.asked("GET /v1/clusterprofiles/c") == []


@pytest.mark.parametrize("scope", ["project", "tenant"])
def test_accounts_of_project_and_tenant(scope: Any) -> None:
    """Of two accounts of one name the one of the scope comes first."""
    items = [{"metadata": {"name": "main", "uid": of, "annotations": {"scope": of}}} for of in ("tenant", "project")]
    service = Service({"GET /v1/cloudaccounts/aws": ok({"items": items})})
    assert client(service).accounts.by_name("aws", "main", scope=scope)[0].metadata.uid == scope


def test_whether_a_name_is_free() -> None:
    """204 means free, a conflict means taken, and anything else is told."""
    route = "GET /v1/clusterprofiles/validate/name"
    service = Service({route: [done(), refused(409), refused(404)]})
    palette = client(service)
    assert palette.profiles.is_name_free("web", "1.0.0")
    assert not palette.profiles.is_name_free("web", "1.0.0")
    with pytest.raises(NotFoundError):
        palette.profiles.is_name_free("web", "1.0.0")
    assert dict(service.asked(route)[0].url.params) == {"name": "web", "version": "1.0.0"}


def test_variables_of_a_cluster_are_a_bare_array() -> None:
    """The bare array is read as rows, null as none, and an object is a protocol error."""
    row = {"profileUid": "p1", "variables": [{"name": "v", "value": "1"}]}
    service = Service({"GET /v1/spectroclusters/u/variables": [ok([row]), httpx2.Response(200, text="null"), ok({})]})
    palette = client(service)
    (read,) = palette.clusters.variables("u")
    assert (read.profile_uid, read.variables[0].name, read.variables[0].value) == ("p1", "v", "1")
    assert palette.clusters.variables("u") == []
    with pytest.raises(ProtocolError):
        palette.clusters.variables("u")


def test_notifications_that_are_not_done() -> None:
    """Only those that were asked for are given, also by a service that ignores the parameter."""
    rows = [{"metadata": {"uid": "a"}}, {"metadata": {"uid": "b"}, "action": {"isDone": True}}]
    service = Service({"GET /v1/notifications/spectrocluster/u": ok({"items": rows})})
    palette = client(service)
    assert [row.metadata.uid for row in palette.notifications.for_cluster("u")] == ["a"]
    assert [row.metadata.uid for row in palette.notifications.for_cluster("u", done=True)] == ["b"]
    assert len(palette.notifications.for_cluster("u", done=None)) == 2
    assert [request.url.params.get("isDone") for request in service.requests[1:]] == ["false", "true", None]


@pytest.mark.parametrize(
    ("cloud", "account", "body"),
    [
        ("aws", AwsAccount(spec=AwsAccountSpec(access_key="a", secret_key="s")), {"accessKey": "a", "secretKey": "s"}),
        ("aks", AzureAccount(spec=AzureAccountSpec(client_id="c")), {"clientId": "c"}),
        ("gcp", GcpAccount(spec=GcpAccountSpec(json_credentials="j")), {"spec": {"jsonCredentials": "j"}}),
        ("vsphere", VsphereAccount(spec=VsphereAccountSpec(vcenter_server="v")), {"vcenterServer": "v"}),
    ],
)
def test_accounts_are_validated_in_their_own_form(cloud: str, account: Any, body: dict[str, Any]) -> None:
    """A validation sends the bare spec, except for gcp, which wraps it; it is no write."""
    route = f"POST /v1/clouds/{account_cloud(cloud)}/account/validate"
    service = Service({route: done()})

    def never() -> None:
        raise AssertionError

    client(service, before_write=never).accounts.validate(cloud, account)
    assert sent(service.asked(route)[0]) == body


def test_accounts_by_name() -> None:
    """Accounts of one name are all given, as project and tenant may each have one."""
    rows = [{"metadata": {"name": "main", "uid": uid, "annotations": {"scope": uid}}} for uid in ("project", "tenant")]
    service = Service({"GET /v1/cloudaccounts/azure": ok({"items": [*rows, {"metadata": {"name": "x"}}]})})
    found = client(service).accounts.by_name("aks", "main")
    assert [row.metadata.uid for row in found] == ["project", "tenant"]


def test_clouds_without_accounts() -> None:
    """Edge clusters have no cloud account."""
    with pytest.raises(InputError, match="edge-native"):
        client(Service()).accounts.list("edge-native")


def test_registries_by_name() -> None:
    """Of several registries of one name the default one is taken, then the one of packs."""
    rows = [
        {"uid": "h", "name": "Public Repo", "kind": "helm"},
        {"uid": "p", "name": "Public Repo", "kind": "pack"},
        {"uid": "x", "name": "mine", "kind": "helm"},
        {"uid": "d", "name": "mine", "kind": "oci", "isDefault": True},
    ]
    palette = client(Service({"GET /v1/registries/metadata": ok({"items": rows})}))
    found = [palette.registries.by_name(name) for name in ("Public Repo", "mine", "none")]
    assert [row.uid if row else None for row in found] == ["p", "d", None]


def test_names_of_packs() -> None:
    """Names are sorted and told once; a pack is found by its exact name."""
    rows = [{"spec": {"name": name}} for name in ("kubernetes", "cilium", "cilium")]
    palette = client(Service({"POST /v1/packs/search": ok({"items": rows})}))
    assert palette.packs.names() == ["cilium", "kubernetes"]
    assert palette.packs.named("cilium") is not None
    assert palette.packs.named("cilum") is None


def test_workloads_and_events() -> None:
    """Workloads are asked for by namespace, events by object."""
    workloads = {
        "spec": {"deployments": [{"metadata": {"entity": {"name": "ui"}}, "status": {"replicas": {"total": 2}}}]}
    }
    service = Service(
        {
            "POST /v1/dashboard/spectroclusters/u/workloads": ok(workloads),
            "GET /v1/events/components/spectrocluster/u": ok({"items": [{"reason": "Created"}]}),
        }
    )
    palette = client(service)
    (deployment,) = palette.clusters.workloads("u", namespaces=["hello"]).deployments
    assert (deployment.metadata.entity.name, deployment.status.replicas.total) == ("ui", 2)
    assert sent(service.requests[-1]) == {"filter": {"namespaces": ["hello"]}}
    assert [event.reason for event in palette.clusters.events("u")] == ["Created"]


def test_namespaces() -> None:
    """The namespaces of a cluster are given by name, and none as none."""
    rows = [{"metadata": {"entity": {"name": name}}} for name in ("web", "default")]
    at = "POST /v1/dashboard/spectroclusters/u/workloads/namespace"
    palette = client(Service({at: [ok({"namespaces": rows}), ok({"namespaces": None})]}))
    assert palette.clusters.namespaces("u") == ["default", "web"]
    assert palette.clusters.namespaces("u") == []


def test_deleting_what_is_in_use() -> None:
    """A refusal because of users reaches the caller in the service's words."""
    service = Service({"DELETE /v1/clusterprofiles/u": refused(409, "InUse", "used by web")})
    with pytest.raises(ConflictError, match="used by web"):
        client(service).profiles.delete("u")
