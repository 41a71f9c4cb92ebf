"""What was acknowledged is there after a restart and after `kill -9`, and nothing secret is readable
in what is kept."""

import base64
import json
import re
import subprocess
import urllib.request
from dataclasses import replace

import pytest

from conftest import Server
from system import ROOT, System, allow, folder_policy, refused


@pytest.fixture
def config(tmp_path):
    """The name under which clients know a server stays, although the system chooses its port."""
    file = tmp_path / "cloakroom.toml"
    file.write_text('public_url = "http://cloakroom.test"\n')
    return file


@pytest.mark.parametrize("end", [Server.stop, Server.kill])
def test_everything_survives(tmp_path, config, end):
    data = tmp_path / "data"
    with Server(data, "--config", config) as server:
        system = System(server.endpoint)
        admin, user = system.people["admin"], system.people["user"]
        before = everything(system)
        # The last request before the end counts as much as the first.
        system.client("s3", admin.keys).put_object(
            Bucket=system.bucket, Key=f"{admin.folder}/last", Body=b"acknowledged"
        )
        end(server)
    with Server(data, "--config", config) as server:
        system.endpoint = server.endpoint
        assert system.read(admin, f"{admin.folder}/last") == "acknowledged"
        assert everything(system) == before

        # Who had a session still has it, and it opens what it opened.
        for me, other in ((admin, user), (user, admin)):
            assert system.read(me, me.file) == me.line
            with refused("AccessDenied"):
                system.read(me, other.file)
        # An ID token, a refresh token and a password lead to the same identity as before.
        for id_token in (
            admin.id_token,
            system.refresh(admin)["IdToken"],
            system.tokens(admin)["IdToken"],
        ):
            assert system.identity_id(id_token) == admin.identity_id
            renewed = replace(admin, keys=system.credentials(admin.identity_id, id_token))
            assert system.read(renewed, admin.file) == admin.line
        with refused("NotAuthorizedException"):
            system.tokens(replace(admin, password=user.password))
        with refused("AccessDenied"):
            system.read(renewed, user.file)
        server.stop()


def everything(system):
    """What an administrator sees of a system."""
    idp, identity = system.client("cognito-idp"), system.client("cognito-identity")
    iam, s3 = system.client("iam"), system.client("s3")
    pool = {"UserPoolId": system.user_pool_id}
    users = idp.list_users(**pool)["Users"]
    roles = [{"RoleName": name} for name in map(system.role_name, system.people.values())]
    keys = urllib.request.urlopen(
        f"{system.endpoint}/{system.user_pool_id}/.well-known/jwks.json"
    )
    seen = {
        "pool": idp.describe_user_pool(**pool)["UserPool"],
        "client": idp.describe_user_pool_client(**pool, ClientId=system.client_id)["UserPoolClient"],
        "keys": json.load(keys),
        "groups": idp.list_groups(**pool)["Groups"],
        "users": users,
        "memberships": [
            idp.admin_list_groups_for_user(**pool, Username=user["Username"])["Groups"]
            for user in users
        ],
        "identity pool": identity.describe_identity_pool(IdentityPoolId=system.identity_pool_id),
        "roles given": identity.get_identity_pool_roles(IdentityPoolId=system.identity_pool_id),
        "identities": [
            identity.describe_identity(IdentityId=person.identity_id)
            for person in system.people.values()
        ],
        "roles": [iam.get_role(**role)["Role"] for role in roles],
        "policies": [iam.get_role_policy(**role, PolicyName="folder") for role in roles],
        "buckets": s3.list_buckets()["Buckets"],
        "objects": [
            s3.head_object(Bucket=system.bucket, Key=person.file)
            for person in system.people.values()
        ],
    }
    return without_request(seen)


def without_request(value):
    """The same without what each answer says of its own request."""
    if isinstance(value, dict):
        return {k: without_request(v) for k, v in value.items() if k != "ResponseMetadata"}
    return [without_request(v) for v in value] if isinstance(value, list) else value


def test_what_was_taken_away_stays_away(tmp_path, config):
    data = tmp_path / "data"
    with Server(data, "--config", config) as server:
        system = System(server.endpoint)
        admin, user = system.people["admin"], system.people["user"]
        system.put_role_policy(admin, allow("s3:GetObject", "arn:aws:s3:::elsewhere/*"))
        system.client("s3").delete_object(Bucket=system.bucket, Key=user.file)
        system.client("cognito-idp").admin_delete_user(
            UserPoolId=system.user_pool_id, Username=user.name
        )
        server.kill()
    with Server(data, "--config", config) as server:
        system.endpoint = server.endpoint
        with refused("AccessDenied"):
            system.read(admin, admin.file)
        with refused("NoSuchKey"):
            system.client("s3").get_object(Bucket=system.bucket, Key=user.file)
        with refused("UserNotFoundException"):
            system.tokens(user)
        with refused("NotAuthorizedException"):
            system.refresh(user)
        system.put_role_policy(admin, folder_policy(system.bucket))
        assert system.read(admin, admin.file) == admin.line


def test_a_large_object_survives_being_killed(tmp_path):
    body = bytes(range(256)) * 16384
    with Server(tmp_path / "data") as server:
        system = System(server.endpoint)
        s3 = system.client("s3")
        s3.put_object(Bucket=system.bucket, Key="large", Body=body)
        s3.put_object(Bucket=system.bucket, Key="replaced", Body=body)
        s3.put_object(Bucket=system.bucket, Key="replaced", Body=body[::-1])
        server.kill()
    with Server(tmp_path / "data") as server:
        system.endpoint = server.endpoint
        s3 = system.client("s3")
        assert s3.get_object(Bucket=system.bucket, Key="large")["Body"].read() == body
        assert s3.get_object(Bucket=system.bucket, Key="replaced")["Body"].read() == body[::-1]


def test_a_second_server_is_refused_and_told_who_holds_the_data(tmp_path):
    with Server(tmp_path / "data") as server:
        second = subprocess.run(
            Server.command(tmp_path / "data"),
            env=Server.environment(),
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert second.returncode == 2 and second.stdout == ""
        assert str(server.process.pid) in second.stderr
        assert str(tmp_path / "data") in second.stderr
        # The first did not notice.
        System(server.endpoint)
        server.kill()
    # Whoever was killed holds nothing.
    with Server(tmp_path / "data") as server:
        server.stop()


def test_data_without_its_key_ring_is_not_served(tmp_path):
    data = tmp_path / "data"
    with Server(data) as server:
        server.stop()
    ring = data / "keyring"
    assert ring.stat().st_mode & 0o777 == 0o600
    ring.rename(tmp_path / "elsewhere")
    done = subprocess.run(
        Server.command(data), env=Server.environment(), capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 2 and "keyring" in done.stderr
    (tmp_path / "elsewhere").rename(ring)
    with Server(data) as server:
        server.stop()


# What only a private RSA key has: the algorithm and the octets that follow it in PKCS #8, as DER, in
# base64 and as a list of numbers; a PEM's head; a JWK's private exponent.
PRIVATE_KEYS = {
    "PKCS #8": bytes.fromhex("300d06092a864886f70d01010105000482"),
    "PKCS #8 in base64": b"ADANBgkqhkiG9w0BAQEFAASC",
    "PKCS #8 in numbers": b"42,134,72,134,247,13,1,1,1,5,0,4,130",
    "PEM": b"PRIVATE KEY",
    "JWK": b'"d":',
}


def forms(text):
    """How a text might be written down."""
    raw = text.encode()
    yield raw
    yield raw.hex().encode()
    yield json.dumps(list(raw), separators=(",", ":")).strip("[]").encode()
    for skipped in range(3):
        # In base64 at each of the three alignments, without the characters that neighbours change.
        encoded = base64.b64encode(b"\0" * skipped + raw)[4 if skipped else 0 :]
        yield encoded[: len(encoded) // 4 * 4 - 4]
        yield base64.urlsafe_b64encode(base64.b64decode(encoded))[: len(encoded) // 4 * 4 - 4]


def found(data, needle):
    files = [path for path in data.rglob("*") if path.is_file()]
    assert files
    return [str(path.relative_to(data)) for path in files if needle in path.read_bytes()]


def test_nothing_secret_is_readable_at_rest(tmp_path, config):
    data = tmp_path / "data"
    with Server(data, "--config", config) as server:
        system = System(server.endpoint)
        admin, user = system.people["admin"], system.people["user"]
        with refused("AccessDenied"):
            # So that the audit has something to tell.
            system.read(admin, user.file)
        identity = system.client("cognito-identity")
        token = identity.get_open_id_token(
            IdentityId=admin.identity_id, Logins={system.provider: admin.id_token}
        )["Token"]
        url = system.client("s3", admin.keys, signature_version="s3v4").generate_presigned_url(
            "get_object", Params={"Bucket": system.bucket, "Key": admin.file}
        )
        assert urllib.request.urlopen(url).read().decode() == admin.line
        with urllib.request.urlopen(
            f"{server.endpoint}/{system.user_pool_id}/.well-known/jwks.json"
        ) as keys:
            moduli = [key["n"] for key in json.load(keys)["keys"]]
        server.kill()
    secrets = {
        "root's secret": ROOT.secret,
        "client secret": system.client_secret,
        "identity token": token,
        "presigned signature": re.search("X-Amz-Signature=([0-9a-f]+)", url)[1],
    }
    for person in system.people.values():
        for name in ("password", "id_token", "access_token", "refresh_token"):
            secrets[f"{person.name}'s {name}"] = getattr(person, name)
        secrets[f"{person.name}'s session secret"] = person.keys.secret
        secrets[f"{person.name}'s session token"] = person.keys.token
    for name, secret in secrets.items():
        assert len(secret) >= 12, name
        for form in forms(secret):
            assert found(data, form) == [], name
    for name, mark in PRIVATE_KEYS.items():
        assert found(data, mark) == [], name
    for modulus in moduli:
        # A private key of PKCS #1 holds its modulus, and right after it both exponents.
        number = base64.urlsafe_b64decode(modulus + "==")
        assert found(data, number + bytes.fromhex("02030100010282")) == []
    # What is no secret is found, so this search finds.
    assert found(data, admin.name.encode())
    assert found(data, system.bucket.encode())
    assert found(data, admin.identity_id.encode())
