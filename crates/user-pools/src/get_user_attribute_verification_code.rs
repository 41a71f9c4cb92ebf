use std::sync::Arc;

use directory::{CodePurpose, Contact, User};
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cognito_idp::{
    GetUserAttributeVerificationCodeRequest, GetUserAttributeVerificationCodeResponse,
};

use crate::{UserPools, codes::Destination, delivery::address, error::UserPoolsError};

/// [`GetUserAttributeVerificationCode`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_GetUserAttributeVerificationCode.html)
///
/// The code goes to the new address where there is one that waits to be verified.
pub(crate) struct GetUserAttributeVerificationCode(pub(crate) Arc<UserPools>);

impl Operation for GetUserAttributeVerificationCode {
    type Wire = wire::cognito_idp::GetUserAttributeVerificationCode;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Unsigned;

    fn needs(
        &self,
        _: &Caller,
        input: &GetUserAttributeVerificationCodeRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        contact(&input.attribute_name).map(|_| Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetUserAttributeVerificationCodeResponse, UserPoolsError> {
        let bearer = self.0.bearer(&request, &request.input.access_token).await?;
        let contact = contact(&request.input.attribute_name)?;
        let user = &bearer.user.record;
        let destination = to_be_verified(user, contact).ok_or(UserPoolsError::NothingToVerify)?;
        let place = (&bearer.pool_key, &bearer.pool);
        let sent = self.0.send_code(&request, place, user, purpose(contact), destination);
        Ok(GetUserAttributeVerificationCodeResponse { code_delivery_details: Some(sent.await?) })
    }
}

/// The address that a code of this kind verifies: the one that waits for it, or the one that counts.
pub(crate) fn to_be_verified(user: &User, contact: Contact) -> Option<Destination> {
    let waiting = user.unverified.get(&contact).cloned();
    let waiting = waiting.map(|address| Destination { contact, address });
    waiting.or_else(|| address(user, contact))
}

/// The attribute that can be verified.
pub(crate) fn contact(name: &str) -> Result<Contact, UserPoolsError> {
    Contact::ALL.into_iter().find(|contact| contact.attribute() == name).ok_or_else(|| {
        let message = "Only email and phone_number can be verified.";
        UserPoolsError::InvalidParameter(message.to_owned())
    })
}

/// What a code for it is for.
pub(crate) fn purpose(contact: Contact) -> CodePurpose {
    match contact {
        Contact::Email => CodePurpose::VerifyEmail,
        Contact::PhoneNumber => CodePurpose::VerifyPhoneNumber,
    }
}
