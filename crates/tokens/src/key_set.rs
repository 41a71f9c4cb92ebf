use aws_lc_rs::digest::{SHA256, digest};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// The public half of an RSA signing key as a JSON Web Key (RFC 7517, RFC 7518 section 6.3.1), with
/// the members that Cognito publishes: `alg`, `e`, `kid`, `kty`, `n`, `use`.
///
/// Reading refuses another key type, algorithm or use, and members beyond these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Jwk {
    alg: Algorithm,
    pub(crate) e: String,
    pub(crate) kid: String,
    kty: KeyType,
    pub(crate) n: String,
    r#use: KeyUse,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum Algorithm {
    #[serde(rename = "RS256")]
    Rs256,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum KeyType {
    #[serde(rename = "RSA")]
    Rsa,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
enum KeyUse {
    #[serde(rename = "sig")]
    Signature,
}

impl Jwk {
    /// A key whose id is its thumbprint (RFC 7638), from its numbers in big-endian bytes.
    pub(crate) fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        let n = URL_SAFE_NO_PAD.encode(modulus);
        let e = URL_SAFE_NO_PAD.encode(exponent);
        let members = format!(r#"{{"e":"{e}","kty":"RSA","n":"{n}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, members.as_bytes()));
        Self { alg: Algorithm::Rs256, e, kid, kty: KeyType::Rsa, n, r#use: KeyUse::Signature }
    }

    /// The key's id, as tokens name it.
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.kid
    }
}

/// The keys an issuer publishes (RFC 7517 section 5): `/.well-known/jwks.json`.
///
/// Source: Cognito Developer Guide, *Verifying JSON web tokens*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct JwkSet {
    /// The keys, in any order.
    pub keys: Vec<Jwk>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_id_is_the_thumbprint_of_rfc_7638() {
        let n = "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6t\
                 Soc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v\
                 -65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08\
                 qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8\
                 awapJzKnqDKgw";
        let key = Jwk::new(&URL_SAFE_NO_PAD.decode(n).unwrap(), &[1, 0, 1]);
        assert_eq!(key.kid(), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
        assert_eq!(key.n, n);
    }

    #[test]
    fn a_key_set_has_the_members_that_cognito_publishes() {
        let set = JwkSet { keys: vec![Jwk::new(&[0xc0; 256], &[1, 0, 1])] };
        let json = serde_json::to_value(&set).unwrap();
        let key = &json["keys"][0];
        assert_eq!(
            (&key["kty"], &key["alg"], &key["use"], &key["e"]),
            (&"RSA".into(), &"RS256".into(), &"sig".into(), &"AQAB".into())
        );
        assert_eq!(key["kid"].as_str().unwrap().len(), 43);
        assert_eq!(key["n"].as_str().unwrap().len(), 342);
        assert_eq!(key.as_object().unwrap().len(), 6);
        assert_eq!(json.as_object().unwrap().len(), 1);
    }

    #[test]
    fn keys_of_another_kind_are_refused() {
        let json = serde_json::to_string(&Jwk::new(&[0xc0; 256], &[1, 0, 1])).unwrap();
        assert!(serde_json::from_str::<Jwk>(&json).is_ok());
        for (from, to) in [
            ("RS256", "HS256"),
            ("RS256", "none"),
            ("\"RSA\"", "\"oct\""),
            ("\"sig\"", "\"enc\""),
            ("\"e\":", "\"x\":1,\"e\":"),
            ("\"e\":", "\"kid\":\"again\",\"e\":"),
        ] {
            let other = json.replace(from, to);
            assert_ne!(other, json);
            assert!(serde_json::from_str::<Jwk>(&other).is_err(), "{to}");
        }
    }
}
