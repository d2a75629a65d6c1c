#!/bin/bash
# Makes a mirror of Amazon's bucket with packages of the stand-in, signed with a key of its own: make-mirror.sh FOLDER AGENT.PY
set -euo pipefail
mirror=$1 agent=$2
export GNUPGHOME=$mirror/.gnupg
mkdir -p "$mirror/assets"
install -d -m 0700 "$GNUPGHOME"
for who in agent stranger; do
  gpg --batch --quiet --passphrase '' --quick-generate-key "$who@example.test" rsa2048 sign never
done
gpg --armor --export agent@example.test > "$mirror/assets/amazon-cloudwatch-agent.gpg"
gpg --armor --export stranger@example.test > "$mirror/assets/stranger.gpg"

publish() { # version, and the folders that the package lies in
  local version=$1 root
  root=$(mktemp -d)
  local home=$root/opt/aws/amazon-cloudwatch-agent
  mkdir -p "$root/DEBIAN" "$home/bin" "$home/etc/amazon-cloudwatch-agent.d" "$home/logs" "$home/var" "$root/etc/systemd/system"
  for program in amazon-cloudwatch-agent-ctl amazon-cloudwatch-agent config-downloader config-translator \
    start-amazon-cloudwatch-agent; do
    install -m 0755 "$agent" "$home/bin/$program"
  done
  echo "$version" > "$home/bin/CWAGENT_VERSION"
  echo '# nothing is set' > "$home/etc/common-config.toml"
  cat > "$root/etc/systemd/system/amazon-cloudwatch-agent.service" <<'UNIT'
[Unit]
Description=Amazon CloudWatch Agent
After=network.target

[Service]
Type=simple
ExecStart=/opt/aws/amazon-cloudwatch-agent/bin/start-amazon-cloudwatch-agent
KillMode=process
Restart=on-failure
RestartSec=60s

[Install]
WantedBy=multi-user.target
UNIT
  cat > "$root/DEBIAN/control" <<CONTROL
Package: amazon-cloudwatch-agent
Version: $version-1
Architecture: $(dpkg --print-architecture)
Maintainer: The scenario <scenario@example.test>
Description: stands in for Amazon's agent
CONTROL
  echo /opt/aws/amazon-cloudwatch-agent/etc/common-config.toml > "$root/DEBIAN/conffiles"
  cat > "$root/DEBIAN/preinst" <<'PREINST'
#!/bin/sh
if [ "$1" = upgrade ]; then /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a stop; fi
id cwagent >/dev/null 2>&1 || useradd -r -M cwagent -d /home/cwagent -s /usr/sbin/nologin
PREINST
  cat > "$root/DEBIAN/prerm" <<'PRERM'
#!/bin/sh
if [ "$1" = remove ]; then /opt/aws/amazon-cloudwatch-agent/bin/amazon-cloudwatch-agent-ctl -a preun; fi
PRERM
  chmod 0755 "$root/DEBIAN/preinst" "$root/DEBIAN/prerm"
  dpkg-deb --root-owner-group -Znone --build "$root" "$root.deb" > /dev/null
  shift
  for folder in "$@"; do
    local target=$mirror/$folder/amazon-cloudwatch-agent.deb
    mkdir -p "$(dirname "$target")"
    cp "$root.deb" "$target"
    gpg --batch --quiet --local-user agent@example.test --output "$target.sig" --detach-sign "$target"
  done
  rm -r "$root" "$root.deb"
}

architecture=$(dpkg --print-architecture)
distribution=debian
[ "$architecture" = amd64 ] || distribution=ubuntu
publish 1.300064.0b1 "$distribution/$architecture/latest" "$distribution/$architecture/1.300064.0b1"
publish 1.300065.0b2 "$distribution/$architecture/1.300065.0b2"

# Packages that must not be installed: one that a stranger has signed, and one that was changed after it was signed.
forged=$mirror/forged/$distribution/$architecture/latest
changed=$mirror/changed/$distribution/$architecture/latest
mkdir -p "$forged" "$changed"
cp "$mirror/$distribution/$architecture/latest/"* "$forged"
cp "$mirror/$distribution/$architecture/latest/"* "$changed"
rm "$forged/amazon-cloudwatch-agent.deb.sig"
gpg --batch --quiet --local-user stranger@example.test --output "$forged/amazon-cloudwatch-agent.deb.sig" --detach-sign \
  "$forged/amazon-cloudwatch-agent.deb"
echo >> "$changed/amazon-cloudwatch-agent.deb"

gpg --batch --with-colons --list-keys agent@example.test | awk -F: '/^fpr/ {print $10; exit}' > "$mirror/fingerprint"
gpgconf --kill all
