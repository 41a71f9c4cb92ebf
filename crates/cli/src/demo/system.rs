//! Builds the demo's system by ordinary AWS calls, and signs its people in.

use bytes::Bytes;
use http::Method;
use serde_json::{Value, json};
use tokio::try_join;
use types::{Entropy, SecretString, UserPoolId};

use crate::{
    aws::{CallError, Client, Credentials, JsonService, QueryService, S3Request},
    sign_in::{Tokens, exchange, initiate_auth, member, secret_hash},
};

/// The role's policy that is used unless `--policy` names another file.
pub(crate) const ROLE_POLICY: &str = include_str!("../../../../examples/demo/role-policy.json");

/// What every person's folder lies under.
pub(crate) const FOLDERS: &str = "cognito-test";

const NAME_ALPHABET: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789";
const PASSWORD_ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// Everything the demo made.
pub(crate) struct System {
    pub(crate) bucket: String,
    pub(crate) pool: Pool,
    pub(crate) identity_pool_id: String,
    pub(crate) admin: Person,
    pub(crate) user: Person,
    /// The valid ID token of a user called `user` in another pool.
    pub(crate) token_of_another_pool: SecretString,
}

/// A user pool with one client.
pub(crate) struct Pool {
    pub(crate) id: UserPoolId,
    pub(crate) client_id: String,
    pub(crate) client_secret: SecretString,
}

/// An IAM role.
pub(crate) struct Role {
    pub(crate) arn: String,
    /// `AROA…`
    pub(crate) id: String,
}

/// Somebody who is signed in and has exchanged the ID token.
pub(crate) struct Person {
    pub(crate) name: &'static str,
    pub(crate) password: SecretString,
    pub(crate) role: Role,
    pub(crate) id_token: SecretString,
    pub(crate) refresh_token: SecretString,
    pub(crate) identity_id: String,
    pub(crate) credentials: Credentials,
}

impl Person {
    /// The key of a file in the person's folder.
    pub(crate) fn key(&self, file: &str) -> String {
        format!("{FOLDERS}/{}/{file}", self.identity_id)
    }
}

/// Makes the system, as root. What does not wait for each other is done side by side.
pub(crate) async fn build(
    root: &Client,
    unsigned: &Client,
    policy: &str,
    entropy: &dyn Entropy,
    progress: &dyn Fn(&str),
) -> Result<System, CallError> {
    let name = format!("cloakroom-demo-{}", entropy.text(NAME_ALPHABET, 8));
    let password = || SecretString::new(format!("Aa1!{}", entropy.text(PASSWORD_ALPHABET, 20)));
    let (admin_password, user_password, other_password) = (password(), password(), password());
    let policy = policy.replace("BUCKET", &name);

    let users = [("admin", &admin_password), ("user", &user_password)];
    let other_users = [("user", &other_password)];
    let (admin_role, user_role) = (format!("{name}-admin"), format!("{name}-user"));

    progress("Making a bucket, a user pool with two users, and a second pool");
    let (pool, other_pool, ()) = try_join!(
        pool(root, &name, &users),
        pool(root, "another-pool", &other_users),
        bucket(root, &name),
    )?;

    progress("Making an identity pool, and a role for each group");
    let provider = pool.id.provider_name();
    let identity_pool = root.json(
        JsonService::CognitoIdentity,
        "CreateIdentityPool",
        json!({
            "IdentityPoolName": name,
            "AllowUnauthenticatedIdentities": false,
            "CognitoIdentityProviders": [{ "ProviderName": provider, "ClientId": pool.client_id }],
        }),
    );
    let identity_pool_id = member(&identity_pool.await?, "CreateIdentityPool", "/IdentityPoolId")?;
    let (admin_role, user_role) = try_join!(
        role(root, &admin_role, &identity_pool_id, &policy),
        role(root, &user_role, &identity_pool_id, &policy),
    )?;
    try_join!(
        group(root, &pool, "admin", 0, &admin_role),
        group(root, &pool, "user", 100, &user_role),
        root.json(
            JsonService::CognitoIdentity,
            "SetIdentityPoolRoles",
            identity_pool_roles(&identity_pool_id, &pool, &admin_role, &user_role),
        ),
    )?;

    progress("Signing everybody in, and exchanging ID tokens for credentials");
    let (admin, user, other) = try_join!(
        sign_in(unsigned, &pool, "admin", &admin_password),
        sign_in(unsigned, &pool, "user", &user_password),
        sign_in(unsigned, &other_pool, "user", &other_password),
    )?;
    let (admin, user) = try_join!(
        person(unsigned, &pool, &identity_pool_id, ("admin", admin_password, admin_role), admin),
        person(unsigned, &pool, &identity_pool_id, ("user", user_password, user_role), user),
    )?;
    let token_of_another_pool = other.id_token;
    Ok(System { bucket: name, pool, identity_pool_id, admin, user, token_of_another_pool })
}

async fn bucket(root: &Client, name: &str) -> Result<(), CallError> {
    let request =
        S3Request { method: Method::PUT, bucket: name, key: "", query: &[], body: Bytes::new() };
    root.s3(request).await?.accepted("CreateBucket").map(drop)
}

async fn pool(
    root: &Client,
    name: &str,
    users: &[(&str, &SecretString)],
) -> Result<Pool, CallError> {
    let pool =
        root.json(JsonService::CognitoIdp, "CreateUserPool", json!({ "PoolName": name })).await?;
    let id = member(&pool, "CreateUserPool", "/UserPool/Id")?;
    let client = root.json(
        JsonService::CognitoIdp,
        "CreateUserPoolClient",
        json!({
            "UserPoolId": id,
            "ClientName": "web",
            "GenerateSecret": true,
            "ExplicitAuthFlows": [
                "ALLOW_USER_PASSWORD_AUTH",
                "ALLOW_ADMIN_USER_PASSWORD_AUTH",
                "ALLOW_REFRESH_TOKEN_AUTH",
            ],
        }),
    );
    let users = users.iter().map(|(name, password)| user(root, &id, name, password));
    let (client, _) = try_join!(client, futures_util::future::try_join_all(users))?;
    let client_id = member(&client, "CreateUserPoolClient", "/UserPoolClient/ClientId")?;
    let secret = member(&client, "CreateUserPoolClient", "/UserPoolClient/ClientSecret")?;
    let id = id.parse().map_err(|_| CallError::Unreadable {
        operation: "CreateUserPool".to_owned(),
        expected: "the id of a user pool",
    })?;
    Ok(Pool { id, client_id, client_secret: SecretString::new(secret) })
}

async fn user(
    root: &Client,
    pool_id: &str,
    name: &str,
    password: &SecretString,
) -> Result<(), CallError> {
    let input = json!({ "UserPoolId": pool_id, "Username": name, "MessageAction": "SUPPRESS" });
    root.json(JsonService::CognitoIdp, "AdminCreateUser", input).await?;
    let input = json!({
        "UserPoolId": pool_id,
        "Username": name,
        "Password": password.expose(),
        "Permanent": true,
    });
    root.json(JsonService::CognitoIdp, "AdminSetUserPassword", input).await.map(drop)
}

async fn role(
    root: &Client,
    name: &str,
    identity_pool_id: &str,
    policy: &str,
) -> Result<Role, CallError> {
    let trust = json!({
        "Version": "2012-10-17",
        "Statement": [{
            "Effect": "Allow",
            "Principal": { "Federated": "cognito-identity.amazonaws.com" },
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": { "cognito-identity.amazonaws.com:aud": identity_pool_id },
                "ForAnyValue:StringLike": { "cognito-identity.amazonaws.com:amr": "authenticated" },
            },
        }],
    })
    .to_string();
    let parameters = [("RoleName", name), ("AssumeRolePolicyDocument", &trust)];
    let created = root.query(QueryService::Iam, "CreateRole", &parameters).await?;
    let role = Role {
        arn: created.element("CreateRole", "Arn")?,
        id: created.element("CreateRole", "RoleId")?,
    };
    let parameters = [("RoleName", name), ("PolicyName", "own-folder"), ("PolicyDocument", policy)];
    root.query(QueryService::Iam, "PutRolePolicy", &parameters).await?;
    Ok(role)
}

async fn group(
    root: &Client,
    pool: &Pool,
    name: &str,
    precedence: u32,
    role: &Role,
) -> Result<Value, CallError> {
    let input = json!({
        "UserPoolId": pool.id,
        "GroupName": name,
        "Precedence": precedence,
        "RoleArn": role.arn,
    });
    root.json(JsonService::CognitoIdp, "CreateGroup", input).await?;
    let input = json!({ "UserPoolId": pool.id, "GroupName": name, "Username": name });
    root.json(JsonService::CognitoIdp, "AdminAddUserToGroup", input).await
}

fn identity_pool_roles(
    identity_pool_id: &str,
    pool: &Pool,
    admin_role: &Role,
    user_role: &Role,
) -> Value {
    let rule = |group: &str, role: &Role| {
        json!({
            "Claim": "cognito:groups",
            "MatchType": "Contains",
            "Value": group,
            "RoleARN": role.arn,
        })
    };
    let mapping = json!({
        "Type": "Rules",
        "AmbiguousRoleResolution": "Deny",
        "RulesConfiguration": { "Rules": [rule("admin", admin_role), rule("user", user_role)] },
    });
    json!({
        "IdentityPoolId": identity_pool_id,
        "Roles": { "authenticated": user_role.arn },
        "RoleMappings": { format!("{}:{}", pool.id.provider_name(), pool.client_id): mapping },
    })
}

async fn sign_in(
    unsigned: &Client,
    pool: &Pool,
    name: &str,
    password: &SecretString,
) -> Result<Tokens, CallError> {
    let parameters = json!({
        "USERNAME": name,
        "PASSWORD": password.expose(),
        "SECRET_HASH": secret_hash(&pool.client_id, &pool.client_secret, name),
    });
    initiate_auth(unsigned, &pool.client_id, "USER_PASSWORD_AUTH", parameters).await
}

async fn person(
    unsigned: &Client,
    pool: &Pool,
    identity_pool_id: &str,
    (name, password, role): (&'static str, SecretString, Role),
    tokens: Tokens,
) -> Result<Person, CallError> {
    let Tokens { id_token, refresh_token } = tokens;
    let refresh_token = refresh_token.ok_or_else(|| CallError::Unreadable {
        operation: "InitiateAuth".to_owned(),
        expected: "a refresh token",
    })?;
    let (identity_id, credentials) =
        exchange(unsigned, identity_pool_id, &pool.id.provider_name(), &id_token).await?;
    Ok(Person { name, password, role, id_token, refresh_token, identity_id, credentials })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_role_s_policy_is_json_and_names_the_bucket_only_as_a_placeholder() {
        let policy: Value = serde_json::from_str(&ROLE_POLICY.replace("BUCKET", "b")).unwrap();
        assert_eq!(policy["Statement"][1]["Resource"], "arn:aws:s3:::b");
    }
}
