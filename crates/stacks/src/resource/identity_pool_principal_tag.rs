use futures_util::future::FutureExt as _;
use serde_json::json;
use wire::cognito_identity::SetPrincipalTagAttributeMap;

use crate::resource::{Doing, Failure, Kind, Made, Properties, Property, ResourceType, Step, gone};

/// [`AWS::Cognito::IdentityPoolPrincipalTag`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypoolprincipaltag.html)
pub(super) struct IdentityPoolPrincipalTag;

const PROPERTIES: &[Property] = &[
    Property::text("IdentityPoolId").required().replaces(),
    Property::text("IdentityProviderName").required().replaces(),
    Property::new("PrincipalTags", Kind::Map(&Kind::Text)),
    Property::new("UseDefaults", Kind::Boolean),
];

impl ResourceType for IdentityPoolPrincipalTag {
    fn name(&self) -> &'static str {
        "AWS::Cognito::IdentityPoolPrincipalTag"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            set(step).await?;
            let (pool, provider) =
                (step.required("IdentityPoolId")?, step.required("IdentityProviderName")?);
            Ok(Made::new(format!("{pool}|{provider}")))
        }
        .boxed()
    }

    /// A mapping can be set again, so it need not be known whether it was done.
    fn find<'a>(&'a self, _: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async { Ok(None) }.boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        set(step).boxed()
    }

    /// There is no operation that takes a mapping away: an empty one maps nothing.
    fn delete<'a>(&'a self, step: &'a Step<'a>, _: &'a str) -> Doing<'a, ()> {
        async move {
            let input = json!({
                "IdentityPoolId": step.required("IdentityPoolId")?,
                "IdentityProviderName": step.required("IdentityProviderName")?,
                "UseDefaults": false,
                "PrincipalTags": {},
            });
            gone(step.json::<SetPrincipalTagAttributeMap>(input).await)
        }
        .boxed()
    }
}

async fn set(step: &Step<'_>) -> Result<(), Failure> {
    let use_defaults = step.properties.get("UseDefaults").cloned();
    let mut input = json!({
        "IdentityPoolId": step.required("IdentityPoolId")?,
        "IdentityProviderName": step.required("IdentityProviderName")?,
        "UseDefaults": use_defaults.unwrap_or(false.into()),
    });
    if let (Some(input), Some(tags)) = (input.as_object_mut(), step.properties.get("PrincipalTags"))
    {
        input.insert("PrincipalTags".to_owned(), tags.clone());
    }
    step.json::<SetPrincipalTagAttributeMap>(input).await.map(drop)
}
