"""The classes `Profile` and `ProfileVersion`, as a program uses them, and what they share with `ImportedProfile`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, cast

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.resources.arguments import ProgramError, checked
from palette_sdk.resources.lookups import ProfileResult
from palette_sdk.resources.profile.args import (
    Layer,
    LayerDict,
    Variable,
    VariableDict,
    layers_props,
    variables_props,
)
from palette_sdk.resources.profile.provider import ProfileProvider
from palette_sdk.resources.program import (
    Cloud,
    Scope,
    Tags,
    Timeouts,
    TimeoutsDict,
    common_props,
    known_parts,
    prepared_options,
    seed_of,
)


class VersionedProfile(Resource, module="palette", name="VersionedProfile"):
    """What `Profile`, `ProfileVersion` and `ImportedProfile` share: one version of a profile, with its outputs."""

    name: pulumi.Output[str]
    """The profile's name in Palette."""
    version: pulumi.Output[str]
    """The version, always semantic."""
    cloud: pulumi.Output[str]
    """The cloud it is for."""
    type: pulumi.Output[str]
    """`cluster`, `infra` or `add-on`."""
    layers: pulumi.Output[Mapping[str, Any]]
    """Layers by name: type, version, digest, and content."""
    layer_order: pulumi.Output[Sequence[str]]
    """Names of the layers, from the lowest up."""
    previous_layers: pulumi.Output[Mapping[str, Any]]
    """Former content of the layers that the last change in place touched."""
    variables: pulumi.Output[Mapping[str, Any]]
    """Definitions of variables by name."""
    tags: pulumi.Output[Mapping[str, str]]
    """Tags as a mapping; a bare tag has an empty value."""

    palette_name: str
    """The name as plain text, where the program gave one; it keys the profiles of a cluster."""

    @property
    def uid(self) -> pulumi.Output[str]:
        """Palette's identifier; the same as `.id`."""
        return self.id

    def _register(
        self, resource_name: str, props: dict[str, Any], opts: pulumi.ResourceOptions | None, palette_name: str
    ) -> None:
        self.palette_name = palette_name
        options = prepared_options(opts, resource_name)
        options.delete_before_replace = True
        super().__init__(ProfileProvider(), resource_name, props, options)

    @classmethod
    def _got(cls, resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None) -> Any:  # noqa: A002
        self = cls.__new__(cls)
        self.palette_name = resource_name
        keys = ("name", "version", "cloud", "type", "layers", "layer_order", "previous_layers", "variables", "tags")
        options = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(id=id))
        Resource.__init__(self, ProfileProvider(), resource_name, dict.fromkeys(keys), options)
        return self


class Profile(VersionedProfile, module="palette", name="Profile"):
    """A cluster profile and its first version.

    Layers and variables change in place: clusters that use the version then have a pending update, and Palette keeps no
    former state. Description and tags change in place too, and concern no cluster. `version` and `name` never change: add
    a `ProfileVersion` instead. A replacement is always refused, and so is deleting a version that clusters use.

    Args:
        resource_name: name in the Pulumi program, and in Palette unless `name` is given.
        layers: from the lowest up: OS, Kubernetes, network, storage, add-ons. A change edits the version in place.
        cloud: the cloud it is for; default `all`, which is for add-on profiles. A change is refused: it would replace.
        type: `cluster`, `infra` or `add-on`; default: worked out from the layers.
        version: `major.minor.patch`, default 1.0.0. A change is refused.
        variables: definitions of variables; default: none. A change edits the version in place.
        in_place: `forbid` refuses to edit this version in place; default `allow`.
        name: Palette's name; default `resource_name`, no random suffix is added. A change is refused.
        description: for people; default: none. A change is made in place.
        tags: `["env:prod", "web"]` or a mapping, one value per key, on top of `palette:tags`. A change is made in place.
        project: name of the project; default `palette:project`, else `Default`. A change is refused.
        scope: `tenant` makes it visible in all projects; default `project`. A change is refused.
        adopt: uid of an existing version to take over; what would change on it is refused until approved by its token.
        timeouts: accepted as on all resources; a version is not waited for, so it has no effect.
        opts: Pulumi's options.
    """

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        layers: Sequence[Layer | LayerDict],
        cloud: Cloud = "all",
        type: Literal["cluster", "infra", "add-on"] | None = None,  # noqa: A002 - the API's own word
        version: pulumi.Input[str] = "1.0.0",
        variables: Sequence[Variable | VariableDict] = (),
        in_place: Literal["allow", "forbid"] = "allow",
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        props = common_props(resource_name, locals())
        by_name, order = layers_props(layers)
        props |= {
            "version": version,
            "cloud": cloud,
            "type": type or "",
            "layers": by_name,
            "layer_order": order,
            "previous_layers": seeds(by_name),
            "variables": variables_props(variables),
            "in_place": in_place,
        }
        self._register(resource_name, props, opts, name if isinstance(name, str) else resource_name)

    @staticmethod
    def get(resource_name: str, id: pulumi.Input[str], opts: pulumi.ResourceOptions | None = None) -> Profile:  # noqa: A002
        """An existing version, read by its uid; it is not managed by this program."""
        return cast("Profile", Profile._got(resource_name, id, opts))


class ProfileVersion(VersionedProfile, module="palette", name="ProfileVersion"):
    """A further version of a profile, beside the ones that exist.

    It starts from the layers of its source *as they are when it is created*: later edits of the source do not flow into
    it. Moving a cluster to it, or back, is choosing the other object in `Cluster(profiles=[...])`.

    Args:
        resource_name: name in the Pulumi program; Palette's name is the source's.
        version: the new number, `major.minor.patch`. A change is refused.
        source: the version to start from; a bare text is a uid. Not needed when `layers` and `name` give all.
        layers: all layers, instead of the source's.
        set_layers: layers that replace the source's of the same name, or come on top.
        remove_layers: names of layers to leave out.
        variables: all variables, instead of the source's.
        set_variables: variables that replace the source's of the same name, or come on top.
        remove_variables: names of variables to leave out.
        in_place: `forbid` refuses to edit this version in place; default `allow`.
        name: Palette's name of the profile; only where there is no source.
        cloud: only where there is no source; default: the source's.

    The other arguments are those of `Profile`.
    """

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        version: pulumi.Input[str],
        source: VersionedProfile | ProfileResult | pulumi.Input[str] | None = None,
        layers: Sequence[Layer | LayerDict] | None = None,
        set_layers: Sequence[Layer | LayerDict] = (),
        remove_layers: Sequence[str] = (),
        variables: Sequence[Variable | VariableDict] | None = None,
        set_variables: Sequence[Variable | VariableDict] = (),
        remove_variables: Sequence[str] = (),
        in_place: Literal["allow", "forbid"] = "allow",
        cloud: Cloud | None = None,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        if source is None and (name is None or layers is None):
            raise ProgramError(
                f"{resource_name}: give source=, or name= and layers= for a version that starts from nothing"
            )
        if layers is not None and (set_layers or remove_layers):
            raise ProgramError(f"{resource_name}: layers= gives all layers; leave out set_layers= and remove_layers=")
        if source is not None and name is not None:
            raise ProgramError(f"{resource_name}: name= is the source's, always; leave it out, or leave out source=")
        props = common_props(resource_name, locals())
        origin = _source_props(source, project=project, scope=scope)
        props |= {"version": version, "type": "", "cloud": cloud or origin.get("cloud", "all"), "in_place": in_place}
        if source is not None:
            props["name"] = origin["name"]
        if layers is not None:
            by_name, order = layers_props(layers)
            props |= {"layers": by_name, "layer_order": order, "previous_layers": seeds(by_name)}
            props["variables"] = variables_props(variables or ())
        else:
            given, order = layers_props(set_layers, "set_layers")
            everything = [origin.get("layers", {}), given]
            props |= {
                "source": origin,
                "set_layers": given,
                "set_order": order,
                "remove_layers": list(remove_layers),
                "layers": seeds(given) if _plain(origin) else seed_of(everything),
                "previous_layers": seeds(given) if _plain(origin) else seed_of(everything),
                "source_layers": seed_of([origin.get("layers", {}), origin.get("variables", {})]),
            }
            if variables is not None:
                props |= {"variables": variables_props(variables)}
            else:
                changed = variables_props(set_variables, "set_variables")
                props |= {
                    "set_variables": changed,
                    "remove_variables": list(remove_variables),
                    "variables": seed_of([origin.get("variables", {}), changed]),
                }
        props.setdefault("layer_order", None)  # pulumi knows an output by its name among the inputs
        self._register(
            resource_name, props, opts, _plain_name(source) or (name if isinstance(name, str) else resource_name)
        )

    @staticmethod
    def get(
        resource_name: str,
        id: pulumi.Input[str],  # noqa: A002 - pulumi's own name
        opts: pulumi.ResourceOptions | None = None,
    ) -> ProfileVersion:
        """An existing version, read by its uid; it is not managed by this program."""
        return cast("ProfileVersion", ProfileVersion._got(resource_name, id, opts))


def seeds(layers: Mapping[str, Any]) -> dict[str, Any]:
    """A seed for each layer that is derived from one of these, as secret as that one is."""
    return {key: seed_of([item["values"], item["manifests"]]) for key, item in layers.items()}


def _plain(origin: Mapping[str, Any]) -> bool:
    return not origin or isinstance(origin.get("layers"), Mapping)


def _plain_name(given: object) -> str:
    """The profile's name where the program has it as plain text; reaching into an output gives an output, whatever for."""
    if isinstance(given, VersionedProfile):
        return given.palette_name
    name = None if isinstance(given, pulumi.Output | str) else getattr(given, "name", None)
    return name if isinstance(name, str) else ""


def _source_props(
    source: VersionedProfile | ProfileResult | pulumi.Input[str] | None, *, project: str | None, scope: Scope
) -> dict[str, Any]:
    if source is None:
        return {}
    if isinstance(source, VersionedProfile):
        whole = {key: getattr(source, key) for key in ("name", "version", "cloud")}
        parts = {key: known_parts(getattr(source, key)) for key in ("layers", "layer_order", "variables")}
        return {"uid": source.id, **whole, **parts}
    if not _plain_name(source):
        from palette_sdk.resources.lookups import profile_by_uid

        def looked_up(given: Any) -> ProfileResult:
            return profile_by_uid(given, project=project, scope=scope) if isinstance(given, str) else given

        found = pulumi.Output.from_input(cast("pulumi.Input[Any]", source)).apply(looked_up)
        return {key: getattr(found, key) for key in ("uid", "name", "version", "cloud")}
    result = cast("ProfileResult", source)
    return {"uid": result.uid, "name": result.name, "version": result.version, "cloud": result.cloud}
