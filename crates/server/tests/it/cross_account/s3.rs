use serde_json::json;

use super::{
    DENIED,
    Outcome::{EachRefused, Own, Refused},
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
    let sub = |method, name: &str| Call::s3(method, &format!("{bucket}?{name}"));
    let of_object = |method, name: &str| Call::s3(method, &format!("{object}?{name}"));
    let keys = [&world.user, &world.admin]
        .map(|person| format!("cognito-test/{}/data.txt", person.identity_id))
        .map(|key| format!("<Object><Key>{key}</Key></Object>"))
        .concat();
    let tags = "<Tagging><TagSet><Tag><Key>a</Key><Value>1</Value></Tag></TagSet></Tagging>";
    let versioning = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let block = "<PublicAccessBlockConfiguration><BlockPublicPolicy>false</BlockPublicPolicy>\
                 </PublicAccessBlockConfiguration>";
    let ownership = "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced\
                     </ObjectOwnership></Rule></OwnershipControls>";
    let form = Call::s3("POST", &bucket)
        .with("content-type", "multipart/form-data; boundary=b")
        .body(form_for(&format!("cognito-test/{}/data.txt", world.user.identity_id)));
    let mut rows = vec![
        ("S3ListObjects", Call::s3("GET", &bucket), DENIED),
        ("S3ListObjectVersions", sub("GET", "versions"), DENIED),
        (
            "S3DeleteObjects",
            sub("POST", "delete").body(format!("<Delete>{keys}</Delete>")).checked(),
            EachRefused,
        ),
        ("S3GetBucketLocation", sub("GET", "location"), DENIED),
        ("S3GetBucketVersioning", sub("GET", "versioning"), DENIED),
        ("S3PutBucketVersioning", sub("PUT", "versioning").body(versioning), DENIED),
        ("S3GetBucketPolicyStatus", sub("GET", "policyStatus"), DENIED),
        ("S3GetPublicAccessBlock", sub("GET", "publicAccessBlock"), DENIED),
        ("S3PutPublicAccessBlock", sub("PUT", "publicAccessBlock").body(block), DENIED),
        ("S3DeletePublicAccessBlock", sub("DELETE", "publicAccessBlock"), DENIED),
        ("S3GetBucketOwnershipControls", sub("GET", "ownershipControls"), DENIED),
        ("S3PutBucketOwnershipControls", sub("PUT", "ownershipControls").body(ownership), DENIED),
        ("S3DeleteBucketOwnershipControls", sub("DELETE", "ownershipControls"), DENIED),
        ("S3GetBucketTagging", sub("GET", "tagging"), DENIED),
        ("S3PutBucketTagging", sub("PUT", "tagging").body(tags), DENIED),
        ("S3DeleteBucketTagging", sub("DELETE", "tagging"), DENIED),
        ("S3GetBucketAcl", sub("GET", "acl"), DENIED),
        ("S3PutBucketAcl", sub("PUT", "acl").with("x-amz-acl", "public-read"), DENIED),
        ("S3GetObjectAcl", of_object("GET", "acl"), DENIED),
        ("S3PutObjectAcl", of_object("PUT", "acl").with("x-amz-acl", "public-read"), DENIED),
        ("S3GetObjectTagging", of_object("GET", "tagging"), DENIED),
        ("S3PutObjectTagging", of_object("PUT", "tagging").body(tags), DENIED),
        ("S3DeleteObjectTagging", of_object("DELETE", "tagging"), DENIED),
    ];
    rows.extend(vec![
        ("S3ListBuckets", Call::s3("GET", "/"), Own),
        ("S3CreateBucket", Call::s3("PUT", &bucket), Refused(409, "BucketAlreadyExists")),
        ("S3HeadBucket", Call::s3("HEAD", &bucket), Refused(403, "(403)")),
        ("S3DeleteBucket", Call::s3("DELETE", &bucket), DENIED),
        ("S3ListObjectsV2", Call::s3("GET", &format!("{bucket}?list-type=2")), DENIED),
        ("S3PostObject", form, DENIED),
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
    ]);
    rows
}

/// A form that a stranger's signature in the header does not sign.
fn form_for(key: &str) -> String {
    let part =
        |name: &str| format!("--b\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n");
    format!("{}{key}\r\n{}x\r\n--b--\r\n", part("key"), part("file"))
}
