//! Guests who sign in, several logins of one person, and logins that are taken away.

use serde_json::{Value, json};

use crate::world::{CLIENT, Keys, PROVIDER, SECOND, World};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const BOB: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// A pool that takes guests and tokens of two user pools, and roles for all.
async fn pool(world: &World) -> String {
    let provider = |name: &str| json!({"ProviderName": name, "ClientId": CLIENT});
    let providers = json!([provider(PROVIDER), provider(SECOND)]);
    let pool = world.pool_with(json!({"CognitoIdentityProviders": providers})).await;
    let guest = world.role("guest", &pool, "unauthenticated").await;
    let member = world.role("member", &pool, "authenticated").await;
    let roles = json!({"authenticated": member, "unauthenticated": guest});
    world.root("SetIdentityPoolRoles", json!({"IdentityPoolId": pool, "Roles": roles})).await;
    pool
}

fn second(world: &World, sub: &str) -> String {
    world.id_token(sub, &json!({"iss": format!("https://{SECOND}")}))
}

async fn get_id(world: &World, pool: &str, logins: Value) -> String {
    let input = json!({"IdentityPoolId": pool, "Logins": logins});
    let answer = world.call(None, "GetId", input).await.json();
    answer["IdentityId"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_guest_who_signs_in_keeps_the_identity_and_changes_the_role() {
    let world = World::new();
    let pool = pool(&world).await;
    let guest = world.guest(&pool).await;
    let role = async |input: Value| {
        let answer = world.call(None, "GetCredentialsForIdentity", input).await.json();
        assert_eq!(answer["IdentityId"], json!(guest));
        let arn = world.whoami(&Keys::of(&answer)).await;
        arn.rsplit('/').nth(1).unwrap().to_owned()
    };
    assert_eq!(role(json!({"IdentityId": guest})).await, "guest");
    let token = world.id_token(ADA, &json!({}));
    let signed_in = json!({"IdentityId": guest, "Logins": {PROVIDER: token}});
    assert_eq!(role(signed_in.clone()).await, "member");
    assert_eq!(role(signed_in).await, "member");
    assert_eq!(world.identity(&pool, &token).await, guest);
    // It is nobody's for the asking any more, nor another person's.
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        let refused = world.call(None, operation, json!({"IdentityId": guest})).await;
        assert!(refused.refused(400, "NotAuthorizedException").contains("is forbidden"));
        let bob = world.id_token(BOB, &json!({}));
        let theirs = json!({"IdentityId": guest, "Logins": {PROVIDER: bob}});
        let refused = world.call(None, operation, theirs).await;
        assert!(refused.refused(400, "NotAuthorizedException").contains("Logins don't match"));
    }
}

#[tokio::test]
async fn a_guest_who_already_has_an_identity_is_told_which() {
    let world = World::new();
    let pool = pool(&world).await;
    let guest = world.guest(&pool).await;
    let token = world.id_token(ADA, &json!({}));
    let ada = world.identity(&pool, &token).await;
    let input = json!({"IdentityId": guest, "Logins": {PROVIDER: token}});
    for operation in ["GetOpenIdToken", "GetCredentialsForIdentity", "GetOpenIdToken"] {
        let answer = world.call(None, operation, input.clone()).await.json();
        assert_eq!(answer["IdentityId"], json!(ada));
    }
    let refused = world.call(None, "GetCredentialsForIdentity", json!({"IdentityId": guest})).await;
    assert!(refused.refused(400, "NotAuthorizedException").contains("is forbidden"));
    // The one that is no more is hidden if asked for, and has no logins.
    let list = async |hide: bool| {
        let input = json!({"IdentityPoolId": pool, "MaxResults": 60, "HideDisabled": hide});
        let answer = world.root("ListIdentities", input).await;
        assert_eq!(answer["IdentityPoolId"], json!(pool));
        let identities = answer["Identities"].as_array().unwrap();
        identities.iter().map(|one| one["IdentityId"].clone()).collect::<Vec<_>>()
    };
    let mut both = vec![json!(guest), json!(ada)];
    both.sort_by_key(Value::to_string);
    assert_eq!(list(false).await, both);
    assert_eq!(list(true).await, [json!(ada)]);
    let described = world.root("DescribeIdentity", json!({"IdentityId": guest})).await;
    assert_eq!(described.get("Logins"), None);
}

#[tokio::test]
async fn a_second_login_proves_the_same_person_once_it_is_linked() {
    let world = World::new();
    let pool = pool(&world).await;
    let (first, other) = (world.id_token(ADA, &json!({})), second(&world, BOB));
    let ada = world.identity(&pool, &first).await;
    let both = json!({PROVIDER: first, SECOND: other});
    let input = json!({"IdentityId": ada, "Logins": both});
    let answer = world.call(None, "GetCredentialsForIdentity", input).await.json();
    assert_eq!(answer["IdentityId"], json!(ada));
    assert_eq!(get_id(&world, &pool, json!({SECOND: other})).await, ada);
    let described = world.root("DescribeIdentity", json!({"IdentityId": ada})).await;
    assert_eq!(described["Logins"], json!([PROVIDER, SECOND]));
    // The subject at one user pool is nobody at the other.
    let namesake = second(&world, ADA);
    assert_ne!(get_id(&world, &pool, json!({SECOND: namesake})).await, ada);
    // One wrong login spoils all.
    let spoilt = json!({"IdentityId": ada, "Logins": {PROVIDER: first, SECOND: first}});
    let refused = world.call(None, "GetCredentialsForIdentity", spoilt).await;
    refused.refused(400, "NotAuthorizedException");
    // Nor are two people of one user pool one.
    let bob = world.id_token(BOB, &json!({}));
    let mixed = json!({"IdentityId": ada, "Logins": {PROVIDER: bob, SECOND: other}});
    let refused = world.call(None, "GetCredentialsForIdentity", mixed).await;
    refused.refused(400, "ResourceConflictException");
}

#[tokio::test]
async fn a_login_that_is_unlinked_is_a_new_person() {
    let world = World::new();
    let pool = pool(&world).await;
    let (first, other) = (world.id_token(ADA, &json!({})), second(&world, BOB));
    let ada = get_id(&world, &pool, json!({PROVIDER: first, SECOND: other})).await;
    let unlink = async |logins: Value, remove: &[&str]| {
        let input = json!({"IdentityId": ada, "Logins": logins, "LoginsToRemove": remove});
        world.call(None, "UnlinkIdentity", input).await
    };
    let stranger = json!({PROVIDER: world.id_token(BOB, &json!({}))});
    unlink(stranger, &[PROVIDER]).await.refused(400, "NotAuthorizedException");
    unlink(json!({}), &[SECOND]).await.refused(400, "NotAuthorizedException");
    let absent = unlink(json!({PROVIDER: first}), &["accounts.google.com"]).await;
    absent.refused(400, "InvalidParameterException");

    unlink(json!({PROVIDER: first}), &[SECOND]).await.ok();
    let anew = get_id(&world, &pool, json!({SECOND: other})).await;
    assert_ne!(anew, ada);
    let theirs = json!({"IdentityId": ada, "Logins": {SECOND: other}});
    let refused = world.call(None, "GetCredentialsForIdentity", theirs).await;
    refused.refused(400, "NotAuthorizedException");
    // Without its last login nobody has the identity, not even as a guest.
    unlink(json!({PROVIDER: first}), &[PROVIDER]).await.ok();
    for logins in [json!({}), json!({PROVIDER: first})] {
        let input = json!({"IdentityId": ada, "Logins": logins});
        let refused = world.call(None, "GetCredentialsForIdentity", input).await;
        assert!(refused.refused(400, "NotAuthorizedException").contains("is forbidden"));
    }
    assert_ne!(world.identity(&pool, &first).await, ada);
}

#[tokio::test]
async fn pages_list_every_identity_once() {
    let world = World::new();
    let pool = pool(&world).await;
    let other = world.pool(true).await;
    world.guest(&other).await;
    let mut identities = Vec::new();
    for _ in 0..5 {
        identities.push(world.guest(&pool).await);
    }
    identities.sort();
    let mut listed = Vec::new();
    let mut input = json!({"IdentityPoolId": pool, "MaxResults": 2});
    loop {
        let page = world.root("ListIdentities", input.clone()).await;
        let ids = page["Identities"].as_array().unwrap();
        assert!(ids.len() <= 2);
        listed.extend(ids.iter().map(|one| one["IdentityId"].as_str().unwrap().to_owned()));
        match page.get("NextToken") {
            Some(token) => input["NextToken"] = token.clone(),
            None => break,
        }
    }
    assert_eq!(listed, identities);
    input["NextToken"] = json!("x");
    let refused = world.call(Some(&Keys::root()), "ListIdentities", input).await;
    refused.refused(400, "InvalidParameterException");
}

#[tokio::test]
async fn identities_are_deleted_and_what_is_not_ones_own_is_not() {
    let world = World::new();
    let pool = pool(&world).await;
    let token = world.id_token(ADA, &json!({}));
    let (ada, guest) = (world.identity(&pool, &token).await, world.guest(&pool).await);
    let none = "us-east-1:00000000-0000-4000-8000-000000000000";
    let input = json!({"IdentityIdsToDelete": [ada, none, guest]});
    let theirs = world.call(Some(&Keys::other_root()), "DeleteIdentities", input.clone()).await;
    let denied = |id: &str| json!({"IdentityId": id, "ErrorCode": "AccessDenied"});
    let all = json!([denied(&ada), denied(none), denied(&guest)]);
    assert_eq!(theirs.json()["UnprocessedIdentityIds"], all);
    assert_eq!(world.identity(&pool, &token).await, ada);

    let own = world.root("DeleteIdentities", input).await;
    assert_eq!(own, json!({"UnprocessedIdentityIds": [denied(none)]}));
    for gone in [&ada, &guest] {
        let described =
            world.call(Some(&Keys::root()), "DescribeIdentity", json!({"IdentityId": gone})).await;
        described.refused(400, "ResourceNotFoundException");
        let asked =
            world.call(None, "GetCredentialsForIdentity", json!({"IdentityId": gone})).await;
        asked.refused(400, "ResourceNotFoundException");
    }
    assert_ne!(world.identity(&pool, &token).await, ada);
}

#[tokio::test]
async fn a_pool_goes_with_its_identities() {
    let world = World::new();
    let pool = pool(&world).await;
    let guest = world.guest(&pool).await;
    world.root("DeleteIdentityPool", json!({"IdentityPoolId": pool})).await;
    let described =
        world.call(Some(&Keys::root()), "DescribeIdentity", json!({"IdentityId": guest})).await;
    described.refused(400, "ResourceNotFoundException");
    let listed = json!({"IdentityPoolId": pool, "MaxResults": 1});
    let listed = world.call(Some(&Keys::root()), "ListIdentities", listed).await;
    listed.refused(400, "ResourceNotFoundException");
}
