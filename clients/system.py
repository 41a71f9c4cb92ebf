"""The system of the README: a user pool with two groups, an identity pool with rules, two roles
whose policy opens one folder, a bucket, and a file in each one's folder."""

import base64
import hashlib
import hmac
import json
from contextlib import contextmanager
from dataclasses import dataclass, field

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError
from botocore.httpsession import URLLib3Session

REGION = "us-east-1"
PREFIX = "cognito-test"


@dataclass(frozen=True)
class Keys:
    """What a request is signed with."""

    key: str
    secret: str
    token: str = None
    account: str = None


ROOT = Keys("AKIAROOTROOTROOTROOT", "root-secret-for-tests-only-0000000000000", account="123456789012")
ALT_ROOT = Keys("AKIAALTALTALTALTALTA", "alt-secret-for-tests-only-00000000000000", account="210987654321")


@dataclass
class Person:
    name: str
    password: str
    id_token: str = ""
    access_token: str = ""
    refresh_token: str = ""
    identity_id: str = ""
    keys: Keys = None

    @property
    def folder(self):
        return f"{PREFIX}/{self.identity_id}"

    @property
    def file(self):
        return f"{self.folder}/data.txt"

    @property
    def line(self):
        return f"{self.name}'s line\n"


@contextmanager
def refused(*codes):
    """What is done inside has to be refused with (one of) these error codes of AWS's."""
    with pytest.raises(ClientError) as caught:
        yield caught
    assert caught.value.response["Error"]["Code"] in codes, caught.value


def secret_hash(client_secret, username, client_id):
    digest = hmac.new(client_secret.encode(), (username + client_id).encode(), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


def allow(actions, resources, **condition):
    """A policy of one statement."""
    statement = {"Effect": "Allow", "Action": actions, "Resource": resources}
    if condition:
        statement["Condition"] = condition
    return {"Version": "2012-10-17", "Statement": [statement]}


def folder_policy(bucket):
    own = f"arn:aws:s3:::{bucket}/{PREFIX}/${{cognito-identity.amazonaws.com:sub}}"
    folder = allow(["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [own, f"{own}/*"])
    names = allow(
        "s3:ListBucket", f"arn:aws:s3:::{bucket}", StringEquals={"s3:prefix": PREFIX}
    )
    folder["Statement"] += names["Statement"]
    return folder


def trust_policy(identity_pool_id):
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"cognito-identity.amazonaws.com:aud": identity_pool_id},
                    "ForAnyValue:StringLike": {
                        "cognito-identity.amazonaws.com:amr": "authenticated"
                    },
                },
            }
        ],
    }


def client(endpoint, service, keys, **options):
    """A client that never asks twice, so that what is refused is seen to be."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=keys.key,
        aws_secret_access_key=keys.secret,
        aws_session_token=keys.token,
        config=Config(retries={"max_attempts": 0}, **options),
    )


class System:
    def __init__(self, endpoint, bucket="cloakroom-clients"):
        self.endpoint = endpoint
        self.bucket = bucket
        self.people = {
            "admin": Person("admin", "Correct-horse-1"),
            "user": Person("user", "Battery-staple-2"),
        }
        self._build()
        for person in self.people.values():
            self.sign_in(person)
            self.client("s3").put_object(
                Bucket=bucket, Key=person.file, Body=person.line.encode()
            )

    def client(self, service, keys=ROOT, **options):
        return client(self.endpoint, service, keys, **options)

    @property
    def provider(self):
        return f"cognito-idp.{REGION}.amazonaws.com/{self.user_pool_id}"

    def role_name(self, person):
        return f"{self.bucket}-{person.name}"

    def put_role_policy(self, person, policy):
        self.client("iam").put_role_policy(
            RoleName=self.role_name(person), PolicyName="folder", PolicyDocument=json.dumps(policy)
        )

    def _build(self):
        self.client("s3").create_bucket(Bucket=self.bucket)
        idp = self.client("cognito-idp")
        self.user_pool_id = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
        web = idp.create_user_pool_client(
            UserPoolId=self.user_pool_id,
            ClientName="web",
            GenerateSecret=True,
            ExplicitAuthFlows=[
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        )["UserPoolClient"]
        self.client_id, self.client_secret = web["ClientId"], web["ClientSecret"]
        # A page in a browser can keep no secret.
        self.browser_id = idp.create_user_pool_client(
            UserPoolId=self.user_pool_id,
            ClientName="browser",
            ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        )["UserPoolClient"]["ClientId"]
        clients = (self.client_id, self.browser_id)
        identity = self.client("cognito-identity")
        self.identity_pool_id = identity.create_identity_pool(
            IdentityPoolName="people",
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[
                {"ProviderName": self.provider, "ClientId": client_id} for client_id in clients
            ],
        )["IdentityPoolId"]
        trust = json.dumps(trust_policy(self.identity_pool_id))
        self.roles = {}
        for precedence, person in ((0, self.people["admin"]), (100, self.people["user"])):
            role = self.client("iam").create_role(
                RoleName=self.role_name(person), AssumeRolePolicyDocument=trust
            )["Role"]["Arn"]
            self.roles[person.name] = role
            self.put_role_policy(person, folder_policy(self.bucket))
            idp.create_group(
                UserPoolId=self.user_pool_id,
                GroupName=person.name,
                Precedence=precedence,
                RoleArn=role,
            )
        rules = [
            {"Claim": "cognito:groups", "MatchType": "Contains", "Value": name, "RoleARN": role}
            for name, role in self.roles.items()
        ]
        identity.set_identity_pool_roles(
            IdentityPoolId=self.identity_pool_id,
            Roles={"authenticated": self.roles["user"]},
            RoleMappings={
                f"{self.provider}:{client_id}": {
                    "Type": "Rules",
                    "AmbiguousRoleResolution": "Deny",
                    "RulesConfiguration": {"Rules": rules},
                }
                for client_id in clients
            },
        )
        for person in self.people.values():
            self.add_user(person, group=person.name)

    def add_user(self, person, group):
        idp = self.client("cognito-idp")
        names = {"UserPoolId": self.user_pool_id, "Username": person.name}
        idp.admin_create_user(**names, MessageAction="SUPPRESS")
        idp.admin_set_user_password(**names, Password=person.password, Permanent=True)
        idp.admin_add_user_to_group(**names, GroupName=group)

    def initiate_auth(self, flow, username, **parameters):
        parameters["SECRET_HASH"] = secret_hash(self.client_secret, username, self.client_id)
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=self.client_id, AuthFlow=flow, AuthParameters=parameters
        )
        return answer["AuthenticationResult"]

    def tokens(self, person):
        """Signs a person in by password."""
        return self.initiate_auth(
            "USER_PASSWORD_AUTH", person.name, USERNAME=person.name, PASSWORD=person.password
        )

    def refresh(self, person):
        """Signs a person in by what the last sign-in left."""
        return self.initiate_auth(
            "REFRESH_TOKEN_AUTH", person.name, REFRESH_TOKEN=person.refresh_token
        )

    def identity_id(self, id_token):
        return self.client("cognito-identity").get_id(
            IdentityPoolId=self.identity_pool_id, Logins={self.provider: id_token}
        )["IdentityId"]

    def credentials(self, identity_id, id_token):
        given = self.client("cognito-identity").get_credentials_for_identity(
            IdentityId=identity_id, Logins={self.provider: id_token}
        )["Credentials"]
        return Keys(given["AccessKeyId"], given["SecretKey"], given["SessionToken"])

    def sign_in(self, person):
        tokens = self.tokens(person)
        person.id_token = tokens["IdToken"]
        person.access_token = tokens["AccessToken"]
        person.refresh_token = tokens["RefreshToken"]
        person.identity_id = self.identity_id(person.id_token)
        person.keys = self.credentials(person.identity_id, person.id_token)

    def read(self, person, key, bucket=None):
        s3 = self.client("s3", person.keys)
        return s3.get_object(Bucket=bucket or self.bucket, Key=key)["Body"].read().decode()


def messages(endpoint, keys=ROOT):
    """What lies in the outbox, the oldest first: boto3 knows the service no more than AWS does."""
    found, token = [], None
    while True:
        body = json.dumps({"NextToken": token} if token else {})
        headers = {
            "Content-Type": "application/x-amz-json-1.1",
            "X-Amz-Target": "Cloakroom.ListMessages",
        }
        request = AWSRequest("POST", endpoint, data=body, headers=headers)
        SigV4Auth(Credentials(keys.key, keys.secret, keys.token), "cloakroom", REGION).add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        assert answer.status_code == 200, answer.text
        page = json.loads(answer.text)
        found += page["Messages"]
        token = page.get("NextToken")
        if token is None:
            return found
