//! Pools and who may administer them.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{CLIENT, Keys, PROVIDER, World};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

#[tokio::test]
async fn what_is_created_is_described_listed_and_deleted() {
    let world = World::new();
    let created = world
        .root(
            "CreateIdentityPool",
            json!({
                "IdentityPoolName": "one",
                "AllowUnauthenticatedIdentities": true,
                "AllowClassicFlow": true,
                "CognitoIdentityProviders": [
                    {"ProviderName": PROVIDER, "ClientId": CLIENT, "ServerSideTokenCheck": false},
                ],
                "IdentityPoolTags": {"team": "coats"},
            }),
        )
        .await;
    let id = created["IdentityPoolId"].as_str().unwrap();
    let described = world.root("DescribeIdentityPool", json!({"IdentityPoolId": id})).await;
    assert_eq!(described, created);
    assert_eq!(described["IdentityPoolTags"], json!({"team": "coats"}));
    assert_eq!(described["CognitoIdentityProviders"][0]["ClientId"], json!(CLIENT));

    world.root("DeleteIdentityPool", json!({"IdentityPoolId": id})).await;
    for operation in ["DescribeIdentityPool", "GetIdentityPoolRoles", "DeleteIdentityPool", "GetId"]
    {
        let gone = world.call(Some(&Keys::root()), operation, json!({"IdentityPoolId": id})).await;
        gone.refused(400, "ResourceNotFoundException");
    }
}

#[tokio::test]
async fn pages_list_every_pool_once() {
    let world = World::new();
    let mut pools = Vec::new();
    for _ in 0..5 {
        pools.push(world.pool(false).await);
    }
    pools.sort();
    let mut listed = Vec::new();
    let mut token = Value::Null;
    loop {
        let mut input = json!({"MaxResults": 2});
        if !token.is_null() {
            input["NextToken"] = token;
        }
        let page = world.root("ListIdentityPools", input).await;
        let ids = page["IdentityPools"].as_array().unwrap();
        assert!(ids.len() <= 2);
        listed.extend(ids.iter().map(|pool| pool["IdentityPoolId"].as_str().unwrap().to_owned()));
        token = page["NextToken"].clone();
        if token.is_null() {
            break;
        }
    }
    assert_eq!(listed, pools);
    let wrong = json!({"MaxResults": 2, "NextToken": "x"});
    let refused = world.call(Some(&Keys::root()), "ListIdentityPools", wrong).await;
    refused.refused(400, "InvalidParameterException");
}

#[tokio::test]
async fn another_accounts_pool_is_not_there() {
    let world = World::new();
    let pool = world.pool(true).await;
    let other = Keys::other_root();
    let identity = world.identity(&pool, &world.id_token(ADA, &json!({}))).await;
    for (operation, input) in [
        ("DescribeIdentityPool", json!({"IdentityPoolId": pool})),
        ("GetIdentityPoolRoles", json!({"IdentityPoolId": pool})),
        ("SetIdentityPoolRoles", json!({"IdentityPoolId": pool, "Roles": {}})),
        ("DeleteIdentityPool", json!({"IdentityPoolId": pool})),
        ("DescribeIdentity", json!({"IdentityId": identity})),
    ] {
        let refused = world.call(Some(&other), operation, input.clone()).await;
        refused.refused(400, "ResourceNotFoundException");
        world
            .call(None, operation, input)
            .await
            .refused(400, "MissingAuthenticationTokenException");
    }
    let listed = world.call(Some(&other), "ListIdentityPools", json!({"MaxResults": 60})).await;
    assert_eq!(listed.json()["IdentityPools"], json!([]));
    // GetId takes the account along, if it is given.
    for (account, status) in [("123456789012", 200), ("210987654321", 400)] {
        let input = json!({"IdentityPoolId": pool, "AccountId": account});
        assert_eq!(world.call(None, "GetId", input).await.status, status);
    }
}

#[tokio::test]
async fn an_identity_is_described_by_its_providers() {
    let world = World::new();
    let pool = world.pool(false).await;
    let identity = world.identity(&pool, &world.id_token(ADA, &json!({}))).await;
    let described = world.root("DescribeIdentity", json!({"IdentityId": identity})).await;
    assert_eq!(
        described,
        json!({
            "IdentityId": identity,
            "Logins": [PROVIDER],
            "CreationDate": 1_772_600_767,
            "LastModifiedDate": 1_772_600_767,
        })
    );
}

#[tokio::test]
async fn whoever_sets_a_pools_roles_must_be_allowed_to_pass_each() {
    let world = World::new();
    let pool = world.pool(false).await;
    let operator = world.role("operator", &pool, "authenticated").await;
    let user = world.role("user", &pool, "authenticated").await;
    let admin = world.role("admin", &pool, "authenticated").await;
    let roles = json!({"authenticated": operator});
    world.root("SetIdentityPoolRoles", json!({"IdentityPoolId": pool, "Roles": roles})).await;
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let login = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
    let keys = Keys::of(&world.call(None, "GetCredentialsForIdentity", login).await.json());

    let allow = async |pass: &str| {
        let policy = format!(
            r#"{{"Version":"2012-10-17","Statement":[
                {{"Effect":"Allow","Action":"cognito-identity:SetIdentityPoolRoles","Resource":"*"}},
                {{"Effect":"Allow","Action":"iam:PassRole","Resource":"{user}",
                  "Condition":{{"StringEquals":{{"iam:PassedToService":"{pass}"}}}}}}]}}"#
        );
        let members = [
            ("RoleName", "operator"),
            ("PolicyName", "operate"),
            ("PolicyDocument", &policy as &str),
        ];
        world.query(Service::Iam, Some(&Keys::root()), "PutRolePolicy", &members).await.ok();
    };
    let one_rule = |role: &str| {
        let rule = json!({"Claim": "sub", "MatchType": "NotEqual", "Value": "x", "RoleARN": role});
        json!({format!("{PROVIDER}:{CLIENT}"): {
            "Type": "Rules",
            "AmbiguousRoleResolution": "Deny",
            "RulesConfiguration": {"Rules": [rule]},
        }})
    };
    let set = async |roles: Value, mappings: Value| {
        let input = json!({"IdentityPoolId": pool, "Roles": roles, "RoleMappings": mappings});
        world.call(Some(&keys), "SetIdentityPoolRoles", input).await
    };
    allow("lambda.amazonaws.com").await;
    set(json!({"authenticated": user}), json!({})).await.refused(400, "AccessDeniedException");
    allow("cognito-identity.amazonaws.com").await;
    for (roles, mappings) in [
        (json!({"authenticated": admin}), json!({})),
        (json!({"unauthenticated": admin}), json!({})),
        (json!({"authenticated": user}), one_rule(&admin)),
        (json!({"authenticated": "arn:aws:iam::210987654321:role/user"}), json!({})),
    ] {
        set(roles, mappings).await.refused(400, "AccessDeniedException");
    }
    set(json!({"authenticated": user}), one_rule(&user)).await.json();
    let got = world.root("GetIdentityPoolRoles", json!({"IdentityPoolId": pool})).await;
    assert_eq!(got["Roles"], json!({"authenticated": user}));
    assert_eq!(got["RoleMappings"], one_rule(&user));
}
