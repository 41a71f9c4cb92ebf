//! Refresh tokens that are good for one use, and revoking.

use types::{SecretString, SignedDuration};
use wire::cognito_idp::{
    AuthFlowType, AuthenticationResultType, CreateUserPoolClientRequest,
    ExplicitAuthFlowsType as Flow,
};

use super::{PASSWORD, Place, World, refused, signed_in};
use crate::error::UserPoolsError;

async fn refresh(
    world: &World,
    place: &Place,
    token: &SecretString,
    grace_seconds: Option<u8>,
) -> Result<AuthenticationResultType, UserPoolsError> {
    let refreshable = world.pools.refreshable(&place.key, &place.client, token).await?;
    world.pools.refresh(&place.client, &refreshable, grace_seconds).await
}

async fn ann(world: &World) -> (Place, SecretString) {
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let tokens = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    (place, tokens.refresh_token.unwrap())
}

const REUSED: &str = "RefreshTokenReuseException";

#[tokio::test]
async fn a_rotated_token_is_good_for_one_use() {
    let world = World::new();
    let (place, first) = ann(&world).await;
    let second = refresh(&world, &place, &first, Some(0)).await.unwrap().refresh_token.unwrap();
    assert_ne!(first.expose(), second.expose());
    assert_eq!(refused(refresh(&world, &place, &first, Some(0)).await).0, REUSED);
    let third = refresh(&world, &place, &second, Some(0)).await.unwrap();
    assert_eq!(refused(refresh(&world, &place, &second, Some(0)).await).0, REUSED);
    let claims = world.id_claims(&place, third.id_token.as_ref().unwrap()).await;
    let third = third.refresh_token.unwrap();
    assert_eq!(
        Some(claims.origin_jti.unwrap().to_string().as_str()),
        third.expose().split('.').nth(1)
    );
    let stays = refresh(&world, &place, &third, None).await.unwrap();
    assert!(stays.refresh_token.is_none(), "without rotation there is no other one");
    refresh(&world, &place, &third, None).await.unwrap();
}

#[tokio::test]
async fn only_one_of_many_uses_at_once_gives_the_next_token() {
    let world = World::new();
    let (place, token) = ann(&world).await;
    let uses = (0..8).map(|_| refresh(&world, &place, &token, Some(0)));
    let outcomes = futures_util::future::join_all(uses).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
}

#[tokio::test]
async fn a_used_token_is_taken_until_the_grace_period_ends() {
    let world = World::new();
    let (place, first) = ann(&world).await;
    let second = refresh(&world, &place, &first, Some(60)).await.unwrap().refresh_token.unwrap();
    world.clock.advance(SignedDuration::from_secs(59));
    let third = refresh(&world, &place, &first, Some(60)).await.unwrap().refresh_token.unwrap();
    world.clock.advance(SignedDuration::from_secs(1));
    assert_eq!(refused(refresh(&world, &place, &first, Some(60)).await).0, REUSED);
    refresh(&world, &place, &second, Some(60)).await.unwrap();
    refresh(&world, &place, &third, Some(60)).await.unwrap();
}

#[tokio::test]
async fn a_sign_in_that_lasts_forgets_its_oldest_tokens() {
    let world = World::new();
    let (place, first) = ann(&world).await;
    let mut token = first.clone();
    for _ in 0..33 {
        token = refresh(&world, &place, &token, Some(0)).await.unwrap().refresh_token.unwrap();
    }
    let invalid = ("NotAuthorizedException", "Invalid Refresh Token".to_owned());
    assert_eq!(refused(refresh(&world, &place, &first, Some(0)).await), invalid);
    refresh(&world, &place, &token, Some(0)).await.unwrap();
}

#[tokio::test]
async fn revoking_ends_the_sign_in_and_no_other_one() {
    let world = World::new();
    let place = world.plain_place().await;
    world.user(&place, "ann").await;
    let first = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let second = signed_in(world.by_password(&place, "ann", PASSWORD).await);
    let revoke = async |token: &SecretString| {
        let id = place.client.id.clone();
        world.pools.revoke_token(&place.key, id, None, token).await
    };
    let token = first.refresh_token.as_ref().unwrap();
    revoke(token).await.unwrap();
    revoke(token).await.unwrap();
    let invalid = ("NotAuthorizedException", "Invalid Refresh Token".to_owned());
    assert_eq!(refused(refresh(&world, &place, token, None).await), invalid);
    let bearer = async |tokens: &AuthenticationResultType| {
        let token = tokens.access_token.as_ref().unwrap();
        world.pools.bearer_in(place.key.clone(), token).await
    };
    let revoked = ("NotAuthorizedException", "Access Token has been revoked".to_owned());
    assert_eq!(refused(bearer(&first).await), revoked);
    assert!(bearer(&second).await.is_ok());
    refresh(&world, &place, second.refresh_token.as_ref().unwrap(), None).await.unwrap();
    for token in [second.access_token.as_ref().unwrap(), &"x".into()] {
        assert_eq!(refused(revoke(token).await).0, "UnsupportedTokenTypeException");
    }
}

#[tokio::test]
async fn a_used_token_revokes_the_sign_in_as_the_one_in_its_place_does() {
    let world = World::new();
    let (place, first) = ann(&world).await;
    let second = refresh(&world, &place, &first, Some(0)).await.unwrap().refresh_token.unwrap();
    let id = place.client.id.clone();
    world.pools.revoke_token(&place.key, id, None, &first).await.unwrap();
    assert_eq!(
        refused(refresh(&world, &place, &second, Some(0)).await).0,
        "NotAuthorizedException"
    );
}

#[tokio::test]
async fn only_the_client_itself_revokes() {
    let world = World::new();
    let flows = [Flow::AllowUserPasswordAuth, Flow::AllowRefreshTokenAuth];
    let settings = CreateUserPoolClientRequest {
        generate_secret: Some(true),
        ..CreateUserPoolClientRequest::default()
    };
    let with_secret = world.place(&flows, settings).await;
    let (place, token) = ann(&world).await;
    let id = with_secret.client.id.clone();
    let revoke = async |secret: Option<SecretString>| {
        let revoked =
            world.pools.revoke_token(&with_secret.key, id.clone(), secret.as_ref(), &token);
        revoked.await
    };
    assert_eq!(refused(revoke(None).await).0, "UnauthorizedException");
    assert_eq!(refused(revoke(Some("wrong".into())).await).0, "UnauthorizedException");
    revoke(with_secret.secret.clone()).await.unwrap();
    refresh(&world, &place, &token, None).await.unwrap();

    let other = world.another_client(&place, &flows).await;
    let refusal = world.pools.revoke_token(&place.key, other.id, None, &token).await;
    assert_eq!(refused(refusal).0, "UnauthorizedException", "a token of another client");
    let settings = CreateUserPoolClientRequest {
        enable_token_revocation: Some(false),
        ..CreateUserPoolClientRequest::default()
    };
    let without = world.place(&flows, settings).await;
    let id = without.client.id.clone();
    let refusal = world.pools.revoke_token(&without.key, id, None, &token).await;
    assert_eq!(refused(refusal).0, "UnsupportedOperationException");
}

#[tokio::test]
async fn tokens_are_given_for_a_refresh_token_to_whoever_knows_the_clients_secret() {
    let world = World::new();
    let settings = CreateUserPoolClientRequest {
        generate_secret: Some(true),
        ..CreateUserPoolClientRequest::default()
    };
    let place = world.place(&[Flow::AllowAdminUserPasswordAuth], settings).await;
    world.user(&place, "ann").await;
    let hash =
        super::signing_in::secret_hash(place.secret.as_ref().unwrap(), "ann", &place.client.id);
    let parameters = [("USERNAME", "ann"), ("PASSWORD", PASSWORD), ("SECRET_HASH", hash.as_str())];
    let parameters =
        parameters.map(|(name, value)| (name.to_owned(), SecretString::from(value))).into();
    let surface = crate::sign_in::Surface::Server;
    let flow = AuthFlowType::AdminUserPasswordAuth;
    let (key, id) = (place.key.clone(), &place.client.id);
    let tokens = signed_in(world.pools.sign_in(surface, key, id, flow, parameters).await);
    let token = tokens.refresh_token.unwrap();
    let get = async |secret: Option<SecretString>| {
        let id = place.client.id.clone();
        world.pools.tokens_from_refresh_token(&place.key, id, secret.as_ref(), &token).await
    };
    for wrong in [None, Some("wrong".into())] {
        assert_eq!(refused(get(wrong).await).0, "NotAuthorizedException");
    }
    assert!(get(place.secret.clone()).await.unwrap().access_token.is_some());
}
