//! What the measurements share: the README's role, one of its sessions, and a request.
#![expect(clippy::expect_used, clippy::missing_panics_doc, reason = "fixtures are literals")]

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use iam::{CompiledPolicy, Policy, PolicyKind, Principal, Value};
use session::{ClaimValue, Federation, KeyRing, Session, SessionCredentials, SessionPrincipal};
use types::{Arn, Entropy, SeededEntropy, SignedDuration, Timestamp};

/// The identity whose folder is asked for.
pub const IDENTITY: &str = "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e";

/// The role's policy, compiled.
#[must_use]
pub fn role_policy() -> Arc<CompiledPolicy> {
    const TEXT: &str = include_str!("../../examples/demo/role-policy.json");
    let text = TEXT.replace("BUCKET", "coats");
    Arc::new(Policy::parse(&text, PolicyKind::Identity).expect("the demo's policy").compile())
}

/// The session as the engine sees it.
#[must_use]
pub fn principal() -> Principal {
    Principal::AssumedRole { role: role(), session: session_arn() }
}

fn role() -> Arn {
    "arn:aws:iam::123456789012:role/cloakroom-user".parse().expect("an ARN")
}

fn session_arn() -> Arn {
    "arn:aws:sts::123456789012:assumed-role/cloakroom-user/CognitoIdentityCredentials"
        .parse()
        .expect("an ARN")
}

/// The condition key that matters to the role's policy, looked up by comparing, as the gate does.
pub struct SubContext;

impl iam::Context for SubContext {
    fn get(&self, key: &str) -> Option<Value<'_>> {
        (key == "cognito-identity.amazonaws.com:sub").then(|| Value::One(IDENTITY.into()))
    }
}

/// The moment at which everything happens.
#[must_use]
pub fn now() -> Timestamp {
    Timestamp::from_second(1_772_600_000).expect("a time")
}

/// A ring, and a session that it sealed.
#[must_use]
pub fn sealed() -> (KeyRing, SessionCredentials) {
    let entropy: &dyn Entropy = &SeededEntropy::new(1);
    let ring = KeyRing::generate(entropy).expect("a ring");
    let text = |value: &str| ClaimValue::Text(value.to_owned());
    let session = Session {
        account: "123456789012".parse().expect("an account"),
        principal: SessionPrincipal::AssumedRole {
            role: role(),
            role_id: "AROAABCDEFGHIJKLMNOPQ".parse().expect("an id"),
            session_name: "CognitoIdentityCredentials".to_owned(),
        },
        source_identity: None,
        federation: Some(Federation {
            provider: "cognito-identity.amazonaws.com".to_owned(),
            claims: BTreeMap::from([
                ("sub".to_owned(), text(IDENTITY)),
                ("aud".to_owned(), text("us-east-1:7c9e6679-7425-40de-944b-e07fc1f90ae7")),
                ("amr".to_owned(), ClaimValue::List(vec!["authenticated".to_owned()])),
            ]),
        }),
        tags: BTreeMap::new(),
        transitive_tag_keys: BTreeSet::new(),
        policies: Vec::new(),
        mfa_authenticated_at: None,
        issued: now(),
        expires: now() + SignedDuration::from_hours(1),
    };
    let credentials = ring.seal_session(&session, entropy).expect("a session");
    (ring, credentials)
}
