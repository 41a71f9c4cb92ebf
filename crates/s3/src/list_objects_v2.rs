use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::{After, List, Listing};
use types::AccountId;
use wire::s3::{ListObjectsV2Output, ListObjectsV2Request};

use crate::{S3, acl, continuation, error::S3Error, listing::Asked, target::decided_bucket};

/// [`ListObjectsV2`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
pub(crate) struct ListObjectsV2(pub(crate) Arc<S3>);

impl Operation for ListObjectsV2 {
    type Wire = wire::s3::ListObjectsV2;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListObjectsV2Request) -> Result<Vec<Need>, S3Error> {
        Ok(vec![asked(input).need("s3:ListBucket")])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListObjectsV2Output, S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let bucket = &bucket.value;
        let tokens = tokens_of(input);
        let token = input.continuation_token.as_deref().filter(|token| !token.is_empty());
        let position = token.map(|token| self.0.position(tokens, token)).transpose()?;
        let listing = self.0.objects.list(bucket, &list(input, position)?).await?;
        let next = listing.next.as_ref().map(continuation::write);
        let next = next.map(|position| self.0.token(tokens, position)).transpose()?;
        Ok(ListObjectsV2Output {
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            ..answer(input, &listing, &bucket.owner)
        })
    }
}

fn asked(input: &ListObjectsV2Request) -> Asked<'_> {
    Asked {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref(),
        delimiter: input.delimiter.as_deref(),
        max_keys: input.max_keys,
        encoding: input.encoding_type,
    }
}

/// The listing whose continuation tokens this request takes and gives.
fn tokens_of(input: &ListObjectsV2Request) -> continuation::Listing<'_> {
    continuation::Listing::Objects {
        bucket: &input.bucket,
        prefix: input.prefix.as_deref().unwrap_or_default(),
        delimiter: input.delimiter.as_deref().unwrap_or_default(),
    }
}

/// What to list, behind the position that was in the continuation token.
fn list(input: &ListObjectsV2Request, position: Option<String>) -> Result<List, S3Error> {
    let after = match (position, &input.start_after) {
        (Some(position), _) => Some(continuation::read(&position)),
        (None, Some(key)) => Some(After::Key(key.clone())),
        (None, None) => None,
    };
    let asked = asked(input);
    let (prefix, delimiter) = (asked.prefix(), asked.delimiter());
    Ok(List { prefix, delimiter, after, max_keys: asked.max_keys()? })
}

fn answer(
    input: &ListObjectsV2Request,
    listing: &Listing,
    bucket_owner: &AccountId,
) -> ListObjectsV2Output {
    let asked = asked(input);
    let count = |number: usize| i32::try_from(number).ok();
    // Every object belongs to the bucket's owner: that is enforced.
    let owner = (input.fetch_owner == Some(true)).then(|| acl::owner(bucket_owner));
    let contents = listing.objects.iter().map(|object| asked.object(object, owner.clone()));
    ListObjectsV2Output {
        key_count: count(listing.objects.len() + listing.common_prefixes.len()),
        common_prefixes: Some(asked.common_prefixes(&listing.common_prefixes)),
        contents: Some(contents.collect()),
        continuation_token: input.continuation_token.clone(),
        delimiter: asked.shown_delimiter(),
        encoding_type: input.encoding_type,
        max_keys: asked.max_keys().ok().and_then(count),
        name: Some(input.bucket.clone()),
        prefix: Some(asked.text(&asked.prefix())),
        start_after: input.start_after.as_deref().map(|key| asked.text(key)),
        ..ListObjectsV2Output::default()
    }
}

#[cfg(test)]
mod tests {
    use wire::s3::EncodingType;

    use super::*;

    fn input() -> ListObjectsV2Request {
        ListObjectsV2Request { bucket: "b".into(), ..ListObjectsV2Request::default() }
    }

    #[test]
    fn a_token_outweighs_start_after() {
        let input = ListObjectsV2Request { start_after: Some("a".into()), ..input() };
        assert_eq!(list(&input, None).unwrap().after, Some(After::Key("a".into())));
        let after = After::CommonPrefix("m/".into());
        let position = Some(continuation::write(&after));
        assert_eq!(list(&input, position).unwrap().after, Some(after));
    }

    #[test]
    fn answers_repeat_what_was_asked_in_its_encoding() {
        let owner = "123456789012".parse().unwrap();
        let listing =
            Listing { objects: Vec::new(), common_prefixes: vec!["a b/".into()], next: None };
        let plain = answer(&input(), &listing, &owner);
        assert_eq!((plain.key_count, plain.max_keys), (Some(1), Some(1000)));
        assert_eq!(plain.prefix.as_deref(), Some(""));
        assert_eq!(plain.delimiter, None);
        assert_eq!(plain.common_prefixes.unwrap()[0].prefix.as_deref(), Some("a b/"));
        let url = ListObjectsV2Request {
            encoding_type: Some(EncodingType::Url),
            prefix: Some("a ".into()),
            delimiter: Some("+".into()),
            ..input()
        };
        let encoded = answer(&url, &listing, &owner);
        assert_eq!(encoded.prefix.as_deref(), Some("a%20"));
        assert_eq!(encoded.delimiter.as_deref(), Some("%2B"));
        assert_eq!(encoded.common_prefixes.unwrap()[0].prefix.as_deref(), Some("a%20b/"));
        let empty = ListObjectsV2Request { delimiter: Some(String::new()), ..input() };
        assert_eq!(answer(&empty, &listing, &owner).delimiter, None);
    }
}
