//! By which names a user is found, and that each belongs to one user of the pool.
//!
//! A pool has user names that are chosen, and perhaps aliases: a verified e-mail address, a verified
//! telephone number, a preferred user name. Or it has addresses instead, and makes the user names.
//!
//! Source: Amazon Cognito Developer Guide, *Customizing sign-in attributes*.

use std::collections::{BTreeMap, BTreeSet};

use directory::{
    Alias, Change, Contact, Found, Record, SignInNames, User, UserAlias, UserAliasKey, UserKey,
    UserPool, UserPoolKey, UserStatus,
};
use types::Uuid;
use wire::cognito_idp::AttributeType;

use crate::{
    UserPools,
    attributes::{self, Setter, is_email, is_phone_number},
    error::UserPoolsError,
};

/// The longest name that somebody can sign in by (model: `UsernameType`).
const NAME_CHARACTERS_MAX: usize = 128;

/// What is said of a user who is to come into being.
pub(crate) struct NewUser<'a> {
    /// What the user is called, or where the user is reached.
    pub(crate) username: &'a str,
    /// What else is known.
    pub(crate) attributes: &'a [AttributeType],
    /// Who says it.
    pub(crate) by: Setter<'a>,
}

impl UserPools {
    /// The user as the pool's rules make it, without a password.
    pub(crate) fn new_user(
        &self,
        pool: &UserPool,
        new: &NewUser<'_>,
        status: UserStatus,
    ) -> Result<User, UserPoolsError> {
        let mut given = new.attributes.to_vec();
        let sub = Uuid::random(&*self.entropy);
        let username = match &pool.sign_in_names {
            SignInNames::Username(aliases) => {
                check_no_alias_form(aliases, new.username, "Username")?;
                if matches!(new.by, Setter::Client(_)) {
                    check_no_preferred_username(aliases, &given)?;
                }
                new.username.to_owned()
            }
            SignInNames::Attributes(contacts) => {
                let contact = contact_of(contacts, new.username)?;
                add_contact(&mut given, contact, new.username)?;
                sub.to_string()
            }
        };
        let now = self.clock.now();
        let mut user = User {
            username,
            sub,
            attributes: attributes::of_new_user(pool, &given, new.by)?,
            aliases: BTreeSet::new(),
            unverified: BTreeMap::new(),
            enabled: true,
            status,
            password: None,
            former_passwords: Vec::new(),
            failures: None,
            signed_out: None,
            srp: None,
            created: now,
            last_modified: now,
        };
        user.aliases = aliases(pool, &user)?;
        Ok(user)
    }

    /// Adds a user to a change, with every name. `take_aliases` takes a verified address away from the
    /// user who has it as an alias.
    pub(crate) async fn add_user(
        &self,
        pool_key: &UserPoolKey,
        pool: &Found<UserPool>,
        user: &User,
        take_aliases: bool,
        change: &mut Change,
    ) -> Result<UserKey, UserPoolsError> {
        // A name that is another user's `sub` or alias would take that user's place in some answers.
        if self.user(pool_key, &pool.record, &user.username).await?.is_some() {
            return Err(UserPoolsError::UsernameExists);
        }
        let name = pool.record.comparable(&user.username);
        let as_alias = UserAliasKey { pool: pool_key.clone(), alias: name.clone() };
        change.require_none::<UserAlias>(&UserAlias::encode_key(&as_alias));
        change.require_unchanged(pool);
        let claimed = user.aliases.iter().cloned().collect();
        let losers = self
            .claim_aliases(pool_key, &pool.record, user, claimed, take_aliases, change)
            .await
            .map_err(|error| match (error, &pool.record.sign_in_names) {
                (UserPoolsError::AliasExists(name), SignInNames::Attributes(_)) => {
                    UserPoolsError::AddressExists(name)
                }
                (error, _) => error,
            })?;
        let key = UserKey { pool: pool_key.clone(), name };
        let winner = (&key, None, user);
        change.write_all(std::iter::once(winner).chain(losers.iter().map(Loser::write)));
        Ok(key)
    }

    /// Adds to a change that a user's record takes the place of the one that was found, with the names
    /// that follow from it.
    pub(crate) async fn replace_user(
        &self,
        pool: &UserPool,
        key: &UserKey,
        found: &Found<User>,
        mut user: User,
        take_aliases: bool,
        change: &mut Change,
    ) -> Result<(), UserPoolsError> {
        user.aliases = aliases(pool, &user)?;
        let claimed = user.aliases.difference(&found.record.aliases).cloned().collect();
        let losers =
            self.claim_aliases(&key.pool, pool, &user, claimed, take_aliases, change).await?;
        let winner = (key, Some(found), &user);
        change.write_all(std::iter::once(winner).chain(losers.iter().map(Loser::write)));
        Ok(())
    }

    /// Sees that each alias is free, or takes it from whoever has it: those belong into the change
    /// too, together with the user who gets it.
    async fn claim_aliases(
        &self,
        pool_key: &UserPoolKey,
        pool: &UserPool,
        user: &User,
        claimed: Vec<String>,
        take: bool,
        change: &mut Change,
    ) -> Result<Vec<Loser>, UserPoolsError> {
        let mut losers: BTreeMap<String, Loser> = BTreeMap::new();
        for alias in claimed {
            let name = attribute_of(user, pool, &alias);
            let as_name = UserKey { pool: pool_key.clone(), name: alias.clone() };
            // Whoever is called so keeps the name, now and if they come at this moment.
            change.require_none::<User>(&User::encode_key(&as_name));
            let Some((key, found)) = self.user(pool_key, pool, &alias).await? else { continue };
            let has_as_alias = found.record.aliases.contains(&alias);
            let contact = Contact::ALL.into_iter().find(|one| one.attribute() == name);
            let takes =
                take && has_as_alias && matches!(pool.sign_in_names, SignInNames::Username(_));
            let Some(contact) = contact.filter(|_| takes) else {
                return Err(UserPoolsError::AliasExists(name));
            };
            let loser = losers.entry(key.name.clone()).or_insert_with(|| {
                let last_modified = self.clock.now();
                let user = User { last_modified, ..found.record.clone() };
                Loser { key, found, user }
            });
            loser.user.aliases.remove(&alias);
            let flag = contact.verified_attribute().to_owned();
            loser.user.attributes.insert(flag, "false".to_owned());
        }
        Ok(losers.into_values().collect())
    }
}

/// Whom an alias is taken from.
struct Loser {
    key: UserKey,
    found: Found<User>,
    /// The user without it.
    user: User,
}

impl Loser {
    fn write(&self) -> (&UserKey, Option<&Found<User>>, &User) {
        (&self.key, Some(&self.found), &self.user)
    }
}

/// The aliases that follow from what is known about a user.
fn aliases(pool: &UserPool, user: &User) -> Result<BTreeSet<String>, UserPoolsError> {
    let value = |name: &str| user.attributes.get(name).map(|value| pool.comparable(value));
    let verified = |contact: Contact| {
        let flag = user.attributes.get(contact.verified_attribute());
        value(contact.attribute()).filter(|_| flag.is_some_and(|flag| flag == "true"))
    };
    let mut found = BTreeSet::new();
    match &pool.sign_in_names {
        SignInNames::Username(aliases) => {
            for alias in aliases {
                match alias {
                    Alias::Email => found.extend(verified(Contact::Email)),
                    Alias::PhoneNumber => found.extend(verified(Contact::PhoneNumber)),
                    Alias::PreferredUsername => {
                        let name = value("preferred_username");
                        if let Some(name) = &name {
                            check_no_alias_form(aliases, name, "preferred_username")?;
                            // Whoever is found by a `sub` must be the one who has it.
                            if name.parse::<Uuid>().is_ok() {
                                return Err(UserPoolsError::AliasExists("preferred_username"));
                            }
                        }
                        // One's own name needs no alias.
                        found.extend(name.filter(|name| *name != pool.comparable(&user.username)));
                    }
                }
            }
        }
        SignInNames::Attributes(contacts) => {
            found.extend(contacts.iter().filter_map(|contact| value(contact.attribute())));
        }
    }
    if found.iter().any(|name| name.chars().count() > NAME_CHARACTERS_MAX) {
        let message = format!("Nobody can sign in by more than {NAME_CHARACTERS_MAX} characters.");
        return Err(UserPoolsError::InvalidParameter(message));
    }
    Ok(found)
}

/// Which attribute it is that the alias comes from.
fn attribute_of(user: &User, pool: &UserPool, alias: &str) -> &'static str {
    let is = |name: &&str| {
        user.attributes.get(*name).is_some_and(|value| pool.comparable(value) == *alias)
    };
    ["email", "phone_number"].into_iter().find(is).unwrap_or("preferred_username")
}

/// Refuses a name that could be taken for another user's alias.
fn check_no_alias_form(
    aliases: &[Alias],
    name: &str,
    what: &'static str,
) -> Result<(), UserPoolsError> {
    let form = if aliases.contains(&Alias::Email) && is_email(name) {
        "email"
    } else if aliases.contains(&Alias::PhoneNumber) && is_phone_number(name) {
        "phone number"
    } else {
        return Ok(());
    };
    Err(UserPoolsError::InvalidParameter(format!(
        "{what} cannot be of {form} format, since user pool is configured for {form} alias."
    )))
}

/// A preferred user name that is an alias is chosen once the user is confirmed.
fn check_no_preferred_username(
    aliases: &[Alias],
    given: &[AttributeType],
) -> Result<(), UserPoolsError> {
    let is_alias = aliases.contains(&Alias::PreferredUsername);
    if is_alias && given.iter().any(|one| one.name == "preferred_username") {
        let message = "preferred_username is an alias, so it cannot be given before the user is \
                       confirmed.";
        return Err(UserPoolsError::InvalidParameter(message.to_owned()));
    }
    Ok(())
}

/// Which kind of address a user is called by.
fn contact_of(contacts: &[Contact], username: &str) -> Result<Contact, UserPoolsError> {
    let fits = |contact: &Contact| match contact {
        Contact::Email => is_email(username),
        Contact::PhoneNumber => is_phone_number(username),
    };
    contacts.iter().copied().find(fits).ok_or_else(|| {
        let wanted = match contacts {
            [Contact::Email] => "an email",
            [Contact::PhoneNumber] => "a phone number",
            _ => "either an email or a phone number",
        };
        UserPoolsError::InvalidParameter(format!("Username should be {wanted}."))
    })
}

/// Adds the address that a user is called by to the attributes, which may say the same.
fn add_contact(
    given: &mut Vec<AttributeType>,
    contact: Contact,
    address: &str,
) -> Result<(), UserPoolsError> {
    let name = contact.attribute();
    match given.iter().find(|one| one.name == name) {
        None => {
            given.push(AttributeType { name: name.to_owned(), value: Some(address.into()) });
            Ok(())
        }
        Some(said) if said.value.as_ref().is_some_and(|it| it.equals(address.as_bytes())) => Ok(()),
        Some(_) => {
            let message = format!("The username and the attribute {name} are not the same.");
            Err(UserPoolsError::InvalidParameter(message))
        }
    }
}
