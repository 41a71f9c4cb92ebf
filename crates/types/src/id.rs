use std::{fmt, str::FromStr, sync::Arc};

use crate::{Entropy, Malformed, Region, serde_as_text};

/// Base32 as AWS spells key ids: upper-case letters and the digits 2 to 7.
const BASE32: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// A version 4 UUID (RFC 9562), as Cognito's users, identities and tokens carry it.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Uuid([u8; 16]);

impl Uuid {
    /// A random one.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        let mut bytes = entropy.bytes::<16>();
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        Self(bytes)
    }
}

impl fmt::Display for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                f.write_str("-")?;
            }
            write!(f, "{byte:02x}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Uuid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Uuid({self})")
    }
}

impl FromStr for Uuid {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = || Malformed::new("a UUID (8-4-4-4-12 lower-case hexadecimal digits)", text);
        let dash = |at: usize| text.as_bytes().get(at) == Some(&b'-');
        if text.len() != 36
            || ![8, 13, 18, 23].into_iter().all(dash)
            || text.bytes().any(|b| b.is_ascii_uppercase())
        {
            return Err(wrong());
        }
        let digits: String = text.chars().filter(|c| *c != '-').collect();
        let mut bytes = [0; 16];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| wrong())?;
        Ok(Self(bytes))
    }
}

serde_as_text!(Uuid);

/// The id of one request: what a refusal is looked up by, and what the response header carries.
pub type RequestId = Uuid;

/// An access key id: `AKIA` (long-term) or `ASIA` (temporary) and 16 base32 characters.
///
/// Source: IAM User Guide, *IAM identifiers*, *Unique IDs*. Root keys given by configuration may
/// have any form of 16 to 128 word characters (model: `accessKeyIdType`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AccessKeyId(Arc<str>);

impl AccessKeyId {
    /// A new id of a temporary key.
    #[must_use]
    pub fn temporary(entropy: &dyn Entropy) -> Self {
        Self(format!("ASIA{}", entropy.text(BASE32, 16)).into())
    }

    /// A new id of a long-term key.
    #[must_use]
    pub fn long_term(entropy: &dyn Entropy) -> Self {
        Self(format!("AKIA{}", entropy.text(BASE32, 16)).into())
    }

    /// Whether the key belongs to a session, so that a session token must come with it.
    #[must_use]
    pub fn is_temporary(&self) -> bool {
        self.0.starts_with("ASIA")
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for AccessKeyId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let legal = |b: u8| b.is_ascii_alphanumeric() || b == b'_';
        if (16..=128).contains(&text.len()) && text.bytes().all(legal) {
            Ok(Self(text.into()))
        } else {
            Err(Malformed::new("an access key id (16 to 128 letters and digits)", text))
        }
    }
}

impl fmt::Display for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for AccessKeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AccessKeyId({self})")
    }
}

serde_as_text!(AccessKeyId);

/// What a [`UniqueId`] names, by its first four characters.
///
/// Source: IAM User Guide, *IAM identifiers*, *Understanding unique ID prefixes*.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum UniqueIdKind {
    /// `AROA`: a role.
    Role,
    /// `AIDA`: a user.
    User,
    /// `AGPA`: a group.
    Group,
    /// `ANPA`: a managed policy.
    ManagedPolicy,
}

impl UniqueIdKind {
    /// The four characters.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Role => "AROA",
            Self::User => "AIDA",
            Self::Group => "AGPA",
            Self::ManagedPolicy => "ANPA",
        }
    }
}

/// The id of an IAM entity that is never used again, even if another takes its name.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UniqueId(String);

impl UniqueId {
    /// A new id.
    #[must_use]
    pub fn random(kind: UniqueIdKind, entropy: &dyn Entropy) -> Self {
        Self(format!("{}{}", kind.prefix(), entropy.text(BASE32, 17)))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for UniqueId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        use UniqueIdKind as Kind;
        let prefix = [Kind::Role, Kind::User, Kind::Group, Kind::ManagedPolicy]
            .into_iter()
            .any(|kind| text.starts_with(kind.prefix()));
        if text.len() == 21 && prefix && text.bytes().all(|b| BASE32.contains(&b)) {
            Ok(Self(text.to_owned()))
        } else {
            Err(Malformed::new(
                "a unique id (AROA, AIDA, AGPA or ANPA and 17 base32 characters)",
                text,
            ))
        }
    }
}

impl fmt::Display for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UniqueId({self})")
    }
}

serde_as_text!(UniqueId);

/// A user pool's id: its region, `_` and letters and digits (model: `UserPoolIdType`).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct UserPoolId {
    text: String,
    region: Region,
}

impl UserPoolId {
    const ALPHABET: &'static [u8] =
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

    /// A new id in `region`, nine random characters long as AWS's are.
    #[must_use]
    pub fn random(region: &Region, entropy: &dyn Entropy) -> Self {
        let text = format!("{region}_{}", entropy.text(Self::ALPHABET, 9));
        Self { text, region: region.clone() }
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The region the pool lives in.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The name under which an identity pool knows this pool's tokens, as in `Logins`:
    /// `cognito-idp.REGION.amazonaws.com/POOL`.
    #[must_use]
    pub fn provider_name(&self) -> String {
        format!("cognito-idp.{}.amazonaws.com/{}", self.region, self.text)
    }
}

impl FromStr for UserPoolId {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let wrong = || Malformed::new("a user pool id (REGION_xxxxxxxxx)", text);
        let (region, rest) = text.split_once('_').ok_or_else(wrong)?;
        let region: Region = region.parse().map_err(|_| wrong())?;
        let legal = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric());
        if legal && text.len() <= 55 {
            Ok(Self { text: text.to_owned(), region })
        } else {
            Err(wrong())
        }
    }
}

impl fmt::Display for UserPoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for UserPoolId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "UserPoolId({self})")
    }
}

serde_as_text!(UserPoolId);

/// An id of the form `REGION:UUID` (model: `IdentityPoolId`, `IdentityId`).
macro_rules! regional_uuid {
    ($(#[$doc:meta])* $name:ident, $expected:literal) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name {
            region: Region,
            uuid: Uuid,
        }

        impl $name {
            /// A new id in `region`.
            #[must_use]
            pub fn random(region: &Region, entropy: &dyn Entropy) -> Self {
                Self { region: region.clone(), uuid: Uuid::random(entropy) }
            }

            /// The region it lives in.
            #[must_use]
            pub fn region(&self) -> &Region {
                &self.region
            }
        }

        impl FromStr for $name {
            type Err = Malformed;

            fn from_str(text: &str) -> Result<Self, Malformed> {
                let wrong = || Malformed::new($expected, text);
                let (region, uuid) = text.split_once(':').ok_or_else(wrong)?;
                let region = region.parse().map_err(|_| wrong())?;
                let uuid = uuid.parse().map_err(|_| wrong())?;
                Ok(Self { region, uuid })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}:{}", self.region, self.uuid)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "{}({self})", stringify!($name))
            }
        }

        serde_as_text!($name);
    };
}

regional_uuid!(
    /// An identity pool's id: its region, `:` and a UUID.
    IdentityPoolId,
    "an identity pool id (REGION:UUID)"
);
regional_uuid!(
    /// An identity's id, the name of its folder: its region, `:` and a UUID.
    IdentityId,
    "an identity id (REGION:UUID)"
);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SeededEntropy;

    #[test]
    fn random_ids_parse_as_themselves() {
        let entropy: &dyn Entropy = &SeededEntropy::new(7);
        let region: Region = "eu-central-1".parse().unwrap();
        let uuid = Uuid::random(entropy);
        assert_eq!(uuid.to_string().parse::<Uuid>().unwrap(), uuid);
        let pool = UserPoolId::random(&region, entropy);
        assert_eq!(pool.as_str().parse::<UserPoolId>().unwrap(), pool);
        let identity = IdentityId::random(&region, entropy);
        assert_eq!(identity.to_string().parse::<IdentityId>().unwrap(), identity);
        let role = UniqueId::random(UniqueIdKind::Role, entropy);
        assert_eq!(role.as_str().parse::<UniqueId>().unwrap(), role);
        let key = AccessKeyId::temporary(entropy);
        assert!(key.is_temporary() && key.as_str().len() == 20);
        assert_eq!(key.as_str().parse::<AccessKeyId>().unwrap(), key);
    }

    #[test]
    fn identity_ids_are_lower_case_only() {
        let id = "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e";
        assert!(id.parse::<IdentityId>().is_ok());
        assert!(id.to_uppercase().parse::<IdentityId>().is_err());
        assert!(format!("{id}/x").parse::<IdentityId>().is_err());
        assert!("us-east-1:0f8fad5bd9cb469fa16570867728950e1234".parse::<IdentityId>().is_err());
    }
}
