//! What clients send of the secure remote password protocol: numbers, times, blocks and signatures.

#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use srp::{Claim, ClaimTimestamp, ClientPublic, EphemeralSecret, Exchange, Name, Salt, Verifier};
use types::SeededEntropy;

const NAME: Name<'static> = Name { pool: "aB3dE6gH9", user: "ann" };

static VERIFIER: LazyLock<Verifier> = LazyLock::new(|| {
    Verifier::new(NAME, &"Correct1!".into(), &Salt::random(&SeededEntropy::new(1)))
});

fuzz_target!(|parts: (&str, &str, &[u8], &[u8])| {
    let (public, time, secret_block, signature) = parts;
    let time = ClaimTimestamp::parse(time);
    let Ok(public) = ClientPublic::parse(public) else { return };
    assert_eq!(ClientPublic::parse(&public.to_hex()), Ok(public.clone()));
    let time = time.or_else(|_| ClaimTimestamp::parse("Tue Mar 5 07:08:09 UTC 2024"));
    let Ok(timestamp) = &time else { return };
    let secret = EphemeralSecret::random(&SeededEntropy::new(2));
    let claim = Claim { name: NAME, secret_block, timestamp, signature };
    let exchange = Exchange { verifier: &VERIFIER, secret: &secret };
    assert!(exchange.check_claim(&public, &claim).is_err(), "nobody guesses a signature");
});
