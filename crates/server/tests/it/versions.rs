//! Versions of objects, and deleting many at once: apart like the objects themselves.

use serde_json::json;

use crate::{
    client::{Call, Reply},
    world::{BUCKET, Person, World, put_role_policy},
};

async fn versioned() -> World {
    let world = World::new().await;
    let enable = "<VersioningConfiguration><Status>Enabled</Status></VersioningConfiguration>";
    let enable = Call::s3("PUT", &format!("/{BUCKET}?versioning")).body(enable);
    world.server.root(&enable).await.expect(200);
    world
}

/// Lets every user do these things in the folder of its own.
async fn let_do(world: &World, actions: &[&str]) {
    let own = format!("arn:aws:s3:::{BUCKET}/cognito-test/${{cognito-identity.amazonaws.com:sub}}");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": format!("{own}/*")}]});
    put_role_policy(&world.server, "user", &policy.to_string()).await;
}

fn version(reply: &Reply) -> String {
    reply.header("x-amz-version-id").expect("an answer about a version names it").to_owned()
}

/// A request about one version of somebody's file.
fn of_version(method: &'static str, person: &Person, id: &str) -> Call {
    Call::s3(method, &format!("{}?versionId={id}", person.path("data.txt")))
}

/// A copy of one version of somebody's file into the user's folder.
fn copy_of(world: &World, person: &Person, id: &str) -> Call {
    let source = format!("{}?versionId={id}", person.path("data.txt"));
    Call::s3("PUT", &world.user.path("copy")).with("x-amz-copy-source", &source)
}

async fn put(world: &World, person: &Person, body: &str) -> String {
    let put = Call::s3("PUT", &person.path("data.txt")).body(body);
    version(&world.server.root(&put).await.expect(200))
}

#[tokio::test]
async fn versions_are_read_and_deleted_by_who_may_and_in_ones_own_folder() {
    let world = versioned().await;
    let (own_first, own) =
        (put(&world, &world.user, "first").await, put(&world, &world.user, "second").await);
    let others_first = put(&world, &world.admin, "theirs").await;
    put(&world, &world.admin, "admin's").await;
    // Whoever may read objects may not by that read versions of them.
    let get = of_version("GET", &world.user, &own_first);
    world.as_person(&world.user, &get).await.refused(403, "AccessDenied");
    let delete = of_version("DELETE", &world.user, &own_first);
    world.as_person(&world.user, &delete).await.refused(403, "AccessDenied");
    let all = ["s3:*Object", "s3:*ObjectVersion", "s3:*Tagging", "s3:ListBucketVersions"];
    let_do(&world, &all).await;
    let reply = world.as_person(&world.user, &get).await.expect(200);
    assert_eq!((reply.text().as_str(), version(&reply)), ("first", own_first.clone()));
    let reply = world.as_person(&world.user, &of_version("HEAD", &world.user, &own)).await;
    assert_eq!((reply.status, version(&reply)), (200, own));
    // The other's are as far as ever, whatever the verb.
    for method in ["GET", "DELETE"] {
        let call = of_version(method, &world.admin, &others_first);
        world.as_person(&world.user, &call).await.refused(403, "AccessDenied");
        let tags = Call::s3(
            method,
            &format!("{}?tagging&versionId={others_first}", world.admin.path("data.txt")),
        );
        world.as_person(&world.user, &tags).await.refused(403, "AccessDenied");
    }
    assert_eq!(
        world.as_person(&world.user, &of_version("HEAD", &world.admin, &others_first)).await.status,
        403
    );
    let copy = copy_of(&world, &world.admin, &others_first);
    world.as_person(&world.user, &copy).await.refused(403, "AccessDenied");
    let versions = Call::s3("GET", &format!("/{BUCKET}?versions"));
    world.as_person(&world.user, &versions).await.refused(403, "AccessDenied");
    // All of it is still there.
    let kept = world.server.root(&of_version("GET", &world.admin, &others_first)).await.expect(200);
    assert_eq!(kept.text(), "theirs");
    // The positive twin: one's own is copied and deleted.
    let copy = copy_of(&world, &world.user, &own_first);
    let copied = world.as_person(&world.user, &copy).await.expect(200);
    assert_eq!(copied.header("x-amz-copy-source-version-id"), Some(own_first.as_str()));
    world.as_person(&world.user, &delete).await.expect(204);
    // Gone, which is told to nobody who may not list.
    world.as_person(&world.user, &get).await.refused(403, "AccessDenied");
    world.server.root(&get).await.refused(404, "NoSuchVersion");
}

#[tokio::test]
async fn a_delete_marker_is_told_apart_from_nothing_to_who_may_list() {
    let world = versioned().await;
    let first = put(&world, &world.user, "first").await;
    let object = world.user.path("data.txt");
    let deleted = world.as_person(&world.user, &Call::s3("DELETE", &object)).await.expect(204);
    assert_eq!(deleted.header("x-amz-delete-marker"), Some("true"));
    let marker = version(&deleted);
    let get = Call::s3("GET", &object);
    let refused = world.as_person(&world.user, &get).await;
    assert_eq!(refused.header("x-amz-delete-marker"), None);
    refused.refused(403, "AccessDenied");
    let missing = world.server.root(&get).await;
    assert_eq!(missing.header("x-amz-delete-marker"), Some("true"));
    assert_eq!(version(&missing), marker);
    missing.refused(404, "NoSuchKey");
    let head = world.server.root(&Call::s3("HEAD", &object)).await;
    assert_eq!((head.status, head.header("x-amz-delete-marker")), (404, Some("true")));
    let by_id = world.server.root(&of_version("GET", &world.user, &marker)).await;
    assert_eq!(by_id.header("x-amz-delete-marker"), Some("true"));
    assert_eq!(by_id.header("allow"), Some("DELETE"));
    assert_eq!(by_id.refused(405, "MethodNotAllowed").element("Method"), "GET");
    let tags = of_version("PUT", &world.user, &marker);
    let tags = Call { query: format!("{}&tagging", tags.query), ..tags };
    let tags = tags.body("<Tagging><TagSet/></Tagging>");
    let refused = world.server.root(&tags).await.refused(405, "MethodNotAllowed");
    assert_eq!(refused.element("Method"), "PUT");
    // Without the marker, what was there is there again.
    let undo = world.server.root(&of_version("DELETE", &world.user, &marker)).await.expect(204);
    assert_eq!(undo.header("x-amz-delete-marker"), Some("true"));
    let again = world.as_person(&world.user, &get).await.expect(200);
    assert_eq!((again.text().as_str(), version(&again)), ("first", first));
    // An id that nobody was given.
    let none = "0".repeat(32);
    world.server.root(&of_version("GET", &world.user, &none)).await.refused(404, "NoSuchVersion");
    world
        .server
        .root(&of_version("GET", &world.user, "none"))
        .await
        .refused(400, "InvalidArgument");
}

#[tokio::test]
async fn of_many_that_are_deleted_at_once_each_is_decided_by_itself() {
    let world = World::new().await;
    let key = |person: &Person, name: &str| format!("cognito-test/{}/{name}", person.identity_id);
    let delete = |keys: &[String], quiet: bool| {
        let objects = keys.iter().map(|key| format!("<Object><Key>{key}</Key></Object>"));
        let objects = objects.collect::<Vec<_>>().concat();
        let body = format!("<Delete>{objects}<Quiet>{quiet}</Quiet></Delete>");
        Call::s3("POST", &format!("/{BUCKET}?delete")).body(body).checked()
    };
    let (own, others) = (key(&world.user, "data.txt"), key(&world.admin, "data.txt"));
    let missing = key(&world.user, "was never there");
    let all = [own.clone(), others.clone(), missing.clone()];
    let reply = world.as_person(&world.user, &delete(&all, false)).await.expect(200);
    let text = reply.text();
    for gone in [&own, &missing] {
        assert!(text.contains(&format!("<Deleted><Key>{gone}</Key></Deleted>")), "{text}");
    }
    let refused = format!("<Error><Code>AccessDenied</Code><Key>{others}</Key>");
    assert!(text.contains(&refused) && text.matches("<Error>").count() == 1, "{text}");
    world.reads_own(&world.admin).await;
    let get = Call::s3("GET", &world.user.path("data.txt"));
    world.server.root(&get).await.refused(404, "NoSuchKey");
    // Quiet is quiet about successes only.
    let quiet = world.as_person(&world.user, &delete(&all, true)).await.expect(200).text();
    assert!(!quiet.contains("<Deleted>") && quiet.contains(&refused), "{quiet}");
    for too in [0, 1001] {
        let keys = vec![own.clone(); too];
        let reply = world.as_person(&world.user, &delete(&keys, false)).await;
        reply.refused(400, "MalformedXML");
    }
    // Nobody who is not known deletes anything.
    let unsigned = world.server.client().unsigned(&delete(&all, false)).await.expect(200).text();
    assert_eq!(unsigned.matches("<Code>AccessDenied</Code>").count(), 3, "{unsigned}");
    let nowhere = Call::s3("POST", "/no-such-bucket?delete").body(delete(&all, false).body);
    world.server.root(&nowhere.checked()).await.refused(404, "NoSuchBucket");
    // A signature is not what the list is to be checked against.
    let mut unchecked = delete(&all, false);
    unchecked.headers.clear();
    world.server.root(&unchecked).await.refused(400, "InvalidRequest");
}

#[tokio::test]
async fn a_conditional_deletion_tells_nothing_to_who_may_not_read() {
    let world = World::new().await;
    let object = world.user.path("data.txt");
    let tag =
        world.server.root(&Call::s3("HEAD", &object)).await.header("etag").unwrap().to_owned();
    let delete = |tag: &str| Call::s3("DELETE", &object).with("if-match", tag);
    world.as_person(&world.admin, &delete(&tag)).await.refused(403, "AccessDenied");
    let_do(&world, &["s3:DeleteObject"]).await;
    world.as_person(&world.user, &delete(&tag)).await.refused(403, "AccessDenied");
    let_do(&world, &["s3:DeleteObject", "s3:GetObject"]).await;
    world.as_person(&world.user, &delete("\"00\"")).await.refused(412, "PreconditionFailed");
    world.reads_own(&world.user).await;
    world.as_person(&world.user, &delete(&tag)).await.expect(204);
    world.as_person(&world.user, &delete(&tag)).await.refused(403, "AccessDenied");
    world.server.root(&delete(&tag)).await.refused(404, "NoSuchKey");
}

/// There is no retention to bypass, but asking for it takes the right to.
#[tokio::test]
async fn bypassing_retention_takes_the_right_to_also_where_there_is_none() {
    let world = World::new().await;
    let bypass = |call: Call| call.with("x-amz-bypass-governance-retention", "true");
    let one = bypass(Call::s3("DELETE", &world.user.path("data.txt")));
    let key = format!("cognito-test/{}/data.txt", world.user.identity_id);
    let body = format!("<Delete><Object><Key>{key}</Key></Object></Delete>");
    let many = bypass(Call::s3("POST", &format!("/{BUCKET}?delete")).body(body).checked());
    let_do(&world, &["s3:GetObject", "s3:DeleteObject"]).await;
    world.as_person(&world.user, &one).await.refused(403, "AccessDenied");
    let text = world.as_person(&world.user, &many).await.expect(200).text();
    assert!(text.contains("<Code>AccessDenied</Code>"), "{text}");
    world.reads_own(&world.user).await;
    let_do(&world, &["s3:DeleteObject", "s3:BypassGovernanceRetention"]).await;
    let text = world.as_person(&world.user, &many).await.expect(200).text();
    assert!(text.contains("<Deleted>") && !text.contains("<Error>"), "{text}");
    world.as_person(&world.user, &one).await.expect(204);
}
