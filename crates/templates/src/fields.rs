//! Reading the entries of maps whose keys are known.

use crate::{Key, Node, Problem, Span, nearest};

/// A map of which only some keys may stand in it, and what was found wrong with it.
pub(crate) struct Fields<'t, 'p> {
    /// What it describes, for messages: `resource`, `parameter` …
    what: &'static str,
    map: &'t [(Key, Node)],
    span: Span,
    problems: &'p mut Vec<Problem>,
}

impl<'t, 'p> Fields<'t, 'p> {
    /// Notes each key that is not known.
    pub(crate) fn new(
        what: &'static str,
        node: &'t Node,
        known: &[&str],
        problems: &'p mut Vec<Problem>,
    ) -> Self {
        let map = entries(node, what, problems);
        for (key, _) in map.iter().filter(|(key, _)| !known.contains(&key.text.as_str())) {
            let message = format!("Invalid template {what} property '{}'", key.text);
            problems
                .push(Problem::new(message, key.span).help_with(nearest_help(&key.text, known)));
        }
        Self { what, map, span: node.span, problems }
    }

    pub(crate) fn problems(&mut self) -> &mut Vec<Problem> {
        self.problems
    }

    pub(crate) fn get(&self, key: &str) -> Option<&'t Node> {
        self.entry(key).map(|(_, node)| node)
    }

    pub(crate) fn entry(&self, key: &str) -> Option<&'t (Key, Node)> {
        self.map.iter().find(|(found, _)| found.text == key)
    }

    /// The text under a key. Functions cannot make it.
    pub(crate) fn text(&mut self, key: &str) -> Option<&'t str> {
        self.name(key).map(|(text, _)| text)
    }

    /// The text under a key, and where it stands. Functions cannot make it.
    pub(crate) fn name(&mut self, key: &str) -> Option<(&'t str, Span)> {
        let node = self.get(key)?;
        match node.as_text() {
            Some(text) => Some((text, node.span)),
            None => self.wrong(key, node, "a text"),
        }
    }

    /// The text under a key, where numbers and Booleans are taken for their text.
    pub(crate) fn scalar(&mut self, key: &str) -> Option<String> {
        let node = self.get(key)?;
        match node.scalar() {
            Some(text) => Some(text),
            None => self.wrong(key, node, "a text"),
        }
    }

    /// The value that the text under a key is read as.
    pub(crate) fn parsed<T: std::str::FromStr>(&mut self, key: &str, what: &str) -> Option<T> {
        let node = self.get(key)?;
        match node.scalar().and_then(|text| text.parse().ok()) {
            Some(value) => Some(value),
            None => self.wrong(key, node, what),
        }
    }

    /// The list under a key.
    pub(crate) fn list(&mut self, key: &str) -> Option<&'t [Node]> {
        let node = self.get(key)?;
        match node.as_list() {
            Some(list) => Some(list),
            None => self.wrong(key, node, "a list"),
        }
    }

    /// Notes that a key is missing.
    pub(crate) fn missing(&mut self, message: String) {
        self.problems.push(Problem::new(message, self.span));
    }

    fn wrong<T>(&mut self, key: &str, node: &Node, wanted: &str) -> Option<T> {
        let message = format!("{key} of a {} is {wanted}, not {}", self.what, node.value.kind());
        self.problems.push(Problem::new(message, node.span));
        None
    }
}

/// The entries of a map; none, and a problem, if it is something else.
pub(crate) fn entries<'t>(
    node: &'t Node,
    what: &str,
    problems: &mut Vec<Problem>,
) -> &'t [(Key, Node)] {
    node.as_map().unwrap_or_else(|| {
        let message = format!("a map is needed for {what}, not {}", node.value.kind());
        problems.push(Problem::new(message, node.span));
        &[]
    })
}

/// Notes each key of a map that is not alphanumeric but for the characters in `also`, and that there
/// are too many.
pub(crate) fn names(
    what: &str,
    also: &[char],
    map: &[(Key, Node)],
    most: usize,
    problems: &mut Vec<Problem>,
) {
    let alphanumeric = |name: &str| {
        !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || also.contains(&c))
    };
    for (key, _) in map {
        if key.text.starts_with("Fn::") {
            let message = format!("{} cannot make entries of this section here", key.text);
            problems.push(Problem::new(message, key.span));
        } else if !alphanumeric(&key.text) {
            let message = format!("{what} name {} is non alphanumeric.", key.text);
            problems.push(Problem::new(message, key.span));
        } else if key.text.len() > crate::limits::LOGICAL_ID_CHARACTERS {
            let message = format!(
                "a {what} name has at most {} characters",
                crate::limits::LOGICAL_ID_CHARACTERS
            );
            problems.push(Problem::new(message, key.span));
        }
    }
    if let Some((key, _)) = map.get(most) {
        problems.push(Problem::new(format!("this is one {what} more than {most}"), key.span));
    }
}

/// What to write instead of a name that is not known.
pub(crate) fn nearest_help(name: &str, known: &[&str]) -> Option<String> {
    nearest(name, known.iter().copied()).map(|known| format!("did you mean {known}?"))
}
