use crate::{Key, Node, Output, Problem, fields::Fields};

const KEYS: &[&str] = &["Condition", "Description", "Export", "Value"];

impl Output {
    /// Reads an entry of `Outputs`.
    pub(crate) fn read(name: &Key, node: &Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut fields = Fields::new("output", node, KEYS, problems);
        let export = fields.get("Export").and_then(|export| {
            let mut fields = Fields::new("export", export, &["Name"], fields.problems());
            if fields.get("Name").is_none() {
                fields.missing("an Export has a Name".to_owned());
            }
            fields.get("Name").cloned()
        });
        let description = fields.text("Description").map(str::to_owned);
        let condition = fields.name("Condition").map(|(text, span)| Key::new(text, span));
        let Some(value) = fields.get("Value") else {
            let message = "Every Outputs member must contain a Value object";
            fields.problems().push(Problem::new(message, name.span));
            return None;
        };
        Some(Self { name: name.clone(), value: value.clone(), description, export, condition })
    }
}
