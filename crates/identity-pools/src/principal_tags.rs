//! Session tags from the claims of a login, so that policies see them as `aws:PrincipalTag/…`.
//!
//! Source: Amazon Cognito Developer Guide, *Using attributes for access control* and *Default provider
//! mappings*; IAM User Guide, *Pass session tags in AWS STS*.

use std::collections::BTreeMap;

use directory::{IdentityPool, PrincipalTags};
use serde_json::{Map, Value};

/// The most tags of one session, and the longest key and value in characters.
const TAGS_MAX: usize = 50;
const KEY_CHARACTERS_MAX: usize = 128;
const VALUE_CHARACTERS_MAX: usize = 256;

/// Which claims the default map takes, by the tags they become.
const DEFAULTS: [(&str, &str); 2] = [("client", "aud"), ("username", "sub")];

/// Why there are no tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TagError {
    #[error("There are more than {TAGS_MAX} principal tags.")]
    TooMany,
    #[error("The principal tag key {0:?} is not one.")]
    Key(String),
    #[error("The principal tag key {0:?} is there twice.")]
    Twice(String),
    #[error("The value for the principal tag {0:?} is not one that a tag can have.")]
    Value(String),
}

/// The claim's name by the tag's key.
pub(crate) fn map(tags: &PrincipalTags) -> BTreeMap<String, String> {
    match tags {
        PrincipalTags::Defaults => {
            DEFAULTS.map(|(tag, claim)| (tag.to_owned(), claim.to_owned())).into()
        }
        PrincipalTags::Mapped(map) => map.clone(),
    }
}

/// The tags that a checked token of this provider brings. A claim that is not in the token makes
/// none; one that cannot be a tag ends the sign-in, so that no policy is asked without it.
pub(crate) fn of_claims(
    pool: &IdentityPool,
    provider: &str,
    claims: &Map<String, Value>,
) -> Result<BTreeMap<String, String>, TagError> {
    let mut tags = BTreeMap::new();
    let Some(own) = pool.principal_tags.get(provider) else { return Ok(tags) };
    for (tag, claim) in map(own) {
        let value = match claims.get(&claim) {
            None | Some(Value::Null) => continue,
            Some(Value::String(text)) => text.clone(),
            Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
            Some(Value::Array(_) | Value::Object(_)) => return Err(TagError::Value(tag)),
        };
        tags.insert(tag, value);
    }
    check(&tags)?;
    Ok(tags)
}

/// Whether a session can have these tags.
pub(crate) fn check(tags: &BTreeMap<String, String>) -> Result<(), TagError> {
    check_keys(tags.keys())?;
    let wrong = |value: &str| {
        value.chars().count() > VALUE_CHARACTERS_MAX || !value.chars().all(is_tag_character)
    };
    match tags.iter().find(|(_, value)| wrong(value)) {
        Some((key, _)) => Err(TagError::Value(key.clone())),
        None => Ok(()),
    }
}

/// Whether these can be the keys of a session's tags. Keys that differ by case alone are the same.
pub(crate) fn check_keys<'a>(keys: impl Iterator<Item = &'a String>) -> Result<(), TagError> {
    let mut seen: Vec<&String> = Vec::new();
    for key in keys {
        let reserved = key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
        let length = key.chars().count();
        if reserved
            || !(1..=KEY_CHARACTERS_MAX).contains(&length)
            || !key.chars().all(is_tag_character)
        {
            return Err(TagError::Key(key.clone()));
        }
        if seen.iter().any(|other| other.to_lowercase() == key.to_lowercase()) {
            return Err(TagError::Twice(key.clone()));
        }
        seen.push(key);
    }
    if seen.len() > TAGS_MAX { Err(TagError::TooMany) } else { Ok(()) }
}

/// `[\p{L}\p{Z}\p{N}_.:/=+\-@]`: so a tag has no `*`, `?` or `$` in it.
fn is_tag_character(c: char) -> bool {
    c.is_alphanumeric() || (c.is_whitespace() && !c.is_control()) || "_.:/=+-@".contains(c)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pool_shape::tests::pool;

    const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";

    fn tags(mapped: PrincipalTags, claims: &Value) -> Result<BTreeMap<String, String>, TagError> {
        let mut pool = pool();
        pool.principal_tags.insert(PROVIDER.to_owned(), mapped);
        let Value::Object(claims) = claims else { panic!("{claims}") };
        of_claims(&pool, PROVIDER, claims)
    }

    fn mapped(pairs: &[(&str, &str)]) -> PrincipalTags {
        let pairs = pairs.iter().map(|(tag, claim)| ((*tag).to_owned(), (*claim).to_owned()));
        PrincipalTags::Mapped(pairs.collect())
    }

    #[test]
    fn the_default_tags_are_the_user_and_the_client() {
        let claims = json!({"sub": "0f8fad5b", "aud": "client1", "email": "a@b.example"});
        let expected = [("client", "client1"), ("username", "0f8fad5b")];
        let expected = expected.map(|(key, value)| (key.to_owned(), value.to_owned()));
        assert_eq!(tags(PrincipalTags::Defaults, &claims), Ok(expected.into()));
    }

    #[test]
    fn a_pool_without_a_map_makes_no_tags() {
        let claims = json!({"sub": "0f8fad5b", "aud": "client1"});
        let Value::Object(claims) = claims else { panic!() };
        assert_eq!(of_claims(&pool(), PROVIDER, &claims), Ok(BTreeMap::new()));
        // Nor does another provider's map.
        let mut pool = pool();
        pool.principal_tags.insert("other".to_owned(), PrincipalTags::Defaults);
        assert_eq!(of_claims(&pool, PROVIDER, &claims), Ok(BTreeMap::new()));
    }

    #[test]
    fn claims_become_texts_or_nothing_or_end_it() {
        let map = mapped(&[("department", "custom:department")]);
        let with = |value: Value| tags(map.clone(), &json!({"custom:department": value}));
        let one = |value: &str| Ok(BTreeMap::from([("department".to_owned(), value.to_owned())]));
        assert_eq!(with(json!("legal")), one("legal"));
        assert_eq!(with(json!("Zoë, Ltd.".replace(',', ""))), one("Zoë Ltd."));
        assert_eq!(with(json!(true)), one("true"));
        assert_eq!(with(json!(7)), one("7"));
        assert_eq!(with(json!("")), one(""));
        assert_eq!(with(Value::Null), Ok(BTreeMap::new()));
        assert_eq!(tags(map.clone(), &json!({})), Ok(BTreeMap::new()));
        let long = "x".repeat(257);
        for wrong in [
            json!(["legal"]),
            json!({}),
            json!("*"),
            json!("a?"),
            json!("${x}"),
            json!("a\nb"),
            json!(long),
        ] {
            assert_eq!(
                with(wrong.clone()),
                Err(TagError::Value("department".to_owned())),
                "{wrong}"
            );
        }
    }

    #[test]
    fn keys_are_those_of_session_tags() {
        let keys = |keys: &[&str]| {
            let keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
            check_keys(keys.iter())
        };
        assert_eq!(keys(&["a", "B", "c d:e/f=g+h-i@j_k.l"]), Ok(()));
        let long = "k".repeat(129);
        for wrong in ["", "aws:x", "AWS:x", "a*", "a,b", &long] {
            assert_eq!(keys(&[wrong]), Err(TagError::Key(wrong.to_owned())));
        }
        assert_eq!(keys(&["Team", "team"]), Err(TagError::Twice("team".to_owned())));
        let many: Vec<String> = (0..51).map(|n| n.to_string()).collect();
        assert_eq!(check_keys(many.iter()), Err(TagError::TooMany));
        assert_eq!(check_keys(many.iter().skip(1)), Ok(()));
    }
}
