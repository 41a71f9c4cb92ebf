"""What user pools issue is checked by PyJWT as any relying party would: by discovery and JWKS."""

import json
import time
import urllib.request

import jwt
import pytest

from system import Person


@pytest.fixture
def issuer(system):
    return f"{system.endpoint}/{system.user_pool_id}"


@pytest.fixture
def keys(issuer):
    document = json.load(urllib.request.urlopen(f"{issuer}/.well-known/openid-configuration"))
    assert document["issuer"] == issuer
    assert "RS256" in document["id_token_signing_alg_values_supported"]
    assert document["jwks_uri"] == f"{issuer}/.well-known/jwks.json"
    return jwt.PyJWKClient(document["jwks_uri"])


def checked(keys, token, **expected):
    key = keys.get_signing_key_from_jwt(token)
    return jwt.decode(token, key.key, algorithms=["RS256"], **expected)


def test_an_id_token_says_who_it_is(system, issuer, keys, admin):
    before = int(time.time()) - 1
    tokens = system.tokens(admin)
    claims = checked(keys, tokens["IdToken"], audience=system.client_id, issuer=issuer)
    described = system.client("cognito-idp").admin_get_user(
        UserPoolId=system.user_pool_id, Username=admin.name
    )
    attributes = {a["Name"]: a["Value"] for a in described["UserAttributes"]}
    assert claims["token_use"] == "id"
    assert claims["sub"] == attributes["sub"]
    assert claims["cognito:username"] == admin.name
    assert claims["cognito:groups"] == ["admin"]
    assert claims["cognito:roles"] == [system.roles["admin"]]
    assert claims["cognito:preferred_role"] == system.roles["admin"]
    assert before <= claims["auth_time"] <= claims["iat"] <= time.time() + 1
    assert claims["exp"] - claims["iat"] == tokens["ExpiresIn"] == 3600
    for name in ("jti", "origin_jti", "event_id"):
        assert claims[name]
    assert tokens["TokenType"] == "Bearer"


def test_an_access_token_says_what_it_is_for(system, issuer, keys, admin):
    tokens = system.tokens(admin)
    claims = checked(keys, tokens["AccessToken"], issuer=issuer)
    identity = checked(keys, tokens["IdToken"], audience=system.client_id)
    assert claims["token_use"] == "access"
    assert claims["client_id"] == system.client_id
    assert "aud" not in claims
    assert claims["username"] == admin.name
    assert claims["cognito:groups"] == ["admin"]
    assert "aws.cognito.signin.user.admin" in claims["scope"].split()
    for name in ("sub", "origin_jti", "event_id", "auth_time"):
        assert claims[name] == identity[name]
    assert claims["jti"] != identity["jti"]


def test_id_and_access_tokens_are_signed_by_different_keys(system, keys, admin):
    headers = [jwt.get_unverified_header(token) for token in (admin.id_token, admin.access_token)]
    assert headers[0]["kid"] != headers[1]["kid"]
    assert {header["alg"] for header in headers} == {"RS256"}
    published = {key.key_id for key in keys.get_signing_keys()}
    assert {header["kid"] for header in headers} <= published


def test_the_published_keys_are_public(issuer):
    answer = json.load(urllib.request.urlopen(f"{issuer}/.well-known/jwks.json"))
    assert len(answer["keys"]) == 2
    for key in answer["keys"]:
        assert set(key) == {"alg", "e", "kid", "kty", "n", "use"}
        assert (key["alg"], key["kty"], key["use"]) == ("RS256", "RSA", "sig")


def test_a_refreshed_token_keeps_the_time_of_the_sign_in(system, issuer, keys, admin):
    tokens = system.tokens(admin)
    first = checked(keys, tokens["IdToken"], audience=system.client_id)
    person = Person(admin.name, admin.password, refresh_token=tokens["RefreshToken"])
    again = system.refresh(person)
    second = checked(keys, again["IdToken"], audience=system.client_id, issuer=issuer)
    assert "RefreshToken" not in again
    for name in ("sub", "auth_time", "origin_jti", "cognito:groups"):
        assert second[name] == first[name]
    assert second["jti"] != first["jti"]


def test_whoever_is_in_two_groups_prefers_the_role_of_the_first(system, keys):
    both = Person("both", "Two-groups-at-once-3")
    system.add_user(both, group="user")
    system.client("cognito-idp").admin_add_user_to_group(
        UserPoolId=system.user_pool_id, Username=both.name, GroupName="admin"
    )
    claims = checked(keys, system.tokens(both)["IdToken"], audience=system.client_id)
    assert sorted(claims["cognito:groups"]) == ["admin", "user"]
    assert sorted(claims["cognito:roles"]) == sorted(system.roles.values())
    assert claims["cognito:preferred_role"] == system.roles["admin"]


def test_a_token_that_was_changed_is_not_one_of_the_pool(system, keys, admin):
    head, body, signature = admin.id_token.split(".")
    spoilt = ".".join((head, body, signature[:-4][::-1] + signature[-4:]))
    checked(keys, admin.id_token, audience=system.client_id)
    with pytest.raises(jwt.InvalidSignatureError):
        checked(keys, spoilt, audience=system.client_id)
    with pytest.raises(jwt.InvalidAudienceError):
        checked(keys, admin.id_token, audience="another-client")


def test_a_pool_that_is_not_there_has_no_keys(system):
    for path in ("jwks.json", "openid-configuration"):
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(f"{system.endpoint}/us-east-1_nowhere00/.well-known/{path}")
        assert 400 <= caught.value.code < 500
