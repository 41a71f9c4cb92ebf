//! Conditional requests (RFC 9110, section 13), in the order that section 13.2.2 and S3 prescribe.

use types::Timestamp;

use crate::http_date::http_date;

/// The conditions of a request on an object, or on the source of a copy.
#[derive(Debug, Clone, Copy, Default)]
#[expect(clippy::struct_field_names, reason = "they are the headers' names")]
pub(crate) struct Conditions<'a> {
    pub(crate) if_match: Option<&'a str>,
    pub(crate) if_none_match: Option<&'a str>,
    pub(crate) if_modified_since: Option<Timestamp>,
    pub(crate) if_unmodified_since: Option<Timestamp>,
}

/// What they come to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// Go on.
    Holds,
    /// 304: the caller has it already.
    NotModified,
    /// 412: the named condition does not hold.
    Failed(&'static str),
}

impl Conditions<'_> {
    /// Judges them for an object with this entity tag (in quotes) and modification time.
    ///
    /// Source: S3 API Reference, `GetObject`, *Additional considerations about request headers*.
    pub(crate) fn judge(self, etag: &str, modified: Timestamp) -> Outcome {
        // HTTP dates have whole seconds.
        let after = |moment: Timestamp| modified.as_second() > moment.as_second();
        match (self.if_match, self.if_unmodified_since) {
            (Some(tags), _) if !names(tags, etag) => return Outcome::Failed("If-Match"),
            (None, Some(moment)) if after(moment) => {
                return Outcome::Failed("If-Unmodified-Since");
            }
            _ => {}
        }
        match (self.if_none_match, self.if_modified_since) {
            (Some(tags), _) if names(tags, etag) => Outcome::NotModified,
            (None, Some(moment)) if !after(moment) => Outcome::NotModified,
            _ => Outcome::Holds,
        }
    }
}

/// Whether an `If-Range` is of what is there now: its entity tag, which must be a strong one, or the date of
/// its last change. If not, the range is not looked at, and the answer is all of the object.
///
/// Source: RFC 9110, section 13.1.5; S3's pages do not speak of it.
pub(crate) fn is_validator(header: &str, etag: &str, modified: Timestamp) -> bool {
    let header = header.trim();
    header.trim_matches('"') == etag.trim_matches('"') || header == http_date(&modified)
}

/// Whether a list of entity tags names this one. S3 takes them with and without quotes.
fn names(tags: &str, etag: &str) -> bool {
    let bare = |tag: &str| tag.trim().trim_start_matches("W/").trim_matches('"').to_owned();
    tags.split(',').any(|tag| tag.trim() == "*" || bare(tag) == bare(etag))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_is_of_the_same_tag_or_date() {
        let modified = Timestamp::from_second(784_111_777).unwrap();
        for (header, expected) in [
            ("\"abc\"", true),
            ("abc", true),
            ("Sun, 06 Nov 1994 08:49:37 GMT", true),
            ("W/\"abc\"", false),
            ("\"ABC\"", false),
            ("*", false),
            ("Sun, 06 Nov 1994 08:49:38 GMT", false),
            ("Sun, 06 Nov 1994 08:49:36 GMT", false),
            ("", false),
        ] {
            assert_eq!(is_validator(header, "\"abc\"", modified), expected, "{header}");
        }
    }

    #[test]
    fn conditions_are_judged_in_their_order() {
        let at = |second| Some(Timestamp::from_second(second).unwrap());
        let none = Conditions::default();
        let judge = |conditions: Conditions<'_>| conditions.judge("\"abc\"", at(100).unwrap());
        assert_eq!(judge(none), Outcome::Holds);
        for (if_match, expected) in [
            ("\"abc\"", Outcome::Holds),
            ("abc", Outcome::Holds),
            ("\"x\", \"abc\"", Outcome::Holds),
            ("*", Outcome::Holds),
            ("\"ABC\"", Outcome::Failed("If-Match")),
        ] {
            assert_eq!(judge(Conditions { if_match: Some(if_match), ..none }), expected);
        }
        let tag = Some("\"abc\"");
        assert_eq!(judge(Conditions { if_none_match: tag, ..none }), Outcome::NotModified);
        assert_eq!(judge(Conditions { if_none_match: Some("x"), ..none }), Outcome::Holds);
        assert_eq!(judge(Conditions { if_modified_since: at(100), ..none }), Outcome::NotModified);
        assert_eq!(judge(Conditions { if_modified_since: at(99), ..none }), Outcome::Holds);
        assert_eq!(judge(Conditions { if_unmodified_since: at(100), ..none }), Outcome::Holds);
        assert_eq!(
            judge(Conditions { if_unmodified_since: at(99), ..none }),
            Outcome::Failed("If-Unmodified-Since")
        );
        // A tag that matches outweighs a date that does not.
        let both = Conditions { if_match: tag, if_unmodified_since: at(1), ..none };
        assert_eq!(judge(both), Outcome::Holds);
        let both = Conditions { if_none_match: Some("x"), if_modified_since: at(200), ..none };
        assert_eq!(judge(both), Outcome::Holds);
    }
}
