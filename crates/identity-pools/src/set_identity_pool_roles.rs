use std::sync::Arc;

use directory::IdentityPool;
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cognito_identity::SetIdentityPoolRolesInput;

use crate::{
    IdentityPools, SERVICE_PRINCIPAL,
    error::PoolError,
    pool_shape::{need, own_key},
    role_shape::{all_roles, settings},
};

/// [`SetIdentityPoolRoles`](https://docs.aws.amazon.com/cognitoidentity/latest/APIReference/API_SetIdentityPoolRoles.html)
///
/// Sets all roles and mappings anew. Whoever does so must be allowed to pass each role.
pub(crate) struct SetIdentityPoolRoles(pub(crate) Arc<IdentityPools>);

impl Operation for SetIdentityPoolRoles {
    type Wire = wire::cognito_identity::SetIdentityPoolRoles;
    type Error = PoolError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &SetIdentityPoolRolesInput,
    ) -> Result<Vec<Need>, PoolError> {
        let account = caller.principal.account().ok_or(PoolError::NoAccount)?;
        let mut needs =
            need(caller, "cognito-identity:SetIdentityPoolRoles", &input.identity_pool_id)?;
        for role in all_roles(&settings(input, account)?) {
            let pass = Need::new("iam:PassRole", On::Own(role.clone()));
            needs.push(pass.with("iam:passedtoservice", SERVICE_PRINCIPAL));
        }
        Ok(needs)
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), PoolError> {
        let key = own_key(&request, &request.input.identity_pool_id)?;
        let roles = settings(&request.input, *key.owner.account())?;
        let changed = self.0.directory.update::<IdentityPool, (), PoolError>(&key, |pool| {
            pool.roles.clone_from(&roles);
            Ok(())
        });
        changed.await?.ok_or_else(|| PoolError::NoSuchPool(key.id.to_string()))
    }
}
