//! Bodies of S3's XML operations: an input or a fault that is the client's.

#![no_main]

use fuzz::{Head, read};
use libfuzzer_sys::fuzz_target;
use wire::s3;

fuzz_target!(|body: &[u8]| {
    let head = |method, path, query| Head { method, path, query, target: None };
    read::<s3::CreateBucket>(head("PUT", "/b", ""), body);
    read::<s3::DeleteObjects>(head("POST", "/b", "delete"), body);
    read::<s3::CompleteMultipartUpload>(head("POST", "/b/k", "uploadId=u"), body);
    read::<s3::PutBucketTagging>(head("PUT", "/b", "tagging"), body);
    read::<s3::PutBucketAcl>(head("PUT", "/b", "acl"), body);
});
