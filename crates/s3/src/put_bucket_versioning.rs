use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use objects::Versioning;
use wire::s3::{
    BucketVersioningStatus, MFADelete, PutBucketVersioningRequest, VersioningConfiguration,
};

use crate::{
    S3,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`PutBucketVersioning`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html)
///
/// Once enabled it can be suspended, but not turned off: there is no such status.
pub(crate) struct PutBucketVersioning(pub(crate) Arc<S3>);

impl Operation for PutBucketVersioning {
    type Wire = wire::s3::PutBucketVersioning;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &PutBucketVersioningRequest) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketVersioning", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let versioning = wanted(&input.versioning_configuration, input.mfa.is_some())?;
        if bucket.value.versioning != versioning {
            let objects = &self.0.objects;
            objects.change_bucket(bucket, |bucket| bucket.versioning = versioning).await?;
        }
        Ok(())
    }
}

/// The status that is asked for. Deletion that takes a second factor is refused: it would be a lie.
fn wanted(configuration: &VersioningConfiguration, mfa: bool) -> Result<Versioning, S3Error> {
    if mfa || configuration.mfa_delete == Some(MFADelete::Enabled) {
        return Err(S3Error::NotImplemented { what: "MFA delete" });
    }
    match configuration.status {
        Some(BucketVersioningStatus::Enabled) => Ok(Versioning::Enabled),
        Some(BucketVersioningStatus::Suspended) => Ok(Versioning::Suspended),
        None => Err(S3Error::IllegalVersioning("The Versioning element must be specified")),
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn there_are_two_statuses_and_no_second_factor() {
        use BucketVersioningStatus::{Enabled, Suspended};
        let told = |status, mfa_delete, mfa| {
            wanted(&VersioningConfiguration { status, mfa_delete }, mfa)
                .map_err(|error| Fault::from(error).code())
        };
        assert_eq!(told(Some(Enabled), None, false), Ok(Versioning::Enabled));
        assert_eq!(
            told(Some(Suspended), Some(MFADelete::Disabled), false),
            Ok(Versioning::Suspended)
        );
        assert_eq!(told(None, None, false), Err("IllegalVersioningConfigurationException"));
        assert_eq!(told(Some(Enabled), Some(MFADelete::Enabled), false), Err("NotImplemented"));
        assert_eq!(told(Some(Enabled), None, true), Err("NotImplemented"));
    }
}
