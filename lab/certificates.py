"""The lab's certification authority: the root of its ACME CA and of its registry's certificate."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from .project import write

LIFETIME = datetime.timedelta(days=365)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


def _builder(subject: str, issuer: str, key) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.timezone.utc)
    return (
        x509.CertificateBuilder()
        .subject_name(_name(subject))
        .issuer_name(_name(issuer))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + LIFETIME)
    )


def _save(folder: Path, name: str, key, certificate) -> None:
    write(
        folder / f"{name}.key",
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
        ).decode(),
    )
    write(folder / f"{name}.pem", certificate.public_bytes(serialization.Encoding.PEM).decode(), 0o644)


def ensure(folder: Path, server_names: dict[str, list[str]]) -> None:
    """Have root.pem and, signed by it, a certificate for each server, with these names and addresses."""
    if (folder / "root.pem").exists():
        root_key = serialization.load_pem_private_key((folder / "root.key").read_bytes(), None)
        root = x509.load_pem_x509_certificate((folder / "root.pem").read_bytes())
    else:
        root_key = ec.generate_private_key(ec.SECP256R1())
        root = (
            _builder("landfall lab root", "landfall lab root", root_key)
            .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            .add_extension(x509.SubjectKeyIdentifier.from_public_key(root_key.public_key()), critical=False)
            .add_extension(x509.KeyUsage(False, False, False, False, False, True, True, False, False), critical=True)
            .sign(root_key, hashes.SHA256())
        )
        _save(folder, "root", root_key, root)
    for server, names in server_names.items():
        if (folder / f"{server}.pem").exists():
            continue
        key = ec.generate_private_key(ec.SECP256R1())
        alternatives = [
            x509.IPAddress(ipaddress.ip_address(name)) if name[0].isdigit() else x509.DNSName(name) for name in names
        ]
        certificate = (
            _builder(names[0], "landfall lab root", key)
            .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
            .sign(root_key, hashes.SHA256())
        )
        _save(folder, server, key, certificate)
