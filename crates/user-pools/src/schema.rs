//! A pool's schema: what may be known about its users.
//!
//! Sources: Amazon Cognito Developer Guide, *Working with user attributes*; User Pools API Reference,
//! `SchemaAttributeType`; OpenID Connect Core 1.0, section 5.1.

use std::collections::BTreeSet;

use directory::{AttributeKind, SchemaAttribute, UserPool};
use wire::cognito_idp::{
    AttributeDataType, NumberAttributeConstraintsType, SchemaAttributeType,
    StringAttributeConstraintsType,
};

use crate::{error::UserPoolsError, names::check_visible};

/// The longest value (model: `AttributeValueType`).
pub(crate) const VALUE_CHARACTERS_MAX: u32 = 2048;

/// How many attributes of its own a pool has at most.
///
/// Source: Amazon Cognito Developer Guide, *Quotas in Amazon Cognito*.
const CUSTOM_MAX: usize = 50;

/// The longest name of a custom attribute, without its prefix (model: `CustomAttributeNameType`).
const NAME_CHARACTERS_MAX: usize = 20;

const CUSTOM: &str = "custom:";
const DEVELOPER: &str = "dev:";

/// Who may set an attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SetBy {
    /// Nobody: it is made.
    Nobody,
    /// Only an administrator.
    Administrator,
    /// The user too.
    Anyone,
}

/// A standard attribute.
struct Standard {
    name: &'static str,
    kind: AttributeKind,
}

/// In the order in which AWS shows a pool's schema.
const STANDARD: &[Standard] = &[
    text("profile"),
    text("address"),
    Standard { kind: AttributeKind::Text { least: Some(10), most: Some(10) }, ..text("birthdate") },
    text("gender"),
    text("preferred_username"),
    Standard { kind: AttributeKind::Number { least: Some(0), most: None }, ..text("updated_at") },
    text("website"),
    text("picture"),
    Standard { kind: AttributeKind::Text { least: None, most: None }, ..text("identities") },
    Standard {
        kind: AttributeKind::Text { least: Some(1), most: Some(VALUE_CHARACTERS_MAX) },
        ..text("sub")
    },
    text("phone_number"),
    boolean("phone_number_verified"),
    text("zoneinfo"),
    text("locale"),
    text("email"),
    boolean("email_verified"),
    text("given_name"),
    text("family_name"),
    text("middle_name"),
    text("name"),
    text("nickname"),
];

const fn text(name: &'static str) -> Standard {
    let kind = AttributeKind::Text { least: Some(0), most: Some(VALUE_CHARACTERS_MAX) };
    Standard { name, kind }
}

const fn boolean(name: &'static str) -> Standard {
    Standard { name, kind: AttributeKind::Boolean }
}

impl Standard {
    fn attribute(&self) -> SchemaAttribute {
        let is_sub = self.name == "sub";
        SchemaAttribute {
            name: self.name.to_owned(),
            kind: self.kind,
            mutable: !is_sub,
            required: is_sub,
        }
    }
}

fn standard(name: &str) -> Option<&'static Standard> {
    STANDARD.iter().find(|standard| standard.name == name)
}

/// The attribute of this name, if the pool has one.
pub(crate) fn find(pool: &UserPool, name: &str) -> Option<SchemaAttribute> {
    let own = pool.schema.iter().find(|one| one.name == name).cloned();
    own.or_else(|| standard(name).map(Standard::attribute))
}

/// Who may set the attribute of this name.
pub(crate) fn set_by(name: &str) -> SetBy {
    match name {
        "sub" | "identities" => SetBy::Nobody,
        "email_verified" | "phone_number_verified" => SetBy::Administrator,
        _ if name.starts_with(DEVELOPER) => SetBy::Administrator,
        _ => SetBy::Anyone,
    }
}

/// The attributes that every user must have who signs up, beside `sub`.
pub(crate) fn required(pool: &UserPool) -> impl Iterator<Item = &str> {
    pool.schema.iter().filter(|one| one.required).map(|one| one.name.as_str())
}

/// The pool's schema as AWS shows it.
pub(crate) fn described(pool: &UserPool) -> Vec<SchemaAttributeType> {
    let standard = STANDARD.iter().filter_map(|one| find(pool, one.name));
    let custom = pool.schema.iter().filter(|one| !is_standard(&one.name)).cloned();
    standard.chain(custom).map(described_attribute).collect()
}

/// Whether every pool has an attribute of this name.
pub(crate) fn is_standard(name: &str) -> bool {
    standard(name).is_some()
}

fn described_attribute(attribute: SchemaAttribute) -> SchemaAttributeType {
    let (kind, texts, numbers) = match attribute.kind {
        AttributeKind::Text { least, most } => {
            let constraints = StringAttributeConstraintsType {
                max_length: most.map(|most| most.to_string()),
                min_length: least.map(|least| least.to_string()),
            };
            (AttributeDataType::String, Some(constraints), None)
        }
        AttributeKind::Number { least, most } => {
            let constraints = NumberAttributeConstraintsType {
                max_value: most.map(|most| most.to_string()),
                min_value: least.map(|least| least.to_string()),
            };
            (AttributeDataType::Number, None, Some(constraints))
        }
        AttributeKind::DateTime => (AttributeDataType::DateTime, None, None),
        AttributeKind::Boolean => (AttributeDataType::Boolean, None, None),
    };
    SchemaAttributeType {
        attribute_data_type: Some(kind),
        developer_only_attribute: Some(attribute.name.starts_with(DEVELOPER)),
        mutable: Some(attribute.mutable),
        name: Some(attribute.name),
        number_attribute_constraints: numbers,
        required: Some(attribute.required),
        string_attribute_constraints: texts,
    }
}

/// The attributes that a new pool's maker defines: standard ones in another way, and custom ones.
pub(crate) fn of_new_pool(
    given: &[SchemaAttributeType],
) -> Result<Vec<SchemaAttribute>, UserPoolsError> {
    let mut schema = Vec::with_capacity(given.len());
    for attribute in given {
        let name = attribute.name.as_deref().unwrap_or_default();
        // What says that an address is verified cannot be defined: it is taken for a custom attribute (as
        // the service's developers say in aws/aws-cdk#14175).
        let definable = standard(name).filter(|one| one.kind != AttributeKind::Boolean);
        schema.push(match definable {
            Some(standard) => redefined(standard, attribute)?,
            None => custom(attribute)?,
        });
    }
    check_together(&schema)?;
    Ok(schema)
}

/// The pool's schema with further custom attributes. What it has stays as it is.
pub(crate) fn with_custom(
    schema: &[SchemaAttribute],
    given: &[SchemaAttributeType],
) -> Result<Vec<SchemaAttribute>, UserPoolsError> {
    let mut schema = schema.to_vec();
    for attribute in given {
        schema.push(custom(attribute)?);
    }
    check_together(&schema)?;
    Ok(schema)
}

fn check_together(schema: &[SchemaAttribute]) -> Result<(), UserPoolsError> {
    let mut names = BTreeSet::new();
    for attribute in schema {
        if !names.insert(attribute.name.as_str()) {
            let name = &attribute.name;
            return Err(invalid(format!("{name}: Existing attribute already has name {name}.")));
        }
    }
    if names.iter().filter(|name| !is_standard(name)).count() > CUSTOM_MAX {
        return Err(UserPoolsError::Quota { quota: "custom attributes", limit: CUSTOM_MAX });
    }
    Ok(())
}

fn redefined(
    standard: &Standard,
    given: &SchemaAttributeType,
) -> Result<SchemaAttribute, UserPoolsError> {
    let base = standard.attribute();
    let name = standard.name;
    let default = data_type(standard.kind);
    let is_developers = given.developer_only_attribute == Some(true);
    if is_developers || given.attribute_data_type.is_some_and(|kind| kind != default) {
        return Err(invalid(format!(
            "You can not change AttributeDataType or set developerOnlyAttribute for standard \
             schema attribute {name}"
        )));
    }
    let required = given.required.unwrap_or(base.required);
    let is_fixed = set_by(name) == SetBy::Nobody;
    // Mutable if the pool does not speak of it, and else immutable unless it says so (as the service was
    // seen to do in aws/aws-cdk#8624).
    let mutable = given.mutable.unwrap_or(is_fixed && base.mutable);
    if is_fixed && (mutable != base.mutable || required != base.required) {
        return Err(invalid(format!("{name}: The attribute cannot be defined in another way.")));
    }
    let kind = constrained(default, base.kind, given)?;
    Ok(SchemaAttribute { name: base.name, kind, mutable, required })
}

fn custom(given: &SchemaAttributeType) -> Result<SchemaAttribute, UserPoolsError> {
    let name = given.name.as_deref().unwrap_or_default();
    // Letters, marks, symbols, digits and punctuation (model), without what begins a prefix.
    if name.contains(':') || name.chars().count() > NAME_CHARACTERS_MAX {
        return Err(invalid(format!(
            "The name of a custom attribute has 1 to {NAME_CHARACTERS_MAX} characters and no colon."
        )));
    }
    check_visible("schema.member.name", name)?;
    if given.required == Some(true) {
        return Err(invalid("Required custom attributes are not supported currently.".to_owned()));
    }
    let Some(data_type) = given.attribute_data_type else {
        let message = "Invalid AttributeDataType input, consider using the provided \
                       AttributeDataType enum.";
        return Err(invalid(message.to_owned()));
    };
    let developer = if given.developer_only_attribute == Some(true) { DEVELOPER } else { "" };
    let free = match data_type {
        AttributeDataType::String => AttributeKind::Text { least: None, most: None },
        AttributeDataType::Number => AttributeKind::Number { least: None, most: None },
        AttributeDataType::DateTime => AttributeKind::DateTime,
        AttributeDataType::Boolean => AttributeKind::Boolean,
    };
    Ok(SchemaAttribute {
        name: format!("{developer}{CUSTOM}{name}"),
        kind: constrained(data_type, free, given)?,
        // AWS CDK Reference, `CustomAttributeProps.mutable`.
        mutable: given.mutable.unwrap_or(false),
        required: false,
    })
}

fn data_type(kind: AttributeKind) -> AttributeDataType {
    match kind {
        AttributeKind::Text { .. } => AttributeDataType::String,
        AttributeKind::Number { .. } => AttributeDataType::Number,
        AttributeKind::DateTime => AttributeDataType::DateTime,
        AttributeKind::Boolean => AttributeDataType::Boolean,
    }
}

/// The kind with the constraints that are given; without them, as it was.
fn constrained(
    data_type: AttributeDataType,
    free: AttributeKind,
    given: &SchemaAttributeType,
) -> Result<AttributeKind, UserPoolsError> {
    let name = given.name.as_deref().unwrap_or_default();
    let texts = given.string_attribute_constraints.as_ref();
    let numbers = given.number_attribute_constraints.as_ref();
    let misplaced = (texts.is_some() && data_type != AttributeDataType::String)
        || (numbers.is_some() && data_type != AttributeDataType::Number);
    if misplaced {
        return Err(invalid(format!("{name}: Constraints of another data type than its own.")));
    }
    let in_order = match (texts, numbers) {
        (Some(texts), _) => {
            let least: Option<u32> = bound(texts.min_length.as_deref(), name)?;
            let most: Option<u32> = bound(texts.max_length.as_deref(), name)?;
            if least.max(most).is_some_and(|length| length > VALUE_CHARACTERS_MAX) {
                return Err(invalid(format!(
                    "{name}: String attributes cannot have a length of more than \
                     {VALUE_CHARACTERS_MAX}"
                )));
            }
            let in_order = least.is_none_or(|least| most.is_none_or(|most| least <= most));
            in_order.then_some(AttributeKind::Text { least, most })
        }
        (None, Some(numbers)) => {
            let least: Option<i64> = bound(numbers.min_value.as_deref(), name)?;
            let most: Option<i64> = bound(numbers.max_value.as_deref(), name)?;
            let in_order = least.is_none_or(|least| most.is_none_or(|most| least <= most));
            in_order.then_some(AttributeKind::Number { least, most })
        }
        (None, None) => Some(free),
    };
    in_order.ok_or_else(|| {
        invalid(format!("{name}: The minimum of a constraint cannot be more than its maximum."))
    })
}

fn bound<T: std::str::FromStr>(
    text: Option<&str>,
    name: &str,
) -> Result<Option<T>, UserPoolsError> {
    let parsed = text.map(str::parse).transpose();
    parsed.map_err(|_| invalid(format!("{name}: A constraint is not a whole number in range.")))
}

fn invalid(message: String) -> UserPoolsError {
    UserPoolsError::InvalidParameter(message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn attribute(name: &str, kind: AttributeDataType) -> SchemaAttributeType {
        SchemaAttributeType {
            name: Some(name.to_owned()),
            attribute_data_type: Some(kind),
            ..SchemaAttributeType::default()
        }
    }

    fn text(name: &str, least: &str, most: &str) -> SchemaAttributeType {
        SchemaAttributeType {
            string_attribute_constraints: Some(StringAttributeConstraintsType {
                min_length: Some(least.to_owned()),
                max_length: Some(most.to_owned()),
            }),
            ..attribute(name, AttributeDataType::String)
        }
    }

    fn no_shorter_than(least: &str) -> SchemaAttributeType {
        SchemaAttributeType {
            string_attribute_constraints: Some(StringAttributeConstraintsType {
                min_length: Some(least.to_owned()),
                max_length: None,
            }),
            ..attribute("x", AttributeDataType::String)
        }
    }

    fn number(name: &str, least: &str, most: &str) -> SchemaAttributeType {
        SchemaAttributeType {
            number_attribute_constraints: Some(NumberAttributeConstraintsType {
                min_value: Some(least.to_owned()),
                max_value: Some(most.to_owned()),
            }),
            ..attribute(name, AttributeDataType::Number)
        }
    }

    #[test]
    fn custom_attributes_get_their_prefix_and_are_kept_as_defined() {
        let developer = SchemaAttributeType {
            developer_only_attribute: Some(true),
            mutable: Some(true),
            ..number("level", "1", "99")
        };
        let schema = of_new_pool(&[text("team", "1", "5"), developer]).unwrap();
        let [team, level] = &schema[..] else { panic!("{schema:?}") };
        assert_eq!(team.name, "custom:team");
        assert_eq!(team.kind, AttributeKind::Text { least: Some(1), most: Some(5) });
        assert!(!team.mutable && !team.required);
        assert_eq!(level.name, "dev:custom:level");
        assert_eq!(level.kind, AttributeKind::Number { least: Some(1), most: Some(99) });
        assert!(level.mutable);
        let schema = of_new_pool(&[attribute("email_verified", AttributeDataType::Boolean)]);
        assert_eq!(schema.unwrap()[0].name, "custom:email_verified");
        assert_eq!(set_by("custom:team"), SetBy::Anyone);
        assert_eq!(set_by("dev:custom:level"), SetBy::Administrator);
    }

    #[test]
    fn a_standard_attribute_can_be_required_but_not_of_another_type() {
        let required = SchemaAttributeType { required: Some(true), ..text("name", "2", "10") };
        let schema = of_new_pool(&[required]).unwrap();
        assert!(schema[0].required && !schema[0].mutable);
        assert_eq!(schema[0].kind, AttributeKind::Text { least: Some(2), most: Some(10) });
        let without_type = SchemaAttributeType {
            name: Some("email".to_owned()),
            required: Some(true),
            mutable: Some(true),
            ..SchemaAttributeType::default()
        };
        let schema = of_new_pool(&[without_type]).unwrap();
        assert!(schema[0].required && schema[0].mutable);
        let sub = of_new_pool(&[text("sub", "1", "2048"), text("identities", "0", "9")]).unwrap();
        assert!(sub[0].required && !sub[0].mutable && sub[1].mutable);
        for refused in [
            attribute("name", AttributeDataType::Number),
            SchemaAttributeType {
                mutable: Some(true),
                ..attribute("sub", AttributeDataType::String)
            },
            SchemaAttributeType {
                required: Some(true),
                ..attribute("email_verified", AttributeDataType::Boolean)
            },
            SchemaAttributeType {
                developer_only_attribute: Some(true),
                ..attribute("name", AttributeDataType::String)
            },
        ] {
            assert!(of_new_pool(std::slice::from_ref(&refused)).is_err(), "{refused:?}");
        }
    }

    #[test]
    fn what_is_no_definition_is_refused() {
        use AttributeDataType::{Boolean, String as Text};
        for (refused, words) in [
            (vec![attribute("", Text)], "pattern"),
            (vec![attribute("a:b", Text)], "no colon"),
            (vec![attribute("custom:x", Text)], "no colon"),
            (vec![attribute(&"x".repeat(21), Text)], "1 to 20"),
            (vec![attribute("a b", Text)], "pattern"),
            (
                vec![SchemaAttributeType { attribute_data_type: None, ..attribute("x", Text) }],
                "Type",
            ),
            (
                vec![SchemaAttributeType { required: Some(true), ..attribute("x", Text) }],
                "Required",
            ),
            (vec![attribute("x", Text), attribute("x", Boolean)], "already has name"),
            (vec![attribute("name", Text), attribute("name", Text)], "already has name"),
            (vec![text("x", "5", "4")], "minimum"),
            (vec![text("x", "0", "2049")], "2048"),
            (vec![no_shorter_than("2049")], "2048"),
            // Which is no standard attribute here, and has 21 characters.
            (vec![attribute("phone_number_verified", Boolean)], "1 to 20"),
            (vec![text("x", "-1", "4")], "whole number"),
            (vec![text("x", "a", "4")], "whole number"),
            (vec![number("x", "5", "4")], "minimum"),
            (vec![number("x", "0.5", "4")], "whole number"),
            (
                vec![SchemaAttributeType {
                    attribute_data_type: Some(Boolean),
                    ..text("x", "0", "4")
                }],
                "another data type",
            ),
        ] {
            let error = of_new_pool(&refused).unwrap_err().to_string();
            assert!(error.contains(words), "{refused:?}: {error}");
        }
        assert!(of_new_pool(&[attribute(&"x".repeat(20), Text), number("y", "-4", "-4")]).is_ok());
        assert!(of_new_pool(&[no_shorter_than("2048")]).is_ok());
    }

    #[test]
    fn a_pool_has_at_most_fifty_attributes_of_its_own() {
        let name = |number: usize| attribute(&format!("a{number}"), AttributeDataType::String);
        let fifty: Vec<_> = (0..50).map(name).collect();
        let schema = of_new_pool(&fifty).unwrap();
        assert!(matches!(with_custom(&schema, &[name(50)]), Err(UserPoolsError::Quota { .. })));
        let schema = with_custom(&schema[..49], &[name(60)]).unwrap();
        assert_eq!(schema.len(), 50);
        assert!(with_custom(&schema[..3], &[name(2)]).is_err(), "it has that one");
        // What would redefine a standard attribute is one of the pool's own here.
        let name = with_custom(&[], &[attribute("name", AttributeDataType::String)]).unwrap();
        assert_eq!(name[0].name, "custom:name");
    }
}
