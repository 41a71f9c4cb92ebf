//! Ids as callers give them: one of the right form that is none of ours is simply not found.

use types::{AccountId, Arn, IdentityId, IdentityPoolId, Region};

/// A member whose text does not have the form that the model demands.
#[derive(Debug, thiserror::Error)]
#[error(
    "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: \
     Member must satisfy regular expression pattern: {pattern}"
)]
pub(crate) struct InvalidMember {
    pub(crate) member: &'static str,
    pub(crate) value: String,
    pub(crate) pattern: &'static str,
}

const PATTERN: &str = r"[\w-]+:[0-9a-f-]+";

/// An identity pool's id; none if there can be no such pool.
pub(crate) fn pool_id(text: &str) -> Result<Option<IdentityPoolId>, InvalidMember> {
    check("identityPoolId", text)?;
    Ok(text.parse().ok())
}

/// An identity's id; none if there can be no such identity.
pub(crate) fn identity_id(text: &str) -> Result<Option<IdentityId>, InvalidMember> {
    check("identityId", text)?;
    Ok(text.parse().ok())
}

fn check(member: &'static str, text: &str) -> Result<(), InvalidMember> {
    let word = |b: u8| b.is_ascii_alphanumeric() || b == b'_' || b == b'-';
    let digit = |b: u8| matches!(b, b'0'..=b'9' | b'a'..=b'f' | b'-');
    match text.split_once(':') {
        Some((region, guid))
            if !region.is_empty()
                && !guid.is_empty()
                && region.bytes().all(word)
                && guid.bytes().all(digit) =>
        {
            Ok(())
        }
        _ => Err(InvalidMember { member, value: text.to_owned(), pattern: PATTERN }),
    }
}

/// The ARN of an identity pool, or of what could be one.
///
/// Source: Service Authorization Reference, *Amazon Cognito Identity*.
pub(crate) fn pool_arn(region: &Region, account: AccountId, pool: &str) -> Arn {
    let resource = format!("identitypool/{pool}");
    Arn::new("cognito-identity", Some(region), Some(&account), &resource)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_have_a_form_and_only_some_of_that_form_can_be_ours() {
        let id = "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e";
        assert!(pool_id(id).unwrap().is_some() && identity_id(id).unwrap().is_some());
        for other in ["us-east-1:0f8fad5b", "US_x:0", "us-east-1:----"] {
            assert!(pool_id(other).unwrap().is_none(), "{other}");
        }
        let upper = id.to_uppercase();
        for wrong in
            ["", ":", "us-east-1:", ":0f", "us-east-1:*", "a:b:c", "us-east-1:0f/x", &upper]
        {
            assert!(pool_id(wrong).is_err() && identity_id(wrong).is_err(), "{wrong}");
        }
    }
}
