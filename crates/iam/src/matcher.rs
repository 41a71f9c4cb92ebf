//! Does a pattern match a text? Without recursion and without exponential backtracking: on a
//! mismatch only the last `*` is extended (and, within an ARN's first parts, the last one that may
//! cross a colon), which is enough because everything before it has already found its place.

use std::borrow::Cow;

use crate::{Context, Pattern, Piece, Value, Variable};

/// How wildcards treat the first five colons of a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Colons {
    /// Like any other character.
    Ordinary,
    /// They separate the parts of a resource's ARN: `?` and `*` stay within their part, but a `*`
    /// that is its last character goes on. Source: IAM User Guide, *IAM JSON policy elements:
    /// Resource*. Behind the fifth colon everything matches: object keys and identity ids have
    /// colons of their own.
    Resource,
    /// They separate the six parts of an ARN, each compared for itself.
    /// Source: IAM User Guide, *Amazon Resource Name (ARN) condition operators*.
    Arn,
}

/// The values of a pattern's variables, looked up once before it is matched.
pub(crate) struct Values<'v> {
    first: [Cow<'v, str>; Values::INLINE],
    more: Vec<Cow<'v, str>>,
}

impl<'v> Values<'v> {
    /// More variables than this in one pattern cost an allocation.
    const INLINE: usize = 2;

    /// The values of all variables, or none if one of them has none: a key that is missing or has
    /// many values. A default stands in for a missing key only.
    pub(crate) fn of(pattern: &'v Pattern, context: &'v dyn Context) -> Option<Self> {
        let mut values = Self::none();
        for (index, variable) in pattern.variables().enumerate() {
            let value = value_of(variable, context)?;
            match values.first.get_mut(index) {
                Some(place) => *place = value,
                None => values.more.push(value),
            }
        }
        Some(values)
    }

    /// For a pattern without variables.
    pub(crate) fn none() -> Self {
        Self { first: [const { Cow::Borrowed("") }; _], more: Vec::new() }
    }

    /// The texts that a pattern without wildcards puts together.
    pub(crate) fn literal<'t>(&'t self, pattern: &'t Pattern) -> impl Iterator<Item = &'t str> {
        let mut variables = 0;
        pattern.pieces().iter().filter_map(move |piece| match piece {
            Piece::Literal(text) => Some(&**text),
            Piece::Variable(_) => {
                variables += 1;
                Some(self.get(variables - 1))
            }
            Piece::AnyRun | Piece::AnyOne => None,
        })
    }

    fn get(&self, index: usize) -> &str {
        let place = self.first.get(index).or_else(|| self.more.get(index - Self::INLINE));
        place.map_or("", |value| value)
    }
}

/// What stands in for one variable.
pub(crate) fn value_of<'v>(
    variable: &'v Variable,
    context: &'v dyn Context,
) -> Option<Cow<'v, str>> {
    match context.get(&variable.key) {
        Some(Value::One(value)) => Some(value),
        Some(Value::Many(_)) => None,
        None => variable.default.as_deref().map(Cow::Borrowed),
    }
}

/// Where to go on after a mismatch.
#[derive(Clone, Copy)]
struct Retry {
    piece: usize,
    variables: usize,
    at: usize,
}

pub(crate) fn matches(
    pattern: &Pattern,
    values: &Values<'_>,
    text: &str,
    colons: Colons,
    ignore_ascii_case: bool,
) -> bool {
    let pieces = pattern.pieces();
    let fence = match colons {
        Colons::Ordinary => 0,
        Colons::Resource => behind_fifth_colon(text).unwrap_or(0),
        Colons::Arn => match behind_fifth_colon(text) {
            Some(fence) => fence,
            None => return false,
        },
    };
    let bytes = text.as_bytes();
    // The length of the character that a wildcard may consume here, if there is one.
    let step = |at: usize| match bytes.get(at) {
        None => None,
        Some(b':') if at < fence => None,
        Some(_) => Some(width(bytes, at)),
    };
    let starts = |at: usize, wanted: &str| {
        let end = at + wanted.len();
        bytes.get(at..end).is_some_and(|found| {
            found == wanted.as_bytes()
                || (ignore_ascii_case && found.eq_ignore_ascii_case(wanted.as_bytes()))
        })
    };

    let (mut piece, mut variables, mut at) = (0, 0, 0);
    let (mut crossing, mut confined): (Option<Retry>, Option<Retry>) = (None, None);
    loop {
        let matched = match pieces.get(piece) {
            None if at == bytes.len() => return true,
            None => false,
            Some(Piece::Literal(wanted)) => {
                let found = starts(at, wanted);
                at += if found { wanted.len() } else { 0 };
                found
            }
            Some(Piece::Variable(_)) => {
                let wanted = values.get(variables);
                let found = starts(at, wanted);
                if found {
                    at += wanted.len();
                    variables += 1;
                }
                found
            }
            Some(Piece::AnyOne) => {
                let length = step(at);
                at += length.unwrap_or(0);
                length.is_some()
            }
            Some(Piece::AnyRun) => {
                let next = pieces.get(piece + 1);
                let retry = Retry { piece: piece + 1, variables, at };
                if at >= fence || (colons == Colons::Resource && ends_its_part(next)) {
                    if next.is_none() {
                        return true;
                    }
                    (crossing, confined) = (Some(retry), None);
                } else {
                    confined = Some(retry);
                }
                true
            }
        };
        if matched {
            piece += 1;
            continue;
        }
        let retry = if let Some(Retry { at: from, .. }) = confined
            && let Some(length) = step(from)
        {
            confined = confined.map(|retry| Retry { at: from + length, ..retry });
            confined
        } else if let Some(Retry { at: from, .. }) = crossing
            && from < bytes.len()
        {
            confined = None;
            crossing = crossing.map(|retry| Retry { at: from + width(bytes, from), ..retry });
            crossing
        } else {
            return false;
        };
        let Some(retry) = retry else { return false };
        (piece, variables, at) = (retry.piece, retry.variables, retry.at);
    }
}

/// Whether a `*` before this piece is the last character of its part.
fn ends_its_part(next: Option<&Piece>) -> bool {
    match next {
        None => true,
        Some(Piece::Literal(text)) => text.starts_with(':'),
        Some(_) => false,
    }
}

fn behind_fifth_colon(text: &str) -> Option<usize> {
    text.bytes().enumerate().filter(|(_, byte)| *byte == b':').nth(4).map(|(at, _)| at + 1)
}

/// The length in bytes of the UTF-8 character that begins here.
fn width(bytes: &[u8], at: usize) -> usize {
    match bytes.get(at) {
        Some(0xf0..) => 4,
        Some(0xe0..) => 3,
        Some(0xc0..) => 2,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{MapContext, pattern::Syntax};

    const ALL: Syntax = Syntax { wildcards: true, variables: true };

    fn check(pattern: &str, text: &str, colons: Colons, context: &MapContext) -> bool {
        let pattern = Pattern::parse(pattern, ALL).unwrap();
        Values::of(&pattern, context)
            .is_some_and(|values| matches(&pattern, &values, text, colons, false))
    }

    fn ordinary(pattern: &str, text: &str) -> bool {
        check(pattern, text, Colons::Ordinary, &MapContext::default())
    }

    #[test]
    fn wildcards() {
        for (pattern, text, expected) in [
            ("", "", true),
            ("", "a", false),
            ("*", "", true),
            ("*", "a/b:c", true),
            ("?", "é", true),
            ("??", "é", false),
            ("a*b*c", "a-b-b-c", true),
            ("a*b*c", "a-b-b-", false),
            ("*a", "aaa", true),
            ("*?a", "a", false),
            ("a?", "a", false),
            ("A", "a", false),
            ("*é?", "xéy", true),
        ] {
            assert_eq!(ordinary(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn colons_of_a_resource() {
        for (pattern, expected) in [
            ("arn:aws:sqs:eu-west-1:111111111111:queue", true),
            ("arn:aws:sqs:*:queue", true),
            ("arn:*", true),
            ("arn:aws:sqs:*", true),
            ("arn:aws:sqs:eu-*-1:111111111111:queue", true),
            ("arn:aws:sqs:e*1:queue", false),
            ("arn:aws:sqs:e*1:*:queue", true),
            ("arn:aws:sqs:eu-west-1?111111111111:queue", false),
            ("arn:aws:sqs:eu-west-?:1*1:que*", true),
            ("arn:aws:sqs:*:*1:q*", true),
            ("*", true),
        ] {
            let text = "arn:aws:sqs:eu-west-1:111111111111:queue";
            let context = MapContext::default();
            assert_eq!(check(pattern, text, Colons::Resource, &context), expected, "{pattern}");
        }
        let key = "arn:aws:s3:::b/eu-west-1:1/data";
        let context = MapContext::default();
        assert!(check("arn:aws:s3:::b/*/data", key, Colons::Resource, &context));
        assert!(check("arn:aws:s3:::b/eu-west-1?1/data", key, Colons::Resource, &context));
    }

    #[test]
    fn parts_of_an_arn_are_compared_each() {
        let text = "arn:aws:iam::111111111111:role/a:b/c";
        let context = MapContext::default();
        for (pattern, expected) in [
            ("arn:aws:iam::111111111111:role/*", true),
            ("arn:aws:iam::*:role/*", true),
            ("arn:*:*:*:*:*", true),
            ("arn:aws:iam:*", false),
            ("*", false),
            ("arn:aws:iam::1?*:role/?:b*", true),
        ] {
            assert_eq!(check(pattern, text, Colons::Arn, &context), expected, "{pattern}");
        }
        assert!(!check("*", "no arn", Colons::Arn, &context));
    }

    #[test]
    fn a_value_is_never_a_pattern() {
        for name in ["*", "?", "$", "${a:b}", "a*", "${*}"] {
            let context = MapContext::new([("a:b", name)]);
            for (text, expected) in [(name, true), ("x", false), ("", false), ("ab", false)] {
                assert_eq!(check("${a:b}", text, Colons::Ordinary, &context), expected);
                let text = format!("home/{text}/x");
                assert_eq!(check("home/${A:B}/*", &text, Colons::Ordinary, &context), expected);
            }
        }
    }

    #[test]
    fn many_variables_in_one_pattern() {
        let context = MapContext::new([("k:a", "1"), ("k:b", "2"), ("k:c", "3"), ("k:d", "4")]);
        let pattern = "${k:a}*${k:b}${k:c}?${k:d}";
        assert!(check(pattern, "1..23-4", Colons::Ordinary, &context));
        assert!(!check(pattern, "1..24-3", Colons::Ordinary, &context));
    }

    #[test]
    fn a_bad_pattern_costs_no_more_than_length_times_length() {
        let pattern = format!("{}b", "a*".repeat(1000));
        assert!(!ordinary(&pattern, &"a".repeat(2000)));
    }

    /// The definition, read out: try everything. Small inputs only.
    fn reference(pattern: &[char], text: &[char], before: usize, colons: Colons) -> bool {
        let takes = |c: char| colons == Colons::Ordinary || c != ':' || before >= 5;
        let Some((first, rest)) = pattern.split_first() else { return text.is_empty() };
        let tail = |n: usize| {
            let passed = text[..n].iter().filter(|c| **c == ':').count();
            reference(rest, &text[n..], before + passed, colons)
        };
        match first {
            '*' => {
                let crosses =
                    colons == Colons::Resource && matches!(rest.first(), None | Some(':'));
                let mut passed = before;
                for n in 0..=text.len() {
                    if tail(n) {
                        return true;
                    }
                    if let Some(&next) = text.get(n) {
                        if next == ':' && passed < 5 && !crosses && colons != Colons::Ordinary {
                            return false;
                        }
                        passed += usize::from(next == ':');
                    }
                }
                false
            }
            '?' => text.first().is_some_and(|c| takes(*c)) && tail(1),
            c => text.first() == Some(c) && tail(1),
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]

        #[test]
        fn agrees_with_the_definition(pattern in "[ab:*?]{0,9}", text in "[ab:]{0,9}") {
            let (p, t): (Vec<char>, Vec<char>) =
                (pattern.replace("**", "*").replace("**", "*").chars().collect(), text.chars().collect());
            let enough = t.iter().filter(|c| **c == ':').count() >= 5;
            let context = MapContext::default();
            prop_assert_eq!(ordinary(&pattern, &text), reference(&p, &t, 0, Colons::Ordinary));
            if enough {
                for colons in [Colons::Resource, Colons::Arn] {
                    prop_assert_eq!(
                        check(&pattern, &text, colons, &context), reference(&p, &t, 0, colons));
                }
            }
        }

        #[test]
        fn agrees_with_the_definition_on_arns(
            pattern in "[ab*?]{0,2}:[ab*?]{0,2}:[*?]{0,2}:[a*]{0,2}:[:ab*?]{0,6}",
            text in "a?b?:a?b?:a?:a?:b?a?:[ab:]{0,3}",
        ) {
            let (p, t): (Vec<char>, Vec<char>) =
                (pattern.replace("**", "*").replace("**", "*").chars().collect(), text.chars().collect());
            let context = MapContext::default();
            for colons in [Colons::Resource, Colons::Arn] {
                prop_assert_eq!(
                    check(&pattern, &text, colons, &context), reference(&p, &t, 0, colons));
            }
        }
    }
}
