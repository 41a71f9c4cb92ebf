//! Setting a password, in every form that it is kept in.

use directory::{
    Password, Record, SrpVerifier, User, UserKey, UserPool, UserPoolClient, UserPoolKey,
};
use session::Label;
use srp::{Name, Salt, Verifier};
use types::SecretString;

use crate::{UserPools, error::UserPoolsError, password_history, password_policy, passwords};

/// A password that takes the place of the one before.
#[derive(Clone)]
pub(crate) struct NewPassword {
    password: Password,
    srp: Option<SrpVerifier>,
    /// How many passwords are remembered, this one among them.
    history_size: u8,
}

impl NewPassword {
    /// Sets it.
    pub(crate) fn set(&self, user: &mut User) {
        password_history::push(user, self.history_size);
        user.password = Some(self.password.clone());
        user.srp.clone_from(&self.srp);
        user.last_modified = self.password.set;
    }
}

impl UserPools {
    /// A password for the user of this key and name, if the pool's policy allows it.
    ///
    /// A verifier for the secure remote password protocol is made only while some client of the pool
    /// uses that: it would help somebody who has the records and the key ring to guess.
    pub(crate) async fn new_password(
        &self,
        pool: &UserPool,
        key: &UserKey,
        username: &str,
        password: &SecretString,
    ) -> Result<NewPassword, UserPoolsError> {
        password_policy::check(&pool.password_policy, password)?;
        let history_size = pool.password_policy.history_size;
        let srp = if self.uses_srp(&key.pool).await? {
            Some(self.srp_verifier(key, username, password).await?)
        } else {
            None
        };
        let (now, entropy, password) = (self.clock.now(), self.entropy.clone(), password.clone());
        let hash = move || passwords::hash(&password, now, &*entropy);
        Ok(NewPassword { password: self.workers.run(hash).await??, srp, history_size })
    }

    /// What the password is checked by in the secure remote password protocol.
    pub(crate) async fn srp_verifier(
        &self,
        key: &UserKey,
        username: &str,
        password: &SecretString,
    ) -> Result<SrpVerifier, UserPoolsError> {
        let salt = Salt::random(&*self.entropy);
        let (pool, user) = (key.pool.id.clone(), username.to_owned());
        let (with, password) = (salt.clone(), password.clone());
        let compute = move || {
            let name = Name { pool: srp_pool_name(pool.as_str()), user: &user };
            Verifier::new(name, &password, &with)
        };
        let verifier = self.workers.run(compute).await?;
        let place = User::associated_data(key);
        let verifier =
            self.ring.seal(Label::SecretAtRest, &place, verifier.to_bytes(), &*self.entropy)?;
        Ok(SrpVerifier { salt: salt.as_str().to_owned(), verifier })
    }

    /// Whether some client of the pool signs users in by the secure remote password protocol.
    async fn uses_srp(&self, pool: &UserPoolKey) -> Result<bool, UserPoolsError> {
        let clients = self.directory.all::<UserPoolClient>(&pool.within()).await?;
        Ok(clients.iter().any(|found| found.record.allows_srp()))
    }
}

/// The pool as the protocol names it: what stands behind the underscore of its id.
pub(crate) fn srp_pool_name(pool: &str) -> &str {
    pool.split_once('_').map_or(pool, |(_, name)| name)
}
