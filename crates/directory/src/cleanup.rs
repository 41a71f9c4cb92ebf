//! What is left of a pool that is gone, cleared away behind its back.

use std::{future::Future, pin::Pin, sync::Arc};

use jobs::{Handler, HandlerError, Job, Runner};
use serde::Deserialize;
use serde_json::{Value, json};
use types::{AccountId, Entropy, IdentityPoolId, Region, Timestamp};

use crate::{Change, Directory, Identity, IdentityKey, IdentityPoolKey, Owner};

const CLEAR_IDENTITIES: &str = "directory.clear-identities";
const PRINCIPAL: &str = "cognito-identity.amazonaws.com";

/// The pool that is gone. Its id never comes back.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gone {
    account: AccountId,
    region: Region,
    pool: IdentityPoolId,
}

impl Change {
    /// The identities of a pool that this change deletes go too, in the background: nobody can reach
    /// them any more, however many there are.
    pub fn clear_identities(
        &mut self,
        key: &IdentityPoolKey,
        now: Timestamp,
        entropy: &dyn Entropy,
    ) {
        let payload = json!({
            "account": key.owner.account().to_string(),
            "region": key.owner.region().to_string(),
            "pool": key.id.to_string(),
        });
        self.enqueue(&Job::new(CLEAR_IDENTITIES, PRINCIPAL, now, payload, entropy));
    }
}

impl Directory {
    /// Lets the runner of the database that the records lie in do the jobs made here.
    #[must_use]
    pub fn register(&self, runner: Runner) -> Runner {
        runner.with(CLEAR_IDENTITIES, Arc::new(ClearIdentities(self.clone())))
    }

    async fn clear_identities(&self, gone: &Value) -> Result<(), HandlerError> {
        let Gone { account, region, pool } = Gone::deserialize(gone)?;
        let owner = Owner::of_records(account, region);
        let within = IdentityKey::prefix(&owner, &pool);
        let key = |identity: &Identity| IdentityKey {
            owner: owner.clone(),
            pool: pool.clone(),
            id: identity.id.clone(),
        };
        Ok(self.delete_within(&within, key).await?)
    }
}

struct ClearIdentities(Directory);

impl Handler for ClearIdentities {
    fn run<'a>(
        &'a self,
        job: &'a Job,
    ) -> Pin<Box<dyn Future<Output = Result<(), HandlerError>> + Send + 'a>> {
        Box::pin(self.0.clear_identities(&job.payload))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jobs::Ran;
    use store::{Records, SqliteRecords};
    use types::{Clock, IdentityId, ManualClock, SeededEntropy};

    use super::*;
    use crate::{Login, PublicId, PublicResource, SPACES};

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[tokio::test]
    async fn the_identities_of_a_pool_that_is_gone_go_with_what_leads_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
        let path = folder.path().join("directory.db");
        let records: Arc<dyn Records> =
            Arc::new(SqliteRecords::open(&path, SPACES, clock.clone()).unwrap());
        let (directory, authority) = Directory::open(records.clone());
        let owner = authority.owner("123456789012".parse().unwrap(), "us-east-1".parse().unwrap());
        let entropy = SeededEntropy::new(1);
        let pools = [1, 2].map(|_| IdentityPoolId::random(owner.region(), &entropy));
        let mut ids = Vec::new();
        for pool in &pools {
            // More than are deleted in one go.
            for number in 0..150 {
                let id = IdentityId::random(owner.region(), &entropy);
                let logins = BTreeMap::from([("provider".to_owned(), number.to_string())]);
                let key = IdentityKey { owner: owner.clone(), pool: pool.clone(), id: id.clone() };
                let mut change = Change::new();
                change.create(&key, &Identity::new(id.clone(), logins, NOW));
                directory.commit(change).await.unwrap();
                ids.push(id);
            }
        }
        let mut change = Change::new();
        let [gone, kept] = pools;
        let key = IdentityPoolKey { owner: owner.clone(), id: gone.clone() };
        change.clear_identities(&key, NOW, &entropy);
        directory.commit(change).await.unwrap();
        let runner = directory.register(Runner::new(records, clock));
        assert_eq!(runner.run_due(NOW).await.unwrap(), Ran { done: 1, failed: 0 });

        for (pool, left) in [(&gone, 0), (&kept, 150)] {
            let within = IdentityKey::prefix(&owner, pool);
            assert_eq!(directory.all::<Identity>(&within).await.unwrap().len(), left);
            assert_eq!(directory.all::<Login>(&within).await.unwrap().len(), left);
        }
        for (number, id) in ids.into_iter().enumerate() {
            let public = directory.get::<PublicResource>(&PublicId::Identity(id)).await.unwrap();
            assert_eq!(public.is_some(), number >= 150);
        }
        assert_eq!(runner.run_due(NOW).await.unwrap(), Ran::default());
    }
}
