//! Role settings of identity pools as they come in and go out.

use std::collections::BTreeMap;

use directory::{AmbiguousRole, Comparison, IdentityPoolRoles, MappedBy, MappingRule, RoleMapping};
use types::{AccountId, Arn};
use wire::cognito_identity::{
    AmbiguousRoleResolutionType, MappingRule as RuleShape, MappingRuleMatchType,
    RoleMapping as MappingShape, RoleMappingType, RulesConfigurationType,
    SetIdentityPoolRolesInput,
};

use crate::{error::PoolError, pool_shape::user_pool_of};

/// How many rules a provider may have. Source: the API reference, `RulesConfigurationType`.
const RULES_MAX: usize = 25;

const AUTHENTICATED: &str = "authenticated";
const UNAUTHENTICATED: &str = "unauthenticated";

/// The settings as they are remembered. Every role must be one of `account`.
pub(crate) fn settings(
    input: &SetIdentityPoolRolesInput,
    account: AccountId,
) -> Result<IdentityPoolRoles, PoolError> {
    let mut roles = IdentityPoolRoles::default();
    for (kind, arn) in &input.roles {
        let role = Some(role(arn, account)?);
        match kind.as_str() {
            AUTHENTICATED => roles.authenticated = role,
            UNAUTHENTICATED => roles.unauthenticated = role,
            _ => {
                let message = format!("Invalid role {kind:?}: authenticated or unauthenticated");
                return Err(PoolError::Parameter(message));
            }
        }
    }
    for (provider, mapping) in input.role_mappings.iter().flatten() {
        check_provider(provider)?;
        roles.mappings.insert(provider.clone(), self::mapping(provider, mapping, account)?);
    }
    Ok(roles)
}

/// Every role of the settings, once.
pub(crate) fn all_roles(settings: &IdentityPoolRoles) -> Vec<&Arn> {
    let rules = settings.mappings.values().flat_map(|mapping| match &mapping.by {
        MappedBy::Rules(rules) => rules.as_slice(),
        MappedBy::Token => &[],
    });
    let mut all: Vec<&Arn> = [&settings.authenticated, &settings.unauthenticated]
        .into_iter()
        .flatten()
        .chain(rules.map(|rule| &rule.role))
        .collect();
    all.sort();
    all.dedup();
    all
}

fn role(text: &str, account: AccountId) -> Result<Arn, PoolError> {
    let arn: Arn =
        text.parse().map_err(|error| PoolError::Parameter(format!("Invalid role: {error}")))?;
    let named = arn.resource().strip_prefix("role/").is_some_and(|name| !name.is_empty());
    if arn.partition() != "aws" || arn.service() != "iam" || !arn.region().is_empty() || !named {
        let message = format!("Invalid role {text}: not the ARN of an IAM role");
        return Err(PoolError::Parameter(message));
    }
    if arn.account_id() != Some(account) {
        return Err(PoolError::CrossAccountRole(text.to_owned()));
    }
    Ok(arn)
}

/// `PROVIDER:CLIENT`, for a user pool.
fn check_provider(text: &str) -> Result<(), PoolError> {
    let client = |text: &str| {
        !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    match text.rsplit_once(':') {
        Some((provider, id)) if user_pool_of(provider).is_some() && client(id) => Ok(()),
        _ => Err(PoolError::Parameter(format!(
            "Invalid identity provider {text:?}: cognito-idp.REGION.amazonaws.com/POOL:CLIENT"
        ))),
    }
}

fn mapping(
    provider: &str,
    mapping: &MappingShape,
    account: AccountId,
) -> Result<RoleMapping, PoolError> {
    let ambiguous = match mapping.ambiguous_role_resolution {
        Some(AmbiguousRoleResolutionType::AuthenticatedRole) => AmbiguousRole::AuthenticatedRole,
        Some(AmbiguousRoleResolutionType::Deny) => AmbiguousRole::Deny,
        None => {
            let message = format!("AmbiguousRoleResolution is required for {provider}");
            return Err(PoolError::Parameter(message));
        }
    };
    let rules = mapping.rules_configuration.as_ref().map(|configuration| &configuration.rules);
    let by = match (mapping.r#type, rules) {
        (RoleMappingType::Token, None) => MappedBy::Token,
        (RoleMappingType::Rules, Some(rules)) if (1..=RULES_MAX).contains(&rules.len()) => {
            let rules = rules.iter().map(|rule| self::rule(rule, account));
            MappedBy::Rules(rules.collect::<Result<_, _>>()?)
        }
        (RoleMappingType::Token, Some(_)) => {
            let message = format!("Rules are given for {provider}, whose Type is Token");
            return Err(PoolError::Parameter(message));
        }
        (RoleMappingType::Rules, rules) => {
            return Err(PoolError::Parameter(format!(
                "{provider} has {} rules, and must have 1 to {RULES_MAX}",
                rules.map_or(0, Vec::len)
            )));
        }
    };
    Ok(RoleMapping { by, ambiguous })
}

fn rule(rule: &RuleShape, account: AccountId) -> Result<MappingRule, PoolError> {
    Ok(MappingRule {
        claim: rule.claim.clone(),
        comparison: match rule.match_type {
            MappingRuleMatchType::Equals => Comparison::Equals,
            MappingRuleMatchType::Contains => Comparison::Contains,
            MappingRuleMatchType::StartsWith => Comparison::StartsWith,
            MappingRuleMatchType::NotEqual => Comparison::NotEqual,
        },
        value: rule.value.clone(),
        role: role(&rule.role_arn, account)?,
    })
}

/// The two roles as responses have them.
pub(crate) fn described_roles(settings: &IdentityPoolRoles) -> BTreeMap<String, String> {
    [(AUTHENTICATED, &settings.authenticated), (UNAUTHENTICATED, &settings.unauthenticated)]
        .into_iter()
        .filter_map(|(kind, role)| Some((kind.to_owned(), role.as_ref()?.to_string())))
        .collect()
}

/// The mappings as responses have them.
pub(crate) fn described_mappings(settings: &IdentityPoolRoles) -> BTreeMap<String, MappingShape> {
    let described = |(provider, mapping): (&String, &RoleMapping)| {
        let (r#type, rules) = match &mapping.by {
            MappedBy::Token => (RoleMappingType::Token, None),
            MappedBy::Rules(rules) => (RoleMappingType::Rules, Some(rules)),
        };
        let shape = MappingShape {
            ambiguous_role_resolution: Some(match mapping.ambiguous {
                AmbiguousRole::AuthenticatedRole => AmbiguousRoleResolutionType::AuthenticatedRole,
                AmbiguousRole::Deny => AmbiguousRoleResolutionType::Deny,
            }),
            rules_configuration: rules.map(|rules| RulesConfigurationType {
                rules: rules.iter().map(described_rule).collect(),
            }),
            r#type,
        };
        (provider.clone(), shape)
    };
    settings.mappings.iter().map(described).collect()
}

fn described_rule(rule: &MappingRule) -> RuleShape {
    RuleShape {
        claim: rule.claim.clone(),
        match_type: match rule.comparison {
            Comparison::Equals => MappingRuleMatchType::Equals,
            Comparison::Contains => MappingRuleMatchType::Contains,
            Comparison::StartsWith => MappingRuleMatchType::StartsWith,
            Comparison::NotEqual => MappingRuleMatchType::NotEqual,
        },
        role_arn: rule.role.to_string(),
        value: rule.value.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9:client";

    fn arn(name: &str) -> String {
        format!("arn:aws:iam::123456789012:role/{name}")
    }

    fn rules(count: usize) -> RulesConfigurationType {
        let rule = |number: usize| RuleShape {
            claim: "cognito:groups".to_owned(),
            match_type: MappingRuleMatchType::ALL[number % 4],
            role_arn: arn(&format!("role{}", number % 5)),
            value: number.to_string(),
        };
        RulesConfigurationType { rules: (0..count).map(rule).collect() }
    }

    fn input(mapping: MappingShape) -> SetIdentityPoolRolesInput {
        SetIdentityPoolRolesInput {
            identity_pool_id: "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e".to_owned(),
            role_mappings: Some(BTreeMap::from([(PROVIDER.to_owned(), mapping)])),
            roles: BTreeMap::from([
                ("authenticated".to_owned(), arn("default")),
                ("unauthenticated".to_owned(), arn("path/guest")),
            ]),
        }
    }

    fn by_rules(count: usize) -> MappingShape {
        MappingShape {
            ambiguous_role_resolution: Some(AmbiguousRoleResolutionType::Deny),
            rules_configuration: Some(rules(count)),
            r#type: RoleMappingType::Rules,
        }
    }

    fn take(input: &SetIdentityPoolRolesInput) -> Result<IdentityPoolRoles, PoolError> {
        settings(input, "123456789012".parse().unwrap())
    }

    #[test]
    fn what_is_set_is_what_is_got() {
        let given = input(by_rules(25));
        let settings = take(&given).unwrap();
        assert_eq!(described_roles(&settings), given.roles);
        let described = format!("{:?}", described_mappings(&settings));
        assert_eq!(described, format!("{:?}", given.role_mappings.unwrap()));
    }

    #[test]
    fn every_role_is_named_once() {
        let settings = take(&input(by_rules(25))).unwrap();
        let names: Vec<_> =
            all_roles(&settings).iter().map(|role| role.resource().to_owned()).collect();
        assert_eq!(
            names,
            [
                "role/default",
                "role/path/guest",
                "role/role0",
                "role/role1",
                "role/role2",
                "role/role3",
                "role/role4"
            ]
        );
    }

    #[test]
    fn a_role_is_an_iam_role_of_the_callers_account() {
        let with = |arn: &str| {
            let mut input = input(by_rules(1));
            input.roles.insert("authenticated".to_owned(), arn.to_owned());
            take(&input)
        };
        assert!(with("arn:aws:iam::123456789012:role/a").is_ok());
        assert!(matches!(
            with("arn:aws:iam::210987654321:role/a"),
            Err(PoolError::CrossAccountRole(_))
        ));
        for wrong in [
            "role/a",
            "arn:aws:iam::123456789012:user/a",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam:us-east-1:123456789012:role/a",
            "arn:aws:sts::123456789012:assumed-role/a/b",
            "arn:aws-cn:iam::123456789012:role/a",
        ] {
            assert!(matches!(with(wrong), Err(PoolError::Parameter(_))), "{wrong}");
        }
        let mut in_rule = input(by_rules(1));
        for mapping in in_rule.role_mappings.as_mut().unwrap().values_mut() {
            mapping.rules_configuration.as_mut().unwrap().rules[0].role_arn =
                "arn:aws:iam::210987654321:role/a".to_owned();
        }
        assert!(matches!(take(&in_rule), Err(PoolError::CrossAccountRole(_))));
    }

    #[test]
    fn a_mapping_is_whole_or_refused() {
        let refused =
            |mapping: MappingShape| matches!(take(&input(mapping)), Err(PoolError::Parameter(_)));
        let token = || MappingShape {
            rules_configuration: None,
            r#type: RoleMappingType::Token,
            ..by_rules(1)
        };
        assert!(!refused(token()));
        assert!(!refused(by_rules(1)));
        assert!(refused(by_rules(26)));
        assert!(refused(by_rules(0)));
        assert!(refused(MappingShape { rules_configuration: None, ..by_rules(1) }));
        assert!(refused(MappingShape { rules_configuration: Some(rules(1)), ..token() }));
        assert!(refused(MappingShape { ambiguous_role_resolution: None, ..token() }));
        assert!(refused(MappingShape { ambiguous_role_resolution: None, ..by_rules(1) }));
    }

    #[test]
    fn keys_name_a_role_kind_and_a_provider_with_its_client() {
        let mut odd = input(by_rules(1));
        odd.roles.insert("admin".to_owned(), arn("a"));
        assert!(matches!(take(&odd), Err(PoolError::Parameter(_))));
        for provider in [
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9",
            "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9:",
            "cognito-idp.eu-west-1.amazonaws.com/us-east-1_aB3dE6gH9:client",
            "accounts.google.com:client",
            "",
        ] {
            let mut odd = input(by_rules(1));
            odd.role_mappings = Some(BTreeMap::from([(provider.to_owned(), by_rules(1))]));
            assert!(matches!(take(&odd), Err(PoolError::Parameter(_))), "{provider}");
        }
    }
}
