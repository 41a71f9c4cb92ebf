//! Tokens that our own key signed and that are refused all the same, each with its reason.

use serde_json::{Value, json};
use tokens::{
    IDENTITY_TOKEN_ISSUER, TokenError, sign, unverified_issuer, verify_access_token,
    verify_id_token, verify_identity_token,
};
use types::{SignedDuration, Timestamp};

use crate::{
    CLIENT, EXPIRES, ISSUED, ISSUER, OURS, access_claims, at, encode, id_claims, id_token_with,
    identity_claims, keys, now, parts, pool, signed_with,
};

fn verify_at(token: &str, now: Timestamp) -> Result<(), TokenError> {
    verify_id_token(token, &keys(), ISSUER, &[CLIENT], now).map(drop)
}

fn verify(token: &str) -> Result<(), TokenError> {
    verify_at(token, now())
}

#[test]
fn a_token_is_over_at_the_second_of_exp() {
    let token = sign(&OURS, &id_claims()).unwrap();
    let nanosecond = SignedDuration::from_nanos(1);
    assert_eq!(verify_at(&token, at(EXPIRES) - nanosecond), Ok(()));
    let expired = |now| Err(TokenError::Expired { now, exp: EXPIRES });
    assert_eq!(verify_at(&token, at(EXPIRES)), expired(EXPIRES));
    assert_eq!(verify_at(&token, at(EXPIRES + 7)), expired(EXPIRES + 7));
    let message = verify_at(&token, at(EXPIRES + 7)).unwrap_err().to_string();
    assert_eq!(message, "the token expired: 1790003607 >= 1790003600");
}

#[test]
fn a_token_begins_at_the_second_of_iat_and_of_nbf() {
    let token = sign(&OURS, &id_claims()).unwrap();
    let nanosecond = SignedDuration::from_nanos(1);
    assert_eq!(verify_at(&token, at(ISSUED)), Ok(()));
    let early = TokenError::NotYet { now: ISSUED - 1, claim: "iat", begin: ISSUED };
    assert_eq!(verify_at(&token, at(ISSUED) - nanosecond), Err(early));
    let token = id_token_with(&json!({"nbf": ISSUED + 100}));
    assert_eq!(verify_at(&token, at(ISSUED + 100)), Ok(()));
    let early = TokenError::NotYet { now: ISSUED + 99, claim: "nbf", begin: ISSUED + 100 };
    assert_eq!(verify_at(&token, at(ISSUED + 99)), Err(early));
}

#[test]
fn each_claim_has_to_be_there_and_to_have_its_form() {
    let missing = |name| Err(TokenError::MissingClaim(name));
    assert_eq!(verify(&id_token_with(&json!({"aud": null}))), missing("aud"));
    assert_eq!(verify(&id_token_with(&json!({"exp": null}))), missing("exp"));
    assert_eq!(verify(&id_token_with(&json!({"iss": null}))), missing("iss"));
    assert_eq!(verify(&id_token_with(&json!({"token_use": null}))), missing("token_use"));
    let malformed = |changes: Value, word: &str| {
        let refused = verify(&id_token_with(&changes)).unwrap_err();
        let named = matches!(&refused, TokenError::Malformed(why) if why.contains(word));
        assert!(named, "{changes}: {refused}");
    };
    for name in ["sub", "iat", "auth_time", "jti", "cognito:username"] {
        malformed(json!({ name: null }), name);
    }
    for time in
        [json!("1790003600"), json!(1_790_003_600.5), json!(1e300), json!(u64::MAX), json!([])]
    {
        malformed(json!({"exp": time}), "exp");
        malformed(json!({"nbf": time}), "nbf");
    }
    malformed(json!({"exp": i64::MAX, "auth_time": i64::MAX}), "");
    malformed(json!({"iss": [ISSUER]}), "iss");
    malformed(json!({"token_use": true}), "token_use");
    malformed(json!({"sub": "admin"}), "UUID");
    malformed(json!({"cognito:groups": "admin"}), "sequence");
    malformed(json!({"cognito:roles": ["admin"]}), "ARN");
}

#[test]
fn another_issuer_is_refused() {
    for issuer in [
        "",
        "http://localhost:4566/us-east-1_other",
        "https://localhost:4566",
        IDENTITY_TOKEN_ISSUER,
    ]
    .map(str::to_owned)
    .into_iter()
    .chain([format!("{ISSUER}/"), ISSUER.to_uppercase(), format!(" {ISSUER}")])
    {
        let token = id_token_with(&json!({"iss": issuer}));
        assert_eq!(unverified_issuer(&token).as_ref(), Ok(&issuer));
        let expected = ISSUER.to_owned();
        assert_eq!(verify(&token), Err(TokenError::WrongIssuer { issuer, expected }));
    }
}

#[test]
fn another_audience_is_refused() {
    for audience in [
        "",
        "another",
        CLIENT.trim_start_matches('1'),
        &CLIENT.to_lowercase(),
        &format!("{CLIENT} "),
    ] {
        let audience = audience.to_owned();
        let token = id_token_with(&json!({"aud": audience}));
        assert_eq!(verify(&token), Err(TokenError::WrongAudience { audience }));
    }
    let list = id_token_with(&json!({"aud": [CLIENT]}));
    let audience = format!("[\"{CLIENT}\"]");
    assert_eq!(verify(&list), Err(TokenError::WrongAudience { audience }));
    let token = sign(&OURS, &id_claims()).unwrap();
    let refused = verify_id_token(&token, &keys(), ISSUER, &[], now()).map(drop);
    assert_eq!(refused, Err(TokenError::WrongAudience { audience: CLIENT.to_owned() }));
}

#[test]
fn an_access_token_is_no_id_token_and_the_other_way_round() {
    let id = sign(&OURS, &id_claims()).unwrap();
    let access = sign(&OURS, &access_claims()).unwrap();
    assert_eq!(verify(&id), Ok(()));
    assert!(verify_access_token(&access, &keys(), ISSUER, now()).is_ok());
    // What Cognito says of it, too: the access token has no audience.
    assert_eq!(verify(&access), Err(TokenError::MissingClaim("aud")));
    let wrong = |token_use: &str, expected| {
        Err(TokenError::WrongUse { token_use: token_use.to_owned(), expected })
    };
    let refused = verify_access_token(&id, &keys(), ISSUER, now()).map(drop);
    assert_eq!(refused, wrong("id", "access"));
    // An access token that is bound to a resource has an audience, and is still none.
    let claims = serde_json::to_value(access_claims()).unwrap();
    let bound = signed_with(claims, &json!({"aud": CLIENT}));
    assert_eq!(verify(&bound), wrong("access", "id"));
    assert_eq!(verify(&id_token_with(&json!({"token_use": "ID"}))), wrong("ID", "id"));
}

#[test]
fn an_identity_token_is_checked_in_full_too() {
    let verify = |token: &str, now| verify_identity_token(token, &keys(), &pool(), now).map(drop);
    let claims = serde_json::to_value(identity_claims()).unwrap();
    let with = |changes: Value| signed_with(claims.clone(), &changes);
    assert_eq!(verify(&with(json!({})), at(ISSUED + 599)), Ok(()));
    let expired = TokenError::Expired { now: ISSUED + 600, exp: ISSUED + 600 };
    assert_eq!(verify(&with(json!({})), at(ISSUED + 600)), Err(expired));
    let audience = "us-east-1:0f8fad5b-d9cb-469f-a165-7086772895ff".to_owned();
    let other = with(json!({"aud": audience}));
    assert_eq!(verify(&other, now()), Err(TokenError::WrongAudience { audience }));
    let issuer = ISSUER.to_owned();
    let expected = IDENTITY_TOKEN_ISSUER.to_owned();
    let refused = Err(TokenError::WrongIssuer { issuer, expected });
    assert_eq!(verify(&with(json!({"iss": ISSUER})), now()), refused);
    assert_eq!(verify(&sign(&OURS, &id_claims()).unwrap(), now()), refused);
    let refused = verify(&with(json!({"sub": "us-east-1:*"})), now()).unwrap_err();
    assert!(matches!(refused, TokenError::Malformed(why) if why.contains("identity id")));
    assert!(matches!(verify(&with(json!({"amr": null})), now()), Err(TokenError::Malformed(_))));
}

#[test]
fn a_signature_is_judged_before_what_is_signed() {
    let [header, _, signature] = parts(&sign(&OURS, &id_claims()).unwrap());
    for payload in ["", "!", "{}", "[]", r#"{"exp":1}"#, r#"{"exp":1,"exp":2}"#, "\u{0}"] {
        let token = format!("{header}.{}.{signature}", encode(payload));
        assert_eq!(verify(&token), Err(TokenError::Unverified), "{payload}");
    }
}

#[test]
fn what_is_no_token_is_malformed() {
    let token = sign(&OURS, &id_claims()).unwrap();
    let [header, payload, signature] = parts(&token);
    let twice = encode(r#"{"alg":"RS256","alg":"none","kid":"x"}"#);
    let long = format!("{header}.{}.{signature}", "A".repeat(16 * 1024));
    for (garbage, word) in [
        ("", "three parts"),
        (".", "three parts"),
        ("a.b.c.d", "three parts"),
        ("{\"payload\":\"\",\"signatures\":[]}", "three parts"),
        (&header, "three parts"),
        (&format!("{header}.{payload}"), "three parts"),
        (&format!("{token}."), "three parts"),
        (&format!(".{payload}.{signature}"), "header"),
        (&format!("!.{payload}.{signature}"), "header"),
        (&format!("{header}=.{payload}.{signature}"), "header"),
        (&format!("bnVsbA.{payload}.{signature}"), "not a JSON object"),
        (&format!("{twice}.{payload}.{signature}"), "occurs twice"),
        (&format!("{header}.{payload}.{signature}="), "signature"),
        (&format!("{header}.{payload}.{signature}\n"), "signature"),
        (&long, "more than 16384"),
    ] {
        match verify(garbage) {
            Err(TokenError::Malformed(why)) => assert!(why.contains(word), "{garbage}: {why}"),
            other => panic!("{garbage}: {other:?}"),
        }
    }
    let refused = unverified_issuer(&long).unwrap_err();
    assert!(matches!(refused, TokenError::Malformed(_)));
}
