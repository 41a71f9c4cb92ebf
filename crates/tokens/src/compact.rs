//! The compact serialisation of RFC 7515: header, payload and signature, in base64url.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Serialize;
use serde_json::{Map, Value};

use crate::{PublicKey, SigningKey, TokenError, json};

/// The longest token that is issued or taken.
pub const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Why a token cannot be issued.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignError {
    /// The claims are not a JSON object in which every name occurs once: an attribute has the name
    /// of one of the token's own claims.
    #[error("the claims cannot be a token's: {0}")]
    Claims(String),
    /// The token would not be taken anywhere.
    #[error("the token would have {bytes} bytes, more than {TOKEN_BYTES_MAX}")]
    TooLong {
        /// Of the token.
        bytes: usize,
    },
    /// The cryptographic library failed.
    #[error("the cryptographic library could not sign")]
    Cryptography,
}

#[derive(Serialize)]
struct Header<'a> {
    kid: &'a str,
    alg: &'static str,
}

/// Issues a token: the claims, signed with RS256, under a header of `kid` and `alg` as Cognito's.
///
/// Takes about 0.35 ms of CPU.
///
/// # Errors
/// What is wrong with the claims.
pub fn sign(key: &SigningKey, claims: &impl Serialize) -> Result<String, SignError> {
    let wrong = |error: serde_json::Error| SignError::Claims(error.to_string());
    let header = serde_json::to_vec(&Header { kid: key.jwk().kid(), alg: "RS256" });
    let payload = serde_json::to_vec(claims).map_err(wrong)?;
    // Other readers would take one of two claims of the same name; we would refuse the token.
    json::object(&payload).map_err(SignError::Claims)?;
    let mut token = URL_SAFE_NO_PAD.encode(header.map_err(wrong)?);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = key.sign(token.as_bytes()).ok_or(SignError::Cryptography)?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    if token.len() > TOKEN_BYTES_MAX {
        return Err(SignError::TooLong { bytes: token.len() });
    }
    Ok(token)
}

/// The claims of a token that one of `keys` signed. Nothing else about them is checked.
pub(crate) fn authenticate(
    token: &str,
    keys: &[PublicKey],
) -> Result<Map<String, Value>, TokenError> {
    let parts = Parts::of(token)?;
    let header = part("header", parts.header)?;
    let header = json::object(&header).map_err(|why| malformed("header", &why))?;
    // Exactly the header that `sign` writes. So `none` and HS256 are refused by name, and with them
    // every other way to let the token choose how it is checked: crit, jku, jwk, x5u, x5c, typ …
    if header.len() != 2 || header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(TokenError::Unverified);
    }
    let kid = header.get("kid").and_then(Value::as_str).ok_or(TokenError::Unverified)?;
    let key = keys.iter().find(|key| key.jwk().kid() == kid).ok_or(TokenError::Unverified)?;
    let signature = part("signature", parts.signature)?;
    if !key.signed(parts.signed.as_bytes(), &signature) {
        return Err(TokenError::Unverified);
    }
    unverified_claims(token)
}

/// The claims as written, by whomever.
pub(crate) fn unverified_claims(token: &str) -> Result<Map<String, Value>, TokenError> {
    let payload = part("payload", Parts::of(token)?.payload)?;
    json::object(&payload).map_err(|why| malformed("payload", &why))
}

struct Parts<'a> {
    header: &'a str,
    payload: &'a str,
    signature: &'a str,
    /// Header and payload with the full stop between them.
    signed: &'a str,
}

impl<'a> Parts<'a> {
    fn of(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > TOKEN_BYTES_MAX {
            let why = format!("it has {} bytes, more than {TOKEN_BYTES_MAX}", token.len());
            return Err(TokenError::Malformed(why));
        }
        let parts = || {
            let (signed, signature) = token.rsplit_once('.')?;
            let (header, payload) = signed.split_once('.')?;
            let whole = !payload.contains('.');
            whole.then_some(Self { header, payload, signature, signed })
        };
        parts().ok_or_else(|| {
            TokenError::Malformed("it does not have three parts with a '.' between".to_owned())
        })
    }
}

fn part(name: &str, text: &str) -> Result<Vec<u8>, TokenError> {
    // This engine refuses padding, and a last character with bits that mean nothing.
    URL_SAFE_NO_PAD.decode(text).map_err(|why| malformed(name, &why.to_string()))
}

fn malformed(name: &str, why: &str) -> TokenError {
    TokenError::Malformed(format!("its {name} cannot be read: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Jwk;

    /// RFC 7515 appendix A.2: the key, and a token whose header has no `kid`.
    const VECTOR_N: &str = "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZS-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcDTW9gb54h4FRWyuXpoQ";
    const VECTOR: &str = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ.cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CUAr7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_dO--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0igcN_IoypGlUPQGe77Rw";

    #[test]
    fn the_example_of_rfc_7515_has_a_good_signature_and_no_key_id() {
        let jwk = Jwk::new(&URL_SAFE_NO_PAD.decode(VECTOR_N).unwrap(), &[1, 0, 1]);
        let key = PublicKey::from_jwk(&jwk).unwrap();
        let parts = Parts::of(VECTOR).unwrap();
        let mut signature = part("signature", parts.signature).unwrap();
        assert!(key.signed(parts.signed.as_bytes(), &signature));
        signature[255] ^= 1;
        assert!(!key.signed(parts.signed.as_bytes(), &signature));
        assert_eq!(unverified_claims(VECTOR).unwrap()["iss"], "joe");
        assert_eq!(authenticate(VECTOR, &[key]), Err(TokenError::Unverified));
    }
}
