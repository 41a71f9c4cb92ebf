//! Multipart uploads in one person's folder, and everybody else.

use crate::{
    client::Call,
    world::{BUCKET, Person, World},
};

/// An upload under way: where, and its id.
struct Upload {
    path: String,
    id: String,
}

impl Upload {
    async fn begin(world: &World, person: &Person, file: &str) -> Self {
        let path = person.path(file);
        let begun = world.as_person(person, &Call::s3("POST", &format!("{path}?uploads"))).await;
        Self { id: begun.expect(200).element("UploadId"), path }
    }

    fn at(&self, method: &'static str, query: &str) -> Call {
        Call::s3(method, &format!("{}?{query}uploadId={}", self.path, self.id))
    }

    fn part(&self, body: &str) -> Call {
        self.at("PUT", "partNumber=1&").body(body)
    }

    fn complete(&self, etag: &str) -> Call {
        self.at("POST", "").body(format!(
            "<CompleteMultipartUpload><Part><PartNumber>1</PartNumber><ETag>{etag}</ETag></Part>\
             </CompleteMultipartUpload>"
        ))
    }
}

#[tokio::test]
async fn nobody_else_reaches_an_upload_even_who_knows_its_id() {
    let world = World::new().await;
    // One of the same role, and one of another.
    let same_role = world.person("second", "user").await;
    let owner = &world.user;
    let upload = Upload::begin(&world, owner, "big").await;
    let part = world.as_person(owner, &upload.part("mine")).await.expect(200);
    let etag = part.header("etag").unwrap().to_owned();
    for stranger in [&same_role, &world.admin] {
        for call in [
            upload.part("not yours"),
            upload.complete(&etag),
            upload.at("DELETE", ""),
            upload.at("GET", ""),
            Call::s3("POST", &format!("{}?uploads", upload.path)),
            Call::s3("GET", &format!("{}?attributes", upload.path))
                .with("x-amz-object-attributes", "ETag"),
        ] {
            world.as_person(stranger, &call).await.refused(403, "AccessDenied");
        }
        // Nor under a key of the stranger's own: the upload is of its key.
        let mine = Upload { path: stranger.path("big"), id: upload.id.clone() };
        world.as_person(stranger, &mine.part("x")).await.refused(404, "NoSuchUpload");
        world.as_person(stranger, &mine.complete(&etag)).await.refused(404, "NoSuchUpload");
        for call in [mine.at("DELETE", ""), mine.at("GET", "")] {
            world.as_person(stranger, &call).await.refused(403, "AccessDenied");
        }
        // Whose names the uploads have is told to those who may list them.
        let list = Call::s3("GET", &format!("/{BUCKET}?uploads"));
        world.as_person(stranger, &list).await.refused(403, "AccessDenied");
    }
    world.as_person(owner, &upload.complete(&etag)).await.expect(200);
    let got = world.as_person(owner, &Call::s3("GET", &upload.path)).await.expect(200);
    assert_eq!(got.text(), "mine");
}

#[tokio::test]
async fn a_part_is_not_copied_from_anothers_folder() {
    let world = World::new().await;
    let upload = Upload::begin(&world, &world.user, "big").await;
    let copy = |from: &str| {
        let from = from.trim_start_matches('/');
        upload.at("PUT", "partNumber=1&").with("x-amz-copy-source", from)
    };
    for others in [
        world.admin.path("data.txt"),
        // There or not makes no difference.
        world.admin.path("missing"),
    ] {
        world.as_person(&world.user, &copy(&others)).await.refused(403, "AccessDenied");
        let ranged = copy(&others).with("x-amz-copy-source-range", "bytes=0-0");
        world.as_person(&world.user, &ranged).await.refused(403, "AccessDenied");
    }
    let own = world.user.path("data.txt");
    // Into another's upload it is not copied either.
    let into = Upload::begin(&world, &world.admin, "big").await;
    let call =
        into.at("PUT", "partNumber=1&").with("x-amz-copy-source", own.trim_start_matches('/'));
    world.as_person(&world.user, &call).await.refused(403, "AccessDenied");
    let copied = world.as_person(&world.user, &copy(&own)).await.expect(200);
    let etag = copied.element("ETag").replace("&quot;", "\"");
    world.as_person(&world.user, &upload.complete(&etag)).await.expect(200);
    let original = world.as_person(&world.user, &Call::s3("GET", &own)).await.expect(200);
    let copy = world.as_person(&world.user, &Call::s3("GET", &upload.path)).await.expect(200);
    assert_eq!(copy.text(), original.text());
}

/// No policy names these two actions: who began the upload may abort and list it all the same.
///
/// Source: S3 User Guide, *Multipart upload API and permissions*.
#[tokio::test]
async fn who_began_an_upload_may_list_its_parts_and_abort_it() {
    let world = World::new().await;
    let upload = Upload::begin(&world, &world.user, "big").await;
    world.as_person(&world.user, &upload.part("x")).await.expect(200);
    let listed = world.as_person(&world.user, &upload.at("GET", "")).await.expect(200);
    assert_eq!(listed.element("Size"), "1");
    let unknown = Upload { path: upload.path.clone(), id: "0".repeat(48) };
    for call in [unknown.at("GET", ""), unknown.at("DELETE", "")] {
        world.as_person(&world.user, &call).await.refused(403, "AccessDenied");
    }
    // Root of the account may, as it may everything; and then it is gone for everybody.
    world.server.root(&upload.at("GET", "")).await.expect(200);
    world.as_person(&world.user, &upload.at("DELETE", "")).await.expect(204);
    let gone = world.server.root(&upload.at("GET", "")).await.refused(404, "NoSuchUpload");
    assert_eq!(gone.element("UploadId"), upload.id);
    world.as_person(&world.user, &upload.part("x")).await.refused(404, "NoSuchUpload");
}

#[tokio::test]
async fn who_began_an_upload_is_bound_by_denials() {
    let world = World::new().await;
    let upload = Upload::begin(&world, &world.user, "big").await;
    let policy = serde_json::json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:AbortMultipartUpload",
        "Resource": format!("arn:aws:s3:::{BUCKET}/*")}]});
    let put = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
    world.server.root(&put).await.expect(204);
    let abort = upload.at("DELETE", "");
    world.as_person(&world.user, &abort).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &upload.at("GET", "")).await.expect(200);
    world.server.root(&Call::s3("DELETE", &format!("/{BUCKET}?policy"))).await.expect(204);
    world.as_person(&world.user, &abort).await.expect(204);
}

/// The longest list that S3 takes, with the longest checksums: 10,000 parts.
#[tokio::test]
async fn a_list_of_ten_thousand_parts_is_read_and_a_longer_body_is_not() {
    let world = World::new().await;
    let upload = Upload::begin(&world, &world.user, "big").await;
    let checksum = "A".repeat(43) + "=";
    let mut list = "<CompleteMultipartUpload>".to_owned();
    for number in 1..=10_000 {
        list += &format!(
            "<Part><ChecksumSHA256>{checksum}</ChecksumSHA256><ETag>&quot;{}&quot;</ETag>\
             <PartNumber>{number}</PartNumber></Part>",
            "0".repeat(32)
        );
    }
    list += "</CompleteMultipartUpload>";
    assert!(list.len() > 1 << 20);
    let complete = upload.at("POST", "");
    let reply = world.as_person(&world.user, &complete.clone().body(list)).await;
    reply.refused(400, "InvalidPart");
    let long = " ".repeat((4 << 20) + 1);
    let reply = world.as_person(&world.user, &complete.body(long)).await;
    reply.refused(400, "MaxMessageLengthExceeded");
}
