//! Tokens that our key did not sign as they are (RFC 8725 section 2), each beside one that it did.

use aws_lc_rs::hmac;
use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use serde_json::{Value, json};
use tokens::{SigningKey, TokenError, sign, verify_id_token};

use crate::{CLIENT, ISSUER, OURS, THEIRS, decode, encode, id_claims, keys, now, parts};

fn verify(token: &str) -> Result<(), TokenError> {
    verify_id_token(token, &keys(), ISSUER, &[CLIENT], now()).map(drop)
}

fn good() -> String {
    let token = sign(&OURS, &id_claims()).unwrap();
    assert_eq!(verify(&token), Ok(()));
    token
}

/// A header that is really signed by `key`, so that nothing but the header can be the reason.
fn signed_under(header: &Value, key: &SigningKey) -> String {
    let [_, payload, _] = parts(&good());
    let message = format!("{}.{payload}", encode(header.to_string()));
    let pair = aws_lc_rs::signature::RsaKeyPair::from_pkcs8(key.to_pkcs8().unwrap().expose());
    let mut signature = [0; 256];
    let chance = aws_lc_rs::rand::SystemRandom::new();
    let padding = &aws_lc_rs::signature::RSA_PKCS1_SHA256;
    pair.unwrap().sign(padding, &chance, message.as_bytes(), &mut signature).unwrap();
    format!("{message}.{}", encode(signature))
}

fn kid() -> &'static str {
    OURS.jwk().kid()
}

#[test]
fn a_header_of_exactly_alg_and_kid_is_taken() {
    assert_eq!(verify(&signed_under(&json!({"alg": "RS256", "kid": kid()}), &OURS)), Ok(()));
}

#[test]
fn another_algorithm_is_refused_even_under_a_good_signature() {
    for alg in ["none", "None", "NONE", "", "HS256", "RS384", "RS512", "PS256", "ES256", "rs256"] {
        let token = signed_under(&json!({"alg": alg, "kid": kid()}), &OURS);
        assert_eq!(verify(&token), Err(TokenError::Unverified), "{alg}");
        let [header, payload, _] = parts(&token);
        for unsigned in [format!("{header}.{payload}."), format!("{header}.{payload}.AAAA")] {
            assert_eq!(verify(&unsigned), Err(TokenError::Unverified), "{alg}");
        }
    }
    for header in [json!({"kid": kid()}), json!({"alg": 1, "kid": kid()}), json!({})] {
        assert_eq!(verify(&signed_under(&header, &OURS)), Err(TokenError::Unverified));
    }
}

#[test]
fn hs256_signed_with_the_public_key_is_refused_in_every_form_of_that_key() {
    let jwk = serde_json::to_string(OURS.jwk()).unwrap();
    let members: Value = serde_json::from_str(&jwk).unwrap();
    let modulus = decode(members["n"].as_str().unwrap());
    let spki = subject_public_key_info(&modulus);
    let lines: Vec<_> = STANDARD.encode(&spki).into_bytes();
    let lines: Vec<_> = lines.chunks(64).map(|line| str::from_utf8(line).unwrap()).collect();
    let pem =
        format!("-----BEGIN PUBLIC KEY-----\n{}\n-----END PUBLIC KEY-----\n", lines.join("\n"));
    let [_, payload, _] = parts(&good());
    let secrets = [pem.as_bytes(), pem.trim_end().as_bytes(), jwk.as_bytes(), &spki, &modulus];
    for secret in secrets {
        for alg in ["HS256", "RS256"] {
            let header = json!({"alg": alg, "kid": kid()}).to_string();
            let message = format!("{}.{payload}", encode(header));
            let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
            let token = format!("{message}.{}", encode(hmac::sign(&key, message.as_bytes())));
            assert_eq!(verify(&token), Err(TokenError::Unverified), "{alg}");
        }
    }
}

/// RFC 5280: what a PEM file of an RSA-2048 key with exponent 65537 holds.
fn subject_public_key_info(modulus: &[u8]) -> Vec<u8> {
    let start = "30820122300d06092a864886f70d01010105000382010f003082010a0282010100";
    let start: Vec<_> =
        start.as_bytes().chunks(2).map(|byte| str::from_utf8(byte).unwrap()).collect();
    let start: Vec<_> = start.iter().map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
    let info = [start.as_slice(), modulus, &[2, 3, 1, 0, 1]].concat();
    // The library takes it, so the forgery below uses what a real client would have.
    let algorithm = &aws_lc_rs::signature::RSA_PKCS1_2048_8192_SHA256;
    assert!(aws_lc_rs::signature::ParsedPublicKey::new(algorithm, &info).is_ok());
    info
}

#[test]
fn a_token_that_brings_or_names_its_own_key_is_refused() {
    let theirs = serde_json::to_value(THEIRS.jwk()).unwrap();
    for (member, value) in [
        ("jwk", theirs.clone()),
        ("jku", json!("https://example.com/jwks.json")),
        ("x5u", json!("https://example.com/certificate.pem")),
        ("x5c", json!(["MIIB"])),
        ("x5t", json!("AAAA")),
        ("x5t#S256", json!("AAAA")),
        ("crit", json!(["exp"])),
        ("crit", json!([])),
        ("b64", json!(false)),
        ("zip", json!("DEF")),
        ("typ", json!("at+jwt")),
    ] {
        for (key, name) in [(&THEIRS, THEIRS.jwk().kid()), (&THEIRS, kid()), (&OURS, kid())] {
            let mut header = json!({"alg": "RS256", "kid": name});
            header[member] = value.clone();
            assert_eq!(
                verify(&signed_under(&header, key)),
                Err(TokenError::Unverified),
                "{member}"
            );
        }
    }
}

#[test]
fn an_unknown_absent_or_foreign_key_is_refused() {
    let theirs = sign(&THEIRS, &id_claims()).unwrap();
    assert_eq!(verify(&theirs), Err(TokenError::Unverified));
    for header in [
        json!({"alg": "RS256"}),
        json!({"alg": "RS256", "kid": ""}),
        json!({"alg": "RS256", "kid": null}),
        json!({"alg": "RS256", "kid": [kid()]}),
        json!({"alg": "RS256", "kid": kid().to_lowercase()}),
        json!({"alg": "RS256", "kid": format!("{} ", kid())}),
        json!({"alg": "RS256", "kid": THEIRS.jwk().kid()}),
        json!({"alg": "RS256", "kid": "../../jwks.json"}),
    ] {
        assert_eq!(verify(&signed_under(&header, &OURS)), Err(TokenError::Unverified), "{header}");
    }
    // Their signature under our key's id, and our token where no key is known.
    let header = json!({"alg": "RS256", "kid": kid()});
    assert_eq!(verify(&signed_under(&header, &THEIRS)), Err(TokenError::Unverified));
    let refused = verify_id_token(&good(), &[], ISSUER, &[CLIENT], now()).map(drop);
    assert_eq!(refused, Err(TokenError::Unverified));
}

#[test]
fn an_altered_payload_is_refused() {
    let [header, payload, signature] = parts(&good());
    let text = String::from_utf8(decode(&payload)).unwrap();
    for (from, to) in [
        ("\"admin\"", "\"root\""),
        ("708677289502", "708677289508"),
        ("1790003600", "1890003600"),
        ("\"token_use\":\"id\"", "\"token_use\":\"access\""),
        ("{", "{ "),
    ] {
        let altered = text.replacen(from, to, 1);
        assert_ne!(altered, text, "{from}");
        let token = format!("{header}.{}.{signature}", encode(altered));
        assert_eq!(verify(&token), Err(TokenError::Unverified), "{to}");
    }
    let spaced = encode(json!({"alg": "RS256", "kid": kid()}).to_string() + " ");
    let token = format!("{spaced}.{payload}.{signature}");
    assert_eq!(verify(&token), Err(TokenError::Unverified));
}

#[test]
fn every_character_of_a_token_matters() {
    let token = good();
    for position in 0..token.len() {
        for other in ["A", "_", "=", "+", " ", ".", "\n", ""] {
            let mut altered = token.clone();
            altered.replace_range(position..=position, other);
            if altered != token {
                let refused = verify(&altered).unwrap_err();
                let expected = [
                    matches!(refused, TokenError::Malformed(_)),
                    refused == TokenError::Unverified,
                ];
                assert!(expected.contains(&true), "{position} {other:?}: {refused:?}");
            }
        }
    }
}

#[test]
fn every_bit_of_the_signature_matters() {
    let [header, payload, signature] = parts(&good());
    let signature = decode(&signature);
    for position in 0..signature.len() * 8 {
        let mut altered = signature.clone();
        altered[position / 8] ^= 1 << (position % 8);
        let token = format!("{header}.{payload}.{}", encode(altered));
        assert_eq!(verify(&token), Err(TokenError::Unverified), "bit {position}");
    }
    for altered in [&signature[1..], &signature[..255], &[signature.as_slice(), &[0]].concat()] {
        let token = format!("{header}.{payload}.{}", encode(altered));
        assert_eq!(verify(&token), Err(TokenError::Unverified));
    }
}

proptest! {
    #[test]
    fn no_text_is_believed_or_panics(
        text in any::<String>(),
        parts in proptest::collection::vec("[A-Za-z0-9_-]{0,60}", 0..5),
        header in any::<Vec<u8>>(),
    ) {
        for token in [text, parts.join("."), format!("{}.e30.", encode(header))] {
            prop_assert!(verify(&token).is_err());
        }
    }
}
