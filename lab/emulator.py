"""moto's server, with what the modules of amazon.aws need of it and moto does not have, or has wrong.

Run as ``python -m lab.emulator -H 127.0.0.1 -p PORT``.
"""

from __future__ import annotations

import sys
import threading


def complete() -> None:
    """Give moto what it lacks, in this process."""
    from moto.ec2.models.network_acls import NetworkAcl
    from moto.ec2.models.subnets import Subnet

    _filter(NetworkAcl, "network-acl-id", lambda acl: acl.id)
    _filter(Subnet, "ipv6-cidr-block-association.ipv6-cidr-block", lambda subnet: _ranges(subnet, "ipv6CidrBlock"))
    _filter(
        Subnet,
        "ipv6-cidr-block-association.state",
        lambda subnet: [state["State"] for state in _ranges(subnet, "ipv6CidrBlockState")],
    )
    # moto wraps the state twice.
    Subnet.ipv6_cidr_block_association_set = property(
        lambda subnet: [
            {**association, "ipv6CidrBlockState": {"state": association["ipv6CidrBlockState"]["State"]}}
            for association in subnet.ipv6_cidr_block_associations.values()
            if association["ipv6CidrBlockState"]["State"] == "associated"
        ]
    )


def _ranges(subnet, key) -> list:
    return [association[key] for association in subnet.ipv6_cidr_block_associations.values()]


def _filter(model, name, value_of) -> None:
    known = model.get_filter_value

    def get_filter_value(resource, filter_name, *more):
        return value_of(resource) if filter_name == name else known(resource, filter_name, *more)

    model.get_filter_value = get_filter_value


def one_at_a_time(application):
    """Calls that come side by side change moto's dictionaries under each other, and one in some thousand fails by that."""
    lock = threading.Lock()

    def answer(environment, start):
        with lock:
            return application(environment, start)

    return answer


def main() -> None:
    complete()
    from moto import server

    run = server.run_simple
    server.run_simple = lambda host, port, application, **more: run(host, port, one_at_a_time(application), **more)
    server.main(sys.argv[1:])


if __name__ == "__main__":
    main()
