use futures_util::future::FutureExt as _;
use wire::iam;

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Properties, Property, ResourceType, Step, attributes,
    gone, texts,
};

/// [`AWS::IAM::UserToGroupAddition`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-usertogroupaddition.html)
pub(super) struct UserToGroupAddition;

const PROPERTIES: &[Property] = &[
    Property::text("GroupName").required().replaces(),
    Property::new("Users", Kind::List(&Kind::Text)).required(),
];

impl ResourceType for UserToGroupAddition {
    fn name(&self) -> &'static str {
        "AWS::IAM::UserToGroupAddition"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async { Ok(Made::new(step.name)) }.boxed()
    }

    /// Nothing is made before `finish`, and that can be done again.
    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async { Ok(Some(Made::new(step.name))) }.boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        async move { settle(step, &[]).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        _: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move { settle(step, &texts(before, "Users")).await }.boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        async move {
            let group = ("GroupName", step.required("GroupName")?);
            for user in texts(step.properties, "Users") {
                let members = [group, ("UserName", user)];
                gone(step.form::<iam::RemoveUserFromGroup>(&members).await)?;
            }
            Ok(())
        }
        .boxed()
    }

    fn read<'a>(&'a self, _: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move { Ok(attributes([("Id", id.to_owned())])) }.boxed()
    }
}

async fn settle(step: &Step<'_>, were: &[&str]) -> Result<(), Failure> {
    let group = ("GroupName", step.required("GroupName")?);
    let are = texts(step.properties, "Users");
    for user in are.iter().filter(|user| !were.contains(user)) {
        step.form::<iam::AddUserToGroup>(&[group, ("UserName", *user)]).await?;
    }
    for user in were.iter().filter(|user| !are.contains(user)) {
        gone(step.form::<iam::RemoveUserFromGroup>(&[group, ("UserName", *user)]).await)?;
    }
    Ok(())
}
