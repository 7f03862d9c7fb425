"""A self-made certificate for the loopback names, so that clients that only speak https can be used too.

A small authority signs the server's certificate and its key is thrown away: who trusts `ca.pem` trusts this one
certificate and nothing that could be made later. No file leaves the data folder.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from palette_sdk.controlplane.private import write_private

_VALID = timedelta(days=397)
_RENEW_BEFORE = timedelta(days=30)
_SKEW = timedelta(hours=1)


@dataclass(frozen=True)
class Certificate:
    """Where the certificate is.

    Args:
        ca_file: what a client trusts.
        cert_file: the server's certificate.
        key_file: its private key, mode 0600.
    """

    ca_file: Path
    cert_file: Path
    key_file: Path


def ensure_certificate(
    folder: Path, *, now: datetime, names: Sequence[str] = (), addresses: Sequence[str] = (), is_client: bool = False
) -> Certificate:
    """The certificate in `folder`, made when there is none, or when it ends within a month.

    Args:
        folder: made when missing.
        now: the moment, with its time zone.
        names: host names beside `localhost`.
        addresses: IP addresses beside those of loopback.
        is_client: its holder may also show it to servers that trust the same authority.
    """
    files = Certificate(folder / "ca.pem", folder / "server.pem", folder / "server.key")
    if not _is_usable(files, now):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        uses = [ExtendedKeyUsageOID.SERVER_AUTH, *([ExtendedKeyUsageOID.CLIENT_AUTH] if is_client else [])]
        _make(files, now, ["localhost", *names], ["127.0.0.1", "::1", *addresses], uses)
    return files


def _is_usable(files: Certificate, now: datetime) -> bool:
    try:
        # The authority's file is written last: when it is there and fits, all are.
        authority = x509.load_pem_x509_certificate(files.ca_file.read_bytes())
        served = x509.load_pem_x509_certificate(files.cert_file.read_bytes())
        served.verify_directly_issued_by(authority)
        return files.key_file.exists() and served.not_valid_after_utc - now > _RENEW_BEFORE
    except Exception:  # noqa: BLE001 - whatever is wrong with the files, new ones are the answer
        return False


def _make(
    files: Certificate, now: datetime, names: Sequence[str], addresses: Sequence[str], uses: list[x509.ObjectIdentifier]
) -> None:
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca_name, name = _name("palette-sdk local authority"), _name("localhost")
    ca_id = x509.SubjectKeyIdentifier.from_public_key(ca_key.public_key())
    authority = (
        _builder(ca_name, ca_name, ca_key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(authority=True), critical=True)
        .add_extension(ca_id, critical=False)
        .sign(ca_key, hashes.SHA256())
    )
    served = (
        _builder(name, ca_name, key.public_key(), now)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(authority=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(uses), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(ca_id), critical=False)
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    *[x509.DNSName(each) for each in names],
                    *[x509.IPAddress(ipaddress.ip_address(each)) for each in addresses],
                ]
            ),
            critical=False,
        )
        .sign(ca_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    for path, content in (
        (files.key_file, plain),
        (files.cert_file, served.public_bytes(pem)),
        (files.ca_file, authority.public_bytes(pem)),
    ):
        write_private(path, content)


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _SKEW)
        .not_valid_after(now + _VALID)
    )


def _key_usage(*, authority: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not authority,
        key_cert_sign=authority,
        crl_sign=authority,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(common_name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
