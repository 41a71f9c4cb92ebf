use serde_json::{Value, json};

use super::{
    NOT_FOUND,
    Outcome::{Own, Unsigned},
    Row, with,
};
use crate::{
    client::Call,
    world::{World, secret_hash},
};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let idp = |name, input: Value| Call::json("cognito-idp", name, &input);
    let pool = || json!({"UserPoolId": world.user_pool_id});
    let user = || json!({"UserPoolId": world.user_pool_id, "Username": "user"});
    let group = || json!({"UserPoolId": world.user_pool_id, "GroupName": "user"});
    let client = || json!({"UserPoolId": world.user_pool_id, "ClientId": world.client_id});
    let token = || json!({"AccessToken": "x"});
    let hash = secret_hash(&world.client_secret, "user", &world.client_id);
    let parameters =
        json!({"USERNAME": "user", "PASSWORD": "Correct-horse-1", "SECRET_HASH": hash});
    let sign_in = with(client(), "AuthParameters", parameters);
    vec![
        ("CognitoIdpCreateUserPool", idp("CreateUserPool", json!({"PoolName": "mine"})), Own),
        ("CognitoIdpListUserPools", idp("ListUserPools", json!({"MaxResults": 60})), Own),
        ("CognitoIdpDescribeUserPool", idp("DescribeUserPool", pool()), NOT_FOUND),
        ("CognitoIdpDeleteUserPool", idp("DeleteUserPool", pool()), NOT_FOUND),
        (
            "CognitoIdpCreateUserPoolClient",
            idp("CreateUserPoolClient", with(pool(), "ClientName", json!("x"))),
            NOT_FOUND,
        ),
        ("CognitoIdpDescribeUserPoolClient", idp("DescribeUserPoolClient", client()), NOT_FOUND),
        ("CognitoIdpDeleteUserPoolClient", idp("DeleteUserPoolClient", client()), NOT_FOUND),
        (
            "CognitoIdpCreateGroup",
            idp("CreateGroup", with(pool(), "GroupName", json!("x"))),
            NOT_FOUND,
        ),
        ("CognitoIdpGetGroup", idp("GetGroup", group()), NOT_FOUND),
        ("CognitoIdpDeleteGroup", idp("DeleteGroup", group()), NOT_FOUND),
        ("CognitoIdpListGroups", idp("ListGroups", pool()), NOT_FOUND),
        (
            "CognitoIdpAdminCreateUser",
            idp("AdminCreateUser", with(pool(), "Username", json!("x"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpAdminSetUserPassword",
            idp("AdminSetUserPassword", with(user(), "Password", json!("Other-horse-1"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpAdminAddUserToGroup",
            idp("AdminAddUserToGroup", with(user(), "GroupName", json!("admin"))),
            NOT_FOUND,
        ),
        ("CognitoIdpAdminGetUser", idp("AdminGetUser", user()), NOT_FOUND),
        ("CognitoIdpAdminDeleteUser", idp("AdminDeleteUser", user()), NOT_FOUND),
        ("CognitoIdpAdminListGroupsForUser", idp("AdminListGroupsForUser", user()), NOT_FOUND),
        ("CognitoIdpListUsers", idp("ListUsers", pool()), NOT_FOUND),
        (
            "CognitoIdpAdminInitiateAuth",
            idp(
                "AdminInitiateAuth",
                with(
                    with(sign_in.clone(), "UserPoolId", json!(world.user_pool_id)),
                    "AuthFlow",
                    json!("ADMIN_USER_PASSWORD_AUTH"),
                ),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdpInitiateAuth",
            idp("InitiateAuth", with(sign_in, "AuthFlow", json!("USER_PASSWORD_AUTH"))),
            Unsigned,
        ),
        ("CognitoIdpAdminUserGlobalSignOut", idp("AdminUserGlobalSignOut", user()), NOT_FOUND),
        (
            "CognitoIdpAdminRespondToAuthChallenge",
            idp(
                "AdminRespondToAuthChallenge",
                with(client(), "ChallengeName", json!("NEW_PASSWORD_REQUIRED")),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdpRespondToAuthChallenge",
            idp(
                "RespondToAuthChallenge",
                with(client(), "ChallengeName", json!("NEW_PASSWORD_REQUIRED")),
            ),
            Unsigned,
        ),
        (
            "CognitoIdpGetTokensFromRefreshToken",
            idp("GetTokensFromRefreshToken", with(client(), "RefreshToken", json!("x"))),
            Unsigned,
        ),
        (
            "CognitoIdpRevokeToken",
            idp("RevokeToken", with(client(), "Token", json!("x"))),
            Unsigned,
        ),
        ("CognitoIdpGetUser", idp("GetUser", token()), Unsigned),
        ("CognitoIdpGlobalSignOut", idp("GlobalSignOut", token()), Unsigned),
        ("CognitoIdpGetJsonWebKeySet", Call::s3("GET", "/"), Unsigned),
        ("CognitoIdpGetOpenIdConfiguration", Call::s3("GET", "/"), Unsigned),
    ]
}
