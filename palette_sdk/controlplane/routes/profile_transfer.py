"""Routes that export and import profiles as files."""

from __future__ import annotations

import io
import tarfile
from email import message_from_bytes
from email.message import Message
from typing import Any

from palette_sdk.controlplane import assumptions
from palette_sdk.controlplane.call import Call, Reply, RouteRow
from palette_sdk.controlplane.services import profile_transfer
from palette_sdk.wire.profiles import ProfileImport

_FILE_FIELD = "importFile"


def export(call: Call) -> Reply:
    """A version as a file of JSON or YAML."""
    kind = call.query.get("format") or "json"
    document = profile_transfer.exported(call, call.path["uid"])
    return _file(profile_transfer.as_text(document, kind), f"{document['metadata']['name']}.{kind}")


def export_terraform(call: Call) -> Reply:
    """A version as a Terraform resource."""
    document = profile_transfer.exported(call, call.path["uid"])
    return _file(profile_transfer.as_terraform(document), f"{document['metadata']['name']}.tf")


def download(call: Call) -> Reply:
    """A version as an archive with its document."""
    document = profile_transfer.exported(call, call.path["uid"])
    text = profile_transfer.as_text(document, "yaml").encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        entry = tarfile.TarInfo("clusterprofile.yaml")
        entry.size = len(text)
        archive.addfile(entry, io.BytesIO(text))
    return Reply(buffer.getvalue(), headers=_disposition(f"{document['metadata']['name']}.tgz"))


def import_json(call: Call) -> dict[str, Any]:
    """Add the profile of a JSON body."""
    document = call.read(ProfileImport)
    return {"uid": profile_transfer.imported(call, document, publish=call.flag("publish"))}


def import_file(call: Call) -> dict[str, Any]:
    """Add the profile of a file in a form."""
    document = profile_transfer.from_text(_form_file(call), call.query.get("format", ""))
    return {"uid": profile_transfer.imported(call, document, publish=call.flag("publish"))}


def validate(call: Call) -> dict[str, Any]:
    """The document as it came, with the registries that its layers could be from."""
    document = call.read(ProfileImport)
    return profile_transfer.validated(call, document, call.body)


def _form_file(call: Call) -> str:
    """The text of the form's file."""
    kind = call.headers.get("content-type", "")
    message = message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + call.raw)
    parts = message.get_payload() if message.is_multipart() else []
    for part in parts if isinstance(parts, list) else []:
        if isinstance(part, Message) and part.get_param("name", header="content-disposition") == _FILE_FIELD:
            content = part.get_payload(decode=True)
            return content.decode("utf-8", "replace") if isinstance(content, bytes) else ""
    raise assumptions.INVALID_BODY.refusal(
        f"the body must be a form (multipart/form-data) with a file in {_FILE_FIELD!r}",
        fields=[{"field": _FILE_FIELD}],
    )


def _file(text: str, name: str) -> Reply:
    return Reply(text.encode(), headers=_disposition(name))


def _disposition(name: str) -> dict[str, str]:
    safe = "".join(char if (char.isalnum() and char.isascii()) or char in "._-" else "_" for char in name)
    return {"Content-Disposition": f'attachment; filename="{safe}"'}


_ONE = "/v1/clusterprofiles/{uid}"
ROUTES: tuple[RouteRow, ...] = (
    ("GET", f"{_ONE}/export", export, 200),
    ("GET", f"{_ONE}/export/terraform", export_terraform, 200),
    ("GET", f"{_ONE}/spc/download", download, 200),
    ("POST", "/v1/clusterprofiles/import", import_json, 201),
    ("POST", "/v1/clusterprofiles/import/file", import_file, 201),
    ("POST", "/v1/clusterprofiles/import/validate", validate, 200),
)
