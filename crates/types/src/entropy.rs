use std::sync::atomic::{AtomicU64, Ordering};

/// Where chance comes from. Nothing but the process that is composed at start uses a real source.
pub trait Entropy: Send + Sync + 'static {
    /// Fills the buffer with bytes nobody can foresee.
    ///
    /// A source that cannot deliver must not return: guessable ids are worse than a stopped process.
    fn fill(&self, buffer: &mut [u8]);
}

impl dyn Entropy {
    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.fill(&mut bytes);
        bytes
    }

    /// `length` characters drawn evenly from `alphabet`, which must be ASCII and at most 256 long;
    /// an empty alphabet gives an empty text.
    #[must_use]
    pub fn text(&self, alphabet: &[u8], length: usize) -> String {
        let Some(size) = u16::try_from(alphabet.len()).ok().filter(|n| (1..=256).contains(n))
        else {
            return String::new();
        };
        // Bytes beyond the last whole multiple of the alphabet would favour its first characters.
        let limit = 256 / size * size;
        let mut text = String::with_capacity(length);
        while text.len() < length {
            for byte in self.bytes::<32>().map(u16::from) {
                if byte < limit
                    && text.len() < length
                    && let Some(character) = alphabet.get(usize::from(byte % size))
                {
                    text.push(char::from(*character));
                }
            }
        }
        text
    }
}

/// A predictable source for tests: the same seed gives the same bytes. Never for a server.
#[derive(Debug)]
pub struct SeededEntropy {
    state: AtomicU64,
}

impl SeededEntropy {
    /// A source that starts from `seed`.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }
}

impl Entropy for SeededEntropy {
    fn fill(&self, buffer: &mut [u8]) {
        // SplitMix64: good enough to make distinct ids in a test.
        for chunk in buffer.chunks_mut(8) {
            let step = self.state.fetch_add(0x9e37_79b9_7f4a_7c15, Ordering::Relaxed);
            let mut z = step.wrapping_add(0x9e37_79b9_7f4a_7c15);
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            for (to, from) in chunk.iter_mut().zip(z.to_le_bytes()) {
                *to = from;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_uses_the_whole_alphabet_and_nothing_else() {
        let source: &dyn Entropy = &SeededEntropy::new(1);
        let text = source.text(b"abc", 3000);
        assert_eq!(text.len(), 3000);
        for letter in ['a', 'b', 'c'] {
            let count = text.chars().filter(|c| *c == letter).count();
            assert!((850..1150).contains(&count), "{letter}: {count}");
        }
        assert!(source.text(b"", 5).is_empty());
    }
}
