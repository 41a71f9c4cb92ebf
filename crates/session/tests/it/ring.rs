//! The ring's text form and its rotation.

use proptest::prelude::*;
use session::{KeyRing, RETIRED_KEYS_MAX, RingError};

use crate::{entropy, ring};

fn ids(ring: &KeyRing) -> Vec<String> {
    let members = [ring.next_id(), ring.primary_id()].into_iter().chain(ring.retired_ids());
    members.map(|id| id.to_string()).collect()
}

/// The text of a ring with two retired keys: five lines after the first.
fn lines() -> Vec<String> {
    let ring = ring(1).rotate(&*entropy(2)).unwrap().rotate(&*entropy(3)).unwrap();
    ring.to_text().expose().lines().map(str::to_owned).collect()
}

fn parse(lines: &[String]) -> Result<KeyRing, RingError> {
    KeyRing::parse(&lines.join("\n"))
}

#[test]
fn a_ring_reads_what_it_wrote() {
    let lines = lines();
    assert_eq!(lines.len(), 5);
    assert_eq!(lines[0], "cloakroom-key-ring 1");
    let read = parse(&lines).unwrap();
    let roles = lines[1..].iter().map(|line| line.split(' ').next().unwrap());
    assert_eq!(roles.collect::<Vec<_>>(), ["next", "primary", "retired", "retired"]);
    let again = KeyRing::parse(read.to_text().expose()).unwrap();
    assert_eq!(again.to_text().expose(), read.to_text().expose());
    assert_eq!(ids(&again), ids(&read));
}

#[test]
fn comments_blank_lines_and_order_do_not_matter() {
    let lines = lines();
    let text = [
        "# the key ring of node 1",
        "",
        &lines[0],
        "  ",
        &lines[2],
        "#",
        &lines[3],
        &lines[1],
        &lines[4],
        "",
    ]
    .join("\n");
    assert_eq!(ids(&KeyRing::parse(&text).unwrap()), ids(&parse(&lines).unwrap()));
    let windows = lines.join("\r\n");
    assert_eq!(ids(&KeyRing::parse(&windows).unwrap()), ids(&parse(&lines).unwrap()));
}

#[test]
fn rotation_moves_each_key_on() {
    let first = ring(1);
    let second = first.rotate(&*entropy(2)).unwrap();
    let third = second.rotate(&*entropy(3)).unwrap();
    assert_eq!(second.primary_id(), first.next_id());
    assert_eq!(second.retired_ids().collect::<Vec<_>>(), [first.primary_id()]);
    assert_eq!(third.primary_id(), second.next_id());
    let retired = [second.primary_id(), first.primary_id()];
    assert_eq!(third.retired_ids().collect::<Vec<_>>(), retired);
    let mut all = ids(&third);
    all.sort();
    all.dedup();
    assert_eq!(all.len(), 4, "every key is another");
}

#[test]
fn only_retired_keys_are_dropped() {
    let ring = ring(1).rotate(&*entropy(2)).unwrap();
    let retired = ring.retired_ids().next().unwrap();
    for id in [ring.next_id(), ring.primary_id(), "0123456789abcdef".parse().unwrap()] {
        assert_eq!(ring.drop_retired(id).unwrap_err(), RingError::NotRetired(id));
    }
    let dropped = ring.drop_retired(retired).unwrap();
    assert_eq!(dropped.retired_ids().count(), 0);
    assert_eq!((dropped.next_id(), dropped.primary_id()), (ring.next_id(), ring.primary_id()));
    assert_eq!(dropped.drop_retired(retired).unwrap_err(), RingError::NotRetired(retired));
}

#[test]
fn a_full_ring_neither_rotates_nor_is_read_with_more() {
    let mut full = ring(1);
    for seed in 0..RETIRED_KEYS_MAX as u64 {
        full = full.rotate(&*entropy(100 + seed)).unwrap();
    }
    assert_eq!(full.rotate(&*entropy(2)).unwrap_err(), RingError::TooManyRetired);
    let text = full.to_text();
    assert!(KeyRing::parse(text.expose()).is_ok());
    let another = ring(5000).to_text().expose().lines().nth(1).unwrap().replace("next", "retired");
    let more = format!("{}{another}", text.expose());
    assert_eq!(KeyRing::parse(&more).unwrap_err(), RingError::TooManyRetired);
}

#[test]
fn what_is_not_a_ring_is_refused_with_its_line() {
    let lines = lines();
    let without = |index: usize| {
        let mut lines = lines.clone();
        lines.remove(index);
        parse(&lines).unwrap_err()
    };
    assert_eq!(without(0), RingError::Format);
    assert_eq!(without(1), RingError::Missing("next"));
    assert_eq!(without(2), RingError::Missing("primary"));
    let with = |index: usize, line: String| {
        let mut lines = lines.clone();
        lines[index] = line;
        parse(&lines).unwrap_err()
    };
    assert_eq!(with(0, "cloakroom-key-ring 2".into()), RingError::Format);
    assert_eq!(with(0, " cloakroom-key-ring 1".into()), RingError::Format);
    assert_eq!(with(3, lines[2].clone()), RingError::Repeated { line: 4 });
    assert_eq!(with(3, lines[2].replace("primary", "retired")), RingError::Repeated { line: 4 });
    for role in ["next", "primary"] {
        let second = lines[3].replace("retired", role);
        assert_eq!(with(3, second), RingError::Repeated { line: 4 });
    }
    for wrong in [
        lines[3].replace("retired", "Retired"),
        lines[3].replace("retired", "tertiary"),
        lines[3].replace(' ', "  "),
        lines[3].replace(' ', "\t"),
        format!("{} ", lines[3]),
        format!(" {}", lines[3]),
        format!("{} x", lines[3]),
        lines[3].replace('=', ""),
        lines[3].split_at(30).0.to_owned(),
        "retired".to_owned(),
        "retired 0123456789abcdef".to_owned(),
        "retired 0123456789abcdef AAAA".to_owned(),
        "retired 0123456789abcdeg AAAA".to_owned(),
    ] {
        assert_eq!(with(3, wrong.clone()), RingError::Line { line: 4 }, "{wrong}");
    }
    for text in ["", "\n", "# only a comment", "\0"] {
        assert_eq!(KeyRing::parse(text).unwrap_err(), RingError::Format);
    }
}

#[test]
fn a_key_that_was_altered_is_found_out() {
    let lines = lines();
    let (start, key) = lines[2].rsplit_once(' ').unwrap();
    let id = parse(&lines).unwrap().primary_id();
    for position in 0..40 {
        let other = if key.as_bytes()[position] == b'B' { "C" } else { "B" };
        let mut altered = key.to_owned();
        altered.replace_range(position..=position, other);
        let mut lines = lines.clone();
        lines[2] = format!("{start} {altered}");
        let refused = parse(&lines).unwrap_err();
        assert_eq!(refused, RingError::Altered { line: 3, id });
        assert!(!refused.to_string().contains(altered.split_at(10).0));
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in any::<String>(), line in "(next|primary|retired) [0-9a-f]{16} [A-Za-z0-9+/]{0,50}={0,2}") {
        prop_assert!(KeyRing::parse(&text).is_err());
        let text = format!("cloakroom-key-ring 1\n{line}\n{line}");
        prop_assert!(KeyRing::parse(&text).is_err());
    }
}
