//! A template with its parameters: read, checked and evaluated before anything is changed.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value as Json, json};
use templates::{
    Environment, Evaluated, EvaluatedResource, Key, Node, Problem, Problems, Template, Value,
};
use wire::cloudformation::Parameter;

use crate::{
    error::StackError,
    resource::{
        Kind, Properties, ResourceType, StackPlace, Types, by_name, has_unknown, read, unknown,
    },
};

/// Reads a template and checks what does not depend on parameters.
pub(crate) fn parse(text: &str) -> Result<Template, StackError> {
    let template = Template::parse(text).map_err(|problems| told(&problems, text))?;
    template.check(&Types).map_err(|problems| told(&problems, text))?;
    Ok(template)
}

/// Evaluates a template and checks every property of every resource, as far as that can be done before
/// the resources exist.
pub(crate) fn evaluate(
    template: &Template,
    text: &str,
    place: &StackPlace,
    parameters: &BTreeMap<String, String>,
) -> Result<Evaluated, StackError> {
    let evaluated = evaluated(template, text, place, parameters)?;
    let mut problems = Vec::new();
    for resource in &evaluated.resources {
        let Some(kind) = by_name(&resource.kind.text) else { continue };
        if let Err(found) = properties(kind, resource, &NothingYet, &BTreeMap::new()) {
            problems.extend(found);
        }
    }
    match Problems::of(problems) {
        None => Ok(evaluated),
        Some(problems) => Err(told(&problems, text)),
    }
}

/// The same for a template that was checked before.
pub(crate) fn evaluated(
    template: &Template,
    text: &str,
    place: &StackPlace,
    parameters: &BTreeMap<String, String>,
) -> Result<Evaluated, StackError> {
    let environment = Environment {
        account: place.account.to_string(),
        region: place.region.to_string(),
        partition: "aws".to_owned(),
        url_suffix: "amazonaws.com".to_owned(),
        stack_name: place.name.clone(),
        stack_id: place.arn.to_string(),
        notification_arns: Vec::new(),
        parameters: parameters.clone(),
    };
    // That a value is missing or does not fit is no error of the template's format.
    let refused = |problems: Problems| StackError::Invalid(problems.with_lines(text));
    template.evaluate(&environment).map_err(refused)
}

/// Every problem with its place and its line of the template.
fn told(problems: &Problems, text: &str) -> StackError {
    StackError::Template(problems.with_lines(text))
}

/// What is known of the resources that references speak of.
pub(crate) trait Known: Sync {
    /// What a resource is known by; `None` if it does not exist yet.
    fn physical_id(&self, logical_id: &str) -> Option<String>;

    /// An attribute of a resource that exists.
    fn attribute(&self, logical_id: &str, name: &str) -> Option<Json>;
}

/// Nothing exists yet.
struct NothingYet;

impl Known for NothingYet {
    fn physical_id(&self, _: &str) -> Option<String> {
        None
    }

    fn attribute(&self, _: &str, _: &str) -> Option<Json> {
        None
    }
}

/// What is not known is answered by something that stands for it.
struct WithUnknown<'a>(&'a dyn Known);

impl templates::Attributes for WithUnknown<'_> {
    fn reference(&self, logical_id: &str) -> Option<String> {
        Some(self.0.physical_id(logical_id).unwrap_or_else(|| unknown(logical_id, "Ref")))
    }

    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value> {
        let known = self
            .0
            .physical_id(logical_id)
            .and_then(|_| Value::from_json(self.0.attribute(logical_id, name)?));
        Some(known.unwrap_or_else(|| Value::Text(unknown(logical_id, name))))
    }
}

/// The properties of a resource with every function replaced, as its schema says, and with the stack's
/// labels. What is not known yet is in them as [`unknown`].
pub(crate) fn properties(
    kind: &dyn ResourceType,
    resource: &EvaluatedResource,
    known: &dyn Known,
    stack_tags: &BTreeMap<String, String>,
) -> Result<Properties, Vec<Problem>> {
    let given = resource.properties.as_map().unwrap_or_default();
    let mut resolved: Vec<(Key, Node)> = Vec::with_capacity(given.len());
    for (key, node) in given {
        match Evaluated::resolve(node, &WithUnknown(known)) {
            Ok(node) => resolved.push((key.clone(), node)),
            // A part of a value that is not known yet cannot be told either.
            Err(_) if mentions(node, resource) => {
                resolved.push((
                    key.clone(),
                    Node::text(unknown(&resource.id.text, &key.text), node.span),
                ));
            }
            Err(problem) => return Err(vec![problem]),
        }
    }
    let span = resource.id.span;
    let mut properties = read(&resource.kind.text, kind.properties(), &resolved, span)?;
    add_tags(kind, &mut properties, stack_tags);
    Ok(properties)
}

/// The same once everything that it refers to exists.
pub(crate) fn final_properties(
    kind: &dyn ResourceType,
    resource: &EvaluatedResource,
    known: &dyn Known,
    stack_tags: &BTreeMap<String, String>,
) -> Result<Properties, String> {
    let first =
        |problems: Vec<Problem>| problems.first().map_or_else(String::new, ToString::to_string);
    let properties = properties(kind, resource, known, stack_tags).map_err(first)?;
    match properties.iter().find(|(_, value)| has_unknown(value)) {
        None => Ok(properties),
        Some((name, _)) => Err(format!("The value of the property {name} cannot be computed")),
    }
}

/// Whether the value depends on a resource at all.
fn mentions(node: &Node, resource: &EvaluatedResource) -> bool {
    match &node.value {
        Value::Map(map) => map.iter().any(|(key, node)| {
            let reference = matches!(key.text.as_str(), "Ref" | "Fn::GetAtt" | "Fn::Sub");
            (reference && !resource.dependencies.is_empty()) || mentions(node, resource)
        }),
        Value::List(list) => list.iter().any(|node| mentions(node, resource)),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => false,
    }
}

/// Puts the stack's labels among those of a resource, which win.
fn add_tags(
    kind: &dyn ResourceType,
    properties: &mut Properties,
    stack_tags: &BTreeMap<String, String>,
) {
    let Some(property) = kind.tag_property().filter(|_| !stack_tags.is_empty()) else { return };
    if let Kind::Map(_) = property.kind {
        let own = properties.entry(property.name).or_insert_with(|| json!({}));
        if let Some(own) = own.as_object_mut() {
            for (key, value) in stack_tags {
                own.entry(key.clone()).or_insert_with(|| value.clone().into());
            }
        }
        return;
    }
    let own = properties.entry(property.name).or_insert_with(|| json!([]));
    if let Some(own) = own.as_array_mut() {
        for (key, value) in stack_tags {
            if !own.iter().any(|tag| tag.get("Key").and_then(Json::as_str) == Some(key)) {
                own.push(json!({"Key": key, "Value": value}));
            }
        }
    }
}

/// An output as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct OutputValue {
    pub(crate) name: String,
    pub(crate) value: String,
    pub(crate) description: Option<String>,
    pub(crate) export: Option<String>,
}

/// What the outputs say. What is not known yet is in them as [`unknown`].
pub(crate) fn outputs(
    evaluated: &Evaluated,
    known: &dyn Known,
) -> Result<Vec<OutputValue>, Problem> {
    let text = |node: &Node| {
        let resolved = Evaluated::resolve(node, &WithUnknown(known))?;
        resolved.scalar().ok_or_else(|| {
            let message = format!("an output must be a text, not {}", resolved.value.kind());
            Problem::new(message, node.span)
        })
    };
    let output = |output: &templates::EvaluatedOutput| {
        Ok(OutputValue {
            name: output.name.text.clone(),
            value: text(&output.value)?,
            description: output.description.clone(),
            export: output.export.as_ref().map(text).transpose()?,
        })
    };
    evaluated.outputs.iter().map(output).collect()
}

/// The parameters of a request, those that keep their values taken from `previous`.
///
/// What is unknown or missing is said by the template's evaluation.
pub(crate) fn parameters(
    given: Option<Vec<Parameter>>,
    previous: Option<&BTreeMap<String, String>>,
) -> Result<BTreeMap<String, String>, StackError> {
    let mut parameters = BTreeMap::new();
    for parameter in given.into_iter().flatten() {
        let name = parameter.parameter_key.unwrap_or_default();
        let value = if parameter.use_previous_value == Some(true) {
            if parameter.parameter_value.is_some_and(|value| !value.is_empty()) {
                let message = format!(
                    "Invalid input for parameter key {name}. Cannot specify usePreviousValue as true and non empty value for a parameter"
                );
                return Err(StackError::Invalid(message));
            }
            let value = previous.and_then(|previous| previous.get(&name)).cloned();
            value.ok_or_else(|| {
                let message = format!("Invalid input for parameter key {name}. Cannot specify usePreviousValue as true for a parameter key not in the previous template");
                StackError::Invalid(message)
            })?
        } else {
            parameter.parameter_value.ok_or_else(|| {
                StackError::Invalid(format!("Parameters: [{name}] must have values"))
            })?
        };
        if parameters.insert(name.clone(), value).is_some() {
            return Err(StackError::Invalid(format!("Duplicate parameter key {name}")));
        }
    }
    Ok(parameters)
}

/// What must be acknowledged, and because of which types: resources that give permissions, under names
/// that their author chose or not.
///
/// Source: CloudFormation API Reference, `CreateStack`, `Capabilities`.
pub(crate) fn required_capability<'a>(
    resources: impl Iterator<Item = (&'a str, &'a Node)>,
) -> Option<(&'static str, BTreeSet<&'a str>)> {
    let (mut capability, mut kinds) = ("CAPABILITY_IAM", BTreeSet::new());
    for (kind, properties) in resources.filter(|(kind, _)| kind.starts_with("AWS::IAM::")) {
        kinds.insert(kind);
        let name = match kind {
            "AWS::IAM::Role" => "RoleName",
            "AWS::IAM::User" => "UserName",
            "AWS::IAM::Group" => "GroupName",
            "AWS::IAM::ManagedPolicy" => "ManagedPolicyName",
            _ => continue,
        };
        if properties.get(name).is_some() {
            capability = "CAPABILITY_NAMED_IAM";
        }
    }
    (!kinds.is_empty()).then_some((capability, kinds))
}

/// Whether what must be acknowledged was.
pub(crate) fn check_capabilities(
    evaluated: &Evaluated,
    given: &BTreeSet<String>,
) -> Result<(), StackError> {
    let resources = evaluated.resources.iter().map(|own| (own.kind.text.as_str(), &own.properties));
    match required_capability(resources) {
        Some((capability, _))
            if !given.contains(capability) && !given.contains("CAPABILITY_NAMED_IAM") =>
        {
            Err(StackError::Capabilities(capability.to_owned()))
        }
        _ => Ok(()),
    }
}
