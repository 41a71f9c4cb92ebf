use futures_util::future::FutureExt as _;
use wire::iam;

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step,
    attributes, found, gone,
    iam_policies::{Entity, INLINE, borrowed, clear, settle, tag_changes, tag_members},
    tags_of,
};

/// [`AWS::IAM::Role`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-role.html)
pub(super) struct Role;

const PROPERTIES: &[Property] = &[
    Property::new("AssumeRolePolicyDocument", Kind::Document).required(),
    Property::text("Description"),
    Property::new("ManagedPolicyArns", Kind::List(&Kind::Text)),
    Property::new("MaxSessionDuration", Kind::Integer),
    Property::text("Path").replaces(),
    Property::text("PermissionsBoundary"),
    Property::new("Policies", INLINE),
    Property::text("RoleName").replaces(),
    Property::new("Tags", Kind::Tags),
];

impl ResourceType for Role {
    fn name(&self) -> &'static str {
        "AWS::IAM::Role"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn", "RoleId"]
    }

    fn naming(&self) -> Naming {
        Naming::new("RoleName", 64)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let trust = step.document("AssumeRolePolicyDocument")?;
            let mut members =
                vec![("RoleName", step.name), ("AssumeRolePolicyDocument", trust.as_str())];
            let duration = duration(step);
            members.extend(duration.as_deref().map(|seconds| ("MaxSessionDuration", seconds)));
            for name in ["Description", "Path", "PermissionsBoundary"] {
                members.extend(step.text(name).map(|value| (name, value)));
            }
            let tags = tag_members(&step.tags());
            step.form::<iam::CreateRole>(&borrowed(&members, &tags)).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let answer = found(step.form::<iam::GetRole>(&[("RoleName", step.name)]).await)?;
            let own = answer.is_some_and(|answer| step.can_be_ours(Some(answer.role.create_date)));
            Ok(own.then(|| Made::new(step.name)))
        }
        .boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move { settle(step, Entity::Role, id, &Properties::new()).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move {
            let name = ("RoleName", id);
            let differs = |property: &str| before.get(property) != step.properties.get(property);
            if differs("AssumeRolePolicyDocument") {
                let trust = step.document("AssumeRolePolicyDocument")?;
                let members = [name, ("PolicyDocument", &*trust)];
                step.form::<iam::UpdateAssumeRolePolicy>(&members).await?;
            }
            if differs("Description") || differs("MaxSessionDuration") {
                let duration = duration(step).unwrap_or_else(|| "3600".to_owned());
                let description = step.text("Description").unwrap_or_default();
                let members =
                    [name, ("Description", description), ("MaxSessionDuration", &*duration)];
                step.form::<iam::UpdateRole>(&members).await?;
            }
            if differs("PermissionsBoundary") {
                match step.text("PermissionsBoundary") {
                    Some(arn) => {
                        let members = [name, ("PermissionsBoundary", arn)];
                        step.form::<iam::PutRolePermissionsBoundary>(&members).await?;
                    }
                    None => gone(step.form::<iam::DeleteRolePermissionsBoundary>(&[name]).await)?,
                }
            }
            settle(step, Entity::Role, id, before).await?;
            let (set, unset) =
                tag_changes(&tags_of(before, "Tags"), &tags_of(step.properties, "Tags"));
            if !set.is_empty() {
                let tags = tag_members(&set);
                step.form::<iam::TagRole>(&borrowed(&[name], &tags)).await?;
            }
            if !unset.is_empty() {
                step.form::<iam::UntagRole>(&borrowed(&[name], &unset)).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            clear(step, Entity::Role, id).await?;
            gone(step.form::<iam::DeleteRole>(&[("RoleName", id)]).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let answer = found(step.form::<iam::GetRole>(&[("RoleName", id)]).await)?;
            let answer = answer.ok_or_else(|| Failure::new(format!("the role {id} is gone")))?;
            Ok(attributes([("Arn", answer.role.arn), ("RoleId", answer.role.role_id)]))
        }
        .boxed()
    }
}

fn duration(step: &Step<'_>) -> Option<String> {
    step.properties.get("MaxSessionDuration").map(ToString::to_string)
}
