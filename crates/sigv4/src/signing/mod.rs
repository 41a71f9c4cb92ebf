//! The other side: signing what this crate checks, for clients and tests.

mod chunk_encoder;

use std::{collections::BTreeSet, fmt};

use types::{Region, SecretString, Timestamp};

pub use self::chunk_encoder::ChunkEncoder;
use crate::{
    CredentialScope, PRESIGNED_SECONDS_MAX, PayloadDeclaration, Request, Seed, Signature,
    SigningKey,
    canonical::{PathForm, canonical_request, string_to_sign},
    encoding::percent_encode,
    key::sha256,
    presented::ALGORITHM,
    time::basic_format,
};

/// Headers that what lies between client and server may change, so they are not signed.
const NEVER_SIGNED: [&str; 6] =
    ["authorization", "connection", "expect", "transfer-encoding", "user-agent", "x-amzn-trace-id"];

/// What a caller signs with.
#[derive(Debug, Clone, Copy)]
pub struct Credentials<'a> {
    /// The access key id.
    pub access_key_id: &'a str,
    /// The secret access key.
    pub secret_access_key: &'a SecretString,
    /// The session token, if the key is temporary.
    pub session_token: Option<&'a str>,
}

/// Signs requests to one service, in one region, at one moment.
pub struct Signer<'a> {
    credentials: Credentials<'a>,
    scope: CredentialScope,
    now: Timestamp,
    key: SigningKey,
}

/// What makes a request a signed one.
pub struct SignedHeaders {
    /// Names (lower case) and values of the headers to set, in the place of any of that name.
    pub headers: Vec<(&'static str, String)>,
    /// From which the chunks of the body are signed.
    pub seed: Seed,
}

/// A lifetime that a presigned URL cannot have.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("a presigned URL lives 1 to {PRESIGNED_SECONDS_MAX} seconds, not {seconds}")]
pub struct LifetimeError {
    seconds: u32,
}

impl<'a> Signer<'a> {
    /// A signer for the service with the signing name `service`, such as `s3`.
    #[must_use]
    pub fn new(
        credentials: Credentials<'a>,
        region: &Region,
        service: &str,
        now: Timestamp,
    ) -> Self {
        let scope = CredentialScope::new(now, region, service);
        let key = SigningKey::derive(credentials.secret_access_key, &scope);
        Self { credentials, scope, now, key }
    }

    /// Signs by header. The request has all its other headers, `host` among them; its path and
    /// query are as they will be sent. Only S3 takes a `payload` other than the body's SHA-256.
    #[must_use]
    pub fn sign_headers(
        &self,
        request: &Request<'_>,
        payload: PayloadDeclaration,
    ) -> SignedHeaders {
        let mut headers = vec![("x-amz-date", basic_format(self.now))];
        if self.is_s3() {
            headers.push(("x-amz-content-sha256", payload.to_string()));
        }
        if let Some(token) = self.credentials.session_token {
            headers.push(("x-amz-security-token", token.to_owned()));
        }
        let is_set = |name: &str| headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name));
        let mut all: Vec<(&str, &[u8])> =
            request.headers.iter().filter(|(name, _)| !is_set(name)).copied().collect();
        all.extend(headers.iter().map(|(name, value)| (*name, value.as_bytes())));
        let request = Request { headers: &all, ..*request };
        let names = signed_names(&all);
        let signature = self.signature(&request, &names, &payload.to_string());
        let id = self.credentials.access_key_id;
        let authorization = format!(
            "{ALGORITHM} Credential={id}/{}, SignedHeaders={names}, Signature={signature}",
            self.scope
        );
        headers.push(("authorization", authorization));
        let seed = Seed::new(self.key.clone(), self.now, &self.scope, signature);
        SignedHeaders { headers, seed }
    }

    /// Signs by query: gives the whole query, without `?`, of a URL that is good from now for so
    /// many seconds. The headers given, `host` among them, have to be sent with it as they are.
    ///
    /// To S3 any body may be sent with it, to other services none.
    ///
    /// # Errors
    /// For a lifetime of zero or more than seven days.
    pub fn presign(&self, request: &Request<'_>, seconds: u32) -> Result<String, LifetimeError> {
        if !(1..=PRESIGNED_SECONDS_MAX).contains(&seconds) {
            return Err(LifetimeError { seconds });
        }
        let names = signed_names(request.headers);
        let credential = format!("{}/{}", self.credentials.access_key_id, self.scope);
        let mut query = request.query.to_owned();
        append(&mut query, "X-Amz-Algorithm", ALGORITHM);
        append(&mut query, "X-Amz-Credential", &credential);
        append(&mut query, "X-Amz-Date", &basic_format(self.now));
        append(&mut query, "X-Amz-Expires", &seconds.to_string());
        append(&mut query, "X-Amz-SignedHeaders", &names);
        if let Some(token) = self.credentials.session_token {
            append(&mut query, "X-Amz-Security-Token", token);
        }
        let payload = if self.is_s3() {
            PayloadDeclaration::Unsigned
        } else {
            PayloadDeclaration::Sha256(sha256(b""))
        };
        let request = Request { query: &query, ..*request };
        let signature = self.signature(&request, &names, &payload.to_string());
        append(&mut query, "X-Amz-Signature", &signature.to_string());
        Ok(query)
    }

    fn is_s3(&self) -> bool {
        self.scope.service() == "s3"
    }

    fn signature(&self, request: &Request<'_>, names: &str, payload: &str) -> Signature {
        let form = if self.is_s3() { PathForm::AsSent } else { PathForm::Normalized };
        let canonical = canonical_request(request, form, names, payload);
        self.key.sign(string_to_sign(self.now, &self.scope, &canonical).as_bytes())
    }
}

impl fmt::Debug for Signer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Signer").field("scope", &self.scope).finish_non_exhaustive()
    }
}

/// The names to sign, lower case, ascending, with `;` between.
fn signed_names(headers: &[(&str, &[u8])]) -> String {
    let names: BTreeSet<String> = headers
        .iter()
        .map(|(name, _)| name.to_ascii_lowercase())
        .filter(|name| !NEVER_SIGNED.contains(&name.as_str()))
        .collect();
    names.into_iter().collect::<Vec<_>>().join(";")
}

fn append(query: &mut String, name: &str, value: &str) {
    if !query.is_empty() {
        query.push('&');
    }
    let mut encoded = Vec::new();
    percent_encode(&mut encoded, value.as_bytes());
    query.extend([name, "=", &String::from_utf8_lossy(&encoded)]);
}
