use futures_util::future::FutureExt as _;
use wire::iam;

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step,
    attributes, found, gone,
    iam_policies::{Entity, INLINE, borrowed, clear, settle, tag_changes, tag_members},
    tags_of, texts,
};

/// [`AWS::IAM::User`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-user.html)
pub(super) struct User;

const PROPERTIES: &[Property] = &[
    Property::new("Groups", Kind::List(&Kind::Text)),
    Property::new("LoginProfile", Kind::NotServed),
    Property::new("ManagedPolicyArns", Kind::List(&Kind::Text)),
    Property::text("Path"),
    Property::text("PermissionsBoundary"),
    Property::new("Policies", INLINE),
    Property::new("Tags", Kind::Tags),
    Property::text("UserName").replaces(),
];

impl ResourceType for User {
    fn name(&self) -> &'static str {
        "AWS::IAM::User"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn"]
    }

    fn naming(&self) -> Naming {
        Naming::new("UserName", 64)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let mut members = vec![("UserName", step.name)];
            for name in ["Path", "PermissionsBoundary"] {
                members.extend(step.text(name).map(|value| (name, value)));
            }
            let tags = tag_members(&step.tags());
            step.form::<iam::CreateUser>(&borrowed(&members, &tags)).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let answer = found(step.form::<iam::GetUser>(&[("UserName", step.name)]).await)?;
            let own = answer.is_some_and(|answer| step.can_be_ours(Some(answer.user.create_date)));
            Ok(own.then(|| Made::new(step.name)))
        }
        .boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            settle(step, Entity::User, id, &Properties::new()).await?;
            groups(step, id, &Properties::new()).await
        }
        .boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move {
            let name = ("UserName", id);
            if before.get("Path") != step.properties.get("Path") {
                let members = [name, ("NewPath", step.text("Path").unwrap_or("/"))];
                step.form::<iam::UpdateUser>(&members).await?;
            }
            if before.get("PermissionsBoundary") != step.properties.get("PermissionsBoundary") {
                match step.text("PermissionsBoundary") {
                    Some(arn) => {
                        let members = [name, ("PermissionsBoundary", arn)];
                        step.form::<iam::PutUserPermissionsBoundary>(&members).await?;
                    }
                    None => gone(step.form::<iam::DeleteUserPermissionsBoundary>(&[name]).await)?,
                }
            }
            settle(step, Entity::User, id, before).await?;
            groups(step, id, before).await?;
            let (set, unset) =
                tag_changes(&tags_of(before, "Tags"), &tags_of(step.properties, "Tags"));
            if !set.is_empty() {
                let tags = tag_members(&set);
                step.form::<iam::TagUser>(&borrowed(&[name], &tags)).await?;
            }
            if !unset.is_empty() {
                step.form::<iam::UntagUser>(&borrowed(&[name], &unset)).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            for group in texts(step.properties, "Groups") {
                let members = [("GroupName", group), ("UserName", id)];
                gone(step.form::<iam::RemoveUserFromGroup>(&members).await)?;
            }
            clear(step, Entity::User, id).await?;
            gone(step.form::<iam::DeleteUser>(&[("UserName", id)]).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let path = step.text("Path").unwrap_or("/");
            Ok(attributes([("Arn", step.arn("iam", false, &format!("user{path}{id}")))]))
        }
        .boxed()
    }
}

async fn groups(step: &Step<'_>, id: &str, before: &Properties) -> Result<(), Failure> {
    let (were, are) = (texts(before, "Groups"), texts(step.properties, "Groups"));
    for group in are.iter().filter(|group| !were.contains(group)) {
        let members = [("GroupName", *group), ("UserName", id)];
        step.form::<iam::AddUserToGroup>(&members).await?;
    }
    for group in were.iter().filter(|group| !are.contains(group)) {
        let members = [("GroupName", *group), ("UserName", id)];
        gone(step.form::<iam::RemoveUserFromGroup>(&members).await)?;
    }
    Ok(())
}
