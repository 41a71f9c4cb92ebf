"""A server that is killed while it works on stacks: after its start they end, and leave nothing behind."""

import json
import os
import random
import time

from conftest import Server
from system import ROOT, client

KILLS = int(os.environ.get("CLOAKROOM_STACK_KILLS", "12"))


def template(broken, other_path=False):
    """A system like the demo's; if broken, its last resource cannot be made."""
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": "lambda.amazonaws.com"},
                "Action": "sts:AssumeRole",
            }
        ],
    }
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
            }
        ],
    }
    resources = {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "Path": "/other/" if other_path else "/",
                "AssumeRolePolicyDocument": trust,
                "Policies": [{"PolicyName": "read", "PolicyDocument": policy}],
            },
        },
        "Pool": {"Type": "AWS::Cognito::UserPool"},
        "Client": {
            "Type": "AWS::Cognito::UserPoolClient",
            "Properties": {
                "UserPoolId": {"Ref": "Pool"},
                "ClientName": "web",
                "GenerateSecret": not other_path,
            },
        },
        "Group": {
            "Type": "AWS::Cognito::UserPoolGroup",
            "Properties": {"UserPoolId": {"Ref": "Pool"}, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}},
        },
        "Identities": {
            "Type": "AWS::Cognito::IdentityPool",
            "Properties": {
                "IdentityPoolName": "people",
                "AllowUnauthenticatedIdentities": False,
                "CognitoIdentityProviders": [
                    {
                        "ClientId": {"Ref": "Client"},
                        "ProviderName": {"Fn::GetAtt": ["Pool", "ProviderName"]},
                    }
                ],
            },
        },
    }
    if broken:
        resources["Broken"] = {
            "Type": "AWS::S3::Bucket",
            "DependsOn": ["Identities", "Group"],
            "Properties": {"BucketName": "Not-A-Bucket"},
        }
    return json.dumps({"Resources": resources})


def everything(endpoint):
    """What there is, whoever made it."""
    idp, identity = client(endpoint, "cognito-idp", ROOT), client(endpoint, "cognito-identity", ROOT)
    pools = [pool["Id"] for pool in idp.list_user_pools(MaxResults=60)["UserPools"]]
    return {
        "buckets": [bucket["Name"] for bucket in client(endpoint, "s3", ROOT).list_buckets()["Buckets"]],
        "roles": [role["RoleName"] for role in client(endpoint, "iam", ROOT).list_roles()["Roles"]],
        "pools": pools,
        "clients": [
            found["ClientId"]
            for pool in pools
            for found in idp.list_user_pool_clients(UserPoolId=pool, MaxResults=60)["UserPoolClients"]
        ],
        "groups": [
            group["GroupName"]
            for pool in pools
            for group in idp.list_groups(UserPoolId=pool)["Groups"]
        ],
        "identities": [
            pool["IdentityPoolId"]
            for pool in identity.list_identity_pools(MaxResults=60)["IdentityPools"]
        ],
    }


def settled(endpoint, name, interrupted):
    """How the stack ends; `interrupted` grows if it had not when the server came back."""
    cloudformation = client(endpoint, "cloudformation", ROOT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack["StackStatus"]
        interrupted.add(stack["StackId"])
    raise AssertionError(f"{name} does not settle: {stack}")


def killed_while(data, chance, work):
    """Begins some work and kills the server at some point within it."""
    with Server(data) as server:
        work(client(server.endpoint, "cloudformation", ROOT))
        time.sleep(chance.uniform(0, 0.25))
        server.kill()


def test_a_stack_ends_whatever_kills_the_server(tmp_path):
    chance = random.Random(7)
    ended, interrupted = set(), set()
    for number in range(KILLS):
        data = tmp_path / f"data{number}"
        broken = number % 3 == 2
        arguments = {"StackName": "stack", "Capabilities": ["CAPABILITY_IAM"]}
        create = lambda made: made.create_stack(TemplateBody=template(broken), **arguments)
        killed_while(data, chance, create)
        with Server(data) as server:
            status = settled(server.endpoint, "stack", interrupted)
            ended.add(status)
            there = everything(server.endpoint)
            if broken:
                assert status == "ROLLBACK_COMPLETE"
                assert not any(there.values()), there
                continue
            assert status == "CREATE_COMPLETE"
            assert {kind: len(found) for kind, found in there.items()} == dict.fromkeys(there, 1)
            server.stop()
        # Replacements on the way, with and without a failure behind them.
        broken = number % 2 == 1
        update = lambda made: made.update_stack(
            TemplateBody=template(broken, other_path=True), **arguments
        )
        killed_while(data, chance, update)
        with Server(data) as server:
            status = settled(server.endpoint, "stack", interrupted)
            ended.add(status)
            after = everything(server.endpoint)
            assert {kind: len(found) for kind, found in after.items()} == dict.fromkeys(after, 1)
            if broken:
                assert status == "UPDATE_ROLLBACK_COMPLETE" and after == there
            else:
                assert status == "UPDATE_COMPLETE" and after["roles"] != there["roles"]
            server.stop()
        killed_while(data, chance, lambda made: made.delete_stack(StackName="stack"))
        with Server(data) as server:
            assert not any(everything_settled(server.endpoint).values())
            server.stop()
    assert {"CREATE_COMPLETE", "ROLLBACK_COMPLETE", "UPDATE_COMPLETE"} <= ended
    # Otherwise every kill came after the end.
    assert interrupted


def everything_settled(endpoint):
    """What there is once no stack has that name any more."""
    cloudformation = client(endpoint, "cloudformation", ROOT)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        states = [s["StackStatus"] for s in cloudformation.list_stacks()["StackSummaries"]]
        if states == ["DELETE_COMPLETE"]:
            return everything(endpoint)
    raise AssertionError(states)
