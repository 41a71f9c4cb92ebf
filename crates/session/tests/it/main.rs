//! Sessions, secrets at rest and the ring, through the public interface.
#![expect(clippy::unwrap_used, reason = "tests")]

mod credentials;
mod known_answers;
mod ring;
mod sealed;
mod strategies;

use std::collections::{BTreeMap, BTreeSet};

use session::{ClaimValue, Federation, KeyRing, Session, SessionPolicy, SessionPrincipal};
use types::{Entropy, SeededEntropy, Timestamp};

/// A source of its own for each seed.
fn entropy(seed: u64) -> Box<dyn Entropy> {
    Box::new(SeededEntropy::new(seed))
}

fn ring(seed: u64) -> KeyRing {
    KeyRing::generate(&*entropy(seed)).unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// What an identity pool gives out, with something in every field.
fn session() -> Session {
    let amr = ["authenticated", "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3"];
    Session {
        account: "123456789012".parse().unwrap(),
        principal: SessionPrincipal::AssumedRole {
            role: "arn:aws:iam::123456789012:role/demo/user".parse().unwrap(),
            role_id: "AROAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            session_name: "CognitoIdentityCredentials".to_owned(),
        },
        source_identity: Some("alice".to_owned()),
        federation: Some(Federation {
            provider: "cognito-identity.amazonaws.com".to_owned(),
            claims: BTreeMap::from([
                ("amr".to_owned(), ClaimValue::List(amr.map(str::to_owned).to_vec())),
                ("aud".to_owned(), ClaimValue::Text("us-east-1:pool".to_owned())),
                ("sub".to_owned(), ClaimValue::Text("us-east-1:identity".to_owned())),
            ]),
        }),
        tags: BTreeMap::from([("team".to_owned(), "blue".to_owned())]),
        transitive_tag_keys: BTreeSet::from(["team".to_owned()]),
        policies: vec![SessionPolicy::Document(
            r#"{"Version":"2012-10-17","Statement":[]}"#.to_owned(),
        )],
        mfa_authenticated_at: Some(time("2026-11-23T11:59:00Z")),
        issued: time("2026-11-23T12:00:00Z"),
        expires: time("2026-11-23T13:00:00Z"),
    }
}
