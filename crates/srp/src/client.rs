//! The client's half.

use crypto_bigint::{U256, U3072};
use types::{Entropy, SecretBytes, SecretString};

use crate::{
    ClaimTimestamp, ClientPublic, ClientPublicError, Name, Salt, claim, exchange::Identity, group,
    number,
};

/// The client's secret of one sign-in.
#[derive(Debug, Clone)]
pub struct ClientSecret(SecretBytes);

/// What a client answers the challenge from.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Who signs in: `USER_ID_FOR_SRP`.
    pub name: Name<'a>,
    /// The password.
    pub password: &'a SecretString,
    /// `SALT`
    pub salt: &'a Salt,
    /// `SRP_B`
    pub server_public: &'a str,
    /// `SECRET_BLOCK`, without its base64.
    pub secret_block: &'a [u8],
    /// When.
    pub timestamp: &'a ClaimTimestamp,
}

impl ClientSecret {
    /// A new one.
    #[must_use]
    pub fn random(entropy: &dyn Entropy) -> Self {
        Self(SecretBytes::new(entropy.bytes::<32>().to_vec()))
    }

    fn exponent(&self) -> U256 {
        U256::from_be_slice(self.0.expose())
    }

    fn public_number(&self) -> U3072 {
        group::generator_to(&self.exponent()).retrieve()
    }

    /// The client's public value, `SRP_A`, in hexadecimal.
    #[must_use]
    pub fn public(&self) -> String {
        number::to_hex(&self.public_number().to_be_bytes())
    }

    /// The signature that shows that the client knows the password, `PASSWORD_CLAIM_SIGNATURE` without
    /// its base64.
    ///
    /// # Errors
    /// The server's public value is not one of the group: a server that sends it learns something.
    pub fn sign(&self, answer: &Answer<'_>) -> Result<Vec<u8>, ClientPublicError> {
        let server = ClientPublic::parse(answer.server_public)?;
        let a = number::signed(&self.public_number().to_be_bytes());
        let b = number::signed(&server.number().to_be_bytes());
        let scramble = number::hash(&[&a, &b]);
        let exponent =
            Identity { name: answer.name, password: answer.password }.exponent(answer.salt);
        let masked = group::multiplier().mul(&group::generator_to(&exponent));
        let base = group::element(server.number()).sub(&masked);
        let scrambled = base.pow(&U256::from_be_slice(&scramble)).pow(&exponent);
        let shared = base.pow(&self.exponent()).mul(&scrambled).retrieve();
        let shared = number::signed(&shared.to_be_bytes());
        let key = claim::derive(&number::signed(&scramble), &shared);
        Ok(claim::signature(&key, answer.name, answer.secret_block, answer.timestamp))
    }
}
