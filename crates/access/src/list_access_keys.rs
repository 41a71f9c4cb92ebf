use std::sync::Arc;

use directory::{IamUser, UserAccessKey};
use gate::{Access as List, Authorized, Caller, Need, Operation};
use wire::iam::{AccessKeyMetadata, ListAccessKeysRequest, ListAccessKeysResponse};

use crate::{
    Access,
    access_keys::status,
    entities::{asked, need, user_name},
    error::AccessError,
    paging::page,
};

/// [`ListAccessKeys`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html)
///
/// Without a name it is about the calling user. The marker is the id of the last key of the page before.
pub(crate) struct ListAccessKeys(pub(crate) Arc<Access>);

impl Operation for ListAccessKeys {
    type Wire = wire::iam::ListAccessKeys;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &ListAccessKeysRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let name = user_name(caller, input.user_name.as_deref())?;
        Ok(vec![need::<IamUser>("iam:ListAccessKeys", &name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListAccessKeysResponse, AccessError> {
        let name = user_name(request.caller(), request.input.user_name.as_deref())?;
        let asked = asked::<IamUser, _>(&request, &name)?;
        let (_, found) = asked.find(&self.0.directory).await?;
        let mut keys = found.record.access_keys;
        keys.sort_by(|one, other| one.id.cmp(&other.id));
        let (marker, max_items) = (request.input.marker.as_deref(), request.input.max_items);
        let page = page(keys, |key| key.id.to_string(), marker, max_items);
        let described = |key: &UserAccessKey| AccessKeyMetadata {
            access_key_id: Some(key.id.to_string()),
            create_date: Some(key.created),
            status: Some(status(key).to_owned()),
            user_name: Some(found.record.name.clone()),
        };
        Ok(ListAccessKeysResponse {
            access_key_metadata: page.items.iter().map(described).collect(),
            is_truncated: Some(page.is_truncated()),
            marker: page.marker,
        })
    }
}
