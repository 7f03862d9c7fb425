"""What a running cluster must not become: each guard of the service, with exact status and code."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract import profiles_data
from tests.contract.clusters import data
from tests.contract.clusters.test_profiles import config, patch
from tests.contract.clusters.test_variables_and_repave import kubernetes
from tests.contract.conftest import Api


def version(api: Api, number: str, minor: str) -> str:
    """A published version of the profile `web` with the newest patch of a Kubernetes minor."""
    core = [(name, kubernetes(api, minor) if name == "kubernetes" else tag) for name, tag in profiles_data.CORE]
    template = {"packs": [*(profiles_data.pack(api, *each) for each in core), profiles_data.manifest_layer()]}
    return profiles_data.created(api, profiles_data.full(api, "web", number, template=template), publish=True)


def refuse(api: Api, cluster: str, entity: Any, *, status: int, code: str) -> Any:
    """A PATCH and a PUT that are refused alike, told by the dry run, and without effect."""
    path, body = f"/v1/spectroclusters/{cluster}", {"profiles": [entity]}
    before = data.get(api, cluster)
    api.refused("PUT", f"{path}/profiles", body, status=status, code=code)
    error = api.refused("PATCH", f"{path}/profiles", body, status=status, code=code)
    (told,) = api.ok("POST", f"{path}/validate/packs", body)["profiles"]
    assert [each["code"] for each in told["packs"]["results"][0]["errors"]] == [code]
    assert data.get(api, cluster) == before
    return error


def approved(api: Api, cluster: str) -> None:
    """Let a waiting repave through."""
    api.ok("PATCH", f"/v1/spectroclusters/{cluster}/repave/approve", status=204)
    api.clock.advance(120)


@pytest.mark.parametrize("after", [0, 30, 600], ids=["accepted", "pending", "provisioning"])
def test_profiles_do_not_change_while_the_cluster_is_built(api: Api, after: int) -> None:
    """Profiles, overrides, variables and packRefs are refused until the state is Running; metadata may change."""
    profile = data.profile(api)
    cluster = data.created(api, profile_uid=profile)
    manifest = api.ok("GET", f"/v1/spectroclusters/{cluster}/manifests")["manifests"][0]["uid"]
    api.clock.advance(after)
    prefix, code = f"/v1/spectroclusters/{cluster}", "ClusterProvisioningInProgress"
    body = {"profiles": [{"uid": profile}]}
    api.refused("PATCH", f"{prefix}/profiles", body, status=409, code=code)
    api.refused("PUT", f"{prefix}/profiles", body, status=409, code=code)
    api.refused("DELETE", f"{prefix}/profiles", {"profileUids": ["0" * 24]}, status=409, code=code)
    api.refused("PATCH", f"{prefix}/packRefs", body, status=409, code=code)
    api.refused("PATCH", f"{prefix}/variables", [], status=409, code=code)
    texts = {"manifests": [{"uid": manifest, "content": "a: 1"}]}
    api.refused("PUT", f"{prefix}/profiles/{profile}/packs/hello/manifests", texts, status=409, code=code)
    api.ok("POST", f"{prefix}/validate/packs", body)
    api.ok("POST", f"{prefix}/validate/repave", body)
    api.ok("PATCH", f"{prefix}/metadata", {"metadata": {"name": "web", "labels": {"a": "b"}}}, status=204)
    api.clock.advance(21 * 60)
    api.ok("PATCH", f"{prefix}/profiles", body, status=204)


def test_a_cluster_whose_layers_still_install_takes_changes(api: Api) -> None:
    """Running without being healthy yet is no obstacle."""
    profile = data.profile(api)
    cluster = data.created(api, profile_uid=profile)
    while data.state(api, cluster) != "Running-UnHealthy":
        api.clock.advance(30)
    patch(api, cluster, {"uid": profile})


def test_kubernetes_goes_up_by_one_minor(api: Api) -> None:
    """One minor up is a repave, two are refused; after it, the older version of the profile is refused."""
    one, two, three = (version(api, f"1.{i}.0", minor) for i, minor in enumerate(("1.29.", "1.30.", "1.31.")))
    cluster = data.running(api, profile_uid=one)
    code = "KubernetesMinorSkipNotSupported"
    error = refuse(api, cluster, {"uid": three, "replaceWithProfile": one}, status=400, code=code)
    assert "1.30 first" in error["message"]
    patch(api, cluster, {"uid": two, "replaceWithProfile": one})
    # What waits for approval doesn't run: compared is what does.
    refuse(api, cluster, {"uid": three, "replaceWithProfile": two}, status=400, code=code)
    approved(api, cluster)
    code = "KubernetesDowngradeNotSupported"
    refuse(api, cluster, {"uid": one, "replaceWithProfile": two}, status=400, code=code)
    patch(api, cluster, {"uid": three, "replaceWithProfile": two})


def test_a_pending_update_is_guarded_too(api: Api) -> None:
    """A profile that was edited in place to a lower Kubernetes can be published, not applied, in any way."""
    profile = version(api, "1.0.0", "1.30.")
    cluster = data.running(api, profile_uid=profile)
    lower = [(name, kubernetes(api, "1.29.") if name == "kubernetes" else tag) for name, tag in profiles_data.CORE]
    packs = [*(profiles_data.pack(api, *each) for each in lower), profiles_data.manifest_layer()]
    body = {
        "metadata": {"name": "web", "uid": profile},
        "spec": {"version": "1.0.0", "template": {"type": "cluster", "packs": packs}},
    }
    api.ok("PUT", f"/v1/clusterprofiles/{profile}", body, status=204)
    api.ok("PATCH", f"/v1/clusterprofiles/{profile}/publish", status=204)
    prefix, code = f"/v1/spectroclusters/{cluster}", "KubernetesDowngradeNotSupported"
    entity = {"profiles": [{"uid": profile}]}
    api.refused("PATCH", f"{prefix}/packRefs", entity, status=400, code=code)
    api.refused("PATCH", f"{prefix}/profiles?resolveNotification=true", entity, status=400, code=code)
    api.ok("PATCH", f"{prefix}/profiles", entity, status=204)
    assert len(api.ok("GET", f"{prefix}/profileUpdates")["profiles"]) == 1


def infra(api: Api, number: str, *names: str, cloud: str = "edge-native") -> str:
    """A published infra profile of manifests: names as `layer` or `layer=pack`."""
    pairs = [(name.partition("=")[0], name.partition("=")[2] or name) for name in names]
    layers = [profiles_data.manifest_layer(pack, layer=layer) for layer, pack in pairs]
    template = {"type": "infra", "cloudType": cloud, "packs": layers}
    body = {"metadata": {"name": "edge"}, "spec": {"version": number, "template": template}}
    return profiles_data.created(api, body, publish=True)


def edge(api: Api, profile: str, name: str = "edge") -> str:
    """A running edge cluster."""
    host = api.ok("POST", "/v1/edgehosts", {"metadata": {"name": f"{name}-host"}, "spec": {}}, status=201)["uid"]
    pool = data.pool("edge-native", "control-plane", 1, is_control_plane=True)
    pool["cloudConfig"] = {"edgeHosts": [{"hostUid": host}]}
    body = data.cluster(name, "", [profile], "edge-native", machinepoolconfig=[pool])
    uid = api.ok("POST", "/v1/spectroclusters/edge-native", body, status=201)["uid"]
    api.clock.advance(21 * 60)
    assert data.state(api, uid) == "Running-Healthy"
    return str(uid)


def test_layers_of_the_infrastructure_stay(api: Api) -> None:
    """A version without a layer of the infrastructure can't be published, or where it can be (edge), not taken."""
    one, two = infra(api, "1.0.0", "os", "k8s", "cni", "csi"), infra(api, "1.1.0", "os", "k8s", "cni")
    cluster = edge(api, one)
    error = refuse(api, cluster, {"uid": two, "replaceWithProfile": one}, status=409, code="InfraLayerRequired")
    assert "csi (csi)" in error["message"]
    full = data.profile(api)
    api.ok("DELETE", f"/v1/clusterprofiles/{full}/packs/csi-aws-ebs", status=204)
    path = f"/v1/clusterprofiles/{full}/publish"
    api.refused("PATCH", path, status=400, code="ProfileLayersMissing")


def test_the_infrastructure_profile_stays(api: Api) -> None:
    """DELETE and PUT can't take the infrastructure profile away, nor can it be deleted while it is used."""
    profile = data.profile(api)
    extra = profiles_data.created(api, profiles_data.addon(), publish=True)
    cluster = data.running(api, profile_uid=profile)
    path = f"/v1/spectroclusters/{cluster}/profiles"
    patch(api, cluster, {"uid": extra})
    for uids in ([profile], [extra, profile]):
        api.refused("DELETE", path, {"profileUids": uids}, status=409, code="InfraProfileRequired")
    api.refused("PUT", path, {"profiles": [{"uid": extra}]}, status=400, code="ClusterProfilesInvalid")
    api.refused("PUT", path, {"profiles": []}, status=400, code="ClusterProfilesInvalid")
    api.refused("DELETE", f"/v1/clusterprofiles/{profile}", status=409, code="ResourceInUse")
    assert len(api.ok("GET", path)["profiles"]) == 2


def test_the_network_of_an_edge_cluster_stays(api: Api) -> None:
    """Another network pack is refused on edge-native and is a repave on aws."""
    one = infra(api, "1.0.0", "os", "k8s", "cni=calico", "csi")
    two = infra(api, "1.1.0", "os", "k8s", "cni=cilium", "csi")
    refuse(api, edge(api, one), {"uid": two, "replaceWithProfile": one}, status=409, code="CniChangeNotSupported")
    cloud = data.profile(api)
    registry = profiles_data.registry(api)
    tag = api.ok("GET", f"/v1/packs/cilium/registries/{registry}")["tags"][0]["tag"]
    core = [("cilium", tag) if name == "cni-calico" else (name, each) for name, each in profiles_data.CORE]
    packs = [*(profiles_data.pack(api, *each) for each in core), profiles_data.manifest_layer()]
    other = profiles_data.created(api, profiles_data.full(api, "web", "1.1.0", template={"packs": packs}), publish=True)
    cluster = data.running(api, profile_uid=cloud)
    patch(api, cluster, {"uid": other, "replaceWithProfile": cloud})
    reasons = api.ok("GET", f"/v1/spectroclusters/{cluster}/repave/status")["spec"]["reasons"]
    assert [(each["pack"]["current"]["name"], each["pack"]["target"]["name"]) for each in reasons] == [
        ("cni-calico", "cilium")
    ]


CONFIGS: list[tuple[str, str, Any]] = [
    ("aws", "region", "us-east-1"), ("aws", "vpcId", "vpc-1"), ("eks", "region", "us-east-1"),
    ("azure", "location", "eastus"), ("azure", "vnetName", "v"), ("aks", "subscriptionId", "other"),
    ("gcp", "project", "other"), ("gke", "region", "us-east1"), ("gcp", "network", "n"),
    ("vsphere", "placement", {"datacenter": "dc2", "folder": "f"}),
]  # fmt: skip


@pytest.mark.parametrize(("cloud", "field", "value"), CONFIGS, ids=[f"{each[0]}-{each[1]}" for each in CONFIGS])
def test_a_cluster_stays_where_it_is(api: Api, cloud: str, field: str, value: Any) -> None:
    """Another region or network is refused by the PUT of a cloud config; the same one in other letters is accepted."""
    account = data.account(api, data.ACCOUNT_OF[cloud])
    made = data.cluster("web", account, [data.simple_profile(api, cloud)], cloud)
    uid = api.ok("POST", f"/v1/spectroclusters/{cloud}", made, status=201)["uid"]
    path = f"/v1/cloudconfigs/{cloud}/{data.get(api, uid)['spec']['cloudConfigRef']['uid']}"
    config = data.CLOUD_CONFIGS[cloud]
    error = api.refused(
        "PUT",
        f"{path}/clusterConfig",
        {"clusterConfig": {**config, field: value}},
        status=409,
        code="CloudConfigImmutable",
    )
    assert error["details"]["fields"][0]["field"].startswith(f"clusterConfig.{field}")
    same = {key: each.upper() if key in ("region", "location") else each for key, each in config.items()}
    api.ok("PUT", f"{path}/clusterConfig", {"clusterConfig": same}, status=204)


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ([{"name": "nobody", "values": "a: 1"}], "PackValuesInvalid"),
        ([{"name": "hello"}, {"name": "hello"}], "PackValuesInvalid"),
        ([{"name": "hello", "values": "a: [1"}], "InvalidYaml"),
        ([{"name": "hello", "manifests": [{"name": "hello", "content": "a: 1\n b: 2"}]}], "InvalidYaml"),
        ([{"name": "hello", "values": "a: '{{.spectro.var.nobody}}'"}], "PackVariablesUndefined"),
        (
            [{"name": "hello", "manifests": [{"name": "x", "content": "{{ .spectro.var.n }}"}]}],
            "PackVariablesUndefined",
        ),
    ],
)
def test_overrides_that_can_not_be(api: Api, given: Any, code: str) -> None:
    """Unknown layers, layers named twice, texts that are no YAML and unknown variables are refused, also at create."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    entity = {"uid": profile, "packValues": given}
    refuse(api, cluster, entity, status=400, code=code)
    body = data.cluster("other", data.account(api, name="b"), [entity])
    api.refused("POST", "/v1/spectroclusters/aws", body, status=400, code=code)
    assert len(config(api, cluster, profile)) == 1


def test_manifests_that_can_not_be(api: Api) -> None:
    """PUT of a manifest checks its text like any other."""
    profile = data.profile(api)
    cluster = data.running(api, profile_uid=profile)
    path = f"/v1/spectroclusters/{cluster}/profiles/{profile}/packs/hello/manifests"
    uid = api.ok("GET", path)["items"][0]["metadata"]["uid"]
    for text, code in (("a: [", "InvalidYaml"), ("a: '{{.spectro.var.nobody}}'", "PackVariablesUndefined")):
        api.refused("PUT", path, {"manifests": [{"uid": uid, "content": text}]}, status=400, code=code)
    templated = "{{- if .x }}\na: '{{ .spectro.system.cluster.name }}'\n{{- end }}\n"
    api.ok("PUT", path, {"manifests": [{"uid": uid, "content": templated}]}, status=204)


def test_sensitive_values_are_shown_nowhere(api: Api) -> None:
    """No read of a cluster tells the value of a sensitive variable, also where texts are resolved; others are."""
    variables = [
        {"name": "token", "isSensitive": True, "defaultValue": "default-s3cr3t"},
        {"name": "plain", "defaultValue": "visible"},
    ]
    text = profiles_data.MANIFEST.replace("one", "'{{.spectro.var.token}}-{{.spectro.var.plain}}'")
    layer = profiles_data.manifest_layer("v", text, values="v: '{{.spectro.var.token}}'")
    addon = profiles_data.created(api, profiles_data.addon("x", "1.0.0", layer, variables=variables), publish=True)
    cluster = data.running(api)
    sent = [{"name": "token", "value": "own-s3cr3t"}]
    patch(api, cluster, {"uid": addon, "variables": sent})
    api.clock.advance(120)
    prefix = f"/v1/spectroclusters/{cluster}"
    manifest = next(
        each["uid"] for each in api.ok("GET", f"{prefix}/manifests")["manifests"] if "token" in each["content"]
    )
    paths = (
        "", "?resolvePackValues=true", "/variables", "/manifests?resolveValues=true", "/features/manifests",
        "/profiles/packs/manifests?resolveMacros=true", f"/pack/manifests/{manifest}?resolveManifestValues=true",
        "/pack/properties?layer=addon&fieldPath=v&name=v&resolveMacros=true", "/profiles", f"/profiles/{addon}/packs/v/config",
    )  # fmt: skip
    for path in paths:
        shown = api.call("GET", prefix + path)
        assert shown.status_code == 200, path
        assert "s3cr3t" not in shown.text, path
    assert "-visible" in api.call("GET", f"{prefix}/manifests?resolveValues=true").text
    reasons = api.ok("POST", f"{prefix}/validate/repave", {"profiles": [{"uid": addon, "variables": sent}]})
    assert "s3cr3t" not in str(reasons)
