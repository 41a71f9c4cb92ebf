use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::PublicAccessBlock;
use wire::s3::{PublicAccessBlockConfiguration, PutPublicAccessBlockRequest};

use crate::{
    S3,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`PutPublicAccessBlock`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html)
///
/// What is not said is not blocked.
pub(crate) struct PutPublicAccessBlock(pub(crate) Arc<S3>);

impl Operation for PutPublicAccessBlock {
    type Wire = wire::s3::PutPublicAccessBlock;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutPublicAccessBlockRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketPublicAccessBlock", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let block = block(&input.public_access_block_configuration);
        let objects = &self.0.objects;
        objects.change_bucket(bucket, |bucket| bucket.public_access_block = Some(block)).await?;
        Ok(())
    }
}

fn block(configuration: &PublicAccessBlockConfiguration) -> PublicAccessBlock {
    PublicAccessBlock {
        block_public_acls: configuration.block_public_acls == Some(true),
        ignore_public_acls: configuration.ignore_public_acls == Some(true),
        block_public_policy: configuration.block_public_policy == Some(true),
        restrict_public_buckets: configuration.restrict_public_buckets == Some(true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_said_is_not_blocked() {
        let none = PublicAccessBlockConfiguration::default();
        assert_eq!(block(&none), PublicAccessBlock::default());
        let one = PublicAccessBlockConfiguration {
            restrict_public_buckets: Some(true),
            block_public_policy: Some(false),
            ..none
        };
        let expected =
            PublicAccessBlock { restrict_public_buckets: true, ..PublicAccessBlock::default() };
        assert_eq!(block(&one), expected);
    }
}
