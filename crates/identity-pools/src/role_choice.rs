//! Which role a login gets.
//!
//! Source: Amazon Cognito Developer Guide, *Using role-based access control*; what it leaves open
//! fails closed, and stands in `docs/differences.md`.

use directory::{AmbiguousRole, Comparison, IdentityPoolRoles, MappedBy, MappingRule, RoleMapping};
use serde_json::{Map, Value};
use types::Arn;

/// Why a login gets no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RoleError {
    /// The pool has no role for it.
    #[error("Invalid identity pool configuration. Check assigned IAM roles for this pool.")]
    NotConfigured,
    /// The mapping says so.
    #[error("The role mapping of this identity pool denies access to this login.")]
    Denied,
    /// The role asked for is none of those that the login could have.
    #[error("The role in CustomRoleArn is not one that this login may have.")]
    NotOffered,
}

/// The role of somebody who signed in.
///
/// `claims` are those of the checked ID token, `client` is its audience, `wanted` the
/// `CustomRoleArn` of the request.
pub(crate) fn choose(
    settings: &IdentityPoolRoles,
    provider: &str,
    client: &str,
    claims: &Map<String, Value>,
    wanted: Option<&Arn>,
) -> Result<Arn, RoleError> {
    match settings.mappings.get(&format!("{provider}:{client}")) {
        None => default_role(settings, wanted),
        Some(mapping) => {
            let mapped = match &mapping.by {
                MappedBy::Token => by_token(claims, wanted)?,
                MappedBy::Rules(rules) => by_rules(rules, claims, wanted)?,
            };
            mapped.map_or_else(|| ambiguous(settings, mapping), Ok)
        }
    }
}

/// The role of a guest.
pub(crate) fn choose_for_guest(
    settings: &IdentityPoolRoles,
    wanted: Option<&Arn>,
) -> Result<Arn, RoleError> {
    if wanted.is_some() {
        return Err(RoleError::NotOffered);
    }
    settings.unauthenticated.clone().ok_or(RoleError::NotConfigured)
}

/// The role of everyone who is not mapped to another one.
pub(crate) fn default_role(
    settings: &IdentityPoolRoles,
    wanted: Option<&Arn>,
) -> Result<Arn, RoleError> {
    let role = settings.authenticated.as_ref().ok_or(RoleError::NotConfigured)?;
    if wanted.is_some_and(|wanted| wanted != role) {
        return Err(RoleError::NotOffered);
    }
    Ok(role.clone())
}

fn ambiguous(settings: &IdentityPoolRoles, mapping: &RoleMapping) -> Result<Arn, RoleError> {
    match mapping.ambiguous {
        AmbiguousRole::Deny => Err(RoleError::Denied),
        AmbiguousRole::AuthenticatedRole => default_role(settings, None),
    }
}

/// `cognito:preferred_role`, or the one of `cognito:roles` that is asked for.
fn by_token(claims: &Map<String, Value>, wanted: Option<&Arn>) -> Result<Option<Arn>, RoleError> {
    let Some(wanted) = wanted else {
        let preferred = claims.get("cognito:preferred_role").and_then(Value::as_str);
        return Ok(preferred.and_then(|role| role.parse().ok()));
    };
    let roles = claims.get("cognito:roles").and_then(Value::as_array);
    let offered = roles.into_iter().flatten().any(|role| role.as_str() == Some(wanted.as_str()));
    if offered { Ok(Some(wanted.clone())) } else { Err(RoleError::NotOffered) }
}

/// The role of the first rule that matches, or of the one that is asked for.
fn by_rules(
    rules: &[MappingRule],
    claims: &Map<String, Value>,
    wanted: Option<&Arn>,
) -> Result<Option<Arn>, RoleError> {
    let mut matching = rules.iter().filter(|rule| matches(rule, claims)).map(|rule| &rule.role);
    match wanted {
        None => Ok(matching.next().cloned()),
        Some(wanted) => matching
            .find(|role| *role == wanted)
            .map(|role| Some(role.clone()))
            .ok_or(RoleError::NotOffered),
    }
}

/// Whether a rule's claim is there and compares as the rule says.
///
/// A list contains a value if one of its elements *is* the value, so that the group `superadmin` is
/// not taken for `admin`. A list neither equals, nor differs from, nor begins with a text.
fn matches(rule: &MappingRule, claims: &Map<String, Value>) -> bool {
    let text = match claims.get(&rule.claim) {
        Some(Value::String(text)) => text.clone(),
        Some(value @ (Value::Bool(_) | Value::Number(_))) => value.to_string(),
        Some(Value::Array(elements)) => {
            return rule.comparison == Comparison::Contains
                && elements.iter().any(|element| element.as_str() == Some(rule.value.as_str()));
        }
        Some(Value::Null | Value::Object(_)) | None => return false,
    };
    match rule.comparison {
        Comparison::Equals => text == rule.value,
        Comparison::Contains => text.contains(&rule.value),
        Comparison::StartsWith => text.starts_with(&rule.value),
        Comparison::NotEqual => text != rule.value,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";

    fn role(name: &str) -> Arn {
        format!("arn:aws:iam::123456789012:role/{name}").parse().unwrap()
    }

    fn rule(claim: &str, comparison: Comparison, value: &str, name: &str) -> MappingRule {
        let (claim, value) = (claim.to_owned(), value.to_owned());
        MappingRule { claim, comparison, value, role: role(name) }
    }

    fn claims(value: Value) -> Map<String, Value> {
        let Value::Object(claims) = value else { panic!("{value}") };
        claims
    }

    fn settings(by: MappedBy, ambiguous: AmbiguousRole) -> IdentityPoolRoles {
        IdentityPoolRoles {
            authenticated: Some(role("default")),
            unauthenticated: Some(role("guest")),
            mappings: BTreeMap::from([(
                format!("{PROVIDER}:client"),
                RoleMapping { by, ambiguous },
            )]),
        }
    }

    #[test]
    fn rules_compare_texts_lists_and_nothing() {
        use Comparison::{Contains, Equals, NotEqual, StartsWith};
        let claims = claims(json!({
            "text": "superadmin",
            "empty": "",
            "list": ["superadmin", "user"],
            "one": ["admin"],
            "nothing": [],
            "yes": true,
            "five": 5,
            "null": null,
            "object": {"admin": "admin"},
        }));
        let table = [
            ("text", Equals, "superadmin", true),
            ("text", Equals, "admin", false),
            ("text", Equals, "SUPERADMIN", false),
            ("text", Contains, "admin", true),
            ("text", Contains, "user", false),
            ("text", StartsWith, "super", true),
            ("text", StartsWith, "admin", false),
            ("text", NotEqual, "admin", true),
            ("text", NotEqual, "superadmin", false),
            ("empty", Contains, "x", false),
            ("empty", NotEqual, "x", true),
            // What would be a match if the list were taken as the text "[superadmin, user]".
            ("list", Contains, "admin", false),
            ("list", Contains, "superadmin, user", false),
            ("list", Contains, "superadmin", true),
            ("list", Contains, "user", true),
            ("list", Contains, "USER", false),
            ("list", Equals, "superadmin", false),
            ("list", StartsWith, "superadmin", false),
            ("list", NotEqual, "other", false),
            ("one", Equals, "admin", false),
            ("one", Contains, "admin", true),
            ("one", NotEqual, "user", false),
            ("nothing", Contains, "admin", false),
            ("nothing", NotEqual, "admin", false),
            ("yes", Equals, "true", true),
            ("yes", NotEqual, "true", false),
            ("five", Equals, "5", true),
            // A claim that is not there is skipped, whatever is asked of it.
            ("absent", NotEqual, "x", false),
            ("absent", Equals, "", false),
            ("null", NotEqual, "x", false),
            ("object", Contains, "admin", false),
            ("object", NotEqual, "admin", false),
        ];
        for (claim, comparison, value, expected) in table {
            let rule = rule(claim, comparison, value, "r");
            assert_eq!(matches(&rule, &claims), expected, "{claim} {comparison:?} {value:?}");
        }
    }

    #[test]
    fn a_value_is_a_value_and_never_a_pattern() {
        let rule = rule("cognito:groups", Comparison::Contains, "*", "admin");
        assert!(!matches(&rule, &claims(json!({"cognito:groups": ["admin"]}))));
        assert!(matches(&rule, &claims(json!({"cognito:groups": ["*"]}))));
    }

    #[test]
    fn the_first_matching_rule_gives_the_role() {
        let rules = vec![
            rule("cognito:groups", Comparison::Contains, "admin", "admin"),
            rule("cognito:groups", Comparison::Contains, "user", "user"),
        ];
        let settings = settings(MappedBy::Rules(rules), AmbiguousRole::Deny);
        let chosen = |groups: Value, wanted: Option<&str>| {
            let claims = claims(json!({"cognito:groups": groups}));
            choose(&settings, PROVIDER, "client", &claims, wanted.map(role).as_ref())
        };
        assert_eq!(chosen(json!(["user"]), None), Ok(role("user")));
        assert_eq!(chosen(json!(["user", "admin"]), None), Ok(role("admin")));
        assert_eq!(chosen(json!(["user", "admin"]), Some("user")), Ok(role("user")));
        assert_eq!(chosen(json!(["user"]), Some("user")), Ok(role("user")));
        assert_eq!(chosen(json!(["user"]), Some("admin")), Err(RoleError::NotOffered));
        assert_eq!(chosen(json!(["user"]), Some("default")), Err(RoleError::NotOffered));
        assert_eq!(chosen(json!(["other"]), None), Err(RoleError::Denied));
        assert_eq!(chosen(json!([]), Some("admin")), Err(RoleError::NotOffered));
    }

    #[test]
    fn what_is_ambiguous_is_resolved_as_the_pool_says() {
        let rules = || vec![rule("cognito:groups", Comparison::Contains, "admin", "admin")];
        let nothing = claims(json!({}));
        for by in [MappedBy::Token, MappedBy::Rules(rules())] {
            let choose = |settings| choose(&settings, PROVIDER, "client", &nothing, None);
            assert_eq!(
                choose(settings(by.clone(), AmbiguousRole::AuthenticatedRole)),
                Ok(role("default"))
            );
            assert_eq!(choose(settings(by.clone(), AmbiguousRole::Deny)), Err(RoleError::Denied));
            let mut without = settings(by, AmbiguousRole::AuthenticatedRole);
            without.authenticated = None;
            assert_eq!(choose(without), Err(RoleError::NotConfigured));
        }
    }

    #[test]
    fn a_token_names_its_preferred_role_and_offers_its_roles() {
        let (admin, user) = (role("admin"), role("user"));
        let token = claims(json!({
            "cognito:roles": [admin.as_str(), user.as_str()],
            "cognito:preferred_role": admin.as_str(),
        }));
        let settings = settings(MappedBy::Token, AmbiguousRole::Deny);
        let choose = |claims, wanted: Option<&Arn>| {
            super::choose(&settings, PROVIDER, "client", claims, wanted)
        };
        assert_eq!(choose(&token, None), Ok(admin.clone()));
        assert_eq!(choose(&token, Some(&user)), Ok(user.clone()));
        assert_eq!(choose(&token, Some(&role("default"))), Err(RoleError::NotOffered));
        // Two roles of the same precedence: no role is preferred.
        let tie = claims(json!({"cognito:roles": [admin.as_str(), user.as_str()]}));
        assert_eq!(choose(&tie, None), Err(RoleError::Denied));
        assert_eq!(choose(&tie, Some(&admin)), Ok(admin.clone()));
        // Not an ARN, not a list: nothing is read into it.
        let odd = claims(json!({"cognito:roles": admin.as_str(), "cognito:preferred_role": "x"}));
        assert_eq!(choose(&odd, None), Err(RoleError::Denied));
        assert_eq!(choose(&odd, Some(&admin)), Err(RoleError::NotOffered));
    }

    #[test]
    fn another_clients_mapping_is_not_used() {
        let rules = vec![rule("cognito:groups", Comparison::Contains, "admin", "admin")];
        let settings = settings(MappedBy::Rules(rules), AmbiguousRole::Deny);
        let claims = claims(json!({"cognito:groups": ["admin"]}));
        assert_eq!(choose(&settings, PROVIDER, "other", &claims, None), Ok(role("default")));
        assert_eq!(
            choose(&settings, PROVIDER, "other", &claims, Some(&role("admin"))),
            Err(RoleError::NotOffered)
        );
        assert_eq!(
            choose(&settings, PROVIDER, "other", &claims, Some(&role("default"))),
            Ok(role("default"))
        );
    }

    #[test]
    fn a_guest_gets_the_guests_role_and_no_other() {
        let mut settings = settings(MappedBy::Token, AmbiguousRole::Deny);
        assert_eq!(choose_for_guest(&settings, None), Ok(role("guest")));
        for wanted in ["guest", "default"] {
            assert_eq!(
                choose_for_guest(&settings, Some(&role(wanted))),
                Err(RoleError::NotOffered)
            );
        }
        settings.unauthenticated = None;
        assert_eq!(choose_for_guest(&settings, None), Err(RoleError::NotConfigured));
    }
}
