//! What the properties of a resource type are, as data: checked with their places in the template, and
//! read into JSON of the right types.

use directory::Replacement;
use serde_json::{Map, Value as Json};
use templates::{Key, Node, Problem, Span, Value};

/// The properties of a resource, each of the type that its schema says.
pub(crate) type Properties = Map<String, Json>;

/// A property of a resource, or a member of one.
#[derive(Debug)]
pub(crate) struct Property {
    /// Its name.
    pub(crate) name: &'static str,
    /// What its values are.
    pub(crate) kind: Kind,
    /// Whether it must be there.
    pub(crate) required: bool,
    /// Whether its change replaces the resource. Of members, that of the whole property counts.
    pub(crate) replaces: bool,
}

/// What values a property has.
#[derive(Debug)]
pub(crate) enum Kind {
    /// A text; numbers and Booleans are taken for their texts.
    Text,
    /// One of these texts.
    OneOf(&'static [&'static str]),
    /// An integer, also as a text.
    Integer,
    /// `true` or `false`, also as a text.
    Boolean,
    /// A list.
    List(&'static Kind),
    /// A map with any keys.
    Map(&'static Kind),
    /// A map with these keys.
    Object(&'static [Property]),
    /// Labels: a list of maps with `Key` and `Value`.
    Tags,
    /// A policy document: a map, or its JSON as a text.
    Document,
    /// AWS has the property, but it means nothing that is served here.
    NotServed,
}

impl Property {
    /// A property that can change in place.
    pub(crate) const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, required: false, replaces: false }
    }

    /// A text that can change in place.
    pub(crate) const fn text(name: &'static str) -> Self {
        Self::new(name, Kind::Text)
    }

    /// The same, which must be there.
    pub(crate) const fn required(self) -> Self {
        Self { required: true, ..self }
    }

    /// The same, whose change replaces the resource.
    pub(crate) const fn replaces(self) -> Self {
        Self { replaces: true, ..self }
    }

    /// Whether a change of it replaces the resource.
    pub(crate) fn replacement(&self) -> Replacement {
        if self.replaces { Replacement::True } else { Replacement::False }
    }
}

/// What stands for a value that is not known before the resource exists that it is a part of.
///
/// The control character can stand in no template, so nothing else is taken for it.
pub(crate) fn unknown(logical_id: &str, attribute: &str) -> String {
    format!("{MARK}{logical_id}.{attribute}{MARK}")
}

/// Whether a text contains what is not known yet.
pub(crate) fn is_unknown(text: &str) -> bool {
    text.contains(MARK)
}

/// Whether a value contains what is not known yet.
pub(crate) fn has_unknown(value: &Json) -> bool {
    match value {
        Json::String(text) => is_unknown(text),
        Json::Array(list) => list.iter().any(has_unknown),
        Json::Object(map) => map.values().any(has_unknown),
        Json::Null | Json::Bool(_) | Json::Number(_) => false,
    }
}

const MARK: char = '\u{1}';

/// Reads properties, all functions in which are replaced, by the schema of their type.
///
/// # Errors
/// All that is wrong, each with its place.
pub(crate) fn read(
    kind: &str,
    schema: &'static [Property],
    properties: &[(Key, Node)],
    span: Span,
) -> Result<Properties, Vec<Problem>> {
    let mut reader = Reader { kind, problems: Vec::new() };
    let read = reader.members("", schema, properties, span);
    if reader.problems.is_empty() { Ok(read) } else { Err(reader.problems) }
}

struct Reader<'a> {
    kind: &'a str,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn members(
        &mut self,
        path: &str,
        schema: &'static [Property],
        given: &[(Key, Node)],
        span: Span,
    ) -> Properties {
        let mut read = Properties::new();
        for (key, node) in given {
            let Some(property) = schema.iter().find(|property| property.name == key.text) else {
                self.unknown_property(path, schema, key);
                continue;
            };
            let path = joined(path, &key.text);
            if matches!(property.kind, Kind::NotServed) {
                let message = format!("{path} of {} is not served; leave it out", self.kind);
                self.problems.push(Problem::new(message, key.span));
                continue;
            }
            if let Some(value) = self.value(&path, &property.kind, node) {
                read.insert(key.text.clone(), value);
            }
        }
        let missing = schema.iter().filter(|property| property.required);
        for property in missing.filter(|own| !given.iter().any(|(key, _)| key.text == own.name)) {
            let path = joined(path, property.name);
            let message = format!("{} needs the property {path}", self.kind);
            self.problems.push(Problem::new(message, span));
        }
        read
    }

    fn unknown_property(&mut self, path: &str, schema: &'static [Property], key: &Key) {
        let path = joined(path, &key.text);
        let message = format!("{} has no property {path}, or none that is served", self.kind);
        let problem = Problem::new(message, key.span);
        let near = schema.iter().find(|own| own.name.eq_ignore_ascii_case(&key.text));
        self.problems.push(match near {
            Some(near) => problem.help(format!("write {}", near.name)),
            None => problem,
        });
    }

    fn value(&mut self, path: &str, kind: &'static Kind, node: &Node) -> Option<Json> {
        if let Some(text) = node.as_text()
            && is_unknown(text)
        {
            return Some(text.into());
        }
        match kind {
            Kind::Text => match node.scalar() {
                Some(text) => Some(text.into()),
                None => self.wrong(path, "a text", node),
            },
            Kind::OneOf(values) => match node.scalar() {
                Some(text) if values.contains(&&*text) => Some(text.into()),
                Some(text) => {
                    let message = format!("{path} is {text:?}; it is one of {}", values.join(", "));
                    self.problems.push(Problem::new(message, node.span));
                    None
                }
                None => self.wrong(path, "a text", node),
            },
            Kind::Integer => {
                let number = node.scalar().and_then(|text| text.parse::<i64>().ok());
                let number = number.filter(|_| !matches!(node.value, Value::Bool(_)));
                match number {
                    Some(number) => Some(number.into()),
                    None => self.wrong(path, "an integer", node),
                }
            }
            Kind::Boolean => match node.scalar().as_deref() {
                Some("true") => Some(true.into()),
                Some("false") => Some(false.into()),
                _ => self.wrong(path, "true or false", node),
            },
            Kind::List(element) => match node.as_list() {
                Some(list) => {
                    let read = |(at, node)| self.value(&format!("{path}[{at}]"), element, node);
                    Some(list.iter().enumerate().filter_map(read).collect())
                }
                None => self.wrong(path, "a list", node),
            },
            Kind::Map(element) => match node.as_map() {
                Some(map) => {
                    let read = |(key, node): &(Key, Node)| {
                        let value = self.value(&joined(path, &key.text), element, node)?;
                        Some((key.text.clone(), value))
                    };
                    Some(Json::Object(map.iter().filter_map(read).collect()))
                }
                None => self.wrong(path, "a map", node),
            },
            Kind::Object(members) => match node.as_map() {
                Some(map) => Some(Json::Object(self.members(path, members, map, node.span))),
                None => self.wrong(path, "a map", node),
            },
            Kind::Tags => self.value(path, &TAGS, node),
            Kind::Document => match &node.value {
                Value::Map(_) => Some(node.to_json()),
                Value::Text(text) => match serde_json::from_str::<Json>(text) {
                    Ok(document @ Json::Object(_)) => Some(document),
                    _ => self.wrong(path, "a policy document", node),
                },
                _ => self.wrong(path, "a policy document", node),
            },
            Kind::NotServed => None,
        }
    }

    fn wrong(&mut self, path: &str, expected: &str, node: &Node) -> Option<Json> {
        let message = format!("{path} must be {expected}, not {}", node.value.kind());
        self.problems.push(Problem::new(message, node.span));
        None
    }
}

const TAG: &[Property] = &[Property::text("Key").required(), Property::text("Value").required()];
static TAGS: Kind = Kind::List(&Kind::Object(TAG));

fn joined(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SCHEMA: &[Property] = &[
        Property::text("Name").required().replaces(),
        Property::new("Count", Kind::Integer),
        Property::new("On", Kind::Boolean),
        Property::new("Mode", Kind::OneOf(&["OFF", "ON"])),
        Property::new("Names", Kind::List(&Kind::Text)),
        Property::new("Roles", Kind::Map(&Kind::Text)),
        Property::new("Rules", Kind::List(&Kind::Object(RULE))),
        Property::new("Policy", Kind::Document),
        Property::new("Tags", Kind::Tags),
        Property::new("Events", Kind::NotServed),
    ];
    const RULE: &[Property] = &[Property::text("Claim").required()];

    fn properties(json: serde_json::Value) -> Result<serde_json::Value, Vec<String>> {
        let value = Value::from_json(json).unwrap();
        let Value::Map(map) = &value else { panic!("{value:?}") };
        match read("AWS::A::B", SCHEMA, map, Span::default()) {
            Ok(read) => Ok(Json::Object(read)),
            Err(problems) => Err(problems.into_iter().map(|problem| problem.message).collect()),
        }
    }

    #[test]
    fn scalars_are_taken_for_one_another_where_nothing_is_lost() {
        let read = properties(serde_json::json!({
            "Name": 7, "Count": "8", "On": "true", "Mode": "ON", "Names": [true, 1.5],
            "Roles": {"any": "x"}, "Rules": [{"Claim": "c"}], "Policy": "{\"Version\": \"v\"}",
            "Tags": [{"Key": "k", "Value": 1}],
        }));
        let expected = serde_json::json!({
            "Name": "7", "Count": 8, "On": true, "Mode": "ON", "Names": ["true", "1.5"],
            "Roles": {"any": "x"}, "Rules": [{"Claim": "c"}], "Policy": {"Version": "v"},
            "Tags": [{"Key": "k", "Value": "1"}],
        });
        assert_eq!(read.unwrap(), expected);
    }

    #[test]
    fn each_mistake_is_told_with_its_path() {
        for (json, message) in [
            (serde_json::json!({}), "AWS::A::B needs the property Name"),
            (
                serde_json::json!({"Name": "n", "count": 1}),
                "AWS::A::B has no property count, or none that is served",
            ),
            (
                serde_json::json!({"Name": "n", "Rules": [{"Claim": "c", "Claims": "d"}]}),
                "AWS::A::B has no property Rules[0].Claims, or none that is served",
            ),
            (
                serde_json::json!({"Name": "n", "Rules": [{}]}),
                "AWS::A::B needs the property Rules[0].Claim",
            ),
            (
                serde_json::json!({"Name": "n", "Count": "1.5"}),
                "Count must be an integer, not a text",
            ),
            (serde_json::json!({"Name": "n", "On": 1}), "On must be true or false, not a number"),
            (
                serde_json::json!({"Name": "n", "Mode": "on"}),
                "Mode is \"on\"; it is one of OFF, ON",
            ),
            (serde_json::json!({"Name": {}}), "Name must be a text, not a map"),
            (serde_json::json!({"Name": "n", "Names": "x"}), "Names must be a list, not a text"),
            (serde_json::json!({"Name": "n", "Roles": []}), "Roles must be a map, not a list"),
            (
                serde_json::json!({"Name": "n", "Policy": "no"}),
                "Policy must be a policy document, not a text",
            ),
            (
                serde_json::json!({"Name": "n", "Events": {}}),
                "Events of AWS::A::B is not served; leave it out",
            ),
        ] {
            assert_eq!(properties(json).unwrap_err(), [message]);
        }
    }

    #[test]
    fn what_is_not_known_yet_may_come_to_be_anything() {
        let value = unknown("Pool", "Arn");
        let given = serde_json::json!({"Name": "n", "Count": value, "Rules": value, "On": value});
        assert_eq!(properties(given.clone()).unwrap(), given);
        assert!(has_unknown(&given));
    }
}
