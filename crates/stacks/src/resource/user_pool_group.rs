use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_idp::{CreateGroup, DeleteGroup, GetGroup, UpdateGroup};

use crate::resource::{
    Doing, Kind, Made, Naming, Properties, Property, ResourceType, Step, found, gone, renamed,
};

/// [`AWS::Cognito::UserPoolGroup`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolgroup.html)
pub(super) struct UserPoolGroup;

const PROPERTIES: &[Property] = &[
    Property::text("Description"),
    Property::text("GroupName").replaces(),
    Property::new("Precedence", Kind::Integer),
    Property::text("RoleArn"),
    Property::text("UserPoolId").required().replaces(),
];

impl ResourceType for UserPoolGroup {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPoolGroup"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn naming(&self) -> Naming {
        Naming::new("GroupName", 128)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            step.json::<CreateGroup>(input(step)).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let input = json!({"UserPoolId": step.required("UserPoolId")?, "GroupName": step.name});
            let group = found(step.json::<GetGroup>(input).await)?.and_then(|answer| answer.group);
            let own = group.is_some_and(|group| step.can_be_ours(group.creation_date));
            Ok(own.then(|| Made::new(step.name)))
        }
        .boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        async move { step.json::<UpdateGroup>(input(step)).await.map(drop) }.boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = json!({"UserPoolId": step.required("UserPoolId")?, "GroupName": id});
            gone(step.json::<DeleteGroup>(input).await)
        }
        .boxed()
    }
}

fn input(step: &Step<'_>) -> Json {
    let names = ["Description", "Precedence", "RoleArn", "UserPoolId"].map(|name| (name, name));
    let mut input = renamed(step.properties, &names);
    input.insert("GroupName".to_owned(), step.name.into());
    Json::Object(input)
}
