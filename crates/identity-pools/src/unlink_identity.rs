use std::sync::Arc;

use directory::{Identity, IdentityState};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_identity::UnlinkIdentityInput;

use crate::{
    IdentityPools,
    linking::{self, Subjects},
    login_error::LoginError,
    subject::claim,
};

/// [`UnlinkIdentity`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_UnlinkIdentity.html)
///
/// Whoever shows to be the identity may take logins of user pools from it. Such a login is a new
/// person when it is seen again. Without any login left, nobody can have the identity any more.
pub(crate) struct UnlinkIdentity(pub(crate) Arc<IdentityPools>);

impl Operation for UnlinkIdentity {
    type Wire = wire::cognito_identity::UnlinkIdentity;
    type Error = LoginError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &UnlinkIdentityInput) -> Result<Vec<Need>, LoginError> {
        Ok(Vec::new())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), LoginError> {
        let pools = &*self.0;
        let input = &request.input;
        let claim = claim(pools, &request, &input.identity_id, Some(&input.logins)).await?;
        let subjects = claim.logins.subjects();
        let identities = claim.identities(pools);
        let current = identities.current(&claim.id).await?.record.id;
        let now = pools.clock.now();
        let place = identities.identity_key(&current);
        let unlinked = pools.directory.update::<Identity, (), LoginError>(&place, |identity| {
            unlink(identity, &subjects, &input.logins_to_remove)?;
            identity.last_modified = now;
            Ok(())
        });
        unlinked.await?.ok_or_else(|| LoginError::NoSuchIdentity(input.identity_id.clone()))
    }
}

/// Takes the logins of these providers from an identity whose own logins the `proof` is.
fn unlink(
    identity: &mut Identity,
    proof: &Subjects,
    providers: &[String],
) -> Result<(), LoginError> {
    if identity.has_no_login() || proof.is_empty() {
        return Err(LoginError::LoginMissing(identity.id.to_string()));
    }
    if !proof.iter().all(|(provider, subject)| linking::has(identity, provider, subject)) {
        return Err(LoginError::AnothersLogin);
    }
    for provider in providers {
        if identity.logins.remove(provider).is_none() {
            let message = format!("The identity has no login of the provider {provider:?}.");
            return Err(LoginError::Parameter(message));
        }
    }
    if identity.has_no_login() {
        identity.state = IdentityState::Inaccessible;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use directory::DEVELOPER_LOGINS;
    use types::Timestamp;

    use super::*;

    fn subjects(pairs: &[(&str, &str)]) -> Subjects {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    fn identity() -> Identity {
        let id = "us-east-1:7c9e6679-7425-40de-944b-e07fc1f90ae7".parse().unwrap();
        let logins = subjects(&[("a", "1"), ("b", "2")]);
        Identity::new(id, logins, Timestamp::UNIX_EPOCH)
    }

    fn unlinked(
        identity: &mut Identity,
        proof: &[(&str, &str)],
        providers: &[&str],
    ) -> Result<(), LoginError> {
        let providers: Vec<_> = providers.iter().map(|name| (*name).to_owned()).collect();
        unlink(identity, &subjects(proof), &providers)
    }

    #[test]
    fn ones_own_logins_go_and_the_last_one_closes_the_identity() {
        let mut identity = identity();
        unlinked(&mut identity, &[("a", "1")], &["b"]).unwrap();
        assert_eq!(identity.logins, subjects(&[("a", "1")]));
        assert_eq!(identity.state, IdentityState::Active);
        unlinked(&mut identity, &[("a", "1")], &["a"]).unwrap();
        assert_eq!(identity.state, IdentityState::Inaccessible);
        let closed = unlinked(&mut identity, &[("a", "1")], &["a"]);
        assert!(matches!(closed, Err(LoginError::LoginMissing(_))));
    }

    #[test]
    fn nobody_elses_go_and_nothing_that_is_not_there() {
        for proof in [&[("a", "2")][..], &[("a", "1"), ("b", "3")], &[("c", "1")]] {
            let refused = unlinked(&mut identity(), proof, &["b"]);
            assert!(matches!(refused, Err(LoginError::AnothersLogin)), "{proof:?}");
        }
        let none = unlinked(&mut identity(), &[], &["b"]);
        assert!(matches!(none, Err(LoginError::LoginMissing(_))));
        let absent = unlinked(&mut identity(), &[("a", "1")], &["c"]);
        assert!(matches!(absent, Err(LoginError::Parameter(_))));
    }

    #[test]
    fn a_user_of_the_applications_sign_in_stays() {
        let mut identity = identity();
        identity.developer_users.insert("x".to_owned());
        let proof = [(DEVELOPER_LOGINS, "x")];
        let refused = unlinked(&mut identity, &proof, &[DEVELOPER_LOGINS]);
        assert!(matches!(refused, Err(LoginError::Parameter(_))));
        unlinked(&mut identity, &proof, &["a", "b"]).unwrap();
        assert_eq!(identity.state, IdentityState::Active);
    }
}
