use serde::{Deserialize, Serialize};

/// The most tags that an object has.
pub const OBJECT_TAGS_MAX: usize = 10;
/// The most tags that a bucket has.
pub const BUCKET_TAGS_MAX: usize = 50;

/// The longest key of a tag, in characters.
const KEY_CHARACTERS_MAX: usize = 128;
/// The longest value of a tag, in characters.
const VALUE_CHARACTERS_MAX: usize = 256;

/// The tags of an object or a bucket, in the order in which they were given.
///
/// Sources: S3 User Guide, *Categorizing your storage using tags* and *Using cost allocation S3 bucket
/// tags*; AWS Billing User Guide, *User-defined tag restrictions*.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Tags(Vec<(String, String)>);

/// Why tags cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TagsError {
    /// There are too many.
    #[error("there are more than {limit} tags")]
    TooMany {
        /// How many there may be.
        limit: usize,
    },
    /// Two have the same key.
    #[error("several tags have the same key")]
    DuplicateKey,
    /// A key is empty, too long or has characters that tags do not have.
    #[error("the key of a tag is empty, too long or has other characters than tags may have")]
    InvalidKey,
    /// A value is too long or has characters that tags do not have.
    #[error("the value of a tag is too long or has other characters than tags may have")]
    InvalidValue,
    /// A key begins with `aws:`, which is for AWS's own tags.
    #[error("a tag whose key begins with aws: is nobody's to set")]
    Reserved,
}

impl Tags {
    /// The tags, if there are at most `limit` and each is well-formed.
    ///
    /// # Errors
    /// [`TagsError`]: what is wrong with them.
    pub fn new(tags: Vec<(String, String)>, limit: usize) -> Result<Self, TagsError> {
        if tags.len() > limit {
            return Err(TagsError::TooMany { limit });
        }
        let mut keys: Vec<&str> = tags.iter().map(|(key, _)| key.as_str()).collect();
        keys.sort_unstable();
        if keys.windows(2).any(|pair| matches!(pair, [one, other] if one == other)) {
            return Err(TagsError::DuplicateKey);
        }
        for (key, value) in &tags {
            let key_length = key.chars().count();
            if !(1..=KEY_CHARACTERS_MAX).contains(&key_length) || !key.chars().all(is_allowed) {
                return Err(TagsError::InvalidKey);
            }
            if value.chars().count() > VALUE_CHARACTERS_MAX || !value.chars().all(is_allowed) {
                return Err(TagsError::InvalidValue);
            }
            if key.to_ascii_lowercase().starts_with("aws:") {
                return Err(TagsError::Reserved);
            }
        }
        Ok(Self(tags))
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// The tags, keys and values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(key, value)| (key.as_str(), value.as_str()))
    }
}

/// Letters, numbers, spaces and `+ - = . _ : / @`.
fn is_allowed(character: char) -> bool {
    character.is_alphanumeric() || character == ' ' || "+-=._:/@".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(pairs: &[(&str, &str)]) -> Result<Tags, TagsError> {
        let pairs = pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        Tags::new(pairs.collect(), 3)
    }

    #[test]
    fn tags_keep_their_order() {
        let given = [("b", "2"), ("a", ""), ("Ä +-=._:/@9", "größer")];
        let kept = tags(&given).unwrap();
        assert_eq!(kept.iter().collect::<Vec<_>>(), given);
        assert_eq!((kept.len(), kept.is_empty()), (3, false));
        assert!(tags(&[]).unwrap().is_empty());
        // Keys are compared with their case.
        assert!(tags(&[("a", "1"), ("A", "1")]).is_ok());
    }

    #[test]
    fn what_tags_cannot_be_is_refused() {
        let (longest_key, longest_value) = ("ä".repeat(128), "ä".repeat(256));
        assert!(tags(&[(&longest_key, &longest_value)]).is_ok());
        let (long_key, long_value) = (format!("{longest_key}a"), format!("{longest_value}a"));
        for (given, error) in [
            (vec![("a", ""), ("b", ""), ("c", ""), ("d", "")], TagsError::TooMany { limit: 3 }),
            (vec![("a", "1"), ("b", ""), ("a", "2")], TagsError::DuplicateKey),
            (vec![("", "1")], TagsError::InvalidKey),
            (vec![(&*long_key, "1")], TagsError::InvalidKey),
            (vec![("a!", "1")], TagsError::InvalidKey),
            (vec![("a", &*long_value)], TagsError::InvalidValue),
            (vec![("a", "1\n")], TagsError::InvalidValue),
            (vec![("aws:cloudformation:stack-name", "s")], TagsError::Reserved),
            (vec![("AWS:a", "s")], TagsError::Reserved),
        ] {
            assert_eq!(tags(&given), Err(error), "{given:?}");
        }
    }
}
