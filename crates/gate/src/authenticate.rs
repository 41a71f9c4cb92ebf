//! Who asks: from the signature to the principal.

use http::HeaderMap;
use session::OpenError;
use sha2::{Digest as _, Sha256};
use sigv4::{
    CredentialScope, Dialect, Expectations, Payload, PayloadDeclaration, PayloadError, Place,
    Presented, PresentedError, Seed, SignatureError, SignedForm, SignedFormError, SigningKey,
    Version2, Version2Error,
};
use types::{AccessKeyId, Region, SecretString, SignedDuration, Timestamp};
use wire::{OperationId, Service, post_object::PostForm};

use crate::{Access, Gate, Principal, SignatureKind, SignatureVersion};

/// How far a request's time may be from ours (IAM User Guide, *Signing AWS API requests*).
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// The same at S3 (S3 API Reference, *Error responses*, `RequestTimeTooSkewed`).
const WINDOW_OF_S3: SignedDuration = SignedDuration::from_mins(15);

/// A request's head as it was sent.
pub(crate) struct Head<'a> {
    pub(crate) service: Service,
    pub(crate) bucket_in_host: Option<&'a str>,
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: &'a str,
    pub(crate) headers: &'a HeaderMap,
}

impl<'a> Head<'a> {
    fn request<'h>(&self, headers: &'h [(&'h str, &'h [u8])]) -> sigv4::Request<'h>
    where
        'a: 'h,
    {
        sigv4::Request { method: self.method, path: self.path, query: self.query, headers }
    }
}

/// What reads the body and holds it to what was signed and announced.
pub(crate) fn payload(
    operation: OperationId,
    headers: &HeaderMap,
    declaration: PayloadDeclaration,
    seed: Option<Seed>,
) -> Result<Payload, PayloadError> {
    let mut headers = lines(headers);
    if operation == OperationId::S3CompleteMultipartUpload {
        // There the checksum is the object's, and not that of the list of its parts.
        headers.retain(|(name, _)| !name.starts_with("x-amz-checksum-"));
    }
    Payload::new(declaration, seed, expectations(&headers)?)
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
    Payload::new(PayloadDeclaration::Unsigned, None, expectations(&headers)?)
}

fn expectations(headers: &[(&str, &[u8])]) -> Result<Expectations, PayloadError> {
    Expectations::from_request(&sigv4::Request { method: "", path: "", query: "", headers })
}

fn lines(headers: &HeaderMap) -> Vec<(&str, &[u8])> {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
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
    fn anonymous(payload: PayloadDeclaration) -> Self {
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
    scope: Option<&'a CredentialScope>,
}

/// Who that is, and with which secret they sign.
struct Signer {
    signature: SignatureKind,
    principal: Principal,
    access_key_id: AccessKeyId,
    secret: SecretString,
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
    #[error(transparent)]
    Version2(#[from] Version2Error),
    #[error("the credential is scoped to the service {found:?}, this is {expected:?}")]
    Scope { signature: SignatureKind, expected: &'static str, found: String },
    #[error("the access key id is not known here, or no longer good")]
    UnknownAccessKey,
    #[error("a temporary access key needs its session token")]
    TokenMissing,
    #[error("a session token goes with no long-term access key")]
    TokenUnwanted,
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
    /// Finds who asks, as the operation's list demands. Who signed a form stands in it.
    pub(crate) async fn authenticate_as(
        &self,
        list: Access,
        head: &Head<'_>,
        whole_body: Option<&[u8]>,
        form: Option<&PostForm>,
    ) -> Result<Authenticated, AuthenticationError> {
        match (list, form) {
            (Access::Signed, Some(form)) => self.authenticate_form(form).await,
            // Nothing is ever identified as one of these; whoever asked for one would have to sign,
            // and is then refused as no service.
            (Access::Signed | Access::Service, _) => {
                self.authenticate(head, whole_body.map(|body| Sha256::digest(body).into())).await
            }
            (Access::Token | Access::Unsigned, _) => {
                Ok(Authenticated::anonymous(PayloadDeclaration::Unsigned))
            }
        }
    }

    /// Checks the signature and finds its principal. At S3 an unsigned request is anonymous.
    async fn authenticate(
        &self,
        head: &Head<'_>,
        body_sha256: Option<[u8; 32]>,
    ) -> Result<Authenticated, AuthenticationError> {
        let headers = lines(head.headers);
        let request = head.request(&headers);
        let presented = match Presented::from_request(&request) {
            Err(PresentedError::Version2 { .. }) if head.service == Service::S3 => {
                let presented = Version2::from_request(&request, head.bucket_in_host)?;
                let payload = PayloadDeclaration::from_headers(&request)?;
                let payload = payload.unwrap_or(PayloadDeclaration::Unsigned);
                return self.authenticate_version2(&presented, payload).await;
            }
            presented => presented?,
        };
        let Some(presented) = presented else {
            if head.service != Service::S3 {
                return Err(AuthenticationError::Unsigned);
            }
            let payload = PayloadDeclaration::from_headers(&request)?;
            return Ok(Authenticated::anonymous(payload.unwrap_or(PayloadDeclaration::Unsigned)));
        };
        let now = self.now();
        let claim = Claim {
            signature: match presented.place() {
                Place::Header => SignatureKind::Header(SignatureVersion::Four),
                Place::Query => SignatureKind::Query(SignatureVersion::Four),
            },
            access_key_id: presented.access_key_id(),
            session_token: presented.session_token(),
            scope: Some(presented.scope()),
        };
        let signer = self.signer(head.service, claim, now).await?;
        let (dialect, window) = match body_sha256 {
            None => (Dialect::S3, WINDOW_OF_S3),
            Some(body_sha256) => (Dialect::Other { body_sha256 }, WINDOW),
        };
        let key = SigningKey::derive(&signer.secret, presented.scope());
        let accepted = presented.check(&key, dialect, window, now)?;
        let signed_at = Some(presented.signed_at());
        let authenticated = self.accepted(signer, Some(presented.scope()), signed_at).await;
        let (payload, seed) = (accepted.payload, Some(accepted.seed));
        Ok(Authenticated { payload, seed, ..authenticated })
    }

    /// Checks the signature of a form's policy and finds its principal. A form without one is anonymous.
    /// That the form is as its policy says is for the operation to see to.
    async fn authenticate_form(
        &self,
        form: &PostForm,
    ) -> Result<Authenticated, AuthenticationError> {
        let presented = match SignedForm::from_fields(|name| form.field(name)) {
            Err(SignedFormError::Version2) => {
                let presented = Version2::from_fields(|name| form.field(name))?;
                let payload = PayloadDeclaration::Unsigned;
                return self.authenticate_version2(&presented, payload).await;
            }
            presented => presented?,
        };
        let Some(presented) = presented else {
            return Ok(Authenticated::anonymous(PayloadDeclaration::Unsigned));
        };
        let now = self.now();
        let claim = Claim {
            signature: SignatureKind::Form(SignatureVersion::Four),
            access_key_id: presented.access_key_id(),
            session_token: presented.session_token(),
            scope: Some(presented.scope()),
        };
        let signer = self.signer(Service::S3, claim, now).await?;
        let key = SigningKey::derive(&signer.secret, presented.scope());
        presented.check(&key, WINDOW_OF_S3, now)?;
        Ok(self.accepted(signer, Some(presented.scope()), Some(presented.signed_at())).await)
    }

    /// The same by a signature of Version 2, which names no region.
    async fn authenticate_version2(
        &self,
        presented: &Version2<'_>,
        payload: PayloadDeclaration,
    ) -> Result<Authenticated, AuthenticationError> {
        let now = self.now();
        let kind = match presented.place() {
            Some(Place::Header) => SignatureKind::Header,
            Some(Place::Query) => SignatureKind::Query,
            None => SignatureKind::Form,
        };
        let claim = Claim {
            signature: kind(SignatureVersion::Two),
            access_key_id: presented.access_key_id(),
            session_token: presented.session_token(),
            scope: None,
        };
        let signer = self.signer(Service::S3, claim, now).await?;
        presented.check(&signer.secret, WINDOW_OF_S3, now)?;
        Ok(Authenticated { payload, ..self.accepted(signer, None, None).await })
    }

    /// Whose signature it would be, and the secret that must have made it.
    async fn signer(
        &self,
        service: Service,
        claim: Claim<'_>,
        now: Timestamp,
    ) -> Result<Signer, AuthenticationError> {
        if let Some(scope) = claim.scope
            && scope.service() != service.signing_name()
        {
            return Err(AuthenticationError::Scope {
                signature: claim.signature,
                expected: service.signing_name(),
                found: scope.service().to_owned(),
            });
        }
        let access_key_id: AccessKeyId =
            claim.access_key_id.parse().map_err(|_| AuthenticationError::UnknownAccessKey)?;
        let (principal, secret) =
            self.principal_of(&access_key_id, claim.session_token, now).await?;
        Ok(Signer { signature: claim.signature, principal, access_key_id, secret })
    }

    /// Who it is whose signature was right. That the key was used is noted.
    async fn accepted(
        &self,
        signer: Signer,
        scope: Option<&CredentialScope>,
        signed_at: Option<Timestamp>,
    ) -> Authenticated {
        if matches!(signer.principal, Principal::User(_)) {
            let service = scope.map_or(Service::S3.signing_name(), CredentialScope::service);
            let region = scope.map_or(&self.0.parts.region, CredentialScope::region);
            self.access_key_used(&signer.access_key_id, service, region.as_str()).await;
        }
        Authenticated {
            principal: signer.principal,
            access_key_id: Some(signer.access_key_id),
            region: scope.map(|scope| scope.region().clone()),
            signature: signer.signature,
            signed_at,
            payload: PayloadDeclaration::Unsigned,
            seed: None,
        }
    }

    async fn principal_of(
        &self,
        access_key_id: &AccessKeyId,
        session_token: Option<&str>,
        now: Timestamp,
    ) -> Result<(Principal, SecretString), AuthenticationError> {
        if !access_key_id.is_temporary() {
            if session_token.is_some() {
                return Err(AuthenticationError::TokenUnwanted);
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
