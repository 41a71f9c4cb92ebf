//! `ServerSideTokenCheck`: whether the user pool is asked if a token is still worth anything.

use serde_json::json;

use crate::world::{CLIENT, PROVIDER, World};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const BOB: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// A pool that asks, or does not, and a role for its people.
async fn pool(world: &World, name: &str, check: bool) -> String {
    let provider =
        json!({"ProviderName": PROVIDER, "ClientId": CLIENT, "ServerSideTokenCheck": check});
    let pool = world.pool_with(json!({"CognitoIdentityProviders": [provider]})).await;
    let role = world.role(name, &pool, "authenticated").await;
    world.default_role(&pool, &role).await;
    pool
}

#[tokio::test]
async fn with_the_check_who_was_signed_out_gets_nothing_more() {
    let world = World::new();
    let pool = pool(&world, "checked", true).await;
    let (ada, bob) = (world.id_token(ADA, &json!({})), world.id_token(BOB, &json!({})));
    let of_ada = world.identity(&pool, &ada).await;
    let of_bob = world.identity(&pool, &bob).await;
    world.sign_out(ADA);
    let of =
        |identity: &str, token: &str| json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        let refused = world.call(None, operation, of(&of_ada, &ada)).await;
        let message = refused.refused(400, "NotAuthorizedException");
        assert!(message.contains("Invalid login token."), "{message}");
        world.call(None, operation, of(&of_bob, &bob)).await.json();
    }
    let get_id = json!({"IdentityPoolId": pool, "Logins": {PROVIDER: ada}});
    world.call(None, "GetId", get_id).await.refused(400, "NotAuthorizedException");
    let mut unlink = of(&of_ada, &ada);
    unlink["LoginsToRemove"] = json!([PROVIDER]);
    world.call(None, "UnlinkIdentity", unlink).await.refused(400, "NotAuthorizedException");
}

#[tokio::test]
async fn without_it_a_token_is_taken_until_it_expires() {
    let world = World::new();
    let pool = pool(&world, "unchecked", false).await;
    let ada = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &ada).await;
    world.sign_out(ADA);
    let input = json!({"IdentityId": identity, "Logins": {PROVIDER: ada}});
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        world.call(None, operation, input.clone()).await.json();
    }
    world.advance(std::time::Duration::from_hours(1));
    let late = world.call(None, "GetCredentialsForIdentity", input).await;
    assert!(late.refused(400, "NotAuthorizedException").contains("Token expired"));
}

#[tokio::test]
async fn an_update_switches_the_check_on_at_once() {
    let world = World::new();
    let pool = pool(&world, "later", false).await;
    let ada = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &ada).await;
    world.sign_out(ADA);
    let input = json!({"IdentityId": identity, "Logins": {PROVIDER: ada}});
    world.call(None, "GetCredentialsForIdentity", input.clone()).await.json();
    let mut settings = world.root("DescribeIdentityPool", json!({"IdentityPoolId": pool})).await;
    settings["CognitoIdentityProviders"][0]["ServerSideTokenCheck"] = json!(true);
    let updated = world.root("UpdateIdentityPool", settings.clone()).await;
    assert_eq!(updated, settings);
    let refused = world.call(None, "GetCredentialsForIdentity", input).await;
    refused.refused(400, "NotAuthorizedException");
}
