"""Tags and labels."""

from __future__ import annotations

from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from palette_sdk.errors import InputError
from palette_sdk.rules.tags import from_labels, parse_tags, tag_text, to_labels
from palette_sdk.rules.unknown import UNKNOWN

WORD = st.text("abc-./_XYZ09", min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("tags", "expected"),
    [
        ([], {}),
        (["web"], {"web": ""}),
        (["env:prod", "web"], {"env": "prod", "web": ""}),
        (["url:http://x:80"], {"url": "http://x:80"}),
        (["env:"], {"env": ""}),
        (["web", "web"], {"web": ""}),
        ({"env": "prod", "web": ""}, {"env": "prod", "web": ""}),
    ],
)
def test_both_ways_of_writing(tags: Any, expected: dict[str, str]) -> None:
    """Lists split at the first colon, mappings stay; the same tag twice is one."""
    assert parse_tags(tags) == expected


@pytest.mark.parametrize(
    ("tags", "words"),
    [
        (["team:a", "team:b"], '"team:a" and "team:b" have the same key'),
        (["team", "team:b"], '"team" and "team:b" have the same key'),
        ("web", 'write ["web"]'),
        ([""], "a key that is not empty"),
        ([":prod"], "a key that is not empty"),
        ({"": "x"}, "a key that is not empty"),
        ({"a:b": "c"}, 'write {"a": "b"}'),
        ({"env": 1}, "write it as text"),
        ({"env": None}, '"" for a bare tag'),
        (["env: prod"], "begins or ends with a blank"),
        (["env:pr\nod"], "control character"),
        (["x" * 64], "64 characters long; at most 63"),
        ({"web": "spectro__tag"}, 'write the tag as "web"'),
        ([UNKNOWN], "goes in a mapping"),
    ],
)
def test_refused(tags: Any, words: str) -> None:
    """What Palette can't hold is refused under the property's name, with what to write."""
    with pytest.raises(InputError) as refused:
        parse_tags(tags, path="cluster.tags")
    assert str(refused.value).startswith("cluster.tags: ")
    assert words in str(refused.value)


def test_a_value_not_known_yet_passes() -> None:
    """An unknown value of a mapping stays unknown through both conversions."""
    tags = cast("dict[str, Any]", to_labels(parse_tags({"env": UNKNOWN, "web": ""})))
    assert tags["env"] is UNKNOWN
    assert tags["web"] == "spectro__tag"


@given(st.dictionaries(WORD, st.just("") | WORD, max_size=5))
def test_labels_give_the_tags_back(tags: dict[str, str]) -> None:
    """Tags survive being stored as labels, and being written as text."""
    assert from_labels(to_labels(tags)) == tags
    assert parse_tags([tag_text(key, value) for key, value in tags.items()]) == tags


def test_no_labels_are_no_tags() -> None:
    """A missing label map means no tags, and the sentinel never shows."""
    assert from_labels(None) == {}
    assert tag_text("web", "spectro__tag") == "web"
