//! A ring, a session and a secret that were sealed by another implementation (HKDF from Python's
//! `hmac`, AES-GCM from `cryptography`), so that no release stops opening what an earlier one gave
//! out without a new format number.

use session::{ClaimValue, KeyRing, Label, Sealed, SessionPolicy, SessionPrincipal};
use types::Timestamp;

/// Keys of the bytes 0 to 31 and 32 to 63.
const RING: &str = "cloakroom-key-ring 1
next 2137a223c9e910ad ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8=
primary c4bd3d28cc429fb8 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=
";

const SESSION_TOKEN: &str = "AcS9PSjMQp+4AAECAwQFBgcICQoLtK0bfmJE5vyj7ZdgcA1Dm3McNfIdAqREhYt4K8fZsCrRTBQgS9\
    WIWCpk0OGORF7++08yva/8UO/f/A42+FM2wC00fFO+aPY/exQuzDgRvVTbEsGJb0dhrpgI4WMB6JKguoJBFBgxhu9eDok1TTGQtovVzf\
    gtyiKYky5mPqAAaKeM6BSLG0jiPEUUC4e5kfwHbXgwk4r3l96+fnWVCP2jOb2f3QpbJuXmPw2Idd34VogRAU2IX3iCVIbVBBDaaDFl6R\
    zhBwgFYzNREZN9039u9AP1obdD";

const SEALED: &str = "AcS9PSjMQp-4ZGVmZ2hpamtsbW5vAAECAwQFBgcICQoLw9ETAGb08tG0lPksTUoC-x1DwMZ1Qno";

#[test]
fn a_session_token_of_format_1_opens() {
    let ring = KeyRing::parse(RING).unwrap();
    let id = "ASIAABCDEFGHIJKLMNOP".parse().unwrap();
    let now = Timestamp::from_second(1_790_000_000).unwrap();
    let (session, secret) = ring.open_session(&id, SESSION_TOKEN, now).unwrap();
    assert_eq!(secret.expose(), "HPuqDCGYgwTPx4tGPqInXLdMzPAPn5I2zd7CXNlE");
    assert_eq!(session.account.as_str(), "123456789012");
    assert_eq!(
        session.principal,
        SessionPrincipal::AssumedRole {
            role: "arn:aws:iam::123456789012:role/user".parse().unwrap(),
            role_id: "AROAABCDEFGHIJKLMNOPQ".parse().unwrap(),
            session_name: "web".to_owned(),
        }
    );
    let federation = session.federation.unwrap();
    assert_eq!(federation.provider, "cognito-identity.amazonaws.com");
    let amr = ClaimValue::List(vec!["authenticated".to_owned()]);
    let sub = ClaimValue::Text("us-east-1:x".to_owned());
    assert_eq!(federation.claims, [("amr".to_owned(), amr), ("sub".to_owned(), sub)].into());
    assert_eq!(session.tags, [("team".to_owned(), "blue".to_owned())].into());
    assert!(session.transitive_tag_keys.is_empty() && session.source_identity.is_none());
    assert_eq!(session.policies, [SessionPolicy::Document("{}".to_owned())]);
    assert_eq!(session.mfa_authenticated_at, None);
    assert_eq!(session.issued, now);
    assert_eq!(session.expires.as_second(), 1_790_003_600);
}

#[test]
fn a_secret_of_format_1_opens() {
    let ring = KeyRing::parse(RING).unwrap();
    let sealed: Sealed<String> = SEALED.parse().unwrap();
    let secret = ring.open(Label::SecretAtRest, b"record", &sealed).unwrap();
    assert_eq!(secret.expose(), "hunter2");
}
