//! A policy: read or refused with its place; what is printed reads back as the same.

#![no_main]
#![expect(clippy::unwrap_used, reason = "a fuzz target fails by panicking")]

use iam::{Policy, PolicyKind};
use libfuzzer_sys::fuzz_target;

const KINDS: [PolicyKind; 4] =
    [PolicyKind::Identity, PolicyKind::Resource, PolicyKind::Trust, PolicyKind::ServiceControl];

fuzz_target!(|text: &str| {
    for kind in KINDS {
        match Policy::parse(text, kind) {
            Ok(policy) => {
                let printed = policy.to_string();
                let again = Policy::parse(&printed, kind).unwrap().to_string();
                assert_eq!(printed, again);
                drop(policy.compile());
            }
            Err(error) => assert!(error.line >= 1 && error.column >= 1, "{error}"),
        }
    }
});
