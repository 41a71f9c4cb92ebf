use serde_json::{Value, json};

use super::{
    NOT_FOUND,
    Outcome::{Own, Unsigned},
    Row, with,
};
use crate::{
    client::Call,
    world::{REGION, ROOT, World, provider},
};

pub(super) fn rows(world: &World) -> Vec<Row> {
    [pools(world), identities(world), developers(world)].concat()
}

fn identity(name: &'static str, input: &Value) -> Call {
    Call::json("cognito-identity", name, input)
}

fn identity_pool(world: &World) -> Value {
    json!({"IdentityPoolId": world.identity_pool_id})
}

/// Pools, their roles and their tags.
fn pools(world: &World) -> Vec<Row> {
    let of_provider =
        || with(identity_pool(world), "IdentityProviderName", json!(provider(&world.user_pool_id)));
    let resource = || {
        let arn = format!(
            "arn:aws:cognito-identity:{REGION}:{}:identitypool/{}",
            ROOT.0, world.identity_pool_id
        );
        json!({"ResourceArn": arn})
    };
    vec![
        (
            "CognitoIdentityCreateIdentityPool",
            identity(
                "CreateIdentityPool",
                &json!({"IdentityPoolName": "mine", "AllowUnauthenticatedIdentities": false}),
            ),
            Own,
        ),
        (
            "CognitoIdentityListIdentityPools",
            identity("ListIdentityPools", &json!({"MaxResults": 60})),
            Own,
        ),
        (
            "CognitoIdentityDescribeIdentityPool",
            identity("DescribeIdentityPool", &identity_pool(world)),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityDeleteIdentityPool",
            identity("DeleteIdentityPool", &identity_pool(world)),
            NOT_FOUND,
        ),
        // The first account's roles cannot be passed, wherever the pool is.
        (
            "CognitoIdentitySetIdentityPoolRoles",
            identity("SetIdentityPoolRoles", &with(identity_pool(world), "Roles", json!({}))),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityGetIdentityPoolRoles",
            identity("GetIdentityPoolRoles", &identity_pool(world)),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityUpdateIdentityPool",
            identity(
                "UpdateIdentityPool",
                &json!({"IdentityPoolId": world.identity_pool_id, "IdentityPoolName": "theirs",
                       "AllowUnauthenticatedIdentities": true}),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityGetPrincipalTagAttributeMap",
            identity("GetPrincipalTagAttributeMap", &of_provider()),
            NOT_FOUND,
        ),
        (
            "CognitoIdentitySetPrincipalTagAttributeMap",
            identity(
                "SetPrincipalTagAttributeMap",
                &with(of_provider(), "UseDefaults", json!(true)),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityTagResource",
            identity("TagResource", &with(resource(), "Tags", json!({"a": "b"}))),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityUntagResource",
            identity("UntagResource", &with(resource(), "TagKeys", json!(["a"]))),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityListTagsForResource",
            identity("ListTagsForResource", &resource()),
            NOT_FOUND,
        ),
    ]
}

/// Identities.
fn identities(world: &World) -> Vec<Row> {
    vec![
        (
            "CognitoIdentityDescribeIdentity",
            identity("DescribeIdentity", &json!({"IdentityId": world.user.identity_id})),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityListIdentities",
            identity("ListIdentities", &with(identity_pool(world), "MaxResults", json!(60))),
            NOT_FOUND,
        ),
        // Each identity has an answer of its own: none is deleted.
        (
            "CognitoIdentityDeleteIdentities",
            identity(
                "DeleteIdentities",
                &json!({"IdentityIdsToDelete": [world.user.identity_id, world.admin.identity_id]}),
            ),
            Own,
        ),
        (
            "CognitoIdentityUnlinkIdentity",
            identity(
                "UnlinkIdentity",
                &json!({"IdentityId": world.user.identity_id, "Logins": {}, "LoginsToRemove": []}),
            ),
            Unsigned,
        ),
        ("CognitoIdentityGetId", identity("GetId", &identity_pool(world)), Unsigned),
        (
            "CognitoIdentityGetCredentialsForIdentity",
            identity("GetCredentialsForIdentity", &json!({"IdentityId": world.user.identity_id})),
            Unsigned,
        ),
        (
            "CognitoIdentityGetOpenIdToken",
            identity("GetOpenIdToken", &json!({"IdentityId": world.user.identity_id})),
            Unsigned,
        ),
    ]
}

/// Users of an application's own sign-in.
fn developers(world: &World) -> Vec<Row> {
    vec![
        (
            "CognitoIdentityGetOpenIdTokenForDeveloperIdentity",
            identity(
                "GetOpenIdTokenForDeveloperIdentity",
                &with(identity_pool(world), "Logins", json!({"login.example": "user"})),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityLookupDeveloperIdentity",
            identity(
                "LookupDeveloperIdentity",
                &with(identity_pool(world), "IdentityId", json!(world.user.identity_id)),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityMergeDeveloperIdentities",
            identity(
                "MergeDeveloperIdentities",
                &json!({"IdentityPoolId": world.identity_pool_id, "SourceUserIdentifier": "a",
                       "DestinationUserIdentifier": "b", "DeveloperProviderName": "login.example"}),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityUnlinkDeveloperIdentity",
            identity(
                "UnlinkDeveloperIdentity",
                &json!({"IdentityPoolId": world.identity_pool_id, "DeveloperUserIdentifier": "a",
                       "IdentityId": world.user.identity_id,
                       "DeveloperProviderName": "login.example"}),
            ),
            NOT_FOUND,
        ),
    ]
}
