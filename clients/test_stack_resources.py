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


def test_buckets(own_server, stack):
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {}}
    resources = {"Bucket": bucket}
    outputs = {"Name": ref("Bucket"), "Arn": att("Bucket", "Arn")}
    told = stack.create(resources, outputs=outputs, Tags=[{"Key": "team", "Value": "coats"}])
    name = {"Bucket": told["Name"]}
    s3 = client(own_server.endpoint, "s3", ROOT)
    assert told["Arn"] == f"arn:aws:s3:::{told['Name']}"
    assert s3.get_bucket_tagging(**name)["TagSet"] == [{"Key": "team", "Value": "coats"}]
    assert "Status" not in s3.get_bucket_versioning(**name)

    bucket["Properties"].update(
        VersioningConfiguration={"Status": "Enabled"},
        PublicAccessBlockConfiguration={"BlockPublicPolicy": True},
        OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
        Tags=[{"Key": "purpose", "Value": "tests"}],
    )
    deny = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Deny",
                "Principal": "*",
                "Action": "s3:PutObject",
                "Resource": {"Fn::Sub": "${Bucket.Arn}/closed/*"},
            }
        ],
    }
    resources["Policy"] = {
        "Type": "AWS::S3::BucketPolicy",
        "Properties": {"Bucket": ref("Bucket"), "PolicyDocument": deny},
    }
    assert stack.update(resources, outputs=outputs) == told
    assert s3.get_bucket_versioning(**name)["Status"] == "Enabled"
    block = s3.get_public_access_block(**name)["PublicAccessBlockConfiguration"]
    assert block["BlockPublicPolicy"] is True and block["BlockPublicAcls"] is False
    tags = {t["Key"]: t["Value"] for t in s3.get_bucket_tagging(**name)["TagSet"]}
    assert tags == {"team": "coats", "purpose": "tests"}
    with refused("AccessDenied"):
        s3.put_object(**name, Key="closed/a", Body=b"")

    # What holds something is not deleted; without the versions it is.
    version = s3.put_object(**name, Key="open/a", Body=b"")["VersionId"]
    stack.delete("DELETE_FAILED")
    assert any("not empty" in (reason or "") for _, reason in stack.failures())
    s3.delete_object(**name, Key="open/a", VersionId=version)
    stack.delete()
    assert s3.list_buckets()["Buckets"] == []

    # One that is there already is not taken into a stack, and not deleted with it.
    s3.create_bucket(Bucket="cloakroom-already-there")
    bucket = {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "cloakroom-already-there"}}
    stack.create({"Bucket": bucket}, "ROLLBACK_COMPLETE")
    assert ("Bucket", "cloakroom-already-there already exists") in stack.failures()
    stack.delete()
    s3.head_bucket(Bucket="cloakroom-already-there")


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


def test_user_pools(own_server, stack):
    resources = {
        "Pool": {"Type": "AWS::Cognito::UserPool", "Properties": {"UserPoolName": "people"}},
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {"UserPoolId": ref("Pool"), "GenerateSecret": True},
        },
        "Domain": {
            "Type": "AWS::Cognito::UserPoolDomain",
            "Properties": {"UserPoolId": ref("Pool"), "Domain": "cloakroom-stack-test"},
        },
        "Group": {
            "Type": "AWS::Cognito::UserPoolGroup",
            "Properties": {"UserPoolId": ref("Pool"), "GroupName": "readers", "Precedence": "5"},
        },
        "User": {
            "Type": "AWS::Cognito::UserPoolUser",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "Username": "alice",
                "MessageAction": "SUPPRESS",
            },
        },
        "Member": {
            "Type": "AWS::Cognito::UserPoolUserToGroupAttachment",
            "Properties": {
                "UserPoolId": ref("Pool"),
                "GroupName": ref("Group"),
                "Username": ref("User"),
            },
        },
    }
    outputs = {
        "Pool": ref("Pool"),
        "PoolArn": att("Pool", "Arn"),
        "Provider": att("Pool", "ProviderName"),
        "Client": ref("Client"),
        "Secret": att("Client", "ClientSecret"),
        "ClientName": att("Client", "Name"),
    }
    told = stack.create(resources, outputs=outputs)
    idp = client(own_server.endpoint, "cognito-idp", ROOT)
    pool = {"UserPoolId": told["Pool"]}
    described = idp.describe_user_pool(**pool)["UserPool"]
    assert (described["Name"], described["Arn"]) == ("people", told["PoolArn"])
    assert told["Provider"] == f"cognito-idp.{REGION}.amazonaws.com/{told['Pool']}"
    app = {**pool, "ClientId": told["Client"]}
    assert idp.describe_user_pool_client(**app)["UserPoolClient"]["ClientSecret"] == told["Secret"]
    assert told["ClientName"].startswith("stack-Client-")
    domain = idp.describe_user_pool_domain(Domain="cloakroom-stack-test")["DomainDescription"]
    assert domain["UserPoolId"] == told["Pool"]
    assert idp.get_group(**pool, GroupName="readers")["Group"]["Precedence"] == 5
    groups = idp.admin_list_groups_for_user(**pool, Username="alice")["Groups"]
    assert [group["GroupName"] for group in groups] == ["readers"]

    resources["Pool"]["Properties"].update(
        UserPoolName="persons", Policies={"PasswordPolicy": {"MinimumLength": 14}}
    )
    resources["Client"]["Properties"].update(ClientName="web", AccessTokenValidity="2")
    resources["Group"]["Properties"]["Description"] = "Who reads"
    resources["User"]["Properties"]["Username"] = "bob"
    changed = stack.update(resources, outputs=outputs)
    assert (changed["Pool"], changed["Client"]) == (told["Pool"], told["Client"])
    described = idp.describe_user_pool(**pool)["UserPool"]
    assert described["Name"] == "persons"
    assert described["Policies"]["PasswordPolicy"]["MinimumLength"] == 14
    described = idp.describe_user_pool_client(**app)["UserPoolClient"]
    assert (described["ClientName"], described["AccessTokenValidity"]) == ("web", 2)
    assert idp.get_group(**pool, GroupName="readers")["Group"]["Description"] == "Who reads"
    members = idp.list_users_in_group(**pool, GroupName="readers")["Users"]
    assert [user["Username"] for user in members] == ["bob"]
    assert [user["Username"] for user in idp.list_users(**pool)["Users"]] == ["bob"]

    # A pool's sign-in names are settled: everything becomes as it was.
    resources["Pool"]["Properties"]["UsernameAttributes"] = ["email"]
    stack.update(resources, "UPDATE_ROLLBACK_COMPLETE", outputs=outputs)
    assert any("Updates are not allowed" in (reason or "") for _, reason in stack.failures())
    del resources["Pool"]["Properties"]["UsernameAttributes"]

    # Another client for another secret.
    resources["Client"]["Properties"]["GenerateSecret"] = False
    del outputs["Secret"]
    changed = stack.update(resources, outputs=outputs)
    clients = idp.list_user_pool_clients(**pool, MaxResults=60)["UserPoolClients"]
    assert [found["ClientId"] for found in clients] == [changed["Client"]] != [told["Client"]]

    stack.delete()
    assert idp.list_user_pools(MaxResults=60)["UserPools"] == []


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


def test_a_user_makes_what_it_may_and_stops_when_its_key_does(own_server):
    iam = client(own_server.endpoint, "iam", ROOT)
    iam.create_user(UserName="deployer")
    may = ["cloudformation:*", "s3:CreateBucket", "s3:DeleteBucket", "s3:ListBucket"]
    iam.put_user_policy(
        UserName="deployer", PolicyName="deploy", PolicyDocument=json.dumps(allow(may))
    )
    key = iam.create_access_key(UserName="deployer")["AccessKey"]
    keys = Keys(key["AccessKeyId"], key["SecretAccessKey"])
    stack = Stack(own_server.endpoint, keys=keys)
    stack.create({"Bucket": {"Type": "AWS::S3::Bucket"}})
    more = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": TRUST}},
    }
    stack.update(more, "UPDATE_ROLLBACK_COMPLETE")
    assert any("iam:CreateRole" in (reason or "") for _, reason in stack.failures())
    # Tags are said of the way that a call comes: only through CloudFormation may buckets be deleted.
    through = allow(["cloudformation:*", "s3:ListBucket"])
    through["Statement"].append(
        {
            "Effect": "Allow",
            "Action": "s3:DeleteBucket",
            "Resource": "*",
            "Condition": {
                "ForAnyValue:StringEquals": {"aws:CalledVia": "cloudformation.amazonaws.com"}
            },
        }
    )
    iam.put_user_policy(
        UserName="deployer", PolicyName="deploy", PolicyDocument=json.dumps(through)
    )
    s3 = client(own_server.endpoint, "s3", ROOT)
    (bucket,) = (bucket["Name"] for bucket in s3.list_buckets()["Buckets"])
    with refused("AccessDenied"):
        client(own_server.endpoint, "s3", keys).delete_bucket(Bucket=bucket)
    stack.delete()
    assert s3.list_buckets()["Buckets"] == []


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
