use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::BucketName;
use wire::s3::{Bucket, ListBucketsOutput, ListBucketsRequest};

use crate::{S3, acl::owner, continuation::Listing, error::S3Error};

/// The most buckets of one account that are listed at once.
///
/// Source: S3 API Reference, `ListBuckets`, `MaxBuckets`.
const BUCKETS_MAX: usize = 10_000;

/// [`ListBuckets`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html)
pub(crate) struct ListBuckets(pub(crate) Arc<S3>);

impl Operation for ListBuckets {
    type Wire = wire::s3::ListBuckets;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListBucketsRequest) -> Result<Vec<Need>, S3Error> {
        limit(input)?;
        Ok(vec![Need::new("s3:ListAllMyBuckets", On::Everything)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<ListBucketsOutput, S3Error> {
        let input = &request.input;
        let account = request.caller().principal.account().ok_or(S3Error::AccessDenied)?;
        let tokens = Listing::Buckets { account: account.as_str() };
        let token = input.continuation_token.as_deref();
        let position = token.map(|token| self.0.position(tokens, token)).transpose()?;
        let after = position.and_then(|name| name.parse::<BucketName>().ok());
        let prefix = input.prefix.as_deref().unwrap_or_default();
        let buckets =
            self.0.objects.buckets_of(&account, prefix, after.as_ref(), BUCKETS_MAX).await?;
        let (buckets, last) = page(input, buckets);
        Ok(ListBucketsOutput {
            buckets: Some(buckets),
            continuation_token: last.map(|name| self.0.token(tokens, name)).transpose()?,
            owner: Some(owner(&account)),
            prefix: input.prefix.clone(),
        })
    }
}

/// How many buckets are listed at most.
fn limit(input: &ListBucketsRequest) -> Result<usize, S3Error> {
    let Some(asked) = input.max_buckets else { return Ok(BUCKETS_MAX) };
    let limit = usize::try_from(asked).ok().filter(|limit| (1..=BUCKETS_MAX).contains(limit));
    limit.ok_or_else(|| S3Error::InvalidArgument {
        name: "max-buckets",
        value: asked.to_string(),
        message: "Argument max-buckets must be an integer between 1 and 10000",
    })
}

/// The buckets that are asked for, and the last of them if there are more.
fn page(
    input: &ListBucketsRequest,
    buckets: Vec<objects::Bucket>,
) -> (Vec<Bucket>, Option<String>) {
    let limit = limit(input).unwrap_or(BUCKETS_MAX);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let region = input.bucket_region.as_deref();
    let mut listed = Vec::new();
    for bucket in buckets {
        let name = bucket.name.as_str();
        if !name.starts_with(prefix) || region.is_some_and(|r| r != bucket.region.as_str()) {
            continue;
        }
        if listed.len() == limit {
            let last = listed.last().and_then(|last: &Bucket| last.name.clone());
            return (listed, last);
        }
        listed.push(Bucket {
            bucket_region: Some(bucket.region.to_string()),
            creation_date: Some(bucket.created),
            name: Some(name.to_owned()),
            ..Bucket::default()
        });
    }
    (listed, None)
}

#[cfg(test)]
mod tests {
    use types::{Timestamp, Uuid};

    use super::*;

    fn buckets() -> Vec<objects::Bucket> {
        ["alpha", "beta", "beta-2", "gamma"]
            .iter()
            .map(|name| {
                objects::Bucket::new(
                    name.parse().unwrap(),
                    "123456789012".parse().unwrap(),
                    if *name == "gamma" { "eu-west-1" } else { "us-east-1" }.parse().unwrap(),
                    Uuid::random(&types::SeededEntropy::new(1)),
                    Timestamp::UNIX_EPOCH,
                )
            })
            .collect()
    }

    fn names(input: &ListBucketsRequest) -> (Vec<String>, Option<String>) {
        let (listed, last) = page(input, buckets());
        (listed.into_iter().map(|bucket| bucket.name.unwrap()).collect(), last)
    }

    #[test]
    fn buckets_are_filtered_and_paged() {
        let all = ListBucketsRequest::default();
        let (listed, last) = names(&all);
        assert_eq!((listed.len(), last), (4, None));
        let prefix = ListBucketsRequest { prefix: Some("beta".into()), ..all.clone() };
        assert_eq!(names(&prefix).0, ["beta", "beta-2"]);
        let region = ListBucketsRequest { bucket_region: Some("eu-west-1".into()), ..all.clone() };
        assert_eq!(names(&region).0, ["gamma"]);
        let two = ListBucketsRequest { max_buckets: Some(2), ..all.clone() };
        let two = names(&two);
        assert_eq!(two, (vec!["alpha".to_owned(), "beta".to_owned()], Some("beta".to_owned())));
        for asked in [0, -1, 10_001] {
            let input = ListBucketsRequest { max_buckets: Some(asked), ..all.clone() };
            assert!(limit(&input).is_err(), "{asked}");
        }
        // Exactly as many as fit: there is no more.
        let four = ListBucketsRequest { max_buckets: Some(4), ..all };
        assert_eq!(names(&four).1, None);
    }
}
