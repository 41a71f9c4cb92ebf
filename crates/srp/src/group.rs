//! The group: the integers modulo a 3072-bit safe prime, with the generator 2.

use std::sync::LazyLock;

use crypto_bigint::{
    Odd, U256, U3072,
    modular::{FixedMontyForm, FixedMontyParams},
};

use crate::number;

/// RFC 3526, section 4.
const PRIME: Odd<U3072> = Odd::<U3072>::from_be_hex(concat!(
    "FFFFFFFFFFFFFFFFC90FDAA22168C234C4C6628B80DC1CD129024E088A67CC74020BBEA63B139B22514A08798E3404DD",
    "EF9519B3CD3A431B302B0A6DF25F14374FE1356D6D51C245E485B576625E7EC6F44C42E9A637ED6B0BFF5CB6F406B7ED",
    "EE386BFB5A899FA5AE9F24117C4B1FE649286651ECE45B3DC2007CB8A163BF0598DA48361C55D39A69163FA8FD24CF5F",
    "83655D23DCA3AD961C62F356208552BB9ED529077096966D670C354E4ABC9804F1746C08CA18217C32905E462E36CE3B",
    "E39E772C180E86039B2783A2EC07A28FB5C55DF06F4C52C9DE2BCBF6955817183995497CEA956AE515D2261898FA0510",
    "15728E5A8AAAC42DAD33170D04507A33A85521ABDF1CBA64ECFB850458DBEF0A8AEA71575D060C7DB3970F85A6E1E4C7",
    "ABF5AE8CDB0933D71E8C94E04A25619DCEE3D2261AD2EE6BF12FFA06D98A0864D87602733EC86A64521F2B18177B200C",
    "BBE117577A615D6C770988C0BAD946E208E24FA074E5AB3143DB5BFCE0FD108E4B82D120A93AD2CAFFFFFFFFFFFFFFFF",
));

/// An element of the group, ready to be multiplied.
pub(crate) type Element = FixedMontyForm<{ U3072::LIMBS }>;

static PARAMETERS: LazyLock<FixedMontyParams<{ U3072::LIMBS }>> =
    LazyLock::new(|| FixedMontyParams::new_vartime(PRIME));

/// `k`, the hash of the prime and the generator.
static MULTIPLIER: LazyLock<Element> = LazyLock::new(|| {
    let hash = number::hash(&[&number::signed(&PRIME.to_be_bytes()), &[2]]);
    element(&widen(&hash))
});

/// The element that is congruent to this number.
pub(crate) fn element(number: &U3072) -> Element {
    Element::new(number, &PARAMETERS)
}

/// Whether it is a number from 1 to the prime less 1.
pub(crate) fn is_member(number: &U3072) -> bool {
    *number != U3072::ZERO && *number < *PRIME
}

/// The generator to this power.
pub(crate) fn generator_to(exponent: &U256) -> Element {
    element(&U3072::from_u8(2)).pow(exponent)
}

/// `k`.
pub(crate) fn multiplier() -> Element {
    *MULTIPLIER
}

fn widen(hash: &[u8; 32]) -> U3072 {
    U256::from_be_slice(hash).resize()
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn prime_bytes() -> Vec<u8> {
        PRIME.to_be_bytes().to_vec()
    }

    #[test]
    fn the_group_is_the_one_of_rfc_3526() {
        // 2^3072 - 2^3008 - 1 + 2^64 * ([2^2942 pi] + 1690314): its first and last 64 bits are set,
        // and Fermat's theorem holds for it.
        let bytes = prime_bytes();
        assert!(bytes[..8].iter().chain(&bytes[376..]).all(|byte| *byte == 0xff));
        let exponent = PRIME.as_ref().wrapping_sub(&U3072::ONE);
        assert_eq!(element(&U3072::from_u8(2)).pow(&exponent).retrieve(), U3072::ONE);
        // Of a safe prime the half is prime too: 2 is a square, so it has this order.
        assert_eq!(element(&U3072::from_u8(2)).pow(&exponent.shr(1)).retrieve(), U3072::ONE);
        assert!(is_member(&exponent) && !is_member(PRIME.as_ref()) && !is_member(&U3072::ZERO));
    }
}
