//! What a sign-in remembers between two requests: sealed, for one client, for some minutes and for one
//! answer.
//!
//! Sources: Amazon Cognito User Pools API Reference, `InitiateAuth`, `Session`;
//! `CreateUserPoolClient`, `AuthSessionValidity`.

use directory::{Change, Record, UsedChallenge, UsedChallengeKey, UserPoolClient, UserPoolKey};
use serde::{Deserialize, Serialize};
use session::{Label, Sealed};
use types::{SecretString, SignedDuration, Timestamp, Uuid};

use crate::{UserPools, error::UserPoolsError};

/// How many expired challenges are forgotten when another one is answered.
const FORGOTTEN: usize = 20;

/// A sign-in that waits for an answer. It is not printed: it may hold a secret.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Challenge {
    /// By which it is claimed, so that it is answered once.
    id: Uuid,
    client_id: String,
    /// The `sub` of the user; nobody's, where it must not show that there is none.
    pub(crate) user: Uuid,
    pub(crate) issued: Timestamp,
    expires: Timestamp,
    pub(crate) step: Step,
}

/// What is asked for.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) enum Step {
    /// `PASSWORD_VERIFIER`
    PasswordVerifier(SrpState),
    /// `NEW_PASSWORD_REQUIRED`
    NewPassword,
}

/// What the server remembers of the secure remote password protocol.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SrpState {
    /// What the user called themselves.
    pub(crate) name: String,
    /// The user name that is part of the protocol.
    pub(crate) srp_name: String,
    /// `SRP_A`
    pub(crate) client_public: String,
    /// The server's secret, in hexadecimal.
    pub(crate) secret: String,
}

impl UserPools {
    /// Asks this of a user who signs in to the client: the challenge as the client gets it.
    pub(crate) fn challenge(
        &self,
        client: &UserPoolClient,
        user: Uuid,
        step: Step,
    ) -> Result<Sealed<String>, UserPoolsError> {
        let issued = self.clock.now();
        let wait = SignedDuration::from_mins(client.auth_session_validity_minutes.into());
        let challenge = Challenge {
            id: Uuid::random(&*self.entropy),
            client_id: client.id.clone(),
            user,
            issued,
            expires: issued.checked_add(wait).unwrap_or(issued),
            step,
        };
        // Ids, times and texts always become JSON.
        let state = SecretString::new(serde_json::to_string(&challenge).unwrap_or_default());
        let context = client.id.as_bytes();
        Ok(self.ring.seal(Label::ChallengeState, context, &state, &*self.entropy)?)
    }

    /// The challenge in this text, if it was given to this client and still waits.
    pub(crate) fn open_challenge(
        &self,
        client: &UserPoolClient,
        text: &str,
    ) -> Result<Challenge, UserPoolsError> {
        let invalid = || UserPoolsError::InvalidSession;
        let sealed: Sealed<String> = text.parse().map_err(|_| invalid())?;
        let context = client.id.as_bytes();
        let opened = self.ring.open(Label::ChallengeState, context, &sealed);
        let opened = opened.map_err(|_| invalid())?;
        let challenge: Challenge = serde_json::from_str(opened.expose()).map_err(|_| invalid())?;
        if challenge.client_id != client.id {
            return Err(invalid());
        }
        if challenge.expires <= self.clock.now() {
            return Err(UserPoolsError::SessionExpired);
        }
        Ok(challenge)
    }

    /// Adds to the change that the challenge is answered: refused if it was before, in conflict if it
    /// is meanwhile.
    pub(crate) async fn claim(
        &self,
        pool: &UserPoolKey,
        challenge: &Challenge,
        change: &mut Change,
    ) -> Result<(), UserPoolsError> {
        let key = UsedChallengeKey { pool: pool.clone(), id: challenge.id };
        if self.directory.get::<UsedChallenge>(&key).await?.is_some() {
            return Err(UserPoolsError::SessionUsed);
        }
        change.create(&key, &UsedChallenge { id: challenge.id, forgettable: challenge.expires });
        // Those that expired lie anywhere; ids are drawn by chance, so that each is met some day.
        let behind = UsedChallenge::encode_key(&key);
        let now = self.clock.now();
        let within = pool.within();
        let page = self.directory.list::<UsedChallenge>(&within, Some(&behind), FORGOTTEN).await?;
        for found in page.records.iter().filter(|found| found.record.forgettable <= now) {
            change.delete(&UsedChallengeKey { id: found.record.id, ..key.clone() }, found);
        }
        Ok(())
    }
}
