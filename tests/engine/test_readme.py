"""The programs of the README and the guides, as they stand there, on a real engine."""

from __future__ import annotations

import re

import pytest

from tests.engine.harness import ROOT, Stack, World
from tests.engine.test_overrides import palette

THEIRS = """
BASE
debug = palette.manifest("debug", "apiVersion: v1\\nkind: Namespace\\nmetadata: {name: debug}\\n")
palette.Profile("their-shop", cloud="aws", layers=[*base, debug], variables=[
    palette.Variable("token", default="hush-theirs", required=True, sensitive=True)])
"""
"""A profile of another place, as the guide's program imports it."""


def programs(page: str) -> list[str]:
    """Python blocks of a page."""
    text = (ROOT / page).read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def edit(stack: Stack, old: str, new: str) -> None:
    """Change the program as the page tells the reader to; what is changed stands in it exactly once."""
    main = stack.folder / "__main__.py"
    text = main.read_text(encoding="utf-8")
    assert text.count(old) == 1, old
    main.write_text(text.replace(old, new), encoding="utf-8")


@pytest.mark.timeout(900)
def test_the_readme_from_end_to_end(world: World) -> None:
    """The first program runs as printed; version, roll-back, held update and token do what the README says."""
    first, version = programs("README.md")
    stack = world.program(first)
    assert stack.preview().changes == {"create": 3}
    done = stack.up()
    assert done.changes == {"create": 3}
    assert re.fullmatch(r"http://.+:8080", done.outputs["url"])
    assert stack.preview().changes == {}

    edit(stack, "small = ", f"{version}\nsmall = ")
    edit(stack, "profiles=[v100]", "profiles=[v110]")
    assert stack.up().changes == {"create": 1, "update": 1}
    edit(stack, "profiles=[v110]", "profiles=[v100]")
    diff = stack.preview(diff=True)
    assert diff.changes == {"update": 1}
    assert re.search(r'~ version *: "1.3.0" => "1.2.0"', diff.text)
    assert stack.up().changes == {"update": 1}

    edit(
        stack, '*base, palette.pack(page, set={"ui.replicas": 2})', '*base, palette.pack(page, set={"ui.replicas": 3})'
    )
    held = stack.up()
    assert held.changes == {"update": 2}
    assert "1 path: hello-universe /ui/replicas 2 -> 3" in held.text
    found = re.search(r'approve=\["(up-[0-9a-f]+)"\]', held.text)
    assert found is not None
    stack.config(palette__approve=found[1])
    assert stack.up().changes == {"update": 1}
    assert stack.preview().changes == {}
    assert stack.destroy().changes == {"delete": 4}


@pytest.mark.timeout(900)
def test_the_guides_programs(shared_world: World) -> None:
    """The programs of the guides run as printed, those about clusters on the profiles of the guide before."""
    started = shared_world.program(programs("docs/guides/getting-started.md")[0], stack="started")
    assert started.preview().changes == {"create": 4}

    versions, values, variables, imported = programs("docs/guides/profiles-and-versions.md")
    assert shared_world.program(versions, stack="versions").up().changes == {"create": 3}
    assert shared_world.program(values, stack="values").preview().changes == {"create": 1}
    assert shared_world.program(variables, stack="variables").preview().changes == {"create": 2}
    shared_world.program(THEIRS.replace("BASE", versions.partition("v100")[0]), stack="theirs").up()
    stack = shared_world.program(imported, stack="imported")
    stack.secret("token", "hush-token")
    document = palette(shared_world, stack, "profiles", "export", "their-shop")
    document = document.replace('"their-shop"', '"our-shop"').replace('"Public Repo"', '"Their Registry"')
    (stack.folder / "shop.json").write_text(document, encoding="utf-8")
    assert stack.preview().changes == {"create": 3}

    cluster, backed_up, reader, azure = programs("docs/guides/clusters.md")
    stack = shared_world.program(cluster, stack="cluster")
    assert stack.preview().changes == {"create": 2}
    assert stack.up().changes == {"create": 2}

    row = shared_world.client.clusters.by_name("shop", fresh=True)
    assert row is not None
    reader = reader.replace("699d56ee625c44429c6c8b53", row.metadata.uid)
    reading = shared_world.program(
        reader.replace('shop.service_url("shop", port=443, scheme="https")', "shop.name"), stack="reader"
    )
    assert reading.up().outputs["shop"] == "shop"
    (look_ups,) = programs("docs/guides/look-ups.md")
    found = shared_world.program(look_ups, stack="look-ups").up().outputs
    assert (found["latest"], found["versions"]) == ("shop 1.1.0 for aws", ["1.0.0", "1.1.0"])
    assert found["kubernetes"].startswith("1.30.")
    assert (found["waiting"], found["still_on_old_versions"]) == ([], {"1.0.0": []})
    assert shared_world.program(azure, stack="azure").preview().changes == {"create": 3}
    assert stack.destroy().changes == {"delete": 2}
    assert shared_world.program(backed_up, stack="backed-up").preview().changes == {"create": 2}
    overridden, rules = (text.replace('"shop"', '"small-shop"') for text in programs("docs/guides/overrides.md"))
    assert shared_world.program(overridden + rules, stack="overridden").up().changes == {"create": 3}
