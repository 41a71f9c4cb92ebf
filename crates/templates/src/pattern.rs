use regex::{Regex, RegexBuilder};

/// Bytes that a compiled pattern may take.
const SIZE: usize = 1 << 20;
/// How deep groups may be nested.
const DEPTH: u32 = 32;

/// The regular expression of an `AllowedPattern`, which a whole text matches or does not.
///
/// AWS's are Java's; these are those of the crate `regex`, which matches in linear time and therefore has no
/// look-around and no references to groups.
#[derive(Debug, Clone)]
pub struct Pattern {
    source: String,
    whole: Regex,
}

impl Pattern {
    /// Reads a regular expression.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let compile = |text: &str| {
            let compiled = RegexBuilder::new(text).size_limit(SIZE).nest_limit(DEPTH).build();
            compiled.map_err(|error| {
                // Behind a drawing of where it is, the last line says what is wrong.
                let text = error.to_string();
                let why = text.lines().last().unwrap_or_default();
                format!("AllowedPattern {source}: {}", why.trim_start_matches("error: "))
            })
        };
        // By itself first: `a)|(b` is no pattern, although it is one between parentheses.
        compile(source)?;
        Ok(Self { source: source.to_owned(), whole: compile(&format!("^(?:{source})$"))? })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the whole of a text matches.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        self.whole.is_match(text)
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.source == other.source
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(pattern: &str, text: &str) -> bool {
        Pattern::parse(pattern).unwrap().matches(text)
    }

    #[test]
    fn the_whole_text_matches_or_does_not() {
        let cases: &[(&str, &[&str], &[&str])] = &[
            ("", &[""], &["a"]),
            ("abc", &["abc"], &["ab", "abcd", "xabc", "", "abc\n"]),
            ("^abc$", &["abc"], &["abcd"]),
            ("a|bc|", &["a", "bc", ""], &["b", "abc"]),
            ("a{1,3}", &["a", "aaa"], &["", "aaaa"]),
            ("[a-zA-Z0-9]+", &["aZ9"], &["", "a-b", "ä"]),
            (r"[\w.+-]+@[\w-]+\.[\w.]+", &["a.b+c@d-e.fg"], &["a@b", "@b.c"]),
            (r"\d{3}\s\D\S\W", &["123 ab-"], &["12 ab-", "123 1b-"]),
            (".", &["a", "🧥"], &["", "\n", "ab"]),
        ];
        for (pattern, right, wrong) in cases {
            for text in *right {
                assert!(matches(pattern, text), "{pattern} should match {text:?}");
            }
            for text in *wrong {
                assert!(!matches(pattern, text), "{pattern} should not match {text:?}");
            }
        }
    }

    #[test]
    fn what_is_not_served_is_refused() {
        for pattern in
            ["(?=a)", r"\1", "*a", "(a", "a)|(b", "[a", "a{2,1}", "[z-a]", "\\", "(a{999}){999}"]
        {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::parse(&"(".repeat(100_000)).is_err());
        assert!(Pattern::parse(&format!("{}{}", "(".repeat(100), ")".repeat(100))).is_err());
    }

    #[test]
    fn time_is_linear_where_backtracking_is_exponential() {
        assert!(!matches("(a*)*b", &"a".repeat(4096)));
        assert!(!matches("(a|a|a)*b", &"a".repeat(4096)));
    }
}
