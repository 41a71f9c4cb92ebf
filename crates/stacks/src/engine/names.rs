//! Names for resources whose template gives them none.

use types::Entropy;

use crate::resource::Naming;

/// How many random characters make a name unique.
const RANDOM: usize = 12;

/// `STACK-RESOURCE-RANDOM`, the first two cut where that is longer than the type allows. Such a name has
/// letters, digits and hyphens, does not begin or end with a hyphen, and fits every type.
///
/// Source: CloudFormation User Guide, *Name type*: `stack-name-logical-id-random`.
pub(super) fn chosen(
    stack: &str,
    logical_id: &str,
    naming: Naming,
    entropy: &dyn Entropy,
) -> String {
    let room = naming.length_max.saturating_sub(RANDOM + 1);
    let first: String = stack.chars().take(room / 2).collect();
    let first = first.trim_end_matches('-');
    let second: String =
        logical_id.chars().take(room.saturating_sub(first.chars().count() + 1)).collect();
    let alphabet: &[u8] = if naming.lower_case {
        b"abcdefghijklmnopqrstuvwxyz0123456789"
    } else {
        b"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
    };
    let name = format!("{first}-{second}-{}", entropy.text(alphabet, RANDOM));
    if naming.lower_case { name.to_ascii_lowercase() } else { name }
}

#[cfg(test)]
mod tests {
    use types::SeededEntropy;

    use super::*;

    fn naming(length_max: usize, lower_case: bool) -> Naming {
        Naming { property: None, length_max, lower_case }
    }

    #[test]
    fn a_name_tells_where_it_is_from_and_is_like_no_other() {
        let entropy = SeededEntropy::new(1);
        let name = chosen("demo", "Bucket", naming(63, true), &entropy);
        assert!(name.starts_with("demo-bucket-"), "{name}");
        assert_eq!(name.len(), "demo-bucket-".len() + RANDOM);
        assert_ne!(name, chosen("demo", "Bucket", naming(63, true), &entropy));
        let name = chosen("demo", "Role", naming(64, false), &entropy);
        assert!(name.starts_with("demo-Role-"), "{name}");
    }

    #[test]
    fn a_name_is_no_longer_than_its_type_allows() {
        let entropy = SeededEntropy::new(1);
        let long = "a".repeat(128);
        for max in [63, 64, 128] {
            let name = chosen(&long, &long, naming(max, false), &entropy);
            assert_eq!(name.len(), max, "{name}");
        }
        let name = chosen(&format!("{}-b", "a".repeat(24)), &long, naming(63, true), &entropy);
        assert!(!name.contains("--"), "{name}");
    }
}
