//! Signing in, as `InitiateAuth` and `AdminInitiateAuth` share it.
//!
//! Source: Amazon Cognito Developer Guide, *Authentication flow examples*; *Managing user existence
//! error responses*.

use std::collections::BTreeMap;

use directory::{
    Change, Password, RefreshToken, RefreshTokenKey, User, UserKey, UserPool, UserPoolClient,
    UserPoolClientKey, UserPoolKey, UserStatus,
};
use serde::Serialize;
use serde_json::{Map, Value};
use session::Label;
use types::{SecretString, SignedDuration, Timestamp, Uuid};
use wire::cognito_idp::{AuthFlowType, AuthenticationResultType, ExplicitAuthFlowsType as Open};

use crate::{
    UserPools,
    clients::allows,
    error::UserPoolsError,
    introspect_token::SignedIn,
    issue::{PresentedToken, Recipient, SignIn},
    lockout, passwords, secret_hash,
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
    /// The password was right, but is temporary.
    NewPasswordRequired {
        /// The state of the sign-in, sealed.
        session: SecretString,
        /// What the application may want to show.
        parameters: BTreeMap<String, String>,
    },
}

/// The parts of a request to sign in, found and checked to belong together.
struct Attempt {
    pool_key: UserPoolKey,
    pool: UserPool,
    client: UserPoolClient,
    secret: Option<SecretString>,
    parameters: BTreeMap<String, SecretString>,
}

/// The flows that are served.
enum Flow {
    Password,
    Refresh,
}

/// The state of a sign-in between two challenges.
#[derive(Serialize)]
struct ChallengeSession<'a> {
    /// By which it is claimed, so that it is used once.
    id: Uuid,
    client_id: &'a str,
    user: Uuid,
    challenge: &'a str,
    expires: Timestamp,
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
        let pool = self.pool(&pool_key).await?.record;
        let key = UserPoolClientKey { pool: pool_key.clone(), id: client_id.to_owned() };
        let client = self.client(&key).await?.record;
        let flow = open_flow(surface, &client, flow)?;
        let secret = self.client_secret(&key, &client)?;
        let attempt = Attempt { pool_key, pool, client, secret, parameters };
        match flow {
            Flow::Password => self.by_password(&attempt).await,
            Flow::Refresh => self.by_refresh_token(&attempt).await,
        }
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
        if !self.is_password(password, user.password.as_ref()).await? {
            self.record_failure(&key).await?;
            return Err(UserPoolsError::WrongPassword);
        }
        let now = self.clock.now();
        if user.status == UserStatus::ForceChangePassword {
            self.record_success(&key, &user, None).await?;
            check_temporary(&attempt.pool, &user, now)?;
            return self.new_password_required(&attempt.client, &user, now);
        }
        let sign_in = SignIn {
            auth_time: now,
            origin_jti: Uuid::random(&*self.entropy),
            event_id: Uuid::random(&*self.entropy),
        };
        let recipient = Recipient { pool: &attempt.pool_key, client: &attempt.client, user: &user };
        let (token, record) = self.new_refresh_token(&recipient, sign_in);
        let recorded = (token.key(&attempt.pool_key), record);
        self.record_success(&key, &user, Some(recorded)).await?;
        let tokens = self.issue(&recipient, sign_in).await?;
        let refresh_token = Some(token.text());
        Ok(Outcome::SignedIn(AuthenticationResultType { refresh_token, ..tokens }))
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
        self.record_unknown_failure(&attempt.pool_key, &name).await?;
        Err(UserPoolsError::WrongPassword)
    }

    async fn by_refresh_token(&self, attempt: &Attempt) -> Result<Outcome, UserPoolsError> {
        let presented = attempt.required("REFRESH_TOKEN")?;
        let invalid = || UserPoolsError::InvalidRefreshToken;
        let presented = PresentedToken::parse(presented).ok_or_else(invalid)?;
        let place = presented.key(&attempt.pool_key);
        let found = self.directory.get::<RefreshToken>(&place).await?.ok_or_else(invalid)?;
        let token = found.record;
        let same = SecretString::new(presented.hash()).equals(token.hash.as_bytes());
        if !same || token.client_id != attempt.client.id {
            return Err(invalid());
        }
        if token.expires <= self.clock.now() {
            return Err(UserPoolsError::RefreshTokenExpired);
        }
        let user = self.user_by_sub(&attempt.pool_key, presented.user).await?;
        let user = user.ok_or_else(invalid)?.1.record;
        attempt.check_secret_hash(&user.username)?;
        if !user.enabled {
            return Err(UserPoolsError::UserDisabled);
        }
        let refreshed = SignedIn { origin_jti: Some(token.origin_jti), auth_time: token.auth_time };
        if !self.is_signed_in(&attempt.pool_key, &user, refreshed).await? {
            return Err(UserPoolsError::RefreshTokenRevoked);
        }
        let sign_in = SignIn {
            auth_time: token.auth_time,
            origin_jti: token.origin_jti,
            event_id: token.event_id,
        };
        let recipient = Recipient { pool: &attempt.pool_key, client: &attempt.client, user: &user };
        Ok(Outcome::SignedIn(self.issue(&recipient, sign_in).await?))
    }

    /// Whether it is this password. Without one it never is, which takes as long to find out.
    async fn is_password(
        &self,
        password: &SecretString,
        kept: Option<&Password>,
    ) -> Result<bool, UserPoolsError> {
        let exists = kept.is_some();
        let kept = kept.cloned().unwrap_or_else(passwords::nobodys);
        let password = password.clone();
        Ok(self.workers.run(move || passwords::is(&password, &kept)).await?? && exists)
    }

    /// Counts a wrong password. Those that were looked at while a lockout began do not count.
    async fn record_failure(&self, key: &UserKey) -> Result<(), UserPoolsError> {
        let now = self.clock.now();
        self.directory
            .update::<User, _, UserPoolsError>(key, |user| {
                if lockout::is_locked(user.failures, now) {
                    return Err(UserPoolsError::AttemptsExceeded);
                }
                user.failures = Some(lockout::after_failure(user.failures, now));
                Ok(())
            })
            .await
            .map(drop)
    }

    /// Forgets the failures and records the refresh token, if the user is still the one whose
    /// password was looked at: a right guess among many at once is worth nothing once the others have
    /// locked the user out.
    async fn record_success(
        &self,
        key: &UserKey,
        checked: &User,
        token: Option<(RefreshTokenKey, RefreshToken)>,
    ) -> Result<(), UserPoolsError> {
        let token = &token;
        self.directory
            .retry(|| async move {
                let found = self.directory.get::<User>(key).await?;
                let found = found.ok_or(UserPoolsError::WrongPassword)?;
                let user = &found.record;
                if lockout::is_locked(user.failures, self.clock.now()) {
                    return Err(UserPoolsError::AttemptsExceeded);
                }
                if user.sub != checked.sub || user.password != checked.password {
                    return Err(UserPoolsError::WrongPassword);
                }
                if !user.enabled {
                    return Err(UserPoolsError::UserDisabled);
                }
                let mut change = Change::new();
                if user.failures.is_some() {
                    change.replace(key, &found, &User { failures: None, ..user.clone() });
                } else {
                    change.require_unchanged(&found);
                }
                if let Some((place, record)) = token {
                    self.clear_expired(place, &mut change).await?;
                    change.create(place, record);
                }
                Ok((change, ()))
            })
            .await
    }

    fn new_password_required(
        &self,
        client: &UserPoolClient,
        user: &User,
        now: Timestamp,
    ) -> Result<Outcome, UserPoolsError> {
        let wait = SignedDuration::from_mins(client.auth_session_validity_minutes.into());
        let state = ChallengeSession {
            id: Uuid::random(&*self.entropy),
            client_id: &client.id,
            user: user.sub,
            challenge: "NEW_PASSWORD_REQUIRED",
            expires: now.checked_add(wait).unwrap_or(now),
        };
        // Ids and a time always become JSON.
        let state = SecretString::new(serde_json::to_string(&state).unwrap_or_default());
        let context = client.id.as_bytes();
        let sealed = self.ring.seal(Label::ChallengeState, context, &state, &*self.entropy)?;
        let text = |(name, value): (&String, &String)| (name.clone(), Value::from(value.as_str()));
        let attributes: Map<String, Value> = user.attributes.iter().map(text).collect();
        let parameter = |name: &str, value: String| (name.to_owned(), value);
        Ok(Outcome::NewPasswordRequired {
            session: SecretString::new(sealed.to_string()),
            parameters: BTreeMap::from([
                parameter("USER_ID_FOR_SRP", user.username.clone()),
                parameter("requiredAttributes", "[]".to_owned()),
                parameter("userAttributes", Value::Object(attributes).to_string()),
            ]),
        })
    }
}

impl Attempt {
    fn required(&self, name: &str) -> Result<&SecretString, UserPoolsError> {
        let value = self.parameters.get(name).filter(|value| !value.expose().is_empty());
        value.ok_or_else(|| UserPoolsError::missing(name))
    }

    fn check_secret_hash(&self, username: &str) -> Result<(), UserPoolsError> {
        let presented = self.parameters.get("SECRET_HASH");
        secret_hash::check(&self.client, self.secret.as_ref(), username, presented)
    }
}

/// The flow that is asked for, if it is served, and open at this client.
///
/// The three names without `ALLOW_` are older than the others; a client that has one of them, or
/// none at all, refreshes and uses SRP without being told to.
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
        (_, AuthFlowType::UserSrpAuth) => refused("The flow USER_SRP_AUTH is not served"),
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
