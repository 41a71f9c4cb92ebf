//! The one gate: who asks, what that takes, whether it is allowed, and then the operation.

use std::{
    any::Any,
    fmt,
    net::IpAddr,
    sync::{Arc, OnceLock},
};

use bytes::Bytes;
use directory::{Directory, IamUser, Owner, OwnerAuthority, PublicId, PublicResource, Role};
use http::{HeaderMap, HeaderName, Method, StatusCode, header};
use objects::Objects;
use session::{KeyRing, SealError, Session, SessionCredentials};
use types::{AccountId, Clock, Entropy, Region, RequestId, Timestamp};
use wire::{Fault, OperationId, Refusal, RequestParts, Response, Service, post_object::PostForm};

use crate::{
    Access, Audit, Caller, Registry, RequestBody, SignatureKind, SignatureVersion,
    access_keys::AccessKeys,
    accounts::Accounts,
    authenticate::{AuthenticationError, Head, payload, payload_of_form},
    body::{BodyError, BodyReader},
    entity_cache::EntityCache,
    form,
    policy_cache::PolicyCache,
    refusal,
    registry::{Arrived, ArrivedBody},
    room::{Room, Rooms},
};

/// The longest body that is read as a whole, in bytes.
const WHOLE_BODY_BYTES_MAX: usize = 1024 * 1024;
/// The same for a list of 10,000 parts with their checksums.
const PARTS_BYTES_MAX: usize = 4 * 1024 * 1024;
const CONTENT_SHA256: HeaderName = HeaderName::from_static("x-amz-content-sha256");

/// What the gate stands on.
pub struct Parts {
    /// Typed records.
    pub directory: Directory,
    /// The right to make owners.
    pub authority: OwnerAuthority,
    /// Buckets, for their owners and policies.
    pub objects: Objects,
    /// What sessions are sealed and opened with.
    pub ring: Arc<KeyRing>,
    /// The root users.
    pub accounts: Accounts,
    /// The region of requests that name none.
    pub region: Region,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// Where decisions are told.
    pub audit: Audit,
}

pub(crate) struct Inner {
    pub(crate) parts: Parts,
    pub(crate) roles: EntityCache<Role>,
    pub(crate) users: EntityCache<IamUser>,
    pub(crate) access_keys: AccessKeys,
    pub(crate) policies: PolicyCache,
    rooms: Rooms,
    registry: OnceLock<Registry>,
}

/// The gate. Cheap to clone.
#[derive(Clone)]
pub struct Gate(pub(crate) Arc<Inner>);

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Gate")
    }
}

/// A request as the front door hands it over: routed, but neither authenticated nor read.
pub struct Incoming {
    /// The request's id, made at the front door.
    pub request_id: RequestId,
    /// The service it was routed to.
    pub service: Service,
    /// The method.
    pub method: Method,
    /// The path as sent, percent-encoded.
    pub path: String,
    /// The query as sent, without the question mark.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The bucket, if the host name gave it.
    pub bucket_in_host: Option<String>,
    /// The region of requests that name none.
    pub region: Region,
    /// From which address.
    pub source_ip: Option<IpAddr>,
    /// Whether over TLS.
    pub secure_transport: bool,
    /// The body.
    pub body: RequestBody,
}

impl Gate {
    /// A gate that serves nothing yet, see [`Gate::open`].
    #[must_use]
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(Inner {
            parts,
            roles: EntityCache::new(),
            users: EntityCache::new(),
            access_keys: AccessKeys::new(),
            policies: PolicyCache::new(),
            rooms: Rooms::new(),
            registry: OnceLock::new(),
        }))
    }

    /// Opens the gate for these operations. Once; a second registry is not taken.
    pub fn open(&self, registry: Registry) {
        // The operations hold services that hold no gate, so the registry can come last.
        drop(self.0.registry.set(registry));
    }

    /// The operations that are served, each with its list.
    #[must_use]
    pub fn operations(&self) -> Vec<(OperationId, Access)> {
        self.0.registry.get().map(Registry::operations).unwrap_or_default()
    }

    /// Answers a request. Every refusal and fault is already in the words of the service.
    pub async fn serve(&self, incoming: Incoming) -> Response {
        let request_id = incoming.request_id;
        let (service, head) = (incoming.service, incoming.method == Method::HEAD);
        let resource = incoming.path.clone();
        match self.try_serve(incoming).await {
            Ok(response) => response,
            Err(fault) => {
                let ours = fault.status().is_server_error();
                if ours && fault.status() != StatusCode::NOT_IMPLEMENTED {
                    tracing::error!(%request_id, code = fault.code(), message = fault.message());
                }
                wire::write_fault(service, &fault, Some(&resource), &request_id, head)
            }
        }
    }

    async fn try_serve(&self, incoming: Incoming) -> Result<Response, Fault> {
        let service = incoming.service;
        let unreadable =
            |error: wire::NotDecodable| Refusal::UnreadableUri.fault(service, error.to_string());
        let parts = RequestParts {
            method: &incoming.method,
            path: &incoming.path,
            bucket_in_host: incoming.bucket_in_host.as_deref(),
            query: wire::decode_form(&incoming.query).map_err(unreadable)?,
            headers: &incoming.headers,
        };
        // Kept until the answer is there, as the body may be.
        let mut room = self.0.rooms.empty();
        // S3 decides by the head and reads the body last; the others know neither their operation
        // nor their signature without the body.
        let (id, whole, streamed) = if service == Service::S3 {
            (wire::identify(service, &parts, &[])?, None, Some(incoming.body))
        } else {
            let whole = read_unverified(incoming.body, service, &mut room).await?;
            let id = match wire::identify(service, &parts, &whole) {
                // An unsigned form is taken for one of STS, which alone has operations that need no
                // signature. What STS does not know may be another service's, and needs one.
                Err(_) if service == Service::Sts && unsigned(&parts) => {
                    let error = AuthenticationError::Unsigned;
                    return Err(refusal::of_authentication(service, &error));
                }
                id => id?,
            };
            (id, Some(whole), None)
        };
        let entry =
            self.0.registry.get().and_then(|registry| registry.get(id)).ok_or_else(|| {
                Refusal::UnknownOperation.fault(service, format!("{id} is not served"))
            })?;
        let head = Head {
            service,
            bucket_in_host: incoming.bucket_in_host.as_deref(),
            method: incoming.method.as_str(),
            path: &incoming.path,
            query: &incoming.query,
            headers: &incoming.headers,
        };
        // Who signed a form stands in it.
        let (form, streamed) = match streamed {
            Some(stream) if id.has_form_input() => {
                let read = form::read(&incoming.headers, stream, &mut room).await;
                let (form, file) = read.map_err(|error| refusal::of_form(&error))?;
                (Some(form), Some(file))
            }
            streamed => (None, streamed),
        };
        let authenticated = self
            .authenticate_as(entry.access(), &head, whole.as_deref(), form.as_ref())
            .await
            .map_err(|error| refusal::of_authentication(service, &error))?;
        let body = match (whole, streamed) {
            (Some(whole), _) => ArrivedBody::Whole(whole),
            (None, None) => ArrivedBody::Whole(Bytes::new()),
            (None, Some(stream)) => {
                let payload = match &form {
                    Some(form) => payload_of_form(form),
                    None => {
                        payload(id, &incoming.headers, authenticated.payload, authenticated.seed)
                    }
                };
                let read = match payload {
                    Ok(payload) => {
                        arrived(id, form, BodyReader::new(stream, payload), &mut room).await
                    }
                    Err(error) => Err(error.into()),
                };
                read.map_err(|error| refusal::of_body(service, &error))?
            }
        };
        let caller = Caller {
            principal: authenticated.principal,
            access_key_id: authenticated.access_key_id,
            region: authenticated.region.unwrap_or(incoming.region),
            request_id: incoming.request_id,
            source_ip: incoming.source_ip,
            secure_transport: incoming.secure_transport,
            user_agent: text_header(&incoming.headers, &header::USER_AGENT),
            referer: text_header(&incoming.headers, &header::REFERER).map(without_signature),
            content_sha256: match authenticated.signature {
                // A presigned URL is for any body, unless it says otherwise.
                SignatureKind::Query(SignatureVersion::Four) => {
                    Some(authenticated.payload.to_string())
                }
                SignatureKind::Query(SignatureVersion::Two)
                | SignatureKind::Header(_)
                | SignatureKind::Form(_)
                | SignatureKind::None => text_header(&incoming.headers, &CONTENT_SHA256),
            },
            signature: authenticated.signature,
            signed_at: authenticated.signed_at,
            called_via: Vec::new(),
        };
        entry.serve(self.clone(), Arrived { caller, parts, body }).await
    }

    /// Calls an operation as one service calls another: in the process, but decided, audited and
    /// explained like any request.
    pub(crate) async fn call<O: wire::Operation>(
        &self,
        caller: Caller,
        input: O::Input,
    ) -> Result<O::Output, Fault> {
        let service = O::ID.service();
        let internal = |message: &str| Refusal::Internal.fault(service, message);
        let entry = self.0.registry.get().and_then(|registry| registry.get(O::ID));
        let entry = entry.ok_or_else(|| {
            Refusal::UnknownOperation.fault(service, format!("{} is not served", O::ID))
        })?;
        let input: Box<dyn Any + Send> = Box::new(input);
        let output = entry.call(self.clone(), caller, input).await?;
        let output = output.downcast::<O::Output>();
        output.map(|output| *output).map_err(|_| internal("the output is of another operation"))
    }

    /// The moment that decisions are made at.
    pub(crate) fn now(&self) -> Timestamp {
        self.0.parts.clock.now()
    }

    pub(crate) fn owner(&self, account: AccountId, region: Region) -> Owner {
        self.0.parts.authority.owner(account, region)
    }

    pub(crate) fn audit(&self) -> &Audit {
        &self.0.parts.audit
    }

    pub(crate) async fn public_resource(
        &self,
        id: PublicId,
    ) -> Result<Option<(Owner, PublicResource)>, directory::Error> {
        let found = self.0.parts.directory.get::<PublicResource>(&id).await?;
        Ok(found.map(|found| {
            let owner = self.owner(found.record.account, found.record.region.clone());
            (owner, found.record)
        }))
    }

    pub(crate) fn seal(&self, session: &Session) -> Result<SessionCredentials, SealError> {
        self.0.parts.ring.seal_session(session, &*self.0.parts.entropy)
    }
}

/// What an operation gets of a body that is verified while it is read.
async fn arrived(
    id: OperationId,
    form: Option<PostForm>,
    reader: BodyReader,
    room: &mut Room,
) -> Result<ArrivedBody, BodyError> {
    match form {
        Some(form) => Ok(ArrivedBody::Form(form, Box::new(reader))),
        None if id.has_streaming_input() => Ok(ArrivedBody::Streamed(Box::new(reader))),
        None => reader.read_whole(whole_body_bytes_max(id), room).await.map(ArrivedBody::Whole),
    }
}

fn whole_body_bytes_max(id: OperationId) -> usize {
    match id {
        OperationId::S3CompleteMultipartUpload => PARTS_BYTES_MAX,
        _ => WHOLE_BODY_BYTES_MAX,
    }
}

async fn read_unverified(
    mut body: RequestBody,
    service: Service,
    room: &mut Room,
) -> Result<Bytes, Fault> {
    use futures_util::StreamExt as _;
    let mut whole = Vec::new();
    while let Some(bytes) = body.next().await {
        let bytes = bytes.map_err(|error| {
            Refusal::IncompleteBody.fault(service, format!("the body could not be read: {error}"))
        })?;
        if whole.len() + bytes.len() > WHOLE_BODY_BYTES_MAX {
            let message = format!("the body has more than {WHOLE_BODY_BYTES_MAX} bytes");
            return Err(Refusal::TooLarge.fault(service, message));
        }
        room.take(bytes.len()).map_err(|full| Refusal::Busy.fault(service, full.to_string()))?;
        whole.extend_from_slice(&bytes);
    }
    Ok(whole.into())
}

fn unsigned(parts: &RequestParts<'_>) -> bool {
    let in_query = parts.query.iter().any(|(name, _)| name == "X-Amz-Signature");
    !in_query && !parts.headers.contains_key(header::AUTHORIZATION)
}

/// A page that was opened by a presigned URL would bring its signature before policies, and into what
/// is told of their conditions.
fn without_signature(referer: String) -> String {
    let Some((page, query)) = referer.split_once('?') else { return referer };
    let signs = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("x-amz-") || matches!(name.as_str(), "signature" | "awsaccesskeyid")
    };
    let is_plain =
        wire::decode_form(query).is_ok_and(|pairs| !pairs.iter().any(|(name, _)| signs(name)));
    if is_plain { referer } else { page.to_owned() }
}

fn text_header(headers: &HeaderMap, name: &header::HeaderName) -> Option<String> {
    headers.get(name)?.to_str().ok().map(str::to_owned)
}
