use crypto_bigint::{U256, U3072};
use types::{Entropy, SecretBytes, SecretString};

use crate::{Name, group, number};

/// Bytes of a salt.
const SALT_BYTES: usize = 16;
/// The most hexadecimal digits of a number of the group, with some zeros before it.
const PUBLIC_DIGITS_MAX: usize = 2 * U3072::BYTES + 2;

/// What makes two verifiers of one password differ: 126 random bits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Salt(String);

impl Salt {
    /// A new one.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self::from_bytes(entropy.bytes())
    }

    /// A salt from these bytes, the first two bits of which do not count.
    ///
    /// Clients disagree about salts that begin with zeros, so that none does; nor does one begin with
    /// a bit that a number's sign could be taken from.
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; SALT_BYTES]) -> Self {
        bytes[0] = (bytes[0] & 0x3f) | 0x40;
        Self(hex::encode(bytes))
    }

    /// The salt that [`Salt::as_str`] gave; one of another form gives a verifier that is nobody's.
    #[must_use]
    pub fn from_kept(text: String) -> Self {
        Self(text)
    }

    /// As the client gets it (`SALT`): hexadecimal.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is kept of a password: enough to check that somebody knows it, and to guess at it, so it is a
/// secret.
#[derive(Debug, Clone)]
pub struct Verifier(SecretBytes);

impl Verifier {
    /// The verifier of this password. It is good for this name and salt alone.
    #[must_use]
    pub fn new(name: Name<'_>, password: &SecretString, salt: &Salt) -> Self {
        let exponent = Identity { name, password }.exponent(salt);
        let verifier = group::generator_to(&exponent).retrieve();
        Self(SecretBytes::new(verifier.to_be_bytes().to_vec()))
    }

    /// A verifier from what [`Verifier::to_bytes`] gave, or of nobody's password from any bytes.
    #[must_use]
    pub fn from_bytes(bytes: SecretBytes) -> Self {
        Self(bytes)
    }

    /// As it is kept, sealed.
    #[must_use]
    pub fn to_bytes(&self) -> &SecretBytes {
        &self.0
    }

    fn element(&self) -> group::Element {
        group::element(&number_of(self.0.expose()))
    }
}

/// Who claims to know which password.
pub(crate) struct Identity<'a> {
    pub(crate) name: Name<'a>,
    pub(crate) password: &'a SecretString,
}

impl Identity<'_> {
    /// The private exponent, `x`.
    pub(crate) fn exponent(&self, salt: &Salt) -> U256 {
        let Name { pool, user } = self.name;
        let password = self.password.expose().as_bytes();
        let identity = number::hash(&[pool.as_bytes(), user.as_bytes(), b":", password]);
        let salt = number::signed(&hex::decode(salt.as_str()).unwrap_or_default());
        U256::from_be_slice(&number::hash(&[&salt, &identity]))
    }
}

/// The client's public value, `SRP_A`: from 1 to the prime less 1.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientPublic(U3072);

/// Why a public value is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("SRP_A is not a hexadecimal number from 1 to the prime of the group")]
pub struct ClientPublicError;

impl ClientPublic {
    /// The value in this text.
    ///
    /// # Errors
    /// It is no hexadecimal number, has too many digits, or is not within the group. Zero, and what is
    /// zero modulo the prime, would let anybody in (RFC 5054, section 2.5.4).
    pub fn parse(text: &str) -> Result<Self, ClientPublicError> {
        if text.is_empty() || text.len() > PUBLIC_DIGITS_MAX {
            return Err(ClientPublicError);
        }
        let even = if text.len().is_multiple_of(2) { text.to_owned() } else { format!("0{text}") };
        let bytes = hex::decode(even).map_err(|_| ClientPublicError)?;
        if bytes.iter().skip_while(|byte| **byte == 0).count() > U3072::BYTES {
            return Err(ClientPublicError);
        }
        let number = number_of(&bytes);
        if group::is_member(&number) { Ok(Self(number)) } else { Err(ClientPublicError) }
    }

    pub(crate) fn number(&self) -> &U3072 {
        &self.0
    }

    /// The same as text that [`ClientPublic::parse`] reads.
    #[must_use]
    pub fn to_hex(&self) -> String {
        number::to_hex(&self.0.to_be_bytes())
    }
}

/// The server's secret of one sign-in.
#[derive(Debug, Clone)]
pub struct EphemeralSecret(SecretBytes);

impl EphemeralSecret {
    /// A new one: 256 bits, as RFC 5054, section 2.5.3, asks for.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(SecretBytes::new(entropy.bytes::<32>().to_vec()))
    }

    /// The secret that [`EphemeralSecret::to_hex`] gave; `None` if it cannot have.
    #[must_use]
    pub fn from_hex(text: &SecretString) -> Option<Self> {
        let bytes = hex::decode(text.expose()).ok().filter(|bytes| bytes.len() == U256::BYTES)?;
        Some(Self(SecretBytes::new(bytes)))
    }

    /// As it travels in a sealed state.
    #[must_use]
    pub fn to_hex(&self) -> SecretString {
        SecretString::new(hex::encode(self.0.expose()))
    }

    fn exponent(&self) -> U256 {
        U256::from_be_slice(self.0.expose())
    }
}

/// The server's half of one sign-in.
#[derive(Debug, Clone, Copy)]
pub struct Exchange<'a> {
    /// What is kept of the password.
    pub verifier: &'a Verifier,
    /// The server's secret.
    pub secret: &'a EphemeralSecret,
}

impl Exchange<'_> {
    /// The server's public value, `SRP_B`, in hexadecimal.
    #[must_use]
    pub fn server_public(&self) -> String {
        number::to_hex(&self.public_number().to_be_bytes())
    }

    fn public_number(&self) -> U3072 {
        let masked = group::multiplier().mul(&self.verifier.element());
        masked.add(&group::generator_to(&self.secret.exponent())).retrieve()
    }

    /// The key that both sides derive: that of HKDF for 16 bytes, from the shared number.
    pub(crate) fn key(&self, client: &ClientPublic) -> [u8; 32] {
        let a = number::signed(&client.0.to_be_bytes());
        let b = number::signed(&self.public_number().to_be_bytes());
        let scramble = number::hash(&[&a, &b]);
        let scrambled = self.verifier.element().pow(&U256::from_be_slice(&scramble));
        let shared = group::element(&client.0).mul(&scrambled).pow(&self.secret.exponent());
        let shared = number::signed(&shared.retrieve().to_be_bytes());
        crate::claim::derive(&number::signed(&scramble), &shared)
    }
}

/// The number in these bytes, modulo 2 to the 3072.
fn number_of(big_endian: &[u8]) -> U3072 {
    let mut bytes = [0; U3072::BYTES];
    for (to, from) in bytes.iter_mut().rev().zip(big_endian.iter().rev()) {
        *to = *from;
    }
    U3072::from_be_slice(&bytes)
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;

    /// The prime of the group, and its neighbours.
    fn prime(last: &str) -> String {
        let whole = number::to_hex(&crate::group::tests::prime_bytes());
        format!("{}{last}", whole.strip_suffix('f').unwrap())
    }

    #[test]
    fn only_members_of_the_group_are_public_values() {
        for good in ["1", "01", "ff", "0000000000ff", &prime("e"), &format!("00{}", prime("e"))] {
            assert!(ClientPublic::parse(good).is_ok(), "{good}");
        }
        let too_long = format!("000{}", prime("e"));
        let twice = "1".repeat(PUBLIC_DIGITS_MAX);
        for bad in
            ["", "0", "00", "x", "-1", "+1", " 1", "0x1", "é", &prime("f"), &too_long, &twice]
        {
            assert_eq!(ClientPublic::parse(bad), Err(ClientPublicError), "{bad}");
        }
        assert_eq!(ClientPublic::parse("00fF").unwrap().to_hex(), "ff");
    }

    #[test]
    fn no_salt_begins_with_a_zero_or_a_sign() {
        for first in 0..=255 {
            let salt = Salt::from_bytes([first; SALT_BYTES]);
            let digit = salt.as_str().chars().next().unwrap();
            assert!(('4'..='7').contains(&digit) && salt.as_str().len() == 32, "{salt:?}");
        }
        let entropy: &dyn Entropy = &SeededEntropy::new(1);
        assert_ne!(Salt::random(entropy), Salt::random(entropy));
    }

    #[test]
    fn a_secret_is_not_printed_and_only_its_own_text_is_read() {
        let secret = EphemeralSecret::random(&SeededEntropy::new(1));
        let text = secret.to_hex();
        assert!(!format!("{secret:?}").contains(text.expose().as_str()));
        assert_eq!(EphemeralSecret::from_hex(&text).unwrap().to_hex().expose(), text.expose());
        for bad in ["", "00", "x"] {
            assert!(EphemeralSecret::from_hex(&bad.into()).is_none());
        }
    }
}
