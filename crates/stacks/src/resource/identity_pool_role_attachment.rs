use futures_util::future::FutureExt as _;
use serde_json::{Value as Json, json};
use wire::cognito_identity::SetIdentityPoolRoles;

use crate::resource::{Doing, Failure, Kind, Made, Properties, Property, ResourceType, Step, gone};

/// [`AWS::Cognito::IdentityPoolRoleAttachment`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-cognito-identitypoolroleattachment.html)
///
/// The keys of `RoleMappings` are the providers, unless a mapping has an `IdentityProvider`: a key of a
/// template cannot be a function, so that alone can name a pool that the template makes.
pub(super) struct IdentityPoolRoleAttachment;

const PROPERTIES: &[Property] = &[
    Property::text("IdentityPoolId").required().replaces(),
    Property::new(
        "RoleMappings",
        Kind::Map(&Kind::Object(&[
            Property::new("AmbiguousRoleResolution", Kind::OneOf(&["AuthenticatedRole", "Deny"])),
            Property::text("IdentityProvider"),
            Property::new(
                "RulesConfiguration",
                Kind::Object(&[Property::new(
                    "Rules",
                    Kind::List(&Kind::Object(&[
                        Property::text("Claim").required(),
                        Property::new("MatchType", MATCHES).required(),
                        Property::text("RoleARN").required(),
                        Property::text("Value").required(),
                    ])),
                )
                .required()]),
            ),
            Property::new("Type", Kind::OneOf(&["Token", "Rules"])).required(),
        ])),
    ),
    Property::new("Roles", Kind::Map(&Kind::Text)),
];

const MATCHES: Kind = Kind::OneOf(&["Equals", "Contains", "StartsWith", "NotEqual"]);

impl ResourceType for IdentityPoolRoleAttachment {
    fn name(&self) -> &'static str {
        "AWS::Cognito::IdentityPoolRoleAttachment"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Id"]
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            set(step).await?;
            Ok(Made::new(step.required("IdentityPoolId")?))
        }
        .boxed()
    }

    /// Roles can be set again, so it need not be known whether it was done.
    fn find<'a>(&'a self, _: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async { Ok(None) }.boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        set(step).boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = json!({"IdentityPoolId": id, "Roles": {}, "RoleMappings": {}});
            gone(step.json::<SetIdentityPoolRoles>(input).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, _: &'a Step<'a>, id: &'a str) -> Doing<'a, crate::resource::Attributes> {
        async move { Ok(crate::resource::attributes([("Id", id.to_owned())])) }.boxed()
    }
}

async fn set(step: &Step<'_>) -> Result<(), Failure> {
    let input = json!({
        "IdentityPoolId": step.required("IdentityPoolId")?,
        "Roles": step.properties.get("Roles").cloned().unwrap_or_else(|| json!({})),
        "RoleMappings": mappings(step.properties)?,
    });
    step.json::<SetIdentityPoolRoles>(input).await.map(drop)
}

/// The mappings under the providers that they are of.
fn mappings(properties: &Properties) -> Result<Properties, Failure> {
    let given = properties.get("RoleMappings").and_then(Json::as_object);
    let mut mappings = Properties::new();
    for (key, mapping) in given.into_iter().flatten() {
        let mut mapping = mapping.as_object().cloned().unwrap_or_default();
        let provider = match mapping.remove("IdentityProvider") {
            Some(Json::String(provider)) => provider,
            _ => key.clone(),
        };
        if mappings.insert(provider.clone(), Json::Object(mapping)).is_some() {
            let reason = format!("Two of the RoleMappings are of the identity provider {provider}");
            return Err(Failure::new(reason));
        }
    }
    Ok(mappings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mapping_is_of_the_provider_it_names_or_else_of_its_key() {
        let given = json!({"RoleMappings": {
            "any": {"Type": "Token", "IdentityProvider": "idp/pool:client"},
            "accounts.google.com": {"Type": "Token"},
        }});
        let mapped = mappings(given.as_object().unwrap()).unwrap();
        let expected =
            json!({"idp/pool:client": {"Type": "Token"}, "accounts.google.com": {"Type": "Token"}});
        assert_eq!(Json::Object(mapped), expected);
        let twice = json!({"RoleMappings": {
            "a": {"Type": "Token", "IdentityProvider": "p"}, "p": {"Type": "Token"},
        }});
        assert!(mappings(twice.as_object().unwrap()).is_err());
    }
}
