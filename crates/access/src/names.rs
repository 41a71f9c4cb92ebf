//! The forms of names, paths, descriptions and tags: the patterns of the model, which the wire,
//! knowing only lengths, has not looked at.

use std::collections::BTreeMap;

use directory::EntityKind;
use wire::iam::Tag;

use crate::error::AccessError;

const TAGS_MAX: usize = 50;

/// `[\w+=,.@-]+`
fn is_name(text: &str) -> bool {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"_+=,.@-".contains(&b);
    !text.is_empty() && text.bytes().all(legal)
}

const NAME_RULE: &str =
    "It must contain only alphanumeric characters and/or the following: +=,.@_-";

/// The name of a role, user or group.
pub(crate) fn check_entity_name(kind: EntityKind, name: &str) -> Result<(), AccessError> {
    let member = match kind {
        EntityKind::Group => "groupName",
        EntityKind::Role => "roleName",
        EntityKind::User => "userName",
    };
    if is_name(name) { Ok(()) } else { Err(AccessError::Invalid { member, rule: NAME_RULE }) }
}

/// A policy's name.
pub(crate) fn check_policy_name(name: &str) -> Result<(), AccessError> {
    let wrong = AccessError::Invalid { member: "policyName", rule: NAME_RULE };
    if is_name(name) { Ok(()) } else { Err(wrong) }
}

/// `/`, or printable ASCII without spaces between two slashes.
pub(crate) fn check_path(path: &str) -> Result<(), AccessError> {
    let printable = path.bytes().all(|b| (0x21..=0x7e).contains(&b));
    if path.starts_with('/') && path.ends_with('/') && printable {
        return Ok(());
    }
    let rule = "It must begin and end with / and contain only printable ASCII characters.";
    Err(AccessError::Invalid { member: "path", rule })
}

/// A slash, and what paths may go on with.
pub(crate) fn check_path_prefix(prefix: &str) -> Result<(), AccessError> {
    if prefix.starts_with('/') && prefix.bytes().all(|b| (0x21..=0x7f).contains(&b)) {
        return Ok(());
    }
    let rule = "It must begin with / and contain only printable ASCII characters.";
    Err(AccessError::Invalid { member: "pathPrefix", rule })
}

/// Tab, line ends and the printable characters of Latin-1.
pub(crate) fn check_description(text: &str) -> Result<(), AccessError> {
    let legal =
        |c: char| matches!(c, '\t' | '\n' | '\r' | '\u{20}'..='\u{7e}' | '\u{a1}'..='\u{ff}');
    if text.chars().all(legal) {
        return Ok(());
    }
    let rule = "It must contain only printable characters of ISO 8859-1.";
    Err(AccessError::Invalid { member: "description", rule })
}

/// Tags by their keys, which differ by more than case (IAM User Guide, *Tags for IAM resources*).
pub(crate) fn tags(tags: &[Tag]) -> Result<BTreeMap<String, String>, AccessError> {
    let mut by_key: BTreeMap<String, String> = BTreeMap::new();
    for tag in tags {
        check_tag(tag)?;
        if by_key.keys().any(|key| key.eq_ignore_ascii_case(&tag.key)) {
            return Err(AccessError::DuplicateTag(tag.key.clone()));
        }
        by_key.insert(tag.key.clone(), tag.value.clone());
    }
    check_tag_count(&by_key)?;
    Ok(by_key)
}

/// That there are no more tags than something of IAM may have.
pub(crate) fn check_tag_count(tags: &BTreeMap<String, String>) -> Result<(), AccessError> {
    if tags.len() > TAGS_MAX {
        return Err(AccessError::Quota { quota: "TagsPerResource", limit: TAGS_MAX });
    }
    Ok(())
}

fn check_tag(tag: &Tag) -> Result<(), AccessError> {
    let rule = "It must contain only letters, digits, spaces and the following: _.:/=+-@, and a \
                key must not begin with aws:";
    let legal = |c: char| c.is_alphanumeric() || c.is_whitespace() || "_.:/=+-@".contains(c);
    let reserved = tag.key.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("aws:"));
    if reserved || tag.key.is_empty() || !tag.key.chars().all(legal) {
        return Err(AccessError::Invalid { member: "tags.member.key", rule });
    }
    if !tag.value.chars().all(legal) {
        return Err(AccessError::Invalid { member: "tags.member.value", rule });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_of_word_characters_and_a_few_more() {
        let entity = |name| check_entity_name(EntityKind::User, name);
        for name in ["a", "Cognito_admin-Role", "x+=,.@-_9"] {
            assert!(entity(name).is_ok() && check_policy_name(name).is_ok(), "{name}");
        }
        for name in ["", "a b", "a/b", "a:b", "a*", "rôle", "a\n", "${aws:username}"] {
            assert!(entity(name).is_err() && check_policy_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_path_begins_and_ends_with_a_slash() {
        for path in ["/", "/app/", "/a/b/c/", "//", "/service-role/", "/a*?/"] {
            assert!(check_path(path).is_ok(), "{path}");
        }
        for path in ["", "app", "/app", "app/", "/a b/", "/ä/", "/a\u{7f}/"] {
            assert!(check_path(path).is_err(), "{path}");
        }
        assert!(check_path_prefix("/app").is_ok());
        assert!(check_path_prefix("app/").is_err());
    }

    #[test]
    fn a_description_is_latin_1() {
        assert!(check_description("Größe\tx\r\n").is_ok());
        assert!(check_description("").is_ok());
        assert!(check_description("\u{0}").is_err());
        assert!(check_description("\u{7f}").is_err());
        assert!(check_description("→").is_err());
    }

    #[test]
    fn tag_keys_differ_by_more_than_case_and_are_not_aws_s() {
        let tag = |key: &str, value: &str| Tag { key: key.to_owned(), value: value.to_owned() };
        let good = tags(&[tag("Größe", ""), tag("team:a/b", "x y=z")]).unwrap();
        assert_eq!(good.len(), 2);
        assert!(tags(&[]).unwrap().is_empty());
        let twice = tags(&[tag("Team", "a"), tag("team", "b")]);
        assert!(matches!(twice, Err(AccessError::DuplicateTag(key)) if key == "team"));
        for wrong in [tag("aws:x", ""), tag("AWS:x", ""), tag("", ""), tag("a*", ""), tag("a", "*")]
        {
            assert!(tags(&[wrong]).is_err());
        }
    }

    #[test]
    fn there_are_at_most_fifty_tags() {
        let many = |count: usize| {
            let tag = |n: usize| Tag { key: format!("key{n}"), value: String::new() };
            tags(&(0..count).map(tag).collect::<Vec<_>>())
        };
        assert_eq!(many(50).unwrap().len(), 50);
        assert!(matches!(many(51), Err(AccessError::Quota { .. })));
    }
}
