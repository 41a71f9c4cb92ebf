use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::{ObjectKey, UploadChecksum};
use sigv4::ChecksumAlgorithm;
use wire::s3::{UploadPartOutput, UploadPartRequest};

use crate::{
    S3,
    checksums::ChecksumMembers,
    error::S3Error,
    target::decided_bucket,
    upload_body::{announced, read},
    uploads::part_number,
};

/// [`UploadPart`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_UploadPart.html)
pub(crate) struct UploadPart(pub(crate) Arc<S3>);

impl Operation for UploadPart {
    type Wire = wire::s3::UploadPart;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &UploadPartRequest) -> Result<Vec<Need>, S3Error> {
        input.key.parse::<ObjectKey>()?;
        Ok(vec![part_need(&input.bucket, &input.key)])
    }

    async fn handle(
        &self,
        mut request: Authorized<Self::Wire>,
    ) -> Result<UploadPartOutput, S3Error> {
        let body = request.take_body();
        let input = &request.input;
        let bucket =
            decided_bucket(&request, &input.bucket, input.expected_bucket_owner.as_deref())?;
        let key: ObjectKey = input.key.parse()?;
        let number = part_number(input.part_number)?;
        if input.sse_customer_algorithm.is_some()
            || input.sse_customer_key.is_some()
            || input.sse_customer_key_md5.is_some()
        {
            return Err(S3Error::NotImplemented { what: "encryption with customer-provided keys" });
        }
        let announced = announced!(input, request.caller());
        announced.check()?;
        let upload = self.0.upload(&bucket.value, &key, &input.upload_id).await?;
        let body = body.ok_or(S3Error::NotImplemented { what: "a part without a body" })?;
        let plan = upload.value.checksum;
        if let Some(plan) = plan {
            check_algorithm(plan, body.checksums())?;
        }
        let algorithm = plan.unwrap_or(UploadChecksum::DEFAULT).algorithm;
        let came: Vec<_> = body.checksums().collect();
        let mut put = self.0.objects.begin_put();
        // Whatever the caller sends, the part gets the checksum that its object will need.
        let body = Some(body.with_checksum(algorithm));
        let verified = read(body, announced, algorithm, &mut put, &self.0.workers).await?;
        let part = put.publish_part(&verified, bucket, &upload, number).await?;
        // The caller is told the checksum it sent, and otherwise what was computed.
        let told = came.first().and_then(|algorithm| verified.get().checksum(*algorithm));
        let checksums = ChecksumMembers::of_part(told.unwrap_or(&part.checksum));
        Ok(UploadPartOutput {
            e_tag: Some(part.etag().to_string()),
            checksum_crc32: checksums.crc32,
            checksum_crc32_c: checksums.crc32c,
            checksum_crc64_nvme: checksums.crc64_nvme,
            checksum_sha1: checksums.sha1,
            checksum_sha256: checksums.sha256,
            ..UploadPartOutput::default()
        })
    }
}

/// What it takes to bring a part. It makes no object yet.
///
/// Sources: Service Authorization Reference, *Amazon S3*; S3 User Guide, *Enforce conditional writes on
/// Amazon S3 buckets*.
pub(crate) fn part_need(bucket: &str, key: &str) -> Need {
    let on = On::Object { bucket: bucket.to_owned(), key: key.to_owned() };
    Need::new("s3:PutObject", on).with("s3:objectcreationoperation", "false")
}

/// A part's checksum must be by the algorithm that its upload was begun with.
fn check_algorithm(
    plan: UploadChecksum,
    mut came: impl Iterator<Item = ChecksumAlgorithm>,
) -> Result<(), S3Error> {
    match came.find(|algorithm| *algorithm != plan.algorithm) {
        None => Ok(()),
        Some(other) => Err(S3Error::InvalidCombination(format!(
            "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
            plan.algorithm.to_string().to_lowercase(),
            other.to_string().to_lowercase(),
        ))),
    }
}

#[cfg(test)]
mod tests {
    use objects::ChecksumType;
    use wire::Fault;

    use super::*;

    #[test]
    fn a_part_has_its_uploads_kind_of_checksum_or_none() {
        let algorithm = ChecksumAlgorithm::Sha256;
        let plan = UploadChecksum { algorithm, checksum_type: ChecksumType::Composite };
        let check = |came: &[ChecksumAlgorithm]| check_algorithm(plan, came.iter().copied());
        assert!(check(&[]).is_ok() && check(&[algorithm]).is_ok());
        let fault: Fault = check(&[ChecksumAlgorithm::Crc32]).unwrap_err().into();
        assert_eq!(fault.code(), "InvalidRequest");
        assert!(
            fault
                .message()
                .ends_with("expected checksum Type: sha256, actual checksum Type: crc32")
        );
    }
}
