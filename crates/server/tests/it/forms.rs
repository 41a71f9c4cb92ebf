//! Uploads by forms: what whoever signed the policy lets others upload, and nothing else.

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use types::{SignedDuration, Timestamp};

use crate::{
    client::{Call, Keys, Reply},
    world::{BUCKET, OTHER, Person, REGION, ROOT, World, root_keys},
};

const BOUNDARY: &str = "------boundary";

/// A form before it is sent.
#[derive(Clone)]
pub(crate) struct Form {
    fields: Vec<(String, String)>,
    file: Vec<u8>,
}

fn hmac(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

fn basic(time: Timestamp) -> String {
    time.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn day(time: Timestamp) -> String {
    time.strftime("%Y%m%d").to_string()
}

impl Form {
    /// A form that nobody signed.
    fn unsigned(fields: &[(&str, &str)], file: &str) -> Self {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Self { fields: fields.iter().map(owned).collect(), file: file.into() }
    }

    /// A form whose policy, good for an hour, lets exactly these fields be sent, and what `conditions` say.
    fn signed(
        keys: &Keys,
        now: Timestamp,
        fields: &[(&str, &str)],
        conditions: &[Value],
        file: &str,
    ) -> Self {
        let mut form = Self::unsigned(fields, file);
        let day = day(now);
        let scope = format!("{day}/{REGION}/s3/aws4_request");
        form.set("x-amz-algorithm", "AWS4-HMAC-SHA256");
        form.set("x-amz-credential", &format!("{}/{scope}", keys.access_key_id));
        form.set("x-amz-date", &basic(now));
        if let Some(token) = &keys.token {
            form.set("x-amz-security-token", token);
        }
        let mut all: Vec<Value> = form.fields.iter().map(|(n, v)| json!({n: v})).collect();
        // What the caller says of a field takes the place of what it is.
        let spoken_of = |field: &Value| {
            let name = field.as_object().unwrap().keys().next().unwrap();
            conditions.iter().any(|c| c[1].as_str() == Some(&format!("${name}")))
        };
        all.retain(|field| !spoken_of(field));
        all.push(json!({"bucket": BUCKET}));
        all.extend(conditions.iter().cloned());
        let ends = now.checked_add(SignedDuration::from_hours(1)).unwrap();
        form.set_policy(keys, &day, &json!({"expiration": ends.to_string(), "conditions": all}));
        form
    }

    fn set_policy(&mut self, keys: &Keys, day: &str, policy: &Value) {
        let policy = BASE64_STANDARD.encode(policy.to_string());
        let key = hmac(format!("AWS4{}", keys.secret.expose()).as_bytes(), day);
        let key = ["s3", "aws4_request"].iter().fold(hmac(&key, REGION), |key, t| hmac(&key, t));
        let signature = hmac(&key, &policy).iter().fold(String::new(), |mut hex, byte| {
            hex.push_str(&format!("{byte:02x}"));
            hex
        });
        self.set("policy", &policy);
        self.set("x-amz-signature", &signature);
    }

    fn set(&mut self, name: &str, value: &str) {
        self.fields.retain(|(own, _)| own != name);
        self.fields.push((name.to_owned(), value.to_owned()));
    }

    fn with(mut self, name: &str, value: &str) -> Self {
        self.set(name, value);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.fields.retain(|(own, _)| own != name);
        self
    }

    pub(crate) fn call(&self) -> Call {
        let mut body = Vec::new();
        for (name, value) in &self.fields {
            body.extend_from_slice(
                format!(
                    "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n\
                     {value}\r\n"
                )
                .as_bytes(),
            );
        }
        body.extend_from_slice(
            format!(
                "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; \
                 filename=\"note.txt\"\r\nContent-Type: text/html\r\n\r\n"
            )
            .as_bytes(),
        );
        body.extend_from_slice(&self.file);
        body.extend_from_slice(format!("\r\n--{BOUNDARY}--\r\n").as_bytes());
        Call::s3("POST", &format!("/{BUCKET}"))
            .with("content-type", &format!("multipart/form-data; boundary={BOUNDARY}"))
            .body(body)
    }

    async fn send(&self, world: &World) -> Reply {
        world.server.client().unsigned(&self.call()).await
    }
}

/// The signature of Version 2 of a form's policy.
fn version2(keys: &Keys, form: &Form) -> String {
    let (_, policy) = form.fields.iter().find(|(name, _)| name == "policy").unwrap();
    let mut mac = Hmac::<sha1::Sha1>::new_from_slice(keys.secret.expose().as_bytes()).unwrap();
    mac.update(policy.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn key(person: &Person, file: &str) -> String {
    format!("cognito-test/{}/{file}", person.identity_id)
}

/// A form of the user's for a file in their own folder.
fn own_form(world: &World, fields: &[(&str, &str)], conditions: &[Value]) -> Form {
    let key = key(&world.user, "${filename}");
    let prefix = key.replace("${filename}", "");
    let fields = [&[("key", key.as_str())], fields].concat();
    let starts = json!(["starts-with", "$key", prefix]);
    let conditions = [&[starts], conditions].concat();
    Form::signed(&world.user.keys, world.server.now(), &fields, &conditions, "hello")
}

/// What lies under the name that the browser gave.
async fn stored(world: &World) -> Reply {
    world.as_person(&world.user, &Call::s3("GET", &world.user.path("note.txt"))).await
}

#[tokio::test]
async fn a_form_puts_an_object_into_ones_own_folder() {
    let world = World::new().await;
    let fields =
        [("Content-Type", "text/plain"), ("x-amz-meta-Colour", "blue"), ("acl", "private")];
    let reply = own_form(&world, &fields, &[]).send(&world).await.expect(204);
    assert_eq!(reply.header("location"), Some(world.user.path("note.txt").as_str()));
    let got = stored(&world).await.expect(200);
    assert_eq!(got.text(), "hello");
    assert_eq!(got.header("etag"), reply.header("etag"));
    assert_eq!(got.header("content-type"), Some("text/plain"));
    assert_eq!(got.header("x-amz-meta-colour"), Some("blue"));
}

#[tokio::test]
async fn success_is_told_as_the_form_wants() {
    let world = World::new().await;
    for (status, expected) in [("200", 200), ("201", 201), ("204", 204), ("500", 204)] {
        let form = own_form(&world, &[("success_action_status", status)], &[]);
        let reply = form.send(&world).await.expect(expected);
        if expected == 201 {
            assert_eq!(reply.element("Key"), key(&world.user, "note.txt"));
            assert_eq!(reply.element("Bucket"), BUCKET);
        } else {
            assert_eq!(reply.text(), "");
        }
    }
    let url = "https://app.example/done";
    let form = own_form(&world, &[("success_action_redirect", url)], &[]);
    let reply = form.send(&world).await.expect(303);
    let location = reply.header("location").unwrap();
    assert!(location.starts_with(&format!("{url}?bucket={BUCKET}&key=cognito%2Dtest%2F")));
    // Nobody is sent on who was refused.
    form.with("x-amz-signature", &"0".repeat(64))
        .send(&world)
        .await
        .refused(403, "SignatureDoesNotMatch");
}

#[tokio::test]
async fn nobody_reaches_anothers_folder_by_a_form() {
    let world = World::new().await;
    let (now, theirs) = (world.server.now(), key(&world.admin, "data.txt"));
    // Signed by themselves: their role does not let them.
    let own = Form::signed(&world.user.keys, now, &[("key", &theirs)], &[], "mine");
    own.send(&world).await.refused(403, "AccessDenied");
    // Signed by one who may, for another folder.
    let conditions = [json!(["starts-with", "$key", key(&world.user, "")])];
    let root = root_keys(ROOT);
    let lent = |key: &str| Form::signed(&root, now, &[("key", key)], &conditions, "mine");
    lent(&theirs).send(&world).await.refused(403, "AccessDenied");
    lent(&key(&world.user, "lent")).send(&world).await.expect(204);
    // Signed by another account's root.
    let stranger = Form::signed(&root_keys(OTHER), now, &[("key", &theirs)], &[], "mine");
    stranger.send(&world).await.refused(403, "AccessDenied");
    // By nobody, also with a signature in the header, which says nothing of a form.
    let nobodys = Form::unsigned(&[("key", &theirs)], "mine");
    nobodys.send(&world).await.refused(403, "AccessDenied");
    world.server.root(&nobodys.call()).await.refused(403, "AccessDenied");
    world.reads_own(&world.admin).await;
}

#[tokio::test]
async fn a_form_is_as_its_policy_says() {
    let world = World::new().await;
    let good = own_form(&world, &[("Content-Type", "text/plain")], &[]);
    for (form, says) in [
        (good.clone().with("Content-Type", "text/html"), "Policy Condition failed"),
        (good.clone().without("Content-Type"), "Policy Condition failed"),
        (good.clone().with("acl", "private"), "Extra input fields: acl"),
        (good.clone().with("key", &key(&world.admin, "data.txt")), "Policy Condition failed"),
    ] {
        let reply = form.send(&world).await.refused(403, "AccessDenied");
        assert!(reply.element("Message").contains(says), "{}", reply.text());
    }
    stored(&world).await.refused(403, "AccessDenied");
    let ignored = good.with("x-ignore-submit", "Send");
    ignored.send(&world).await.expect(204);
    stored(&world).await.expect(200);
}

#[tokio::test]
async fn what_is_not_signed_as_it_must_be_is_refused() {
    let world = World::new().await;
    let good = own_form(&world, &[], &[]);
    let day = day(world.server.now());
    let mut wider = good.clone();
    let everything = json!({"expiration": "2030-01-01T00:00:00Z", "conditions": []});
    let stranger = Keys { secret: "wrong".into(), ..world.user.keys.clone() };
    wider.set_policy(&stranger, &day, &everything);
    let policy = BASE64_STANDARD.encode(everything.to_string());
    let of_unknown = format!("AKIAUNKNOWNUNKNOWNUN/{day}/{REGION}/s3/aws4_request");
    let of_service = format!("{}/{day}/{REGION}/sts/aws4_request", world.user.keys.access_key_id);
    let of_day = format!("{}/20200101/{REGION}/s3/aws4_request", world.user.keys.access_key_id);
    let of_nobody =
        good.clone().with("x-amz-credential", &of_unknown).without("x-amz-security-token");
    for (form, status, code) in [
        (wider, 403, "SignatureDoesNotMatch"),
        (good.clone().with("policy", &policy), 403, "SignatureDoesNotMatch"),
        (of_nobody, 403, "InvalidAccessKeyId"),
        (good.clone().with("x-amz-credential", &of_service), 400, "InvalidArgument"),
        (good.clone().with("x-amz-credential", &of_day), 403, "SignatureDoesNotMatch"),
        (good.clone().without("x-amz-signature"), 400, "InvalidArgument"),
        (good.clone().without("policy"), 400, "InvalidArgument"),
        (good.clone().without("x-amz-security-token"), 403, "InvalidAccessKeyId"),
        (good.clone().with("x-amz-security-token", "x"), 400, "InvalidToken"),
        (good.clone().with("AWSAccessKeyId", "AKIAIOSFODNN7EXAMPLE"), 400, "InvalidArgument"),
    ] {
        form.send(&world).await.refused(status, code);
    }
    stored(&world).await.refused(403, "AccessDenied");
    good.send(&world).await.expect(204);
}

#[tokio::test]
async fn a_policy_and_its_signature_have_their_time() {
    let world = World::new().await;
    let root = root_keys(ROOT);
    let signed = |days: i64| {
        let now = world.server.now();
        let ends = now.checked_add(SignedDuration::from_hours(24 * days)).unwrap();
        let mut form = Form::signed(&root, now, &[("key", "k")], &[], "x");
        let conditions: Vec<Value> = form
            .fields
            .iter()
            .filter(|(name, _)| name != "policy" && name != "x-amz-signature")
            .map(|(name, value)| json!({name: value}))
            .collect();
        let policy = json!({"expiration": ends.to_string(), "conditions": conditions});
        form.set_policy(&root, &day(now), &policy);
        form
    };
    let (short, long) = (signed(1), signed(30));
    short.send(&world).await.expect(204);
    world.server.advance(24 * 3600);
    let over = short.send(&world).await.refused(403, "AccessDenied");
    assert_eq!(over.element("Message"), "Invalid according to Policy: Policy expired.");
    world.server.advance(6 * 24 * 3600 - 1);
    long.send(&world).await.expect(204);
    // A signing key is good for seven days, whatever the policy says.
    world.server.advance(1);
    long.send(&world).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_file_that_is_not_as_announced_leaves_the_old_one() {
    let world = World::new().await;
    own_form(&world, &[], &[]).send(&world).await.expect(204);
    let range = |least: u64, most: u64| {
        own_form(&world, &[], &[json!(["content-length-range", least, most])])
    };
    range(6, 10).send(&world).await.refused(400, "EntityTooSmall");
    range(0, 4).send(&world).await.refused(400, "EntityTooLarge");
    let zeros = "AAAAAAAAAAAAAAAAAAAAAA==";
    let md5 = own_form(&world, &[("Content-MD5", zeros)], &[]);
    md5.send(&world).await.refused(400, "BadDigest");
    let crc = own_form(&world, &[("x-amz-checksum-crc32", "AAAAAA==")], &[]);
    crc.send(&world).await.refused(400, "BadDigest");
    // Cut off within the file, with a length that says that this is all.
    let mut other = own_form(&world, &[], &[]);
    other.file = b"something else".to_vec();
    let mut call = other.call();
    call.body.truncate(call.body.len() - BOUNDARY.len() - 20);
    world.server.client().unsigned(&call).await.refused(400, "IncompleteBody");
    assert_eq!(stored(&world).await.expect(200).text(), "hello");
    // The right ones are taken.
    range(5, 5).send(&world).await.expect(204);
    let crc = own_form(&world, &[("x-amz-checksum-crc32", "NhCmhg==")], &[]);
    let reply = crc.send(&world).await.expect(204);
    assert_eq!(reply.header("x-amz-checksum-crc32"), Some("NhCmhg=="));
}

#[tokio::test]
async fn what_is_no_form_is_refused() {
    let world = World::new().await;
    let post = Call::s3("POST", &format!("/{BUCKET}"));
    world.server.root(&post.clone().body("key=a")).await.refused(412, "PreconditionFailed");
    let form =
        |content_type: &str, body: &str| post.clone().with("content-type", content_type).body(body);
    let kind = "multipart/form-data; boundary=b";
    for (call, code) in [
        (form("multipart/form-data", "--b\r\n"), "MalformedPOSTRequest"),
        (form(kind, "nonsense"), "MalformedPOSTRequest"),
        (form(kind, "--b--\r\n"), "InvalidArgument"),
        (form(kind, &"x".repeat(30_000)), "MaxPostPreDataLengthExceededError"),
        (Form::unsigned(&[], "no key").call(), "InvalidArgument"),
    ] {
        world.server.client().unsigned(&call).await.refused(400, code);
    }
    own_form(&world, &[], &[]).without("key").send(&world).await.refused(400, "InvalidArgument");
    let mut no_policy = own_form(&world, &[], &[]);
    let day = day(world.server.now());
    no_policy.set_policy(&world.user.keys, &day, &json!([]));
    no_policy.send(&world).await.refused(400, "InvalidPolicyDocument");
}

#[tokio::test]
async fn policies_see_that_it_was_a_form_and_how_it_was_signed() {
    let world = World::new().await;
    let deny = async |condition: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
            "Principal": "*", "Action": "s3:PutObject",
            "Resource": format!("arn:aws:s3:::{BUCKET}/*"),
            "Condition": {"StringEquals": condition}}]});
        let put = Call::s3("PUT", &format!("/{BUCKET}?policy")).body(policy.to_string());
        assert!(world.server.root(&put).await.status < 300);
    };
    let form = own_form(&world, &[], &[]);
    form.send(&world).await.expect(204);
    deny(json!({"s3:signatureversion": "AWS"})).await;
    form.send(&world).await.expect(204);
    let mut older = form.clone().without("x-amz-signature");
    older.set("AWSAccessKeyId", &world.user.keys.access_key_id);
    older.set("signature", &version2(&world.user.keys, &older));
    older.send(&world).await.refused(403, "AccessDenied");
    deny(json!({"s3:signatureversion": "AWS4-HMAC-SHA256"})).await;
    older.send(&world).await.expect(204);
    older.with("signature", "AAAA").send(&world).await.refused(403, "SignatureDoesNotMatch");
    form.send(&world).await.refused(403, "AccessDenied");
    deny(json!({"s3:authType": "POST"})).await;
    form.send(&world).await.refused(403, "AccessDenied");
    let put = Call::s3("PUT", &world.user.path("note.txt")).body("by header");
    world.as_person(&world.user, &put).await.expect(200);
}
