//! Requests that are not from who they say. Each refusal stands beside a twin that is allowed.

use serde_json::json;
use sigv4::PayloadDeclaration;
use types::{SecretString, SignedDuration};

use crate::{
    client::{Call, Keys},
    world::{BUCKET, ROOT, World, root_keys},
};

/// The same call of every protocol, each allowed to root when it is signed as it should be.
fn calls(world: &World) -> [(Call, &'static str); 3] {
    [
        (Call::s3("GET", &world.user.path("data.txt")), "s3"),
        (
            Call::json(
                "cognito-idp",
                "DescribeUserPool",
                &json!({"UserPoolId": world.user_pool_id}),
            ),
            "json",
        ),
        (Call::query("sts", "GetCallerIdentity", &[]), "query"),
    ]
}

fn expected(protocol: &str, codes: [(u16, &'static str); 3]) -> (u16, &'static str) {
    let [s3, json, query] = codes;
    match protocol {
        "s3" => s3,
        "json" => json,
        _ => query,
    }
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let world = World::new().await;
    for (call, protocol) in calls(&world) {
        world.server.root(&call).await.expect(200);
        let wrong = Keys { secret: SecretString::from("wrong"), ..root_keys(ROOT) };
        let (status, code) = expected(
            protocol,
            [
                (403, "SignatureDoesNotMatch"),
                (400, "InvalidSignatureException"),
                (403, "SignatureDoesNotMatch"),
            ],
        );
        world.server.client().signed(&wrong, &call).await.refused(status, code);
    }
}

#[tokio::test]
async fn no_signature_is_refused_or_anonymous() {
    let world = World::new().await;
    for (call, protocol) in calls(&world) {
        world.server.root(&call).await.expect(200);
        let (status, code) = expected(
            protocol,
            [
                (403, "AccessDenied"),
                (400, "MissingAuthenticationTokenException"),
                (403, "MissingAuthenticationToken"),
            ],
        );
        world.server.client().unsigned(&call).await.refused(status, code);
    }
}

#[tokio::test]
async fn an_unknown_access_key_is_refused() {
    let world = World::new().await;
    for (call, protocol) in calls(&world) {
        world.server.root(&call).await.expect(200);
        let (status, code) = expected(
            protocol,
            [
                (403, "InvalidAccessKeyId"),
                (400, "UnrecognizedClientException"),
                (403, "InvalidClientTokenId"),
            ],
        );
        for id in ["AKIANOBODYNOBODYNOBO", "x"] {
            let keys = Keys { access_key_id: id.to_owned(), ..root_keys(ROOT) };
            world.server.client().signed(&keys, &call).await.refused(status, code);
        }
        // A temporary key without its token is as good as unknown.
        let keys = Keys { token: None, ..world.user.keys.clone() };
        world.server.client().signed(&keys, &call).await.refused(status, code);
    }
}

#[tokio::test]
async fn a_signature_counts_within_the_services_window_only() {
    let world = World::new().await;
    for (call, protocol) in calls(&world) {
        let minutes = if protocol == "s3" { 15 } else { 5 };
        let (status, code) = expected(
            protocol,
            [
                (403, "RequestTimeTooSkewed"),
                (400, "InvalidSignatureException"),
                (403, "SignatureDoesNotMatch"),
            ],
        );
        for direction in [-1, 1] {
            let window = SignedDuration::from_mins(minutes) * direction;
            let mut client = world.server.client();
            client.now = world.server.now() + window;
            client.signed(&root_keys(ROOT), &call).await.expect(200);
            client.now += SignedDuration::from_secs(i64::from(direction));
            client.signed(&root_keys(ROOT), &call).await.refused(status, code);
        }
    }
}

#[tokio::test]
async fn an_altered_header_or_an_unsigned_one_is_refused() {
    let world = World::new().await;
    for (call, protocol) in calls(&world) {
        let (status, code) = expected(
            protocol,
            [
                (403, "SignatureDoesNotMatch"),
                (400, "InvalidSignatureException"),
                (403, "SignatureDoesNotMatch"),
            ],
        );
        let call = call.with("x-amz-meta-colour", "red");
        let (signed, _) = world.server.client().sign(&root_keys(ROOT), &call);
        world.server.client().send(&signed).await.expect(200);
        let mut altered = signed.clone();
        for (name, value) in &mut altered.headers {
            if name == "x-amz-meta-colour" {
                "blue".clone_into(value);
            }
        }
        world.server.client().send(&altered).await.refused(status, code);
        // Every x-amz-* header must be signed.
        let added = signed.with("x-amz-meta-size", "xl");
        let reply = world.server.client().send(&added).await;
        if call.service == "s3" {
            assert_eq!(reply.element("HeadersNotSigned"), "x-amz-meta-size");
            reply.refused(403, "AccessDenied");
        } else {
            reply.refused(status, code);
        }
    }
}

#[tokio::test]
async fn an_altered_body_is_refused_and_changes_nothing() {
    let world = World::new().await;
    let put = Call::s3("PUT", &world.user.path("data.txt")).body("user's");
    let (signed, _) = world.server.client().sign(&world.user.keys, &put);
    world.server.client().send(&signed).await.expect(200);
    let altered = signed.body("nobody");
    let reply = world.server.client().send(&altered).await;
    reply.refused(400, "XAmzContentSHA256Mismatch");
    world.reads_own(&world.user).await;

    let call = Call::json("cognito-idp", "ListUserPools", &json!({"MaxResults": 10}));
    let (signed, _) = world.server.client().sign(&root_keys(ROOT), &call);
    world.server.client().send(&signed).await.expect(200);
    let altered = signed.body(json!({"MaxResults": 11}).to_string());
    world.server.client().send(&altered).await.refused(400, "InvalidSignatureException");
}

#[tokio::test]
async fn a_signature_for_another_service_region_or_method_is_refused() {
    let world = World::new().await;
    let get = Call::s3("GET", &world.user.path("data.txt"));
    world.as_person(&world.user, &get).await.expect(200);
    // Signed for reading, sent to delete.
    let (signed, _) = world.server.client().sign(&world.user.keys, &get);
    let delete = Call { method: "DELETE", ..signed };
    world.server.client().send(&delete).await.refused(403, "SignatureDoesNotMatch");
    world.reads_own(&world.user).await;
    // Signed as another service: routed there, where it is no operation.
    let other = Call { service: "sts", ..get.clone() };
    let reply = world.as_person(&world.user, &other).await;
    assert!((400..500).contains(&reply.status), "{}", reply.text());
    // Signed in another region: that region has no such pool.
    let call =
        Call::json("cognito-idp", "DescribeUserPool", &json!({"UserPoolId": world.user_pool_id}));
    world.server.root(&call).await.expect(200);
    let mut elsewhere = world.server.client();
    "eu-west-1".clone_into(&mut elsewhere.region);
    let reply = elsewhere.signed(&root_keys(ROOT), &call).await;
    reply.refused(400, "ResourceNotFoundException");
}

#[tokio::test]
async fn a_presigned_url_opens_one_object_for_its_time() {
    let world = World::new().await;
    let (client, keys) = (world.server.client(), &world.user.keys);
    let path = world.user.path("data.txt");
    let query = client.presign(keys, &Call::s3("GET", &path), 60).query;
    let url = |method, path: &str| Call::s3(method, &format!("{path}?{query}"));
    client.unsigned(&url("GET", &path)).await.expect(200);
    let refused = client.unsigned(&url("PUT", &path).body("x")).await;
    refused.refused(403, "SignatureDoesNotMatch");
    let refused = client.unsigned(&url("GET", &world.admin.path("data.txt"))).await;
    refused.refused(403, "SignatureDoesNotMatch");
    world.server.advance(59);
    client.unsigned(&url("GET", &path)).await.expect(200);
    world.server.advance(1);
    client.unsigned(&url("GET", &path)).await.refused(403, "AccessDenied");
}

/// Clients of JavaScript sign the metadata as parameters of the URL. A header is signed, or refused.
#[tokio::test]
async fn a_presigned_url_can_bring_metadata() {
    let world = World::new().await;
    let (client, keys) = (world.server.client(), &world.user.keys);
    let path = world.user.path("data.txt");
    let query = "x-amz-meta-colour=light%20blue&x-amz-tagging=a%3Db";
    let put = Call::s3("PUT", &format!("{path}?{query}")).body("user's");
    let put = client.presign(keys, &put, 60);
    client.unsigned(&put).await.expect(200);
    let head = Call::s3("HEAD", &path);
    let described = world.as_person(&world.user, &head).await.expect(200);
    assert_eq!(described.header("x-amz-meta-colour"), Some("light blue"));
    // Other headers count as headers only.
    assert_eq!(described.header("x-amz-tagging-count"), None);
    let more = put.clone().with("x-amz-meta-size", "s");
    client.unsigned(&more).await.refused(403, "AccessDenied");
    let other = Call { query: put.query.replace("light", "dark"), ..put };
    client.unsigned(&other).await.refused(403, "SignatureDoesNotMatch");

    let twice = Call::s3("PUT", &path).body("user's").with("x-amz-meta-colour", "red");
    let twice = twice.with("x-amz-meta-colour", "blue, green");
    world.as_person(&world.user, &twice).await.expect(200);
    let described = world.as_person(&world.user, &head).await.expect(200);
    assert_eq!(described.header("x-amz-meta-colour"), Some("red,blue, green"));
}

/// Source: Amazon S3 API Reference, *Amazon S3 Signature Version 4 Authentication Specific Policy
/// Keys*: `s3:x-amz-content-sha256` is how a bucket denies presigned URLs.
#[tokio::test]
async fn a_bucket_can_deny_bodies_that_no_signature_covers() {
    let world = World::new().await;
    let (client, keys) = (world.server.client(), &world.user.keys);
    let path = world.user.path("data.txt");
    let plain = Call::s3("PUT", &path).body("user's");
    let presigned = client.presign(keys, &plain, 60);
    let unsigned_body = Call { payload: Some(PayloadDeclaration::Unsigned), ..plain.clone() };
    client.unsigned(&presigned).await.expect(200);
    world.as_person(&world.user, &unsigned_body).await.expect(200);

    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Deny", "Principal": "*", "Action": "s3:*",
        "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
        "Condition": {"StringEquals": {"s3:x-amz-content-sha256": "UNSIGNED-PAYLOAD"}},
    }});
    let put = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
    assert!(world.server.root(&put).await.status < 300);
    client.unsigned(&presigned).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &unsigned_body).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &plain).await.expect(200);
}

#[tokio::test]
async fn s3_wants_to_know_what_the_body_is() {
    let world = World::new().await;
    let put = Call::s3("PUT", &world.user.path("data.txt")).body("user's");
    let unsigned_body = Call { payload: Some(PayloadDeclaration::Unsigned), ..put.clone() };
    world.as_person(&world.user, &unsigned_body).await.expect(200);
    let (mut signed, _) = world.server.client().sign(&world.user.keys, &put);
    signed.headers.retain(|(name, _)| name != "x-amz-content-sha256");
    let reply = world.server.client().send(&signed).await;
    assert!(matches!(reply.status, 400 | 403), "{}", reply.text());
}

/// Real clients sign so in `clients/test_presigned.py`.
#[tokio::test]
async fn signature_version_2_is_for_s3_and_has_to_be_right() {
    let world = World::new().await;
    let client = world.server.client();
    let authorization = "AWS AKIAROOTROOTROOTROOT:c2lnbmF0dXJl";
    let get = Call::s3("GET", &world.user.path("data.txt")).with("authorization", authorization);
    client.unsigned(&get).await.refused(403, "AccessDenied");
    let dated = |date: &str| get.clone().with("date", date);
    let now = "Wed, 04 Mar 2026 05:06:07 GMT";
    client.unsigned(&dated(now)).await.refused(403, "SignatureDoesNotMatch");
    let early = client.unsigned(&dated("Wed, 04 Mar 2026 04:51:06 GMT")).await;
    early.refused(403, "RequestTimeTooSkewed");
    let malformed = Call::s3("GET", "/").with("authorization", "AWS nonsense").with("date", now);
    client.unsigned(&malformed).await.refused(400, "InvalidArgument");
    for (key, expires, rest, code) in [
        ("AKIAROOTROOTROOTROOT", "9999999999", "", "SignatureDoesNotMatch"),
        ("AKIAROOTROOTROOTROOT", "1", "", "AccessDenied"),
        ("AKIAROOTROOTROOTROOT", "soon", "", "AccessDenied"),
        ("AKIAROOTROOTROOTROOT", "9999999999", "&publicAccessBlock", "AccessDenied"),
        ("AKIAUNKNOWNUNKNOWNUN", "9999999999", "", "InvalidAccessKeyId"),
    ] {
        let query = format!("AWSAccessKeyId={key}&Signature=c2ln&Expires={expires}{rest}");
        let url = Call::s3("GET", &format!("/{BUCKET}?{query}"));
        client.unsigned(&url).await.refused(403, code);
    }
    // Others refuse it by name.
    let iam = Call::query("iam", "ListRoles", &[]).with("authorization", authorization);
    let reply = client.unsigned(&iam.with("date", now)).await;
    assert!(matches!(reply.status, 400 | 403), "{}", reply.text());
    assert!(!matches!(reply.code().as_str(), "SignatureDoesNotMatch"), "{}", reply.text());
}

/// What is said twice could be checked once and acted on the other time.
#[tokio::test]
async fn what_is_said_twice_is_refused() {
    let world = World::new().await;
    let (client, keys) = (world.server.client(), &world.user.keys);
    let root = root_keys(ROOT);
    let own = Call::s3("GET", &world.user.path("data.txt"));
    let (good, _) = client.sign(keys, &own);
    client.send(&good).await.expect(200);
    let again = |name: &str| {
        let value = good.headers.iter().find(|(own, _)| own == name).unwrap().1.clone();
        good.clone().with(name, &value)
    };
    for name in ["x-amz-security-token", "x-amz-date"] {
        client.send(&again(name)).await.refused(400, "AuthorizationHeaderMalformed");
    }
    assert_eq!(client.send(&again("authorization")).await.status, 400);
    let by_query = format!("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature={}", "0".repeat(64));
    let both = Call { query: by_query, ..own };
    client.signed(keys, &both).await.refused(400, "AuthorizationHeaderMalformed");

    let pool = json!({"UserPoolId": world.user_pool_id});
    let describe = Call::json("cognito-idp", "DescribeUserPool", &pool);
    client.signed(&root, &describe).await.expect(200);
    let target = "AWSCognitoIdentityProviderService.DeleteUserPool";
    let two_targets = describe.clone().with("x-amz-target", target);
    client.signed(&root, &two_targets).await.refused(400, "UnknownOperationException");
    let id = &world.user_pool_id;
    let two_ids = describe.body(format!(r#"{{"UserPoolId":"{id}","UserPoolId":"{id}"}}"#));
    client.signed(&root, &two_ids).await.refused(400, "SerializationException");

    let roles = Call::query("iam", "ListRoles", &[]);
    client.signed(&root, &roles).await.expect(200);
    let two_actions = Call { query: "Action=GetRole".to_owned(), ..roles.clone() };
    client.signed(&root, &two_actions).await.refused(400, "InvalidAction");
    let name = "RoleName=user";
    let two_names = Call { query: name.to_owned(), ..Call::query("iam", "GetRole", &[]) };
    client.signed(&root, &two_names).await.expect(200);
    let two_names = Call { query: format!("{name}&{name}"), ..two_names };
    client.signed(&root, &two_names).await.refused(400, "MalformedInput");
}

/// Nobody signed the seed that the chunks' signatures would follow from.
#[tokio::test]
async fn signed_chunks_of_an_unsigned_request_are_refused() {
    let world = World::new().await;
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Principal": "*", "Action": "s3:PutObject",
        "Resource": format!("arn:aws:s3:::{BUCKET}/open"),
    }});
    world.unblock_public_access().await;
    let put = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
    assert!(world.server.root(&put).await.status < 300);
    let plain = Call::s3("PUT", &format!("/{BUCKET}/open")).body("x");
    let client = world.server.client();
    client.unsigned(&plain).await.expect(200);
    let chunk =
        format!("1;chunk-signature={0}\r\nx\r\n0;chunk-signature={0}\r\n\r\n", "0".repeat(64));
    let chunks = plain
        .clone()
        .with("x-amz-content-sha256", "STREAMING-AWS4-HMAC-SHA256-PAYLOAD")
        .with("x-amz-decoded-content-length", "1")
        .body(chunk);
    client.unsigned(&chunks).await.refused(403, "AccessDenied");
    let altered = plain.with("x-amz-content-sha256", &"0".repeat(64));
    client.unsigned(&altered).await.refused(400, "XAmzContentSHA256Mismatch");
}

#[tokio::test]
async fn a_presigned_request_elsewhere_than_at_s3_is_good_for_a_quarter_of_an_hour() {
    let world = World::new().await;
    let client = world.server.client();
    let action = "Action=GetCallerIdentity&Version=2011-06-15";
    let get = Call { service: "sts", ..Call::s3("GET", &format!("/?{action}")) };
    let url = client.presign(&root_keys(ROOT), &get, 604_800);
    world.server.advance(899);
    client.unsigned(&url).await.expect(200);
    world.server.advance(1);
    client.unsigned(&url).await.refused(403, "SignatureDoesNotMatch");
}
