//! YAML's short forms of functions, which are read as the long ones.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use crate::{Key, Node, Problem, Span, Value};

/// The functions whose short form is their name without `Fn::`.
const FUNCTIONS: &[&str] = &[
    "And",
    "Base64",
    "Cidr",
    "Equals",
    "FindInMap",
    "GetAZs",
    "GetAtt",
    "If",
    "ImportValue",
    "Join",
    "Not",
    "Or",
    "Select",
    "Split",
    "Sub",
    "Transform",
];

/// The long form of what is tagged `!name`.
pub(crate) fn long(name: &str, tag: Span, argument: Node) -> Result<Node, Problem> {
    let span = tag.to(argument.span);
    let (function, argument) = match name {
        "Ref" | "Condition" => (name.to_owned(), argument),
        "GetAtt" => ("Fn::GetAtt".to_owned(), dotted(argument)),
        _ if FUNCTIONS.contains(&name) => (format!("Fn::{name}"), argument),
        _ => {
            return Err(Problem::new(format!("!{name} is not a function of CloudFormation"), tag)
                .help("a text that begins with an exclamation mark needs quotes"));
        }
    };
    Ok(Node::new(Value::Map(vec![(Key::new(function, tag), argument)]), span))
}

/// `coats.Arn` as the list `[coats, Arn]`.
fn dotted(argument: Node) -> Node {
    match argument.as_text().and_then(|text| text.split_once('.')) {
        Some((resource, attribute)) => {
            let span = argument.span;
            Node::new(
                Value::List(vec![Node::text(resource, span), Node::text(attribute, span)]),
                span,
            )
        }
        None => argument,
    }
}
