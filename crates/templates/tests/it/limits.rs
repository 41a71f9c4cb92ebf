//! Bounds on what is read and made.

use std::{collections::BTreeMap, fmt::Write};

use templates::{Template, limits};

use crate::world::{environment, resolved};

fn refused(text: &str) -> String {
    Template::parse(text).unwrap_err().to_string()
}

#[test]
fn a_text_has_at_most_a_megabyte() {
    let text = format!("#{}", "x".repeat(limits::TEXT_BYTES));
    assert!(refused(&text).contains("at most 1048576 bytes"));
}

#[test]
fn maps_and_lists_are_nested_so_deep_and_no_deeper() {
    // The document, Resources, the resource, Properties: four maps around the lists.
    let nested = |depth: usize| {
        format!(
            r#"{{"Resources": {{"C": {{"Type": "AWS::S3::Bucket", "Properties": {{"P": {}{}}}}}}}}}"#,
            "[".repeat(depth),
            "]".repeat(depth),
        )
    };
    assert!(resolved(&nested(limits::DEPTH - 4), BTreeMap::new()).is_ok());
    assert!(refused(&nested(limits::DEPTH - 3)).contains("more than 64 deep"));
    // The YAML parser gives up before that.
    for most in ["[", "{a: ", "- ", "? "] {
        let text = most.repeat(limits::TEXT_BYTES / most.len());
        assert!(Template::parse(&text).is_err());
    }
}

#[test]
fn a_template_has_so_many_resources() {
    let many = |count: usize| {
        let mut text = "Resources:\n".to_owned();
        for number in 0..count {
            writeln!(text, "  R{number}: {{Type: AWS::S3::Bucket}}").unwrap();
        }
        text
    };
    assert!(Template::parse(&many(limits::RESOURCES)).is_ok());
    assert!(refused(&many(limits::RESOURCES + 1)).contains("one Resource more than 500"));
}

#[test]
fn a_small_template_cannot_make_a_large_text() {
    let mut text = "Parameters: {P: {Type: String}}\nResources:\n".to_owned();
    for number in 0..100 {
        let references = "${P}".repeat(250);
        writeln!(
            text,
            "  R{number}: {{Type: AWS::S3::Bucket, Properties: {{Name: !Sub \"{references}\"}}}}"
        )
        .unwrap();
    }
    let parameters = BTreeMap::from([("P".to_owned(), "x".repeat(limits::PARAMETER_BYTES))]);
    let problems = Template::parse(&text).unwrap().evaluate(&environment(parameters)).unwrap_err();
    assert!(problems.to_string().contains("the template's functions make more than"));
}

#[test]
fn a_parameter_has_at_most_4096_bytes() {
    let text = "Parameters: {P: {Type: String}}\nResources: {C: {Type: AWS::S3::Bucket}}";
    let template = Template::parse(text).unwrap();
    let with = |length: usize| {
        template.evaluate(&environment(BTreeMap::from([("P".to_owned(), "x".repeat(length))])))
    };
    assert!(with(4096).is_ok());
    assert!(with(4097).unwrap_err().to_string().contains("at most 4096 characters"));
}
