//! The challenge `NEW_PASSWORD_REQUIRED`: a user who has a temporary password sets one of their own.
//!
//! Source: Amazon Cognito Developer Guide, *Authentication flow examples*, *Admin authentication flow*;
//! API Reference, `RespondToAuthChallenge`, `NEW_PASSWORD_REQUIRED`.

use std::collections::BTreeMap;

use directory::{Change, User, UserStatus};
use serde_json::{Map, Value};
use types::SecretString;
use wire::cognito_idp::{AttributeType, AuthenticationResultType, ChallengeNameType};

use crate::{
    UserPools,
    attributes::{self, Setter},
    challenges::{Challenge, Step},
    error::UserPoolsError,
    schema,
    sign_in::{Attempt, Outcome},
};

/// How the names of attributes begin in an answer.
const ATTRIBUTES: &str = "userAttributes.";

impl UserPools {
    /// Asks for a password that is the user's own.
    pub(crate) fn ask_for_new_password(
        &self,
        attempt: &Attempt,
        user: &User,
    ) -> Result<Outcome, UserPoolsError> {
        let sealed = self.challenge(&attempt.client, user.sub, Step::NewPassword)?;
        let text = |(name, value): (&String, &String)| (name.clone(), Value::from(value.as_str()));
        let attributes: Map<String, Value> = user.attributes.iter().map(text).collect();
        let missing: Vec<Value> = schema::required(&attempt.pool)
            .filter(|name| *name != "sub" && !user.attributes.contains_key(*name))
            .map(|name| Value::from(format!("{ATTRIBUTES}{name}")))
            .collect();
        let parameter = |name: &str, value: String| (name.to_owned(), value);
        Ok(Outcome::Challenge {
            name: ChallengeNameType::NewPasswordRequired,
            session: Some(SecretString::new(sealed.to_string())),
            parameters: BTreeMap::from([
                parameter("USER_ID_FOR_SRP", user.username.clone()),
                parameter("requiredAttributes", Value::from(missing).to_string()),
                parameter("userAttributes", Value::Object(attributes).to_string()),
            ]),
        })
    }

    /// Sets the password that was asked for, and lets the user in.
    pub(crate) async fn answer_new_password(
        &self,
        attempt: &Attempt,
        session: Option<&SecretString>,
    ) -> Result<Outcome, UserPoolsError> {
        let username = attempt.required("USERNAME")?.expose();
        let password = attempt.required("NEW_PASSWORD")?;
        attempt.check_secret_hash(username)?;
        let session = session.ok_or_else(|| UserPoolsError::missing("Session"))?;
        let challenge = self.open_challenge(&attempt.client, session.expose())?;
        let Step::NewPassword = challenge.step else { return Err(UserPoolsError::InvalidSession) };
        let found = self.user(&attempt.pool_key, &attempt.pool, username).await?;
        let found = found.filter(|(_, found)| found.record.sub == challenge.user);
        let (key, found) = found.ok_or(UserPoolsError::InvalidSession)?;
        check_still_asked(&found.record, &challenge)?;
        self.check_not_used(&attempt.pool, &found.record, password).await?;
        let password =
            self.new_password(&attempt.pool, &key, &found.record.username, password).await?;
        let sign_in = self.new_sign_in();
        let given: Vec<AttributeType> = attempt
            .beginning_with(ATTRIBUTES)
            .map(|(name, value)| AttributeType {
                name: name.to_owned(),
                value: Some(value.clone()),
            })
            .collect();
        let (key, challenge, password, given) = (&key, &challenge, &password, &given);
        let (user, token) = self
            .directory
            .retry(|| async move {
                let found = self.directory.get::<User>(key).await?;
                let found = found.ok_or(UserPoolsError::InvalidSession)?;
                let mut user = found.record.clone();
                check_still_asked(&user, challenge)?;
                password.set(&mut user);
                let by = Setter::Client(&attempt.client);
                attributes::change(&attempt.pool, &mut user, given, by)?;
                user.status = UserStatus::Confirmed;
                // What is required must be there now, also if nothing was given.
                attributes::check_still_required(&attempt.pool, &user)?;
                let (token, record) = self.new_refresh_token(&attempt.recipient(&user), sign_in);
                let mut change = Change::new();
                self.claim(&attempt.pool_key, challenge, &mut change).await?;
                let pool = &attempt.pool;
                self.replace_user(pool, key, &found, user.clone(), false, &mut change).await?;
                change.create(&token.key(&attempt.pool_key), &record);
                Ok::<_, UserPoolsError>((change, (user, token)))
            })
            .await?;
        let tokens = self.issue(&attempt.recipient(&user), sign_in).await?;
        let refresh_token = Some(token.text());
        Ok(Outcome::SignedIn(AuthenticationResultType { refresh_token, ..tokens }))
    }
}

/// Refuses a user who no longer has the temporary password that was shown.
fn check_still_asked(user: &User, challenge: &Challenge) -> Result<(), UserPoolsError> {
    let shown = user.password.as_ref().is_some_and(|password| password.set <= challenge.issued);
    let asked = user.sub == challenge.user && user.status == UserStatus::ForceChangePassword;
    if !user.enabled {
        return Err(UserPoolsError::UserDisabled);
    }
    if asked && shown { Ok(()) } else { Err(UserPoolsError::InvalidSession) }
}
