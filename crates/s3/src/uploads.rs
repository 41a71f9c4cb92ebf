//! What the operations on multipart uploads have in common.

use gate::Caller;
use objects::{Bucket, Initiator, ObjectKey, PartNumber, Upload, UploadError, UploadId, Versioned};
use wire::s3::Owner;

use crate::{S3, error::S3Error};

/// How many parts a listing has at most.
///
/// Source: S3 User Guide, *Amazon S3 multipart upload limits*.
pub(crate) const PARTS_MAX: i32 = 1000;

impl S3 {
    /// The upload of this id under this key, if it is under way.
    pub(crate) async fn upload(
        &self,
        bucket: &Bucket,
        key: &ObjectKey,
        id: &str,
    ) -> Result<Versioned<Upload>, S3Error> {
        let id = upload_id(id)?;
        let upload = self.objects.upload(bucket, key, id).await?;
        upload.ok_or_else(|| S3Error::NoSuchUpload { upload: id.to_string() })
    }
}

/// The id of an upload, as a request has it: what is none is none of an upload.
pub(crate) fn upload_id(id: &str) -> Result<UploadId, S3Error> {
    id.parse().map_err(|_| S3Error::NoSuchUpload { upload: id.chars().take(100).collect() })
}

/// The number of a part, as a request has it.
pub(crate) fn part_number(number: i32) -> Result<PartNumber, S3Error> {
    PartNumber::new(number).ok_or_else(|| S3Error::InvalidArgument {
        name: "partNumber",
        value: number.to_string(),
        message: "Part number must be an integer between 1 and 10000, inclusive",
    })
}

/// Behind which part a listing goes on. What lies outside the numbers of parts is no marker, or leaves
/// nothing.
pub(crate) fn marker(marker: Option<i32>) -> Result<Option<PartNumber>, S3Error> {
    match marker {
        None | Some(0) => Ok(None),
        Some(marker) if marker < 0 => Err(S3Error::InvalidArgument {
            name: "part-number-marker",
            value: marker.to_string(),
            message: "Argument part-number-marker must be an integer between 0 and 2147483647",
        }),
        Some(marker) => Ok(PartNumber::new(marker.min(objects::PART_NUMBER_MAX.into()))),
    }
}

/// How many of something a listing is asked for.
pub(crate) fn page_size(
    name: &'static str,
    asked: Option<i32>,
    max: i32,
    message: &'static str,
) -> Result<i32, S3Error> {
    match asked {
        None => Ok(max),
        Some(asked) if asked < 0 => {
            Err(S3Error::InvalidArgument { name, value: asked.to_string(), message })
        }
        Some(asked) => Ok(asked.min(max)),
    }
}

/// Who begins an upload.
pub(crate) fn initiator_of(caller: &Caller) -> Initiator {
    let id = match caller.principal {
        gate::Principal::Root(account) => account.to_string(),
        _ => caller.principal.display_arn(),
    };
    Initiator { id, principal: caller.principal.fingerprint() }
}

/// The same as answers have it.
pub(crate) fn on_wire(initiator: &Initiator) -> wire::s3::Initiator {
    wire::s3::Initiator { display_name: None, id: Some(initiator.id.clone()) }
}

/// Whose an upload's object will be: the bucket's owner's.
pub(crate) fn owner_of(bucket: &Bucket) -> Owner {
    crate::acl::owner(&bucket.owner)
}

impl From<UploadError> for S3Error {
    fn from(error: UploadError) -> Self {
        match error {
            UploadError::NoSuchUpload(id) => Self::NoSuchUpload { upload: id.to_string() },
            UploadError::BucketChanged => Self::BucketChanged,
            UploadError::Objects(error) => Self::Objects(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn parts_have_the_numbers_1_to_10000() {
        for number in [1, 2, 10_000] {
            assert_eq!(i32::from(part_number(number).unwrap().get()), number);
        }
        for number in [0, -1, 10_001, i32::MAX, i32::MIN] {
            let fault: Fault = part_number(number).unwrap_err().into();
            assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidArgument", 400));
        }
    }

    #[test]
    fn a_listing_goes_on_behind_its_marker() {
        let behind = |number| marker(number).ok().map(|found| found.map(PartNumber::get));
        assert_eq!(behind(None), Some(None));
        assert_eq!(behind(Some(0)), Some(None));
        assert_eq!(behind(Some(7)), Some(Some(7)));
        assert_eq!(behind(Some(i32::MAX)), Some(Some(10_000)));
        assert_eq!(behind(Some(-1)), None);
    }
}
