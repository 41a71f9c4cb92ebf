//! Templates in files, and what is wrong with them, shown with the line.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use annotate_snippets::{AnnotationKind, Level, Renderer, Snippet};
use templates::{Position, Problems, Template};

/// A template that was read and checked.
pub(crate) struct TemplateFile {
    pub(crate) text: String,
    pub(crate) template: Template,
}

/// Why there is none.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateFileError {
    #[error("the template {path} cannot be read: {source}", path = path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    /// With each problem's line, as it is shown.
    #[error("the template {path} has mistakes:\n{report}", path = path.display())]
    Wrong { path: PathBuf, report: String },
    #[error(
        "{0:?} is no name for a stack: a letter, then up to 127 letters, digits and hyphens; give \
         one with --stack"
    )]
    StackName(String),
}

impl TemplateFile {
    pub(crate) fn read(path: &Path) -> Result<Self, TemplateFileError> {
        let text = fs::read_to_string(path)
            .map_err(|source| TemplateFileError::Unreadable { path: path.to_owned(), source })?;
        Self::parse(text, path)
    }

    /// Reads a template's text, which stands in this file.
    pub(crate) fn parse(text: String, path: &Path) -> Result<Self, TemplateFileError> {
        match Template::parse(&text) {
            Ok(template) => Ok(Self { text, template }),
            Err(problems) => {
                let report = report(&problems, &text, &path.to_string_lossy());
                Err(TemplateFileError::Wrong { path: path.to_owned(), report })
            }
        }
    }

    /// The names of the template's parameters.
    pub(crate) fn parameters(&self) -> Vec<String> {
        self.template.parameters.iter().map(|parameter| parameter.name.text.clone()).collect()
    }
}

/// The name of a stack: the one given, else the file's without its extension.
pub(crate) fn stack_name(given: Option<&str>, path: &Path) -> Result<String, TemplateFileError> {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    let name = given.unwrap_or(&stem);
    let fits = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.len() <= 128
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
    if fits { Ok(name.to_owned()) } else { Err(TemplateFileError::StackName(name.to_owned())) }
}

/// What is wrong, each with file, line, column and the line itself, in colours that a plain output
/// strips.
fn report(problems: &Problems, text: &str, path: &str) -> String {
    let reports: Vec<String> = problems
        .iter()
        .map(|problem| {
            let range = offset(text, problem.span.start)..offset(text, problem.span.end);
            let place = AnnotationKind::Primary.span(range);
            let group = Level::ERROR
                .primary_title(problem.message.as_str())
                .element(Snippet::source(text).path(path).annotation(place));
            let group = match &problem.help {
                Some(help) => group.element(Level::HELP.message(help.as_str())),
                None => group,
            };
            Renderer::styled().render(&[group])
        })
        .collect();
    reports.join("\n\n")
}

/// The byte at a place; places behind a line's end or the text's are moved there.
fn offset(text: &str, place: Position) -> usize {
    let mut start = 0;
    let mut lines = text.split_inclusive('\n');
    for line in lines.by_ref().take(place.line.saturating_sub(1) as usize) {
        start += line.len();
    }
    let line = lines.next().unwrap_or_default().trim_end_matches(['\r', '\n']);
    let column = place.column.saturating_sub(1) as usize;
    start + line.char_indices().nth(column).map_or(line.len(), |(offset, _)| offset)
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;

    #[test]
    fn a_problem_is_shown_with_file_line_and_place() {
        let text = "Resources:\n  Coats:\n    Type: AWS::S3::Bucket\n    Properties:\n      \
                    BucketName: !Sub \"ä-${Stge}\"\nParameters:\n  Stage: {Type: String}\n";
        let error = TemplateFile::parse(text.to_owned(), Path::new("a/b.yaml")).err().unwrap();
        insta::assert_snapshot!(strip_str(&error.to_string()).to_string());
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "ab\r\näöü\n\nx";
        let at = |line, column| offset(text, Position { line, column });
        assert_eq!((at(1, 1), at(1, 3), at(1, 9)), (0, 2, 2));
        assert_eq!((at(2, 2), at(2, 4), at(2, 9)), (6, 10, 10));
        assert_eq!((at(3, 1), at(4, 1), at(4, 2), at(9, 9)), (11, 12, 13, 13));
    }

    #[test]
    fn a_stack_is_called_as_its_file_unless_said_otherwise() {
        let named = |given, path: &str| stack_name(given, Path::new(path)).ok();
        assert_eq!(named(None, "a/my-stack.template.json"), None);
        assert_eq!(named(None, "a/my-stack.yaml").as_deref(), Some("my-stack"));
        assert_eq!(named(Some("other"), "a/b.yaml").as_deref(), Some("other"));
        for wrong in ["", "1a", "a_b", "ä", "-a", &"a".repeat(129)] {
            assert_eq!(named(Some(wrong), "b.yaml"), None, "{wrong}");
        }
    }
}
