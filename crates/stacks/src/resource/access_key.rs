use futures_util::future::FutureExt as _;
use wire::iam;

use crate::resource::{
    Doing, Kind, Made, Properties, Property, ResourceType, Step, attributes, gone,
};

/// [`AWS::IAM::AccessKey`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-iam-accesskey.html)
pub(super) struct AccessKey;

const PROPERTIES: &[Property] = &[
    Property::new("Serial", Kind::Integer).replaces(),
    Property::new("Status", Kind::OneOf(&["Active", "Inactive"])),
    Property::text("UserName").required().replaces(),
];

const SECRET: &str = "SecretAccessKey";

impl ResourceType for AccessKey {
    fn name(&self) -> &'static str {
        "AWS::IAM::AccessKey"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &[SECRET]
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let members = [("UserName", step.required("UserName")?)];
            let key = step.form::<iam::CreateAccessKey>(&members).await?.access_key;
            let secret = key.secret_access_key.expose().clone();
            Ok(Made { attributes: attributes([(SECRET, secret)]), ..Made::new(key.access_key_id) })
        }
        .boxed()
    }

    /// A key whose secret nobody was told is of no use: those that an interrupted step made go, and
    /// another one is made.
    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let user = ("UserName", step.required("UserName")?);
            let keys = step.form::<iam::ListAccessKeys>(&[user]).await?.access_key_metadata;
            for key in keys.into_iter().filter(|key| step.can_be_ours(key.create_date)) {
                if let Some(id) = key.access_key_id.filter(|id| !step.is_taken(id)) {
                    let members = [user, ("AccessKeyId", &*id)];
                    gone(step.form::<iam::DeleteAccessKey>(&members).await)?;
                }
            }
            Ok(None)
        }
        .boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            if step.text("Status") == Some("Inactive") {
                self.update(step, id, &Properties::new()).await?;
            }
            Ok(())
        }
        .boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, id: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        async move {
            let members = [
                ("UserName", step.required("UserName")?),
                ("AccessKeyId", id),
                ("Status", step.text("Status").unwrap_or("Active")),
            ];
            step.form::<iam::UpdateAccessKey>(&members).await.map(drop)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let members = [("UserName", step.required("UserName")?), ("AccessKeyId", id)];
            gone(step.form::<iam::DeleteAccessKey>(&members).await)
        }
        .boxed()
    }
}
