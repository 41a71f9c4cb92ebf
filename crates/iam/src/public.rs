//! Is a resource's policy public? As S3 defines it: a policy is public unless everything it allows
//! is tied to fixed values.
//!
//! Source: Amazon S3 User Guide, *Blocking public access*, *The meaning of "public"*.

use std::net::IpAddr;

use crate::{
    Condition, Effect, Policy, PrincipalName, Statement,
    operand::{Network, Operand},
    operator::{Base, SetQualifier},
};

impl Policy {
    /// Whether the policy allows something to people who are named neither as principals nor by a
    /// fixed value of a condition: S3's meaning of a public bucket policy.
    #[must_use]
    pub fn is_public(&self) -> bool {
        is_public(self)
    }
}

pub(crate) fn is_public(policy: &Policy) -> bool {
    policy.statements.iter().any(|statement| {
        statement.effect == Effect::Allow
            && names_everyone(statement)
            && !statement.conditions.iter().any(is_fixed)
    })
}

fn names_everyone(statement: &Statement) -> bool {
    statement.principal.as_ref().is_some_and(|element| {
        element.negated || element.entries.iter().any(|e| e.name == PrincipalName::Everyone)
    })
}

/// Keys whose fixed values say who may come in.
const FIXING_KEYS: [&str; 12] = [
    "aws:principalaccount",
    "aws:principalarn",
    "aws:principalorgid",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceowner",
    "aws:sourcevpc",
    "aws:sourcevpce",
    "aws:userid",
    "s3:dataaccesspointaccount",
    "s3:dataaccesspointarn",
    "s3:x-amz-server-side-encryption-aws-kms-key-id",
];

fn is_fixed(condition: &Condition) -> bool {
    let operator = condition.operator;
    // These hold for a missing key, or for all but the values.
    if operator.if_exists
        || operator.comparison.negated()
        || operator.set == Some(SetQualifier::ForAllValues)
    {
        return false;
    }
    let key = condition.key.to_ascii_lowercase();
    match operator.comparison.base() {
        Base::Ip if key == "aws:sourceip" => condition.values.iter().all(
            |value| matches!(&value.operand, Operand::Network(network) if is_narrow(*network)),
        ),
        Base::StringEquals | Base::StringEqualsIgnoreCase | Base::StringLike | Base::Arn => {
            FIXING_KEYS.contains(&key.as_str())
                && condition.values.iter().all(|value| is_fixed_value(&key, &value.operand))
        }
        _ => false,
    }
}

fn is_fixed_value(key: &str, operand: &Operand) -> bool {
    let Operand::Pattern(pattern) = operand else { return false };
    match key {
        // A session of a role has the role's id before the colon and any name behind it.
        "aws:userid" => pattern.is_literal() && !pattern.source().is_empty(),
        // The account must be fixed, the access point's name need not be.
        "s3:dataaccesspointarn" => {
            let account = pattern.source().split(':').nth(4).unwrap_or_default();
            pattern.variables().next().is_none()
                && account.len() == 12
                && account.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => pattern.is_literal(),
    }
}

/// Not broader than S3 allows for a range that is not public: /8 for IPv4 and /32 for IPv6.
fn is_narrow(network: Network) -> bool {
    match network.address {
        IpAddr::V4(_) => network.prefix >= 8,
        IpAddr::V6(_) => network.prefix >= 32,
    }
}
