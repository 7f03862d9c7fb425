"""The hooks of the four cloud accounts. Credentials are written, and never expected back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from palette_sdk.errors import ConflictError, InputError, NotFoundError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys, moved, same
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cloud_account.args import GATEWAY_ANNOTATION, account_body, check_auth, observed_auth
from palette_sdk.resources.profile.bodies import MARKER, metadata, user_tags
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.tokens import marker
from palette_sdk.rules.unknown import is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.client.accounts import Account

FIELDS = ("name", "cloud", "description", "tags", "auth", "scope", "project", "timeouts")


class CloudAccountProvider(Provider):
    """An account of one cloud; `cloud` among the inputs says which."""

    kind = "cloud account"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Refuse a name that is taken by an account that is not ours."""
        checked = {key: value for key, value in new.items() if key != "approve"}
        check_auth(new["cloud"], new["auth"])
        name = str(known_or(new["name"], hook.urn))
        checked["marker"] = old.get("marker") or marker(
            project=hook.call.project, stack=hook.call.stack, urn=hook.urn, name=name
        )
        replaced = hook.seam.is_replacement(hook.urn, has_old=bool(old))
        if old or replaced or not is_known(new["name"]):
            return checked
        client = hook.client(new)
        if new.get("adopt"):
            found = client.accounts.get(new["cloud"], new["adopt"])
            adoption.require(found is not None, "cloud account", new["adopt"])
            assert found is not None  # noqa: S101 - told above
            changes, facts = _adoption_changes(found, checked)
            adoption.approve("cloud account", name, new, changes, facts)
        elif (taken := _by_name(client, new, fresh=False)) and not _is_ours(taken, checked["marker"]):
            raise _taken(new, taken)
        return checked

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Name, tags, description and credentials change in place."""
        changed = changed_keys(old, new, FIELDS)
        clouds = "cloud" in changed and is_known(new.get("cloud"))
        return Difference(changed, (*(["cloud"] if clouds else []), *moved(old, new)))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Let the service try the credentials, then make the account, or go on with our own."""
        client = hook.client(new)
        found = (
            client.accounts.get(new["cloud"], new["adopt"]) if new.get("adopt") else _by_name(client, new, fresh=True)
        )
        body = _body(new, found)
        client.accounts.validate(new["cloud"], body)
        if found is None:
            try:
                return client.accounts.create(new["cloud"], body, repeatable=True), dict(new)
            except ConflictError:
                found = _by_name(client, new, fresh=True)  # an answer that was lost
                if found is None:
                    raise
        if not new.get("adopt") and not _is_ours(found, new["marker"]):
            raise _taken(new, found)
        client.accounts.update(new["cloud"], found.metadata.uid, _body(new, found))
        return found.metadata.uid, dict(new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Write all of it: the service replaces metadata and credentials together."""
        client = hook.client(new)
        found = client.accounts.get(new["cloud"], uid)
        if found is None:
            raise NotFoundError(
                f'the cloud account "{new["name"]}" (uid {uid}) is gone from Palette',
                hint="run `pulumi refresh`, then `pulumi up` makes it again",
            )
        body = _body(new, found, old)
        if changed_keys(old, new, ("auth",)):
            client.accounts.validate(new["cloud"], body)
        client.accounts.update(new["cloud"], uid, body)
        return dict(new)

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """Everything as it is; credentials as they were written."""
        found = hook.client(old).accounts.get(old["cloud"], uid)
        if found is None:
            return None
        seen = {
            "name": found.metadata.name,
            "description": found.metadata.annotations.get("description", ""),
            "tags": user_tags(found.metadata.labels),
            "auth": observed_auth(
                old["cloud"], mapping(old.get("auth")), found.spec.body(), found.metadata.annotations
            ),
        }
        return {**old, **seen}, {**(inputs if inputs is not None else old), **seen}

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Delete the account; one that clusters use is kept."""
        client = hook.client(old)
        try:
            client.accounts.delete(old["cloud"], uid)
        except ConflictError as error:
            raise ConflictError(
                f'the cloud account "{old.get("name", uid)}" is in use: {error.message}',
                hint="delete the clusters that use it first, or keep it: opts=ResourceOptions(retain_on_delete=True)",
            ) from None


def _body(props: Props, found: Account | None, old: Props | None = None) -> Account:
    """All of an account; annotations and labels of others stay, as a write replaces the whole maps."""
    annotations = dict(found.metadata.annotations) if found else {}
    if mapping((old or {}).get("auth")).get("gateway"):
        annotations.pop(GATEWAY_ANNOTATION, None)  # the program's own; it comes again unless the program dropped it
    labels = found.metadata.labels if found else {}
    return account_body(props["cloud"], metadata(props, annotations=annotations, labels=labels), props["auth"])


def _adoption_changes(found: Account, checked: Props) -> tuple[list[str], Props]:
    """What taking over would change, in words, and the values behind them; no credential is among either."""
    old = {
        "name": found.metadata.name,
        "description": found.metadata.annotations.get("description", ""),
        "tags": user_tags(found.metadata.labels),
    }
    # credentials are never read back, so that taking over always writes them
    changes = ["its credentials", *adoption.metadata_changes(old, checked)]
    auth = {key: value for key, value in mapping(checked["auth"]).items() if is_known(value)}
    seen = observed_auth(checked["cloud"], auth, found.spec.body(), found.metadata.annotations)
    fields = [key for key in {**auth, **seen} if key != "raw" and not same(seen.get(key), auth.get(key))]
    changes += [f"auth.{key}" for key in fields]
    other = found.metadata.annotations.get(MARKER, "")
    if other and other != checked["marker"]:
        changes.append(adoption.FOREIGN)
    new = {key: checked.get(key) for key in old}
    return changes, {"old": old, "new": new, "auth": {key: seen.get(key) for key in fields}, "marker": other}


def _by_name(client: Palette, props: Props, *, fresh: bool) -> Account | None:
    rows = client.accounts.by_name(props["cloud"], props["name"], fresh=fresh)
    scope = "tenant" if client.project is None else "project"
    return next((row for row in rows if row.metadata.annotations.get("scope", scope) == scope), None)


def _is_ours(found: Account, wanted: str) -> bool:
    return found.metadata.annotations.get(MARKER) == wanted


def _taken(props: Props, found: Account) -> InputError:
    return InputError(
        f'a {props["cloud"]} cloud account "{props["name"]}" exists already (uid {found.metadata.uid}).\n'
        f'  look it up: palette.get_cloud_account("{props["name"]}", cloud="{props["cloud"]}"), '
        f'or take it over: adopt="{found.metadata.uid}"'
    )
