use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_idp::{
    CreateUserPoolClient, DeleteUserPoolClient, DescribeUserPoolClient, ListUserPoolClients,
    UpdateUserPoolClient, UserPoolClientType,
};

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step,
    attributes, found, gone, renamed,
};

/// [`AWS::Cognito::UserPoolClient`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpoolclient.html)
pub(super) struct UserPoolClient;

const TEXTS: Kind = Kind::List(&Kind::Text);

const PROPERTIES: &[Property] = &[
    Property::new("AccessTokenValidity", Kind::Integer),
    Property::new("AllowedOAuthFlows", TEXTS),
    Property::new("AllowedOAuthFlowsUserPoolClient", Kind::Boolean),
    Property::new("AllowedOAuthScopes", TEXTS),
    Property::new("AnalyticsConfiguration", Kind::NotServed),
    Property::new("AuthSessionValidity", Kind::Integer),
    Property::new("CallbackURLs", TEXTS),
    Property::text("ClientName"),
    Property::text("DefaultRedirectURI"),
    Property::new("EnablePropagateAdditionalUserContextData", Kind::Boolean),
    Property::new("EnableTokenRevocation", Kind::Boolean),
    Property::new("ExplicitAuthFlows", TEXTS),
    Property::new("GenerateSecret", Kind::Boolean).replaces(),
    Property::new("IdTokenValidity", Kind::Integer),
    Property::new("LogoutURLs", TEXTS),
    Property::text("PreventUserExistenceErrors"),
    Property::new("ReadAttributes", TEXTS),
    Property::new(
        "RefreshTokenRotation",
        Kind::Object(&[
            Property::text("Feature"),
            Property::new("RetryGracePeriodSeconds", Kind::Integer),
        ]),
    ),
    Property::new("RefreshTokenValidity", Kind::Integer),
    Property::new("SupportedIdentityProviders", TEXTS),
    Property::new(
        "TokenValidityUnits",
        Kind::Object(&[
            Property::text("AccessToken"),
            Property::text("IdToken"),
            Property::text("RefreshToken"),
        ]),
    ),
    Property::text("UserPoolId").required().replaces(),
    Property::new("WriteAttributes", TEXTS),
];

const CHANGEABLE: &[(&str, &str)] = &[
    ("AccessTokenValidity", "AccessTokenValidity"),
    ("AllowedOAuthFlows", "AllowedOAuthFlows"),
    ("AllowedOAuthFlowsUserPoolClient", "AllowedOAuthFlowsUserPoolClient"),
    ("AllowedOAuthScopes", "AllowedOAuthScopes"),
    ("AuthSessionValidity", "AuthSessionValidity"),
    ("CallbackURLs", "CallbackURLs"),
    ("DefaultRedirectURI", "DefaultRedirectURI"),
    ("EnablePropagateAdditionalUserContextData", "EnablePropagateAdditionalUserContextData"),
    ("EnableTokenRevocation", "EnableTokenRevocation"),
    ("ExplicitAuthFlows", "ExplicitAuthFlows"),
    ("IdTokenValidity", "IdTokenValidity"),
    ("LogoutURLs", "LogoutURLs"),
    ("PreventUserExistenceErrors", "PreventUserExistenceErrors"),
    ("ReadAttributes", "ReadAttributes"),
    ("RefreshTokenRotation", "RefreshTokenRotation"),
    ("RefreshTokenValidity", "RefreshTokenValidity"),
    ("SupportedIdentityProviders", "SupportedIdentityProviders"),
    ("TokenValidityUnits", "TokenValidityUnits"),
    ("UserPoolId", "UserPoolId"),
    ("WriteAttributes", "WriteAttributes"),
];

impl ResourceType for UserPoolClient {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPoolClient"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["ClientId", "ClientSecret", "Name"]
    }

    fn naming(&self) -> Naming {
        Naming::new("ClientName", 128)
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let mut input = renamed(step.properties, CHANGEABLE);
            input.extend(renamed(step.properties, &[("GenerateSecret", "GenerateSecret")]));
            input.insert("ClientName".to_owned(), step.name.into());
            let made = step.json::<CreateUserPoolClient>(Json::Object(input)).await?;
            let id = made.user_pool_client.and_then(|client| client.client_id);
            let id = id.ok_or_else(|| Failure::new("the client came without an id"))?;
            Ok(Made::new(id.expose().clone()))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let pool = step.required("UserPoolId")?;
            let mut token: Option<String> = None;
            loop {
                let input = json!({"UserPoolId": pool, "MaxResults": 60, "NextToken": token});
                let page = step.json::<ListUserPoolClients>(input).await?;
                for client in page.user_pool_clients.into_iter().flatten() {
                    let (Some(id), Some(name)) = (client.client_id, client.client_name) else {
                        continue;
                    };
                    if name != step.name || step.is_taken(id.expose()) {
                        continue;
                    }
                    let client = describe(step, id.expose()).await?;
                    if client.is_some_and(|client| step.can_be_ours(client.creation_date)) {
                        return Ok(Some(Made::new(id.expose().clone())));
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
            let mut input = renamed(step.properties, CHANGEABLE);
            input.insert("ClientId".to_owned(), id.into());
            input.insert("ClientName".to_owned(), step.name.into());
            step.json::<UpdateUserPoolClient>(Json::Object(input)).await.map(drop)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = json!({"UserPoolId": step.required("UserPoolId")?, "ClientId": id});
            gone(step.json::<DeleteUserPoolClient>(input).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let client = describe(step, id).await?;
            let client = client.ok_or_else(|| Failure::new(format!("the client {id} is gone")))?;
            let name = client.client_name.unwrap_or_default();
            let mut read = attributes([("ClientId", id.to_owned()), ("Name", name)]);
            if let Some(secret) = client.client_secret {
                read.insert("ClientSecret".to_owned(), secret.expose().as_str().into());
            }
            Ok(read)
        }
        .boxed()
    }
}

async fn describe(step: &Step<'_>, id: &str) -> Result<Option<UserPoolClientType>, Failure> {
    let input = json!({"UserPoolId": step.required("UserPoolId")?, "ClientId": id});
    let answer = found(step.json::<DescribeUserPoolClient>(input).await)?;
    Ok(answer.and_then(|answer| answer.user_pool_client))
}
