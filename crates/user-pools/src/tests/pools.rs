use directory::{
    Group, Membership, PublicId, PublicResource, RefreshToken, TokenKey, TokenKeyKey, TokenPurpose,
    UnknownUser, User, UserPoolClient, UserPoolClientKey, UserPoolKey, UserSub,
};
use wire::cognito_idp::{
    AdminCreateUserConfigType, CreateUserPoolClientRequest, CreateUserPoolRequest,
    DeletionProtectionType, ExplicitAuthFlowsType as Flow, LambdaConfigType,
    PreventUserExistenceErrorTypes, UserPoolMfaType, UserPoolTierType,
};

use super::{PASSWORD, World, refused, signed_in};
use crate::{clients, pool_shape::described};

#[tokio::test]
async fn a_pool_is_shown_as_it_was_made() {
    let world = World::new();
    let (key, pool) = world.pool(CreateUserPoolRequest::default()).await;
    let shown = described(&key, &world.pools.pool(&key).await.unwrap().record);
    assert_eq!(shown.id.as_deref(), Some(pool.id.as_str()));
    let arn = format!("arn:aws:cognito-idp:us-east-1:123456789012:userpool/{}", pool.id);
    assert_eq!(shown.arn, Some(arn));
    assert_eq!(shown.name.as_deref(), Some("people"));
    assert_eq!(shown.policies.unwrap().password_policy.unwrap().minimum_length, Some(8));
    assert_eq!(shown.deletion_protection, Some(DeletionProtectionType::Inactive));
}

#[tokio::test]
async fn what_would_change_a_pool_and_is_not_served_is_refused_by_name() {
    let world = World::new();
    let owner = world.owner("123456789012", "us-east-1");
    let base = || CreateUserPoolRequest {
        pool_name: "people".to_owned(),
        ..CreateUserPoolRequest::default()
    };
    for (input, words) in [
        (
            CreateUserPoolRequest {
                lambda_config: Some(LambdaConfigType {
                    pre_sign_up: Some(
                        "arn:aws:lambda:us-east-1:123456789012:function:f".to_owned(),
                    ),
                    ..LambdaConfigType::default()
                }),
                ..base()
            },
            "LambdaConfig is not served",
        ),
        (
            CreateUserPoolRequest { mfa_configuration: Some(UserPoolMfaType::On), ..base() },
            "MfaConfiguration is not served",
        ),
        (
            CreateUserPoolRequest { user_pool_tier: Some(UserPoolTierType::Plus), ..base() },
            "UserPoolTier PLUS is not served",
        ),
        (CreateUserPoolRequest { pool_name: "a/b".to_owned(), ..base() }, "'poolName'"),
    ] {
        let (code, message) = refused(world.pools.create_user_pool(owner.clone(), input).await);
        assert_eq!(code, "InvalidParameterException");
        assert!(message.contains(words), "{message}");
    }
    let harmless = CreateUserPoolRequest {
        lambda_config: Some(LambdaConfigType::default()),
        mfa_configuration: Some(UserPoolMfaType::Off),
        username_attributes: Some(Vec::new()),
        admin_create_user_config: Some(AdminCreateUserConfigType {
            allow_admin_create_user_only: Some(true),
            ..AdminCreateUserConfigType::default()
        }),
        ..base()
    };
    let (_, pool) = world.pools.create_user_pool(owner, harmless).await.unwrap();
    assert!(pool.admin_create_user_only);
}

#[tokio::test]
async fn another_account_or_region_does_not_find_the_pool() {
    let world = World::new();
    let (key, _) = world.pool(CreateUserPoolRequest::default()).await;
    for (account, region) in [("210987654321", "us-east-1"), ("123456789012", "eu-west-1")] {
        let other = UserPoolKey { owner: world.owner(account, region), id: key.id.clone() };
        let message = format!("User pool {} does not exist.", key.id);
        let not_found = ("ResourceNotFoundException", message);
        assert_eq!(refused(world.pools.pool(&other).await), not_found);
        assert_eq!(refused(world.pools.delete_user_pool(&other).await), not_found);
        let input = CreateUserPoolClientRequest {
            client_name: "web".to_owned(),
            ..CreateUserPoolClientRequest::default()
        };
        let outcome = world.pools.create_user_pool_client(&other, input).await;
        assert_eq!(refused(outcome), not_found);
    }
    world.pools.pool(&key).await.unwrap();
}

#[tokio::test]
async fn a_client_s_secret_is_shown_again_and_stored_sealed() {
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        generate_secret: Some(true),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[], settings).await;
    let key = UserPoolClientKey { pool: place.key.clone(), id: place.client.id.clone() };
    let client = world.pools.client(&key).await.unwrap().record;
    let secret = world.pools.client_secret(&key, &client).unwrap();
    let shown = clients::described(&place.key, &client, secret);
    let made = place.secret.unwrap();
    assert!(shown.client_secret.unwrap().equals(made.expose().as_bytes()));
    let stored = serde_json::to_string(&client).unwrap();
    assert!(!stored.contains(made.expose().as_str()));
    assert_eq!(client.id.len(), 26);
    assert!(client.id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()));
    // Under another client's key it does not open.
    let other = UserPoolClientKey { id: "other".to_owned(), ..key };
    assert!(world.pools.client_secret(&other, &client).is_err());
}

#[tokio::test]
async fn with_a_pool_goes_everything_that_was_in_it_and_nothing_else() {
    let world = World::new();
    let discreet = || CreateUserPoolClientRequest {
        prevent_user_existence_errors: Some(PreventUserExistenceErrorTypes::Enabled),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowUserPasswordAuth], discreet()).await;
    let kept = world.place(&[Flow::AllowUserPasswordAuth], discreet()).await;
    for place in [&place, &kept] {
        world.user(place, "ann").await;
        world.group(&place.key, "admin", 0, None).await;
        world.pools.admin_add_user_to_group(&place.key, "ann", "admin").await.unwrap();
        signed_in(world.by_password(place, "ann", PASSWORD).await);
        assert!(world.by_password(place, "nobody", PASSWORD).await.is_err());
    }
    world.pools.delete_user_pool(&place.key).await.unwrap();
    // The keys are gone at once; the rest does not keep the request waiting, and is out of reach.
    let left = remains(&world, &place.key, &place.client.id).await;
    assert_eq!(left, [1, 1, 1, 1, 1, 1, 1, 0, 1]);
    let outcome = world.by_password(&place, "ann", PASSWORD).await;
    assert_eq!(refused(outcome).0, "ResourceNotFoundException");
    assert_eq!(world.background_work().await, 1);
    assert_eq!(remains(&world, &place.key, &place.client.id).await, [0; 9]);
    assert!(world.tables_with(&place.key.within()).await.is_empty());
    assert_eq!(remains(&world, &kept.key, &kept.client.id).await, [1, 1, 1, 1, 1, 1, 1, 2, 2]);
    let outcome = world.by_password(&place, "ann", PASSWORD).await;
    assert_eq!(refused(outcome).0, "ResourceNotFoundException");
    assert!(world.pools.json_web_key_set(&place.key).await.is_err());
    signed_in(world.by_password(&kept, "ann", PASSWORD).await);
}

/// How many records of each kind there are in a pool.
async fn remains(world: &World, pool: &UserPoolKey, client: &str) -> [usize; 9] {
    let (directory, within) = (&world.directory, pool.within());
    let mut keys = 0;
    for purpose in [TokenPurpose::IdToken, TokenPurpose::AccessToken] {
        let place = TokenKeyKey { owner: pool.owner.clone(), pool: pool.id.to_string(), purpose };
        keys += usize::from(directory.get::<TokenKey>(&place).await.unwrap().is_some());
    }
    let mut public = 0;
    for id in [PublicId::UserPool(pool.id.clone()), PublicId::UserPoolClient(client.to_owned())] {
        public += usize::from(directory.get::<PublicResource>(&id).await.unwrap().is_some());
    }
    [
        directory.all::<User>(&within).await.unwrap().len(),
        directory.all::<UserSub>(&within).await.unwrap().len(),
        directory.all::<UnknownUser>(&within).await.unwrap().len(),
        directory.all::<Group>(&within).await.unwrap().len(),
        directory.all::<Membership>(&within).await.unwrap().len(),
        directory.all::<UserPoolClient>(&within).await.unwrap().len(),
        directory.all::<RefreshToken>(&within).await.unwrap().len(),
        keys,
        public,
    ]
}

#[tokio::test]
async fn a_protected_pool_stays() {
    let world = World::new();
    let (key, _) = world
        .pool(CreateUserPoolRequest {
            deletion_protection: Some(DeletionProtectionType::Active),
            ..CreateUserPoolRequest::default()
        })
        .await;
    let (code, message) = refused(world.pools.delete_user_pool(&key).await);
    assert_eq!(code, "InvalidParameterException");
    assert!(message.contains("deletion protection"), "{message}");
    world.pools.pool(&key).await.unwrap();
}

#[tokio::test]
async fn the_discovery_document_points_to_the_keys() {
    let world = World::new();
    let (key, pool) = world.pool(CreateUserPoolRequest::default()).await;
    let document = world.pools.open_id_configuration(&key.id);
    assert_eq!(document.issuer, format!("http://localhost:4566/{}", pool.id));
    assert_eq!(document.jwks_uri, format!("{}/.well-known/jwks.json", document.issuer));
}
