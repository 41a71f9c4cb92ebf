//! A world in which templates are evaluated.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};
use templates::{
    Attributes, DeletionPolicy, Environment, Evaluated, Problems, ResourceTypes, Template, Value,
};

/// Some resource types.
pub(crate) struct Types;

impl ResourceTypes for Types {
    fn attributes(&self, kind: &str) -> Option<&[&str]> {
        Some(match kind {
            "AWS::S3::Bucket" => &["Arn", "DomainName", "Endpoint.Address"],
            "AWS::IAM::Role" => &["Arn", "RoleId"],
            "AWS::IAM::Policy" => &[],
            "AWS::Cognito::UserPool" => &["Arn", "ProviderName", "ProviderURL"],
            _ => return None,
        })
    }
}

/// What resources say: their own names, recognisably.
pub(crate) struct Everything;

impl Attributes for Everything {
    fn reference(&self, logical_id: &str) -> Option<String> {
        Some(format!("<{logical_id}>"))
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value> {
        Some(Value::Text(format!("<{logical_id} {name}>")))
    }

    fn export(&self, name: &str) -> Option<String> {
        name.ends_with("-name").then(|| format!("<export {name}>"))
    }
}

pub(crate) fn environment(parameters: BTreeMap<String, String>) -> Environment {
    Environment {
        account: "123456789012".to_owned(),
        region: "eu-central-1".to_owned(),
        partition: "aws".to_owned(),
        url_suffix: "amazonaws.com".to_owned(),
        stack_name: "wardrobe".to_owned(),
        stack_id: "arn:aws:cloudformation:eu-central-1:123456789012:stack/wardrobe/1".to_owned(),
        notification_arns: Vec::new(),
        parameters,
    }
}

/// Everything that a template says, with every function replaced.
pub(crate) fn resolved(text: &str, parameters: BTreeMap<String, String>) -> Result<Json, Problems> {
    let template = Template::parse(text)?;
    template.check(&Types)?;
    let evaluated = template.evaluate(&environment(parameters))?;
    let mut resources = Vec::new();
    for resource in &evaluated.resources {
        let properties = Evaluated::resolve(&resource.properties, &Everything)?;
        let mut told = json!({
            "id": resource.id.text,
            "type": resource.kind.text,
            "properties": properties.to_json(),
        });
        if !resource.dependencies.is_empty() {
            told["dependencies"] = json!(resource.dependencies);
        }
        if resource.deletion_policy != DeletionPolicy::Delete {
            told["deletionPolicy"] = json!(resource.deletion_policy);
        }
        if resource.update_replace_policy != DeletionPolicy::Delete {
            told["updateReplacePolicy"] = json!(resource.update_replace_policy);
        }
        if let Some(metadata) = &resource.metadata {
            told["metadata"] = metadata.to_json();
        }
        resources.push(told);
    }
    let mut told = json!({ "resources": resources });
    if !evaluated.conditions.is_empty() {
        told["conditions"] = json!(evaluated.conditions);
    }
    for output in &evaluated.outputs {
        let name = output.name.text.as_str();
        told["outputs"][name] = json!({
            "value": Evaluated::resolve(&output.value, &Everything)?.to_json(),
        });
        if let Some(description) = &output.description {
            told["outputs"][name]["description"] = json!(description);
        }
        if let Some(export) = &output.export {
            told["outputs"][name]["export"] = Evaluated::resolve(export, &Everything)?.to_json();
        }
    }
    Ok(told)
}
