use std::sync::Arc;

use directory::Role;
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use iam::limits;
use wire::iam::PutRolePolicyRequest;

use crate::{
    Access,
    documents::check_identity_policy,
    error::AccessError,
    names::{check_policy_name, check_role_name},
    roles::{asked, change},
};

/// [`PutRolePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html)
pub(crate) struct PutRolePolicy(pub(crate) Arc<Access>);

impl Operation for PutRolePolicy {
    type Wire = wire::iam::PutRolePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &PutRolePolicyRequest) -> Result<Vec<Need>, AccessError> {
        check_role_name(&input.role_name)?;
        check_policy_name(&input.policy_name)?;
        Ok(vec![Need::new("iam:PutRolePolicy", On::Role(input.role_name.clone()))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = asked(&request, &request.input.role_name)?;
        let input = request.input;
        check_identity_policy(&input.policy_document)?;
        change(&self.0.directory, &asked, |role| {
            put(role, &input.policy_name, &input.policy_document)
        })
        .await
    }
}

fn put(role: &mut Role, name: &str, document: &str) -> Result<(), AccessError> {
    role.inline_policies.insert(name.to_owned(), document.to_owned());
    let length: usize = role.inline_policies.values().map(|text| limits::characters(text)).sum();
    if length > limits::ROLE_INLINE_POLICIES {
        let (limit, role) = (limits::ROLE_INLINE_POLICIES, role.name.clone());
        return Err(AccessError::PoliciesTooLong { limit, role });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::roles::tests::role;

    #[test]
    fn all_inline_policies_together_have_a_limit_and_white_space_does_not_count() {
        let mut role = role("/", "r");
        put(&mut role, "a", &"x".repeat(10_000)).unwrap();
        put(&mut role, "b", &format!("{}{}", "y".repeat(240), " \n\t".repeat(5000))).unwrap();
        let refused = put(&mut role.clone(), "c", "z");
        assert!(matches!(refused, Err(AccessError::PoliciesTooLong { .. })));
        put(&mut role, "a", "shorter than before").unwrap();
        put(&mut role, "c", "z").unwrap();
        assert_eq!(role.inline_policies.len(), 3);
    }
}
