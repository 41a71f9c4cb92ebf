//! What signs users in by the secure remote password protocol: kept while some client of their pool
//! uses that, as it would help somebody who has the records and the key ring to guess.

use types::{Entropy, SignedDuration, Timestamp};

use crate::{
    Change, Directory, Error, User, UserKey, UserPool, UserPoolClient, UserPoolKey,
    cleanup::{BATCH, drop_srp_verifiers},
};

/// A request that still saw the client may make one more verifier; by then it has been answered.
const SETTLED_AFTER: SignedDuration = SignedDuration::from_mins(1);

impl Change {
    /// By this change a client of the pool uses the protocol no longer. Unless another one does, the
    /// verifiers of the pool's users go too, in the background.
    pub fn drop_unused_srp_verifiers(
        &mut self,
        key: &UserPoolKey,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) {
        self.enqueue(&drop_srp_verifiers(key, now + SETTLED_AFTER, entropy));
    }
}

impl Directory {
    pub(crate) async fn drop_unused_srp_verifiers(&self, key: &UserPoolKey) -> Result<(), Error> {
        let mut after: Option<Vec<u8>> = None;
        loop {
            let page = || self.without_verifiers(key, after.as_deref());
            let next = self.retry(page).await?;
            if next.is_none() {
                return Ok(());
            }
            after = next;
        }
    }

    /// A change that takes the verifiers from a page of users, and where it ends if there are more. Each
    /// page asks anew whether some client uses them.
    async fn without_verifiers(
        &self,
        key: &UserPoolKey,
        after: Option<&[u8]>,
    ) -> Result<(Change, Option<Vec<u8>>), Error> {
        let mut change = Change::new();
        let Some(pool) = self.get::<UserPool>(key).await? else { return Ok((change, None)) };
        let clients = self.all::<UserPoolClient>(&key.within()).await?;
        if clients.iter().any(|found| found.record.allows_srp()) {
            return Ok((change, None));
        }
        let page = self.list::<User>(&key.within(), after, BATCH).await?;
        for found in page.records.iter().filter(|found| found.record.srp.is_some()) {
            let name = pool.record.comparable(&found.record.username);
            let user = User { srp: None, ..found.record.clone() };
            change.replace(&UserKey { pool: key.clone(), name }, found, &user);
        }
        let last = page.records.last().filter(|_| page.more);
        Ok((change, last.map(|found| found.position().to_vec())))
    }
}
