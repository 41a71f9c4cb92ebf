use serde_json::json;

use super::{
    DENIED,
    Outcome::{Own, Refused},
    Row,
};
use crate::{
    client::Call,
    world::{BUCKET, World},
};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let object = world.user.path("data.txt");
    let bucket = format!("/{BUCKET}");
    // Whether there is such an upload makes no difference to a stranger.
    let upload = format!("uploadId={}", "0".repeat(48));
    let own_policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": "s3:*", "Resource": format!("arn:aws:s3:::{BUCKET}/*")}]});
    vec![
        ("S3ListBuckets", Call::s3("GET", "/"), Own),
        ("S3CreateBucket", Call::s3("PUT", &bucket), Refused(409, "BucketAlreadyExists")),
        ("S3HeadBucket", Call::s3("HEAD", &bucket), Refused(403, "(403)")),
        ("S3DeleteBucket", Call::s3("DELETE", &bucket), DENIED),
        ("S3ListObjectsV2", Call::s3("GET", &format!("{bucket}?list-type=2")), DENIED),
        ("S3PutObject", Call::s3("PUT", &object).body("x"), DENIED),
        ("S3GetObject", Call::s3("GET", &object), DENIED),
        ("S3HeadObject", Call::s3("HEAD", &object), Refused(403, "(403)")),
        ("S3DeleteObject", Call::s3("DELETE", &object), DENIED),
        (
            "S3CopyObject",
            Call::s3("PUT", &format!("{object}2"))
                .with("x-amz-copy-source", object.trim_start_matches('/')),
            DENIED,
        ),
        ("S3CreateMultipartUpload", Call::s3("POST", &format!("{object}?uploads")), DENIED),
        (
            "S3UploadPart",
            Call::s3("PUT", &format!("{object}?partNumber=1&{upload}")).body("x"),
            DENIED,
        ),
        (
            "S3UploadPartCopy",
            Call::s3("PUT", &format!("{object}?partNumber=1&{upload}"))
                .with("x-amz-copy-source", object.trim_start_matches('/')),
            DENIED,
        ),
        (
            "S3CompleteMultipartUpload",
            Call::s3("POST", &format!("{object}?{upload}")).body(
                "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>x</ETag></Part>\
                 </CompleteMultipartUpload>",
            ),
            DENIED,
        ),
        ("S3AbortMultipartUpload", Call::s3("DELETE", &format!("{object}?{upload}")), DENIED),
        ("S3ListParts", Call::s3("GET", &format!("{object}?{upload}")), DENIED),
        ("S3ListMultipartUploads", Call::s3("GET", &format!("{bucket}?uploads")), DENIED),
        (
            "S3GetObjectAttributes",
            Call::s3("GET", &format!("{object}?attributes"))
                .with("x-amz-object-attributes", "ETag"),
            DENIED,
        ),
        (
            "S3PutBucketPolicy",
            Call::s3("PUT", &format!("{bucket}?policy")).body(own_policy.to_string()),
            DENIED,
        ),
        ("S3GetBucketPolicy", Call::s3("GET", &format!("{bucket}?policy")), DENIED),
        ("S3DeleteBucketPolicy", Call::s3("DELETE", &format!("{bucket}?policy")), DENIED),
    ]
}
