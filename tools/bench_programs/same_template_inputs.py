"""The fleet of a template with the same inputs, and hooks that do nothing: what is left of ours is what our hooks add."""

from importlib import import_module

from nothing import CountingProvider

PROVIDERS = {
    "profile.resource": "ProfileProvider",
    "maintenance_policy.resource": "MaintenancePolicyProvider",
    "cluster_template.resource": "ClusterTemplateProvider",
    "cluster.resource": "ClusterProvider",
    "fleet.ready": "FleetReadyProvider",
    "fleet.gone": "FleetGoneProvider",
    "template_rollout.resource": "TemplateRolloutProvider",
}


for module, provider in PROVIDERS.items():
    vars(import_module(f"palette_sdk.resources.{module}"))[provider] = CountingProvider

import template_fleet  # noqa: E402, F401 - after the exchange
