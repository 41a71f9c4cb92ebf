//! Identities without a login.

use serde_json::json;
use wire::Service;

use crate::world::{Keys, World};

#[tokio::test]
async fn guests_are_let_in_only_where_the_pool_says_so() {
    let world = World::new();
    let (open, closed) = (world.pool(true).await, world.pool(false).await);
    let get_id =
        async |pool: &str| world.call(None, "GetId", json!({"IdentityPoolId": pool})).await;
    let one = get_id(&open).await.json();
    let two = get_id(&open).await.json();
    assert_ne!(one["IdentityId"], two["IdentityId"]);
    let refused = get_id(&closed).await;
    assert!(
        refused
            .refused(400, "NotAuthorizedException")
            .contains("Unauthenticated access is not supported for this identity pool.")
    );
}

#[tokio::test]
async fn a_guest_has_the_guests_role_within_what_guests_may_have() {
    let world = World::new();
    let pool = world.pool(true).await;
    let role = world.role("guest", &pool, "unauthenticated").await;
    world.allow("guest", &["iam:*", "cognito-identity:*"]).await;
    let member = world.role("member", &pool, "authenticated").await;
    let roles = json!({"authenticated": member, "unauthenticated": role});
    world.root("SetIdentityPoolRoles", json!({"IdentityPoolId": pool, "Roles": roles})).await;

    let identity = world.call(None, "GetId", json!({"IdentityPoolId": pool})).await.json();
    let input = json!({"IdentityId": identity["IdentityId"]});
    let answer = world.call(None, "GetCredentialsForIdentity", input).await.json();
    let keys = Keys::of(&answer);
    assert_eq!(
        world.whoami(&keys).await,
        "arn:aws:sts::123456789012:assumed-role/guest/CognitoIdentityCredentials"
    );
    world.call(Some(&keys), "ListIdentityPools", json!({"MaxResults": 1})).await.json();
    // The role allows it, but no guest may do it.
    let refused = world.query(Service::Iam, Some(&keys), "ListRoles", &[]).await;
    refused.refused(403, "AccessDenied");

    let custom = json!({"IdentityId": identity["IdentityId"], "CustomRoleArn": member});
    let refused = world.call(None, "GetCredentialsForIdentity", custom).await;
    refused.refused(400, "NotAuthorizedException");
}

#[tokio::test]
async fn a_guests_token_is_a_guests() {
    let world = World::new();
    let pool = world.pool(true).await;
    let (guest, member) = (
        world.role("guest", &pool, "unauthenticated").await,
        world.role("member", &pool, "authenticated").await,
    );
    let identity = world.call(None, "GetId", json!({"IdentityPoolId": pool})).await.json();
    let input = json!({"IdentityId": identity["IdentityId"]});
    let answer = world.call(None, "GetOpenIdToken", input).await.json();
    let token = answer["Token"].as_str().unwrap();
    let assume = async |role: &str| {
        let members =
            [("RoleArn", role), ("RoleSessionName", "classic"), ("WebIdentityToken", token)];
        world.query(Service::Sts, None, "AssumeRoleWithWebIdentity", &members).await
    };
    assume(&guest).await.ok();
    let refused = assume(&member).await;
    let message = refused.refused(403, "AccessDenied");
    assert!(message.contains("Not authorized to perform sts:AssumeRoleWithWebIdentity"));
}
