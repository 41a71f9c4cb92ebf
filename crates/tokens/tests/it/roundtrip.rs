//! What we issue is what we read, and has the shape that Cognito's clients expect.

use proptest::prelude::*;
use serde_json::{Map, Value, json};
use tokens::{
    IdTokenClaims, SignError, TokenError, sign, unverified_audience, unverified_issuer,
    verify_access_token, verify_id_token, verify_identity_token,
};

use crate::{
    CLIENT, EXPIRES, ISSUED, ISSUER, OURS, access_claims, decode, id_claims, identity_claims, keys,
    now, parts, pool,
};

#[test]
fn an_id_token_says_what_was_signed() {
    let token = sign(&OURS, &id_claims()).unwrap();
    let audiences = ["another-client", CLIENT];
    let checked = verify_id_token(&token, &keys(), ISSUER, &audiences, now()).unwrap();
    assert_eq!(*checked, id_claims());
    assert_eq!(checked.username, "admin");
    assert_eq!(checked.raw()["cognito:groups"], json!(["admin", "user"]));
    assert_eq!(checked.raw()["custom:team"], "x");
    assert_eq!(checked.into_claims(), id_claims());
}

#[test]
fn an_access_token_says_what_was_signed() {
    let token = sign(&OURS, &access_claims()).unwrap();
    let checked = verify_access_token(&token, &keys(), ISSUER, now()).unwrap();
    assert_eq!(*checked, access_claims());
    assert!(!checked.raw().contains_key("aud"));
}

#[test]
fn an_identity_token_says_what_was_signed() {
    let token = sign(&OURS, &identity_claims()).unwrap();
    let checked = verify_identity_token(&token, &keys(), &pool(), now()).unwrap();
    assert_eq!(*checked, identity_claims());
    assert_eq!(checked.raw()["amr"], json!(["authenticated"]));
}

#[test]
fn an_id_token_has_the_claims_of_cognitos() {
    let [header, payload, signature] = parts(&sign(&OURS, &id_claims()).unwrap());
    let header: Value = serde_json::from_slice(&decode(&header)).unwrap();
    assert_eq!(header, json!({"kid": OURS.jwk().kid(), "alg": "RS256"}));
    assert_eq!(decode(&signature).len(), 256);
    let payload: Value = serde_json::from_slice(&decode(&payload)).unwrap();
    assert_eq!(
        payload,
        json!({
            "sub": "0f8fad5b-d9cb-469f-a165-708677289502",
            "iss": ISSUER,
            "aud": CLIENT,
            "token_use": "id",
            "auth_time": ISSUED,
            "iat": ISSUED,
            "exp": EXPIRES,
            "jti": "0f8fad5b-d9cb-469f-a165-708677289503",
            "origin_jti": "0f8fad5b-d9cb-469f-a165-708677289504",
            "event_id": "0f8fad5b-d9cb-469f-a165-708677289505",
            "cognito:username": "admin",
            "cognito:groups": ["admin", "user"],
            "cognito:roles": [
                "arn:aws:iam::123456789012:role/admin",
                "arn:aws:iam::123456789012:role/user"
            ],
            "cognito:preferred_role": "arn:aws:iam::123456789012:role/admin",
            "email": "a@example.com",
            "email_verified": true,
            "custom:team": "x",
        })
    );
}

#[test]
fn an_access_token_has_the_claims_of_cognitos() {
    let [_, payload, _] = parts(&sign(&OURS, &access_claims()).unwrap());
    let payload: Map<String, Value> = serde_json::from_slice(&decode(&payload)).unwrap();
    let names: Vec<_> = payload.keys().map(String::as_str).collect();
    let expected = "auth_time client_id cognito:groups event_id exp iat iss jti origin_jti scope \
                    sub token_use username";
    assert_eq!(names.join(" "), expected);
    assert_eq!(payload["token_use"], "access");
}

#[test]
fn what_a_user_does_not_have_is_absent() {
    let bare = IdTokenClaims {
        origin_jti: None,
        event_id: None,
        groups: Vec::new(),
        roles: Vec::new(),
        preferred_role: None,
        attributes: Map::new(),
        ..id_claims()
    };
    let token = sign(&OURS, &bare).unwrap();
    let checked = verify_id_token(&token, &keys(), ISSUER, &[CLIENT], now()).unwrap();
    assert_eq!(*checked, bare);
    let names: Vec<_> = checked.raw().keys().map(String::as_str).collect();
    assert_eq!(names.join(" "), "aud auth_time cognito:username exp iat iss jti sub token_use");
}

#[test]
fn issuer_and_audience_can_be_read_before_the_token_is_checked() {
    let token = sign(&OURS, &id_claims()).unwrap();
    let [header, payload, _] = parts(&token);
    for token in [token, format!("{header}.{payload}."), format!("?.{payload}.?")] {
        assert_eq!(unverified_issuer(&token).as_deref(), Ok(ISSUER));
        assert_eq!(unverified_audience(&token).as_deref(), Ok(CLIENT));
    }
    let access = sign(&OURS, &access_claims()).unwrap();
    assert_eq!(unverified_audience(&access), Err(TokenError::MissingClaim("aud")));
    for garbage in ["", "a", "a.b", "..", "a.b.c", "e30.e30.e30.e30"] {
        assert!(unverified_issuer(garbage).is_err(), "{garbage}");
    }
    assert_eq!(unverified_issuer(".e30."), Err(TokenError::MissingClaim("iss")));
}

#[test]
fn an_attribute_cannot_stand_in_for_a_claim() {
    for name in ["sub", "aud", "token_use", "exp", "cognito:groups", "cognito:username"] {
        let attributes = json!({ name: "x" }).as_object().unwrap().clone();
        let refused = sign(&OURS, &IdTokenClaims { attributes, ..id_claims() }).unwrap_err();
        assert!(matches!(&refused, SignError::Claims(why) if why.contains(name)), "{refused}");
    }
}

#[test]
fn what_is_no_object_or_too_long_is_not_signed() {
    for claims in [json!([]), json!("a"), json!(null)] {
        assert!(matches!(sign(&OURS, &claims), Err(SignError::Claims(_))));
    }
    let refused = sign(&OURS, &json!({"long": "x".repeat(13_000)})).unwrap_err();
    assert!(matches!(refused, SignError::TooLong { bytes } if bytes > 16 * 1024));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn any_name_group_and_attribute_comes_back(
        username in "\\PC{1,128}",
        groups in proptest::collection::vec("\\PC{1,40}", 0..4),
        attributes in proptest::collection::btree_map("custom:[a-z]{1,20}", any::<String>(), 0..4),
    ) {
        let attributes = attributes.into_iter().map(|(name, text)| (name, text.into())).collect();
        let claims = IdTokenClaims { username, groups, attributes, ..id_claims() };
        let token = sign(&OURS, &claims).unwrap();
        let checked = verify_id_token(&token, &keys(), ISSUER, &[CLIENT], now()).unwrap();
        prop_assert_eq!(checked.into_claims(), claims);
    }
}
