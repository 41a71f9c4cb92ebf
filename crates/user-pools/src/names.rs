//! Names and ids in the form that the model's patterns demand.

use types::UserPoolId;

use crate::error::UserPoolsError;

/// The pool that the text names.
pub(crate) fn pool_id(text: &str) -> Result<UserPoolId, UserPoolsError> {
    let pattern = r"[\w-]+_[0-9a-zA-Z]+";
    text.parse().map_err(|_| UserPoolsError::Pattern { member: "userPoolId", pattern })
}

/// A user's or group's name: any visible characters without space (model: `UsernameType`,
/// `GroupNameType`). `*`, `?` and `$` are among them.
pub(crate) fn check_visible(member: &'static str, name: &str) -> Result<(), UserPoolsError> {
    if !name.is_empty() && name.chars().all(is_visible) {
        return Ok(());
    }
    Err(UserPoolsError::Pattern { member, pattern: r"[\p{L}\p{M}\p{S}\p{N}\p{P}]+" })
}

/// A pool's or client's name (model: `UserPoolNameType`, `ClientNameType`).
pub(crate) fn check_title(member: &'static str, name: &str) -> Result<(), UserPoolsError> {
    let legal =
        |c: char| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || "_+=,.@-".contains(c);
    if !name.is_empty() && name.chars().all(legal) {
        return Ok(());
    }
    Err(UserPoolsError::Pattern { member, pattern: r"[\w\s+=,.@-]+" })
}

/// A client's id, or a secret that was brought along (model: `ClientIdType`, `ClientSecretType`).
pub(crate) fn check_word(member: &'static str, text: &str) -> Result<(), UserPoolsError> {
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+".contains(c);
    if !text.is_empty() && text.chars().all(legal) {
        return Ok(());
    }
    Err(UserPoolsError::Pattern { member, pattern: r"[\w+]+" })
}

/// Whether the character is a letter, mark, symbol, digit or punctuation: not a separator (category
/// Z) and not a control, format, private or surrogate one (category C). Unassigned ones pass: which
/// these are changes with every version of Unicode.
fn is_visible(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !is_format(c) && !is_private(c)
}

/// Unicode's category Cf: invisible characters by which two names could look the same.
fn is_format(c: char) -> bool {
    matches!(u32::from(c),
        0x00AD | 0x0600..=0x0605 | 0x061C | 0x06DD | 0x070F | 0x0890..=0x0891 | 0x08E2 | 0x180E
        | 0x200B..=0x200F | 0x202A..=0x202E | 0x2060..=0x2064 | 0x2066..=0x206F | 0xFEFF
        | 0xFFF9..=0xFFFB | 0x110BD | 0x110CD | 0x13430..=0x1343F | 0x1BCA0..=0x1BCA3
        | 0x1D173..=0x1D17A | 0xE0001 | 0xE0020..=0xE007F)
}

/// Unicode's category Co.
fn is_private(c: char) -> bool {
    matches!(u32::from(c), 0xE000..=0xF8FF | 0xF_0000..=0x10_FFFF)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_may_be_made_of_wildcards_but_not_of_what_nobody_sees() {
        for name in
            ["admin", "*", "${cognito-identity.amazonaws.com:sub}", "a?b", "Zoë", "名前", "😀"]
        {
            assert!(check_visible("username", name).is_ok(), "{name}");
        }
        for name in [
            "",
            "a b",
            "a\tb",
            "a\u{a0}b",
            "a\u{200b}b",
            "\u{202e}a",
            "a\0",
            "\u{e000}",
            "\u{2028}",
        ] {
            assert!(check_visible("username", name).is_err(), "{name:?}");
        }
    }

    #[test]
    fn titles_and_words_are_those_of_the_model() {
        assert!(check_title("poolName", "My pool, no. 1 (no)").is_err());
        assert!(check_title("poolName", "My pool_1, a=b.c@d-e+f").is_ok());
        assert!(check_title("poolName", "").is_err());
        assert!(check_word("clientId", "abc_DEF+1").is_ok());
        assert!(check_word("clientId", "abc-def").is_err());
        assert!(check_word("clientId", "").is_err());
    }

    #[test]
    fn a_refused_name_is_not_repeated() {
        let refused = check_visible("username", "my secret").unwrap_err().to_string();
        assert!(!refused.contains("secret") && refused.contains("'username'"), "{refused}");
        assert!(pool_id("us-east-1_abc").is_ok());
        assert!(pool_id("abc").is_err());
    }
}
