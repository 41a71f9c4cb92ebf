use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Arn, IdentityPoolId, UserPoolId};

use crate::{Derived, Owner, PublicId, PublicResource, Record};

/// A Cognito identity pool: whose tokens it takes, and which roles they lead to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityPool {
    /// Its id.
    pub id: IdentityPoolId,
    /// Its name, not necessarily unique.
    pub name: String,
    /// Whether an identity without any login may be had.
    pub allow_unauthenticated_identities: bool,
    /// Whether `GetOpenIdToken` is answered; absent, as AWS has it, it is.
    pub allow_classic_flow: Option<bool>,
    /// The user pool clients whose tokens are taken, in the order they were given.
    pub providers: Vec<IdentityProvider>,
    /// The name of the application's own sign-in, if the pool takes it. It never changes.
    #[serde(default)]
    pub developer_provider: Option<String>,
    /// Which claims become session tags, by the provider's name.
    #[serde(default)]
    pub principal_tags: BTreeMap<String, PrincipalTags>,
    /// Which role whom.
    pub roles: IdentityPoolRoles,
    /// Labels, by key.
    pub tags: BTreeMap<String, String>,
}

/// A client of a user pool whose ID tokens an identity pool takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityProvider {
    /// The user pool; its [`UserPoolId::provider_name`] is the provider's name.
    pub user_pool: UserPoolId,
    /// The client, which is the audience of its tokens.
    pub client_id: String,
    /// Whether the user pool is asked, each time, if the user is still signed in.
    #[serde(default)]
    pub server_side_token_check: bool,
}

/// Which claims of a provider's tokens become tags of the session.
///
/// Source: Amazon Cognito Developer Guide, *Using attributes for access control*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum PrincipalTags {
    /// The ones that AWS chose.
    Defaults,
    /// The name of the claim by the tag's key.
    Mapped(BTreeMap<String, String>),
}

/// What `SetIdentityPoolRoles` sets.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IdentityPoolRoles {
    /// The role of everyone who signed in and is not mapped.
    pub authenticated: Option<Arn>,
    /// The role of guests.
    pub unauthenticated: Option<Arn>,
    /// How a token leads to another role, by `PROVIDER:CLIENT`.
    pub mappings: BTreeMap<String, RoleMapping>,
}

/// How a provider's token leads to a role, and what happens if it leads to none or to several.
///
/// Source: Amazon Cognito Developer Guide, *Using role-based access control*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RoleMapping {
    /// By which means.
    pub by: MappedBy,
    /// What if that gives no role.
    pub ambiguous: AmbiguousRole,
}

/// The means of a mapping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum MappedBy {
    /// The claims `cognito:roles` and `cognito:preferred_role`.
    Token,
    /// The first rule that matches, in their order.
    Rules(Vec<MappingRule>),
}

/// What those get for whom a mapping gives no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum AmbiguousRole {
    /// The pool's authenticated role.
    AuthenticatedRole,
    /// No credentials.
    Deny,
}

/// A rule: whoever's claim compares like this gets this role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MappingRule {
    /// The claim's name, such as `cognito:groups`.
    pub claim: String,
    /// How it is compared.
    pub comparison: Comparison,
    /// What it is compared with.
    pub value: String,
    /// The role.
    pub role: Arn,
}

/// How a rule compares a claim with its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum Comparison {
    /// They are the same.
    Equals,
    /// The claim has the value in it.
    Contains,
    /// The claim begins with the value.
    StartsWith,
    /// The claim is there, and is another.
    NotEqual,
}

/// What an identity pool is found by.
#[derive(Debug, Clone)]
pub struct IdentityPoolKey {
    /// The account and region.
    pub owner: Owner,
    /// The pool's id.
    pub id: IdentityPoolId,
}

impl IdentityPoolKey {
    /// The beginning of the keys of all identity pools of an account in a region.
    pub fn prefix(owner: &Owner) -> Key {
        owner.regional_key()
    }
}

impl Record for IdentityPool {
    const SPACE: Space = Space::new("identity_pool");
    const VERSION: u8 = 1;
    type Key = IdentityPoolKey;

    fn encode_key(key: &IdentityPoolKey) -> Key {
        key.owner.regional_key().text(&key.id.to_string())
    }

    fn derived(&self, key: &IdentityPoolKey) -> Vec<Derived> {
        let public = PublicResource::new(&key.owner, &key.id);
        vec![Derived::new(&PublicId::IdentityPool(key.id.clone()), &public)]
    }
}
