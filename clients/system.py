"""The system of the README: a user pool with two groups, an identity pool with rules, two roles
whose policy opens one folder, a bucket, and a file in each one's folder."""

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass

import boto3
import botocore.config

REGION = "us-east-1"
PREFIX = "cognito-test"


@dataclass(frozen=True)
class Root:
    account: str
    key: str
    secret: str


ROOT = Root("123456789012", "AKIAROOTROOTROOTROOT", "root-secret-for-tests-only-0000000000000")
ALT_ROOT = Root("210987654321", "AKIAALTALTALTALTALTA", "alt-secret-for-tests-only-00000000000000")


@dataclass
class Person:
    name: str
    password: str
    identity_id: str = ""
    id_token: str = ""
    credentials: dict = None


def secret_hash(client_secret, username, client_id):
    digest = hmac.new(client_secret.encode(), (username + client_id).encode(), hashlib.sha256)
    return base64.b64encode(digest.digest()).decode()


def role_policy(bucket):
    own = f"arn:aws:s3:::{bucket}/{PREFIX}/${{cognito-identity.amazonaws.com:sub}}"
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
                "Resource": [own, f"{own}/*"],
            },
            {
                "Effect": "Allow",
                "Action": "s3:ListBucket",
                "Resource": f"arn:aws:s3:::{bucket}",
                "Condition": {"StringEquals": {"s3:prefix": PREFIX}},
            },
        ],
    }


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
                Bucket=bucket, Key=self.key_of(person), Body=f"{person.name}'s line\n".encode()
            )

    def client(self, service, root=ROOT, **options):
        config = botocore.config.Config(retries={"max_attempts": 0}, **options)
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=root.key,
            aws_secret_access_key=root.secret,
            config=config,
        )

    def client_as(self, person, service, **options):
        return boto3.client(
            service,
            endpoint_url=self.endpoint,
            region_name=REGION,
            aws_access_key_id=person.credentials["AccessKeyId"],
            aws_secret_access_key=person.credentials["SecretKey"],
            aws_session_token=person.credentials["SessionToken"],
            config=botocore.config.Config(retries={"max_attempts": 0}, **options),
        )

    def key_of(self, person):
        return f"{PREFIX}/{person.identity_id}/data.txt"

    @property
    def provider(self):
        return f"cognito-idp.{REGION}.amazonaws.com/{self.user_pool_id}"

    def _build(self):
        self.client("s3").create_bucket(Bucket=self.bucket)
        idp = self.client("cognito-idp")
        self.user_pool_id = idp.create_user_pool(PoolName="people")["UserPool"]["Id"]
        client = idp.create_user_pool_client(
            UserPoolId=self.user_pool_id,
            ClientName="web",
            GenerateSecret=True,
            ExplicitAuthFlows=[
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        )["UserPoolClient"]
        self.client_id, self.client_secret = client["ClientId"], client["ClientSecret"]
        identity = self.client("cognito-identity")
        self.identity_pool_id = identity.create_identity_pool(
            IdentityPoolName="people",
            AllowUnauthenticatedIdentities=False,
            CognitoIdentityProviders=[
                {"ProviderName": self.provider, "ClientId": self.client_id}
            ],
        )["IdentityPoolId"]
        iam = self.client("iam")
        self.roles = {}
        for precedence, name in ((0, "admin"), (100, "user")):
            role = iam.create_role(
                RoleName=f"people-{name}",
                AssumeRolePolicyDocument=json.dumps(trust_policy(self.identity_pool_id)),
            )["Role"]["Arn"]
            self.roles[name] = role
            iam.put_role_policy(
                RoleName=f"people-{name}",
                PolicyName="folder",
                PolicyDocument=json.dumps(role_policy(self.bucket)),
            )
            idp.create_group(
                UserPoolId=self.user_pool_id, GroupName=name, Precedence=precedence, RoleArn=role
            )
        rules = [
            {"Claim": "cognito:groups", "MatchType": "Contains", "Value": name, "RoleARN": role}
            for name, role in self.roles.items()
        ]
        identity.set_identity_pool_roles(
            IdentityPoolId=self.identity_pool_id,
            Roles={"authenticated": self.roles["user"]},
            RoleMappings={
                f"{self.provider}:{self.client_id}": {
                    "Type": "Rules",
                    "AmbiguousRoleResolution": "Deny",
                    "RulesConfiguration": {"Rules": rules},
                }
            },
        )
        for person in self.people.values():
            names = {"UserPoolId": self.user_pool_id, "Username": person.name}
            idp.admin_create_user(**names, MessageAction="SUPPRESS")
            idp.admin_set_user_password(**names, Password=person.password, Permanent=True)
            idp.admin_add_user_to_group(**names, GroupName=person.name)

    def sign_in(self, person):
        answer = self.client("cognito-idp").initiate_auth(
            ClientId=self.client_id,
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={
                "USERNAME": person.name,
                "PASSWORD": person.password,
                "SECRET_HASH": secret_hash(self.client_secret, person.name, self.client_id),
            },
        )
        person.id_token = answer["AuthenticationResult"]["IdToken"]
        identity = self.client("cognito-identity")
        logins = {self.provider: person.id_token}
        person.identity_id = identity.get_id(
            IdentityPoolId=self.identity_pool_id, Logins=logins
        )["IdentityId"]
        person.credentials = identity.get_credentials_for_identity(
            IdentityId=person.identity_id, Logins=logins
        )["Credentials"]
