"""The hooks of `Profile` and `ProfileVersion`: convert, ask the plan, call the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError, NotFoundError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys, moved
from palette_sdk.resources.border import mapping
from palette_sdk.resources.profile import bodies, plan
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.tokens import marker
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.profiles import ClusterProfile

DROPPED = ("source", "set_layers", "set_order", "remove_layers", "set_variables", "remove_variables", "approve")
"""Inputs that `check` uses up; they are not stored."""


class ProfileProvider(Provider):
    """One version of a profile, whichever of the two classes declares it."""

    kind = "profile version"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Work out layers and digests; refuse what can't be, before anything is sent."""
        checked = {key: value for key, value in new.items() if key not in DROPPED}
        plan.check_identity(new)
        plan.refuse_identity_change(old, new)
        self._refuse_replacement(hook, old, new)
        if "set_layers" in new:
            checked |= self._from_source(hook, old, new)
        layers = checked["layers"]
        if isinstance(layers, Mapping):
            completed, warnings = plan.completed_layers(layers, mapping(old.get("layers")))
            for warning in warnings:
                hook.warn(f"{new['name']} {new['version']}: {warning}")
            plan.check_contents(completed, mapping(old.get("layers")))
            checked["layers"] = completed
            if is_known(new["cloud"]):
                checked["type"] = plan.checked_type(
                    new.get("type", ""), new["cloud"], completed, checked["layer_order"]
                )
        if isinstance(checked.get("variables", {}), Mapping):
            plan.check_variables(checked.setdefault("variables", {}))
        checked["previous_layers"] = plan.previous_layers(old, checked["layers"])
        checked["marker"] = old.get("marker") or marker(
            project=hook.call.project,
            stack=hook.call.stack,
            urn=hook.urn,
            name=str(known_or(new["name"], hook.urn)),
            version=str(known_or(new["version"], "")),
        )
        if is_known(new["name"]) and is_known(new["version"]):
            if old:
                self._notice_edit(hook, old, checked)
            else:
                self._refuse_taken(hook, checked, new)
        return checked

    def _refuse_replacement(self, hook: Hook, old: Props, new: Props) -> None:
        if hook.seam.is_replacement(hook.urn, has_old=bool(old)):
            raise plan.replace_refusal(new["name"], new["version"])

    def _from_source(self, hook: Hook, old: Props, new: Props) -> Props:
        source: Any = old.get("source_layers")
        if not source:
            source = self._snapshot(hook, new)
        layers, order = plan.merged_version(source, new)
        variables = plan.merged_variables(source, new) if "set_variables" in new else new["variables"]
        return {"layers": layers, "layer_order": order, "variables": variables, "source_layers": source}

    def _snapshot(self, hook: Hook, new: Props) -> Any:
        source = new["source"]
        if source is UNKNOWN:
            return UNKNOWN
        if "layers" in source:
            return {key: source.get(key, {}) for key in ("layers", "layer_order", "variables")}
        if not is_known(source["uid"]):
            return UNKNOWN
        client = hook.client(new)
        found = client.profiles.get(source["uid"])
        if found is None or found.spec.published is None:
            raise InputError(f"there is no published profile version with uid {source['uid']}", path="source")
        layers, order = bodies.observed_layers(found.spec.published, _manifest_texts(client, source["uid"]), {})
        variables = bodies.observed_variables(client.profiles.variables(source["uid"]), {})
        return {"layers": layers, "layer_order": order, "variables": variables}

    def _notice_edit(self, hook: Hook, old: Props, checked: Props) -> None:
        before, after = mapping(old.get("layers")), checked["layers"]
        changed = plan.changed_layers(before, after) if isinstance(after, Mapping) else ["all"]
        variables_differ = old.get("variables", {}) != checked.get("variables", {})
        if not changed and not variables_differ:
            return
        name, version = old["name"], old["version"]
        if checked.get("in_place") == "forbid":
            raise InputError(
                f'{name} {version} would be edited in place ({", ".join(changed) or "variables"}), and in_place="forbid".\n'
                f'  make a new version: palette.ProfileVersion("{name}-<version>", source=..., version="...", set_layers=[...])'
            )
        if changed:
            users = self._users(hook, checked)
            hook.warn(plan.in_place_notice(name, version, changed, users))

    def _users(self, hook: Hook, props: Props) -> list[str]:
        client = hook.client(props)
        found = _find(client, props["name"], props["version"])
        return [user.name for user in found.status.in_use_clusters] if found else []

    def _refuse_taken(self, hook: Hook, checked: Props, new: Props) -> None:
        client = hook.client(new)
        name, version = new["name"], new["version"]
        if new.get("adopt"):
            found = client.profiles.get(new["adopt"])
            adoption.require(found is not None, "profile version", new["adopt"])
            assert found is not None  # noqa: S101 - told above
            differs = self._adoption_changes(client, found, checked)
            adoption.approve("profile version", f"{name} {version}", new, differs)
            return
        rows = [row for row in client.profiles.metadata() if row.metadata.name == name]
        found = _find(client, name, version)
        if found is not None and not bodies.is_ours(found, checked["marker"]):
            users = [user.name for user in found.status.in_use_clusters]
            raise plan.version_taken(name, version, found.metadata.uid, [row.spec.version for row in rows], users)

    def _adoption_changes(self, client: Palette, found: ClusterProfile, checked: Props) -> list[str]:
        identity = (found.metadata.name, found.spec.version)
        if identity != (checked["name"], checked["version"]):
            raise InputError(
                f"uid {found.metadata.uid} is {identity[0]} {identity[1]}, not {checked['name']} {checked['version']}",
                path="adopt",
            )
        if found.spec.published is None:
            return ["publish its draft"]
        stored = mapping(checked["layers"])
        layers, _ = bodies.observed_layers(found.spec.published, _manifest_texts(client, found.metadata.uid), stored)
        changes = [f"layer {name}" for name in plan.changed_layers(layers, checked["layers"])]
        if bodies.user_tags(found.metadata.labels) != checked.get("tags", {}):
            changes.append("tags")
        return changes

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Cloud and scope replace; all else is an update in place."""
        changed = changed_keys(old, new, plan.FIELDS)
        clouds = old.get("cloud") is not None and "cloud" in changed and is_known(new.get("cloud"))
        return Difference(changed, (*(["cloud"] if clouds else []), *moved(old, new)))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Make the version, or go on with the one that carries our marker."""
        client = hook.client(new)
        adopted = new.get("adopt")
        found = client.profiles.get(adopted) if adopted else _find(client, new["name"], new["version"], fresh=True)
        if found is None:
            try:
                uid = client.profiles.create(bodies.create_body(new), repeatable=True)
                return uid, self._outputs(new)
            except ConflictError:
                found = _find(client, new["name"], new["version"], fresh=True)  # an answer that was lost
                if found is None:
                    raise
        if not adopted and not bodies.is_ours(found, new["marker"]):
            users = [user.name for user in found.status.in_use_clusters]
            raise plan.version_taken(new["name"], new["version"], found.metadata.uid, [found.spec.version], users)
        self._write(client, found.metadata.uid, new, found, content=True)
        return found.metadata.uid, self._outputs(new)

    def on_update(self, hook: Hook, uid: str, old: Props, new: Props) -> Props:
        """Edit in place: variables, content, metadata, publish; each may be repeated."""
        client = hook.client(new)
        found = client.profiles.get(uid)
        if found is None:
            raise NotFoundError(
                f"{new['name']} {new['version']} (uid {uid}) is gone from Palette",
                hint="run `pulumi refresh`, then `pulumi up` makes it again",
            )
        content = bool(changed_keys(old, new, ("layers", "layer_order", "variables"))) or found.spec.draft is not None
        self._write(client, uid, new, found, content=content)
        return self._outputs(new)

    def _write(self, client: Palette, uid: str, new: Props, found: ClusterProfile, *, content: bool) -> None:
        if content:
            self._write_content(client, uid, new)
        from palette_sdk.wire.meta import MetaInput

        meta = bodies.metadata(new, annotations=found.metadata.annotations, labels=found.metadata.labels)
        client.profiles.patch_metadata(uid, MetaInput.of(meta))

    def _write_content(self, client: Palette, uid: str, new: Props) -> None:
        wanted = bodies.variables(new)
        present = [item.name for item in client.profiles.variables(uid)]
        if wanted:
            client.profiles.patch_variables(uid, wanted)  # before the layers that name them
        content = client.profiles.content(uid, fresh=True)
        uids = {name: layer.manifest_uids for name, layer in content.layers.items()} if content else {}
        client.profiles.update(uid, bodies.update_body(new, uid, uids))
        client.profiles.publish(uid)
        gone = [name for name in present if name not in new.get("variables", {})]
        if gone:
            client.profiles.delete_variables(uid, gone)  # after the layers that named them

    def on_read(self, hook: Hook, uid: str, old: Props, inputs: Props | None) -> tuple[Props, Props] | None:
        """What is published now; equal content keeps the text that state holds."""
        client = hook.client(old)
        found = client.profiles.get(uid)
        if found is None or found.spec.published is None:
            return None
        stored = mapping(old.get("layers"))
        texts = _manifest_texts(client, uid, fresh=True)
        layers, order = bodies.observed_layers(found.spec.published, texts, stored)
        seen = {
            "name": found.metadata.name,
            "version": found.spec.version,
            "cloud": found.spec.published.cloud_type or "all",
            "type": found.spec.published.type,
            "description": found.metadata.annotations.get("description", ""),
            "tags": bodies.user_tags(found.metadata.labels),
            "layers": layers,
            "layer_order": order,
            "previous_layers": plan.previous_layers({"layers": stored, **_previous(old)}, layers),
            "variables": bodies.observed_variables(client.profiles.variables(uid), old.get("variables", {})),
            "scope": found.metadata.annotations.get("scope") or old.get("scope", "project"),
        }
        outputs = {**old, **seen}
        return outputs, {**(inputs if inputs is not None else old), **seen}

    def on_delete(self, hook: Hook, uid: str, old: Props) -> None:
        """Delete the version, never to replace it; one that clusters use is kept, and they are named."""
        if hook.seam.is_deleted_to_replace(hook.urn):
            raise plan.replace_refusal(old["name"], old["version"])
        client = hook.client(old)
        found = client.profiles.get(uid)
        if found is None:
            return
        users = [user.name for user in found.status.in_use_clusters]
        templates = [user.name for user in found.status.in_use_cluster_templates]
        if users or templates:
            raise ConflictError(
                f"{found.metadata.name} {found.spec.version} (uid {uid}) is in use by {', '.join([*users, *templates])}",
                hint="move them to another version first; or keep the version in Palette and forget it here: "
                "opts=ResourceOptions(retain_on_delete=True)",
            )
        try:
            client.profiles.delete(uid)
        except NotFoundError:
            return

    def _outputs(self, new: Props) -> Props:
        return dict(new)


def _previous(old: Props) -> Props:
    return {"previous_layers": old.get("previous_layers", {})}


def _find(client: Palette, name: str, version: str, *, fresh: bool = False) -> ClusterProfile | None:
    wanted = "tenant" if client.project is None else "project"
    for row in client.profiles.metadata(fresh=fresh):
        if row.metadata.name == name and (row.spec.version or "1.0.0") == version:
            found = client.profiles.cached(row.metadata.uid, fresh=fresh)
            if found is not None and found.metadata.annotations.get("scope", "project") == wanted:
                return found
    return None


def _manifest_texts(client: Palette, uid: str, *, fresh: bool = False) -> dict[str, dict[str, str]]:
    content = client.profiles.content(uid, fresh=fresh)
    return {name: layer.manifests for name, layer in content.layers.items()} if content else {}
