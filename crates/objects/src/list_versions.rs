use std::{cmp::Ordering, collections::VecDeque};

use store::{Entry, KeyRange, Scan, Space};

use crate::{
    Bucket, MAX_KEYS, OBJECTS, ObjectKey, ObjectVersion, Objects, ObjectsError, VERSIONS,
    VersionId,
    history::version_key,
    list::{common_prefix_of, key_of},
    object_key, objects_of, record,
};

/// How many records are read at once behind a common prefix.
const PROBE: usize = 16;

/// Which versions to list.
///
/// Source: S3 API Reference, `ListObjectVersions`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ListVersions {
    /// Only keys that start with this. Empty: all.
    pub prefix: String,
    /// Keys that have this behind the prefix are rolled up into one common prefix. Empty: none are.
    pub delimiter: String,
    /// Where to go on.
    pub after: Option<AfterVersion>,
    /// How many versions and common prefixes at most; [`MAX_KEYS`] are if it is more.
    pub max_keys: usize,
}

/// Where a listing of versions goes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AfterVersion {
    /// Behind every version of this key, which need not exist.
    Key(String),
    /// Behind this version of this key. If there is no such null version any more, at the key's first.
    Version(ObjectKey, VersionId),
    /// Behind every key that starts with this common prefix.
    CommonPrefix(String),
}

/// The versions that were found: keys in the order of UTF-8 bytes, versions of a key from the latest.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VersionListing {
    /// The versions that were not rolled up, each with whether it is the current one.
    pub versions: Vec<(ObjectVersion, bool)>,
    /// What the others were rolled up into.
    pub common_prefixes: Vec<String>,
    /// Where the next listing goes on, if there is more.
    pub next: Option<AfterVersion>,
}

/// One of the two spaces that versions lie in, read page by page.
struct Cursor {
    space: Space,
    range: KeyRange,
    limit: usize,
    read: VecDeque<Entry>,
    more: bool,
}

impl Cursor {
    fn new(space: Space, range: KeyRange, limit: usize) -> Self {
        Self { space, range, limit, read: VecDeque::new(), more: true }
    }

    /// The key of the next record.
    async fn key(&mut self, objects: &Objects) -> Result<Option<ObjectKey>, ObjectsError> {
        while self.read.is_empty() && self.more {
            let scan = Scan::new(self.space, self.range.clone(), self.limit);
            let page = objects.records.scan(scan).await?;
            if let Some((place, _)) = page.entries.last() {
                self.range = self.range.clone().after(place);
            }
            self.read = page.entries.into();
            self.more = page.more;
        }
        self.read.front().map(|(place, _)| key_of(place)).transpose()
    }

    /// The next record, of this key, and the one behind it is next.
    fn take(&mut self, key: ObjectKey) -> Result<Option<ObjectVersion>, ObjectsError> {
        let next = self.read.pop_front();
        next.map(|(_, found)| record::read(key, &found.value)).transpose()
    }

    /// Goes on behind every key that starts with this.
    fn pass_over(&mut self, bucket: &Bucket, prefix: &str) -> Result<(), ObjectsError> {
        while let Some((place, _)) = self.read.front()
            && key_of(place)?.as_str().starts_with(prefix)
        {
            self.read.pop_front();
        }
        if self.read.is_empty() {
            self.range = self.range.clone().after_text_prefix(&objects_of(bucket), prefix);
            self.limit = PROBE;
        }
        Ok(())
    }
}

impl Objects {
    /// Lists the versions of the objects of a bucket. What others change meanwhile may be missing.
    ///
    /// # Errors
    /// [`ObjectsError`], if the store failed.
    pub async fn list_versions(
        &self,
        bucket: &Bucket,
        what: &ListVersions,
    ) -> Result<VersionListing, ObjectsError> {
        let max_keys = what.max_keys.min(MAX_KEYS);
        let mut listing = VersionListing::default();
        if max_keys == 0 {
            return Ok(listing);
        }
        let (current, earlier) = self.ranges(bucket, what).await?;
        // The current ones are read first: one that becomes an earlier one meanwhile is seen twice, and
        // not missed.
        let mut current = Cursor::new(OBJECTS, current, max_keys + 1);
        let mut earlier = Cursor::new(VERSIONS, earlier, max_keys + 1);
        let mut last: Option<AfterVersion> = None;
        loop {
            let keys = (current.key(self).await?, earlier.key(self).await?);
            let (key, is_current) = match keys {
                (None, None) => return Ok(listing),
                (Some(key), None) => (key, true),
                (None, Some(key)) => (key, false),
                (Some(one), Some(other)) => match one.cmp(&other) {
                    Ordering::Less | Ordering::Equal => (one, true),
                    Ordering::Greater => (other, false),
                },
            };
            let full = listing.versions.len() + listing.common_prefixes.len() == max_keys;
            if let Some(prefix) = common_prefix_of(key.as_str(), &what.prefix, &what.delimiter) {
                if full {
                    listing.next = last;
                    return Ok(listing);
                }
                current.pass_over(bucket, &prefix)?;
                earlier.pass_over(bucket, &prefix)?;
                listing.common_prefixes.push(prefix.clone());
                last = Some(AfterVersion::CommonPrefix(prefix));
                continue;
            }
            let cursor = if is_current { &mut current } else { &mut earlier };
            let Some(version) = cursor.take(key.clone())? else { return Ok(listing) };
            let here = Some(AfterVersion::Version(key, version.version_id()));
            if here == last {
                continue;
            }
            if full {
                listing.next = last;
                return Ok(listing);
            }
            last = here;
            listing.versions.push((version, is_current));
        }
    }

    /// Where the current and the earlier versions begin that are to be listed.
    async fn ranges(
        &self,
        bucket: &Bucket,
        what: &ListVersions,
    ) -> Result<(KeyRange, KeyRange), ObjectsError> {
        let parent = objects_of(bucket);
        let all = KeyRange::with_text_prefix(&parent, &what.prefix);
        // Of a key, the current version comes before all of the earlier ones.
        let behind = |key: &str| all.clone().after(&parent.clone().text(key));
        let behind_all_of = |key: &str| all.clone().after_within(&parent.clone().text(key));
        Ok(match &what.after {
            None => (all.clone(), all),
            Some(AfterVersion::Key(key)) => (behind(key), behind_all_of(key)),
            Some(AfterVersion::CommonPrefix(prefix)) => {
                let range = all.after_text_prefix(&parent, prefix);
                (range.clone(), range)
            }
            Some(AfterVersion::Version(key, id)) => {
                let microseconds = match id {
                    VersionId::Unique(id) => Some(id.microseconds()),
                    VersionId::Null => self
                        .version(bucket, key, *id)
                        .await?
                        .map(|found| found.value.last_modified().as_microsecond()),
                };
                match microseconds {
                    None => {
                        let range = all.from(&object_key(bucket, key));
                        (range.clone(), range)
                    }
                    Some(microseconds) => {
                        let earlier = all.clone().after(&version_key(bucket, key, microseconds));
                        (behind(key.as_str()), earlier)
                    }
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use tokio::runtime::Runtime;

    use super::*;
    use crate::{
        Deleted, Versioned, Versioning,
        testing::{World, name},
    };

    /// What is done to a bucket.
    #[derive(Debug, Clone)]
    enum Step {
        Turn(Versioning),
        Put(&'static str),
        Delete(&'static str),
        /// Removes the n-th version, counted round, of all that there are.
        Remove(usize),
    }

    fn key() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec!["a", "a/b", "a/c", "b"])
    }

    fn step() -> impl Strategy<Value = Step> {
        prop_oneof![
            1 => prop::sample::select(vec![Versioning::Enabled, Versioning::Suspended])
                .prop_map(Step::Turn),
            5 => key().prop_map(Step::Put),
            2 => key().prop_map(Step::Delete),
            2 => (0..20_usize).prop_map(Step::Remove),
        ]
    }

    /// Its id, and its body unless it is a delete marker.
    type Kept = (VersionId, Option<Vec<u8>>);

    /// The versions of each key, the latest first.
    #[derive(Default)]
    struct Model {
        keys: BTreeMap<&'static str, Vec<Kept>>,
    }

    impl Model {
        fn add(&mut self, key: &'static str, id: VersionId, body: Option<Vec<u8>>) {
            let versions = self.keys.entry(key).or_default();
            if id == VersionId::Null {
                versions.retain(|(other, _)| *other != VersionId::Null);
            }
            versions.insert(0, (id, body));
        }

        fn all(&self) -> Vec<(String, VersionId, bool, bool)> {
            let of = |(key, versions): (&&str, &Vec<Kept>)| {
                let row = |(n, (id, body)): (usize, &Kept)| {
                    ((*key).to_owned(), *id, n == 0, body.is_none())
                };
                versions.iter().enumerate().map(row).collect::<Vec<_>>()
            };
            self.keys.iter().flat_map(of).collect()
        }
    }

    fn row((version, current): &(ObjectVersion, bool)) -> (String, VersionId, bool, bool) {
        let marker = version.as_object().is_none();
        (version.key().to_string(), version.version_id(), *current, marker)
    }

    async fn list(
        world: &World,
        bucket: &Bucket,
        what: ListVersions,
    ) -> Vec<(String, VersionId, bool, bool)> {
        let mut rows = Vec::new();
        let mut what = what;
        for _ in 0..100 {
            let page = world.objects.list_versions(bucket, &what).await.unwrap();
            assert!(page.versions.len() + page.common_prefixes.len() <= what.max_keys);
            rows.extend(page.versions.iter().map(row));
            rows.extend(
                page.common_prefixes.iter().map(|p| (p.clone(), VersionId::Null, false, false)),
            );
            match page.next {
                Some(next) => what.after = Some(next),
                None => return rows,
            }
        }
        panic!("the listing does not end");
    }

    async fn run(steps: Vec<Step>, max_keys: usize) {
        let world = World::new();
        let mut bucket = world.bucket("bucket").await;
        let mut model = Model::default();
        for (n, step) in steps.into_iter().enumerate() {
            match step {
                Step::Turn(versioning) => {
                    let change = |bucket: &mut Bucket| bucket.versioning = versioning;
                    bucket = world.objects.change_bucket(&bucket, change).await.unwrap();
                }
                Step::Put(key) => {
                    let body = n.to_string().into_bytes();
                    let put: Versioned<_> = world.put(&bucket, key, &body).await.unwrap();
                    let id = put.value.version_id;
                    assert_eq!(
                        id == VersionId::Null,
                        bucket.value.versioning != Versioning::Enabled
                    );
                    model.add(key, id, Some(body));
                }
                Step::Delete(key) => {
                    let deleted =
                        world.objects.delete_object(&bucket, &name(key), &[]).await.unwrap();
                    match (deleted, bucket.value.versioning) {
                        (
                            Deleted::Marked { version_id },
                            Versioning::Enabled | Versioning::Suspended,
                        ) => {
                            model.add(key, version_id, None);
                        }
                        (Deleted::Nothing | Deleted::Version { .. }, Versioning::Off) => {
                            assert_eq!(
                                deleted == Deleted::Nothing,
                                model.keys.remove(key).is_none()
                            );
                        }
                        other => panic!("{other:?}"),
                    }
                }
                Step::Remove(n) => {
                    let all = model.all();
                    let Some((key, id, ..)) = all.get(n % all.len().max(1)) else { continue };
                    let removed =
                        world.objects.delete_version(&bucket, &name(key), *id, &[]).await.unwrap();
                    let versions = model.keys.get_mut(key.as_str()).unwrap();
                    let place = versions.iter().position(|(other, _)| other == id).unwrap();
                    let (_, body) = versions.remove(place);
                    let delete_marker = body.is_none();
                    assert_eq!(removed, Deleted::Version { version_id: *id, delete_marker });
                    if versions.is_empty() {
                        model.keys.remove(key.as_str());
                    }
                    let again = world.objects.delete_version(&bucket, &name(key), *id, &[]).await;
                    assert_eq!(again.unwrap(), Deleted::Nothing);
                }
            }
        }
        let listed =
            list(&world, &bucket.value, ListVersions { max_keys, ..ListVersions::default() }).await;
        assert_eq!(listed, model.all());
        for (key, versions) in &model.keys {
            let (_, current) = &versions[0];
            assert_eq!(world.get(&bucket.value, key).await, *current);
            let mut written = None;
            for (id, body) in versions {
                let found = world.objects.version(&bucket.value, &name(key), *id).await.unwrap();
                let found = found.unwrap().value;
                assert!(written.is_none_or(|written| written > found.last_modified()));
                written = Some(found.last_modified());
                assert_eq!(found.as_object().is_none(), body.is_none());
                if let (Some(object), Some(body)) = (found.as_object(), body) {
                    assert_eq!(world.bytes(object).await, *body);
                }
            }
        }
        // By folders: of each, one common prefix.
        let what = ListVersions { delimiter: "/".to_owned(), max_keys, ..ListVersions::default() };
        let mut expected: Vec<_> = model.all();
        for row in expected.iter_mut().filter(|row| row.0.starts_with("a/")) {
            *row = ("a/".to_owned(), VersionId::Null, false, false);
        }
        expected.dedup();
        let mut listed = list(&world, &bucket.value, what).await;
        listed.sort_by(|one, other| one.0.cmp(&other.0));
        assert_eq!(listed, expected);
        let empty = world.objects.delete_bucket(&bucket).await.is_ok();
        assert_eq!(empty, model.all().is_empty());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]

        #[test]
        fn versions_follow_one_another_as_in_a_plain_list(
            steps in prop::collection::vec(step(), 1..30),
            max_keys in 1..5_usize,
        ) {
            Runtime::new().unwrap().block_on(run(steps, max_keys));
        }
    }

    #[tokio::test]
    async fn a_listing_goes_on_where_it_is_told() {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let change = |bucket: &mut Bucket| bucket.versioning = Versioning::Enabled;
        let bucket = world.objects.change_bucket(&bucket, change).await.unwrap();
        let mut ids = Vec::new();
        for key in ["a", "b", "b", "b", "c"] {
            ids.push(world.put(&bucket, key, b"x").await.unwrap().value.version_id);
        }
        let from = async |after| {
            let what = ListVersions { after: Some(after), max_keys: 10, ..ListVersions::default() };
            list(&world, &bucket.value, what).await.into_iter().map(|row| row.1).collect::<Vec<_>>()
        };
        assert_eq!(from(AfterVersion::Key("a".to_owned())).await, [ids[3], ids[2], ids[1], ids[4]]);
        assert_eq!(from(AfterVersion::Key("b".to_owned())).await, [ids[4]]);
        for (n, rest) in [(3, vec![ids[2], ids[1], ids[4]]), (1, vec![ids[4]])] {
            assert_eq!(from(AfterVersion::Version(name("b"), ids[n])).await, rest);
        }
        // There is no null version of it: everything of the key again, rather than too little.
        let null = AfterVersion::Version(name("b"), VersionId::Null);
        assert_eq!(from(null).await, [ids[3], ids[2], ids[1], ids[4]]);
        let none = ListVersions::default();
        let none = world.objects.list_versions(&bucket.value, &none).await.unwrap();
        assert_eq!(none, VersionListing::default());
    }
}
