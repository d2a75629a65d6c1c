# Copyright: (c) 2026, The landfall.aws authors
# GNU General Public License v3.0 or later (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: ecr_token
short_description: The password of the day for a private registry of Amazon ECR
version_added: 0.2.0
author:
  - The landfall.aws authors (@landfall-aws)
description:
  - Asks Amazon ECR for an authorization token, with the credentials that boto3 finds on the controller. It is the password of
    the user C(AWS), opens every repository that these credentials may pull from, and is valid for twelve hours. So fetch it
    for each pull, and leave it nowhere.
  - Needs the permission C(ecr:GetAuthorizationToken), and for the pull C(ecr:BatchGetImage) and
    C(ecr:GetDownloadUrlForLayer) of the repository.
options:
  _terms:
    description: The registry's host, as the name of an image begins with it.
    type: list
    elements: str
    required: true
seealso:
  - name: Private registry authentication
    description: What the token is, and what it opens.
    link: https://docs.aws.amazon.com/AmazonECR/latest/userguide/registry_auth.html
"""

EXAMPLES = r"""
- name: Registry lets the host in
  community.docker.docker_login:
    registry_url: "{{ registry }}"
    username: AWS
    password: "{{ lookup('landfall.aws.ecr_token', registry) }}"
  no_log: true
"""

RETURN = r"""
_raw:
  description: The password, for each of the hosts.
  type: list
  elements: str
"""

import base64
import re

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None

HOST = re.compile(r"\d{12}\.dkr[.-]ecr(-fips)?\.(?P<region>[a-z0-9-]+)\.(amazonaws\.com(\.cn)?|on\.aws)")


class LookupModule(LookupBase):
    def run(self, terms, variables=None, **kwargs):
        return [self._password(host) for host in terms]

    @staticmethod
    def _password(host):
        if boto3 is None:
            raise AnsibleError("the lookup ecr_token needs boto3 on the controller")
        match = HOST.fullmatch(host)
        if not match:
            raise AnsibleError(f"{host} is no private registry of Amazon ECR")
        try:
            answer = boto3.client("ecr", region_name=match["region"]).get_authorization_token()
        except (BotoCoreError, ClientError) as error:
            raise AnsibleError(f"Amazon ECR gives no token for {host}: {error}") from error
        token = answer["authorizationData"][0]["authorizationToken"]
        return base64.b64decode(token).decode().partition(":")[2]
