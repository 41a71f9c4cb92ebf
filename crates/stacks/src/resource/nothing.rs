use futures_util::future::{FutureExt as _, ready};

use crate::resource::{Doing, Made, Properties, Property, ResourceType, Step};

/// A type of which nothing is made: [`AWS::CDK::Metadata`](https://docs.aws.amazon.com/cdk/v2/guide/usage-data.html),
/// which counts how the CDK is used, and
/// [`AWS::CloudFormation::WaitConditionHandle`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cloudformation-waitconditionhandle.html),
/// which templates without resources use as a placeholder.
pub(super) struct Nothing(pub(super) &'static str, pub(super) &'static [Property]);

impl ResourceType for Nothing {
    fn name(&self) -> &'static str {
        self.0
    }

    fn properties(&self) -> &'static [Property] {
        self.1
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        ready(Ok(Made::new(step.name))).boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        ready(Ok(Some(Made::new(step.name)))).boxed()
    }

    fn update<'a>(&'a self, _: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        ready(Ok(())).boxed()
    }

    fn delete<'a>(&'a self, _: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        ready(Ok(())).boxed()
    }
}
