use futures_util::future::FutureExt as _;
use wire::iam;

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step,
    attributes, found, gone,
    iam_policies::{attach, detach},
    policy::holders,
};

/// [`AWS::IAM::ManagedPolicy`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-managedpolicy.html)
pub(super) struct ManagedPolicy;

const PROPERTIES: &[Property] = &[
    Property::text("Description").replaces(),
    Property::new("Groups", Kind::List(&Kind::Text)),
    Property::text("ManagedPolicyName").replaces(),
    Property::text("Path").replaces(),
    Property::new("PolicyDocument", Kind::Document).required(),
    Property::new("Roles", Kind::List(&Kind::Text)),
    Property::new("Users", Kind::List(&Kind::Text)),
];

impl ResourceType for ManagedPolicy {
    fn name(&self) -> &'static str {
        "AWS::IAM::ManagedPolicy"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["PolicyArn", "PolicyId"]
    }

    fn naming(&self) -> Naming {
        Naming::new("ManagedPolicyName", 128)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let document = step.document("PolicyDocument")?;
            let mut members =
                vec![("PolicyName", step.name), ("PolicyDocument", document.as_str())];
            for name in ["Description", "Path"] {
                members.extend(step.text(name).map(|value| (name, value)));
            }
            let made = step.form::<iam::CreatePolicy>(&members).await?;
            let arn = made.policy.and_then(|policy| policy.arn);
            Ok(Made::new(arn.unwrap_or_else(|| arn_of(step))))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let arn = arn_of(step);
            let answer = found(step.form::<iam::GetPolicy>(&[("PolicyArn", &arn)]).await)?;
            let policy = answer.and_then(|answer| answer.policy);
            let own = policy.is_some_and(|policy| step.can_be_ours(policy.create_date));
            Ok(own.then(|| Made::new(arn)))
        }
        .boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move { settle(step, id, &Properties::new()).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move {
            if before.get("PolicyDocument") != step.properties.get("PolicyDocument") {
                // Five versions are kept at most, and only the one in force is of use.
                delete_old_versions(step, id).await?;
                let document = step.document("PolicyDocument")?;
                let members =
                    [("PolicyArn", id), ("PolicyDocument", &*document), ("SetAsDefault", "true")];
                step.form::<iam::CreatePolicyVersion>(&members).await?;
                delete_old_versions(step, id).await?;
            }
            settle(step, id, before).await
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            for (entity, holder) in holders(step.properties) {
                detach(step, entity, &holder, id).await?;
            }
            gone(delete_old_versions(step, id).await)?;
            gone(step.form::<iam::DeletePolicy>(&[("PolicyArn", id)]).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let answer = step.form::<iam::GetPolicy>(&[("PolicyArn", id)]).await?;
            let policy = answer.policy.and_then(|policy| policy.policy_id).unwrap_or_default();
            Ok(attributes([("PolicyArn", id.to_owned()), ("PolicyId", policy)]))
        }
        .boxed()
    }
}

fn arn_of(step: &Step<'_>) -> String {
    let path = step.text("Path").unwrap_or("/");
    step.arn("iam", false, &format!("policy{path}{}", step.name))
}

async fn delete_old_versions(step: &Step<'_>, arn: &str) -> Result<(), Failure> {
    let versions = step.form::<iam::ListPolicyVersions>(&[("PolicyArn", arn)]).await?.versions;
    let old = versions.into_iter().flatten().filter(|own| own.is_default_version != Some(true));
    for version in old.filter_map(|version| version.version_id) {
        let members = [("PolicyArn", arn), ("VersionId", &*version)];
        gone(step.form::<iam::DeletePolicyVersion>(&members).await)?;
    }
    Ok(())
}

async fn settle(step: &Step<'_>, arn: &str, before: &Properties) -> Result<(), Failure> {
    let (were, are) = (holders(before), holders(step.properties));
    for (entity, holder) in are.difference(&were) {
        attach(step, *entity, holder, arn).await?;
    }
    for (entity, holder) in were.difference(&are) {
        detach(step, *entity, holder, arn).await?;
    }
    Ok(())
}
