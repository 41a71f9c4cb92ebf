//! Keys: made, stored, published, and never shown.

use aws_lc_rs::{
    encoding::AsDer,
    rsa::KeySize,
    signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, RsaKeyPair},
};
use serde_json::json;
use tokens::{Jwk, JwkSet, KeyError, PublicKey, SigningKey, sign, verify_access_token};
use types::SecretBytes;

use crate::{ISSUER, OURS, THEIRS, access_claims, encode, now, public};

#[test]
fn a_key_that_was_stored_signs_as_before() {
    let stored = OURS.to_pkcs8().unwrap();
    let read = SigningKey::from_pkcs8(&stored).unwrap();
    assert_eq!(read.jwk(), OURS.jwk());
    // RSASSA-PKCS1-v1_5 uses no chance, so the tokens are the same to the byte.
    let claims = access_claims();
    assert_eq!(sign(&read, &claims).unwrap(), sign(&OURS, &claims).unwrap());
    assert_ne!(OURS.jwk().kid(), THEIRS.jwk().kid());
}

#[test]
fn a_published_key_checks_what_its_private_half_signed() {
    let set = JwkSet { keys: vec![THEIRS.jwk().clone(), OURS.jwk().clone()] };
    let json = serde_json::to_value(&set).unwrap();
    let keys: Vec<Jwk> = serde_json::from_value(json["keys"].clone()).unwrap();
    let keys: Vec<_> = keys.iter().map(|key| PublicKey::from_jwk(key).unwrap()).collect();
    assert_eq!(keys[1].jwk(), OURS.jwk());
    let token = sign(&OURS, &access_claims()).unwrap();
    assert!(verify_access_token(&token, &keys, ISSUER, now()).is_ok());
    assert!(verify_access_token(&token, &keys[..1], ISSUER, now()).is_err());
}

#[test]
fn what_is_not_an_rsa_2048_key_is_refused() {
    let pkcs8 = OURS.to_pkcs8().unwrap();
    let der = pkcs8.expose();
    let larger = RsaKeyPair::generate(KeySize::Rsa3072).unwrap().as_der().unwrap();
    let curve = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_ASN1_SIGNING).unwrap();
    let curve = curve.to_pkcs8v1().unwrap();
    for bytes in [b"", b"0".as_slice(), &der[..der.len() - 1], larger.as_ref(), curve.as_ref()] {
        let refused = SigningKey::from_pkcs8(&SecretBytes::new(bytes.to_vec())).unwrap_err();
        assert_eq!(refused, KeyError::NotPkcs8);
    }
    let jwk = serde_json::to_value(OURS.jwk()).unwrap();
    for (member, value) in [
        ("n", String::new()),
        ("n", "!".to_owned()),
        ("n", encode([0xc1; 128])),
        ("n", encode([0xc1; 257])),
        ("n", encode([[0; 1].as_slice(), &[0xc1; 255]].concat())),
        ("e", String::new()),
        ("e", encode([0, 1, 0, 1])),
        ("e", encode([0xff; 6])),
        ("e", "AQAB=".to_owned()),
    ] {
        let mut jwk = jwk.clone();
        jwk[member] = json!(value);
        let jwk: Jwk = serde_json::from_value(jwk).unwrap();
        assert_eq!(
            PublicKey::from_jwk(&jwk).unwrap_err(),
            KeyError::NotPublicKey,
            "{member} {value}"
        );
    }
}

#[test]
fn nothing_printed_contains_a_private_key() {
    let pkcs8 = OURS.to_pkcs8().unwrap();
    let printed = format!("{:?} {:?} {pkcs8:?}", *OURS, public(&OURS));
    let kid = OURS.jwk().kid();
    assert_eq!(printed, format!("SigningKey({kid}) PublicKey({kid}) Secret(…)"));
}
