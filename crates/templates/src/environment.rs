use std::collections::BTreeMap;

use crate::{Node, Span, Value};

/// What `Ref` takes beside parameters and resources.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/pseudo-parameter-reference.html>
pub(crate) const PSEUDO_PARAMETERS: &[&str] = &[
    "AWS::AccountId",
    "AWS::NoValue",
    "AWS::NotificationARNs",
    "AWS::Partition",
    "AWS::Region",
    "AWS::StackId",
    "AWS::StackName",
    "AWS::URLSuffix",
];

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

impl Environment {
    /// The value of every pseudo parameter but `AWS::NoValue`, which has none.
    pub(crate) fn pseudo_parameters(&self) -> BTreeMap<&str, Value> {
        let arns = self.notification_arns.iter();
        let arns = arns.map(|arn| Node::text(arn, Span::default())).collect();
        let mut values = BTreeMap::from([("AWS::NotificationARNs", Value::List(arns))]);
        for (name, text) in [
            ("AWS::AccountId", &self.account),
            ("AWS::Partition", &self.partition),
            ("AWS::Region", &self.region),
            ("AWS::StackId", &self.stack_id),
            ("AWS::StackName", &self.stack_name),
            ("AWS::URLSuffix", &self.url_suffix),
        ] {
            values.insert(name, Value::Text(text.clone()));
        }
        values
    }
}
