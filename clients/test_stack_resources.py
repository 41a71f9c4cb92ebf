"""Every type of resource that stacks can make: made, changed and deleted, with the service's own word for it."""

import json
import subprocess

import pytest

from conftest import Server
from system import REGION, ROOT, Keys, client, refused

TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "lambda.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def allow(action, resource="*"):
    statement = {"Effect": "Allow", "Action": action, "Resource": resource}
    return {"Version": "2012-10-17", "Statement": [statement]}


def ref(name):
    return {"Ref": name}


def att(name, attribute):
    return {"Fn::GetAtt": [name, attribute]}


class Stack:
    """A stack that is made and changed, and must come to the expected status."""

    def __init__(self, endpoint, name="stack", keys=ROOT):
        self.endpoint, self.name, self.keys = endpoint, name, keys
        self.cloudformation = client(endpoint, "cloudformation", keys)
        self.id = None

    def work(self, operation, resources, expected, outputs=None, **more):
        template = {"Resources": resources, **more.pop("sections", {})}
        if outputs:
            template["Outputs"] = {name: {"Value": value} for name, value in outputs.items()}
        call = getattr(self.cloudformation, operation)
        self.id = call(
            StackName=self.name,
            TemplateBody=json.dumps(template),
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **more,
        )["StackId"]
        return self.settled(expected)

    def create(self, resources, expected="CREATE_COMPLETE", **more):
        return self.work("create_stack", resources, expected, **more)

    def update(self, resources, expected="UPDATE_COMPLETE", **more):
        return self.work("update_stack", resources, expected, **more)

    def delete(self, expected="DELETE_COMPLETE", **more):
        self.cloudformation.delete_stack(StackName=self.name, **more)
        return self.settled(expected)

    def settled(self, expected):
        while True:
            stack = client(self.endpoint, "cloudformation", ROOT).describe_stacks(StackName=self.id)
            stack = stack["Stacks"][0]
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                break
        assert stack["StackStatus"] == expected, self.failures()
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", [])}

    def failures(self):
        events = client(self.endpoint, "cloudformation", ROOT).describe_stack_events(StackName=self.id)
        return [
            (event["LogicalResourceId"], event.get("ResourceStatusReason"))
            for event in events["StackEvents"]
            if "FAILED" in event["ResourceStatus"] or "ROLLBACK" in event["ResourceStatus"]
        ]


@pytest.fixture
def stack(own_server):
    return Stack(own_server.endpoint)


def test_iam(own_server, stack):
    resources = {
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": TRUST,
                "Description": "first",
                "MaxSessionDuration": 7200,
                "ManagedPolicyArns": [ref("Managed")],
                "PermissionsBoundary": ref("Managed"),
                "Policies": [{"PolicyName": "own", "PolicyDocument": allow("s3:GetObject")}],
                "Tags": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}],
            },
        },
        "Managed": {
            "Type": "AWS::IAM::ManagedPolicy",
            "Properties": {
                "Path": "/stacks/",
                "PolicyDocument": allow("s3:GetObject"),
                "Users": [ref("User")],
            },
        },
        "Inline": {
            "Type": "AWS::IAM::Policy",
            "Properties": {
                "PolicyName": "inline",
                "PolicyDocument": allow("s3:ListBucket"),
                "Roles": [ref("Role")],
                "Groups": [ref("Group")],
            },
        },
        "User": {"Type": "AWS::IAM::User", "Properties": {"UserName": "alice", "Path": "/people/"}},
        "Group": {
            "Type": "AWS::IAM::Group",
            "Properties": {
                "Policies": [{"PolicyName": "group", "PolicyDocument": allow("s3:PutObject")}]
            },
        },
        "Member": {
            "Type": "AWS::IAM::UserToGroupAddition",
            "Properties": {"GroupName": ref("Group"), "Users": [ref("User")]},
        },
        "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": ref("User")}},
    }
    outputs = {
        "Role": ref("Role"),
        "RoleArn": att("Role", "Arn"),
        "RoleId": att("Role", "RoleId"),
        "Managed": ref("Managed"),
        "Group": ref("Group"),
        "UserArn": att("User", "Arn"),
        "Key": ref("Key"),
        "Secret": att("Key", "SecretAccessKey"),
    }
    told = stack.create(resources, outputs=outputs)
    iam = client(own_server.endpoint, "iam", ROOT)
    role = iam.get_role(RoleName=told["Role"])["Role"]
    assert (role["Arn"], role["RoleId"]) == (told["RoleArn"], told["RoleId"])
    assert (role["Description"], role["MaxSessionDuration"]) == ("first", 7200)
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == told["Managed"]
    assert {t["Key"]: t["Value"] for t in role["Tags"]} == {"a": "1", "b": "2"}
    assert set(iam.list_role_policies(RoleName=told["Role"])["PolicyNames"]) == {"own", "inline"}
    assert told["UserArn"] == f"arn:aws:iam::{ROOT.account}:user/people/alice"
    groups = iam.list_groups_for_user(UserName="alice")["Groups"]
    assert [group["GroupName"] for group in groups] == [told["Group"]]
    assert set(iam.list_group_policies(GroupName=told["Group"])["PolicyNames"]) == {"group", "inline"}
    attached = iam.list_attached_user_policies(UserName="alice")["AttachedPolicies"]
    assert [policy["PolicyArn"] for policy in attached] == [told["Managed"]]
    # The key works.
    keys = Keys(told["Key"], told["Secret"])
    assert client(own_server.endpoint, "sts", keys).get_caller_identity()["Arn"] == told["UserArn"]

    role = resources["Role"]["Properties"]
    role.update(Description="second", Tags=[{"Key": "b", "Value": "3"}], ManagedPolicyArns=[])
    del role["PermissionsBoundary"], role["MaxSessionDuration"]
    role["Policies"] = [{"PolicyName": "other", "PolicyDocument": allow("s3:GetObject")}]
    resources["Managed"]["Properties"]["PolicyDocument"] = allow("s3:DeleteObject")
    resources["Inline"]["Properties"].update(PolicyName="renamed", Groups=[], Users=[ref("User")])
    resources["Key"]["Properties"]["Status"] = "Inactive"
    changed = stack.update(resources, outputs=outputs)
    assert {**changed, "Secret": ""} == {**told, "Secret": ""}, "nothing is replaced"
    role = iam.get_role(RoleName=told["Role"])["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("second", 3600)
    assert "PermissionsBoundary" not in role
    assert role["Tags"] == [{"Key": "b", "Value": "3"}]
    assert set(iam.list_role_policies(RoleName=told["Role"])["PolicyNames"]) == {"other", "renamed"}
    assert iam.list_group_policies(GroupName=told["Group"])["PolicyNames"] == ["group"]
    assert iam.list_user_policies(UserName="alice")["PolicyNames"] == ["renamed"]
    policy = iam.get_policy(PolicyArn=told["Managed"])["Policy"]
    version = iam.get_policy_version(
        PolicyArn=told["Managed"], VersionId=policy["DefaultVersionId"]
    )["PolicyVersion"]
    assert version["Document"] == allow("s3:DeleteObject")
    with refused("InvalidClientTokenId"):
        client(own_server.endpoint, "sts", keys).get_caller_identity()

    stack.delete()
    assert iam.list_roles()["Roles"] == iam.list_users()["Users"] == iam.list_groups()["Groups"] == []
    assert iam.list_policies(Scope="Local")["Policies"] == []


def test_what_is_retained_stays(own_server, stack):
    kept = {"Type": "AWS::S3::Bucket", "DeletionPolicy": "Retain", "UpdateReplacePolicy": "Retain"}
    gone = {"Type": "AWS::S3::Bucket"}
    outputs = {"Kept": ref("Kept"), "Gone": ref("Gone")}
    told = stack.create({"Kept": kept, "Gone": gone}, outputs=outputs)
    renamed = {**kept, "Properties": {"BucketName": "cloakroom-renamed"}}
    stack.update({"Kept": renamed, "Gone": gone}, outputs=outputs)
    s3 = client(own_server.endpoint, "s3", ROOT)
    names = lambda: {bucket["Name"] for bucket in s3.list_buckets()["Buckets"]}
    assert names() == {told["Kept"], told["Gone"], "cloakroom-renamed"}
    stack.delete()
    assert names() == {told["Kept"], "cloakroom-renamed"}


def test_identity_pools(own_server, stack):
    def role(name):
        return {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                            "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
                            "Condition": {
                                "StringEquals": {
                                    "cognito-identity.amazonaws.com:aud": ref("Identities")
                                }
                            },
                        }
                    ],
                },
                "Tags": [{"Key": "name", "Value": name}],
            },
        }

    resources = {
        "Pool": {"Type": "AWS::Cognito::UserPool"},
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {"UserPoolId": ref("Pool")},
        },
        "Identities": {
            "Type": "AWS::Cognito::IdentityPool",
            "Properties": {
                "IdentityPoolName": "people",
                "AllowUnauthenticatedIdentities": "false",
                "CognitoIdentityProviders": [
                    {"ClientId": ref("Client"), "ProviderName": att("Pool", "ProviderName")}
                ],
            },
        },
        "Tags": {
            "Type": "AWS::Cognito::IdentityPoolPrincipalTag",
            "Properties": {
                "IdentityPoolId": ref("Identities"),
                "IdentityProviderName": att("Pool", "ProviderName"),
                "PrincipalTags": {"username": "cognito:username"},
            },
        },
        "Reader": role("reader"),
        "Roles": {
            "Type": "AWS::Cognito::IdentityPoolRoleAttachment",
            "Properties": {
                "IdentityPoolId": ref("Identities"),
                "Roles": {"authenticated": att("Reader", "Arn")},
                "RoleMappings": {
                    "any": {
                        "IdentityProvider": {"Fn::Sub": "${Pool.ProviderName}:${Client}"},
                        "Type": "Token",
                        "AmbiguousRoleResolution": "Deny",
                    }
                },
            },
        },
    }
    outputs = {
        "Id": ref("Identities"),
        "Provider": att("Pool", "ProviderName"),
        "Client": ref("Client"),
        "Reader": att("Reader", "Arn"),
    }
    told = stack.create(resources, outputs=outputs)
    identity = client(own_server.endpoint, "cognito-identity", ROOT)
    pool = {"IdentityPoolId": told["Id"]}
    described = identity.describe_identity_pool(**pool)
    assert described["IdentityPoolTags"]["aws:cloudformation:logical-id"] == "Identities"
    roles = identity.get_identity_pool_roles(**pool)
    assert roles["Roles"] == {"authenticated": told["Reader"]}
    mapping = roles["RoleMappings"][f"{told['Provider']}:{told['Client']}"]
    assert (mapping["Type"], mapping["AmbiguousRoleResolution"]) == ("Token", "Deny")
    mapped = identity.get_principal_tag_attribute_map(
        **pool, IdentityProviderName=told["Provider"]
    )
    assert mapped["PrincipalTags"] == {"username": "cognito:username"}
    # Nobody else may set labels that are AWS's.
    with refused("InvalidParameterException"):
        identity.create_identity_pool(
            IdentityPoolName="x",
            AllowUnauthenticatedIdentities=False,
            IdentityPoolTags={"aws:cloudformation:logical-id": "Identities"},
        )

    resources["Identities"]["Properties"].update(IdentityPoolName="persons", AllowClassicFlow=True)
    del resources["Tags"]
    resources["Roles"]["Properties"]["RoleMappings"] = {}
    assert stack.update(resources, outputs=outputs) == told
    described = identity.describe_identity_pool(**pool)
    assert (described["IdentityPoolName"], described["AllowClassicFlow"]) == ("persons", True)
    assert identity.get_identity_pool_roles(**pool).get("RoleMappings", {}) == {}
    stack.delete()
    assert identity.list_identity_pools(MaxResults=60)["IdentityPools"] == []


def test_nothing_secret_of_a_stack_is_readable_at_rest(tmp_path):
    data = tmp_path / "data"
    password = "a-parameter-nobody-shows"
    with Server(data) as server:
        stack = Stack(server.endpoint)
        resources = {
            "User": {"Type": "AWS::IAM::User"},
            "Key": {"Type": "AWS::IAM::AccessKey", "Properties": {"UserName": ref("User")}},
            "Pool": {"Type": "AWS::Cognito::UserPool"},
            "Client": {
                "Type": "AWS::Cognito::UserPoolClient",
                "Properties": {"UserPoolId": ref("Pool"), "GenerateSecret": True},
            },
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"Tags": [{"Key": "hidden", "Value": ref("Hidden")}]},
            },
        }
        sections = {"Parameters": {"Hidden": {"Type": "String", "NoEcho": True}}}
        told = stack.create(
            {name: resources[name] for name in ("User", "Key", "Pool", "Client")},
            outputs={
                "Key": att("Key", "SecretAccessKey"),
                "Client": att("Client", "ClientSecret"),
            },
            sections=sections,
            Parameters=[{"ParameterKey": "Hidden", "ParameterValue": password}],
        )
        described = client(server.endpoint, "cloudformation", ROOT).describe_stacks(StackName="stack")
        (parameter,) = described["Stacks"][0]["Parameters"]
        assert parameter["ParameterValue"] == "****"
        server.stop()
    for secret in (told["Key"], told["Client"], password):
        found = subprocess.run(
            ["grep", "-r", "-l", "-a", "-F", "--", secret, str(data)], capture_output=True, text=True
        )
        assert found.returncode == 1, found.stdout
