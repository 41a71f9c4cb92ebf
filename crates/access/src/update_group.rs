use std::sync::Arc;

use directory::IamGroup;
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::UpdateGroupRequest;

use crate::{Access, error::AccessError, renaming};

/// [`UpdateGroup`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateGroup.html)
///
/// Who renames a group must be allowed to under the old ARN and under the new one (IAM User Guide,
/// *Renaming an IAM group*).
pub(crate) struct UpdateGroup(pub(crate) Arc<Access>);

impl Operation for UpdateGroup {
    type Wire = wire::iam::UpdateGroup;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(&self, _: &Caller, input: &UpdateGroupRequest) -> Result<Vec<Need>, AccessError> {
        let (name, path) = (input.new_group_name.as_deref(), input.new_path.as_deref());
        renaming::needs::<IamGroup>("iam:UpdateGroup", &input.group_name, name, path)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), AccessError> {
        let input = &request.input;
        let (name, path) = (input.new_group_name.as_deref(), input.new_path.as_deref());
        let old = &input.group_name;
        renaming::rename::<IamGroup, _>(
            &self.0.directory,
            &request,
            "iam:UpdateGroup",
            old,
            name,
            path,
        )
        .await
    }
}
