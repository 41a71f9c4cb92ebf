/// The candidate that a name was probably meant to be, if one is near enough.
///
/// It differs by at most a third of the name's characters, inserted, left out or exchanged, or
/// only in case.
#[must_use]
pub fn nearest<'c>(name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let bound = name.chars().count() / 3;
    candidates
        .into_iter()
        .filter_map(|candidate| {
            let distance =
                if candidate.eq_ignore_ascii_case(name) { 0 } else { distance(name, candidate) };
            (distance <= bound).then_some((distance, candidate))
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// How many characters must be inserted, left out or exchanged to make one text of the other.
fn distance(from: &str, to: &str) -> usize {
    // The row of the table for what was read of `from`: the distance to each beginning of `to`.
    let mut row: Vec<usize> = (0..=to.chars().count()).collect();
    for (read, left) in from.chars().enumerate() {
        let mut diagonal = read;
        let mut last = read + 1;
        let mut next = Vec::with_capacity(row.len());
        next.push(last);
        for (above, right) in row.iter().skip(1).zip(to.chars()) {
            last = (diagonal + usize::from(left != right)).min(*above + 1).min(last + 1);
            diagonal = *above;
            next.push(last);
        }
        row = next;
    }
    row.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distances_are_those_of_levenshtein() {
        for (from, to, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("kitten", "sitting", 3),
            ("Ref", "Fer", 2),
            ("a", "a", 0),
        ] {
            assert_eq!(distance(from, to), expected, "{from} {to}");
            assert_eq!(distance(to, from), expected, "{to} {from}");
        }
    }

    #[test]
    fn only_what_is_near_is_proposed() {
        let names = ["BucketName", "Tags", "VersioningConfiguration"];
        assert_eq!(nearest("BuketName", names), Some("BucketName"));
        assert_eq!(nearest("bucketname", names), Some("BucketName"));
        assert_eq!(nearest("tags", names), Some("Tags"));
        assert_eq!(nearest("Policy", names), None);
    }
}
