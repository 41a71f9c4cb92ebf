//! The demo's template: what it promises, and its roles' policy exchanged for another one.

use std::path::Path;

use serde_json::{Map, Value, json};
use templates::{Node, Problem, Template};

use super::promise::NamesOfOthers;
use crate::stack::template_file::{TemplateFile, TemplateFileError};

/// The template that is applied unless `--template` names another file.
const TEMPLATE: &str = include_str!("../../../../examples/demo/template.yaml");

/// What stands for the bucket's name in the file of `--policy`.
const BUCKET: &str = "BUCKET";

/// Why there is no system to be made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TemplateError {
    #[error(transparent)]
    File(#[from] TemplateFileError),
    #[error(transparent)]
    Place(#[from] Problem),
    #[error("the policy is not JSON: {0}")]
    Policy(#[from] serde_json::Error),
    #[error("the template has no {0}")]
    Without(&'static str),
    #[error("the template's Metadata says NamesOfOthers: {0}; there are Seen and Hidden")]
    Promise(String),
}

/// The template of a file, else the demo's own; with the roles' policy exchanged, if one is given.
pub(crate) fn read(
    file: Option<&Path>,
    policy: Option<&str>,
) -> Result<TemplateFile, TemplateError> {
    let own = Path::new("examples/demo/template.yaml");
    let template = match file {
        Some(path) => TemplateFile::read(path)?,
        None => TemplateFile::parse(TEMPLATE.to_owned(), own)?,
    };
    match policy {
        None => Ok(template),
        Some(policy) => {
            let text = with_policy(&template.text, policy)?;
            Ok(TemplateFile::parse(text, file.unwrap_or(own))?)
        }
    }
}

/// What a template promises of the names of others' files.
pub(crate) fn promise(template: &Template) -> Result<NamesOfOthers, TemplateError> {
    let said = template
        .metadata
        .as_ref()
        .and_then(|metadata| metadata.get("Cloakroom")?.get("NamesOfOthers"))
        .map(|node| node.scalar().unwrap_or_default());
    match said.as_deref() {
        None => Ok(NamesOfOthers::default()),
        Some("Seen") => Ok(NamesOfOthers::Seen),
        Some("Hidden") => Ok(NamesOfOthers::Hidden),
        Some(other) => Err(TemplateError::Promise(other.to_owned())),
    }
}

/// The template with this policy alone on each of its roles.
fn with_policy(template: &str, policy: &str) -> Result<String, TemplateError> {
    let mut template = Node::parse(template)?.to_json();
    let resources = template.get_mut("Resources").and_then(Value::as_object_mut);
    let resources = resources.ok_or(TemplateError::Without("resources"))?;
    let bucket = of_type(resources, "AWS::S3::Bucket").next();
    let bucket = bucket.map(|(id, _)| id.clone()).ok_or(TemplateError::Without("bucket"))?;
    let document = with_bucket(serde_json::from_str(policy)?, &bucket);
    let policies = json!([{ "PolicyName": "own-folder", "PolicyDocument": document }]);
    for (_, role) in of_type(resources, "AWS::IAM::Role") {
        let properties = role
            .as_object_mut()
            .and_then(|role| role.entry("Properties").or_insert_with(|| json!({})).as_object_mut());
        if let Some(properties) = properties {
            properties.insert("Policies".to_owned(), policies.clone());
        }
    }
    Ok(template.to_string())
}

fn of_type<'t>(
    resources: &'t mut Map<String, Value>,
    kind: &'static str,
) -> impl Iterator<Item = (&'t String, &'t mut Value)> {
    resources
        .iter_mut()
        .filter(move |(_, resource)| resource.get("Type").and_then(Value::as_str) == Some(kind))
}

/// The document with a reference to the bucket wherever its placeholder stands in a text.
fn with_bucket(document: Value, bucket: &str) -> Value {
    match document {
        Value::String(text) if text.contains(BUCKET) => {
            let mut parts = Vec::new();
            for (place, part) in text.split(BUCKET).enumerate() {
                if place > 0 {
                    parts.push(json!({ "Ref": bucket }));
                }
                parts.push(json!(part));
            }
            json!({ "Fn::Join": ["", parts] })
        }
        Value::Array(list) => list.into_iter().map(|member| with_bucket(member, bucket)).collect(),
        Value::Object(map) => Value::Object(
            map.into_iter().map(|(key, value)| (key, with_bucket(value, bucket))).collect(),
        ),
        scalar => scalar,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = include_str!("../../../../examples/demo/role-policy.json");
    const PRIVATE: &str = include_str!("../../../../examples/demo/template-private.yaml");

    #[test]
    fn the_examples_are_templates_and_say_what_they_promise() {
        let promised = |text: &str| promise(&Template::parse(text).unwrap()).unwrap();
        assert_eq!(promised(TEMPLATE), NamesOfOthers::Seen);
        assert_eq!(promised(PRIVATE), NamesOfOthers::Hidden);
        let text = "Resources: {B: {Type: AWS::S3::Bucket}}";
        assert_eq!(promised(text), NamesOfOthers::Seen);
        let text = format!("{text}\nMetadata: {{Cloakroom: {{NamesOfOthers: Nobody}}}}");
        assert!(promise(&Template::parse(&text).unwrap()).is_err());
    }

    #[test]
    fn a_policy_takes_the_place_of_every_role_s_own() {
        let template = read(None, Some(POLICY)).unwrap();
        let document: Value = serde_json::from_str(&template.text).unwrap();
        for role in ["AdminRole", "UserRole"] {
            let policies = &document["Resources"][role]["Properties"]["Policies"];
            assert_eq!(policies.as_array().unwrap().len(), 1);
            let list = &policies[0]["PolicyDocument"]["Statement"][1]["Resource"];
            assert_eq!(
                list,
                &json!({ "Fn::Join": ["", ["arn:aws:s3:::", { "Ref": "Bucket" }, ""]] })
            );
        }
        assert!(!template.text.contains(BUCKET));
        assert!(read(None, Some("{")).is_err());
    }
}
