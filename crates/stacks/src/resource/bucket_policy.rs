use futures_util::future::FutureExt as _;
use wire::s3;

use crate::resource::{Doing, Failure, Kind, Made, Properties, Property, ResourceType, Step, gone};

/// [`AWS::S3::BucketPolicy`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucketpolicy.html)
pub(super) struct BucketPolicy;

const PROPERTIES: &[Property] = &[
    Property::text("Bucket").required().replaces(),
    Property::new("PolicyDocument", Kind::Document).required(),
];

impl ResourceType for BucketPolicy {
    fn name(&self) -> &'static str {
        "AWS::S3::BucketPolicy"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            put(step).await?;
            Ok(Made::new(step.required("Bucket")?))
        }
        .boxed()
    }

    /// A policy can be put again, so it need not be known whether it was done.
    fn find<'a>(&'a self, _: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async { Ok(None) }.boxed()
    }

    fn update<'a>(&'a self, step: &'a Step<'a>, _: &'a str, _: &'a Properties) -> Doing<'a, ()> {
        put(step).boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = s3::DeleteBucketPolicyRequest {
                bucket: id.to_owned(),
                ..s3::DeleteBucketPolicyRequest::default()
            };
            gone(step.call::<s3::DeleteBucketPolicy>(input).await)
        }
        .boxed()
    }
}

async fn put(step: &Step<'_>) -> Result<(), Failure> {
    let input = s3::PutBucketPolicyRequest {
        bucket: step.required("Bucket")?.to_owned(),
        policy: step.document("PolicyDocument")?,
        ..s3::PutBucketPolicyRequest::default()
    };
    step.call::<s3::PutBucketPolicy>(input).await.map(drop)
}
