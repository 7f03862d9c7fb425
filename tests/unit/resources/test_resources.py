"""The classes as a program uses them, under pulumi's mocks: the inputs that reach the engine, and what is refused early."""

from __future__ import annotations

from typing import Any

import pulumi
import pytest

import palette_sdk as palette
from palette_sdk.errors import InputError
from palette_sdk.resources.arguments import ProgramError
from palette_sdk.resources.lookups import CloudAccountResult, PackResult, ProfileResult
from tests.unit.resources.mocks import Recording, run_program

MACHINE = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
AWS = palette.Aws("eu-west-1")
ACCOUNT = CloudAccountResult("a1", "main", "aws")
POOLS = [palette.control_plane(MACHINE), palette.workers("worker", MACHINE, count=2)]
KINDS: dict[str, Any] = {"ubuntu-aws": "os", "kubernetes": "k8s", "cni-calico": "cni", "csi-aws-ebs": "csi"}
MANIFEST = "a: 1\n"


SECRET_MARK = "4dabf18193072939515e22adb298388d"
"""How a secret is marked on its way to the engine."""


def looked_up(uid: str = "p1") -> ProfileResult:
    """A profile as `get_profile` gives it."""
    return ProfileResult(
        uid=uid,
        name="web",
        version="1.0.0",
        cloud="aws",
        type="cluster",
        versions={},
        clusters=(),
        used_by={},
        layers={},
    )


def base() -> list[palette.Layer]:
    """The four infrastructure layers."""
    return [
        palette.pack(PackResult(name, "1.0", "1.0", f"{name}-uid", "r1", kind, "spectro", "a: 1\n"))
        for name, kind in KINDS.items()
    ]


def registered(program: Any, **options: Any) -> Recording:
    """The engine after a program."""
    engine = Recording()

    async def run() -> None:
        program()

    run_program(run, engine=engine, **options)
    return engine


def whole_program() -> None:
    """Two versions of a profile, an account and a cluster."""
    api = palette.Profile("web", cloud="aws", layers=[*base(), palette.manifest("hello", MANIFEST)], tags=["env:dev"])
    newer = palette.ProfileVersion(
        "web-1.1.0", source=api, version="1.1.0", set_layers=[palette.manifest("hello", "a: 2\n")]
    )
    account = palette.AwsCloudAccount("main", auth=palette.AwsAuth.secret("AKIA", "HIDDEN"))
    palette.Cluster(
        "prod",
        cloud_config=AWS,
        cloud_account=account,
        pools=POOLS,
        profiles=[palette.Attach(newer, variables={"count": 2})],
        timeouts={"create": "30m"},
        guards={"replace": "allow"},
        force_delete_after="20m",
    )


def test_tokens() -> None:
    """Resources are told apart by their type tokens."""
    types = registered(whole_program).types
    assert types == {
        "web": "pulumi-python:dynamic/palette:Profile",
        "web-1.1.0": "pulumi-python:dynamic/palette:ProfileVersion",
        "main": "pulumi-python:dynamic/palette:AwsCloudAccount",
        "prod": "pulumi-python:dynamic/palette:Cluster",
    }


@pytest.mark.parametrize("value", ["p1", looked_up()], ids=["uid", "look-up"])
def test_a_profile_by_an_output(value: Any) -> None:
    """A version that comes as an output, as from another stack or a look-up's twin, is attached by its uid."""

    def program() -> None:
        given = pulumi.Output.from_input(value)
        palette.Cluster("prod", cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, profiles=[given])

    assert registered(program).inputs["prod"]["profiles"]["profile-0"]["uid"] == "p1"


def test_inputs_of_a_profile() -> None:
    """Layers are a mapping by name with their order beside it; tags are a mapping; nothing has a suffix."""
    found = registered(whole_program).inputs["web"]
    assert found["name"] == "web"
    assert found["version"] == "1.0.0"
    assert found["layer_order"] == [*KINDS, "hello"]
    assert found["layers"]["hello"]["manifests"] == {"hello": MANIFEST}
    assert found["layers"]["kubernetes"]["kind"] == "k8s"
    assert found["layers"]["kubernetes"]["defaults"] is True
    assert found["tags"] == {"env": "dev"}
    assert found["layers"]["hello"]["secret"] is False


def test_inputs_of_a_version() -> None:
    """A further version has its source's name and hands the source's content to the check."""
    found = registered(whole_program).inputs["web-1.1.0"]
    assert (found["name"], found["version"]) == ("web", "1.1.0")
    assert found["source"]["uid"] == "web-id"
    assert list(found["set_layers"]) == ["hello"]
    assert found["set_order"] == ["hello"]


def test_inputs_of_a_cluster() -> None:
    """Pools and profiles are mappings by name; a profile brings its uid and content; durations are seconds."""
    found = registered(whole_program).inputs["prod"]
    assert (found["cloud"], found["cloud_account"]) == ("aws", "main-id")
    assert set(found["pools"]) == {"control-plane", "worker"}
    assert list(found["profiles"]) == ["web"]
    assert found["profiles"]["web"]["uid"] == "web-1.1.0-id"
    assert found["profiles"]["web"]["values"] == {"count": 2}
    assert found["timeouts"] == {"create": 1800}
    assert found["guards"] == {"replace": "allow"}
    assert (found["overrides"], found["override_policy"], found["override_rules"]) == ({}, "merge", [])
    assert "backup" not in found
    assert found["force_delete_after"] == 1200
    assert (found["updates"], found["wait"]) == ("hold", True)


def test_credentials_are_secret() -> None:
    """What a program writes as a credential is a secret input, whether it was one or not."""

    auth: Any = {"kind": "secret", "access_key": "A", "secret_key": "HIDDEN"}
    request = registered(lambda: palette.AwsCloudAccount("main", auth=auth)).requests["main"]
    assert SECRET_MARK in dict(request.object)["auth"]
    assert SECRET_MARK not in dict(request.object)["tags"]
    assert "auth" in request.additionalSecretOutputs


def test_unique_names_are_deleted_before_they_are_made_again() -> None:
    """All resources have names that are unique in Palette, so the old one goes first, also when asked for by --replace."""
    requests = registered(whole_program).requests
    names = {"web", "web-1.1.0", "main", "prod"}
    assert {name for name in names if requests[name].deleteBeforeReplace} == names


def test_lookups_serve_as_references() -> None:
    """Results of look-ups are taken for profiles and accounts, with no content to hand over."""
    profile = looked_up()
    account = CloudAccountResult("a1", "main", "aws")
    engine = registered(
        lambda: palette.Cluster("prod", cloud_config=AWS, cloud_account=account, pools=POOLS, profiles=[profile])
    )
    found = engine.inputs["prod"]
    assert found["cloud_account"] == "a1"
    assert found["profiles"]["web"]["uid"] == "p1"
    assert "layers" not in found["profiles"]["web"]


def test_a_source_that_is_an_output() -> None:
    """A source may be the output of a look-up, and its uid may be unknown in a preview."""

    def version() -> None:
        known: Any = pulumi.Output.from_input(looked_up())
        palette.ProfileVersion("web-1.1.0", source=known, version="1.1.0")

    def unknown() -> None:
        uid: Any = pulumi.Output.from_input(pulumi.output.UNKNOWN)
        palette.ProfileVersion("web-1.1.0", source=uid, version="1.1.0")

    found = registered(version).inputs["web-1.1.0"]
    assert (found["name"], found["source"]["uid"], found["cloud"]) == ("web", "p1", "aws")
    assert registered(unknown, preview=True).inputs["web-1.1.0"]["version"] == "1.1.0"


def test_dict_literals_serve_too() -> None:
    """A cluster written in dicts gives the same inputs as one written in classes."""
    profile = looked_up()
    machine: Any = {"type": "m5.large", "azs": ["eu-west-1a"]}

    def classes() -> None:
        palette.Cluster(
            "prod", cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, profiles=[palette.Attach(profile)]
        )

    def literals() -> None:
        palette.Cluster(
            "prod",
            cloud_config={"cloud": "aws", "region": "eu-west-1"},
            cloud_account=ACCOUNT,
            pools=[
                {"name": "control-plane", "role": "control-plane", "machine": machine, "count": 1},
                {"name": "worker", "role": "worker", "machine": machine, "count": 2},
            ],
            profiles=[{"profile": profile}],
        )

    assert registered(classes).inputs["prod"] == registered(literals).inputs["prod"]


REFUSED = {
    "two layers of one name": lambda: palette.Profile("web", layers=[palette.manifest("a", MANIFEST)] * 2),
    "opts.provider": lambda: palette.Profile(
        "web", layers=[], opts=pulumi.ResourceOptions(provider=pulumi.ProviderResource("pulumi", "p", {}))
    ),
    "two tags of one key": lambda: palette.Profile("web", layers=[], tags=["a:1", "a:2"]),
    "a version from nothing": lambda: palette.ProfileVersion("web", version="1.0.0"),
    "all layers and some": lambda: palette.ProfileVersion(
        "web", version="1.0.0", name="web", layers=[], set_layers=[palette.manifest("a", MANIFEST)]
    ),
    "a profile twice": lambda: palette.Cluster(
        "prod",
        cloud_config=AWS,
        cloud_account=ACCOUNT,
        pools=POOLS,
        profiles=[looked_up(uid) for uid in ("p1", "p2")],
    ),
    "a pool twice": lambda: palette.Cluster(
        "prod", cloud_config=AWS, cloud_account=ACCOUNT, pools=[POOLS[0], POOLS[0]], profiles=[]
    ),
    "a bare number as a duration": lambda: palette.Cluster(
        "prod",
        cloud_config=AWS,
        cloud_account=ACCOUNT,
        pools=POOLS,
        profiles=[],
        force_delete_after=20,  # type: ignore[arg-type]
    ),
    "an unknown cloud": lambda: palette.Cluster("prod", cloud_config={"cloud": "awss"}, pools=POOLS, profiles=[]),  # type: ignore[arg-type]
}


@pytest.mark.parametrize("name", REFUSED)
def test_refused_in_the_program(name: str) -> None:
    """What can be told without the service ends the program with a text and no traceback."""
    with pytest.raises((ProgramError, InputError)) as refused:
        registered(REFUSED[name])
    assert isinstance(refused.value, pulumi.RunError)


def test_get() -> None:
    """`Resource.get` reads by id and manages nothing."""

    async def run() -> list[Any]:
        profile = palette.Profile.get("seen", "p1")
        cluster = palette.Cluster.get("other", "c1")
        return [await profile.uid.future(), await cluster.uid.future()]

    assert run_program(run) == ["p1", "c1"]


def test_kubeconfigs_are_secret_outputs() -> None:
    """Both kubeconfigs of a cluster are secrets, also of one that is only read."""

    async def run() -> list[bool]:
        profile = looked_up()
        made = palette.Cluster("prod", cloud_config=AWS, cloud_account=ACCOUNT, pools=POOLS, profiles=[profile])
        seen = palette.Cluster.get("seen", "c1")
        return [
            await output.is_secret() for each in (made, seen) for output in (each.kubeconfig, each.admin_kubeconfig)
        ]

    assert run_program(run) == [True] * 4
