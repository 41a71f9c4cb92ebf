//! Tries everybody against everything, over the wire.

use std::collections::HashMap;

use bytes::Bytes;
use futures_util::{StreamExt as _, stream};
use http::{Method, StatusCode};
use serde_json::json;
use types::{Entropy, SecretString};

use super::{
    judgement::{Answered, Attempt, Cell, got, judge},
    promise::{What, Who, promises},
    system::{FOLDERS, Person, System},
};
use crate::{
    aws::{Answer, CallError, Client, Credentials, JsonService, S3Request, Unreachable, xml_texts},
    sign_in::session_credentials,
};

/// How many requests are under way at a time.
const CONCURRENT: usize = 16;

/// Those who try, and the place where they do.
pub(crate) struct Stage<'a> {
    pub(crate) system: &'a System,
    pub(crate) root: &'a Client,
    pub(crate) unsigned: &'a Client,
    /// Credentials of user's whose time has passed.
    pub(crate) expired: Credentials,
    /// The same credentials, made in the same way, but for their time.
    pub(crate) unexpired: Credentials,
    /// Credentials that nobody gave out, for those whose token was refused.
    pub(crate) invented: Credentials,
}

/// Credentials of the right form that no server has sealed.
pub(crate) fn invented(entropy: &dyn Entropy) -> Credentials {
    const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    const BASE64: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    Credentials {
        access_key_id: format!("ASIA{}", entropy.text(BASE32, 16)),
        secret_access_key: SecretString::new(entropy.text(BASE64, 40)),
        session_token: Some(SecretString::new(entropy.text(BASE64, 400))),
        expiration: None,
    }
}

/// The token with the first character of its signature exchanged for another.
pub(crate) fn forge(token: &SecretString) -> SecretString {
    let (signed, signature) = token.expose().rsplit_once('.').unwrap_or_default();
    let mut characters = signature.chars();
    let first = if characters.next() == Some('A') { 'B' } else { 'A' };
    SecretString::new(format!("{signed}.{first}{}", characters.as_str()))
}

impl Stage<'_> {
    /// Tries every cell of the promise, looks at what became of the files, and judges.
    ///
    /// # Errors
    /// Root could not put the files there or look at them.
    pub(crate) async fn play(&self) -> Result<Vec<Cell>, CallError> {
        self.seed().await?;
        let attempts = stream::iter(promises(self.system.names))
            .map(|(who, what, _)| async move { self.attempt(who, what).await });
        let attempts: Vec<Attempt> = attempts.buffered(CONCURRENT).collect().await;
        let mut cells: Vec<Cell> = promises(self.system.names)
            .zip(attempts)
            .map(|((who, what, promise), attempt)| Cell {
                who,
                what,
                promise,
                attempt,
                complaint: None,
            })
            .collect();
        self.inspect(&mut cells).await?;
        judge(self.system.names, &mut cells);
        self.check_expiry_matters(&mut cells).await?;
        Ok(cells)
    }

    /// The expired session's refusals count only if it is time that refuses it.
    async fn check_expiry_matters(&self, cells: &mut [Cell]) -> Result<(), CallError> {
        let client = self.unsigned.signed_by(&self.unexpired);
        let key = self.person(Who::ExpiredSession.owner()).key("data.txt");
        let answer = answered(&self.object(&client, Method::GET, &key, Bytes::new()).await?);
        if !answer.is_success() {
            let cells = cells.iter_mut().filter(|cell| cell.who == Who::ExpiredSession);
            for cell in cells.filter(|cell| cell.complaint.is_none()) {
                cell.complaint = Some(format!(
                    "refused as promised, which proves nothing: the same session before its end \
                     got {}",
                    got(Some(&answer))
                ));
            }
        }
        Ok(())
    }

    fn person(&self, who: Who) -> &Person {
        if who == Who::Admin { &self.system.admin } else { &self.system.user }
    }

    /// The file that a cell is about. What a cell may change has a file of its own, so that cells
    /// do not disturb each other.
    fn key(&self, who: Who, what: What) -> Option<String> {
        let (owner, other) = (self.person(who.owner()), self.person(who.other()));
        match what {
            What::ReadOwn => Some(owner.key("data.txt")),
            What::ReadOthers => Some(other.key("data.txt")),
            What::WriteOwn => Some(owner.key(&format!("written-by-{}.txt", who.slug()))),
            What::WriteOthers => Some(other.key(&format!("written-by-{}.txt", who.slug()))),
            What::DeleteOwn => Some(owner.key(&format!("deleted-by-{}.txt", who.slug()))),
            What::DeleteOthers => Some(other.key(&format!("deleted-by-{}.txt", who.slug()))),
            What::ListPrefix
            | What::SeeOthersNames
            | What::ListEverything
            | What::ListOthersFolder
            | What::ListOwnFolder => None,
        }
    }

    /// What is in a file before anybody tries anything.
    fn original(key: &str) -> Bytes {
        format!("This is {key}.\n").into()
    }

    async fn seed(&self) -> Result<(), CallError> {
        let keys: Vec<String> =
            promises(self.system.names).filter_map(|(who, what, _)| self.key(who, what)).collect();
        let mut puts = stream::iter(&keys)
            .map(|key| self.object(self.root, Method::PUT, key, Self::original(key)))
            .buffer_unordered(CONCURRENT);
        while let Some(answer) = puts.next().await {
            answer?.accepted("PutObject")?;
        }
        Ok(())
    }

    async fn object(
        &self,
        client: &Client,
        method: Method,
        key: &str,
        body: Bytes,
    ) -> Result<Answer, Unreachable> {
        let bucket = &self.system.bucket;
        client.s3(S3Request { method, bucket, key, query: &[], body }).await
    }

    /// The credentials that somebody has, or tries to get; and how the exchange went, if one was
    /// needed.
    async fn credentials(
        &self,
        who: Who,
    ) -> Result<(Option<Credentials>, Option<Answered>), Unreachable> {
        let token = match who {
            Who::Admin | Who::User => {
                return Ok((Some(self.person(who).credentials.clone()), None));
            }
            Who::ExpiredSession => return Ok((Some(self.expired.clone()), None)),
            Who::Nobody => return Ok((None, None)),
            Who::ForgedToken => &forge(&self.system.admin.id_token),
            Who::TokenOfAnotherPool => &self.system.token_of_another_pool,
        };
        let input = json!({
            "IdentityId": self.person(who.owner()).identity_id,
            "Logins": { self.system.pool.id.provider_name(): token.expose() },
        });
        let answer = self
            .unsigned
            .try_json(JsonService::CognitoIdentity, "GetCredentialsForIdentity", &input)
            .await?;
        let credentials = serde_json::from_slice(&answer.body)
            .ok()
            .and_then(|answer| session_credentials(&answer).ok());
        Ok((Some(credentials.unwrap_or_else(|| self.invented.clone())), Some(answered(&answer))))
    }

    async fn attempt(&self, who: Who, what: What) -> Attempt {
        let own_folder = self.person(who.owner()).key("");
        let other_folder = self.person(who.other()).key("");
        let key = self.key(who, what);
        let (method, query, body) = match what {
            What::ReadOwn | What::ReadOthers => (Method::GET, vec![], Bytes::new()),
            What::WriteOwn | What::WriteOthers => (Method::PUT, vec![], written(who)),
            What::DeleteOwn | What::DeleteOthers => (Method::DELETE, vec![], Bytes::new()),
            What::ListPrefix | What::SeeOthersNames => {
                (Method::GET, vec![("list-type", "2"), ("prefix", FOLDERS)], Bytes::new())
            }
            What::ListEverything => (Method::GET, vec![("list-type", "2")], Bytes::new()),
            What::ListOthersFolder => {
                (Method::GET, vec![("list-type", "2"), ("prefix", &*other_folder)], Bytes::new())
            }
            What::ListOwnFolder => {
                (Method::GET, vec![("list-type", "2"), ("prefix", &*own_folder)], Bytes::new())
            }
        };
        let bucket = self.system.bucket.as_str();
        let place = key.as_deref().unwrap_or_default();
        let prefix = query.iter().find(|(name, _)| *name == "prefix");
        let prefix = prefix.map_or(String::new(), |(_, prefix)| format!(" prefix={prefix}"));
        let list = if key.is_none() { "?list-type=2" } else { "" };
        let mut attempt = Attempt {
            request: format!("{method} s3://{bucket}/{place}{list}{prefix}"),
            ..Attempt::default()
        };
        let request = S3Request { method, bucket, key: place, query: &query, body };
        match self.send(who, request).await {
            Ok((exchange, answer)) => {
                attempt.contradiction = self.contradiction(who, what, &answer);
                attempt.exchange = exchange;
                attempt.answer = Some(answered(&answer));
            }
            Err(error) => attempt.contradiction = Some(error.to_string()),
        }
        attempt
    }

    async fn send(
        &self,
        who: Who,
        request: S3Request<'_>,
    ) -> Result<(Option<Answered>, Answer), Unreachable> {
        let (credentials, exchange) = self.credentials(who).await?;
        let client = match credentials {
            Some(credentials) => &self.unsigned.signed_by(&credentials),
            None => self.unsigned,
        };
        Ok((exchange, client.s3(request).await?))
    }

    /// What a success must have brought, as far as the answer itself shows it.
    fn contradiction(&self, who: Who, what: What, answer: &Answer) -> Option<String> {
        if !answer.status.is_success() {
            return None;
        }
        let names = |person: &Person| {
            let folder = person.key("");
            xml_texts(&answer.body, "Key").iter().any(|key| key.starts_with(&folder))
        };
        let wrong = match what {
            What::ReadOwn | What::ReadOthers => {
                let original = self.key(who, what).map(|key| Self::original(&key));
                (original.as_ref() != Some(&answer.body)).then_some("the bytes are not the file's")
            }
            What::ListOwnFolder if names(self.person(who.other())) => {
                Some("the other's names are in the list")
            }
            What::ListPrefix | What::ListOwnFolder => {
                (!names(self.person(who.owner()))).then_some("its own names are not in the list")
            }
            What::SeeOthersNames => {
                (!names(self.person(who.other()))).then_some("the names are not in the list")
            }
            _ => None,
        };
        wrong.map(|wrong| format!("answered {}, but {wrong}", answer.status.as_u16()))
    }

    /// Looks, as root, at every file that somebody tried to change, and removes it.
    async fn inspect(&self, cells: &mut [Cell]) -> Result<(), CallError> {
        let files: Vec<(usize, String)> = cells
            .iter()
            .enumerate()
            .filter(|(_, cell)| !matches!(cell.what, What::ReadOwn | What::ReadOthers))
            .filter_map(|(index, cell)| Some((index, self.key(cell.who, cell.what)?)))
            .collect();
        let mut found = stream::iter(files)
            .map(|(index, key)| async move {
                let now = self.object(self.root, Method::GET, &key, Bytes::new()).await?;
                let now = match now.status {
                    StatusCode::NOT_FOUND => None,
                    _ => Some(now.accepted("GetObject")?.body),
                };
                let removed = self.object(self.root, Method::DELETE, &key, Bytes::new()).await?;
                removed.accepted("DeleteObject")?;
                Ok::<_, CallError>((index, key, now))
            })
            .buffer_unordered(CONCURRENT);
        let mut states = HashMap::new();
        while let Some(state) = found.next().await {
            let (index, key, now) = state?;
            states.insert(index, (key, now));
        }
        for (index, (key, now)) in states {
            if let Some(cell) = cells.get_mut(index)
                && let Some(answer) = &cell.attempt.answer
            {
                let expected = match cell.what {
                    _ if !answer.is_success() => Some(Self::original(&key)),
                    What::DeleteOwn | What::DeleteOthers => None,
                    _ => Some(written(cell.who)),
                };
                if now != expected {
                    let found = if now.is_some() { "is not as that leaves it" } else { "is gone" };
                    cell.attempt.contradiction =
                        Some(format!("answered {}, but the file {found}", answer.status));
                }
            }
        }
        Ok(())
    }
}

/// What somebody writes into a file.
fn written(who: Who) -> Bytes {
    format!("Written by {}.\n", who.label()).into()
}

fn answered(answer: &Answer) -> Answered {
    Answered {
        status: answer.status.as_u16(),
        code: answer.refusal().map(|refusal| refusal.code).unwrap_or_default(),
        request_id: answer.request_id().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_forged_token_differs_in_the_signature_only() {
        for token in ["h.p.Abc", "h.p.xbc"] {
            let token = SecretString::from(token);
            let forged = forge(&token);
            assert_ne!(forged.expose(), token.expose());
            assert!(forged.expose().starts_with("h.p.") && forged.expose().ends_with("bc"));
        }
    }
}
