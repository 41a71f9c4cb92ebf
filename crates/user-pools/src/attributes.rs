//! What is known about a user: checked against the pool's schema, changed, and shown.
//!
//! Sources: Amazon Cognito Developer Guide, *Working with user attributes*, *Verifying updates to
//! email addresses and phone numbers*; OpenID Connect Core 1.0, section 5.1.

use std::collections::BTreeMap;

use directory::{AttributeKind, Contact, User, UserPool, UserPoolClient, UserStatus};
use serde_json::{Map, Value, json};
use types::{SecretString, Timestamp};
use wire::cognito_idp::AttributeType;

use crate::{
    error::UserPoolsError,
    schema::{self, SetBy, VALUE_CHARACTERS_MAX},
};

/// Who sets attributes.
#[derive(Clone, Copy)]
pub(crate) enum Setter<'a> {
    /// Somebody with permissions of their own.
    Administrator,
    /// The user, through an application.
    Client(&'a UserPoolClient),
}

/// Whether every name is an attribute of the pool.
pub(crate) fn are_readable(pool: &UserPool, names: &[String]) -> bool {
    names.iter().all(|name| schema::find(pool, name).is_some())
}

/// Whether every name is an attribute of the pool that users may change.
pub(crate) fn are_writable(pool: &UserPool, names: &[String]) -> bool {
    let of_anyone = |name: &String| schema::set_by(name) == SetBy::Anyone;
    names.iter().all(|name| of_anyone(name) && schema::find(pool, name).is_some())
}

/// Whether the application sees the attribute: those it names or, if it names none, the standard ones.
///
/// Source: User Pools API Reference, `CreateUserPoolClient`, `ReadAttributes`.
pub(crate) fn may_read(client: &UserPoolClient, name: &str) -> bool {
    match &client.read_attributes {
        Some(names) => names.iter().any(|one| one == name),
        None => schema::is_standard(name),
    }
}

/// Whether the application may change the attribute for its users: those it names, or the standard ones,
/// and always those that the pool requires.
fn may_write(pool: &UserPool, client: &UserPoolClient, name: &str) -> bool {
    let named = match &client.write_attributes {
        Some(names) => names.iter().any(|one| one == name),
        None => schema::is_standard(name),
    };
    schema::set_by(name) == SetBy::Anyone
        && (named || schema::required(pool).any(|one| one == name))
}

/// The attributes of a user who comes into being. One who signs up has all that are required.
pub(crate) fn of_new_user(
    pool: &UserPool,
    given: &[AttributeType],
    by: Setter<'_>,
) -> Result<BTreeMap<String, String>, UserPoolsError> {
    let mut attributes = checked(pool, given, by)?;
    attributes.retain(|_, value| !value.is_empty());
    check_verified(&attributes)?;
    if matches!(by, Setter::Client(_)) {
        check_required(pool, &attributes)?;
    }
    Ok(attributes)
}

/// Changes what is known about a user. A value of nothing takes the attribute away. Answers which
/// addresses are new and to be verified by a code.
pub(crate) fn change(
    pool: &UserPool,
    user: &mut User,
    given: &[AttributeType],
    by: Setter<'_>,
) -> Result<Vec<Contact>, UserPoolsError> {
    let mut given = checked(pool, given, by)?;
    for name in given.keys() {
        // Whoever is invited is complete with the first password of their own, and not before.
        let invited = user.status == UserStatus::ForceChangePassword;
        if !invited || user.attributes.contains_key(name) {
            check_mutable(pool, name)?;
        }
    }
    let mut to_verify = Vec::new();
    for contact in Contact::ALL {
        let address = given.remove(contact.attribute());
        let verified = given.remove(contact.verified_attribute());
        if set_contact(pool, user, contact, address, verified)? {
            to_verify.push(contact);
        }
    }
    for (name, value) in given {
        if value.is_empty() {
            user.attributes.remove(&name);
        } else {
            user.attributes.insert(name, value);
        }
    }
    check_verified(&user.attributes)?;
    check_still_required(pool, user)?;
    Ok(to_verify)
}

/// Takes attributes away from a user.
pub(crate) fn remove(
    pool: &UserPool,
    user: &mut User,
    names: &[String],
    by: Setter<'_>,
) -> Result<(), UserPoolsError> {
    for name in names {
        check_setter(pool, name, by)?;
        check_mutable(pool, name)?;
        user.attributes.remove(name);
        for contact in Contact::ALL.into_iter().filter(|one| one.attribute() == name) {
            user.attributes.remove(contact.verified_attribute());
            user.unverified.remove(&contact);
        }
    }
    check_still_required(pool, user)
}

/// Marks an address as verified: the one that waits for it, if there is one.
pub(crate) fn verify(user: &mut User, contact: Contact) {
    if let Some(address) = user.unverified.remove(&contact) {
        user.attributes.insert(contact.attribute().to_owned(), address);
    }
    if user.attributes.contains_key(contact.attribute()) {
        user.attributes.insert(contact.verified_attribute().to_owned(), "true".to_owned());
    }
}

/// Sets an address and whether it is verified. Whether it is new and wants a code.
fn set_contact(
    pool: &UserPool,
    user: &mut User,
    contact: Contact,
    address: Option<String>,
    verified: Option<String>,
) -> Result<bool, UserPoolsError> {
    let (name, flag) = (contact.attribute(), contact.verified_attribute());
    let is_verified = verified.as_deref() == Some("true");
    let Some(address) = address else {
        if is_verified {
            if !user.unverified.contains_key(&contact) && !user.attributes.contains_key(name) {
                return Err(unverifiable(contact));
            }
            verify(user, contact);
        } else if let Some(verified) = verified {
            set(user, flag, verified);
        }
        return Ok(false);
    };
    if address.is_empty() {
        user.unverified.remove(&contact);
        user.attributes.remove(name);
        user.attributes.remove(flag);
        return if is_verified { Err(unverifiable(contact)) } else { Ok(false) };
    }
    let is_new = user.attributes.get(name) != Some(&address);
    if is_new && !is_verified && pool.verified_before_update.contains(&contact) {
        user.unverified.insert(contact, address);
        return Ok(true);
    }
    user.unverified.remove(&contact);
    set(user, name, address);
    match verified {
        Some(verified) => set(user, flag, verified),
        None if is_new => set(user, flag, "false".to_owned()),
        None => {}
    }
    Ok(is_new && !is_verified && pool.auto_verified.contains(&contact))
}

fn set(user: &mut User, name: &str, value: String) {
    if value.is_empty() {
        user.attributes.remove(name);
    } else {
        user.attributes.insert(name.to_owned(), value);
    }
}

/// The given attributes, each of the form that the schema demands, or nothing for one that is to go.
fn checked(
    pool: &UserPool,
    given: &[AttributeType],
    by: Setter<'_>,
) -> Result<BTreeMap<String, String>, UserPoolsError> {
    let mut attributes = BTreeMap::new();
    for AttributeType { name, value } in given {
        check_setter(pool, name, by)?;
        let value = value.as_ref().map(|value| value.expose().as_str()).unwrap_or_default();
        let Some(attribute) = schema::find(pool, name) else {
            return Err(nonconforming(name, "Attribute does not exist in the schema."));
        };
        let value = if value.is_empty() {
            String::new()
        } else {
            check_format(name, value)?;
            conforming(name, attribute.kind, value)?
        };
        if attributes.insert(name.clone(), value).is_some() {
            return Err(nonconforming(name, "Attribute is given twice."));
        }
    }
    Ok(attributes)
}

fn check_setter(pool: &UserPool, name: &str, by: Setter<'_>) -> Result<(), UserPoolsError> {
    if schema::set_by(name) == SetBy::Nobody {
        let message = format!("Cannot modify the non-mutable attribute {name}");
        return Err(UserPoolsError::InvalidParameter(message));
    }
    match by {
        Setter::Client(client) if !may_write(pool, client, name) => {
            Err(UserPoolsError::UnauthorizedAttribute)
        }
        Setter::Client(_) | Setter::Administrator => Ok(()),
    }
}

fn check_mutable(pool: &UserPool, name: &str) -> Result<(), UserPoolsError> {
    match schema::find(pool, name) {
        Some(attribute) if attribute.mutable => Ok(()),
        Some(_) => {
            let message = format!("user.{name}: Attribute cannot be updated.");
            Err(UserPoolsError::InvalidParameter(message))
        }
        None => Err(nonconforming(name, "Attribute does not exist in the schema.")),
    }
}

fn conforming(name: &str, kind: AttributeKind, value: &str) -> Result<String, UserPoolsError> {
    match kind {
        AttributeKind::Text { least, most } => {
            let (least, most) = (least.unwrap_or(0), most.unwrap_or(VALUE_CHARACTERS_MAX));
            let length = u32::try_from(value.chars().count()).unwrap_or(u32::MAX);
            if length < least {
                let why = format!("String must be longer than {least} characters");
                return Err(nonconforming(name, &why));
            }
            if length > most.min(VALUE_CHARACTERS_MAX) {
                let why = format!("String must be shorter than {most} characters");
                return Err(nonconforming(name, &why));
            }
            Ok(value.to_owned())
        }
        AttributeKind::Number { least, most } => {
            let number: Option<i64> = value.parse().ok();
            let fits = number.filter(|number| {
                least.is_none_or(|least| least <= *number)
                    && most.is_none_or(|most| *number <= most)
            });
            match (number, fits) {
                (Some(_), Some(fits)) => Ok(fits.to_string()),
                (Some(_), None) => Err(nonconforming(name, "The number is not within the limits.")),
                (None, _) => Err(nonconforming(name, "The attribute value is not a number.")),
            }
        }
        AttributeKind::DateTime if value.parse::<Timestamp>().is_err() => {
            Err(nonconforming(name, "The attribute value is not a time."))
        }
        AttributeKind::DateTime => Ok(value.to_owned()),
        AttributeKind::Boolean => match value.to_ascii_lowercase().as_str() {
            truth @ ("true" | "false") => Ok(truth.to_owned()),
            _ => Err(nonconforming(name, "The attribute value is not true or false.")),
        },
    }
}

fn check_format(name: &str, value: &str) -> Result<(), UserPoolsError> {
    let message = match name {
        "email" if !is_email(value) => "Invalid email address format.",
        "phone_number" if !is_phone_number(value) => "Invalid phone number format.",
        "birthdate" if !is_date(value) => {
            return Err(nonconforming(name, "The attribute value is not a date."));
        }
        _ => return Ok(()),
    };
    Err(UserPoolsError::InvalidParameter(message.to_owned()))
}

fn check_verified(attributes: &BTreeMap<String, String>) -> Result<(), UserPoolsError> {
    for contact in Contact::ALL {
        let verified = attributes.get(contact.verified_attribute()).is_some_and(|it| it == "true");
        if verified && !attributes.contains_key(contact.attribute()) {
            return Err(unverifiable(contact));
        }
    }
    Ok(())
}

/// Refuses attributes without one that is required.
fn check_required(
    pool: &UserPool,
    attributes: &BTreeMap<String, String>,
) -> Result<(), UserPoolsError> {
    let missing: Vec<String> = schema::required(pool)
        .filter(|name| *name != "sub" && !attributes.contains_key(*name))
        .map(|name| format!("{name}: The attribute is required"))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    let missing = missing.join(" ");
    let message = format!("Attributes did not conform to the schema: {missing}");
    Err(UserPoolsError::InvalidParameter(message))
}

/// Refuses to leave a user without a required attribute who had set a password of their own. One whom
/// an administrator made may lack some until the first sign-in.
pub(crate) fn check_still_required(pool: &UserPool, user: &User) -> Result<(), UserPoolsError> {
    match user.status {
        UserStatus::ForceChangePassword => Ok(()),
        _ => check_required(pool, &user.attributes),
    }
}

fn nonconforming(name: &str, why: &str) -> UserPoolsError {
    let message = format!("Attributes did not conform to the schema: {name}: {why}");
    UserPoolsError::InvalidParameter(message)
}

fn unverifiable(contact: Contact) -> UserPoolsError {
    let (flag, name) = (contact.verified_attribute(), contact.attribute());
    UserPoolsError::InvalidParameter(format!("{flag} can only be true together with {name}"))
}

/// Something on both sides of one `@`, and no space (model: `EmailAddressType`).
pub(crate) fn is_email(text: &str) -> bool {
    let no_space = !text.chars().any(|c| c.is_whitespace() || c.is_control());
    let sides = text.split_once('@');
    no_space && sides.is_some_and(|(a, b)| !a.is_empty() && !b.is_empty() && !b.contains('@'))
}

/// `+` and 1 to 15 digits (ITU-T E.164).
pub(crate) fn is_phone_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or_default();
    (1..=15).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit())
}

/// `YYYY-MM-DD`, a day that there is.
fn is_date(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    text.len() == 10 && digits == 8 && format!("{text}T00:00:00Z").parse::<Timestamp>().is_ok()
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
/// 1.0, section 5.1); a custom attribute is always a text.
pub(crate) fn claims(user: &User, client: &UserPoolClient) -> Map<String, Value> {
    let shown = user.attributes.iter().filter(|(name, _)| may_read(client, name));
    shown
        .map(|(name, value)| {
            let claim = match name.as_str() {
                "address" => json!({ "formatted": value }),
                "email_verified" | "phone_number_verified" => Value::Bool(value == "true"),
                "updated_at" => {
                    value.parse::<u64>().map_or_else(|_| value.clone().into(), Value::from)
                }
                _ => value.clone().into(),
            };
            (name.clone(), claim)
        })
        .collect()
}

#[cfg(test)]
mod tests;
