use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::s3::{
    ObjectOwnership, OwnershipControls, OwnershipControlsRule, PutBucketOwnershipControlsRequest,
};

use crate::{
    S3,
    error::S3Error,
    target::{bucket_need, decided_bucket},
};

/// [`PutBucketOwnershipControls`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html)
///
/// Only the setting without access control lists is served.
pub(crate) struct PutBucketOwnershipControls(pub(crate) Arc<S3>);

impl Operation for PutBucketOwnershipControls {
    type Wire = wire::s3::PutBucketOwnershipControls;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &PutBucketOwnershipControlsRequest,
    ) -> Result<Vec<Need>, S3Error> {
        Ok(vec![bucket_need("s3:PutBucketOwnershipControls", &input.bucket)])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<(), S3Error> {
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let ownership = Some(wanted(&input.ownership_controls)?);
        if bucket.value.object_ownership != ownership {
            let objects = &self.0.objects;
            objects.change_bucket(bucket, |bucket| bucket.object_ownership = ownership).await?;
        }
        Ok(())
    }
}

/// The setting that is asked for, in exactly one rule.
fn wanted(controls: &OwnershipControls) -> Result<objects::ObjectOwnership, S3Error> {
    let [OwnershipControlsRule { object_ownership }] = &*controls.rules else {
        return Err(S3Error::MalformedXml);
    };
    match object_ownership {
        ObjectOwnership::BucketOwnerEnforced => Ok(objects::ObjectOwnership::BucketOwnerEnforced),
        ObjectOwnership::BucketOwnerPreferred | ObjectOwnership::ObjectWriter => {
            let what = "an object ownership other than BucketOwnerEnforced";
            Err(S3Error::NotImplemented { what })
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn one_setting_is_served() {
        use ObjectOwnership::{BucketOwnerEnforced, BucketOwnerPreferred, ObjectWriter};
        let told = |settings: &[ObjectOwnership]| {
            let rule = |o: &ObjectOwnership| OwnershipControlsRule { object_ownership: *o };
            let controls = OwnershipControls { rules: settings.iter().map(rule).collect() };
            wanted(&controls).map_err(|error| Fault::from(error).code())
        };
        let enforced = objects::ObjectOwnership::BucketOwnerEnforced;
        assert_eq!(told(&[BucketOwnerEnforced]), Ok(enforced));
        assert_eq!(told(&[BucketOwnerPreferred]), Err("NotImplemented"));
        assert_eq!(told(&[ObjectWriter]), Err("NotImplemented"));
        assert_eq!(told(&[]), Err("MalformedXML"));
        assert_eq!(told(&[BucketOwnerEnforced; 2]), Err("MalformedXML"));
    }
}
