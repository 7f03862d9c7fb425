"""Small programs that stand in for those of a control plane, and can be told how to behave.

Each writes its name into `started` beside it, and its options into a file of its name. They wait for a signal only;
the API server for etcd, too.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

WAITING = """\
#!/bin/sh
here=$(dirname "$0")
name=$(basename "$0")
echo "$name" >> "$here/started"
printf '%s\\n' "$@" > "$here/$name.options"
if [ -f "$here/$name.ends" ]; then echo "first line"; cat "$here/$name.ends" >&2; exit 3; fi
[ "$name" != etcd ] || echo up > "$here/up"
read -r _ < "$here/never"
"""
ANSWERING = """\
#!{python}
import http.server, pathlib, ssl, sys
here = pathlib.Path(sys.argv[0]).parent
(here / "up").read_text()
with (here / "started").open("a") as file:
    file.write("kube-apiserver\\n")
(here / "kube-apiserver.options").write_text("\\n".join(sys.argv[1:]))
options = dict(each.removeprefix("--").partition("=")[::2] for each in sys.argv[1:])
folder = pathlib.Path(options["token-auth-file"]).parent
tokens = [line.split(",")[0] for line in (folder / "tokens.csv").read_text().splitlines()]
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        known = self.headers["authorization"].removeprefix("Bearer ") in tokens
        body = b"ok" if known and self.path == "/readyz" else b"no"
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def log_message(self, *_):
        pass
server = http.server.HTTPServer((options["bind-address"], int(options["secure-port"])), Handler)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(options["tls-cert-file"], options["tls-private-key-file"])
server.socket = context.wrap_socket(server.socket, server_side=True)
server.serve_forever()
"""


def make_programs(folder: Path, *, answers: bool = True) -> Path:
    """A folder of assets with all four.

    Args:
        folder: where; made.
        answers: whether the API server answers.
    """
    folder.mkdir(parents=True)
    for name in ("up", "never"):
        os.mkfifo(folder / name)
    answering = ANSWERING.format(python=sys.executable)
    for name in ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler"):
        write_program(folder / name, answering if answers and name == "kube-apiserver" else WAITING)
    return folder


def write_program(path: Path, text: str) -> None:
    """An executable file."""
    path.write_text(text, encoding="utf-8")
    path.chmod(0o755)
