//! Codes of six digits, by which a user shows to be reached where they say: sent, tried a few times, and
//! used once.
//!
//! In an hour a user is sent at most five codes for one purpose and tries at most five in vain, however
//! many are sent. Sources: Amazon Cognito Developer Guide, *Quotas in Amazon Cognito*, *Recovering user
//! accounts*, *Signing up and confirming user accounts*.

use directory::{
    Change, CodePurpose, Contact, PendingCode, Record, UserPoolKey, VerificationCode,
    VerificationCodeKey,
};
use session::Label;
use types::{SecretString, SignedDuration, Timestamp, Uuid};

use crate::{UserPools, error::UserPoolsError};

const DIGITS: usize = 6;
const SENT_MAX: usize = 5;
const TRIED_MAX: usize = 5;
const LATELY: SignedDuration = SignedDuration::from_hours(1);

/// Where a code goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Destination {
    pub(crate) contact: Contact,
    pub(crate) address: String,
}

/// A code that was right, and is not used yet.
pub(crate) struct RightCode {
    key: VerificationCodeKey,
    id: Uuid,
    /// Where it was sent.
    pub(crate) destination: Destination,
}

impl UserPools {
    /// A new code for the user, in the place of the one before.
    pub(crate) async fn new_code(
        &self,
        pool: &UserPoolKey,
        user: Uuid,
        purpose: CodePurpose,
        destination: &Destination,
    ) -> Result<SecretString, UserPoolsError> {
        let key = &VerificationCodeKey { pool: pool.clone(), user, purpose };
        let place = &VerificationCode::associated_data(key);
        self.directory
            .retry(|| async move {
                let now = self.clock.now();
                let found = self.directory.get::<VerificationCode>(key).await?;
                let before = found.as_ref().map(|found| &found.record);
                let mut sent = before.map_or_else(Vec::new, |before| lately(&before.sent, now));
                if sent.len() >= SENT_MAX {
                    return Err(UserPoolsError::CodeLimit);
                }
                sent.push(now);
                let code = SecretString::new(self.entropy.text(b"0123456789", DIGITS));
                let record = VerificationCode {
                    user,
                    purpose,
                    pending: Some(PendingCode {
                        id: Uuid::random(&*self.entropy),
                        code: self.ring.seal(Label::SecretAtRest, place, &code, &*self.entropy)?,
                        contact: destination.contact,
                        destination: destination.address.clone(),
                        expires: now.checked_add(lifetime(purpose)).unwrap_or(now),
                    }),
                    sent,
                    tried: before.map_or_else(Vec::new, |before| lately(&before.tried, now)),
                };
                let mut change = Change::new();
                match &found {
                    Some(found) => change.replace(key, found, &record),
                    None => change.create(key, &record),
                }
                Ok((change, code))
            })
            .await
    }

    /// Whether this is the user's code. Each try counts before the code is looked at, so that many at
    /// once are not more than many.
    pub(crate) async fn try_code(
        &self,
        pool: &UserPoolKey,
        user: Uuid,
        purpose: CodePurpose,
        presented: &str,
    ) -> Result<RightCode, UserPoolsError> {
        let key = VerificationCodeKey { pool: pool.clone(), user, purpose };
        let now = self.clock.now();
        let pending = self.directory.update::<VerificationCode, _, _>(&key, |record| {
            record.tried = lately(&record.tried, now);
            if record.tried.len() >= TRIED_MAX {
                return Err(UserPoolsError::CodeLimit);
            }
            record.tried.push(now);
            Ok(record.pending.clone())
        });
        let pending = pending.await?.flatten().ok_or(UserPoolsError::CodeExpired)?;
        let place = VerificationCode::associated_data(&key);
        let code: SecretString = self.ring.open(Label::SecretAtRest, &place, &pending.code)?;
        if !code.equals(presented.as_bytes()) {
            return Err(UserPoolsError::CodeMismatch);
        }
        if pending.expires <= now {
            return Err(UserPoolsError::CodeExpired);
        }
        let destination = Destination { contact: pending.contact, address: pending.destination };
        Ok(RightCode { key, id: pending.id, destination })
    }

    /// Adds to the change that the code is used: refused if it was used, or another one took its place.
    pub(crate) async fn use_code(
        &self,
        code: &RightCode,
        change: &mut Change,
    ) -> Result<(), UserPoolsError> {
        let found = self.directory.get::<VerificationCode>(&code.key).await?;
        let found = found.ok_or(UserPoolsError::CodeExpired)?;
        if found.record.pending.as_ref().is_none_or(|pending| pending.id != code.id) {
            return Err(UserPoolsError::CodeExpired);
        }
        let used = VerificationCode { pending: None, tried: Vec::new(), ..found.record.clone() };
        change.replace(&code.key, &found, &used);
        Ok(())
    }
}

/// For how long a code is good.
fn lifetime(purpose: CodePurpose) -> SignedDuration {
    match purpose {
        CodePurpose::ForgotPassword => SignedDuration::from_hours(1),
        CodePurpose::SignUp | CodePurpose::VerifyEmail | CodePurpose::VerifyPhoneNumber => {
            SignedDuration::from_hours(24)
        }
    }
}

fn lately(times: &[Timestamp], now: Timestamp) -> Vec<Timestamp> {
    times.iter().copied().filter(|time| now.duration_since(*time) < LATELY).collect()
}
