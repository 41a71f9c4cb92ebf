use crate::{DeletionPolicy, Key, Node, Problem, Resource, Value, fields::Fields};

const KEYS: &[&str] = &[
    "Condition",
    "CreationPolicy",
    "DeletionPolicy",
    "DependsOn",
    "Metadata",
    "Properties",
    "Type",
    "UpdatePolicy",
    "UpdateReplacePolicy",
];

impl Resource {
    /// Reads an entry of `Resources`.
    pub(crate) fn read(id: &Key, node: &Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut fields = Fields::new("resource", node, KEYS, problems);
        for name in ["CreationPolicy", "UpdatePolicy"] {
            if let Some((key, _)) = fields.entry(name) {
                let message =
                    format!("{name} is not served: no resource type here has a use for it");
                fields.problems().push(Problem::new(message, key.span));
            }
        }
        if fields.get("Type").is_none() && node.as_map().is_some() {
            let message = format!(
                "[/Resources/{}] Every Resources object must contain a Type \
                 member.",
                id.text
            );
            fields.problems().push(Problem::new(message, id.span));
        }
        let kind = fields.name("Type").map(|(text, span)| Key::new(text, span));
        let properties = match fields.get("Properties") {
            Some(properties) if properties.as_map().is_some() => properties.clone(),
            Some(other) => {
                let message = format!("Properties is a map, not {}", other.value.kind());
                fields.problems().push(Problem::new(message, other.span));
                return None;
            }
            None => Node::new(Value::Map(Vec::new()), id.span),
        };
        let condition = fields.name("Condition").map(|(text, span)| Key::new(text, span));
        let deletion_policy = policy(&mut fields, "DeletionPolicy", true);
        let update_replace_policy = policy(&mut fields, "UpdateReplacePolicy", false);
        Some(Self {
            id: id.clone(),
            depends_on: depends_on(&mut fields),
            kind: kind?,
            properties,
            condition,
            deletion_policy,
            update_replace_policy,
            metadata: fields.get("Metadata").cloned(),
        })
    }
}

fn depends_on(fields: &mut Fields) -> Vec<Key> {
    let Some(node) = fields.get("DependsOn") else { return Vec::new() };
    let nodes = node.as_list().unwrap_or(std::slice::from_ref(node));
    let mut names = Vec::new();
    for node in nodes {
        match node.as_text() {
            Some(text) => names.push(Key::new(text, node.span)),
            None => fields.problems().push(Problem::new(
                format!("DependsOn is a logical id or a list of them, not {}", node.value.kind()),
                node.span,
            )),
        }
    }
    names
}

fn policy(fields: &mut Fields, key: &str, on_create: bool) -> DeletionPolicy {
    let Some((text, span)) = fields.name(key) else { return DeletionPolicy::default() };
    match text {
        "Delete" => DeletionPolicy::Delete,
        "Retain" => DeletionPolicy::Retain,
        "RetainExceptOnCreate" if on_create => DeletionPolicy::RetainExceptOnCreate,
        _ => {
            let problem = if text == "Snapshot" {
                Problem::new("no resource type here can leave a snapshot", span)
            } else {
                Problem::new(format!("{text} is no value of {key}"), span)
            };
            let more = if on_create { ", Retain and RetainExceptOnCreate" } else { " and Retain" };
            fields.problems().push(problem.help(format!("there are Delete{more}")));
            DeletionPolicy::default()
        }
    }
}
