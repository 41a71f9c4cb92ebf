//! What a password must be.

use directory::PasswordPolicy;
use types::{Entropy, SecretString};
use wire::cognito_idp::PasswordPolicyType;

use crate::error::UserPoolsError;

/// What counts as a symbol.
///
/// Source: Amazon Cognito Developer Guide, *Adding user pool password requirements*.
const SYMBOLS: &str = "^$*.[]{}()?\"!@#%&/\\,><':;|_~`=+-";

/// For how many days a temporary password is good, unless the pool says otherwise.
const TEMPORARY_PASSWORD_VALIDITY_DAYS_DEFAULT: u16 = 7;

/// The least characters of a password that is made.
const GENERATED_CHARACTERS_MIN: usize = 12;

/// The first requirement that a password does not meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum PolicyViolation {
    #[error("Password not long enough")]
    TooShort,
    #[error("Password must have uppercase characters")]
    NoUppercase,
    #[error("Password must have lowercase characters")]
    NoLowercase,
    #[error("Password must have numeric characters")]
    NoNumber,
    #[error("Password must have symbol characters")]
    NoSymbol,
}

/// The pool's policy from what its maker said; what was not said is AWS's default.
///
/// `unused_account_days` is the older name of the days that a temporary password is good for.
pub(crate) fn policy(
    given: Option<&PasswordPolicyType>,
    unused_account_days: Option<i32>,
) -> Result<PasswordPolicy, UserPoolsError> {
    let given = given.cloned().unwrap_or_default();
    let days = match (given.temporary_password_validity_days, unused_account_days) {
        (Some(days), Some(older)) if days != older => {
            let message = "Please use TemporaryPasswordValidityDays in PasswordPolicy instead of \
                           UnusedAccountValidityDays";
            return Err(UserPoolsError::InvalidParameter(message.to_owned()));
        }
        (Some(days), _) => Some(days),
        (None, older) => older,
    };
    let number = |value: Option<i32>| value.and_then(|value| u16::try_from(value).ok());
    Ok(PasswordPolicy {
        minimum_length: given.minimum_length.and_then(|n| u8::try_from(n).ok()).unwrap_or(8),
        require_uppercase: given.require_uppercase.unwrap_or(true),
        require_lowercase: given.require_lowercase.unwrap_or(true),
        require_numbers: given.require_numbers.unwrap_or(true),
        require_symbols: given.require_symbols.unwrap_or(true),
        temporary_password_validity_days: number(days)
            .filter(|days| *days != 0)
            .unwrap_or(TEMPORARY_PASSWORD_VALIDITY_DAYS_DEFAULT),
        history_size: given.password_history_size.and_then(|n| u8::try_from(n).ok()).unwrap_or(0),
    })
}

/// The policy as AWS shows it.
pub(crate) fn described(policy: &PasswordPolicy) -> PasswordPolicyType {
    PasswordPolicyType {
        minimum_length: Some(policy.minimum_length.into()),
        password_history_size: Some(policy.history_size.into()).filter(|size| *size != 0),
        require_lowercase: Some(policy.require_lowercase),
        require_numbers: Some(policy.require_numbers),
        require_symbols: Some(policy.require_symbols),
        require_uppercase: Some(policy.require_uppercase),
        temporary_password_validity_days: Some(policy.temporary_password_validity_days.into()),
    }
}

/// Checks a new password. At most 256 characters come this far (model: `PasswordType`).
pub(crate) fn check(
    policy: &PasswordPolicy,
    password: &SecretString,
) -> Result<(), UserPoolsError> {
    let password = password.expose();
    if password.chars().any(char::is_whitespace) {
        return Err(UserPoolsError::Pattern { member: "password", pattern: r"[\S]+" });
    }
    let has = |of: fn(char) -> bool| password.chars().any(of);
    let requirements = [
        (true, password.chars().count() >= policy.minimum_length.into(), PolicyViolation::TooShort),
        (policy.require_uppercase, has(|c| c.is_ascii_uppercase()), PolicyViolation::NoUppercase),
        (policy.require_lowercase, has(|c| c.is_ascii_lowercase()), PolicyViolation::NoLowercase),
        (policy.require_numbers, has(|c| c.is_ascii_digit()), PolicyViolation::NoNumber),
        (policy.require_symbols, has(|c| SYMBOLS.contains(c)), PolicyViolation::NoSymbol),
    ];
    match requirements.into_iter().find(|(required, met, _)| *required && !met) {
        Some((_, _, violation)) => Err(violation.into()),
        None => Ok(()),
    }
}

/// A password that the policy allows, and nobody guesses.
pub(crate) fn generated(policy: &PasswordPolicy, entropy: &dyn Entropy) -> SecretString {
    // Without characters that look like another one, and with few symbols: people copy it by hand.
    const CLASSES: [&[u8]; 4] =
        [b"ABCDEFGHJKLMNPQRSTUVWXYZ", b"abcdefghijkmnopqrstuvwxyz", b"23456789", b"!@#%&*+-=?"];
    let length = usize::from(policy.minimum_length).max(GENERATED_CHARACTERS_MIN);
    let mut characters: Vec<String> = CLASSES.iter().map(|class| entropy.text(class, 1)).collect();
    let rest = entropy.text(&CLASSES.concat(), length.saturating_sub(characters.len()));
    characters.extend(rest.chars().map(String::from));
    // In an order that is drawn by chance: by keys of eight bytes.
    let mut keyed: Vec<([u8; 8], String)> =
        characters.into_iter().map(|character| (entropy.bytes(), character)).collect();
    keyed.sort();
    SecretString::new(keyed.into_iter().map(|(_, character)| character).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn violated(policy: &PasswordPolicy, password: &str) -> Option<String> {
        check(policy, &password.into()).err().map(|error| error.to_string())
    }

    #[test]
    fn the_default_policy_names_the_first_requirement_that_is_not_met() {
        let policy = policy(None, None).unwrap();
        for (password, expected) in [
            ("Correct1!", None),
            ("Correct1-", None),
            ("Correct1\\", None),
            ("Äußerst1!", Some("uppercase characters")),
            ("Short1!", Some("not long enough")),
            ("", Some("not long enough")),
            ("lowercase1!", Some("uppercase characters")),
            ("UPPERCASE1!", Some("lowercase characters")),
            ("Nonumber!", Some("numeric characters")),
            ("Nosymbol1", Some("symbol characters")),
            ("Nosymbol1é", Some("symbol characters")),
        ] {
            let violated = violated(&policy, password);
            match expected {
                None => assert_eq!(violated, None, "{password}"),
                Some(words) => {
                    let message = violated.unwrap();
                    assert!(message.starts_with("Password did not conform with policy: "));
                    assert!(message.ends_with(words), "{password}: {message}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_required_is_not_asked_for_but_spaces_never_get_in() {
        let lax = PasswordPolicyType {
            minimum_length: Some(6),
            require_uppercase: Some(false),
            require_lowercase: Some(false),
            require_numbers: Some(false),
            require_symbols: Some(false),
            ..PasswordPolicyType::default()
        };
        let policy = policy(Some(&lax), None).unwrap();
        assert_eq!(violated(&policy, "aaaaaa"), None);
        assert!(violated(&policy, "aaaaa").unwrap().contains("not long enough"));
        assert!(violated(&policy, "aaa aaa").unwrap().contains("pattern"));
    }

    #[test]
    fn a_policy_is_shown_as_it_was_given() {
        let given = PasswordPolicyType {
            minimum_length: Some(12),
            require_symbols: Some(false),
            temporary_password_validity_days: Some(0),
            ..PasswordPolicyType::default()
        };
        let shown = described(&policy(Some(&given), None).unwrap());
        assert_eq!((shown.minimum_length, shown.require_symbols), (Some(12), Some(false)));
        assert_eq!(shown.require_numbers, Some(true));
        assert_eq!(shown.temporary_password_validity_days, Some(7), "0 is AWS's word for 7");
        assert_eq!(shown.password_history_size, None);
        let history =
            PasswordPolicyType { password_history_size: Some(3), ..PasswordPolicyType::default() };
        let shown = described(&policy(Some(&history), None).unwrap());
        assert_eq!(shown.password_history_size, Some(3));
    }

    #[test]
    fn the_days_of_a_temporary_password_have_an_older_name() {
        let days = |days| PasswordPolicyType {
            temporary_password_validity_days: days,
            ..PasswordPolicyType::default()
        };
        for (newer, older, expected) in [
            (None, None, Some(7)),
            (Some(3), None, Some(3)),
            (None, Some(3), Some(3)),
            (None, Some(0), Some(7)),
            (Some(3), Some(3), Some(3)),
            (Some(3), Some(7), None),
        ] {
            let policy = policy(Some(&days(newer)), older).ok();
            let policy = policy.map(|policy| policy.temporary_password_validity_days);
            assert_eq!(policy, expected, "{newer:?} {older:?}");
        }
    }

    #[test]
    fn what_is_made_is_allowed_by_every_policy() {
        use types::SeededEntropy;
        for minimum_length in [6, 12, 99] {
            let given = PasswordPolicyType {
                minimum_length: Some(minimum_length),
                ..PasswordPolicyType::default()
            };
            let policy = policy(Some(&given), None).unwrap();
            for seed in 0..200 {
                let made = generated(&policy, &SeededEntropy::new(seed));
                assert!(check(&policy, &made).is_ok());
                let length = made.expose().chars().count();
                assert_eq!(length, usize::try_from(minimum_length.max(12)).unwrap());
            }
        }
    }
}
