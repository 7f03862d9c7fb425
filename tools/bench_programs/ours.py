"""The fleet with the hooks of palette_sdk."""

import fleet  # noqa: F401 - it registers its resources
