"""The local control plane as seen from outside: find it, start it, stop it, ask its admin API.

Used by the command line, by the Pulumi resources for `palette:host: local`, and by tests. Light to import: the server's
own packages are imported in its process only.
"""

from palette_sdk.local.admin import Admin
from palette_sdk.local.daemon import Started, ensure_running, find, folder_of, start, stop
from palette_sdk.local.folder import DataFolder, LocalEndpoint, default_data_dir

__all__ = [
    "Admin",
    "DataFolder",
    "LocalEndpoint",
    "Started",
    "default_data_dir",
    "ensure_running",
    "find",
    "folder_of",
    "start",
    "stop",
]
