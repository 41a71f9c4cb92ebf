//! One person's folder and nobody else's: keys that look alike, names made of wildcards, copies.

use serde_json::json;

use crate::{
    client::{Call, encode},
    world::{BUCKET, World},
};

#[tokio::test]
async fn everybody_has_their_own_file_and_nobody_elses() {
    let world = World::new().await;
    for (own, other) in [(&world.admin, &world.user), (&world.user, &world.admin)] {
        for method in ["GET", "HEAD", "PUT", "DELETE"] {
            let call = |path: String| Call::s3(method, &path);
            let status = if method == "DELETE" { 204 } else { 200 };
            world.as_person(own, &call(own.path("mine.txt")).body("x")).await.expect(
                // What is read or deleted first has to be there.
                if matches!(method, "GET" | "HEAD") { 403 } else { status },
            );
            let reply = world.as_person(own, &call(other.path("data.txt"))).await;
            assert_eq!(reply.status, 403);
        }
        world.reads_own(own).await;
    }
}

#[tokio::test]
async fn a_missing_key_is_told_to_those_who_may_list_only() {
    let world = World::new().await;
    let missing = Call::s3("GET", &world.user.path("missing"));
    world.as_person(&world.user, &missing).await.refused(403, "AccessDenied");
    world.server.root(&missing).await.refused(404, "NoSuchKey");
}

#[tokio::test]
async fn keys_are_literal() {
    let world = World::new().await;
    let (user, admin) = (encode(&world.user.identity_id), encode(&world.admin.identity_id));
    let mine = format!("/{BUCKET}/cognito-test/{user}");
    let theirs = format!("/{BUCKET}/cognito-test/{admin}/data.txt");
    // Allowed: keys of one's own, however they look. None of them is the other's object.
    for key in [
        format!("{mine}/../{admin}/data.txt"),
        format!("{mine}/%2e%2e/{admin}/data.txt"),
        format!("{mine}/%2E%2E%2F{admin}%2Fdata.txt"),
        format!("{mine}//data.txt"),
        format!("{mine}/./data.txt"),
        format!("{mine}/..%2f..%2fcognito-test/{admin}/data.txt"),
        format!("{mine}/%252e%252e/{admin}/data.txt"),
    ] {
        world.as_person(&world.user, &Call::s3("PUT", &key).body("mine")).await.expect(200);
        let got = world.as_person(&world.user, &Call::s3("GET", &key)).await.expect(200);
        assert_eq!(got.text(), "mine", "{key}");
        world.reads_own(&world.admin).await;
    }
    // Refused: whatever does not begin with one's own folder, byte for byte.
    for key in [
        theirs.clone(),
        format!("/{BUCKET}/cognito-test/{admin}/../{user}/data.txt"),
        format!("/{BUCKET}/cognito-test//{user}/data.txt"),
        format!("/{BUCKET}//cognito-test/{user}/data.txt"),
        format!("/{BUCKET}/cognito-test/{user}x/data.txt"),
        format!("/{BUCKET}/cognito-test/{admin}{user}/data.txt"),
        format!("/{BUCKET}/cognito-test/%2A/data.txt"),
        format!("/{BUCKET}/cognito-test/{}/data.txt", admin.to_uppercase().replace("%3A", "%3a")),
        format!("/{BUCKET}/Cognito-Test/{user}/data.txt"),
        format!("/{BUCKET}/cognito-test"),
        format!("/{BUCKET}/data.txt"),
    ] {
        let put = Call::s3("PUT", &key).body("x");
        world.as_person(&world.user, &put).await.refused(403, "AccessDenied");
        world.as_person(&world.user, &Call::s3("GET", &key)).await.refused(403, "AccessDenied");
    }
    world.reads_own(&world.admin).await;
}

#[tokio::test]
async fn a_folder_in_another_case_is_another_folder() {
    let world = World::new().await;
    let upper = world.user.identity_id.to_uppercase();
    let path = format!("/{BUCKET}/cognito-test/{}/data.txt", encode(&upper));
    world.reads_own(&world.user).await;
    world.as_person(&world.user, &Call::s3("GET", &path)).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_user_named_like_a_pattern_opens_nothing_more() {
    let world = World::new().await;
    for name in ["*", "????", "${cognito-identity.amazonaws.com:sub}", "admin*"] {
        let wild = world.person(name, "user").await;
        let put = Call::s3("PUT", &wild.path("data.txt")).body(format!("{name}'s"));
        world.as_person(&wild, &put).await.expect(200);
        for other in [&world.admin, &world.user] {
            let get = Call::s3("GET", &other.path("data.txt"));
            world.as_person(&wild, &get).await.refused(403, "AccessDenied");
        }
    }
}

#[tokio::test]
async fn a_copy_needs_both_sides() {
    let world = World::new().await;
    let copy = |from: &str, to: &str| {
        Call::s3("PUT", to).with("x-amz-copy-source", from.trim_start_matches('/'))
    };
    let (own, other) = (world.user.path("data.txt"), world.admin.path("data.txt"));
    let target = world.user.path("copy.txt");
    world.as_person(&world.user, &copy(&own, &target)).await.expect(200);
    world.as_person(&world.user, &copy(&other, &target)).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &copy(&own, &other)).await.refused(403, "AccessDenied");
    let sneaky = other.replace("cognito-test", "%63ognito-test");
    world.as_person(&world.user, &copy(&sneaky, &target)).await.refused(403, "AccessDenied");
    let got = world.as_person(&world.user, &Call::s3("GET", &target)).await.expect(200);
    assert_eq!(got.text(), "user's");
    world.reads_own(&world.admin).await;
}

#[tokio::test]
async fn names_are_listed_as_the_policy_says() {
    let world = World::new().await;
    let list = |query: &str| Call::s3("GET", &format!("/{BUCKET}?list-type=2{query}"));
    let seen = world.as_person(&world.user, &list("&prefix=cognito-test")).await.expect(200);
    assert!(seen.text().contains(&world.admin.identity_id), "{}", seen.text());
    for query in
        ["", "&prefix=", "&prefix=cognito-test%2F", "&prefix=cognito", "&prefix=Cognito-test"]
    {
        world.as_person(&world.user, &list(query)).await.refused(403, "AccessDenied");
    }
    let other = format!("&prefix={}", encode(&format!("cognito-test/{}", world.admin.identity_id)));
    world.as_person(&world.user, &list(&other)).await.refused(403, "AccessDenied");
    let all = world.server.root(&list("&prefix=cognito-test/&delimiter=/")).await.expect(200);
    assert!(all.text().contains("<CommonPrefixes>"), "{}", all.text());
}

#[tokio::test]
async fn a_bucket_policy_can_open_one_object_to_everyone_and_close_it_again() {
    let world = World::new().await;
    let object = world.user.path("data.txt");
    let get = Call::s3("GET", &object);
    world.server.client().unsigned(&get).await.refused(403, "AccessDenied");
    let resource =
        format!("arn:aws:s3:::{BUCKET}/cognito-test/{}/data.txt", world.user.identity_id);
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": resource}]});
    let put = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
    world.as_person(&world.user, &put).await.refused(403, "AccessDenied");
    // Nobody opens a bucket by mistake: that it is closed has to be undone first.
    world.server.root(&put).await.refused(403, "AccessDenied");
    world.unblock_public_access().await;
    world.server.root(&put).await.expect(204);
    world.server.client().unsigned(&get).await.expect(200);
    let other = Call::s3("GET", &world.admin.path("data.txt"));
    world.server.client().unsigned(&other).await.refused(403, "AccessDenied");
    let delete = Call::s3("DELETE", &format!("/{BUCKET}?policy"));
    world.server.root(&delete).await.expect(204);
    world.server.client().unsigned(&get).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn root_cannot_be_locked_out_of_its_own_buckets_policy() {
    let world = World::new().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": [format!("arn:aws:s3:::{BUCKET}"), format!("arn:aws:s3:::{BUCKET}/*")]}]});
    let put = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
    world.server.root(&put).await.expect(204);
    let get = Call::s3("GET", &world.user.path("data.txt"));
    world.server.root(&get).await.refused(403, "AccessDenied");
    let delete = Call::s3("DELETE", &format!("/{BUCKET}?policy"));
    world.as_person(&world.user, &delete).await.refused(403, "AccessDenied");
    world.server.root(&delete).await.expect(204);
    world.server.root(&get).await.expect(200);
}
