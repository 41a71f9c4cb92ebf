"""Servers under test, and the system of the README built in them by ordinary AWS calls."""

import json
import os
import subprocess
from importlib.util import find_spec

import pytest

from system import ALT_ROOT, ROOT, System, client

# Each environment runs the tests whose clients it has. Once runs what does not depend on a client's age, and
# what asks for parameters that clients of 2023 have no names for.
TODAY_ONLY = [
    "test_crashes.py",
    "test_every_operation_of_cognito_idp.py",
    "test_every_operation_of_s3.py",
    "test_javascript.py",
    "test_multipart.py",
    "test_stacks_and_crashes.py",
]
collect_ignore = [
    file
    for file, package in (
        ("test_aws_cli.py", "awscli"),
        ("test_two_nodes.py", "pg8000"),
        ("test_sign_in.py", "pycognito"),
        *((file, "awscli") for file in TODAY_ONLY),
    )
    if find_spec(package) is None
]


class Server:
    """A `cloakroom serve` of our own, on a port that the system chose."""

    def __init__(self, data_dir, *arguments, environment=None):
        command = self.command(data_dir, *arguments)
        self.data_dir = data_dir
        self.process = subprocess.Popen(
            command,
            env={**self.environment(), **(environment or {})},
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, "the server did not start; its reason is on standard error"
        self.endpoint = json.loads(line)["endpoint"].rstrip("/")

    @staticmethod
    def command(data_dir, *arguments):
        listen = ["--json", "--listen", "127.0.0.1:0", "--data-dir", str(data_dir)]
        return [os.environ["CLOAKROOM_BINARY"], "serve", *listen, *map(str, arguments)]

    @staticmethod
    def environment():
        """Ours, without what would lead a server or a client elsewhere."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CLOAKROOM_"))}
        return {
            **kept,
            "CLOAKROOM_ROOT_ACCESS_KEY_ID": ROOT.key,
            "CLOAKROOM_ROOT_SECRET_ACCESS_KEY": ROOT.secret,
            "CLOAKROOM_ACCOUNT_ID": ROOT.account,
            "CLOAKROOM_ALT_ROOT_ACCESS_KEY_ID": ALT_ROOT.key,
            "CLOAKROOM_ALT_ROOT_SECRET_ACCESS_KEY": ALT_ROOT.secret,
            "CLOAKROOM_ALT_ACCOUNT_ID": ALT_ROOT.account,
        }

    def kill(self):
        """As a power cut would: no warning, no chance to tidy up."""
        self.process.kill()
        self.process.wait(timeout=30)
        self.process.stdout.close()

    def stop(self):
        """Asks it to end, which it has to do well."""
        self.process.terminate()
        ended_with = self.process.wait(timeout=30)
        self.process.stdout.close()
        assert ended_with == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    """One server for all tests that leave it as it was, or work in resources of their own."""
    with Server(tmp_path_factory.mktemp("data")) as server:
        yield server
        server.stop()


@pytest.fixture
def own_server(tmp_path):
    """A server in which nothing has been made yet."""
    with Server(tmp_path / "data") as server:
        yield server
        server.stop()


@pytest.fixture(scope="session")
def system(server):
    return System(server.endpoint)


@pytest.fixture
def admin(system):
    return system.people["admin"]


@pytest.fixture
def user(system):
    return system.people["user"]


def makers():
    """What makes clients: boto3, and where there is one the AWS command line."""
    if find_spec("awscli") is None:
        return [client]
    from aws_cli import AwsCli

    return [client, AwsCli]


@pytest.fixture(params=makers(), ids=lambda make: make.__name__)
def make_client(request):
    return request.param
