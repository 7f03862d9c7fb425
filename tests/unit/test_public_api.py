"""The public surface: names, signatures, and what importing costs."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import subprocess
import sys
from typing import Any

import pytest

import palette_sdk

CONNECTED = [
    "pydantic",
    "httpx2",
    "yaml",
    "starlette",
    "uvicorn",
    "semver",
    "grpc",
    "sqlite3",
    "typer",
    "rich",
    "pulumi_kubernetes",
]
"""Modules that cost time to import, or open things."""


def test_all_is_sorted_and_complete() -> None:
    """`__all__` is sorted, without repetition, and each name can be imported and comes from the package."""
    assert palette_sdk.__all__ == sorted(set(palette_sdk.__all__))
    for name in palette_sdk.__all__:
        found = getattr(palette_sdk, name)
        if inspect.isclass(found) or inspect.isfunction(found):
            assert found.__module__.startswith("palette_sdk."), name


def test_type_checkers_see_the_same_names() -> None:
    """The names that type checkers are told are those that can be imported."""
    source = inspect.getsource(palette_sdk)
    block = source.split("if TYPE_CHECKING:\n", 1)[1].split("\n_HOME", 1)[0]
    told = [line.rsplit(" as ", 1)[1] for line in block.splitlines() if " as " in line]
    assert sorted(told) == palette_sdk.__all__


def test_an_unknown_name() -> None:
    """A name that isn't there is an AttributeError, as of any module."""
    with pytest.raises(AttributeError, match="no attribute 'Profil'"):
        palette_sdk.Profil  # noqa: B018


def fresh(program: str) -> str:
    """What a program prints in a new interpreter."""
    done = subprocess.run([sys.executable, "-c", program], text=True, capture_output=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


REPORT = """
import sys
names = {names!r}
print(sorted({{name.split(".")[0] for name in sys.modules}} & set(names)))
"""


def test_importing_the_package_imports_nothing_heavy() -> None:
    """`import palette_sdk` brings in neither pulumi nor anything else that costs time."""
    assert fresh("import palette_sdk" + REPORT.format(names=[*CONNECTED, "pulumi"])) == "[]"


def test_using_the_classes_imports_no_more_than_pulumi() -> None:
    """Naming every resource class imports nothing heavy beyond what `import pulumi` brings in."""
    report = REPORT.format(names=CONNECTED)
    alone = fresh("import pulumi, pulumi.dynamic" + report)
    assert fresh("import palette_sdk\nfor name in palette_sdk.__all__: getattr(palette_sdk, name)" + report) == alone


def test_importing_does_no_io() -> None:
    """Importing every module of the SDK opens no socket, starts no process, and reads and writes no file but modules."""
    program = """
import sys, importlib, pkgutil
import pulumi, pulumi.dynamic, pydantic, httpx2, yaml, semver
import palette_sdk
seen = []
def watch(event, args):
    if event in {"socket.connect", "socket.bind", "subprocess.Popen", "os.system", "os.mkdir", "os.remove", "sqlite3.connect"}:
        seen.append((event, str(args)))
    elif event == "open" and isinstance(args[0], str):
        writes = isinstance(args[1], str) and set(args[1]) & set("wax+")
        if writes and not args[0].endswith(".pyc") and "__pycache__" not in args[0]:
            seen.append((event, args[0]))
        elif args[0].startswith(palette_sdk.__path__[0]) and not args[0].endswith((".py", ".pyc")):
            seen.append((event, args[0]))
sys.addaudithook(watch)
for item in pkgutil.walk_packages(palette_sdk.__path__, "palette_sdk."):
    if not item.name.endswith("__main__"):
        importlib.import_module(item.name)
print(seen)
"""
    assert fresh(program) == "[]"


def test_every_module_says_what_it_is_for() -> None:
    """Each module of the package has a docstring."""
    for item in pkgutil.walk_packages(palette_sdk.__path__, "palette_sdk."):
        if not item.name.endswith("__main__"):
            assert (importlib.import_module(item.name).__doc__ or "").strip(), item.name


# -- signatures ----------------------------------------------------------------------------------------------------------

COMMON = ["name", "description", "tags", "project", "scope", "adopt", "timeouts"]
RESOURCES: dict[str, list[str]] = {
    "Profile": ["layers", "cloud", "type", "version", "variables", "in_place", *COMMON],
    "ProfileVersion": [
        *["version", "source", "layers", "set_layers", "remove_layers"],
        *["variables", "set_variables", "remove_variables", "in_place", "cloud", *COMMON],
    ],
    "ImportedProfile": ["file", "registries", "secrets", "in_place", *COMMON],
    "Cluster": [
        *["cloud_config", "cloud_account", "pools", "profiles", "variables", "updates", "approve", "guards"],
        *[
            "overrides",
            "override_policy",
            "override_rules",
            "backup",
            "timezone",
            "wait",
            "force_delete_after",
            *COMMON,
        ],
    ],
    "MaintenancePolicy": ["schedules", *COMMON],
    "ClusterTemplate": ["cloud", "profiles", "maintenance", "variables", "approve", *COMMON],
    "TemplateRollout": ["template", "clusters", "upgrade_now", "pending", "wait", "project", "scope", "timeouts"],
    "AwsCloudAccount": ["auth", *COMMON],
    "AzureCloudAccount": ["auth", *COMMON],
    "GcpCloudAccount": ["auth", *COMMON],
    "VsphereCloudAccount": ["auth", *COMMON],
}


@pytest.mark.parametrize("name", RESOURCES)
def test_resources(name: str) -> None:
    """`resource_name` comes first, everything else by keyword, `opts` last; all arguments that were promised are there."""
    parameters = inspect.signature(getattr(palette_sdk, name)).parameters
    given = list(parameters)
    assert given[0] == "resource_name"
    assert parameters["resource_name"].kind is inspect.Parameter.POSITIONAL_OR_KEYWORD
    rest = given[1:]
    assert {parameters[key].kind for key in rest} == {inspect.Parameter.KEYWORD_ONLY}
    assert given[-1] == "opts"
    assert set(RESOURCES[name]) <= set(rest)
    assert parameters["opts"].default is None


@pytest.mark.parametrize(
    "name", ["Profile", "ProfileVersion", "ImportedProfile", "Cluster", "MaintenancePolicy", "ClusterTemplate"]
)
def test_get_of_resources(name: str) -> None:
    """`Resource.get(resource_name, id, opts)` reads what is there."""
    assert list(inspect.signature(getattr(palette_sdk, name).get).parameters) == ["resource_name", "id", "opts"]


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("pack", ["p", "values", "set", "manifests", "name"]),
        ("manifest", ["name", "contents"]),
        ("helm", ["name", "chart", "version", "registry", "values", "set"]),
        ("oci", ["name", "chart", "version", "registry", "values", "set"]),
        ("render", ["path", "vars"]),
        ("get_pack", ["name", "version", "registry", "cloud", "project", "scope"]),
        ("get_registry", ["name", "project", "scope"]),
        ("get_cloud_account", ["name", "cloud", "project", "scope"]),
        ("get_profile", ["name", "version", "project", "scope"]),
        ("get_cluster", ["name", "project", "scope"]),
        ("get_backup_location", ["name", "project", "scope"]),
        ("get_maintenance_policy", ["name", "project", "scope"]),
        ("get_cluster_template", ["name", "project", "scope"]),
        ("get_clusters", ["tags", "project", "scope"]),
        ("get_cluster_status", ["name", "project", "scope"]),
        ("Attach", ["profile", "variables", "overrides"]),
        ("Guards", ["when_busy", "minor_skip", "replace", "before_update", "backup_max_age"]),
        ("Override", ["layer", "path", "value", "remove", "text", "resource", "manifest", "profile", "reason"]),
        ("OverrideRule", ["policy", "layer", "resource", "path"]),
        (
            "BackupPolicy",
            ["location", "schedule", "prefix", "expires_after", "namespaces", "disks", "cluster_resources"],
        ),
        ("Schedule", ["name", "cron", "duration"]),
        ("Timeouts", ["create", "update", "delete"]),
    ],
)
def test_functions_and_values(name: str, parameters: list[str]) -> None:
    """Functions and value classes take the arguments that were promised, in their order."""
    found = inspect.signature(getattr(palette_sdk, name)).parameters
    assert [key for key in found if not key.startswith("_")] == parameters


@pytest.mark.parametrize("name", [name for name in palette_sdk.__all__ if name.startswith("get_")])
def test_every_lookup_has_a_twin(name: str) -> None:
    """Each look-up has a twin that takes outputs."""
    assert f"{name.removesuffix('_output')}_output" in palette_sdk.__all__


@pytest.mark.parametrize("name", [name for name in palette_sdk.__all__ if inspect.isclass(getattr(palette_sdk, name))])
def test_public_names_are_documented(name: str) -> None:
    """Each public class says what it means."""
    found: Any = getattr(palette_sdk, name)
    text = inspect.getdoc(found) or ""
    assert text, name
    assert not text.startswith(f"{name}("), f"{name} has only the docstring that a dataclass makes"
