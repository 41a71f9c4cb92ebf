//! Listings, a page at a time.

use directory::{Directory, Found, Key, Record};

use crate::error::AccessError;

/// How many entries a page has, unless the caller says otherwise.
const LENGTH_DEFAULT: usize = 100;
/// How many records are read at once.
const READ_LENGTH: usize = 200;

/// A page of a listing.
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    /// Where the next page goes on; none at the end.
    pub(crate) marker: Option<String>,
}

impl<T> Page<T> {
    /// The `IsTruncated` of the answer.
    pub(crate) fn is_truncated(&self) -> bool {
        self.marker.is_some()
    }
}

/// How many entries a page has at most.
pub(crate) fn length(max_items: Option<i32>) -> usize {
    max_items.and_then(|items| usize::try_from(items).ok()).unwrap_or(LENGTH_DEFAULT)
}

/// One page of what is there anyhow, in the order of its keys, which are distinct. The marker is the key
/// of the last entry of the page before.
pub(crate) fn page<T>(
    items: impl IntoIterator<Item = T>,
    key: impl Fn(&T) -> String,
    marker: Option<&str>,
    max_items: Option<i32>,
) -> Page<T> {
    let behind = |item: &T| marker.is_none_or(|marker| key(item).as_str() > marker);
    let mut behind = items.into_iter().filter(behind);
    let items: Vec<T> = behind.by_ref().take(length(max_items)).collect();
    let more = behind.next().is_some();
    let marker = items.last().filter(|_| more).map(&key);
    Page { items, marker }
}

/// At most `wanted` of the records that `keep` keeps, behind the position `after`, and whether there are
/// more.
pub(crate) async fn records<R: Record>(
    directory: &Directory,
    within: &Key,
    mut after: Option<Vec<u8>>,
    wanted: usize,
    keep: impl Fn(&R) -> bool,
) -> Result<(Vec<Found<R>>, bool), AccessError> {
    let mut kept = Vec::new();
    loop {
        let page = directory.list::<R>(within, after.as_deref(), READ_LENGTH).await?;
        after = page.records.last().map(|found| found.position().to_vec());
        for found in page.records {
            if !keep(&found.record) {
                continue;
            }
            if kept.len() == wanted {
                return Ok((kept, true));
            }
            kept.push(found);
        }
        if !page.more {
            return Ok((kept, false));
        }
    }
}

#[cfg(test)]
mod tests {
    use directory::{Role, RoleKey};

    use super::*;
    use crate::testing::{World, role};

    #[tokio::test]
    async fn pages_go_through_the_records_that_are_kept_once_each() {
        let world = World::new();
        let owner = world.owner("123456789012", "us-east-1");
        for (path, name) in
            [("/", "a"), ("/app/", "B"), ("/app/x/", "c"), ("/application/", "d"), ("/app/", "E")]
        {
            world.add(&owner, &role(path, name)).await.unwrap();
        }
        let other = world.owner("210987654321", "us-east-1");
        world.add(&other, &role("/app/", "theirs")).await.unwrap();
        let within = RoleKey::prefix(&owner);
        for (prefix, expected) in
            [("/", "aBcdE"), ("/app/", "BcE"), ("/app", "BcdE"), ("/app/x/", "c"), ("/none/", "")]
        {
            for wanted in 1..=6 {
                let (mut names, mut after) = (String::new(), None);
                loop {
                    let under = |role: &Role| role.path.starts_with(prefix);
                    let page = records(&world.directory, &within, after, wanted, under);
                    let (roles, more) = page.await.unwrap();
                    assert!(roles.len() <= wanted && (roles.len() == wanted || !more));
                    names.extend(roles.iter().map(|found| found.record.name.as_str()));
                    if !more {
                        break;
                    }
                    after = roles.last().map(|found| found.position().to_vec());
                }
                assert_eq!(names, expected, "{prefix} by {wanted}");
            }
        }
    }

    #[test]
    fn pages_go_on_behind_the_marker_and_end() {
        let names = |after, wanted| {
            let page = page(["a", "b", "c"], |name| (*name).to_owned(), after, Some(wanted));
            (page.items.concat(), page.marker)
        };
        assert_eq!(names(None, 2), ("ab".to_owned(), Some("b".to_owned())));
        assert_eq!(names(Some("b"), 2), ("c".to_owned(), None));
        assert_eq!(names(None, 3), ("abc".to_owned(), None));
        assert_eq!(names(Some("bb"), 9), ("c".to_owned(), None));
        assert_eq!(names(Some("c"), 1), (String::new(), None));
    }
}
