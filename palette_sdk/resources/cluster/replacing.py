"""Replacements of a cluster: what only another cluster can fulfil, and how that is refused or approved. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from palette_sdk.errors import InputError
from palette_sdk.resources._hooks import moved
from palette_sdk.resources.border import mapping
from palette_sdk.resources.cluster.bodies import replacing_changes
from palette_sdk.resources.cluster.following import follows, template_name, template_uid
from palette_sdk.rules.tokens import token
from palette_sdk.rules.unknown import is_known

Props = dict[str, Any]


def replacing(old: Props, new: Props) -> list[str]:
    """Changes that only another cluster can fulfil, as paths; an unknown never replaces, but for a first or last template."""
    if not old:
        return []
    found = [key for key in ("name", "cloud", "cloud_account") if _differs(old.get(key), new.get(key)) and old.get(key)]
    found += moved(old, new)
    if follows(old) != follows(new) or _differs(template_uid(old), template_uid(new)):
        found.append("template")
    if "cloud" in found:
        return found
    before, after = mapping(old.get("cloud_config")), mapping(new.get("cloud_config"))
    found += [f"cloud_config.{key}" for key in replacing_changes(before, after)]
    if new.get("cloud") == "edge-native" and _cni(old) and _cni(new) and _cni(old) != _cni(new):
        found.append("layers_plan")
    return found


def _differs(old: Any, new: Any) -> bool:
    if not is_known(old) or not is_known(new):
        return False
    return bool((old or None) != (new or None))


def _cni(props: Props) -> str:
    for rows in mapping(props.get("layers_plan")).values():
        for name, row in mapping(rows).items():
            if isinstance(row, Mapping) and row.get("kind") == "cni":
                return name
    return ""


def replace_token(cluster: str, fields: Iterable[str], old: Props, new: Props) -> str:
    """The token that approves exactly this replacement."""
    changes = [[path, *_sides(path, old, new)] for path in fields]
    return token("rc", {"cluster": cluster, "changes": changes})


def _sides(path: str, old: Props, new: Props) -> list[Any]:
    """What a token is of; a template that is made in the same run has no uid in the preview, and one in the run itself."""
    if path == "template" and follows(old) != follows(new):
        return ["a template" if follows(side) else "profiles of its own" for side in (old, new)]
    return [_at(old, path), _at(new, path)]


def _at(props: Props, path: str) -> Any:
    if path == "template":
        return template_uid(props)
    if path == "layers_plan":
        return _cni(props)
    found: Any = props
    for part in path.split("."):
        found = mapping(found).get(part)
    return found


def _change(path: str, old: Props, new: Props) -> str:
    if path == "template":
        return f"{template_name(old)} -> {template_name(new)}"
    if path == "layers_plan":
        return f"network (CNI) {_cni(old)} -> {_cni(new)}, which an Edge cluster can't change while it runs"
    return f"{path} {_at(old, path)} -> {_at(new, path)}"


def replace_refusal(cluster: str, fields: Iterable[str], old: Props, new: Props, wanted: str) -> InputError:
    """The refusal of a replacement that nobody approved."""
    hidden = old.get("secret_config") or new.get("secret_config")
    changes = [path if hidden else _change(path, old, new) for path in fields]
    return InputError(
        f'"{cluster}" would be replaced: {"; ".join(changes)}. The running cluster and all on it would be deleted first.\n'
        f'  leave that as it was, or approve exactly this: approve=["{wanted}"]   '
        '(or allow it for good: guards=Guards(replace="allow"))'
    )


def asked_token(cluster: str) -> str:
    """The token that approves a replacement by `--replace` or a taint."""
    return token("rc", {"cluster": cluster, "changes": "asked for"})


def asked_refusal(cluster: str) -> InputError:
    """The refusal of a replacement by `--replace` or a taint that nobody approved."""
    return InputError(
        f'"{cluster}" would be replaced (by --replace or `pulumi state taint`): the running cluster and all on it would be '
        "deleted first.\n"
        f'  undo a taint: pulumi state untaint   or approve exactly this: approve=["{asked_token(cluster)}"]'
    )


def own_notice(cluster: str, uid: str) -> str:
    """What is told of a cluster that this resource made, and that state doesn't hold, or holds as one to replace."""
    return (
        f'"{cluster}" exists and was made by this resource (uid {uid}).\n'
        "  if this plan creates it: its creation was cut off; `pulumi up` goes on with it and makes no second one.\n"
        "  if this plan replaces it (--replace, a taint): `pulumi up` refuses that, as the running cluster and all on it "
        f'would be deleted first; undo a taint: pulumi state untaint   or approve: approve=["{asked_token(cluster)}"]'
    )
