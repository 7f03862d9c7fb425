"""The pages are true: code compiles and runs, names, commands and links exist, everything public is described."""

from __future__ import annotations

import ast
import inspect
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import typer

import palette_sdk as palette
from palette_sdk.cli.program import app

ROOT = Path(__file__).resolve().parents[1]
PAGES = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("examples/*/README.md")]
    if ".venv" not in path.parts
)
FENCE = re.compile(r"^```([^\n]*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")


class Block(NamedTuple):
    """A code block of a page."""

    page: Path
    line: int
    info: str
    code: str

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(language: str) -> list[Block]:
    """All code blocks of a language."""
    found: list[Block] = []
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        found += [
            Block(page, text[: match.start()].count("\n") + 1, match[1], match[2])
            for match in FENCE.finditer(text)
            if match[1].split()[:1] == [language]
        ]
    return found


PYTHON = blocks("python")
SHELL = blocks("sh")


def without_code(page: Path) -> str:
    """A page's text without its code blocks."""
    return FENCE.sub("", page.read_text(encoding="utf-8"))


# -- code --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("block", PYTHON, ids=str)
def test_python_names_and_arguments_exist(block: Block) -> None:
    """Each Python block compiles; its `palette.` names are public, and their arguments are arguments of theirs."""
    for node in ast.walk(ast.parse(block.code)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "palette":
            assert node.attr in palette.__all__ or "local_palette" in block.code, f"{block}: palette.{node.attr}"
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            owner = node.func.value
            if isinstance(owner, ast.Name) and owner.id == "palette" and node.func.attr in palette.__all__:
                fits(node, getattr(palette, node.func.attr), str(block))


def fits(call: ast.Call, function: Any, where: str) -> None:
    """Assert that a call's keywords are known, and that none is missing."""
    words = {word.arg: None for word in call.keywords if word.arg}
    signature = inspect.signature(function)
    if any(isinstance(item, ast.Starred) for item in call.args) or any(word.arg is None for word in call.keywords):
        signature.bind_partial(**words)
        return
    try:
        signature.bind(*call.args, **words)
    except TypeError as error:
        pytest.fail(f"{where}: {ast.unparse(call.func)}: {error}")


@pytest.mark.parametrize("block", [block for block in PYTHON if block.info == "python run"], ids=str)
def test_python_runs(block: Block) -> None:
    """A block that says `run` runs, and what it asserts holds."""
    exec(compile(block.code, str(block), "exec"), {"__name__": "docs"})


# -- commands ----------------------------------------------------------------------------------------------------------


def lines(word: str) -> Iterator[tuple[Block, list[str]]]:
    """Command lines of the shell blocks that begin with a word."""
    for block in SHELL:
        for line in block.code.splitlines():
            for part in re.split(r"\s+&&\s+", line):
                words = shlex.split(part, comments=True)
                if words[:1] == [word]:
                    yield block, words[1:]


def test_palette_commands_exist() -> None:
    """Each `palette` command line of the pages names a command and options that exist."""
    seen = 0
    for block, words in lines("palette"):
        command: Any = typer.main.get_command(app)
        rest = list(words)
        while rest and rest[0] in getattr(command, "commands", {}):
            command = command.commands[rest.pop(0)]
        alone = not getattr(command, "commands", {}) or command.invoke_without_command
        assert alone, f"{block}: palette {' '.join(words)}"
        known = {name for each in command.params for name in (*each.opts, *each.secondary_opts)}
        assert {word for word in rest if word.startswith("-")} <= known, f"{block}: palette {' '.join(words)}"
        seen += 1
    assert seen > 5


def test_make_targets_exist() -> None:
    """Each `make` target of the pages is one of the Makefile."""
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    wanted = {words[0] for _, words in lines("make")}
    for page in PAGES:
        wanted |= set(re.findall(r"`make (?:-s )?([a-z-]+)`", page.read_text(encoding="utf-8")))
    assert {"demo", "test", "check"} <= wanted
    assert wanted <= targets


def test_readme_opens_with_the_two_commands() -> None:
    """The README's first block is `make demo` and `make test`, after a title and one sentence."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    head, code = text.split("```sh\n", 1)
    assert [line.split()[:2] for line in code.split("```")[0].splitlines()] == [["make", "demo"], ["make", "test"]]
    title, sentence = head.strip().split("\n\n")
    assert title == "# palette_sdk"
    assert len(re.findall(r"\.(?:\s|$)", sentence)) == 1


# -- what is described ------------------------------------------------------------------------------------------------


def test_the_reference_is_in_step() -> None:
    """The page of resources is what the generator makes of the source."""
    done = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "reference.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_every_public_name_is_described() -> None:
    """The page of resources names everything that the package offers."""
    page = (ROOT / "docs" / "reference" / "resources.md").read_text(encoding="utf-8")
    assert [name for name in palette.__all__ if f"`{name}`" not in page] == []


def test_no_argument_is_left_undescribed() -> None:
    """Each argument of a public class or function, and each field of a value, has a meaning in the reference."""
    page = (ROOT / "docs" / "reference" / "resources.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| `\w+` \|(?:.*\|)? +\|$", page, re.MULTILINE) == []
    for name in ("Profile", "Cluster", "control_plane", "workers", "pack", "manifest", "helm", "render", "get_pack"):
        section = page.split(f"\n### `{name}`\n", 1)[1].split("\n### ")[0]
        item = getattr(palette, name)
        given = [key for key in inspect.signature(item).parameters if key != "self"]
        assert [key for key in given if f"| `{key}` |" not in section] == [], name


def test_every_setting_is_described() -> None:
    """Each `palette:` key that the source reads stands in the README and in the guide."""
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "palette_sdk" / "resources").rglob("*.py"))
    keys = set(re.findall(r"palette:([a-z]\w+)", source))
    assert {"host", "approve", "updates"} <= keys
    for page in ("README.md", "docs/guides/configuration.md"):
        text = (ROOT / page).read_text(encoding="utf-8")
        assert sorted(key for key in keys if f"`palette:{key}`" not in text) == [], page


def test_every_decision_is_listed_and_complete() -> None:
    """Each decision stands in the list, and has its four parts."""
    folder = ROOT / "docs" / "decisions"
    listed = (folder / "README.md").read_text(encoding="utf-8")
    for path in sorted(folder.glob("[0-9]*.md")):
        assert f"({path.name})" in listed
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {int(path.name[:4])}. ")
        for part in ("Context", "Options", "Choice", "Consequence"):
            assert f"**{part}.**" in text, path.name


# -- links -------------------------------------------------------------------------------------------------------------


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings."""
    titles = re.findall(r"^#+ (.+)$", without_code(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).strip().replace(" ", "-") for title in titles}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_resolve(page: Path) -> None:
    """Each relative link leads to a file, and to a heading where it names one."""
    for link in LINK.findall(without_code(page)):
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page
        assert target.exists(), f"{page.relative_to(ROOT)}: {link}"
        if anchor:
            assert anchor in anchors(target), f"{page.relative_to(ROOT)}: {link}"


# -- what no file may hold --------------------------------------------------------------------------------------------

REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("proxy", "golang", "org"),
        ("sum", "golang", "org"),
        ("npmjs", "org"),
        ("deb", "debian", "org"),
    )
]
PATHS = [re.compile("/" + place) for place in ("work/", "tmp/", "root/", "home/[a-z]", "Users/[A-Za-z]")]
MAY_NAME_PATHS = ("palette_sdk/controlplane/catalogue/",)
"""Values of packs name paths of nodes."""


def test_no_machine_and_no_registry_in_tracked_files() -> None:
    """No tracked file names a package registry's host, or a path of somebody's machine."""
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("this is no checkout: tracked files can't be listed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    found = []
    for name in filter(None, listed.split("\0")):
        path = ROOT / name
        if not path.is_file():
            continue
        text = path.read_text(encoding="utf-8", errors="replace")
        found += [f"{name}: {host}" for host in REGISTRIES if host in text]
        if not name.startswith(MAY_NAME_PATHS):
            found += [f"{name}: {match[0]}" for each in PATHS for match in each.finditer(text) if is_own(text, match)]
    assert found == []


def is_own(text: str, match: re.Match[str]) -> bool:
    """Whether a path begins here: not in the middle of another one, or of an address."""
    return match.start() == 0 or not re.match(r"[\w.~}/-]", text[match.start() - 1])
