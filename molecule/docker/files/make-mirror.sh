#!/bin/sh
# Makes /srv/mirror/linux/debian, an apt repository like Docker's, from Debian's packages under Docker's names.
set -e
root=/srv/mirror/linux/debian pool=pool/trixie arch=$(dpkg --print-architecture)
mkdir -p "$root/$pool" /srv/build
cd /srv/build
apt-get --quiet download docker.io docker-cli containerd runc docker-compose docker-buildx

# repack NEW DEPENDS OLD...: one package NEW with the content of OLD...
repack() {
  new=$1 depends=$2
  shift 2
  for old; do dpkg-deb --extract "$old"_*.deb "$new"; done
  dpkg-deb --control "$1"_*.deb "$new/DEBIAN"
  sed -i -E "/^(Depends|Recommends|Suggests|Breaks|Replaces|Conflicts|Provides):/d; s/^Package: .*/Package: $new\nDepends: $depends/" \
    "$new/DEBIAN/control"
  dpkg-deb --build -Znone "$new" "$root/$pool/$new.deb" >/dev/null
}
repack containerd.io libc6 containerd runc
repack docker-ce 'containerd.io, iptables, libsystemd0, tini' docker.io
repack docker-ce-cli libc6 docker-cli
repack docker-compose-plugin libc6 docker-compose
repack docker-buildx-plugin libc6 docker-buildx

cd "$root"
index=dists/trixie/stable/binary-$arch/Packages
mkdir -p "${index%/*}"
for deb in "$pool"/*.deb; do
  dpkg-deb --field "$deb"
  echo "Filename: $deb"
  echo "Size: $(stat --format %s "$deb")"
  echo "SHA256: $(sha256sum "$deb" | cut -d' ' -f1)"
  echo
done > "$index"
cat > dists/trixie/Release <<RELEASE
Origin: Docker
Suite: trixie
Codename: trixie
Architectures: $arch
Components: stable
Date: $(date --utc --rfc-email)
SHA256:
 $(sha256sum "$index" | cut -d' ' -f1) $(stat --format %s "$index") stable/binary-$arch/Packages
RELEASE
export GNUPGHOME=/srv/build/gnupg
mkdir -m 0700 "$GNUPGHOME"
gpg --batch --quiet --passphrase '' --quick-generate-key 'Mirror of Docker <docker@docker.com>' ed25519 sign never
gpg --batch --quiet --clearsign --output dists/trixie/InRelease dists/trixie/Release
gpg --armor --export > gpg
