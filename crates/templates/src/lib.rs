//! CloudFormation templates: parse with positions, check, evaluate.
//!
//! Pure: it opens no file or socket, reads no clock, waits for nothing, and knows no resource type.
//! A text in YAML or JSON becomes a [`Template`], that, with parameters, an [`Evaluated`]; what is
//! left in it of functions is replaced by [`Evaluated::resolve`] as the resources come to exist.
//! Whatever is wrong is a [`Problem`] with its line and column.

mod evaluate;
pub mod limits;
mod node;
mod position;
mod problem;
mod read;
mod scalar;
mod short_form;
mod template;

pub use evaluate::{Attributes, Environment, Evaluated, EvaluatedOutput, EvaluatedResource};
pub use node::{Key, Node, Value};
pub use position::{Position, Span};
pub use problem::{Problem, Problems};
pub use template::{
    DeletionPolicy, Mapping, Output, Parameter, ParameterKind, Resource, ResourceTypes, Template,
};
