#!/bin/bash
# Stands in for snap as Ubuntu has it, for the one snap that there is.
set -eu
unit=snap.amazon-ssm-agent.amazon-ssm-agent.service
case "$*" in
  "install amazon-ssm-agent --classic")
    mkdir -p /snap/amazon-ssm-agent/1
    install -m 0755 /srv/agent.sh /snap/amazon-ssm-agent/1/amazon-ssm-agent
    install -m 0755 /srv/agent.sh /snap/amazon-ssm-agent/1/ssm-cli
    ln -sfn 1 /snap/amazon-ssm-agent/current
    printf '[Service]\nExecStart=/snap/amazon-ssm-agent/current/amazon-ssm-agent\n[Install]\nWantedBy=multi-user.target\n' \
      > "/etc/systemd/system/$unit"
    systemctl daemon-reload
    systemctl enable --now "$unit"
    ;;
  "remove --purge amazon-ssm-agent")
    systemctl disable --now "$unit"
    rm -r "/etc/systemd/system/$unit" /snap/amazon-ssm-agent
    systemctl daemon-reload
    ;;
  *) echo "error: not what the stand-in knows: $*" >&2; exit 1 ;;
esac
