//! Who asks: from the signature to the principal.

use http::HeaderMap;
use session::OpenError;
use sigv4::{
    CredentialScope, Dialect, Expectations, Payload, PayloadDeclaration, PayloadError, Place,
    Presented, PresentedError, Seed, SignatureError, SignedForm, SignedFormError, SigningKey,
};
use types::{AccessKeyId, Region, SecretString, SignedDuration, Timestamp};
use wire::{OperationId, Service, post_object::PostForm};

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

/// What reads the file of a form and holds it to what its fields announce.
///
/// Source: S3 API Reference, *POST Object*, `Content-MD5`; the checksums are those of `PutObject`.
pub(crate) fn payload_of_form(form: &PostForm) -> Result<Payload, PayloadError> {
    let headers: Vec<(&str, &[u8])> = form
        .fields()
        .filter(|(name, _)| *name == "content-md5" || name.starts_with("x-amz-checksum-"))
        .map(|(name, value)| (name, value.as_bytes()))
        .collect();
    let request = sigv4::Request { method: "POST", path: "/", query: "", headers: &headers };
    Payload::new(PayloadDeclaration::Unsigned, None, Expectations::from_request(&request)?)
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

/// Whom a signature claims to be of.
struct Claim<'a> {
    signature: SignatureKind,
    access_key_id: &'a str,
    session_token: Option<&'a str>,
    scope: &'a CredentialScope,
}

/// Who that is, and with which key they sign.
struct Signer {
    signature: SignatureKind,
    principal: Principal,
    access_key_id: AccessKeyId,
    key: SigningKey,
}

/// Why a request is not from who it says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum AuthenticationError {
    #[error("the request is not signed")]
    Unsigned,
    #[error(transparent)]
    Unreadable(#[from] PresentedError),
    #[error(transparent)]
    Form(#[from] SignedFormError),
    #[error("the credential is scoped to the service {found:?}, this is {expected:?}")]
    Scope { signature: SignatureKind, expected: &'static str, found: String },
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
        let now = self.now();
        let claim = Claim {
            signature: match presented.place() {
                Place::Header => SignatureKind::Header,
                Place::Query => SignatureKind::Query,
            },
            access_key_id: presented.access_key_id(),
            session_token: presented.session_token(),
            scope: presented.scope(),
        };
        let signer = self.signer(head.service, claim, now).await?;
        let (dialect, window) = match body_sha256 {
            None => (Dialect::S3, WINDOW_OF_S3),
            Some(body_sha256) => (Dialect::Other { body_sha256 }, WINDOW),
        };
        let accepted = presented.check(&signer.key, dialect, window, now)?;
        self.signed(&signer, presented.scope()).await;
        Ok(Authenticated {
            principal: signer.principal,
            access_key_id: Some(signer.access_key_id),
            region: Some(presented.scope().region().clone()),
            signature: signer.signature,
            signed_at: Some(presented.signed_at()),
            payload: accepted.payload,
            seed: Some(accepted.seed),
        })
    }

    /// Checks the signature of a form's policy and finds its principal. A form without one is anonymous.
    /// That the form is as its policy says is for the operation to see to.
    pub(crate) async fn authenticate_form(
        &self,
        form: &PostForm,
    ) -> Result<Authenticated, AuthenticationError> {
        let Some(signed) = SignedForm::from_fields(|name| form.field(name))? else {
            return Ok(Authenticated::anonymous(PayloadDeclaration::Unsigned));
        };
        let now = self.now();
        let claim = Claim {
            signature: SignatureKind::Form,
            access_key_id: signed.access_key_id(),
            session_token: signed.session_token(),
            scope: signed.scope(),
        };
        let signer = self.signer(Service::S3, claim, now).await?;
        signed.check(&signer.key, WINDOW_OF_S3, now)?;
        self.signed(&signer, signed.scope()).await;
        Ok(Authenticated {
            principal: signer.principal,
            access_key_id: Some(signer.access_key_id),
            region: Some(signed.scope().region().clone()),
            signature: signer.signature,
            signed_at: Some(signed.signed_at()),
            payload: PayloadDeclaration::Unsigned,
            seed: None,
        })
    }

    /// Whose signature it would be, and the key that must have made it.
    async fn signer(
        &self,
        service: Service,
        claim: Claim<'_>,
        now: Timestamp,
    ) -> Result<Signer, AuthenticationError> {
        check_scope(service, &claim)?;
        let access_key_id: AccessKeyId =
            claim.access_key_id.parse().map_err(|_| AuthenticationError::UnknownAccessKey)?;
        let (principal, secret) =
            self.principal_of(&access_key_id, claim.session_token, now).await?;
        let key = SigningKey::derive(&secret, claim.scope);
        Ok(Signer { signature: claim.signature, principal, access_key_id, key })
    }

    /// Notes that a signature was right.
    async fn signed(&self, signer: &Signer, scope: &CredentialScope) {
        if matches!(signer.principal, Principal::User(_)) {
            let (service, region) = (scope.service(), scope.region().as_str());
            self.access_key_used(&signer.access_key_id, service, region).await;
        }
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

fn check_scope(service: Service, claim: &Claim<'_>) -> Result<(), AuthenticationError> {
    if claim.scope.service() == service.signing_name() {
        return Ok(());
    }
    Err(AuthenticationError::Scope {
        signature: claim.signature,
        expected: service.signing_name(),
        found: claim.scope.service().to_owned(),
    })
}
