//! The input of an operation that the gate has let through.

use std::{
    io,
    sync::{Arc, Mutex, PoisonError},
};

use directory::{Owner, PublicId, PublicResource};
use objects::{Bucket, Tags, Versioned};
use types::{AccessKeyId, AccountId, Arn, Region, RequestId};
use wire::Fault;

use crate::{
    BodyReader, Caller, Gate, Need, On, Principal, Refused, RoleGrant, ServicePrincipal, Target,
    decide::Decided,
};

/// An input, and the proof that its caller may have done what it asks.
///
/// Only the gate makes one; there is no other way to an operation's handler. It also carries what
/// was decided on, so that a commit can repeat it as a precondition.
///
/// ```compile_fail,E0451
/// // Nobody else can put one together, not even from the parts of another one …
/// use gate::Authorized;
/// use wire::sts::{GetCallerIdentity, GetCallerIdentityRequest};
///
/// fn forge(input: GetCallerIdentityRequest, other: Authorized<GetCallerIdentity>)
///     -> Authorized<GetCallerIdentity>
/// {
///     Authorized { input, ..other }
/// }
/// ```
///
/// ```compile_fail,E0308
/// // … or make two of one.
/// use gate::Authorized;
/// use wire::sts::GetCallerIdentity;
///
/// fn copy(request: &Authorized<GetCallerIdentity>) -> Authorized<GetCallerIdentity> {
///     request.clone()
/// }
/// ```
pub struct Authorized<O: wire::Operation> {
    /// What is asked.
    pub input: O::Input,
    pub(crate) caller: Arc<Caller>,
    pub(crate) decided: Decided,
    /// In a mutex, which is never locked, because a stream cannot be shared between threads but a
    /// request that is being handled must be.
    pub(crate) body: Mutex<Option<BodyReader>>,
    pub(crate) gate: Gate,
}

impl<O: wire::Operation> Authorized<O> {
    /// Who asked, and under which circumstances.
    #[must_use]
    pub fn caller(&self) -> &Caller {
        &self.caller
    }

    /// The request's id.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        self.caller.request_id
    }

    /// Takes the request's body. `None` if the operation has none, or it was taken before.
    pub fn take_body(&mut self) -> Option<BodyReader> {
        self.body.get_mut().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// The owner of what the caller has in its own account and region. `None` for callers without
    /// an account: unsigned operations use [`Authorized::public_owner`].
    #[must_use]
    pub fn owner(&self) -> Option<Owner> {
        let account = self.caller.principal.account()?;
        Some(self.gate.owner(account, self.caller.region.clone()))
    }

    /// The bucket that was decided on, as it was then.
    #[must_use]
    pub fn bucket(&self, name: &str) -> Option<&Versioned<Bucket>> {
        self.decided.bucket(name)
    }

    /// The verdict on each part of the operation ([`Operation::parts`](crate::Operation::parts)), in their
    /// order: what the caller is told who may not do it.
    pub fn parts(&self) -> &[Result<(), Fault>] {
        self.decided.parts()
    }

    /// The tags of an object that were looked at to decide; none if there was no object. Whoever acts on
    /// the object must see that it still has these.
    #[must_use]
    pub fn existing_tags(&self, bucket: &str, key: &str) -> Option<&Tags> {
        self.decided.existing_tags(bucket, key)
    }

    /// What was decided on, if it is an entity or a managed policy ([`On::Entity`],
    /// [`On::ManagedPolicy`]): whoever acts on it must see that it still is.
    #[must_use]
    pub fn target(&self, on: &On) -> Option<&Target> {
        self.decided.target(on)
    }

    /// Whether a role or user of the caller's own account that a policy names is there. Others are not
    /// looked for: nobody learns of another account's.
    ///
    /// # Errors
    /// The directory does not answer.
    pub async fn is_there(&self, arn: &Arn) -> Result<bool, directory::Error> {
        match self.owner() {
            Some(owner) if arn.account_id() == self.caller.principal.account() => {
                self.gate.is_there(&owner, arn).await
            }
            _ => Ok(true),
        }
    }

    /// The account that a long-term access key of this installation belongs to, whoever asks.
    ///
    /// # Errors
    /// The directory does not answer.
    pub async fn account_of_access_key(
        &self,
        id: &AccessKeyId,
    ) -> Result<Option<AccountId>, directory::Error> {
        self.gate.account_of_access_key(id).await
    }

    /// The role that may be taken, on the operation that asks for a session.
    #[must_use]
    pub fn role_grant(&self) -> Option<&RoleGrant> {
        self.decided.role()
    }

    /// The owner of what a public id names, in an operation that is not signed.
    ///
    /// # Errors
    /// The directory does not answer.
    pub async fn public_owner(
        &self,
        id: PublicId,
    ) -> Result<Option<(Owner, PublicResource)>, directory::Error> {
        self.gate.public_resource(id).await
    }

    /// The refusal of a request of the caller's account, or for something of it, by its id.
    ///
    /// # Errors
    /// The audit's files could not be read.
    pub async fn refusal(&self, id: RequestId) -> io::Result<Option<Refused>> {
        let refused = self.gate.audit().find(id).await?;
        Ok(refused.filter(|refused| refused.concerns(self.caller.principal.account())))
    }

    /// Whether the caller may do one thing more, that can only be asked now. It is audited too, and
    /// may only choose between two refusals, or add one.
    pub async fn may(&self, need: &Need) -> bool {
        self.gate.may(&self.caller, O::ID, need).await
    }

    /// Calls another service's operation for a resource of one's own, as `service`.
    ///
    /// # Errors
    /// What that operation answers, as its client would see it.
    pub async fn call<P: wire::Operation>(
        &self,
        service: ServicePrincipal,
        region: Region,
        input: P::Input,
    ) -> Result<P::Output, Fault> {
        let mut called_via = self.caller.called_via.clone();
        called_via.push(service.name);
        let caller = Caller {
            principal: Principal::Service(service),
            region,
            called_via,
            ..(*self.caller).clone()
        };
        self.gate.call::<P>(caller, input).await
    }
}
