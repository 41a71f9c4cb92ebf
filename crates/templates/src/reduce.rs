//! Replacing functions by their values, as far as these are known.
//!
//! Before the resources exist, what concerns them stays a function; then [`Reducer::attributes`]
//! knows them, and nothing stays.

use std::{cell::Cell, collections::BTreeMap};

use base64::{Engine as _, engine::general_purpose::STANDARD};

use crate::{
    Attributes, Key, Mapping, Node, Problem, Span, Value,
    function::{ConditionFunction, Function, Name},
    limits,
    substitution::Piece,
};

pub(crate) struct Reducer<'r> {
    /// The values of parameters and pseudo parameters.
    pub(crate) values: BTreeMap<&'r str, Value>,
    pub(crate) mappings: &'r [Mapping],
    /// The conditions decided so far.
    pub(crate) conditions: BTreeMap<String, bool>,
    /// What is known of resources; none before they exist.
    pub(crate) attributes: Option<&'r dyn Attributes>,
    /// Bytes that functions have made so far.
    pub(crate) made: Cell<usize>,
}

impl Reducer<'_> {
    /// A node with every function replaced whose value is known.
    pub(crate) fn node(&self, node: &Node) -> Result<Node, Problem> {
        self.reduce(node)?
            .ok_or_else(|| Problem::new("AWS::NoValue cannot stand for this value", node.span))
    }

    /// The same; none if `AWS::NoValue` removes it.
    fn reduce(&self, node: &Node) -> Result<Option<Node>, Problem> {
        if let Some(function) = Function::of(node)? {
            return self.function(function, node);
        }
        let value = match &node.value {
            Value::List(list) => Value::List(
                list.iter()
                    .filter_map(|node| self.reduce(node).transpose())
                    .collect::<Result<_, _>>()?,
            ),
            Value::Map(map) => Value::Map(
                map.iter()
                    .filter_map(|(key, node)| {
                        let reduced = self.reduce(node).transpose()?;
                        Some(reduced.map(|node| (key.clone(), node)))
                    })
                    .collect::<Result<_, _>>()?,
            ),
            scalar => scalar.clone(),
        };
        Ok(Some(Node::new(value, node.span)))
    }

    fn function(&self, function: Function, node: &Node) -> Result<Option<Node>, Problem> {
        let span = node.span;
        let value = match function {
            Function::Ref(Name { text: "AWS::NoValue", .. }) => return Ok(None),
            Function::If { condition, then, otherwise } => {
                let branch = if self.holds(condition)? { then } else { otherwise };
                return self.reduce(branch);
            }
            Function::Ref(name) => self.reference(name, node)?,
            Function::GetAtt { resource, attribute } => {
                self.attribute(resource, &self.node(attribute)?, span)?
            }
            Function::Sub { pieces, variables, span: text } => {
                let list = substituted(&pieces, variables, text);
                self.join("", &self.node(&list)?, span)?
            }
            Function::Join { delimiter, list } => self.join(delimiter, &self.node(list)?, span)?,
            Function::Select { index, list } => {
                Self::select(&self.node(index)?, &self.node(list)?, span)?
            }
            Function::Split { delimiter, text } => Self::split(delimiter, self.node(text)?, span)?,
            Function::FindInMap { map, first, second } => {
                self.find_in_map(&self.node(map)?, &self.node(first)?, &self.node(second)?)?
            }
            Function::Base64(argument) => {
                let argument = self.node(argument)?;
                match scalar(&argument, "Fn::Base64")? {
                    Some(text) => Value::Text(STANDARD.encode(text)),
                    None => call("Fn::Base64", argument, span),
                }
            }
            Function::ImportValue(argument) => self.import(self.node(argument)?, span)?,
            Function::Condition(_) => {
                return Err(Problem::new("a condition stands only in Conditions", span));
            }
        };
        self.charge(&value, span)?;
        Ok(Some(Node::new(value, span)))
    }

    fn reference(&self, name: Name, node: &Node) -> Result<Value, Problem> {
        if let Some(value) = self.values.get(name.text) {
            return Ok(value.clone());
        }
        match self.attributes {
            None => Ok(node.value.clone()),
            Some(attributes) => attributes.reference(name.text).map(Value::Text).ok_or_else(|| {
                Problem::new(format!("the resource {} does not exist", name.text), name.span)
            }),
        }
    }

    fn attribute(&self, resource: Name, attribute: &Node, span: Span) -> Result<Value, Problem> {
        let Some(name) = scalar(attribute, "Fn::GetAtt")? else {
            let message = "the name of an attribute must not depend on a resource";
            return Err(Problem::new(message, attribute.span));
        };
        match self.attributes {
            None => {
                let resource = Node::text(resource.text, resource.span);
                let attribute = Node::text(name, attribute.span);
                let arguments = Node::new(Value::List(vec![resource, attribute]), span);
                Ok(call("Fn::GetAtt", arguments, span))
            }
            Some(attributes) => attributes.attribute(resource.text, &name).ok_or_else(|| {
                let message = format!(
                    "resource {} does not support attribute type {name} in Fn::GetAtt",
                    resource.text
                );
                Problem::new(message, span)
            }),
        }
    }

    fn join(&self, delimiter: &str, list: &Node, span: Span) -> Result<Value, Problem> {
        let mut joined = String::new();
        let mut known = true;
        match &list.value {
            Value::List(members) => {
                for (place, member) in members.iter().enumerate() {
                    if place > 0 {
                        joined.push_str(delimiter);
                    }
                    match scalar(member, "Fn::Join")? {
                        Some(text) => joined.push_str(&text),
                        None => known = false,
                    }
                    self.room(joined.len(), span)?;
                }
            }
            _ if is_function(list) => known = false,
            other => {
                let message = format!("Fn::Join takes a list of texts, not {}", other.kind());
                return Err(Problem::new(message, list.span));
            }
        }
        if known {
            return Ok(Value::Text(joined));
        }
        let delimiter = Node::text(delimiter, span);
        let arguments = Node::new(Value::List(vec![delimiter, list.clone()]), span);
        Ok(call("Fn::Join", arguments, span))
    }

    fn select(index: &Node, list: &Node, span: Span) -> Result<Value, Problem> {
        let Some(text) = scalar(index, "Fn::Select")? else {
            let message = "the index of Fn::Select must not depend on a resource";
            return Err(Problem::new(message, index.span));
        };
        let number: usize = text.parse().map_err(|_| {
            Problem::new(
                format!("the index of Fn::Select is a whole number, not {text}"),
                index.span,
            )
        })?;
        match &list.value {
            Value::List(members) => match members.get(number) {
                Some(member) => Ok(member.value.clone()),
                None => Err(Problem::new(
                    format!("Fn::Select cannot select nonexistent value at index {number}"),
                    span,
                )),
            },
            _ if is_function(list) => {
                let arguments = Node::new(Value::List(vec![index.clone(), list.clone()]), span);
                Ok(call("Fn::Select", arguments, span))
            }
            other => {
                let message = format!("Fn::Select takes a list, not {}", other.kind());
                Err(Problem::new(message, list.span))
            }
        }
    }

    fn split(delimiter: &str, text: Node, span: Span) -> Result<Value, Problem> {
        let Some(whole) = scalar(&text, "Fn::Split")? else {
            let delimiter = Node::text(delimiter, span);
            let arguments = Node::new(Value::List(vec![delimiter, text]), span);
            return Ok(call("Fn::Split", arguments, span));
        };
        let parts = whole.split(delimiter).map(|part| Node::text(part, text.span));
        Ok(Value::List(parts.collect()))
    }

    fn find_in_map(&self, map: &Node, first: &Node, second: &Node) -> Result<Value, Problem> {
        let key = |node: &Node| {
            scalar(node, "Fn::FindInMap")?.ok_or_else(|| {
                let message = "the keys of Fn::FindInMap must not depend on a resource";
                Problem::new(message, node.span)
            })
        };
        let (name, above, below) = (key(map)?, key(first)?, key(second)?);
        self.mappings
            .iter()
            .find(|mapping| mapping.name.text == name)
            .and_then(|mapping| mapping.entries.get(&above)?.get(&below))
            .map(|node| node.value.clone())
            .ok_or_else(|| {
                let message = format!("Unable to get mapping for {name}::{above}::{below}");
                Problem::new(message, first.span)
            })
    }

    fn import(&self, argument: Node, span: Span) -> Result<Value, Problem> {
        let Some(name) = scalar(&argument, "Fn::ImportValue")? else {
            let message = "the name of an export must not depend on a resource";
            return Err(Problem::new(message, argument.span));
        };
        match self.attributes {
            None => Ok(call("Fn::ImportValue", argument, span)),
            Some(attributes) => attributes
                .export(&name)
                .map(Value::Text)
                .ok_or_else(|| Problem::new(format!("No export named {name} found."), span)),
        }
    }

    fn charge(&self, value: &Value, span: Span) -> Result<(), Problem> {
        let made = self.made.get().saturating_add(size(value));
        self.made.set(made);
        self.room(0, span)
    }

    /// Whether functions may make so many bytes more.
    fn room(&self, more: usize, span: Span) -> Result<(), Problem> {
        if self.made.get().saturating_add(more) <= limits::EVALUATED_BYTES {
            return Ok(());
        }
        let message =
            format!("the template's functions make more than {} bytes", limits::EVALUATED_BYTES);
        Err(Problem::new(message, span))
    }

    fn holds(&self, condition: Name) -> Result<bool, Problem> {
        self.conditions.get(condition.text).copied().ok_or_else(|| {
            Problem::new(format!("the condition {} is not known", condition.text), condition.span)
        })
    }

    /// Whether a condition holds; those it names must have been decided.
    pub(crate) fn condition(&self, node: &Node) -> Result<bool, Problem> {
        match ConditionFunction::of(node)? {
            ConditionFunction::Equals(left, right) => {
                let (left, right) = (self.node(left)?, self.node(right)?);
                Ok(comparable(&left) == comparable(&right))
            }
            ConditionFunction::And(list) => {
                let all: Vec<bool> = self.conditions_of(list)?;
                Ok(all.into_iter().all(|holds| holds))
            }
            ConditionFunction::Or(list) => {
                let all: Vec<bool> = self.conditions_of(list)?;
                Ok(all.into_iter().any(|holds| holds))
            }
            ConditionFunction::Not(condition) => Ok(!self.condition(condition)?),
            ConditionFunction::Condition(name) => self.holds(name),
        }
    }

    fn conditions_of(&self, list: &[Node]) -> Result<Vec<bool>, Problem> {
        list.iter().map(|node| self.condition(node)).collect()
    }
}

/// The text of a scalar; none if it is not known yet.
fn scalar(node: &Node, function: &str) -> Result<Option<String>, Problem> {
    if let Some(text) = node.scalar() {
        return Ok(Some(text));
    }
    if is_function(node) {
        return Ok(None);
    }
    let message = format!("{function} takes a text here, not {}", node.value.kind());
    Err(Problem::new(message, node.span))
}

/// The list that `Fn::Sub` joins.
fn substituted(pieces: &[Piece], variables: &[(Key, Node)], span: Span) -> Node {
    let member = |piece: &Piece| match piece {
        Piece::Literal(text) => Node::text(*text, span),
        Piece::Variable(name) => {
            let given = variables.iter().find(|(key, _)| key.text == *name);
            match (given, name.split_once('.')) {
                (Some((_, node)), _) => node.clone(),
                (None, Some((resource, attribute))) => {
                    let names = vec![Node::text(resource, span), Node::text(attribute, span)];
                    let names = Node::new(Value::List(names), span);
                    Node::new(call("Fn::GetAtt", names, span), span)
                }
                (None, None) => Node::new(call("Ref", Node::text(*name, span), span), span),
            }
        }
    };
    Node::new(Value::List(pieces.iter().map(member).collect()), span)
}

fn call(function: &str, argument: Node, span: Span) -> Value {
    Value::Map(vec![(Key::new(function, span), argument)])
}

/// Whether a reduced node is a function whose value is not known yet.
fn is_function(node: &Node) -> bool {
    matches!(Function::of(node), Ok(Some(_)))
}

/// What `Fn::Equals` compares: the text of scalars, so that `true` equals `'true'`.
fn comparable(node: &Node) -> serde_json::Value {
    match &node.value {
        Value::List(list) => list.iter().map(comparable).collect(),
        Value::Map(map) => {
            map.iter().map(|(key, node)| (key.text.clone(), comparable(node))).collect()
        }
        Value::Bool(_) | Value::Number(_) | Value::Text(_) => node.scalar().into(),
    }
}

/// About how many bytes a value takes.
fn size(value: &Value) -> usize {
    const NODE: usize = size_of::<Node>();
    match value {
        Value::Text(text) => text.len(),
        Value::List(list) => list.iter().map(|node| NODE + size(&node.value)).sum(),
        Value::Map(map) => {
            map.iter().map(|(key, node)| NODE + key.text.len() + size(&node.value)).sum()
        }
        Value::Bool(_) | Value::Number(_) => 0,
    }
}
