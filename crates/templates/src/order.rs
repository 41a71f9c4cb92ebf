//! An order in which everything stands behind what it depends on.

use std::collections::{BTreeMap, BTreeSet};

/// The names in an order in which each stands behind those it depends on, otherwise as given;
/// names that are not given are ignored.
///
/// # Errors
///
/// The members of a circle, each before the one it depends on.
pub(crate) fn in_order<'n>(
    given: &[(&'n str, BTreeSet<&'n str>)],
) -> Result<Vec<&'n str>, Vec<&'n str>> {
    let places: BTreeMap<&str, usize> =
        given.iter().enumerate().map(|(place, (name, _))| (*name, place)).collect();
    let mut dependents: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    let mut missing: BTreeMap<usize, usize> = BTreeMap::new();
    for (place, (_, dependencies)) in given.iter().enumerate() {
        let known = dependencies.iter().filter(|name| places.contains_key(*name));
        missing.insert(place, known.clone().count());
        for dependency in known {
            dependents.entry(dependency).or_default().push(place);
        }
    }
    let mut ready: BTreeSet<usize> =
        missing.iter().filter(|(_, count)| **count == 0).map(|(place, _)| *place).collect();
    let mut order = Vec::with_capacity(given.len());
    while let Some(place) = ready.pop_first() {
        missing.remove(&place);
        let Some((name, _)) = given.get(place) else { continue };
        order.push(*name);
        for dependent in dependents.get(name).into_iter().flatten() {
            if let Some(count) = missing.get_mut(dependent) {
                *count -= 1;
                if *count == 0 {
                    ready.insert(*dependent);
                }
            }
        }
    }
    if missing.is_empty() { Ok(order) } else { Err(circle(given, &places, &missing)) }
}

/// A circle among what could not be ordered: of these, each depends on another one of them.
fn circle<'n>(
    given: &[(&'n str, BTreeSet<&'n str>)],
    places: &BTreeMap<&str, usize>,
    left: &BTreeMap<usize, usize>,
) -> Vec<&'n str> {
    let mut path: Vec<&str> = Vec::new();
    let mut place = left.keys().next().copied();
    while let Some((name, dependencies)) = place.and_then(|place| given.get(place)) {
        if let Some(first) = path.iter().position(|seen| seen == name) {
            return path.split_off(first);
        }
        path.push(name);
        place = dependencies
            .iter()
            .filter_map(|dependency| places.get(dependency))
            .find(|place| left.contains_key(place))
            .copied();
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order<'n>(given: &[(&'n str, &[&'n str])]) -> Result<Vec<&'n str>, Vec<&'n str>> {
        let given: Vec<_> =
            given.iter().map(|(name, names)| (*name, names.iter().copied().collect())).collect();
        in_order(&given)
    }

    #[test]
    fn the_given_order_stays_where_nothing_speaks_against_it() {
        assert_eq!(order(&[("c", &[]), ("a", &[]), ("b", &[])]), Ok(vec!["c", "a", "b"]));
    }

    #[test]
    fn everything_stands_behind_what_it_depends_on() {
        let given: &[(&str, &[&str])] = &[
            ("role", &["pool", "bucket"]),
            ("pool", &[]),
            ("policy", &["role"]),
            ("bucket", &["pool"]),
        ];
        assert_eq!(order(given), Ok(vec!["pool", "bucket", "role", "policy"]));
    }

    #[test]
    fn a_circle_is_named_without_what_only_depends_on_it() {
        let given: &[(&str, &[&str])] =
            &[("outside", &["a"]), ("a", &["b"]), ("b", &["c"]), ("c", &["a"]), ("free", &[])];
        assert_eq!(order(given), Err(vec!["a", "b", "c"]));
        assert_eq!(order(&[("self", &["self"])]), Err(vec!["self"]));
    }

    #[test]
    fn names_that_are_not_given_do_not_count() {
        assert_eq!(order(&[("a", &["elsewhere"])]), Ok(vec!["a"]));
    }
}
