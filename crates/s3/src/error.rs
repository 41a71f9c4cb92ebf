//! What can go wrong. S3 has one table of codes for all its operations, and so has this crate.

use gate::BodyError;
use objects::{
    CreateBucketError, DeleteBucketError, ObjectKeyError, ObjectsError, TagsError, VersionId,
    WriteError,
};
use session::SealError;
use types::Timestamp;
use wire::{Fault, Refusal, Service, s3::ErrorCode};

use crate::http_date::http_date;

/// Why an operation was refused.
///
/// Source: S3 API Reference, *Error responses*. The messages are AWS's where it has one.
#[derive(Debug, thiserror::Error)]
pub(crate) enum S3Error {
    #[error("Access Denied")]
    AccessDenied,
    /// An access control list, which buckets that enforce their owner do not take.
    #[error("The bucket does not allow ACLs")]
    AccessControlList,
    /// A new bucket cannot have an access control list, as the owner of its objects is enforced.
    #[error("Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting")]
    BucketAccessControlList,
    #[error("The requested bucket name is not available. Select a different name and try again.")]
    BucketAlreadyExists { bucket: String },
    #[error("Your previous request to create the named bucket succeeded and you already own it.")]
    BucketAlreadyOwnedByYou { bucket: String },
    #[error("The bucket changed while the request was under way. Please try again.")]
    BucketChanged,
    #[error("The bucket you tried to delete is not empty")]
    BucketNotEmpty { bucket: String },
    #[error(transparent)]
    Body(#[from] BodyError),
    #[error("The {asked} checksum type cannot be used with the {algorithm} checksum algorithm.")]
    ChecksumType { asked: &'static str, algorithm: &'static str },
    /// A version that says that there is nothing, asked for by its id.
    #[error("The specified method is not allowed against this resource.")]
    DeleteMarker { method: &'static str, version_id: VersionId, last_modified: Timestamp },
    #[error("At least one of the pre-conditions you specified did not hold")]
    Condition { condition: &'static str },
    #[error("The {algorithm} you specified did not match the calculated checksum.")]
    BadDigest { algorithm: String },
    /// Who there is could not be read.
    #[error("the directory failed: {0}")]
    Directory(String),
    #[error("Your proposed upload exceeds the maximum allowed size")]
    EntityTooLarge { limit: u64 },
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    EntityTooSmall { number: u16, size: u64, etag: String },
    /// The file of a form.
    #[error("Your proposed upload is smaller than the minimum allowed size")]
    FileTooSmall { length: u64, least: u64 },
    #[error(
        "The {constraint} location constraint is incompatible for the region specific endpoint \
         this request was sent to."
    )]
    IllegalLocationConstraint { constraint: String },
    #[error("{0}")]
    IllegalVersioning(&'static str),
    #[error("{message}")]
    InvalidArgument { name: &'static str, value: String, message: &'static str },
    #[error("The specified bucket is not valid.")]
    InvalidBucketName { bucket: String },
    #[error("The specified location-constraint is not valid")]
    InvalidLocationConstraint { constraint: String },
    #[error(
        "One or more of the specified parts could not be found.  The part may not have been uploaded, \
         or the specified entity tag may not match the part's entity tag."
    )]
    InvalidPart { upload: String, number: u16, etag: String },
    #[error("The list of parts was not in ascending order. Parts must be ordered by part number.")]
    InvalidPartOrder { upload: String },
    /// The policy of a form.
    #[error("Invalid Policy: {0}")]
    InvalidPolicyDocument(String),
    #[error("The requested partnumber is not satisfiable")]
    InvalidPartNumber { number: i32, count: u16 },
    #[error("The requested range is not satisfiable")]
    InvalidRange { asked: String, size: u64 },
    #[error("{0}")]
    InvalidRequest(&'static str),
    /// The same, with what the request has in it.
    #[error("{0}")]
    InvalidCombination(String),
    #[error("The storage class you specified is not valid")]
    InvalidStorageClass { class: String },
    #[error("{0}")]
    InvalidTag(String),
    /// More tags than there can be.
    #[error("{0}")]
    TooManyTags(String),
    #[error("Your key is too long")]
    KeyTooLong { length: usize },
    #[error("{0}")]
    MalformedPolicy(String),
    #[error(
        "The XML you provided was not well-formed or did not validate against our published schema"
    )]
    MalformedXml,
    #[error("Your metadata headers exceed the maximum allowed metadata size")]
    MetadataTooLarge { length: usize, limit: usize },
    #[error("The specified method is not allowed against this resource.")]
    NotTheOwner,
    #[error("You must provide the Content-Length HTTP header.")]
    MissingContentLength,
    #[error("The specified bucket does not exist")]
    NoSuchBucket { bucket: String },
    #[error("The bucket policy does not exist")]
    NoSuchBucketPolicy { bucket: String },
    /// What is under the key is a delete marker, if that one's id is here.
    #[error("The specified key does not exist.")]
    NoSuchKey { key: String, delete_marker: Option<VersionId> },
    #[error(
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have \
         been aborted or completed."
    )]
    NoSuchUpload { upload: String },
    #[error("The bucket ownership controls were not found")]
    NoOwnershipControls { bucket: String },
    #[error("The public access block configuration was not found")]
    NoSuchPublicAccessBlock { bucket: String },
    #[error("The TagSet does not exist")]
    NoSuchTagSet { bucket: String },
    #[error("The specified version does not exist.")]
    NoSuchVersion { key: String, version_id: VersionId },
    /// What this server does not do, said rather than left undone.
    #[error("{what} is not implemented")]
    NotImplemented { what: &'static str },
    #[error("The object is the one that the caller has")]
    NotModified { etag: String, last_modified: Timestamp },
    #[error(transparent)]
    Objects(#[from] ObjectsError),
    /// What the policy of a form does not let be uploaded.
    #[error("Invalid according to Policy: {0}")]
    PostPolicy(String),
    /// A policy that is public, in a bucket that blocks such.
    #[error(
        "User: {principal} is not authorized to perform: s3:PutBucketPolicy on resource: \
         \"arn:aws:s3:::{bucket}\" because public policies are blocked by the BlockPublicPolicy \
         block public access setting."
    )]
    PublicPolicy { principal: String, bucket: String },
    #[error("a continuation token cannot be sealed: {0}")]
    Seal(#[from] SealError),
    /// An upload that cannot be published, through no fault of the caller's.
    #[error("the upload cannot be published: {0}")]
    Upload(WriteError),
    /// What the wire found wrong.
    #[error(transparent)]
    Wire(#[from] Fault),
}

impl From<ObjectKeyError> for S3Error {
    fn from(error: ObjectKeyError) -> Self {
        match error {
            // The wire takes a request without a key for one about its bucket.
            ObjectKeyError::Empty => Self::InvalidRequest("The object key is empty"),
            ObjectKeyError::TooLong(length) => Self::KeyTooLong { length },
        }
    }
}

impl S3Error {
    /// Tags that an object cannot have.
    pub(crate) fn of_object_tags(error: TagsError) -> Self {
        match error {
            TagsError::TooMany { limit } => {
                Self::TooManyTags(format!("Object tags cannot be greater than {limit}"))
            }
            TagsError::Reserved => {
                Self::InvalidTag("Your TagKey cannot be prefixed with aws:".to_owned())
            }
            error => Self::of_bucket_tags(error),
        }
    }

    /// Tags that a bucket cannot have.
    pub(crate) fn of_bucket_tags(error: TagsError) -> Self {
        let invalid = |message: &str| Self::InvalidTag(message.to_owned());
        match error {
            TagsError::TooMany { limit } => {
                Self::TooManyTags(format!("Bucket tag count cannot be greater than {limit}"))
            }
            TagsError::DuplicateKey => invalid("Cannot provide multiple Tags with the same key"),
            TagsError::InvalidKey => invalid("The TagKey you have provided is invalid"),
            TagsError::InvalidValue => invalid("The TagValue you have provided is invalid"),
            TagsError::Reserved => invalid("System tags cannot be added/updated by requester"),
        }
    }
}

impl From<CreateBucketError> for S3Error {
    fn from(error: CreateBucketError) -> Self {
        match error {
            CreateBucketError::AlreadyOwnedByYou(name) => {
                Self::BucketAlreadyOwnedByYou { bucket: name.into() }
            }
            CreateBucketError::AlreadyExists(name) => {
                Self::BucketAlreadyExists { bucket: name.into() }
            }
            CreateBucketError::Objects(error) => Self::Objects(error),
        }
    }
}

impl From<DeleteBucketError> for S3Error {
    fn from(error: DeleteBucketError) -> Self {
        match error {
            DeleteBucketError::NotEmpty(name) => Self::BucketNotEmpty { bucket: name.into() },
            DeleteBucketError::BucketChanged => Self::BucketChanged,
            DeleteBucketError::Objects(error) => Self::Objects(error),
        }
    }
}

impl From<WriteError> for S3Error {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::BucketChanged => Self::BucketChanged,
            // `If-Match` on a missing key is told apart where the key is known.
            WriteError::ConditionFailed { current: Some(_) } => {
                Self::Condition { condition: "If-None-Match" }
            }
            WriteError::ConditionFailed { current: None } => {
                Self::Condition { condition: "If-Match" }
            }
            WriteError::MetadataTooLarge { length, limit } => {
                Self::MetadataTooLarge { length, limit }
            }
            WriteError::Objects(error) => Self::Objects(error),
            WriteError::NoSuchUpload(id) => Self::NoSuchUpload { upload: id.to_string() },
            error @ (WriteError::NotWhatWasVerified { .. }
            | WriteError::NoMd5
            | WriteError::NoChecksum
            | WriteError::UploadChanged
            | WriteError::Expired) => Self::Upload(error),
        }
    }
}

impl From<S3Error> for Fault {
    #[expect(clippy::too_many_lines, reason = "one exhaustive table of S3's codes")]
    fn from(error: S3Error) -> Self {
        let message = error.to_string();
        let refusal = |refusal: Refusal| refusal.fault(Service::S3, message.clone());
        let fault = |code: ErrorCode| Self::new(code, message.clone());
        match error {
            S3Error::AccessDenied | S3Error::PostPolicy(_) | S3Error::PublicPolicy { .. } => {
                refusal(Refusal::NotAllowed)
            }
            S3Error::AccessControlList => fault(ErrorCode::AccessControlListNotSupported),
            S3Error::BucketAccessControlList => {
                fault(ErrorCode::InvalidBucketAclWithObjectOwnership)
            }
            S3Error::BucketAlreadyExists { bucket } => {
                fault(ErrorCode::BucketAlreadyExists).with("BucketName", bucket)
            }
            S3Error::BucketAlreadyOwnedByYou { bucket } => {
                fault(ErrorCode::BucketAlreadyOwnedByYou).with("BucketName", bucket)
            }
            // Not `OperationAborted`: clients repeat a 503 by themselves, a 409 they do not.
            S3Error::BucketChanged => refusal(Refusal::Busy),
            S3Error::BucketNotEmpty { bucket } => {
                fault(ErrorCode::BucketNotEmpty).with("BucketName", bucket)
            }
            S3Error::Body(error) => gate::body_fault(Service::S3, &error),
            S3Error::ChecksumType { .. } => fault(ErrorCode::InvalidRequest),
            S3Error::Condition { condition } => {
                fault(ErrorCode::PreconditionFailed).with("Condition", condition)
            }
            S3Error::DeleteMarker { method, version_id, last_modified } => {
                refusal(Refusal::MethodNotAllowed)
                    .with("Method", method)
                    .with("ResourceType", "DeleteMarker")
                    .with_header("allow", "DELETE")
                    .with_header("last-modified", http_date(&last_modified))
                    .with_header(DELETE_MARKER, "true")
                    .with_header(VERSION_ID, version_id.to_string())
            }
            S3Error::BadDigest { .. } => fault(ErrorCode::BadDigest),
            S3Error::EntityTooSmall { number, size, etag } => fault(ErrorCode::EntityTooSmall)
                .with("ProposedSize", size.to_string())
                .with("MinSizeAllowed", objects::PART_BYTES_MIN.to_string())
                .with("PartNumber", number.to_string())
                .with("ETag", etag),
            S3Error::FileTooSmall { length, least } => fault(ErrorCode::EntityTooSmall)
                .with("ProposedSize", length.to_string())
                .with("MinSizeAllowed", least.to_string()),
            S3Error::EntityTooLarge { limit } => {
                fault(ErrorCode::EntityTooLarge).with("MaxSizeAllowed", limit.to_string())
            }
            S3Error::IllegalLocationConstraint { .. } => {
                fault(ErrorCode::IllegalLocationConstraintException)
            }
            S3Error::IllegalVersioning(_) => {
                fault(ErrorCode::IllegalVersioningConfigurationException)
            }
            S3Error::InvalidArgument { name, value, .. } => fault(ErrorCode::InvalidArgument)
                .with("ArgumentName", name)
                .with("ArgumentValue", value),
            S3Error::InvalidBucketName { bucket } => {
                fault(ErrorCode::InvalidBucketName).with("BucketName", bucket)
            }
            S3Error::InvalidLocationConstraint { constraint } => {
                fault(ErrorCode::InvalidLocationConstraint).with("LocationConstraint", constraint)
            }
            S3Error::InvalidPart { upload, number, etag } => fault(ErrorCode::InvalidPart)
                .with("UploadId", upload)
                .with("PartNumber", number.to_string())
                .with("ETag", etag),
            S3Error::InvalidPartNumber { number, count } => fault(ErrorCode::InvalidPartNumber)
                .with("PartNumberRequested", number.to_string())
                .with("ActualPartCount", count.to_string()),
            S3Error::InvalidPartOrder { upload } => {
                fault(ErrorCode::InvalidPartOrder).with("UploadId", upload)
            }
            S3Error::InvalidPolicyDocument(_) => fault(ErrorCode::InvalidPolicyDocument),
            S3Error::InvalidRange { asked, size } => fault(ErrorCode::InvalidRange)
                .with("RangeRequested", asked)
                .with("ActualObjectSize", size.to_string()),
            S3Error::InvalidRequest(_) | S3Error::InvalidCombination(_) => {
                fault(ErrorCode::InvalidRequest)
            }
            S3Error::InvalidStorageClass { class } => {
                fault(ErrorCode::InvalidStorageClass).with("StorageClassRequested", class)
            }
            S3Error::InvalidTag(_) => fault(ErrorCode::InvalidTag),
            S3Error::TooManyTags(_) => fault(ErrorCode::BadRequest),
            S3Error::KeyTooLong { length } => fault(ErrorCode::KeyTooLongError)
                .with("Size", length.to_string())
                .with("MaxSizeAllowed", objects::KEY_BYTES_MAX.to_string()),
            S3Error::MalformedPolicy(_) => fault(ErrorCode::MalformedPolicy),
            S3Error::MalformedXml => refusal(Refusal::MalformedBody),
            S3Error::MetadataTooLarge { length, limit } => fault(ErrorCode::MetadataTooLarge)
                .with("Size", length.to_string())
                .with("MaxSizeAllowed", limit.to_string()),
            S3Error::NotTheOwner => refusal(Refusal::MethodNotAllowed),
            S3Error::MissingContentLength => refusal(Refusal::LengthRequired),
            S3Error::NoSuchBucket { bucket } => {
                fault(ErrorCode::NoSuchBucket).with("BucketName", bucket)
            }
            S3Error::NoSuchBucketPolicy { bucket } => {
                fault(ErrorCode::NoSuchBucketPolicy).with("BucketName", bucket)
            }
            S3Error::NoSuchKey { key, delete_marker } => {
                let fault = fault(ErrorCode::NoSuchKey).with("Key", key);
                match delete_marker {
                    None => fault,
                    Some(id) => fault
                        .with_header(DELETE_MARKER, "true")
                        .with_header(VERSION_ID, id.to_string()),
                }
            }
            S3Error::NoSuchUpload { upload } => {
                fault(ErrorCode::NoSuchUpload).with("UploadId", upload)
            }
            S3Error::NoOwnershipControls { bucket } => {
                fault(ErrorCode::OwnershipControlsNotFoundError).with("BucketName", bucket)
            }
            S3Error::NoSuchPublicAccessBlock { bucket } => {
                fault(ErrorCode::NoSuchPublicAccessBlockConfiguration).with("BucketName", bucket)
            }
            S3Error::NoSuchTagSet { bucket } => {
                fault(ErrorCode::NoSuchTagSet).with("BucketName", bucket)
            }
            S3Error::NoSuchVersion { key, version_id } => fault(ErrorCode::NoSuchVersion)
                .with("Key", key)
                .with("VersionId", version_id.to_string()),
            S3Error::NotImplemented { .. } => fault(ErrorCode::NotImplemented),
            S3Error::NotModified { etag, last_modified } => fault(ErrorCode::NotModified)
                .with_header("etag", etag)
                .with_header("last-modified", http_date(&last_modified)),
            S3Error::Objects(error) => of_objects(&error),
            S3Error::Seal(error) => internal(&error),
            error @ S3Error::Directory(_) => internal(&error),
            S3Error::Upload(error) => internal(&error),
            S3Error::Wire(fault) => fault,
        }
    }
}

const DELETE_MARKER: &str = "x-amz-delete-marker";
const VERSION_ID: &str = "x-amz-version-id";

/// What a caller is told of buckets and objects that do not answer: nothing of why.
fn of_objects(error: &ObjectsError) -> Fault {
    if error.is_transient() {
        return Refusal::Busy.fault(Service::S3, "Please reduce your request rate.");
    }
    internal(error)
}

fn internal(error: &dyn std::error::Error) -> Fault {
    tracing::error!(%error, "buckets and objects failed");
    Refusal::Internal.fault(Service::S3, "We encountered an internal error. Please try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_s3s_code_and_status() {
        let bucket = || "coats".to_owned();
        for (error, code, status) in [
            (S3Error::AccessDenied, "AccessDenied", 403),
            (S3Error::AccessControlList, "AccessControlListNotSupported", 400),
            (S3Error::BucketAlreadyExists { bucket: bucket() }, "BucketAlreadyExists", 409),
            (S3Error::BucketAlreadyOwnedByYou { bucket: bucket() }, "BucketAlreadyOwnedByYou", 409),
            (S3Error::BucketChanged, "SlowDown", 503),
            (S3Error::BucketNotEmpty { bucket: bucket() }, "BucketNotEmpty", 409),
            (S3Error::Body(BodyError::TooLarge { limit: 1 }), "MaxMessageLengthExceeded", 400),
            (S3Error::Condition { condition: "If-Match" }, "PreconditionFailed", 412),
            (S3Error::BadDigest { algorithm: bucket() }, "BadDigest", 400),
            (S3Error::ChecksumType { asked: "a", algorithm: "b" }, "InvalidRequest", 400),
            (S3Error::EntityTooLarge { limit: 1 }, "EntityTooLarge", 400),
            (S3Error::EntityTooSmall { number: 1, size: 1, etag: bucket() }, "EntityTooSmall", 400),
            (
                S3Error::InvalidPart { upload: bucket(), number: 1, etag: bucket() },
                "InvalidPart",
                400,
            ),
            (S3Error::InvalidPartNumber { number: 2, count: 1 }, "InvalidPartNumber", 416),
            (S3Error::InvalidPartOrder { upload: bucket() }, "InvalidPartOrder", 400),
            (S3Error::InvalidCombination(bucket()), "InvalidRequest", 400),
            (S3Error::MalformedXml, "MalformedXML", 400),
            (
                S3Error::IllegalLocationConstraint { constraint: bucket() },
                "IllegalLocationConstraintException",
                400,
            ),
            (
                S3Error::InvalidArgument { name: "n", value: bucket(), message: "m" },
                "InvalidArgument",
                400,
            ),
            (S3Error::InvalidBucketName { bucket: bucket() }, "InvalidBucketName", 400),
            (
                S3Error::InvalidLocationConstraint { constraint: bucket() },
                "InvalidLocationConstraint",
                400,
            ),
            (S3Error::InvalidRange { asked: bucket(), size: 1 }, "InvalidRange", 416),
            (S3Error::InvalidRequest("m"), "InvalidRequest", 400),
            (S3Error::InvalidStorageClass { class: bucket() }, "InvalidStorageClass", 400),
            (ObjectKeyError::TooLong(1025).into(), "KeyTooLongError", 400),
            (S3Error::MalformedPolicy(bucket()), "MalformedPolicy", 400),
            (S3Error::MetadataTooLarge { length: 2, limit: 1 }, "MetadataTooLarge", 400),
            (S3Error::NotTheOwner, "MethodNotAllowed", 405),
            (S3Error::MissingContentLength, "MissingContentLength", 411),
            (S3Error::NoSuchBucket { bucket: bucket() }, "NoSuchBucket", 404),
            (S3Error::NoSuchBucketPolicy { bucket: bucket() }, "NoSuchBucketPolicy", 404),
            (S3Error::NoSuchKey { key: bucket(), delete_marker: None }, "NoSuchKey", 404),
            (WriteError::NoSuchUpload("0".repeat(48).parse().unwrap()).into(), "NoSuchUpload", 404),
            (S3Error::BucketAccessControlList, "InvalidBucketAclWithObjectOwnership", 400),
            (
                S3Error::DeleteMarker {
                    method: "GET",
                    version_id: VersionId::Null,
                    last_modified: Timestamp::UNIX_EPOCH,
                },
                "MethodNotAllowed",
                405,
            ),
            (S3Error::IllegalVersioning("m"), "IllegalVersioningConfigurationException", 400),
            (S3Error::of_bucket_tags(TagsError::DuplicateKey), "InvalidTag", 400),
            (S3Error::of_bucket_tags(TagsError::TooMany { limit: 1 }), "BadRequest", 400),
            (S3Error::of_object_tags(TagsError::TooMany { limit: 1 }), "BadRequest", 400),
            (S3Error::of_object_tags(TagsError::Reserved), "InvalidTag", 400),
            (
                S3Error::NoOwnershipControls { bucket: bucket() },
                "OwnershipControlsNotFoundError",
                404,
            ),
            (
                S3Error::NoSuchPublicAccessBlock { bucket: bucket() },
                "NoSuchPublicAccessBlockConfiguration",
                404,
            ),
            (S3Error::NoSuchTagSet { bucket: bucket() }, "NoSuchTagSet", 404),
            (
                S3Error::NoSuchVersion { key: bucket(), version_id: VersionId::Null },
                "NoSuchVersion",
                404,
            ),
            (S3Error::NotImplemented { what: "w" }, "NotImplemented", 501),
            (
                S3Error::NotModified { etag: bucket(), last_modified: Timestamp::UNIX_EPOCH },
                "NotModified",
                304,
            ),
            (ObjectsError::Contended.into(), "SlowDown", 503),
            (ObjectsError::Damaged { what: bucket() }.into(), "InternalError", 500),
            (WriteError::BucketChanged.into(), "SlowDown", 503),
            (WriteError::NoMd5.into(), "InternalError", 500),
            (S3Error::PublicPolicy { principal: bucket(), bucket: bucket() }, "AccessDenied", 403),
            (S3Error::Directory(bucket()), "InternalError", 500),
            (SealError::TooLong { bytes: 1 }.into(), "InternalError", 500),
        ] {
            let text = format!("{error:?}");
            let fault: Fault = error.into();
            assert_eq!((fault.code(), fault.status().as_u16()), (code, status), "{text}");
        }
    }

    /// What fails inside is for the log.
    #[test]
    fn nothing_inside_is_told() {
        let what = "the object \"cognito-test/secret\"".to_owned();
        let fault: Fault = S3Error::from(ObjectsError::Damaged { what }).into();
        assert_eq!(fault.message(), "We encountered an internal error. Please try again.");
        assert!(fault.fields().is_empty());
    }
}
