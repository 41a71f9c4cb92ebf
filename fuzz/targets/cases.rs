//! A policy case: the explanation comes to what the decision is, whatever the request.

#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Ok(case) = iam::Case::parse(text) {
        assert_eq!(case.decide(), case.explain().decision);
    }
});
