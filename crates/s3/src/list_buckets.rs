use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::BucketName;
use wire::s3::{Bucket, ListBucketsOutput, ListBucketsRequest};

use crate::{S3, continuation, error::S3Error, list_objects_v2::owner};

/// The most buckets of one account that are listed at once.
///
/// Source: S3 API Reference, *ListBuckets*, `MaxBuckets`.
const BUCKETS_MAX: usize = 10_000;

/// [`ListBuckets`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html)
pub(crate) struct ListBuckets(pub(crate) Arc<S3>);

impl Operation for ListBuckets {
    type Wire = wire::s3::ListBuckets;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ListBucketsRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![Need::new("s3:ListAllMyBuckets", On::Everything)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<ListBucketsOutput, S3Error> {
        let input = &request.input;
        let account = request.caller().principal.account().ok_or(S3Error::AccessDenied)?;
        let after = input.continuation_token.as_deref().map(bucket_name).transpose()?;
        let buckets = self.0.objects.buckets_of(&account, after.as_ref(), BUCKETS_MAX).await?;
        let (buckets, continuation_token) = page(input, buckets);
        Ok(ListBucketsOutput {
            buckets: Some(buckets),
            continuation_token,
            owner: Some(owner(&account)),
            prefix: input.prefix.clone(),
        })
    }
}

fn bucket_name(token: &str) -> Result<BucketName, S3Error> {
    let name = continuation::decode(token)?;
    name.parse().map_err(|_| continuation::incorrect(token))
}

/// The buckets that are asked for, and the token for those that did not fit.
fn page(
    input: &ListBucketsRequest,
    buckets: Vec<objects::Bucket>,
) -> (Vec<Bucket>, Option<String>) {
    let limit = input.max_buckets.and_then(|most| usize::try_from(most).ok());
    let limit = limit.unwrap_or(BUCKETS_MAX);
    let prefix = input.prefix.as_deref().unwrap_or_default();
    let region = input.bucket_region.as_deref();
    let mut listed = Vec::new();
    let mut token = None;
    for bucket in buckets {
        let name = bucket.name.as_str();
        if !name.starts_with(prefix) || region.is_some_and(|r| r != bucket.region.as_str()) {
            continue;
        }
        if listed.len() == limit {
            let last = listed.last().and_then(|last: &Bucket| last.name.as_deref());
            token = last.map(continuation::encode);
            break;
        }
        listed.push(Bucket {
            bucket_region: Some(bucket.region.to_string()),
            creation_date: Some(bucket.created),
            name: Some(name.to_owned()),
            ..Bucket::default()
        });
    }
    (listed, token)
}

#[cfg(test)]
mod tests {
    use types::{Timestamp, Uuid};

    use super::*;

    fn buckets() -> Vec<objects::Bucket> {
        ["alpha", "beta", "beta-2", "gamma"]
            .iter()
            .map(|name| objects::Bucket {
                name: name.parse().unwrap(),
                owner: "123456789012".parse().unwrap(),
                region: if *name == "gamma" { "eu-west-1" } else { "us-east-1" }.parse().unwrap(),
                id: Uuid::random(&types::SeededEntropy::new(1)),
                created: Timestamp::UNIX_EPOCH,
                policy: None,
            })
            .collect()
    }

    fn names(input: &ListBucketsRequest) -> (Vec<String>, Option<String>) {
        let (listed, token) = page(input, buckets());
        (listed.into_iter().map(|bucket| bucket.name.unwrap()).collect(), token)
    }

    #[test]
    fn buckets_are_filtered_and_paged() {
        let all = ListBucketsRequest::default();
        assert_eq!(
            names(&all),
            (vec!["alpha", "beta", "beta-2", "gamma"].into_iter().map(Into::into).collect(), None)
        );
        let prefix = ListBucketsRequest { prefix: Some("beta".into()), ..all.clone() };
        assert_eq!(names(&prefix).0, ["beta", "beta-2"]);
        let region = ListBucketsRequest { bucket_region: Some("eu-west-1".into()), ..all.clone() };
        assert_eq!(names(&region).0, ["gamma"]);
        let two = ListBucketsRequest { max_buckets: Some(2), ..all.clone() };
        let (listed, token) = names(&two);
        assert_eq!(listed, ["alpha", "beta"]);
        assert_eq!(bucket_name(&token.unwrap()).unwrap().as_str(), "beta");
        // Exactly as many as fit: there is no more.
        let four = ListBucketsRequest { max_buckets: Some(4), ..all };
        assert_eq!(names(&four).1, None);
        for made_up in ["", "!", "QQ"] {
            assert!(bucket_name(made_up).is_err(), "{made_up}");
        }
    }
}
