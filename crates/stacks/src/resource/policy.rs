use std::collections::BTreeSet;

use futures_util::future::FutureExt as _;

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Properties, Property, ResourceType, Step, attributes,
    iam_policies::{Entity, put, remove},
    texts,
};

/// [`AWS::IAM::Policy`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-policy.html)
///
/// One inline policy, put on roles, users and groups.
pub(super) struct Policy;

const PROPERTIES: &[Property] = &[
    Property::new("Groups", Kind::List(&Kind::Text)),
    Property::new("PolicyDocument", Kind::Document).required(),
    Property::text("PolicyName").required(),
    Property::new("Roles", Kind::List(&Kind::Text)),
    Property::new("Users", Kind::List(&Kind::Text)),
];

/// The lists of those that a policy is for.
pub(super) const ENTITIES: [(&str, Entity); 3] =
    [("Roles", Entity::Role), ("Users", Entity::User), ("Groups", Entity::Group)];

impl ResourceType for Policy {
    fn name(&self) -> &'static str {
        "AWS::IAM::Policy"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            if holders(step.properties).is_empty() {
                let reason = "At least one of [Groups,Roles,Users] must be non-empty.";
                return Err(Failure::new(reason));
            }
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    /// Nothing is made before `finish`, and that can be done again.
    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async { Ok(Some(Made::new(step.name))) }.boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        async move { settle(step, &Properties::new()).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        _: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move { settle(step, before).await }.boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        async move {
            let name = step.required("PolicyName")?;
            for (entity, holder) in holders(step.properties) {
                remove(step, entity, &holder, name).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn read<'a>(&'a self, _: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move { Ok(attributes([("Id", id.to_owned())])) }.boxed()
    }
}

/// Everyone that a policy is for.
pub(super) fn holders(properties: &Properties) -> BTreeSet<(Entity, String)> {
    let of = |(list, entity)| {
        texts(properties, list).into_iter().map(move |name: &str| (entity, name.to_owned()))
    };
    ENTITIES.into_iter().flat_map(of).collect()
}

async fn settle(step: &Step<'_>, before: &Properties) -> Result<(), Failure> {
    let name = step.required("PolicyName")?;
    let document = step.document("PolicyDocument")?;
    let holders_now = holders(step.properties);
    for (entity, holder) in &holders_now {
        put(step, *entity, holder, name, &document).await?;
    }
    let old_name = before.get("PolicyName").and_then(serde_json::Value::as_str);
    for (entity, holder) in holders(before) {
        let old_name = old_name.unwrap_or(name);
        if old_name != name || !holders_now.contains(&(entity, holder.clone())) {
            remove(step, entity, &holder, old_name).await?;
        }
    }
    Ok(())
}
