//! What a token is worth after it was given out.

use directory::{Change, UserPoolClient, UserPoolClientKey};
use types::{SecretString, SignedDuration};
use wire::{
    cognito_idp::{AuthFlowType, AuthenticationResultType},
    introspection::IntrospectTokenRequest,
};

use super::{PASSWORD, Place, World, refused, signed_in};

/// A place, and the tokens of a user `ann` of it.
async fn ann(world: &World) -> (Place, AuthenticationResultType) {
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    (place, tokens)
}

fn access(tokens: &AuthenticationResultType) -> &SecretString {
    tokens.access_token.as_ref().unwrap()
}

async fn is_active(world: &World, place: &Place, tokens: &AuthenticationResultType) -> bool {
    let claims = world.id_claims(place, tokens.id_token.as_ref().unwrap()).await;
    let input = IntrospectTokenRequest {
        user_pool_id: place.key.id.clone(),
        sub: claims.sub,
        origin_jti: claims.origin_jti,
        auth_time: claims.auth_time,
    };
    world.pools.introspect_token(&place.key, &input).await.unwrap()
}

async fn of_bearer(world: &World, place: &Place, token: &SecretString) -> (&'static str, String) {
    refused(world.pools.bearer_in(place.key.clone(), token).await)
}

fn not_authorized(message: &str) -> (&'static str, String) {
    ("NotAuthorizedException", message.to_owned())
}

#[tokio::test]
async fn an_access_token_is_its_users_until_it_expires() {
    let world = World::new();
    let (place, tokens) = ann(&world).await;
    let bearer = world.pools.bearer_in(place.key.clone(), access(&tokens)).await.ok().unwrap();
    assert_eq!(bearer.user.record.username, "ann");
    assert_eq!(bearer.claims.sub, bearer.user.record.sub);
    assert_eq!(
        (bearer.pool.id, bearer.client.id),
        (place.pool.id.clone(), place.client.id.clone())
    );
    world.clock.advance(SignedDuration::from_secs(3599));
    assert!(world.pools.bearer_in(place.key.clone(), access(&tokens)).await.is_ok());
    world.clock.advance(SignedDuration::from_secs(1));
    let expired = not_authorized("Access Token has expired");
    assert_eq!(of_bearer(&world, &place, access(&tokens)).await, expired);
}

#[tokio::test]
async fn what_is_not_an_access_token_of_the_pool_is_refused() {
    let world = World::new();
    let (place, tokens) = ann(&world).await;
    let (_, of_another_pool) = ann(&world).await;
    let invalid = not_authorized("Invalid Access Token");
    let spoiled = format!("{}A", access(&tokens).expose()).into();
    for token in [
        tokens.id_token.as_ref().unwrap(),
        tokens.refresh_token.as_ref().unwrap(),
        access(&of_another_pool),
        &spoiled,
        &"x".into(),
        &"".into(),
    ] {
        assert_eq!(of_bearer(&world, &place, token).await, invalid);
    }
}

#[tokio::test]
async fn signing_out_everywhere_ends_what_was_and_not_what_comes() {
    let world = World::new();
    let (place, before) = ann(&world).await;
    assert!(is_active(&world, &place, &before).await);
    let (key, user) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    world.clock.advance(SignedDuration::from_millis(10));
    world.pools.sign_out_everywhere(&key, user.record.sub).await.unwrap();
    world.clock.advance(SignedDuration::from_millis(10));
    let after = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let revoked = not_authorized("Access Token has been revoked");
    assert_eq!(of_bearer(&world, &place, access(&before)).await, revoked);
    assert!(!is_active(&world, &place, &before).await);
    let refresh = async |tokens: &AuthenticationResultType| {
        let token = tokens.refresh_token.as_ref().unwrap().expose().clone();
        let parameters = [("REFRESH_TOKEN", token.as_str())];
        world.try_sign_in(&place, AuthFlowType::RefreshTokenAuth, &parameters).await
    };
    assert_eq!(refused(refresh(&before).await), not_authorized("Refresh Token has been revoked"));
    // Signed in again within the same second.
    assert!(world.pools.bearer_in(place.key.clone(), access(&after)).await.is_ok());
    assert!(is_active(&world, &place, &after).await);
    signed_in(refresh(&after).await);
}

#[tokio::test]
async fn a_token_is_worth_nothing_once_its_user_or_client_is_gone() {
    let world = World::new();
    let (place, tokens) = ann(&world).await;
    let (key, _) = world.pools.user(&place.key, &place.pool, "ann").await.unwrap().unwrap();
    let enable = async |enabled| {
        let edit = |user: &mut directory::User| {
            user.enabled = enabled;
            Ok::<_, directory::Error>(())
        };
        world.directory.update(&key, edit).await.unwrap().unwrap();
    };
    enable(false).await;
    assert_eq!(
        of_bearer(&world, &place, access(&tokens)).await,
        not_authorized("User is disabled.")
    );
    assert!(!is_active(&world, &place, &tokens).await);
    enable(true).await;
    assert!(is_active(&world, &place, &tokens).await);
    world.pools.admin_delete_user(&place.key, "ann").await.unwrap();
    world.user(&place, "ann").await;
    let gone = ("UserNotFoundException", "User does not exist.".to_owned());
    assert_eq!(of_bearer(&world, &place, access(&tokens)).await, gone, "another ann");
    assert!(!is_active(&world, &place, &tokens).await);

    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let client = UserPoolClientKey { pool: place.key.clone(), id: place.client.id.clone() };
    let found = world.directory.get::<UserPoolClient>(&client).await.unwrap().unwrap();
    let mut change = Change::new();
    change.delete(&client, &found);
    world.directory.commit(change).await.unwrap();
    let refused = of_bearer(&world, &place, access(&tokens)).await;
    assert_eq!(refused.0, "ResourceNotFoundException");
}
