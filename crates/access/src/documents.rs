//! Policy documents, checked when they are written.

use gate::Authorized;
use iam::{
    Effect, Element, Policy, PolicyKind, PrincipalEntry, PrincipalName, Statement, Version, limits,
};

use crate::error::AccessError;

/// The federation of identity pools, as trust policies name it.
const IDENTITY_POOLS: &str = "cognito-identity.amazonaws.com";

/// A role's trust policy.
///
/// # Errors
/// It is no trust policy, is too long, or lets every identity pool in.
fn check_trust_policy(document: &str) -> Result<Policy, AccessError> {
    let policy = Policy::parse(document, PolicyKind::Trust)?;
    if limits::characters(document) > limits::TRUST_POLICY {
        let (quota, limit) = ("ACLSizePerRole", limits::TRUST_POLICY);
        return Err(AccessError::Quota { quota, limit });
    }
    // All identity pools sign in under one name, so without a condition the trust is in everyone's.
    // Source: IAM User Guide, *Identity-provider controls for shared OIDC providers*.
    let open = policy.statements().iter().find(|statement| {
        statement.effect() == Effect::Allow
            && statement.conditions().is_empty()
            && statement.principal().is_some_and(names_identity_pools)
    });
    match open {
        None => Ok(policy),
        Some(statement) => {
            let span = statement.span();
            Err(AccessError::OpenToEveryPool { line: span.line, column: span.column })
        }
    }
}

/// The trust policy that a request writes: the roles and users of the account that it names must be there.
///
/// Source: IAM User Guide, *AWS JSON policy elements: Principal*.
///
/// # Errors
/// It is none, or names somebody who is not there.
pub(crate) async fn check_trust<O: wire::Operation>(
    request: &Authorized<O>,
    document: &str,
) -> Result<(), AccessError> {
    let policy = check_trust_policy(document)?;
    let principals = policy.statements().iter().filter_map(Statement::principal);
    for entry in principals.flat_map(Element::entries) {
        if let PrincipalName::Arn(arn) = entry.name()
            && !request.is_there(arn).await?
        {
            return Err(AccessError::NoSuchPrincipal(arn.to_string()));
        }
    }
    Ok(())
}

/// Whether an identity of an identity pool is among those named. `*` names the federated too.
fn names_identity_pools(element: &Element<PrincipalEntry>) -> bool {
    let names = |entry: &PrincipalEntry| match entry.name() {
        PrincipalName::Everyone => true,
        PrincipalName::Federated(name) => name == IDENTITY_POOLS,
        _ => false,
    };
    element.entries().iter().any(names) != element.negated()
}

/// The inline policy of a role, user or group.
///
/// # Errors
/// It is no identity-based policy.
pub(crate) fn check_identity_policy(document: &str) -> Result<(), AccessError> {
    Policy::parse(document, PolicyKind::Identity)?;
    Ok(())
}

/// A managed policy, which unlike an inline one must have the current version: AWS refuses others.
///
/// # Errors
/// It is no identity-based policy, is of the earlier version, or is too long.
pub(crate) fn check_managed_policy(document: &str) -> Result<(), AccessError> {
    if Policy::parse(document, PolicyKind::Identity)?.version() == Version::V2008 {
        return Err(AccessError::OldVersion);
    }
    if limits::characters(document) > limits::MANAGED_POLICY {
        let (quota, limit) = ("PolicySize", limits::MANAGED_POLICY);
        return Err(AccessError::Quota { quota, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trust(principal: &str, action: &str, condition: &str) -> String {
        format!(
            r#"{{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{principal},"Action":"{action}"{condition}}}]}}"#
        )
    }

    const AUD: &str = r#","Condition":{"StringEquals":{"cognito-identity.amazonaws.com:aud":"us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e"}}"#;
    const POOLS: &str = r#"{"Federated":"cognito-identity.amazonaws.com"}"#;

    #[test]
    fn trust_in_identity_pools_needs_a_condition() {
        let web = "sts:AssumeRoleWithWebIdentity";
        assert!(check_trust_policy(&trust(POOLS, web, AUD)).is_ok());
        for principal in [
            POOLS,
            r#""*""#,
            r#"{"Federated":["accounts.google.com","cognito-identity.amazonaws.com"]}"#,
            r#"{"AWS":"123456789012","Federated":"cognito-identity.amazonaws.com"}"#,
        ] {
            let refused = check_trust_policy(&trust(principal, web, ""));
            assert!(matches!(refused, Err(AccessError::OpenToEveryPool { .. })), "{principal}");
        }
    }

    #[test]
    fn the_refusal_says_which_statement() {
        let text = "{\"Version\":\"2012-10-17\",\"Statement\":[\n  {\"Effect\":\"Allow\",\"Principal\":\
                    {\"Federated\":\"cognito-identity.amazonaws.com\"},\"Action\":\
                    \"sts:AssumeRoleWithWebIdentity\"}]}";
        let refused = check_trust_policy(text);
        assert!(
            matches!(refused, Err(AccessError::OpenToEveryPool { line: 2, column: 3 })),
            "{refused:?}"
        );
    }

    #[test]
    fn trust_in_others_needs_none() {
        for principal in [
            r#"{"Service":"lambda.amazonaws.com"}"#,
            r#"{"AWS":"arn:aws:iam::123456789012:root"}"#,
            r#"{"Federated":"accounts.google.com"}"#,
        ] {
            assert!(check_trust_policy(&trust(principal, "sts:AssumeRole", "")).is_ok());
        }
        let deny = trust(POOLS, "sts:AssumeRoleWithWebIdentity", "").replace("Allow", "Deny");
        assert!(check_trust_policy(&deny).is_ok());
    }

    #[test]
    fn what_is_no_policy_is_malformed_and_says_where() {
        let refused = check_identity_policy("{\"Version\":\"2012-10-17\",\n\"Statement\":[{]}");
        let Err(AccessError::Malformed(error)) = refused else { panic!("{refused:?}") };
        assert_eq!((error.line, error.column), (2, 15));
        assert!(error.to_string().contains("(line 2, column 15)"), "{error}");
    }

    #[test]
    fn each_kind_of_policy_has_its_elements() {
        let identity = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
        assert!(check_identity_policy(identity).is_ok());
        assert!(matches!(check_trust_policy(identity), Err(AccessError::Malformed(_))));
        let trust = trust(POOLS, "sts:AssumeRoleWithWebIdentity", AUD);
        assert!(matches!(check_identity_policy(&trust), Err(AccessError::Malformed(_))));
    }

    #[test]
    fn a_managed_policy_has_the_current_version() {
        let rest = r#""Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;
        assert!(check_managed_policy(&format!("{{\"Version\":\"2012-10-17\",{rest}")).is_ok());
        for old in [format!("{{{rest}"), format!("{{\"Version\":\"2008-10-17\",{rest}")] {
            assert!(matches!(check_managed_policy(&old), Err(AccessError::OldVersion)), "{old}");
            assert!(check_identity_policy(&old).is_ok(), "{old}");
        }
    }

    #[test]
    fn a_trust_policy_has_a_limit_and_white_space_does_not_count() {
        let accounts = |count: usize| {
            let names: Vec<_> = (0..count).map(|_| r#""123456789012""#).collect();
            trust(&format!("{{\"AWS\":[{}]}}", names.join(", ")), "sts:AssumeRole", "")
        };
        assert!(check_trust_policy(&accounts(100)).is_ok());
        assert!(check_trust_policy(&format!("{}{}", accounts(100), " ".repeat(4000))).is_ok());
        let refused = check_trust_policy(&accounts(140));
        assert!(matches!(refused, Err(AccessError::Quota { limit: 2048, .. })));
    }
}
