"""Every operation that is served, by boto3, whose parsers and types are the judge of the answers."""

import hashlib
import json
import tomllib
from datetime import datetime, timezone
from pathlib import Path

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError

from system import (
    REGION,
    ROOT,
    Keys,
    System,
    allow,
    client,
    folder_policy,
    refused,
    trust_policy,
)

SERVED = Path(__file__).parents[1] / "crates/wire/models/served.toml"


class Recorded:
    """Clients that write down which operations were answered well."""

    def __init__(self, endpoint):
        self.endpoint = endpoint
        self.called = set()

    def client(self, service, keys=ROOT, **options):
        made = client(self.endpoint, service, keys, **options)

        def record(http_response, model, **_):
            if http_response.status_code < 300:
                self.called.add((service, model.name))

        made.meta.events.register("after-call", record)
        return made


def test_every_operation_that_is_served(server):
    recorded = Recorded(server.endpoint)
    user_pools(recorded)
    identity_pools(recorded)
    roles(recorded)
    buckets(recorded)
    objects(recorded)
    sessions(recorded, System(server.endpoint, bucket="cloakroom-sessions"))
    served = tomllib.loads(SERVED.read_text())
    expected = {(name, o) for name, service in served.items() for o in service["operations"]}
    assert recorded.called == expected


def recent(time):
    return abs((datetime.now(timezone.utc) - time).total_seconds()) < 120


def user_pools(recorded):
    idp = recorded.client("cognito-idp")
    pool = idp.create_user_pool(PoolName="every operation")["UserPool"]
    pool_id = pool["Id"]
    assert pool_id.startswith(f"{REGION}_")
    assert recent(pool["CreationDate"]) and recent(pool["LastModifiedDate"])
    described = idp.describe_user_pool(UserPoolId=pool_id)["UserPool"]
    assert described["Name"] == "every operation"
    assert described["Arn"] == f"arn:aws:cognito-idp:{REGION}:{ROOT.account}:userpool/{pool_id}"
    assert pool_id in [p["Id"] for p in idp.list_user_pools(MaxResults=60)["UserPools"]]

    web = idp.create_user_pool_client(
        UserPoolId=pool_id,
        ClientName="web",
        ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]
    names = {"UserPoolId": pool_id, "ClientId": web["ClientId"]}
    described = idp.describe_user_pool_client(**names)["UserPoolClient"]
    assert (described["ClientName"], described["UserPoolId"]) == ("web", pool_id)
    assert "ClientSecret" not in described
    assert set(described["ExplicitAuthFlows"]) >= set(web["ExplicitAuthFlows"])

    group = idp.create_group(
        UserPoolId=pool_id, GroupName="readers", Description="They read.", Precedence=7
    )["Group"]
    assert (group["GroupName"], group["Precedence"]) == ("readers", 7)
    again = idp.get_group(UserPoolId=pool_id, GroupName="readers")["Group"]
    assert again == group and recent(again["CreationDate"])
    with refused("GroupExistsException"):
        idp.create_group(UserPoolId=pool_id, GroupName="readers")
    assert idp.list_groups(UserPoolId=pool_id)["Groups"] == [group]

    of_user = {"UserPoolId": pool_id, "Username": "zoë"}
    created = idp.admin_create_user(
        **of_user,
        UserAttributes=[{"Name": "email", "Value": "zoe@example.com"}],
        MessageAction="SUPPRESS",
    )["User"]
    assert (created["Username"], created["Enabled"]) == ("zoë", True)
    assert created["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    with refused("UsernameExistsException"):
        idp.admin_create_user(**of_user)
    with refused("InvalidPasswordException"):
        idp.admin_set_user_password(**of_user, Password="short", Permanent=True)
    idp.admin_set_user_password(**of_user, Password="Correct-horse-1", Permanent=True)
    user = idp.admin_get_user(**of_user)
    assert user["UserStatus"] == "CONFIRMED" and recent(user["UserCreateDate"])
    attributes = {a["Name"]: a["Value"] for a in user["UserAttributes"]}
    assert attributes["email"] == "zoe@example.com" and attributes["sub"]
    listed = idp.list_users(UserPoolId=pool_id)["Users"]
    assert [user["Username"] for user in listed] == ["zoë"]
    by_mail = {"UserPoolId": pool_id, "Filter": 'email = "zoe@example.com"'}
    assert len(idp.list_users(**by_mail)["Users"]) == 1
    by_mail["Filter"] = 'email = "somebody@example.com"'
    assert idp.list_users(**by_mail)["Users"] == []

    idp.admin_add_user_to_group(**of_user, GroupName="readers")
    assert idp.admin_list_groups_for_user(**of_user)["Groups"] == [group]

    password = {"USERNAME": "zoë", "PASSWORD": "Correct-horse-1"}
    by_admin = idp.admin_initiate_auth(
        **names, AuthFlow="ADMIN_USER_PASSWORD_AUTH", AuthParameters=password
    )["AuthenticationResult"]
    by_user = recorded.client("cognito-idp", signature_version=UNSIGNED).initiate_auth(
        ClientId=web["ClientId"], AuthFlow="USER_PASSWORD_AUTH", AuthParameters=password
    )["AuthenticationResult"]
    for result in (by_admin, by_user):
        expected = ["AccessToken", "ExpiresIn", "IdToken", "RefreshToken", "TokenType"]
        assert sorted(result) == expected
    pages(
        lambda **page: idp.list_users(UserPoolId=pool_id, Limit=2, **page),
        "Users",
        "PaginationToken",
        create=lambda name: idp.admin_create_user(UserPoolId=pool_id, Username=name),
        count=4,
    )

    idp.admin_delete_user(**of_user)
    with refused("UserNotFoundException"):
        idp.admin_get_user(**of_user)
    idp.delete_group(UserPoolId=pool_id, GroupName="readers")
    with refused("ResourceNotFoundException"):
        idp.get_group(UserPoolId=pool_id, GroupName="readers")
    idp.delete_user_pool_client(**names)
    with refused("ResourceNotFoundException"):
        idp.describe_user_pool_client(**names)
    idp.delete_user_pool(UserPoolId=pool_id)
    with refused("ResourceNotFoundException"):
        idp.describe_user_pool(UserPoolId=pool_id)


def pages(listing, member, token, create, count):
    """Makes so many more, and reads the whole list page by page: each once."""
    for number in range(count):
        create(f"page-{number}")
    page = listing()
    seen = list(page[member])
    while token in page:
        assert len(page[member]) <= 2
        page = listing(**{token: page[token]})
        seen += page[member]
    names = [json.dumps(entry, default=str, sort_keys=True) for entry in seen]
    assert len(names) == len(set(names)) >= count


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


def roles(recorded):
    iam = recorded.client("iam")
    trust = trust_policy(f"{REGION}:0f8fad5b-d9cb-469f-a165-70867728950e")
    role = iam.create_role(
        RoleName="every-operation",
        Path="/for/tests/",
        Description="Ümläuts & <brackets>",
        AssumeRolePolicyDocument=json.dumps(trust),
    )["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ROOT.account}:role/for/tests/every-operation"
    assert role["RoleId"].startswith("AROA") and recent(role["CreateDate"])
    name = {"RoleName": "every-operation"}
    again = iam.get_role(**name)["Role"]
    assert again["AssumeRolePolicyDocument"] == trust
    assert again["Description"] == "Ümläuts & <brackets>"
    with refused("EntityAlreadyExists"):
        iam.create_role(**name, AssumeRolePolicyDocument=json.dumps(trust))
    assert "every-operation" in [role["RoleName"] for role in iam.list_roles()["Roles"]]
    found = iam.list_roles(PathPrefix="/for/")["Roles"]
    assert [role["RoleName"] for role in found] == ["every-operation"]

    policy = folder_policy("somewhere")
    iam.put_role_policy(**name, PolicyName="folder", PolicyDocument=json.dumps(policy))
    read = iam.get_role_policy(**name, PolicyName="folder")
    assert read["PolicyDocument"] == policy
    assert (read["RoleName"], read["PolicyName"]) == ("every-operation", "folder")
    assert iam.list_role_policies(**name)["PolicyNames"] == ["folder"]
    with refused("MalformedPolicyDocument"):
        iam.put_role_policy(**name, PolicyName="bad", PolicyDocument='{"Version": "2012-10-17"}')

    narrower = trust_policy(f"{REGION}:7c9e6679-7425-40de-944b-e07fc1f90ae7")
    iam.update_assume_role_policy(**name, PolicyDocument=json.dumps(narrower))
    assert iam.get_role(**name)["Role"]["AssumeRolePolicyDocument"] == narrower
    with refused("DeleteConflict"):
        iam.delete_role(**name)
    iam.delete_role_policy(**name, PolicyName="folder")
    iam.delete_role(**name)
    with refused("NoSuchEntity"):
        iam.get_role(**name)


def buckets(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-operation"}
    s3.create_bucket(**bucket)
    s3.head_bucket(**bucket)
    listed = {entry["Name"]: entry["CreationDate"] for entry in s3.list_buckets()["Buckets"]}
    assert recent(listed[bucket["Bucket"]])
    policy = allow("s3:GetObject", f"arn:aws:s3:::{bucket['Bucket']}/*")
    policy["Statement"][0]["Principal"] = {"AWS": ROOT.account}
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(**bucket)
    s3.put_bucket_policy(**bucket, Policy=json.dumps(policy))
    assert json.loads(s3.get_bucket_policy(**bucket)["Policy"]) == policy
    s3.delete_bucket_policy(**bucket)
    with refused("NoSuchBucketPolicy"):
        s3.get_bucket_policy(**bucket)
    s3.put_object(**bucket, Key="in the way")
    with refused("BucketNotEmpty"):
        s3.delete_bucket(**bucket)
    s3.delete_object(**bucket, Key="in the way")
    s3.delete_bucket(**bucket)
    with refused("404"):
        s3.head_bucket(**bucket)
    with refused("NoSuchBucket"):
        s3.list_objects_v2(**bucket)


def objects(recorded):
    s3 = recorded.client("s3")
    bucket = {"Bucket": "cloakroom-every-object"}
    s3.create_bucket(**bucket)
    key = "ordner/Übung & <1>.txt"
    put = s3.put_object(
        **bucket,
        Key=key,
        Body=b"eins zwei drei",
        ContentType="text/plain; charset=utf-8",
        CacheControl="no-cache",
        Metadata={"colour": "blue"},
    )
    head = s3.head_object(**bucket, Key=key)
    assert head["ETag"] == put["ETag"] == f'"{hashlib.md5(b"eins zwei drei").hexdigest()}"'
    assert (head["ContentLength"], head["ContentType"]) == (14, "text/plain; charset=utf-8")
    assert (head["CacheControl"], head["Metadata"]) == ("no-cache", {"colour": "blue"})
    assert recent(head["LastModified"]) and head["AcceptRanges"] == "bytes"
    got = s3.get_object(**bucket, Key=key)
    assert got["Body"].read() == b"eins zwei drei"
    part = s3.get_object(**bucket, Key=key, Range="bytes=5-8")
    assert part["Body"].read() == b"zwei" and part["ContentRange"] == "bytes 5-8/14"
    s3.get_object(**bucket, Key=key, IfMatch=put["ETag"])
    with refused("PreconditionFailed"):
        s3.get_object(**bucket, Key=key, IfMatch='"another"')
    with refused("304"):
        s3.get_object(**bucket, Key=key, IfNoneMatch=put["ETag"])
    with refused("InvalidRange"):
        s3.get_object(**bucket, Key=key, Range="bytes=14-")

    copied = s3.copy_object(**bucket, Key="copy", CopySource={**bucket, "Key": key})
    assert copied["CopyObjectResult"]["ETag"] == put["ETag"]
    assert recent(copied["CopyObjectResult"]["LastModified"])
    assert s3.head_object(**bucket, Key="copy")["Metadata"] == {"colour": "blue"}
    changed = {"MetadataDirective": "REPLACE", "Metadata": {"colour": "red"}}
    s3.copy_object(**bucket, Key="copy", CopySource={**bucket, "Key": key}, **changed)
    assert s3.head_object(**bucket, Key="copy")["Metadata"] == {"colour": "red"}

    big = bytes(range(256)) * 4096
    s3.put_object(**bucket, Key="big", Body=big)
    assert s3.get_object(**bucket, Key="big")["Body"].read() == big

    listed = s3.list_objects_v2(**bucket)
    assert [entry["Key"] for entry in listed["Contents"]] == ["big", "copy", key]
    assert listed["KeyCount"] == 3 and not listed["IsTruncated"]
    folders = s3.list_objects_v2(**bucket, Delimiter="/")
    assert [entry["Prefix"] for entry in folders["CommonPrefixes"]] == ["ordner/"]
    inside = s3.list_objects_v2(**bucket, Prefix="ordner/")["Contents"]
    assert [(entry["Key"], entry["Size"]) for entry in inside] == [(key, 14)]
    first = s3.list_objects_v2(**bucket, MaxKeys=2)
    rest = s3.list_objects_v2(**bucket, ContinuationToken=first["NextContinuationToken"])
    assert [entry["Key"] for entry in first["Contents"] + rest["Contents"]] == ["big", "copy", key]
    assert s3.list_objects_v2(**bucket, StartAfter="copy")["KeyCount"] == 1

    for name in ("big", "copy", key, "was never there"):
        s3.delete_object(**bucket, Key=name)
    with refused("NoSuchKey"):
        s3.get_object(**bucket, Key=key)
    with refused("404"):
        s3.head_object(**bucket, Key=key)
    s3.delete_bucket(**bucket)


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
