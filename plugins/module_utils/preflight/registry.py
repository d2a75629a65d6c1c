# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""What a registry says of an image before it is pulled: for which architectures it is, and how large.

A small client of the registry's HTTP API, with Python's standard library only, because the engine may not be there yet. It
trusts whom Docker trusts. A login is sent with the questions and kept nowhere.
https://distribution.github.io/distribution/spec/api/
"""

from __future__ import annotations

import base64
import http.client
import ipaddress
import json
import re
import ssl
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.landfall.aws.plugins.module_utils.rules import DOCKER_HUB, registry_host, registry_of_image

PATIENCE = 10  # seconds for one question
LARGEST = 4 * 1024 * 1024  # bytes of a manifest or configuration; the registries' own limit
LISTS = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)


class RegistryError(Exception):
    """The registry does not give what was asked for; the message says why, and the remedy what to do."""

    def __init__(self, message, remedy):
        super().__init__(message)
        self.remedy = remedy


@dataclass(frozen=True)
class Reference:
    """An image's name, taken apart as Docker does."""

    registry: str
    repository: str
    version: str

    @classmethod
    def parse(cls, image):
        registry = registry_of_image(image)
        name, _at, digest = image.partition("@")
        first, slash, rest = name.partition("/")
        if slash and (first == "localhost" or "." in first or ":" in first):
            name = rest
        name, _colon, tag = name.partition(":")
        if registry == DOCKER_HUB and "/" not in name:
            name = f"library/{name}"
        return cls(registry, name, digest or tag or "latest")

    @property
    def host(self):
        return "registry-1.docker.io" if self.registry == DOCKER_HUB else self.registry


@dataclass(frozen=True)
class Layer:
    """A layer as it is transferred. The diff id is what an engine knows it by once it is unpacked."""

    size: int
    diff_id: str = ""


@dataclass(frozen=True)
class Image:
    """What there is under a name: the architectures, and the layers of the one that was asked for."""

    architectures: tuple[str, ...]
    layers: tuple[Layer, ...] | None = None


def login_of(reference, given, docker_config):
    """(username, password) for the image's registry: the one given, or the one that the host's root has, or None."""
    if given.get("username") and given.get("password"):
        fits = not given.get("url") or registry_host(given["url"]) == reference.registry
        return (given["username"], given["password"]) if fits else None
    for name, entry in (docker_config.get("auths") or {}).items():
        if registry_host(name) == reference.registry and (entry or {}).get("auth"):
            user, _colon, password = base64.b64decode(entry["auth"]).decode().partition(":")
            return user, password
    return None


def credential_helper(reference, docker_config):
    """The program that keeps the host's login for a registry, whom this client does not ask."""
    helpers = docker_config.get("credHelpers") or {}
    named = {registry_host(name): helper for name, helper in helpers.items()}
    return named.get(reference.registry) or docker_config.get("credsStore")


def is_insecure(host, daemon_options):
    """Whether Docker would do without a certificate: on loopback, and where its options name the registry."""
    name = host.rsplit(":", 1)[0].strip("[]") if not host.endswith("]") else host.strip("[]")
    named = daemon_options.get("insecure-registries") or []
    if host in named or name in named or name == "localhost":
        return True
    try:
        address = ipaddress.ip_address(name)
        return address.is_loopback or any(
            address in ipaddress.ip_network(each, strict=False) for each in named if "/" in each
        )
    except ValueError:
        return False


def trust(host, insecure, certs_d="/etc/docker/certs.d"):
    """Whom to trust: the system's authorities, and those that Docker has for the registry."""
    context = ssl.create_default_context()
    folder = Path(certs_d) / host
    for file in sorted(folder.glob("*.crt")):
        context.load_verify_locations(str(file))
    for file in sorted(folder.glob("*.cert")):
        context.load_cert_chain(str(file), str(file.with_suffix(".key")))
    if insecure:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def challenge_of(header):
    """('bearer', {...}) or ('basic', {...}) of a WWW-Authenticate header."""
    scheme, _blank, rest = header.partition(" ")
    return scheme.lower(), dict(re.findall(r'(\w+)="([^"]*)"', rest))


class Registry:
    """One registry, asked for one image."""

    def __init__(self, reference, login=None, insecure=False, context=None):
        self.reference, self.login, self.insecure = reference, login, insecure
        self.authorization = None
        self.scheme = "https"
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPSHandler(context=context or trust(reference.host, insecure))
        )

    def image(self, architecture):
        """The image under the reference, with the layers of an architecture where it has them."""
        kind, document = self._manifest(self.reference.version)
        if kind in LISTS:
            found = variants(document)
            digest = found.get(architecture)
            if digest is None:
                return Image(tuple(sorted(found)))
            _kind, document = self._manifest(digest)
            return Image(tuple(sorted(found)), layers_of(document, self._configuration(document)))
        if kind not in MANIFESTS and "config" not in document:
            raise RegistryError(
                f"{self.reference.host} describes the image in an old way ({kind})",
                "Push the image again with a current Docker.",
            )
        configuration = self._configuration(document)
        return Image((configuration.get("architecture", "unknown"),), layers_of(document, configuration))

    def _manifest(self, version):
        kind, document = self._get(f"manifests/{version}", ", ".join(LISTS + MANIFESTS))
        return document.get("mediaType") or kind, document

    def _configuration(self, manifest):
        return self._get(f"blobs/{manifest['config']['digest']}", "*/*")[1]

    def _get(self, path, accept):
        try:
            return self._answer(path, accept)
        except urllib.error.HTTPError as error:
            if error.code != 401 or self.authorization:
                raise self._refusal(error.code) from None
            self.authorization = self._authorize(error.headers.get("WWW-Authenticate") or "")
        except (OSError, ValueError, http.client.HTTPException) as error:
            if not (self.insecure and self.scheme == "https"):
                raise self._unreachable(error) from None
            self.scheme = "http"
        return self._get(path, accept)

    def _answer(self, path, accept):
        url = f"{self.scheme}://{self.reference.host}/v2/{self.reference.repository}/{path}"
        request = urllib.request.Request(url, headers={"Accept": accept})
        if self.authorization:
            # Not for whom a registry redirects to, often a storage that refuses it.
            request.add_unredirected_header("Authorization", self.authorization)
        with self.opener.open(request, timeout=PATIENCE) as answer:
            kind = answer.headers.get("Content-Type", "").partition(";")[0].strip()
            return kind, _object(answer.read(LARGEST + 1))

    def _authorize(self, header):
        scheme, fields = challenge_of(header)
        basic = base64.b64encode(":".join(self.login).encode()).decode() if self.login else None
        if scheme == "basic" and basic:
            return f"Basic {basic}"
        realm = fields.get("realm", "")
        if scheme != "bearer" or not (realm.startswith("https://") or (realm.startswith("http://") and self.insecure)):
            raise self._refusal(401)
        asked = {"service": fields.get("service", ""), "scope": f"repository:{self.reference.repository}:pull"}
        request = urllib.request.Request(f"{realm}?{urllib.parse.urlencode(asked)}")
        if basic:
            request.add_unredirected_header("Authorization", f"Basic {basic}")
        try:
            with self.opener.open(request, timeout=PATIENCE) as answer:
                given = _object(answer.read(LARGEST + 1))
        except urllib.error.HTTPError as error:
            raise self._refusal(error.code) from None
        except (OSError, ValueError, http.client.HTTPException) as error:
            raise self._unreachable(error) from None
        return f"Bearer {given.get('token') or given.get('access_token') or ''}"

    def _refusal(self, status):
        host, name = self.reference.registry, f"{self.reference.repository}:{self.reference.version}"
        if status in (401, 403):
            who = f"the login of {self.login[0]}" if self.login else "a pull without a login"
            return RegistryError(
                f"{host} refuses {who} for {self.reference.repository} (status {status})",
                "Check app_registry: its username and password, and that they may pull this repository."
                if self.login
                else "Give app_registry a username and a password, if the image is private; else check its name in app_image.",
            )
        if status == 404:
            return RegistryError(f"{host} has no image {name}", "Push it, or correct app_image.")
        if status == 429:
            return RegistryError(
                f"{host} lets nobody pull from this address for now (status 429)",
                "Wait, or give app_registry a login, which has a higher limit.",
            )
        return RegistryError(
            f"{host} answers with status {status}", "Look at the registry's own state and log, or try again later."
        )

    def _unreachable(self, error):
        reason = getattr(error, "reason", error)
        if isinstance(reason, ssl.SSLCertVerificationError):
            return RegistryError(
                f"the certificate of {self.reference.registry} is not trusted: {reason.verify_message}",
                f"Put its authority's certificate into /etc/docker/certs.d/{self.reference.registry}/ca.crt on the host.",
            )
        return RegistryError(
            f"{self.reference.registry} can't be asked: {getattr(reason, 'strerror', None) or reason}",
            "Check the registry's name in app_image, and that the host can reach it.",
        )


def _object(content):
    """The JSON object that a registry answers with; ValueError for everything else."""
    found = json.loads(content) if len(content) <= LARGEST else None
    if not isinstance(found, dict):
        raise ValueError("it does not answer like a registry")
    return found


def variants(index):
    """{architecture: digest} of an index's images for Linux; what only attests to others is for none."""
    found = {}
    for each in index.get("manifests", []):
        platform = each.get("platform") or {}
        if platform.get("os") == "linux" and platform.get("architecture"):
            found.setdefault(platform["architecture"], each["digest"])
    return found


def layers_of(manifest, configuration):
    ids = (configuration.get("rootfs") or {}).get("diff_ids") or []
    layers = manifest.get("layers", [])
    if len(ids) != len(layers):
        ids = [""] * len(layers)
    return tuple(Layer(int(layer.get("size", 0)), diff_id) for layer, diff_id in zip(layers, ids))
