//! The filter of `ListUsers`: `ATTRIBUTE = "VALUE"` or `ATTRIBUTE ^= "VALUE"`.
//!
//! Source: Amazon Cognito User Pools API Reference, `ListUsers`, `Filter`.

use directory::User;

use crate::{error::UserPoolsError, users::status};

/// What can be searched by, beside what is not an attribute.
const SEARCHABLE: [&str; 6] =
    ["email", "phone_number", "name", "given_name", "family_name", "preferred_username"];

/// A filter.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Filter {
    field: Field,
    comparison: Comparison,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Field {
    Username,
    Sub,
    /// `cognito:user_status`; case does not count.
    UserStatus,
    /// `status`: `Enabled` or `Disabled`.
    Enabled,
    Attribute(&'static str),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Comparison {
    Equals,
    StartsWith,
}

impl Filter {
    /// Reads a filter. Only spaces make none.
    pub(crate) fn parse(text: &str) -> Result<Option<Self>, UserPoolsError> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = |what: &str| {
            UserPoolsError::InvalidParameter(format!(
                "Error while parsing filter: {what}. Write ATTRIBUTE = \"VALUE\" or ATTRIBUTE ^= \"VALUE\"."
            ))
        };
        let (left, value) = text.split_once('=').ok_or_else(|| wrong("there is no ="))?;
        let (name, comparison) = match left.strip_suffix('^') {
            Some(name) => (name, Comparison::StartsWith),
            None => (left, Comparison::Equals),
        };
        let field = field(name.trim().trim_matches('"'))
            .ok_or_else(|| wrong("users cannot be searched by that attribute"))?;
        let value = unquoted(value.trim()).ok_or_else(|| wrong("the value is not in quotes"))?;
        Ok(Some(Self { field, comparison, value }))
    }

    /// Whether the user is one of those searched for.
    pub(crate) fn matches(&self, user: &User) -> bool {
        match &self.field {
            Field::Username => self.fits(&user.username),
            Field::Sub => self.fits(&user.sub.to_string()),
            Field::UserStatus => {
                let folded = Self { value: self.value.to_ascii_uppercase(), ..self.clone() };
                folded.fits(status(user.status).as_str())
            }
            Field::Enabled => self.fits(if user.enabled { "Enabled" } else { "Disabled" }),
            Field::Attribute(name) => user.attributes.get(*name).is_some_and(|it| self.fits(it)),
        }
    }

    /// The user name, if it is one that is searched for.
    pub(crate) fn username(&self) -> Option<&str> {
        let exact = (&self.field, self.comparison) == (&Field::Username, Comparison::Equals);
        exact.then_some(&self.value)
    }

    fn fits(&self, actual: &str) -> bool {
        match self.comparison {
            Comparison::Equals => actual == self.value,
            Comparison::StartsWith => actual.starts_with(&self.value),
        }
    }
}

fn field(name: &str) -> Option<Field> {
    Some(match name {
        "username" => Field::Username,
        "sub" => Field::Sub,
        "cognito:user_status" => Field::UserStatus,
        "status" => Field::Enabled,
        _ => Field::Attribute(SEARCHABLE.into_iter().find(|one| *one == name)?),
    })
}

/// What is between the quotes, with `\"` and `\\` for a quote and a backslash in it.
fn unquoted(text: &str) -> Option<String> {
    let inner = text.strip_prefix('"')?.strip_suffix('"')?;
    let mut value = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => value.push(characters.next()?),
            '"' => return None,
            other => value.push(other),
        }
    }
    Some(value)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use directory::UserStatus;
    use proptest::prelude::*;

    use super::*;
    use crate::tests::a_user;

    fn ann() -> User {
        let attributes =
            [("email", "ann@example.com"), ("name", "Ann \"A\" Lee"), ("locale", "de")];
        let pair = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        User {
            attributes: attributes.into_iter().map(pair).collect::<BTreeMap<_, _>>(),
            status: UserStatus::ForceChangePassword,
            ..a_user("Ann")
        }
    }

    #[test]
    fn a_filter_finds_whom_it_describes() {
        let sub = format!("sub ^= \"{}\"", ann().sub.to_string().split_at(8).0);
        for (filter, expected) in [
            ("username = \"Ann\"", true),
            ("username = \"ann\"", false),
            ("username=\"Ann\"", true),
            ("username ^= \"A\"", true),
            ("username ^= \"n\"", false),
            ("\"email\" = \"ann@example.com\"", true),
            ("email ^= \"ann@\"", true),
            ("email = \"ann@\"", false),
            ("phone_number = \"\"", false),
            (r#"name = "Ann \"A\" Lee""#, true),
            ("name = \"a=b\"", false),
            ("cognito:user_status = \"force_change_password\"", true),
            ("cognito:user_status = \"CONFIRMED\"", false),
            ("status = \"Enabled\"", true),
            ("status = \"enabled\"", false),
            (sub.as_str(), true),
        ] {
            let parsed = Filter::parse(filter).unwrap().unwrap();
            assert_eq!(parsed.matches(&ann()), expected, "{filter}");
        }
        assert_eq!(Filter::parse("  ").unwrap(), None);
        let by_name = Filter::parse("username = \"x\"").unwrap().unwrap();
        assert_eq!(by_name.username(), Some("x"));
        assert_eq!(Filter::parse("username ^= \"x\"").unwrap().unwrap().username(), None);
    }

    proptest! {
        #[test]
        fn whatever_a_value_is_made_of_it_is_found_and_nothing_else(
            name in ".{0,12}",
            other in ".{0,12}",
        ) {
            let mut user = ann();
            user.attributes.insert("name".to_owned(), name.clone());
            let quoted = |text: &str| text.replace('\\', "\\\\").replace('"', "\\\"");
            let finds = |filter: String| Filter::parse(&filter).unwrap().unwrap().matches(&user);
            let found = finds(format!("name = \"{}\"", quoted(&name)));
            prop_assert!(found);
            let same = finds(format!("name = \"{}\"", quoted(&other)));
            prop_assert_eq!(same, name == other);
            let starts = finds(format!("name ^= \"{}\"", quoted(&other)));
            prop_assert_eq!(starts, name.starts_with(&other));
        }

        #[test]
        fn no_text_upsets_the_parser(text in "[a-z:=^\"\\\\ ]{0,24}") {
            drop(Filter::parse(&text));
        }
    }

    #[test]
    fn what_is_not_a_filter_is_refused() {
        for filter in [
            "username",
            "username = Ann",
            "username = \"Ann",
            "username = \"A\"n\"",
            "username = \"Ann\\\"",
            "username != \"Ann\"",
            "locale = \"de\"",
            "custom:x = \"1\"",
            "username = \"a\" or username = \"b\"",
            "= \"a\"",
        ] {
            let refused = Filter::parse(filter).unwrap_err().to_string();
            assert!(refused.contains("parsing filter"), "{filter}: {refused}");
        }
    }
}
