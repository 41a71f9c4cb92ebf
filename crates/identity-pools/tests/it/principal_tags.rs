//! Claims of a login as tags of the session: `aws:PrincipalTag/…` in policies.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{Keys, PROVIDER, World, between};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

/// The trust of the pool's people with these actions, and with `more` beside the usual conditions.
fn trust(pool: &str, actions: &[&str], more: &Value) -> String {
    let mut condition = json!({
        "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
        "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
    });
    for (operator, keys) in more.as_object().unwrap() {
        for (key, value) in keys.as_object().unwrap() {
            condition[operator][key] = value.clone();
        }
    }
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": actions,
        "Condition": condition,
    }]})
    .to_string()
}

/// A pool whose people get the role `user`, which may describe pools if their department is "legal".
async fn pool(world: &World) -> String {
    let pool = world.pool(false).await;
    let role = world.role("user", &pool, "authenticated").await;
    world.default_role(&pool, &role).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Action": "cognito-identity:ListIdentityPools", "Resource": "*",
        "Condition": {"StringEquals": {"aws:PrincipalTag/Department": "legal"}},
    }]});
    let members = [
        ("RoleName", "user"),
        ("PolicyName", "by-tag"),
        ("PolicyDocument", &policy.to_string() as &str),
    ];
    world.query(Service::Iam, Some(&Keys::root()), "PutRolePolicy", &members).await.ok();
    pool
}

async fn retrust(world: &World, document: &str) {
    let members = [("RoleName", "user"), ("PolicyDocument", document)];
    let root = Keys::root();
    let updated = world.query(Service::Iam, Some(&root), "UpdateAssumeRolePolicy", &members);
    updated.await.ok();
}

async fn map(world: &World, pool: &str, tags: Value) {
    let input =
        json!({"IdentityPoolId": pool, "IdentityProviderName": PROVIDER, "PrincipalTags": tags});
    world.root("SetPrincipalTagAttributeMap", input).await;
}

const BOTH: &[&str] = &["sts:AssumeRoleWithWebIdentity", "sts:TagSession"];

#[tokio::test]
async fn policies_see_the_claims_that_the_pool_maps() {
    let world = World::new();
    let pool = pool(&world).await;
    map(&world, &pool, json!({"department": "custom:department"})).await;
    retrust(&world, &trust(&pool, BOTH, &json!({}))).await;
    for (department, status) in [(json!("legal"), 200), (json!("sales"), 400), (Value::Null, 400)] {
        let token = world.id_token(ADA, &json!({"custom:department": department}));
        let identity = world.identity(&pool, &token).await;
        let input = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
        let enhanced =
            Keys::of(&world.call(None, "GetCredentialsForIdentity", input.clone()).await.json());
        // The classic flow brings them too.
        let web = world.call(None, "GetOpenIdToken", input).await.json();
        let members = [
            ("RoleArn", "arn:aws:iam::123456789012:role/user"),
            ("RoleSessionName", "classic"),
            ("WebIdentityToken", web["Token"].as_str().unwrap()),
        ];
        let assumed = world.query(Service::Sts, None, "AssumeRoleWithWebIdentity", &members).await;
        let text = |name: &str| between(assumed.ok(), &format!("<{name}>"), "<").to_owned();
        let classic = Keys::of(&json!({"Credentials": {
            "AccessKeyId": text("AccessKeyId"),
            "SecretKey": text("SecretAccessKey"),
            "SessionToken": text("SessionToken"),
        }}));
        for keys in [enhanced, classic] {
            let list = world.call(Some(&keys), "ListIdentityPools", json!({"MaxResults": 1})).await;
            assert_eq!(list.status, status, "{department}: {}", list.body);
        }
    }
}

#[tokio::test]
async fn a_role_must_let_its_sessions_be_tagged() {
    let world = World::new();
    let pool = pool(&world).await;
    let token = world.id_token(ADA, &json!({"custom:department": "legal"}));
    let identity = world.identity(&pool, &token).await;
    let input = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
    let ask = async || world.call(None, "GetCredentialsForIdentity", input.clone()).await;
    // Without a map there are no tags, so nothing needs to be allowed.
    ask().await.json();
    map(&world, &pool, json!({"department": "custom:department"})).await;
    ask().await.refused(400, "InvalidIdentityPoolConfigurationException");
    let legal = json!({"StringEquals": {"aws:RequestTag/department": "legal"}});
    let sales = json!({"StringEquals": {"aws:RequestTag/department": "sales"}});
    let keys = |key: &str| json!({"ForAllValues:StringEquals": {"aws:TagKeys": [key]}});
    for (actions, more, allowed) in [
        (BOTH, json!({}), true),
        (&BOTH[..1], json!({}), false),
        (&BOTH[1..], json!({}), false),
        (BOTH, legal, true),
        (BOTH, sales, false),
        (BOTH, keys("department"), true),
        (BOTH, keys("team"), false),
    ] {
        retrust(&world, &trust(&pool, actions, &more)).await;
        let reply = ask().await;
        if allowed {
            reply.json();
        } else {
            reply.refused(400, "InvalidIdentityPoolConfigurationException");
        }
    }
    // A map of no tags is as good as none.
    map(&world, &pool, json!({})).await;
    ask().await.json();
}

#[tokio::test]
async fn a_claim_that_cannot_be_a_tag_ends_it() {
    let world = World::new();
    let pool = pool(&world).await;
    map(&world, &pool, json!({"department": "custom:department"})).await;
    retrust(&world, &trust(&pool, BOTH, &json!({}))).await;
    for wrong in [json!("*"), json!("${aws:username}"), json!(["legal"]), json!("x".repeat(257))] {
        let token = world.id_token(ADA, &json!({"custom:department": wrong}));
        let identity = world.identity(&pool, &token).await;
        let input = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
        for operation in ["GetCredentialsForIdentity", "GetOpenIdToken"] {
            let refused = world.call(None, operation, input.clone()).await;
            refused.refused(400, "InvalidIdentityPoolConfigurationException");
        }
    }
}

#[tokio::test]
async fn a_map_is_set_and_got_whole() {
    let world = World::new();
    let pool = world.pool(false).await;
    let of = |more: Value| {
        let mut input = json!({"IdentityPoolId": pool, "IdentityProviderName": PROVIDER});
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        input
    };
    let root = Keys::root();
    let missing = world.call(Some(&root), "GetPrincipalTagAttributeMap", of(json!({}))).await;
    missing.refused(400, "ResourceNotFoundException");
    let defaults = json!({"client": "aud", "username": "sub"});
    let own = json!({"team": "custom:team"});
    for (given, defaulted, tags) in [
        (json!({"UseDefaults": true}), true, defaults.clone()),
        (json!({"PrincipalTags": own}), false, own.clone()),
        (json!({"UseDefaults": false, "PrincipalTags": {}}), false, json!({})),
        (json!({"UseDefaults": true, "PrincipalTags": defaults}), true, defaults.clone()),
    ] {
        let set = world.root("SetPrincipalTagAttributeMap", of(given)).await;
        assert_eq!(set, of(json!({"UseDefaults": defaulted, "PrincipalTags": tags})));
        assert_eq!(world.root("GetPrincipalTagAttributeMap", of(json!({}))).await, set);
    }
    for wrong in [
        json!({"UseDefaults": true, "PrincipalTags": own}),
        json!({"PrincipalTags": {"aws:team": "custom:team"}}),
        json!({"IdentityProviderName": "accounts.google.com", "UseDefaults": true}),
    ] {
        let refused = world.call(Some(&root), "SetPrincipalTagAttributeMap", of(wrong)).await;
        refused.refused(400, "InvalidParameterException");
    }
    // The pool's description does not have it.
    let described = world.root("DescribeIdentityPool", json!({"IdentityPoolId": pool})).await;
    assert!(!described.to_string().contains("Tags"));
}
