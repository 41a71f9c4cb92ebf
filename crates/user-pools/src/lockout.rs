//! How long a user is locked out after wrong passwords.
//!
//! After five failures for a second, and twice as long after each further one, up to fifteen
//! minutes. What is refused meanwhile does not count. A success, or fifteen minutes without a
//! failure behind a lockout, begins anew.
//!
//! Source: Amazon Cognito Developer Guide, *Authentication flow examples*, *Lockout behavior for
//! failed sign-in attempts*.

use directory::SignInFailures;
use types::{SignedDuration, Timestamp};

const FREE_FAILURES: u32 = 5;
const LOCKOUT_MAX: SignedDuration = SignedDuration::from_mins(15);
const FORGOTTEN_AFTER: SignedDuration = SignedDuration::from_mins(15);

/// Whether a sign-in is refused without looking at the password.
pub(crate) fn is_locked(failures: Option<SignInFailures>, now: Timestamp) -> bool {
    failures.is_some_and(|failures| now.duration_since(failures.last) < lockout(failures.count))
}

/// What is remembered after one more failure.
pub(crate) fn after_failure(before: Option<SignInFailures>, now: Timestamp) -> SignInFailures {
    let remembered = before
        .filter(|before| now.duration_since(before.last) < lockout(before.count) + FORGOTTEN_AFTER);
    let count = remembered.map_or(0, |before| before.count).saturating_add(1);
    SignInFailures { count, last: now }
}

fn lockout(count: u32) -> SignedDuration {
    let Some(beyond) = count.checked_sub(FREE_FAILURES) else { return SignedDuration::ZERO };
    let seconds = 1_i64.checked_shl(beyond).filter(|seconds| *seconds > 0).unwrap_or(i64::MAX);
    SignedDuration::from_secs(seconds).min(LOCKOUT_MAX)
}

#[cfg(test)]
mod tests {
    use types::{Clock, ManualClock};

    use super::*;

    #[test]
    fn the_lockout_doubles_from_a_second_to_a_quarter_of_an_hour() {
        let clock = ManualClock::at(Timestamp::from_second(1_700_000_000).unwrap());
        let mut failures = None;
        let mut waits = Vec::new();
        for _ in 0..17 {
            assert!(!is_locked(failures, clock.now()));
            failures = Some(after_failure(failures, clock.now()));
            let mut wait = 0;
            while is_locked(failures, clock.now()) {
                clock.advance(SignedDuration::from_secs(1));
                wait += 1;
            }
            waits.push(wait);
        }
        assert_eq!(waits, [0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900, 900]);
    }

    #[test]
    fn failures_are_forgotten_a_quarter_of_an_hour_behind_the_lockout() {
        let last = Timestamp::from_second(1_700_000_000).unwrap();
        let at = |seconds| last + SignedDuration::from_secs(seconds);
        let count = |before, now| after_failure(Some(before), now).count;
        let locked_for_four_seconds = SignInFailures { count: 7, last };
        assert_eq!(count(locked_for_four_seconds, at(903)), 8);
        assert_eq!(count(locked_for_four_seconds, at(904)), 1);
        let never_locked = SignInFailures { count: 4, last };
        assert_eq!((count(never_locked, at(899)), count(never_locked, at(900))), (5, 1));
    }

    #[test]
    fn a_lockout_ends_with_its_last_moment_and_not_before() {
        let start = Timestamp::from_second(1_700_000_000).unwrap();
        let failures = Some(SignInFailures { count: 6, last: start });
        let after = |milliseconds| start + SignedDuration::from_millis(milliseconds);
        assert!(is_locked(failures, start));
        assert!(is_locked(failures, after(1999)));
        assert!(!is_locked(failures, after(2000)));
    }

    #[test]
    fn no_count_unlocks() {
        for count in [15, 16, 40, 67, 68, 69, 1000, u32::MAX] {
            assert_eq!(lockout(count), LOCKOUT_MAX, "{count}");
        }
        let last = Timestamp::UNIX_EPOCH;
        let before = SignInFailures { count: u32::MAX, last };
        assert_eq!(after_failure(Some(before), last).count, u32::MAX);
    }
}
