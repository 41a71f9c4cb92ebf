use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::{After, List, Listing, MAX_KEYS};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use types::AccountId;
use wire::s3::{
    CommonPrefix, EncodingType, ListObjectsV2Output, ListObjectsV2Request, Object,
    ObjectStorageClass, Owner,
};

use crate::{
    S3,
    checksums::{algorithms, checksum_type},
    continuation,
    error::S3Error,
    target::decided_bucket,
};

/// [`ListObjectsV2`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html)
pub(crate) struct ListObjectsV2(pub(crate) Arc<S3>);

impl Operation for ListObjectsV2 {
    type Wire = wire::s3::ListObjectsV2;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListObjectsV2Request) -> Result<Vec<Need>, S3Error> {
        Ok(vec![need(input)])
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
        let token = input.continuation_token.as_deref();
        let position = token.map(|token| self.0.position(tokens, token)).transpose()?;
        let listing = self.0.objects.list(bucket, &list(input, position)?).await?;
        let next = listing.next.as_ref().map(continuation::write);
        let next = next.map(|position| self.0.token(tokens, position)).transpose()?;
        Ok(ListObjectsV2Output {
            is_truncated: Some(next.is_some()),
            next_continuation_token: next,
            ..answer(input, listing, &bucket.owner)
        })
    }
}

/// The need to list, with what is listed. A parameter that is not given is a key that is absent; one
/// that is given without a value is the empty text.
fn need(input: &ListObjectsV2Request) -> Need {
    let mut need = Need::new("s3:ListBucket", On::Bucket(input.bucket.clone()));
    if let Some(prefix) = &input.prefix {
        need = need.with("s3:prefix", prefix.clone());
    }
    if let Some(delimiter) = &input.delimiter {
        need = need.with("s3:delimiter", delimiter.clone());
    }
    if let Some(max_keys) = input.max_keys {
        need = need.with("s3:max-keys", max_keys.to_string());
    }
    need
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
    Ok(List {
        prefix: input.prefix.clone().unwrap_or_default(),
        delimiter: input.delimiter.clone().unwrap_or_default(),
        after,
        max_keys: max_keys(input)?,
    })
}

fn max_keys(input: &ListObjectsV2Request) -> Result<usize, S3Error> {
    let Some(asked) = input.max_keys else { return Ok(MAX_KEYS) };
    let asked = usize::try_from(asked).map_err(|_| S3Error::InvalidArgument {
        name: "max-keys",
        value: asked.to_string(),
        message: "Argument max-keys must be an integer between 0 and 2147483647",
    })?;
    Ok(asked.min(MAX_KEYS))
}

fn answer(
    input: &ListObjectsV2Request,
    listing: Listing,
    bucket_owner: &AccountId,
) -> ListObjectsV2Output {
    let url = input.encoding_type == Some(EncodingType::Url);
    let text = |text: &str| if url { encode(text) } else { text.to_owned() };
    let count = |number: usize| i32::try_from(number).ok();
    // Every object belongs to the bucket's owner: that is enforced.
    let owner = (input.fetch_owner == Some(true)).then(|| owner(bucket_owner));
    let object = |object: objects::Object| Object {
        checksum_algorithm: algorithms(&object.checksums),
        checksum_type: checksum_type(&object),
        e_tag: Some(object.etag.to_string()),
        key: Some(text(object.key.as_str())),
        last_modified: Some(object.last_modified),
        owner: owner.clone(),
        size: i64::try_from(object.size).ok(),
        storage_class: Some(ObjectStorageClass::Standard),
        ..Object::default()
    };
    let common_prefix = |prefix: &String| CommonPrefix { prefix: Some(text(prefix)) };
    ListObjectsV2Output {
        key_count: count(listing.objects.len() + listing.common_prefixes.len()),
        common_prefixes: Some(listing.common_prefixes.iter().map(common_prefix).collect()),
        contents: Some(listing.objects.into_iter().map(object).collect()),
        continuation_token: input.continuation_token.clone(),
        delimiter: input.delimiter.as_deref().map(text),
        encoding_type: input.encoding_type,
        max_keys: max_keys(input).ok().and_then(count),
        name: Some(input.bucket.clone()),
        prefix: Some(text(input.prefix.as_deref().unwrap_or_default())),
        start_after: input.start_after.as_deref().map(text),
        ..ListObjectsV2Output::default()
    }
}

/// An account as S3 names owners. AWS has an id of its own for each; here it is the account's.
pub(crate) fn owner(account: &AccountId) -> Owner {
    Owner { display_name: None, id: Some(account.to_string()) }
}

/// A key as `encoding-type=url` has it.
pub(crate) fn encode(text: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    fn input() -> ListObjectsV2Request {
        ListObjectsV2Request { bucket: "b".into(), ..ListObjectsV2Request::default() }
    }

    #[test]
    fn policies_see_what_was_given_and_no_more() {
        assert!(need(&input()).keys.is_empty());
        let empty = ListObjectsV2Request { prefix: Some(String::new()), ..input() };
        assert_eq!(need(&empty).keys, [("s3:prefix", "".into())]);
        let all = ListObjectsV2Request {
            prefix: Some("cognito-test/".into()),
            delimiter: Some("/".into()),
            max_keys: Some(5),
            ..input()
        };
        let need = need(&all);
        assert_eq!(
            need.keys,
            [
                ("s3:prefix", "cognito-test/".into()),
                ("s3:delimiter", "/".into()),
                ("s3:max-keys", "5".into())
            ]
        );
        assert_eq!((need.action, &*need.on.resource()), ("s3:ListBucket", "arn:aws:s3:::b"));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        for (asked, expected) in
            [(None, Some(1000)), (Some(0), Some(0)), (Some(7), Some(7)), (Some(5000), Some(1000))]
        {
            let input = ListObjectsV2Request { max_keys: asked, ..input() };
            assert_eq!(max_keys(&input).ok(), expected);
        }
        let negative = ListObjectsV2Request { max_keys: Some(-1), ..input() };
        let fault: Fault = list(&negative, None).unwrap_err().into();
        assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidArgument", 400));
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
            || Listing { objects: Vec::new(), common_prefixes: vec!["a b/".into()], next: None };
        let plain = answer(&input(), listing(), &owner);
        assert_eq!((plain.key_count, plain.max_keys), (Some(1), Some(1000)));
        assert_eq!(plain.prefix.as_deref(), Some(""));
        assert_eq!(plain.common_prefixes.unwrap()[0].prefix.as_deref(), Some("a b/"));
        let url = ListObjectsV2Request {
            encoding_type: Some(EncodingType::Url),
            prefix: Some("a ".into()),
            ..input()
        };
        let encoded = answer(&url, listing(), &owner);
        assert_eq!(encoded.prefix.as_deref(), Some("a%20"));
        assert_eq!(encoded.common_prefixes.unwrap()[0].prefix.as_deref(), Some("a%20b/"));
    }

    /// The example of the API reference, and what clients decode as a form would.
    #[test]
    fn keys_are_url_encoded() {
        for (key, encoded) in [
            ("test_file(3).png", "test_file%283%29.png"),
            ("a/b c+d%e", "a/b%20c%2Bd%25e"),
            ("ä\u{1}", "%C3%A4%01"),
            ("us-east-1:0~", "us-east-1%3A0~"),
        ] {
            assert_eq!(encode(key), encoded);
        }
    }
}
