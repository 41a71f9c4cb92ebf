"""A server under test, and the system of the README built in it by ordinary AWS calls."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from system import ALT_ROOT, ROOT, System


class Server:
    """A `cloakroom serve` of our own, on a port that the system chose."""

    def __init__(self, data_dir: Path, arguments=(), environment=None):
        variables = {k: v for k, v in os.environ.items() if not k.startswith(("AWS_", "CLOAKROOM_"))}
        variables.update(
            CLOAKROOM_ROOT_ACCESS_KEY_ID=ROOT.key,
            CLOAKROOM_ROOT_SECRET_ACCESS_KEY=ROOT.secret,
            CLOAKROOM_ACCOUNT_ID=ROOT.account,
            CLOAKROOM_ALT_ROOT_ACCESS_KEY_ID=ALT_ROOT.key,
            CLOAKROOM_ALT_ROOT_SECRET_ACCESS_KEY=ALT_ROOT.secret,
            CLOAKROOM_ALT_ACCOUNT_ID=ALT_ROOT.account,
            **(environment or {}),
        )
        command = [os.environ["CLOAKROOM_BINARY"], "serve", "--json", "--listen", "127.0.0.1:0"]
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(data_dir), *arguments],
            env=variables,
            stdout=subprocess.PIPE,
            text=True,
        )
        line = self.process.stdout.readline()
        assert line, "the server did not start; its reason is on standard error"
        self.endpoint = json.loads(line)["endpoint"]

    def kill(self):
        """As a power cut would: no warning, no chance to tidy up."""
        self.process.kill()
        self.process.wait()

    def stop(self):
        self.process.terminate()
        assert self.process.wait(timeout=30) == 0


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    server = Server(tmp_path_factory.mktemp("data"))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def system(server):
    return System(server.endpoint)
