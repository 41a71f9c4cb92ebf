//! Tags of roles, users and managed policies.

use std::collections::BTreeMap;

use gate::Need;
use wire::iam::Tag;

use crate::{
    error::AccessError,
    names::{self, check_tag_count},
    paging::{Page, page},
};

/// The need to put these tags on something.
pub(crate) fn need_to_tag(need: Need, tags: &[Tag]) -> Result<Need, AccessError> {
    Ok(need.with_request_tags(&names::tags(tags)?))
}

/// The need to take the tags of these keys off something.
pub(crate) fn need_to_untag(need: Need, keys: &[String]) -> Need {
    need.with_tag_keys(keys)
}

/// Adds tags; one whose key is there in another case takes its place.
pub(crate) fn add(own: &mut BTreeMap<String, String>, tags: &[Tag]) -> Result<(), AccessError> {
    let new = names::tags(tags)?;
    own.retain(|key, _| !new.keys().any(|other| other.eq_ignore_ascii_case(key)));
    own.extend(new);
    check_tag_count(own)
}

/// Removes tags; keys that are not there are passed over.
pub(crate) fn remove(own: &mut BTreeMap<String, String>, keys: &[String]) {
    own.retain(|key, _| !keys.iter().any(|other| other.eq_ignore_ascii_case(key)));
}

/// A page of the tags, by their keys.
pub(crate) fn list(
    own: &BTreeMap<String, String>,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Page<Tag> {
    page(all(own), |tag| tag.key.clone(), marker, max_items)
}

/// Tags as descriptions have them: none if there are none.
pub(crate) fn some(own: &BTreeMap<String, String>) -> Option<Vec<Tag>> {
    Some(all(own)).filter(|tags| !tags.is_empty())
}

pub(crate) fn all(own: &BTreeMap<String, String>) -> Vec<Tag> {
    own.iter().map(|(key, value)| Tag { key: key.clone(), value: value.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tag(key: &str, value: &str) -> Tag {
        Tag { key: key.to_owned(), value: value.to_owned() }
    }

    fn pairs(own: &BTreeMap<String, String>) -> Vec<(String, String)> {
        all(own).into_iter().map(|tag| (tag.key, tag.value)).collect()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn a_tag_is_one_key_whatever_its_case() {
        let mut own = BTreeMap::new();
        add(&mut own, &[tag("Team", "coats"), tag("cost", "1")]).unwrap();
        add(&mut own, &[tag("team", "hats")]).unwrap();
        assert_eq!(pairs(&own), [pair("cost", "1"), pair("team", "hats")]);
        remove(&mut own, &["TEAM".to_owned(), "nothing".to_owned()]);
        assert_eq!(pairs(&own), [pair("cost", "1")]);
        remove(&mut own, &["cost".to_owned()]);
        assert!(some(&own).is_none());
    }

    #[test]
    fn the_tags_that_are_there_count_towards_the_limit() {
        let many = |range: std::ops::Range<usize>| {
            range.map(|n| tag(&format!("key{n}"), "")).collect::<Vec<_>>()
        };
        let mut own = BTreeMap::new();
        add(&mut own, &many(0..50)).unwrap();
        add(&mut own, &many(10..20)).unwrap();
        let refused = add(&mut own.clone(), &many(50..51));
        assert!(matches!(refused, Err(AccessError::Quota { limit: 50, .. })));
    }
}
