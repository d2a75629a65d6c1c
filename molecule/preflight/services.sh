#!/bin/sh
# A registry with a password and a certificate that nobody else trusts, and a name server.
set -eu
cd /root
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -keyout key.pem -out cert.pem \
  -subj /CN=registry.example.test -addext subjectAltName=DNS:registry.example.test
htpasswd -Bbn deploy s3cret-registry > htpasswd
cat > config.yml <<'END'
version: 0.1
log: {level: warn}
storage:
  filesystem: {rootdirectory: /root/registry}
http:
  addr: :5000
  tls: {certificate: /root/cert.pem, key: /root/key.pem}
auth:
  htpasswd: {realm: scenario, path: /root/htpasswd}
END
# Documentation addresses, as a host's Elastic IP would be one; and a name that somebody gave another address, too.
dnsmasq --no-resolv --no-hosts --user=root --local=/example.test/ \
  --host-record=app.example.test,198.51.100.7 \
  --host-record=stray.example.test,198.51.100.7,2001:db8::1
exec docker-registry serve config.yml
