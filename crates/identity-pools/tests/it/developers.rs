//! Users of an application's own sign-in, for whom its back end vouches.

use std::time::Duration;

use serde_json::{Value, json};
use wire::Service;

use crate::world::{CLIENT, Keys, PROVIDER, Reply, World, between};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const NAME: &str = "login.example";
const LOGINS: &str = "cognito-identity.amazonaws.com";

/// A pool with a developer provider, and the role `member` for its people.
async fn pool(world: &World) -> String {
    let pool = world.pool_with(json!({"DeveloperProviderName": NAME})).await;
    let role = world.role("member", &pool, "authenticated").await;
    world.default_role(&pool, &role).await;
    pool
}

async fn vouch(world: &World, pool: &str, user: &str, more: Value) -> Reply {
    let mut input = json!({"IdentityPoolId": pool, "Logins": {NAME: user}});
    for (name, value) in more.as_object().unwrap() {
        input[name] = value.clone();
    }
    world.call(Some(&Keys::root()), "GetOpenIdTokenForDeveloperIdentity", input).await
}

/// The identity that a user has, and a token for it.
async fn vouched(world: &World, pool: &str, user: &str) -> (String, String) {
    let answer = vouch(world, pool, user, json!({})).await.json();
    let text = |name: &str| answer[name].as_str().unwrap().to_owned();
    (text("IdentityId"), text("Token"))
}

async fn credentials(world: &World, identity: &str, token: &str) -> Reply {
    let input = json!({"IdentityId": identity, "Logins": {LOGINS: token}});
    world.call(None, "GetCredentialsForIdentity", input).await
}

async fn assume(world: &World, role: &str, token: &str) -> Reply {
    let role = format!("arn:aws:iam::123456789012:role/{role}");
    let members =
        [("RoleArn", &*role), ("RoleSessionName", "classic"), ("WebIdentityToken", token)];
    world.query(Service::Sts, None, "AssumeRoleWithWebIdentity", &members).await
}

#[tokio::test]
async fn a_user_has_one_identity_and_gets_credentials_by_both_flows() {
    let world = World::new();
    let pool = pool(&world).await;
    let (identity, token) = vouched(&world, &pool, "ada").await;
    assert_eq!(vouched(&world, &pool, "ada").await.0, identity);
    assert_ne!(vouched(&world, &pool, "bob").await.0, identity);
    let answer = credentials(&world, &identity, &token).await.json();
    assert_eq!(
        world.whoami(&Keys::of(&answer)).await,
        "arn:aws:sts::123456789012:assumed-role/member/CognitoIdentityCredentials"
    );
    let assumed = assume(&world, "member", &token).await;
    assert_eq!(between(assumed.ok(), "<SubjectFromWebIdentityToken>", "<"), identity);
    // A trust policy knows the sign-in, and the user.
    world.role("by-provider", &pool, NAME).await;
    world.role("by-user", &pool, &format!("{NAME}:{pool}:ada")).await;
    world.role("by-another", &pool, &format!("{NAME}:{pool}:bob")).await;
    assume(&world, "by-provider", &token).await.ok();
    assume(&world, "by-user", &token).await.ok();
    assume(&world, "by-another", &token).await.refused(403, "AccessDenied");
    let described = world.root("DescribeIdentity", json!({"IdentityId": identity})).await;
    assert_eq!(described["Logins"], json!([NAME]));
}

#[tokio::test]
async fn a_token_is_good_for_its_own_identity_pool_and_time() {
    let world = World::new();
    let (pool, other) = (pool(&world).await, world.pool_with(json!({})).await);
    let another = world.pool_with(json!({"DeveloperProviderName": NAME})).await;
    let (ada, token) = vouched(&world, &pool, "ada").await;
    let (bob, _) = vouched(&world, &pool, "bob").await;
    let guest = world.guest(&other).await;
    let stranger = world.guest(&another).await;
    // Another identity of the pool; another pool's, without and with a provider of that name.
    for identity in [&bob, &guest, &stranger] {
        let refused = credentials(&world, identity, &token).await;
        refused.refused(400, "NotAuthorizedException");
    }
    let (header, rest) = token.split_once('.').unwrap();
    let forged = format!("{header}.A{rest}");
    credentials(&world, &ada, &forged).await.refused(400, "NotAuthorizedException");
    // As another provider's, and by the name that only the back end may use.
    for provider in [PROVIDER, NAME] {
        let input = json!({"IdentityId": ada, "Logins": {provider: token}});
        let refused = world.call(None, "GetCredentialsForIdentity", input).await;
        refused.refused(400, "NotAuthorizedException");
    }
    world.advance(Duration::from_secs(899));
    credentials(&world, &ada, &token).await.json();
    world.advance(Duration::from_secs(1));
    let late = credentials(&world, &ada, &token).await;
    assert!(late.refused(400, "NotAuthorizedException").contains("Token expired"));

    let long = vouch(&world, &pool, "ada", json!({"TokenDuration": 86_400})).await.json();
    let long = long["Token"].as_str().unwrap();
    world.advance(Duration::from_secs(86_399));
    credentials(&world, &ada, long).await.json();
    world.advance(Duration::from_secs(1));
    credentials(&world, &ada, long).await.refused(400, "NotAuthorizedException");
    for wrong in [0, 86_401] {
        let refused = vouch(&world, &pool, "ada", json!({"TokenDuration": wrong})).await;
        assert_eq!(refused.status, 400, "{wrong}: {}", refused.body);
    }
}

#[tokio::test]
async fn no_token_makes_itself_last() {
    let world = World::new();
    let pool = pool(&world).await;
    let (identity, token) = vouched(&world, &pool, "ada").await;
    let renew = json!({"IdentityId": identity, "Logins": {LOGINS: token}});
    let refused = world.call(None, "GetOpenIdToken", renew).await;
    refused.refused(400, "NotAuthorizedException");
    // What came along was not linked.
    let person = world.id_token(ADA, &json!({}));
    let both = json!({"IdentityId": identity, "Logins": {LOGINS: token, PROVIDER: person}});
    world.call(None, "GetOpenIdToken", both).await.refused(400, "NotAuthorizedException");
    let described = world.root("DescribeIdentity", json!({"IdentityId": identity})).await;
    assert_eq!(described["Logins"], json!([NAME]));
    // The pool's tokens for people and guests are no logins.
    let ada = world.identity(&pool, &person).await;
    let guest = world.guest(&pool).await;
    for (identity, logins) in [(&ada, json!({PROVIDER: person})), (&guest, json!({}))] {
        let input = json!({"IdentityId": identity, "Logins": logins});
        let given = world.call(None, "GetOpenIdToken", input).await.json();
        let refused = credentials(&world, identity, given["Token"].as_str().unwrap()).await;
        refused.refused(400, "NotAuthorizedException");
    }
}

#[tokio::test]
async fn principal_tags_come_with_the_token() {
    let world = World::new();
    let pool = pool(&world).await;
    let tags = json!({"PrincipalTags": {"team": "coats"}});
    let answer = vouch(&world, &pool, "ada", tags).await.json();
    let (identity, token) =
        (answer["IdentityId"].as_str().unwrap(), answer["Token"].as_str().unwrap());
    // The role does not let its sessions be tagged yet.
    let refused = credentials(&world, identity, token).await;
    refused.refused(400, "InvalidIdentityPoolConfigurationException");
    assume(&world, "member", token).await.refused(403, "AccessDenied");
    let trust = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": LOGINS},
        "Action": ["sts:AssumeRoleWithWebIdentity", "sts:TagSession"],
        "Condition": {"StringEquals": {format!("{LOGINS}:aud"): pool}},
    }]});
    let members = [("RoleName", "member"), ("PolicyDocument", &trust.to_string() as &str)];
    world.query(Service::Iam, Some(&Keys::root()), "UpdateAssumeRolePolicy", &members).await.ok();
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-identity:ListIdentityPools", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "coats"}},
    }]});
    let members = [
        ("RoleName", "member"),
        ("PolicyName", "by-tag"),
        ("PolicyDocument", &policy.to_string() as &str),
    ];
    world.query(Service::Iam, Some(&Keys::root()), "PutRolePolicy", &members).await.ok();
    let (untagged, plain) = vouched(&world, &pool, "bob").await;
    for (identity, token, status) in [(identity, token, 200), (&untagged, &plain, 400)] {
        let keys = Keys::of(&credentials(&world, identity, token).await.json());
        let list = world.call(Some(&keys), "ListIdentityPools", json!({"MaxResults": 1})).await;
        assert_eq!(list.status, status, "{}", list.body);
    }
    for wrong in [json!({"aws:x": "y"}), json!({"team": "*"}), json!({"A": "1", "a": "2"})] {
        let refused = vouch(&world, &pool, "ada", json!({"PrincipalTags": wrong})).await;
        refused.refused(400, "InvalidParameterException");
    }
}

#[tokio::test]
async fn users_are_linked_to_identities_by_the_back_end() {
    let world = World::new();
    let pool = pool(&world).await;
    let guest = world.guest(&pool).await;
    let linked = vouch(&world, &pool, "guest", json!({"IdentityId": guest})).await.json();
    assert_eq!(linked["IdentityId"], json!(guest));
    let refused = world.call(None, "GetCredentialsForIdentity", json!({"IdentityId": guest})).await;
    assert!(refused.refused(400, "NotAuthorizedException").contains("is forbidden"));
    let person = world.id_token(ADA, &json!({}));
    let ada = world.identity(&pool, &person).await;
    let alone = vouch(&world, &pool, "ada", json!({"IdentityId": ada})).await;
    assert!(alone.refused(400, "NotAuthorizedException").contains("Logins don't match"));
    let both = json!({"IdentityId": ada, "Logins": {NAME: "ada", PROVIDER: person}});
    let both = vouch(&world, &pool, "ada", both).await.json();
    assert_eq!(both["IdentityId"], json!(ada));
    assert_eq!(vouched(&world, &pool, "ada").await.0, ada);
    let taken = json!({"IdentityId": ada, "Logins": {NAME: "guest", PROVIDER: person}});
    let taken = vouch(&world, &pool, "guest", taken).await;
    taken.refused(400, "DeveloperUserAlreadyRegisteredException");
    // Another pool's identity is not there.
    let elsewhere = world.guest(&world.pool(true).await).await;
    let elsewhere = vouch(&world, &pool, "x", json!({"IdentityId": elsewhere})).await;
    elsewhere.refused(400, "ResourceNotFoundException");
    for wrong in [json!({}), json!({"other.example": "x"}), json!({NAME: "x", LOGINS: "y"})] {
        let refused = vouch(&world, &pool, "x", json!({"Logins": wrong})).await;
        refused.refused(400, "InvalidParameterException");
    }
    let without = world.pool(true).await;
    vouch(&world, &without, "x", json!({})).await.refused(400, "InvalidParameterException");
}

#[tokio::test]
async fn users_are_looked_up_merged_and_unlinked() {
    let world = World::new();
    let pool = pool(&world).await;
    let (ada, of_ada) = vouched(&world, &pool, "ada").await;
    let (bob, of_bob) = vouched(&world, &pool, "bob").await;
    let of_pool = |more: Value| {
        let mut input = json!({"IdentityPoolId": pool});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let ask = async |operation: &str, more: Value| {
        world.call(Some(&Keys::root()), operation, of_pool(more)).await
    };
    let lookup = async |more: Value| ask("LookupDeveloperIdentity", more).await;
    let found = json!({"IdentityId": ada, "DeveloperUserIdentifierList": ["ada"]});
    assert_eq!(lookup(json!({"DeveloperUserIdentifier": "ada"})).await.json(), found);
    assert_eq!(lookup(json!({"IdentityId": ada})).await.json(), found);
    let both = json!({"IdentityId": ada, "DeveloperUserIdentifier": "ada"});
    assert_eq!(lookup(both).await.json(), found);
    for user in ["bob", "nobody"] {
        let other = json!({"IdentityId": ada, "DeveloperUserIdentifier": user});
        lookup(other).await.refused(400, "ResourceConflictException");
    }
    lookup(json!({})).await.refused(400, "InvalidParameterException");
    let missing = json!({"DeveloperUserIdentifier": "nobody"});
    lookup(missing).await.refused(400, "ResourceNotFoundException");

    let merge = async |source: &str, provider: &str| {
        let users = json!({"SourceUserIdentifier": source, "DestinationUserIdentifier": "bob",
                           "DeveloperProviderName": provider});
        ask("MergeDeveloperIdentities", users).await
    };
    merge("ada", "other.example").await.refused(400, "InvalidParameterException");
    merge("nobody", NAME).await.refused(400, "ResourceNotFoundException");
    assert_eq!(merge("ada", NAME).await.json(), json!({"IdentityId": bob}));
    assert_eq!(vouched(&world, &pool, "ada").await.0, bob);
    let page = json!({"IdentityId": bob, "MaxResults": 1});
    let page = lookup(page).await.json();
    assert_eq!(page["DeveloperUserIdentifierList"], json!(["ada"]));
    let next = json!({"IdentityId": bob, "NextToken": page["NextToken"]});
    assert_eq!(lookup(next).await.json()["DeveloperUserIdentifierList"], json!(["bob"]));
    // The token from before the merge speaks of an identity that is no more.
    for identity in [&ada, &bob] {
        let refused = credentials(&world, identity, &of_ada).await;
        refused.refused(400, "NotAuthorizedException");
    }
    credentials(&world, &bob, &of_bob).await.json();

    let unlink = async |identity: &str, user: &str| {
        let input = json!({"IdentityId": identity, "DeveloperProviderName": NAME,
                           "DeveloperUserIdentifier": user});
        ask("UnlinkDeveloperIdentity", input).await
    };
    unlink(&bob, "nobody").await.refused(400, "ResourceNotFoundException");
    unlink(&bob, "bob").await.ok();
    // His tokens open nothing at once; the other user still has the identity.
    credentials(&world, &bob, &of_bob).await.refused(400, "NotAuthorizedException");
    let (same, token) = vouched(&world, &pool, "ada").await;
    assert_eq!(same, bob);
    credentials(&world, &bob, &token).await.json();
    unlink(&bob, "ada").await.ok();
    let refused = world.call(None, "GetCredentialsForIdentity", json!({"IdentityId": bob})).await;
    assert!(refused.refused(400, "NotAuthorizedException").contains("is forbidden"));
    assert_ne!(vouched(&world, &pool, "bob").await.0, bob);
}

#[tokio::test]
async fn a_name_that_is_given_to_somebody_else_is_not_the_old_ones() {
    let world = World::new();
    let pool = pool(&world).await;
    let (first, token) = vouched(&world, &pool, "ada").await;
    let input = json!({"IdentityPoolId": pool, "IdentityId": first,
                       "DeveloperProviderName": NAME, "DeveloperUserIdentifier": "ada"});
    world.root("UnlinkDeveloperIdentity", input).await;
    let (second, anew) = vouched(&world, &pool, "ada").await;
    assert_ne!(second, first);
    // With the old token nobody is the new one, nor links a login of its own to that.
    let person = world.id_token(ADA, &json!({}));
    let both = json!({LOGINS: token, PROVIDER: person});
    for logins in [json!({LOGINS: token}), both] {
        let asked = json!({"IdentityPoolId": pool, "Logins": logins});
        world.call(None, "GetId", asked).await.refused(400, "NotAuthorizedException");
        let asked = json!({"IdentityId": second, "Logins": logins});
        let refused = world.call(None, "GetCredentialsForIdentity", asked).await;
        refused.refused(400, "NotAuthorizedException");
        let unlink = json!({"IdentityId": second, "Logins": logins, "LoginsToRemove": []});
        world.call(None, "UnlinkIdentity", unlink).await.refused(400, "NotAuthorizedException");
    }
    let described = world.root("DescribeIdentity", json!({"IdentityId": second})).await;
    assert_eq!(described["Logins"], json!([NAME]));
    credentials(&world, &second, &anew).await.json();
}

#[tokio::test]
async fn the_name_of_a_developer_provider_never_changes() {
    let world = World::new();
    let pool = world.pool(true).await;
    let update = async |name: Option<&str>| {
        let mut input = json!({"IdentityPoolId": pool, "IdentityPoolName": "updated",
            "AllowUnauthenticatedIdentities": true,
            "CognitoIdentityProviders": [{"ProviderName": PROVIDER, "ClientId": CLIENT}]});
        if let Some(name) = name {
            input["DeveloperProviderName"] = json!(name);
        }
        world.call(Some(&Keys::root()), "UpdateIdentityPool", input).await
    };
    assert_eq!(update(None).await.json().get("DeveloperProviderName"), None);
    let set = update(Some(NAME)).await.json();
    assert_eq!(set["DeveloperProviderName"], json!(NAME));
    update(Some(NAME)).await.json();
    for other in [None, Some("other.example")] {
        update(other).await.refused(400, "InvalidParameterException");
    }
    let described = world.root("DescribeIdentityPool", json!({"IdentityPoolId": pool})).await;
    assert_eq!(described, set);
}
