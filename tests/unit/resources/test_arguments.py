"""Wrong types, misspelt choices and unknown names in a program: each is one sentence that names the argument."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_type_hints

import pulumi
import pytest
from pulumi.runtime import config as stack_values

import palette_sdk
from palette_sdk.errors import InputError
from palette_sdk.resources import arguments
from palette_sdk.resources.arguments import ProgramError, check_types, complaint
from palette_sdk.resources.lookups import CloudAccountResult, PackResult, ProfileResult
from palette_sdk.rules.unknown import UNKNOWN
from tests.unit.resources.mocks import Recording, run_program

palette: Any = palette_sdk
"""Programs are not always type-checked; these are the ones that are not."""
MACHINE = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
POOLS = [palette.control_plane(MACHINE), palette.workers("worker", MACHINE, count=2)]
PACK = PackResult("ubuntu-aws", "22.04", "22.04", "u1", "r1", "os", "spectro", "a: 1\n")
PROFILE = ProfileResult("p1", "web", "1.0.0", "aws", "cluster", {}, (), {}, {})
UID = "699d56ee625c44429c6c8b53"


def cluster(**changes: Any) -> Any:
    """A cluster with something else than it should have."""
    given: dict[str, Any] = {
        "cloud_config": palette.Aws("eu-west-1"),
        "cloud_account": UID,
        "pools": POOLS,
        "profiles": [PROFILE],
        **changes,
    }
    return palette.Cluster("web", **given)


def profile(**changes: Any) -> Any:
    """A profile with something else than it should have."""
    return palette.Profile("base", **{"layers": [palette.manifest("hello", "a: 1\n")], **changes})


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    # values
    "a size with a unit": (
        lambda: palette.AwsMachine("m5.large", disk_gib="60GB"),
        'AwsMachine.disk_gib: expected a whole number, not the text "60GB"',
    ),
    "a bool as a number": (
        lambda: palette.VsphereMachine(True, 1024),
        "VsphereMachine.cpus: expected a whole number, not True",
    ),
    "a text for a list": (
        lambda: palette.AwsMachine("m5.large", azs="eu-west-1a"),
        'AwsMachine.azs: expected a list, not the text "eu-west-1a"; write ["eu-west-1a"]',
    ),
    "a number in a list": (
        lambda: palette.AwsMachine("m5.large", azs=["a", 2]),
        "AwsMachine.azs[1]: expected a text, not 2",
    ),
    "a list for a text": (lambda: palette.Aws(["eu-west-1"]), "Aws.region: expected a text, not a list"),
    "a field that lacks": (palette.Aws, "Aws: 'region' is missing"),
    "an unknown field": (
        lambda: palette.Aws("r", shh_key_name="k"),
        "Aws: there is no argument 'shh_key_name'; nearest: ssh_key_name",
    ),
    "too many by position": (lambda: palette.Aws("r", "k"), "Aws: give everything after 'region' by name"),
    "a choice": (
        lambda: palette.AwsMachine("m5.large", capacity="spott"),
        'AwsMachine.capacity: "spott" must be one of "on-demand", "spot"; did you mean "spot"?',
    ),
    "a secret of the wrong type": (
        lambda: palette.AwsAuth.secret("AKIA", 12345),
        "AwsAuth.secret_key: expected a text, not a number",
    ),
    "labels as a list": (
        lambda: palette.workers("w", MACHINE, count=1, labels=["a"]),
        "Pool.labels: expected a mapping, not a list",
    ),
    "a number as a text": (
        lambda: palette.workers("w", MACHINE, count="2"),
        'workers("w").count: expected a whole number, not the text "2"',
    ),
    "an unknown option of a pool": (
        lambda: palette.workers("w", MACHINE, count=1, labls={}),
        "Pool: there is no argument 'labls'; nearest: labels",
    ),
    "variables that are a text": (
        lambda: palette.Attach(PROFILE, variables="x"),
        'Attach.variables: expected a mapping, not the text "x"',
    ),
    "a guard": (
        lambda: palette.Guards(replace="allowed"),
        'Guards.replace: "allowed" must be one of "refuse", "allow"; did you mean "allow"?',
    ),
    "the class itself": (
        lambda: palette.control_plane(palette.AwsMachine),
        "VsphereMachine, EdgeHosts or a dict, not the class AwsMachine itself",
    ),
    # layers
    "values as a mapping": (
        lambda: palette.pack(PACK, values={"a": 1}),
        "pack.values: expected a text or a Path, not a mapping",
    ),
    "values as a list": (lambda: palette.pack(PACK, values=["a"]), "expected a text or a Path, not a list"),
    "paths as a list": (lambda: palette.pack(PACK, set=["/a"]), "pack.set: expected a mapping, not a list"),
    "a pack by its name": (
        lambda: palette.pack("ubuntu"),
        'pack("ubuntu").p: expected PackResult, not the text "ubuntu"; look it up: palette.get_pack(...)',
    ),
    "a pack by a tuple": (lambda: palette.get_pack(("a", "b")), "get_pack.name: expected a text, not a tuple"),
    "a layer that is a pack": (
        lambda: profile(layers=[PACK]),
        'Profile("base").layers[0]: expected Layer or a dict, not PackResult; wrap it: palette.pack(...)',
    ),
    "layers as a text": (lambda: profile(layers="x"), 'Profile("base").layers: expected a list, not the text "x"'),
    "one layer": (
        lambda: profile(layers=palette.manifest("a", "a: 1")),
        'Profile("base").layers: expected a list, not Layer; put it in [...]',
    ),
    "an unknown key of a layer": (
        lambda: profile(layers=[{"name": "a", "type": "manifest", "valus": ""}]),
        "layers[0]: no field 'valus' in Layer; nearest: values",
    ),
    "an unknown key of a variable": (
        lambda: profile(variables=[{"name": "a", "requird": True}]),
        "variables[0]: no field 'requird' in Variable; nearest: required",
    ),
    "a manifest that is a number": (lambda: palette.manifest("a", 3), 'manifest("a").contents: expected '),
    # profiles
    "a misspelt cloud": (
        lambda: profile(cloud="awz"),
        '"gke", "vsphere", "edge-native"; did you mean "aws"?',
    ),
    "a misspelt scope": (lambda: profile(scope="projekt"), 'did you mean "project"?'),
    "a misspelt type": (
        lambda: profile(type="addon"),
        'Profile("base").type: "addon" must be one of "cluster", "infra", "add-on"; did you mean "add-on"?',
    ),
    "a misspelt in_place": (
        lambda: profile(in_place="never"),
        'Profile("base").in_place: "never" must be one of "allow", "forbid"',
    ),
    "no name of a profile": (lambda: palette.Profile("", layers=[]), "resource_name: it is empty"),
    "an empty name in Palette": (lambda: profile(name=" "), "name: it is empty; leave it out"),
    "a name that is a number": (lambda: palette.Profile(3, layers=[]), "Profile.resource_name: expected a text, not 3"),
    "an unknown argument": (lambda: profile(tag=["a"]), "there is no argument 'tag'; nearest: tags"),
    "tags as a number": (lambda: profile(tags=5), 'Profile("base").tags: expected a mapping or a list, not 5'),
    "tags as a text": (
        lambda: profile(tags="web"),
        'Profile("base").tags: expected a mapping or a list, not the text "web"; write ["web"]',
    ),
    "a name that is an output": (
        lambda: palette.Variable(pulumi.Output.from_input("a")),
        "Variable.name: it names something in plans and diffs, so it has to be plain, not an output",
    ),
    "timeouts as a number": (
        lambda: profile(timeouts=30),
        'Profile("base").timeouts: expected Timeouts or a dict, not 30',
    ),
    "a misspelt timeout": (
        lambda: profile(timeouts={"creat": "5m"}),
        "timeouts: no field 'creat' in Timeouts; nearest: create",
    ),
    "a timeout without a unit": (
        lambda: profile(timeouts={"create": 30}),
        'timeouts.create: 30 has no unit: write "30s", "30m", "30h" or "30d"',
    ),
    # clusters
    "no name of a cluster": (
        lambda: palette.Cluster("", cloud_config=palette.Aws("r"), cloud_account=UID, pools=POOLS, profiles=[PROFILE]),
        "resource_name: it is empty",
    ),
    "arguments that lack": (
        lambda: palette.Cluster("web", pools=POOLS),
        "Cluster(\"web\"): 'cloud_config' is missing",
    ),
    "one profile": (
        lambda: cluster(profiles=PROFILE),
        'Cluster("web").profiles: expected a list, not ProfileResult; put it in [...]',
    ),
    "one pool": (lambda: cluster(pools=POOLS[0]), 'Cluster("web").pools: expected a list, not Pool; put it in [...]'),
    "a pool that is a machine": (lambda: cluster(pools=[MACHINE]), "expected Pool or a dict, not AwsMachine"),
    "a cloud config without its cloud": (lambda: cluster(cloud_config={"region": "r"}), '"cloud" is missing'),
    "a cloud config without its region": (lambda: cluster(cloud_config={"cloud": "aws"}), "'region' is missing"),
    "a cloud config with a typo": (
        lambda: cluster(cloud_config={"cloud": "aws", "regoin": "r"}),
        "cloud_config: no field 'regoin' in Aws; nearest: region",
    ),
    "a cloud config with a wrong type": (
        lambda: cluster(cloud_config={"cloud": "aws", "region": 3}),
        "cloud_config.region: expected a text, not 3",
    ),
    "a wrong type deep in a pool": (
        lambda: cluster(
            pools=[{"name": "w", "role": "worker", "count": 1, "machine": {"type": "m", "disk_gib": "60"}}]
        ),
        'pools["w"].machine.disk_gib: expected a whole number, not the text "60"',
    ),
    "a misspelt role": (
        lambda: cluster(pools=[{"name": "w", "role": "workr", "machine": MACHINE}]),
        'pools[0].role: "workr" must be one of "control-plane", "worker"; did you mean "worker"?',
    ),
    "updates": (
        lambda: cluster(updates="aply"),
        'Cluster("web").updates: "aply" must be one of "hold", "apply"; did you mean "apply"?',
    ),
    "a guard in a dict": (
        lambda: cluster(guards={"replace": "allowed"}),
        'guards.replace: "allowed" must be one of "refuse", "allow"; did you mean "allow"?',
    ),
    "a token that is a text": (
        lambda: cluster(approve="rp-7c1e"),
        'Cluster("web").approve: expected a list, not the text "rp-7c1e"; write ["rp-7c1e"]',
    ),
    "a policy": (
        lambda: cluster(override_policy="keap"),
        'Cluster("web").override_policy: "keap" must be one of "merge", "keep", "drop", "fail"; did you mean "keep"?',
    ),
    "overrides as a mapping": (lambda: cluster(overrides={"/a": 1}), "overrides: expected a list, not a mapping"),
    "an unknown key of an attached profile": (
        lambda: cluster(profiles=[{"profile": PROFILE, "variabels": {}}]),
        "profiles[0]: no field 'variabels' in Attach; nearest: variables",
    ),
    "wait as a text": (lambda: cluster(wait="no"), 'Cluster("web").wait: expected True or False, not the text "no"'),
    "a variable that is a list": (
        lambda: cluster(variables={"a": [1]}),
        'Cluster("web").variables["a"]: expected a text, a whole number or True or False, not a list',
    ),
    "a pool without a name": (
        lambda: cluster(pools=[palette.workers("", MACHINE, count=1)]),
        "pools[0].name: a pool needs a name",
    ),
    "a layer without a name": (
        lambda: profile(layers=[palette.manifest("", "a: 1")]),
        "layers[0].name: a layer needs a name",
    ),
    "a variable without a name": (
        lambda: profile(variables=[palette.Variable("")]),
        "variables[0].name: a variable needs a name",
    ),
    "an unknown cloud of accounts": (
        lambda: palette.get_cloud_account("main", cloud="awz"),
        'get_cloud_account("main").cloud: "awz" must be one of ',
    ),
    "an unknown cloud of packs": (
        lambda: palette.get_pack("kubernetes", cloud="gpc"),
        'did you mean "gcp"?',
    ),
    # accounts
    "an account by its name": (
        lambda: cluster(cloud_account="aws-main"),
        'a bare text is always a uid; by name: palette.get_cloud_account("aws-main", cloud="aws")',
    ),
    "an account of another cloud": (
        lambda: cluster(cloud_account=CloudAccountResult(UID, "main", "azure")),
        "cloud_account: a cluster on aws needs an account of aws, this one is of azure",
    ),
    "a new account of another cloud": (
        lambda: cluster(cloud_account=palette.GcpCloudAccount("g", auth=palette.GcpAuth("{}"))),
        "cloud_account: a cluster on aws needs an account of aws, this one is of gcp",
    ),
    "no account": (lambda: cluster(cloud_account=None), "cloud_account: it is missing"),
    "an account on edge": (
        lambda: cluster(
            cloud_config=palette.EdgeNative(),
            pools=[palette.control_plane(palette.EdgeHosts(["h1"]))],
        ),
        "cloud_account: a cluster on edge hosts has no cloud account",
    ),
    "an auth of another cloud": (
        lambda: palette.AwsCloudAccount("a", auth=palette.GcpAuth("{}")),
        'AwsCloudAccount("a").auth: expected AwsAuth or a dict, not GcpAuth',
    ),
}


def registered(program: Callable[[], Any]) -> Recording:
    """The engine after a program."""
    engine = Recording()

    async def run() -> None:
        program()

    run_program(run, engine=engine)
    return engine


@pytest.mark.parametrize("name", REFUSED)
def test_refused_where_it_is_written(name: str) -> None:
    """The program ends with one or two sentences that name the argument, and without a traceback."""
    program, message = REFUSED[name]
    with pytest.raises(ProgramError) as refused:
        registered(program)
    assert message in str(refused.value)
    assert str(refused.value).count("\n") <= 1


def test_what_serves() -> None:
    """Classes and dict literals, eks beside an account of aws, tuples for lists, and outputs where inputs are wanted."""

    def program() -> None:
        later = pulumi.Output.from_input("eu-west-1")
        cluster(cloud_config=palette.Aws(later), cloud_account=CloudAccountResult(UID, "main", "aws"))

    def eks() -> None:
        cluster(
            cloud_config={"cloud": "eks", "region": "r"},
            cloud_account=palette.AwsCloudAccount(
                "main", auth={"kind": "secret", "access_key": "A", "secret_key": "S"}
            ),
            pools=({"name": "w", "role": "worker", "count": 1, "machine": {"type": "m5.large"}},),
            timeouts={"create": "5m"},
        )

    assert "web" in registered(program).inputs
    assert registered(eks).inputs["web"]["cloud_account"] == "main-id"


def test_an_account_that_is_an_output() -> None:
    """An account that is known later is judged when it is known."""

    async def uids() -> list[str | None]:
        from palette_sdk.resources.cluster.account import account_uid

        later: list[Any] = [pulumi.Output.from_input(item) for item in (UID, CloudAccountResult(UID, "main", "aws"))]
        return [await pulumi.Output.from_input(account_uid(item, "eks")).future() for item in later]

    async def refused() -> None:
        from palette_sdk.resources.cluster.account import account_uid

        await pulumi.Output.from_input(account_uid(pulumi.Output.from_input("main"), "aws")).future()

    assert asyncio.run(uids()) == [UID, UID]
    with pytest.raises(ProgramError, match="is no uid"):
        asyncio.run(refused())


@pytest.mark.parametrize(
    ("given", "hint", "wrong"),
    [
        (1, float, ""),
        (1.5, int, "x: expected a whole number, not 1.5"),
        (None, str | None, ""),
        (None, str, "x: expected a text, not None"),
        ({"a": 1}, dict[str, str], 'x["a"]: expected a text, not 1'),
        ({1: "a"}, dict[str, str], "x: key 1: expected a text, not 1"),
        (b"a", str, "x: expected a text, not bytes"),
        ({"a"}, list[str], "x: expected a list, not a set"),
        (Path("a"), str, "x: expected a text, not PosixPath"),
        (arguments, Any, ""),
    ],
)
def test_complaints(given: Any, hint: Any, wrong: str) -> None:
    """What fits passes; what doesn't is named with its path and what was wanted."""
    assert complaint(given, hint, "x") == wrong


def test_long_texts_are_cut() -> None:
    """A message shows the beginning of a long text, and nothing of a secret one."""
    assert complaint("x" * 100, int, "a") == f'a: expected a whole number, not the text "{"x" * 40}..."'
    assert complaint("hunter2", int, "a", hidden=True) == "a: expected a whole number, not a text"
    assert "hunter2" not in complaint(["hunter2"], dict[str, str], "a", hidden=True)


def test_types_of_known_values() -> None:
    """A hook holds values that were outputs in the program against the same fields, and tells none of them."""
    check_types(palette.AwsMachine, {"type": "m", "disk_gib": 60, "azs": UNKNOWN, "other": 1}, "m")
    with pytest.raises(InputError, match=r"^m\.disk_gib: expected a whole number, not a text$"):
        check_types(palette.AwsMachine, {"type": "m", "disk_gib": "60GB"}, "m")
    check_types(palette.AwsMachine, {"disk_gib": "60GB"}, "m", but=["disk_gib"])


CHECKED = [
    item
    for item in (getattr(palette_sdk, name) for name in palette_sdk.__all__)
    if inspect.isfunction(item) or (inspect.isclass(item) and not hasattr(item, "__total__"))
]
"""Functions and classes among the public names; not the dict twins."""


@pytest.mark.parametrize("item", CHECKED, ids=lambda item: item.__name__)
def test_annotations_can_be_read(item: Any) -> None:
    """The annotations of everything public can be read while a program runs."""
    names = {"Output": pulumi.Output, "T": arguments.T}
    assert get_type_hints(item.__init__ if inspect.isclass(item) else item, None, names) is not None


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("hots", "palette:hots .* did you mean palette:host"),
        ("ApiKey", "palette:apiKey"),
        ("update", "palette:updates"),
    ],
)
def test_misspelt_configuration(key: str, message: str) -> None:
    """A value of the stack that looks like a misspelt one of ours is refused; others under the prefix are let be."""
    stack_values.set_all_config({f"palette:{key}": "x"}, [])
    try:
        with pytest.raises(ProgramError, match=message):
            registered(profile)
        stack_values.set_all_config({"palette:region-of-mine": "x", "other:hots": "y"}, [])
        registered(profile)
    finally:
        stack_values.set_all_config({}, [])
