//! Session credentials: what opens, and everything that does not.

use base64::{Engine, engine::general_purpose::STANDARD};
use proptest::prelude::*;
use session::{
    KeyRing, OpenError, SESSION_TOKEN_CHARACTERS_MAX, SealError, Session, SessionCredentials,
    SessionPolicy, SessionPrincipal, session_token_characters,
};
use types::{SignedDuration, Timestamp};

use crate::{entropy, ring, session, strategies::sessions, time};

fn seal(ring: &KeyRing, session: &Session) -> SessionCredentials {
    ring.seal_session(session, &*entropy(99)).unwrap()
}

fn open(
    ring: &KeyRing,
    credentials: &SessionCredentials,
    now: Timestamp,
) -> Result<Session, OpenError> {
    let opened = ring.open_session(&credentials.access_key_id, &credentials.session_token, now);
    opened.map(|(session, secret)| {
        assert_eq!(secret.expose(), credentials.secret_access_key.expose());
        session
    })
}

/// A moment at which [`session`] is alive.
fn now() -> Timestamp {
    time("2026-11-23T12:30:00Z")
}

#[test]
fn what_was_sealed_opens_and_nothing_is_lost() {
    let ring = ring(1);
    let assumed_role = session();
    let user: types::Arn = "arn:aws:iam::123456789012:user/bob".parse().unwrap();
    let user_id: types::UniqueId = "AIDAABCDEFGHIJKLMNOPQ".parse().unwrap();
    let user_session = Session {
        principal: SessionPrincipal::UserSession { user: user.clone(), user_id: user_id.clone() },
        source_identity: None,
        federation: None,
        tags: [].into(),
        transitive_tag_keys: [].into(),
        policies: Vec::new(),
        mfa_authenticated_at: None,
        ..session()
    };
    let federated_user = Session {
        principal: SessionPrincipal::FederatedUser {
            issuer: user,
            issuer_id: user_id,
            name: "carol".to_owned(),
        },
        ..user_session.clone()
    };
    let root_session = Session { principal: SessionPrincipal::RootSession, ..user_session.clone() };
    for sealed in [assumed_role, user_session, federated_user, root_session] {
        assert_eq!(open(&ring, &seal(&ring, &sealed), now()), Ok(sealed));
    }
}

#[test]
fn credentials_have_the_form_of_aws_credentials() {
    let credentials = seal(&ring(1), &session());
    assert!(credentials.access_key_id.is_temporary());
    let secret = credentials.secret_access_key.expose();
    assert_eq!(secret.len(), 40);
    let base64 = |c: char| c.is_ascii_alphanumeric() || c == '/' || c == '+';
    assert!(secret.chars().all(base64), "no padding: the secret is whole groups");
    assert!(credentials.session_token.len() <= SESSION_TOKEN_CHARACTERS_MAX);
    assert_eq!(credentials.expiration, session().expires);
}

#[test]
fn fractions_of_seconds_are_cut_off() {
    let ring = ring(1);
    let sealed = Session {
        issued: time("2026-11-23T12:00:00.9Z"),
        expires: time("2026-11-23T13:00:00.9Z"),
        ..session()
    };
    let credentials = seal(&ring, &sealed);
    assert_eq!(credentials.expiration, time("2026-11-23T13:00:00Z"));
    assert_eq!(open(&ring, &credentials, now()), Ok(session()));
    assert!(open(&ring, &credentials, time("2026-11-23T13:00:00.1Z")).is_err());
}

#[test]
fn two_sealings_share_neither_id_nor_secret_nor_token() {
    let (ring, entropy) = (ring(1), entropy(5));
    let one = ring.seal_session(&session(), &*entropy).unwrap();
    let other = ring.seal_session(&session(), &*entropy).unwrap();
    assert_ne!(one.access_key_id, other.access_key_id);
    assert_ne!(one.secret_access_key.expose(), other.secret_access_key.expose());
    assert_ne!(one.session_token, other.session_token);
}

#[test]
fn every_bit_of_the_token_matters() {
    let ring = ring(1);
    let credentials = seal(&ring, &session());
    let token = STANDARD.decode(&credentials.session_token).unwrap();
    for position in 0..token.len() * 8 {
        let mut altered = token.clone();
        altered[position / 8] ^= 1 << (position % 8);
        let altered = STANDARD.encode(altered);
        let opened = ring.open_session(&credentials.access_key_id, &altered, now());
        assert_eq!(opened.unwrap_err(), OpenError::Broken, "bit {position}");
    }
}

#[test]
fn every_character_of_the_token_matters() {
    let ring = ring(1);
    let credentials = seal(&ring, &session());
    let token = credentials.session_token.as_str();
    for position in 0..token.len() {
        for other in ["A", "/", "=", "-", " ", "\n", ""] {
            let mut altered = token.to_owned();
            altered.replace_range(position..=position, other);
            if altered != token {
                let opened = ring.open_session(&credentials.access_key_id, &altered, now());
                assert_eq!(opened.unwrap_err(), OpenError::Broken, "{position}: {other:?}");
            }
        }
    }
}

#[test]
fn what_is_longer_or_shorter_than_the_token_is_refused() {
    let ring = ring(1);
    let credentials = seal(&ring, &session());
    let token = STANDARD.decode(&credentials.session_token).unwrap();
    let mut longer = token.clone();
    longer.push(0);
    let shorter = (0..token.len()).map(|length| token[..length].to_vec());
    for altered in shorter.chain([longer]) {
        let text = STANDARD.encode(&altered);
        let opened = ring.open_session(&credentials.access_key_id, &text, now());
        assert_eq!(opened.unwrap_err(), OpenError::Broken, "{} bytes", altered.len());
    }
    for text in [
        format!("{}=", credentials.session_token),
        format!("{}\n", credentials.session_token),
        format!(" {}", credentials.session_token),
        credentials.session_token.repeat(2),
        "A".repeat(SESSION_TOKEN_CHARACTERS_MAX),
        "A".repeat(1 << 20),
        "ü".to_owned(),
    ] {
        let opened = ring.open_session(&credentials.access_key_id, &text, now());
        assert_eq!(opened.unwrap_err(), OpenError::Broken);
    }
}

#[test]
fn a_token_opens_only_with_its_own_access_key_id() {
    let (ring, entropy) = (ring(1), entropy(5));
    let mine = ring.seal_session(&session(), &*entropy).unwrap();
    let yours = ring.seal_session(&session(), &*entropy).unwrap();
    assert!(ring.open_session(&mine.access_key_id, &mine.session_token, now()).is_ok());
    let crossed = ring.open_session(&mine.access_key_id, &yours.session_token, now());
    assert_eq!(crossed.unwrap_err(), OpenError::Broken);
    let lower_case = mine.access_key_id.as_str().to_lowercase().parse().unwrap();
    let crossed = ring.open_session(&lower_case, &mine.session_token, now());
    assert_eq!(crossed.unwrap_err(), OpenError::Broken);
}

#[test]
fn a_token_opens_with_its_key_wherever_that_is_in_the_ring_and_no_longer() {
    let old = ring(1);
    let credentials = seal(&old, &session());
    let key = old.primary_id();
    let rotated = old.rotate(&*entropy(2)).unwrap();
    let rotated_again = rotated.rotate(&*entropy(3)).unwrap();
    assert!(open(&rotated, &credentials, now()).is_ok());
    assert!(open(&rotated_again, &credentials, now()).is_ok());
    let dropped = rotated_again.drop_retired(key).unwrap();
    assert_eq!(open(&dropped, &credentials, now()), Err(OpenError::Broken));
    assert_eq!(open(&ring(7), &credentials, now()), Err(OpenError::Broken));

    // Another node has rotated already: its primary is this node's next.
    let ahead = seal(&rotated, &session());
    assert!(open(&old, &ahead, now()).is_ok());
}

#[test]
fn a_session_ends_at_the_very_moment_it_expires() {
    let ring = ring(1);
    let credentials = seal(&ring, &session());
    let expires = session().expires;
    let nanosecond = SignedDuration::from_nanos(1);
    assert!(open(&ring, &credentials, expires - nanosecond).is_ok());
    for now in [expires, expires + nanosecond, Timestamp::MAX] {
        assert_eq!(open(&ring, &credentials, now), Err(OpenError::Expired { expires }));
    }
}

#[test]
fn a_session_may_begin_five_minutes_ahead_and_not_more() {
    let ring = ring(1);
    let credentials = seal(&ring, &session());
    let issued = session().issued;
    let earliest = issued - SignedDuration::from_mins(5);
    assert!(open(&ring, &credentials, earliest).is_ok());
    for now in [earliest - SignedDuration::from_nanos(1), Timestamp::UNIX_EPOCH, Timestamp::MIN] {
        assert_eq!(open(&ring, &credentials, now), Err(OpenError::NotYet { issued }));
    }
}

#[test]
fn a_broken_token_is_broken_whatever_the_time() {
    let ring = ring(1);
    let mut credentials = seal(&ring, &session());
    credentials.session_token.replace_range(100..=100, "!");
    for now in [Timestamp::MIN, now(), Timestamp::MAX] {
        assert_eq!(open(&ring, &credentials, now), Err(OpenError::Broken));
    }
}

#[test]
fn a_session_that_does_not_fit_is_refused_and_the_largest_that_fits_opens() {
    let ring = ring(1);
    let with_policy = |length: usize| Session {
        policies: vec![SessionPolicy::Document("p".repeat(length))],
        ..session()
    };
    let sealed = |length| ring.seal_session(&with_policy(length), &*entropy(99));
    let longest = (0..4096).rfind(|length| sealed(*length).is_ok()).unwrap();
    let credentials = sealed(longest).unwrap();
    assert_eq!(credentials.session_token.len(), SESSION_TOKEN_CHARACTERS_MAX);
    for length in [0, 1, longest] {
        let token = sealed(length).unwrap().session_token;
        assert_eq!(session_token_characters(&with_policy(length)), token.len(), "{length}");
    }
    assert_eq!(open(&ring, &credentials, now()), Ok(with_policy(longest)));
    // The longest fills 3,072 bytes; a text beyond 65,535 no longer fits its length field either.
    for length in [longest + 1, 65_535, 65_536, 200_000] {
        let characters = (3072 + length - longest).div_ceil(3) * 4;
        let refused = sealed(length).unwrap_err();
        assert_eq!(refused, SealError::PackedPolicyTooLarge { characters }, "{length}");
    }
    let tags = (0..70_000).map(|index| (index.to_string(), String::new())).collect();
    let refused = ring.seal_session(&Session { tags, ..session() }, &*entropy(1));
    assert!(matches!(refused, Err(SealError::PackedPolicyTooLarge { .. })));
}

#[test]
fn nothing_printed_contains_a_secret() {
    let ring = ring(1);
    let credentials = seal(&ring, &session());
    let text = ring.to_text();
    let keys = text.expose().lines().skip(1).map(|line| line.rsplit(' ').next().unwrap());
    let expired = open(&ring, &credentials, Timestamp::MAX).unwrap_err();
    let broken = ring.open_session(&credentials.access_key_id, "x", now()).unwrap_err();
    let printed = format!("{ring:?} {credentials:?} {text:?} {expired} {broken:?} {broken}");
    assert!(printed.contains(credentials.access_key_id.as_str()));
    assert!(printed.contains(&ring.primary_id().to_string()));
    let secrets = [credentials.secret_access_key.expose().as_str(), &credentials.session_token];
    for secret in keys.chain(secrets) {
        assert!(secret.len() >= 40);
        assert!(!printed.contains(secret.split_at(20).0), "{printed}");
    }
}

proptest! {
    #[test]
    fn any_session_comes_back_as_it_was(sealed in sessions()) {
        let ring = ring(1);
        let expires = sealed.issued.max(sealed.expires) + SignedDuration::from_secs(1);
        let (sealed, now) = (Session { expires, ..sealed.clone() }, sealed.issued);
        match ring.seal_session(&sealed, &*entropy(3)) {
            Ok(credentials) => prop_assert_eq!(open(&ring, &credentials, now), Ok(sealed)),
            Err(refused) => {
                let too_large = matches!(refused, SealError::PackedPolicyTooLarge { .. });
                prop_assert!(too_large, "{}", refused);
            }
        }
    }

    #[test]
    fn no_text_opens_or_panics(token in any::<String>(), base64 in "[A-Za-z0-9+/]{0,400}={0,2}") {
        let id = "ASIAABCDEFGHIJKLMNOP".parse().unwrap();
        for text in [token, base64] {
            prop_assert_eq!(ring(1).open_session(&id, &text, now()).unwrap_err(), OpenError::Broken);
        }
    }
}
