#!/bin/bash
# Makes a mirror of Amazon's bucket with packages of the stand-in, signed with a key of its own: make-mirror.sh FOLDER AGENT.SH
set -euo pipefail
mirror=$1 agent=$2 long_ago=20200101T000000
export GNUPGHOME=$mirror/.gnupg
mkdir -p "$mirror/keys"
install -d -m 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key agent@example.test rsa2048 sign never
gpg --batch --quiet --passphrase '' --quick-generate-key stranger@example.test rsa2048 sign never
gpg --batch --quiet --faked-system-time "$long_ago" --passphrase '' --quick-generate-key expired@example.test rsa2048 sign 1y
for who in agent stranger expired; do
  gpg --armor --export "$who@example.test" > "$mirror/keys/$who.gpg"
  gpg --batch --with-colons --list-keys "$who@example.test" | awk -F: '/^fpr/ {print $10; exit}' > "$mirror/keys/$who.fingerprint"
done

publish() { # version folder signer
  local root target=$mirror/$2/amazon-ssm-agent.deb time=()
  root=$(mktemp -d)
  mkdir -p "$root/DEBIAN" "$root/usr/bin" "$root/lib/systemd/system" "$root/etc/amazon/ssm" "$root/var/lib/amazon/ssm"
  install -m 0755 "$agent" "$root/usr/bin/amazon-ssm-agent"
  install -m 0755 "$agent" "$root/usr/bin/ssm-cli"
  printf '[Service]\nExecStart=/usr/bin/amazon-ssm-agent\n[Install]\nWantedBy=multi-user.target\n' \
    > "$root/lib/systemd/system/amazon-ssm-agent.service"
  printf 'Package: amazon-ssm-agent\nVersion: %s-1\nArchitecture: %s\nMaintainer: The scenario <scenario@example.test>\n%s\n' \
    "$1" "$(dpkg --print-architecture)" 'Description: stands in for the agent of AWS Systems Manager' > "$root/DEBIAN/control"
  # As the real one does, it neither starts nor enables the agent.
  printf '#!/bin/sh\nsystemctl stop amazon-ssm-agent || true\nsystemctl daemon-reload\n' > "$root/DEBIAN/preinst"
  printf '#!/bin/sh\nsystemctl disable --now amazon-ssm-agent || true\n' > "$root/DEBIAN/prerm"
  chmod 0755 "$root/DEBIAN/preinst" "$root/DEBIAN/prerm"
  mkdir -p "$(dirname "$target")"
  dpkg-deb --root-owner-group -Znone --build "$root" "$target" > /dev/null
  [ "$3" != expired ] || time=(--faked-system-time "$long_ago")
  gpg --batch --quiet "${time[@]}" --local-user "$3@example.test" --output "$target.sig" --detach-sign "$target"
  rm -r "$root"
}

architecture=$(dpkg --print-architecture)
publish 3.3.3050.0 "latest/debian_$architecture" agent
publish 3.3.3050.0 "3.3.3050.0/debian_$architecture" agent
publish 3.3.3060.0 "3.3.3060.0/debian_$architecture" agent
publish 3.3.3070.0 "3.3.3070.0/debian_$architecture" stranger
publish 3.3.3080.0 "3.3.3080.0/debian_$architecture" expired
gpgconf --kill all
