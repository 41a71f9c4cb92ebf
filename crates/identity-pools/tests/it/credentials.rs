//! From a login to credentials, by both flows.

use std::time::Duration;

use serde_json::{Value, json};
use wire::Service;

use crate::world::{CLIENT, Keys, PROVIDER, World, between};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";
const BOB: &str = "7c9e6679-7425-40de-944b-e07fc1f90ae7";

/// A pool whose members get the role `user` by default and `admin` by their group.
async fn with_rules(world: &World) -> String {
    let pool = world.pool(false).await;
    let user = world.role("user", &pool, "authenticated").await;
    let admin = world.role("admin", &pool, "authenticated").await;
    let rule = json!({
        "Claim": "cognito:groups", "MatchType": "Contains", "Value": "admin", "RoleARN": admin,
    });
    let mapping = json!({
        "Type": "Rules",
        "AmbiguousRoleResolution": "AuthenticatedRole",
        "RulesConfiguration": {"Rules": [rule]},
    });
    world
        .root(
            "SetIdentityPoolRoles",
            json!({
                "IdentityPoolId": pool,
                "Roles": {"authenticated": user},
                "RoleMappings": {format!("{PROVIDER}:{CLIENT}"): mapping},
            }),
        )
        .await;
    pool
}

fn login(identity: &str, token: &str) -> Value {
    json!({"IdentityId": identity, "Logins": {PROVIDER: token}})
}

#[tokio::test]
async fn a_login_gets_the_role_of_its_group_for_an_hour() {
    let world = World::new();
    let pool = with_rules(&world).await;
    for (sub, groups, role) in
        [(ADA, json!(["admin"]), "admin"), (BOB, json!(["superadmin"]), "user")]
    {
        let token = world.id_token(sub, &json!({"cognito:groups": groups}));
        let identity = world.identity(&pool, &token).await;
        assert!(identity.starts_with("us-east-1:"));
        let answer =
            world.call(None, "GetCredentialsForIdentity", login(&identity, &token)).await.json();
        assert_eq!(answer["IdentityId"], json!(identity));
        // A number, as clients expect it: 2026-03-04T06:06:07Z.
        assert_eq!(answer["Credentials"]["Expiration"], json!(1_772_604_367));
        let keys = Keys::of(&answer);
        assert_eq!(
            world.whoami(&keys).await,
            format!("arn:aws:sts::123456789012:assumed-role/{role}/CognitoIdentityCredentials")
        );
    }
}

#[tokio::test]
async fn credentials_end_with_their_hour_and_with_their_role() {
    let world = World::new();
    let pool = with_rules(&world).await;
    let token = world.id_token(BOB, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let answer = world.call(None, "GetCredentialsForIdentity", login(&identity, &token)).await;
    let keys = Keys::of(&answer.json());
    world.whoami(&keys).await;
    let members = [("RoleName", "USER")];
    world.query(Service::Iam, Some(&Keys::root()), "DeleteRole", &members).await.ok();
    let gone = world.query(Service::Sts, Some(&keys), "GetCallerIdentity", &[]).await;
    gone.refused(403, "InvalidClientTokenId");
    // Made anew, it is another role.
    world.role("user", &pool, "authenticated").await;
    let anew = world.query(Service::Sts, Some(&keys), "GetCallerIdentity", &[]).await;
    anew.refused(403, "InvalidClientTokenId");
    world.advance(Duration::from_hours(1));
    let late = world.query(Service::Sts, Some(&keys), "GetCallerIdentity", &[]).await;
    late.refused(403, "ExpiredToken");
}

#[tokio::test]
async fn one_persons_identity_is_not_anothers() {
    let world = World::new();
    let pool = with_rules(&world).await;
    let (ada, bob) = (world.id_token(ADA, &json!({})), world.id_token(BOB, &json!({})));
    let of_ada = world.identity(&pool, &ada).await;
    let of_bob = world.identity(&pool, &bob).await;
    assert_ne!(of_ada, of_bob);
    assert_eq!(world.identity(&pool, &ada).await, of_ada);
    for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
        world.call(None, operation, login(&of_ada, &ada)).await.json();
        let refused = world.call(None, operation, login(&of_ada, &bob)).await;
        assert!(refused.refused(400, "NotAuthorizedException").contains("Logins don't match"));
        let refused = world.call(None, operation, json!({"IdentityId": of_ada})).await;
        assert!(refused.refused(400, "NotAuthorizedException").contains("is forbidden"));
        let id = "us-east-1:00000000-0000-4000-8000-000000000000";
        let missing = world.call(None, operation, login(id, &ada)).await;
        missing.refused(400, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn the_trust_policy_decides_as_for_everybody_else() {
    let world = World::new();
    let pool = world.pool(true).await;
    let other = world.pool(true).await;
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let good = world.role("good", &pool, "authenticated").await;
    let of_guests = world.role("of-guests", &pool, "unauthenticated").await;
    let of_another = world.role("of-another-pool", &other, "authenticated").await;
    let by_person =
        world.role("by-person", &pool, &format!("{PROVIDER}:CognitoSignIn:{ADA}")).await;
    let missing = "arn:aws:iam::123456789012:role/missing".to_owned();
    let elsewhere = "arn:aws:iam::123456789012:role/path/good".to_owned();
    for (role, trusted) in [
        (good, true),
        (by_person, true),
        (of_guests, false),
        (of_another, false),
        (missing, false),
        (elsewhere, false),
    ] {
        let input = json!({"IdentityPoolId": pool, "Roles": {"authenticated": role}});
        world.root("SetIdentityPoolRoles", input).await;
        let reply = world.call(None, "GetCredentialsForIdentity", login(&identity, &token)).await;
        if trusted {
            reply.json();
        } else {
            let message = reply.refused(400, "InvalidIdentityPoolConfigurationException");
            assert!(message.contains("Check assigned IAM roles"), "{role}: {message}");
        }
    }
}

#[tokio::test]
async fn a_pool_without_roles_gives_none() {
    let world = World::new();
    let pool = world.pool(false).await;
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let refused = world.call(None, "GetCredentialsForIdentity", login(&identity, &token)).await;
    refused.refused(400, "InvalidIdentityPoolConfigurationException");
}

#[tokio::test]
async fn a_role_that_is_asked_for_must_be_offered() {
    let world = World::new();
    let pool = with_rules(&world).await;
    let token = world.id_token(ADA, &json!({"cognito:groups": ["user"]}));
    let identity = world.identity(&pool, &token).await;
    for role in ["arn:aws:iam::123456789012:role/admin", "not an ARN, but long enough"] {
        let mut input = login(&identity, &token);
        input["CustomRoleArn"] = json!(role);
        let refused = world.call(None, "GetCredentialsForIdentity", input).await;
        refused.refused(400, "NotAuthorizedException");
    }
}

#[tokio::test]
async fn the_classic_flow_is_the_pools_token_taken_to_sts() {
    let world = World::new();
    let pool = with_rules(&world).await;
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let answer = world.call(None, "GetOpenIdToken", login(&identity, &token)).await.json();
    let web = answer["Token"].as_str().unwrap().to_owned();
    let assume = async |token: &str, more: &[(&str, &str)]| {
        let mut members = vec![
            ("RoleArn", "arn:aws:iam::123456789012:role/user"),
            ("RoleSessionName", "classic"),
            ("WebIdentityToken", token),
        ];
        members.extend(more);
        world.query(Service::Sts, None, "AssumeRoleWithWebIdentity", &members).await
    };
    let assumed = assume(&web, &[("DurationSeconds", "900")]).await;
    let body = assumed.ok();
    assert_eq!(
        between(body, "<Arn>", "</Arn>"),
        "arn:aws:sts::123456789012:assumed-role/user/classic"
    );
    assert_eq!(between(body, "<SubjectFromWebIdentityToken>", "</"), identity);
    assert_eq!(between(body, "<Audience>", "</"), pool);
    assert_eq!(between(body, "<Provider>", "</"), "cognito-identity.amazonaws.com");

    assume(&web, &[("DurationSeconds", "3601")]).await.refused(400, "ValidationError");
    assume(&web, &[("DurationSeconds", "899")]).await.refused(400, "ValidationError");
    assume(&web, &[("Policy", "{}")]).await.refused(400, "MalformedPolicyDocument");
    // The user pool's own token is of no provider that STS knows.
    assume(&token, &[]).await.refused(400, "InvalidIdentityToken");
    let (header, rest) = web.split_once('.').unwrap();
    assume(&format!("{header}.A{rest}"), &[]).await.refused(400, "InvalidIdentityToken");
    world.advance(Duration::from_secs(599));
    assume(&web, &[]).await.ok();
    world.advance(Duration::from_secs(1));
    assume(&web, &[]).await.refused(400, "ExpiredTokenException");
}

#[tokio::test]
async fn the_classic_flow_is_closed_if_the_pool_says_so() {
    let world = World::new();
    let pool = world
        .root(
            "CreateIdentityPool",
            json!({
                "IdentityPoolName": "enhanced only",
                "AllowUnauthenticatedIdentities": false,
                "AllowClassicFlow": false,
                "CognitoIdentityProviders": [{"ProviderName": PROVIDER, "ClientId": CLIENT}],
            }),
        )
        .await;
    let pool = pool["IdentityPoolId"].as_str().unwrap();
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(pool, &token).await;
    let refused = world.call(None, "GetOpenIdToken", login(&identity, &token)).await;
    let message = refused.refused(400, "InvalidParameterException");
    assert!(message.contains("Basic (classic) flow is not enabled, please use enhanced flow."));
    // To strangers it says what it always says.
    let bob = world.id_token(BOB, &json!({}));
    let refused = world.call(None, "GetOpenIdToken", login(&identity, &bob)).await;
    refused.refused(400, "NotAuthorizedException");
}

#[tokio::test]
async fn a_session_policy_takes_away_and_never_gives() {
    let world = World::new();
    let pool = with_rules(&world).await;
    world.allow("user", &["cognito-identity:ListIdentityPools"]).await;
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let answer = world.call(None, "GetOpenIdToken", login(&identity, &token)).await.json();
    let web = answer["Token"].as_str().unwrap();
    let policies = [
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#,
            200,
        ),
        (
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#,
            400,
        ),
    ];
    for (policy, status) in policies {
        let members = [
            ("RoleArn", "arn:aws:iam::123456789012:role/user"),
            ("RoleSessionName", "limited"),
            ("WebIdentityToken", web),
            ("Policy", policy),
        ];
        let assumed = world.query(Service::Sts, None, "AssumeRoleWithWebIdentity", &members).await;
        let text = |name: &str| {
            between(assumed.ok(), &format!("<{name}>"), &format!("</{name}>")).to_owned()
        };
        let keys = Keys::of(&json!({"Credentials": {
            "AccessKeyId": text("AccessKeyId"),
            "SecretKey": text("SecretAccessKey"),
            "SessionToken": text("SessionToken"),
        }}));
        let list = json!({"MaxResults": 1});
        assert_eq!(world.call(Some(&keys), "ListIdentityPools", list).await.status, status);
        let more = world.call(Some(&keys), "DescribeIdentityPool", json!({"IdentityPoolId": pool}));
        more.await.refused(400, "AccessDeniedException");
    }
}
