//! Mail and text messages to users: what they say, to whom they go, and what is told of that.
//!
//! Sources: Amazon Cognito Developer Guide, *Configuring email verification messages*, *Recovering user
//! accounts*; API Reference, `CodeDeliveryDetailsType`.

use directory::{CodePurpose, Contact, RecoveryMechanism, User, UserPool, UserPoolKey};
use gate::{Authorized, ServicePrincipal};
use types::{Entropy, SecretString};
use wire::{
    cloakroom::{Medium, SendMessage, SendMessageRequest},
    cognito_idp::{CodeDeliveryDetailsType, DeliveryMediumType},
};

use crate::{
    UserPools,
    codes::Destination,
    error::UserPoolsError,
    get_user_attribute_verification_code::{purpose, to_be_verified},
    pools::pool_arn,
};

/// The service as others see it.
const SERVICE: &str = "cognito-idp.amazonaws.com";

/// A message to a user.
pub(crate) struct Outgoing {
    destination: Destination,
    subject: String,
    body: SecretString,
}

impl Outgoing {
    /// A code.
    pub(crate) fn code(
        pool: &UserPool,
        purpose: CodePurpose,
        destination: Destination,
        user: &User,
        code: &SecretString,
    ) -> Self {
        let texts = &pool.messages;
        let (what, subject) = match purpose {
            CodePurpose::ForgotPassword => ("password reset", "Your password reset code"),
            _ => ("verification", "Your verification code"),
        };
        let template = match destination.contact {
            Contact::Email => texts.verification_email.clone(),
            Contact::PhoneNumber => texts.verification_sms.clone(),
        };
        let template = template.unwrap_or_else(|| format!("Your {what} code is {{####}}"));
        let subject =
            texts.verification_email_subject.clone().unwrap_or_else(|| subject.to_owned());
        Self { destination, subject, body: filled(&template, user, code) }
    }

    /// An invitation with a temporary password.
    pub(crate) fn invitation(
        pool: &UserPool,
        destination: Destination,
        user: &User,
        password: &SecretString,
    ) -> Self {
        let texts = &pool.messages;
        let template = match destination.contact {
            Contact::Email => texts.invitation_email.as_deref(),
            Contact::PhoneNumber => texts.invitation_sms.as_deref(),
        };
        let usual = "Your username is {username} and temporary password is {####}.";
        let subject = texts.invitation_email_subject.as_deref();
        Self {
            destination,
            subject: subject.unwrap_or("Your temporary password").to_owned(),
            body: filled(template.unwrap_or(usual), user, password),
        }
    }
}

impl UserPools {
    /// Sends the user a code for this purpose, and tells where it went.
    pub(crate) async fn send_code<O: wire::Operation>(
        &self,
        request: &Authorized<O>,
        (pool_key, pool): (&UserPoolKey, &UserPool),
        user: &User,
        purpose: CodePurpose,
        destination: Destination,
    ) -> Result<CodeDeliveryDetailsType, UserPoolsError> {
        let code = self.new_code(pool_key, user.sub, purpose, &destination).await?;
        let details = details(&destination);
        let message = Outgoing::code(pool, purpose, destination, user, &code);
        self.send(request, pool_key, message).await?;
        Ok(details)
    }

    /// Sends a code to each new address that is to be verified, and tells where they went.
    pub(crate) async fn send_verifications<O: wire::Operation>(
        &self,
        request: &Authorized<O>,
        (pool_key, pool): (&UserPoolKey, &UserPool),
        user: &User,
        contacts: &[Contact],
    ) -> Result<Vec<CodeDeliveryDetailsType>, UserPoolsError> {
        let mut sent = Vec::new();
        for contact in contacts {
            let Some(destination) = to_be_verified(user, *contact) else { continue };
            let place = (pool_key, pool);
            sent.push(self.send_code(request, place, user, purpose(*contact), destination).await?);
        }
        Ok(sent)
    }

    /// Hands a message over, for the pool.
    pub(crate) async fn send<O: wire::Operation>(
        &self,
        request: &Authorized<O>,
        pool: &UserPoolKey,
        message: Outgoing,
    ) -> Result<(), UserPoolsError> {
        let service = ServicePrincipal {
            name: SERVICE,
            source_arn: pool_arn(pool),
            source_account: *pool.owner.account(),
        };
        let Outgoing { destination, subject, body } = message;
        let (medium, subject) = match destination.contact {
            Contact::Email => (Medium::Email, Some(subject)),
            Contact::PhoneNumber => (Medium::Sms, None),
        };
        let input = SendMessageRequest { medium, to: destination.address, subject, body };
        let region = pool.owner.region().clone();
        let sent = request.call::<SendMessage>(service, region, input).await;
        sent.map(drop).map_err(|_| UserPoolsError::NotDelivered)
    }
}

/// Where a user is reached who signs up: by what the pool verifies, first by telephone, as AWS does.
pub(crate) fn to_verify(pool: &UserPool, user: &User) -> Option<Destination> {
    let verified = |contact: &Contact| pool.auto_verified.contains(contact);
    let mut contacts = [Contact::PhoneNumber, Contact::Email].into_iter().filter(verified);
    contacts.find_map(|contact| address(user, contact))
}

/// Where a user is reached who forgot the password: where it was shown that it is the user's. Without a
/// choice of the pool's, first by telephone, as AWS does.
pub(crate) fn to_recover(pool: &UserPool, user: &User) -> Result<Destination, UserPoolsError> {
    let chosen: Vec<Contact> = if pool.account_recovery.is_empty() {
        vec![Contact::PhoneNumber, Contact::Email]
    } else {
        let contact = |mechanism: &RecoveryMechanism| match mechanism {
            RecoveryMechanism::VerifiedEmail => Some(Contact::Email),
            RecoveryMechanism::VerifiedPhoneNumber => Some(Contact::PhoneNumber),
            RecoveryMechanism::AdminOnly => None,
        };
        pool.account_recovery.iter().filter_map(contact).collect()
    };
    if chosen.is_empty() {
        return Err(UserPoolsError::OnlyAdministratorsRecover);
    }
    let is_verified = |contact: &Contact| {
        user.attributes.get(contact.verified_attribute()).is_some_and(|flag| flag == "true")
    };
    let mut reached = chosen.into_iter().filter(is_verified);
    reached.find_map(|contact| address(user, contact)).ok_or(UserPoolsError::NowhereToRecover)
}

/// The user's address of this kind, as it counts now.
pub(crate) fn address(user: &User, contact: Contact) -> Option<Destination> {
    let address = user.attributes.get(contact.attribute())?.clone();
    Some(Destination { contact, address })
}

/// What is told of a message: enough for the user to know where to look.
pub(crate) fn details(destination: &Destination) -> CodeDeliveryDetailsType {
    let Destination { contact, address } = destination;
    let medium = match contact {
        Contact::Email => DeliveryMediumType::Email,
        Contact::PhoneNumber => DeliveryMediumType::Sms,
    };
    CodeDeliveryDetailsType {
        attribute_name: Some(contact.attribute().to_owned()),
        delivery_medium: Some(medium),
        destination: Some(masked(*contact, address)),
    }
}

/// What is told of a message that nobody gets, because nobody has this name: the same each time.
pub(crate) fn decoy_details(name: &str, decoy: &dyn Entropy) -> CodeDeliveryDetailsType {
    let letters = decoy.text(b"abcdefghijklmnopqrstuvwxyz", 2);
    let (local, domain) = letters.split_at_checked(1).unwrap_or_default();
    let address = if name.contains('@') { name.to_owned() } else { format!("{local}@{domain}") };
    details(&Destination { contact: Contact::Email, address })
}

/// An address of which only the first letters, or the last digits, are shown.
fn masked(contact: Contact, address: &str) -> String {
    let first = |text: &str| text.chars().next().map(String::from).unwrap_or_default();
    match contact {
        Contact::Email => {
            let (local, domain) = address.split_once('@').unwrap_or((address, ""));
            format!("{}***@{}***", first(local), first(domain))
        }
        Contact::PhoneNumber => {
            let digits: Vec<char> = address.chars().filter(char::is_ascii_digit).collect();
            let hidden = digits.len().saturating_sub(4);
            let shown: String = digits.iter().skip(hidden).collect();
            format!("+{}{shown}", "*".repeat(hidden))
        }
    }
}

/// The text with what stands for the code and the user name in their places.
fn filled(template: &str, user: &User, code: &SecretString) -> SecretString {
    // The name comes last, so that one with the sign for the code in it gets no code.
    let mut parts = Vec::new();
    for (number, part) in template.split("{####}").enumerate() {
        if number > 0 {
            parts.push(code.expose().clone());
        }
        parts.push(part.replace("{username}", &user.username));
    }
    SecretString::new(parts.concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_is_shown_by_its_ends() {
        for (contact, address, expected) in [
            (Contact::Email, "ann@example.com", "a***@e***"),
            (Contact::Email, "Zoë@x", "Z***@x***"),
            (Contact::Email, "é@ü", "é***@ü***"),
            (Contact::PhoneNumber, "+14155551234", "+*******1234"),
            (Contact::PhoneNumber, "+123", "+123"),
        ] {
            assert_eq!(masked(contact, address), expected);
        }
    }

    #[test]
    fn a_name_that_looks_like_a_code_gets_none() {
        let mut user = crate::tests::a_user("ann");
        user.username = "{####}".to_owned();
        let text = filled("{username}: {####} and {####}", &user, &"123456".into());
        assert_eq!(text.expose(), "{####}: 123456 and 123456");
    }
}
