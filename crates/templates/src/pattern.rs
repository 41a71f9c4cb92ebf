//! The regular expressions of `AllowedPattern`.
//!
//! Java's, without what makes matching take more than linear time or is hardly used: no look-around,
//! no references to groups, no possessive or lazy quantifiers (which make no difference where the
//! whole value must match), no flags.

/// Instructions of a pattern; `{n,m}` repeats them.
const INSTRUCTIONS: usize = 1_000;
/// How deep groups may be nested.
const DEPTH: usize = 32;

/// A regular expression that a whole text matches or does not.
#[derive(Debug, Clone, PartialEq)]
pub struct Pattern {
    source: String,
    program: Vec<Instruction>,
}

#[derive(Debug, Clone, PartialEq)]
enum Instruction {
    /// A character of a class.
    Class(Class),
    /// Goes on in both places.
    Split(usize, usize),
    Jump(usize),
    /// Only at the beginning of the text.
    Start,
    /// Only at the end of the text.
    End,
    Match,
}

/// A class of characters.
#[derive(Debug, Clone, PartialEq, Default)]
struct Class {
    negated: bool,
    ranges: Vec<(char, char)>,
    classes: Vec<Class>,
}

#[derive(Debug, Clone)]
enum Expression {
    Empty,
    Class(Class),
    Start,
    End,
    Sequence(Vec<Expression>),
    Either(Vec<Expression>),
    Repeat { of: Box<Expression>, least: usize, most: Option<usize> },
}

impl Pattern {
    /// Reads a regular expression.
    pub(crate) fn parse(source: &str) -> Result<Self, String> {
        let mut reader = Reader { rest: source.chars().collect(), depth: 0 };
        reader.rest.reverse();
        let expression =
            reader.either().map_err(|why| format!("AllowedPattern {source}: {why}"))?;
        let mut program = Vec::new();
        emit(&expression, &mut program).map_err(|why| format!("AllowedPattern {source}: {why}"))?;
        program.push(Instruction::Match);
        Ok(Self { source: source.to_owned(), program })
    }

    /// The pattern as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.source
    }

    /// Whether the whole of a text matches; in time linear in its length.
    #[must_use]
    pub fn matches(&self, text: &str) -> bool {
        let end = text.chars().count();
        let mut current = self.reach(vec![0], 0, end);
        for (place, c) in text.chars().enumerate() {
            let next = current.iter().filter_map(|at| match self.program.get(*at) {
                Some(Instruction::Class(class)) if class.contains(c) => Some(at + 1),
                _ => None,
            });
            current = self.reach(next.collect(), place + 1, end);
            if current.is_empty() {
                return false;
            }
        }
        current.iter().any(|at| self.program.get(*at) == Some(&Instruction::Match))
    }

    /// Everywhere that can be gone to from some places without reading a character.
    fn reach(&self, mut open: Vec<usize>, place: usize, end: usize) -> Vec<usize> {
        let mut seen = vec![false; self.program.len()];
        let mut reached = Vec::new();
        while let Some(at) = open.pop() {
            match seen.get_mut(at) {
                Some(seen) if !*seen => *seen = true,
                _ => continue,
            }
            reached.push(at);
            match self.program.get(at) {
                Some(Instruction::Split(one, other)) => open.extend([*one, *other]),
                Some(Instruction::Jump(to)) => open.push(*to),
                Some(Instruction::Start) if place == 0 => open.push(at + 1),
                Some(Instruction::End) if place == end => open.push(at + 1),
                _ => {}
            }
        }
        reached
    }
}

impl Class {
    fn of(ranges: &[(char, char)]) -> Self {
        Self { ranges: ranges.to_vec(), ..Self::default() }
    }

    fn not(self) -> Self {
        Self { negated: !self.negated, ..self }
    }

    fn contains(&self, c: char) -> bool {
        let inside = self.ranges.iter().any(|(first, last)| (*first..=*last).contains(&c))
            || self.classes.iter().any(|class| class.contains(c));
        inside != self.negated
    }
}

/// What is left to read, backwards.
struct Reader {
    rest: Vec<char>,
    depth: usize,
}

impl Reader {
    fn peek(&self) -> Option<char> {
        self.rest.last().copied()
    }

    fn next(&mut self) -> Option<char> {
        self.rest.pop()
    }

    fn take(&mut self, c: char) -> bool {
        let found = self.peek() == Some(c);
        if found {
            self.rest.pop();
        }
        found
    }

    /// The whole, at the outermost level; else up to a closing parenthesis.
    fn either(&mut self) -> Result<Expression, String> {
        let mut branches = Vec::new();
        loop {
            branches.push(self.sequence()?);
            match self.peek() {
                Some('|') => {
                    self.next();
                }
                Some(')') if self.depth == 0 => return Err("a ) closes no group".to_owned()),
                _ => return Ok(Expression::Either(branches)),
            }
        }
    }

    fn sequence(&mut self) -> Result<Expression, String> {
        let mut parts = Vec::new();
        while let Some(c) = self.peek().filter(|c| !matches!(c, '|' | ')')) {
            self.next();
            let part = match c {
                '^' => Expression::Start,
                '$' => Expression::End,
                '(' => self.group()?,
                '[' => Expression::Class(self.class(0)?),
                '.' => Expression::Class(Class::of(&[('\n', '\n'), ('\r', '\r')]).not()),
                '\\' => Expression::Class(self.escape()?),
                '*' | '+' | '?' => return Err(format!("{c} repeats nothing")),
                c => Expression::Class(Class::of(&[(c, c)])),
            };
            parts.push(self.repeated(part)?);
        }
        Ok(if parts.is_empty() { Expression::Empty } else { Expression::Sequence(parts) })
    }

    fn group(&mut self) -> Result<Expression, String> {
        if self.take('?') && !self.take(':') {
            return Err("groups that begin with (? are not served, but (?:".to_owned());
        }
        if self.depth == DEPTH {
            return Err(format!("groups are nested more than {DEPTH} deep"));
        }
        self.depth += 1;
        let inside = self.either()?;
        self.depth -= 1;
        if self.take(')') { Ok(inside) } else { Err("a ( is not closed".to_owned()) }
    }

    fn repeated(&mut self, part: Expression) -> Result<Expression, String> {
        let (least, most) = match self.peek() {
            Some('*') => (0, None),
            Some('+') => (1, None),
            Some('?') => (0, Some(1)),
            Some('{') => {
                self.next();
                let bounds = self.bounds()?;
                return self.quantified(part, bounds);
            }
            _ => return Ok(part),
        };
        self.next();
        self.quantified(part, (least, most))
    }

    fn quantified(
        &mut self,
        part: Expression,
        (least, most): (usize, Option<usize>),
    ) -> Result<Expression, String> {
        match self.peek() {
            Some('+') => Err("possessive quantifiers are not served".to_owned()),
            Some('*' | '{') => Err("a quantifier follows another one".to_owned()),
            // Lazy: which way is tried first makes no difference to whether the whole matches.
            Some('?') => {
                self.next();
                Ok(Expression::Repeat { of: Box::new(part), least, most })
            }
            _ => Ok(Expression::Repeat { of: Box::new(part), least, most }),
        }
    }

    /// `n}`, `n,}` or `n,m}`.
    fn bounds(&mut self) -> Result<(usize, Option<usize>), String> {
        let wrong = || "a { must begin a quantifier such as {1,3}".to_owned();
        let least = self.number().ok_or_else(wrong)?;
        let most = if self.take(',') { self.number() } else { Some(least) };
        if !self.take('}') || most.is_some_and(|most| most < least) {
            return Err(wrong());
        }
        Ok((least, most))
    }

    fn number(&mut self) -> Option<usize> {
        let mut digits = String::new();
        while let Some(digit) = self.peek().filter(char::is_ascii_digit) {
            self.next();
            digits.push(digit);
        }
        digits.parse().ok().filter(|number| *number <= INSTRUCTIONS)
    }

    fn class(&mut self, depth: usize) -> Result<Class, String> {
        if depth == DEPTH {
            return Err(format!("classes are nested more than {DEPTH} deep"));
        }
        let open = || "a [ is not closed".to_owned();
        let mut class = Class { negated: self.take('^'), ..Class::default() };
        let mut empty = true;
        loop {
            let c = self.next().ok_or_else(open)?;
            let first = match c {
                ']' if !empty => return Ok(class),
                '[' => {
                    class.classes.push(self.class(depth + 1)?);
                    empty = false;
                    continue;
                }
                '&' if self.peek() == Some('&') => {
                    return Err("intersections of classes (&&) are not served".to_owned());
                }
                '\\' => {
                    let escaped = self.escape()?;
                    match escaped.ranges.as_slice() {
                        [(one, same)] if one == same && !escaped.negated => *one,
                        _ => {
                            class.classes.push(escaped);
                            empty = false;
                            continue;
                        }
                    }
                }
                c => c,
            };
            empty = false;
            // A hyphen at the end stands for itself.
            let range = self.peek() == Some('-')
                && !matches!(self.rest.iter().rev().nth(1), Some(']' | '[') | None);
            let last = if range {
                self.next();
                match self.next().ok_or_else(open)? {
                    '\\' => match self.escape()?.ranges.as_slice() {
                        [(one, same)] if one == same => *one,
                        _ => return Err("a range ends with a class".to_owned()),
                    },
                    c => c,
                }
            } else {
                first
            };
            if last < first {
                return Err(format!("the range {first}-{last} is empty"));
            }
            class.ranges.push((first, last));
        }
    }

    /// What follows a backslash.
    fn escape(&mut self) -> Result<Class, String> {
        const DIGIT: &[(char, char)] = &[('0', '9')];
        const WORD: &[(char, char)] = &[('a', 'z'), ('A', 'Z'), ('_', '_'), ('0', '9')];
        const SPACE: &[(char, char)] = &[(' ', ' '), ('\t', '\r')];
        let one = |c: char| Class::of(&[(c, c)]);
        let c = self.next().ok_or_else(|| "nothing follows the last \\".to_owned())?;
        Ok(match c {
            'd' => Class::of(DIGIT),
            'D' => Class::of(DIGIT).not(),
            'w' => Class::of(WORD),
            'W' => Class::of(WORD).not(),
            's' => Class::of(SPACE),
            'S' => Class::of(SPACE).not(),
            't' => one('\t'),
            'n' => one('\n'),
            'r' => one('\r'),
            c if c.is_ascii_alphanumeric() => return Err(format!("\\{c} is not served")),
            c => one(c),
        })
    }
}

/// Appends the instructions of an expression.
fn emit(expression: &Expression, program: &mut Vec<Instruction>) -> Result<(), String> {
    if program.len() > INSTRUCTIONS {
        return Err("it is too large".to_owned());
    }
    match expression {
        Expression::Empty => {}
        Expression::Class(class) => program.push(Instruction::Class(class.clone())),
        Expression::Start => program.push(Instruction::Start),
        Expression::End => program.push(Instruction::End),
        Expression::Sequence(parts) => parts.iter().try_for_each(|part| emit(part, program))?,
        Expression::Either(branches) => {
            let mut ends = Vec::new();
            for (place, branch) in branches.iter().enumerate() {
                if place + 1 == branches.len() {
                    emit(branch, program)?;
                    continue;
                }
                let split = program.len();
                program.push(Instruction::Match);
                emit(branch, program)?;
                ends.push(program.len());
                program.push(Instruction::Match);
                let end = program.len();
                set(program, split, Instruction::Split(split + 1, end));
            }
            let end = program.len();
            for place in ends {
                set(program, place, Instruction::Jump(end));
            }
        }
        Expression::Repeat { of, least, most } => {
            for _ in 0..*least {
                let before = program.len();
                emit(of, program)?;
                // Nothing, however often, is nothing.
                if program.len() == before {
                    return Ok(());
                }
            }
            match most {
                None => {
                    let split = program.len();
                    program.push(Instruction::Match);
                    emit(of, program)?;
                    program.push(Instruction::Jump(split));
                    let end = program.len();
                    set(program, split, Instruction::Split(split + 1, end));
                }
                Some(most) => {
                    let mut splits = Vec::new();
                    for _ in *least..*most {
                        splits.push(program.len());
                        program.push(Instruction::Match);
                        emit(of, program)?;
                    }
                    let end = program.len();
                    for place in splits {
                        set(program, place, Instruction::Split(place + 1, end));
                    }
                }
            }
        }
    }
    Ok(())
}

/// Puts in an instruction whose place was kept.
fn set(program: &mut [Instruction], place: usize, instruction: Instruction) {
    if let Some(kept) = program.get_mut(place) {
        *kept = instruction;
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
            ("abc", &["abc"], &["ab", "abcd", "xabc", ""]),
            ("^abc$", &["abc"], &["abcd"]),
            ("a|bc|", &["a", "bc", ""], &["b", "abc"]),
            ("a*b+c?", &["b", "aab", "bbc"], &["a", "bcc", "c"]),
            ("(ab){2}", &["abab"], &["ab", "ababab"]),
            ("a{2,}", &["aa", "aaaa"], &["a"]),
            ("a{1,3}", &["a", "aaa"], &["", "aaaa"]),
            ("a{0}b", &["b"], &["ab"]),
            ("(?:a|b)*c", &["c", "abbac"], &["abd"]),
            ("[a-zA-Z0-9]+", &["aZ9"], &["", "a-b", "ä"]),
            ("[^a-c]", &["d", "🧥"], &["a", "b", "c", "dd"]),
            ("[a-c[x-z]]", &["a", "y"], &["d"]),
            ("[]a]", &["]", "a"], &["b"]),
            ("[a-]", &["a", "-"], &["b"]),
            (r"[\w.+-]+@[\w-]+\.[\w.]+", &["a.b+c@d-e.fg"], &["a@b", "@b.c"]),
            (r"\d{3}\s\D\S\W", &["123 ab-"], &["12 ab-", "123 1b-"]),
            (r"\\\.\*\[", &["\\.*["], &["x"]),
            (".", &["a", "🧥"], &["", "\n", "ab"]),
            ("a*?b", &["aab"], &["a"]),
            ("(^a|b)$", &["a", "b"], &["ab"]),
            ("a^b", &[], &["ab"]),
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
        for pattern in [
            "(?=a)",
            "(?i)a",
            r"\1",
            r"\p{L}",
            r"\b",
            "a++",
            "a**",
            "*a",
            "(a",
            "a)",
            "[a",
            "a{",
            "a{2,1}",
            "a{x}",
            "[z-a]",
            "[a&&b]",
            "\\",
            r"[a-\d]",
            "a{9999}",
            "(a{99}){99}",
        ] {
            assert!(Pattern::parse(pattern).is_err(), "{pattern}");
        }
        assert!(Pattern::parse(&"(".repeat(100_000)).is_err());
        assert!(Pattern::parse(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn nothing_repeated_is_nothing_at_once() {
        assert!(matches("((){999}){999}", ""));
        assert!(matches("(a*)*", "aaa"));
        assert!(matches("(a|)*b", "aab"));
    }

    #[test]
    fn time_is_linear_where_backtracking_is_exponential() {
        assert!(!matches("(a*)*b", &"a".repeat(4096)));
        assert!(!matches("(a|a|a)*b", &"a".repeat(4096)));
    }
}
