//! What must hold for any request and any body.

use proptest::{collection::vec, prelude::*, sample::Index};
use sigv4::{Credentials, Dialect, PayloadDeclaration, Presented, Request, SignatureError, Signer};
use types::SecretString;

use crate::{
    KEY_ID, borrowed, check, example_time,
    payload::{chunked_forms, read},
};

/// A request with an odd path, query and headers, and its signature in either place.
#[derive(Debug, Clone)]
struct Signed {
    secret: String,
    service: &'static str,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
}

impl Signed {
    fn new(
        secret: String,
        (service, in_query): (&'static str, bool),
        path: String,
        query: String,
        mut headers: Vec<(String, String)>,
        token: Option<&str>,
    ) -> Self {
        headers.push(("Host".to_owned(), "localhost:4566".to_owned()));
        let secret_string = SecretString::from(secret.as_str());
        let credentials = Credentials {
            access_key_id: KEY_ID,
            secret_access_key: &secret_string,
            session_token: token,
        };
        let signer =
            Signer::new(credentials, &"eu-central-1".parse().unwrap(), service, example_time(0));
        let unsigned = borrowed(&headers);
        let request = Request { method: "GET", path: &path, query: &query, headers: &unsigned };
        if in_query {
            let query = signer.presign(&request, 900).unwrap();
            return Self { secret, service, path, query, headers };
        }
        let added = signer.sign_headers(&request, empty()).headers;
        headers.extend(added.into_iter().map(|(name, value)| (name.to_owned(), value)));
        Self { secret, service, path, query, headers }
    }

    fn outcome(&self) -> Result<(), Option<SignatureError>> {
        let headers = borrowed(&self.headers);
        let request =
            Request { method: "GET", path: &self.path, query: &self.query, headers: &headers };
        if !matches!(Presented::from_request(&request), Ok(Some(_))) {
            return Err(None);
        }
        let PayloadDeclaration::Sha256(body_sha256) = empty() else { unreachable!() };
        let dialect =
            if self.service == "s3" { Dialect::S3 } else { Dialect::Other { body_sha256 } };
        check(&request, &self.secret, dialect, example_time(1)).map(drop).map_err(Some)
    }
}

/// The digest of an empty body.
fn empty() -> PayloadDeclaration {
    let mut digest = [0; 32];
    let digits = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    hex::decode_to_slice(digits, &mut digest).unwrap();
    PayloadDeclaration::Sha256(digest)
}

fn signed_requests() -> impl Strategy<Value = Signed> {
    let headers = vec(("x-amz-meta-[a-c]|X-Custom_[A-C]", "[ -~\t]{0,20}|[α-ω ]{0,6}"), 0..4);
    (
        "[ -~]{1,90}",
        (prop_oneof![Just("s3"), Just("sts"), Just("execute-api")], any::<bool>()),
        "/[!-\\$\\&->@-~α-ω /.%]{0,30}",
        "[!-\\$'-~α-ω&=+%]{0,30}",
        headers,
        proptest::option::of("[A-Za-z0-9+/=]{1,40}"),
    )
        .prop_map(|(secret, kind, path, query, headers, token)| {
            Signed::new(secret, kind, path, query, headers, token.as_deref())
        })
}

proptest! {
    #[test]
    fn what_is_signed_is_accepted(signed in signed_requests()) {
        prop_assert_eq!(signed.outcome(), Ok(()));
    }

    #[test]
    fn another_secret_is_refused(mut signed in signed_requests()) {
        signed.secret.push('x');
        prop_assert!(matches!(signed.outcome(), Err(Some(SignatureError::Mismatch(_)))));
    }

    #[test]
    fn another_path_is_refused(mut signed in signed_requests(), more in "[a-z0-9]{1,5}") {
        signed.path.push_str(&more);
        // `/..` and `/%2` are read otherwise with something behind them, but never as before.
        prop_assert!(signed.outcome().is_err());
    }

    #[test]
    fn another_query_is_refused(mut signed in signed_requests(), more in "[a-z]{1,5}(=[a-z]{0,3})?") {
        signed.query = format!("{}&{more}", signed.query);
        prop_assert!(signed.outcome().is_err());
    }

    #[test]
    fn another_header_value_is_refused(
        mut signed in signed_requests(), which in any::<Index>(), more in "[a-z0-9]{1,5}",
    ) {
        // The last headers are those of the signature; each of them is spoilt as well.
        let which = which.index(signed.headers.len());
        signed.headers[which].1.push_str(&more);
        prop_assert!(signed.outcome().is_err());
    }

    #[test]
    fn a_header_left_out_is_refused(mut signed in signed_requests(), which in any::<Index>()) {
        let which = which.index(signed.headers.len());
        let (name, _) = signed.headers.remove(which);
        prop_assert!(signed.outcome().is_err(), "{}", name);
    }

    #[test]
    fn reading_and_checking_never_panics(
        path in ".{0,40}", query in ".{0,80}", authorization in ".{0,80}",
        credential in "AWS4-HMAC-SHA256 [CredentialSignedHeadersSignature=,;/ 0-9a-z]{0,80}",
    ) {
        for authorization in [authorization, credential] {
            let headers = [("authorization", authorization.as_bytes()), ("host", b"a".as_slice())];
            let request = Request { method: "GET", path: &path, query: &query, headers: &headers };
            if let Ok(Some(presented)) = Presented::from_request(&request) {
                let key = sigv4::SigningKey::derive(&"secret".into(), presented.scope());
                let now = example_time(0);
                prop_assert!(presented.check(&key, Dialect::S3, crate::WINDOW, now).is_err());
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn chunks_may_come_in_any_pieces(
        size in prop_oneof![0_usize..40, 8180..8200_usize, 16_000..25_000_usize],
        cuts in vec(any::<Index>(), 0..12),
    ) {
        let data: Vec<u8> = (0..size).map(|n| u8::try_from(n % 251).unwrap()).collect();
        for (declaration, body, payload) in chunked_forms(&data) {
            let mut cuts: Vec<usize> = cuts.iter().map(|cut| cut.index(body.len())).collect();
            cuts.extend([0, body.len()]);
            cuts.sort_unstable();
            let pieces = cuts.windows(2).map(|cut| &body[cut[0]..cut[1]]);
            let (decoded, digests) = read(payload(), pieces).unwrap();
            prop_assert_eq!(&decoded, &data, "{}", declaration);
            let (_, whole) = read(payload(), [body.as_slice()]).unwrap();
            prop_assert_eq!(digests, whole);
        }
    }

    #[test]
    fn any_bytes_are_refused_without_a_panic(
        size in 0_usize..20, noise in vec(any::<u8>(), 0..200),
        lines in "([0-9a-f]{0,17}(;chunk-signature=[0-9a-f]{0,65})?\r?\n|x-amz-[a-z0-9-]{0,20}:[A-Za-z=]{0,9}\r\n){0,6}",
    ) {
        for (declaration, _, payload) in chunked_forms(&vec![0; size]) {
            for body in [noise.as_slice(), lines.as_bytes()] {
                prop_assert!(read(payload(), [body]).is_err(), "{}", declaration);
            }
        }
    }

    #[test]
    fn an_altered_byte_is_refused(size in 0_usize..20_000, at in any::<Index>(), bit in 0_u8..8) {
        let data = vec![b'a'; size];
        for (declaration, mut body, payload) in chunked_forms(&data) {
            let at = at.index(body.len());
            let before = body[at];
            body[at] ^= 1 << bit;
            // The case of a size or a trailer's name means nothing.
            if !before.eq_ignore_ascii_case(&body[at]) {
                prop_assert!(read(payload(), [body.as_slice()]).is_err(), "{} at {}", declaration, at);
            }
        }
    }
}

/// The same for each bit there is, of a short body: chance finds those of the trailers seldom.
#[test]
fn no_altered_bit_is_taken_for_what_was_sent() {
    for (declaration, body, payload) in chunked_forms(&[b'a'; 3]) {
        assert!(read(payload(), [body.as_slice()]).is_ok());
        for (at, bit) in (0..body.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
            let mut altered = body.clone();
            altered[at] ^= 1 << bit;
            if !altered[at].eq_ignore_ascii_case(&body[at]) {
                let read = read(payload(), [altered.as_slice()]);
                assert!(read.is_err(), "{declaration} at {at}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_body_cut_anywhere_is_refused() {
    for (declaration, body, payload) in chunked_forms(&[b'a'; 200]) {
        assert!(read(payload(), [body.as_slice()]).is_ok());
        for end in 0..body.len() {
            assert!(read(payload(), [&body[..end]]).is_err(), "{declaration} cut at {end}");
        }
    }
}

#[test]
fn a_body_that_comes_byte_by_byte_is_the_same() {
    for (declaration, body, payload) in chunked_forms(&[b'a'; 300]) {
        let (data, _) = read(payload(), body.chunks(1)).unwrap();
        assert_eq!(data, [b'a'; 300], "{declaration}");
    }
}
