//! Tags, as requests bring them and answers show them.

use gate::{Authorized, Need};
use objects::{BUCKET_TAGS_MAX, Bucket, OBJECT_TAGS_MAX, Tags, VersionId, Versioned};
use wire::s3::Tag;

use crate::{
    S3,
    error::S3Error,
    target::{find_object, shown_version},
};

/// The tags of `x-amz-tagging`: a form.
///
/// Source: S3 API Reference, `PutObject`, `x-amz-tagging`.
pub(crate) fn of_header(header: Option<&str>) -> Result<Tags, S3Error> {
    let Some(header) = header else { return Ok(Tags::default()) };
    let malformed = |_| S3Error::InvalidArgument {
        name: "x-amz-tagging",
        value: header.chars().take(100).collect(),
        message: "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query \
                  parameters without tag name duplicates.",
    };
    let tags = wire::decode_form(header).map_err(malformed)?;
    Tags::new(tags, OBJECT_TAGS_MAX).map_err(S3Error::of_object_tags)
}

/// The tags of an object, of a document.
pub(crate) fn of_object(tags: &[Tag]) -> Result<Tags, S3Error> {
    Tags::new(pairs(tags), OBJECT_TAGS_MAX).map_err(S3Error::of_object_tags)
}

/// The tags of a bucket, of a document.
pub(crate) fn of_bucket(tags: &[Tag]) -> Result<Tags, S3Error> {
    Tags::new(pairs(tags), BUCKET_TAGS_MAX).map_err(S3Error::of_bucket_tags)
}

fn pairs(tags: &[Tag]) -> Vec<(String, String)> {
    tags.iter().map(|tag| (tag.key.clone(), tag.value.clone())).collect()
}

/// Tags, as answers have them.
pub(crate) fn shown(tags: &Tags) -> Vec<Tag> {
    tags.iter().map(|(key, value)| Tag { key: key.to_owned(), value: value.to_owned() }).collect()
}

/// The tags of an object, as answers have them: by their keys, in whatever order they came.
///
/// Source: none of AWS's; clients that compare the whole answer expect this order.
pub(crate) fn shown_of_object(tags: &Tags) -> Vec<Tag> {
    let mut shown = shown(tags);
    shown.sort_by(|a, b| a.key.cmp(&b.key));
    shown
}

/// Gives an object other tags. Answers its version as answers name it.
pub(crate) async fn set_tags<O: wire::Operation>(
    s3: &S3,
    request: &Authorized<O>,
    bucket: &Versioned<Bucket>,
    key: &str,
    version_id: Option<VersionId>,
    tags: &Tags,
) -> Result<Option<String>, S3Error> {
    let object = find_object(s3, request, &bucket.value, key, version_id).await?.value;
    let decided_on = request.existing_tags(bucket.value.name.as_str(), key);
    let changed = s3.objects.set_tags(bucket, &object.key, version_id, tags, decided_on).await?;
    // It was there a moment ago.
    let changed = changed.ok_or(S3Error::BucketChanged)?;
    Ok(shown_version(&bucket.value, changed))
}

/// What it takes to write an object with these tags, beside `write`, which sees them too.
///
/// Source: S3 User Guide, *Categorizing your storage using tags*, *Tagging and access control policies*.
pub(crate) fn needs_of_write(write: Need, tags: &Tags) -> Vec<Need> {
    if tags.is_empty() {
        return vec![write];
    }
    let tagging = Need::new("s3:PutObjectTagging", write.on.clone());
    vec![write.with_object_tags(tags.iter()), tagging.with_object_tags(tags.iter())]
}

#[cfg(test)]
mod tests {
    use gate::On;
    use wire::Fault;

    use super::*;

    #[test]
    fn a_header_is_a_form() {
        let tags = of_header(Some("a=1&b+c=%C3%BC&d=")).unwrap();
        assert_eq!(tags.iter().collect::<Vec<_>>(), [("a", "1"), ("b c", "ü"), ("d", "")]);
        assert!(of_header(None).unwrap().is_empty() && of_header(Some("")).unwrap().is_empty());
        for (header, code) in [
            ("a=1&a=2", "InvalidTag"),
            ("=1", "InvalidTag"),
            ("aws:a=1", "InvalidTag"),
            ("a=1&b=2&c=3&d=4&e=5&f=6&g=7&h=8&i=9&j=10&k=11", "BadRequest"),
            ("a=%zz", "InvalidArgument"),
        ] {
            let fault: Fault = of_header(Some(header)).unwrap_err().into();
            assert_eq!((fault.code(), fault.status().as_u16()), (code, 400), "{header}");
        }
    }

    #[test]
    fn the_tags_of_an_object_are_shown_by_their_keys() {
        let tags = of_header(Some("b=1&a=2&B=3")).unwrap();
        let keys = |tags: Vec<Tag>| tags.into_iter().map(|tag| tag.key).collect::<Vec<_>>();
        assert_eq!(keys(shown_of_object(&tags)), ["B", "a", "b"]);
        assert_eq!(keys(shown(&tags)), ["b", "a", "B"]);
    }

    #[test]
    fn whoever_writes_tags_needs_a_right_more() {
        let write =
            || Need::new("s3:PutObject", On::Object { bucket: "b".into(), key: "k".into() });
        let actions = |tags: &str| {
            let needs = needs_of_write(write(), &of_header(Some(tags)).unwrap());
            needs.iter().map(|need| (need.action, need.object_tags.len())).collect::<Vec<_>>()
        };
        assert_eq!(actions(""), [("s3:PutObject", 0)]);
        assert_eq!(actions("a=1&b=2"), [("s3:PutObject", 2), ("s3:PutObjectTagging", 2)]);
    }
}
