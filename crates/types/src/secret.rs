use std::fmt;

use serde::{Deserialize, Deserializer};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, Zeroizing};

/// A value that is never printed, is wiped when dropped and is compared in constant time.
///
/// It can be read (`Deserialize`), but not written: what is stored goes through the key ring first.
pub struct Secret<T: Zeroize>(Zeroizing<T>);

/// A secret text: a password, a secret access key, a client secret.
pub type SecretString = Secret<String>;

/// Secret bytes: a signing key, a ring key.
pub type SecretBytes = Secret<Vec<u8>>;

impl<T: Zeroize> Secret<T> {
    /// Takes the value into custody.
    pub fn new(value: T) -> Self {
        Self(Zeroizing::new(value))
    }

    /// The value, at the one place that needs it. Do not print, log or store what comes out.
    pub fn expose(&self) -> &T {
        &self.0
    }
}

impl<T: Zeroize + AsRef<[u8]>> Secret<T> {
    /// Whether both are the same bytes; the time taken tells only whether their lengths differ.
    #[must_use]
    pub fn equals(&self, other: &[u8]) -> bool {
        let own: &[u8] = self.0.as_ref();
        own.ct_eq(other).into()
    }
}

impl<T: Zeroize + Clone> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// Nothing yet: what a record holds before its members are set.
impl<T: Zeroize + Default> Default for Secret<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: Zeroize> From<T> for Secret<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl From<&str> for SecretString {
    fn from(value: &str) -> Self {
        Self::new(value.to_owned())
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl<'de, T: Zeroize + Deserialize<'de>> Deserialize<'de> for Secret<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(Self::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_is_not_printed() {
        let secret = SecretString::from("hunter2");
        assert_eq!(format!("{secret:?}"), "Secret(…)");
        assert_eq!(secret.expose(), "hunter2");
    }

    #[test]
    fn equal_means_the_same_bytes() {
        let secret = SecretString::from("hunter2");
        assert!(secret.equals(b"hunter2"));
        assert!(!secret.equals(b"hunter3"));
        assert!(!secret.equals(b"hunter"));
    }
}
