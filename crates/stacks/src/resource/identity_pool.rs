use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_identity::{
    CreateIdentityPool, DeleteIdentityPool, DescribeIdentityPool, ListIdentityPools,
    UpdateIdentityPool,
};

use crate::resource::{
    Attributes, Doing, Kind, Made, Naming, Properties, Property, ResourceType, Step, attributes,
    gone, renamed, tags_of,
};

/// [`AWS::Cognito::IdentityPool`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypool.html)
pub(super) struct IdentityPool;

const PROPERTIES: &[Property] = &[
    Property::new("AllowClassicFlow", Kind::Boolean),
    Property::new("AllowUnauthenticatedIdentities", Kind::Boolean).required(),
    Property::new("CognitoEvents", Kind::NotServed),
    Property::new(
        "CognitoIdentityProviders",
        Kind::List(&Kind::Object(&[
            Property::text("ClientId").required(),
            Property::text("ProviderName").required(),
            Property::new("ServerSideTokenCheck", Kind::Boolean),
        ])),
    ),
    Property::new("CognitoStreams", Kind::NotServed),
    Property::text("DeveloperProviderName"),
    Property::text("IdentityPoolName"),
    Property::new("IdentityPoolTags", Kind::Tags),
    Property::new("OpenIdConnectProviderARNs", Kind::List(&Kind::Text)),
    Property::new("PushSync", Kind::NotServed),
    Property::new("SamlProviderARNs", Kind::List(&Kind::Text)),
    Property::new("SupportedLoginProviders", Kind::Map(&Kind::Text)),
];

const NAMES: &[(&str, &str)] = &[
    ("AllowClassicFlow", "AllowClassicFlow"),
    ("AllowUnauthenticatedIdentities", "AllowUnauthenticatedIdentities"),
    ("CognitoIdentityProviders", "CognitoIdentityProviders"),
    ("DeveloperProviderName", "DeveloperProviderName"),
    ("OpenIdConnectProviderARNs", "OpenIdConnectProviderARNs"),
    ("SamlProviderARNs", "SamlProviderARNs"),
    ("SupportedLoginProviders", "SupportedLoginProviders"),
];

/// By these labels a pool is found again that was made just before a crash: it has no time at which
/// it was made. They are AWS's own, and only CloudFormation may set them.
const STACK_ID: &str = "aws:cloudformation:stack-id";
const LOGICAL_ID: &str = "aws:cloudformation:logical-id";
/// Not one of AWS's: when its making began, by which it differs from one that it replaces.
const BEGUN: &str = "aws:cloudformation:begun";

impl ResourceType for IdentityPool {
    fn name(&self) -> &'static str {
        "AWS::Cognito::IdentityPool"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id", "Name"]
    }

    fn naming(&self) -> Naming {
        Naming::new("IdentityPoolName", 128)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let made = step.json::<CreateIdentityPool>(Json::Object(input(step))).await?;
            Ok(Made::new(made.identity_pool_id))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let own = |tags: &std::collections::BTreeMap<String, String>| {
                let is = |key: &str, value: &str| tags.get(key).is_some_and(|own| own == value);
                is(STACK_ID, step.stack.arn.as_str())
                    && is(LOGICAL_ID, step.logical_id)
                    && is(BEGUN, &step.begun.to_string())
            };
            let mut token: Option<String> = None;
            loop {
                let input = json!({"MaxResults": 60, "NextToken": token});
                let page = step.json::<ListIdentityPools>(input).await?;
                for pool in page.identity_pools.into_iter().flatten() {
                    if pool.identity_pool_name.as_deref() != Some(step.name) {
                        continue;
                    }
                    let Some(id) = pool.identity_pool_id else { continue };
                    let input = json!({"IdentityPoolId": id});
                    let pool = step.json::<DescribeIdentityPool>(input).await?;
                    if pool.identity_pool_tags.as_ref().is_some_and(own) {
                        return Ok(Some(Made::new(id)));
                    }
                }
                token = page.next_token;
                if token.is_none() {
                    return Ok(None);
                }
            }
        }
        .boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, id: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        async move {
            let mut input = input(step);
            input.insert("IdentityPoolId".to_owned(), id.into());
            step.json::<UpdateIdentityPool>(Json::Object(input)).await.map(drop)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move { gone(step.json::<DeleteIdentityPool>(json!({"IdentityPoolId": id})).await) }
            .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move { Ok(attributes([("Id", id.to_owned()), ("Name", step.name.to_owned())])) }
            .boxed()
    }
}

fn input(step: &Step<'_>) -> Properties {
    let mut input = renamed(step.properties, NAMES);
    input.insert("IdentityPoolName".to_owned(), step.name.into());
    let mut tags = tags_of(step.properties, "IdentityPoolTags");
    tags.insert("aws:cloudformation:stack-name".to_owned(), step.stack.name.clone());
    tags.insert(STACK_ID.to_owned(), step.stack.arn.to_string());
    tags.insert(LOGICAL_ID.to_owned(), step.logical_id.to_owned());
    tags.insert(BEGUN.to_owned(), step.begun.to_string());
    input.insert("IdentityPoolTags".to_owned(), json!(tags));
    input
}
