use futures_util::future::FutureExt as _;
use wire::iam;

use crate::resource::{
    Attributes, Doing, Kind, Made, Naming, Properties, Property, ResourceType, Step, attributes,
    found, gone,
    iam_policies::{Entity, INLINE, clear, settle},
};

/// [`AWS::IAM::Group`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-group.html)
pub(super) struct Group;

const PROPERTIES: &[Property] = &[
    Property::text("GroupName").replaces(),
    Property::new("ManagedPolicyArns", Kind::List(&Kind::Text)),
    Property::text("Path"),
    Property::new("Policies", INLINE),
];

impl ResourceType for Group {
    fn name(&self) -> &'static str {
        "AWS::IAM::Group"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::new("GroupName", 128)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let mut members = vec![("GroupName", step.name)];
            members.extend(step.text("Path").map(|path| ("Path", path)));
            step.form::<iam::CreateGroup>(&members).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let answer = found(step.form::<iam::GetGroup>(&[("GroupName", step.name)]).await)?;
            let own = answer.is_some_and(|answer| step.can_be_ours(Some(answer.group.create_date)));
            Ok(own.then(|| Made::new(step.name)))
        }
        .boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move { settle(step, Entity::Group, id, &Properties::new()).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move {
            if before.get("Path") != step.properties.get("Path") {
                let path = step.text("Path").unwrap_or("/");
                step.form::<iam::UpdateGroup>(&[("GroupName", id), ("NewPath", path)]).await?;
            }
            settle(step, Entity::Group, id, before).await
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            clear(step, Entity::Group, id).await?;
            gone(step.form::<iam::DeleteGroup>(&[("GroupName", id)]).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let path = step.text("Path").unwrap_or("/");
            Ok(attributes([("Arn", step.arn("iam", false, &format!("group{path}{id}")))]))
        }
        .boxed()
    }
}
