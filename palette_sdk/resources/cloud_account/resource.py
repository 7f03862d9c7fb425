"""The classes of the four cloud accounts, as a program uses them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pulumi
from pulumi.dynamic import Resource

from palette_sdk.resources.arguments import checked
from palette_sdk.resources.cloud_account.args import (
    AwsAuth,
    AwsAuthDict,
    AzureAuth,
    AzureAuthDict,
    GcpAuth,
    GcpAuthDict,
    VsphereAuth,
    VsphereAuthDict,
    auth_props,
)
from palette_sdk.resources.cloud_account.provider import CloudAccountProvider
from palette_sdk.resources.program import (
    Scope,
    Tags,
    Timeouts,
    TimeoutsDict,
    common_props,
    prepared_options,
)


class _CloudAccount(Resource, module="palette", name="CloudAccount"):
    """A cloud account. Everything changes in place; the cloud and the scope replace.

    Args:
        resource_name: name in the Pulumi program, and in Palette unless `name` is given.
        auth: credentials; they are secrets in state, and the service never gives them back. A change rotates in place.
        name: Palette's name; default `resource_name`, no random suffix is added. A change is made in place.
        description: for people; default: none. A change is made in place.
        tags: `["env:prod", "web"]` or a mapping, one value per key, on top of `palette:tags`. A change is made in place.
        project: name of the project; default `palette:project`, else `Default`. A change replaces.
        scope: `tenant` makes it visible in all projects; default `project`. A change replaces.
        adopt: uid of an existing account to take over; its credentials are written, so a token is always asked for.
        timeouts: accepted as on all resources; an account is not waited for, so it has no effect.
        opts: Pulumi's options.
    """

    name: pulumi.Output[str]
    """Palette's name."""
    cloud: pulumi.Output[str]
    """The cloud it is for."""
    tags: pulumi.Output[Mapping[str, str]]
    """Tags as a mapping."""

    @property
    def uid(self) -> pulumi.Output[str]:
        """Palette's identifier; the same as `.id`."""
        return self.id

    account_cloud: ClassVar[Literal["aws", "azure", "gcp", "vsphere"]]
    """The cloud whose accounts these are."""

    def _register(self, resource_name: str, given: Mapping[str, Any]) -> None:
        props = common_props(resource_name, given)
        props |= {
            "cloud": self.account_cloud,
            "auth": pulumi.Output.secret(auth_props(given["auth"], self.account_cloud)),
        }
        opts = given["opts"]
        options = prepared_options(opts, resource_name)
        options.delete_before_replace = True
        options.additional_secret_outputs = [*(options.additional_secret_outputs or []), "auth"]
        Resource.__init__(self, CloudAccountProvider(), resource_name, props, options)


class AwsCloudAccount(_CloudAccount, module="palette", name="AwsCloudAccount"):
    """An account of AWS; EKS clusters use it too."""

    account_cloud = "aws"

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        auth: AwsAuth | AwsAuthDict,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._register(resource_name, locals())


class AzureCloudAccount(_CloudAccount, module="palette", name="AzureCloudAccount"):
    """A subscription of Azure; AKS clusters use it too."""

    account_cloud = "azure"

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        auth: AzureAuth | AzureAuthDict,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._register(resource_name, locals())


class GcpCloudAccount(_CloudAccount, module="palette", name="GcpCloudAccount"):
    """A project of Google Cloud; GKE clusters use it too."""

    account_cloud = "gcp"

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        auth: GcpAuth | GcpAuthDict,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._register(resource_name, locals())


class VsphereCloudAccount(_CloudAccount, module="palette", name="VsphereCloudAccount"):
    """A vCenter."""

    account_cloud = "vsphere"

    @checked
    def __init__(
        self,
        resource_name: str,
        *,
        auth: VsphereAuth | VsphereAuthDict,
        name: pulumi.Input[str] | None = None,
        description: pulumi.Input[str] = "",
        tags: Tags = (),
        project: str | None = None,
        scope: Scope = "project",
        adopt: str | None = None,
        timeouts: Timeouts | TimeoutsDict | None = None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        self._register(resource_name, locals())
