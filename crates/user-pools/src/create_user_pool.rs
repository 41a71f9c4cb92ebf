use std::sync::Arc;

use directory::{Change, Owner, TokenKey, TokenKeyKey, TokenPurpose, UserPool, UserPoolKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use tokens::SigningKey;
use types::UserPoolId;
use wire::cognito_idp::{
    AuthFactorType, CreateUserPoolRequest, CreateUserPoolResponse, DeletionProtectionType,
    UserPoolMfaType, UserPoolPolicyType, UserPoolTierType,
};

use crate::{UserPools, error::UserPoolsError, names::check_title, password_policy, pools};

/// [`CreateUserPool`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html)
pub(crate) struct CreateUserPool(pub(crate) Arc<UserPools>);

impl Operation for CreateUserPool {
    type Wire = wire::cognito_idp::CreateUserPool;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &CreateUserPoolRequest) -> Result<Vec<Need>, UserPoolsError> {
        Ok(vec![Need::new("cognito-idp:CreateUserPool", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateUserPoolResponse, UserPoolsError> {
        let owner = request.owner().ok_or(UserPoolsError::NoAccount)?;
        let (key, pool) = self.0.create_user_pool(owner, request.input).await?;
        Ok(CreateUserPoolResponse { user_pool: Some(pools::described(&key, &pool)) })
    }
}

impl UserPools {
    pub(crate) async fn create_user_pool(
        &self,
        owner: Owner,
        input: CreateUserPoolRequest,
    ) -> Result<(UserPoolKey, UserPool), UserPoolsError> {
        let id = UserPoolId::random(owner.region(), &*self.entropy);
        let key = UserPoolKey { owner, id };
        let pool = self.pool_from(&key, input)?;
        let (id_key, access_key) = tokio::join!(
            self.workers.run(SigningKey::generate),
            self.workers.run(SigningKey::generate),
        );
        let mut change = Change::new();
        change.create(&key, &pool);
        for (purpose, signing) in
            [(TokenPurpose::IdToken, id_key??), (TokenPurpose::AccessToken, access_key??)]
        {
            let place = TokenKeyKey { owner: key.owner.clone(), pool: key.id.to_string(), purpose };
            let record =
                TokenKey::seal(&place, &signing, pool.created, &self.ring, &*self.entropy)?;
            change.create(&place, &record);
        }
        self.directory.commit(change).await?;
        Ok((key, pool))
    }

    fn pool_from(
        &self,
        key: &UserPoolKey,
        input: CreateUserPoolRequest,
    ) -> Result<UserPool, UserPoolsError> {
        // Every member by name, so that one that the model adds is not overlooked.
        let CreateUserPoolRequest {
            account_recovery_setting,
            acr_configuration,
            admin_create_user_config,
            alias_attributes,
            auto_verified_attributes,
            dcr_configuration,
            deletion_protection,
            device_configuration,
            email_configuration,
            email_verification_message,
            email_verification_subject,
            issuer_configuration,
            key_configuration,
            lambda_config,
            mfa_configuration,
            policies,
            pool_name,
            schema,
            sms_authentication_message,
            sms_configuration,
            sms_verification_message,
            user_attribute_update_settings,
            user_pool_add_ons,
            user_pool_tags,
            user_pool_tier,
            username_attributes,
            username_configuration,
            verification_message_template,
        } = input;
        check_title("poolName", &pool_name)?;
        let admin = admin_create_user_config.unwrap_or_default();
        for (name, given) in [
            ("AccountRecoverySetting", account_recovery_setting.is_some()),
            ("AcrConfiguration", acr_configuration.is_some()),
            (
                "AdminCreateUserConfig.InviteMessageTemplate",
                admin.invite_message_template.is_some(),
            ),
            (
                "AdminCreateUserConfig.UnusedAccountValidityDays",
                admin.unused_account_validity_days.is_some_and(|days| days != 7),
            ),
            ("AliasAttributes", alias_attributes.is_some_and(|list| !list.is_empty())),
            (
                "AutoVerifiedAttributes",
                auto_verified_attributes.is_some_and(|list| !list.is_empty()),
            ),
            ("DcrConfiguration", dcr_configuration.is_some()),
            ("DeviceConfiguration", device_configuration.is_some()),
            ("EmailConfiguration", email_configuration.is_some()),
            ("EmailVerificationMessage", email_verification_message.is_some()),
            ("EmailVerificationSubject", email_verification_subject.is_some()),
            ("IssuerConfiguration", issuer_configuration.is_some()),
            ("KeyConfiguration", key_configuration.is_some()),
            ("LambdaConfig", lambda_config.is_some()),
            (
                "MfaConfiguration",
                mfa_configuration
                    .is_some_and(|configuration| configuration != UserPoolMfaType::Off),
            ),
            ("Schema", schema.is_some()),
            ("SmsAuthenticationMessage", sms_authentication_message.is_some()),
            ("SmsConfiguration", sms_configuration.is_some()),
            ("SmsVerificationMessage", sms_verification_message.is_some()),
            ("UserAttributeUpdateSettings", user_attribute_update_settings.is_some()),
            ("UserPoolAddOns", user_pool_add_ons.is_some()),
            ("UserPoolTags", user_pool_tags.is_some_and(|tags| !tags.is_empty())),
            (
                "UserPoolTier",
                user_pool_tier.is_some_and(|tier| tier != UserPoolTierType::Essentials),
            ),
            ("UsernameAttributes", username_attributes.is_some_and(|list| !list.is_empty())),
            ("VerificationMessageTemplate", verification_message_template.is_some()),
        ] {
            if given {
                return Err(UserPoolsError::NotServed(name));
            }
        }
        let UserPoolPolicyType { password_policy, sign_in_policy } = policies.unwrap_or_default();
        let factors = sign_in_policy.and_then(|policy| policy.allowed_first_auth_factors);
        if factors.is_some_and(|factors| factors != [AuthFactorType::Password]) {
            return Err(UserPoolsError::NotServed("Policies.SignInPolicy"));
        }
        let now = self.clock.now();
        Ok(UserPool {
            id: key.id.clone(),
            name: pool_name,
            password_policy: password_policy::policy(password_policy.as_ref())?,
            case_sensitive: username_configuration.is_none_or(|given| given.case_sensitive),
            admin_create_user_only: admin.allow_admin_create_user_only.unwrap_or(false),
            deletion_protection: deletion_protection == Some(DeletionProtectionType::Active),
            created: now,
            last_modified: now,
        })
    }
}
