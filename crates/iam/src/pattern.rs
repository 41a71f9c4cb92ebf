use serde::{Deserialize, Serialize};

/// A text with wildcards and policy variables, as data: matcher, [`explain`](crate::explain) and
/// whoever reasons about a policy walk the same pieces.
///
/// Two literals never stand side by side, and none is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pattern {
    source: Box<str>,
    pieces: Box<[Piece]>,
}

/// One piece of a [`Pattern`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Piece {
    /// These bytes. `${*}`, `${?}` and `${$}` are literals too.
    Literal(Box<str>),
    /// `*`: any number of characters, also none.
    AnyRun,
    /// `?`: exactly one character.
    AnyOne,
    /// `${key}`: the bytes of the key's value, whatever they are.
    Variable(Variable),
}

/// A policy variable, `${key}` or `${key, 'default'}`.
///
/// Source: IAM User Guide, *IAM policy elements: Variables and tags*.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Variable {
    /// The condition key, in lower case: key names know no case.
    pub key: Box<str>,
    /// What stands in when the request has no such key.
    pub default: Option<Box<str>>,
}

/// Which characters of a text have a meaning.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Syntax {
    pub(crate) wildcards: bool,
    pub(crate) variables: bool,
}

impl Pattern {
    /// What was written.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The pieces, in order.
    #[must_use]
    pub fn pieces(&self) -> &[Piece] {
        &self.pieces
    }

    /// The policy variables, in order.
    pub fn variables(&self) -> impl Iterator<Item = &Variable> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Variable(variable) => Some(variable),
            _ => None,
        })
    }

    /// Whether it matches one text only: no wildcard, no variable.
    #[must_use]
    pub fn is_literal(&self) -> bool {
        self.pieces.iter().all(|piece| matches!(piece, Piece::Literal(_)))
    }

    /// Whether it is a lone `*`.
    #[must_use]
    pub fn is_any(&self) -> bool {
        matches!(&*self.pieces, [Piece::AnyRun])
    }

    pub(crate) fn parse(text: &str, syntax: Syntax) -> Result<Self, String> {
        let mut builder = Builder::default();
        builder.read(text, syntax)?;
        Ok(builder.finish(text))
    }

    /// A pattern for a resource: policy variables have a meaning behind the fifth colon only.
    pub(crate) fn parse_resource(text: &str, syntax: Syntax) -> Result<Self, String> {
        let fifth = text.bytes().enumerate().filter(|(_, byte)| *byte == b':').nth(4);
        let (head, tail) =
            text.split_at_checked(fifth.map_or(text.len(), |(at, _)| at + 1)).unwrap_or((text, ""));
        let mut builder = Builder::default();
        builder.read(head, Syntax { variables: false, ..syntax })?;
        builder.read(tail, syntax)?;
        Ok(builder.finish(text))
    }
}

#[derive(Default)]
struct Builder {
    pieces: Vec<Piece>,
    literal: String,
}

impl Builder {
    fn read(&mut self, text: &str, syntax: Syntax) -> Result<(), String> {
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if syntax.variables
                && let Some(inside) = rest.strip_prefix("${")
            {
                rest = self.variable(inside)?;
                continue;
            }
            match next {
                '*' if syntax.wildcards => self.wildcard(Piece::AnyRun),
                '?' if syntax.wildcards => self.wildcard(Piece::AnyOne),
                other => self.literal.push(other),
            }
            rest = rest.get(next.len_utf8()..).unwrap_or_default();
        }
        Ok(())
    }

    /// Reads what follows `${`, up to and with its `}`, and returns what is left.
    fn variable<'t>(&mut self, inside: &'t str) -> Result<&'t str, String> {
        for special in ['*', '?', '$'] {
            if let Some(rest) = inside.strip_prefix(special).and_then(|rest| rest.strip_prefix('}'))
            {
                self.literal.push(special);
                return Ok(rest);
            }
        }
        let end = inside.find([',', '}']).ok_or_else(|| {
            format!("the policy variable ${{{inside} is not closed; write }} behind its name")
        })?;
        let (key, rest) = inside.split_at_checked(end).unwrap_or((inside, ""));
        if key.is_empty() || key.trim() != key || key.contains(['*', '?', '$', '{', '\'']) {
            return Err(format!(
                "{key:?} is not the name of a policy variable; write ${{key}}, ${{key, 'default'}}, \
                 or ${{*}}, ${{?}}, ${{$}} for the characters themselves"
            ));
        }
        let (default, rest) = match rest.strip_prefix(',') {
            None => (None, rest.strip_prefix('}').unwrap_or_default()),
            Some(rest) => {
                let quoted = rest.trim_start_matches(' ').strip_prefix('\'');
                let parts = quoted.and_then(|text| text.split_once('\''));
                let closed = parts.and_then(|(default, rest)| {
                    Some((default, rest.trim_start_matches(' ').strip_prefix('}')?))
                });
                let (default, rest) = closed.ok_or_else(|| {
                    format!("the default of ${{{key}, …}} must stand in single quotes before }}")
                })?;
                (Some(default.into()), rest)
            }
        };
        self.flush();
        let key = key.to_ascii_lowercase().into();
        self.pieces.push(Piece::Variable(Variable { key, default }));
        Ok(rest)
    }

    fn wildcard(&mut self, piece: Piece) {
        self.flush();
        // `**` matches what `*` does.
        if piece != Piece::AnyRun || self.pieces.last() != Some(&Piece::AnyRun) {
            self.pieces.push(piece);
        }
    }

    fn flush(&mut self) {
        if !self.literal.is_empty() {
            self.pieces.push(Piece::Literal(std::mem::take(&mut self.literal).into()));
        }
    }

    fn finish(mut self, source: &str) -> Pattern {
        self.flush();
        Pattern { source: source.into(), pieces: self.pieces.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: Syntax = Syntax { wildcards: true, variables: true };

    fn literal(text: &str) -> Piece {
        Piece::Literal(text.into())
    }

    fn variable(key: &str, default: Option<&str>) -> Piece {
        Piece::Variable(Variable { key: key.into(), default: default.map(Into::into) })
    }

    #[test]
    fn pieces_of_a_pattern() {
        for (text, pieces) in [
            ("", vec![]),
            ("a*b?", vec![literal("a"), Piece::AnyRun, literal("b"), Piece::AnyOne]),
            ("***", vec![Piece::AnyRun]),
            ("a${aws:Name}b", vec![literal("a"), variable("aws:name", None), literal("b")]),
            ("${k, 'a b'}", vec![variable("k", Some("a b"))]),
            ("${k,''}", vec![variable("k", Some(""))]),
            ("${k, '}*'}x", vec![variable("k", Some("}*")), literal("x")]),
            ("${*}${?}${$}", vec![literal("*?$")]),
            ("$x{$}", vec![literal("$x{$}")]),
            ("${$}{k}", vec![literal("${k}")]),
        ] {
            assert_eq!(Pattern::parse(text, ALL).unwrap().pieces(), pieces, "{text}");
        }
    }

    #[test]
    fn characters_without_meaning_are_literal() {
        let none = Syntax { wildcards: false, variables: false };
        assert_eq!(Pattern::parse("*${k}", none).unwrap().pieces(), [literal("*${k}")]);
        let no_variables = Syntax { wildcards: true, variables: false };
        assert_eq!(
            Pattern::parse("${*}", no_variables).unwrap().pieces(),
            [literal("${"), Piece::AnyRun, literal("}")]
        );
    }

    #[test]
    fn variables_of_a_resource_stand_behind_the_fifth_colon() {
        let parse = |text| Pattern::parse_resource(text, ALL).unwrap();
        assert_eq!(
            parse("arn:aws:s3:::${a:b}").pieces(),
            [literal("arn:aws:s3:::"), variable("a:b", None)]
        );
        assert!(parse("arn:aws:iam::${aws:PrincipalAccount}:role/x").is_literal());
    }

    #[test]
    fn broken_variables_are_refused() {
        for text in
            ["${", "${}", "${a", "${ a}", "${a }", "${a, b}", "${a,'b}", "${a,'b' x}", "${a*}"]
        {
            assert!(Pattern::parse(text, ALL).is_err(), "{text}");
        }
    }
}
