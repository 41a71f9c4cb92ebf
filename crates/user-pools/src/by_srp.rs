//! Signing in by the secure remote password protocol: `USER_SRP_AUTH`, and the answer to
//! `PASSWORD_VERIFIER`.
//!
//! Nothing shows whether there is such a user, nor whether the user has a verifier: nobody's answers
//! are computed from a verifier too, and take as long.
//!
//! Source: Amazon Cognito Developer Guide, *Sign-in with persistent and secure remote passwords*.

use std::collections::BTreeMap;

use base64::{
    Engine,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use directory::{Record, User, UserKey, UserStatus};
use session::Label;
use srp::{Claim, ClaimTimestamp, ClientPublic, EphemeralSecret, Exchange, Name, Salt, Verifier};
use types::{Entropy, SecretBytes, SecretString, Uuid};
use wire::cognito_idp::ChallengeNameType;

use crate::{
    UserPools,
    attempts::Success,
    challenges::{Challenge, SrpState, Step},
    decoys::Decoy,
    error::UserPoolsError,
    lockout,
    new_password::srp_pool_name,
    sign_in::{Attempt, Outcome},
};

/// Bytes of a verifier.
const VERIFIER_BYTES: usize = 384;

/// What a password is checked by.
struct Kept {
    salt: Salt,
    verifier: Verifier,
}

impl UserPools {
    /// Asks for the proof of the password.
    pub(crate) async fn begin_srp(&self, attempt: &Attempt) -> Result<Outcome, UserPoolsError> {
        let name = attempt.required("USERNAME")?.expose();
        let client_public = ClientPublic::parse(attempt.required("SRP_A")?.expose())
            .map_err(|error| UserPoolsError::InvalidParameter(error.to_string()))?;
        attempt.check_secret_hash(name)?;
        let found = self.user(&attempt.pool_key, &attempt.pool, name).await?;
        if found.is_none() && !attempt.client.prevent_user_existence_errors {
            return Err(UserPoolsError::NoSuchUser);
        }
        let decoys = self.decoys(&attempt.pool_key).await?;
        let comparable = attempt.pool.comparable(name);
        let nobody = Uuid::random(&decoys.of("sub", &comparable)?);
        let decoy = decoys.of("srp", &comparable)?;
        let user = found.as_ref().map(|(key, found)| (key, &found.record));
        let Kept { salt, verifier } = self.kept(user, &decoy)?;
        let srp_name = user.map_or_else(|| name.clone(), |(_, user)| user.username.clone());
        let secret = EphemeralSecret::random(&*self.entropy);
        let text = secret.to_hex();
        let compute = move || Exchange { verifier: &verifier, secret: &secret }.server_public();
        let server_public = self.workers.run(compute).await?;
        let state = SrpState {
            name: name.clone(),
            srp_name: srp_name.clone(),
            client_public: client_public.to_hex(),
            secret: text.expose().clone(),
        };
        let sub = user.map_or(nobody, |(_, user)| user.sub);
        let sealed = self.challenge(&attempt.client, sub, Step::PasswordVerifier(state))?;
        let block = URL_SAFE_NO_PAD.decode(sealed.to_string()).unwrap_or_default();
        let parameter = |name: &str, value: String| (name.to_owned(), value);
        Ok(Outcome::Challenge {
            name: ChallengeNameType::PasswordVerifier,
            // Clients give the block back and not the session.
            session: None,
            parameters: BTreeMap::from([
                parameter("SALT", salt.as_str().to_owned()),
                parameter("SECRET_BLOCK", STANDARD.encode(block)),
                parameter("SRP_B", server_public),
                parameter("USERNAME", srp_name.clone()),
                parameter("USER_ID_FOR_SRP", srp_name),
            ]),
        })
    }

    /// Takes the proof of the password.
    pub(crate) async fn answer_srp(&self, attempt: &Attempt) -> Result<Outcome, UserPoolsError> {
        let username = attempt.required("USERNAME")?.expose();
        let block = attempt.required("PASSWORD_CLAIM_SECRET_BLOCK")?;
        let signature = attempt.required("PASSWORD_CLAIM_SIGNATURE")?;
        let timestamp = ClaimTimestamp::parse(attempt.required("TIMESTAMP")?.expose())
            .map_err(|error| UserPoolsError::InvalidParameter(error.to_string()))?;
        attempt.check_secret_hash(username)?;
        let block = STANDARD.decode(block.expose()).map_err(|_| UserPoolsError::InvalidSession)?;
        let challenge = self.open_challenge(&attempt.client, &URL_SAFE_NO_PAD.encode(&block))?;
        let Step::PasswordVerifier(state) = &challenge.step else {
            return Err(UserPoolsError::InvalidSession);
        };
        let same = |name: &str| attempt.pool.comparable(name) == attempt.pool.comparable(username);
        if !same(&state.name) && !same(&state.srp_name) {
            return Err(UserPoolsError::InvalidSession);
        }
        let found = self.user_by_sub(&attempt.pool_key, challenge.user).await?;
        let name = attempt.pool.comparable(&state.name);
        let locked = match &found {
            Some((_, found)) => lockout::is_locked(found.record.failures, self.clock.now()),
            None => self.is_unknown_locked(&attempt.pool_key, &name).await?,
        };
        if locked {
            return Err(UserPoolsError::AttemptsExceeded);
        }
        let decoy = self.decoys(&attempt.pool_key).await?.of("srp", &name)?;
        let user = found.as_ref().map(|(key, found)| (key, &found.record));
        if user.is_some_and(|(_, user)| user.status == UserStatus::ResetRequired) {
            return Err(UserPoolsError::PasswordResetRequired);
        }
        let kept = self.kept(user, &decoy)?;
        let signature = STANDARD.decode(signature.expose()).unwrap_or_default();
        let proved = self.is_proved(attempt, state, kept, block, timestamp, signature).await?;
        match user {
            Some((key, user)) if proved && user.srp.is_some() => {
                let challenge = Some(&challenge);
                let success = Success { key, checked: user, challenge, token: None, srp: None };
                self.let_in(attempt, success).await
            }
            Some((key, _)) => {
                self.record_failure(key, Some(&challenge)).await?;
                Err(UserPoolsError::WrongPassword)
            }
            None => {
                let challenge: Option<&Challenge> = Some(&challenge);
                self.record_unknown_failure(&attempt.pool_key, &name, challenge).await?;
                Err(UserPoolsError::WrongPassword)
            }
        }
    }

    /// What the user's password is checked by; what nobody's is, without one.
    fn kept(&self, user: Option<(&UserKey, &User)>, decoy: &Decoy) -> Result<Kept, UserPoolsError> {
        let decoy: &dyn Entropy = decoy;
        let nobodys = Kept {
            salt: Salt::random(decoy),
            verifier: Verifier::from_bytes(SecretBytes::new(
                decoy.bytes::<VERIFIER_BYTES>().to_vec(),
            )),
        };
        let Some((key, srp)) = user.and_then(|(key, user)| Some((key, user.srp.as_ref()?))) else {
            return Ok(nobodys);
        };
        let place = User::associated_data(key);
        let verifier = self.ring.open(Label::SecretAtRest, &place, &srp.verifier)?;
        Ok(Kept {
            salt: Salt::from_kept(srp.salt.clone()),
            verifier: Verifier::from_bytes(verifier),
        })
    }

    async fn is_proved(
        &self,
        attempt: &Attempt,
        state: &SrpState,
        kept: Kept,
        secret_block: Vec<u8>,
        timestamp: ClaimTimestamp,
        signature: Vec<u8>,
    ) -> Result<bool, UserPoolsError> {
        // Both were made here, and nobody else can have written them.
        let secret = EphemeralSecret::from_hex(&SecretString::from(state.secret.as_str()));
        let client_public = ClientPublic::parse(&state.client_public).ok();
        let (Some(secret), Some(client_public)) = (secret, client_public) else {
            return Err(UserPoolsError::InvalidSession);
        };
        let (pool, user) = (attempt.pool_key.id.clone(), state.srp_name.clone());
        let check = move || {
            let claim = Claim {
                name: Name { pool: srp_pool_name(pool.as_str()), user: &user },
                secret_block: &secret_block,
                timestamp: &timestamp,
                signature: &signature,
            };
            Exchange { verifier: &kept.verifier, secret: &secret }
                .check_claim(&client_public, &claim)
                .is_ok()
        };
        Ok(self.workers.run(check).await?)
    }
}
