use serde_json::{Value, json};

use super::{
    NOT_FOUND,
    Outcome::{Own, Unsigned},
    Row, with,
};
use crate::{client::Call, world::World};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let identity = |name, input: Value| Call::json("cognito-identity", name, &input);
    let identity_pool = || json!({"IdentityPoolId": world.identity_pool_id});
    vec![
        (
            "CognitoIdentityCreateIdentityPool",
            identity(
                "CreateIdentityPool",
                json!({"IdentityPoolName": "mine", "AllowUnauthenticatedIdentities": false}),
            ),
            Own,
        ),
        (
            "CognitoIdentityListIdentityPools",
            identity("ListIdentityPools", json!({"MaxResults": 60})),
            Own,
        ),
        (
            "CognitoIdentityDescribeIdentityPool",
            identity("DescribeIdentityPool", identity_pool()),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityDeleteIdentityPool",
            identity("DeleteIdentityPool", identity_pool()),
            NOT_FOUND,
        ),
        // The first account's roles cannot be passed, wherever the pool is.
        (
            "CognitoIdentitySetIdentityPoolRoles",
            identity("SetIdentityPoolRoles", with(identity_pool(), "Roles", json!({}))),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityGetIdentityPoolRoles",
            identity("GetIdentityPoolRoles", identity_pool()),
            NOT_FOUND,
        ),
        (
            "CognitoIdentityDescribeIdentity",
            identity("DescribeIdentity", json!({"IdentityId": world.user.identity_id})),
            NOT_FOUND,
        ),
        ("CognitoIdentityGetId", identity("GetId", identity_pool()), Unsigned),
        (
            "CognitoIdentityGetCredentialsForIdentity",
            identity("GetCredentialsForIdentity", json!({"IdentityId": world.user.identity_id})),
            Unsigned,
        ),
        (
            "CognitoIdentityGetOpenIdToken",
            identity("GetOpenIdToken", json!({"IdentityId": world.user.identity_id})),
            Unsigned,
        ),
    ]
}
