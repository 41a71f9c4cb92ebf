use serde::{Deserialize, Serialize};
use session::Sealed;
use store::{Key, Space};
use types::{Timestamp, Uuid};

use crate::{Contact, Record, UserPoolKey};

/// The code that a user was sent for one purpose, and how often one was sent and tried: what goes on
/// when another one is sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerificationCode {
    /// The user's `sub`.
    pub user: Uuid,
    /// What it is for.
    pub purpose: CodePurpose,
    /// The code that is good now. It is there until it is used.
    pub pending: Option<PendingCode>,
    /// When codes were sent lately.
    pub sent: Vec<Timestamp>,
    /// When codes were tried lately, in vain.
    pub tried: Vec<Timestamp>,
}

/// A code that was sent.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PendingCode {
    /// By which it is told from the one that takes its place.
    pub id: Uuid,
    /// The code. Six digits are guessed from any hash of them at once, so they are sealed; the
    /// associated data is this record's key.
    pub code: Sealed<String>,
    /// By what it was sent.
    pub contact: Contact,
    /// Where it was sent: only that address is shown to be the user's.
    pub destination: String,
    /// The first moment at which it is refused.
    pub expires: Timestamp,
}

/// What a code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CodePurpose {
    /// Confirming a user who signed up.
    SignUp,
    /// Setting a new password in the place of a forgotten one.
    ForgotPassword,
    /// Showing that the e-mail address is the user's.
    VerifyEmail,
    /// Showing that the telephone number is the user's.
    VerifyPhoneNumber,
}

impl CodePurpose {
    fn text(self) -> &'static str {
        match self {
            Self::SignUp => "sign-up",
            Self::ForgotPassword => "forgot-password",
            Self::VerifyEmail => "verify-email",
            Self::VerifyPhoneNumber => "verify-phone-number",
        }
    }
}

/// What a code is found by.
#[derive(Debug, Clone)]
pub struct VerificationCodeKey {
    /// The pool.
    pub pool: UserPoolKey,
    /// The user's `sub`.
    pub user: Uuid,
    /// What it is for.
    pub purpose: CodePurpose,
}

impl VerificationCodeKey {
    /// The beginning of the keys of all codes of a user.
    pub fn of_user(pool: &UserPoolKey, user: Uuid) -> Key {
        pool.within().text(&user.to_string())
    }
}

impl Record for VerificationCode {
    const SPACE: Space = Space::new("verification_code");
    const VERSION: u8 = 1;
    type Key = VerificationCodeKey;

    fn encode_key(key: &VerificationCodeKey) -> Key {
        VerificationCodeKey::of_user(&key.pool, key.user).text(key.purpose.text())
    }
}
