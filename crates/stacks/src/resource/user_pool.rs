use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_idp::{
    AddCustomAttributes, CreateUserPool, DeleteUserPool, DescribeUserPool, ListUserPools,
    UpdateUserPool,
};

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step,
    attributes, gone, renamed,
};

/// [`AWS::Cognito::UserPool`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-userpool.html)
pub(super) struct UserPool;

const TEXTS: Kind = Kind::List(&Kind::Text);
const ON_OFF: Kind = Kind::OneOf(&["ON", "OFF", "OPTIONAL"]);

const PROPERTIES: &[Property] = &[
    Property::new(
        "AccountRecoverySetting",
        Kind::Object(&[Property::new(
            "RecoveryMechanisms",
            Kind::List(&Kind::Object(&[
                Property::text("Name"),
                Property::new("Priority", Kind::Integer),
            ])),
        )]),
    ),
    Property::new(
        "AdminCreateUserConfig",
        Kind::Object(&[
            Property::new("AllowAdminCreateUserOnly", Kind::Boolean),
            Property::new(
                "InviteMessageTemplate",
                Kind::Object(&[
                    Property::text("EmailMessage"),
                    Property::text("EmailSubject"),
                    Property::text("SMSMessage"),
                ]),
            ),
            Property::new("UnusedAccountValidityDays", Kind::Integer),
        ]),
    ),
    Property::new("AliasAttributes", TEXTS),
    Property::new("AutoVerifiedAttributes", TEXTS),
    Property::new("DeletionProtection", Kind::OneOf(&["ACTIVE", "INACTIVE"])),
    Property::new(
        "DeviceConfiguration",
        Kind::Object(&[
            Property::new("ChallengeRequiredOnNewDevice", Kind::Boolean),
            Property::new("DeviceOnlyRememberedOnUserPrompt", Kind::Boolean),
        ]),
    ),
    Property::new("EmailAuthenticationMessage", Kind::NotServed),
    Property::new("EmailAuthenticationSubject", Kind::NotServed),
    Property::new(
        "EmailConfiguration",
        Kind::Object(&[
            Property::text("ConfigurationSet"),
            Property::text("EmailSendingAccount"),
            Property::text("From"),
            Property::text("ReplyToEmailAddress"),
            Property::text("SourceArn"),
        ]),
    ),
    Property::text("EmailVerificationMessage"),
    Property::text("EmailVerificationSubject"),
    Property::new("EnabledMfas", Kind::NotServed),
    Property::new("LambdaConfig", Kind::NotServed),
    Property::new("MfaConfiguration", ON_OFF),
    Property::new(
        "Policies",
        Kind::Object(&[
            Property::new(
                "PasswordPolicy",
                Kind::Object(&[
                    Property::new("MinimumLength", Kind::Integer),
                    Property::new("PasswordHistorySize", Kind::Integer),
                    Property::new("RequireLowercase", Kind::Boolean),
                    Property::new("RequireNumbers", Kind::Boolean),
                    Property::new("RequireSymbols", Kind::Boolean),
                    Property::new("RequireUppercase", Kind::Boolean),
                    Property::new("TemporaryPasswordValidityDays", Kind::Integer),
                ]),
            ),
            Property::new(
                "SignInPolicy",
                Kind::Object(&[Property::new("AllowedFirstAuthFactors", TEXTS)]),
            ),
        ]),
    ),
    Property::new(
        "Schema",
        Kind::List(&Kind::Object(&[
            Property::text("AttributeDataType"),
            Property::new("DeveloperOnlyAttribute", Kind::Boolean),
            Property::new("Mutable", Kind::Boolean),
            Property::text("Name"),
            Property::new(
                "NumberAttributeConstraints",
                Kind::Object(&[Property::text("MaxValue"), Property::text("MinValue")]),
            ),
            Property::new("Required", Kind::Boolean),
            Property::new(
                "StringAttributeConstraints",
                Kind::Object(&[Property::text("MaxLength"), Property::text("MinLength")]),
            ),
        ])),
    ),
    Property::text("SmsAuthenticationMessage"),
    Property::new(
        "SmsConfiguration",
        Kind::Object(&[
            Property::text("ExternalId"),
            Property::text("SnsCallerArn"),
            Property::text("SnsRegion"),
        ]),
    ),
    Property::text("SmsVerificationMessage"),
    Property::new(
        "UserAttributeUpdateSettings",
        Kind::Object(&[Property::new("AttributesRequireVerificationBeforeUpdate", TEXTS)]),
    ),
    Property::new("UsernameAttributes", TEXTS),
    Property::new(
        "UsernameConfiguration",
        Kind::Object(&[Property::new("CaseSensitive", Kind::Boolean)]),
    ),
    Property::new(
        "UserPoolAddOns",
        Kind::Object(&[
            Property::new("AdvancedSecurityAdditionalFlows", Kind::NotServed),
            Property::text("AdvancedSecurityMode"),
        ]),
    ),
    Property::text("UserPoolName"),
    Property::new("UserPoolTags", Kind::Map(&Kind::Text)),
    Property::text("UserPoolTier"),
    Property::new(
        "VerificationMessageTemplate",
        Kind::Object(&[
            Property::text("DefaultEmailOption"),
            Property::text("EmailMessage"),
            Property::text("EmailMessageByLink"),
            Property::text("EmailSubject"),
            Property::text("EmailSubjectByLink"),
            Property::text("SmsMessage"),
        ]),
    ),
    Property::new("WebAuthnFactorConfiguration", Kind::NotServed),
    Property::new("WebAuthnRelyingPartyID", Kind::NotServed),
    Property::new("WebAuthnUserVerification", Kind::NotServed),
];

/// What can change, under the names of the operations.
const CHANGEABLE: &[(&str, &str)] = &[
    ("AccountRecoverySetting", "AccountRecoverySetting"),
    ("AdminCreateUserConfig", "AdminCreateUserConfig"),
    ("AutoVerifiedAttributes", "AutoVerifiedAttributes"),
    ("DeletionProtection", "DeletionProtection"),
    ("DeviceConfiguration", "DeviceConfiguration"),
    ("EmailConfiguration", "EmailConfiguration"),
    ("EmailVerificationMessage", "EmailVerificationMessage"),
    ("EmailVerificationSubject", "EmailVerificationSubject"),
    ("MfaConfiguration", "MfaConfiguration"),
    ("Policies", "Policies"),
    ("SmsAuthenticationMessage", "SmsAuthenticationMessage"),
    ("SmsConfiguration", "SmsConfiguration"),
    ("SmsVerificationMessage", "SmsVerificationMessage"),
    ("UserAttributeUpdateSettings", "UserAttributeUpdateSettings"),
    ("UserPoolAddOns", "UserPoolAddOns"),
    ("UserPoolTags", "UserPoolTags"),
    ("UserPoolTier", "UserPoolTier"),
    ("VerificationMessageTemplate", "VerificationMessageTemplate"),
];

/// What is settled when the pool is made. Another value is refused, as on AWS: to replace the pool would
/// delete its users (Amazon Cognito Developer Guide, *Updating user pool and app client
/// configuration*).
const SETTLED: &[(&str, &str)] = &[
    ("AliasAttributes", "AliasAttributes"),
    ("Schema", "Schema"),
    ("UsernameAttributes", "UsernameAttributes"),
    ("UsernameConfiguration", "UsernameConfiguration"),
];

impl ResourceType for UserPool {
    fn name(&self) -> &'static str {
        "AWS::Cognito::UserPool"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn", "ProviderName", "ProviderURL", "UserPoolId"]
    }

    fn naming(&self) -> Naming {
        Naming::new("UserPoolName", 128)
    }

    fn tag_property(&self) -> Option<&'static Property> {
        PROPERTIES.iter().find(|property| property.name == "UserPoolTags")
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            let mut input = renamed(step.properties, CHANGEABLE);
            input.extend(renamed(step.properties, SETTLED));
            input.insert("PoolName".to_owned(), step.name.into());
            let made = step.json::<CreateUserPool>(Json::Object(input)).await?;
            let id = made.user_pool.and_then(|pool| pool.id);
            id.map(Made::new).ok_or_else(|| Failure::new("the user pool came without an id"))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let mut token: Option<String> = None;
            loop {
                let input = json!({"MaxResults": 60, "NextToken": token});
                let page = step.json::<ListUserPools>(input).await?;
                let mut pools = page.user_pools.into_iter().flatten();
                let own = pools.find(|pool| {
                    let free = pool.id.as_deref().is_some_and(|id| !step.is_taken(id));
                    let same = pool.name.as_deref() == Some(step.name);
                    free && same && step.can_be_ours(pool.creation_date)
                });
                if let Some(id) = own.and_then(|pool| pool.id) {
                    return Ok(Some(Made::new(id)));
                }
                token = page.next_token;
                if token.is_none() {
                    return Ok(None);
                }
            }
        }
        .boxed()
    }

    fn refuses(&self, before: &Properties, after: &Properties) -> Option<String> {
        let mut settled = SETTLED.iter().filter(|(name, _)| *name != "Schema");
        if let Some((name, _)) = settled.find(|(name, _)| before.get(*name) != after.get(*name)) {
            return Some(format!("Updates are not allowed for property - {name}."));
        }
        (!missing(&schema(after), &schema(before)).is_empty())
            .then(|| "Existing schema attributes cannot be modified or deleted.".to_owned())
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move {
            let added = missing(&schema(before), &schema(step.properties));
            if !added.is_empty() {
                add_attributes(step, id, added).await?;
            }
            let mut input = renamed(step.properties, CHANGEABLE);
            input.insert("UserPoolId".to_owned(), id.into());
            input.insert("PoolName".to_owned(), step.name.into());
            step.json::<UpdateUserPool>(Json::Object(input)).await.map(drop)
        }
        .boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move { gone(step.json::<DeleteUserPool>(json!({"UserPoolId": id})).await) }.boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let provider = format!("cognito-idp.{}.amazonaws.com/{id}", step.stack.region);
            Ok(attributes([
                ("Arn", step.arn("cognito-idp", true, &format!("userpool/{id}"))),
                ("ProviderURL", format!("https://{provider}")),
                ("ProviderName", provider),
                ("UserPoolId", id.to_owned()),
            ]))
        }
        .boxed()
    }
}

/// The attributes of the schema.
fn schema(properties: &Properties) -> Vec<&Json> {
    properties.get("Schema").and_then(Json::as_array).into_iter().flatten().collect()
}

/// Those of `all` that are not among `some`.
fn missing<'a>(some: &[&Json], all: &[&'a Json]) -> Vec<&'a Json> {
    all.iter().filter(|attribute| !some.contains(attribute)).copied().collect()
}

/// Adds attributes to a pool's schema, but for those that were added before: an attribute stays when
/// the change that brought it is rolled back, as it can never be taken away.
async fn add_attributes(step: &Step<'_>, id: &str, added: Vec<&Json>) -> Result<(), Failure> {
    let pool = step.json::<DescribeUserPool>(json!({"UserPoolId": id})).await?.user_pool;
    let there = pool.and_then(|pool| pool.schema_attributes).unwrap_or_default();
    let there: Vec<_> = there.into_iter().filter_map(|attribute| attribute.name).collect();
    let is_there = |attribute: &Json| {
        let name = attribute.get("Name").and_then(Json::as_str).unwrap_or_default();
        there.iter().any(|own| own == name || own.rsplit(':').next() == Some(name))
    };
    let added: Vec<_> = added.into_iter().filter(|attribute| !is_there(attribute)).collect();
    if added.is_empty() {
        return Ok(());
    }
    let input = json!({"UserPoolId": id, "CustomAttributes": added});
    step.json::<AddCustomAttributes>(input).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schema_only_grows() {
        let schema = |names: &[&str]| {
            let list: Vec<_> = names.iter().map(|name| json!({"Name": name})).collect();
            Properties::from_iter([("Schema".to_owned(), json!(list))])
        };
        let refused = |before: &[&str], after: &[&str]| {
            UserPool.refuses(&schema(before), &schema(after)).is_some()
        };
        assert!(!refused(&["a"], &["a", "b"]) && !refused(&["a"], &["a"]));
        assert!(refused(&["a"], &["b"]) && refused(&["a"], &[]));
        let other = json!({"UsernameAttributes": ["email"]});
        let other = UserPool.refuses(&Properties::new(), other.as_object().unwrap());
        assert!(other.unwrap().contains("UsernameAttributes"));
    }
}
