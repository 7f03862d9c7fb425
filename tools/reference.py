"""Writes docs/reference/resources.md: signatures and docstrings of everything public, read from the source.

Nothing is imported: annotations and defaults stand in the page as they stand in the source, on every Python version.

Usage: reference.py [--check]
"""

from __future__ import annotations

import ast
import itertools
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "palette_sdk"
PAGE = ROOT / "docs" / "reference" / "resources.md"

HEAD = """\
# Resources, values and look-ups

Everything that `import palette_sdk as palette` offers, with the helpers for tests at the end. Generated from the source:
`python tools/reference.py` writes this page, and a test holds it to the source.

- Where a type says `pulumi.Input[...]` an output of another resource serves too; where it does not, plain text is wanted,
  because the value names something in plans and diffs.
- Each value class has a twin ending in `Dict`: a plain dict with the same keys serves in its place.
- `Duration` is a text with a unit (`"90s"`, `"30m"`, `"4h"`, `"30d"`, `"1h30m"`) or a `timedelta`; never a bare number.
- `Tags` is a mapping (`{"env": "prod", "web": ""}`) or a list (`["env:prod", "web"]`); one value per key.
- `Scope` is `"project"` or `"tenant"`. `Content` is a text, or a `Path` to a file. `Texts` is a list of texts.
"""

CHAPTERS: dict[str, tuple[str, ...]] = {
    "Profiles": ("Profile", "ProfileVersion", "ImportedProfile", "Cloud", "VersionRef"),
    "Layers and variables": ("pack", "manifest", "helm", "oci", "render", "Layer", "Variable"),
    "Clusters": (
        "Cluster",
        "Attach",
        "Override",
        "OverrideRule",
        "OverridePolicy",
        "Guards",
        "BackupPolicy",
        "Timeouts",
        "ScaleToZero",
    ),
    "Fleets": (
        "Fleet",
        "ClusterArgs",
        "Stage",
        "FleetStage",
        "MaintenancePolicy",
        "Schedule",
        "ClusterTemplate",
        "TemplateRollout",
    ),
    "Pools and machines": (
        "control_plane",
        "workers",
        "Pool",
        "Taint",
        "AwsMachine",
        "AzureMachine",
        "GcpMachine",
        "VsphereMachine",
        "VspherePlacement",
        "EdgeHosts",
        "EdgeHost",
        "Machine",
    ),
    "Clouds": (
        "Aws",
        "Eks",
        "EksAddon",
        "Azure",
        "Aks",
        "AzureSubnet",
        "Gcp",
        "Gke",
        "Vsphere",
        "EdgeNative",
        "CloudConfig",
    ),
    "Cloud accounts": (
        "AwsCloudAccount",
        "AwsAuth",
        "AzureCloudAccount",
        "AzureAuth",
        "GcpCloudAccount",
        "GcpAuth",
        "VsphereCloudAccount",
        "VsphereAuth",
    ),
    "Look-ups": (
        "get_pack",
        "get_registry",
        "get_cloud_account",
        "get_profile",
        "get_cluster",
        "get_clusters",
        "get_cluster_status",
        "get_backup_location",
        "get_maintenance_policy",
        "get_cluster_template",
        "orphans",
        "PackResult",
        "RegistryResult",
        "CloudAccountResult",
        "ProfileResult",
        "ClusterResult",
        "ClusterStatusResult",
        "BackupLocationResult",
        "MaintenancePolicyResult",
        "ClusterTemplateResult",
        "Orphan",
    ),
    "Errors": ("PaletteError", "ProgramError"),
}
TESTING = {"local_palette": "testing", "LocalPalette": "testing", "Admin": "local.admin"}
SECTION = re.compile(r"^(Args|Raises|Returns|Yields|Example):\s*$")
ITEM = re.compile(r"^(\w+): (.*)$")


@dataclass
class Doc:
    """A docstring in its parts: text, arguments by name, errors, and the last words after them."""

    text: str = ""
    args: dict[str, str] = field(default_factory=dict)
    raises: dict[str, str] = field(default_factory=dict)
    example: str = ""


@dataclass
class Module:
    """The source of a module and its top-level definitions by name."""

    source: str
    nodes: dict[str, ast.stmt]

    def text(self, node: ast.expr | None) -> str:
        """An expression as it is written."""
        return re.sub(r"\s+", " ", ast.get_source_segment(self.source, node) or "") if node is not None else ""


def homes() -> dict[str, str]:
    """Every public name and the module that has it, from the package's own table."""
    tree = ast.parse((PACKAGE / "__init__.py").read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name) and node.targets[0].id == "_HOME":
            return dict(ast.literal_eval(node.value))
    raise SystemExit("reference: palette_sdk/__init__.py has no table _HOME")


@lru_cache
def module(name: str) -> Module:
    """A module of the package, by its dotted name within it."""
    source = (PACKAGE / Path(*name.split("."))).with_suffix(".py").read_text(encoding="utf-8")
    nodes: dict[str, ast.stmt] = {}
    for node in ast.parse(source).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            nodes[node.name] = node
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            nodes[node.targets[0].id] = node
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            nodes[node.target.id] = node
    return Module(source, nodes)


def parsed(docstring: str | None) -> Doc:
    """A docstring taken apart."""
    doc, part, name = Doc(), "", ""
    lines: dict[str, list[str]] = {"": [], "Example": []}
    for line in (docstring or "").splitlines():
        head = SECTION.match(line)
        if head:
            part, name = head[1], ""
            continue
        if line and not line.startswith(" ") and part:
            part = ""
        if part in ("Args", "Raises"):
            items = doc.args if part == "Args" else doc.raises
            found = ITEM.match(line.removeprefix("    "))
            if found:
                name = found[1]
                items[name] = found[2]
            elif line.strip() and name:
                items[name] += " " + line.strip()
        else:
            lines.setdefault(part, []).append(line)
    doc.text = "\n".join(lines[""]).strip()
    doc.example = "\n".join(line.removeprefix("    ") for line in lines["Example"]).strip()
    return doc


def bases(module_: Module, node: ast.ClassDef) -> Iterator[ast.ClassDef]:
    """The class and its bases of the same module, the farthest first."""
    for base in node.bases:
        found = module_.nodes.get(base.id) if isinstance(base, ast.Name) else None
        if isinstance(found, ast.ClassDef):
            yield from bases(module_, found)
    yield node


def fields(module_: Module, node: ast.ClassDef) -> list[tuple[str, str, str, str]]:
    """Name, type, default and meaning of the attributes that a class declares, own and inherited."""
    found: dict[str, tuple[str, str, str, str]] = {}
    for each in bases(module_, node):
        for statement, after in zip(each.body, [*each.body[1:], None], strict=False):
            if not isinstance(statement, ast.AnnAssign) or not isinstance(statement.target, ast.Name):
                continue
            name, kind = statement.target.id, module_.text(statement.annotation)
            if name.startswith("_") or "ClassVar" in kind:
                continue
            text = after.value.value if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant) else ""
            found[name] = (name, kind, default_of(module_, statement.value), str(text))
    return list(found.values())


def default_of(module_: Module, value: ast.expr | None) -> str:
    """The default of an attribute as a person reads it; empty where one is needed."""
    if isinstance(value, ast.Call) and module_.text(value.func) == "field":
        given = {word.arg: word.value for word in value.keywords}
        if "default_factory" in given:
            return {"dict": "{}", "list": "[]"}.get(module_.text(given["default_factory"]), "")
        return module_.text(given["default"]) if "default" in given else ""
    return module_.text(value)


def signature(module_: Module, name: str, function: ast.FunctionDef, *, skip: int = 0) -> str:
    """A call with one argument a line."""
    given = function.args
    plain = [*given.posonlyargs, *given.args]
    blanks: list[ast.expr | None] = [None] * (len(plain) - len(given.defaults))
    rows = [argument(module_, arg, value) for arg, value in zip(plain, [*blanks, *given.defaults], strict=True)]
    if given.posonlyargs:
        rows.insert(len(given.posonlyargs), "/")
    if given.kwonlyargs:
        rows.append("*")
        rows += [argument(module_, *pair) for pair in zip(given.kwonlyargs, given.kw_defaults, strict=True)]
    if given.kwarg:
        rows.append("**" + argument(module_, given.kwarg, None))
    rows = rows[skip:]
    answer = f" -> {module_.text(function.returns)}" if function.returns and function.name != "__init__" else ""
    whole = f"{name}({', '.join(rows)}){answer}"
    if len(whole) <= 100:
        return whole
    return f"{name}(\n" + "".join(f"    {row},\n" for row in rows) + f"){answer}"


def argument(module_: Module, arg: ast.arg, default: ast.expr | None) -> str:
    """One argument of a signature."""
    return arg.arg + (f": {module_.text(arg.annotation)}" if arg.annotation else "") + (
        f" = {module_.text(default)}" if default is not None else ""
    )  # fmt: skip


def cell(text: str) -> str:
    """A text that fits into a table."""
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> list[str]:
    """A table of Markdown."""
    if not rows:
        return []
    lines = [f"| {' | '.join(head)} |", f"|{' --- |' * len(head)}"]
    return ["", *lines, *(f"| {' | '.join(map(cell, row))} |" for row in rows)]


def entry(name: str, home: str) -> list[str]:
    """The section of one public name."""
    module_ = module(home)
    node = module_.nodes[name]
    lines = ["", f"### `{name}`", ""]
    if isinstance(node, ast.FunctionDef):
        return lines + function_lines(module_, name, node)
    if isinstance(node, ast.ClassDef):
        return lines + class_lines(module_, name, node)
    value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
    written = ast.literal_eval(value) if isinstance(value, ast.Constant) else module_.text(value)
    return [*lines, following(module_, node) or "A type.", "", f"`{written}`"]


def following(module_: Module, node: ast.stmt) -> str:
    """The text that stands after an assignment and describes it."""
    body = ast.parse(module_.source).body
    for each, after in itertools.pairwise(body):
        if each.lineno == node.lineno and isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            return str(after.value.value)
    return ""


def function_lines(module_: Module, name: str, node: ast.FunctionDef, *, skip: int = 0) -> list[str]:
    """Signature, text, arguments and errors of a function."""
    doc = parsed(ast.get_docstring(node))
    lines = ["```text", signature(module_, name, node, skip=skip), "```", "", doc.text]
    lines += table(("argument", "meaning"), [(f"`{key}`", text) for key, text in doc.args.items()])
    for error, text in doc.raises.items():
        lines += ["", f"Raises `{error}`: {text}"]
    return lines


def class_lines(module_: Module, name: str, node: ast.ClassDef) -> list[str]:
    """Signature, text, arguments, attributes and methods of a class."""
    docs = [parsed(ast.get_docstring(each)) for each in bases(module_, node)]
    args: dict[str, str] = {}
    for doc in docs:
        args |= doc.args
    functions = [each for each in node.body if isinstance(each, ast.FunctionDef)]
    init = next((each for each in functions if each.name == "__init__"), None)
    lines: list[str] = []
    if init is not None and is_resource(module_, node):
        lines += ["```text", signature(module_, name, init, skip=1), "```", ""]
    lines.append(docs[-1].text)
    declared = fields(module_, node)
    if is_resource(module_, node):
        lines += table(("argument", "meaning"), [(f"`{key}`", text) for key, text in args.items()])
        has_uid = not is_component(module_, node)
        outputs = [
            (f"`{key}`", text) for key, kind, _, text in declared if kind.startswith("pulumi.Output") or not has_uid
        ]
        uid = [("`uid`", "Palette's identifier; the same as `.id`.")] if has_uid else []
        lines += table(("output", "meaning"), [*uid, *outputs])
    else:
        rows = [
            (f"`{key}`", f"`{kind}`", f"`{value}`" if value else "", text or args.get(key, ""))
            for key, kind, value, text in declared
        ]
        lines += table(("field", "type", "default", "meaning"), rows)
    for method in functions:
        if not method.name.startswith("_") and method.name != "props" and not is_property(method):
            title = ["", f"#### `{name}.{method.name}`", ""]
            skip = 0 if any(getattr(item, "id", "") == "staticmethod" for item in method.decorator_list) else 1
            lines += title + function_lines(module_, f"{name}.{method.name}", method, skip=skip)
    return lines


def is_property(method: ast.FunctionDef) -> bool:
    """Whether a method is read as an attribute."""
    return any(getattr(item, "id", "") == "property" for item in method.decorator_list)


def is_resource(module_: Module, node: ast.ClassDef) -> bool:
    """Whether a class is a Pulumi resource."""
    return bool({"Resource", "ComponentResource"} & roots(module_, node))


def is_component(module_: Module, node: ast.ClassDef) -> bool:
    """Whether a class is a resource of which nothing is on the service."""
    return "ComponentResource" in roots(module_, node)


def roots(module_: Module, node: ast.ClassDef) -> set[str]:
    """Names of the bases of a class, also of those that are in its module."""
    return {base.id for each in bases(module_, node) for base in each.bases if isinstance(base, ast.Name)}


def twins(names: list[str]) -> list[str]:
    """What stands for something else: dict literals and look-ups that take outputs."""
    dicts = ", ".join(f"`{name}`" for name in names if name.endswith("Dict"))
    outputs = ", ".join(f"`{name}`" for name in names if name.endswith("_output"))
    return [
        "",
        "## Twins",
        "",
        f"As dict literals: {dicts}.",
        "",
        f"Look-ups that take outputs and give one: {outputs}. Their arguments are those of the look-up without `_output`.",
    ]


def render() -> str:
    """The page."""
    known = homes()
    plain = [name for name in known if not name.endswith(("Dict", "_output"))]
    placed = [name for names in CHAPTERS.values() for name in names]
    if missing := sorted(set(plain) - set(placed)):
        raise SystemExit(f"reference: no chapter has {', '.join(missing)}; add them to CHAPTERS")
    lines = [HEAD.rstrip()]
    for title, names in CHAPTERS.items():
        lines += ["", f"## {title}"]
        for name in names:
            lines += entry(name, known[name])
    lines += twins(list(known))
    lines += [
        "",
        "## For tests",
        "",
        "`palette_sdk.testing`, and the admin API that it hands out (`palette_sdk.local`).",
    ]
    for name, home in TESTING.items():
        lines += entry(name, home)
    return "\n".join(lines).rstrip() + "\n"


def main() -> None:
    """Write the page, or say whether it is in step."""
    page = render()
    if "--check" in sys.argv[1:]:
        if not PAGE.exists() or PAGE.read_text(encoding="utf-8") != page:
            sys.exit("reference: docs/reference/resources.md is not in step; run: python tools/reference.py")
        return
    PAGE.write_text(page, encoding="utf-8")


if __name__ == "__main__":
    main()
