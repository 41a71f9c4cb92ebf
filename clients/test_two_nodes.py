"""Two servers on one PostgreSQL are one Cloakroom."""

import copy
import os
import shutil
import threading
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from uuid import uuid4

import pg8000.native
import pytest
from botocore.exceptions import ClientError

from conftest import Server
from system import Person, System, allow, folder_policy, refused

# What one node does is heeded by the others within this time, or they refuse to answer.
STALE_AFTER_SECONDS = 5


@contextmanager
def database():
    """A database of our own on the server that the variable names: its URL."""
    url = urllib.parse.urlsplit(os.environ["CLOAKROOM_TEST_POSTGRES"])
    options = dict(urllib.parse.parse_qsl(url.query))
    server = {"user": url.username or "postgres", "password": url.password}
    server["database"] = url.path.strip("/") or "postgres"
    if folder := options.get("host"):
        server["unix_sock"] = f"{folder}/.s.PGSQL.{options.get('port', 5432)}"
    else:
        server |= {"host": url.hostname, "port": url.port or 5432}
    connection = pg8000.native.Connection(**server)
    name = f"cloakroom_{uuid4().hex}"
    connection.run(f"CREATE DATABASE {name}")
    try:
        yield urllib.parse.urlunsplit(url._replace(path=f"/{name}"))
    finally:
        connection.run(f"DROP DATABASE {name} WITH (FORCE)")
        connection.close()


@pytest.fixture(scope="module")
def nodes(tmp_path_factory):
    """Two servers, each with a data directory of its own, on one database and one key ring."""
    folder = tmp_path_factory.mktemp("nodes")
    with Server(folder / "first") as server:
        server.stop()
    ring = folder / "shared-keyring"
    shutil.copy(folder / "first" / "keyring", ring)
    with database() as url:
        config = folder / "cloakroom.toml"
        config.write_text(
            'public_url = "http://cloakroom.test"\n'
            f'postgres = "{url}"\nkey_ring = "{ring}"\n'
        )
        with (
            Server(folder / "a", "--config", config) as a,
            Server(folder / "b", "--config", config) as b,
        ):
            yield a, b
            a.stop()
            b.stop()


@pytest.fixture(scope="module")
def system(nodes):
    return System(nodes[0].endpoint)


def at(system, node):
    """The same system, asked at another node."""
    there = copy.copy(system)
    there.endpoint = node.endpoint
    return there


@pytest.fixture
def other_node(system, nodes):
    return at(system, nodes[1])


def soon(condition):
    """Asks again until it holds, for as long as a node may lag behind."""
    ends = time.monotonic() + STALE_AFTER_SECONDS
    while not condition():
        assert time.monotonic() < ends, "the other node did not learn of it in time"
        time.sleep(0.02)


def test_what_one_writes_the_other_reads(system, other_node):
    admin, user = system.people["admin"], system.people["user"]
    assert other_node.read(admin, admin.file) == admin.line
    with refused("AccessDenied"):
        other_node.read(admin, user.file)
    other_node.client("s3", admin.keys).put_object(
        Bucket=system.bucket, Key=f"{admin.folder}/there", Body=b"written there"
    )
    assert system.read(admin, f"{admin.folder}/there") == "written there"
    described = other_node.client("cognito-idp").admin_get_user(
        UserPoolId=system.user_pool_id, Username=admin.name
    )
    assert described["UserStatus"] == "CONFIRMED"


def test_tokens_and_sessions_of_one_are_good_at_the_other(system, other_node):
    for here, there in ((system, other_node), (other_node, system)):
        user = Person("user", system.people["user"].password)
        here.sign_in(user)
        assert there.identity_id(user.id_token) == user.identity_id
        assert there.read(user, user.file) == user.line
        refreshed = there.refresh(user)["IdToken"]
        assert here.identity_id(refreshed) == user.identity_id


def test_200_first_get_ids_at_once_over_both_give_one_identity(system, nodes):
    person = Person("many-at-once", "Everyone-at-once-5")
    system.add_user(person, group="user")
    id_token = system.tokens(person)["IdToken"]
    clients = [
        at(system, node).client("cognito-identity", max_pool_connections=100) for node in nodes
    ]
    together = threading.Barrier(200)

    def get_id(number):
        together.wait(timeout=60)
        return clients[number % 2].get_id(
            IdentityPoolId=system.identity_pool_id, Logins={system.provider: id_token}
        )["IdentityId"]

    with ThreadPoolExecutor(max_workers=200) as pool:
        identities = list(pool.map(get_id, range(200)))
    assert len(identities) == 200
    assert len(set(identities)) == 1
    assert identities[0] not in [p.identity_id for p in system.people.values()]


def test_a_policy_that_changed_at_one_holds_at_the_other(system, other_node):
    admin = system.people["admin"]
    outcomes = []

    def refused_there():
        try:
            other_node.read(admin, admin.file)
        except ClientError as error:
            outcomes.append(error.response["Error"]["Code"])
            return outcomes[-1] == "AccessDenied"
        return False

    def allowed_there():
        return not refused_there()

    for _ in range(3):
        assert allowed_there()
        system.put_role_policy(admin, allow("s3:GetObject", "arn:aws:s3:::elsewhere/*"))
        with refused("AccessDenied"):
            # Where it was acknowledged it holds at once.
            system.read(admin, admin.file)
        soon(refused_there)
        system.put_role_policy(admin, folder_policy(system.bucket))
        assert system.read(admin, admin.file) == admin.line
        soon(allowed_there)
    assert set(outcomes) == {"AccessDenied"}


def test_a_role_deleted_at_one_ends_its_sessions_at_the_other(nodes):
    system = System(nodes[0].endpoint, bucket="cloakroom-nodes-revoked")
    there, admin = at(system, nodes[1]), system.people["admin"]
    assert there.read(admin, admin.file) == admin.line
    name = system.role_name(admin)
    system.client("iam").delete_role_policy(RoleName=name, PolicyName="folder")
    system.client("iam").delete_role(RoleName=name)

    def ended():
        try:
            there.read(admin, admin.file)
        except ClientError as error:
            return error.response["Error"]["Code"] == "InvalidAccessKeyId"
        return False

    soon(ended)
