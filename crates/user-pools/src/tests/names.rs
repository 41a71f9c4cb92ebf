//! By which names users are found, and that each belongs to one.

use directory::{Alias, Contact, SignInNames, User, UserAlias, UserPool, UserPoolKey};
use wire::cognito_idp::{
    AdminCreateUserRequest, AliasAttributeType, AttributeType, CreateUserPoolRequest,
    MessageActionType, UsernameAttributeType, UsernameConfigurationType,
};

use super::{PASSWORD, World, refused, signed_in};
use crate::{
    attributes::{self, Setter},
    error::UserPoolsError,
    users::Who,
};

fn given(pairs: &[(&str, &str)]) -> Vec<AttributeType> {
    let attribute = |(name, value): &(&str, &str)| AttributeType {
        name: (*name).to_owned(),
        value: Some((*value).into()),
    };
    pairs.iter().map(attribute).collect()
}

/// A pool whose users also sign in by everything that can be an alias.
fn with_aliases() -> CreateUserPoolRequest {
    CreateUserPoolRequest {
        alias_attributes: Some(vec![
            AliasAttributeType::Email,
            AliasAttributeType::PhoneNumber,
            AliasAttributeType::PreferredUsername,
        ]),
        ..CreateUserPoolRequest::default()
    }
}

fn by_address() -> CreateUserPoolRequest {
    CreateUserPoolRequest {
        username_attributes: Some(vec![
            UsernameAttributeType::PhoneNumber,
            UsernameAttributeType::Email,
        ]),
        ..CreateUserPoolRequest::default()
    }
}

impl World {
    async fn update(
        &self,
        pool: &UserPoolKey,
        name: &str,
        pairs: &[(&str, &str)],
    ) -> Result<(), UserPoolsError> {
        let given = given(pairs);
        let change = |pool: &UserPool, user: &mut User| {
            attributes::change(pool, user, &given, Setter::Administrator)
        };
        self.pools.change_user(pool, Who::Named(name), false, change).await.map(drop)
    }

    async fn found(&self, pool: &UserPoolKey, name: &str) -> Option<String> {
        let record = self.pools.pool(pool).await.unwrap().record;
        let found = self.pools.user(pool, &record, name).await.unwrap();
        found.map(|(_, found)| found.record.username)
    }

    async fn aliases(&self, pool: &UserPoolKey) -> usize {
        self.directory.all::<UserAlias>(&pool.within()).await.unwrap().len()
    }
}

#[tokio::test]
async fn only_what_is_verified_is_an_alias() {
    let world = World::new();
    let (pool, _) = world.pool(with_aliases()).await;
    let attributes = [("email", "ann@example.com"), ("phone_number", "+4930123")];
    world.create_user(&pool, "ann", &attributes).await.unwrap();
    assert_eq!(world.found(&pool, "ann@example.com").await, None);
    world.update(&pool, "ann", &[("email_verified", "true")]).await.unwrap();
    assert_eq!(world.found(&pool, "ann@example.com").await.as_deref(), Some("ann"));
    assert_eq!(world.found(&pool, "Ann@example.com").await, None, "case counts in this pool");
    assert_eq!(world.found(&pool, "+4930123").await, None);
    world.update(&pool, "ann@example.com", &[("phone_number_verified", "true")]).await.unwrap();
    world.update(&pool, "+4930123", &[("preferred_username", "annie")]).await.unwrap();
    assert_eq!(world.found(&pool, "annie").await.as_deref(), Some("ann"));
    assert_eq!(world.aliases(&pool).await, 3);
    // Another address is not verified, and the old one is nobody's.
    world.update(&pool, "ann", &[("email", "new@example.com")]).await.unwrap();
    for gone in ["ann@example.com", "new@example.com"] {
        assert_eq!(world.found(&pool, gone).await, None, "{gone}");
    }
    world.pools.admin_delete_user(&pool, "annie").await.unwrap();
    assert_eq!(world.aliases(&pool).await, 0);
}

#[tokio::test]
async fn an_alias_is_one_user_s() {
    let world = World::new();
    let (pool, _) = world.pool(with_aliases()).await;
    let verified = [("email", "a@example.com"), ("email_verified", "true")];
    world.create_user(&pool, "ann", &verified).await.unwrap();
    let message = "An account with the given email already exists.".to_owned();
    let taken = ("AliasExistsException", message);
    assert_eq!(refused(world.create_user(&pool, "bob", &verified).await), taken);
    assert_eq!(world.found(&pool, "bob").await, None);
    // Unverified it is only known, and cannot be verified.
    world.create_user(&pool, "bob", &verified[..1]).await.unwrap();
    assert_eq!(refused(world.update(&pool, "bob", &verified[1..]).await), taken);
    assert_eq!(world.found(&pool, "a@example.com").await.as_deref(), Some("ann"));
    // In another pool it is free.
    let (other, _) = world.pool(with_aliases()).await;
    world.create_user(&other, "ann", &verified).await.unwrap();
}

#[tokio::test]
async fn an_alias_can_be_taken_over_and_is_then_unverified_where_it_was() {
    let world = World::new();
    let (pool, _) = world.pool(with_aliases()).await;
    let verified = [("email", "a@example.com"), ("email_verified", "true")];
    world.create_user(&pool, "ann", &verified).await.unwrap();
    let input = AdminCreateUserRequest {
        username: "bob".into(),
        force_alias_creation: Some(true),
        message_action: Some(MessageActionType::Suppress),
        user_attributes: Some(given(&verified)),
        ..AdminCreateUserRequest::default()
    };
    world.pools.admin_create_user(&pool, &input).await.unwrap();
    assert_eq!(world.found(&pool, "a@example.com").await.as_deref(), Some("bob"));
    let record = world.pools.pool(&pool).await.unwrap().record;
    let ann = world.pools.user(&pool, &record, "ann").await.unwrap().unwrap().1.record;
    assert_eq!(ann.attributes["email_verified"], "false");
    assert_eq!((ann.attributes["email"].as_str(), ann.aliases.len()), ("a@example.com", 0));
    assert_eq!(world.aliases(&pool).await, 1);
    // Ann goes, and bob keeps the alias.
    world.pools.admin_delete_user(&pool, "ann").await.unwrap();
    assert_eq!(world.found(&pool, "a@example.com").await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn a_name_is_never_another_user_s_alias() {
    let world = World::new();
    let (pool, _) = world.pool(with_aliases()).await;
    let ann = world.create_user(&pool, "ann", &[("preferred_username", "annie")]).await.unwrap();
    let exists = refused(world.create_user(&pool, "annie", &[]).await);
    assert_eq!(exists.0, "UsernameExistsException");
    world.create_user(&pool, "bob", &[]).await.unwrap();
    let sub = ann.sub.to_string();
    for name in ["ann", "annie", sub.as_str()] {
        let refusal = refused(world.update(&pool, "bob", &[("preferred_username", name)]).await);
        assert_eq!(refusal.0, "AliasExistsException", "{name}");
    }
    world.update(&pool, "bob", &[("preferred_username", "bob")]).await.unwrap();
    for (name, words) in [
        ("b@example.com", "cannot be of email format"),
        ("+4930123", "cannot be of phone number format"),
    ] {
        for refusal in [
            refused(world.create_user(&pool, name, &[]).await),
            refused(world.update(&pool, "bob", &[("preferred_username", name)]).await),
        ] {
            assert_eq!(refusal.0, "InvalidParameterException", "{name}");
            assert!(refusal.1.contains(words), "{}", refusal.1);
        }
    }
    let long = "x".repeat(129);
    let refusal = refused(world.update(&pool, "bob", &[("preferred_username", &long)]).await);
    assert!(refusal.1.contains("128"), "{}", refusal.1);
    // Where they are no aliases, such names are like any other.
    let (plain, _) = world.pool(CreateUserPoolRequest::default()).await;
    world.create_user(&plain, "b@example.com", &[("preferred_username", "+1")]).await.unwrap();
    world.create_user(&plain, "+1", &[]).await.unwrap();
}

#[tokio::test]
async fn where_addresses_are_names_the_user_name_is_the_sub() {
    let world = World::new();
    let (pool, _) = world.pool(by_address()).await;
    let ann = world.create_user(&pool, "ann@example.com", &[]).await.unwrap();
    assert_eq!(ann.username, ann.sub.to_string());
    assert_eq!(ann.attributes["email"], "ann@example.com");
    let sub = Some(ann.sub.to_string());
    assert_eq!(world.found(&pool, "ann@example.com").await, sub, "verified or not");
    assert_eq!(world.found(&pool, &ann.username).await, sub);
    let message = "An account with the given email already exists.".to_owned();
    let exists = ("UsernameExistsException", message.clone());
    assert_eq!(refused(world.create_user(&pool, "ann@example.com", &[]).await), exists);
    let bob = world.create_user(&pool, "+4930123", &[]).await.unwrap();
    assert_eq!(bob.attributes["phone_number"], "+4930123");
    // Everybody may change the address by which they sign in to one that is free.
    let taken = ("AliasExistsException", message);
    let email = |to: &'static str| [("email", to)];
    assert_eq!(refused(world.update(&pool, "+4930123", &email("ann@example.com")).await), taken);
    world.update(&pool, "ann@example.com", &email("a@example.com")).await.unwrap();
    assert_eq!(world.found(&pool, "ann@example.com").await, None);
    assert_eq!(world.found(&pool, "a@example.com").await, sub);
    for (name, attributes, words) in [
        ("ann", &[][..], "either an email or a phone number"),
        ("c@example.com", &[("email", "d@example.com")], "not the same"),
    ] {
        let refusal = refused(world.create_user(&pool, name, attributes).await);
        assert_eq!(refusal.0, "InvalidParameterException");
        assert!(refusal.1.contains(words), "{}", refusal.1);
    }
    world.create_user(&pool, "c@example.com", &[("email", "c@example.com")]).await.unwrap();
}

#[tokio::test]
async fn case_counts_in_addresses_as_the_pool_says() {
    let world = World::new();
    let configuration = UsernameConfigurationType { case_sensitive: false };
    let input =
        CreateUserPoolRequest { username_configuration: Some(configuration), ..by_address() };
    let (pool, _) = world.pool(input).await;
    let ann = world.create_user(&pool, "Ann@Example.com", &[]).await.unwrap();
    assert_eq!(ann.attributes["email"], "Ann@Example.com", "kept as it was given");
    assert_eq!(world.found(&pool, "aNN@example.COM").await, Some(ann.username));
    let exists = refused(world.create_user(&pool, "ann@example.com", &[]).await);
    assert_eq!(exists.0, "UsernameExistsException");
}

#[tokio::test]
async fn a_user_signs_in_by_every_name() {
    let world = World::new();
    let place = world.plain_place().await;
    let (key, mut pool) = (&place.key, place.pool.clone());
    pool.sign_in_names = SignInNames::Username(vec![Alias::Email]);
    let found = world.pools.pool(key).await.unwrap();
    let mut change = directory::Change::new();
    change.replace(key, &found, &pool);
    world.directory.commit(change).await.unwrap();
    world.user(&place, "ann").await;
    let email = [("email", "ann@example.com"), ("email_verified", "true")];
    assert!(world.by_password(&place, "ann@example.com", PASSWORD).await.is_err());
    world.update(key, "ann", &email).await.unwrap();
    for name in ["ann", "ann@example.com"] {
        signed_in(world.by_password(&place, name, PASSWORD).await);
    }
    assert!(world.by_password(&place, "ann@example.com", "Wrong1!!").await.is_err());
}

#[tokio::test]
async fn of_many_who_want_an_alias_at_once_one_gets_it() {
    let world = World::new();
    let (pool, _) = world.pool(with_aliases()).await;
    let names: Vec<String> = (0..8).map(|number| format!("user{number}")).collect();
    for name in &names {
        world.create_user(&pool, name, &[]).await.unwrap();
    }
    let wanted = [("preferred_username", "best")];
    let asked = names.iter().map(|name| world.update(&pool, name, &wanted));
    let outcomes = futures_util::future::join_all(asked).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    assert_eq!(world.aliases(&pool).await, 1);
    for error in outcomes.into_iter().filter_map(Result::err) {
        assert!(matches!(error, UserPoolsError::AliasExists("preferred_username")), "{error}");
    }
}

#[tokio::test]
async fn how_users_sign_in_is_said_in_one_way() {
    let world = World::new();
    let owner = world.owner("123456789012", "us-east-1");
    let both = CreateUserPoolRequest {
        pool_name: "people".to_owned(),
        alias_attributes: Some(vec![AliasAttributeType::Email]),
        ..by_address()
    };
    let refusal = refused(world.pools.create_user_pool(owner, both).await);
    assert!(refusal.1.contains("Only one of"), "{}", refusal.1);
    let (_, pool) = world.pool(by_address()).await;
    let expected = SignInNames::Attributes(vec![Contact::Email, Contact::PhoneNumber]);
    assert_eq!(pool.sign_in_names, expected);
}
