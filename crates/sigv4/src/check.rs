use std::fmt;

use jiff::SignedDuration;
use types::Timestamp;

use crate::{
    DeclarationError, PRESIGNED_SECONDS_MAX, PayloadDeclaration, Place, Presented, Seed,
    SigningKey,
    canonical::{PathForm, canonical_request, string_to_sign},
    time::basic_format,
};

/// What a service makes of a request's path and body when it is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// S3: the path is taken as sent and encoded once; the signature covers what
    /// `x-amz-content-sha256` declares, so that it can be checked before the body is read.
    S3,
    /// Every other service: the path is normalised and encoded twice; the signature covers the
    /// body, whose SHA-256 is given here.
    Other {
        /// The SHA-256 of the body that was received, empty or not.
        body_sha256: [u8; 32],
    },
}

impl Dialect {
    /// How long a presigned URL is good at most. Only S3's are made to be passed around; what other
    /// services take in a query is good as long as a token made of one is (`GetCallerIdentity`, as
    /// Amazon EKS uses it).
    fn lifetime_max(self) -> SignedDuration {
        match self {
            Self::S3 => SignedDuration::from_secs(i64::from(PRESIGNED_SECONDS_MAX)),
            Self::Other { .. } => SignedDuration::from_mins(15),
        }
    }

    fn path_form(self) -> PathForm {
        match self {
            Self::S3 => PathForm::AsSent,
            Self::Other { .. } => PathForm::Normalized,
        }
    }
}

/// A request whose signature was right. Only [`Presented::check`] makes it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Accepted {
    /// What the body must prove to be.
    pub payload: PayloadDeclaration,
    /// From which the signatures of chunks are checked.
    pub seed: Seed,
}

/// Why a signature is not accepted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// `host`, an `x-amz-*` header or the date that was used is not among the signed headers.
    #[error("the header {name:?} is in the request but was not signed")]
    HeaderNotSigned {
        /// Its name, lower case.
        name: String,
    },
    /// A header was signed that is not in the request.
    #[error("the header {name:?} was signed but is not in the request")]
    SignedHeaderMissing {
        /// Its name, lower case.
        name: String,
    },
    /// The scope is for another day than the signature's time.
    #[error("the credential scope is for {scope}, but the request was signed at {signed_at}")]
    ScopeDate {
        /// The scope's day, `YYYYMMDD`.
        scope: String,
        /// When the request says it was signed.
        signed_at: Timestamp,
    },
    /// The request was signed too long ago or in the future. The text is AWS's.
    #[error("{}", window_text(*signed_at, *now, *window))]
    OutsideWindow {
        /// When the request says it was signed.
        signed_at: Timestamp,
        /// The time here.
        now: Timestamp,
        /// How far the two may be apart.
        window: SignedDuration,
    },
    /// A presigned URL is past its time.
    #[error("the presigned URL expired at {expires_at}; it is now {now}")]
    Expired {
        /// When it was signed.
        signed_at: Timestamp,
        /// When it ceased to be good.
        expires_at: Timestamp,
        /// The time here.
        now: Timestamp,
    },
    /// S3: a request signed by header does not say what its body is.
    #[error("the header x-amz-content-sha256 is required in a request signed for S3")]
    PayloadNotDeclared,
    /// S3: what it says about its body is not readable.
    #[error(transparent)]
    Declaration(#[from] DeclarationError),
    /// The signature is not the one that the secret makes of this request.
    #[error(
        "the signature is not what the secret access key and this request give; \
         check the key and how the request is signed"
    )]
    Mismatch(Box<Mismatch>),
}

/// What the signature should have been made of; S3 answers it to the caller.
///
/// It can hold a session token (in a header or the query), so it is not for logs and prints nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    /// The canonical request.
    pub canonical_request: Vec<u8>,
    /// The string to sign.
    pub string_to_sign: String,
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mismatch(…)")
    }
}

impl Presented<'_> {
    /// Checks the signature with the key that belongs to the presented access key id and scope.
    ///
    /// A request signed by header is good while it and `now` are at most `window` apart (AWS: 5
    /// minutes, S3 15); a presigned one until its lifetime has passed, and not more than `window`
    /// before it was signed, as clocks differ.
    ///
    /// # Errors
    /// See [`SignatureError`]. Every condition is checked before the signature itself, so that an
    /// error never tells more than the request did.
    pub fn check(
        &self,
        key: &SigningKey,
        dialect: Dialect,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<Accepted, SignatureError> {
        self.check_signed_headers()?;
        self.check_time(dialect, window, now)?;
        let payload = match dialect {
            Dialect::S3 => self.declared_payload()?,
            Dialect::Other { body_sha256 } => PayloadDeclaration::Sha256(body_sha256),
        };
        let canonical_request = canonical_request(
            &self.request,
            dialect.path_form(),
            &self.signed_headers,
            &payload.to_string(),
        );
        let string_to_sign = string_to_sign(self.signed_at, &self.scope, &canonical_request);
        if key.sign(string_to_sign.as_bytes()) != self.signature {
            return Err(SignatureError::Mismatch(Box::new(Mismatch {
                canonical_request,
                string_to_sign,
            })));
        }
        Ok(Accepted {
            payload,
            seed: Seed::new(key.clone(), self.signed_at, &self.scope, self.signature),
        })
    }

    fn check_signed_headers(&self) -> Result<(), SignatureError> {
        let is_signed = |name: &str| self.signed_headers().any(|n| n.eq_ignore_ascii_case(name));
        let must_be_signed = |name: &str| {
            name.eq_ignore_ascii_case("host")
                || name.get(..6).is_some_and(|start| start.eq_ignore_ascii_case("x-amz-"))
                || (self.time_is_date_header && name.eq_ignore_ascii_case("date"))
        };
        let sent = self.request.headers.iter().map(|(name, _)| *name);
        if let Some(name) = sent.clone().find(|name| must_be_signed(name) && !is_signed(name)) {
            return Err(SignatureError::HeaderNotSigned { name: name.to_ascii_lowercase() });
        }
        if !is_signed("host") {
            return Err(SignatureError::HeaderNotSigned { name: "host".to_owned() });
        }
        let is_sent = |name: &str| sent.clone().any(|own| own.eq_ignore_ascii_case(name));
        match self.signed_headers().find(|name| !is_sent(name)) {
            Some(name) => Err(SignatureError::SignedHeaderMissing { name: name.to_owned() }),
            None => Ok(()),
        }
    }

    fn check_time(
        &self,
        dialect: Dialect,
        window: SignedDuration,
        now: Timestamp,
    ) -> Result<(), SignatureError> {
        let signed_at = self.signed_at;
        if !basic_format(signed_at).starts_with(self.scope.date()) {
            let scope = self.scope.date().to_owned();
            return Err(SignatureError::ScopeDate { scope, signed_at });
        }
        let age = now.duration_since(signed_at);
        let outside = SignatureError::OutsideWindow { signed_at, now, window };
        match self.lifetime.map(|lifetime| lifetime.min(dialect.lifetime_max())) {
            _ if age < -window => Err(outside),
            Some(lifetime) if age >= lifetime => Err(SignatureError::Expired {
                signed_at,
                expires_at: signed_at.saturating_add(lifetime).unwrap_or(Timestamp::MAX),
                now,
            }),
            None if age > window => Err(outside),
            _ => Ok(()),
        }
    }

    fn declared_payload(&self) -> Result<PayloadDeclaration, SignatureError> {
        let header = PayloadDeclaration::from_headers(&self.request)?;
        match self.place {
            Place::Header => header.ok_or(SignatureError::PayloadNotDeclared),
            Place::Query => Ok(match header {
                Some(declaration) => declaration,
                None => PayloadDeclaration::from_query(&self.request)?
                    .unwrap_or(PayloadDeclaration::Unsigned),
            }),
        }
    }
}

/// As AWS says it: `aws-amplify/amplify-js#7913` quotes both.
fn window_text(signed_at: Timestamp, now: Timestamp, window: SignedDuration) -> String {
    let minutes = window.as_secs() / 60;
    let (signed, here) = (basic_format(signed_at), basic_format(now));
    if signed_at < now {
        let limit = basic_format(now.saturating_sub(window).unwrap_or(Timestamp::MIN));
        format!("Signature expired: {signed} is now earlier than {limit} ({here} - {minutes} min.)")
    } else {
        let limit = basic_format(now.saturating_add(window).unwrap_or(Timestamp::MAX));
        format!(
            "Signature not yet current: {signed} is still later than {limit} ({here} + {minutes} min.)"
        )
    }
}
