"""What is refused, and how: AWS's error codes as boto3 tells them, each beside its positive twin."""

import base64
import hashlib
import hmac
import json
import urllib.request
from dataclasses import replace

import jwt
import pytest
from botocore import UNSIGNED
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from system import ALT_ROOT, PREFIX, ROOT, Person, System, allow, folder_policy, refused

# A harmless call of each service, and by which protocol it answers.
CALLS = {
    "s3": lambda client, system: client.get_object(
        Bucket=system.bucket, Key=system.people["admin"].file
    ),
    "sts": lambda client, system: client.get_caller_identity(),
    "iam": lambda client, system: client.list_roles(),
    "cognito-idp": lambda client, system: client.admin_get_user(
        UserPoolId=system.user_pool_id, Username="admin"
    ),
    "cognito-identity": lambda client, system: client.describe_identity_pool(
        IdentityPoolId=system.identity_pool_id
    ),
}


def codes(s3, query, json):
    """One case for each service."""
    by_service = {"s3": s3, "sts": query, "iam": query, "cognito-idp": json, "cognito-identity": json}
    return pytest.mark.parametrize("service, code", by_service.items())


@pytest.mark.parametrize("service", CALLS)
def test_root_may_make_each_of_these_calls(system, service):
    CALLS[service](system.client(service), system)


@codes("AccessDenied", "MissingAuthenticationToken", "MissingAuthenticationTokenException")
def test_unsigned(system, service, code):
    with refused(code):
        CALLS[service](system.client(service, signature_version=UNSIGNED), system)


@codes("SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException")
def test_wrong_secret(system, service, code):
    with refused(code):
        CALLS[service](system.client(service, replace(ROOT, secret="x" * 40)), system)


@codes("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException")
def test_unknown_access_key(system, service, code):
    with refused(code):
        CALLS[service](system.client(service, replace(ROOT, key="AKIANOBODYNOBODYNOBO")), system)


@codes("InvalidAccessKeyId", "InvalidClientTokenId", "UnrecognizedClientException")
def test_session_key_without_its_token(system, admin, service, code):
    with refused(code):
        CALLS[service](system.client(service, replace(admin.keys, token=None)), system)


@codes("InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException")
def test_token_of_another_session(system, admin, user, service, code):
    with refused(code):
        mixed = replace(admin.keys, token=user.keys.token)
        CALLS[service](system.client(service, mixed), system)


@codes("InvalidToken", "InvalidClientTokenId", "UnrecognizedClientException")
def test_altered_token(system, admin, service, code):
    token = admin.keys.token
    middle = len(token) // 2
    altered = token[:middle] + ("A" if token[middle] != "A" else "B") + token[middle + 1 :]
    with refused(code):
        CALLS[service](system.client(service, replace(admin.keys, token=altered)), system)


def test_the_session_those_were_made_of_is_good(system, admin):
    assert system.read(admin, admin.file) == admin.line
    caller = system.client("sts", admin.keys).get_caller_identity()
    assert caller["Account"] == ROOT.account
    assert caller["Arn"].endswith(f"/{system.role_name(admin)}/CognitoIdentityCredentials")


@codes("SignatureDoesNotMatch", "SignatureDoesNotMatch", "InvalidSignatureException")
def test_signed_header_altered(system, service, code):
    client = system.client(service)

    def alter(request, **_):
        date = request.headers["X-Amz-Date"]
        date = date.decode() if isinstance(date, bytes) else date
        # Another second of the same minute, so that it is still inside the window.
        request.headers["X-Amz-Date"] = date[:-2] + ("1Z" if date[-2] == "0" else "0Z")

    client.meta.events.register("before-send", alter)
    with refused(code):
        CALLS[service](client, system)


def test_body_altered(system, admin):
    s3 = system.client("s3", admin.keys)
    s3.put_object(Bucket=system.bucket, Key=f"{admin.folder}/body", Body=b"as it was")

    def alter(request, **_):
        request.body = b"as it is."

    s3.meta.events.register("before-send.s3.PutObject", alter)
    with refused("XAmzContentSHA256Mismatch"):
        s3.put_object(Bucket=system.bucket, Key=f"{admin.folder}/body", Body=b"as it was")
    assert system.read(admin, f"{admin.folder}/body") == "as it was"


BOTH_WAYS = pytest.mark.parametrize("me, other", [("admin", "user"), ("user", "admin")])


@BOTH_WAYS
def test_another_s_file(system, me, other):
    me, other = system.people[me], system.people[other]
    s3 = system.client("s3", me.keys)
    others = {"Bucket": system.bucket, "Key": other.file}
    mine = {"Bucket": system.bucket, "Key": f"{me.folder}/twin.txt"}
    actions = {
        "put": lambda at: s3.put_object(**at, Body=b"x"),
        "get": lambda at: s3.get_object(**at),
        "head": lambda at: s3.head_object(**at),
        "copy to": lambda at: s3.copy_object(**at, CopySource=f"{system.bucket}/{me.file}"),
        "copy from": lambda at: s3.copy_object(
            Bucket=system.bucket, Key=f"{me.folder}/copy.txt", CopySource=at
        ),
        "delete": lambda at: s3.delete_object(**at),
    }
    for name, action in actions.items():
        action(mine)
        # An answer to HEAD has no body, so boto3 knows only its status.
        with refused("403" if name == "head" else "AccessDenied"):
            action(others)
    assert system.read(other, other.file) == other.line


@BOTH_WAYS
def test_a_batch_delete_that_mixes_one_s_own_and_another_s(system, me, other):
    me, other = system.people[me], system.people[other]
    s3 = system.client("s3", me.keys)
    mine = [f"{me.folder}/batch-{number}.txt" for number in range(3)]
    for key in mine:
        s3.put_object(Bucket=system.bucket, Key=key, Body=b"x")
    objects = [{"Key": key} for key in [mine[0], other.file, *mine[1:]]]
    done = s3.delete_objects(Bucket=system.bucket, Delete={"Objects": objects})
    assert [entry["Key"] for entry in done["Deleted"]] == mine
    [error] = done["Errors"]
    assert (error["Key"], error["Code"]) == (other.file, "AccessDenied")
    assert system.read(other, other.file) == other.line
    for key in mine:
        with refused("AccessDenied"):
            s3.get_object(Bucket=system.bucket, Key=key)


@BOTH_WAYS
def test_another_s_folder_by_other_spellings(system, me, other):
    me, other = system.people[me], system.people[other]
    s3 = system.client("s3", me.keys)
    for key in (
        f"{other.folder}/",
        other.folder,
        f"{other.folder.upper()}/data.txt",
        f"{me.folder}x/data.txt",
        f"{PREFIX}//{me.identity_id}/data.txt",
        f"{me.folder[:-1]}/data.txt",
        f"{PREFIX}/*/data.txt",
        f"{PREFIX}/${{cognito-identity.amazonaws.com:sub}}/data.txt",
        f"/{me.file}",
    ):
        with refused("AccessDenied"):
            s3.get_object(Bucket=system.bucket, Key=key)
        with refused("AccessDenied"):
            s3.put_object(Bucket=system.bucket, Key=key, Body=b"x")
    # Dots and slashes are characters of a key: these are one's own, and lead nowhere else.
    for key in (
        f"{me.folder}/../{other.identity_id}/data.txt",
        f"{me.folder}/%2e%2e/{other.identity_id}/data.txt",
        f"{me.folder}//data.txt",
        f"{me.folder}/{other.identity_id}/data.txt",
    ):
        s3.put_object(Bucket=system.bucket, Key=key, Body=b"mine")
        assert system.read(me, key) == "mine"
        with refused("AccessDenied"):
            system.read(other, key)
        s3.delete_object(Bucket=system.bucket, Key=key)
    assert system.read(other, other.file) == other.line


@BOTH_WAYS
def test_another_s_names(system, me, other):
    me, other = system.people[me], system.people[other]
    s3 = system.client("s3", me.keys)
    s3.list_objects_v2(Bucket=system.bucket, Prefix=PREFIX)
    for prefix in (other.folder, f"{other.folder}/", me.folder, ""):
        with refused("AccessDenied"):
            s3.list_objects_v2(Bucket=system.bucket, Prefix=prefix)
    with refused("AccessDenied"):
        s3.list_objects_v2(Bucket=system.bucket)


@codes("AccessDenied", "AccessDenied", "AccessDeniedException")
def test_a_role_gives_what_it_says_and_no_more(system, admin, service, code):
    client = system.client(service, admin.keys)
    if service in ("s3", "sts"):
        # The one is what its policy gives, the other needs no permission.
        CALLS[service](client, system)
        return
    with refused(code):
        CALLS[service](client, system)


@pytest.mark.parametrize(
    "service, code",
    {
        "s3": "AccessDenied",
        "cognito-idp": "ResourceNotFoundException",
        "cognito-identity": "ResourceNotFoundException",
    }.items(),
)
def test_another_account_s_root(system, service, code):
    with refused(code):
        CALLS[service](system.client(service, ALT_ROOT), system)


def test_another_account_s_root_and_roles(system, admin):
    name = system.role_name(admin)
    assert system.client("iam").get_role(RoleName=name)["Role"]["RoleName"] == name
    with refused("NoSuchEntity"):
        system.client("iam", ALT_ROOT).get_role(RoleName=name)
    assert system.client("iam", ALT_ROOT).list_roles()["Roles"] == []


def login(system, token):
    system.credentials(system.identity_id(token), token)


def encoded(value):
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def forged(system, token, algorithm):
    """The same claims under another algorithm, as known attacks on libraries have it."""
    head = jwt.get_unverified_header(token)
    claims = jwt.decode(token, options={"verify_signature": False})
    keys = urllib.request.urlopen(f"{claims['iss']}/.well-known/jwks.json").read()
    signed = f"{encoded({**head, 'alg': algorithm})}.{encoded(claims)}"
    if algorithm.lower() == "none":
        return f"{signed}."
    key = next(key for key in jwt.PyJWKSet.from_json(keys).keys if key.key_id == head["kid"])
    public = key.key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    return f"{signed}.{encoded(hmac.new(public, signed.encode(), hashlib.sha256).digest())}"


def test_logins_that_are_not_an_id_token_of_the_pool(system, admin):
    login(system, admin.id_token)
    head, body, signature = admin.id_token.split(".")
    claims = jwt.decode(admin.id_token, options={"verify_signature": False})
    promoted = encoded({**claims, "cognito:groups": ["admin", "root"]})
    for token in (
        admin.access_token,
        f"{head}.{promoted}.{signature}",
        f"{head}.{body}.{signature[:-4][::-1]}{signature[-4:]}",
        f"{head}.{body}.",
        forged(system, admin.id_token, "none"),
        forged(system, admin.id_token, "nOnE"),
        forged(system, admin.id_token, "HS256"),
    ):
        with refused("NotAuthorizedException"):
            system.identity_id(token)
        with refused("NotAuthorizedException"):
            system.credentials(admin.identity_id, token)


def test_an_identity_with_another_person_s_login(system, admin, user):
    system.credentials(admin.identity_id, admin.id_token)
    with refused("NotAuthorizedException"):
        system.credentials(admin.identity_id, user.id_token)
    with refused("NotAuthorizedException"):
        system.client("cognito-identity").get_credentials_for_identity(
            IdentityId=admin.identity_id
        )
    with refused("NotAuthorizedException"):
        # A guest, where guests are not allowed.
        system.client("cognito-identity").get_id(IdentityPoolId=system.identity_pool_id)


def test_the_id_token_of_another_client(system, admin):
    idp = system.client("cognito-idp")
    other = idp.create_user_pool_client(
        UserPoolId=system.user_pool_id,
        ClientName="not in the identity pool",
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )["UserPoolClient"]
    token = idp.initiate_auth(
        ClientId=other["ClientId"],
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": admin.name, "PASSWORD": admin.password},
    )["AuthenticationResult"]["IdToken"]
    login(system, admin.id_token)
    with refused("NotAuthorizedException"):
        login(system, token)


def test_sign_in(system, user):
    system.tokens(user)
    with refused("NotAuthorizedException"):
        system.tokens(replace(user, password="Wrong-password-9"))
    with refused("UserNotFoundException"):
        system.tokens(replace(user, name="nobody"))
    with refused("NotAuthorizedException"):
        # The secret hash is of another name.
        system.initiate_auth(
            "USER_PASSWORD_AUTH", "admin", USERNAME=user.name, PASSWORD=user.password
        )
    system.refresh(user)
    with refused("NotAuthorizedException"):
        system.refresh(replace(user, refresh_token=user.refresh_token[:-4] + "AAAA"))
    with refused("NotAuthorizedException"):
        system.refresh(replace(user, refresh_token=user.id_token))


def test_giving_roles_to_an_identity_pool_takes_pass_role(server):
    system = System(server.endpoint, bucket="cloakroom-deputies")
    admin = system.people["admin"]
    pool = f"arn:aws:cognito-identity:us-east-1:{ROOT.account}:identitypool/{system.identity_pool_id}"
    may_set = allow("cognito-identity:SetIdentityPoolRoles", pool)
    set_roles = {
        "IdentityPoolId": system.identity_pool_id,
        "Roles": {"authenticated": system.roles["admin"]},
    }
    system.put_role_policy(admin, may_set)
    as_admin = system.client("cognito-identity", admin.keys)
    with refused("AccessDeniedException"):
        as_admin.set_identity_pool_roles(**set_roles)
    may_pass = allow(
        "iam:PassRole",
        system.roles["admin"],
        StringEquals={"iam:PassedToService": "cognito-identity.amazonaws.com"},
    )
    may_set["Statement"] += may_pass["Statement"]
    system.put_role_policy(admin, may_set)
    as_admin.set_identity_pool_roles(**set_roles)
    with refused("AccessDeniedException"):
        as_admin.set_identity_pool_roles(
            IdentityPoolId=system.identity_pool_id,
            Roles={"authenticated": system.roles["user"]},
        )


def test_a_session_is_worth_what_its_role_is_worth_now(server):
    system = System(server.endpoint, bucket="cloakroom-revoked")
    admin, iam = system.people["admin"], system.client("iam")
    name = system.role_name(admin)
    assert system.read(admin, admin.file) == admin.line
    system.put_role_policy(admin, allow("s3:GetObject", "arn:aws:s3:::elsewhere/*"))
    with refused("AccessDenied"):
        system.read(admin, admin.file)
    system.put_role_policy(admin, folder_policy(system.bucket))
    assert system.read(admin, admin.file) == admin.line
    trust = iam.get_role(RoleName=name)["Role"]["AssumeRolePolicyDocument"]
    iam.delete_role_policy(RoleName=name, PolicyName="folder")
    iam.delete_role(RoleName=name)
    with refused("InvalidAccessKeyId"):
        system.read(admin, admin.file)
    iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust))
    system.put_role_policy(admin, folder_policy(system.bucket))
    with refused("InvalidAccessKeyId"):
        # The same name is not the same role.
        system.read(admin, admin.file)
    admin.keys = system.credentials(admin.identity_id, admin.id_token)
    assert system.read(admin, admin.file) == admin.line


@pytest.mark.parametrize("name", ["*", "?????", "a*", "${cognito-identity.amazonaws.com:sub}"])
def test_a_name_made_of_wildcards_opens_nothing(system, name, admin):
    wild = Person(name, "Wild-cards-everywhere-4")
    system.add_user(wild, group="user")
    system.sign_in(wild)
    s3 = system.client("s3", wild.keys)
    s3.put_object(Bucket=system.bucket, Key=wild.file, Body=b"mine")
    assert system.read(wild, wild.file) == "mine"
    with refused("AccessDenied"):
        system.read(wild, admin.file)


def test_an_operation_that_is_not_served_is_said_not_to_be(system):
    system.client("iam").list_roles()
    with refused("InvalidAction", "NotImplemented"):
        system.client("iam").list_saml_providers()
    with refused("UnknownOperationException", "InvalidAction"):
        system.client("cognito-idp").list_identity_providers(UserPoolId=system.user_pool_id)
    with refused("NotImplemented"):
        system.client("s3").get_bucket_website(Bucket=system.bucket)
