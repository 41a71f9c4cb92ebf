//! Domains of sign-in pages.

use wire::cognito_idp::{CustomDomainConfigType, RoutingType};

use crate::{error::UserPoolsError, pool_settings::refuse};

/// The prefix, if it can be one: letters, digits and hyphens, and none of AWS's own names in it.
///
/// Source: Amazon Cognito Developer Guide, *Using the Amazon Cognito prefix domain for managed login*.
pub(crate) fn check_prefix(prefix: &str) -> Result<(), UserPoolsError> {
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if prefix.is_empty()
        || !prefix.chars().all(legal)
        || prefix.starts_with('-')
        || prefix.ends_with('-')
    {
        let pattern = r"^[a-z0-9](?:[a-z0-9\-]{0,61}[a-z0-9])?$";
        return Err(UserPoolsError::Pattern { member: "domain", pattern });
    }
    match ["aws", "amazon", "cognito"].into_iter().find(|word| prefix.contains(word)) {
        Some(word) => {
            let message = format!("Domain cannot contain reserved word: {word}");
            Err(UserPoolsError::InvalidParameter(message))
        }
        None => Ok(()),
    }
}

/// Refuses what only a domain of one's own has, and other routes.
pub(crate) fn check_served(
    custom: Option<&CustomDomainConfigType>,
    routing: Option<&RoutingType>,
) -> Result<(), UserPoolsError> {
    refuse([("CustomDomainConfig", custom.is_some()), ("Routing", routing.is_some())])
}

/// Which pages there are: 1 unless said otherwise.
pub(crate) fn version(given: Option<i32>) -> Result<u8, UserPoolsError> {
    match given {
        None | Some(1) => Ok(1),
        Some(2) => Ok(2),
        Some(_) => {
            let message = "ManagedLoginVersion must be 1 or 2".to_owned();
            Err(UserPoolsError::InvalidParameter(message))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_is_a_host_s_first_label_and_none_of_aws_s_words() {
        for legal in ["a", "my-app", "1", "a--b"] {
            assert!(check_prefix(legal).is_ok(), "{legal}");
        }
        for illegal in ["", "-a", "a-", "A", "a.b", "a_b", "ä", "my-aws", "amazonia", "cognito1"] {
            assert!(check_prefix(illegal).is_err(), "{illegal}");
        }
    }

    #[test]
    fn there_are_two_versions_of_pages() {
        let versions = [None, Some(1), Some(2), Some(0), Some(3)].map(|given| version(given).ok());
        assert_eq!(versions, [Some(1), Some(1), Some(2), None, None]);
    }
}
