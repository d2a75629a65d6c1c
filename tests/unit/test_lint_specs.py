# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The check of specs against defaults, rules and READMEs finds what it is for."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "lint"))

import readmes
import specs

SPEC = {
    "web_port": {"type": "int", "default": 80, "description": ["The port."]},
    "web_name": {"type": "str", "description": ["The name."]},
}


@pytest.mark.parametrize(
    ("defaults", "said"),
    [
        ({"web_port": 80}, []),
        ({"web_port": 81}, ["defaults: web_port is 81; its spec has 80"]),
        ({"web_port": "80"}, ["defaults: web_port is '80'; its spec has 80"]),
        ({}, ["defaults: web_port is missing; its spec has the default 80"]),
        ({"web_port": 80, "web_name": ""}, ["argument_specs: web_name has no default; defaults has ''"]),
        ({"web_port": 80, "web_user": "me"}, ["argument_specs: web_user is missing; it is in defaults"]),
    ],
)
def test_defaults_that_differ_from_the_spec_are_found(defaults, said):
    assert list(specs.defaults_agree(SPEC, defaults)) == said


@pytest.mark.parametrize(
    ("rules", "said"),
    [
        ({"options": {"web_port": "port"}, "needed_unless_absent": ["web_name"]}, []),
        ({"options": {"web_prot": "port"}}, ["rules: web_prot is not an option"]),
        ({"options": {"web_port": ["port", "prot"]}}, ["rules: there is no rule prot"]),
        ({"needed": ["web_user"]}, ["rules: web_user is not an option"]),
        (
            {"together": [{"rule": "prot", "options": ["web_port", "web_user"]}]},
            ["rules: web_user is not an option", "rules: there is no rule prot"],
        ),
    ],
)
def test_rules_for_what_is_not_there_are_found(rules, said):
    assert list(specs.rules_agree("web", SPEC, rules)) == said


def test_an_option_without_description_or_with_another_role_s_name_is_found():
    spec = {"short_description": "Web", "description": ["Web."]}
    inner = {"web_sites": {"type": "list", "description": "Sites.", "options": {"name": {"type": "str"}}}}
    assert list(specs.described(spec, inner)) == ["argument_specs: web_sites[].name has no description"]
    assert list(specs.named("web", {"port": {}})) == ["argument_specs: port does not start with web_"]


@pytest.mark.parametrize(
    ("text", "markdown"),
    [
        ("V(absent) removes C(/etc/x), see O(web_port=80)", "`absent` removes `/etc/x`, see `web_port=80`"),
        ("as M(amazon.aws.ec2_instance) and RV(changes) say", "as `amazon.aws.ec2_instance` and `changes` say"),
        (
            "see U(https://example.com) or L(this, https://example.com)",
            "see <https://example.com> or [this](https://example.com)",
        ),
        ("no markup in ABC(x) or (y)", "no markup in ABC(x) or (y)"),
        ("C(f(x)) is B(bold)", "`f(x)` is **bold**"),
    ],
)
def test_ansible_s_markup_becomes_markdown(text, markdown):
    assert readmes.markdown(text) == markdown
