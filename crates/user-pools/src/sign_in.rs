//! Signing in, as `InitiateAuth` and `AdminInitiateAuth` share it, and what follows when the user has
//! shown the password.
//!
//! Source: Amazon Cognito Developer Guide, *Authentication flow examples*; *Managing user existence
//! error responses*.

use std::collections::BTreeMap;

use directory::{User, UserPool, UserPoolClient, UserPoolClientKey, UserPoolKey, UserStatus};
use types::{SecretString, SignedDuration, Timestamp, Uuid};
use wire::cognito_idp::{
    AuthFlowType, AuthenticationResultType, ChallengeNameType, ExplicitAuthFlowsType as Open,
};

use crate::{
    UserPools,
    attempts::Success,
    clients::allows,
    error::UserPoolsError,
    issue::{Recipient, SignIn},
    lockout, secret_hash,
};

/// From where a user signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Surface {
    /// An application, unsigned: `InitiateAuth`.
    Application,
    /// A server with credentials of its own: `AdminInitiateAuth`.
    Server,
}

/// What comes of a sign-in.
pub(crate) enum Outcome {
    /// The user is in.
    SignedIn(AuthenticationResultType),
    /// Something more is asked for.
    Challenge {
        /// What.
        name: ChallengeNameType,
        /// The state of the sign-in, sealed, where it does not stand among the parameters.
        session: Option<SecretString>,
        /// What it takes to answer.
        parameters: BTreeMap<String, String>,
    },
}

/// The parts of a request to sign in, found and checked to belong together.
pub(crate) struct Attempt {
    pub(crate) pool_key: UserPoolKey,
    pub(crate) pool: UserPool,
    pub(crate) client: UserPoolClient,
    secret: Option<SecretString>,
    parameters: BTreeMap<String, SecretString>,
}

/// The flows that are served.
enum Flow {
    Password,
    Srp,
    Refresh,
}

impl UserPools {
    /// Signs a user in.
    pub(crate) async fn sign_in(
        &self,
        surface: Surface,
        pool_key: UserPoolKey,
        client_id: &str,
        flow: AuthFlowType,
        parameters: BTreeMap<String, SecretString>,
    ) -> Result<Outcome, UserPoolsError> {
        let attempt = self.attempt(pool_key, client_id, parameters).await?;
        match open_flow(surface, &attempt.client, flow)? {
            Flow::Password => self.by_password(&attempt).await,
            Flow::Srp => self.begin_srp(&attempt).await,
            Flow::Refresh => self.by_refresh_token(&attempt).await,
        }
    }

    /// The attempt that a request makes at a client of the pool.
    pub(crate) async fn attempt(
        &self,
        pool_key: UserPoolKey,
        client_id: &str,
        parameters: BTreeMap<String, SecretString>,
    ) -> Result<Attempt, UserPoolsError> {
        let pool = self.pool(&pool_key).await?.record;
        let key = UserPoolClientKey { pool: pool_key.clone(), id: client_id.to_owned() };
        let client = self.client(&key).await?.record;
        let secret = self.client_secret(&key, &client)?;
        Ok(Attempt { pool_key, pool, client, secret, parameters })
    }

    async fn by_password(&self, attempt: &Attempt) -> Result<Outcome, UserPoolsError> {
        let username = attempt.required("USERNAME")?.expose();
        let password = attempt.required("PASSWORD")?;
        attempt.check_secret_hash(username)?;
        let found = self.user(&attempt.pool_key, &attempt.pool, username).await?;
        let Some((key, found)) = found else {
            if !attempt.client.prevent_user_existence_errors {
                return Err(UserPoolsError::NoSuchUser);
            }
            return self.refuse_unknown(attempt, username, password).await;
        };
        let user = found.record;
        if lockout::is_locked(user.failures, self.clock.now()) {
            return Err(UserPoolsError::AttemptsExceeded);
        }
        if user.status == UserStatus::ResetRequired {
            return Err(UserPoolsError::PasswordResetRequired);
        }
        if !self.is_password(password, user.password.as_ref()).await? {
            self.record_failure(&key, None).await?;
            return Err(UserPoolsError::WrongPassword);
        }
        let srp = if user.srp.is_none() && attempt.client.allows_srp() {
            Some(self.srp_verifier(&key, &user.username, password).await?)
        } else {
            None
        };
        let success = Success { key: &key, checked: &user, challenge: None, token: None, srp };
        self.let_in(attempt, success).await
    }

    /// Refuses somebody who does not exist just as, and after just as long as, somebody who does.
    async fn refuse_unknown(
        &self,
        attempt: &Attempt,
        username: &str,
        password: &SecretString,
    ) -> Result<Outcome, UserPoolsError> {
        let name = attempt.pool.comparable(username);
        if self.is_unknown_locked(&attempt.pool_key, &name).await? {
            return Err(UserPoolsError::AttemptsExceeded);
        }
        self.is_password(password, None).await?;
        self.record_unknown_failure(&attempt.pool_key, &name, None).await?;
        Err(UserPoolsError::WrongPassword)
    }

    /// Goes on with a user who showed the password.
    pub(crate) async fn let_in(
        &self,
        attempt: &Attempt,
        success: Success<'_>,
    ) -> Result<Outcome, UserPoolsError> {
        let user = success.checked;
        match user.status {
            UserStatus::Confirmed => {}
            UserStatus::Unconfirmed => {
                self.record_success(&success).await?;
                return Err(UserPoolsError::UserNotConfirmed);
            }
            UserStatus::ResetRequired => return Err(UserPoolsError::PasswordResetRequired),
            UserStatus::ForceChangePassword => {
                self.record_success(&success).await?;
                check_temporary(&attempt.pool, user, self.clock.now())?;
                return self.ask_for_new_password(attempt, user);
            }
        }
        let sign_in = self.new_sign_in();
        let recipient = attempt.recipient(user);
        let (token, record) = self.new_refresh_token(&recipient, sign_in);
        let recorded = Some((token.key(&attempt.pool_key), record));
        self.record_success(&Success { token: recorded, ..success }).await?;
        let tokens = self.issue(&recipient, sign_in).await?;
        let refresh_token = Some(token.text());
        Ok(Outcome::SignedIn(AuthenticationResultType { refresh_token, ..tokens }))
    }

    /// A sign-in that begins now.
    pub(crate) fn new_sign_in(&self) -> SignIn {
        SignIn {
            auth_time: self.clock.now(),
            origin_jti: Uuid::random(&*self.entropy),
            event_id: Uuid::random(&*self.entropy),
        }
    }
}

impl Attempt {
    /// A parameter that must be there.
    pub(crate) fn required(&self, name: &str) -> Result<&SecretString, UserPoolsError> {
        self.optional(name).ok_or_else(|| UserPoolsError::missing(name))
    }

    /// A parameter that may be there.
    pub(crate) fn optional(&self, name: &str) -> Option<&SecretString> {
        self.parameters.get(name).filter(|value| !value.expose().is_empty())
    }

    /// The parameters whose names begin so, by the rest of their names.
    pub(crate) fn beginning_with<'a>(
        &'a self,
        prefix: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a SecretString)> {
        let rest = move |(name, value): (&'a String, &'a SecretString)| {
            name.strip_prefix(prefix).map(|name| (name, value))
        };
        self.parameters.iter().filter_map(rest)
    }

    /// Checks that the application knows its client's secret.
    pub(crate) fn check_secret_hash(&self, username: &str) -> Result<(), UserPoolsError> {
        self.check_presented_hash(username, self.parameters.get("SECRET_HASH"))
    }

    /// The same, where the hash stands by itself.
    pub(crate) fn check_presented_hash(
        &self,
        username: &str,
        presented: Option<&SecretString>,
    ) -> Result<(), UserPoolsError> {
        secret_hash::check(&self.client, self.secret.as_ref(), username, presented)
    }

    /// To whom tokens go.
    pub(crate) fn recipient<'a>(&'a self, user: &'a User) -> Recipient<'a> {
        Recipient { pool: &self.pool_key, client: &self.client, user }
    }
}

/// The flow that is asked for, if it is served, and open at this client.
///
/// The three names without `ALLOW_` are older than the others; a client that has one of them, or
/// none at all, refreshes without being told to.
fn open_flow(
    surface: Surface,
    client: &UserPoolClient,
    flow: AuthFlowType,
) -> Result<Flow, UserPoolsError> {
    const OLDER: [Open; 3] =
        [Open::AdminNoSrpAuth, Open::CustomAuthFlowOnly, Open::UserPasswordAuth];
    let refused = |message: &str| Err(UserPoolsError::InvalidParameter(message.to_owned()));
    match (surface, flow) {
        (Surface::Application, AuthFlowType::UserPasswordAuth) => {
            if allows(client, &[Open::AllowUserPasswordAuth, Open::UserPasswordAuth], false) {
                return Ok(Flow::Password);
            }
            refused("USER_PASSWORD_AUTH flow not enabled for this client")
        }
        (Surface::Server, AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth) => {
            if allows(client, &[Open::AllowAdminUserPasswordAuth, Open::AdminNoSrpAuth], false) {
                return Ok(Flow::Password);
            }
            refused("Auth flow not enabled for this client")
        }
        (_, AuthFlowType::RefreshTokenAuth | AuthFlowType::RefreshToken) => {
            let older = allows(client, &OLDER, true);
            if older || allows(client, &[Open::AllowRefreshTokenAuth], true) {
                return Ok(Flow::Refresh);
            }
            refused("Auth flow not enabled for this client")
        }
        (_, AuthFlowType::UserSrpAuth) if client.allows_srp() => Ok(Flow::Srp),
        (_, AuthFlowType::UserSrpAuth) => refused("USER_SRP_AUTH is not enabled for the client."),
        (_, AuthFlowType::CustomAuth) => {
            refused("Custom auth lambda trigger is not configured for the user pool.")
        }
        (_, AuthFlowType::UserAuth) => refused("The flow USER_AUTH is not served"),
        (
            Surface::Application,
            AuthFlowType::AdminUserPasswordAuth | AuthFlowType::AdminNoSrpAuth,
        )
        | (Surface::Server, AuthFlowType::UserPasswordAuth) => {
            refused("Initiate Auth method not supported.")
        }
    }
}

fn check_temporary(pool: &UserPool, user: &User, now: Timestamp) -> Result<(), UserPoolsError> {
    let days = i64::from(pool.password_policy.temporary_password_validity_days);
    let good_for = SignedDuration::from_hours(24 * days);
    match &user.password {
        Some(password) if now.duration_since(password.set) < good_for => Ok(()),
        _ => Err(UserPoolsError::TemporaryPasswordExpired),
    }
}
