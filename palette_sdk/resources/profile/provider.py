"""The hooks of `Profile`, `ProfileVersion` and `ImportedProfile`: convert, ask the plan, call the client."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from palette_sdk.errors import ConflictError, InputError, NotFoundError
from palette_sdk.resources import adoption
from palette_sdk.resources._hooks import Difference, Props, Provider, changed_keys, moved, same
from palette_sdk.resources.border import mapping
from palette_sdk.resources.contents import keep
from palette_sdk.resources.profile import bodies, live, plan
from palette_sdk.resources.runtime import Hook
from palette_sdk.rules.registries import registry_refusal
from palette_sdk.rules.tokens import marker, token
from palette_sdk.rules.unknown import UNKNOWN, is_known, known_or

if TYPE_CHECKING:
    from palette_sdk.client import Palette
    from palette_sdk.wire.profiles import ClusterProfile

DROPPED = (
    *("source", "set_layers", "set_order", "remove_layers", "set_variables", "remove_variables", "approve"),
    "document",
)
"""Inputs that `check` uses up; they are not stored."""


class ProfileProvider(Provider):
    """One version of a profile, whichever of the classes declares it."""

    kind = "profile version"

    def on_check(self, hook: Hook, old: Props, new: Props) -> Props:
        """Work out layers and digests; refuse what can't be, before anything is sent."""
        checked = {key: value for key, value in new.items() if key not in DROPPED}
        plan.check_identity(new)
        plan.refuse_identity_change(old, new)
        self._refuse_replacement(hook, old, new)
        if "set_layers" in new:
            checked |= plan.kept_source(old, new) | self._from_source(hook, old, new)
        layers = checked["layers"]
        if isinstance(layers, Mapping):
            completed, warnings = plan.completed_layers(layers, mapping(old.get("layers")))
            for warning in warnings:
                hook.warn(f"{new['name']} {new['version']}: {warning}")
            plan.check_contents(completed, mapping(old.get("layers")))
            self._refuse_unknown_registries(hook, old, new)
            checked["layers"] = completed
        checked["type"] = self._type(new, checked)
        if isinstance(checked.get("variables", {}), Mapping):
            plan.check_variables(checked.setdefault("variables", {}))
        checked["previous_layers"] = plan.previous_layers(old, checked["layers"])
        keep(hook.runtime.shelf, checked["layers"], checked["previous_layers"])
        checked["marker"] = old.get("marker") or marker(
            project=hook.call.project,
            stack=hook.call.stack,
            urn=hook.urn,
            name=str(known_or(new["name"], hook.urn)),
            version=str(known_or(new["version"], "")),
        )
        if is_known(new["name"]) and is_known(new["version"]):
            if old:
                self._notice_edit(hook, old, new, checked)
            else:
                self._refuse_taken(hook, checked, new)
        return checked

    def _refuse_unknown_registries(self, hook: Hook, old: Props, new: Props) -> None:
        """Charts come from a registry by its uid; one that the program has just given is looked up."""
        before = mapping(old.get("layers"))
        for name, layer in mapping(new.get("set_layers", new.get("layers"))).items():
            given = mapping(layer).get("registry_uid")
            chart = mapping(layer).get("type") in ("helm", "oci") and isinstance(given, str) and given
            if not chart or given == mapping(before.get(name)).get("registry_uid"):
                continue
            known = {row.uid: row.name for row in hook.client(new).registries.list()}
            refusal = registry_refusal(str(given), known)
            if refusal:
                raise InputError(refusal, path=f'layers["{name}"].registry')

    def _type(self, new: Props, checked: Props) -> Any:
        declared, layers = new.get("type", ""), checked["layers"]
        whole = isinstance(layers, Mapping) and not any(layer is UNKNOWN for layer in layers.values())
        if declared is not UNKNOWN and whole and is_known(new["cloud"]):
            return plan.checked_type(declared, new["cloud"], layers, checked["layer_order"])
        return declared if declared is not UNKNOWN and declared else UNKNOWN

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
        layers, order = bodies.observed_layers(found.spec.published, live.published_texts(client, found), {})
        variables = bodies.observed_variables(client.profiles.variables(source["uid"]), {})
        return {"layers": layers, "layer_order": order, "variables": variables}

    def _notice_edit(self, hook: Hook, old: Props, new: Props, checked: Props) -> None:
        before, after = mapping(old.get("layers")), checked["layers"]
        changed = plan.changed_layers(before, after) if isinstance(after, Mapping) else []
        defined = (old.get("variables", {}), checked.get("variables", {}))
        if isinstance(after, Mapping) and not changed and same(*defined):
            return
        name, version = old["name"], old["version"]
        sure = plan.surely_changed(before, after) if isinstance(after, Mapping) else []
        if checked.get("in_place") == "forbid" and (sure or plan.surely_differs(*defined)):
            raise plan.edit_forbidden(name, version, sure, document=str(known_or(new.get("document", ""), "")))
        client = hook.client(checked)
        found = live.find(client, name, version, fresh=True)
        if found is not None and found.status.in_use_cluster_templates:
            self._refuse_linked(hook, client, found, sure, differs=bool(sure) or plan.surely_differs(*defined))
            return
        if found is not None:
            self._refuse_overwriting(hook, live.edits_elsewhere(client, found, old, checked), found, new)
        users, followers = live.users(client, found) if found else ([], [])
        told = [each if each in sure else f"{each} ({adoption.LATER})" for each in changed]
        if changed or not isinstance(after, Mapping):
            hook.warn(plan.in_place_notice(name, version, told or [adoption.LATER], users, followers))

    def _refuse_linked(
        self, hook: Hook, client: Palette, found: ClusterProfile, changed: list[str], *, differs: bool
    ) -> None:
        """A version that cluster templates link is locked; what isn't known yet may turn out to be the same."""
        name, version = found.metadata.name, found.spec.version or "1.0.0"
        templates = sorted(user.name for user in found.status.in_use_cluster_templates)
        if differs:
            taken = sorted(client.profiles.versions(name))
            raise plan.linked_refusal(name, version, changed=changed, templates=templates, taken=taken)
        hook.warn(plan.linked_notice(name, version, templates))

    def _refuse_overwriting(self, hook: Hook, edits: Props, found: ClusterProfile, new: Props) -> None:
        """Refuse to lose what someone else edited; an approval in the check holds for the update that follows."""
        if not edits:
            return
        wanted = token("ov", adoption.plain({"uid": found.metadata.uid, "edits": edits}))
        key = f"{hook.urn}#{wanted}"
        if wanted in new.get("approve", []):
            hook.seam.allow(key)
        if not hook.seam.was_allowed(key):
            raise InputError(plan.edited_elsewhere(new["name"], new["version"], edits, wanted))

    def _refuse_taken(self, hook: Hook, checked: Props, new: Props) -> None:
        client = hook.client(new)
        name, version = new["name"], new["version"]
        if new.get("adopt"):
            found = client.profiles.get(new["adopt"])
            adoption.require(found is not None, "profile version", new["adopt"])
            assert found is not None  # noqa: S101 - told above
            self._refuse_other(found, checked)
            changes, facts = live.adoption_changes(client, found, checked)
            adoption.approve("profile version", f"{name} {version}", new, changes, facts)
            return
        found = live.find(client, name, version)
        if found is not None and not bodies.is_ours(found, checked["marker"]):
            raise self._taken(client, new, found)

    def _taken(self, client: Palette, new: Props, found: ClusterProfile) -> InputError:
        users = sorted(user.name for user in found.status.in_use_clusters)
        taken = {*client.profiles.versions(new["name"]), new["version"]}
        document = str(known_or(new.get("document", ""), ""))
        return plan.version_taken(
            new["name"], new["version"], found.metadata.uid, sorted(taken), users, document=document
        )

    def _refuse_other(self, found: ClusterProfile, checked: Props) -> None:
        uid, name, version = found.metadata.uid, found.metadata.name, found.spec.version or "1.0.0"
        if (name, version) != (checked["name"], checked["version"]):
            raise InputError(f"uid {uid} is {name} {version}, not {checked['name']} {checked['version']}", path="adopt")
        template = found.spec.published or found.spec.draft
        cloud = (template.cloud_type if template else "") or "all"
        if is_known(checked["cloud"]) and checked["cloud"] != cloud:
            raise InputError(
                f'{name} {version} (uid {uid}) is for cloud="{cloud}", which never changes; write that here',
                path="adopt",
            )

    def on_diff(self, old: Props, new: Props) -> Difference:
        """Cloud and scope replace; all else is an update in place."""
        changed = changed_keys(old, new, plan.FIELDS)
        clouds = old.get("cloud") is not None and "cloud" in changed and is_known(new.get("cloud"))
        return Difference(changed, (*(["cloud"] if clouds else []), *moved(old, new)))

    def on_create(self, hook: Hook, new: Props) -> tuple[str, Props]:
        """Make the version, or go on with the one that carries our marker."""
        client = hook.client(new)
        adopted = new.get("adopt")
        found = client.profiles.get(adopted) if adopted else live.find(client, new["name"], new["version"], fresh=True)
        if found is None:
            try:
                uid = client.profiles.create(bodies.create_body(new), repeatable=True)
                return uid, self._outputs(new)
            except ConflictError:
                found = live.find(client, new["name"], new["version"], fresh=True)  # an answer that was lost
                if found is None:
                    raise
        if not adopted and not bodies.is_ours(found, new["marker"]):
            raise self._taken(client, new, found)
        differs, _ = live.content_changes(client, found, new)
        self._write(client, found.metadata.uid, new, found, content=bool(differs))
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
        content = bool(changed_keys(old, new, ("layers", "layer_order", "variables")))
        if content:
            self._refuse_overwriting(hook, live.edits_elsewhere(client, found, old, new), found, new)
        elif found.spec.draft is not None:
            content = live.is_draft_of(client, found, new)
            if not content:
                hook.warn(
                    f"{new['name']} {new['version']} has an unpublished draft that is not this program's; it is left alone. "
                    "Publish or discard it in the console."
                )
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
        texts = live.published_texts(client, found, fresh=True)
        layers, order = bodies.observed_layers(found.spec.published, texts, stored)
        seen = {
            "name": found.metadata.name,
            "version": found.spec.version or "1.0.0",
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
        users = sorted(user.name for user in found.status.in_use_clusters)
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
