"""The lab's proxy: it passes on what it should, takes its time, counts, and its faults are what botocore takes for AWS's."""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from lab.proxy import INTERNAL, THROTTLED, YOUNG, Faults, Proxy

VPC, SUBNET = "vpc-0123456789abcdef0", "subnet-0123456789abcdef0"
ANSWERS = {
    "CreateVpc": f"<CreateVpcResponse><vpc><vpcId>{VPC}</vpcId></vpc></CreateVpcResponse>",
    "CreateSubnet": f"<CreateSubnetResponse><subnet><subnetId>{SUBNET}</subnetId><vpcId>{VPC}</vpcId></subnet></CreateSubnetResponse>",
}


class Emulator(BaseHTTPRequestHandler):
    """Answers whatever comes, and keeps it."""

    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, dict(self.headers), body))
        action = next((name for name in ANSWERS if f"Action={name}&".encode() in body), None)
        said = ANSWERS.get(action, "<DescribeVpcsResponse><vpcSet/></DescribeVpcsResponse>").encode()
        self.send_response(418 if self.path == "/teapot" else 200)
        self.send_header("Content-Type", "text/xml")
        self.send_header("X-Said", "twice")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(said)

    do_GET = do_POST = do_PUT = do_HEAD = answer

    def log_message(self, *arguments):
        pass


@pytest.fixture
def emulator():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Emulator)
    server.asked = []
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def proxy(emulator):
    proxy = Proxy(f"http://127.0.0.1:{emulator.server_port}")
    with proxy.serve() as proxy.url:
        yield proxy


def client(proxy, service="ec2"):
    once = Config(retries={"mode": "standard", "total_max_attempts": 1}, max_pool_connections=20)
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    return boto3.client(service, endpoint_url=proxy.url, region_name="eu-west-3", config=once, **keys)


def refusal(call):
    with pytest.raises(ClientError) as caught:
        call()
    return caught.value.response["Error"]["Code"], caught.value.response["ResponseMetadata"]["HTTPStatusCode"]


def test_requests_and_answers_pass_as_they_are(proxy, emulator):
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
    bodies = [b"", b"x=1", bytes(range(256)) * 400]
    for body in bodies:
        connection.request("POST", "/teapot?a=%20b", body, {"X-Own": "kept", "Host": "s3.example"})
        response = connection.getresponse()
        assert (response.status, response.headers["X-Said"]) == (200, "twice")
        assert b"vpcSet" in response.read()
    connection.request("HEAD", "/teapot")
    response = connection.getresponse()
    assert (response.status, response.read()) == (418, b"")
    assert int(response.headers["Content-Length"]) > 0
    assert [body for _method, _path, _headers, body in emulator.asked] == [*bodies, b""]
    for method, path, headers, _body in emulator.asked[:3]:
        assert (method, path) == ("POST", "/teapot?a=%20b")
        assert (headers["X-Own"], headers["Host"]) == ("kept", "s3.example")


def test_a_connection_is_kept_for_the_next_call(proxy):
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"))
    connection.request("GET", "/")
    connection.getresponse().read()
    socket = connection.sock
    connection.request("GET", "/")
    connection.getresponse().read()
    assert socket is not None
    assert connection.sock is socket


def test_calls_are_counted_by_name_whatever_their_protocol(proxy):
    ec2 = client(proxy)
    ec2.describe_vpcs()
    ec2.describe_vpcs()
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    proxy.faults = Faults(1.0)
    refusal(client(proxy, "iam").list_roles)
    refusal(client(proxy, "logs").describe_log_groups)
    assert proxy.calls == {"DescribeVpcs": 2, "CreateVpc": 1, "ListRoles": 1, "DescribeLogGroups": 1}
    proxy.forget()
    assert proxy.calls.total() == proxy.faulted.total() == 0


def test_the_emulator_s_own_calls_are_neither_counted_nor_faulted_nor_slow(proxy):
    proxy.faults, proxy.delay = Faults(1.0), 30
    connection = http.client.HTTPConnection(proxy.url.removeprefix("http://"), timeout=5)
    connection.request("POST", "/moto-api/reset")
    assert connection.getresponse().status == 200
    assert proxy.calls.total() == 0


def test_each_call_takes_longer_and_none_waits_for_another(proxy):
    ec2, proxy.delay = client(proxy), 0.4
    started = time.monotonic()
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda _number: ec2.describe_vpcs(), range(10)))
    assert 0.4 <= time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("service", "call", "throttled", "broken"),
    [
        ("ec2", "describe_vpcs", ("RequestLimitExceeded", 503), ("InternalError", 500)),
        ("iam", "list_roles", ("Throttling", 400), ("InternalFailure", 500)),
        ("logs", "describe_log_groups", ("ThrottlingException", 400), ("InternalFailure", 500)),
    ],
)
def test_faults_have_the_form_that_the_service_gives_them(proxy, emulator, service, call, throttled, broken):
    proxy.faults = Faults(1.0)
    seen = Counter(refusal(getattr(client(proxy, service), call)) for _number in range(30))
    assert set(seen) == {throttled, broken}
    assert proxy.faulted == {THROTTLED: seen[throttled], INTERNAL: seen[broken]}
    assert emulator.asked == []


def test_botocore_repeats_what_is_faulted(proxy):
    proxy.faults = Faults(0.3)
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "x"}
    patient = Config(retries={"mode": "standard", "max_attempts": 8})
    ec2 = boto3.client("ec2", endpoint_url=proxy.url, region_name="eu-west-3", config=patient, **keys)
    for _number in range(5):
        assert ec2.describe_vpcs()["Vpcs"] == []
    assert proxy.calls["DescribeVpcs"] == 5 + proxy.faulted.total()


def drawn(proxy, seed, count=200):
    proxy.faults, ec2, found = Faults(0.1, seed), client(proxy), []
    for number in range(count):
        try:
            ec2.describe_vpcs()
        except ClientError as error:
            found.append((number, error.response["Error"]["Code"]))
    return found


def test_the_share_holds_and_the_seed_draws_the_same_calls_again(proxy):
    first = drawn(proxy, 1)
    assert 10 <= len(first) <= 32
    assert drawn(proxy, 1) == first
    assert drawn(proxy, 2) != first


def test_what_was_just_made_may_not_be_found_and_later_is(proxy):
    ec2 = client(proxy)
    proxy.faults = Faults(0.0000001, young=60)
    ec2.create_vpc(CidrBlock="10.0.0.0/16")
    ec2.create_subnet(VpcId=VPC, CidrBlock="10.0.0.0/24")
    born = dict(proxy._born)
    assert set(born) == {VPC, SUBNET}

    def codes(call):
        return {refusal(call)[0] for _number in range(20)}

    proxy.faults = Faults(1.0, young=60)
    proxy._born = born
    assert "InvalidVpcID.NotFound" in codes(lambda: ec2.describe_vpcs(VpcIds=[VPC]))
    assert "InvalidSubnetID.NotFound" in codes(lambda: ec2.delete_subnet(SubnetId=SUBNET))
    # A filter that matches nothing is no error, and neither is what was always there unknown.
    by_filter = [{"Name": "vpc-id", "Values": [VPC]}]
    assert "InvalidVpcID.NotFound" not in codes(lambda: ec2.describe_vpcs(Filters=by_filter))
    assert "InvalidVpcID.NotFound" not in codes(lambda: ec2.describe_vpcs(VpcIds=["vpc-00000000"]))
    assert proxy.faulted[YOUNG] > 0
    proxy.faults = Faults(1.0, young=0)
    proxy._born = born
    assert "InvalidVpcID.NotFound" not in codes(lambda: ec2.describe_vpcs(VpcIds=[VPC]))


def test_no_faults_unless_asked_for(proxy):
    ec2 = client(proxy)
    for _number in range(50):
        ec2.describe_vpcs()
    assert proxy.faulted.total() == 0


def test_an_emulator_that_is_not_there_is_named():
    proxy = Proxy("http://127.0.0.1:1")
    with proxy.serve() as url:
        connection = http.client.HTTPConnection(url.removeprefix("http://"))
        connection.request("GET", "/")
        response = connection.getresponse()
        assert response.status == 502
        assert b"127.0.0.1:1" in response.read()
