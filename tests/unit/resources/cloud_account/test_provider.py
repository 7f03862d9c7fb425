"""The hooks of cloud accounts, called by pulumi's servicer, against a control plane in process."""

from __future__ import annotations

from typing import Any

import pytest

from palette_sdk.resources.profile.bodies import MARKER
from tests.unit.resources.servicer import AbortedError
from tests.unit.resources.steps import UNKNOWN, RefusedError, Steps
from tests.unit.resources.world import World

AUTH = {"kind": "secret", "access_key": "AKIA-HIDDEN", "secret_key": "VERY-HIDDEN"}


def inputs(**changes: Any) -> dict[str, Any]:
    """Inputs of an AWS account."""
    return {
        "name": "main",
        "cloud": "aws",
        "description": "",
        "tags": {"env": "dev"},
        "scope": "project",
        "timeouts": {},
        "approve": [],
        "auth": AUTH,
        **changes,
    }


def names(world: World) -> list[str]:
    """Accounts that the tests made."""
    found = [row.metadata.name for row in world.client.accounts.list("aws", fresh=True)]
    return [name for name in found if name != "aws-main"]


def test_made_and_steady(accounts: Steps, world: World) -> None:
    """An account is tried and made with the marker; a second run, a refresh and a run after it change nothing."""
    assert accounts.up("main", inputs()) == "create"
    assert world.writes == ["POST /v1/cloudaccounts/aws"]
    found = world.client.accounts.get("aws", accounts.state["main"].id)
    assert found is not None
    assert found.metadata.annotations[MARKER] == accounts.state["main"].inputs["marker"]
    world.forget_writes()
    accounts.is_steady("main", inputs())
    assert world.writes == []


def test_changed_in_place(accounts: Steps, world: World) -> None:
    """Tags and credentials change in place, each with an empty second run."""
    accounts.up("main", inputs())
    uid = accounts.state["main"].id
    for changed in (
        inputs(tags={"env": "prod"}),
        inputs(tags={"env": "prod"}, auth={**AUTH, "secret_key": "ROTATED"}),
        inputs(tags={"env": "prod"}, description="for tests", auth={**AUTH, "secret_key": "ROTATED"}),
    ):
        assert accounts.up("main", changed) == "update"
        accounts.is_steady("main", changed)
    assert accounts.state["main"].id == uid
    found = world.client.accounts.get("aws", uid)
    assert found is not None
    assert found.metadata.labels["env"] == "prod"


def test_unknown_credentials_in_a_preview(accounts: Steps, world: World) -> None:
    """Credentials that are not known yet pass the check, and are an update of an account that exists."""
    hidden = inputs(auth={**AUTH, "secret_key": UNKNOWN})
    assert accounts.preview("main", hidden)[0] == "create"
    accounts.up("main", inputs())
    assert accounts.preview("main", hidden)[0] == "update"


def test_what_replaces(accounts: Steps, world: World) -> None:
    """Another project replaces; the default one by its name and an unknown one do not."""
    accounts.up("main", inputs())
    assert accounts.preview("main", inputs(project="Other"))[0] == "replace"
    assert accounts.preview("main", inputs(project="Default"))[0] == "update"
    assert accounts.preview("main", inputs(project=UNKNOWN))[0] == "update"


def test_name_of_another(accounts: Steps, world: World) -> None:
    """A name that is taken is refused in the preview, with look-up and adoption as ways out."""
    accounts.up("main", inputs())
    uid = accounts.state["main"].id
    with pytest.raises(RefusedError, match=f'"main" exists already \\(uid {uid}\\)') as refused:
        accounts.preview("other", inputs())
    assert "get_cloud_account" in str(refused.value)
    assert "HIDDEN" not in str(refused.value)


def test_name_of_another_taken_meanwhile(accounts: Steps, world: World) -> None:
    """An account that another made between preview and create is never taken for our own."""
    checked = accounts.check("other", {}, inputs())
    accounts.up("main", inputs())
    world.forget_writes()
    with pytest.raises(AbortedError, match="exists already") as failed:
        accounts._create("other", checked)
    assert "HIDDEN" not in str(failed.value)
    assert world.writes == []


def test_create_again_after_a_lost_answer(accounts: Steps, world: World) -> None:
    """A POST whose answer was lost is found again by the marker: one account."""
    world.lost_answer("POST", "/v1/cloudaccounts/aws")
    accounts.up("main", inputs())
    assert names(world) == ["main"]
    accounts.is_steady("main", inputs())


def test_create_goes_on_after_a_crash(accounts: Steps, world: World) -> None:
    """A second create for the same resource goes on with the account that the first one made."""
    accounts.up("main", inputs())
    uid = accounts.state.pop("main").id
    checked = accounts.check("main", {}, inputs(name="x"))
    assert checked["name"] == "x"
    assert accounts.up("main", inputs()) == "create"
    assert accounts.state["main"].id == uid
    assert names(world) == ["main"]


def test_vanished(accounts: Steps, world: World) -> None:
    """A refresh of an account that is gone gives an empty id, an update says what to do, a delete succeeds."""
    accounts.up("main", inputs())
    stored = accounts.state["main"]
    world.client.accounts.delete("aws", stored.id)
    with pytest.raises(AbortedError, match=r'Palette: the cloud account "main" .* is gone from Palette'):
        accounts.up("main", inputs(tags={}))
    assert accounts.refresh("main") is False
    accounts.state["main"] = stored
    accounts.destroy("main")


def test_in_use(accounts: Steps, clusters: Steps, profiles: Steps, world: World) -> None:
    """An account that a cluster uses is not deleted, and the error says how to keep it."""
    accounts.up("main", inputs())
    profiles.up("web", world.profile())
    stored = profiles.state["web"]
    keys = ("name", "version", "type", "cloud", "layers", "previous_layers", "variables")
    item = {"uid": stored.id, **{key: stored.outputs[key] for key in keys}, "values": {}}
    clusters.up("web", world.cluster(item, wait=False, cloud_account=accounts.state["main"].id))
    with pytest.raises(AbortedError, match='the cloud account "main" is in use') as failed:
        accounts.destroy("main")
    assert "retain_on_delete" in str(failed.value)


def test_adoption_writes_credentials(accounts: Steps, world: World) -> None:
    """Taking over an account writes its credentials, so it always wants a token."""
    accounts.up("main", inputs())
    uid = accounts.state.pop("main").id
    with pytest.raises(RefusedError, match="would change: its credentials") as refused:
        accounts.preview("mine", inputs(adopt=uid))
    token = str(refused.value).split("palette:approve=")[1].split()[0]
    assert accounts.up("mine", inputs(adopt=uid, approve=[token])) == "create"
    assert accounts.state["mine"].id == uid
    accounts.is_steady("mine", inputs(adopt=uid))


def foreign(world: World, **changes: Any) -> str:
    """An account that someone made in the console, with annotations and labels of the service; its uid."""
    from palette_sdk.wire.accounts import AwsAccount

    metadata = {
        "name": "main",
        "labels": {"env": "dev", "spectrocloud.com/kept": "yes"},
        "annotations": {"description": "", "other": "kept", "overlordUid": "", **changes},
    }
    spec = {"accessKey": "AKIA-OLD", "secretKey": "OLD", "credentialType": "secret"}
    return world.client.accounts.create("aws", AwsAccount.of({"metadata": metadata, "spec": spec}))


def test_adoption_keeps_what_others_noted(accounts: Steps, world: World) -> None:
    """Taking over an account keeps the annotations and labels that are not the program's."""
    uid = foreign(world)
    with pytest.raises(RefusedError, match=r"would change: its credentials\.") as refused:
        accounts.preview("mine", inputs(adopt=uid))
    token = str(refused.value).split("palette:approve=")[1].split()[0]
    assert accounts.up("mine", inputs(adopt=uid, approve=[token])) == "create"
    found = world.client.accounts.get("aws", uid)
    assert found is not None
    assert found.metadata.annotations["other"] == "kept"
    assert "overlordUid" in found.metadata.annotations
    assert found.metadata.labels == {"env": "dev", "spectrocloud.com/kept": "yes"}
    assert found.metadata.annotations[MARKER] == accounts.state["mine"].inputs["marker"]
    accounts.is_steady("mine", inputs(adopt=uid))


def test_going_on_keeps_what_others_noted(accounts: Steps, world: World) -> None:
    """A create that goes on with our own account keeps annotations that were added meanwhile."""
    accounts.up("main", inputs())
    uid = accounts.state.pop("main").id
    found = world.client.accounts.get("aws", uid)
    assert found is not None
    noted = {**found.metadata.annotations, "other": "kept"}
    body = found.model_copy(update={"metadata": found.metadata.model_copy(update={"annotations": noted})})
    world.client.accounts.update("aws", uid, body)
    assert accounts.up("main", inputs()) == "create"
    found = world.client.accounts.get("aws", uid)
    assert found is not None
    assert found.metadata.annotations["other"] == "kept"


def test_adoption_shows_old_and_new(accounts: Steps, world: World) -> None:
    """Name, description and tags are listed with both values, and the token is for these values alone."""
    uid = foreign(world, description="prod keys")
    wanted = inputs(name="other", tags={"env": "prod"}, adopt=uid)
    with pytest.raises(RefusedError) as refused:
        accounts.preview("mine", wanted)
    text = str(refused.value)
    assert 'name "main" -> "other"' in text
    assert 'description "prod keys" -> ""' in text
    assert 'tags {env: "dev"} -> {env: "prod"}' in text
    token = text.split("palette:approve=")[1].split(maxsplit=1)[0]
    with pytest.raises(RefusedError):
        accounts.preview("mine", {**wanted, "tags": {"env": "test"}, "approve": [token]})
    assert accounts.up("mine", {**wanted, "approve": [token]}) == "create"


def test_adoption_of_anothers(accounts: Steps, world: World) -> None:
    """That an account belongs to another program's resource is among the changes, until it is approved."""
    accounts.up("main", inputs())
    uid = accounts.state.pop("main").id
    with pytest.raises(RefusedError, match="it belongs to another program's resource"):
        accounts.preview("mine", inputs(adopt=uid))
