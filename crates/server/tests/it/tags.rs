//! Tags of objects in policies, and what of a public policy counts.

use serde_json::{Value, json};

use crate::{
    client::Call,
    world::{BUCKET, OTHER, ROOT, World, put_role_policy, role_arn, root_keys},
};

fn tagging(pairs: &[(&str, &str)]) -> String {
    let tag =
        |(key, value): &(&str, &str)| format!("<Tag><Key>{key}</Key><Value>{value}</Value></Tag>");
    let tags = pairs.iter().map(tag).collect::<Vec<_>>().concat();
    format!("<Tagging><TagSet>{tags}</TagSet></Tagging>")
}

async fn set_tags(world: &World, path: &str, pairs: &[(&str, &str)]) {
    let put = Call::s3("PUT", &format!("{path}?tagging")).body(tagging(pairs));
    world.server.root(&put).await.expect(200);
}

/// Lets every user do these things in the folder of its own, under a condition.
async fn let_do(world: &World, actions: &[&str], condition: Value) {
    let own =
        format!("arn:aws:s3:::{BUCKET}/cognito-test/${{cognito-identity.amazonaws.com:sub}}/*");
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": actions, "Resource": own, "Condition": condition}]});
    put_role_policy(&world.server, "user", &policy.to_string()).await;
}

#[tokio::test]
async fn a_policy_can_go_by_the_tags_of_the_object() {
    let world = World::new().await;
    let path = world.user.path("data.txt");
    let get = Call::s3("GET", &path);
    let condition = json!({"StringEquals": {"s3:ExistingObjectTag/Shared": "yes"}});
    let_do(&world, &["s3:GetObject", "s3:GetObjectTagging"], condition).await;
    world.as_person(&world.user, &get).await.refused(403, "AccessDenied");
    set_tags(&world, &path, &[("shared", "no")]).await;
    world.as_person(&world.user, &get).await.refused(403, "AccessDenied");
    set_tags(&world, &path, &[("other", "1"), ("Shared", "yes")]).await;
    let reply = world.as_person(&world.user, &get).await.expect(200);
    assert_eq!(reply.header("x-amz-tagging-count"), Some("2"));
    let tags = Call::s3("GET", &format!("{path}?tagging"));
    let text = world.as_person(&world.user, &tags).await.expect(200).text();
    assert!(
        text.contains("<Tag><Key>Shared</Key><Value>yes</Value></Tag><Tag><Key>other</Key>"),
        "{text}"
    );
    // Its own tags do not open another's object.
    let others = world.admin.path("data.txt");
    set_tags(&world, &others, &[("Shared", "yes")]).await;
    world.as_person(&world.user, &Call::s3("GET", &others)).await.refused(403, "AccessDenied");
    // What is copied is read by the same policy.
    set_tags(&world, &path, &[]).await;
    world.as_person(&world.user, &get).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &tags).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn whoever_tags_needs_the_right_to_and_the_tags_that_the_policy_allows() {
    let world = World::new().await;
    let path = world.user.path("data.txt");
    let put = |tags: &str| Call::s3("PUT", &path).with("x-amz-tagging", tags).body("user's");
    world.as_person(&world.user, &put("team=a")).await.refused(403, "AccessDenied");
    let condition = json!({"StringEquals": {"s3:RequestObjectTag/team": ["a", "b"]},
                           "ForAllValues:StringEquals": {"s3:RequestObjectTagKeys": ["team", "use"]}});
    let all = ["s3:PutObject", "s3:PutObjectTagging"];
    let_do(&world, &all, condition).await;
    for refused in ["", "team=c", "use=x", "team=a&more=1"] {
        world.as_person(&world.user, &put(refused)).await.refused(403, "AccessDenied");
    }
    world.as_person(&world.user, &put("team=a&use=x")).await.expect(200);
    let tag =
        |pairs: &[(&str, &str)]| Call::s3("PUT", &format!("{path}?tagging")).body(tagging(pairs));
    world.as_person(&world.user, &tag(&[("team", "c")])).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &tag(&[("team", "b")])).await.expect(200);
    world
        .as_person(&world.user, &tag(&[("team", "b"), ("team", "b")]))
        .await
        .refused(400, "InvalidTag");
    let many: Vec<_> =
        ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k"].map(|key| (key, "1")).into();
    let too_many = Call::s3("PUT", &format!("{path}?tagging")).body(tagging(&many));
    world.server.root(&too_many).await.refused(400, "BadRequest");
    let others = Call::s3("PUT", &format!("{}?tagging", world.admin.path("data.txt")));
    let others = others.body(tagging(&[("team", "a")]));
    world.as_person(&world.user, &others).await.refused(403, "AccessDenied");
}

/// Tags may be what keeps others from reading, so a copy does not come without them.
#[tokio::test]
async fn a_copy_takes_its_tags_along_or_is_refused() {
    let world = World::new().await;
    let path = world.user.path("data.txt");
    set_tags(&world, &path, &[("secret", "yes")]).await;
    let copy = Call::s3("PUT", &world.user.path("copy"))
        .with("x-amz-copy-source", path.trim_start_matches('/'));
    world.as_person(&world.user, &copy).await.refused(403, "AccessDenied");
    let replaced = copy.clone().with("x-amz-tagging-directive", "REPLACE");
    world.as_person(&world.user, &replaced).await.expect(200);
    let none = json!({});
    let objects = ["s3:GetObject", "s3:PutObject", "s3:GetObjectTagging", "s3:PutObjectTagging"];
    for too_few in [&objects[..2], &objects[..3]] {
        let_do(&world, too_few, none.clone()).await;
        world.as_person(&world.user, &copy).await.refused(403, "AccessDenied");
    }
    let_do(&world, &objects, none).await;
    world.as_person(&world.user, &copy).await.expect(200);
    let tags = Call::s3("GET", &format!("{}?tagging", world.user.path("copy")));
    let text = world.as_person(&world.user, &tags).await.expect(200).text();
    assert!(text.contains("<Key>secret</Key><Value>yes</Value>"), "{text}");
}

#[tokio::test]
async fn a_public_policy_counts_for_strangers_only_while_that_is_not_restricted() {
    let world = World::new().await;
    let path = world.user.path("data.txt");
    let get = Call::s3("GET", &path);
    let sub = |method, name: &str| Call::s3(method, &format!("/{BUCKET}?{name}"));
    let stranger = root_keys(OTHER);
    let as_stranger = async |call: &Call| world.server.client().signed(&stranger, call).await;
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": "*", "Action": "s3:GetObject", "Resource": format!("arn:aws:s3:::{BUCKET}/*")}]});
    let put = sub("PUT", "policy").body(policy.to_string());
    let refused = world.server.root(&put).await;
    assert!(refused.text().contains("BlockPublicPolicy"), "{}", refused.text());
    refused.refused(403, "AccessDenied");
    let block = |restrict: bool| {
        let body = format!(
            "<PublicAccessBlockConfiguration><RestrictPublicBuckets>{restrict}\
             </RestrictPublicBuckets></PublicAccessBlockConfiguration>"
        );
        sub("PUT", "publicAccessBlock").body(body)
    };
    world.server.root(&block(false)).await.expect(200);
    world.server.root(&put).await.expect(204);
    let status = world.server.root(&sub("GET", "policyStatus")).await.expect(200).text();
    assert!(status.contains("<IsPublic>true</IsPublic>"), "{status}");
    world.server.client().unsigned(&get).await.expect(200);
    as_stranger(&get).await.expect(200);
    world.server.root(&block(true)).await.expect(200);
    world.server.client().unsigned(&get).await.refused(403, "AccessDenied");
    as_stranger(&get).await.refused(403, "AccessDenied");
    // In its own account it counts on: that is how the user reads the other's object here.
    let others = Call::s3("GET", &world.admin.path("data.txt"));
    world.as_person(&world.user, &others).await.expect(200);
    // Nobody is named who is not there.
    for (name, code) in [("role/nobody", "MalformedPolicy"), ("user/nobody", "MalformedPolicy")] {
        let mut named = policy.clone();
        named["Statement"][0]["Principal"] =
            json!({"AWS": format!("arn:aws:iam::{}:{name}", ROOT.0)});
        let put = sub("PUT", "policy").body(named.to_string());
        world.server.root(&put).await.refused(400, code);
    }
    let mut named = policy.clone();
    named["Statement"][0]["Principal"] = json!({"AWS": role_arn("user")});
    let put = sub("PUT", "policy").body(named.to_string());
    world.server.root(&put).await.expect(204);
    // A policy that names who may is not public, and lets a stranger's account in.
    let mut named = policy;
    named["Statement"][0]["Principal"] = json!({"AWS": OTHER.0});
    let put = sub("PUT", "policy").body(named.to_string());
    world.server.root(&put).await.expect(204);
    let status = world.server.root(&sub("GET", "policyStatus")).await.expect(200).text();
    assert!(status.contains("<IsPublic>false</IsPublic>"), "{status}");
    as_stranger(&get).await.expect(200);
    world.server.client().unsigned(&get).await.refused(403, "AccessDenied");
}

/// Source: S3 API Reference, the sample responses of `PutBucketTagging` and `HeadBucket`.
#[tokio::test]
async fn the_answers_of_buckets_are_s3s() {
    let world = World::new().await;
    let bucket = format!("/{BUCKET}");
    let put = Call::s3("PUT", &format!("{bucket}?tagging")).body(tagging(&[("team", "a")]));
    world.server.root(&put).await.expect(204);
    let head = world.server.root(&Call::s3("HEAD", &bucket)).await.expect(200);
    assert_eq!(head.header("content-type"), Some("application/xml"));
    let missing = world.server.root(&Call::s3("HEAD", "/no-such-bucket")).await.expect(404);
    assert_eq!(missing.header("content-type"), Some("application/xml"));
    assert!(missing.body.is_empty());
    let put = Call::s3("PUT", &world.user.path("data.txt")).body("user's");
    let unknown = put.with("x-amz-storage-class", "STANDARDD");
    world.server.root(&unknown).await.refused(400, "InvalidStorageClass");
}
