# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The Caddyfile that the role caddy makes of its options."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar, trust_as_template

ROLE = Path(__file__).parents[2] / "roles/caddy"
FIRST = {"caddy_domains": ["app.example.com", "example.com"]}
PLAIN = {"caddy_headers": dict.fromkeys(("Referrer-Policy", "Server", "Strict-Transport-Security"))}
PLAIN["caddy_closing_time"] = 0
PLAIN["caddy_headers"].update({"X-Content-Type-Options": None, "X-Frame-Options": None})
PLAIN.update({"caddy_access_log": False, "caddy_encode": False, "caddy_admin": "localhost:2019"})


@pytest.fixture(scope="module")
def caddyfile():
    loader = DataLoader()
    role = {}
    for file in ("defaults/main.yml", "vars/main.yml"):
        role.update(loader.load_from_file(str(ROLE / file), trusted_as_template=True))

    def render(version="2.6.2", **options):
        variables = {**role, **options, "ansible_search_path": [str(ROLE)], "ansible_managed": "Ansible managed"}
        variables["__caddy_now"] = {"version": version}
        wanted = trust_as_template("{{ lookup('ansible.builtin.template', 'Caddyfile.j2') }}")
        return Templar(loader, variables=variables).template(wanted)

    return render


def test_one_domain_and_an_upstream_are_a_caddyfile_of_three_lines(caddyfile):
    found = caddyfile(**PLAIN, caddy_domains=["a.example.com"], caddy_upstream="127.0.0.1:8000")
    assert found.splitlines()[1:] == ["a.example.com {", "\treverse_proxy 127.0.0.1:8000", "}"]


def test_everything_that_is_on_by_default(caddyfile):
    assert caddyfile(**FIRST).splitlines()[1:] == [
        "{",
        "\tadmin unix//run/caddy/admin.sock",
        "}",
        "",
        "import upstreams/*.caddy",
        "",
        "app.example.com, example.com {",
        "\tlog {",
        "\t\toutput file /var/log/caddy/access.log {",
        "\t\t\troll_size 10MiB",
        "\t\t\troll_keep 10",
        "\t\t\troll_keep_for 720h",
        "\t\t}",
        "\t}",
        "\t@closing file {",
        "\t\troot /run/caddy",
        "\t\ttry_files closing",
        "\t}",
        "\theader @closing Connection close",
        '\theader ?Referrer-Policy "strict-origin-when-cross-origin"',
        "\theader -Server",
        '\theader ?Strict-Transport-Security "max-age=31536000"',
        '\theader ?X-Content-Type-Options "nosniff"',
        '\theader ?X-Frame-Options "SAMEORIGIN"',
        "\tencode zstd gzip",
        "\timport app",
        "}",
    ]


def test_the_app_is_the_one_that_is_deployed(caddyfile):
    assert "\timport shop\n" in caddyfile(**FIRST, app_name="shop")
    assert "\timport blog\n" in caddyfile(**FIRST, app_name="shop", caddy_upstream="blog")


@pytest.mark.parametrize(("version", "kept"), [("2.6.2", False), ("2.7.0", True), ("2.11.4", True), (None, False)])
def test_streams_are_kept_where_caddy_can(caddyfile, version, kept):
    found = caddyfile(version, **FIRST, caddy_upstream="127.0.0.1:8000")
    assert ("\treverse_proxy 127.0.0.1:8000 {\n\t\tstream_close_delay 300s\n\t}\n" in found) is kept


def test_a_site_says_what_differs_for_it(caddyfile):
    further = [
        {
            "domains": ["b.example.com"],
            "upstream": "[::1]:9000",
            "encode": False,
            "max_request_body": "20M",
            "headers": {"X-Frame-Options": "DENY", "Server": None, "X-Powered-By": "", "X-Said": 'so "it" is'},
            "extra_directives": "basicauth {\n  bob hash\n}",
        }
    ]
    found = caddyfile(**FIRST, caddy_sites=further, caddy_max_request_body="1M").split("b.example.com {")
    assert "max_size 1MiB" in found[0]
    assert "Content-Length}) > 20971520`" in found[1]
    assert "\t\tmax_size 20MiB\n" in found[1]
    assert "encode" in found[0]
    assert "encode" not in found[1]
    assert '\theader ?X-Frame-Options "DENY"\n\theader -X-Powered-By\n\theader ?X-Said "so \\"it\\" is"\n' in found[1]
    assert "-Server" not in found[1]
    assert found[1].endswith("\treverse_proxy [::1]:9000\n\tbasicauth {\n\t\tbob hash\n\t}\n}\n")


def test_a_redirect_keeps_path_and_query(caddyfile):
    sites = [
        {"domains": ["www.example.com"], "redirect_to": "https://example.com/"},
        {"domains": ["old.example.com"], "redirect_to": "https://example.com/new", "redirect_status": 302},
    ]
    found = caddyfile(caddy_sites=sites)
    assert "\tredir https://example.com{uri} 308\n" in found
    assert "\tredir https://example.com/new{uri} 302\n" in found
    assert "import" not in found


def test_maintenance_is_for_all_or_for_one(caddyfile):
    sites = [{"domains": ["b.example.com"], "upstream": "127.0.0.1:9000", "maintenance": False}]
    first, second = caddyfile(**FIRST, caddy_sites=sites, caddy_maintenance=True).split("b.example.com {")
    assert "\t\tRetry-After 120\n" in first
    assert first.rstrip("}\n ").endswith("</html>` 503")
    assert "import app" not in first
    assert "reverse_proxy 127.0.0.1:9000" in second
    assert "503" not in second
    sites[0]["maintenance"] = True
    first, second = caddyfile(**FIRST, caddy_sites=sites).split("b.example.com {")
    assert "import app" in first
    assert "503" in second


def test_the_message_can_not_leave_its_quotes(caddyfile):
    found = caddyfile(**FIRST, caddy_maintenance=True, caddy_maintenance_message="a`b {env.HOME} <b>\nc")
    assert "a&#96;b &#123;env.HOME&#125; &lt;b&gt;<br>c" in found


def test_names_that_must_answer(caddyfile):
    loader = DataLoader()
    role = loader.load_from_file(str(ROLE / "vars/main.yml"), trusted_as_template=True)
    sites = [
        {"domains": ["b.example.com"], "upstream": "127.0.0.1:9000", "maintenance": True},
        {"domains": ["c.example.com"], "upstream": "127.0.0.1:9000"},
        {"domains": ["www.example.com"], "redirect_to": "https://example.com/"},
    ]
    options = {
        **FIRST,
        "caddy_upstream": "app",
        "caddy_extra_directives": "",
        "caddy_maintenance": False,
        "caddy_sites": sites,
    }
    templar = Templar(loader, variables={**role, **options})
    assert templar.template(role["__caddy_domains_of_upstreams"]) == [*FIRST["caddy_domains"], "c.example.com"]
    assert templar.template(role["__caddy_apps"]) == ["app"]
    assert len(templar.template(role["__caddy_all_domains"])) == 5
