//! What it costs to let one GET through: a policy decision alone, and a session opened, a signature
//! checked and a decision together.
#![expect(clippy::expect_used, reason = "a measurement that cannot run should say so")]

use std::hint::black_box;

use benches::{IDENTITY, SubContext, now, principal, role_policy, sealed};
use criterion::{Criterion, criterion_group, criterion_main};
use iam::{Policies, Request};
use sigv4::{Dialect, PayloadDeclaration, Presented, Signer, SigningKey};
use types::{AccessKeyId, SignedDuration};

fn decision(criterion: &mut Criterion) {
    let identity = [role_policy()];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let principal = principal();
    let own = format!("arn:aws:s3:::coats/cognito-test/{IDENTITY}/data.txt");
    let other = own.replace("0f8fad5b", "1f8fad5b");
    for (name, resource, allowed) in
        [("decide: own file, allowed", &own, true), ("decide: other's file, denied", &other, false)]
    {
        let request = Request {
            principal: &principal,
            action: "s3:GetObject",
            resource,
            resource_account: principal.account(),
            context: &SubContext,
        };
        assert_eq!(iam::decide(&policies, &request).is_allow(), allowed);
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| iam::decide(black_box(&policies), black_box(&request)));
        });
    }
}

fn whole_get(criterion: &mut Criterion) {
    let (ring, credentials) = sealed();
    let identity = [role_policy()];
    let policies = Policies { identity: &identity, ..Policies::default() };
    let path = format!("/coats/cognito-test/{}/data.txt", IDENTITY.replace(':', "%3A"));
    let region = "us-east-1".parse().expect("a region");
    let signer = Signer::new(
        sigv4::Credentials {
            access_key_id: credentials.access_key_id.as_str(),
            secret_access_key: &credentials.secret_access_key,
            session_token: Some(&credentials.session_token),
        },
        &region,
        "s3",
        now(),
    );
    let mut headers: Vec<(&str, &[u8])> = vec![
        ("host", b"127.0.0.1:4566"),
        ("accept-encoding", b"identity"),
        ("user-agent", b"Boto3/1.43.117 md/Botocore#1.43.117 ua/2.1 os/linux lang/python#3.11"),
    ];
    let plain = sigv4::Request { method: "GET", path: &path, query: "", headers: &headers };
    let signature = signer.sign_headers(&plain, PayloadDeclaration::Sha256(EMPTY_SHA256));
    headers.extend(signature.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    let request = sigv4::Request { method: "GET", path: &path, query: "", headers: &headers };
    let principal = principal();
    let resource = format!("arn:aws:s3:::coats/cognito-test/{IDENTITY}/data.txt");

    let open = || {
        let presented = Presented::from_request(&request).expect("readable").expect("signed");
        let key_id: AccessKeyId = presented.access_key_id().parse().expect("a key id");
        let token = presented.session_token().expect("a token");
        let (session, secret) = ring.open_session(&key_id, token, now()).expect("a session");
        (presented, session, secret)
    };
    criterion.bench_function("get: open session", |bencher| bencher.iter(open));
    criterion.bench_function("get: open session, verify signature, decide", |bencher| {
        bencher.iter(|| {
            let (presented, session, secret) = open();
            let key = SigningKey::derive(&secret, presented.scope());
            let window = SignedDuration::from_mins(15);
            let accepted = presented.check(&key, Dialect::S3, window, now()).expect("accepted");
            let request = Request {
                principal: &principal,
                action: "s3:GetObject",
                resource: &resource,
                resource_account: Some(session.account),
                context: &SubContext,
            };
            assert!(iam::decide(&policies, &request).is_allow());
            accepted
        });
    });
}

/// SHA-256 of an empty body.
const EMPTY_SHA256: [u8; 32] = [
    0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
    0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
];

criterion_group!(benches, decision, whole_get);
criterion_main!(benches);
