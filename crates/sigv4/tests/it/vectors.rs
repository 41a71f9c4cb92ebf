//! Every step of AWS's published examples and of requests signed by botocore.

use serde_json::Value;
use sigv4::{
    ChunkEncoder, Credentials, Dialect, PayloadDeclaration, Presented, Request, SignatureError,
    Signer, SigningKey,
};
use types::{SecretString, Timestamp};

use crate::{KEY_ID, SECRET, WINDOW, borrowed, check, example_time};

/// One line of `vectors/*.json`; `vectors/generate.py` says what the members are.
struct Case(Value);

impl Case {
    fn text(&self, name: &str) -> &str {
        self.0[name].as_str().unwrap_or_else(|| panic!("{name} in {}", self.0))
    }

    fn headers(&self, name: &str) -> Vec<(String, String)> {
        serde_json::from_value(self.0[name].clone()).unwrap()
    }

    fn time(&self) -> Timestamp {
        let t = self.text("time");
        let parts = [&t[..4], &t[4..6], &t[6..11], &t[11..13], &t[13..]];
        let [year, month, day_and_hour, minute, second] = parts;
        format!("{year}-{month}-{day_and_hour}:{minute}:{second}").parse().unwrap()
    }

    fn dialect(&self) -> Dialect {
        if self.text("service") == "s3" {
            Dialect::S3
        } else {
            let mut body_sha256 = [0; 32];
            hex::decode_to_slice(self.text("payload"), &mut body_sha256).unwrap();
            Dialect::Other { body_sha256 }
        }
    }

    /// The request is accepted as it stands, and with another key the refusal names the same
    /// canonical request and string to sign.
    fn is_checked_step_by_step(&self) {
        let name = self.text("name");
        let headers = self.headers("headers");
        let request = Request {
            method: self.text("method"),
            path: self.text("path"),
            query: self.text("query"),
            headers: &borrowed(&headers),
        };
        let presented = Presented::from_request(&request).unwrap().unwrap();
        assert_eq!(presented.access_key_id(), self.text("access_key_id"), "{name}");
        assert_eq!(presented.session_token(), self.0["session_token"].as_str(), "{name}");
        assert_eq!(presented.signature().to_string(), self.text("signature"), "{name}");
        assert_eq!(presented.signed_at(), self.time(), "{name}");
        let wrong_key = SigningKey::derive(&"another".into(), presented.scope());
        match presented.check(&wrong_key, self.dialect(), WINDOW, self.time()) {
            Err(SignatureError::Mismatch(steps)) => {
                let canonical_request = String::from_utf8_lossy(&steps.canonical_request);
                assert_eq!(canonical_request, self.text("canonical_request"), "{name}");
                assert_eq!(steps.string_to_sign, self.text("string_to_sign"), "{name}");
            }
            other => panic!("{name}: {other:?}"),
        }
        let secret = self.text("secret_access_key");
        let outcome = check(&request, secret, self.dialect(), self.time());
        assert!(outcome.is_ok(), "{name}: {outcome:?}");
    }

    /// Our signer makes the same signature of the same request.
    fn is_signed_alike(&self) {
        let name = self.text("name");
        let headers = self.headers("unsigned_headers");
        let request = Request {
            method: self.text("method"),
            path: self.text("path"),
            query: self.text("unsigned_query"),
            headers: &borrowed(&headers),
        };
        let secret = SecretString::from(self.text("secret_access_key"));
        let credentials = Credentials {
            access_key_id: self.text("access_key_id"),
            secret_access_key: &secret,
            session_token: self.0["session_token"].as_str(),
        };
        let region = self.text("region").parse().unwrap();
        let signer = Signer::new(credentials, &region, self.text("service"), self.time());
        let signature = if let Some(seconds) = self.0["expires"].as_u64() {
            let query = signer.presign(&request, u32::try_from(seconds).unwrap()).unwrap();
            query.split_once("X-Amz-Signature=").unwrap().1.to_owned()
        } else {
            let added = signer.sign_headers(&request, self.declaration()).headers;
            let (_, authorization) =
                added.iter().find(|(name, _)| *name == "authorization").unwrap();
            authorization.rsplit_once('=').unwrap().1.to_owned()
        };
        assert_eq!(signature, self.text("signature"), "{name}");
    }

    fn declaration(&self) -> PayloadDeclaration {
        let headers = [("x-amz-content-sha256", self.text("payload").as_bytes())];
        let request = Request { method: "PUT", path: "/", query: "", headers: &headers };
        PayloadDeclaration::from_headers(&request).unwrap().unwrap()
    }

    /// botocore signs a `Date` header in place of `x-amz-date`, where there is one; ours never does.
    fn can_be_signed_alike(&self) -> bool {
        !self.headers("unsigned_headers").iter().any(|(name, _)| name == "Date")
    }
}

fn cases(json: &str) -> Vec<Case> {
    let cases: Vec<Value> = serde_json::from_str(json).unwrap();
    cases.into_iter().map(Case).collect()
}

#[test]
fn published_examples_are_checked_step_by_step_and_signed_alike() {
    let cases = cases(include_str!("../vectors/published.json"));
    assert_eq!(cases.len(), 26);
    for case in cases {
        case.is_checked_step_by_step();
        case.is_signed_alike();
    }
}

#[test]
fn requests_signed_by_botocore_are_checked_step_by_step_and_signed_alike() {
    let cases = cases(include_str!("../vectors/random.json"));
    assert_eq!(cases.len(), 200);
    let mut dated = 0;
    for case in cases {
        case.is_checked_step_by_step();
        if case.can_be_signed_alike() {
            case.is_signed_alike();
        } else {
            dated += 1;
        }
    }
    assert!((1..30).contains(&dated), "{dated} requests with a Date header");
}

/// S3 API Reference, *Example: PUT Object*. It signs both `date` and `x-amz-date`, which botocore
/// does not.
#[test]
fn the_published_put_object_is_signed_and_checked() {
    let headers: [(&str, &[u8]); 3] = [
        ("Host", b"examplebucket.s3.amazonaws.com"),
        ("Date", b"Fri, 24 May 2013 00:00:00 GMT"),
        ("x-amz-storage-class", b"REDUCED_REDUNDANCY"),
    ];
    let request = Request { method: "PUT", path: "/test$file.text", query: "", headers: &headers };
    let digest = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";
    let declared = [("x-amz-content-sha256", digest.as_bytes())];
    let declaring = Request { headers: &declared, ..request };
    let payload = PayloadDeclaration::from_headers(&declaring).unwrap().unwrap();
    let secret = SECRET.into();
    let signed = example_signer(&secret).sign_headers(&request, payload);
    let (_, authorization) = signed.headers.last().unwrap();
    let expected = "98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd";
    assert_eq!(authorization.rsplit_once('=').unwrap().1, expected);
    let mut all = headers.to_vec();
    all.extend(signed.headers.iter().map(|(name, value)| (*name, value.as_bytes())));
    check(&Request { headers: &all, ..request }, SECRET, Dialect::S3, example_time(0)).unwrap();
}

/// S3 API Reference, *Transferring Payload in Multiple Chunks* and *Signature calculations for
/// trailing headers*: 65 KiB of `a` in chunks of 64 KiB and 1 KiB.
#[test]
fn the_published_chunks_are_encoded_with_the_published_signatures() {
    let signed = [
        "10000;chunk-signature=ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648\r\n",
        "400;chunk-signature=0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497\r\n",
        "0;chunk-signature=b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9\r\n\r\n",
    ];
    let with_trailer = [
        "10000;chunk-signature=b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2\r\n",
        "400;chunk-signature=1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7\r\n",
        "0;chunk-signature=2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992\r\n\
         x-amz-checksum-crc32c:sOO8/Q==\r\n\
         x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435\r\n\r\n",
    ];
    let published = cases(include_str!("../vectors/published.json"));
    for (declaration, trailers, expected) in [
        (PayloadDeclaration::SignedChunks, &[][..], signed),
        (
            PayloadDeclaration::SignedChunksWithTrailer,
            &[sigv4::ChecksumAlgorithm::Crc32c][..],
            with_trailer,
        ),
    ] {
        let case =
            published.iter().find(|case| case.text("payload") == declaration.to_string()).unwrap();
        let headers = case.headers("unsigned_headers");
        let request = Request {
            method: "PUT",
            path: "/examplebucket/chunkObject.txt",
            query: "",
            headers: &borrowed(&headers),
        };
        let seed = example_signer(&SECRET.into()).sign_headers(&request, declaration).seed;
        let mut encoder = ChunkEncoder::signed(seed, trailers);
        for (size, header) in [(65_536, expected[0]), (1024, expected[1])] {
            let chunk = encoder.chunk(&vec![b'a'; size]);
            assert_eq!(chunk, [header.as_bytes(), &vec![b'a'; size], b"\r\n"].concat());
        }
        assert_eq!(String::from_utf8(encoder.finish()).unwrap(), expected[2]);
    }
}

fn example_signer(secret: &SecretString) -> Signer<'_> {
    let credentials =
        Credentials { access_key_id: KEY_ID, secret_access_key: secret, session_token: None };
    Signer::new(credentials, &"us-east-1".parse().unwrap(), "s3", example_time(0))
}
