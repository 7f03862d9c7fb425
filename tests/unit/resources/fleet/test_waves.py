"""Stages and waves: numbers and tags in, names out."""

from __future__ import annotations

import pytest

from palette_sdk.errors import InputError
from palette_sdk.resources.fleet.waves import place, said_of_empty, wave_size, waves

STAGES = {"dev": {"env": "dev"}, "canary": {"env": "prod", "canary": ""}, "prod": {"env": "prod"}}


@pytest.mark.parametrize(
    ("max_unavailable", "members", "size"),
    [
        ("20%", 1, 1),
        ("20%", 4, 1),
        ("20%", 5, 1),
        ("20%", 9, 1),
        ("20%", 10, 2),
        ("20%", 12, 2),
        ("20%", 100, 20),
        ("25%", 7, 1),
        ("33.4%", 3, 1),
        ("34%", 3, 1),
        ("50%", 3, 1),
        ("67%", 3, 2),
        ("99%", 3, 2),
        ("100%", 3, 3),
        ("0.5%", 1000, 5),
        ("29%", 100, 29),
        (" 20 % ", 10, 2),
        (1, 3, 1),
        (2, 3, 2),
        (7, 3, 3),
        ("20%", 0, 1),
    ],
)
def test_sizes(max_unavailable: int | str, members: int, size: int) -> None:
    """A percentage is of the stage, rounds down and is at least 1; a number is at most the stage."""
    assert wave_size(max_unavailable, members) == size


@pytest.mark.parametrize(
    ("max_unavailable", "said"),
    [
        (0, "0 lets nothing change"),
        (-1, "-1 lets nothing change"),
        ("0%", '"0%" lets nothing change: give more than 0%'),
        ("101%", '"101%" is more than the whole stage'),
        ("20", 'neither a number nor a percentage such as "20%"'),
        ("a fifth", "neither a number"),
        ("-20%", "neither a number"),
    ],
)
def test_sizes_that_cannot_be(max_unavailable: int | str, said: str) -> None:
    """What lets nothing change, or means nothing, is refused."""
    with pytest.raises(InputError, match=said):
        wave_size(max_unavailable, 10)


def test_waves() -> None:
    """Members go in their order, the last wave may be smaller, and no members make no wave."""
    assert waves(["a", "b", "c", "d", "e"], 2) == [("a", "b"), ("c", "d"), ("e",)]
    assert waves(["a", "b", "c"], "100%") == [("a", "b", "c")]
    assert waves([], 2) == []


def test_stages() -> None:
    """The first stage whose tags a member has takes it; members are ordered by key, stages as they are written."""
    tags = {
        "p2": {"env": "prod"},
        "p1": {"env": "prod", "team": "web"},
        "c": {"env": "prod", "canary": ""},
        "d": {"env": "dev", "canary": ""},
    }
    placed = place(STAGES, tags)
    assert placed.members == {"dev": ("d",), "canary": ("c",), "prod": ("p1", "p2")}
    assert list(placed.members) == list(STAGES)
    assert placed.empty == ()


def test_a_stage_without_members() -> None:
    """A stage that nothing matches is known; one without tags takes all that is left."""
    placed = place({**STAGES, "rest": {}}, {"x": {"env": "test"}})
    assert placed.empty == ("dev", "canary", "prod")
    assert placed.members["rest"] == ("x",)


def test_why_a_stage_has_no_members() -> None:
    """It is told whether nothing matches, or which stages before it have what matches: a gate there would hold for none."""
    stages = {"dev": {"env": "dev"}, "rest": {}, "prod": {"env": "prod"}}
    tags = {"x": {"env": "prod"}, "y": {"env": "prod", "team": "web"}}
    placed = place(stages, tags)
    assert placed.empty == ("dev", "prod")
    assert said_of_empty("dev", stages, tags, placed) == (
        'no cluster is in stage "dev": none has the tags that it matches (env:dev)'
    )
    assert said_of_empty("prod", stages, tags, placed) == (
        'no cluster is in stage "prod": those that it matches are in "rest", since the first stage that matches has a cluster. '
        'Its gate, soak and max_unavailable hold for none; put "prod" before "rest", or leave it out'
    )


def test_a_member_without_stage() -> None:
    """A member that fits no stage is told, with its tags and those of the stages."""
    with pytest.raises(InputError) as error:
        place(STAGES, {"x": {"env": "test", "web": ""}})
    assert str(error.value).startswith(
        'clusters["x"]: it fits no stage: its tags are env:test, web, and dev matches env:dev;'
    )


def test_a_tag_that_is_not_known_in_the_program() -> None:
    """A tag that says the stage has to be plain text; others need not be."""
    placed = place({"dev": {"env": "dev"}}, {"x": {"env": "dev", "owner": object()}})
    assert placed.members == {"dev": ("x",)}
    with pytest.raises(InputError, match="the value of the tag env says which stage it is in"):
        place(STAGES, {"x": {"env": object()}})
