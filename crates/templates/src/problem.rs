use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Span, limits};

/// Characters of a line that are shown at once.
const SHOWN: usize = 160;

/// What is wrong with a template, and where.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{message} (line {}, column {})", .span.start.line, .span.start.column)]
pub struct Problem {
    /// What is wrong, with the name or value.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to write instead, if that can be said.
    pub help: Option<String>,
}

/// All that is wrong with a template: at least one problem, in the order of the text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct Problems(Vec<Problem>);

impl Problem {
    /// A problem at a place.
    #[must_use]
    pub fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), span, help: None }
    }

    /// The same with what to write instead.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// The same with what to write instead, if that can be said.
    #[must_use]
    pub fn help_with(mut self, help: Option<String>) -> Self {
        self.help = help;
        self
    }

    /// The problem with its line of the template, and the place in it underlined. Of a long line
    /// only what stands around the place is shown.
    #[must_use]
    pub fn with_line(&self, text: &str) -> String {
        let Span { start, end } = self.span;
        let line = text.lines().nth(start.line.saturating_sub(1) as usize).unwrap_or_default();
        let width = line.chars().count();
        let before = (start.column.saturating_sub(1) as usize).min(width);
        let behind =
            if end.line == start.line { end.column.saturating_sub(1) as usize } else { width };
        let first = if width <= SHOWN { 0 } else { before.saturating_sub(SHOWN / 2) };
        let shown: String = line.chars().skip(first).take(SHOWN).collect();
        let (left, right) =
            (if first > 0 { "…" } else { "" }, if first + SHOWN < width { "…" } else { "" });
        // A tab stays one, so that the underline stands below what it means.
        let indent: String = left
            .chars()
            .chain(shown.chars().take(before - first))
            .map(|c| if c == '\t' { '\t' } else { ' ' })
            .collect();
        let marked = behind.min(width).min(first + SHOWN).saturating_sub(before).max(1);
        let underline = "^".repeat(marked);
        let mut told = format!("{self}\n  {left}{shown}{right}\n  {indent}{underline}");
        if let Some(help) = &self.help {
            told.push_str("\n  ");
            told.push_str(help);
        }
        told
    }
}

impl Problems {
    /// The problems found; none if there are none.
    #[must_use]
    pub fn of(mut found: Vec<Problem>) -> Option<Self> {
        found.sort_by_key(|problem| problem.span.start);
        found.dedup();
        found.truncate(limits::PROBLEMS);
        if found.is_empty() { None } else { Some(Self(found)) }
    }

    /// `Ok` with the value if nothing is wrong.
    ///
    /// # Errors
    ///
    /// The problems found.
    pub fn none_or<T>(found: Vec<Problem>, value: T) -> Result<T, Self> {
        match Self::of(found) {
            None => Ok(value),
            Some(problems) => Err(problems),
        }
    }

    /// Each of them, in the order of the text.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }

    /// All problems, each with its line of the template and the place in it underlined.
    #[must_use]
    pub fn with_lines(&self, text: &str) -> String {
        let told: Vec<String> = self.iter().map(|problem| problem.with_line(text)).collect();
        told.join("\n")
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, problem) in self.iter().enumerate() {
            let separator = if place == 0 { "" } else { "\n" };
            write!(f, "{separator}{problem}")?;
        }
        Ok(())
    }
}

impl From<Problem> for Problems {
    fn from(problem: Problem) -> Self {
        Self(vec![problem])
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Position;

    fn span(line: u32, start: u32, end: u32) -> Span {
        Span { start: Position { line, column: start }, end: Position { line, column: end } }
    }

    #[test]
    fn the_place_is_underlined() {
        let told = Problem::new("wrong", span(2, 3, 5)).help("right").with_line("a\n\tbcde\n");
        assert_eq!(told, "wrong (line 2, column 3)\n  \tbcde\n  \t ^^\n  right");
    }

    #[test]
    fn of_a_long_line_the_surroundings_are_shown() {
        let line = format!("{}here{}", "x".repeat(1000), "y".repeat(1000));
        let told = Problem::new("wrong", span(1, 1001, 1005)).with_line(&line);
        let [_, shown, underline] = told.lines().collect::<Vec<_>>()[..] else { panic!("{told}") };
        assert!(shown.chars().count() < 170, "{shown}");
        assert!(shown.starts_with("  …x") && shown.ends_with("y…"), "{shown}");
        assert_eq!(shown.chars().position(|c| c == 'h'), underline.find('^'), "{told}");
        assert_eq!(underline.trim(), "^^^^");
    }

    #[test]
    fn a_place_outside_of_the_text_is_shown_too() {
        for (line, start) in [(1, 9), (7, 1), (7, 9)] {
            assert!(
                Problem::new("wrong", span(line, start, start)).with_line("abc").ends_with('^')
            );
        }
    }
}
