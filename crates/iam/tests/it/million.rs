//! A million decisions, each made by the engine and again by the naive evaluator.
//!
//! Ten thousand sets of policies, a hundred requests each, all near the policies: an action in another
//! case, a key that is the pattern, a variable that is absent or has two values. The seed is fixed, so
//! that a failure comes again; `IAM_MILLION_SEED` gives another one.

use std::{env, thread};

use iam::{Decision, decide};
use proptest::{
    strategy::{Strategy, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use crate::{naive, properties};

const SETS: u64 = 10_000;
const REQUESTS: usize = 100;

/// How often each answer came: allowed, denied by a statement, allowed by none.
type Counts = [u64; 3];

#[test]
fn the_engine_and_the_naive_evaluator_agree_a_million_times() {
    let seed = env::var("IAM_MILLION_SEED").map_or(1, |seed| seed.parse().unwrap());
    let halves: Vec<_> =
        [0, 1].map(|half| thread::spawn(move || compare(seed * 2 + half, SETS / 2))).into();
    let mut counts = [0; 3];
    for half in halves {
        for (count, more) in counts.iter_mut().zip(half.join().unwrap()) {
            *count += more;
        }
    }
    assert_eq!(counts.iter().sum::<u64>(), 1_000_000);
    // Worth something only if every answer comes up often.
    assert!(counts.iter().all(|count| *count > 50_000), "{counts:?}");
}

fn compare(seed: u64, sets: u64) -> Counts {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let (rules, asked) = (properties::rules(), properties::asked());
    let mut counts = [0; 3];
    for _ in 0..sets {
        let rules = rules.new_tree(&mut runner).unwrap().current();
        let compiled = rules.compile();
        let mut case = rules.as_case();
        for _ in 0..REQUESTS {
            let asked = asked.new_tree(&mut runner).unwrap().current();
            let decision = compiled.judge(&asked, decide);
            case["request"] = asked.as_request();
            assert_eq!(decision.is_allow(), naive::allows(&case), "{decision:?} {case}");
            counts[match decision {
                Decision::Allow(_) => 0,
                Decision::ExplicitDeny { .. } => 1,
                Decision::ImplicitDeny { .. } => 2,
            }] += 1;
        }
    }
    counts
}
