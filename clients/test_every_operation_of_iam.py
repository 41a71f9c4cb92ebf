"""Every operation of IAM, by boto3, whose parsers and types are the judge of the answers."""

import json

from recorded import Recorded, recent
from system import REGION, ROOT, Keys, allow, folder_policy, refused, trust_policy

AWS = "arn:aws:iam::aws:policy"
READING = json.dumps(allow(["s3:GetObject"], ["*"]))


def test_every_operation_of_iam(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    roles(recorded)
    policies(recorded)
    users(recorded)
    groups(recorded)
    access_keys(recorded)
    recorded.expect_every_operation("iam")


def roles(recorded):
    iam = recorded.client("iam")
    trust = trust_policy(f"{REGION}:0f8fad5b-d9cb-469f-a165-70867728950e")
    role = iam.create_role(
        RoleName="every-operation",
        Path="/for/tests/",
        Description="Ümläuts & <brackets>",
        AssumeRolePolicyDocument=json.dumps(trust),
        MaxSessionDuration=7200,
        PermissionsBoundary=f"{AWS}/AmazonS3FullAccess",
        Tags=[{"Key": "team", "Value": "coats"}],
    )["Role"]
    assert role["Arn"] == f"arn:aws:iam::{ROOT.account}:role/for/tests/every-operation"
    assert role["RoleId"].startswith("AROA") and recent(role["CreateDate"])
    name = {"RoleName": "every-operation"}
    again = iam.get_role(**name)["Role"]
    assert again["AssumeRolePolicyDocument"] == trust
    assert again["Description"] == "Ümläuts & <brackets>"
    assert again["MaxSessionDuration"] == 7200
    boundary = again["PermissionsBoundary"]
    assert boundary["PermissionsBoundaryArn"] == f"{AWS}/AmazonS3FullAccess"
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
    described = iam.update_role_description(**name, Description="described")["Role"]
    assert described["Description"] == "described"
    iam.update_role(**name, Description="updated", MaxSessionDuration=43200)
    again = iam.get_role(**name)["Role"]
    assert (again["Description"], again["MaxSessionDuration"]) == ("updated", 43200)
    assert iam.list_instance_profiles_for_role(**name)["InstanceProfiles"] == []

    iam.put_role_permissions_boundary(**name, PermissionsBoundary=f"{AWS}/PowerUserAccess")
    iam.delete_role_permissions_boundary(**name)
    assert "PermissionsBoundary" not in iam.get_role(**name)["Role"]
    with refused("NoSuchEntity"):
        iam.delete_role_permissions_boundary(**name)
    tags(iam.tag_role, iam.untag_role, iam.list_role_tags, name)
    attachments(iam.attach_role_policy, iam.detach_role_policy, iam.list_attached_role_policies, name)

    with refused("DeleteConflict"):
        iam.delete_role(**name)
    iam.delete_role_policy(**name, PolicyName="folder")
    iam.delete_role(**name)
    with refused("NoSuchEntity"):
        iam.get_role(**name)


def tags(tag, untag, listing, name):
    """Tags of something that has the tag `team` and no other."""
    tag(**name, Tags=[{"Key": "cost", "Value": "1"}, {"Key": "Team", "Value": "hats"}])
    page = listing(**name, MaxItems=1)
    assert page["IsTruncated"]
    rest = listing(**name, Marker=page["Marker"])
    assert page["Tags"] + rest["Tags"] == [
        {"Key": "Team", "Value": "hats"},
        {"Key": "cost", "Value": "1"},
    ]
    untag(**name, TagKeys=["cost", "nothing"])
    assert [one["Key"] for one in listing(**name)["Tags"]] == ["Team"]
    with refused("ValidationError"):
        tag(**name, Tags=[{"Key": "aws:x", "Value": ""}])


def attachments(attach, detach, listing, name):
    """Managed policies of something that has none."""
    for policy in ("AmazonS3ReadOnlyAccess", "IAMFullAccess"):
        attach(**name, PolicyArn=f"{AWS}/{policy}")
    lambda_role = f"{AWS}/service-role/AWSLambdaBasicExecutionRole"
    attach(**name, PolicyArn=lambda_role)
    listed = listing(**name, PathPrefix="/service-role/")["AttachedPolicies"]
    assert listed == [{"PolicyName": "AWSLambdaBasicExecutionRole", "PolicyArn": lambda_role}]
    page = listing(**name, MaxItems=2)
    rest = listing(**name, Marker=page["Marker"])
    assert len(page["AttachedPolicies"]) == 2 and len(rest["AttachedPolicies"]) == 1
    with refused("NoSuchEntity"):
        attach(**name, PolicyArn=f"{AWS}/NoSuchPolicy")
    for policy in page["AttachedPolicies"] + rest["AttachedPolicies"]:
        detach(**name, PolicyArn=policy["PolicyArn"])
    with refused("NoSuchEntity"):
        detach(**name, PolicyArn=lambda_role)
    assert listing(**name)["AttachedPolicies"] == []


def policies(recorded):
    iam = recorded.client("iam")
    made = iam.create_policy(
        PolicyName="reading",
        Path="/for/tests/",
        Description="who reads",
        PolicyDocument=READING,
        Tags=[{"Key": "team", "Value": "coats"}],
    )["Policy"]
    arn = made["Arn"]
    assert arn == f"arn:aws:iam::{ROOT.account}:policy/for/tests/reading"
    assert made["PolicyId"].startswith("ANPA") and made["DefaultVersionId"] == "v1"
    policy = {"PolicyArn": arn}
    with refused("EntityAlreadyExists"):
        iam.create_policy(PolicyName="READING", PolicyDocument=READING)
    with refused("MalformedPolicyDocument"):
        iam.create_policy(PolicyName="bad", PolicyDocument="{}")
    with refused("MalformedPolicyDocument"):
        old = READING.replace("2012-10-17", "2008-10-17")
        iam.create_policy(PolicyName="old", PolicyDocument=old)
    assert "Description" not in made and made["Tags"] == [{"Key": "team", "Value": "coats"}]
    too_long = json.dumps(allow(["s3:GetObject"], [f"arn:aws:s3:::{'b' * 50}/{n}" for n in range(200)]))
    with refused("LimitExceeded"):
        iam.create_policy(PolicyName="long", PolicyDocument=too_long)

    for number in range(2, 6):
        version = iam.create_policy_version(
            **policy, PolicyDocument=READING, SetAsDefault=number == 3
        )["PolicyVersion"]
        assert version["VersionId"] == f"v{number}"
    with refused("LimitExceeded"):
        iam.create_policy_version(**policy, PolicyDocument=READING)
    versions = iam.list_policy_versions(**policy)["Versions"]
    assert [one["VersionId"] for one in versions] == ["v5", "v4", "v3", "v2", "v1"]
    assert [one["VersionId"] for one in versions if one["IsDefaultVersion"]] == ["v3"]
    iam.set_default_policy_version(**policy, VersionId="v1")
    version = iam.get_policy_version(**policy, VersionId="v1")["PolicyVersion"]
    assert version["IsDefaultVersion"] and version["Document"] == json.loads(READING)
    with refused("DeleteConflict"):
        iam.delete_policy_version(**policy, VersionId="v1")
    with refused("DeleteConflict"):
        iam.delete_policy(**policy)
    for number in range(2, 6):
        iam.delete_policy_version(**policy, VersionId=f"v{number}")
    tags(iam.tag_policy, iam.untag_policy, iam.list_policy_tags, policy)

    iam.create_user(UserName="reader", Path="/for/", PermissionsBoundary=arn)
    iam.create_group(GroupName="readers")
    iam.attach_user_policy(UserName="reader", **policy)
    iam.attach_group_policy(GroupName="readers", **policy)
    described = iam.get_policy(**policy)["Policy"]
    assert described["AttachmentCount"] == 2 and described["PermissionsBoundaryUsageCount"] == 1
    assert described["Description"] == "who reads"
    assert described["Tags"] == [{"Key": "Team", "Value": "hats"}]
    used_by = iam.list_entities_for_policy(**policy)
    assert [one["UserName"] for one in used_by["PolicyUsers"]] == ["reader"]
    assert [one["GroupName"] for one in used_by["PolicyGroups"]] == ["readers"]
    assert used_by["PolicyRoles"] == []
    used_by = iam.list_entities_for_policy(**policy, EntityFilter="Group", PathPrefix="/")
    assert [len(used_by[kind]) for kind in ("PolicyUsers", "PolicyGroups")] == [0, 1]
    used_by = iam.list_entities_for_policy(**policy, PolicyUsageFilter="PermissionsBoundary")
    assert [len(used_by[kind]) for kind in ("PolicyUsers", "PolicyGroups")] == [1, 0]
    listed = iam.list_policies(Scope="Local")["Policies"]
    assert [one["PolicyName"] for one in listed] == ["reading"]
    assert "Description" not in listed[0] and "Tags" not in listed[0]
    listed = iam.list_policies(OnlyAttached=True)["Policies"]
    assert [one["Arn"] for one in listed] == [arn]
    page = iam.list_policies(MaxItems=7)
    rest = iam.list_policies(Marker=page["Marker"])["Policies"]
    names = [one["PolicyName"] for one in page["Policies"] + rest]
    assert len(names) == len(set(names)) == 8 and names[-1] == "reading"
    administrator = iam.get_policy(PolicyArn=f"{AWS}/AdministratorAccess")["Policy"]
    assert administrator["Tags"] == []
    version = iam.get_policy_version(
        PolicyArn=administrator["Arn"], VersionId=administrator["DefaultVersionId"]
    )
    assert version["PolicyVersion"]["Document"]["Statement"][0]["Action"] == "*"

    with refused("DeleteConflict"):
        iam.delete_policy(**policy)
    iam.detach_user_policy(UserName="reader", **policy)
    iam.detach_group_policy(GroupName="readers", **policy)
    iam.delete_user_permissions_boundary(UserName="reader")
    iam.delete_policy(**policy)
    with refused("NoSuchEntity"):
        iam.get_policy(**policy)
    iam.delete_user(UserName="reader")
    iam.delete_group(GroupName="readers")


def users(recorded):
    iam = recorded.client("iam")
    made = iam.create_user(
        UserName="alice", Path="/people/", Tags=[{"Key": "team", "Value": "coats"}]
    )["User"]
    assert made["Arn"] == f"arn:aws:iam::{ROOT.account}:user/people/alice"
    assert made["UserId"].startswith("AIDA") and recent(made["CreateDate"])
    name = {"UserName": "alice"}
    with refused("EntityAlreadyExists"):
        iam.create_user(UserName="Alice")
    iam.create_user(UserName="bob")
    listed = iam.list_users(PathPrefix="/people/")["Users"]
    assert [one["UserName"] for one in listed] == ["alice"]
    page = iam.list_users(MaxItems=1)
    rest = iam.list_users(Marker=page["Marker"])
    assert [one["UserName"] for one in page["Users"] + rest["Users"]] == ["alice", "bob"]
    with refused("EntityAlreadyExists"):
        iam.update_user(**name, NewUserName="BOB")
    iam.update_user(**name, NewUserName="carol", NewPath="/")
    name = {"UserName": "carol"}
    again = iam.get_user(**name)["User"]
    assert again["UserId"] == made["UserId"] and again["Path"] == "/"

    iam.put_user_policy(**name, PolicyName="reading", PolicyDocument=READING)
    read = iam.get_user_policy(**name, PolicyName="reading")
    assert read["PolicyDocument"] == json.loads(READING)
    assert iam.list_user_policies(**name)["PolicyNames"] == ["reading"]
    with refused("DeleteConflict"):
        iam.delete_user(**name)
    iam.delete_user_policy(**name, PolicyName="reading")
    with refused("NoSuchEntity"):
        iam.get_user_policy(**name, PolicyName="reading")
    iam.put_user_permissions_boundary(**name, PermissionsBoundary=f"{AWS}/PowerUserAccess")
    assert "PermissionsBoundary" in iam.get_user(**name)["User"]
    iam.delete_user_permissions_boundary(**name)
    tags(iam.tag_user, iam.untag_user, iam.list_user_tags, name)
    attachments(iam.attach_user_policy, iam.detach_user_policy, iam.list_attached_user_policies, name)
    for user in ("carol", "bob"):
        iam.delete_user(UserName=user)
    with refused("NoSuchEntity"):
        iam.get_user(**name)


def groups(recorded):
    iam = recorded.client("iam")
    made = iam.create_group(GroupName="people", Path="/all/")["Group"]
    assert made["Arn"] == f"arn:aws:iam::{ROOT.account}:group/all/people"
    assert made["GroupId"].startswith("AGPA")
    iam.create_group(GroupName="others")
    with refused("EntityAlreadyExists"):
        iam.create_group(GroupName="OTHERS")
    assert [one["GroupName"] for one in iam.list_groups()["Groups"]] == ["others", "people"]
    for user in ("alice", "bob"):
        iam.create_user(UserName=user)
        iam.add_user_to_group(GroupName="people", UserName=user)
    iam.update_group(GroupName="people", NewGroupName="everyone", NewPath="/")
    name = {"GroupName": "everyone"}
    page = iam.get_group(**name, MaxItems=1)
    rest = iam.get_group(**name, Marker=page["Marker"])
    assert [one["UserName"] for one in page["Users"] + rest["Users"]] == ["alice", "bob"]
    of_alice = iam.list_groups_for_user(UserName="alice")["Groups"]
    assert [one["GroupName"] for one in of_alice] == ["everyone"]
    iam.put_group_policy(**name, PolicyName="reading", PolicyDocument=READING)
    read = iam.get_group_policy(**name, PolicyName="reading")
    assert read["PolicyDocument"] == json.loads(READING)
    assert iam.list_group_policies(**name)["PolicyNames"] == ["reading"]
    attachments(
        iam.attach_group_policy, iam.detach_group_policy, iam.list_attached_group_policies, name
    )
    with refused("DeleteConflict"):
        iam.delete_group(**name)
    for user in ("alice", "bob"):
        with refused("DeleteConflict"):
            iam.delete_user(UserName=user)
        iam.remove_user_from_group(**name, UserName=user)
        iam.delete_user(UserName=user)
    with refused("DeleteConflict"):
        iam.delete_group(**name)
    iam.delete_group_policy(**name, PolicyName="reading")
    for group in ("everyone", "others"):
        iam.delete_group(GroupName=group)
    assert iam.list_groups()["Groups"] == []


def access_keys(recorded):
    iam = recorded.client("iam")
    iam.create_user(UserName="alice")
    name = {"UserName": "alice"}
    made = iam.create_access_key(**name)["AccessKey"]
    assert made["AccessKeyId"].startswith("AKIA") and len(made["SecretAccessKey"]) == 40
    assert made["Status"] == "Active" and recent(made["CreateDate"])
    key = {**name, "AccessKeyId": made["AccessKeyId"]}
    last = iam.get_access_key_last_used(AccessKeyId=made["AccessKeyId"])
    assert last["UserName"] == "alice" and last["AccessKeyLastUsed"]["ServiceName"] == "N/A"
    iam.put_user_policy(
        **name,
        PolicyName="own",
        PolicyDocument=json.dumps(
            allow(["iam:*AccessKey*", "iam:GetUser"], ["arn:aws:iam::*:user/${aws:username}"])
        ),
    )
    # With keys of one's own, one's own name can be left out.
    own = recorded.client("iam", Keys(made["AccessKeyId"], made["SecretAccessKey"]))
    assert own.get_user()["User"]["UserName"] == "alice"
    second = own.create_access_key()["AccessKey"]["AccessKeyId"]
    listed = own.list_access_keys()["AccessKeyMetadata"]
    assert {one["AccessKeyId"] for one in listed} == {made["AccessKeyId"], second}
    with refused("LimitExceeded"):
        own.create_access_key()
    own.update_access_key(AccessKeyId=second, Status="Inactive")
    own.delete_access_key(AccessKeyId=second)
    with refused("AccessDenied"):
        own.list_users()
    last = iam.get_access_key_last_used(AccessKeyId=made["AccessKeyId"])["AccessKeyLastUsed"]
    assert (last["ServiceName"], last["Region"]) == ("iam", REGION) and recent(last["LastUsedDate"])

    iam.update_access_key(**key, Status="Inactive")
    with refused("InvalidClientTokenId"):
        own.get_user()
    iam.update_access_key(**key, Status="Active")
    own.get_user()
    iam.delete_access_key(**key)
    with refused("InvalidClientTokenId"):
        own.get_user()
    iam.delete_user_policy(**name, PolicyName="own")
    iam.delete_user(**name)
