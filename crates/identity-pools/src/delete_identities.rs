use std::sync::Arc;

use directory::{Change, Directory, Error as DirectoryError, Identity, IdentityKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cognito_identity::{
    DeleteIdentitiesInput, DeleteIdentitiesResponse, UnprocessedIdentityId,
};

use crate::{IdentityPools, error::PoolError, ids::identity_id, subject::find_identity};

/// [`DeleteIdentities`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_DeleteIdentities.html)
///
/// What is not an identity of the caller's is told as `AccessDenied`, whether there is one or not.
/// Credentials that were given out live on, as on AWS.
pub(crate) struct DeleteIdentities(pub(crate) Arc<IdentityPools>);

/// Why one identity of several was not deleted. Source: API reference, `UnprocessedIdentityId`.
#[derive(Debug, Clone, Copy)]
enum Unprocessed {
    AccessDenied,
    InternalServerError,
}

impl Operation for DeleteIdentities {
    type Wire = wire::cognito_identity::DeleteIdentities;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DeleteIdentitiesInput) -> Result<Vec<Need>, PoolError> {
        for id in &input.identity_ids_to_delete {
            identity_id(id)?;
        }
        // The Service Authorization Reference gives this action no resource.
        Ok(vec![Need::new("cognito-identity:DeleteIdentities", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DeleteIdentitiesResponse, PoolError> {
        let mut unprocessed = Vec::new();
        for id in &request.input.identity_ids_to_delete {
            let Err(reason) = delete(&self.0.directory, &request, id).await else { continue };
            let error_code = match reason {
                Unprocessed::AccessDenied => "AccessDenied",
                Unprocessed::InternalServerError => "InternalServerError",
            };
            unprocessed.push(UnprocessedIdentityId {
                error_code: Some(error_code.to_owned()),
                identity_id: Some(id.clone()),
            });
        }
        Ok(DeleteIdentitiesResponse { unprocessed_identity_ids: Some(unprocessed) })
    }
}

async fn delete<O: wire::Operation>(
    directory: &Directory,
    request: &Authorized<O>,
    id: &str,
) -> Result<(), Unprocessed> {
    let failed = |error: DirectoryError| {
        tracing::error!(%error, "an identity was not deleted");
        Unprocessed::InternalServerError
    };
    let owner = request.owner().ok_or(Unprocessed::AccessDenied)?;
    let id = identity_id(id).ok().flatten().ok_or(Unprocessed::AccessDenied)?;
    let found = find_identity(directory, request, &id).await.map_err(failed)?;
    let (pool, ..) =
        found.filter(|(pool, ..)| pool.owner == owner).ok_or(Unprocessed::AccessDenied)?;
    let key = &IdentityKey { owner, pool: pool.id, id };
    let deleted = directory.retry(|| async move {
        let mut change = Change::new();
        if let Some(found) = directory.get::<Identity>(key).await? {
            change.delete(key, &found);
        }
        Ok::<_, DirectoryError>((change, ()))
    });
    deleted.await.map_err(failed)
}
