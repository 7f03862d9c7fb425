"""Who may use one cluster's API server: tokens, and the kubeconfigs that carry them. Pure.

Each kind of user that Palette hands a kubeconfig out for has a token of its own; so have the controllers and Palette.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass, field

import yaml

PALETTE = "palette"
"""The user with which layers are applied, and the field manager."""
CONTROLLERS = "system:kube-controller-manager"
SCHEDULER = "system:kube-scheduler"
_ADMINS = "system:masters"


@dataclass(frozen=True)
class Access:
    """How to reach an API server.

    Args:
        server: its address, `https://127.0.0.1:PORT`.
        authority: the certificate to trust, PEM.
        tokens: by user.
    """

    server: str
    authority: str
    tokens: dict[str, str] = field(repr=False)

    def kubeconfig(self, user: str, *, name: str) -> str:
        """A kubeconfig for one of the users, YAML.

        Args:
            user: one that has a token.
            name: the cluster's, as shown by clients.
        """
        document = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": name,
                    "cluster": {
                        "server": self.server,
                        "certificate-authority-data": base64.b64encode(self.authority.encode()).decode(),
                    },
                }
            ],
            "contexts": [{"name": f"{user}@{name}", "context": {"cluster": name, "user": user}}],
            "current-context": f"{user}@{name}",
            "preferences": {},
            "users": [{"name": user, "user": {"token": self.tokens[user]}}],
        }
        return yaml.safe_dump(document, sort_keys=False)


def token_file(tokens: dict[str, str]) -> str:
    """The API server's file of tokens: token, user, uid, groups. The scheduler has the role that Kubernetes gives it."""
    groups = {user: "" if user == SCHEDULER else f',"{_ADMINS}"' for user in tokens}
    return "".join(f"{token},{user},{user}{groups[user]}\n" for user, token in tokens.items())
