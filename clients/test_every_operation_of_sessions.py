"""Every operation of identity pools and STS, by boto3, whose parsers and types are the judge of the answers."""

import json
from datetime import datetime, timezone

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from recorded import Recorded, recent
from system import REGION, ROOT, Keys, System, allow, refused, trust_policy


def test_every_operation_of_identity_pools_and_sts(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    identity_pools(recorded)
    identities(recorded)
    developer_identities(recorded)
    sessions(recorded, System(own_server.endpoint, bucket="cloakroom-sessions"))
    users_and_roles(recorded)
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
    updated = identity.update_identity_pool(
        IdentityPoolId=pool_id,
        IdentityPoolName="updated",
        AllowUnauthenticatedIdentities=True,
        AllowClassicFlow=False,
    )
    assert updated["IdentityPoolName"] == "updated" and updated["AllowClassicFlow"] is False
    assert updated["IdentityPoolTags"] == {"for": "tests"}

    account = recorded.client("sts").get_caller_identity()["Account"]
    arn = f"arn:aws:cognito-identity:{REGION}:{account}:identitypool/{pool_id}"
    identity.tag_resource(ResourceArn=arn, Tags={"team": "coats"})
    identity.untag_resource(ResourceArn=arn, TagKeys=["for"])
    assert identity.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": "coats"}

    provider = f"cognito-idp.{REGION}.amazonaws.com/{REGION}_aB3dE6gH9"
    with refused("InvalidParameterException"):
        identity.set_principal_tag_attribute_map(
            IdentityPoolId=pool_id, IdentityProviderName=provider, UseDefaults=True
        )
    identity.update_identity_pool(
        IdentityPoolId=pool_id,
        IdentityPoolName="updated",
        AllowUnauthenticatedIdentities=True,
        CognitoIdentityProviders=[
            {"ProviderName": provider, "ClientId": "client1", "ServerSideTokenCheck": True}
        ],
    )
    names = {"IdentityPoolId": pool_id, "IdentityProviderName": provider}
    tags = {"team": "custom:team"}
    set_map = identity.set_principal_tag_attribute_map(**names, PrincipalTags=tags)
    assert set_map["PrincipalTags"] == tags and set_map["UseDefaults"] is False
    identity.set_principal_tag_attribute_map(**names, UseDefaults=True)
    got = identity.get_principal_tag_attribute_map(**names)
    assert got["PrincipalTags"] == {"client": "aud", "username": "sub"} and got["UseDefaults"]
    identity.delete_identity_pool(IdentityPoolId=pool_id)
    with refused("ResourceNotFoundException"):
        identity.describe_identity_pool(IdentityPoolId=pool_id)


def identities(recorded):
    """Guests, as they are listed and deleted."""
    identity = recorded.client("cognito-identity")
    pool = identity.create_identity_pool(
        IdentityPoolName="guests", AllowUnauthenticatedIdentities=True
    )
    pool = {"IdentityPoolId": pool["IdentityPoolId"]}
    anyone = recorded.client("cognito-identity", signature_version=UNSIGNED)
    guests = sorted(anyone.get_id(**pool)["IdentityId"] for _ in range(3))
    page = identity.list_identities(**pool, MaxResults=2, HideDisabled=True)
    assert [one["IdentityId"] for one in page["Identities"]] == guests[:2]
    rest = identity.list_identities(**pool, MaxResults=2, NextToken=page["NextToken"])
    assert [one["IdentityId"] for one in rest["Identities"]] == guests[2:]
    assert "NextToken" not in rest and recent(rest["Identities"][0]["CreationDate"])
    none = f"{REGION}:00000000-0000-4000-8000-000000000000"
    deleted = identity.delete_identities(IdentityIdsToDelete=[guests[0], none])
    assert deleted["UnprocessedIdentityIds"] == [
        {"IdentityId": none, "ErrorCode": "AccessDenied"}
    ]
    with refused("ResourceNotFoundException"):
        identity.describe_identity(IdentityId=guests[0])
    identity.delete_identity_pool(**pool)


def developer_identities(recorded):
    """Users of an application's own sign-in."""
    identity = recorded.client("cognito-identity")
    name = "login.example"
    pool = identity.create_identity_pool(
        IdentityPoolName="developers",
        AllowUnauthenticatedIdentities=False,
        DeveloperProviderName=name,
    )
    pool = {"IdentityPoolId": pool["IdentityPoolId"]}

    def vouch(user, **more):
        return identity.get_open_id_token_for_developer_identity(
            **pool, Logins={name: user}, **more
        )

    ada, bob = vouch("ada", TokenDuration=60), vouch("bob")
    assert ada["IdentityId"] != bob["IdentityId"]
    found = identity.lookup_developer_identity(**pool, DeveloperUserIdentifier="ada")
    assert found["IdentityId"] == ada["IdentityId"]
    merged = identity.merge_developer_identities(
        **pool,
        SourceUserIdentifier="bob",
        DestinationUserIdentifier="ada",
        DeveloperProviderName=name,
    )
    assert merged["IdentityId"] == vouch("bob")["IdentityId"] == ada["IdentityId"]
    found = identity.lookup_developer_identity(**pool, IdentityId=ada["IdentityId"])
    assert found["DeveloperUserIdentifierList"] == ["ada", "bob"]

    role = f"arn:aws:iam::{ROOT.account}:role/developers"
    trust = trust_policy(pool["IdentityPoolId"])
    iam = recorded.client("iam")
    iam.create_role(RoleName="developers", AssumeRolePolicyDocument=json.dumps(trust))
    identity.set_identity_pool_roles(**pool, Roles={"authenticated": role})
    anyone = recorded.client("cognito-identity", signature_version=UNSIGNED)
    login = {"cognito-identity.amazonaws.com": vouch("ada")["Token"]}
    given = anyone.get_credentials_for_identity(IdentityId=ada["IdentityId"], Logins=login)
    given = given["Credentials"]
    keys = Keys(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])
    caller = recorded.client("sts", keys).get_caller_identity()
    assert caller["Arn"].endswith("assumed-role/developers/CognitoIdentityCredentials")

    for user in ("ada", "bob"):
        identity.unlink_developer_identity(
            **pool,
            IdentityId=ada["IdentityId"],
            DeveloperProviderName=name,
            DeveloperUserIdentifier=user,
        )
    with refused("NotAuthorizedException"):
        anyone.get_credentials_for_identity(IdentityId=ada["IdentityId"], Logins=login)
    iam.delete_role(RoleName="developers")
    identity.delete_identity_pool(**pool)


def sessions(recorded, system):
    """What it takes a system to ask for: identities, their tokens, and sessions."""
    admin = system.people["admin"]
    logins = {system.provider: admin.id_token}
    pool = {"IdentityPoolId": system.identity_pool_id}
    identity = recorded.client("cognito-identity")
    set_up = identity.get_identity_pool_roles(**pool)
    assert set_up["Roles"] == {"authenticated": system.roles["user"]}
    # One for each application.
    assert len(set_up["RoleMappings"]) == 2
    for mapping in set_up["RoleMappings"].values():
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

    user = system.people["user"]
    logins = {system.provider: user.id_token}
    own = {"IdentityId": user.identity_id, "Logins": logins}
    anyone.unlink_identity(**own, LoginsToRemove=[system.provider])
    with refused("NotAuthorizedException"):
        anyone.get_credentials_for_identity(**own)
    assert anyone.get_id(**pool, Logins=logins)["IdentityId"] != user.identity_id


def users_and_roles(recorded):
    """Sessions that users get with keys of their own, of roles and of themselves."""
    iam = recorded.client("iam")
    iam.create_user(UserName="alice")
    made = iam.create_access_key(UserName="alice")["AccessKey"]
    alice = Keys(made["AccessKeyId"], made["SecretAccessKey"])
    policy = json.dumps(allow(["sts:*", "s3:ListAllMyBuckets"], ["*"]))
    iam.put_user_policy(UserName="alice", PolicyName="sts", PolicyDocument=policy)
    trust = {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"AWS": f"arn:aws:iam::{ROOT.account}:user/alice"},
            "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            "Condition": {"StringEquals": {"sts:ExternalId": "coats"}},
        },
    }
    role = iam.create_role(RoleName="coats", AssumeRolePolicyDocument=json.dumps(trust))["Role"]
    sts = recorded.client("sts", alice)
    asked = {"RoleArn": role["Arn"], "RoleSessionName": "by-alice"}
    with refused("AccessDenied"):
        sts.assume_role(**asked)
    session = sts.assume_role(
        **asked,
        ExternalId="coats",
        DurationSeconds=900,
        Policy=json.dumps(allow(["s3:*"], ["*"])),
        PolicyArns=[{"arn": "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}],
        Tags=[{"Key": "team", "Value": "coats"}],
        TransitiveTagKeys=["team"],
        SourceIdentity="alice",
    )
    assert session["SourceIdentity"] == "alice" and 0 < session["PackedPolicySize"] <= 100
    left = session["Credentials"]["Expiration"] - datetime.now(timezone.utc)
    assert 800 < left.total_seconds() <= 900
    identity = recorded.client("sts", keys_of(session)).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{ROOT.account}:assumed-role/coats/by-alice"
    with refused("PackedPolicyTooLarge"):
        tags = [{"Key": f"{n:02}{'k' * 120}", "Value": "v" * 250} for n in range(40)]
        sts.assume_role(**asked, ExternalId="coats", Tags=tags)

    own = keys_of(sts.get_session_token(DurationSeconds=900))
    identity = recorded.client("sts", own).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{ROOT.account}:user/alice"
    with refused("InvalidClientTokenId"):
        recorded.client("iam", own).list_users()
    federated = sts.get_federation_token(Name="carol", Policy=policy)
    arn = f"arn:aws:sts::{ROOT.account}:federated-user/carol"
    assert federated["FederatedUser"]["Arn"] == arn
    assert recorded.client("sts", keys_of(federated)).get_caller_identity()["Arn"] == arn
    assert sts.get_access_key_info(AccessKeyId=alice.key)["Account"] == ROOT.account
    iam.delete_role(RoleName="coats")
    iam.delete_user_policy(UserName="alice", PolicyName="sts")
    iam.delete_access_key(UserName="alice", AccessKeyId=alice.key)
    iam.delete_user(UserName="alice")


def keys_of(answer):
    given = answer["Credentials"]
    return Keys(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
