//! Random requests signed by the AWS SDK for Rust: in headers, in the query, and chunk by chunk.

use std::{
    fmt::Write,
    time::{Duration, SystemTime},
};

use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use bytes::Bytes;
use proptest::{collection::vec, option, prelude::*, sample::select};
use sha2::{Digest, Sha256};
use sigv4::{
    ChunkEncoder, Credentials, Dialect, Expectations, Payload, PayloadDeclaration, Request, Signer,
};
use types::SecretString;

use crate::{KEY_ID, borrowed, check, example_time};

const REGION: &str = "eu-central-1";

/// What a client asks, percent-encoded as it sends it.
#[derive(Debug, Clone)]
struct Asked {
    method: &'static str,
    path: String,
    pairs: Vec<(String, String)>,
    headers: Vec<(&'static str, String)>,
    secret: String,
    token: Option<String>,
    body: Vec<u8>,
}

fn encode(text: &str) -> String {
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes().fold(String::new(), |mut encoded, byte| {
        if unreserved(byte) {
            encoded.push(byte.into());
        } else {
            write!(encoded, "%{byte:02X}").unwrap();
        }
        encoded
    })
}

fn words() -> impl Strategy<Value = String> {
    let odd = [
        "",
        "a",
        "A b",
        "x+y",
        "%",
        "50%25",
        "é",
        "日本",
        "~.-_",
        "a=b&c",
        "..",
        ".",
        "*",
        "'",
        "\\",
        ":",
        "@",
        "(1)",
        "\u{a0}",
        "😀",
        ";",
        "a  b",
        "key/with/slash",
    ];
    prop_oneof![3 => select(odd.map(str::to_owned).to_vec()), 1 => r"\PC{0,12}"]
}

fn asked() -> impl Strategy<Value = Asked> {
    // No tabs: this SDK signs them as they are and botocore as spaces; AWS does not document either.
    let header = (
        select(vec!["x-amz-meta-note", "x-amz-meta-b", "range", "my_header", "content-type"]),
        select(vec!["", "a", "  padded  ", "many    spaces", "a,b", "quo\"ted", "0"]),
    );
    // Nor a dot segment at the end, behind which this SDK leaves a slash and botocore none.
    let segments = vec(words(), 0..5).prop_map(|mut segments| {
        if segments.last().is_some_and(|last| matches!(last.as_str(), "." | "..")) {
            segments.push("end".to_owned());
        }
        segments
    });
    (
        select(vec!["GET", "PUT", "POST", "HEAD", "DELETE"]),
        segments,
        vec((words().prop_filter("a parameter has a name", |w| !w.is_empty()), words()), 0..4),
        vec(header, 0..4),
        "[ -~]{1,60}",
        option::of("[A-Za-z0-9+/=]{1,80}"),
        vec(any::<u8>(), 0..64),
    )
        .prop_map(|(method, segments, pairs, headers, secret, token, body)| Asked {
            method,
            path: format!("/{}", segments.iter().map(|s| encode(s)).collect::<Vec<_>>().join("/")),
            pairs: pairs.iter().map(|(k, v)| (encode(k), encode(v))).collect(),
            headers: headers.into_iter().map(|(name, value)| (name, value.to_owned())).collect(),
            secret,
            token,
            body,
        })
}

impl Asked {
    fn query(&self) -> String {
        self.pairs.iter().map(|(k, v)| format!("{k}={v}")).collect::<Vec<_>>().join("&")
    }

    fn identity(&self) -> aws_credential_types::Credentials {
        aws_credential_types::Credentials::new(
            KEY_ID,
            &self.secret,
            self.token.clone(),
            None,
            "test",
        )
    }

    /// The query and the headers with what the SDK adds to them.
    fn signed(&self, service: &str, expires: Option<u64>) -> (String, Vec<(String, String)>) {
        let mut settings = SigningSettings::default();
        if service == "s3" {
            settings.percent_encoding_mode = PercentEncodingMode::Single;
            settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        }
        if let Some(seconds) = expires {
            settings.signature_location = SignatureLocation::QueryParams;
            settings.expires_in = Some(Duration::from_secs(seconds));
        }
        let now = SystemTime::UNIX_EPOCH
            + Duration::from_secs(example_time(0).as_second().unsigned_abs());
        let identity = self.identity().into();
        let parameters = v4::SigningParams::builder()
            .identity(&identity)
            .region(REGION)
            .name(service)
            .time(now)
            .settings(settings)
            .build()
            .unwrap()
            .into();
        let body = match (service, expires) {
            ("s3", Some(_)) => SignableBody::UnsignedPayload,
            _ => SignableBody::Bytes(&self.body),
        };
        let query = self.query();
        let mark = if query.is_empty() { "" } else { "?" };
        let uri = format!("http://localhost:4566{}{mark}{query}", self.path);
        let given = self.headers.iter().map(|(name, value)| (*name, value.as_str()));
        let request = SignableRequest::new(self.method, uri, given.clone(), body).unwrap();
        let (added, _) = sign(request, &parameters).unwrap().into_parts();
        let mut headers: Vec<(String, String)> =
            given.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        headers.push(("host".to_owned(), "localhost:4566".to_owned()));
        headers.extend(added.headers().map(|(k, v)| (k.to_owned(), v.to_owned())));
        let more = added.params().iter().map(|(k, v)| format!("{k}={}", encode(v)));
        let all: Vec<String> =
            self.pairs.iter().map(|(k, v)| format!("{k}={v}")).chain(more).collect();
        (all.join("&"), headers)
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(512)))]

    #[test]
    fn what_the_sdk_signed_is_accepted_and_nothing_near_it(
        asked in asked(), in_query in any::<bool>(), service in select(vec!["s3", "sts", "execute-api"]),
    ) {
        let (query, headers) = asked.signed(service, in_query.then_some(900));
        let dialect = match service {
            "s3" => Dialect::S3,
            _ => Dialect::Other { body_sha256: Sha256::digest(&asked.body).into() },
        };
        let headers = borrowed(&headers);
        let request =
            Request { method: asked.method, path: &asked.path, query: &query, headers: &headers };
        let outcome = check(&request, &asked.secret, dialect, example_time(1));
        prop_assert!(outcome.is_ok(), "{service} {query} {headers:?}: {outcome:?}");

        let other = if asked.method == "GET" { "PUT" } else { "GET" };
        let request = Request { method: other, ..request };
        prop_assert!(check(&request, &asked.secret, dialect, example_time(1)).is_err());
    }

    /// The chunks of our encoder have the signatures that the SDK's key gives the documented string.
    ///
    /// Source: S3 API Reference, *Signature Calculations for the Authorization Header: Transferring
    /// Payload in Multiple Chunks*.
    #[test]
    fn chunks_are_signed_as_the_sdk_signs(data in vec(any::<u8>(), 1..64), secret in "[ -~]{1,40}") {
        let held = SecretString::from(secret.as_str());
        let credentials =
            Credentials { access_key_id: KEY_ID, secret_access_key: &held, session_token: None };
        let request = Request { method: "PUT", path: "/b/k", query: "", headers: &[("host", b"h")] };
        let declaration = PayloadDeclaration::SignedChunks;
        let signed = Signer::new(credentials, &REGION.parse().unwrap(), "s3", example_time(0))
            .sign_headers(&request, declaration);
        let (_, authorization) =
            signed.headers.iter().find(|(name, _)| *name == "authorization").unwrap();
        let before = authorization.rsplit_once("Signature=").unwrap().1.to_owned();

        let now = SystemTime::UNIX_EPOCH
            + Duration::from_secs(example_time(0).as_second().unsigned_abs());
        let key = v4::generate_signing_key(&secret, now, REGION, "s3");
        let empty = hex::encode(Sha256::digest(b""));
        let mut previous = before;
        let mut body = Vec::new();
        for chunk in [&data[..], b""] {
            let text = format!(
                "AWS4-HMAC-SHA256-PAYLOAD\n20130524T000000Z\n20130524/{REGION}/s3/aws4_request\n\
                 {previous}\n{empty}\n{}",
                hex::encode(Sha256::digest(chunk)),
            );
            previous = v4::calculate_signature(&key, text.as_bytes());
            body.extend(format!("{:x};chunk-signature={previous}\r\n", chunk.len()).as_bytes());
            body.extend(chunk);
            body.extend(b"\r\n");
        }
        let mut encoder = ChunkEncoder::signed(signed.seed.clone(), &[]);
        let mut ours = encoder.chunk(&data);
        ours.extend(encoder.finish());
        prop_assert_eq!(&ours, &body);

        let length = data.len().to_string();
        let headers: [(&str, &[u8]); 1] = [("x-amz-decoded-content-length", length.as_bytes())];
        let head = Request { method: "PUT", path: "/b/k", query: "", headers: &headers };
        let expectations = Expectations::from_request(&head).unwrap();
        let mut payload = Payload::new(declaration, Some(signed.seed), expectations).unwrap();
        let mut input = Bytes::from(body);
        let mut read = Vec::new();
        while let Some(decoded) = payload.decode(&mut input).unwrap() {
            read.extend(decoded);
        }
        prop_assert!(payload.finish().is_ok());
        prop_assert_eq!(read, data);
    }
}
