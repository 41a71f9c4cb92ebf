//! Multipart uploads, from their beginning to the removal of what they leave.

use bytes::Bytes;
use futures_util::future::join_all;
use sigv4::{Checksum, ChecksumAlgorithm, Verified};
use types::SignedDuration;

use crate::{
    Attributes, Bucket, ChecksumType, Completion, CompletionError, Condition, CopyOptions,
    Initiator, ListUploads, NamedPart, NewUpload, Object, PART_NUMBER_MAX, Part, PartNumber, Put,
    Tags, Upload, UploadChecksum, UploadError, Versioned, WriteError,
    testing::{World, body, name, verified_by},
};

const MIB: usize = 1 << 20;

fn number(number: i32) -> PartNumber {
    PartNumber::new(number).unwrap()
}

fn new_upload(key: &str, checksum: Option<UploadChecksum>) -> NewUpload {
    NewUpload {
        key: name(key),
        initiator: Initiator { id: "123456789012".to_owned(), principal: None },
        attributes: Attributes::default(),
        tags: Tags::default(),
        checksum,
    }
}

async fn begin(world: &World, bucket: &Versioned<Bucket>, key: &str) -> Versioned<Upload> {
    world.objects.create_upload(bucket, new_upload(key, None)).await.unwrap()
}

async fn written(world: &World, body: &[u8]) -> Put {
    let mut put = world.objects.begin_put();
    for piece in body.chunks(100_000) {
        put.append(Bytes::copy_from_slice(piece)).await.unwrap();
    }
    put
}

fn proof(upload: &Upload, body: &[u8]) -> Verified<sigv4::Digests> {
    verified_by(body, upload.checksum.unwrap_or(UploadChecksum::DEFAULT).algorithm)
}

async fn part(
    world: &World,
    bucket: &Versioned<Bucket>,
    upload: &Versioned<Upload>,
    at: i32,
    body: &[u8],
) -> Result<Part, WriteError> {
    let put = written(world, body).await;
    put.publish_part(&proof(&upload.value, body), bucket, upload, number(at)).await
}

fn named(part: &Part) -> NamedPart {
    let (number, etag) = (part.number, part.etag().to_string());
    NamedPart { number, etag, checksums: vec![part.checksum.clone()] }
}

fn of(parts: &[&Part]) -> Completion {
    Completion { parts: parts.iter().map(|part| named(part)).collect(), ..Default::default() }
}

async fn complete(
    world: &World,
    bucket: &Versioned<Bucket>,
    upload: &Versioned<Upload>,
    completion: &Completion,
) -> Result<Object, CompletionError> {
    let Upload { key, id, .. } = &upload.value;
    world.objects.complete_upload(bucket, key, *id, completion).await
}

#[tokio::test]
async fn an_object_is_put_together_and_its_leavings_are_removed() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let upload = begin(&world, &bucket, "key").await;
    let (first, second) = (body(5 * MIB), body(300_000));
    part(&world, &bucket, &upload, 7, b"replaced").await.unwrap();
    part(&world, &bucket, &upload, 9, b"not named").await.unwrap();
    let two = part(&world, &bucket, &upload, 7, &second).await.unwrap();
    let one = part(&world, &bucket, &upload, 2, &first).await.unwrap();
    assert_eq!(world.get(&bucket.value, "key").await, None, "nothing is seen before the end");
    let done = complete(&world, &bucket, &upload, &of(&[&one, &two])).await.unwrap();
    let whole = [first, second].concat();
    assert_eq!(done.size, whole.len() as u64);
    assert_eq!(done.checksums, [Checksum::of(ChecksumAlgorithm::Crc64Nvme, &whole)]);
    assert_eq!(world.get(&bucket.value, "key").await.unwrap(), whole);
    // What was replaced and what was not named goes; the object stays.
    world.run_jobs_after(SignedDuration::from_hours(48)).await;
    assert_eq!(world.files(), 2);
    assert_eq!(world.get(&bucket.value, "key").await.unwrap(), whole);
    assert!(world.objects.parts(upload.value.id, None, 10).await.unwrap().parts.is_empty());
    let parts = world.objects.parts_of(&done).await.unwrap().unwrap();
    assert_eq!(parts.iter().map(|part| part.number.get()).collect::<Vec<_>>(), [2, 7]);
    // And the object goes whole.
    world.put(&bucket, "key", b"another").await.unwrap();
    world.run_jobs_after(SignedDuration::from_hours(48)).await;
    assert_eq!(world.files(), 0);
    assert!(world.objects.manifest(upload.value.id).await.unwrap().is_none());
}

#[tokio::test]
async fn ranges_lie_across_parts() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let upload = begin(&world, &bucket, "key").await;
    let (first, second) = (body(5 * MIB), body(1000));
    let one = part(&world, &bucket, &upload, 1, &first).await.unwrap();
    let two = part(&world, &bucket, &upload, 2, &second).await.unwrap();
    let done = complete(&world, &bucket, &upload, &of(&[&one, &two])).await.unwrap();
    let whole = [first, second].concat();
    let end = whole.len();
    for range in [0..0, 0..1, 5 * MIB - 1..5 * MIB + 1, 5 * MIB..5 * MIB + 1, end - 1..end] {
        let wanted = range.start as u64..range.end as u64;
        let pieces = world.objects.read(&done, wanted).await.unwrap();
        let read = futures_util::TryStreamExt::try_collect::<Vec<_>>(pieces).await.unwrap();
        assert_eq!(read.concat(), whole[range.clone()], "{range:?}");
    }
}

#[tokio::test]
async fn completing_again_gives_the_same_object_for_a_day() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let upload = begin(&world, &bucket, "key").await;
    let one = part(&world, &bucket, &upload, 1, b"x").await.unwrap();
    let done = complete(&world, &bucket, &upload, &of(&[&one])).await.unwrap();
    // Whatever has become of it.
    world.objects.delete_object(&bucket, &name("key"), &[]).await.unwrap();
    let again = complete(&world, &bucket, &upload, &of(&[&one])).await.unwrap();
    assert_eq!(again, done);
    assert_eq!(world.get(&bucket.value, "key").await, None, "it is not made again");
    let mut other = of(&[&one]);
    other.parts[0].etag = "0".repeat(32);
    let error = complete(&world, &bucket, &upload, &other).await.unwrap_err();
    assert!(matches!(error, CompletionError::NoSuchUpload), "{error}");
    world.run_jobs_after(SignedDuration::from_hours(25)).await;
    let error = complete(&world, &bucket, &upload, &of(&[&one])).await.unwrap_err();
    assert!(matches!(error, CompletionError::NoSuchUpload), "{error}");
}

#[tokio::test]
async fn what_is_refused_leaves_upload_and_object_as_they_were() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    world.put(&bucket, "key", b"old").await.unwrap();
    let upload = begin(&world, &bucket, "key").await;
    let one = part(&world, &bucket, &upload, 1, b"a").await.unwrap();
    let two = part(&world, &bucket, &upload, 2, b"b").await.unwrap();
    let refused = async |completion: &Completion| {
        complete(&world, &bucket, &upload, completion).await.unwrap_err().to_string()
    };
    for (completion, reason) in [
        (of(&[&two, &one]), "order"),
        (of(&[&one, &one]), "order"),
        (of(&[&one, &two]), "only the last one"),
        (of(&[&Part { number: number(3), ..one.clone() }]), "has not come as it is named"),
        (of(&[&Part { md5: two.md5, ..one.clone() }]), "has not come as it is named"),
        (of(&[&Part { checksum: two.checksum.clone(), ..one.clone() }]), "as it is named"),
        (Completion { size: Some(2), ..of(&[&one]) }, "not 2"),
        (
            Completion { checksum_type: Some(ChecksumType::Composite), ..of(&[&one]) },
            "another type",
        ),
        (
            Completion {
                checksum: Some((ChecksumAlgorithm::Crc64Nvme, "AAAAAAAAAAA=".to_owned())),
                ..of(&[&one])
            },
            "another one than was given",
        ),
        (
            Completion {
                checksum: Some((ChecksumAlgorithm::Crc32, one.checksum.to_base64())),
                ..of(&[&one])
            },
            "another one than was given",
        ),
        (Completion { condition: Condition::Absent, ..of(&[&one]) }, "condition"),
    ] {
        let told = refused(&completion).await;
        assert!(told.contains(reason), "{told} is not about {reason}");
    }
    assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"old");
    let right = Completion {
        checksum: Some((ChecksumAlgorithm::Crc64Nvme, one.checksum.to_base64())),
        size: Some(1),
        ..of(&[&one])
    };
    complete(&world, &bucket, &upload, &right).await.unwrap();
    assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"a");
}

/// Source: S3 User Guide, *Checking object integrity in Amazon S3*.
#[tokio::test]
async fn checksums_are_of_all_bytes_or_of_the_parts_checksums() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let bodies = [body(5 * MIB), body(77)];
    for algorithm in ChecksumAlgorithm::ALL {
        for checksum_type in [ChecksumType::FullObject, ChecksumType::Composite] {
            if checksum_type == ChecksumType::FullObject && !algorithm.is_crc() {
                continue;
            }
            let plan = Some(UploadChecksum { algorithm, checksum_type });
            let upload = world.objects.create_upload(&bucket, new_upload("key", plan)).await;
            let upload = upload.unwrap();
            let one = part(&world, &bucket, &upload, 1, &bodies[0]).await.unwrap();
            let two = part(&world, &bucket, &upload, 2, &bodies[1]).await.unwrap();
            let mut bare = of(&[&one, &two]);
            bare.parts[1].checksums.clear();
            let with_bare = complete(&world, &bucket, &upload, &bare).await;
            let expected = match checksum_type {
                ChecksumType::FullObject => Checksum::of(algorithm, &bodies.concat()),
                ChecksumType::Composite => {
                    let error = with_bare.unwrap_err();
                    assert!(matches!(error, CompletionError::ChecksumMissing { number: 2, .. }));
                    let sums = bodies.each_ref().map(|body| Checksum::of(algorithm, body));
                    let values = [sums[0].value(), sums[1].value()].concat();
                    Checksum::of(algorithm, &values)
                }
            };
            let done = complete(&world, &bucket, &upload, &of(&[&one, &two])).await.unwrap();
            let suffix = if checksum_type == ChecksumType::Composite { "-2" } else { "" };
            let text = format!("{}{suffix}", expected.to_base64());
            assert_eq!(done.checksum_text(&done.checksums[0]), text, "{algorithm}");
            assert_eq!(done.checksum_type, checksum_type);
            // A copy has one body, so its checksum is of all bytes.
            let key = name("copy");
            let copy = world.objects.copy_object(&done, &bucket, &key, CopyOptions::default());
            let copy = copy.await.unwrap().value;
            assert_eq!(copy.checksums, [Checksum::of(algorithm, &bodies.concat())]);
            assert_eq!(copy.checksum_type, ChecksumType::FullObject);
        }
    }
}

#[tokio::test]
async fn parts_with_checksums_of_their_own_are_numbered_from_one() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let algorithm = ChecksumAlgorithm::Sha256;
    let plan = UploadChecksum { algorithm, checksum_type: ChecksumType::Composite };
    let new = new_upload("key", Some(plan));
    let upload = world.objects.create_upload(&bucket, new).await.unwrap();
    let two = part(&world, &bucket, &upload, 2, b"x").await.unwrap();
    let error = complete(&world, &bucket, &upload, &of(&[&two])).await.unwrap_err();
    assert!(matches!(error, CompletionError::InvalidPartOrder), "{error}");
}

#[tokio::test]
async fn an_aborted_upload_takes_no_more_and_leaves_nothing() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let upload = begin(&world, &bucket, "key").await;
    let one = part(&world, &bucket, &upload, 1, &body(100_000)).await.unwrap();
    let late = written(&world, b"late").await;
    world.objects.abort_upload(&bucket, &upload).await.unwrap();
    let proof = proof(&upload.value, b"late");
    let error = late.publish_part(&proof, &bucket, &upload, number(2)).await.unwrap_err();
    assert!(matches!(error, WriteError::NoSuchUpload(_)), "{error}");
    let error = complete(&world, &bucket, &upload, &of(&[&one])).await.unwrap_err();
    assert!(matches!(error, CompletionError::NoSuchUpload), "{error}");
    let error = world.objects.abort_upload(&bucket, &upload).await.unwrap_err();
    assert!(matches!(error, UploadError::NoSuchUpload(_)), "{error}");
    world.run_jobs_after(SignedDuration::from_hours(48)).await;
    assert_eq!(world.files(), 0);
}

#[tokio::test]
async fn a_bucket_takes_its_uploads_along() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    for key in ["a", "b"] {
        let upload = begin(&world, &bucket, key).await;
        part(&world, &bucket, &upload, 1, &body(100_000)).await.unwrap();
    }
    world.objects.delete_bucket(&bucket).await.unwrap();
    world.run_jobs_after(SignedDuration::from_hours(48)).await;
    assert_eq!(world.files(), 0);
    let what = ListUploads { max_uploads: 10, ..ListUploads::default() };
    let uploads = world.objects.list_uploads(&bucket.value, &what);
    assert!(uploads.await.unwrap().uploads.is_empty());
}

#[tokio::test]
async fn what_was_decided_on_must_still_be_so() {
    let world = World::new();
    let before = world.bucket("bucket").await;
    let upload = begin(&world, &before, "key").await;
    let one = part(&world, &before, &upload, 1, b"x").await.unwrap();
    let change = |bucket: &mut Bucket| bucket.policy = Some("{}".to_owned());
    let after = world.objects.change_bucket(&before, change).await.unwrap();
    let changed = |error: WriteError| matches!(error, WriteError::BucketChanged);
    assert!(changed(part(&world, &before, &upload, 2, b"y").await.unwrap_err()));
    let error = complete(&world, &before, &upload, &of(&[&one])).await.unwrap_err();
    assert!(matches!(error, CompletionError::Write(WriteError::BucketChanged)), "{error}");
    let error = world.objects.abort_upload(&before, &upload).await.unwrap_err();
    assert!(matches!(error, UploadError::BucketChanged), "{error}");
    let error = world.objects.create_upload(&before, new_upload("key", None)).await.unwrap_err();
    assert!(changed(error));
    complete(&world, &after, &upload, &of(&[&one])).await.unwrap();
}

#[tokio::test]
async fn an_upload_is_of_its_key_and_bucket() {
    let world = World::new();
    let (one, other) = (world.bucket("one").await, world.bucket("other").await);
    let upload = begin(&world, &one, "key").await;
    let come = part(&world, &one, &upload, 1, b"x").await.unwrap();
    for (bucket, key) in [(&one, "other/key"), (&one, "ke"), (&other, "key")] {
        let id = upload.value.id;
        assert!(world.objects.upload(&bucket.value, &name(key), id).await.unwrap().is_none());
        let error = world.objects.complete_upload(bucket, &name(key), id, &of(&[&come])).await;
        assert!(matches!(error.unwrap_err(), CompletionError::NoSuchUpload), "{key}");
    }
}

/// Else the object could be put together of bytes that are removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn parts_that_come_while_it_is_completed_leave_it_whole() {
    for round in 0..20 {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let upload = begin(&world, &bucket, "key").await;
        let one = part(&world, &bucket, &upload, 1, b"same").await.unwrap();
        let again: Vec<_> = (0..4).map(|_| part(&world, &bucket, &upload, 1, b"same")).collect();
        let completion = of(&[&one]);
        let completing = complete(&world, &bucket, &upload, &completion);
        let (completed, again) = futures_util::future::join(completing, join_all(again)).await;
        completed.unwrap();
        assert!(
            again
                .iter()
                .all(|outcome| { matches!(outcome, Ok(_) | Err(WriteError::NoSuchUpload(_))) })
        );
        world.run_jobs_after(SignedDuration::from_hours(48)).await;
        assert_eq!(world.get(&bucket.value, "key").await.unwrap(), b"same", "round {round}");
        assert_eq!(world.files(), 1);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_all_who_end_an_upload_at_once_one_does() {
    for _ in 0..20 {
        let world = World::new();
        let bucket = world.bucket("bucket").await;
        let upload = begin(&world, &bucket, "key").await;
        let one = part(&world, &bucket, &upload, 1, b"x").await.unwrap();
        let completion = of(&[&one]);
        let completing = join_all((0..4).map(|_| complete(&world, &bucket, &upload, &completion)));
        let aborting = world.objects.abort_upload(&bucket, &upload);
        let (completed, aborted) = futures_util::future::join(completing, aborting).await;
        let there = world.get(&bucket.value, "key").await.is_some();
        assert_eq!(there, aborted.is_err());
        assert!(completed.iter().all(|outcome| outcome.is_ok() == there));
        world.run_jobs_after(SignedDuration::from_hours(48)).await;
        assert_eq!(world.files(), usize::from(there));
    }
}

#[tokio::test]
async fn ten_thousand_parts_are_listed_page_by_page() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let upload = begin(&world, &bucket, "key").await;
    for at in [1, 2, 500, PART_NUMBER_MAX.into()] {
        part(&world, &bucket, &upload, at, b"x").await.unwrap();
    }
    let id = upload.value.id;
    let numbers = async |after: Option<i32>, limit| {
        let page = world.objects.parts(id, after.map(number), limit).await.unwrap();
        (page.parts.iter().map(|part| part.number.get()).collect::<Vec<_>>(), page.more)
    };
    assert_eq!(numbers(None, 2).await, (vec![1, 2], true));
    assert_eq!(numbers(Some(2), 2).await, (vec![500, 10_000], false));
    assert_eq!(numbers(Some(499), 1).await, (vec![500], true));
    assert_eq!(numbers(Some(10_000), 5).await, (vec![], false));
}

/// Page by page, of every size, all uploads are told once and in their order.
#[tokio::test]
async fn uploads_are_listed_page_by_page() {
    let world = World::new();
    let bucket = world.bucket("bucket").await;
    let keys = ["a", "a", "a/1", "a/2", "a/b/3", "a\0b", "ab", "b/", "b/1", "ü"];
    for key in keys {
        begin(&world, &bucket, key).await;
        world.clock.advance(SignedDuration::from_secs(1));
    }
    let neighbour = world.bucket("bucket2").await;
    begin(&world, &neighbour, "a").await;
    for (prefix, delimiter, expected) in [
        ("", "", vec!["a", "a", "a\0b", "a/1", "a/2", "a/b/3", "ab", "b/", "b/1", "ü"]),
        ("", "/", vec!["a", "a", "a\0b", "a/ …", "ab", "b/ …", "ü"]),
        ("a", "/", vec!["a", "a", "a\0b", "a/ …", "ab"]),
        ("a/", "/", vec!["a/1", "a/2", "a/b/ …"]),
        ("nothing", "", vec![]),
    ] {
        for max_uploads in 1..=keys.len() {
            let (mut told, mut after) = (Vec::new(), None);
            loop {
                let what = ListUploads {
                    prefix: prefix.to_owned(),
                    delimiter: delimiter.to_owned(),
                    after,
                    max_uploads,
                };
                let page = world.objects.list_uploads(&bucket.value, &what).await.unwrap();
                let count = page.uploads.len() + page.common_prefixes.len();
                assert!(count <= max_uploads && (count == max_uploads || page.next.is_none()));
                let uploads = page.uploads.iter().map(|upload| {
                    (upload.key.to_string(), upload.id.to_string(), upload.key.to_string())
                });
                let prefixes = page
                    .common_prefixes
                    .iter()
                    .map(|prefix| (prefix.clone(), String::new(), format!("{prefix} …")));
                let mut here: Vec<_> = uploads.chain(prefixes).collect();
                here.sort();
                told.extend(here);
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
            assert!(told.is_sorted(), "{told:?}");
            let told: Vec<_> = told.into_iter().map(|(_, _, shown)| shown).collect();
            assert_eq!(told, expected, "{prefix:?} {delimiter:?} {max_uploads}");
        }
    }
}
