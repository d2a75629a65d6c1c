# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""Reading a zone at Cloudflare, in the form that plans compare. Nothing here changes anything.

https://developers.cloudflare.com/api/resources/dns/subresources/records/methods/list/
"""

from __future__ import annotations

import json
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode

from ansible.module_utils.urls import open_url

from ansible_collections.landfall.aws.plugins.module_utils.changes import Refused
from ansible_collections.landfall.aws.plugins.module_utils.client import in_parallel

API = "https://api.cloudflare.com/client/v4"
PATIENCE = 30  # seconds for one answer
PAGE = 100
LONGEST_COMMENT = 100  # characters, of the plan that costs nothing


def mark(project, environment):
    """The comment by which a record is ours; Cloudflare's tags cost money."""
    text = f"landfall.aws {project}/{environment}"
    if len(text) > LONGEST_COMMENT:
        raise Refused(
            f"project, environment: the comment {text!r} on a record would have {len(text)} characters; Cloudflare takes "
            f"{LONGEST_COMMENT}. Choose shorter names."
        )
    return text


class Cloudflare:
    """The API, with a token that may read one zone and its DNS."""

    def __init__(self, token):
        self._headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        self.calls = []

    def read(self, zone, names):
        """(zone's id, its servers, record sets by name as Route 53 would describe them)"""
        found = [each for each in self._pages("/zones", name=zone) if each["name"] == zone]
        if not found:
            raise Refused(
                f"The token sees no zone {zone} at Cloudflare. Either the domain is looked after elsewhere, or the token is not "
                "for this zone; it needs Zone Read and DNS Edit of it."
            )
        path = f"/zones/{found[0]['id']}/dns_records"
        records = in_parallel({name: lambda name=name: self._pages(path, name=name) for name in names})
        return found[0]["id"], found[0].get("name_servers") or [], records

    def _pages(self, path, **query):
        found, page, pages = [], 1, 1
        while page <= pages:
            answer = self._get(path, **query, page=page, per_page=PAGE if path != "/zones" else 50)
            found += answer["result"]
            pages = (answer.get("result_info") or {}).get("total_pages", 1)
            page += 1
        return found

    def _get(self, path, **query):
        self.calls.append(path)
        try:
            with open_url(f"{API}{path}?{urlencode(query)}", headers=self._headers, timeout=PATIENCE) as response:
                return json.load(response)
        except HTTPError as error:
            raise Refused(_refusal(path, error)) from error
        except (URLError, OSError, ValueError) as error:
            raise Refused(f"Cloudflare can't be asked for {path}: {getattr(error, 'reason', error)}") from error


def _refusal(path, error):
    try:
        told = "; ".join(each["message"] for each in json.load(error)["errors"])
    except (ValueError, KeyError, TypeError):
        told = error.reason
    hint = {
        401: " The token is wrong or has expired.",
        403: " The token needs Zone Read and DNS Edit of this zone.",
        429: " Too many calls were made with this account; wait five minutes.",
    }.get(error.code, "")
    return f"Cloudflare refused {path} with {error.code} ({told}).{hint}"


def record_sets(records, comment):
    """The records of a name by type, as ``plan`` takes them. One that has the comment is ours."""
    types = {}
    for record in records:
        types.setdefault(record["type"], []).append(record)
    return [_record_set(type_, same, comment) for type_, same in types.items()]


def _record_set(type_, records, comment):
    """Of records of one name that differ in something, what is not as it is wanted counts."""
    comments = [record.get("comment") or "" for record in records]
    ttls = {record["ttl"] for record in records}
    return {
        "Name": records[0]["name"],
        "Type": type_,
        "TTL": ttls.pop() if len(ttls) == 1 else None,
        "Proxied": any(record.get("proxied") for record in records),
        "Comment": next((each for each in comments if each != comment), comment),
        "ResourceRecords": [
            {"Value": record["content"], "Ours": each == comment} for record, each in zip(records, comments)
        ],
    }
