use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::{After, List, Listing};
use types::AccountId;
use wire::s3::{ListObjectsOutput, ListObjectsRequest};

use crate::{
    S3, acl,
    error::S3Error,
    listing::{Asked, is_common_prefix},
    target::decided_bucket,
};

/// [`ListObjects`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html): the first
/// version, which goes on behind a key that the client names.
pub(crate) struct ListObjects(pub(crate) Arc<S3>);

impl Operation for ListObjects {
    type Wire = wire::s3::ListObjects;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListObjectsRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![asked(input).need("s3:ListBucket")])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<ListObjectsOutput, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let listing = self.0.objects.list(&bucket.value, &list(input)?).await?;
        Ok(answer(input, &listing, &bucket.value.owner))
    }
}

fn asked(input: &ListObjectsRequest) -> Asked<'_> {
    Asked {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref(),
        delimiter: input.delimiter.as_deref(),
        max_keys: input.max_keys,
        encoding: input.encoding_type,
    }
}

fn list(input: &ListObjectsRequest) -> Result<List, S3Error> {
    let asked = asked(input);
    let (prefix, delimiter) = (asked.prefix(), asked.delimiter());
    let after = input.marker.as_deref().filter(|marker| !marker.is_empty());
    let after = after.map(|marker| behind(marker, &prefix, &delimiter));
    Ok(List { prefix, delimiter, after, max_keys: asked.max_keys()? })
}

/// Where a listing goes on behind a marker.
fn behind(marker: &str, prefix: &str, delimiter: &str) -> After {
    if is_common_prefix(marker, prefix, delimiter) {
        After::CommonPrefix(marker.to_owned())
    } else {
        After::Key(marker.to_owned())
    }
}

fn answer(
    input: &ListObjectsRequest,
    listing: &Listing,
    bucket_owner: &AccountId,
) -> ListObjectsOutput {
    let asked = asked(input);
    let owner = acl::owner(bucket_owner);
    let contents = listing.objects.iter().map(|object| asked.object(object, Some(owner.clone())));
    // Clients go on behind the last key by themselves, unless the last may be a common prefix.
    let with_delimiter = !asked.delimiter().is_empty();
    let next = listing.next.as_ref().filter(|_| with_delimiter).map(|next| match next {
        After::Key(text) | After::CommonPrefix(text) => asked.text(text),
    });
    ListObjectsOutput {
        common_prefixes: Some(asked.common_prefixes(&listing.common_prefixes)),
        contents: Some(contents.collect()),
        delimiter: asked.shown_delimiter(),
        encoding_type: input.encoding_type,
        is_truncated: Some(listing.next.is_some()),
        marker: Some(asked.text(input.marker.as_deref().unwrap_or_default())),
        max_keys: asked.max_keys().ok().and_then(|number| i32::try_from(number).ok()),
        name: Some(input.bucket.clone()),
        next_marker: next,
        prefix: Some(asked.text(&asked.prefix())),
        ..ListObjectsOutput::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input() -> ListObjectsRequest {
        ListObjectsRequest { bucket: "b".into(), ..ListObjectsRequest::default() }
    }

    #[test]
    fn a_marker_that_is_a_common_prefix_stands_for_all_behind_it() {
        let key = |text: &str| After::Key(text.to_owned());
        let common_prefix = |text: &str| After::CommonPrefix(text.to_owned());
        for (marker, prefix, delimiter, expected) in [
            ("boo/", "", "/", common_prefix("boo/")),
            ("boo/baz/", "boo/", "/", common_prefix("boo/baz/")),
            ("boo/baz/", "", "/", key("boo/baz/")),
            ("boo/", "boo/", "/", key("boo/")),
            ("boo/", "", "", key("boo/")),
            ("boo/x", "", "/", key("boo/x")),
            ("/", "", "/", common_prefix("/")),
        ] {
            assert_eq!(behind(marker, prefix, delimiter), expected, "{marker} {prefix}");
        }
    }

    #[test]
    fn the_next_marker_is_told_only_with_a_delimiter() {
        let owner = "123456789012".parse().unwrap();
        let listing =
            Listing { next: Some(After::CommonPrefix("a/".into())), ..Listing::default() };
        let plain = answer(&input(), &listing, &owner);
        assert_eq!((plain.is_truncated, plain.next_marker), (Some(true), None));
        assert_eq!(plain.marker.as_deref(), Some(""));
        let rolled_up = ListObjectsRequest { delimiter: Some("/".into()), ..input() };
        assert_eq!(answer(&rolled_up, &listing, &owner).next_marker.as_deref(), Some("a/"));
        let last = answer(&rolled_up, &Listing::default(), &owner);
        assert_eq!((last.is_truncated, last.next_marker), (Some(false), None));
    }

    #[test]
    fn an_empty_marker_is_none() {
        let empty = ListObjectsRequest { marker: Some(String::new()), ..input() };
        assert_eq!(list(&empty).unwrap().after, None);
        let key = ListObjectsRequest { marker: Some("k".into()), ..input() };
        assert_eq!(list(&key).unwrap().after, Some(After::Key("k".into())));
    }
}
