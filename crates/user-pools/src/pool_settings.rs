//! The settings of a pool that can change, as `CreateUserPool` and `UpdateUserPool` share them.
//!
//! What is not said is AWS's default, in both: an update resets it.
//!
//! Source: Amazon Cognito Developer Guide, *Updating user pool and app client configuration*; User
//! Pools API Reference, `UpdateUserPool`.

use std::collections::BTreeMap;

use directory::{Contact, EmailSender, Messages, RecoveryMechanism, UserPool, UserPoolTier};
use wire::cognito_idp::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AdvancedSecurityModeType,
    AuthFactorType, CreateUserPoolRequest, DefaultEmailOptionType, DeletionProtectionType,
    EmailConfigurationType, EmailSendingAccountType, LambdaConfigType, RecoveryOptionNameType,
    UpdateUserPoolRequest, UserAttributeUpdateSettingsType, UserPoolAddOnsType, UserPoolMfaType,
    UserPoolPolicyType, UserPoolTierType, VerificationMessageTemplateType, VerifiedAttributeType,
};

use crate::{error::UserPoolsError, password_policy, tags};

/// Settings as they are given, without those that are not served.
#[derive(Clone)]
pub(crate) struct PoolSettings {
    account_recovery: Option<AccountRecoverySettingType>,
    admin_create_user: AdminCreateUserConfigType,
    auto_verified: Vec<Contact>,
    deletion_protection: bool,
    email: EmailSender,
    messages: Messages,
    policies: UserPoolPolicyType,
    tags: BTreeMap<String, String>,
    tier: UserPoolTier,
    verified_before_update: Vec<Contact>,
}

/// The members that both requests have, under their names.
macro_rules! given {
    ($($request:ident { $($own:ident),* })*) => {$(
        impl TryFrom<$request> for PoolSettings {
            type Error = UserPoolsError;

            fn try_from(request: $request) -> Result<Self, UserPoolsError> {
                // Every member by name, so that one that the model adds is not overlooked.
                let $request {
                    $($own: _,)*
                    account_recovery_setting,
                    acr_configuration,
                    admin_create_user_config,
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
                    pool_name: _,
                    sms_authentication_message,
                    sms_configuration,
                    sms_verification_message,
                    user_attribute_update_settings,
                    user_pool_add_ons,
                    user_pool_tags,
                    user_pool_tier,
                    verification_message_template,
                } = request;
                let mfa = mfa_configuration.is_some_and(|mfa| mfa != UserPoolMfaType::Off);
                refuse([
                    ("AcrConfiguration", acr_configuration.is_some()),
                    ("DcrConfiguration", dcr_configuration.is_some()),
                    ("DeviceConfiguration", device_configuration.is_some()),
                    ("IssuerConfiguration", issuer_configuration.is_some()),
                    ("KeyConfiguration", key_configuration.is_some()),
                    ("LambdaConfig", lambda_config.as_ref().is_some_and(has_trigger)),
                    ("MfaConfiguration", mfa),
                    ("SmsAuthenticationMessage", sms_authentication_message.is_some()),
                    ("SmsConfiguration", sms_configuration.is_some()),
                    ("UserPoolAddOns", user_pool_add_ons.as_ref().is_some_and(is_threat_protection)),
                ])?;
                let admin_create_user = admin_create_user_config.unwrap_or_default();
                let mut messages = messages(verification_message_template, &admin_create_user)?;
                // Older names of the same.
                messages.verification_email =
                    messages.verification_email.or(email_verification_message);
                messages.verification_email_subject =
                    messages.verification_email_subject.or(email_verification_subject);
                messages.verification_sms = messages.verification_sms.or(sms_verification_message);
                check_messages(&messages)?;
                let settings = Self {
                    account_recovery: account_recovery_setting,
                    admin_create_user,
                    auto_verified: contacts(auto_verified_attributes),
                    deletion_protection:
                        deletion_protection == Some(DeletionProtectionType::Active),
                    email: email(email_configuration.unwrap_or_default())?,
                    messages,
                    policies: policies.unwrap_or_default(),
                    tags: tags::checked(user_pool_tags.unwrap_or_default())?,
                    tier: tier(user_pool_tier)?,
                    verified_before_update: verified_before_update(user_attribute_update_settings),
                };
                settings.check_together()?;
                Ok(settings)
            }
        }
    )*};
}

given! {
    CreateUserPoolRequest { alias_attributes, schema, username_attributes, username_configuration }
    UpdateUserPoolRequest { user_pool_id }
}

impl PoolSettings {
    fn check_together(&self) -> Result<(), UserPoolsError> {
        let is_verified = |contact: &Contact| self.auto_verified.contains(contact);
        if self.verified_before_update.iter().all(is_verified) {
            return Ok(());
        }
        let message = "Invalid value for UserAttributeUpdateSettings: what must be verified before \
                       an update must be among AutoVerifiedAttributes.";
        Err(UserPoolsError::InvalidParameter(message.to_owned()))
    }

    /// The pool with these settings, everything else as it was.
    pub(crate) fn applied(self, pool: UserPool) -> Result<UserPool, UserPoolsError> {
        let UserPoolPolicyType { password_policy, sign_in_policy } = self.policies;
        let factors = sign_in_policy.and_then(|policy| policy.allowed_first_auth_factors);
        if factors.is_some_and(|factors| factors != [AuthFactorType::Password]) {
            return Err(UserPoolsError::NotServed("Policies.SignInPolicy"));
        }
        let admin = self.admin_create_user;
        Ok(UserPool {
            password_policy: password_policy::policy(
                password_policy.as_ref(),
                admin.unused_account_validity_days,
            )?,
            admin_create_user_only: admin.allow_admin_create_user_only.unwrap_or(false),
            deletion_protection: self.deletion_protection,
            auto_verified: self.auto_verified,
            verified_before_update: self.verified_before_update,
            account_recovery: self.account_recovery.map_or(Ok(Vec::new()), recovery)?,
            messages: self.messages,
            email: self.email,
            tier: self.tier,
            tags: self.tags,
            ..pool
        })
    }
}

/// Refuses the first of the parameters that is given.
pub(crate) fn refuse<const N: usize>(
    parameters: [(&'static str, bool); N],
) -> Result<(), UserPoolsError> {
    match parameters.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(UserPoolsError::NotServed(name)),
        None => Ok(()),
    }
}

/// Whether a function is to be called at all: templates often say that none is.
fn has_trigger(triggers: &LambdaConfigType) -> bool {
    let LambdaConfigType {
        create_auth_challenge,
        custom_email_sender,
        custom_message,
        custom_sms_sender,
        define_auth_challenge,
        inbound_federation,
        kms_key_id,
        post_authentication,
        post_confirmation,
        pre_authentication,
        pre_sign_up,
        pre_token_generation,
        pre_token_generation_config,
        user_migration,
        verify_auth_challenge_response,
    } = triggers;
    let functions = [
        create_auth_challenge,
        custom_message,
        define_auth_challenge,
        kms_key_id,
        post_authentication,
        post_confirmation,
        pre_authentication,
        pre_sign_up,
        pre_token_generation,
        user_migration,
        verify_auth_challenge_response,
    ];
    functions.into_iter().any(Option::is_some)
        || custom_email_sender.is_some()
        || custom_sms_sender.is_some()
        || inbound_federation.is_some()
        || pre_token_generation_config.is_some()
}

fn is_threat_protection(add_ons: &UserPoolAddOnsType) -> bool {
    add_ons.advanced_security_mode != AdvancedSecurityModeType::Off
        || add_ons.advanced_security_additional_flows.is_some()
}

fn messages(
    template: Option<VerificationMessageTemplateType>,
    admin: &AdminCreateUserConfigType,
) -> Result<Messages, UserPoolsError> {
    let template = template.unwrap_or_default();
    let by_link = template.default_email_option == Some(DefaultEmailOptionType::ConfirmWithLink);
    refuse([
        ("VerificationMessageTemplate.DefaultEmailOption CONFIRM_WITH_LINK", by_link),
        (
            "VerificationMessageTemplate.EmailMessageByLink",
            template.email_message_by_link.is_some(),
        ),
        (
            "VerificationMessageTemplate.EmailSubjectByLink",
            template.email_subject_by_link.is_some(),
        ),
    ])?;
    let invitation = admin.invite_message_template.clone().unwrap_or_default();
    Ok(Messages {
        verification_email: template.email_message,
        verification_email_subject: template.email_subject,
        verification_sms: template.sms_message,
        invitation_email: invitation.email_message,
        invitation_email_subject: invitation.email_subject,
        invitation_sms: invitation.sms_message,
    })
}

/// Whether each text has the places that are filled in (model: the patterns of these texts).
fn check_messages(messages: &Messages) -> Result<(), UserPoolsError> {
    const CODE: &str = "{####}";
    const NAME: &str = "{username}";
    for (name, text, places) in [
        ("EmailMessage", &messages.verification_email, &[CODE][..]),
        ("SmsMessage", &messages.verification_sms, &[CODE]),
        ("InviteMessageTemplate.EmailMessage", &messages.invitation_email, &[NAME, CODE]),
        ("InviteMessageTemplate.SMSMessage", &messages.invitation_sms, &[NAME, CODE]),
    ] {
        let Some(text) = text else { continue };
        if let Some(missing) = places.iter().find(|place| !text.contains(*place)) {
            return Err(UserPoolsError::InvalidParameter(format!("{name} must contain {missing}")));
        }
    }
    Ok(())
}

fn contacts(given: Option<Vec<VerifiedAttributeType>>) -> Vec<Contact> {
    let named = given.unwrap_or_default();
    let contact = |named| match named {
        VerifiedAttributeType::Email => Contact::Email,
        VerifiedAttributeType::PhoneNumber => Contact::PhoneNumber,
    };
    let mut contacts: Vec<Contact> = named.into_iter().map(contact).collect();
    contacts.sort_unstable();
    contacts.dedup();
    contacts
}

fn verified_before_update(given: Option<UserAttributeUpdateSettingsType>) -> Vec<Contact> {
    contacts(given.and_then(|given| given.attributes_require_verification_before_update))
}

/// In the order of their priorities.
fn recovery(given: AccountRecoverySettingType) -> Result<Vec<RecoveryMechanism>, UserPoolsError> {
    let mut options = given.recovery_mechanisms.unwrap_or_default();
    options.sort_by_key(|option| option.priority);
    let mechanism = |name| match name {
        RecoveryOptionNameType::VerifiedEmail => RecoveryMechanism::VerifiedEmail,
        RecoveryOptionNameType::VerifiedPhoneNumber => RecoveryMechanism::VerifiedPhoneNumber,
        RecoveryOptionNameType::AdminOnly => RecoveryMechanism::AdminOnly,
    };
    let in_order = options.is_sorted_by(|one, next| one.priority < next.priority);
    let mechanisms: Vec<_> = options.into_iter().map(|option| mechanism(option.name)).collect();
    let alone = !mechanisms.contains(&RecoveryMechanism::AdminOnly) || mechanisms.len() == 1;
    let once = mechanisms.len() < 2 || mechanisms.first() != mechanisms.last();
    if in_order && alone && once {
        return Ok(mechanisms);
    }
    let message = "Invalid account recovery setting parameter: each mechanism has a priority of its \
                   own, and admin_only goes with no other.";
    Err(UserPoolsError::InvalidParameter(message.to_owned()))
}

fn email(given: EmailConfigurationType) -> Result<EmailSender, UserPoolsError> {
    refuse([
        (
            "EmailConfiguration.EmailSendingAccount DEVELOPER",
            given.email_sending_account == Some(EmailSendingAccountType::Developer),
        ),
        ("EmailConfiguration.ConfigurationSet", given.configuration_set.is_some()),
        ("EmailConfiguration.From", given.from.is_some()),
        ("EmailConfiguration.SourceArn", given.source_arn.is_some()),
    ])?;
    Ok(EmailSender { reply_to: given.reply_to_email_address })
}

fn tier(given: Option<UserPoolTierType>) -> Result<UserPoolTier, UserPoolsError> {
    match given {
        None | Some(UserPoolTierType::Essentials) => Ok(UserPoolTier::Essentials),
        Some(UserPoolTierType::Lite) => Ok(UserPoolTier::Lite),
        Some(UserPoolTierType::Plus) => Err(UserPoolsError::NotServed("UserPoolTier PLUS")),
    }
}
