use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::Timestamp;

use crate::{Derived, PublicId, PublicResource, Record, UserPoolKey};

/// An app client of a user pool: an application that users sign in to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPoolClient {
    /// Its id, which is the audience of its ID tokens.
    pub id: String,
    /// Its name, not necessarily unique.
    pub name: String,
    /// What the application proves itself with, if it has a secret.
    pub secret: Option<Sealed<String>>,
    /// The ways to sign in that are open, as AWS names them (`ALLOW_USER_PASSWORD_AUTH`); absent, as
    /// AWS has it, SRP, custom and refresh.
    pub explicit_auth_flows: Option<Vec<String>>,
    /// How long an access token lives.
    pub access_token_validity: Validity,
    /// How long an ID token lives.
    pub id_token_validity: Validity,
    /// How long a refresh token lives.
    pub refresh_token_validity: Validity,
    /// How long a sign-in may wait between two challenges, in minutes: 3 to 15.
    pub auth_session_validity_minutes: u8,
    /// Whether an unknown user looks like a wrong password.
    pub prevent_user_existence_errors: bool,
    /// Whether tokens name the refresh token they belong to, by which they can be revoked.
    pub enable_token_revocation: bool,
    /// The attributes that ID tokens of this client show; absent, all of them.
    pub read_attributes: Option<Vec<String>>,
    /// The attributes that a user can change through this client; absent, all of them.
    pub write_attributes: Option<Vec<String>>,
    /// What its sign-in pages and its tokens by OAuth 2.0 may do.
    #[serde(default)]
    pub hosted: HostedSignIn,
    /// Whether each refresh token is good for one use, and how long after it.
    #[serde(default)]
    pub refresh_token_rotation: Option<RefreshTokenRotation>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
}

impl UserPoolClient {
    /// Whether it signs users in by the secure remote password protocol: if it says so, or says nothing,
    /// or has one of the older names, which leave that open.
    ///
    /// Source: Amazon Cognito User Pools API Reference, `CreateUserPoolClient`, `ExplicitAuthFlows`.
    #[must_use]
    pub fn allows_srp(&self) -> bool {
        let leaves_open = |name: &String| {
            ["ALLOW_USER_SRP_AUTH", "ADMIN_NO_SRP_AUTH", "USER_PASSWORD_AUTH"]
                .contains(&name.as_str())
        };
        self.explicit_auth_flows.as_ref().is_none_or(|names| names.iter().any(leaves_open))
    }
}

/// How an application signs users in by pages, as AWS names the parts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostedSignIn {
    /// Whether it may do so at all.
    pub enabled: bool,
    /// The grants: `code`, `implicit`, `client_credentials`.
    pub flows: Vec<String>,
    /// What its tokens may be good for.
    pub scopes: Vec<String>,
    /// Where users may be sent after signing in.
    pub callback_urls: Vec<String>,
    /// Where they are sent unless the application says otherwise: one of the former.
    pub default_redirect_uri: Option<String>,
    /// Where they may be sent after signing out.
    pub logout_urls: Vec<String>,
    /// Who knows its users: `COGNITO` is the pool itself.
    pub identity_providers: Vec<String>,
}

/// That each refresh token is good for one use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RefreshTokenRotation {
    /// For how many seconds after its use the former token is still taken: 0 to 60.
    pub grace_period_seconds: u8,
}

/// A length of time as it was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Validity {
    /// How many units.
    pub value: u32,
    /// Of which unit.
    pub unit: TimeUnit,
}

/// A unit of [`Validity`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum TimeUnit {
    /// Seconds.
    Seconds,
    /// Minutes.
    Minutes,
    /// Hours.
    Hours,
    /// Days.
    Days,
}

impl Validity {
    /// The same in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        let unit = match self.unit {
            TimeUnit::Seconds => 1,
            TimeUnit::Minutes => 60,
            TimeUnit::Hours => 3600,
            TimeUnit::Days => 86_400,
        };
        u64::from(self.value) * unit
    }
}

/// What a client is found by.
#[derive(Debug, Clone)]
pub struct UserPoolClientKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The client's id.
    pub id: String,
}

impl Record for UserPoolClient {
    const SPACE: Space = Space::new("user_pool_client");
    const VERSION: u8 = 1;
    type Key = UserPoolClientKey;

    fn encode_key(key: &UserPoolClientKey) -> Key {
        key.pool.within().text(&key.id)
    }

    fn derived(&self, key: &UserPoolClientKey) -> Vec<Derived> {
        let public = PublicResource::new(&key.pool.owner, &key.pool.id);
        vec![Derived::new(&PublicId::UserPoolClient(key.id.clone()), &public)]
    }
}
