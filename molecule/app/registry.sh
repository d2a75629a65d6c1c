#!/bin/sh
# A registry of the scenario's own, with a password and a certificate that nobody else trusts.
set -eu
cd /root
# Stopped and started again, it is the same.
[ -f cert.pem ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -keyout key.pem -out cert.pem \
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
exec docker-registry serve config.yml
