//! Which role a login leads to, by its token or by rules, as far as the role itself agrees.

use serde_json::{Value, json};

use crate::world::{CLIENT, Keys, PROVIDER, World};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn arn(role: &str) -> String {
    format!("arn:aws:iam::123456789012:role/{role}")
}

/// A pool with the roles `default`, `admin` and `user`, and this mapping.
async fn pool(world: &World, mapping: &Value) -> String {
    let pool = world.pool(false).await;
    for role in ["default", "admin", "user"] {
        world.role(role, &pool, "authenticated").await;
    }
    map(world, &pool, mapping).await;
    pool
}

async fn map(world: &World, pool: &str, mapping: &Value) {
    let input = json!({
        "IdentityPoolId": pool,
        "Roles": {"authenticated": arn("default")},
        "RoleMappings": {format!("{PROVIDER}:{CLIENT}"): mapping},
    });
    world.root("SetIdentityPoolRoles", input).await;
}

/// The role that a token with these claims leads to, or the code of the refusal.
async fn role(world: &World, pool: &str, claims: &Value, wanted: Option<&str>) -> String {
    let token = world.id_token(ADA, claims);
    let identity = world.identity(pool, &token).await;
    let mut input = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
    if let Some(wanted) = wanted {
        input["CustomRoleArn"] = json!(arn(wanted));
    }
    let reply = world.call(None, "GetCredentialsForIdentity", input).await;
    if reply.status != 200 {
        let code: Value = serde_json::from_str(&reply.body).unwrap();
        return code["__type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned();
    }
    let arn = world.whoami(&Keys::of(&reply.json())).await;
    arn.rsplit('/').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_token_leads_to_its_preferred_role_or_one_of_its_roles() {
    let world = World::new();
    let token = |ambiguous: &str| json!({"Type": "Token", "AmbiguousRoleResolution": ambiguous});
    let pool = pool(&world, &token("Deny")).await;
    let both = json!([arn("admin"), arn("user")]);
    let preferred = json!({"cognito:roles": both, "cognito:preferred_role": arn("admin")});
    let tie = json!({"cognito:roles": both});
    let none = json!({});
    let denied = "NotAuthorizedException";
    for (claims, wanted, deny, default) in [
        (&preferred, None, "admin", "admin"),
        (&preferred, Some("user"), "user", "user"),
        (&preferred, Some("admin"), "admin", "admin"),
        (&preferred, Some("default"), denied, denied),
        (&tie, None, denied, "default"),
        (&tie, Some("user"), "user", "user"),
        (&none, None, denied, "default"),
        (&none, Some("user"), denied, denied),
    ] {
        map(&world, &pool, &token("Deny")).await;
        assert_eq!(role(&world, &pool, claims, wanted).await, deny, "{claims} {wanted:?}");
        map(&world, &pool, &token("AuthenticatedRole")).await;
        assert_eq!(role(&world, &pool, claims, wanted).await, default, "{claims} {wanted:?}");
    }
    // A role that the pool's people may not take is not had by naming it in a token.
    let other = world.pool(false).await;
    world.role("others", &other, "authenticated").await;
    let claims = json!({"cognito:roles": [arn("others")], "cognito:preferred_role": arn("others")});
    let refused = role(&world, &pool, &claims, None).await;
    assert_eq!(refused, "InvalidIdentityPoolConfigurationException");
}

#[tokio::test]
async fn each_kind_of_rule_leads_to_its_role() {
    let world = World::new();
    let rule = |claim: &str, kind: &str, value: &str, role: &str| json!({"Claim": claim, "MatchType": kind, "Value": value, "RoleARN": arn(role)});
    let rules = |rules: &[Value]| {
        json!({"Type": "Rules", "AmbiguousRoleResolution": "Deny",
               "RulesConfiguration": {"Rules": rules}})
    };
    let pool = pool(&world, &rules(&[rule("x", "Equals", "x", "admin")])).await;
    let denied = "NotAuthorizedException";
    for (kind, value, claim, expected) in [
        ("Equals", "staff", json!("staff"), "admin"),
        ("Equals", "staff", json!("staffing"), denied),
        ("Contains", "aff", json!("staffing"), "admin"),
        ("Contains", "staff", json!("stuff"), denied),
        ("Contains", "staff", json!(["staff", "x"]), "admin"),
        ("Contains", "staff", json!(["staffing"]), denied),
        ("StartsWith", "sta", json!("staff"), "admin"),
        ("StartsWith", "aff", json!("staff"), denied),
        ("NotEqual", "staff", json!("guest"), "admin"),
        ("NotEqual", "staff", json!("staff"), denied),
        ("NotEqual", "staff", Value::Null, denied),
    ] {
        map(&world, &pool, &rules(&[rule("custom:kind", kind, value, "admin")])).await;
        let claims = json!({"custom:kind": claim});
        let got = role(&world, &pool, &claims, None).await;
        assert_eq!(got, expected, "{kind} {value} {claims}");
    }
    let two = [
        rule("cognito:groups", "Contains", "admin", "admin"),
        rule("cognito:groups", "Contains", "user", "user"),
    ];
    map(&world, &pool, &rules(&two)).await;
    let groups = json!({"cognito:groups": ["user", "admin"]});
    assert_eq!(role(&world, &pool, &groups, None).await, "admin");
    assert_eq!(role(&world, &pool, &groups, Some("user")).await, "user");
    let user = json!({"cognito:groups": ["user"]});
    assert_eq!(role(&world, &pool, &user, Some("admin")).await, denied);
}
