"""Errors that a person meets first: each is one clear text with what to do next, and never a traceback."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Callable, Iterator
from typing import Any

import httpx2
import pytest

from palette_sdk import local
from palette_sdk.local import LocalEndpoint
from tests.engine.harness import ANSI, SPEED, Stack, World

HEAD = """
from pathlib import Path
import pulumi
import palette_sdk as palette
"""
LOOK_UP = HEAD + 'palette.get_pack("kubernetes", "1.30.4")\n'
HOOK = HEAD + (
    'namespace = "apiVersion: v1\\nkind: Namespace\\nmetadata:\\n  name: web\\n"\n'
    'palette.Profile("addon", layers=[palette.manifest("web", namespace)])\n'
)
IN_PROJECT = HOOK.replace('"web", namespace)]', '"web", namespace)], project="Staging"')
OF_THE_ENGINE = ("an unhandled error occurred: program exited", "update failed", "preview failed", "resource plugin")
"""How errors begin that the engine adds of its own."""
PREFIX = re.compile(
    r"1 error occurred:\n\t\* |Palette: |pulumi-python:dynamic/palette:\w+ resource '[^']+' has a problem: "
)
"""What Pulumi puts before a text of ours: which way it came."""


def told(stack: Stack, command: str = "preview") -> str:
    """The one error under `Diagnostics` of a command that fails, without what the engine adds of its own."""
    asked = () if command == "preview" else ("--yes", "--skip-preview")
    done = stack.cli(command, *asked, check=False)
    text = ANSI.sub("", done.stdout + done.stderr)
    assert done.returncode != 0, text
    assert "Traceback" not in text, text
    errors: list[str] = []
    for line in text.split("Diagnostics:\n", 1)[1].split("\nResources:", 1)[0].splitlines():
        if line.startswith("    error: "):
            errors.append(line.removeprefix("    error: "))
        elif line.startswith("    ") and errors:
            errors[-1] += "\n" + line[4:]
    (error,) = (error for error in errors if not error.startswith(OF_THE_ENGINE))
    return re.sub(r", ref [0-9a-f]+", "", PREFIX.sub("", error, count=1).rstrip())


def at(host: str, stack: Stack) -> Stack:
    """The stack with another address than the local control plane's."""
    stack.config(palette__host=host)
    return stack


@pytest.fixture
def free_port() -> int:
    """A port of loopback at which nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


# -- getting there -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("program", [LOOK_UP, HOOK], ids=["look-up", "hook"])
def test_no_control_plane(shared_world: World, free_port: int, program: str) -> None:
    """Where nothing listens, the address is named, and how to start a local control plane."""
    stack = at(f"http://127.0.0.1:{free_port}", shared_world.program(program, stack="nowhere"))
    stack.secret("palette:apiKey", shared_world.endpoint.api_key)
    assert told(stack) == (
        f"no control plane at http://127.0.0.1:{free_port} (GET /v1/dashboard/projects/metadata)\n"
        "  Start it: palette local start   (or palette:host local, which does so by itself)"
    )


@pytest.mark.parametrize("program", [LOOK_UP, HOOK], ids=["look-up", "hook"])
def test_wrong_key(shared_world: World, program: str) -> None:
    """A key that the service refuses is told as such, with where keys come from and what a rotation needs."""
    stack = at(shared_world.endpoint.url, shared_world.program(program, stack="wrong-key"))
    stack.secret("palette:apiKey", "a-key-of-nobody")
    assert told(stack) == (
        "the API key is not known here, is inactive, or has expired (GET /v1/dashboard/projects/metadata, 401 InvalidApiKey)\n"
        "  Check the API key (palette:apiKey, or SPECTROCLOUD_APIKEY) and what it may do in this project. Was the key "
        "rotated?\n"
        "  `pulumi refresh` and `pulumi destroy` use the configuration of the last `pulumi up`: run `pulumi up` first, "
        "or add --run-program."
    )


def test_no_key(shared_world: World) -> None:
    """Without a key the command that sets it as a secret is given."""
    stack = at(shared_world.endpoint.url, shared_world.program(LOOK_UP, stack="no-key"))
    assert told(stack) == (
        f"no API key for {shared_world.endpoint.url}.\n"
        "  set it: pulumi config set --secret palette:apiKey KEY   or export SPECTROCLOUD_APIKEY=KEY"
    )


@pytest.mark.parametrize(
    ("program", "name"),
    [(LOOK_UP, "Defualt"), (IN_PROJECT, "Staging")],
    ids=["of the stack, in a look-up", "of one resource, in a hook"],
)
def test_unknown_project(shared_world: World, program: str, name: str) -> None:
    """A project that the key can't see is told with those that it can."""
    config = {} if name == "Staging" else {"palette__project": name}
    stack = shared_world.program(program, stack="project", **config)
    assert told(stack) == (
        f"there is no project '{name}' that this key can see\n"
        "  Projects: Default. Set palette:project, or project= on the resource (names are case-sensitive)."
    )
    stack.unset("palette:project")


@pytest.mark.parametrize(
    ("program", "host", "expected"),
    [
        (
            LOOK_UP,
            "palette example",
            (
                "palette:host 'palette example' is not an address. Write host, host:port, https://host:port, or `local` "
                "for the local control plane."
            ),
        ),
        (
            HOOK,
            "http://palette.example.com",
            (
                "palette:host 'http://palette.example.com' is plain http: the API key would travel in clear. "
                "Use https:// (http is allowed on loopback only)."
            ),
        ),
    ],
    ids=["malformed", "plain http"],
)
def test_bad_host(shared_world: World, program: str, host: str, expected: str) -> None:
    """An address that can't be one, or that would send the key in clear, is refused before anything is sent."""
    stack = at(host, shared_world.program(program, stack="bad-host"))
    stack.secret("palette:apiKey", shared_world.endpoint.api_key)
    assert told(stack) == expected


# -- TLS ---------------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def with_tls(shared_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalEndpoint]:
    """A further control plane, which serves https with a certificate of its own making."""
    folder = tmp_path_factory.mktemp("tls") / "palette"
    yield local.start(folder, speed=SPEED, tls=True).endpoint
    local.stop(folder)


def test_no_trust(shared_world: World, with_tls: LocalEndpoint) -> None:
    """A certificate that nobody vouches for is refused, with the ways to trust it; one of them then works."""
    stack = at(with_tls.url, shared_world.program(HOOK, stack="tls"))
    stack.secret("palette:apiKey", with_tls.api_key)
    error = told(stack)
    assert error == (
        f"the certificate of {with_tls.url} is not trusted: unable to get local issuer certificate "
        "(GET /v1/dashboard/projects/metadata)\n"
        "  Trust it (SSL_CERT_FILE names a file of certificates), or, for a test only: "
        "pulumi config set palette:insecureSkipVerify true"
    )
    stack.config(palette__insecureSkipVerify="true")
    assert stack.preview().changes == {"create": 2}


def test_local_with_tls(shared_world: World, with_tls: LocalEndpoint) -> None:
    """`palette:host: local` trusts the local control plane's certificate by itself."""
    environment = {**shared_world.environment, "PALETTE_LOCAL_DATA_DIR": str(with_tls.data_dir)}
    stack = World(shared_world.folder, with_tls, environment).program(LOOK_UP + HOOK, stack="local-tls")
    assert stack.preview().changes == {"create": 2}


# -- state -------------------------------------------------------------------------------------------------------------


def of_schema(value: Any, number: int) -> Any:
    """A state as a palette_sdk with another schema would have written it."""
    if isinstance(value, dict):
        return {key: number if key == "schema_version" else of_schema(item, number) for key, item in value.items()}
    return [of_schema(item, number) for item in value] if isinstance(value, list) else value


def test_state_of_a_newer_schema(shared_world: World) -> None:
    """State that a newer palette_sdk wrote is neither read nor changed by any command; the text says to upgrade."""
    stack = shared_world.program(HOOK.replace("addon", "newer"), stack="newer")
    stack.up()
    exported = json.loads(stack.cli("stack", "export").stdout)
    file = stack.folder / "state.json"
    file.write_text(json.dumps(of_schema(exported, 99)))
    stack.cli("stack", "import", "--file", str(file))
    for command in ("preview", "refresh", "destroy"):
        assert told(stack, command) == (
            "the state of this profile version was written by a newer palette_sdk (schema 99, this one reads 1).\n"
            "  upgrade palette_sdk here to at least the version that ran the last `pulumi up`"
        ), command
    assert shared_world.client.profiles.versions("newer", fresh=True) != {}


# -- clusters ----------------------------------------------------------------------------------------------------------

CLUSTER = """
PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])


def cluster(name, profile, **arguments):
    return palette.Cluster(name, cloud_config=palette.Aws("eu-west-1"), profiles=[profile],
        cloud_account=palette.get_cloud_account("aws-main", cloud="aws"), pools=[palette.control_plane(machine)], **arguments)

"""


def admin(world: World, path: str, body: Any = None) -> None:
    """A call of the control plane's admin API about clusters."""
    answer = httpx2.post(world.endpoint.url + path, json=body, headers={"ApiKey": world.endpoint.api_key})
    assert answer.is_success, answer.text


def uid_of(world: World, name: str) -> str:
    """Uid of the cluster of that name."""
    row = world.client.clusters.by_name(name, fresh=True)
    assert row is not None
    return row.metadata.uid


def test_cluster_that_fails(shared_world: World) -> None:
    """A cluster that can't be provisioned ends the `up` with the service's reason; once mended, the next `up` goes on."""
    reason = {"reason": "QuotaExceeded", "message": "vCPU quota of eu-west-1 is used up (0 of 32 left)"}
    admin(shared_world, "/local/clusters/named/failing/fail", reason)
    program = 'cluster("failing", palette.Profile("failing", cloud="aws", layers=base))\n'
    stack = shared_world.program(HEAD + CLUSTER + program, stack="failing")
    assert told(stack, "up") == (
        'waiting for cluster "failing" to be healthy failed: vCPU quota of eu-west-1 is used up (0 of 32 left) '
        "(last state: Error)\n  Nothing was undone: once the cause is gone, the next `pulumi up` goes on."
    )
    uid = uid_of(shared_world, "failing")
    stack.refresh()  # the engine forgets that the resource failed; its own outputs still say so
    admin(shared_world, f"/local/clusters/{uid}/mend")
    assert stack.up().changes == {"update": 1}
    assert uid_of(shared_world, "failing") == uid


@pytest.fixture
def standing_clock(shared_world: World) -> Iterator[Callable[[], None]]:
    """Stops the clock of the control plane; gives what lets it go on."""
    shared_world.admin.set_clock(paused=True)

    def go_on() -> None:
        shared_world.admin.set_clock(paused=False)

    yield go_on
    go_on()


def test_cluster_that_takes_too_long(shared_world: World, standing_clock: Callable[[], None]) -> None:
    """At the end of the time allowed nothing is undone; the text says so, and the next `up` goes on with the same cluster."""
    program = (
        'cluster("slow", palette.Profile("slow", cloud="aws", layers=base), timeouts=palette.Timeouts(create="2s"))\n'
    )
    stack = shared_world.program(HEAD + CLUSTER + program, stack="slow")
    error = told(stack, "up")
    assert re.fullmatch(
        r'cluster "slow" to be healthy did not come true within 2 s \(last state: [^)]+\)\.\n'
        r"  Nothing was undone: the next `pulumi up` goes on waiting\. A longer limit: timeouts=\.",
        error,
    )
    uid = uid_of(shared_world, "slow")
    standing_clock()
    assert stack.up().changes == {"update": 1}
    assert uid_of(shared_world, "slow") == uid


OWNER = 'palette.Profile("owned", cloud="aws", layers=[*base, palette.manifest("api", Path("api.yaml"))])\n'
SERVICE = """
apiVersion: v1
kind: Service
metadata:
  name: api
  namespace: api
spec:
  type: LoadBalancer
  selector:
    app: api
  ports:
    - port: 3000
"""
USER = 'user = cluster("user", palette.get_profile("owned", "1.0.0"))\npulumi.export("url", user.service_url(NAME, port=PORT))\n'


@pytest.fixture(scope="module")
def owner(shared_world: World) -> Stack:
    """A stack that owns a profile and nothing else."""
    stack = shared_world.program(HEAD + CLUSTER + OWNER, stack="owner")
    (stack.folder / "api.yaml").write_text(SERVICE)
    stack.up()
    return stack


def asking(name: str, port: int) -> str:
    """The program of a cluster that uses the profile of another stack, and asks for the address of a service."""
    return HEAD + CLUSTER + USER.replace("NAME", f'"{name}"').replace("PORT", str(port))


@pytest.fixture(scope="module")
def user(shared_world: World, owner: Stack) -> Stack:
    """A stack whose cluster uses the profile of the other."""
    stack = shared_world.program(asking("api", 3000), stack="user")
    assert "url: [unknown]" in stack.preview().text
    stack.up()
    return stack


@pytest.mark.parametrize(
    ("name", "port", "expected"),
    [
        (
            "apy",
            3000,
            (
                'cluster "user" has no service "apy" with an address; it has: api.\n'
                "  check the name in the profile's manifests, and that the service is of type LoadBalancer"
            ),
        ),
        ("api", 80, 'service "api" of cluster "user" has no port 80; it has 3000'),
    ],
)
def test_address_that_does_not_exist(user: Stack, name: str, port: int, expected: str) -> None:
    """In `up` an address that does not exist is an error that names those which do; in a preview it is unknown."""
    main = user.folder / "__main__.py"
    main.write_text(asking(name, port))
    assert user.preview().changes == {}
    assert told(user, "up") == expected


def test_profile_that_others_use(shared_world: World, owner: Stack, user: Stack) -> None:
    """A version that clusters outside the stack use is kept, and they are named."""
    uid = shared_world.client.profiles.versions("owned", fresh=True)["1.0.0"]
    assert told(owner, "destroy") == (
        f"owned 1.0.0 (uid {uid}) is in use by user\n"
        "  move them to another version first; or keep the version in Palette and forget it here: "
        "opts=ResourceOptions(retain_on_delete=True)"
    )
    assert shared_world.client.profiles.get(uid) is not None


def test_name_that_is_taken(shared_world: World, user: Stack) -> None:
    """A cluster of someone else is never touched: its name is refused in the preview, with how to take it over."""
    uid = uid_of(shared_world, "user")
    thief = shared_world.program(asking("api", 3000), stack="thief")
    assert told(thief) == (
        f'a cluster "user" exists already (uid {uid}, Running), and this program did not make it\n'
        f'  choose another name, or take it over: adopt="{uid}"'
    )
