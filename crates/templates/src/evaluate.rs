use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
};

use crate::{
    DeletionPolicy, Environment, Key, Node, Parameter, Problem, Problems, Resource, Template,
    Value, check, function::Function, order, reduce::Reducer,
};

/// What is known of the resources of a stack, and of what other stacks export.
pub trait Attributes {
    /// What `Ref` says of a resource: its physical id.
    fn reference(&self, logical_id: &str) -> Option<String>;

    /// What `Fn::GetAtt` says of a resource.
    fn attribute(&self, logical_id: &str, name: &str) -> Option<Value>;

    /// What an export of another stack says (`Fn::ImportValue`).
    fn export(&self, name: &str) -> Option<String> {
        let _ = name;
        None
    }
}

/// A template with its conditions decided and its parameters put in.
///
/// What is left in it of functions concerns resources (`Ref`, `Fn::GetAtt` and what is made of
/// them) and other stacks' exports; [`Evaluated::resolve`] replaces that once they exist.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The value of each parameter, in the template's order: given or default.
    pub parameters: Vec<(String, String)>,
    /// Each condition, and whether it holds.
    pub conditions: BTreeMap<String, bool>,
    /// The resources that exist under these conditions, in an order in which they can be made:
    /// each behind those it depends on, otherwise as in the template.
    pub resources: Vec<EvaluatedResource>,
    /// The outputs that exist under these conditions, in the template's order.
    pub outputs: Vec<EvaluatedOutput>,
}

/// A resource that exists under a template's conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluatedResource {
    /// Its logical id.
    pub id: Key,
    /// `Type`.
    pub kind: Key,
    /// `Properties`, a map.
    pub properties: Node,
    /// The logical ids of those it depends on, by `DependsOn` or by what its properties refer to.
    pub dependencies: BTreeSet<String>,
    /// `DeletionPolicy`.
    pub deletion_policy: DeletionPolicy,
    /// `UpdateReplacePolicy`.
    pub update_replace_policy: DeletionPolicy,
    /// `Metadata`, as it stands.
    pub metadata: Option<Node>,
}

/// An output that exists under a template's conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct EvaluatedOutput {
    /// Its name.
    pub name: Key,
    /// `Value`.
    pub value: Node,
    /// `Description`.
    pub description: Option<String>,
    /// `Export`'s `Name`.
    pub export: Option<Node>,
}

impl Template {
    /// Puts in the parameters, decides the conditions and orders the resources.
    ///
    /// # Errors
    ///
    /// A parameter that is unknown, missing or not allowed; a function that cannot be computed; a
    /// reference to what does not exist under these conditions; resources that depend on each
    /// other in a circle.
    pub fn evaluate(&self, environment: &Environment) -> Result<Evaluated, Problems> {
        let parameters = self.parameter_values(environment)?;
        let mut values = environment.pseudo_parameters();
        for (parameter, text) in &parameters {
            let value = parameter.value(text, parameter.name.span);
            values.insert(&parameter.name.text, value);
        }
        let mut reducer = Reducer {
            values,
            mappings: &self.mappings,
            conditions: BTreeMap::new(),
            attributes: None,
            made: Cell::new(0),
        };
        self.decide(&mut reducer)?;
        let exists = |condition: &Option<Key>| match condition {
            Some(name) => reducer.conditions.get(&name.text).copied().unwrap_or_default(),
            None => true,
        };
        let mut problems = Vec::new();
        let existing = self.resources.iter().filter(|resource| exists(&resource.condition));
        let ids: BTreeSet<&str> =
            existing.clone().map(|resource| resource.id.text.as_str()).collect();
        let mut resources = Vec::new();
        for resource in existing {
            match EvaluatedResource::of(resource, &reducer, &ids) {
                Ok(resource) => resources.push(resource),
                Err(problem) => problems.push(problem),
            }
        }
        let mut outputs = Vec::new();
        for output in self.outputs.iter().filter(|output| exists(&output.condition)) {
            let put_in = |node: &Node| {
                let node = reducer.node(node)?;
                referred(&node, "Outputs", &ids, &mut BTreeSet::new())?;
                Ok(node)
            };
            match put_in(&output.value)
                .and_then(|value| Ok((value, output.export.as_ref().map(put_in).transpose()?)))
            {
                Ok((value, export)) => outputs.push(EvaluatedOutput {
                    name: output.name.clone(),
                    value,
                    description: output.description.clone(),
                    export,
                }),
                Err(problem) => problems.push(problem),
            }
        }
        let evaluated = Evaluated {
            parameters: parameters
                .into_iter()
                .map(|(parameter, text)| (parameter.name.text.clone(), text))
                .collect(),
            conditions: reducer.conditions,
            resources: Problems::none_or(problems, resources).and_then(in_order)?,
            outputs,
        };
        Ok(evaluated)
    }

    /// The value of each parameter that can have one.
    fn parameter_values(
        &self,
        environment: &Environment,
    ) -> Result<Vec<(&Parameter, String)>, Problems> {
        let given = &environment.parameters;
        let unknown: Vec<&str> = given
            .keys()
            .map(String::as_str)
            .filter(|name| !self.parameters.iter().any(|parameter| parameter.name.text == *name))
            .collect();
        let mut problems = Vec::new();
        if !unknown.is_empty() {
            let message =
                format!("Parameters: [{}] do not exist in the template", unknown.join(", "));
            problems.push(Problem::new(message, crate::Span::default()));
        }
        let mut values = Vec::new();
        for parameter in &self.parameters {
            let name = &parameter.name;
            let Some(value) = given.get(&name.text).or(parameter.default.as_ref()) else {
                let message = format!("Parameters: [{}] must have values", name.text);
                problems.push(Problem::new(message, name.span));
                continue;
            };
            match parameter.accepts(value) {
                Ok(()) => values.push((parameter, value.clone())),
                Err(message) => problems.push(Problem::new(message, name.span)),
            }
        }
        Problems::none_or(problems, values)
    }

    /// Decides each condition behind those it names.
    fn decide(&self, reducer: &mut Reducer) -> Result<(), Problems> {
        let given: Vec<(&str, BTreeSet<&str>)> = self
            .conditions
            .iter()
            .map(|(key, expression)| {
                let mut names = BTreeSet::new();
                check::condition_names(expression, &mut names);
                (key.text.as_str(), names)
            })
            .collect();
        // Circles were found when the template was read.
        for name in order::in_order(&given).unwrap_or_default() {
            if let Some((_, expression)) = self.conditions.iter().find(|(key, _)| key.text == name)
            {
                let holds = reducer.condition(expression)?;
                reducer.conditions.insert(name.to_owned(), holds);
            }
        }
        Ok(())
    }
}

impl EvaluatedResource {
    fn of(resource: &Resource, reducer: &Reducer, ids: &BTreeSet<&str>) -> Result<Self, Problem> {
        let properties = reducer.node(&resource.properties)?;
        // To depend on what a condition leaves out is to depend on nothing.
        let mut dependencies: BTreeSet<String> = resource
            .depends_on
            .iter()
            .map(|name| name.text.clone())
            .filter(|name| ids.contains(name.as_str()))
            .collect();
        referred(&properties, "Resources", ids, &mut dependencies)?;
        Ok(Self {
            id: resource.id.clone(),
            kind: resource.kind.clone(),
            properties,
            dependencies,
            deletion_policy: resource.deletion_policy,
            update_replace_policy: resource.update_replace_policy,
            metadata: resource.metadata.clone(),
        })
    }
}

impl Evaluated {
    /// A node with every function replaced; `AWS::NoValue` removes what it stands for.
    ///
    /// To check types before the resources exist, let `attributes` answer placeholders.
    ///
    /// # Errors
    ///
    /// The first resource, attribute or export that `attributes` does not know, or the first
    /// function that cannot be computed.
    pub fn resolve(node: &Node, attributes: &dyn Attributes) -> Result<Node, Problem> {
        let reducer = Reducer {
            values: BTreeMap::new(),
            mappings: &[],
            conditions: BTreeMap::new(),
            attributes: Some(attributes),
            made: Cell::new(0),
        };
        reducer.node(node)
    }
}

/// Collects the resources that a reduced node refers to.
fn referred(
    node: &Node,
    section: &str,
    ids: &BTreeSet<&str>,
    found: &mut BTreeSet<String>,
) -> Result<(), Problem> {
    match Function::of(node)? {
        Some(Function::Ref(name) | Function::GetAtt { resource: name, .. }) => {
            if !ids.contains(name.text) {
                let message = format!(
                    "Unresolved resource dependencies [{}] in the {section} block of the template",
                    name.text
                );
                return Err(Problem::new(message, name.span).help(
                    "its condition does not hold: put the reference into Fn::If with the same \
                     condition",
                ));
            }
            found.insert(name.text.to_owned());
            Ok(())
        }
        _ => match &node.value {
            Value::List(list) => {
                list.iter().try_for_each(|node| referred(node, section, ids, found))
            }
            Value::Map(map) => {
                map.iter().try_for_each(|(_, node)| referred(node, section, ids, found))
            }
            Value::Bool(_) | Value::Number(_) | Value::Text(_) => Ok(()),
        },
    }
}

fn in_order(resources: Vec<EvaluatedResource>) -> Result<Vec<EvaluatedResource>, Problems> {
    let given: Vec<(&str, BTreeSet<&str>)> = resources
        .iter()
        .map(|resource| {
            let dependencies = resource.dependencies.iter().map(String::as_str).collect();
            (resource.id.text.as_str(), dependencies)
        })
        .collect();
    let order: BTreeMap<String, usize> = match order::in_order(&given) {
        Ok(order) => order.into_iter().map(str::to_owned).zip(0..).collect(),
        Err(circle) => {
            let message = format!("Circular dependency between resources: [{}]", circle.join(", "));
            let first = resources
                .iter()
                .find(|resource| circle.first() == Some(&resource.id.text.as_str()));
            let span = first.map(|resource| resource.id.span).unwrap_or_default();
            return Err(Problem::new(message, span)
                .help("each of them refers to the next one, and the last one to the first")
                .into());
        }
    };
    let mut resources = resources;
    resources.sort_by_key(|resource| order.get(&resource.id.text).copied());
    Ok(resources)
}
