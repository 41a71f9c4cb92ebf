//! Checks of the names that a template uses, before anything is evaluated.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Key, Node, Parameter, ParameterKind, Problem, ResourceTypes, Span, Template, Value,
    environment::PSEUDO_PARAMETERS,
    fields::nearest_help,
    function::{ConditionFunction, Function, Name},
    order,
    substitution::Piece,
};

/// Checks that every name is known where it stands.
pub(crate) fn names(template: &Template, problems: &mut Vec<Problem>) {
    let names = Names::of(template);
    for (name, id) in &names.resources {
        if names.parameters.contains_key(name) {
            let message = format!("{name} is the name of a parameter and of a resource");
            problems.push(Problem::new(message, id.span));
        }
    }
    let mut walk = Walk { names: &names, place: Place::Conditions, problems };
    for (_, expression) in &template.conditions {
        walk.condition(expression);
    }
    circular_conditions(template, walk.problems);
    walk.place = Place::Resources;
    for resource in &template.resources {
        if let Some(condition) = &resource.condition {
            walk.condition_name(Name { text: &condition.text, span: condition.span });
        }
        for name in &resource.depends_on {
            if !names.resources.contains_key(name.text.as_str()) {
                walk.unresolved(Name { text: &name.text, span: name.span });
            }
        }
        walk.value(&resource.properties);
    }
    walk.place = Place::Outputs;
    for output in &template.outputs {
        if let Some(condition) = &output.condition {
            walk.condition_name(Name { text: &condition.text, span: condition.span });
        }
        walk.value(&output.value);
        if let Some(export) = &output.export {
            walk.value(export);
        }
    }
}

/// Checks that every resource type is served, and every attribute one of its resource's type.
pub(crate) fn types(template: &Template, types: &dyn ResourceTypes, problems: &mut Vec<Problem>) {
    let kinds: BTreeMap<&str, &str> = template
        .resources
        .iter()
        .map(|resource| (resource.id.text.as_str(), resource.kind.text.as_str()))
        .collect();
    for resource in &template.resources {
        if types.attributes(&resource.kind.text).is_none() {
            let message = format!("Unrecognized resource types: [{}]", resource.kind.text);
            problems.push(Problem::new(message, resource.kind.span));
        }
    }
    let mut asked = |resource: &str, attribute: &str, span| {
        let Some(known) = kinds.get(resource).and_then(|kind| types.attributes(kind)) else {
            return;
        };
        if !known.contains(&attribute) {
            let message = format!(
                "resource {resource} does not support attribute type {attribute} in \
                 Fn::GetAtt"
            );
            let help = if known.is_empty() {
                Some("resources of its type have no attributes".to_owned())
            } else {
                Some(format!("its type has {}", known.join(", ")))
            };
            problems.push(Problem::new(message, span).help_with(help));
        }
    };
    let properties = template.resources.iter().map(|resource| &resource.properties);
    let outputs =
        template.outputs.iter().flat_map(|output| output.export.iter().chain([&output.value]));
    for node in properties.chain(outputs) {
        attributes(node, &mut asked);
    }
}

/// Tells every attribute that a node asks for by its name.
fn attributes(node: &Node, asked: &mut dyn FnMut(&str, &str, Span)) {
    match Function::of(node) {
        Ok(Some(Function::GetAtt { resource, attribute })) => {
            if let Some(name) = attribute.as_text() {
                asked(resource.text, name, node.span);
            }
        }
        Ok(Some(Function::Sub { pieces, variables, span })) => {
            for piece in pieces {
                if let Piece::Variable(name) = piece
                    && !variables.iter().any(|(key, _)| key.text == name)
                    && let Some((resource, attribute)) = name.split_once('.')
                {
                    asked(resource, attribute, span);
                }
            }
        }
        _ => {}
    }
    match &node.value {
        Value::List(list) => list.iter().for_each(|node| attributes(node, asked)),
        Value::Map(map) => map.iter().for_each(|(_, node)| attributes(node, asked)),
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
    }
}

/// The names that a template gives.
struct Names<'t> {
    parameters: BTreeMap<&'t str, &'t Parameter>,
    mappings: BTreeSet<&'t str>,
    conditions: BTreeSet<&'t str>,
    resources: BTreeMap<&'t str, &'t Key>,
}

impl<'t> Names<'t> {
    fn of(template: &'t Template) -> Self {
        Self {
            parameters: template
                .parameters
                .iter()
                .map(|parameter| (parameter.name.text.as_str(), parameter))
                .collect(),
            mappings: template.mappings.iter().map(|mapping| mapping.name.text.as_str()).collect(),
            conditions: template.conditions.iter().map(|(key, _)| key.text.as_str()).collect(),
            resources: template
                .resources
                .iter()
                .map(|resource| (resource.id.text.as_str(), &resource.id))
                .collect(),
        }
    }
}

/// The sections in which functions stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Conditions,
    Resources,
    Outputs,
}

impl Place {
    fn name(self) -> &'static str {
        match self {
            Self::Conditions => "Conditions",
            Self::Resources => "Resources",
            Self::Outputs => "Outputs",
        }
    }
}

struct Walk<'w, 't> {
    names: &'w Names<'t>,
    place: Place,
    problems: &'w mut Vec<Problem>,
}

impl Walk<'_, '_> {
    fn value(&mut self, node: &Node) {
        match Function::of(node) {
            Ok(Some(function)) => self.function(node, function),
            Ok(None) => match &node.value {
                Value::List(list) => list.iter().for_each(|node| self.value(node)),
                Value::Map(map) => map.iter().for_each(|(_, node)| self.value(node)),
                Value::Bool(_) | Value::Number(_) | Value::Text(_) => {}
            },
            Err(problem) => self.problems.push(problem),
        }
    }

    fn function(&mut self, node: &Node, function: Function) {
        match function {
            Function::Ref(name) => self.reference(name),
            Function::GetAtt { resource, attribute } => {
                self.resource(resource);
                self.value(attribute);
            }
            Function::Sub { pieces, variables, span } => {
                for piece in pieces {
                    if let Piece::Variable(name) = piece
                        && !variables.iter().any(|(key, _)| key.text == name)
                    {
                        match name.split_once('.') {
                            Some((resource, _)) => self.resource(Name { text: resource, span }),
                            None => self.reference(Name { text: name, span }),
                        }
                    }
                }
                for (_, node) in variables {
                    self.value(node);
                }
            }
            Function::Join { list, .. } => self.value(list),
            Function::Select { index, list } => {
                self.value(index);
                self.value(list);
            }
            Function::Split { text, .. } => self.value(text),
            Function::If { condition, then, otherwise } => {
                if self.place == Place::Conditions {
                    let message = "Fn::If cannot stand in Conditions";
                    self.problems.push(Problem::new(message, node.span));
                }
                self.condition_name(condition);
                self.value(then);
                self.value(otherwise);
            }
            Function::FindInMap { map, first, second } => {
                match map.as_text() {
                    Some(name) if !self.names.mappings.contains(name) => {
                        let known: Vec<&str> = self.names.mappings.iter().copied().collect();
                        let message = format!(
                            "Mapping named '{name}' is not present in the 'Mappings' section of template."
                        );
                        self.problems.push(
                            Problem::new(message, map.span).help_with(nearest_help(name, &known)),
                        );
                    }
                    _ => self.value(map),
                }
                self.value(first);
                self.value(second);
            }
            Function::Base64(argument) | Function::ImportValue(argument) => self.value(argument),
            Function::Condition(_) => {
                let message = "a function that makes a condition stands only in Conditions";
                self.problems.push(
                    Problem::new(message, node.span)
                        .help("give the condition a name there, and use that in Fn::If"),
                );
            }
        }
    }

    fn condition(&mut self, node: &Node) {
        match ConditionFunction::of(node) {
            Ok(ConditionFunction::Equals(left, right)) => {
                self.value(left);
                self.value(right);
            }
            Ok(ConditionFunction::And(list) | ConditionFunction::Or(list)) => {
                for node in list {
                    self.condition(node);
                }
            }
            Ok(ConditionFunction::Not(condition)) => self.condition(condition),
            Ok(ConditionFunction::Condition(name)) => self.condition_name(name),
            Err(problem) => self.problems.push(problem),
        }
    }

    fn condition_name(&mut self, name: Name) {
        if !self.names.conditions.contains(name.text) {
            let known: Vec<&str> = self.names.conditions.iter().copied().collect();
            let message = format!(
                "Unresolved condition dependency {} in the {} block of the template",
                name.text,
                self.place.name()
            );
            self.problems
                .push(Problem::new(message, name.span).help_with(nearest_help(name.text, &known)));
        }
    }

    /// A name that `Ref` takes.
    fn reference(&mut self, name: Name) {
        if let Some(parameter) = self.names.parameters.get(name.text) {
            if parameter.kind == ParameterKind::SystemsManager {
                let message = format!(
                    "the parameter {} is one of Systems Manager, which is not served",
                    name.text
                );
                self.problems
                    .push(Problem::new(message, name.span).help("give it the type String"));
            }
        } else if !PSEUDO_PARAMETERS.contains(&name.text) {
            self.resource(name);
        }
    }

    /// The logical id of a resource.
    fn resource(&mut self, name: Name) {
        if self.place == Place::Conditions {
            let message = format!(
                "Unresolved dependencies [{}]. Cannot reference resources in \
                 the Conditions block of the template",
                name.text
            );
            self.problems.push(Problem::new(message, name.span));
        } else if !self.names.resources.contains_key(name.text) {
            self.unresolved(name);
        }
    }

    fn unresolved(&mut self, name: Name) {
        let known: Vec<&str> = self
            .names
            .resources
            .keys()
            .chain(self.names.parameters.keys())
            .copied()
            .chain(PSEUDO_PARAMETERS.iter().copied())
            .collect();
        let message = format!(
            "Unresolved resource dependencies [{}] in the {} block of the \
             template",
            name.text,
            self.place.name()
        );
        self.problems
            .push(Problem::new(message, name.span).help_with(nearest_help(name.text, &known)));
    }
}

fn circular_conditions(template: &Template, problems: &mut Vec<Problem>) {
    let given: Vec<(&str, BTreeSet<&str>)> = template
        .conditions
        .iter()
        .map(|(key, expression)| {
            let mut names = BTreeSet::new();
            condition_names(expression, &mut names);
            (key.text.as_str(), names)
        })
        .collect();
    if let Err(circle) = order::in_order(&given) {
        let message = format!("Circular dependency between conditions: [{}]", circle.join(", "));
        let first = template.conditions.iter().find(|(key, _)| circle.contains(&key.text.as_str()));
        problems.push(Problem::new(message, first.map(|(key, _)| key.span).unwrap_or_default()));
    }
}

/// The conditions that a condition names.
pub(crate) fn condition_names<'t>(node: &'t Node, names: &mut BTreeSet<&'t str>) {
    match ConditionFunction::of(node) {
        Ok(ConditionFunction::And(list) | ConditionFunction::Or(list)) => {
            for node in list {
                condition_names(node, names);
            }
        }
        Ok(ConditionFunction::Not(condition)) => condition_names(condition, names),
        Ok(ConditionFunction::Condition(name)) => {
            names.insert(name.text);
        }
        Ok(ConditionFunction::Equals(..)) | Err(_) => {}
    }
}
