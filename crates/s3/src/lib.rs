//! Amazon S3: the operations on buckets and objects.
//!
//! A file per operation; what several share is in files named after it. What is stored, and that
//! an upload appears whole or not at all, is the business of [`objects`]; who may do what is the gate's.
//!
//! What a request asks for and is not served is refused, never ignored: see [`write_options`].
//!
//! Deliberately absent: access control lists, storage classes, encryption keys.

mod abort_multipart_upload;
mod acl;
mod bucket_policy;
mod checksums;
mod complete_multipart_upload;
mod conditions;
mod continuation;
mod copy_object;
mod create_bucket;
mod create_multipart_upload;
mod delete_bucket;
mod delete_bucket_ownership_controls;
mod delete_bucket_policy;
mod delete_bucket_tagging;
mod delete_object;
mod delete_object_tagging;
mod delete_objects;
mod delete_public_access_block;
mod error;
mod get_bucket_acl;
mod get_bucket_location;
mod get_bucket_ownership_controls;
mod get_bucket_policy;
mod get_bucket_policy_status;
mod get_bucket_tagging;
mod get_bucket_versioning;
mod get_object;
mod get_object_acl;
mod get_object_attributes;
mod get_object_tagging;
mod get_public_access_block;
mod head_bucket;
mod head_object;
mod http_date;
mod list_buckets;
mod list_multipart_uploads;
mod list_object_versions;
mod list_objects;
mod list_objects_v2;
mod list_parts;
mod listing;
mod metadata;
mod policy_actions;
mod post_object;
mod post_policy;
mod put_bucket_acl;
mod put_bucket_ownership_controls;
mod put_bucket_policy;
mod put_bucket_tagging;
mod put_bucket_versioning;
mod put_object;
mod put_object_acl;
mod put_object_tagging;
mod put_public_access_block;
mod range;
mod retrieval;
mod tagging;
mod target;
#[cfg(test)]
mod testing;
mod upload_body;
mod upload_part;
mod upload_part_copy;
mod uploads;
mod write_options;

use std::sync::Arc;

use gate::Registry;
use objects::Objects;
use session::KeyRing;
use types::{Clock, Entropy};
use workers::Workers;

/// What the service stands on.
pub struct S3 {
    /// Buckets and objects.
    pub objects: Objects,
    /// What continuation tokens are sealed with.
    pub ring: Arc<KeyRing>,
    /// The time, for the policies of forms.
    pub clock: Arc<dyn Clock>,
    /// Chance.
    pub entropy: Arc<dyn Entropy>,
    /// What hashes the bodies of uploads.
    pub workers: Arc<Workers>,
}

/// Adds the service's operations.
pub fn register(s3: &Arc<S3>, registry: &mut Registry) {
    registry.add(abort_multipart_upload::AbortMultipartUpload(s3.clone()));
    registry.add(complete_multipart_upload::CompleteMultipartUpload(s3.clone()));
    registry.add(copy_object::CopyObject(s3.clone()));
    registry.add(create_bucket::CreateBucket(s3.clone()));
    registry.add(create_multipart_upload::CreateMultipartUpload(s3.clone()));
    registry.add(delete_bucket::DeleteBucket(s3.clone()));
    registry.add(delete_bucket_ownership_controls::DeleteBucketOwnershipControls(s3.clone()));
    registry.add(delete_bucket_policy::DeleteBucketPolicy(s3.clone()));
    registry.add(delete_bucket_tagging::DeleteBucketTagging(s3.clone()));
    registry.add(delete_object::DeleteObject(s3.clone()));
    registry.add(delete_object_tagging::DeleteObjectTagging(s3.clone()));
    registry.add(delete_objects::DeleteObjects(s3.clone()));
    registry.add(delete_public_access_block::DeletePublicAccessBlock(s3.clone()));
    registry.add(get_bucket_acl::GetBucketAcl);
    registry.add(get_bucket_location::GetBucketLocation);
    registry.add(get_bucket_ownership_controls::GetBucketOwnershipControls);
    registry.add(get_bucket_policy::GetBucketPolicy);
    registry.add(get_bucket_policy_status::GetBucketPolicyStatus);
    registry.add(get_bucket_tagging::GetBucketTagging);
    registry.add(get_bucket_versioning::GetBucketVersioning);
    registry.add(get_object::GetObject(s3.clone()));
    registry.add(get_object_acl::GetObjectAcl(s3.clone()));
    registry.add(get_object_attributes::GetObjectAttributes(s3.clone()));
    registry.add(get_object_tagging::GetObjectTagging(s3.clone()));
    registry.add(get_public_access_block::GetPublicAccessBlock);
    registry.add(head_bucket::HeadBucket);
    registry.add(head_object::HeadObject(s3.clone()));
    registry.add(list_buckets::ListBuckets(s3.clone()));
    registry.add(list_multipart_uploads::ListMultipartUploads(s3.clone()));
    registry.add(list_object_versions::ListObjectVersions(s3.clone()));
    registry.add(list_objects::ListObjects(s3.clone()));
    registry.add(list_parts::ListParts(s3.clone()));
    registry.add(list_objects_v2::ListObjectsV2(s3.clone()));
    registry.add(post_object::PostObject(s3.clone()));
    registry.add(put_bucket_acl::PutBucketAcl);
    registry.add(put_bucket_ownership_controls::PutBucketOwnershipControls(s3.clone()));
    registry.add(put_bucket_policy::PutBucketPolicy(s3.clone()));
    registry.add(put_bucket_tagging::PutBucketTagging(s3.clone()));
    registry.add(put_bucket_versioning::PutBucketVersioning(s3.clone()));
    registry.add(put_object::PutObject(s3.clone()));
    registry.add(put_object_acl::PutObjectAcl(s3.clone()));
    registry.add(put_object_tagging::PutObjectTagging(s3.clone()));
    registry.add(put_public_access_block::PutPublicAccessBlock(s3.clone()));
    registry.add(upload_part::UploadPart(s3.clone()));
    registry.add(upload_part_copy::UploadPartCopy(s3.clone()));
}
