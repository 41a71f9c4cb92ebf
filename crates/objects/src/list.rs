use store::{KeyRange, KeyReader, Scan};

use crate::{
    Bucket, OBJECTS, Object, ObjectKey, ObjectVersion, Objects, ObjectsError, objects_of, record,
};

/// The most keys and common prefixes that one listing has.
pub const MAX_KEYS: usize = 1000;

/// How many records are read at first after a common prefix was passed over.
const PROBE: usize = 16;

/// What to list.
///
/// Source: S3 API Reference, `ListObjectsV2`; S3 User Guide, *Organizing objects using prefixes*.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct List {
    /// Only keys that start with this. Empty: all.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up, as far as its first occurrence, into one
    /// common prefix. Empty: none are.
    pub delimiter: String,
    /// Where to go on.
    pub after: Option<After>,
    /// How many keys and common prefixes at most; [`MAX_KEYS`] are if it is more.
    pub max_keys: usize,
}

/// Where a listing goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum After {
    /// Behind this key, which need not exist. Keys behind it may still be rolled up into a common prefix
    /// that it begins with.
    Key(String),
    /// Behind every key that starts with this common prefix.
    CommonPrefix(String),
}

/// What was found, in the order of UTF-8 bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The objects that were not rolled up.
    pub objects: Vec<Object>,
    /// What the others were rolled up into.
    pub common_prefixes: Vec<String>,
    /// Where the next listing goes on, if there is more.
    pub next: Option<After>,
}

impl Listing {
    fn len(&self) -> usize {
        self.objects.len() + self.common_prefixes.len()
    }
}

impl Objects {
    /// Lists the current objects of a bucket.
    ///
    /// A common prefix is passed over by a seek behind it, however many keys it stands for.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn list(&self, bucket: &Bucket, what: &List) -> Result<Listing, ObjectsError> {
        let max_keys = what.max_keys.min(MAX_KEYS);
        let parent = objects_of(bucket);
        let mut range = KeyRange::with_text_prefix(&parent, &what.prefix);
        match &what.after {
            Some(After::Key(key)) => range = range.after(&parent.clone().text(key)),
            Some(After::CommonPrefix(prefix)) => range = range.after_text_prefix(&parent, prefix),
            None => {}
        }
        let mut listing = Listing::default();
        if max_keys == 0 {
            return Ok(listing);
        }
        let mut last = None;
        let mut limit = max_keys + 1;
        loop {
            let page = self.records.scan(Scan::new(OBJECTS, range.clone(), limit)).await?;
            limit = (limit * 2).clamp(PROBE, MAX_KEYS + 1);
            for (place, found) in page.entries {
                let key = key_of(&place)?;
                range = range.after(&place);
                if record::is_delete_marker(&found.value) {
                    continue;
                }
                if let Some(After::CommonPrefix(prefix)) = &last
                    && key.as_str().starts_with(prefix)
                {
                    continue;
                }
                if listing.len() == max_keys {
                    listing.next = last;
                    return Ok(listing);
                }
                if let Some(prefix) = common_prefix_of(key.as_str(), &what.prefix, &what.delimiter)
                {
                    listing.common_prefixes.push(prefix.clone());
                    range = range.after_text_prefix(&parent, &prefix);
                    limit = PROBE;
                    last = Some(After::CommonPrefix(prefix));
                } else {
                    last = Some(After::Key(key.as_str().to_owned()));
                    if let ObjectVersion::Object(object) = record::read(key, &found.value)? {
                        listing.objects.push(object);
                    }
                }
            }
            if !page.more {
                return Ok(listing);
            }
        }
    }
}

/// What the key is rolled up into, if it is.
pub(crate) fn common_prefix_of(key: &str, prefix: &str, delimiter: &str) -> Option<String> {
    if delimiter.is_empty() {
        return None;
    }
    let (head, _) = key.strip_prefix(prefix)?.split_once(delimiter)?;
    Some(format!("{prefix}{head}{delimiter}"))
}

/// The key of an object whose record lies there.
pub(crate) fn key_of(place: &[u8]) -> Result<ObjectKey, ObjectsError> {
    let mut reader = KeyReader::new(place);
    let key = reader.text().and_then(|_| reader.text()).ok().and_then(|key| key.parse().ok());
    key.ok_or_else(|| ObjectsError::Damaged { what: "an object's key".to_owned() })
}

#[cfg(test)]
mod tests {
    use std::{collections::BTreeSet, sync::OnceLock};

    use futures_util::future::try_join_all;
    use proptest::prelude::*;
    use tokio::runtime::Runtime;

    use super::*;
    use crate::{Versioned, testing::World};

    /// What a listing shows: keys and common prefixes.
    fn shown(listing: &Listing) -> (Vec<String>, Vec<String>) {
        let keys = listing.objects.iter().map(|object| object.key.to_string()).collect();
        (keys, listing.common_prefixes.clone())
    }

    async fn filled(world: &World, name: &str, keys: &BTreeSet<String>) -> Versioned<Bucket> {
        let bucket = world.bucket(name).await;
        try_join_all(keys.iter().map(|key| world.put(&bucket, key, b"x"))).await.unwrap();
        bucket
    }

    fn set(keys: &[&str]) -> BTreeSet<String> {
        keys.iter().map(|key| (*key).to_owned()).collect()
    }

    #[tokio::test]
    async fn folders_are_rolled_up() {
        let world = World::new();
        let keys = set(&["a", "a/1", "a/2", "a/b/3", "b/", "b/1", "c//d", "A/1"]);
        let bucket = filled(&world, "bucket", &keys).await.value;
        filled(&world, "bucket2", &set(&["another's"])).await;
        for (prefix, delimiter, keys, prefixes) in [
            ("", "/", vec!["a"], vec!["A/", "a/", "b/", "c/"]),
            ("a", "/", vec!["a"], vec!["a/"]),
            ("a/", "/", vec!["a/1", "a/2"], vec!["a/b/"]),
            ("b/", "/", vec!["b/", "b/1"], vec![]),
            ("c/", "/", vec![], vec!["c//"]),
            ("a/", "", vec!["a/1", "a/2", "a/b/3"], vec![]),
            ("", "/b", vec!["A/1", "a", "a/1", "a/2", "b/", "b/1", "c//d"], vec!["a/b"]),
            ("nothing", "/", vec![], vec![]),
        ] {
            let what = List {
                prefix: prefix.to_owned(),
                delimiter: delimiter.to_owned(),
                after: None,
                max_keys: 1000,
            };
            let listing = world.objects.list(&bucket, &what).await.unwrap();
            let expected = (
                keys.into_iter().map(str::to_owned).collect(),
                prefixes.into_iter().map(str::to_owned).collect(),
            );
            assert_eq!(shown(&listing), expected, "{what:?}");
            assert_eq!(listing.next, None);
        }
    }

    #[tokio::test]
    async fn a_page_holds_what_was_asked_for_and_no_more_than_the_limit() {
        let world = World::new();
        let keys = (0..MAX_KEYS + 2).map(|n| format!("{n:04}")).collect();
        let bucket = filled(&world, "bucket", &keys).await.value;
        let list = async |max_keys, after| {
            let what = List { after, max_keys, ..List::default() };
            world.objects.list(&bucket, &what).await.unwrap()
        };
        let none = list(0, None).await;
        assert_eq!((none.objects.len(), none.next), (0, None));
        let page = list(usize::MAX, None).await;
        assert_eq!(page.objects.len(), MAX_KEYS);
        assert_eq!(page.next, Some(After::Key("0999".to_owned())));
        let rest = list(2, page.next).await;
        assert_eq!((rest.objects.len(), rest.next), (2, None));
    }

    #[tokio::test]
    async fn large_folders_are_passed_over() {
        let world = World::new();
        let keys = (0..3).flat_map(|a| (0..300).map(move |b| format!("{a}/{b}"))).collect();
        let bucket = filled(&world, "bucket", &keys).await.value;
        let what = List { delimiter: "/".to_owned(), max_keys: 2, ..List::default() };
        let page = world.objects.list(&bucket, &what).await.unwrap();
        assert_eq!(page.common_prefixes, ["0/", "1/"]);
        assert_eq!(page.next, Some(After::CommonPrefix("1/".to_owned())));
        let rest = List { after: page.next, ..what.clone() };
        let rest = world.objects.list(&bucket, &rest).await.unwrap();
        assert_eq!((rest.common_prefixes, rest.next), (vec!["2/".to_owned()], None));
        // A key to start after lies inside a folder: the rest of the folder still counts.
        let after = Some(After::Key("1/5".to_owned()));
        let inside = world.objects.list(&bucket, &List { after, ..what }).await.unwrap();
        assert_eq!(inside.common_prefixes, ["1/", "2/"]);
    }

    /// The same by brute force: roll everything up, then cut.
    fn naive(keys: &BTreeSet<String>, what: &List) -> (Vec<String>, Vec<String>) {
        let after = |key: &String| match &what.after {
            Some(After::Key(after)) => key > after,
            Some(After::CommonPrefix(after)) => key > after && !key.starts_with(after),
            None => true,
        };
        let mut items = BTreeSet::new();
        for key in keys.iter().filter(|key| key.starts_with(&what.prefix)).filter(|key| after(key))
        {
            let rest = key.split_at(what.prefix.len()).1;
            let end = Some(&what.delimiter)
                .filter(|d| !d.is_empty())
                .and_then(|d| Some(what.prefix.len() + rest.find(d.as_str())? + d.len()));
            let shown = key.split_at(end.unwrap_or(key.len())).0;
            items.insert((shown.to_owned(), end.is_some()));
        }
        let items: Vec<_> = items.into_iter().take(what.max_keys).collect();
        let of = |rolled: bool| {
            items.iter().filter(|item| item.1 == rolled).map(|item| item.0.clone()).collect()
        };
        (of(false), of(true))
    }

    fn world() -> &'static (Runtime, World) {
        static WORLD: OnceLock<(Runtime, World)> = OnceLock::new();
        WORLD.get_or_init(|| (Runtime::new().unwrap(), World::new()))
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn a_listing_is_what_brute_force_finds(
            keys in prop::collection::btree_set("[ab/\0ÿ]{1,5}", 0..24),
            prefix in "[ab/]{0,2}",
            delimiter in prop_oneof![Just(""), Just("/"), Just("a"), Just("/b")],
            start in prop::option::of("[ab/ÿ]{0,3}"),
            max_keys in 1..6_usize,
        ) {
            static ROUND: std::sync::atomic::AtomicU32 = std::sync::atomic::AtomicU32::new(0);
            let round = ROUND.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            let (runtime, world) = world();
            runtime.block_on(async {
                let bucket = filled(world, &format!("bucket-{round}"), &keys).await.value;
                let mut what = List {
                    prefix,
                    delimiter: delimiter.to_owned(),
                    after: start.map(After::Key),
                    max_keys,
                };
                // Page by page, each compared, up to the end.
                for _ in 0..30 {
                    let listing = world.objects.list(&bucket, &what).await.unwrap();
                    assert_eq!(shown(&listing), naive(&keys, &what), "{what:?} of {keys:?}");
                    let all = List { max_keys: 1000, ..what.clone() };
                    let (objects, prefixes) = naive(&keys, &all);
                    let more = objects.len() + prefixes.len() > max_keys;
                    assert_eq!(listing.next.is_some(), more, "{what:?} of {keys:?}");
                    let Some(next) = listing.next else { return };
                    what.after = Some(next);
                }
                panic!("the listing does not end");
            });
        }
    }
}
