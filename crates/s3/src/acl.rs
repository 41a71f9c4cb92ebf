//! Access control lists, which are off: the owner of a bucket owns what is in it, and policies alone say
//! who may do what.
//!
//! Source: S3 User Guide, *Controlling ownership of objects and disabling ACLs for your bucket*.

use gate::Need;
use types::AccountId;
use wire::s3::{AccessControlPolicy, Grant, Grantee, Owner, Permission, Type};

use crate::error::S3Error;

/// An account as S3 names owners. AWS has an id of its own for each; here it is the account's, and so is
/// the name, which AWS has given up but clients still read.
pub(crate) fn owner(account: &AccountId) -> Owner {
    let name = Some(account.to_string());
    Owner { display_name: name.clone(), id: name }
}

/// What the one grant says that there is.
pub(crate) fn full_control(account: &AccountId) -> Grant {
    let grantee = Grantee {
        display_name: Some(account.to_string()),
        email_address: None,
        id: Some(account.to_string()),
        r#type: Type::CanonicalUser,
        uri: None,
    };
    Grant { grantee: Some(grantee), permission: Some(Permission::FullControl) }
}

/// The need with the condition keys that a request brings in its headers.
pub(crate) fn with_keys<'a>(
    need: Need,
    given: impl IntoIterator<Item = (&'static str, Option<&'a str>)>,
) -> Need {
    let given = given.into_iter().filter_map(|(key, value)| Some((key, value?)));
    given.fold(need, |need, (key, value)| need.with(key, value.to_owned()))
}

/// Refuses every list but the one that there is anyway.
pub(crate) fn check(
    list: Option<&AccessControlPolicy>,
    bucket_owner: &AccountId,
) -> Result<(), S3Error> {
    let Some(list) = list else { return Err(S3Error::MalformedXml) };
    let is_owner = |id: Option<&String>| id.is_some_and(|id| id == bucket_owner.as_str());
    let others = list.owner.as_ref().is_some_and(|owner| !is_owner(owner.id.as_ref()));
    match list.grants.as_deref() {
        Some([Grant { grantee: Some(grantee), permission: Some(Permission::FullControl) }])
            if !others
                && grantee.r#type == Type::CanonicalUser
                && is_owner(grantee.id.as_ref()) =>
        {
            Ok(())
        }
        _ => Err(S3Error::AccessControlList),
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn only_the_list_that_there_is_anyway_is_taken() {
        let account: AccountId = "123456789012".parse().unwrap();
        let other = "210987654321".parse().unwrap();
        let list = |grants: Vec<Grant>, of: &AccountId| AccessControlPolicy {
            grants: Some(grants),
            owner: Some(owner(of)),
        };
        let code = |list: &AccessControlPolicy| {
            check(Some(list), &account).map_err(|error| Fault::from(error).code())
        };
        let refused = Err("AccessControlListNotSupported");
        assert_eq!(code(&list(vec![full_control(&account)], &account)), Ok(()));
        assert_eq!(code(&list(vec![full_control(&other)], &account)), refused);
        assert_eq!(code(&list(vec![full_control(&account)], &other)), refused);
        assert_eq!(code(&list(vec![], &account)), refused);
        let two = vec![full_control(&account), full_control(&other)];
        assert_eq!(code(&list(two, &account)), refused);
        let read = Grant { permission: Some(Permission::Read), ..full_control(&account) };
        assert_eq!(code(&list(vec![read], &account)), refused);
        let none: Fault = check(None, &account).unwrap_err().into();
        assert_eq!(none.code(), "MalformedXML");
    }
}
