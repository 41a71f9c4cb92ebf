use std::collections::{BTreeMap, BTreeSet};

use crate::{DeletionPolicy, Key, Node, Problem, Problems, Template, Value};

/// What a template is evaluated in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Environment {
    /// `AWS::AccountId`.
    pub account: String,
    /// `AWS::Region`.
    pub region: String,
    /// `AWS::Partition`.
    pub partition: String,
    /// `AWS::URLSuffix`.
    pub url_suffix: String,
    /// `AWS::StackName`.
    pub stack_name: String,
    /// `AWS::StackId`.
    pub stack_id: String,
    /// `AWS::NotificationARNs`.
    pub notification_arns: Vec<String>,
    /// The parameters given, by name; those with a default may be absent.
    pub parameters: BTreeMap<String, String>,
}

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
    pub fn evaluate(&self, _environment: &Environment) -> Result<Evaluated, Problems> {
        Err(Problem::new("not yet", crate::Span::default()).into())
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
    pub fn resolve(node: &Node, _attributes: &dyn Attributes) -> Result<Node, Problem> {
        Err(Problem::new("not yet", node.span))
    }
}
