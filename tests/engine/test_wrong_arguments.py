"""Arguments of the wrong type on the real engine: one text that names the argument, and never a traceback."""

from __future__ import annotations

import pytest

from tests.engine.harness import ANSI, World
from tests.engine.test_first_errors import HEAD, HOOK, told

CLUSTER = """
machine = palette.AwsMachine("m5.large", azs=["eu-west-1a"])
apps = palette.Profile("apps", layers=[palette.manifest("hello", "apiVersion: v1\\nkind: Namespace\\nmetadata: {name: a}\\n")])
palette.Cluster("web", cloud_config=palette.Aws("eu-west-1"), profiles=[apps], pools=[palette.control_plane(machine)], %s)
"""
BY_NAME = (
    'cloud_account: "main" is no uid (24 hexadecimal digits), and a bare text is always a uid; '
    'by name: palette.get_cloud_account("main", cloud="aws")'
)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        (
            'palette.AwsMachine("m5.large", disk_gib="60GB")\n',
            'AwsMachine.disk_gib: expected a whole number, not the text "60GB"',
        ),
        (
            CLUSTER % 'cloud_account="main", updates="aply"',
            'Cluster("web").updates: "aply" must be one of "hold", "apply"; did you mean "apply"?',
        ),
        (
            CLUSTER % 'cloud_account=pulumi.Output.from_input("main")',
            BY_NAME,
        ),
    ],
    ids=["value", "choice", "output"],
)
def test_a_wrong_argument(shared_world: World, program: str, message: str) -> None:
    """The preview ends with the text alone."""
    assert told(shared_world.program(HEAD + program, stack="wrong")) == message


def test_a_misspelt_setting(shared_world: World) -> None:
    """A setting of the stack that is misspelt is named, with the right one."""
    stack = shared_world.program(HOOK, stack="misspelt")
    stack.config(palette__hots="local")
    assert told(stack) == (
        "palette:hots in this stack's configuration has no meaning; did you mean palette:host?\n"
        "  take it out: pulumi config rm palette:hots"
    )


def test_a_path_that_a_pack_does_not_have(shared_world: World) -> None:
    """The preview warns, names the nearest path, and goes on."""
    program = 'palette.pack(palette.get_pack("hello-universe"), set={"/ui/replicsa": 2})\n'
    done = shared_world.program(HEAD + program, stack="paths").cli("preview")
    assert 'have no "/ui/replicsa"; nearest: /ui/replicas. It is added.' in ANSI.sub("", done.stdout + done.stderr)
