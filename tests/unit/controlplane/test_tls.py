from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from palette_sdk.controlplane.tls import Certificate, ensure_certificate

NOW = datetime(2026, 1, 5, 12, tzinfo=UTC)


def contents(certificate: Certificate) -> tuple[bytes, ...]:
    """What is in the three files."""
    return tuple(p.read_bytes() for p in (certificate.ca_file, certificate.cert_file, certificate.key_file))


def test_files_are_private(tmp_path: Path) -> None:
    """The key is its owner's alone, and no key of the authority is kept."""
    certificate = ensure_certificate(tmp_path / "tls", now=NOW)
    assert certificate.key_file.stat().st_mode & 0o777 == 0o600
    keys = [path.name for path in (tmp_path / "tls").iterdir() if b"PRIVATE KEY" in path.read_bytes()]
    assert keys == ["server.key"]


def test_python_accepts_the_files(tmp_path: Path) -> None:
    """The certificate fits its key, and the authority can be trusted under the strict rules."""
    certificate = ensure_certificate(tmp_path, now=NOW)
    served = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    served.load_cert_chain(certificate.cert_file, certificate.key_file)
    trust = ssl.create_default_context(cafile=str(certificate.ca_file))
    trust.verify_flags |= ssl.VERIFY_X509_STRICT
    assert [each["subject"] for each in trust.get_ca_certs()] == [((("commonName", "palette-sdk local authority"),),)]


def test_kept_while_it_lasts(tmp_path: Path) -> None:
    """A certificate that lasts for more than a month is used again."""
    before = contents(ensure_certificate(tmp_path, now=NOW))
    assert contents(ensure_certificate(tmp_path, now=NOW + timedelta(days=300))) == before


def test_renewed_before_it_ends(tmp_path: Path) -> None:
    """A certificate that ends within a month is replaced."""
    before = contents(ensure_certificate(tmp_path, now=NOW))
    assert not set(contents(ensure_certificate(tmp_path, now=NOW + timedelta(days=380)))) & set(before)


@pytest.mark.parametrize("name", ["ca.pem", "server.pem", "server.key"])
def test_a_missing_file_is_no_certificate(tmp_path: Path, name: str) -> None:
    """When one of the files is gone, all are made anew."""
    before = contents(ensure_certificate(tmp_path, now=NOW))
    (tmp_path / name).unlink()
    assert not set(contents(ensure_certificate(tmp_path, now=NOW))) & set(before)


def test_damaged_files(tmp_path: Path) -> None:
    """Damaged files are replaced."""
    ensure_certificate(tmp_path, now=NOW)
    (tmp_path / "ca.pem").write_text("no certificate")
    assert b"BEGIN CERTIFICATE" in ensure_certificate(tmp_path, now=NOW).ca_file.read_bytes()
