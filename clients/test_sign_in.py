"""Signing in to a user pool by every way that is served, with boto3 and, for the secure remote password
protocol, with a client that others wrote."""

import json
import os
import subprocess
from contextlib import contextmanager

import pytest
from botocore import UNSIGNED
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import ForceChangePasswordException

from system import ALT_ROOT, REGION, ROOT, Keys, client, refused, secret_hash

PASSWORD = "Correct-horse-1"
ANOTHER = "Another-horse-1"


@contextmanager
def refused_saying(code, message):
    with refused(code) as caught:
        yield
    assert caught.value.response["Error"]["Message"] == message


class Pool:
    """A user pool of a test's own, with a client."""

    def __init__(self, endpoint, secret=False, **settings):
        self.admin = client(endpoint, "cognito-idp", ROOT)
        self.app = client(endpoint, "cognito-idp", ROOT, signature_version=UNSIGNED)
        pool = self.admin.create_user_pool(
            PoolName="people", AutoVerifiedAttributes=["email"], **settings.pop("pool", {})
        )
        self.id = pool["UserPool"]["Id"]
        flows = ["USER_PASSWORD_AUTH", "USER_SRP_AUTH", "ADMIN_USER_PASSWORD_AUTH"]
        if "RefreshTokenRotation" not in settings:
            flows.append("REFRESH_TOKEN_AUTH")
        settings.setdefault("ExplicitAuthFlows", [f"ALLOW_{flow}" for flow in flows])
        made = self.admin.create_user_pool_client(
            UserPoolId=self.id, ClientName="web", GenerateSecret=secret, **settings
        )["UserPoolClient"]
        self.client_id, self.client_secret = made["ClientId"], made.get("ClientSecret")

    def user(self, name, permanent=True):
        names = {"UserPoolId": self.id, "Username": name}
        self.admin.admin_create_user(**names, MessageAction="SUPPRESS")
        self.admin.admin_set_user_password(**names, Password=PASSWORD, Permanent=permanent)
        return names

    def by_password(self, name, password=PASSWORD, **more):
        parameters = {"USERNAME": name, "PASSWORD": password, **more}
        return self.app.initiate_auth(
            ClientId=self.client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
        )

    def refresh(self, token, **more):
        return self.app.initiate_auth(
            ClientId=self.client_id,
            AuthFlow="REFRESH_TOKEN_AUTH",
            AuthParameters={"REFRESH_TOKEN": token, **more},
        )["AuthenticationResult"]

    def srp(self, name, password=PASSWORD):
        return AWSSRP(
            name, password, self.id, self.client_id, client=self.app, client_secret=self.client_secret
        )

    def by_srp(self, name, password=PASSWORD):
        return self.srp(name, password).authenticate_user()["AuthenticationResult"]


@pytest.fixture
def pool(server):
    return Pool(server.endpoint, PreventUserExistenceErrors="ENABLED")


def test_a_password_is_proved_without_being_sent(pool):
    pool.user("zoë")
    for _ in range(8):
        # Numbers with and without zeros before them.
        result = pool.by_srp("zoë")
    assert pool.app.get_user(AccessToken=result["AccessToken"])["Username"] == "zoë"
    pool.refresh(result["RefreshToken"])
    for name, password in (("zoë", "Wrong-horse-1"), ("nobody", PASSWORD)):
        with refused_saying("NotAuthorizedException", "Incorrect username or password."):
            pool.by_srp(name, password)


def test_a_client_with_a_secret_proves_it_by_each_way(server):
    pool = Pool(server.endpoint, secret=True)
    pool.user("ann")
    result = pool.by_srp("ann")
    hashed = secret_hash(pool.client_secret, "ann", pool.client_id)
    assert pool.by_password("ann", SECRET_HASH=hashed)["AuthenticationResult"]
    pool.refresh(result["RefreshToken"], SECRET_HASH=hashed)
    wrong = secret_hash("wrong", "ann", pool.client_id)
    for more in ({}, {"SECRET_HASH": wrong}):
        with refused("NotAuthorizedException"):
            pool.by_password("ann", **more)
        with refused("NotAuthorizedException"):
            pool.refresh(result["RefreshToken"], **more)
    pool.client_secret = "wrong"
    with refused("NotAuthorizedException"):
        pool.by_srp("ann")


def test_a_temporary_password_is_exchanged(pool):
    names = pool.user("ann", permanent=False)
    srp = pool.srp("ann")
    with pytest.raises(ForceChangePasswordException):
        srp.authenticate_user()
    answer = srp.set_new_password_challenge(ANOTHER)
    assert answer["AuthenticationResult"]["IdToken"]
    assert pool.admin.admin_get_user(**names)["UserStatus"] == "CONFIRMED"
    assert pool.by_srp("ann", ANOTHER)
    with refused("NotAuthorizedException"):
        pool.by_srp("ann")


def test_what_is_required_is_asked_for(server):
    schema = [{"Name": "given_name", "AttributeDataType": "String", "Required": True}]
    pool = Pool(server.endpoint, pool={"Schema": schema})
    names = pool.user("ann", permanent=False)
    challenge = pool.by_password("ann")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    required = json.loads(challenge["ChallengeParameters"]["requiredAttributes"])
    assert required == ["userAttributes.given_name"]
    answer = {
        "ClientId": pool.client_id,
        "ChallengeName": "NEW_PASSWORD_REQUIRED",
        "Session": challenge["Session"],
    }
    responses = {"USERNAME": "ann", "NEW_PASSWORD": ANOTHER}
    with refused("InvalidParameterException"):
        pool.app.respond_to_auth_challenge(**answer, ChallengeResponses=responses)
    responses["userAttributes.given_name"] = "Ann"
    signed_in = pool.app.respond_to_auth_challenge(**answer, ChallengeResponses=responses)
    assert signed_in["AuthenticationResult"]
    with refused("NotAuthorizedException"):
        pool.app.respond_to_auth_challenge(**answer, ChallengeResponses=responses)
    attributes = pool.admin.admin_get_user(**names)["UserAttributes"]
    assert {"Name": "given_name", "Value": "Ann"} in attributes


def test_a_server_answers_challenges_with_credentials_of_its_own(pool):
    pool.user("ann", permanent=False)
    of_client = {"UserPoolId": pool.id, "ClientId": pool.client_id}
    challenge = pool.admin.admin_initiate_auth(
        **of_client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": PASSWORD},
    )
    answer = pool.admin.admin_respond_to_auth_challenge(
        **of_client,
        ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": "ann", "NEW_PASSWORD": ANOTHER},
    )
    assert answer["AuthenticationResult"]["RefreshToken"]


def test_a_challenge_is_answered_once_and_by_its_client(pool):
    pool.user("ann")
    srp = pool.srp("ann")
    challenge = pool.app.initiate_auth(
        ClientId=pool.client_id, AuthFlow="USER_SRP_AUTH", AuthParameters=srp.get_auth_params()
    )
    responses = srp.process_challenge(challenge["ChallengeParameters"], srp.get_auth_params())
    other = pool.admin.create_user_pool_client(UserPoolId=pool.id, ClientName="other")
    for client_id, code in (
        (other["UserPoolClient"]["ClientId"], "NotAuthorizedException"),
        (pool.client_id, None),
        (pool.client_id, "NotAuthorizedException"),
    ):
        answer = {
            "ClientId": client_id,
            "ChallengeName": "PASSWORD_VERIFIER",
            "ChallengeResponses": responses,
        }
        if code is None:
            assert pool.app.respond_to_auth_challenge(**answer)["AuthenticationResult"]
        else:
            with refused(code):
                pool.app.respond_to_auth_challenge(**answer)


def test_nobody_in_particular_is_let_in_who_is_disabled_or_gone(pool):
    names = pool.user("ann")
    result = pool.by_srp("ann")
    pool.admin.admin_disable_user(**names)
    for way in (lambda: pool.by_password("ann"), lambda: pool.by_srp("ann")):
        with refused_saying("NotAuthorizedException", "User is disabled."):
            way()
    for way in (
        lambda: pool.refresh(result["RefreshToken"]),
        lambda: pool.app.get_user(AccessToken=result["AccessToken"]),
    ):
        with refused("NotAuthorizedException"):
            way()
    pool.admin.admin_enable_user(**names)
    result = pool.by_srp("ann")
    pool.refresh(result["RefreshToken"])
    pool.admin.admin_delete_user(**names)
    for way in (lambda: pool.by_password("ann"), lambda: pool.by_srp("ann")):
        with refused_saying("NotAuthorizedException", "Incorrect username or password."):
            way()
    with refused("NotAuthorizedException"):
        pool.refresh(result["RefreshToken"])
    with refused("UserNotFoundException"):
        pool.app.get_user(AccessToken=result["AccessToken"])


def test_signing_out_everywhere_and_revoking(pool):
    names = pool.user("ann")
    first, second = pool.by_srp("ann"), pool.by_srp("ann")
    pool.app.revoke_token(ClientId=pool.client_id, Token=first["RefreshToken"])
    with refused("NotAuthorizedException"):
        pool.refresh(first["RefreshToken"])
    with refused_saying("NotAuthorizedException", "Access Token has been revoked"):
        pool.app.get_user(AccessToken=first["AccessToken"])
    pool.refresh(second["RefreshToken"])
    pool.app.global_sign_out(AccessToken=second["AccessToken"])
    third = pool.by_srp("ann")
    for result in (first, second):
        with refused_saying("NotAuthorizedException", "Access Token has been revoked"):
            pool.app.get_user(AccessToken=result["AccessToken"])
    assert pool.app.get_user(AccessToken=third["AccessToken"])
    pool.admin.admin_user_global_sign_out(**names)
    with refused("NotAuthorizedException"):
        pool.refresh(third["RefreshToken"])


def test_a_rotated_refresh_token_is_used_once(server):
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    pool = Pool(server.endpoint, RefreshTokenRotation=rotation)
    pool.user("ann")
    first = pool.by_password("ann")["AuthenticationResult"]["RefreshToken"]
    get = lambda token: pool.app.get_tokens_from_refresh_token(
        ClientId=pool.client_id, RefreshToken=token
    )["AuthenticationResult"]
    second = get(first)["RefreshToken"]
    assert second != first
    with refused("RefreshTokenReuseException"):
        get(first)
    assert get(second)["AccessToken"]


def test_six_wrong_passwords_lock_everybody_out_alike(pool):
    pool.user("ann")
    for name in ("ann", "nobody"):
        for message in ["Incorrect username or password."] * 5 + ["Password attempts exceeded"]:
            with refused_saying("NotAuthorizedException", message):
                pool.by_srp(name, "Wrong-horse-1")


def test_the_outbox_is_shown_on_the_command_line(server, pool):
    def outbox(*arguments, keys=ROOT):
        environment = {
            "AWS_ENDPOINT_URL": server.endpoint,
            "AWS_REGION": REGION,
            "AWS_ACCESS_KEY_ID": keys.key,
            "AWS_SECRET_ACCESS_KEY": keys.secret,
            "NO_COLOR": "1",
        }
        command = [os.environ["CLOAKROOM_BINARY"], "outbox", *arguments]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    address = f"{pool.client_id}@example.com"
    pool.app.sign_up(
        ClientId=pool.client_id,
        Username="ann",
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": address}],
    )
    shown = outbox("--json", "--to", address)
    assert shown.returncode == 0, shown.stderr
    [message] = [json.loads(line) for line in shown.stdout.splitlines()]
    assert message["To"] == address and pool.id in message["SourceArn"]
    code = message["Body"].split()[-1]
    shown = outbox("--to", address)
    assert f"EMAIL to {address}" in shown.stdout and code in shown.stdout
    assert address not in outbox(keys=ALT_ROOT).stdout
    wrong = Keys(ROOT.key, "wrong")
    refused_command = outbox(keys=wrong)
    assert refused_command.returncode == 1 and code not in refused_command.stdout
    pool.app.confirm_sign_up(ClientId=pool.client_id, Username="ann", ConfirmationCode=code)
    assert pool.by_srp("ann")
