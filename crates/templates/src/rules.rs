//! `Rules`, of which only those are passed over that concern a Systems Manager parameter.
//!
//! Every template of the CDK has one (`CheckBootstrapVersion`): it asserts that the account was
//! prepared for the CDK, by the value of a parameter in Systems Manager. Here nothing needs to be
//! prepared. Every other rule could refuse parameters, so it is refused itself.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/rules-section-structure.html>

use crate::{Node, Parameter, ParameterKind, Problem, Value, fields::entries};

pub(crate) fn check(rules: &Node, parameters: &[Parameter], problems: &mut Vec<Problem>) {
    for (name, rule) in entries(rules, "Rules", problems) {
        let mut references = Vec::new();
        collect(rule, &mut references);
        let prepared_only = !references.is_empty()
            && references.iter().all(|reference| {
                parameters.iter().any(|parameter| {
                    parameter.name.text == *reference
                        && parameter.kind == ParameterKind::SystemsManager
                })
            });
        if !prepared_only {
            let message = format!("the rule {} is not served", name.text);
            problems.push(Problem::new(message, name.span).help(
                "limit parameters by AllowedValues or AllowedPattern; only rules on parameters of \
                 Systems Manager are passed over",
            ));
        }
    }
}

/// The names that a rule refers to.
fn collect<'t>(node: &'t Node, references: &mut Vec<&'t str>) {
    match &node.value {
        Value::List(list) => list.iter().for_each(|node| collect(node, references)),
        Value::Map(map) => {
            for (key, node) in map {
                match node.as_text() {
                    Some(name) if key.text == "Ref" => references.push(name),
                    // The name of a parameter's type or attribute: `Fn::ValueOf`, `Fn::RefAll`.
                    _ if matches!(
                        key.text.as_str(),
                        "Fn::RefAll" | "Fn::ValueOf" | "Fn::ValueOfAll"
                    ) =>
                    {
                        references.push("");
                    }
                    _ => collect(node, references),
                }
            }
        }
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}
