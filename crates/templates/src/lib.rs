//! CloudFormation templates: parse with positions, check, evaluate.
//!
//! Pure: it opens no file or socket, reads no clock, waits for nothing, and knows no resource type.
//! A text in YAML or JSON becomes a [`Template`], that, with parameters, an [`Evaluated`]; what is
//! left in it of functions is replaced by [`Evaluated::resolve`] as the resources come to exist.
//! Whatever is wrong is a [`Problem`] with its line and column.

mod check;
mod environment;
mod evaluate;
mod fields;
mod function;
mod json_escapes;
pub mod limits;
mod nearest;
mod node;
mod order;
mod output;
mod parameter;
mod pattern;
mod position;
mod problem;
mod read;
mod reduce;
mod resource;
mod rules;
mod scalar;
mod short_form;
mod substitution;
mod template;

pub use environment::Environment;
pub use evaluate::{Attributes, Evaluated, EvaluatedOutput, EvaluatedResource};
pub use nearest::nearest;
pub use node::{Key, Node, Value};
pub use pattern::Pattern;
pub use position::{Position, Span};
pub use problem::{Problem, Problems};
pub use template::{
    DeletionPolicy, Mapping, Output, Parameter, ParameterKind, Resource, ResourceTypes, Template,
};
