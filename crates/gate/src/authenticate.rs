//! Who asks: from the signature to the principal.

use http::HeaderMap;
use session::OpenError;
use sigv4::{
    CredentialScope, Dialect, Expectations, Payload, PayloadDeclaration, PayloadError, Place,
    Presented, PresentedError, Seed, SignatureError, SigningKey,
};
use types::{AccessKeyId, Region, SecretString, SignedDuration, Timestamp};
use wire::{OperationId, Service};

use crate::{Gate, Principal, SignatureKind};

/// How far a request's time may be from ours (IAM User Guide, *Signing AWS API requests*).
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// The same at S3 (S3 API Reference, *Error responses*, `RequestTimeTooSkewed`).
const WINDOW_OF_S3: SignedDuration = SignedDuration::from_mins(15);

/// A request's head as it was sent.
pub(crate) struct Head<'a> {
    pub(crate) service: Service,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    fn headers(&self) -> Vec<(&'a str, &'a [u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    fn request<'h>(&self, headers: &'h [(&'h str, &'h [u8])]) -> sigv4::Request<'h>
    where
        'a: 'h,
    {
        sigv4::Request { method: self.method, path: self.path, query: self.query, headers }
    }

    /// What reads the body and holds it to what was signed and announced.
    pub(crate) fn payload(
        &self,
        operation: OperationId,
        declaration: PayloadDeclaration,
        seed: Option<Seed>,
    ) -> Result<Payload, PayloadError> {
        let mut headers = self.headers();
        if operation == OperationId::S3CompleteMultipartUpload {
            // There the checksum is the object's, and not that of the list of its parts.
            headers.retain(|(name, _)| !name.starts_with("x-amz-checksum-"));
        }
        let expectations = Expectations::from_request(&self.request(&headers))?;
        Payload::new(declaration, seed, expectations)
    }
}

/// Who asks, and what the body must prove to be.
pub(crate) struct Authenticated {
    pub(crate) principal: Principal,
    pub(crate) access_key_id: Option<AccessKeyId>,
    pub(crate) region: Option<Region>,
    pub(crate) signature: SignatureKind,
    pub(crate) signed_at: Option<Timestamp>,
    pub(crate) payload: PayloadDeclaration,
    pub(crate) seed: Option<Seed>,
}

impl Authenticated {
    /// Nobody, with a body about which nothing was signed.
    pub(crate) fn anonymous(payload: PayloadDeclaration) -> Self {
        Self {
            principal: Principal::Anonymous,
            access_key_id: None,
            region: None,
            signature: SignatureKind::None,
            signed_at: None,
            payload,
            seed: None,
        }
    }
}

/// Why a request is not from who it says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthenticationError {
    #[error("the request is not signed")]
    Unsigned,
    #[error(transparent)]
    Unreadable(#[from] PresentedError),
    #[error("the credential is scoped to the service {found:?}, this is {expected:?}")]
    Scope { expected: &'static str, found: String },
    #[error("the access key id is not known here, or no longer good")]
    UnknownAccessKey,
    #[error("a temporary access key needs its session token")]
    TokenMissing,
    #[error(transparent)]
    Session(#[from] OpenError),
    #[error(transparent)]
    Signature(#[from] SignatureError),
    #[error("the unsigned request declares an unreadable body: {0}")]
    Declaration(#[from] sigv4::DeclarationError),
    #[error("the directory does not answer: {0}")]
    Directory(#[from] directory::Error),
}

impl Gate {
    /// Checks the signature and finds its principal. At S3 an unsigned request is anonymous.
    pub(crate) async fn authenticate(
        &self,
        head: &Head<'_>,
        body_sha256: Option<[u8; 32]>,
    ) -> Result<Authenticated, AuthenticationError> {
        let headers = head.headers();
        let request = head.request(&headers);
        let Some(presented) = Presented::from_request(&request)? else {
            if head.service != Service::S3 {
                return Err(AuthenticationError::Unsigned);
            }
            let payload = PayloadDeclaration::from_headers(&request)?;
            return Ok(Authenticated::anonymous(payload.unwrap_or(PayloadDeclaration::Unsigned)));
        };
        let scope = presented.scope();
        check_scope(head.service, scope)?;
        let access_key_id: AccessKeyId =
            presented.access_key_id().parse().map_err(|_| AuthenticationError::UnknownAccessKey)?;
        let now = self.now();
        let (principal, secret) =
            self.principal_of(&access_key_id, presented.session_token(), now).await?;
        let (dialect, window) = match body_sha256 {
            None => (Dialect::S3, WINDOW_OF_S3),
            Some(body_sha256) => (Dialect::Other { body_sha256 }, WINDOW),
        };
        let key = SigningKey::derive(&secret, scope);
        let accepted = presented.check(&key, dialect, window, now)?;
        if matches!(principal, Principal::User(_)) {
            self.access_key_used(&access_key_id, scope.service(), scope.region().as_str()).await;
        }
        Ok(Authenticated {
            principal,
            access_key_id: Some(access_key_id),
            region: Some(scope.region().clone()),
            signature: match presented.place() {
                Place::Header => SignatureKind::Header,
                Place::Query => SignatureKind::Query,
            },
            signed_at: Some(presented.signed_at()),
            payload: accepted.payload,
            seed: Some(accepted.seed),
        })
    }

    async fn principal_of(
        &self,
        access_key_id: &AccessKeyId,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<(Principal, SecretString), AuthenticationError> {
        if !access_key_id.is_temporary() {
            // A session token goes with no long-term key.
            if session_token.is_some() {
                return Err(AuthenticationError::UnknownAccessKey);
            }
            return match self.0.parts.accounts.root(access_key_id) {
                Some(root) => Ok((Principal::Root(root.account), root.secret_access_key.clone())),
                None => self.user_of_access_key(access_key_id).await,
            };
        }
        let token = session_token.ok_or(AuthenticationError::TokenMissing)?;
        let (session, secret) = self.0.parts.ring.open_session(access_key_id, token, now)?;
        // A session is worth what its role or user is worth now.
        if self.session_policies(&session).await?.is_none() {
            return Err(AuthenticationError::UnknownAccessKey);
        }
        Ok((Principal::Session(Box::new(session)), secret))
    }
}

fn check_scope(service: Service, scope: &CredentialScope) -> Result<(), AuthenticationError> {
    if scope.service() == service.signing_name() {
        return Ok(());
    }
    Err(AuthenticationError::Scope {
        expected: service.signing_name(),
        found: scope.service().to_owned(),
    })
}
