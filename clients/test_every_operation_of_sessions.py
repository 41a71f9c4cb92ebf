"""Every operation of identity pools and STS, by boto3, whose parsers and types are the judge of the answers."""

import json
from datetime import datetime, timezone

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from recorded import Recorded, recent
from system import REGION, Keys, System, refused


def test_every_operation_of_identity_pools_and_sts(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    identity_pools(recorded)
    sessions(recorded, System(own_server.endpoint, bucket="cloakroom-sessions"))
    recorded.expect_every_operation("cognito-identity", "sts")


def identity_pools(recorded):
    identity = recorded.client("cognito-identity")
    pool = identity.create_identity_pool(
        IdentityPoolName="every operation",
        AllowUnauthenticatedIdentities=False,
        IdentityPoolTags={"for": "tests"},
    )
    pool_id = pool["IdentityPoolId"]
    assert pool_id.startswith(f"{REGION}:")
    described = identity.describe_identity_pool(IdentityPoolId=pool_id)
    assert described["IdentityPoolName"] == "every operation"
    assert described["AllowUnauthenticatedIdentities"] is False
    assert described["IdentityPoolTags"] == {"for": "tests"}
    listed = identity.list_identity_pools(MaxResults=60)["IdentityPools"]
    assert {"IdentityPoolId": pool_id, "IdentityPoolName": "every operation"} in listed
    assert identity.get_identity_pool_roles(IdentityPoolId=pool_id).get("Roles", {}) == {}
    identity.delete_identity_pool(IdentityPoolId=pool_id)
    with refused("ResourceNotFoundException"):
        identity.describe_identity_pool(IdentityPoolId=pool_id)


def sessions(recorded, system):
    """What it takes a system to ask for: identities, their tokens, and sessions."""
    admin = system.people["admin"]
    logins = {system.provider: admin.id_token}
    pool = {"IdentityPoolId": system.identity_pool_id}
    identity = recorded.client("cognito-identity")
    set_up = identity.get_identity_pool_roles(**pool)
    assert set_up["Roles"] == {"authenticated": system.roles["user"]}
    (mapping,) = set_up["RoleMappings"].values()
    assert len(mapping["RulesConfiguration"]["Rules"]) == 2
    given = {name: set_up[name] for name in ("Roles", "RoleMappings")}
    identity.set_identity_pool_roles(**pool, **given)

    anyone = recorded.client("cognito-identity", signature_version=UNSIGNED)
    assert anyone.get_id(**pool, Logins=logins)["IdentityId"] == admin.identity_id
    described = identity.describe_identity(IdentityId=admin.identity_id)
    assert described["Logins"] == [system.provider] and recent(described["CreationDate"])
    own = {"IdentityId": admin.identity_id, "Logins": logins}
    credentials = anyone.get_credentials_for_identity(**own)["Credentials"]
    left = credentials["Expiration"] - datetime.now(timezone.utc)
    assert 3500 < left.total_seconds() <= 3600
    token = anyone.get_open_id_token(**own)
    assert token["IdentityId"] == admin.identity_id

    sts = recorded.client("sts", signature_version=UNSIGNED)
    session = sts.assume_role_with_web_identity(
        RoleArn=system.roles["admin"],
        RoleSessionName="classic",
        WebIdentityToken=token["Token"],
        DurationSeconds=900,
    )
    assert session["SubjectFromWebIdentityToken"] == admin.identity_id
    assert session["Audience"] == system.identity_pool_id
    assert session["AssumedRoleUser"]["Arn"].endswith(f"{system.role_name(admin)}/classic")
    given = session["Credentials"]
    keys = Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
    caller = recorded.client("sts", keys).get_caller_identity()
    assert caller["Arn"] == session["AssumedRoleUser"]["Arn"]
    assert caller["UserId"] == session["AssumedRoleUser"]["AssumedRoleId"]
    s3 = recorded.client("s3", keys)
    assert s3.get_object(Bucket=system.bucket, Key=admin.file)["Body"].read()

    with pytest.raises(ClientError) as caught:
        s3.get_object(Bucket=system.bucket, Key=system.people["user"].file)
    request_id = caught.value.response["ResponseMetadata"]["RequestId"]
    told = recorded.client("sts").decode_authorization_message(EncodedMessage=request_id)
    message = json.loads(told["DecodedMessage"])
    assert system.people["user"].file in json.dumps(message["explanation"])
    with refused("AccessDenied"):
        recorded.client("sts", keys).decode_authorization_message(EncodedMessage=request_id)
