"""The fleet of a template with the hooks of palette_sdk."""

import template_fleet  # noqa: F401 - it registers its resources
