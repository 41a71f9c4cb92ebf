use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_idp::{AdminAddUserToGroup, AdminRemoveUserFromGroup};

use crate::resource::{
    Doing, Failure, Made, Properties, Property, ResourceType, Step, gone, renamed,
};

/// [`AWS::Cognito::UserPoolUserToGroupAttachment`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolusertogroupattachment.html)
pub(super) struct UserPoolUserToGroupAttachment;

const PROPERTIES: &[Property] = &[
    Property::text("GroupName").required().replaces(),
    Property::text("Username").required().replaces(),
    Property::text("UserPoolId").required().replaces(),
];

impl ResourceType for UserPoolUserToGroupAttachment {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPoolUserToGroupAttachment"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            step.json::<AdminAddUserToGroup>(input(step)).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    /// Adding a member again changes nothing, so it need not be known whether it was done.
    fn find<'a>(&'a self, _: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async { Ok(None) }.boxed()
    }

    fn update<'a>(&'a self, _: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        async { Err(Failure::new("a membership is replaced, not changed")) }.boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        async move { gone(step.json::<AdminRemoveUserFromGroup>(input(step)).await) }.boxed()
    }
}

fn input(step: &Step<'_>) -> Json {
    let names = ["GroupName", "Username", "UserPoolId"].map(|name| (name, name));
    json!(renamed(step.properties, &names))
}
