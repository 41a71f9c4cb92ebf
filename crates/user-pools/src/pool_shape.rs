//! A pool as AWS shows it.

use directory::{
    Alias, Contact, RecoveryMechanism, SignInNames, UserPool, UserPoolKey, UserPoolTier,
};
use wire::cognito_idp::{
    AccountRecoverySettingType, AdminCreateUserConfigType, AliasAttributeType,
    DefaultEmailOptionType, DeletionProtectionType, EmailConfigurationType,
    EmailSendingAccountType, LambdaConfigType, MessageTemplateType, RecoveryOptionNameType,
    RecoveryOptionType, UserAttributeUpdateSettingsType, UserPoolMfaType, UserPoolPolicyType,
    UserPoolTierType, UserPoolType, UsernameAttributeType, UsernameConfigurationType,
    VerificationMessageTemplateType, VerifiedAttributeType,
};

use crate::{clients::some_list, password_policy, pools::pool_arn, schema};

/// The pool as AWS shows it.
pub(crate) fn described(key: &UserPoolKey, pool: &UserPool) -> UserPoolType {
    let messages = &pool.messages;
    let (aliases, addresses) = sign_in_names(&pool.sign_in_names);
    UserPoolType {
        id: Some(pool.id.to_string()),
        arn: Some(pool_arn(key).to_string()),
        name: Some(pool.name.clone()),
        policies: Some(UserPoolPolicyType {
            password_policy: Some(password_policy::described(&pool.password_policy)),
            sign_in_policy: None,
        }),
        schema_attributes: Some(schema::described(pool)),
        alias_attributes: aliases,
        username_attributes: addresses,
        username_configuration: Some(UsernameConfigurationType {
            case_sensitive: pool.case_sensitive,
        }),
        auto_verified_attributes: verified(&pool.auto_verified),
        user_attribute_update_settings: Some(UserAttributeUpdateSettingsType {
            attributes_require_verification_before_update: Some(
                verified(&pool.verified_before_update).unwrap_or_default(),
            ),
        }),
        account_recovery_setting: recovery(&pool.account_recovery),
        admin_create_user_config: Some(admin_create_user(pool)),
        verification_message_template: Some(VerificationMessageTemplateType {
            default_email_option: Some(DefaultEmailOptionType::ConfirmWithCode),
            email_message: messages.verification_email.clone(),
            email_subject: messages.verification_email_subject.clone(),
            sms_message: messages.verification_sms.clone(),
            ..VerificationMessageTemplateType::default()
        }),
        email_verification_message: messages.verification_email.clone(),
        email_verification_subject: messages.verification_email_subject.clone(),
        sms_verification_message: messages.verification_sms.clone(),
        email_configuration: Some(EmailConfigurationType {
            email_sending_account: Some(EmailSendingAccountType::CognitoDefault),
            reply_to_email_address: pool.email.reply_to.clone(),
            ..EmailConfigurationType::default()
        }),
        deletion_protection: Some(if pool.deletion_protection {
            DeletionProtectionType::Active
        } else {
            DeletionProtectionType::Inactive
        }),
        domain: pool.domain.as_ref().map(|domain| domain.prefix.clone()),
        lambda_config: Some(LambdaConfigType::default()),
        mfa_configuration: Some(UserPoolMfaType::Off),
        user_pool_tags: Some(pool.tags.clone()),
        user_pool_tier: Some(match pool.tier {
            UserPoolTier::Lite => UserPoolTierType::Lite,
            UserPoolTier::Essentials => UserPoolTierType::Essentials,
        }),
        creation_date: Some(pool.created),
        last_modified_date: Some(pool.last_modified),
        ..UserPoolType::default()
    }
}

type Shown = (Option<Vec<AliasAttributeType>>, Option<Vec<UsernameAttributeType>>);

fn sign_in_names(names: &SignInNames) -> Shown {
    match names {
        SignInNames::Username(aliases) => {
            let alias = |alias: &Alias| match alias {
                Alias::Email => AliasAttributeType::Email,
                Alias::PhoneNumber => AliasAttributeType::PhoneNumber,
                Alias::PreferredUsername => AliasAttributeType::PreferredUsername,
            };
            (some_list(aliases.iter().map(alias).collect()), None)
        }
        SignInNames::Attributes(contacts) => {
            let attribute = |contact: &Contact| match contact {
                Contact::Email => UsernameAttributeType::Email,
                Contact::PhoneNumber => UsernameAttributeType::PhoneNumber,
            };
            (None, some_list(contacts.iter().map(attribute).collect()))
        }
    }
}

fn verified(contacts: &[Contact]) -> Option<Vec<VerifiedAttributeType>> {
    let attribute = |contact: &Contact| match contact {
        Contact::Email => VerifiedAttributeType::Email,
        Contact::PhoneNumber => VerifiedAttributeType::PhoneNumber,
    };
    some_list(contacts.iter().map(attribute).collect())
}

fn recovery(mechanisms: &[RecoveryMechanism]) -> Option<AccountRecoverySettingType> {
    let option = |(priority, mechanism): (i32, &RecoveryMechanism)| RecoveryOptionType {
        name: match mechanism {
            RecoveryMechanism::VerifiedEmail => RecoveryOptionNameType::VerifiedEmail,
            RecoveryMechanism::VerifiedPhoneNumber => RecoveryOptionNameType::VerifiedPhoneNumber,
            RecoveryMechanism::AdminOnly => RecoveryOptionNameType::AdminOnly,
        },
        priority,
    };
    let options = some_list((1..).zip(mechanisms).map(option).collect())?;
    Some(AccountRecoverySettingType { recovery_mechanisms: Some(options) })
}

fn admin_create_user(pool: &UserPool) -> AdminCreateUserConfigType {
    let messages = &pool.messages;
    let invitation = MessageTemplateType {
        email_message: messages.invitation_email.clone(),
        email_subject: messages.invitation_email_subject.clone(),
        sms_message: messages.invitation_sms.clone(),
    };
    let said = [&invitation.email_message, &invitation.email_subject, &invitation.sms_message];
    let is_said = said.into_iter().any(Option::is_some);
    AdminCreateUserConfigType {
        allow_admin_create_user_only: Some(pool.admin_create_user_only),
        invite_message_template: is_said.then_some(invitation),
        unused_account_validity_days: Some(
            pool.password_policy.temporary_password_validity_days.into(),
        ),
    }
}
