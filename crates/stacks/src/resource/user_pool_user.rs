use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_idp::{AdminCreateUser, AdminDeleteUser, AdminGetUser};

use crate::resource::{
    Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step, found, gone,
    renamed,
};

/// [`AWS::Cognito::UserPoolUser`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpooluser.html)
///
/// Every change replaces the user. There is no property for a password: the user must be given one
/// by an operation.
pub(super) struct UserPoolUser;

const ATTRIBUTES: Kind =
    Kind::List(&Kind::Object(&[Property::text("Name"), Property::text("Value")]));

const PROPERTIES: &[Property] = &[
    Property::new("ClientMetadata", Kind::Map(&Kind::Text)).replaces(),
    Property::new("DesiredDeliveryMediums", Kind::List(&Kind::Text)).replaces(),
    Property::new("ForceAliasCreation", Kind::Boolean).replaces(),
    Property::new("MessageAction", Kind::OneOf(&["RESEND", "SUPPRESS"])).replaces(),
    Property::new("UserAttributes", ATTRIBUTES).replaces(),
    Property::text("Username").replaces(),
    Property::text("UserPoolId").required().replaces(),
    Property::new("ValidationData", ATTRIBUTES).replaces(),
];

impl ResourceType for UserPoolUser {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPoolUser"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn naming(&self) -> Naming {
        Naming { lower_case: true, ..Naming::new("Username", 128) }
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let names = [
                "ClientMetadata",
                "DesiredDeliveryMediums",
                "ForceAliasCreation",
                "MessageAction",
                "UserAttributes",
                "UserPoolId",
                "ValidationData",
            ];
            let mut input = renamed(step.properties, &names.map(|name| (name, name)));
            input.insert("Username".to_owned(), step.name.into());
            let made = step.json::<AdminCreateUser>(Json::Object(input)).await?;
            // In a pool whose users sign in by e-mail the service chooses the name.
            let name = made.user.and_then(|user| user.username);
            Ok(Made::new(name.map_or_else(|| step.name.to_owned(), |name| name.expose().clone())))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let input = json!({"UserPoolId": step.required("UserPoolId")?, "Username": step.name});
            let user = found(step.json::<AdminGetUser>(input).await)?;
            let user = user.filter(|user| step.can_be_ours(user.user_create_date));
            Ok(user.map(|user| Made::new(user.username.expose().clone())))
        }
        .boxed()
    }

    fn update<'a>(&'a self, _: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        async { Err(Failure::new("a user of a user pool is replaced, not changed")) }.boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = json!({"UserPoolId": step.required("UserPoolId")?, "Username": id});
            gone(step.json::<AdminDeleteUser>(input).await)
        }
        .boxed()
    }
}
