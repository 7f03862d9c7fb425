"""What a preview refuses, in one clear text without a traceback, before anything is sent."""

from __future__ import annotations

import pytest

from palette_sdk.wire.meta import MetaInput
from tests.engine.harness import Stack, World

MARKER = "palette-sdk-marker"
"""The annotation that says which resource of which stack made an object."""
HEAD = """
from pathlib import Path
import pulumi
import palette_sdk as palette

PACKS = [("ubuntu-aws", "22.04"), ("kubernetes", "1.30.4"), ("cni-calico", "3.28.0"), ("csi-aws-ebs", "1.30.0")]
base = [palette.pack(palette.get_pack(name, version)) for name, version in PACKS]
manifest = "apiVersion: v1\\nkind: Namespace\\nmetadata:\\n  name: web\\n"
UID = "699d56ee625c44429c6c8b53"
"""

CASES = {
    "version of two numbers": (
        'palette.Profile("web", cloud="aws", layers=base, version="1.1")',
        ['version: "1.1"', 'write "1.1.0"'],
    ),
    "version with a v": (
        'palette.Profile("web", cloud="aws", layers=base, version="v1.0.0")',
        ['version: "v1.0.0"', 'write "1.0.0"'],
    ),
    "version with a leading zero": (
        'palette.Profile("web", cloud="aws", layers=base, version="01.0.0")',
        ['version: "01.0.0"', 'write "1.0.0"'],
    ),
    "two layers of one name": (
        'palette.Profile("web", cloud="aws", layers=[*base, palette.manifest("a", manifest), palette.manifest("a", manifest)])',
        ['layers: two layers are called "a"', "give one of them another name"],
    ),
    "no network and no storage layer": (
        'palette.Profile("web", cloud="aws", layers=base[:2])',
        ["network (CNI)", "storage (CSI)", "get_pack"],
    ),
    "unknown pack": (
        'palette.get_pack("cni-calco", "3.28.0")',
        ['there is no pack "cni-calco"', "cni-calico"],
    ),
    "unknown version of a pack": (
        'palette.get_pack("kubernetes", "1.30.5")',
        ['pack "kubernetes" has no version 1.30.5', "1.30.4"],
    ),
    "values that are not YAML": (
        (
            'palette.Profile("web", cloud="aws", layers=[*base[:3], palette.pack(palette.get_pack("csi-aws-ebs", "1.30.0"), '
            'values="a: 1\\nb: [1, 2\\nc: 3\\n")])'
        ),
        ['layers["csi-aws-ebs"].values', "line 3", "column"],
    ),
    "a missing manifest file": (
        'palette.manifest("web", Path("manifests/missing.yaml"))',
        ["no file manifests/missing.yaml"],
    ),
    "an unknown name in render": (
        'Path("page.yaml").write_text("a: ${api_uri}\\n"); palette.render("page.yaml", api_url="x")',
        ["api_uri", "line 1", "api_url"],
    ),
    "an unknown cloud account": (
        'palette.get_cloud_account("aws-mian", cloud="aws")',
        ['there is no aws cloud account "aws-mian"', "aws-main"],
    ),
    "two tags of one key": (
        'palette.Profile("web", cloud="aws", layers=base, tags=["team:a", "team:b"])',
        ["team", "one value"],
    ),
    "opts.provider": (
        (
            'palette.Profile("web", cloud="aws", layers=base, opts=pulumi.ResourceOptions(provider='
            'pulumi.ProviderResource("pulumi", "p", {})))'
        ),
        ["web: opts.provider has no effect on palette resources"],
    ),
    "a cluster without infrastructure": (
        (
            'palette.Cluster("web", cloud_config=palette.Aws("eu-west-1"), cloud_account=UID, pools=[palette.control_plane('
            'palette.AwsMachine("m5.large", azs=["eu-west-1a"]))], profiles=[palette.Profile("apps", '
            'layers=[palette.manifest("a", manifest)])])'
        ),
        ['"web" needs one profile with the OS, Kubernetes, network and storage layers'],
    ),
    "a control plane of two nodes": (
        (
            'palette.Cluster("web", cloud_config=palette.Aws("eu-west-1"), cloud_account=UID, pools=[palette.control_plane('
            'palette.AwsMachine("m5.large", azs=["eu-west-1a"]), count=2)], profiles=[palette.Profile("web", cloud="aws", '
            "layers=base)])"
        ),
        ["control-plane", "1, 3 or 5"],
    ),
    "an unknown time zone": (
        (
            'palette.Cluster("web", timezone="Europe/Berln", cloud_config=palette.Aws("eu-west-1"), cloud_account=UID, '
            'pools=[palette.control_plane(palette.AwsMachine("m5.large", azs=["eu-west-1a"]))], '
            'profiles=[palette.Profile("web", cloud="aws", layers=base)])'
        ),
        ['"Europe/Berln" is no IANA time zone', "Europe/Berlin"],
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_refused_in_the_preview(shared_world: World, case: str) -> None:
    """Each mistake is told with the property at fault and what to do, and nothing was written."""
    line, expected = CASES[case]
    shared_world.admin.reset_requests()
    text = shared_world.program(HEAD + line).refused()
    for part in expected:
        assert part in text, text
    assert "Traceback" not in text
    assert written(shared_world) == []


def written(world: World) -> list[str]:
    """Routes of writes since the counter was reset; validations and searches are reads by POST."""
    reads = ("/search", "/validate", "/dashboard/")
    rows = world.admin.requests()["items"]
    found = [f"{row['method']} {row['route']}" for row in rows if row["method"] != "GET"]
    return [row for row in found if not any(part in row for part in reads)]


def test_a_version_that_exists(shared_world: World) -> None:
    """A number that is taken is refused with its uid, a free number, and how to take it over."""
    program = HEAD + 'palette.Profile("taken", cloud="aws", layers=base)'
    shared_world.program(program).up()
    text = shared_world.program(program, stack="other").refused()
    uid = shared_world.client.profiles.versions("taken", fresh=True)["1.0.0"]
    assert f'version 1.0.0 of "taken" already exists (uid {uid})' in text
    assert "1.0.1" in text
    assert f'adopt="{uid}"' in text


def test_a_changed_version(shared_world: World) -> None:
    """A changed number is refused, with the version to add beside it."""
    stack = shared_world.program(HEAD + 'palette.Profile("kept", cloud="aws", layers=base)')
    stack.up()
    main = stack.folder / "__main__.py"
    main.write_text(main.read_text().replace("layers=base", 'layers=base, version="1.1.0"'))
    text = stack.refused()
    assert "1.0.0 would be lost" in text
    assert 'palette.ProfileVersion("kept-1.1.0"' in text


def test_an_api_key_in_clear(shared_world: World) -> None:
    """A key that is not a secret is refused, and the text does not repeat it."""
    stack = shared_world.program(HEAD)
    stack.config(palette__apiKey="KEY-IN-CLEAR")
    text = stack.refused()
    assert "pulumi config set --secret palette:apiKey" in text
    assert "KEY-IN-CLEAR" not in text


def adopt(stack: Stack, uid: str) -> None:
    """Write the uid of an existing version into the program."""
    main = stack.folder / "__main__.py"
    main.write_text(main.read_text().replace("layers=base", f'layers=base, adopt="{uid}"'))


def test_adopting_what_is_equal(shared_world: World) -> None:
    """A version that equals the program and is no one else's is taken over without a token, and destroy removes it."""
    program = HEAD + 'palette.Profile("adopted", cloud="aws", layers=base)'
    shared_world.program(program).up()
    uid = shared_world.client.profiles.versions("adopted", fresh=True)["1.0.0"]
    disown(shared_world, uid)
    stack = shared_world.program(program, stack="other")
    adopt(stack, uid)
    assert stack.up().changes == {"create": 2}
    stack.is_steady()
    stack.destroy()
    assert shared_world.client.profiles.versions("adopted", fresh=True) == {}


def disown(world: World, uid: str) -> None:
    """Take the mark of the program that made it off a version, as one from the console has none."""
    found = world.client.profiles.get(uid)
    assert found is not None
    annotations = {key: text for key, text in found.metadata.annotations.items() if key != MARKER}
    meta = {"name": found.metadata.name, "labels": found.metadata.labels, "annotations": annotations}
    world.client.profiles.patch_metadata(uid, MetaInput.of(meta))


def test_adopting_what_is_anothers(shared_world: World) -> None:
    """A version that another stack made is named as that, and wants a token though nothing else would change."""
    program = HEAD + 'palette.Profile("anothers", cloud="aws", layers=base)'
    shared_world.program(program).up()
    uid = shared_world.client.profiles.versions("anothers", fresh=True)["1.0.0"]
    stack = shared_world.program(program, stack="other")
    adopt(stack, uid)
    text = stack.refused()
    assert "would change: it belongs to another program's resource." in text
    stack.config(palette__approve=text.split("palette:approve=")[1].split()[0])
    assert stack.up().changes == {"create": 2}
    stack.is_steady()
    stack.destroy()


def test_adopting_what_differs(shared_world: World) -> None:
    """A version that would change wants the token that the preview prints."""
    shared_world.program(HEAD + 'palette.Profile("differs", cloud="aws", layers=base)').up()
    uid = shared_world.client.profiles.versions("differs", fresh=True)["1.0.0"]
    stack = shared_world.program(
        HEAD + 'palette.Profile("differs", cloud="aws", tags=["new"], layers=base)', stack="other"
    )
    adopt(stack, uid)
    text = stack.refused()
    assert "would change: tags" in text
    token = text.split("palette:approve=")[1].split()[0]
    stack.config(palette__approve=token)
    assert stack.up().changes == {"create": 2}
    found = shared_world.client.profiles.get(uid)
    assert found is not None
    assert "new" in found.metadata.labels
