"""Nothing secret is ever in clear: a program full of secrets runs through its life, and every place is searched.

The secrets come from a file and not from the stack's configuration, since the engine masks what stands there in all that
it prints, and would hide a leak of ours. The API key is the exception: it is a configuration value, and by environment
in one test.
"""

from __future__ import annotations

import base64
import json
import pickletools
import secrets as chance
import stat
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
import pytest
import yaml

from palette_sdk.content.digest import digest
from tests.engine.harness import Stack, World
from tests.engine.leaks import files, leaks

PROGRAM = """
import json
from pathlib import Path
import pulumi
import palette_sdk as palette

hidden = json.loads(Path("hidden.json").read_text())
plain = json.loads(Path("plain.json").read_text())


def secret(name):
    return pulumi.Output.secret(hidden[name])


def config_map(name, **data):
    lines = "".join(f"  {key}: '{value}'\\n" for key, value in data.items())
    return f"apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: {name}\\ndata:\\n{lines}"


PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
google = json.dumps({"type": "service_account", "private_key": hidden["gcp"]})
aws = palette.AwsCloudAccount("aws", auth=palette.AwsAuth.secret(hidden["aws access key"], hidden["aws"]))
palette.AzureCloudAccount("azure", auth=palette.AzureAuth("client", hidden["azure"], "tenant"))
palette.GcpCloudAccount("gcp", auth=palette.GcpAuth(google))
palette.VsphereCloudAccount("vsphere", auth=palette.VsphereAuth("vcenter.local", "admin", hidden["vsphere"]))
profile = palette.Profile("web", cloud="aws", layers=[
    *base,
    palette.manifest("login", secret("manifest").apply(lambda text: config_map("login", password=text))),
    palette.pack(palette.get_pack("prometheus"), set={"/adminToken": secret("values")}),
    palette.manifest("app", config_map("app", a="{{.spectro.var.open}}", b="{{.spectro.var.masked}}")),
], variables=[
    palette.Variable("open", default=secret("default")),
    palette.Variable("masked", default=hidden["masked default"], sensitive=True),
])
second = palette.ProfileVersion("web-1.1.0", source=profile, version="1.1.0",
    set_layers=[palette.manifest("more", config_map("more", c="1"))])
pools = [palette.control_plane(palette.AwsMachine("m5.large", azs=["eu-west-1a"]))]


def cluster(name, version, **arguments):
    attached = palette.Attach(version, variables={"masked": secret("masked value")})
    return palette.Cluster(name, cloud_config=palette.Aws("eu-west-1"), cloud_account=aws, pools=pools, profiles=[attached],
        variables={"open": secret("value")}, overrides=[
            palette.Override("app", "/data/own", resource="ConfigMap/app", value=secret("declared")),
            palette.Override("app", "/data/pin", resource="ConfigMap/app", value=secret("pin")),
        ], override_policy=plain.get("policy", "merge"), **arguments)


web = cluster("web", {"1.0.0": profile, "1.1.0": second}[plain.get("version", "1.0.0")],
    tags=plain.get("tags", []), updates=plain.get("updates", "hold"), approve=plain.get("approve", []))
if plain.get("broken"):
    cluster("broken", profile)
pulumi.export("kubeconfig", web.kubeconfig)
pulumi.export("admin", web.admin_kubeconfig)
pulumi.export("shouted", web.kubeconfig.apply(str.upper))
pulumi.export("layers", profile.layers)
pulumi.export("pending", web.pending_updates)
"""
CREDENTIALS = ("aws", "azure", "gcp", "vsphere")
HIDDEN = (
    *(*CREDENTIALS, "aws access key", "manifest", "values"),
    *("default", "masked default", "value", "masked value", "declared"),
)
PIN = "4711"
"""A secret that is short enough to be guessed from its digest."""
DIGEST = digest(json.dumps({"value": PIN}))
SECRET_MARK = "4dabf18193072939515e22adb298388d"
"""How the engine marks a secret in a state file."""


def exported(stack: Stack) -> bytes:
    """The state as `pulumi stack export` prints it; the Automation API would show secrets."""
    return stack.cli("stack", "export").stdout.encode()


def is_secret(value: Any) -> bool:
    """Whether a value of an exported state is encrypted as a whole."""
    return isinstance(value, dict) and SECRET_MARK in value and "ciphertext" in value


def in_clear(value: Any) -> Any:
    """A value of an exported state without what is encrypted."""
    if is_secret(value):
        return None
    if isinstance(value, dict):
        return {key: in_clear(item) for key, item in value.items()}
    return value


def rest(world: World, method: str, path: str, body: Any = None) -> Any:
    """A call as another person would make it, outside the program."""
    headers = {"ApiKey": world.endpoint.api_key, "ProjectUid": world.client.project_uid}
    answer = httpx2.request(method, world.endpoint.url + path, json=body, headers=headers)
    assert answer.is_success, answer.text
    return answer.json() if answer.content else None


@dataclass
class Story:
    """The runs of the program: what they printed, what the state was after each, and the secrets so far."""

    world: World
    stack: Stack
    hidden: dict[str, str]
    secrets: dict[str, str]
    printed: dict[str, bytes] = field(default_factory=dict)
    states: dict[str, dict[str, Any]] = field(default_factory=dict)

    def changed(self, **values: str) -> None:
        """Give secrets of the program other values; the former ones stay secrets."""
        self.hidden |= values
        self.secrets |= {f"{name}, later": text for name, text in values.items()}
        self.write("hidden", self.hidden)

    def write(self, name: str, values: Mapping[str, Any]) -> None:
        """Write a file that the program reads."""
        (self.stack.folder / f"{name}.json").write_text(json.dumps(values))

    def run(self, name: str, *command: str, fails: bool = False, **plain: Any) -> str:
        """One run of the engine, with what it printed and left in state kept under `name`."""
        if plain:
            self.write("plain", plain)
        done = self.stack.cli(*command, check=False)
        text = done.stdout + done.stderr
        assert (done.returncode != 0) is fails, f"{name}: exit code {done.returncode}"
        self.printed[name] = text.encode()
        self.states[name] = json.loads(exported(self.stack))
        self._learn_tokens()
        return text

    def _learn_tokens(self) -> None:
        clusters = self.world.client.clusters
        for row in clusters.all(fresh=True):
            for user in ("kubeconfig", "admin_kubeconfig"):
                text = getattr(clusters, user)(row.metadata.uid)
                if text:
                    self._learn(f"{row.metadata.name} {user}", yaml.safe_load(text))

    def _learn(self, name: str, kubeconfig: Mapping[str, Any]) -> None:
        token = kubeconfig["users"][0]["user"]["token"]
        authority = kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"]
        half = len(token) // 2
        self.secrets |= {
            f"{name}, first half": token[:half],
            f"{name}, second half": token[half:],
            f"{name}, shouted": token.upper()[:half],
            f"{name}, certificate": authority,
        }

    def resource(self, step: str, kind: str, name: str) -> dict[str, Any]:
        """A resource of the state after a step."""
        found = [
            row
            for row in self.states[step]["deployment"]["resources"]
            if row["type"].endswith(kind) and row["urn"].endswith(f"::{name}")
        ]
        return dict(found[0])


def edit_outside(story: Story) -> None:
    """Someone changes the secret layer of both versions in Palette, and on the cluster, outside the program."""
    client = story.world.client
    for version, uid in client.profiles.versions("web", fresh=True).items():
        text = chance.token_hex(16)
        story.secrets[f"edited outside in {version}"] = text
        path = f"/v1/clusterprofiles/{uid}/packs/login/manifests"
        manifest = rest(story.world, "GET", path)["items"][0]["metadata"]["uid"]
        content = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: login\ndata:\n  password: '{text}'\n"
        rest(story.world, "PUT", f"{path}/{manifest}", {"name": "login", "content": content})
        rest(story.world, "PATCH", f"/v1/clusterprofiles/{uid}/publish")


def override_on_cluster(story: Story) -> None:
    """Someone overrides the secret layer on the cluster, and puts something beside the program's secret override."""
    clusters = story.world.client.clusters
    row = clusters.by_name("web", fresh=True)
    assert row is not None
    uid, profile = row.metadata.uid, story.world.client.profiles.versions("web", fresh=True)["1.0.0"]
    manifest = clusters.pack_manifests(uid, profile, "login")[0].metadata.uid
    text = chance.token_hex(16)
    story.secrets["override"] = text
    content = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: login\ndata:\n  password: '{text}'\n"
    clusters.put_manifests(uid, profile, "login", {manifest: content})
    manifest = clusters.pack_manifests(uid, profile, "app")[0].metadata.uid
    content = next(item.content for item in clusters.manifests(uid) if story.hidden["declared"] in item.content)
    clusters.put_manifests(
        uid, profile, "app", {manifest: content.rstrip() + f"\n  copy: '{story.hidden['declared']}'\n"}
    )


def live(story: Story) -> None:
    """The life of the program, each step printed as fully as the engine can."""
    story.run("preview", "preview", "--diff")
    story.run("up", "up", "--yes", "--diff")
    story.run("tag", "up", "--yes", "--diff", "--skip-preview", tags=["team:a"])
    story.run("steady", "preview", "--diff", "--refresh")
    story.changed(manifest=chance.token_hex(16), values=chance.token_hex(16))
    story.run("edit", "up", "--yes", "--diff")
    story.run("refresh", "refresh", "--yes", "--diff", "--skip-preview")
    override_on_cluster(story)
    story.run("overridden", "refresh", "--yes", "--diff", "--skip-preview")
    story.run("refused", "preview", "--diff", fails=True, updates="apply")
    story.run("failed", "preview", "--diff", fails=True, updates="apply", policy="fail")
    story.run("dropped", "preview", "--diff", updates="apply", policy="drop")
    story.run("apply", "up", "--yes", "--diff", "--skip-preview", updates="apply", policy="keep")
    story.run("version", "up", "--yes", "--diff", "--skip-preview", version="1.1.0", updates="apply", policy="keep")
    edit_outside(story)
    story.run("outside", "refresh", "--yes", "--diff", "--skip-preview")
    story.run("back", "up", "--yes", "--diff", "--refresh", "--skip-preview")
    rest(
        story.world, "POST", "/local/clusters/named/broken/fail", {"layer": "app", "message": "the app does not start"}
    )
    story.run(
        "broken", "up", "--yes", "--diff", "--skip-preview", fails=True, version="1.1.0", broken=True, policy="keep"
    )


@pytest.fixture(scope="module")
def story(shared_world: World) -> Story:
    """The whole life of the program, lived once for all tests of this file."""
    stack = shared_world.program(PROGRAM)
    stack.config(palette__host=shared_world.endpoint.url)
    stack.secret("palette:apiKey", shared_world.endpoint.api_key)
    hidden = {name: chance.token_hex(16) for name in HIDDEN}
    found = Story(shared_world, stack, hidden, {"API key": shared_world.endpoint.api_key, **hidden})
    hidden["pin"] = PIN
    found.write("hidden", hidden)
    found.write("plain", {})
    live(found)
    return found


def test_the_search_finds_what_is_there(story: Story) -> None:
    """The secrets do travel: with --show-secrets each of those in use is found in the state."""
    shown = story.stack.cli("stack", "export", "--show-secrets").stdout.encode()
    current = {"API key": story.secrets["API key"], **story.hidden, "digest of the PIN": DIGEST}
    found = leaks(current, {"state": shown})
    assert found == sorted(f"{name} in state" for name in current)


@pytest.mark.parametrize("before", ["", "a", "ab"])
def test_the_search_knows_base64(before: str) -> None:
    """A secret is found in base64 too, wherever it stands in the text that was encoded."""
    encoded = base64.b64encode(f"{before}0123456789abcdef and more".encode())
    assert leaks({"digits": "0123456789abcdef"}, {"place": encoded}) == ["digits in place"]
    assert leaks({"digits": "0123456789abcdeX"}, {"place": encoded}) == []


def test_output(story: Story) -> None:
    """No preview, update, refresh or error prints a secret, with all details of the diff."""
    assert leaks(story.secrets, story.printed) == []


def test_exported_state(story: Story) -> None:
    """No exported state has a secret in clear: after edits in place, versions, refreshes, overrides or a failure."""
    states = {step: json.dumps(state).encode() for step, state in story.states.items()}
    assert leaks(story.secrets, states) == []


def test_files_of_the_engine(story: Story) -> None:
    """Neither the backend's files (stacks, histories, backups) nor the logs in the engine's home have one in clear."""
    for folder in ("state", "pulumi-home"):
        found = dict(files(story.world.folder / folder))
        assert found
        assert leaks(story.secrets, found) == []


def test_kubeconfigs_stay_secret(story: Story) -> None:
    """Both kubeconfigs are secrets after every step: among outputs, and among checked inputs once a change put them there."""
    for step in list(story.states)[1:]:
        cluster = story.resource(step, "palette:Cluster", "web")
        for name in ("kubeconfig", "admin_kubeconfig"):
            assert is_secret(cluster["outputs"][name]), step
            assert is_secret(cluster["inputs"].get(name)) or step == "up", step


def test_exports_that_come_from_a_secret(story: Story) -> None:
    """What a program makes of a kubeconfig, and layers of which one is secret, are secrets among the stack's outputs."""
    outputs = story.resource("back", "pulumi:pulumi:Stack", f"{story.stack.folder.name}-dev")["outputs"]
    assert all(is_secret(outputs[name]) for name in ("kubeconfig", "admin", "shouted", "layers"))
    assert not is_secret(outputs["pending"])


@pytest.mark.parametrize("step", ["edit", "refresh", "outside"])
def test_derived_content_of_a_profile(story: Story, step: str) -> None:
    """A secret layer's former content, and what a further version took from its source, are as secret as the layer."""
    for side in ("inputs", "outputs"):
        first = story.resource(step, "palette:Profile", "web")[side]
        assert is_secret(first["layers"]["login"]["manifests"]["login"])
        assert is_secret(first["layers"]["prometheus"]["values"])
        assert is_secret(first["variables"]["masked"]["default"])
        assert is_secret(first["previous_layers"]["login"])
        second = story.resource(step, "palette:ProfileVersion", "web-1.1.0")[side]
        assert all(is_secret(second[name]) for name in ("layers", "source_layers", "variables"))


def test_derived_content_of_a_cluster(story: Story) -> None:
    """Plan and pending update name the secret layer by its digest, so that they can be read; they hold no content."""
    inputs = story.resource("edit", "palette:Cluster", "web")["inputs"]
    row = {"type", "kind", "version", "digest", "secret"}
    assert set(inputs["layers_plan"]["web"]["login"]) == row
    assert set(inputs["pending_updates"]["web"]["layers"]) == {"login", "prometheus"}
    assert set(inputs["pending_updates"]["web"]["layers"]["login"]) == {*row, "from"}
    assert is_secret(inputs["variables"]["open"])
    assert is_secret(inputs["profiles"]["web"]["values"]["masked"])


def test_digests_of_what_can_be_guessed(story: Story) -> None:
    """Digests of secret values of overrides and of secret defaults are as secret as those; other digests can be read."""
    for step in list(story.states)[1:]:
        for side in ("inputs", "outputs"):
            found = story.resource(step, "palette:Cluster", "web")[side]
            assert is_secret(found["layers_plan"]["web"]["app"]["overrides"]), step
            assert is_secret(found["variables_plan"]["web"]), step
            assert not is_secret(found["layers_plan"]["web"]["app"]["digest"]), step
    states = {step: json.dumps(state).encode() for step, state in story.states.items()}
    assert leaks({"digest": DIGEST}, states | story.printed) == []


def test_messages_about_secret_layers(story: Story) -> None:
    """Notices about an edited secret layer name the layer, and overrides in it or beside a secret one by numbers."""
    assert "login (content)" in story.printed["edit"].decode()
    for step, told in {
        "refused": "in conflict",
        "failed": "in conflict",
        "dropped": "dropped",
        "apply": "kept",
    }.items():
        text = story.printed[step].decode()
        assert f"found overrides in secret content of login: 1 {told}" in text, step
    assert "found overrides in secret content of app: 1 kept" in story.printed["apply"].decode()


def test_found_override_of_a_secret_layer(story: Story) -> None:
    """An override found on a secret layer is recorded without its content."""
    for step, state in story.states.items():
        clusters = [row for row in state["deployment"].get("resources", []) if row["type"].endswith("palette:Cluster")]
        texts = [json.dumps(in_clear(row["inputs"].get("found_overrides", {}))) for row in clusters]
        assert leaks(story.secrets, {step: " ".join(texts).encode()}) == []


def test_failed_cluster_is_saved_without_secrets(story: Story) -> None:
    """A cluster whose provisioning failed is in state with its id, and its variables are encrypted."""
    broken = story.resource("broken", "palette:Cluster", "broken")
    assert broken["id"]
    assert "the app does not start" in story.printed["broken"].decode()
    assert is_secret(broken["outputs"]["variables"]["open"])
    assert is_secret(broken["outputs"]["profiles"]["web"]["values"]["masked"])


def test_pickled_providers(story: Story) -> None:
    """What state keeps of each provider is the name of its class in the package, nothing else."""
    found = {
        row["type"]: row["outputs"]["__provider"]
        for row in story.states["broken"]["deployment"]["resources"]
        if "__provider" in row.get("outputs", {})
    }
    assert len(found) == 7
    for text in found.values():
        words = [word for _, word, _ in pickletools.genops(base64.b64decode(text)) if isinstance(word, str)]
        module, name = words[:2]
        assert module.startswith("palette_sdk.resources.")
        assert name in {"ClusterProvider", "ProfileProvider", "CloudAccountProvider"}
        assert words[2:] == []


def test_files_of_the_local_control_plane(story: Story) -> None:
    """Credentials of clouds are thrown away, the log has no secret, and the key stands in one file for its owner alone."""
    found = dict(files(story.world.folder / "palette"))
    key = {"API key": story.secrets["API key"]}
    credentials = {name: story.secrets[name] for name in CREDENTIALS}
    assert leaks(credentials, found) == []
    assert leaks(story.secrets, {"log": found["server.log"]}) == []
    assert leaks(key, found) == ["API key in endpoint.json"]
    assert stat.S_IMODE((story.world.folder / "palette" / "endpoint.json").stat().st_mode) == 0o600


def test_verbose_logs(story: Story) -> None:
    """With the most verbose logging no line of ours has a secret; the engine's own records do, as Pulumi documents."""
    done = story.stack.cli("preview", "-v=9", "--logtostderr", "--logflow", check=False)
    lines = (done.stdout + done.stderr).splitlines()
    records = [line for line in lines if line.startswith('{"time"')]
    assert len(records) > 1000
    ours = "\n".join(line for line in lines if not line.startswith('{"time"'))
    assert leaks(story.secrets, {"lines": ours.encode()}) == []


# -- errors ------------------------------------------------------------------------------------------------------------

HEAD = """
import json
from pathlib import Path
import pulumi
import palette_sdk as palette

text = json.loads(Path("hidden.json").read_text())
secret = pulumi.Output.secret(text)
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
config_map = "apiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: login\\n"
pools = [palette.control_plane(palette.AwsMachine("m5.large", azs=["eu-west-1a"]))]
"""
ERRORS = {
    "YAML that can't be read": (
        (
            'palette.Profile("web", cloud="aws", layers=[*base, palette.manifest("login", pulumi.Output.format('
            '"a: 1\\nb: [{0}\\nc: {0}: x\\n", secret))])'
        ),
        ['layers["login"].manifests["login"]', "line 3", "the text is secret and not shown"],
    ),
    "a path that can't be set in secret values": (
        (
            'palette.Profile("web", cloud="aws", layers=[*base[:3], palette.pack(palette.get_pack("csi-aws-ebs", "1.30.0"), '
            'values=pulumi.Output.format("a: {0}\\n", secret), set={"/a/b": secret})])'
        ),
        ["can't set /a/b", "line 1"],
    ),
    "a default that is no option": (
        (
            'palette.Profile("web", cloud="aws", layers=base, variables=[palette.Variable("size", default=secret, '
            'input="dropdown", options=["small", "large"])])'
        ),
        ['variables["size"]: the default is not among its options small, large'],
    ),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error_about_a_secret(shared_world: World, case: str) -> None:
    """An error about a secret value says where it stands and what is wrong, and does not repeat it."""
    line, expected = ERRORS[case]
    stack = shared_world.program(HEAD + line, stack="errors")
    hidden = f"x{chance.token_hex(16)}"
    (stack.folder / "hidden.json").write_text(json.dumps(hidden))
    text = stack.refused()
    for part in expected:
        assert part in text, text
    assert leaks({"value": hidden}, {"error": text.encode()}) == []


def test_value_refused_by_the_service(shared_world: World) -> None:
    """A secret value that the service refuses in `up` is not repeated; neither is a secret network when it would change."""
    program = HEAD + (
        'profile = palette.Profile("refused", cloud="aws", layers=base, variables=['
        'palette.Variable("size", default="1", regex="^[0-9]+$")])\n'
        'account = palette.get_cloud_account("aws-main", cloud="aws")\n'
        'palette.Cluster("refused", cloud_config=palette.Aws("eu-west-1", vpc_id=secret), cloud_account=account, pools=pools, '
        "profiles=[profile], variables=VARIABLES, wait=False)\n"
    )
    stack = shared_world.program(program.replace("VARIABLES", '{"size": secret}'), stack="refused")
    hidden = f"vpc-{chance.token_hex(16)}"
    later = f"vpc-{chance.token_hex(16)}"
    (stack.folder / "hidden.json").write_text(json.dumps(hidden))
    refused = stack.refused("up")
    assert "regex '^[0-9]+$', which has to fit all of it" in refused
    (stack.folder / "__main__.py").write_text(program.replace("VARIABLES", "{}"))
    stack.up()
    (stack.folder / "hidden.json").write_text(json.dumps(later))
    replaced = stack.refused()
    assert '"refused" would be replaced: cloud_config.vpc_id.' in replaced
    texts = {"refused": refused.encode(), "replaced": replaced.encode(), "state": exported(stack)}
    assert leaks({"value": hidden, "later": later}, texts) == []


# -- the API key -------------------------------------------------------------------------------------------------------

PROFILE = HEAD.replace('json.loads(Path("hidden.json").read_text())', '""') + (
    'palette.Profile("keyed", cloud="aws", layers=base)\n'
)


@pytest.fixture
def new_key(shared_world: World) -> Callable[[], tuple[str, str]]:
    """Makes a further API key of the service: its uid and its text."""

    def make() -> tuple[str, str]:
        body = {"metadata": {"name": chance.token_hex(4)}, "spec": {}}
        made = rest(shared_world, "POST", "/v1/apiKeys", body)
        return made["uid"], made["apiKey"]

    return make


def test_rotated_key(shared_world: World, new_key: Callable[[], tuple[str, str]]) -> None:
    """Another key changes nothing in a steady `up`; refresh uses the key of the last `up`, and says so when it is refused."""
    (old_uid, old), (_, new) = new_key(), new_key()
    stack = shared_world.program(PROFILE, stack="rotated")
    stack.config(palette__host=shared_world.endpoint.url)
    stack.secret("palette:apiKey", old)
    assert stack.up().changes == {"create": 2}
    stack.secret("palette:apiKey", new)
    rest(shared_world, "DELETE", f"/v1/apiKeys/{old_uid}")
    text = stack.refused("refresh")
    assert "use the configuration of the last `pulumi up`: run `pulumi up` first, or add --run-program" in text
    assert "Traceback" not in text
    assert stack.preview().changes == {}
    assert stack.up().changes == {}
    assert stack.refresh().changes == {}
    texts = {"refused": text.encode(), "state": exported(stack)}
    assert leaks({"old": old, "new": new}, texts) == []


def test_key_by_environment(shared_world: World, new_key: Callable[[], tuple[str, str]]) -> None:
    """A key that comes by environment is nowhere in state, not even encrypted; a wrong one is told without itself."""
    _, key = new_key()
    environment = {
        **shared_world.environment,
        "SPECTROCLOUD_HOST": shared_world.endpoint.url,
        "SPECTROCLOUD_APIKEY": key,
    }
    stack = World(shared_world.folder, shared_world.endpoint, environment).program(
        PROFILE.replace("keyed", "by-env"), stack="by-env"
    )
    stack.unset("palette:host")
    assert stack.up().changes == {"create": 2}
    everything = stack.cli("stack", "export", "--show-secrets").stdout
    assert leaks({"key": key}, {"state": everything.encode()}) == []

    environment["SPECTROCLOUD_APIKEY"] = wrong = chance.token_hex(24)
    told = stack.cli("preview", check=False)
    text = told.stdout + told.stderr
    assert "Check the API key (palette:apiKey, or SPECTROCLOUD_APIKEY)" in text
    assert leaks({"wrong": wrong}, {"error": text.encode()}) == []
