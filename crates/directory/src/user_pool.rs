use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use store::{Key, Space};
use types::{Timestamp, UserPoolId};

use crate::{Derived, Owner, PublicId, PublicResource, Record, SchemaAttribute};

/// A Cognito user pool: the rules that its users, groups and clients live by.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPool {
    /// Its id.
    pub id: UserPoolId,
    /// Its name, not necessarily unique.
    pub name: String,
    /// What a password must be.
    pub password_policy: PasswordPolicy,
    /// Whether `Ann` and `ann` are two users. It never changes.
    pub case_sensitive: bool,
    /// Whether nobody may sign up without an administrator.
    pub admin_create_user_only: bool,
    /// Whether the pool must not be deleted.
    pub deletion_protection: bool,
    /// By which names users sign in. It never changes.
    #[serde(default)]
    pub sign_in_names: SignInNames,
    /// What may be known about users beside the standard attributes, and those standard attributes
    /// that the pool's maker defined in another way.
    #[serde(default)]
    pub schema: Vec<SchemaAttribute>,
    /// What a user is sent a code to when it is set at sign-up.
    #[serde(default)]
    pub auto_verified: Vec<Contact>,
    /// What keeps its value until the new one is verified.
    #[serde(default)]
    pub verified_before_update: Vec<Contact>,
    /// By what users set a new password who forgot theirs, the first choice first; empty, AWS's
    /// default.
    #[serde(default)]
    pub account_recovery: Vec<RecoveryMechanism>,
    /// What users are written.
    #[serde(default)]
    pub messages: Messages,
    /// From whom and as what mail goes out.
    #[serde(default)]
    pub email: EmailSender,
    /// The feature plan.
    #[serde(default)]
    pub tier: UserPoolTier,
    /// Where its sign-in pages are, if they are anywhere.
    #[serde(default)]
    pub domain: Option<UserPoolDomain>,
    /// The pool's tags.
    #[serde(default)]
    pub tags: BTreeMap<String, String>,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
}

impl UserPool {
    /// The user name as this pool compares names.
    #[must_use]
    pub fn comparable(&self, username: &str) -> String {
        if self.case_sensitive { username.to_owned() } else { username.to_lowercase() }
    }
}

/// By which names users sign in.
///
/// Source: Amazon Cognito Developer Guide, *Customizing sign-in attributes*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub enum SignInNames {
    /// By a user name that is chosen, and also by what these attributes say.
    Username(Vec<Alias>),
    /// By what these attributes say; user names are made.
    Attributes(Vec<Contact>),
}

impl Default for SignInNames {
    fn default() -> Self {
        Self::Username(Vec::new())
    }
}

/// An attribute that can stand for a user name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Alias {
    /// The e-mail address, once it is verified.
    Email,
    /// The telephone number, once it is verified.
    PhoneNumber,
    /// The preferred user name.
    PreferredUsername,
}

/// An attribute by which a user is reached, and that can be verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contact {
    /// The e-mail address.
    Email,
    /// The telephone number.
    PhoneNumber,
}

impl Contact {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Email, Self::PhoneNumber];

    /// The attribute.
    #[must_use]
    pub fn attribute(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::PhoneNumber => "phone_number",
        }
    }

    /// The attribute that says whether it is verified.
    #[must_use]
    pub fn verified_attribute(self) -> &'static str {
        match self {
            Self::Email => "email_verified",
            Self::PhoneNumber => "phone_number_verified",
        }
    }
}

/// By what a user sets a new password who forgot theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RecoveryMechanism {
    /// A code to the verified e-mail address.
    VerifiedEmail,
    /// A code to the verified telephone number.
    VerifiedPhoneNumber,
    /// Nothing: an administrator has to help.
    AdminOnly,
}

/// The pool's feature plan.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserPoolTier {
    /// The smallest.
    Lite,
    /// What a pool has unless its maker says otherwise.
    #[default]
    Essentials,
}

/// The texts of messages, where they are not AWS's: `{####}` stands for a code, `{username}` for a user
/// name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Messages {
    /// The body of a mail with a code.
    pub verification_email: Option<String>,
    /// Its subject.
    pub verification_email_subject: Option<String>,
    /// The text message with a code.
    pub verification_sms: Option<String>,
    /// The body of an invitation by mail.
    pub invitation_email: Option<String>,
    /// Its subject.
    pub invitation_email_subject: Option<String>,
    /// An invitation by text message.
    pub invitation_sms: Option<String>,
}

/// The domain of a pool's sign-in pages.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct UserPoolDomain {
    /// Its first label, which belongs to one pool among all.
    pub prefix: String,
    /// Which pages: 1 for the classic ones, 2 for those that can be branded.
    pub managed_login_version: u8,
}

/// From whom mail goes out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EmailSender {
    /// To whom answers go.
    pub reply_to: Option<String>,
}

/// What a password must be.
///
/// Source: Amazon Cognito User Pools API Reference, `PasswordPolicyType`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(clippy::struct_excessive_bools, reason = "they are AWS's four independent requirements")]
pub struct PasswordPolicy {
    /// At least so many characters: 6 to 99.
    pub minimum_length: u8,
    /// Whether it needs an upper-case letter.
    pub require_uppercase: bool,
    /// Whether it needs a lower-case letter.
    pub require_lowercase: bool,
    /// Whether it needs a digit.
    pub require_numbers: bool,
    /// Whether it needs a symbol.
    pub require_symbols: bool,
    /// For how many days a temporary password is good: 1 to 365.
    pub temporary_password_validity_days: u16,
    /// How many of the passwords before must not be used again: 0 to 24.
    #[serde(default)]
    pub history_size: u8,
}

/// What a user pool is found by.
#[derive(Debug, Clone)]
pub struct UserPoolKey {
    /// The account and region.
    pub owner: Owner,
    /// The pool's id.
    pub id: UserPoolId,
}

impl UserPoolKey {
    /// The beginning of the keys of all user pools of an account in a region.
    pub fn prefix(owner: &Owner) -> Key {
        owner.regional_key()
    }

    /// The beginning of the keys of everything of one kind that is in this pool.
    pub fn within(&self) -> Key {
        self.owner.regional_key().text(self.id.as_str())
    }
}

impl Record for UserPool {
    const SPACE: Space = Space::new("user_pool");
    const VERSION: u8 = 1;
    type Key = UserPoolKey;

    fn encode_key(key: &UserPoolKey) -> Key {
        key.within()
    }

    fn derived(&self, key: &UserPoolKey) -> Vec<Derived> {
        let public = PublicResource::new(&key.owner, &key.id);
        let id = Derived::new(&PublicId::UserPool(key.id.clone()), &public);
        let domain = self.domain.as_ref();
        let domain = domain.map(|domain| PublicId::UserPoolDomain(domain.prefix.clone()));
        std::iter::once(id).chain(domain.map(|domain| Derived::new(&domain, &public))).collect()
    }
}
