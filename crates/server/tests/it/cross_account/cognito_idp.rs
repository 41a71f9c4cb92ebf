use serde_json::{Value, json};

use super::{
    NOT_FOUND,
    Outcome::{Own, Unsigned},
    Row, with,
};
use crate::{
    client::Call,
    world::{REGION, ROOT, World, secret_hash},
};

#[expect(clippy::too_many_lines, reason = "a table")]
pub(super) fn rows(world: &World) -> Vec<Row> {
    let idp = |name, input: Value| Call::json("cognito-idp", name, &input);
    let pool = || json!({"UserPoolId": world.user_pool_id});
    let user = || json!({"UserPoolId": world.user_pool_id, "Username": "user"});
    let group = || json!({"UserPoolId": world.user_pool_id, "GroupName": "user"});
    let client = || json!({"UserPoolId": world.user_pool_id, "ClientId": world.client_id});
    let token = || json!({"AccessToken": "x"});
    let arn = format!("arn:aws:cognito-idp:{REGION}:{}:userpool/{}", ROOT.0, world.user_pool_id);
    let tagged = || json!({"ResourceArn": arn});
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
        ("CognitoIdpAdminConfirmSignUp", idp("AdminConfirmSignUp", user()), NOT_FOUND),
        ("CognitoIdpAdminResetUserPassword", idp("AdminResetUserPassword", user()), NOT_FOUND),
        ("CognitoIdpChangePassword", idp("ChangePassword", token()), Unsigned),
        ("CognitoIdpConfirmForgotPassword", idp("ConfirmForgotPassword", user()), Unsigned),
        ("CognitoIdpConfirmSignUp", idp("ConfirmSignUp", user()), Unsigned),
        ("CognitoIdpForgotPassword", idp("ForgotPassword", user()), Unsigned),
        (
            "CognitoIdpGetUserAttributeVerificationCode",
            idp("GetUserAttributeVerificationCode", token()),
            Unsigned,
        ),
        ("CognitoIdpResendConfirmationCode", idp("ResendConfirmationCode", user()), Unsigned),
        ("CognitoIdpSignUp", idp("SignUp", user()), Unsigned),
        ("CognitoIdpVerifyUserAttribute", idp("VerifyUserAttribute", token()), Unsigned),
        ("CognitoIdpGetUser", idp("GetUser", token()), Unsigned),
        ("CognitoIdpGlobalSignOut", idp("GlobalSignOut", token()), Unsigned),
        ("CognitoIdpUpdateUserPool", idp("UpdateUserPool", pool()), NOT_FOUND),
        (
            "CognitoIdpAddCustomAttributes",
            idp(
                "AddCustomAttributes",
                with(
                    pool(),
                    "CustomAttributes",
                    json!([{"Name": "x", "AttributeDataType": "String"}]),
                ),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdpCreateUserPoolDomain",
            idp("CreateUserPoolDomain", with(pool(), "Domain", json!("theirs"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpUpdateUserPoolDomain",
            idp("UpdateUserPoolDomain", with(pool(), "Domain", json!("theirs"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpDeleteUserPoolDomain",
            idp("DeleteUserPoolDomain", with(pool(), "Domain", json!("theirs"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpDescribeUserPoolDomain",
            idp("DescribeUserPoolDomain", json!({"Domain": "theirs"})),
            Own,
        ),
        (
            "CognitoIdpTagResource",
            idp("TagResource", with(tagged(), "Tags", json!({"a": "b"}))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpUntagResource",
            idp("UntagResource", with(tagged(), "TagKeys", json!(["a"]))),
            NOT_FOUND,
        ),
        ("CognitoIdpListTagsForResource", idp("ListTagsForResource", tagged()), NOT_FOUND),
        ("CognitoIdpListUserPoolClients", idp("ListUserPoolClients", pool()), NOT_FOUND),
        ("CognitoIdpUpdateUserPoolClient", idp("UpdateUserPoolClient", client()), NOT_FOUND),
        ("CognitoIdpUpdateGroup", idp("UpdateGroup", group()), NOT_FOUND),
        ("CognitoIdpListUsersInGroup", idp("ListUsersInGroup", group()), NOT_FOUND),
        ("CognitoIdpAdminEnableUser", idp("AdminEnableUser", user()), NOT_FOUND),
        ("CognitoIdpAdminDisableUser", idp("AdminDisableUser", user()), NOT_FOUND),
        (
            "CognitoIdpAdminUpdateUserAttributes",
            idp(
                "AdminUpdateUserAttributes",
                with(user(), "UserAttributes", json!([{"Name": "name", "Value": "x"}])),
            ),
            NOT_FOUND,
        ),
        (
            "CognitoIdpAdminDeleteUserAttributes",
            idp("AdminDeleteUserAttributes", with(user(), "UserAttributeNames", json!(["name"]))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpAdminRemoveUserFromGroup",
            idp("AdminRemoveUserFromGroup", with(user(), "GroupName", json!("user"))),
            NOT_FOUND,
        ),
        (
            "CognitoIdpUpdateUserAttributes",
            idp(
                "UpdateUserAttributes",
                json!({"AccessToken": "x", "UserAttributes": [{"Name": "name", "Value": "x"}]}),
            ),
            Unsigned,
        ),
        (
            "CognitoIdpDeleteUserAttributes",
            idp(
                "DeleteUserAttributes",
                json!({"AccessToken": "x", "UserAttributeNames": ["name"]}),
            ),
            Unsigned,
        ),
        ("CognitoIdpDeleteUser", idp("DeleteUser", json!({"AccessToken": "x"})), Unsigned),
        ("CognitoIdpGetJsonWebKeySet", Call::s3("GET", "/"), Unsigned),
        ("CognitoIdpGetOpenIdConfiguration", Call::s3("GET", "/"), Unsigned),
    ]
}
