//! What may be known about a user: the standard attributes of every pool.
//!
//! Sources: Amazon Cognito Developer Guide, *Working with user attributes*; OpenID Connect Core 1.0,
//! section 5.1.

use std::collections::BTreeMap;

use directory::User;
use serde_json::{Map, Value, json};
use types::SecretString;
use wire::cognito_idp::{
    AttributeDataType, AttributeType, NumberAttributeConstraintsType, SchemaAttributeType,
    StringAttributeConstraintsType,
};

use crate::error::UserPoolsError;

/// A standard attribute.
pub(crate) struct Standard {
    pub(crate) name: &'static str,
    kind: Kind,
    /// Who may set it.
    set_by: SetBy,
}

enum Kind {
    Text { least: usize, most: usize },
    Number,
    Boolean,
}

#[derive(PartialEq, Eq)]
enum SetBy {
    /// Nobody: it is made.
    Nobody,
    /// Only an administrator.
    Administrator,
    /// The user too.
    Anyone,
}

/// The longest value (model: `AttributeValueType`).
const VALUE_CHARACTERS_MAX: usize = 2048;

/// In the order in which AWS shows a pool's schema.
const STANDARD: &[Standard] = &[
    text("profile"),
    text("address"),
    Standard { kind: Kind::Text { least: 10, most: 10 }, ..text("birthdate") },
    text("gender"),
    text("preferred_username"),
    Standard { kind: Kind::Number, ..text("updated_at") },
    text("website"),
    text("picture"),
    Standard { set_by: SetBy::Nobody, ..text("identities") },
    Standard {
        kind: Kind::Text { least: 1, most: VALUE_CHARACTERS_MAX },
        set_by: SetBy::Nobody,
        ..text("sub")
    },
    text("phone_number"),
    verified("phone_number_verified"),
    text("zoneinfo"),
    text("locale"),
    text("email"),
    verified("email_verified"),
    text("given_name"),
    text("family_name"),
    text("middle_name"),
    text("name"),
    text("nickname"),
];

const fn text(name: &'static str) -> Standard {
    let kind = Kind::Text { least: 0, most: VALUE_CHARACTERS_MAX };
    Standard { name, kind, set_by: SetBy::Anyone }
}

const fn verified(name: &'static str) -> Standard {
    Standard { name, kind: Kind::Boolean, set_by: SetBy::Administrator }
}

/// Whether every name is a standard attribute.
pub(crate) fn are_readable(names: &[String]) -> bool {
    names.iter().all(|name| find(name).is_some())
}

/// Whether every name is a standard attribute that users may change.
pub(crate) fn are_writable(names: &[String]) -> bool {
    names.iter().all(|name| find(name).is_some_and(|found| found.set_by == SetBy::Anyone))
}

fn find(name: &str) -> Option<&'static Standard> {
    STANDARD.iter().find(|standard| standard.name == name)
}

/// The attributes that an administrator gives a user.
pub(crate) fn check(given: &[AttributeType]) -> Result<BTreeMap<String, String>, UserPoolsError> {
    let mut attributes = BTreeMap::new();
    for AttributeType { name, value } in given {
        let wrong = |why: &str| {
            let message = format!("Attributes did not conform to the schema: {name}: {why}");
            Err(UserPoolsError::InvalidParameter(message))
        };
        let Some(standard) = find(name) else {
            return wrong("Attribute does not exist in the schema.");
        };
        if standard.set_by == SetBy::Nobody {
            let message = format!("Cannot modify the non-mutable attribute {name}");
            return Err(UserPoolsError::InvalidParameter(message));
        }
        let value = value.as_ref().map(|value| value.expose().as_str()).unwrap_or_default();
        let value = match standard.kind {
            Kind::Text { least, most } => {
                // No value at all means that the attribute is not set.
                if !value.is_empty() && !(least..=most).contains(&value.chars().count()) {
                    return wrong("The length is not within the attribute's limits.");
                }
                value.to_owned()
            }
            Kind::Number if value.parse::<u64>().is_err() => {
                return wrong("The attribute value is not a number.");
            }
            Kind::Boolean if !["true", "false"].contains(&value.to_ascii_lowercase().as_str()) => {
                return wrong("The attribute value is not true or false.");
            }
            Kind::Number | Kind::Boolean => value.to_ascii_lowercase(),
        };
        if attributes.insert(name.clone(), value).is_some() {
            return wrong("Attribute is given twice.");
        }
    }
    attributes.retain(|_, value| !value.is_empty());
    check_addresses(&attributes)?;
    Ok(attributes)
}

fn check_addresses(attributes: &BTreeMap<String, String>) -> Result<(), UserPoolsError> {
    let invalid = |message: &str| Err(UserPoolsError::InvalidParameter(message.to_owned()));
    if attributes.get("email").is_some_and(|email| !is_email(email)) {
        return invalid("Invalid email address format.");
    }
    if attributes.get("phone_number").is_some_and(|number| !is_phone_number(number)) {
        return invalid("Invalid phone number format.");
    }
    for (verified, of) in [("email_verified", "email"), ("phone_number_verified", "phone_number")] {
        if attributes.get(verified).is_some_and(|value| value == "true")
            && !attributes.contains_key(of)
        {
            return invalid(&format!("{verified} can only be true together with {of}"));
        }
    }
    Ok(())
}

/// Something on both sides of one `@`, and no space (model: `EmailAddressType`).
fn is_email(text: &str) -> bool {
    let no_space = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let sides = text.split_once('@');
    no_space && sides.is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('@'))
}

/// `+` and 1 to 15 digits (ITU-T E.164).
fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// The user's attributes as operations show them, `sub` among them.
pub(crate) fn described(user: &User) -> Vec<AttributeType> {
    let attribute = |name: &str, value: &str| AttributeType {
        name: name.to_owned(),
        value: Some(SecretString::from(value)),
    };
    let sub = std::iter::once(attribute("sub", &user.sub.to_string()));
    sub.chain(user.attributes.iter().map(|(name, value)| attribute(name, value))).collect()
}

/// The user's attributes as an ID token shows them: those that the client may read.
///
/// `…_verified` are booleans, `updated_at` is a number and `address` an object (OpenID Connect Core
/// 1.0, section 5.1).
pub(crate) fn claims(user: &User, readable: Option<&[String]>) -> Map<String, Value> {
    let may_read = |name: &str| readable.is_none_or(|names| names.iter().any(|one| one == name));
    let shown = user.attributes.iter().filter(|(name, _)| may_read(name));
    shown
        .map(|(name, value)| {
            let claim = match (name.as_str(), find(name).map(|standard| &standard.kind)) {
                ("address", _) => json!({ "formatted": value }),
                (_, Some(Kind::Boolean)) => Value::Bool(value == "true"),
                (_, Some(Kind::Number)) => {
                    value.parse::<u64>().map_or_else(|_| value.clone().into(), Value::from)
                }
                _ => value.clone().into(),
            };
            (name.clone(), claim)
        })
        .collect()
}

/// The schema that every pool has.
pub(crate) fn schema() -> Vec<SchemaAttributeType> {
    STANDARD.iter().map(described_standard).collect()
}

fn described_standard(standard: &Standard) -> SchemaAttributeType {
    let (kind, texts, numbers) = match standard.kind {
        Kind::Text { least, most } => {
            let constraints = StringAttributeConstraintsType {
                max_length: Some(most.to_string()),
                min_length: Some(least.to_string()),
            };
            (AttributeDataType::String, Some(constraints), None)
        }
        Kind::Number => {
            let constraints =
                NumberAttributeConstraintsType { max_value: None, min_value: Some("0".to_owned()) };
            (AttributeDataType::Number, None, Some(constraints))
        }
        Kind::Boolean => (AttributeDataType::Boolean, None, None),
    };
    SchemaAttributeType {
        attribute_data_type: Some(kind),
        developer_only_attribute: Some(false),
        mutable: Some(standard.name != "sub"),
        name: Some(standard.name.to_owned()),
        number_attribute_constraints: numbers,
        required: Some(standard.name == "sub"),
        string_attribute_constraints: texts,
    }
}

#[cfg(test)]
mod tests {
    use types::{Timestamp, Uuid};

    use super::*;

    fn given(pairs: &[(&str, &str)]) -> Vec<AttributeType> {
        let attribute = |(name, value): &(&str, &str)| AttributeType {
            name: (*name).to_owned(),
            value: Some((*value).into()),
        };
        pairs.iter().map(attribute).collect()
    }

    #[test]
    fn what_does_not_fit_the_schema_is_refused() {
        for (pairs, words) in [
            (&[("custom:x", "1")][..], "custom:x: Attribute does not exist in the schema."),
            (&[("sub", "1")], "non-mutable attribute sub"),
            (&[("identities", "[]")], "non-mutable attribute identities"),
            (&[("cognito:groups", "admin")], "does not exist"),
            (&[("iss", "x")], "does not exist"),
            (&[("email_verified", "yes")], "true or false"),
            (&[("email_verified", "true")], "together with email"),
            (&[("updated_at", "now")], "not a number"),
            (&[("birthdate", "1.1.2000")], "length"),
            (&[("email", "nobody")], "Invalid email"),
            (&[("email", "a@b@c")], "Invalid email"),
            (&[("email", "a b@c")], "Invalid email"),
            (&[("phone_number", "030123")], "Invalid phone"),
            (&[("phone_number", "+1-2")], "Invalid phone"),
            (&[("name", "a"), ("name", "b")], "twice"),
        ] {
            let refused = check(&given(pairs)).unwrap_err().to_string();
            assert!(refused.contains(words), "{pairs:?}: {refused}");
        }
    }

    #[test]
    fn what_fits_becomes_claims_of_the_right_kind() {
        let pairs = [
            ("email", "a@example.com"),
            ("email_verified", "True"),
            ("phone_number", "+4930123"),
            ("phone_number_verified", "false"),
            ("updated_at", "1700000000"),
            ("address", "Here"),
            ("name", "Ann"),
            ("nickname", ""),
        ];
        let attributes = check(&given(&pairs)).unwrap();
        let user = user(attributes);
        assert_eq!(
            Value::Object(claims(&user, None)),
            json!({
                "email": "a@example.com", "email_verified": true, "phone_number": "+4930123",
                "phone_number_verified": false, "updated_at": 1_700_000_000,
                "address": { "formatted": "Here" }, "name": "Ann",
            })
        );
        let readable = ["name".to_owned()];
        assert_eq!(Value::Object(claims(&user, Some(&readable))), json!({ "name": "Ann" }));
        let shown = described(&user);
        assert_eq!((shown.len(), shown[0].name.as_str()), (8, "sub"));
        assert!(shown[0].value.as_ref().unwrap().equals(user.sub.to_string().as_bytes()));
    }

    #[test]
    fn the_schema_is_the_one_every_pool_has() {
        let schema = schema();
        assert_eq!(schema.len(), 21);
        let sub = schema.iter().find(|one| one.name.as_deref() == Some("sub")).unwrap();
        assert_eq!((sub.required, sub.mutable), (Some(true), Some(false)));
        assert!(are_readable(&["email_verified".to_owned(), "sub".to_owned()]));
        assert!(!are_readable(&["custom:x".to_owned()]));
        assert!(are_writable(&["email".to_owned()]));
        assert!(!are_writable(&["email_verified".to_owned()]));
    }

    fn user(attributes: BTreeMap<String, String>) -> User {
        User {
            username: "ann".to_owned(),
            sub: Uuid::random(&types::SeededEntropy::new(1)),
            attributes,
            enabled: true,
            status: directory::UserStatus::Confirmed,
            password: None,
            failures: None,
            signed_out: None,
            srp: None,
            created: Timestamp::UNIX_EPOCH,
            last_modified: Timestamp::UNIX_EPOCH,
        }
    }
}
