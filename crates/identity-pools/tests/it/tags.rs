//! The tags of a pool, and who may change them.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{Keys, PROVIDER, World};

const ADA: &str = "0f8fad5b-d9cb-469f-a165-70867728950e";

fn arn(pool: &str) -> String {
    format!("arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{pool}")
}

#[tokio::test]
async fn tags_are_added_listed_and_taken_away() {
    let world = World::new();
    let pool = world.pool_with(json!({"IdentityPoolTags": {"team": "coats", "env": "test"}})).await;
    let arn = arn(&pool);
    let tags = async || world.root("ListTagsForResource", json!({"ResourceArn": arn})).await;
    assert_eq!(tags().await, json!({"Tags": {"team": "coats", "env": "test"}}));
    let add = json!({"ResourceArn": arn, "Tags": {"team": "hats", "owner": ""}});
    assert_eq!(world.root("TagResource", add).await, json!({}));
    assert_eq!(tags().await, json!({"Tags": {"team": "hats", "env": "test", "owner": ""}}));
    let remove = json!({"ResourceArn": arn, "TagKeys": ["team", "owner", "none"]});
    assert_eq!(world.root("UntagResource", remove).await, json!({}));
    assert_eq!(tags().await, json!({"Tags": {"env": "test"}}));
    // An update that says nothing of them leaves them.
    let settings = json!({"IdentityPoolId": pool, "IdentityPoolName": "renamed",
                          "AllowUnauthenticatedIdentities": false});
    let updated = world.root("UpdateIdentityPool", settings.clone()).await;
    assert_eq!(updated["IdentityPoolTags"], json!({"env": "test"}));
    let mut replaced = settings;
    replaced["IdentityPoolTags"] = json!({"new": "1"});
    world.root("UpdateIdentityPool", replaced).await;
    assert_eq!(tags().await, json!({"Tags": {"new": "1"}}));

    let root = Keys::root();
    let many: serde_json::Map<String, Value> =
        (0..50).map(|n| (format!("key{n}"), json!("v"))).collect();
    for wrong in [json!(many), json!({"aws:x": "y"})] {
        let input = json!({"ResourceArn": arn, "Tags": wrong});
        let refused = world.call(Some(&root), "TagResource", input).await;
        refused.refused(400, "InvalidParameterException");
    }
    assert_eq!(tags().await, json!({"Tags": {"new": "1"}}));
}

#[tokio::test]
async fn another_accounts_or_regions_pool_has_no_tags() {
    let world = World::new();
    let pool = world.pool_with(json!({"IdentityPoolTags": {"team": "coats"}})).await;
    let own = arn(&pool);
    let elsewhere = own.replace("us-east-1:1", "eu-west-1:1");
    let forged = own.replace("123456789012", "210987654321");
    let none = arn("us-east-1:00000000-0000-4000-8000-000000000000");
    for (keys, arn) in [
        (Keys::other_root(), &own),
        (Keys::other_root(), &forged),
        (Keys::root(), &forged),
        (Keys::root(), &elsewhere),
        (Keys::root(), &none),
    ] {
        for (operation, input) in [
            ("ListTagsForResource", json!({"ResourceArn": arn})),
            ("TagResource", json!({"ResourceArn": arn, "Tags": {"a": "b"}})),
            ("UntagResource", json!({"ResourceArn": arn, "TagKeys": ["team"]})),
        ] {
            let refused = world.call(Some(&keys), operation, input).await;
            refused.refused(400, "ResourceNotFoundException");
        }
    }
    let tags = world.root("ListTagsForResource", json!({"ResourceArn": own})).await;
    assert_eq!(tags, json!({"Tags": {"team": "coats"}}));
}

#[tokio::test]
async fn a_policy_sees_which_tags_are_put_and_taken_away() {
    let world = World::new();
    let pool = world.pool_with(json!({"IdentityPoolTags": {"team": "coats", "keep": "1"}})).await;
    let role = world.role("tagger", &pool, "authenticated").await;
    world.default_role(&pool, &role).await;
    let team = json!({"ForAllValues:StringEquals": {"aws:TagKeys": "team"}});
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Action": ["cognito-identity:TagResource", "cognito-identity:UntagResource",
                   "cognito-identity:UpdateIdentityPool"],
        "Resource": arn(&pool),
        "Condition": team,
    }]});
    let members = [
        ("RoleName", "tagger"),
        ("PolicyName", "p"),
        ("PolicyDocument", &policy.to_string() as &str),
    ];
    world.query(Service::Iam, Some(&Keys::root()), "PutRolePolicy", &members).await.ok();
    let token = world.id_token(ADA, &json!({}));
    let identity = world.identity(&pool, &token).await;
    let login = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
    let keys = Keys::of(&world.call(None, "GetCredentialsForIdentity", login).await.json());
    let ask = async |operation: &str, mut input: Value| {
        input["ResourceArn"] = json!(arn(&pool));
        world.call(Some(&keys), operation, input).await
    };
    ask("TagResource", json!({"Tags": {"team": "hats"}})).await.json();
    let both = json!({"Tags": {"team": "hats", "other": "x"}});
    ask("TagResource", both).await.refused(400, "AccessDeniedException");
    let both = json!({"TagKeys": ["team", "keep"]});
    ask("UntagResource", both).await.refused(400, "AccessDeniedException");
    ask("UntagResource", json!({"TagKeys": ["team"]})).await.json();
    // Nor by the way round an update.
    let mut update = json!({"IdentityPoolId": pool, "IdentityPoolName": "x",
                            "AllowUnauthenticatedIdentities": false});
    world.call(Some(&keys), "UpdateIdentityPool", update.clone()).await.json();
    update["IdentityPoolTags"] = json!({"other": "x"});
    let refused = world.call(Some(&keys), "UpdateIdentityPool", update).await;
    refused.refused(400, "AccessDeniedException");
    let tags = world.root("ListTagsForResource", json!({"ResourceArn": arn(&pool)})).await;
    assert_eq!(tags, json!({"Tags": {"keep": "1"}}));
}
