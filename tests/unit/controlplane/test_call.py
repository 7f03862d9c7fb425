"""Reading the body and the query of a call."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import pytest

from palette_sdk.controlplane.app import Env
from palette_sdk.controlplane.call import Call
from palette_sdk.controlplane.refusals import Refusal
from palette_sdk.controlplane.store import Store
from palette_sdk.wire.profiles import Variables


@pytest.fixture
def call(tmp_path: Path) -> Any:
    """Makes calls with a body and a query; they have no environment."""
    store = Store(tmp_path / "palette.db")
    with store.atomic() as tx:
        yield lambda raw=b"", **query: Call(tx, cast("Env", None), 0.0, raw=raw, query=query)
    store.close()


@pytest.mark.parametrize("raw", [b"", b" \n", b"null", b"{}"])
def test_empty_bodies(call: Any, raw: bytes) -> None:
    """No body, blanks and null are as good as an empty object."""
    assert call(raw).body == {}
    assert call(raw).read(Variables).variables == []


def test_nulls_are_absent(call: Any) -> None:
    """Nulls in objects are dropped at any depth; elsewhere they stay."""
    assert call(b'{"a": null, "b": {"c": null, "d": [{"e": null}, null]}}').body == {"b": {"d": [{}, None]}}


@pytest.mark.parametrize("raw", [b"{", b"[1]", b'"x"', b"\xff", b"[" * 100_000])
def test_bad_bodies(call: Any, raw: bytes) -> None:
    """What is no JSON object is 400."""
    with pytest.raises(Refusal) as refused:
        _ = call(raw).body
    assert (refused.value.status, refused.value.code) == (400, "InvalidRequest")


def test_errors_name_fields_not_values(call: Any) -> None:
    """A body of the wrong shape names the fields at fault and repeats no value."""
    with pytest.raises(Refusal) as refused:
        call(b'{"variables": [{"name": ["hunter2"]}]}').read(Variables)
    assert refused.value.details["fields"][0]["field"] == "variables.0.name"
    assert "hunter2" not in repr(refused.value.details) + refused.value.message


def test_unknown_fields_are_accepted(call: Any) -> None:
    """Fields that are not known are ignored."""
    assert call(b'{"variables": null, "later": 1}').read(Variables).variables == []


@pytest.mark.parametrize(("text", "flag"), [("true", True), ("1", True), ("False", False), ("", False)])
def test_flags(call: Any, text: str, flag: bool) -> None:
    """Flags are true or false in the usual spellings."""
    assert call(b"", publish=text).flag("publish") is flag


def test_bad_flag(call: Any) -> None:
    """Another text is refused, not taken for false."""
    with pytest.raises(Refusal, match="true or false"):
        call(b"", publish="yes").flag("publish")
