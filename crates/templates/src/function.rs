//! The functions of a template, in their long form.
//!
//! <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference.html>

use crate::{
    Key, Node, Problem, Span, Value,
    substitution::{self, Piece},
};

/// A name in a template, and where it stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name<'t> {
    pub(crate) text: &'t str,
    pub(crate) span: Span,
}

/// A function with its arguments, checked for their number and for what can be seen before
/// anything is evaluated.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Function<'t> {
    Ref(Name<'t>),
    GetAtt { resource: Name<'t>, attribute: &'t Node },
    Sub { pieces: Vec<Piece<'t>>, variables: &'t [(Key, Node)], span: Span },
    Join { delimiter: &'t str, list: &'t Node },
    Select { index: &'t Node, list: &'t Node },
    Split { delimiter: &'t str, text: &'t Node },
    If { condition: Name<'t>, then: &'t Node, otherwise: &'t Node },
    FindInMap { map: &'t Node, first: &'t Node, second: &'t Node },
    Base64(&'t Node),
    ImportValue(&'t Node),
    Condition(ConditionFunction<'t>),
}

/// A function that makes a condition.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum ConditionFunction<'t> {
    Equals(&'t Node, &'t Node),
    And(&'t [Node]),
    Or(&'t [Node]),
    Not(&'t Node),
    /// Another condition, by its name.
    Condition(Name<'t>),
}

/// Functions of CloudFormation that are not served, and why.
const NOT_SERVED: &[(&str, &str)] = &[
    ("Fn::Cidr", "there are no networks here"),
    ("Fn::GetAZs", "there are no availability zones here"),
    ("Fn::Transform", "macros are not served"),
    ("Fn::ForEach", "it needs the transform AWS::LanguageExtensions, which is not served"),
    ("Fn::Length", "it needs the transform AWS::LanguageExtensions, which is not served"),
    ("Fn::ToJsonString", "it needs the transform AWS::LanguageExtensions, which is not served"),
];

impl<'t> Function<'t> {
    /// The function that a node is, if it is one: a map with one key, `Ref` or `Fn::…`.
    pub(crate) fn of(node: &'t Node) -> Result<Option<Self>, Problem> {
        let Some(map) = node.as_map() else { return Ok(None) };
        let is_function = |key: &Key| key.text == "Ref" || key.text.starts_with("Fn::");
        match map {
            [(key, argument)] if is_function(key) => Self::named(key, argument).map(Some),
            [_] => Ok(None),
            // A property may be called `Ref`, but none is called like the other functions.
            _ => match map.iter().find(|(key, _)| key.text.starts_with("Fn::")) {
                Some((key, _)) => Err(Problem::new(
                    format!("{} must be the only key of its map", key.text),
                    key.span,
                )),
                None => Ok(None),
            },
        }
    }

    fn named(key: &'t Key, argument: &'t Node) -> Result<Self, Problem> {
        let call = Call { function: &key.text, argument };
        Ok(match key.text.as_str() {
            "Ref" => Self::Ref(call.name(argument)?),
            "Fn::GetAtt" => call.get_att()?,
            "Fn::Sub" => call.sub()?,
            "Fn::Join" => {
                let [delimiter, list] = call.arguments("a delimiter and a list of texts")?;
                Self::Join { delimiter: call.literal(delimiter)?, list }
            }
            "Fn::Select" => {
                let [index, list] = call.arguments("an index and a list")?;
                Self::Select { index, list }
            }
            "Fn::Split" => {
                let [delimiter, text] = call.arguments("a delimiter and a text")?;
                let delimiter = call.literal(delimiter)?;
                if delimiter.is_empty() {
                    return Err(Problem::new("the delimiter of Fn::Split is empty", argument.span));
                }
                Self::Split { delimiter, text }
            }
            "Fn::If" => {
                let [condition, then, otherwise] =
                    call.arguments("the name of a condition and two values")?;
                Self::If { condition: call.name(condition)?, then, otherwise }
            }
            "Fn::FindInMap" => {
                let [map, first, second] =
                    call.arguments("the name of a mapping and its two keys")?;
                Self::FindInMap { map, first, second }
            }
            "Fn::Base64" => Self::Base64(argument),
            "Fn::ImportValue" => Self::ImportValue(argument),
            _ => match ConditionFunction::named(call)? {
                Some(function) => Self::Condition(function),
                None => return Err(unknown(key)),
            },
        })
    }
}

impl<'t> ConditionFunction<'t> {
    /// The condition that a node is: a map with one key, `Condition` or a function.
    pub(crate) fn of(node: &'t Node) -> Result<Self, Problem> {
        if let Some([(key, argument)]) = node.as_map() {
            let call = Call { function: &key.text, argument };
            if key.text == "Condition" {
                return Ok(Self::Condition(call.name(argument)?));
            }
            if let Some(function) = Self::named(call)? {
                return Ok(function);
            }
        }
        Err(Problem::new("this is not a condition", node.span)
            .help("write Fn::Equals, Fn::And, Fn::Or, Fn::Not or Condition"))
    }

    fn named(call: Call<'t>) -> Result<Option<Self>, Problem> {
        Ok(Some(match call.function {
            "Fn::Equals" => {
                let [left, right] = call.arguments("two values")?;
                Self::Equals(left, right)
            }
            "Fn::And" => Self::And(call.conditions()?),
            "Fn::Or" => Self::Or(call.conditions()?),
            "Fn::Not" => {
                let [condition] = call.arguments("a condition")?;
                Self::Not(condition)
            }
            _ => return Ok(None),
        }))
    }
}

/// A function's name, and its argument as it stands.
#[derive(Clone, Copy)]
struct Call<'t> {
    function: &'t str,
    argument: &'t Node,
}

impl<'t> Call<'t> {
    fn get_att(self) -> Result<Function<'t>, Problem> {
        let [resource, attribute] =
            self.arguments("the logical id of a resource and the name of an attribute")?;
        Ok(Function::GetAtt { resource: self.name(resource)?, attribute })
    }

    fn sub(self) -> Result<Function<'t>, Problem> {
        let (text, variables): (_, &[_]) = match &self.argument.value {
            Value::List(list) => match list.as_slice() {
                [text, Node { value: Value::Map(variables), .. }] => (text, variables),
                _ => return Err(self.wants("a text, or a list of a text and a map of variables")),
            },
            _ => (self.argument, &[]),
        };
        let Value::Text(written) = &text.value else {
            return Err(self.wants("a text, or a list of a text and a map of variables"));
        };
        let pieces = substitution::pieces(written).map_err(|name| {
            Problem::new(format!("${{{name}}} is not a variable of Fn::Sub"), text.span).help(
                "names have letters, digits, underscores, periods and colons; \
                 ${!name} stands for the text ${name}",
            )
        })?;
        Ok(Function::Sub { pieces, variables, span: text.span })
    }

    /// The arguments, if they are as many.
    fn arguments<const N: usize>(self, what: &str) -> Result<&'t [Node; N], Problem> {
        let list = self.argument.as_list().and_then(|list| <&[Node; N]>::try_from(list).ok());
        list.ok_or_else(|| self.wants(&format!("a list: {what}")))
    }

    /// Two to ten conditions.
    fn conditions(self) -> Result<&'t [Node], Problem> {
        match self.argument.as_list() {
            Some(list) if (2..=10).contains(&list.len()) => Ok(list),
            _ => Err(self.wants("a list of 2 to 10 conditions")),
        }
    }

    fn name(self, node: &'t Node) -> Result<Name<'t>, Problem> {
        Ok(Name { text: self.literal(node)?, span: node.span })
    }

    /// A text that must not be made by another function.
    fn literal(self, node: &'t Node) -> Result<&'t str, Problem> {
        node.as_text().ok_or_else(|| {
            let message = format!("{} takes a text here, not {}", self.function, node.value.kind());
            Problem::new(message, node.span)
        })
    }

    fn wants(self, what: &str) -> Problem {
        Problem::new(format!("{} takes {what}", self.function), self.argument.span)
    }
}

fn unknown(key: &Key) -> Problem {
    match NOT_SERVED
        .iter()
        .find(|(name, _)| key.text == *name || key.text.starts_with(&format!("{name}::")))
    {
        Some((name, why)) => Problem::new(format!("{name} is not served: {why}"), key.span),
        None => Problem::new(format!("{} is not a function of CloudFormation", key.text), key.span),
    }
}
