//! Sign-ins that an independent client made (`vectors/generate.py`), and what must be refused.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use base64::{Engine as _, prelude::BASE64_STANDARD};
use proptest::prelude::*;
use serde::Deserialize;
use srp::{
    Answer, Claim, ClaimError, ClaimTimestamp, ClientPublic, ClientSecret, EphemeralSecret,
    Exchange, Name, Salt, Verifier,
};
use types::{Entropy, SeededEntropy};

/// A sign-in of the vectors. Numbers are in hexadecimal.
#[derive(Deserialize, Clone)]
struct SignIn {
    pool: String,
    user: String,
    password: String,
    salt: String,
    verifier: String,
    client_public: String,
    server_secret: String,
    server_public: String,
    secret_block: String,
    timestamp: String,
    signature: String,
}

impl SignIn {
    fn name(&self) -> Name<'_> {
        Name { pool: &self.pool, user: &self.user }
    }

    fn verifier(&self) -> Verifier {
        let salt = Salt::from_kept(self.salt.clone());
        Verifier::new(self.name(), &self.password.as_str().into(), &salt)
    }

    fn secret(&self) -> EphemeralSecret {
        EphemeralSecret::from_hex(&self.server_secret.as_str().into()).unwrap()
    }

    fn check(&self, verifier: &Verifier) -> Result<(), ClaimError> {
        let client = ClientPublic::parse(&self.client_public).unwrap();
        let claim = Claim {
            name: self.name(),
            secret_block: &BASE64_STANDARD.decode(&self.secret_block).unwrap(),
            timestamp: &ClaimTimestamp::parse(&self.timestamp).unwrap(),
            signature: &BASE64_STANDARD.decode(&self.signature).unwrap(),
        };
        Exchange { verifier, secret: &self.secret() }.check_claim(&client, &claim)
    }
}

fn vectors() -> Vec<SignIn> {
    serde_json::from_str(include_str!("../vectors/sign_ins.json")).unwrap()
}

#[test]
fn what_the_client_computes_is_what_is_expected_of_it() {
    let vectors = vectors();
    assert_eq!(vectors.len(), 20);
    for case in vectors {
        let verifier = case.verifier();
        let kept = hex::encode(verifier.to_bytes().expose());
        assert_eq!(kept.trim_start_matches('0'), case.verifier, "{}", case.user);
        let exchange = Exchange { verifier: &verifier, secret: &case.secret() };
        assert_eq!(exchange.server_public(), case.server_public, "{}", case.user);
        assert_eq!(case.check(&verifier), Ok(()), "{}", case.user);
        let read = Verifier::from_bytes(verifier.to_bytes().clone());
        assert_eq!(case.check(&read), Ok(()), "a verifier that was kept");
    }
}

#[test]
fn the_two_halves_fit_together() {
    let entropy: &dyn Entropy = &SeededEntropy::new(1);
    for _ in 0..20 {
        let (name, salt) = (Name { pool: "aB3dE6gH9", user: "ann" }, Salt::random(entropy));
        let verifier = Verifier::new(name, &"Correct1!".into(), &salt);
        let exchange = Exchange { verifier: &verifier, secret: &EphemeralSecret::random(entropy) };
        let client = ClientSecret::random(entropy);
        let timestamp = ClaimTimestamp::parse("Tue Mar 5 07:08:09 UTC 2024").unwrap();
        let server_public = exchange.server_public();
        for (password, expected) in [("Correct1!", Ok(())), ("correct1!", Err(ClaimError))] {
            let answer = Answer {
                name,
                password: &password.into(),
                salt: &salt,
                server_public: &server_public,
                secret_block: b"block",
                timestamp: &timestamp,
            };
            let signature = client.sign(&answer).unwrap();
            let public = ClientPublic::parse(&client.public()).unwrap();
            let claim = Claim {
                name,
                secret_block: b"block",
                timestamp: &timestamp,
                signature: &signature,
            };
            assert_eq!(exchange.check_claim(&public, &claim), expected);
            let zero = Answer { server_public: "0", ..answer };
            assert!(client.sign(&zero).is_err(), "a server that knows no verifier");
        }
    }
}

#[test]
fn nothing_of_a_claim_may_be_another() {
    let whole = vectors().remove(0);
    let another = vectors().remove(2);
    let verifier = whole.verifier();
    let change = |edit: &dyn Fn(&mut SignIn)| {
        let mut changed = whole.clone();
        edit(&mut changed);
        changed
    };
    let changed = [
        change(&|it| it.pool.push('x')),
        change(&|it| it.user.push('x')),
        change(&|it| it.client_public = another.client_public.clone()),
        change(&|it| it.server_secret = another.server_secret.clone()),
        change(&|it| it.secret_block = another.secret_block.clone()),
        change(&|it| it.timestamp = it.timestamp.replace("UTC 20", "UTC 21")),
        change(&|it| it.signature = another.signature.clone()),
        change(&|it| it.signature = String::new()),
        change(&|it| it.signature = BASE64_STANDARD.encode([0; 32])),
    ];
    for (number, case) in changed.iter().enumerate() {
        assert_eq!(case.check(&verifier), Err(ClaimError), "{number}");
    }
    for edit in [
        &(|it: &mut SignIn| it.password.push('x')) as &dyn Fn(&mut SignIn),
        &|it| it.user = "bob".to_owned(),
        &|it| it.pool = "other".to_owned(),
        &|it| it.salt = another.salt.clone(),
    ] {
        assert_eq!(whole.check(&change(edit).verifier()), Err(ClaimError));
    }
}

#[test]
fn a_verifier_of_nobody_lets_nobody_in() {
    let case = vectors().remove(0);
    let entropy: &dyn Entropy = &SeededEntropy::new(1);
    for bytes in [Vec::new(), vec![0; 384], vec![0xff; 384], entropy.bytes::<383>().to_vec()] {
        assert_eq!(case.check(&Verifier::from_bytes(bytes.into())), Err(ClaimError));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_of_a_client_does_harm(public in "[0-9a-fA-F]{0,800}|.{0,40}", time in ".{0,60}") {
        if let Ok(public) = ClientPublic::parse(&public) {
            prop_assert_eq!(ClientPublic::parse(&public.to_hex()), Ok(public));
        }
        if let Ok(read) = ClaimTimestamp::parse(&time) {
            prop_assert_eq!(read.as_str(), &time);
        }
    }
}
