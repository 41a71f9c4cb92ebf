use std::fmt;

use serde::{Deserialize, Serialize};

use crate::PolicyKind;

/// What the policies say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "decision", rename_all = "camelCase")]
pub enum Decision {
    /// Allowed, and by which statements.
    Allow(Matched),
    /// A statement denies it, whatever else allows it.
    ExplicitDeny {
        /// The kind of policy that the statement stands in.
        kind: PolicyKind,
        /// The statement; of several that deny, the first.
        statement: StatementNumber,
    },
    /// Nothing denies it, but where an Allow is needed there is none.
    ImplicitDeny {
        /// The kind of policy that would have to allow it; of several, the first in AWS's order.
        kind: PolicyKind,
    },
}

impl Decision {
    /// Whether the request may go on.
    #[must_use]
    pub fn is_allow(&self) -> bool {
        matches!(self, Self::Allow(_))
    }

    /// The end of AWS's access-denied message, such as `because no identity-based policy allows
    /// the s3:GetObject action`; for an allow, the statements that gave it.
    ///
    /// Source: IAM User Guide, *Troubleshoot access denied error messages*.
    #[must_use]
    pub fn reason(&self, action: &str) -> String {
        match self {
            Self::Allow(matched) => matched.to_string(),
            Self::ExplicitDeny { kind, .. } => {
                let article = if *kind == PolicyKind::Identity { "an" } else { "a" };
                format!("with an explicit deny in {article} {}", kind.name())
            }
            Self::ImplicitDeny { kind } => {
                format!("because no {} allows the {action} action", kind.name())
            }
        }
    }
}

/// A statement among the policies of one kind, both counted from 0 in the order in which they were
/// given; the policies of several levels are counted through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatementNumber {
    /// Which policy.
    pub policy: u16,
    /// Which of its statements.
    pub statement: u16,
}

/// The statements that an allow rests on, in a fixed size: of each kind the first that was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Matched {
    /// In the identity-based policies.
    pub identity: Option<StatementNumber>,
    /// In the permissions boundary.
    pub permissions_boundary: Option<StatementNumber>,
    /// In the session policies.
    pub session: Option<StatementNumber>,
    /// In the resource-based policy or the role's trust policy.
    pub resource: Option<StatementNumber>,
}

impl fmt::Display for Matched {
    /// `identity 0.2, resource 0.0`: kind, policy and statement.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut separator = "";
        for (name, number) in [
            ("identity", self.identity),
            ("boundary", self.permissions_boundary),
            ("session", self.session),
            ("resource", self.resource),
        ] {
            if let Some(StatementNumber { policy, statement }) = number {
                write!(f, "{separator}{name} {policy}.{statement}")?;
                separator = ", ";
            }
        }
        Ok(())
    }
}
