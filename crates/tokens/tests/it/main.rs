//! Tokens through the public interface: what is believed, and everything that is not.
#![expect(clippy::unwrap_used, reason = "tests")]

mod forged;
mod keys;
mod refused;
mod roundtrip;

use std::sync::LazyLock;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use tokens::{
    AccessTokenClaims, AccessTokenUse, IDENTITY_TOKEN_ISSUER, IdTokenClaims, IdTokenUse,
    IdentityTokenClaims, PublicKey, SigningKey, sign,
};
use types::{Arn, IdentityPoolId, Timestamp, Uuid};

/// The pool's key and another pool's: made once, for making them is slow.
static OURS: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());
static THEIRS: LazyLock<SigningKey> = LazyLock::new(|| SigningKey::generate().unwrap());

const ISSUER: &str = "http://localhost:4566/us-east-1_aB3dE5gH7";
const CLIENT: &str = "1h57kf5cpq17m0eml12EXAMPLE";
const ISSUED: i64 = 1_790_000_000;
const EXPIRES: i64 = ISSUED + 3600;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

/// A moment at which every token here is good.
fn now() -> Timestamp {
    at(ISSUED + 60)
}

fn public(key: &SigningKey) -> PublicKey {
    PublicKey::from_jwk(key.jwk()).unwrap()
}

fn keys() -> [PublicKey; 1] {
    [public(&OURS)]
}

fn uuid(last: u8) -> Uuid {
    format!("0f8fad5b-d9cb-469f-a165-7086772895{last:02x}").parse().unwrap()
}

fn pool() -> IdentityPoolId {
    "us-east-1:0f8fad5b-d9cb-469f-a165-708677289501".parse().unwrap()
}

fn role(name: &str) -> Arn {
    format!("arn:aws:iam::123456789012:role/{name}").parse().unwrap()
}

fn id_claims() -> IdTokenClaims {
    let attributes = json!({"email": "a@example.com", "email_verified": true, "custom:team": "x"});
    IdTokenClaims {
        sub: uuid(2),
        iss: ISSUER.to_owned(),
        aud: CLIENT.to_owned(),
        token_use: IdTokenUse::Id,
        auth_time: at(ISSUED),
        iat: at(ISSUED),
        exp: at(EXPIRES),
        jti: uuid(3),
        origin_jti: Some(uuid(4)),
        event_id: Some(uuid(5)),
        username: "admin".to_owned(),
        groups: vec!["admin".to_owned(), "user".to_owned()],
        roles: vec![role("admin"), role("user")],
        preferred_role: Some(role("admin")),
        attributes: attributes.as_object().unwrap().clone(),
    }
}

fn access_claims() -> AccessTokenClaims {
    AccessTokenClaims {
        sub: uuid(2),
        device_key: None,
        groups: vec!["admin".to_owned()],
        iss: ISSUER.to_owned(),
        client_id: CLIENT.to_owned(),
        origin_jti: Some(uuid(4)),
        event_id: Some(uuid(5)),
        token_use: AccessTokenUse::Access,
        scope: "aws.cognito.signin.user.admin".to_owned(),
        auth_time: at(ISSUED),
        exp: at(EXPIRES),
        iat: at(ISSUED),
        jti: uuid(6),
        username: "admin".to_owned(),
    }
}

fn identity_claims() -> IdentityTokenClaims {
    IdentityTokenClaims {
        sub: "us-east-1:0f8fad5b-d9cb-469f-a165-708677289507".parse().unwrap(),
        aud: pool(),
        amr: vec!["authenticated".to_owned()],
        iss: IDENTITY_TOKEN_ISSUER.to_owned(),
        exp: at(ISSUED + 600),
        iat: at(ISSUED),
        tags: None,
    }
}

/// The ID token's claims with some set, or removed where the value is null, signed by our key.
fn id_token_with(changes: &Value) -> String {
    signed_with(serde_json::to_value(id_claims()).unwrap(), changes)
}

fn signed_with(claims: Value, changes: &Value) -> String {
    let mut claims: Map<String, Value> = serde_json::from_value(claims).unwrap();
    for (name, value) in changes.as_object().unwrap() {
        claims.remove(name);
        if !value.is_null() {
            claims.insert(name.clone(), value.clone());
        }
    }
    sign(&OURS, &claims).unwrap()
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn decode(part: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(part).unwrap()
}

/// Header, payload and signature, each still encoded.
fn parts(token: &str) -> [String; 3] {
    let parts: Vec<_> = token.split('.').map(str::to_owned).collect();
    parts.try_into().unwrap()
}
