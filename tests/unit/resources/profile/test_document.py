"""Profile documents: what is read out of one, and what is told of each defect, with its place."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.profile.document import definitions, read_document, refusal
from tests.unit.resources.profile.documents import DOCUMENT

Edit = Callable[[Any], object]


def edited(edit: Edit) -> str:
    """The good document after an edit, as text."""
    document = copy.deepcopy(DOCUMENT)
    edit(document)
    return json.dumps(document)


def at(*path: str | int, value: Any) -> Edit:
    """Puts a value at a place; a value of Ellipsis takes away what is there."""

    def edit(document: Any) -> None:
        *way, last = path
        for part in way:
            document = document[part]
        if value is ...:
            del document[last]
        else:
            document[last] = value

    return edit


PACKS, VARIABLES = ("spec", "template", "packs"), ("spec", "variables")
LAYER = "spec.template.packs[4] (hello)"


def test_a_good_document() -> None:
    """All that a document says is read, tags as tags and texts byte for byte; nothing is wrong with it."""
    found = read_document(json.dumps(DOCUMENT))
    assert (found.problems, found.remarks, found.is_whole) == ([], [], True)
    assert (found.name, found.version, found.cloud, found.type) == ("base", "1.2.0", "aws", "cluster")
    assert (found.description, found.tags) == ("The base", {"team": "a", "web": ""})
    assert [place for place, _ in found.packs][4] == LAYER
    assert found.packs[4][1].manifests[0].content == DOCUMENT["spec"]["template"]["packs"][4]["manifests"][0]["content"]
    assert [item.name for _, item in found.variables] == ["tier", "token", "alpha"]


def test_what_may_be_left_out() -> None:
    """A document needs a name and layers; version, cloud, variables and null fields have their defaults."""
    text = (
        '{"metadata": {"name": "x", "labels": null}, "spec": {"template": {"packs": [{"name": "a", "type": "manifest",'
    )
    found = read_document("\ufeff" + text + ' "manifests": [{"name": "m"}]}]}}}')
    assert found.problems == []
    assert (found.version, found.cloud, found.type, found.description, found.tags) == ("1.0.0", "all", "", "", {})


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "",
            "it is not JSON (line 1, column 1: Expecting value); export it anew: palette profiles export NAME VERSION",
        ),
        ("metadata:\n  name: x\n", "it is not JSON (line 1, column 1: Expecting value); export it anew: "),
        ('{\n "metadata": {},,\n}', "it is not JSON (line 2, column 17: "),
        ("[]", 'it is no profile: an object with "metadata" and "spec" is wanted'),
        ("[" * 100_000, "it is nested too deep to be a profile"),
    ],
)
def test_what_can_not_be_read(text: str, told: str) -> None:
    """What is no JSON object is told with the line; nothing else can be said of it."""
    with pytest.raises(InputError) as refused:
        read_document(text)
    assert str(refused.value).startswith(told)


@pytest.mark.parametrize(
    ("edit", "told"),
    [
        (at("metadata", value=...), ["metadata: it is missing", "metadata.name: the profile has no name"]),
        (at("metadata", "name", value=" "), ["metadata.name: the profile has no name"]),
        (at("metadata", "name", value=3), ["metadata.name: a text is wanted"]),
        (at("metadata", "labels", value=[]), ["metadata.labels: an object is wanted"]),
        (at("spec", value=[]), ["spec: an object is wanted", "spec.template: it is missing"]),
        (
            at("spec", "version", value="1.2"),
            ['spec.version: "1.2" is not a version of the form major.minor.patch; write "1.2.0"'],
        ),
        (at("spec", "version", value=1), ["spec.version: a text is wanted"]),
        (at("spec", "template", "type", value="addon"), ['spec.template.type: there is no "addon"; nearest: add-on']),
        (
            at("spec", "template", "cloudType", value="awss"),
            ['spec.template.cloudType: there is no "awss"; nearest: aws'],
        ),
        (at(*PACKS, value=[]), ["spec.template.packs: the profile has no layers"]),
        (at(*PACKS, value={"a": 1}), ["spec.template.packs: a list is wanted"]),
        (at(*PACKS, 4, value="x"), ["spec.template.packs[4]: an object is wanted"]),
        (at(*PACKS, 4, "name", value=""), ["spec.template.packs[4]: a layer needs a name"]),
        (
            at(*PACKS, 4, "name", value="kubernetes"),
            [
                "spec.template.packs[4] (kubernetes): there is another layer of this name: spec.template.packs[1] (kubernetes)"
            ],
        ),
        (at(*PACKS, 4, "type", value="manifst"), [f'{LAYER}.type: there is no "manifst"; nearest: manifest']),
        (at(*PACKS, 4, "layer", value="add"), [f'{LAYER}.layer: there is no "add"; nearest: addon']),
        (at(*PACKS, 4, "values", value=3), [f"{LAYER}.values: a text is wanted"]),
        (at(*PACKS, 4, "manifests", value=[]), [f"{LAYER}.manifests: a layer of manifests needs at least one"]),
        (at(*PACKS, 4, "manifests", 1, "name", value="z"), [f'{LAYER}.manifests: two manifests are called "z"']),
        (at(*PACKS, 4, "manifests", 1, "content", value="a: [1\n"), [f"{LAYER}.manifests[1] (b): line 2, column 1: "]),
        (
            at(*PACKS, 4, "manifests", 1, "content", value="a: '{{.spectro.var.teir}}'\n"),
            [f"{LAYER}.manifests[1] (b): no variable is called teir, which it refers to; nearest: tier"],
        ),
        (at(*PACKS, 1, "values", value="a: 1\na: 2\n"), ["spec.template.packs[1] (kubernetes).values: "]),
        (at(*VARIABLES, value={}), ["spec.variables: a list is wanted"]),
        (at(*VARIABLES, 1, value=7), ["spec.variables[1]: an object is wanted"]),
        (at(*VARIABLES, 0, "name", value=...), ["spec.variables[0].name: it is missing"]),
        (at(*VARIABLES, 0, "required", value="maybe"), ["spec.variables[0] (tier).required: true or false is wanted"]),
        (at(*VARIABLES, 0, "options", value="s"), ["spec.variables[0] (tier).options: a list is wanted"]),
    ],
)
def test_defects(edit: Edit, told: list[str]) -> None:
    """Each defect of the document's shape is one line that begins with its place."""
    found = read_document(edited(edit)).problems
    assert len(found) >= len(told), found
    assert all(line.startswith(said) for line, said in zip(found, told, strict=False)), found


def test_a_key_twice() -> None:
    """A key that stands twice in an object is told: only the last would count."""
    text = json.dumps(DOCUMENT).replace('"version": "1.2.0"', '"version": "1.1.0", "version": "1.2.0"')
    assert read_document(text).problems == ['"version": it stands twice in one object, and only one of them can hold']


def test_misspelt_keys() -> None:
    """A key that looks like a misspelt one is remarked; other keys are a newer service's, and no matter."""
    text = json.dumps(DOCUMENT).replace('"variables"', '"variable"')
    text = text.replace('"description": "The', '"kind": "x", "descriptoin": "The')
    found = read_document(text)
    assert found.remarks == [
        "metadata.descriptoin has no meaning and is passed over; did you mean description?",
        "spec.variable has no meaning and is passed over; did you mean variables?",
    ]


def test_many_at_once() -> None:
    """All defects are told together, in the order of the document."""

    def edit(document: Any) -> None:
        document["spec"]["version"] = "x"
        document["spec"]["template"]["packs"][1]["values"] = 1
        document["spec"]["variables"][2] = 7

    told = read_document(edited(edit)).problems
    assert [line.split(": ")[0] for line in told] == [
        "spec.version",
        "spec.template.packs[1] (kubernetes).values",
        "spec.variables[2]",
    ]
    text = refusal("base.json", told)
    assert text.startswith("base.json can't be imported; 3 things are wrong:\n  spec.version: ")
    assert refusal("base.json", told[:1]) == f"base.json can't be imported: {told[0]}"


def defined(edit: Edit, *secrets: str, taking_over: bool = False) -> tuple[list[Any], list[str], list[str]]:
    """Definitions, problems and remarks of the document's variables."""
    return definitions(read_document(edited(edit)), secrets, taking_over=taking_over)


def test_definitions() -> None:
    """Variables are as a program would write them; labels of options stay, and masks are no defaults."""
    (tier, token, alpha), problems, remarks = defined(lambda _: None, "token", "alpha")
    assert (problems, remarks) == ([], [])
    assert tier == {
        "name": "tier",
        "display_name": "Tier",
        "description": "how big",
        "format": "string",
        "input": "dropdown",
        "options": ["s", "m"],
        "default": "s",
        "regex": "",
        "required": False,
        "immutable": False,
        "hidden": False,
        "sensitive": False,
        "option_details": {"s": {"label": "Small", "description": "few"}},
    }
    assert [(each["default"], each["sensitive"], each["required"]) for each in (token, alpha)] == [
        (None, True, True),
        (None, True, False),
    ]


@pytest.mark.parametrize(
    ("edit", "secrets", "told"),
    [
        (
            lambda _: None,
            [],
            'spec.variables[1] (token): its default is masked, and the variable is required: give secrets={"token": ...}',
        ),
        (lambda _: None, ["token", "tokn"], 'secrets["tokn"]: the document has no such variable; nearest: token'),
        (
            lambda _: None,
            ["token", "tier"],
            'secrets["tier"]: the variable is not sensitive, so that the service would ',
        ),
        (
            at(*VARIABLES, 0, "format", value="strng"),
            ["token"],
            'spec.variables[0] (tier).format: there is no "strng"; nearest: string',
        ),
        (
            at(*VARIABLES, 0, "inputType", value="drop"),
            ["token"],
            'spec.variables[0] (tier).inputType: there is no "drop"; nearest: dropdown',
        ),
        (at(*VARIABLES, 0, "regex", value="("), ["token"], "spec.variables[0] (tier): regex '(' is not a regular "),
        (
            at(*VARIABLES, 0, "defaultValue", value="xxl"),
            ["token"],
            "spec.variables[0] (tier): the default is not among its options s, m",
        ),
        (at(*VARIABLES, 2, "name", value=" "), ["token"], "spec.variables[2] ( ): a variable needs a name"),
        (
            at(*VARIABLES, 2, "name", value="tier"),
            ["token"],
            "spec.variables[2] (tier): there is another variable of this name: spec.variables[0] (tier)",
        ),
    ],
)
def test_defects_of_variables(edit: Edit, secrets: list[str], told: str) -> None:
    """Each defect of a variable, and each secret that fits none, is one line."""
    _, problems, _ = defined(edit, *secrets)
    assert len(problems) == 1, problems
    assert problems[0].startswith(told)


def test_a_required_variable_without_a_default() -> None:
    """It may be: each cluster brings its value. A hidden one nobody is asked for."""
    (_, token, _), problems, _ = defined(at(*VARIABLES, 1, "defaultValue", value=""))
    assert (token["required"], token["default"], problems) == (True, None, [])
    _, problems, _ = defined(lambda found: found["spec"]["variables"][1].update(defaultValue="", hidden=True))
    assert problems == [
        "spec.variables[1] (token).defaultValue: a required variable that is hidden needs one: nobody is asked for its value"
    ]


def test_a_masked_default_that_is_not_needed() -> None:
    """It is imported without a default, and that is said; where it would be lost on what is taken over, it is refused."""
    _, problems, remarks = defined(lambda _: None, "token")
    assert problems == []
    said = "spec.variables[2] (alpha): its default is masked"
    assert remarks == [f'{said}; it is imported without one. To have one: secrets={{"alpha": ...}}']
    _, problems, _ = defined(lambda _: None, "token", taking_over=True)
    assert problems == [f'{said}, and would be lost where it is taken over: give secrets={{"alpha": ...}}']
