//! The role of a group.

use gate::{Caller, Need, On};
use types::Arn;

use crate::error::UserPoolsError;

/// What giving a group a role needs: to pass that role to Cognito.
pub(crate) fn passing(caller: &Caller, text: Option<&str>) -> Result<Option<Need>, UserPoolsError> {
    let pass = |role| {
        let pass = Need::new("iam:PassRole", On::Own(role));
        pass.with("iam:passedtoservice", "cognito-idp.amazonaws.com")
    };
    Ok(role(caller, text)?.map(pass))
}

/// The role that the group's members get: one of the caller's account.
pub(crate) fn role(caller: &Caller, text: Option<&str>) -> Result<Option<Arn>, UserPoolsError> {
    let Some(text) = text else { return Ok(None) };
    let invalid = |message: &str| UserPoolsError::InvalidParameter(message.to_owned());
    let role: Arn = text.parse().map_err(|_| invalid("RoleArn is not an ARN"))?;
    // No wildcard: what was allowed to be passed is one role (model: `ArnType`).
    let legal = |c: char| c.is_ascii_alphanumeric() || "_+=/,.@-".contains(c);
    let name = role.resource().strip_prefix("role/").unwrap_or_default();
    let is_name = !name.is_empty() && name.chars().all(legal);
    if role.service() != "iam" || !role.region().is_empty() || !is_name {
        return Err(invalid("RoleArn is not the ARN of a role"));
    }
    if role.account_id() != caller.principal.account() {
        return Err(invalid("Cross-account pass role is not allowed."));
    }
    Ok(Some(role))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::caller;

    #[test]
    fn a_group_gets_one_role_of_its_own_account_or_none() {
        assert_eq!(role(&caller(), None).unwrap(), None);
        for legal in
            ["arn:aws:iam::123456789012:role/admin", "arn:aws:iam::123456789012:role/a/b+c"]
        {
            assert_eq!(role(&caller(), Some(legal)).unwrap().unwrap().as_str(), legal);
        }
        for illegal in [
            "admin",
            "arn:aws:iam::210987654321:role/admin",
            "arn:aws:iam:::role/admin",
            "arn:aws:iam::123456789012:user/admin",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::123456789012:role/*",
            "arn:aws:iam::123456789012:role/admin?",
            "arn:aws:iam:us-east-1:123456789012:role/admin",
            "arn:aws:sts::123456789012:role/admin",
        ] {
            let refused = role(&caller(), Some(illegal)).unwrap_err();
            assert!(matches!(refused, UserPoolsError::InvalidParameter(_)), "{illegal}: {refused}");
        }
    }
}
