use std::sync::Arc;

use directory::IamUser;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UpdateUserRequest;

use crate::{Access, error::AccessError, renaming};

/// [`UpdateUser`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateUser.html)
///
/// Who renames a user must be allowed to under the old ARN and under the new one (IAM User Guide,
/// *Renaming an IAM user*).
pub(crate) struct UpdateUser(pub(crate) Arc<Access>);

impl Operation for UpdateUser {
    type Wire = wire::iam::UpdateUser;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &UpdateUserRequest) -> Result<Vec<Need>, AccessError> {
        let (name, path) = (input.new_user_name.as_deref(), input.new_path.as_deref());
        renaming::needs::<IamUser>("iam:UpdateUser", &input.user_name, name, path)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let input = &request.input;
        let (name, path) = (input.new_user_name.as_deref(), input.new_path.as_deref());
        let old = &input.user_name;
        renaming::rename::<IamUser, _>(
            &self.0.directory,
            &request,
            "iam:UpdateUser",
            old,
            name,
            path,
        )
        .await
    }
}
