//! The content of a session token: one byte layout for each session, and no other.
//!
//! Fields follow each other in the order of [`Session`]. Numbers are big-endian; a text is its
//! length in two bytes and its UTF-8; a list or map is the number of its members in two bytes and
//! those, map keys ascending; an option is a byte, 0 or 1, and what it holds. A layout that differs
//! gets another format number in the token, so nothing here is ever skipped or guessed.

use std::collections::{BTreeMap, BTreeSet};

use types::Timestamp;

use crate::{ClaimValue, Federation, Session, SessionPolicy, SessionPrincipal};

const ASSUMED_ROLE: u8 = 1;
const FEDERATED_USER: u8 = 2;
const USER_SESSION: u8 = 3;
const ROOT_SESSION: u8 = 4;

const CLAIM_TEXT: u8 = 1;
const CLAIM_LIST: u8 = 2;

/// The moment without its fraction of a second.
pub(crate) fn whole_seconds(time: Timestamp) -> Timestamp {
    // A fraction before 1970 is cut towards it; no session is that old.
    Timestamp::from_second(time.as_second()).unwrap_or(time)
}

/// The bytes of a session.
///
/// A text or list too long for its length field makes the whole longer than any token can be, so
/// that the caller's check of the length refuses it.
pub(crate) fn encode(session: &Session) -> Vec<u8> {
    let mut to = Encoder(Vec::with_capacity(1024));
    to.text(session.account.as_str());
    match &session.principal {
        SessionPrincipal::AssumedRole { role, role_id, session_name } => {
            to.byte(ASSUMED_ROLE);
            to.text(role.as_str());
            to.text(role_id.as_str());
            to.text(session_name);
        }
        SessionPrincipal::FederatedUser { issuer, issuer_id, name } => {
            to.byte(FEDERATED_USER);
            to.text(issuer.as_str());
            to.text(issuer_id.as_str());
            to.text(name);
        }
        SessionPrincipal::UserSession { user, user_id } => {
            to.byte(USER_SESSION);
            to.text(user.as_str());
            to.text(user_id.as_str());
        }
        SessionPrincipal::RootSession => to.byte(ROOT_SESSION),
    }
    to.option(session.source_identity.as_ref(), |to, name| to.text(name));
    to.option(session.federation.as_ref(), |to, federation| {
        to.text(&federation.provider);
        to.list(&federation.claims, |to, (name, value)| {
            to.text(name);
            match value {
                ClaimValue::Text(text) => {
                    to.byte(CLAIM_TEXT);
                    to.text(text);
                }
                ClaimValue::List(texts) => {
                    to.byte(CLAIM_LIST);
                    to.list(texts, |to, text| to.text(text));
                }
            }
        });
    });
    to.list(&session.tags, |to, (key, value)| {
        to.text(key);
        to.text(value);
    });
    to.list(&session.transitive_tag_keys, |to, key| to.text(key));
    to.list(&session.policies, |to, policy| to.text(policy.text()));
    to.option(session.mfa_authenticated_at, Encoder::time);
    to.time(session.issued);
    to.time(session.expires);
    to.0
}

/// The session whose bytes these are; `None` if they are not exactly one session's.
pub(crate) fn decode(bytes: &[u8]) -> Option<Session> {
    let mut from = Decoder(bytes);
    let session = Session {
        account: from.text()?.parse().ok()?,
        principal: from.principal()?,
        source_identity: from.option(Decoder::string)?,
        federation: from.option(Decoder::federation)?,
        tags: from.map(Decoder::string)?,
        transitive_tag_keys: from.set()?,
        policies: from.list(|from| from.text().map(SessionPolicy::of_text))?,
        mfa_authenticated_at: from.option(Decoder::time)?,
        issued: from.time()?,
        expires: from.time()?,
    };
    from.0.is_empty().then_some(session)
}

struct Encoder(Vec<u8>);

impl Encoder {
    fn byte(&mut self, byte: u8) {
        self.0.push(byte);
    }

    fn length(&mut self, length: usize) {
        // A length that does not fit is followed by more bytes than a token has room for.
        let length = u16::try_from(length).unwrap_or(u16::MAX);
        self.0.extend_from_slice(&length.to_be_bytes());
    }

    fn text(&mut self, text: &str) {
        self.length(text.len());
        self.0.extend_from_slice(text.as_bytes());
    }

    fn list<I>(&mut self, members: I, mut member: impl FnMut(&mut Self, I::Item))
    where
        I: IntoIterator<IntoIter: ExactSizeIterator>,
    {
        let members = members.into_iter();
        self.length(members.len());
        for each in members {
            member(self, each);
        }
    }

    fn option<T>(&mut self, value: Option<T>, inside: impl FnOnce(&mut Self, T)) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            inside(self, value);
        }
    }

    fn time(&mut self, time: Timestamp) {
        self.0.extend_from_slice(&time.as_second().to_be_bytes());
    }
}

/// What is left to read.
struct Decoder<'a>(&'a [u8]);

impl<'a> Decoder<'a> {
    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*chunk)
    }

    fn byte(&mut self) -> Option<u8> {
        self.chunk().map(|[byte]| byte)
    }

    fn length(&mut self) -> Option<usize> {
        self.chunk().map(u16::from_be_bytes).map(usize::from)
    }

    fn text(&mut self) -> Option<&'a str> {
        let length = self.length()?;
        let (text, rest) = self.0.split_at_checked(length)?;
        self.0 = rest;
        std::str::from_utf8(text).ok()
    }

    fn string(&mut self) -> Option<String> {
        self.text().map(str::to_owned)
    }

    #[expect(clippy::option_option, reason = "outside: could it be read; inside: was one written")]
    fn option<T>(&mut self, inside: impl FnOnce(&mut Self) -> Option<T>) -> Option<Option<T>> {
        match self.byte()? {
            0 => Some(None),
            1 => inside(self).map(Some),
            _ => None,
        }
    }

    fn list<T>(&mut self, mut member: impl FnMut(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        // Collected without reserving for the number that was read: the members must be there.
        (0..self.length()?).map(|_| member(self)).collect()
    }

    fn map<T>(
        &mut self,
        mut value: impl FnMut(&mut Self) -> Option<T>,
    ) -> Option<BTreeMap<String, T>> {
        let mut members = BTreeMap::new();
        for _ in 0..self.length()? {
            let key = self.string()?;
            if members.last_key_value().is_some_and(|(last, _)| *last >= key) {
                return None;
            }
            members.insert(key, value(self)?);
        }
        Some(members)
    }

    fn set(&mut self) -> Option<BTreeSet<String>> {
        let mut members = BTreeSet::new();
        for _ in 0..self.length()? {
            let member = self.string()?;
            if members.last().is_some_and(|last| *last >= member) {
                return None;
            }
            members.insert(member);
        }
        Some(members)
    }

    fn time(&mut self) -> Option<Timestamp> {
        self.chunk().and_then(|bytes| Timestamp::from_second(i64::from_be_bytes(bytes)).ok())
    }

    fn principal(&mut self) -> Option<SessionPrincipal> {
        let kind = self.byte()?;
        if kind == ROOT_SESSION {
            return Some(SessionPrincipal::RootSession);
        }
        let entity = self.text()?.parse().ok()?;
        let entity_id = self.text()?.parse().ok()?;
        match kind {
            ASSUMED_ROLE => Some(SessionPrincipal::AssumedRole {
                role: entity,
                role_id: entity_id,
                session_name: self.string()?,
            }),
            FEDERATED_USER => Some(SessionPrincipal::FederatedUser {
                issuer: entity,
                issuer_id: entity_id,
                name: self.string()?,
            }),
            USER_SESSION => {
                Some(SessionPrincipal::UserSession { user: entity, user_id: entity_id })
            }
            _ => None,
        }
    }

    fn federation(&mut self) -> Option<Federation> {
        Some(Federation {
            provider: self.string()?,
            claims: self.map(|from| match from.byte()? {
                CLAIM_TEXT => from.string().map(ClaimValue::Text),
                CLAIM_LIST => from.list(Self::string).map(ClaimValue::List),
                _ => None,
            })?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn session() -> Session {
        Session {
            account: "123456789012".parse().unwrap(),
            principal: SessionPrincipal::UserSession {
                user: "arn:aws:iam::123456789012:user/bob".parse().unwrap(),
                user_id: "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            },
            source_identity: None,
            federation: Some(Federation {
                provider: "p".to_owned(),
                claims: BTreeMap::from([("c".to_owned(), ClaimValue::Text("v".to_owned()))]),
            }),
            tags: ["a", "b"].map(|key| (key.to_owned(), String::new())).into(),
            transitive_tag_keys: ["a", "b"].map(str::to_owned).into(),
            policies: vec![SessionPolicy::Document("{}".to_owned())],
            mfa_authenticated_at: None,
            issued: Timestamp::from_second(1).unwrap(),
            expires: Timestamp::from_second(2).unwrap(),
        }
    }

    /// The encoded session with one place changed, which must occur exactly once.
    fn altered(from: &[u8], to: &[u8]) -> Option<Session> {
        let bytes = encode(&session());
        let places: Vec<_> = (0..bytes.len()).filter(|at| bytes[*at..].starts_with(from)).collect();
        assert_eq!(places.len(), 1, "{from:?}");
        let (before, behind) = bytes.split_at(places[0]);
        decode(&[before, to, &behind[from.len()..]].concat())
    }

    #[test]
    fn a_byte_too_many_or_too_few_is_refused() {
        let bytes = encode(&session());
        assert_eq!(decode(&bytes), Some(session()));
        for length in 0..bytes.len() {
            assert_eq!(decode(&bytes[..length]), None, "{length} bytes");
        }
        assert_eq!(decode(&[bytes.as_slice(), &[0]].concat()), None);
    }

    #[test]
    fn unknown_kinds_are_refused() {
        let account = b"123456789012";
        for (kind, known) in [(0, false), (USER_SESSION, true), (4, false), (255, false)] {
            let from = [account.as_slice(), &[USER_SESSION]].concat();
            let to = [account.as_slice(), &[kind]].concat();
            assert_eq!(altered(&from, &to).is_some(), known, "principal {kind}");
        }
        for (kind, known) in [(0, false), (CLAIM_TEXT, true), (3, false)] {
            let opened = altered(&[b'c', CLAIM_TEXT, 0, 1, b'v'], &[b'c', kind, 0, 1, b'v']);
            assert_eq!(opened.is_some(), known, "claim {kind}");
        }
        // The option of a federation is a byte before its provider.
        assert!(altered(&[1, 0, 1, b'p'], &[2, 0, 1, b'p']).is_none());
    }

    #[test]
    fn a_managed_policy_and_the_root_user_come_back_as_such() {
        let arn = "arn:aws:iam::aws:policy/AdministratorAccess".parse().unwrap();
        let session = Session {
            principal: SessionPrincipal::RootSession,
            policies: vec![SessionPolicy::Managed(arn), SessionPolicy::Document("{}".to_owned())],
            ..session()
        };
        assert_eq!(decode(&encode(&session)), Some(session));
    }

    #[test]
    fn map_keys_out_of_order_or_repeated_are_refused() {
        let tags = |one: u8, other: u8| [0, 2, 0, 1, one, 0, 0, 0, 1, other, 0, 0];
        assert_eq!(altered(&tags(b'a', b'b'), &tags(b'a', b'b')), Some(session()));
        assert_eq!(altered(&tags(b'a', b'b'), &tags(b'b', b'a')), None);
        assert_eq!(altered(&tags(b'a', b'b'), &tags(b'a', b'a')), None);
        let keys = |one: u8, other: u8| [0, 2, 0, 1, one, 0, 1, other];
        assert_eq!(altered(&keys(b'a', b'b'), &keys(b'b', b'a')), None);
        assert_eq!(altered(&keys(b'a', b'b'), &keys(b'b', b'b')), None);
    }

    #[test]
    fn what_is_not_utf_8_or_not_an_id_is_refused() {
        assert!(altered(b"{}", b"\xff\xff").is_none());
        assert!(altered(b"AIDAA", b"AXXXA").is_none());
        assert!(altered(b"arn:aws:iam", b"urn:aws:iam").is_none());
        let last = 2_i64.to_be_bytes();
        assert!(altered(&last, &i64::MAX.to_be_bytes()).is_none());
    }

    proptest::proptest! {
        /// There is one encoding of each session, so a token cannot be said in two ways.
        #[test]
        fn what_can_be_read_is_what_would_be_written(at in 0..200_usize, to in proptest::num::u8::ANY) {
            let mut bytes = encode(&session());
            if let Some(byte) = bytes.get_mut(at) {
                *byte = to;
            }
            if let Some(read) = decode(&bytes) {
                proptest::prop_assert_eq!(encode(&read), bytes);
            }
        }
    }
}
