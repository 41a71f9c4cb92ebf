//! A template: read or refused with its place; what is read is evaluated and resolved or refused.

#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use templates::{Attributes, Environment, Evaluated, Problem, Template, Value};

/// Every resource is there, and has every attribute.
struct Everything;

impl Attributes for Everything {
    fn reference(&self, logical_id: &str) -> Option<String> {
        Some(logical_id.to_owned())
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value> {
        Some(Value::Text(format!("{logical_id}.{name}")))
    }
}

fn check(problem: &Problem, text: &str) {
    assert!(problem.span.start.line >= 1 && problem.span.start.column >= 1, "{problem}");
    assert!(!problem.with_line(text).is_empty());
}

fuzz_target!(|text: &str| {
    let template = match Template::parse(text) {
        Ok(template) => template,
        Err(problems) => return problems.iter().for_each(|problem| check(problem, text)),
    };
    let given = |name: &str| name.to_owned();
    let environment = Environment {
        account: given("123456789012"),
        region: given("us-east-1"),
        partition: given("aws"),
        url_suffix: given("amazonaws.com"),
        stack_name: given("stack"),
        stack_id: given("arn:aws:cloudformation:us-east-1:123456789012:stack/stack/1"),
        notification_arns: Vec::new(),
        parameters: BTreeMap::new(),
    };
    match template.evaluate(&environment) {
        Ok(evaluated) => {
            assert!(evaluated.resources.len() <= template.resources.len());
            for resource in &evaluated.resources {
                if let Err(problem) = Evaluated::resolve(&resource.properties, &Everything) {
                    check(&problem, text);
                }
            }
        }
        Err(problems) => problems.iter().for_each(|problem| check(problem, text)),
    }
});
