"""The network that everybody builds: the production network, two Availability Zones and one VPC, or more of each."""

from __future__ import annotations

from dataclasses import dataclass

from .emulator import REGION

PUBLIC, PRIVATE, DATA = (1, 2, 3, 4, 5, 6), (10, 20, 30, 40, 50, 60), (100, 200, 101, 201, 102, 202)
OPERATOR = "203.0.113.7/32"


@dataclass(frozen=True)
class Design:
    azs: int = 2
    vpcs: int = 1

    @property
    def zones(self) -> list[str]:
        return [f"{REGION}{letter}" for letter in "abcdef"[: self.azs]]

    @property
    def resources(self) -> int:
        """VPC, gateway, 3 subnets with their associations, NAT gateway, address and route table a zone, and what is one."""
        return self.vpcs * (6 + 9 * self.azs)

    def networks(self) -> list[dict]:
        """Each VPC: name, range, and its subnets by tier in the order of the zones."""
        return [
            {
                "name": f"prod{number}",
                "cidr": f"10.{number}.0.0/16",
                "tiers": {
                    name: [f"10.{number}.{third}.0/24" for third in thirds[: self.azs]]
                    for name, thirds in (("public", PUBLIC), ("private", PRIVATE), ("data", DATA))
                },
            }
            for number in range(self.vpcs)
        ]

    def __str__(self) -> str:
        vpcs = "1 VPC" if self.vpcs == 1 else f"{self.vpcs} VPCs"
        return f"{vpcs}, {self.azs} zones, {self.resources} resources"
