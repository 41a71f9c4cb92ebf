use directory::RefreshToken;
use types::{SecretString, SignedDuration};
use wire::cognito_idp::{AuthFlowType, AuthenticationResultType};

use super::{PASSWORD, Place, World, refused, signed_in};
use crate::{error::UserPoolsError, sign_in::Outcome};

async fn refresh(world: &World, place: &Place, token: &str) -> Result<Outcome, UserPoolsError> {
    let parameters = [("REFRESH_TOKEN", token)];
    world.try_sign_in(place, AuthFlowType::RefreshTokenAuth, &parameters).await
}

fn refresh_token(tokens: &AuthenticationResultType) -> &SecretString {
    tokens.refresh_token.as_ref().unwrap()
}

#[tokio::test]
async fn a_refreshed_token_remembers_the_sign_in_and_brings_no_new_refresh_token() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let first = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let before = world.id_claims(&place, first.id_token.as_ref().unwrap()).await;
    world.clock.advance(SignedDuration::from_hours(5));
    world.group(&place.key, "late", 1, None).await;
    world.pools.admin_add_user_to_group(&place.key, "ann", "late").await.unwrap();
    let second = signed_in(refresh(&world, &place, refresh_token(&first).expose()).await);
    assert!(second.refresh_token.is_none());
    let after = world.id_claims(&place, second.id_token.as_ref().unwrap()).await;
    assert_eq!(after.auth_time, before.auth_time);
    assert_eq!((after.origin_jti, after.event_id), (before.origin_jti, before.event_id));
    assert!(after.iat > before.iat && after.jti != before.jti);
    assert_eq!(after.groups, ["late"], "groups are those of now");
}

#[tokio::test]
async fn what_is_not_a_good_refresh_token_of_this_client_is_refused() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    world.user(&place, "bob").await;
    let ann = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let bob = signed_in(world.by_password(&place, "bob", PASSWORD).await);
    let (ann, bob) = (refresh_token(&ann).expose(), refresh_token(&bob).expose());
    let parts = |token: &str| -> Vec<String> { token.splitn(3, '.').map(str::to_owned).collect() };
    let (a, b) = (parts(ann), parts(bob));
    let other = world.plain_place().await;
    let invalid = ("NotAuthorizedException", "Invalid Refresh Token".to_owned());
    for forged in [
        "x".to_owned(),
        format!("{ann}A"),
        ann.to_uppercase(),
        format!("{}.{}.{}", a[0], a[1], b[2]),
        format!("{}.{}.{}", b[0], a[1], a[2]),
        format!("{}.{}.{}", a[0], b[1], a[2]),
        format!("{}.{}.", a[0], a[1]),
        format!("{}.{}", a[0], a[1]),
    ] {
        assert_eq!(refused(refresh(&world, &place, &forged).await), invalid, "{forged}");
    }
    assert_eq!(refused(refresh(&world, &other, ann).await), invalid, "another pool's client");
    assert_eq!(
        refused(refresh(&world, &place, "").await),
        ("InvalidParameterException", "Missing required parameter REFRESH_TOKEN".to_owned())
    );
    signed_in(refresh(&world, &place, ann).await);
    world.pools.admin_delete_user(&place.key, "ann").await.unwrap();
    assert_eq!(refused(refresh(&world, &place, ann).await), invalid, "a deleted user's");
    world.user(&place, "ann").await;
    assert_eq!(refused(refresh(&world, &place, ann).await), invalid, "another ann's");
    world.clock.advance(SignedDuration::from_hours(30 * 24));
    assert_eq!(
        refused(refresh(&world, &place, bob).await),
        ("NotAuthorizedException", "Refresh Token has expired".to_owned())
    );
}

#[tokio::test]
async fn tokens_that_expired_are_cleared_away_as_new_ones_come() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let within = place.key.within();
    let count = async || world.directory.all::<RefreshToken>(&within).await.unwrap().len();
    for _ in 0..3 {
        signed_in(world.by_password(&place, "ann", PASSWORD).await);
    }
    assert_eq!(count().await, 3);
    world.clock.advance(SignedDuration::from_hours(30 * 24));
    // Each sign-in looks at those behind its own place, which is drawn by chance.
    let mut rounds = 0;
    while count().await > rounds && rounds < 20 {
        signed_in(world.by_password(&place, "ann", PASSWORD).await);
        rounds += 1;
    }
    assert_eq!(count().await, rounds, "only the new ones are left");
}

#[tokio::test]
async fn a_token_of_another_client_of_the_pool_is_refused() {
    use wire::cognito_idp::{CreateUserPoolClientRequest, ExplicitAuthFlowsType as Flow};
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let input = CreateUserPoolClientRequest {
        client_name: "other".to_owned(),
        explicit_auth_flows: Some(vec![Flow::AllowRefreshTokenAuth]),
        ..CreateUserPoolClientRequest::default()
    };
    let (client, secret) = world.pools.create_user_pool_client(&place.key, input).await.unwrap();
    let other = Place { key: place.key.clone(), pool: place.pool.clone(), client, secret };
    let refused = refused(refresh(&world, &other, refresh_token(&tokens).expose()).await);
    assert_eq!(refused, ("NotAuthorizedException", "Invalid Refresh Token".to_owned()));
    signed_in(refresh(&world, &place, refresh_token(&tokens).expose()).await);
}
