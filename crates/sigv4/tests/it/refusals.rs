//! Every way in which a signature is refused, beside the one that is accepted.

use sigv4::{
    Credentials, Dialect, PayloadDeclaration, Place, Presented, PresentedError, Request,
    SignatureError, Signer,
};
use types::SecretString;

use crate::{KEY_ID, SECRET, borrowed, check, example_time};

/// Alters one thing.
type Spoil = fn(&mut Sent);

/// A request as owned text, so that a test can spoil it.
#[derive(Clone)]
struct Sent {
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
}

impl Sent {
    fn as_request<T>(&self, read: impl FnOnce(&Request<'_>) -> T) -> T {
        read(&Request {
            method: &self.method,
            path: &self.path,
            query: &self.query,
            headers: &borrowed(&self.headers),
        })
    }

    fn header(&mut self, name: &str) -> &mut String {
        &mut self.headers.iter_mut().find(|(own, _)| own == name).unwrap().1
    }

    fn remove(&mut self, name: &str) {
        self.headers.retain(|(own, _)| own != name);
    }

    fn add(&mut self, name: &str, value: &str) {
        self.headers.push((name.to_owned(), value.to_owned()));
    }

    fn read_error(&self) -> PresentedError {
        self.as_request(|request| Presented::from_request(request).map(drop).unwrap_err())
    }

    fn check_after(&self, seconds: i64) -> Result<(), SignatureError> {
        let now = example_time(seconds);
        self.as_request(|request| check(request, SECRET, Dialect::S3, now).map(drop))
    }
}

fn unsigned() -> Sent {
    Sent {
        method: "PUT".to_owned(),
        path: "/bucket/key".to_owned(),
        query: "x-id=PutObject".to_owned(),
        headers: vec![
            ("host".to_owned(), "localhost:4566".to_owned()),
            ("x-amz-meta-a".to_owned(), "1".to_owned()),
        ],
    }
}

fn with_signer<T>(sign: impl FnOnce(&Signer<'_>) -> T) -> T {
    let secret = SecretString::from(SECRET);
    let credentials = Credentials {
        access_key_id: KEY_ID,
        secret_access_key: &secret,
        session_token: Some("SESSION"),
    };
    sign(&Signer::new(credentials, &"us-east-1".parse().unwrap(), "s3", example_time(0)))
}

fn signed_by_header() -> Sent {
    let mut sent = unsigned();
    let signed = with_signer(|signer| {
        sent.as_request(|request| signer.sign_headers(request, PayloadDeclaration::Unsigned))
    });
    for (name, value) in signed.headers {
        sent.add(name, &value);
    }
    sent
}

fn presigned() -> Sent {
    let mut sent = unsigned();
    sent.query =
        with_signer(|signer| sent.as_request(|request| signer.presign(request, 60)).unwrap());
    sent
}

#[test]
fn an_unsigned_request_is_none_and_signed_ones_are_accepted() {
    assert!(unsigned().as_request(|r| Presented::from_request(r).unwrap().is_none()));
    for (sent, place) in [(signed_by_header(), Place::Header), (presigned(), Place::Query)] {
        sent.check_after(0).unwrap();
        sent.as_request(|request| {
            let presented = Presented::from_request(request).unwrap().unwrap();
            assert_eq!(presented.place(), place);
            assert_eq!(presented.access_key_id(), KEY_ID);
            assert_eq!(presented.scope().to_string(), "20130524/us-east-1/s3/aws4_request");
            assert_eq!(presented.session_token(), Some("SESSION"));
            assert_eq!(presented.signed_at(), example_time(0));
            assert_eq!(
                presented.lifetime().map(|l| l.as_secs()),
                match place {
                    Place::Header => None,
                    Place::Query => Some(60),
                }
            );
            let secret_parts = ["SESSION", &presented.signature().to_string()].map(str::to_owned);
            let printed = format!("{presented:?}");
            assert!(secret_parts.iter().all(|part| !printed.contains(part)), "{printed}");
        });
    }
}

/// The kind of an error and what it is about, in two words.
fn kind(error: &PresentedError) -> String {
    match error {
        PresentedError::BothPlaces => "both places".to_owned(),
        PresentedError::Version2 { .. } => "version 2".to_owned(),
        PresentedError::Scheme { scheme } => format!("scheme {scheme}"),
        PresentedError::Algorithm { algorithm, .. } => format!("algorithm {algorithm}"),
        PresentedError::Missing { name, .. } => format!("missing {name}"),
        PresentedError::Repeated { name, .. } => format!("repeated {name}"),
        PresentedError::Malformed { name, .. } => format!("malformed {name}"),
    }
}

#[test]
fn an_authorization_header_that_cannot_be_read_is_refused() {
    let good = signed_by_header().header("authorization").clone();
    let (credential, rest) = good.split_once(", ").unwrap();
    let (names, signature) = rest.split_once(", ").unwrap();
    let cases = [
        (String::new(), "scheme (none)"),
        ("Bearer abc".to_owned(), "scheme Bearer"),
        ("hunter2".to_owned(), "scheme (none)"),
        (format!("AWS {KEY_ID}:frJIUN8DYpKDtOLCwo//yllqDzg="), "version 2"),
        (good.replace("HMAC", "ECDSA-P256"), "algorithm AWS4-ECDSA-P256-SHA256"),
        (good.replace("AWS4-HMAC-SHA256", "aws4-hmac-sha256"), "scheme aws4-hmac-sha256"),
        ("AWS4-HMAC-SHA256".to_owned(), "malformed Authorization"),
        (format!("{credential}, {names}"), "missing Signature"),
        (format!("{credential}, {signature}"), "missing SignedHeaders"),
        (format!("AWS4-HMAC-SHA256 {names}, {signature}"), "missing Credential"),
        (format!("{good}, Extra=1"), "malformed Authorization"),
        (format!("{good},"), "malformed Authorization"),
        (good.to_uppercase(), "malformed Authorization"),
        (format!("{good}, {signature}"), "repeated Signature"),
        (good.replace("Credential=", "Credential=/"), "malformed Credential"),
        (good.replace("/aws4_request", "/aws4"), "malformed Credential"),
        (good.replace("/us-east-1/", "/"), "malformed Credential"),
        (good.replace("20130524", "2013052"), "malformed Credential"),
        (good.replace("host;", "Host;"), "malformed SignedHeaders"),
        (good.replace("host;", "host;host;"), "malformed SignedHeaders"),
        (good.replace("host;", "zhost;"), "malformed SignedHeaders"),
        (good.replace("host;", ";host;"), "malformed SignedHeaders"),
        (good.replace("host;", "h st;"), "malformed SignedHeaders"),
        (format!("{good}0"), "malformed Signature"),
        (good.replace("Signature=", "Signature=X"), "malformed Signature"),
    ];
    for (authorization, expected) in cases {
        let mut sent = signed_by_header();
        sent.header("authorization").clone_from(&authorization);
        let error = sent.read_error();
        assert_eq!(kind(&error), expected, "{authorization}: {error}");
        assert_eq!(error.place(), Place::Header);
    }
}

#[test]
fn what_is_there_twice_or_in_both_places_is_refused() {
    let both = Sent { query: presigned().query, ..signed_by_header() };
    assert_eq!(both.read_error(), PresentedError::BothPlaces);
    for name in ["X-Amz-Signature=0", "X-Amz-Algorithm=AWS4-HMAC-SHA256", "X-Amz-Credential="] {
        let half = Sent { query: name.to_owned(), ..signed_by_header() };
        assert_eq!(half.read_error(), PresentedError::BothPlaces, "{name}");
    }
    for name in ["authorization", "x-amz-date", "x-amz-security-token"] {
        let mut sent = signed_by_header();
        let value = sent.header(name).clone();
        sent.add(&name.to_uppercase(), &value);
        assert!(matches!(sent.read_error(), PresentedError::Repeated { .. }), "{name}");
    }
    let mut sent = presigned();
    sent.add("x-amz-security-token", "token");
    assert!(matches!(sent.read_error(), PresentedError::Repeated { .. }));
}

#[test]
fn the_time_in_the_headers_must_be_there_and_readable() {
    let mut sent = signed_by_header();
    sent.header("x-amz-date").replace_range(.., "2013-05-24T00:00:00Z");
    assert!(matches!(sent.read_error(), PresentedError::Malformed { name: "x-amz-date", .. }));
    sent.remove("x-amz-date");
    assert_eq!(
        sent.read_error(),
        PresentedError::Missing { place: Place::Header, name: "x-amz-date" }
    );
    sent.add("date", "yesterday");
    assert!(matches!(sent.read_error(), PresentedError::Malformed { name: "Date", .. }));
    sent.header("date").replace_range(.., "Fri, 24 May 2013 00:00:00 GMT");
    // Readable now, but what the time is read from has to be signed.
    let unsigned = SignatureError::HeaderNotSigned { name: "date".to_owned() };
    assert_eq!(sent.check_after(0), Err(unsigned));
}

#[test]
fn a_presigned_query_that_cannot_be_read_is_refused() {
    let good = presigned().query;
    for name in [
        "X-Amz-Algorithm",
        "X-Amz-Credential",
        "X-Amz-Date",
        "X-Amz-Expires",
        "X-Amz-SignedHeaders",
        "X-Amz-Signature",
    ] {
        let query: Vec<_> = good.split('&').filter(|p| !p.starts_with(name)).collect();
        let sent = Sent { query: query.join("&"), ..unsigned() };
        assert_eq!(kind(&sent.read_error()), format!("missing {name}"));
        let own = good.split('&').find(|p| p.starts_with(name)).unwrap();
        let twice = Sent { query: format!("{good}&{own}"), ..unsigned() };
        assert!(matches!(twice.read_error(), PresentedError::Repeated { .. }), "{name}");
        // An encoded name is the same name.
        let hidden = format!("{good}&{}", own.replace("X-Amz", "%58%2dAmz"));
        let twice = Sent { query: hidden, ..unsigned() };
        assert!(matches!(twice.read_error(), PresentedError::Repeated { .. }), "{name}");
    }
    for (from, to) in [
        ("X-Amz-Expires=60", "X-Amz-Expires=0"),
        ("X-Amz-Expires=60", "X-Amz-Expires=604801"),
        ("X-Amz-Expires=60", "X-Amz-Expires=-60"),
        ("X-Amz-Expires=60", "X-Amz-Expires=%2B60"),
        ("X-Amz-Expires=60", "X-Amz-Expires=6e1"),
        ("X-Amz-Expires=60", "X-Amz-Expires=99999999999999999999"),
        ("X-Amz-Date=2013", "X-Amz-Date=13"),
        ("us-east-1", ""),
        ("=host", "=HOST"),
        ("X-Amz-Security-Token=SESSION", "X-Amz-Security-Token=%FF"),
        ("X-Amz-Signature=", "X-Amz-Signature=0"),
    ] {
        let query = good.replace(from, to);
        assert_ne!(query, good, "{from}");
        let error = Sent { query, ..unsigned() }.read_error();
        assert!(
            matches!(error, PresentedError::Malformed { place: Place::Query, .. }),
            "{to}: {error}"
        );
    }
    let other = good.replace("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1");
    let error = Sent { query: other, ..unsigned() }.read_error();
    assert!(matches!(error, PresentedError::Algorithm { place: Place::Query, .. }));
    let version2 = format!("AWSAccessKeyId={KEY_ID}&Expires=1141889120&Signature=vjbyPxybdZaNmGa");
    let error = Sent { query: version2, ..unsigned() }.read_error();
    assert_eq!(error, PresentedError::Version2 { place: Place::Query });
}

#[test]
fn headers_that_matter_must_be_signed_and_signed_headers_sent() {
    for sent in [signed_by_header(), presigned()] {
        for name in ["x-amz-acl", "X-Amz-Meta-B", "X-AMZ-COPY-SOURCE"] {
            let mut sent = sent.clone();
            sent.add(name, "1");
            let name = name.to_lowercase();
            assert_eq!(sent.check_after(0), Err(SignatureError::HeaderNotSigned { name }));
        }
        let mut more = sent.clone();
        more.add("user-agent", "curl");
        more.add("x-amzn-trace-id", "1");
        assert_eq!(more.check_after(0), Ok(()), "other headers need not be signed");
        let mut without_host = sent.clone();
        for (_, value) in &mut without_host.headers {
            *value = value.replace("=host;", "=");
        }
        without_host.query = without_host.query.replace("=host%3B", "=");
        assert_eq!(
            without_host.check_after(0),
            Err(SignatureError::HeaderNotSigned { name: "host".to_owned() })
        );
        for name in ["host", "x-amz-meta-a"] {
            let mut sent = sent.clone();
            sent.remove(name);
            let name = name.to_owned();
            assert_eq!(sent.check_after(0), Err(SignatureError::SignedHeaderMissing { name }));
        }
    }
}

#[test]
fn everything_the_signature_covers_makes_another_one() {
    let ways: [(&str, Spoil); 9] = [
        ("method", |s| s.method = "GET".to_owned()),
        ("path", |s| s.path.push('2')),
        ("path's case", |s| s.path = "/bucket/Key".to_owned()),
        ("path not normalised", |s| s.path = "/bucket/./key".to_owned()),
        ("encoded slash", |s| s.path = "/bucket%2Fkey".to_owned()),
        ("query value", |s| s.query = s.query.replace("PutObject", "GetObject")),
        ("query parameter", |s| s.query.push_str("&a")),
        ("host", |s| s.header("host").push('0')),
        ("repeated header", |s| s.add("x-amz-meta-a", "2")),
    ];
    for sent in [signed_by_header(), presigned()] {
        for (what, spoil) in ways {
            let mut sent = sent.clone();
            spoil(&mut sent);
            let outcome = sent.check_after(0);
            assert!(matches!(outcome, Err(SignatureError::Mismatch(_))), "{what}: {outcome:?}");
        }
    }
    let mut sent = signed_by_header();
    sent.header("x-amz-content-sha256").replace_range(.., &"0".repeat(64));
    assert!(matches!(sent.check_after(0), Err(SignatureError::Mismatch(_))));
    let mut sent = signed_by_header();
    sent.header("x-amz-security-token").push('2');
    let Err(SignatureError::Mismatch(steps)) = sent.check_after(0) else { panic!("accepted") };
    assert!(String::from_utf8(steps.canonical_request.clone()).unwrap().contains("SESSION2"));
    let error = SignatureError::Mismatch(steps);
    assert!(!format!("{error} {error:?}").contains("SESSION2"), "a token is not printed");
}

/// Other services than S3: the signature covers the body that came, whatever a header declares.
#[test]
fn another_body_makes_another_signature() {
    let (abc, abd) = ([1; 32], [2; 32]);
    let mut sent = unsigned();
    let secret = SecretString::from(SECRET);
    let credentials =
        Credentials { access_key_id: KEY_ID, secret_access_key: &secret, session_token: None };
    let signer = Signer::new(credentials, &"us-east-1".parse().unwrap(), "sts", example_time(0));
    sent.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    let check_body = |sent: &Sent, body_sha256| {
        let dialect = Dialect::Other { body_sha256 };
        sent.as_request(|request| check(request, SECRET, dialect, example_time(0)).map(drop))
    };
    for (signed_payload, right) in
        [(PayloadDeclaration::Sha256(abc), true), (PayloadDeclaration::Unsigned, false)]
    {
        let mut sent = sent.clone();
        let added = sent.as_request(|r| signer.sign_headers(r, signed_payload)).headers;
        for (name, value) in added {
            sent.add(name, &value);
        }
        assert_eq!(check_body(&sent, abc).is_ok(), right);
        assert!(matches!(check_body(&sent, abd), Err(SignatureError::Mismatch(_))));
    }
}

#[test]
fn what_means_the_same_has_the_same_signature() {
    for sent in [signed_by_header(), presigned()] {
        let mut same = sent.clone();
        same.path = "/bucket/%6bey".to_owned();
        same.query = same.query.split('&').rev().collect::<Vec<_>>().join("&&");
        same.headers.reverse();
        for (name, _) in &mut same.headers {
            *name = name.to_uppercase();
        }
        assert_eq!(same.check_after(0), Ok(()));
    }
}

#[test]
fn s3_wants_the_payload_declared_in_words_it_knows() {
    let mut sent = signed_by_header();
    sent.header("x-amz-content-sha256")
        .replace_range(.., "STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD");
    assert!(matches!(sent.check_after(0), Err(SignatureError::Declaration(_))));
    let mut sent = signed_by_header();
    sent.add("x-amz-content-sha256", "UNSIGNED-PAYLOAD");
    assert!(matches!(sent.check_after(0), Err(SignatureError::Declaration(_))));
    let mut sent = signed_by_header();
    sent.remove("x-amz-content-sha256");
    let authorization = sent.header("authorization");
    *authorization = authorization.replace("x-amz-content-sha256;", "");
    assert_eq!(sent.check_after(0), Err(SignatureError::PayloadNotDeclared));
}

/// The AWS SDK for JavaScript puts it into the query of what it presigns.
#[test]
fn a_presigned_query_may_declare_the_payload() {
    let with = |declaration: &str| {
        let query = format!("X-Amz-Content-Sha256={declaration}");
        let mut sent = Sent { query, ..unsigned() };
        sent.query = with_signer(|s| sent.as_request(|request| s.presign(request, 60)).unwrap());
        sent.check_after(0)
    };
    assert_eq!(with("UNSIGNED-PAYLOAD"), Ok(()));
    // Our signer signs an undeclared body whatever the query says, so this one is signed wrong.
    let digest = "0".repeat(64);
    let Err(SignatureError::Mismatch(steps)) = with(&digest) else { panic!("accepted") };
    assert!(steps.canonical_request.ends_with(digest.as_bytes()));
    for unreadable in ["", "none", "UNSIGNED-PAYLOAD&X-Amz-Content-Sha256=UNSIGNED-PAYLOAD"] {
        assert!(matches!(with(unreadable), Err(SignatureError::Declaration(_))), "{unreadable}");
    }
}

#[test]
fn a_request_without_a_host_is_refused() {
    let mut sent = unsigned();
    sent.remove("host");
    sent.query = with_signer(|s| sent.as_request(|request| s.presign(request, 60)).unwrap());
    let unsigned = SignatureError::HeaderNotSigned { name: "host".to_owned() };
    assert_eq!(sent.check_after(0), Err(unsigned));
}

#[test]
fn a_plus_in_the_query_is_a_space() {
    let mut sent = Sent { query: "prefix=a+b".to_owned(), ..unsigned() };
    sent.query = with_signer(|s| sent.as_request(|request| s.presign(request, 60)).unwrap());
    for (spelling, right) in [("a+b", true), ("a%20b", true), ("a%2Bb", false)] {
        let query = sent.query.replace("a+b", spelling);
        assert_eq!(Sent { query, ..sent.clone() }.check_after(0).is_ok(), right, "{spelling}");
    }
}

#[test]
fn a_signature_is_good_within_its_window() {
    let sent = signed_by_header();
    for seconds in [-900, -1, 0, 1, 900] {
        assert_eq!(sent.check_after(seconds), Ok(()), "{seconds}");
    }
    for (seconds, text) in [
        (
            901,
            "Signature expired: 20130524T000000Z is now earlier than 20130524T000001Z \
             (20130524T001501Z - 15 min.)",
        ),
        (
            -901,
            "Signature not yet current: 20130524T000000Z is still later than 20130523T235959Z \
             (20130523T234459Z + 15 min.)",
        ),
    ] {
        let error = sent.check_after(seconds).unwrap_err();
        assert!(matches!(error, SignatureError::OutsideWindow { .. }));
        assert_eq!(error.to_string(), text);
    }
}

#[test]
fn a_presigned_url_is_good_for_its_lifetime() {
    let sent = presigned();
    for seconds in [-900, 0, 59] {
        assert_eq!(sent.check_after(seconds), Ok(()), "{seconds}");
    }
    for seconds in [60, 61, 10_000_000] {
        let expired = SignatureError::Expired {
            signed_at: example_time(0),
            expires_at: example_time(60),
            now: example_time(seconds),
        };
        assert_eq!(sent.check_after(seconds), Err(expired));
    }
    assert!(matches!(sent.check_after(-901), Err(SignatureError::OutsideWindow { .. })));
}

#[test]
fn the_scope_is_for_the_day_of_the_signature() {
    let mut sent = signed_by_header();
    let authorization = sent.header("authorization");
    *authorization = authorization.replace("/20130524/", "/20130525/");
    let error = sent.check_after(0).unwrap_err();
    assert_eq!(
        error,
        SignatureError::ScopeDate { scope: "20130525".to_owned(), signed_at: example_time(0) }
    );
}

#[test]
fn a_presigned_url_lives_a_second_to_seven_days() {
    let sent = unsigned();
    for (seconds, good) in [(0, false), (1, true), (604_800, true), (604_801, false)] {
        let outcome = with_signer(|s| sent.as_request(|request| s.presign(request, seconds)));
        assert_eq!(outcome.is_ok(), good, "{seconds}");
    }
}
