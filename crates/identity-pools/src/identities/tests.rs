use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{IdentityPoolRoles, OwnerAuthority, PublicId, PublicResource};
use store::{Records, SqliteRecords};
use tempfile::TempDir;
use tokio::task::JoinSet;
use types::{Clock, ManualClock, SeededEntropy};

use super::*;
use crate::linking::LinkError;

/// A directory in a file of its own, with one pool.
struct World {
    _folder: TempDir,
    directory: Directory,
    key: IdentityPoolKey,
    pool: IdentityPool,
}

impl World {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock: Arc<dyn Clock> = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let path = folder.path().join("directory.db");
        let records: Arc<dyn Records> =
            Arc::new(SqliteRecords::open(&path, directory::SPACES, clock).unwrap());
        let (directory, authority) = Directory::open(records);
        let key = pool_key(&authority, "123456789012");
        let mut change = Change::new();
        change.create(&key, &pool(&key));
        directory.commit(change).await.unwrap();
        Self { _folder: folder, directory, pool: pool(&key), key }
    }

    fn identities(&self) -> Identities<'_> {
        self.asked_by(Asker::Person)
    }

    fn asked_by(&self, asker: Asker) -> Identities<'_> {
        Identities { directory: &self.directory, key: &self.key, pool: &self.pool, asker }
    }

    async fn of(&self, logins: &[(&str, &str)], seed: u64) -> Result<IdentityId, LoginError> {
        let identities = self.identities();
        let of = identities.of(&pairs(logins), at(seed), &SeededEntropy::new(seed)).await;
        of.map(|identity| identity.id)
    }

    async fn guest(&self, seed: u64) -> Result<IdentityId, LoginError> {
        let guest = self.identities().guest(at(seed), &SeededEntropy::new(seed)).await;
        guest.map(|identity| identity.id)
    }

    async fn prove(
        &self,
        id: &IdentityId,
        logins: &[(&str, &str)],
        seed: u64,
    ) -> Result<IdentityId, LoginError> {
        let proved = self.identities().prove(id, &pairs(logins), at(seed)).await;
        proved.map(|identity| identity.id)
    }

    /// What the application's back end says of one of its users.
    async fn vouched(
        &self,
        id: Option<&IdentityId>,
        logins: &[(&str, &str)],
        seed: u64,
    ) -> Result<IdentityId, LoginError> {
        let identities = self.asked_by(Asker::Developer);
        let logins = pairs(logins);
        let vouched = match id {
            Some(id) => identities.prove(id, &logins, at(seed)).await,
            None => identities.of(&logins, at(seed), &SeededEntropy::new(seed)).await,
        };
        vouched.map(|identity| identity.id)
    }

    async fn identity(&self, id: &IdentityId) -> Identity {
        self.identities().find(id).await.unwrap().unwrap().record
    }
}

fn at(second: u64) -> Timestamp {
    Timestamp::from_second(i64::try_from(second).unwrap()).unwrap()
}

fn pool_key(authority: &OwnerAuthority, account: &str) -> IdentityPoolKey {
    IdentityPoolKey {
        owner: authority.owner(account.parse().unwrap(), "us-east-1".parse().unwrap()),
        id: "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap(),
    }
}

fn pool(key: &IdentityPoolKey) -> IdentityPool {
    IdentityPool {
        id: key.id.clone(),
        name: "pool".to_owned(),
        allow_unauthenticated_identities: true,
        allow_classic_flow: None,
        providers: Vec::new(),
        developer_provider: Some("login.example".to_owned()),
        principal_tags: BTreeMap::new(),
        roles: IdentityPoolRoles::default(),
        tags: BTreeMap::new(),
    }
}

fn pairs(logins: &[(&str, &str)]) -> BTreeMap<String, String> {
    logins.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_hundred_first_calls_for_one_person_find_one_identity() {
    let world = Arc::new(World::new().await);
    let mut calls = JoinSet::new();
    for seed in 1..=200 {
        let world = world.clone();
        calls.spawn(async move { world.of(&[("a", "1")], seed * 1000).await.unwrap() });
    }
    let ids: BTreeSet<IdentityId> = calls.join_all().await.into_iter().collect();
    assert_eq!(ids.len(), 1);
    // Nothing is left of those that came too late.
    let within = world.key.owner.regional_key();
    let all = world.directory.all::<Identity>(&within).await.unwrap();
    assert_eq!(all.len(), 1);
    assert_eq!(Some(&all[0].record.id), ids.first());
    let public = PublicId::Identity(all[0].record.id.clone());
    let public = world.directory.get::<PublicResource>(&public).await.unwrap().unwrap();
    assert_eq!(public.record.pool, world.key.id.to_string());
}

/// As it looks to whoever read the index before a login was unlinked, and the identity afterwards.
#[tokio::test]
async fn an_identity_that_no_longer_has_the_login_is_not_merged() {
    let world = World::new().await;
    let ada = world.of(&[("a", "1")], 1).await.unwrap();
    let other = world.of(&[("c", "3")], 2).await.unwrap();
    let stale = LoginKey {
        owner: world.key.owner.clone(),
        pool: world.key.id.clone(),
        provider: "b".to_owned(),
        subject: "2".to_owned(),
    };
    let mut change = Change::new();
    change.create(&stale, &Login { identity: other.clone() });
    world.directory.commit(change).await.unwrap();
    let both = world.prove(&ada, &[("a", "1"), ("b", "2")], 3).await;
    assert!(matches!(both, Err(LoginError::Directory(DirectoryError::Conflict))));
    let alone = world.of(&[("b", "2")], 4).await;
    assert!(matches!(alone, Err(LoginError::Directory(DirectoryError::Conflict))));
    assert_eq!(world.identity(&other).await.state, IdentityState::Active);
    assert_eq!(world.identity(&other).await.logins, pairs(&[("c", "3")]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_who_find_out_at_once_that_two_are_one_make_one() {
    let world = Arc::new(World::new().await);
    let older = world.of(&[("a", "1")], 1).await.unwrap();
    let younger = world.of(&[("b", "2")], 2).await.unwrap();
    let guest = world.guest(3).await.unwrap();
    let mut calls = JoinSet::new();
    for seed in 10..=50 {
        let (world, named) = (world.clone(), [&older, &younger, &guest][seed % 3].clone());
        calls.spawn(async move {
            let seed = u64::try_from(seed).unwrap();
            world.prove(&named, &[("a", "1"), ("b", "2"), ("c", "3")], seed).await.unwrap()
        });
    }
    let ids: BTreeSet<IdentityId> = calls.join_all().await.into_iter().collect();
    assert_eq!(ids, BTreeSet::from([older.clone()]));
    let all = pairs(&[("a", "1"), ("b", "2"), ("c", "3")]);
    assert_eq!(world.identity(&older).await.logins, all);
    for merged in [&younger, &guest] {
        let state = world.identity(merged).await.state;
        assert_eq!(state, IdentityState::MergedInto(older.clone()));
    }
    for login in [("a", "1"), ("b", "2"), ("c", "3")] {
        assert_eq!(world.of(&[login], 60).await.unwrap(), older);
    }
}

#[tokio::test]
async fn another_person_and_every_guest_have_an_identity_of_their_own() {
    let world = World::new().await;
    let one = world.of(&[("a", "1")], 1).await.unwrap();
    assert_eq!(world.of(&[("a", "1")], 2).await.unwrap(), one);
    let others = [
        world.of(&[("a", "2")], 3).await.unwrap(),
        world.of(&[("b", "1")], 4).await.unwrap(),
        // Subjects differ byte for byte.
        world.of(&[("a", "1 ")], 5).await.unwrap(),
        world.guest(6).await.unwrap(),
        world.guest(7).await.unwrap(),
    ];
    let distinct: BTreeSet<_> = others.iter().chain([&one]).collect();
    assert_eq!(distinct.len(), 6);
    assert!(world.identity(&others[4]).await.logins.is_empty());
}

#[tokio::test]
async fn a_second_login_given_beside_the_first_leads_to_the_same_identity() {
    let world = World::new().await;
    let id = world.of(&[("a", "1")], 1).await.unwrap();
    assert_eq!(world.of(&[("a", "1"), ("b", "2")], 2).await.unwrap(), id);
    assert_eq!(world.of(&[("b", "2")], 3).await.unwrap(), id);
    let identity = world.identity(&id).await;
    assert_eq!(identity.logins, pairs(&[("a", "1"), ("b", "2")]));
    assert_eq!(identity.created, Timestamp::from_second(1).unwrap());
    assert_eq!(identity.last_modified, Timestamp::from_second(2).unwrap());
}

#[tokio::test]
async fn two_people_of_one_provider_are_not_made_into_one() {
    let world = World::new().await;
    world.of(&[("a", "1"), ("b", "1")], 1).await.unwrap();
    world.of(&[("a", "2")], 2).await.unwrap();
    for logins in [[("a", "2"), ("b", "1")], [("a", "3"), ("b", "1")]] {
        let refused = world.of(&logins, 3).await;
        assert!(matches!(refused, Err(LoginError::Link(LinkError::SameProvider))), "{logins:?}");
    }
}

#[tokio::test]
async fn two_identities_of_one_person_become_the_older_one() {
    let world = World::new().await;
    let older = world.of(&[("a", "1")], 1).await.unwrap();
    let younger = world.of(&[("b", "2")], 2).await.unwrap();
    let both = [("a", "1"), ("b", "2")];
    // Whoever asks for the younger by both is told of the older.
    assert_eq!(world.prove(&younger, &both, 3).await.unwrap(), older);
    assert_eq!(world.identity(&older).await.logins, pairs(&both));
    let disabled = world.identity(&younger).await;
    assert_eq!(disabled.state, IdentityState::MergedInto(older.clone()));
    assert!(disabled.has_no_login());
    assert_eq!(world.of(&[("b", "2")], 4).await.unwrap(), older);
    // Its old id still leads there, with a login and not without.
    assert_eq!(world.prove(&younger, &[("b", "2")], 5).await.unwrap(), older);
    for logins in [&[][..], &[("b", "3")]] {
        assert!(world.prove(&younger, logins, 6).await.is_err(), "{logins:?}");
    }
    // By GetId too.
    let third = world.of(&[("c", "3")], 7).await.unwrap();
    assert_ne!(third, older);
    assert_eq!(world.of(&[("b", "2"), ("c", "3")], 8).await.unwrap(), older);
    assert_eq!(world.of(&[("c", "3")], 9).await.unwrap(), older);
}

#[tokio::test]
async fn one_own_login_is_enough_and_none_is_too_little() {
    let world = World::new().await;
    let ada = world.of(&[("a", "1")], 1).await.unwrap();
    let bob = world.of(&[("a", "2")], 2).await.unwrap();
    assert_eq!(world.prove(&ada, &[("a", "1")], 3).await.unwrap(), ada);
    for logins in [&[("a", "2")][..], &[("b", "1")], &[("b", "1"), ("c", "1")]] {
        let refused = world.prove(&ada, logins, 4).await;
        assert!(matches!(refused, Err(LoginError::AnothersLogin)), "{logins:?}");
    }
    let none = world.prove(&ada, &[], 5).await;
    assert!(matches!(none, Err(LoginError::LoginMissing(_))));
    // What nobody has is linked on the way, and then proves alone.
    assert_eq!(world.prove(&ada, &[("a", "1"), ("b", "1")], 6).await.unwrap(), ada);
    assert_eq!(world.prove(&ada, &[("b", "1")], 7).await.unwrap(), ada);
    let theirs = world.prove(&bob, &[("a", "2"), ("b", "1")], 8).await;
    assert!(matches!(theirs, Err(LoginError::Link(LinkError::SameProvider))));
    assert_eq!(world.identity(&bob).await.logins, pairs(&[("a", "2")]));
}

#[tokio::test]
async fn a_guest_who_signs_in_keeps_the_identity_unless_there_is_one_already() {
    let world = World::new().await;
    let guest = world.guest(1).await.unwrap();
    assert_eq!(world.prove(&guest, &[], 2).await.unwrap(), guest);
    assert_eq!(world.prove(&guest, &[("a", "1")], 3).await.unwrap(), guest);
    assert_eq!(world.of(&[("a", "1")], 4).await.unwrap(), guest);
    let now_a_persons = world.prove(&guest, &[], 5).await;
    assert!(matches!(now_a_persons, Err(LoginError::LoginMissing(_))));
    // A second guest who turns out to be the same person, though it is the younger one.
    let later = world.guest(6).await.unwrap();
    assert_eq!(world.prove(&later, &[("a", "1")], 7).await.unwrap(), guest);
    let gone = world.prove(&later, &[], 8).await;
    assert!(matches!(gone, Err(LoginError::LoginMissing(_))));
    // An older guest too becomes the person, whose folder is the one that stays.
    let (first, person) =
        (world.guest(9).await.unwrap(), world.of(&[("a", "2")], 10).await.unwrap());
    assert_eq!(world.prove(&first, &[("a", "2")], 11).await.unwrap(), person);
}

#[tokio::test]
async fn a_user_of_the_applications_sign_in_is_linked_at_its_word_only() {
    let world = World::new().await;
    let user = [(DEVELOPER_LOGINS, "x")];
    assert!(matches!(world.of(&user, 1).await, Err(LoginError::AnothersLogin)));
    let guest = world.guest(2).await.unwrap();
    let claimed = world.prove(&guest, &user, 3).await;
    assert!(matches!(claimed, Err(LoginError::AnothersLogin)));
    let id = world.vouched(None, &user, 4).await.unwrap();
    assert_eq!(world.of(&user, 5).await.unwrap(), id);
    assert_eq!(world.prove(&id, &user, 6).await.unwrap(), id);
    // To a guest's identity; not to a person's, unless one of its logins comes along.
    assert_eq!(world.vouched(Some(&guest), &[(DEVELOPER_LOGINS, "y")], 7).await.unwrap(), guest);
    let ada = world.of(&[("a", "1")], 8).await.unwrap();
    let alone = world.vouched(Some(&ada), &[(DEVELOPER_LOGINS, "z")], 9).await;
    assert!(matches!(alone, Err(LoginError::AnothersLogin)));
    let both = [(DEVELOPER_LOGINS, "z"), ("a", "1")];
    assert_eq!(world.vouched(Some(&ada), &both, 10).await.unwrap(), ada);
    // Nor is it taken from the identity that has it.
    let taken = world.vouched(Some(&ada), &[(DEVELOPER_LOGINS, "x"), ("a", "1")], 11).await;
    assert!(matches!(taken, Err(LoginError::DeveloperUserElsewhere)));
}

#[tokio::test]
async fn users_of_the_applications_sign_in_become_one_the_way_they_are_told() {
    let world = World::new().await;
    let (older, younger) = (
        world.vouched(None, &[(DEVELOPER_LOGINS, "x")], 1).await.unwrap(),
        world.vouched(None, &[(DEVELOPER_LOGINS, "y")], 2).await.unwrap(),
    );
    let merge = async |source: &str, destination: &str| {
        let merged = world.identities().merge_developer_users(source, destination, at(3)).await;
        merged.unwrap().map(|identity| identity.id)
    };
    assert_eq!(merge("x", "nobody").await, None);
    assert_eq!(merge("x", "y").await, Some(younger.clone()));
    assert_eq!(merge("x", "y").await, Some(younger.clone()));
    assert_eq!(world.of(&[(DEVELOPER_LOGINS, "x")], 4).await.unwrap(), younger);
    assert_eq!(world.identity(&older).await.state, IdentityState::MergedInto(younger));
}

#[tokio::test]
async fn a_change_of_roles_holds_nobody_up_and_a_change_of_whom_it_takes_does() {
    let world = World::new().await;
    let edit = async |edit: fn(&mut IdentityPool)| {
        let edited = world.directory.update::<IdentityPool, (), LoginError>(&world.key, |pool| {
            edit(pool);
            Ok(())
        });
        edited.await.unwrap().unwrap();
    };
    edit(|pool| pool.roles.authenticated = None).await;
    edit(|pool| pool.name.push('2')).await;
    let known = world.of(&[("a", "1")], 1).await.unwrap();
    edit(|pool| pool.allow_unauthenticated_identities = false).await;
    let guest = world.guest(2).await;
    assert!(matches!(guest, Err(LoginError::Directory(DirectoryError::Conflict))));
    let late = world.of(&[("a", "2")], 3).await;
    assert!(matches!(late, Err(LoginError::Directory(DirectoryError::Conflict))));
    assert_eq!(world.of(&[("a", "1")], 4).await.unwrap(), known);
}

#[tokio::test]
async fn no_identity_is_made_in_a_pool_that_is_gone() {
    let world = World::new().await;
    let found = world.directory.get::<IdentityPool>(&world.key).await.unwrap().unwrap();
    let mut change = Change::new();
    change.delete(&world.key, &found);
    world.directory.commit(change).await.unwrap();
    assert!(matches!(world.of(&[("a", "2")], 2).await, Err(LoginError::NoSuchPool(_))));
    let guest = world.guest(3).await;
    assert!(matches!(guest, Err(LoginError::NoSuchPool(_))));
}
