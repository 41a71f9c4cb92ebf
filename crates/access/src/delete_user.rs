use std::sync::Arc;

use directory::{Change, IamUser};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::DeleteUserRequest;

use crate::{
    Access,
    entities::{asked, need},
    error::AccessError,
};

/// [`DeleteUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUser.html)
///
/// Ends the user's sessions: they are worth what the user is worth.
pub(crate) struct DeleteUser(pub(crate) Arc<Access>);

impl Operation for DeleteUser {
    type Wire = wire::iam::DeleteUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &DeleteUserRequest) -> Result<Vec<Need>, AccessError> {
        Ok(vec![need::<IamUser>("iam:DeleteUser", &input.user_name)?])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let asked = &asked::<IamUser, _>(&request, &request.input.user_name)?;
        let directory = &self.0.directory;
        let make = || async move {
            let (key, found) = asked.find(directory).await?;
            check_free(&found.record)?;
            let mut change = Change::new();
            change.delete(&key, &found);
            Ok((change, ()))
        };
        directory.retry(make).await
    }
}

/// That nothing is left of what must go before the user does.
fn check_free(user: &IamUser) -> Result<(), AccessError> {
    let remains = [
        (!user.access_keys.is_empty(), "delete access keys"),
        (!user.inline_policies.is_empty(), "delete policies"),
        (!user.managed_policies.is_empty(), "detach all policies"),
        (!user.groups.is_empty(), "remove users from group"),
    ];
    match remains.into_iter().find(|(remains, _)| *remains) {
        Some((_, what)) => Err(AccessError::Remains(what)),
        None => Ok(()),
    }
}
