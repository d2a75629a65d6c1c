# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""The pure half of sshd_drop_in, and what the role hardening chooses on each release."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path

import pytest
from ansible.parsing.dataloader import DataLoader
from ansible.template import Templar

from ansible_collections.landfall.aws.plugins.module_utils.hardening import sshd
from ansible_collections.landfall.aws.plugins.module_utils.hardening.sshd import Login

ROLE = Path(__file__).parents[2] / "roles/hardening"
PATH = "/etc/ssh/sshd_config.d/00-landfall.conf"
ADMIN = Login("admin", "203.0.113.7", groups=("admin", "sudo"))
ROOT = Login("root", "203.0.113.7", groups=("root",), uid=0)
KEYS_ONLY = """\
pubkeyauthentication yes
passwordauthentication no
kbdinteractiveauthentication no
permitrootlogin no
authorizedkeysfile .ssh/authorized_keys .ssh/authorized_keys2
authenticationmethods any
"""


def reasons(login=ADMIN, more="", without=""):
    text = "".join(line for line in KEYS_ONLY.splitlines(True) if not (without and line.startswith(without)))
    return sshd.lockouts(sshd.parse_effective(more + text), login)


def test_a_key_is_enough():
    assert reasons() == []


@pytest.mark.parametrize(
    "more",
    [
        "allowusers deploy\nallowusers adm*\n",
        "allowusers ad?in@203.0.113.0/24\n",
        "allowusers admin@203.0.*\n",
        "allowgroups ops\nallowgroups sudo\n",
        "denyusers admin@198.51.100.0/24\n",
        "denygroups ops\n",
        "authenticationmethods publickey,password publickey\n",
    ],
)
def test_who_is_named_is_let_in(more):
    assert reasons(more=more, without="authenticationmethods") == []


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ("allowusers deploy\n", "AllowUsers does not name admin from 203.0.113.7: deploy"),
        ("allowusers admin@198.51.100.0/24\n", "AllowUsers does not name"),
        ("allowusers administrator\n", "AllowUsers does not name"),
        ("denyusers adm*\n", "DenyUsers names admin"),
        ("allowgroups ops\n", "AllowGroups names no group of admin: ops"),
        ("denygroups sudo\n", "DenyGroups names a group of admin: sudo"),
        ("authenticationmethods publickey,password\n", "asks for publickey,password, and only publickey is left"),
        ("authenticationmethods publickey,keyboard-interactive:pam\n", "only publickey is left"),
    ],
)
def test_who_is_not_named_is_locked_out(more, said):
    (reason,) = reasons(more=more, without="authenticationmethods")
    assert said in reason


def test_every_reason_is_told():
    assert len(reasons(more="allowusers deploy\nallowgroups ops\n", login=ROOT)) == 3


def test_without_a_key_a_password_must_do():
    nobody = Login("admin", "203.0.113.7", has_key=False)
    assert "admin has no key on the host (.ssh/authorized_keys .ssh/authorized_keys2)" in reasons(nobody)[0]
    assert reasons(nobody, more="passwordauthentication yes\n", without="passwordauthentication") == []
    assert "neither keys nor passwords" in reasons(nobody, more="pubkeyauthentication no\n", without="pubkey")[0]


@pytest.mark.parametrize(
    ("permitted", "has_key", "let_in"),
    [
        ("yes", True, True),
        ("without-password", True, True),
        ("without-password", False, False),
        ("forced-commands-only", True, False),
        ("no", True, False),
    ],
)
def test_root(permitted, has_key, let_in):
    root = Login("root", "203.0.113.7", uid=0, has_key=has_key)
    more = f"permitrootlogin {permitted}\npasswordauthentication yes\n"
    effective = sshd.parse_effective(
        more + KEYS_ONLY.replace("passwordauthentication no\n", "").replace("permitrootlogin no\n", "")
    )
    assert (sshd.lockouts(effective, root) == []) is let_in


def test_a_file_of_options():
    options = {"PasswordAuthentication": False, "MaxAuthTries": 4, "AllowUsers": ["admin", "deploy"], "Banner": None}
    text = sshd.render(options)
    assert text == f"{sshd.HEADER}PasswordAuthentication no\nMaxAuthTries 4\nAllowUsers admin deploy\n"
    assert sshd.keywords(text) == {"passwordauthentication": "no", "maxauthtries": "4", "allowusers": "admin deploy"}
    assert sshd.differing(None, text) == ["allowusers", "maxauthtries", "passwordauthentication"]
    assert sshd.differing(text, text.replace("4", "5")) == ["maxauthtries"]
    assert sshd.differing(text, None) == sshd.differing(None, text)


@pytest.mark.parametrize(
    ("line", "included"),
    [
        ("Include /etc/ssh/sshd_config.d/*.conf", True),
        ("include sshd_config.d/*.conf", True),
        ("Include=/etc/ssh/sshd_config.d/*.conf", True),
        ('Include /etc/ssh/other.conf "/etc/ssh/sshd_config.d/*.conf"', True),
        ("#Include /etc/ssh/sshd_config.d/*.conf", False),
        ("Include /etc/ssh/sshd_config.d/50-*.conf", False),
        ('Include "/etc/ssh/sshd_config.d/*.conf', False),
        ("PasswordAuthentication yes", False),
    ],
)
def test_whether_the_folder_is_included(line, included):
    main = f"# comment\n{line}\nUsePAM yes\n"
    assert sshd.includes(main, PATH) is included
    redirected = sshd.redirected(main, PATH, "/tmp/new")
    assert ("/tmp/new/*.conf" in redirected) is included
    assert redirected.endswith("UsePAM yes\n")
    assert ("/etc/ssh/other.conf" in redirected) == ("/etc/ssh/other.conf" in main)


def test_what_does_not_have_its_effect_is_found_with_its_place():
    wanted = sshd.parse_effective("passwordauthentication no\nallowusers admin\nmaxauthtries 4")
    live = sshd.parse_effective("passwordauthentication yes\nallowusers deploy\nallowusers admin\nmaxauthtries 4")
    assert sshd.overruled(wanted, live, ["passwordauthentication", "allowusers", "maxauthtries"]) == [
        "passwordauthentication"
    ]
    files = [
        ("/etc/ssh/sshd_config.d/00-a.conf", "# x\nUsePAM yes\npasswordAuthentication=yes\n"),
        ("/b", "UsePAM no\n"),
    ]
    assert sshd.setters(files, "passwordauthentication") == [
        "/etc/ssh/sshd_config.d/00-a.conf line 3: passwordAuthentication=yes"
    ]


def chosen(name, release="bookworm", packages=(), daemon=None, **options):
    """What the role's variable says on a host of a release."""
    loader = DataLoader()
    defaults = loader.load_from_file(str(ROLE / "defaults/main.yml"), trusted_as_template=True)
    variables = loader.load_from_file(str(ROLE / "vars/main.yml"), trusted_as_template=True)
    host = {
        "landfall_state": "present",
        "ansible_facts": {"distribution_release": release, "packages": {name: [] for name in packages}},
        "__hardening_engine": {} if daemon is None else {"content": b64encode(daemon.encode()).decode()},
    }
    templar = Templar(loader, variables={**defaults, **host, **variables, **options})
    return templar.template(variables[name])


@pytest.mark.parametrize(
    ("release", "ban_by", "origin"),
    [
        ("bookworm", "fail2ban", "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"),
        ("trixie", "sshd", "origin=Debian,codename=${distro_codename}-security,label=Debian-Security"),
        ("jammy", "fail2ban", "origin=Ubuntu,archive=${distro_codename}-security"),
        ("noble", "fail2ban", "origin=Ubuntu,archive=${distro_codename}-security"),
        ("resolute", "sshd", "origin=Ubuntu,archive=${distro_codename}-security"),
    ],
)
def test_each_release_has_its_way_to_ban_and_its_upgrades(release, ban_by, origin):
    assert chosen("__hardening_ban_by", release) == ban_by
    assert chosen("__hardening_of_release", release)["origins"][0] == origin
    assert ("fail2ban" in chosen("__hardening_wanted", release)) is (ban_by == "fail2ban")
    assert ("PerSourcePenalties" in chosen("__hardening_ssh_options", release)) is (ban_by == "sshd")
    for own in ("sshd", "fail2ban", "none"):
        assert chosen("__hardening_ban_by", release, hardening_ban=own) == own


def test_sshd_s_options_are_merged():
    options = chosen(
        "__hardening_ssh_options",
        "trixie",
        hardening_ssh_options={"MaxAuthTries": 6, "AllowUsers": ["admin"], "X11Forwarding": None},
        hardening_ban_time=600,
        hardening_ban_exempt=["203.0.113.7/32", "10.0.0.0/8"],
    )
    assert sshd.keywords(sshd.render(options)) == {
        "pubkeyauthentication": "yes",
        "passwordauthentication": "no",
        "kbdinteractiveauthentication": "no",
        "permitemptypasswords": "no",
        "permitrootlogin": "no",
        "maxauthtries": "6",
        "logingracetime": "30",
        "persourcepenalties": "authfail:120 min:600 max:600",
        "persourcepenaltyexemptlist": "203.0.113.7/32,10.0.0.0/8",
        "allowusers": "admin",
    }
    assert "persourcepenaltyexemptlist" not in sshd.keywords(sshd.render(chosen("__hardening_ssh_options", "trixie")))


@pytest.mark.parametrize(
    ("packages", "by", "brings"),
    [
        ([], "chrony", True),
        (["chrony"], "chrony", True),
        (["systemd-timesyncd"], "timesyncd", False),
        (["systemd-timesyncd", "chrony"], "chrony", True),
    ],
)
def test_the_program_for_the_time_that_is_there_stays(packages, by, brings):
    assert chosen("__hardening_time_by", packages=packages) == by
    assert ("chrony" in chosen("__hardening_wanted", packages=packages)) is brings
    assert ("chrony" in chosen("__hardening_missing", packages=packages)) is (packages == [])


@pytest.mark.parametrize(
    ("daemon", "option", "kept"),
    [
        (None, "auto", True),
        ("{}", "auto", True),
        ('{"live-restore": false}', "auto", True),
        ("{", "auto", True),
        ('{\n  "live-restore" : true\n}', "auto", False),
        ('{"live-restore": true}', "never", True),
        ("{}", "always", False),
    ],
)
def test_the_engine_is_kept_where_its_containers_would_not_survive(daemon, option, kept):
    assert chosen("__hardening_keeps_docker", daemon=daemon, hardening_upgrades_docker=option) is kept


def test_parts_are_switched_off_alone_or_together():
    parts = ["ssh", "upgrades", "journal", "sysctl", "time"]
    for part in parts:
        off = {f"hardening_{part}": False}
        assert [each for each in parts if not chosen(f"__hardening_{each}", **off)] == [part]
    assert not any(chosen(f"__hardening_{each}", hardening_state="absent") for each in [*parts, "fail2ban"])
    assert chosen("__hardening_wanted", hardening_state="absent") == []


def test_kernel_parameters_leave_containers_their_network():
    parameters = chosen(
        "__hardening_sysctl_options", hardening_sysctl_options={"kernel.kptr_restrict": None, "vm.panic_on_oom": 0}
    )
    assert parameters["net.ipv4.conf.all.accept_redirects"] == 0
    assert parameters["vm.panic_on_oom"] == 0
    assert "kernel.kptr_restrict" not in parameters
    assert not [name for name in parameters if "forward" in name or "bridge" in name or "rp_filter" in name]


@pytest.mark.parametrize(
    ("said", "user", "address"),
    [
        (["admin", "203.0.113.7 50000 10.0.1.5 22"], "admin", "203.0.113.7"),
        (["root", ""], "", ""),
        (["root"], "", ""),
    ],
)
def test_only_who_has_come_by_ssh_can_be_locked_out(said, user, address):
    login = {"stdout_lines": said}
    assert chosen("__hardening_login_user", __hardening_login=login) == user
    assert chosen("__hardening_login_address", __hardening_login=login) == address
