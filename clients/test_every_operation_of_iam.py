"""Every operation of IAM, by boto3, whose parsers and types are the judge of the answers."""

import json

from recorded import Recorded, recent
from system import REGION, ROOT, folder_policy, refused, trust_policy


def test_every_operation_of_iam(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    roles(recorded)
    recorded.expect_every_operation("iam")


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
