//! Work that goes on for a caller after its request was answered, decided again at each step.

use directory::Owner;
use session::{Label, SealError, Sealed, Session, UnsealError};
use types::{AccountId, Arn, Region, RequestId, Secret, UniqueId};
use wire::{Fault, Refusal, Service};

use crate::{
    Authorized, Caller, Gate, Need, On, Principal, ServicePrincipal, SessionRequest, SignatureKind,
    User, role_grant::expiry,
};

/// The name of the sessions in which a service takes a role that was passed to it, as CloudFormation
/// names them.
const SESSION_NAME: &str = "AWSCloudFormation";
/// How long such a session lasts, in seconds. It is made anew for every call.
const SESSION_SECONDS: u32 = 900;

/// The permission to go on as somebody: as the caller of a request, or as a role that it passed.
///
/// It is not a decision. Whatever is called through it is decided when it is called: a session must
/// not have expired and is worth what its role is worth then, and a passed role must still trust the
/// service. Policies see `aws:CalledVia` and `aws:ViaAWSService`.
///
/// Sealed ([`Delegation::seal`]) it lies in a record, and is reopened by the gate after a restart.
/// Source: CloudFormation User Guide, *CloudFormation service role*; IAM User Guide, *Forward access
/// sessions*.
pub struct Delegation {
    gate: Gate,
    acts: Acts,
    service: &'static str,
    region: Region,
    secure_transport: bool,
}

/// As whom.
#[derive(Clone)]
enum Acts {
    Root(AccountId),
    User(Box<User>),
    Session(Box<Session>),
    Role { role: Arn, source: Arn, account: AccountId },
}

/// Why a caller's role cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum DelegationError {
    /// The caller may not pass the role to the service.
    #[error(transparent)]
    Refused(Fault),
    /// There is no such role in the caller's account, or it does not trust the service.
    #[error("Role {0} is invalid or cannot be assumed")]
    NotTrusted(Arn),
    /// Work goes on for root, users and sessions only.
    #[error("nothing can go on for this caller")]
    NotDelegable,
}

/// Why a sealed delegation is not reopened.
#[derive(Debug, thiserror::Error)]
pub enum ReopenError {
    /// It does not open under this key ring, or was sealed for something else.
    #[error(transparent)]
    Unseal(#[from] UnsealError),
    /// Another release wrote it, or it was sealed for another service.
    #[error("the delegation is not one of this service and release")]
    Unreadable,
}

/// A call that failed, with the id under which its refusal is found.
#[derive(Debug, thiserror::Error)]
#[error("{fault}")]
pub struct Unanswered {
    /// What the operation answered.
    pub fault: Fault,
    /// The id of the call: every call of a delegation is a request of its own.
    pub request_id: RequestId,
}

impl<O: wire::Operation> Authorized<O> {
    /// Lets `service` go on as this caller.
    ///
    /// # Errors
    /// [`DelegationError::NotDelegable`] for services, web identities and unsigned requests.
    pub fn delegate(&self, service: &'static str) -> Result<Delegation, DelegationError> {
        let acts = match &self.caller.principal {
            Principal::Root(account) => Acts::Root(*account),
            Principal::User(user) => Acts::User(user.clone()),
            Principal::Session(session) => Acts::Session(session.clone()),
            // They belong to no account, or act for another one themselves.
            Principal::Service(_) | Principal::WebIdentity(_) | Principal::Anonymous => {
                return Err(DelegationError::NotDelegable);
            }
        };
        Ok(self.delegation(acts, service))
    }

    /// Lets `service` go on as a role that this caller passes to it, for the resource `source`. The
    /// caller needs `iam:PassRole` on it, and the role's trust policy must name the service.
    ///
    /// # Errors
    /// [`DelegationError`].
    pub async fn delegate_to_role(
        &self,
        role: &Arn,
        service: &'static str,
        source: Arn,
    ) -> Result<Delegation, DelegationError> {
        let account = self.caller.principal.account().ok_or(DelegationError::NotDelegable)?;
        if role.account_id() != Some(account) {
            return Err(DelegationError::NotTrusted(role.clone()));
        }
        let pass = Need::new("iam:PassRole", On::Own(role.clone()))
            .with("iam:passedtoservice", service.to_owned());
        let passed = self.gate.decide(&self.caller, O::ID, &[pass]).await;
        passed.map_err(DelegationError::Refused)?;
        let acts = Acts::Role { role: role.clone(), source, account };
        let delegation = self.delegation(acts.clone(), service);
        let taken = delegation.principal::<O>(&acts, self.caller.request_id).await;
        taken.map_err(|_| DelegationError::NotTrusted(role.clone()))?;
        Ok(delegation)
    }

    fn delegation(&self, acts: Acts, service: &'static str) -> Delegation {
        Delegation {
            gate: self.gate.clone(),
            acts,
            service,
            region: self.caller.region.clone(),
            secure_transport: self.caller.secure_transport,
        }
    }
}

impl Gate {
    /// Reopens what [`Delegation::seal`] made for the same service and the same `of`.
    ///
    /// # Errors
    /// [`ReopenError`].
    pub fn reopen(
        &self,
        sealed: &Sealed<Vec<u8>>,
        of: &[u8],
        service: &'static str,
    ) -> Result<Delegation, ReopenError> {
        let opened = self.0.parts.ring.open(Label::Delegation, of, sealed)?;
        let written: Written =
            serde_json::from_slice(opened.expose()).map_err(|_| ReopenError::Unreadable)?;
        if written.service != service {
            return Err(ReopenError::Unreadable);
        }
        let acts = match written.acts {
            WrittenActs::Root(account) => Acts::Root(account),
            WrittenActs::User { account, arn, name, unique_id } => {
                Acts::User(Box::new(User { account, arn, name, unique_id }))
            }
            WrittenActs::Session(bytes) => {
                let session = Session::from_bytes(&bytes).ok_or(ReopenError::Unreadable)?;
                Acts::Session(Box::new(session))
            }
            WrittenActs::Role { role, source, account } => Acts::Role { role, source, account },
        };
        Ok(Delegation {
            gate: self.clone(),
            acts,
            service,
            region: written.region,
            secure_transport: written.secure_transport,
        })
    }
}

/// A delegation as it is sealed.
#[derive(serde::Serialize, serde::Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    service: String,
    region: Region,
    secure_transport: bool,
    acts: WrittenActs,
}

#[derive(serde::Serialize, serde::Deserialize)]
enum WrittenActs {
    Root(AccountId),
    User { account: AccountId, arn: Arn, name: String, unique_id: UniqueId },
    Session(Vec<u8>),
    Role { role: Arn, source: Arn, account: AccountId },
}

impl Delegation {
    /// The owner of what is worked on: the account and region of the request that was delegated.
    #[must_use]
    pub fn owner(&self) -> Owner {
        let account = match &self.acts {
            Acts::Root(account) | Acts::Role { account, .. } => *account,
            Acts::User(user) => user.account,
            Acts::Session(session) => session.account,
        };
        self.gate.owner(account, self.region.clone())
    }

    /// The delegation as it may lie in a record: nobody can read or alter it, and it opens only for
    /// the same `of`.
    ///
    /// # Errors
    /// [`SealError`].
    pub fn seal(&self, of: &[u8]) -> Result<Sealed<Vec<u8>>, SealError> {
        let acts = match &self.acts {
            Acts::Root(account) => WrittenActs::Root(*account),
            Acts::User(user) => WrittenActs::User {
                account: user.account,
                arn: user.arn.clone(),
                name: user.name.clone(),
                unique_id: user.unique_id.clone(),
            },
            Acts::Session(session) => WrittenActs::Session(session.to_bytes()),
            Acts::Role { role, source, account } => {
                WrittenActs::Role { role: role.clone(), source: source.clone(), account: *account }
            }
        };
        let written = Written {
            service: self.service.to_owned(),
            region: self.region.clone(),
            secure_transport: self.secure_transport,
            acts,
        };
        let bytes = serde_json::to_vec(&written).map_err(|_| SealError::Cryptography)?;
        let parts = &self.gate.0.parts;
        parts.ring.seal(Label::Delegation, of, &Secret::new(bytes), &*parts.entropy)
    }

    /// Calls an operation as the one for whom this goes on, decided now.
    ///
    /// # Errors
    /// What the operation answers, as a client would see it.
    pub async fn call<P: wire::Operation>(&self, input: P::Input) -> Result<P::Output, Unanswered> {
        let request_id = RequestId::random(&*self.gate.0.parts.entropy);
        let answered = async {
            let principal = self.principal::<P>(&self.acts, request_id).await?;
            self.gate.call::<P>(self.caller(principal, request_id), input).await
        };
        answered.await.map_err(|fault| Unanswered { fault, request_id })
    }

    /// Who asks now.
    async fn principal<P: wire::Operation>(
        &self,
        acts: &Acts,
        request_id: RequestId,
    ) -> Result<Principal, Fault> {
        match acts {
            Acts::Root(account) => Ok(Principal::Root(*account)),
            Acts::User(user) => {
                let found = self.gate.user(user.account, &user.unique_id, &user.arn).await;
                current(found.map(|found| found.is_some()), P::ID.service())?;
                Ok(Principal::User(user.clone()))
            }
            Acts::Session(session) => {
                self.require_current(session, P::ID.service()).await?;
                Ok(Principal::Session(session.clone()))
            }
            Acts::Role { role, source, account } => {
                let principal = Principal::Service(ServicePrincipal {
                    name: self.service,
                    source_arn: source.clone(),
                    source_account: *account,
                });
                let service = self.caller(principal, request_id);
                let need = Need::new("sts:AssumeRole", On::Trust(role.clone()));
                let decided = self.gate.decide(&service, P::ID, &[need]).await?;
                let grant = decided.role().ok_or_else(|| {
                    Refusal::NotAllowed.fault(P::ID.service(), "the passed role is gone")
                })?;
                let wanted = SessionRequest {
                    name: SESSION_NAME.to_owned(),
                    duration_seconds: SESSION_SECONDS,
                    ..SessionRequest::default()
                };
                let issued = self.gate.now();
                let expires = expiry(issued, SESSION_SECONDS);
                let session = grant.session(&service.principal, wanted, issued, expires);
                Ok(Principal::Session(Box::new(session)))
            }
        }
    }

    /// Who no longer could sign a request can also not go on.
    async fn require_current(&self, session: &Session, service: Service) -> Result<(), Fault> {
        if self.gate.now() >= session.expires {
            let message = "The security token included in the request is expired";
            return Err(Refusal::SessionExpired.fault(service, message));
        }
        let found = self.gate.session_policies(session).await;
        current(found.map(|found| found.is_some()), service)
    }

    fn caller(&self, principal: Principal, request_id: RequestId) -> Caller {
        Caller {
            principal,
            access_key_id: None,
            region: self.region.clone(),
            request_id,
            // As on AWS, the address is not the client's, so that a policy which demands one refuses
            // unless it lets calls through services pass.
            source_ip: None,
            secure_transport: self.secure_transport,
            user_agent: Some(self.service.to_owned()),
            referer: None,
            content_sha256: None,
            signature: SignatureKind::None,
            signed_at: None,
            called_via: vec![self.service],
        }
    }
}

/// That whoever this goes on for is still there.
fn current(found: Result<bool, directory::Error>, service: Service) -> Result<(), Fault> {
    match found {
        Ok(true) => Ok(()),
        Ok(false) => {
            let message = "The security token included in the request is invalid.";
            Err(Refusal::UnknownAccessKey.fault(service, message))
        }
        Err(error) => {
            tracing::error!(%error, "whether a caller is still there cannot be read");
            Err(Refusal::Unavailable.fault(service, "The directory does not answer."))
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        sync::Arc,
    };

    use directory::Directory;
    use objects::Objects;
    use session::{KeyRing, SessionPrincipal};
    use store::{DiskBlobs, Records, SqliteRecords};
    use types::{Clock, Entropy, ManualClock, SeededEntropy, Timestamp};

    use super::*;
    use crate::{Accounts, Audit, Parts};

    const CLOUDFORMATION: &str = "cloudformation.amazonaws.com";

    struct World {
        _folder: tempfile::TempDir,
        gate: Gate,
    }

    fn world() -> World {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(1));
        let open = |name: &str, spaces: &[store::Space]| -> Arc<dyn Records> {
            Arc::new(SqliteRecords::open(&folder.path().join(name), spaces, clock.clone()).unwrap())
        };
        let (directory, authority) = Directory::open(open("directory", directory::SPACES));
        let index = open("objects", objects::SPACES);
        let blobs = Arc::new(DiskBlobs::open(folder.path()).unwrap());
        let (audit, _) = Audit::new(folder.path().join("audit"), clock.clone());
        let gate = Gate::new(Parts {
            directory,
            authority,
            objects: Objects::new(index, blobs, clock.clone(), entropy.clone()),
            ring: Arc::new(KeyRing::generate(&*entropy).unwrap()),
            accounts: Accounts::new([]),
            region: "us-east-1".parse().unwrap(),
            clock,
            entropy,
            audit,
        });
        World { _folder: folder, gate }
    }

    fn session(expires: i64) -> Session {
        Session {
            account: "123456789012".parse().unwrap(),
            principal: SessionPrincipal::AssumedRole {
                role: "arn:aws:iam::123456789012:role/deployer".parse().unwrap(),
                role_id: "AROAAAAAAAAAAAAAAAAAA".parse().unwrap(),
                session_name: "deploy".to_owned(),
            },
            source_identity: None,
            federation: None,
            tags: BTreeMap::new(),
            transitive_tag_keys: BTreeSet::new(),
            policies: Vec::new(),
            mfa_authenticated_at: None,
            issued: Timestamp::UNIX_EPOCH,
            expires: Timestamp::from_second(expires).unwrap(),
        }
    }

    fn delegation(gate: &Gate, acts: Acts) -> Delegation {
        Delegation {
            gate: gate.clone(),
            acts,
            service: CLOUDFORMATION,
            region: "eu-central-1".parse().unwrap(),
            secure_transport: true,
        }
    }

    #[test]
    fn a_delegation_is_reopened_as_it_was_sealed_and_for_nothing_else() {
        let world = world();
        let expected = session(3600);
        let made = delegation(&world.gate, Acts::Session(Box::new(expected.clone())));
        let sealed = made.seal(b"stack 1").unwrap();
        let again = world.gate.reopen(&sealed, b"stack 1", CLOUDFORMATION).unwrap();
        assert!(matches!(&again.acts, Acts::Session(session) if **session == expected));
        assert_eq!((again.region.as_str(), again.secure_transport), ("eu-central-1", true));
        let refused = world.gate.reopen(&sealed, b"stack 2", CLOUDFORMATION);
        assert!(matches!(refused, Err(ReopenError::Unseal(UnsealError::Broken))));
        let refused = world.gate.reopen(&sealed, b"stack 1", "lambda.amazonaws.com");
        assert!(matches!(refused, Err(ReopenError::Unreadable)));
    }

    /// What is called is not served here: only who gets that far is told so.
    #[tokio::test]
    async fn who_could_not_sign_any_more_cannot_go_on() {
        let world = world();
        let told = async |acts| {
            let input = wire::sts::GetCallerIdentityRequest::default();
            let delegation = delegation(&world.gate, acts);
            let answer = delegation.call::<wire::sts::GetCallerIdentity>(input).await;
            answer.map(drop).unwrap_err().fault.code()
        };
        assert_eq!(told(Acts::Session(Box::new(session(0)))).await, "ExpiredToken");
        // Its user is not there; nor is its role.
        let alice = User {
            account: "123456789012".parse().unwrap(),
            arn: "arn:aws:iam::123456789012:user/alice".parse().unwrap(),
            name: "alice".to_owned(),
            unique_id: "AIDAAAAAAAAAAAAAAAAAA".parse().unwrap(),
        };
        assert_eq!(told(Acts::User(Box::new(alice))).await, "InvalidClientTokenId");
        assert_eq!(told(Acts::Session(Box::new(session(60)))).await, "InvalidClientTokenId");
        let account = "123456789012".parse().unwrap();
        let role = Acts::Role {
            role: "arn:aws:iam::123456789012:role/nobody".parse().unwrap(),
            source: "arn:aws:cloudformation:us-east-1:123456789012:stack/s/1".parse().unwrap(),
            account,
        };
        assert_eq!(told(role).await, "AccessDenied");
        assert_eq!(told(Acts::Root(account)).await, "InvalidAction");
    }
}
