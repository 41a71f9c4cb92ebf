use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_idp::{
    CreateUserPoolDomain, DeleteUserPoolDomain, DescribeUserPoolDomain, UpdateUserPoolDomain,
};

use crate::resource::{
    Attributes, Doing, Kind, Made, Naming, Properties, Property, ResourceType, Step, attributes,
    gone, renamed,
};

/// [`AWS::Cognito::UserPoolDomain`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpooldomain.html)
pub(super) struct UserPoolDomain;

const PROPERTIES: &[Property] = &[
    Property::new("CustomDomainConfig", Kind::Object(&[Property::text("CertificateArn")])),
    Property::text("Domain").required().replaces(),
    Property::new("ManagedLoginVersion", Kind::Integer),
    Property::text("UserPoolId").required().replaces(),
];

const ALL: &[(&str, &str)] = &[
    ("CustomDomainConfig", "CustomDomainConfig"),
    ("Domain", "Domain"),
    ("ManagedLoginVersion", "ManagedLoginVersion"),
    ("UserPoolId", "UserPoolId"),
];

impl ResourceType for UserPoolDomain {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPoolDomain"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["CloudFrontDistribution"]
    }

    fn naming(&self) -> Naming {
        Naming { lower_case: true, ..Naming::new("Domain", 63) }
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let input = Json::Object(renamed(step.properties, ALL));
            step.json::<CreateUserPoolDomain>(input).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let input = json!({"Domain": step.name});
            let answer = step.json::<DescribeUserPoolDomain>(input).await?;
            // A domain belongs to one pool, and a pool has one.
            let pool = answer.domain_description.and_then(|domain| domain.user_pool_id);
            let own = pool.is_some() && pool.as_deref() == step.text("UserPoolId");
            Ok(own.then(|| Made::new(step.name)))
        }
        .boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        async move {
            let input = Json::Object(renamed(step.properties, ALL));
            step.json::<UpdateUserPoolDomain>(input).await.map(drop)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = json!({"Domain": id, "UserPoolId": step.required("UserPoolId")?});
            gone(step.json::<DeleteUserPoolDomain>(input).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let answer = step.json::<DescribeUserPoolDomain>(json!({"Domain": id})).await?;
            let domain = answer.domain_description.unwrap_or_default();
            let distribution = domain.cloud_front_distribution.unwrap_or_default();
            Ok(attributes([("CloudFrontDistribution", distribution)]))
        }
        .boxed()
    }
}
