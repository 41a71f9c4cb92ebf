//! Makes the demo's system by a template and ordinary AWS calls, and signs its people in.

use serde_json::json;
use tokio::try_join;
use types::{Entropy, SecretString, UserPoolId};

use super::promise::NamesOfOthers;
use crate::{
    aws::{CallError, Client, Credentials, JsonService, QueryService},
    sign_in::{Tokens, exchange, initiate_auth, member, secret_hash},
    stack::{
        apply::{Applied, Request, Watcher, apply},
        operations::{Change, Stack, StackEvent, Stacks},
        template_file::TemplateFile,
    },
};

/// The name of the stack that the demo's template makes.
const STACK: &str = "cloakroom-demo";

/// What every person's folder lies under.
pub(crate) const FOLDERS: &str = "cognito-test";

const PASSWORD_ALPHABET: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz23456789";

/// Everything the demo made.
pub(crate) struct System {
    /// What it promises of the names of others' files.
    pub(crate) names: NamesOfOthers,
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

/// Why the system could not be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BuildError {
    #[error(transparent)]
    Call(#[from] CallError),
    #[error("the template could not be applied: {}", .0.join("; "))]
    Failed(Vec<String>),
    #[error("the template's stack has no output {0}, which the demo reads")]
    Output(&'static str),
}

/// Makes the system, as root. What does not wait for each other is done side by side.
pub(crate) async fn build(
    root: &Client,
    unsigned: &Client,
    template: &TemplateFile,
    names: NamesOfOthers,
    entropy: &dyn Entropy,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<System, BuildError> {
    let password = || SecretString::new(format!("Aa1!{}", entropy.text(PASSWORD_ALPHABET, 20)));
    let (admin_password, user_password, other_password) = (password(), password(), password());

    progress("Applying the template, and making a second pool");
    let (stack, other_pool) = try_join!(stack(root, template, entropy, progress), async {
        Ok(another_pool(root, &other_password).await?)
    },)?;
    let output = |key| stack.output(key).ok_or(BuildError::Output(key));
    let identity_pool_id = output("IdentityPoolId")?.to_owned();
    let bucket = output("BucketName")?.to_owned();
    let (pool_id, client_id) = (output("UserPoolId")?, output("UserPoolClientId")?);
    let (admin_role, user_role) = (output("AdminRoleArn")?, output("UserRoleArn")?);

    progress("Setting passwords");
    let (pool, admin_role, user_role, (), ()) = try_join!(
        pool(root, pool_id, client_id),
        role(root, admin_role),
        role(root, user_role),
        set_password(root, pool_id, "admin", &admin_password),
        set_password(root, pool_id, "user", &user_password),
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
    Ok(System { names, bucket, pool, identity_pool_id, admin, user, token_of_another_pool })
}

/// Shows each thing that happens for as long as it is the last one.
struct Progress<'a>(&'a (dyn Fn(&str) + Sync));

impl Watcher for Progress<'_> {
    fn note(&mut self, note: &str) {
        (self.0)(note);
    }

    fn changes(&mut self, _: &str, _: &[Change]) {}

    fn event(&mut self, event: &StackEvent) {
        (self.0)(&format!("{} {}", event.logical_id, event.status));
    }
}

async fn stack(
    root: &Client,
    template: &TemplateFile,
    entropy: &dyn Entropy,
    progress: &(dyn Fn(&str) + Sync),
) -> Result<Stack, BuildError> {
    let request = Request {
        stack: STACK,
        template: &template.text,
        declared: &template.parameters(),
        parameters: &[],
        role_arn: None,
        execute: true,
    };
    match apply(Stacks(root), &request, entropy, &mut Progress(progress)).await? {
        Applied::Unchanged(stack) | Applied::Done { stack, .. } => Ok(stack),
        Applied::Refused(reason) => Err(BuildError::Failed(vec![reason])),
        Applied::Shown(_) => Err(BuildError::Failed(Vec::new())),
        Applied::Failed { status, reasons } => {
            Err(BuildError::Failed(if reasons.is_empty() { vec![status] } else { reasons }))
        }
    }
}

/// The pool and client of the stack, with the client's secret.
async fn pool(root: &Client, id: &str, client_id: &str) -> Result<Pool, CallError> {
    let operation = "DescribeUserPoolClient";
    let input = json!({ "UserPoolId": id, "ClientId": client_id });
    let client = root.json(JsonService::CognitoIdp, operation, input).await?;
    let secret = member(&client, operation, "/UserPoolClient/ClientSecret")?;
    let id = pool_id(id)?;
    Ok(Pool { id, client_id: client_id.to_owned(), client_secret: SecretString::new(secret) })
}

fn pool_id(id: &str) -> Result<UserPoolId, CallError> {
    id.parse().map_err(|_| CallError::Unreadable {
        operation: "CreateUserPool".to_owned(),
        expected: "the id of a user pool",
    })
}

/// A pool that the identity pool does not know, with a user called `user`.
async fn another_pool(root: &Client, password: &SecretString) -> Result<Pool, CallError> {
    let call = async |operation: &'static str, input| {
        root.json(JsonService::CognitoIdp, operation, input).await
    };
    let created = call("CreateUserPool", json!({ "PoolName": "another-pool" })).await?;
    let id = member(&created, "CreateUserPool", "/UserPool/Id")?;
    let user = json!({ "UserPoolId": id, "Username": "user", "MessageAction": "SUPPRESS" });
    let client = json!({
        "UserPoolId": id,
        "ClientName": "web",
        "GenerateSecret": true,
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
    });
    let (client, _) =
        try_join!(call("CreateUserPoolClient", client), call("AdminCreateUser", user))?;
    set_password(root, &id, "user", password).await?;
    let secret = member(&client, "CreateUserPoolClient", "/UserPoolClient/ClientSecret")?;
    Ok(Pool {
        client_id: member(&client, "CreateUserPoolClient", "/UserPoolClient/ClientId")?,
        id: pool_id(&id)?,
        client_secret: SecretString::new(secret),
    })
}

async fn set_password(
    root: &Client,
    pool_id: &str,
    name: &str,
    password: &SecretString,
) -> Result<(), CallError> {
    let input = json!({
        "UserPoolId": pool_id,
        "Username": name,
        "Password": password.expose(),
        "Permanent": true,
    });
    root.json(JsonService::CognitoIdp, "AdminSetUserPassword", input).await.map(drop)
}

async fn role(root: &Client, arn: &str) -> Result<Role, CallError> {
    let name = arn.rsplit('/').next().unwrap_or_default();
    let found = root.query(QueryService::Iam, "GetRole", &[("RoleName", name)]).await?;
    Ok(Role { arn: arn.to_owned(), id: found.element("GetRole", "RoleId")? })
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
