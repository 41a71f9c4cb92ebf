use std::collections::{BTreeMap, BTreeSet};

use jobs::Ran;
use session::{KeyRing, Label};
use store::{Records, SqliteRecords};
use tempfile::TempDir;
use types::{Clock, IdentityId, ManualClock, SecretBytes, SeededEntropy, SignedDuration};

use super::*;
use crate::{
    EmailSender, Login, Messages, OwnerAuthority, PasswordPolicy, PublicId, PublicResource, SPACES,
    SignInNames, SrpVerifier, UserPool, UserPoolTier, UserStatus,
};

const NOW: Timestamp = Timestamp::UNIX_EPOCH;
/// More than go in one batch, twice.
const MANY: usize = 2 * BATCH + 50;

struct World {
    directory: Directory,
    authority: OwnerAuthority,
    runner: Runner,
    entropy: SeededEntropy,
    _folder: TempDir,
}

impl World {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(NOW));
        let path = folder.path().join("directory.db");
        let records: Arc<dyn Records> =
            Arc::new(SqliteRecords::open(&path, SPACES, clock.clone()).unwrap());
        let (directory, authority) = Directory::open(records.clone());
        let runner = directory.register(Runner::new(records, clock));
        Self { directory, authority, runner, entropy: SeededEntropy::new(1), _folder: folder }
    }

    fn owner(&self) -> Owner {
        self.authority.owner("123456789012".parse().unwrap(), "us-east-1".parse().unwrap())
    }

    async fn commit(&self, with: impl FnOnce(&mut Change)) {
        let mut change = Change::new();
        with(&mut change);
        self.directory.commit(change).await.unwrap();
    }

    /// A pool without clients, and many users with verifiers.
    async fn user_pool(&self) -> UserPoolKey {
        let owner = self.owner();
        let key = UserPoolKey { id: UserPoolId::random(owner.region(), &self.entropy), owner };
        let pool = user_pool(&key);
        self.commit(|change| change.create(&key, &pool)).await;
        let ring = KeyRing::generate(&self.entropy).unwrap();
        let secret = SecretBytes::new(vec![1, 2, 3]);
        let sealed = ring.seal(Label::SecretAtRest, b"", &secret, &self.entropy).unwrap();
        for number in 0..MANY {
            let username = format!("User{number}");
            let srp = SrpVerifier { salt: "salt".to_owned(), verifier: sealed.clone() };
            let name = pool.comparable(&username);
            let user = user(username, Uuid::random(&self.entropy), srp);
            let place = UserKey { pool: key.clone(), name };
            self.commit(|change| change.create(&place, &user)).await;
        }
        key
    }

    async fn users(&self, pool: &UserPoolKey) -> Vec<User> {
        let users = self.directory.all::<User>(&pool.within()).await.unwrap();
        users.into_iter().map(|found| found.record).collect()
    }
}

fn user_pool(key: &UserPoolKey) -> UserPool {
    UserPool {
        id: key.id.clone(),
        name: "people".to_owned(),
        password_policy: PasswordPolicy {
            minimum_length: 8,
            require_uppercase: false,
            require_lowercase: false,
            require_numbers: false,
            require_symbols: false,
            temporary_password_validity_days: 7,
            history_size: 0,
        },
        case_sensitive: false,
        admin_create_user_only: false,
        deletion_protection: false,
        sign_in_names: SignInNames::default(),
        schema: Vec::new(),
        auto_verified: Vec::new(),
        verified_before_update: Vec::new(),
        account_recovery: Vec::new(),
        messages: Messages::default(),
        email: EmailSender::default(),
        tier: UserPoolTier::default(),
        domain: None,
        tags: BTreeMap::new(),
        created: NOW,
        last_modified: NOW,
    }
}

fn user(username: String, sub: Uuid, srp: SrpVerifier) -> User {
    User {
        username,
        sub,
        attributes: BTreeMap::new(),
        aliases: BTreeSet::new(),
        unverified: BTreeMap::new(),
        enabled: true,
        status: UserStatus::Confirmed,
        password: None,
        former_passwords: Vec::new(),
        failures: None,
        signed_out: None,
        srp: Some(srp),
        created: NOW,
        last_modified: NOW,
    }
}

#[tokio::test]
async fn the_identities_of_a_pool_that_is_gone_go_with_what_leads_to_them() {
    let world = World::new();
    let (directory, owner) = (&world.directory, world.owner());
    let pools = [1, 2].map(|_| IdentityPoolId::random(owner.region(), &world.entropy));
    let mut ids = Vec::new();
    for pool in &pools {
        for number in 0..MANY {
            let id = IdentityId::random(owner.region(), &world.entropy);
            let logins = BTreeMap::from([("provider".to_owned(), number.to_string())]);
            let key = IdentityKey { owner: owner.clone(), pool: pool.clone(), id: id.clone() };
            let identity = Identity::new(id.clone(), logins, NOW);
            world.commit(|change| change.create(&key, &identity)).await;
            ids.push(id);
        }
    }
    let [gone, kept] = pools;
    let key = IdentityPoolKey { owner: owner.clone(), id: gone.clone() };
    world.commit(|change| change.clear_identities(&key, NOW, &world.entropy)).await;
    assert_eq!(world.runner.run_due(NOW).await.unwrap(), Ran { done: 1, failed: 0 });

    for (pool, left) in [(&gone, 0), (&kept, MANY)] {
        let within = IdentityKey::prefix(&owner, pool);
        assert_eq!(directory.all::<Identity>(&within).await.unwrap().len(), left);
        assert_eq!(directory.all::<Login>(&within).await.unwrap().len(), left);
    }
    for (number, id) in ids.into_iter().enumerate() {
        let public = directory.get::<PublicResource>(&PublicId::Identity(id)).await.unwrap();
        assert_eq!(public.is_some(), number >= MANY);
    }
    assert_eq!(world.runner.run_due(NOW).await.unwrap(), Ran::default());
}

#[tokio::test]
async fn a_large_user_pool_is_cleared_to_the_last_user() {
    let world = World::new();
    let (gone, kept) = (world.user_pool().await, world.user_pool().await);
    world.commit(|change| change.clear_user_pool(&gone, NOW, &world.entropy)).await;
    assert_eq!(world.runner.run_due(NOW).await.unwrap(), Ran { done: 1, failed: 0 });
    for (pool, left) in [(&gone, 0), (&kept, MANY)] {
        assert_eq!(world.users(pool).await.len(), left);
        let subs = world.directory.all::<UserSub>(&pool.within()).await.unwrap();
        assert_eq!(subs.len(), left);
    }
}

#[tokio::test]
async fn every_user_of_a_large_pool_loses_the_verifier_and_nothing_else() {
    let world = World::new();
    let (unused, kept) = (world.user_pool().await, world.user_pool().await);
    let before = world.users(&unused).await;
    world.commit(|change| change.drop_unused_srp_verifiers(&unused, NOW, &world.entropy)).await;
    assert_eq!(world.runner.run_due(NOW).await.unwrap(), Ran::default(), "not at once");
    let later = NOW + SignedDuration::from_mins(1);
    assert_eq!(world.runner.run_due(later).await.unwrap(), Ran { done: 1, failed: 0 });
    let without = |user: &User| serde_json::to_value(User { srp: None, ..user.clone() }).unwrap();
    let after = world.users(&unused).await;
    assert!(after.iter().all(|user| user.srp.is_none()));
    assert_eq!(
        after.iter().map(without).collect::<Vec<_>>(),
        before.iter().map(without).collect::<Vec<_>>()
    );
    assert!(world.users(&kept).await.iter().all(|user| user.srp.is_some()));
}

#[tokio::test]
async fn verifiers_of_a_pool_that_is_gone_are_left_to_its_own_clearing() {
    let world = World::new();
    let owner = world.owner();
    let key = UserPoolKey { id: UserPoolId::random(owner.region(), &world.entropy), owner };
    world.commit(|change| change.drop_unused_srp_verifiers(&key, NOW, &world.entropy)).await;
    let later = NOW + SignedDuration::from_mins(1);
    assert_eq!(world.runner.run_due(later).await.unwrap(), Ran { done: 1, failed: 0 });
}
