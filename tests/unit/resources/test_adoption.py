"""Taking over what exists."""

from __future__ import annotations

import pytest

from palette_sdk.errors import InputError, NotFoundError
from palette_sdk.resources import adoption


def test_what_does_not_exist() -> None:
    """A uid without an object is refused with what to check; one with an object passes."""
    with pytest.raises(NotFoundError, match="there is no cluster with uid u1"):
        adoption.require(False, "cluster", "u1")
    adoption.require(True, "cluster", "u1")


def test_nothing_would_change() -> None:
    """An adoption that changes nothing needs no token."""
    adoption.approve("cluster", "web", {"adopt": "u1"}, [])


def test_changes_want_their_token() -> None:
    """All changes are listed; the token is for this uid and these changes, and for nothing else."""
    with pytest.raises(InputError, match=r'taking over the cluster "web" .* would change: tags, pools') as refused:
        adoption.approve("cluster", "web", {"adopt": "u1"}, ["tags", "pools"])
    token = str(refused.value).rsplit("=", 1)[1]
    assert token.startswith("ad-")
    adoption.approve("cluster", "web", {"adopt": "u1", "approve": ["x", token]}, ["tags", "pools"])
    for props, differs in [({"adopt": "u2"}, ["tags", "pools"]), ({"adopt": "u1"}, ["tags"])]:
        with pytest.raises(InputError):
            adoption.approve("cluster", "web", {**props, "approve": [token]}, differs)
