#!/bin/bash
# Stands in for AWS Systems Manager's agent, whose package and snap can't be had offline: its programs amazon-ssm-agent and
# ssm-cli. It reaches "AWS" when /run/instance-profile exists.
set -eu
case $(basename "$0") in
  amazon-ssm-agent)
    while true; do sleep 3600; done
    ;;
  ssm-cli)
    [ "$*" = get-diagnostics ] || { echo "unknown command: $*" >&2; exit 1; }
    [ "$(id -u)" = 0 ] || { echo "get-diagnostics requires root"; exit 0; }
    credentials=Failed service=Failed
    [ ! -e /run/instance-profile ] || credentials=Success
    ! pgrep --full '/amazon-ssm-agent$' > /dev/null || service=Success
    cat <<JSON
{
  "DiagnosticsOutput": [
    {"Check": "EC2 IMDS", "Status": "Success", "Note": "IMDS is accessible and has instance id i-0123456789abcdefa in region eu-west-3"},
    {"Check": "Hybrid instance registration", "Status": "Skipped", "Note": "Instance does not have hybrid registration"},
    {"Check": "Connectivity to ssm endpoint", "Status": "Success", "Note": "ssm.eu-west-3.amazonaws.com is reachable"},
    {"Check": "Connectivity to ssmmessages endpoint", "Status": "Success", "Note": "ssmmessages.eu-west-3.amazonaws.com is reachable"},
    {"Check": "Connectivity to kms endpoint", "Status": "Failed", "Note": "Connection timed out for endpoint: kms.eu-west-3.amazonaws.com"},
    {"Check": "AWS Credentials", "Status": "$credentials", "Note": "Instance has $credentials in getting credentials"},
    {"Check": "Agent service", "Status": "$service", "Note": "Agent service: $service"}
  ]
}
JSON
    ;;
esac
