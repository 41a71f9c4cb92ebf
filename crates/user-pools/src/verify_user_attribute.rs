use std::sync::Arc;

use directory::{Change, User};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{VerifyUserAttributeRequest, VerifyUserAttributeResponse};

use crate::{
    UserPools,
    access_token::Bearer,
    attributes,
    error::UserPoolsError,
    get_user_attribute_verification_code::{contact, purpose, to_be_verified},
};

/// [`VerifyUserAttribute`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_VerifyUserAttribute.html)
pub(crate) struct VerifyUserAttribute(pub(crate) Arc<UserPools>);

impl Operation for VerifyUserAttribute {
    type Wire = wire::cognito_idp::VerifyUserAttribute;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &VerifyUserAttributeRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        contact(&input.attribute_name).map(|_| Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<VerifyUserAttributeResponse, UserPoolsError> {
        let input = &request.input;
        let bearer = self.0.bearer(&request, &input.access_token).await?;
        self.0.verify_user_attribute(&bearer, &input.attribute_name, &input.code).await?;
        Ok(VerifyUserAttributeResponse {})
    }
}

impl UserPools {
    pub(crate) async fn verify_user_attribute(
        &self,
        bearer: &Bearer,
        attribute: &str,
        code: &str,
    ) -> Result<(), UserPoolsError> {
        let (contact, sub) = (contact(attribute)?, bearer.claims.sub);
        let code = &self.try_code(&bearer.pool_key, sub, purpose(contact), code).await?;
        let (key, pool) = (&bearer.key, &bearer.pool);
        self.directory
            .retry(|| async move {
                let found = self.directory.get::<User>(key).await?;
                let found = found.filter(|found| found.record.sub == sub);
                let found = found.ok_or(UserPoolsError::NoSuchUser)?;
                let mut user = found.record.clone();
                // The address may have changed since the code was sent.
                if to_be_verified(&user, contact).as_ref() != Some(&code.destination) {
                    return Err(UserPoolsError::CodeExpired);
                }
                attributes::verify(&mut user, contact);
                user.last_modified = self.clock.now();
                let mut change = Change::new();
                self.use_code(code, &mut change).await?;
                self.replace_user(pool, key, &found, user, false, &mut change).await?;
                Ok((change, ()))
            })
            .await
    }
}
