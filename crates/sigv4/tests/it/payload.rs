//! Bodies in every form: accepted whole, refused when anything about them is wrong.

use bytes::Bytes;
use sigv4::{
    Checksum, ChecksumAlgorithm, ChunkEncoder, Credentials, Digests, Expectations, Payload,
    PayloadDeclaration, PayloadError, Request, Seed, Signer, Verified,
};

use crate::{KEY_ID, SECRET, example_time};

const CRC32C: &[ChecksumAlgorithm] = &[ChecksumAlgorithm::Crc32c];

/// The seed of a request that declares `declaration`.
fn seed(declaration: PayloadDeclaration) -> Seed {
    let secret = SECRET.into();
    let credentials =
        Credentials { access_key_id: KEY_ID, secret_access_key: &secret, session_token: None };
    let request =
        Request { method: "PUT", path: "/b/k", query: "", headers: &[("host", b"localhost")] };
    Signer::new(credentials, &"us-east-1".parse().unwrap(), "s3", example_time(0))
        .sign_headers(&request, declaration)
        .seed
}

fn expectations(headers: &[(&str, &[u8])]) -> Result<Expectations, PayloadError> {
    Expectations::from_request(&Request { method: "PUT", path: "/b/k", query: "", headers })
}

/// What a chunked upload of `length` bytes announces.
pub(crate) fn announced(length: u64, trailers: &[ChecksumAlgorithm]) -> Expectations {
    Expectations {
        decoded_content_length: Some(length),
        trailers: trailers.to_vec(),
        ..Expectations::default()
    }
}

/// Reads a body that comes in these pieces.
pub(crate) fn read<'a>(
    mut payload: Payload,
    pieces: impl IntoIterator<Item = &'a [u8]>,
) -> Result<(Vec<u8>, Verified<Digests>), PayloadError> {
    let mut data = Vec::new();
    for piece in pieces {
        let mut input = Bytes::copy_from_slice(piece);
        while let Some(decoded) = payload.decode(&mut input)? {
            data.extend(decoded);
        }
        assert!(input.is_empty());
    }
    Ok((data, payload.finish()?))
}

/// The body in chunks of 8 KiB, with these trailers.
fn encoded(mut encoder: ChunkEncoder, data: &[u8]) -> Vec<u8> {
    let mut body: Vec<u8> = data.chunks(8192).flat_map(|chunk| encoder.chunk(chunk)).collect();
    body.extend(encoder.finish());
    body
}

/// Makes what reads one form of a body.
type Reader = Box<dyn Fn() -> Payload>;

/// Every chunked form: the declaration, its body for `data`, and who reads it.
pub(crate) fn chunked_forms(data: &[u8]) -> Vec<(PayloadDeclaration, Vec<u8>, Reader)> {
    let length = data.len() as u64;
    let signed = PayloadDeclaration::SignedChunks;
    let trailed = PayloadDeclaration::SignedChunksWithTrailer;
    let unsigned = PayloadDeclaration::UnsignedChunksWithTrailer;
    vec![
        (
            signed,
            encoded(ChunkEncoder::signed(seed(signed), &[]), data),
            Box::new(move || {
                Payload::new(signed, Some(seed(signed)), announced(length, &[])).unwrap()
            }),
        ),
        (
            trailed,
            encoded(ChunkEncoder::signed(seed(trailed), CRC32C), data),
            Box::new(move || {
                Payload::new(trailed, Some(seed(trailed)), announced(length, CRC32C)).unwrap()
            }),
        ),
        (
            unsigned,
            encoded(ChunkEncoder::unsigned(CRC32C), data),
            Box::new(move || Payload::new(unsigned, None, announced(length, CRC32C)).unwrap()),
        ),
    ]
}

fn plain(
    declaration: PayloadDeclaration,
    headers: &[(&str, &[u8])],
    body: &[u8],
) -> Result<Digests, PayloadError> {
    let payload = Payload::new(declaration, None, expectations(headers)?)?;
    read(payload, [body]).map(|(data, digests)| {
        assert_eq!(data, body);
        digests.get().clone()
    })
}

/// SHA-256 of `Welcome to Amazon S3.`, from the S3 API Reference, *Example: PUT Object*.
const WELCOME: &[u8] = b"Welcome to Amazon S3.";
const WELCOME_SHA256: &str = "44ce7dd67c959e0d3524ffac1771dfbba87d2b6b4b4e99e42034a8b803f8b072";

fn sha256(digits: &str) -> PayloadDeclaration {
    let mut digest = [0; 32];
    hex::decode_to_slice(digits, &mut digest).unwrap();
    PayloadDeclaration::Sha256(digest)
}

#[test]
fn a_body_with_its_digest_is_verified() {
    let digests = plain(sha256(WELCOME_SHA256), &[("content-length", b"21")], WELCOME).unwrap();
    assert_eq!(digests.length(), 21);
    assert_eq!(digests.checksums(), [], "what was signed is no checksum of the object");
    let altered = plain(sha256(WELCOME_SHA256), &[], b"Welcome to Amazon S4.").unwrap_err();
    assert!(matches!(altered, PayloadError::Sha256Mismatch { .. }));
    let empty = plain(sha256(WELCOME_SHA256), &[], b"").unwrap_err();
    assert!(matches!(empty, PayloadError::Sha256Mismatch { .. }));
}

#[test]
fn an_empty_body_has_digests_too() {
    let digests = plain(PayloadDeclaration::Unsigned, &[("content-length", b"0")], b"").unwrap();
    assert_eq!(digests.length(), 0);
    assert_eq!(digests.md5().map(hex::encode).as_deref(), Some("d41d8cd98f00b204e9800998ecf8427e"));
    assert_eq!(digests.checksums(), []);
    let nothing: Vec<u8> = Vec::new();
    for (declaration, body, payload) in chunked_forms(&nothing) {
        let (data, digests) = read(payload(), [body.as_slice()]).unwrap();
        assert_eq!((data, digests.get().length()), (nothing.clone(), 0), "{declaration}");
    }
    // Not a byte came, not even an empty chunk.
    for (declaration, _, payload) in chunked_forms(&nothing) {
        let cut = read(payload(), []).unwrap_err();
        assert_eq!(cut, PayloadError::Cut { received: 0 }, "{declaration}");
    }
}

#[test]
fn every_declared_digest_is_held_to() {
    let good: [(&str, &str); 6] = [
        ("Content-MD5", "JfnnlDI7RTiF9RgfG2JNCw=="),
        ("x-amz-checksum-crc32", "y/Q5Jg=="),
        ("x-amz-checksum-crc32c", "4waSgw=="),
        ("x-amz-checksum-crc64nvme", "rosUhgp5mIg="),
        ("x-amz-checksum-sha1", "98O8HYCOBHMq32eZZczDTKeuNEE="),
        ("x-amz-checksum-sha256", "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU="),
    ];
    let all: Vec<(&str, &[u8])> = good.iter().map(|(n, v)| (*n, v.as_bytes())).collect();
    let digests = plain(PayloadDeclaration::Unsigned, &all, b"123456789").unwrap();
    assert_eq!(digests.checksums().len(), 5);
    for (name, value) in good {
        if let Some(algorithm) = ChecksumAlgorithm::from_header_name(name) {
            let checksum = digests.checksum(algorithm).map(Checksum::to_base64);
            assert_eq!(checksum.as_deref(), Some(value), "{name}");
        }
        let headers = [(name, value.as_bytes())];
        plain(PayloadDeclaration::Unsigned, &headers, b"123456789").unwrap();
        let error = plain(PayloadDeclaration::Unsigned, &headers, b"123456780").unwrap_err();
        assert!(
            matches!(
                error,
                PayloadError::Md5Mismatch { .. } | PayloadError::ChecksumMismatch { .. }
            ),
            "{name}: {error}"
        );
    }
}

#[test]
fn a_header_that_cannot_be_held_to_is_refused() {
    let checksum = |name: &str| PayloadError::InvalidChecksumHeader { name: name.to_owned() };
    let cases: [(&str, &str, PayloadError); 12] = [
        ("Content-MD5", "", PayloadError::InvalidContentMd5),
        ("Content-MD5", "JfnnlDI7RTiF9RgfG2JN", PayloadError::InvalidContentMd5),
        ("Content-MD5", "25f9e794323b453885f5181f1b624d0b", PayloadError::InvalidContentMd5),
        ("content-length", "-1", PayloadError::InvalidContentLength),
        ("content-length", "+1", PayloadError::InvalidContentLength),
        ("content-length", "", PayloadError::InvalidContentLength),
        ("x-amz-decoded-content-length", "1e3", PayloadError::DecodedLengthMissing),
        ("x-amz-checksum-crc32", "y/Q5", checksum("x-amz-checksum-crc32")),
        ("X-Amz-Checksum-SHA512", "AAAA", checksum("x-amz-checksum-sha512")),
        ("x-amz-trailer", "x-amz-meta-a", PayloadError::InvalidTrailerHeader),
        ("x-amz-trailer", "", PayloadError::InvalidTrailerHeader),
        (
            "x-amz-trailer",
            "x-amz-checksum-crc32,x-amz-checksum-crc32",
            PayloadError::InvalidTrailerHeader,
        ),
    ];
    for (name, value, error) in cases {
        assert_eq!(expectations(&[(name, value.as_bytes())]), Err(error), "{name}: {value}");
    }
    for name in
        ["content-md5", "content-length", "x-amz-decoded-content-length", "x-amz-checksum-crc32"]
    {
        let value: &[u8] = if name.contains("length") { b"1" } else { b"y/Q5Jg==" };
        assert!(expectations(&[(name, value), (name, value)]).is_err(), "{name} twice");
    }
    for name in ["x-amz-checksum-algorithm", "x-amz-checksum-type", "x-amz-checksum-mode"] {
        assert_eq!(expectations(&[(name, b"CRC32")]), Ok(Expectations::default()), "{name}");
    }
}

#[test]
fn a_declaration_and_its_headers_must_fit() {
    let signed = PayloadDeclaration::SignedChunks;
    let trailed = PayloadDeclaration::UnsignedChunksWithTrailer;
    for (declaration, seed, expectations, error) in [
        (signed, None, announced(1, &[]), PayloadError::NotSigned),
        (signed, Some(seed(signed)), Expectations::default(), PayloadError::DecodedLengthMissing),
        (signed, Some(seed(signed)), announced(1, CRC32C), PayloadError::InvalidTrailerHeader),
        (trailed, None, announced(1, &[]), PayloadError::InvalidTrailerHeader),
        (
            PayloadDeclaration::Unsigned,
            None,
            announced(1, CRC32C),
            PayloadError::InvalidTrailerHeader,
        ),
    ] {
        assert_eq!(Payload::new(declaration, seed, expectations).map(drop), Err(error));
    }
}

#[test]
fn a_plain_body_has_the_length_it_announces() {
    let length: &[(&str, &[u8])] = &[("content-length", b"3")];
    let read = |body| plain(PayloadDeclaration::Unsigned, length, body).map(|d| d.length());
    assert_eq!(read(b"abc"), Ok(3));
    assert_eq!(read(b"ab"), Err(PayloadError::TooShort { received: 2, expected: 3 }));
    assert_eq!(read(b"abcd"), Err(PayloadError::TooLong { expected: 3 }));
}

#[test]
fn the_md5_can_be_left_out_unless_it_was_declared() {
    let none = Payload::new(PayloadDeclaration::Unsigned, None, Expectations::default()).unwrap();
    let (_, digests) = read(none.without_md5(), [b"abc".as_slice()]).unwrap();
    assert_eq!(digests.get().md5(), None);
    let declared = expectations(&[("content-md5", b"JfnnlDI7RTiF9RgfG2JNCw==")]).unwrap();
    for (body, right) in [(b"123456789", true), (b"123456780", false)] {
        let unsigned = PayloadDeclaration::Unsigned;
        let payload = Payload::new(unsigned, None, declared.clone()).unwrap().without_md5();
        assert_eq!(read(payload, [body.as_slice()]).is_ok(), right);
    }
}

fn asked_of(declaration: PayloadDeclaration) -> Payload {
    let payload = Payload::new(declaration, None, Expectations::default()).unwrap();
    payload.with_checksum(ChecksumAlgorithm::Sha256)
}

#[test]
fn a_checksum_nobody_declared_can_be_asked_for() {
    for declaration in [PayloadDeclaration::Unsigned, sha256(WELCOME_SHA256)] {
        let none = Payload::new(declaration, None, Expectations::default()).unwrap();
        assert_eq!(none.checksums().count(), 0);
        let asked = asked_of(declaration).with_checksum(ChecksumAlgorithm::Sha256);
        assert_eq!(asked.checksums().collect::<Vec<_>>(), [ChecksumAlgorithm::Sha256]);
        let (_, digests) = read(asked, [WELCOME]).unwrap();
        let [checksum] = digests.get().checksums() else { panic!("one checksum was asked for") };
        assert_eq!(hex::encode(checksum.value()), WELCOME_SHA256);
        let refused = read(asked_of(declaration), [b"Welcome to Amazon S4.".as_slice()]).is_err();
        assert_eq!(refused, declaration != PayloadDeclaration::Unsigned);
    }
}

#[test]
fn data_is_handed_on_without_copying() {
    let data = vec![7; 20_000];
    for (declaration, body, payload) in chunked_forms(&data) {
        let mut input = Bytes::from(body);
        let range = input.as_ptr_range();
        let mut payload = payload();
        let mut pieces = 0;
        while let Some(piece) = payload.decode(&mut input).unwrap() {
            assert!(range.contains(&piece.as_ptr()), "{declaration}");
            pieces += 1;
        }
        assert_eq!(pieces, 3, "{declaration}");
    }
}

#[test]
fn nothing_is_decoded_after_a_refusal() {
    let (_, _, payload) = chunked_forms(b"abc").remove(2);
    let mut payload = payload();
    assert!(payload.decode(&mut Bytes::from_static(b"zz\r\n")).is_err());
    let again = payload.decode(&mut Bytes::from_static(b"3\r\nabc\r\n"));
    assert_eq!(again, Err(PayloadError::Refused));
    assert_eq!(payload.finish(), Err(PayloadError::Refused));
}

/// Unsigned chunks written by hand; what is computed of `abd` is what the encoder makes of it.
#[test]
fn unsigned_chunks_are_refused_when_malformed() {
    let crc32c = |data: &[u8]| {
        let body = String::from_utf8(encoded(ChunkEncoder::unsigned(CRC32C), data)).unwrap();
        body.split("crc32c:").nth(1).unwrap().trim_end().to_owned()
    };
    let checksum = crc32c(b"abc");
    let good = format!("3\r\nabc\r\n0\r\nx-amz-checksum-crc32c:{checksum}\r\n\r\n");
    let chunk = |chunk, problem| PayloadError::MalformedChunk { chunk, problem };
    let trailer = |problem| PayloadError::MalformedTrailer { problem };
    let cases = [
        (good.replacen("3\r\n", "3\n", 1), chunk(1, "its header has no line break")),
        (good.replacen("3\r\n", "\r\n", 1), chunk(1, "its size is not hexadecimal")),
        (good.replacen('3', "0x3", 1), chunk(1, "its size is not hexadecimal")),
        (good.replacen('3', "-3", 1), chunk(1, "its size is not hexadecimal")),
        (good.replacen('3', "3;a=b", 1), chunk(1, "its size is not hexadecimal")),
        (good.replacen('3', "00000000000000003", 1), chunk(1, "its size is not hexadecimal")),
        (good.replacen('3', &"0".repeat(200), 1), chunk(1, "its header is too long")),
        (good.replacen('3', "4", 1), PayloadError::TooLong { expected: 3 }),
        (good.replacen('3', "ffffffffffffffff", 1), PayloadError::TooLong { expected: 3 }),
        (good.replacen('3', "2", 1), chunk(1, "no line break stands behind it")),
        (good.replacen("abc\r\n", "abc\n\n", 1), chunk(1, "no line break stands behind it")),
        (good.replacen("abc\r\n", "abc\r\r", 1), chunk(1, "no line break stands behind it")),
        (
            good.replacen("3\r\nabc\r\n", "2\r\nab\r\n", 1),
            PayloadError::TooShort { received: 2, expected: 3 },
        ),
        (
            good.replacen("3\r\nabc", "1\r\na\r\n2\r\nbc", 1),
            PayloadError::InvalidChunkSize { chunk: 2, size: 1 },
        ),
        (format!("{good}x"), PayloadError::BehindEnd),
        (
            good.replace("x-amz-checksum-crc32c:", "x-amz-checksum-crc32:"),
            trailer("one was not announced by x-amz-trailer"),
        ),
        (
            good.replace("x-amz-checksum-crc32c:", "x-amz-trailer-signature:"),
            trailer("one was not announced by x-amz-trailer"),
        ),
        (good.replace("crc32c:", "crc32c="), trailer("a line has no colon")),
        (good.replace(&checksum, ""), trailer("a value is not a checksum by its algorithm")),
        (good.replace("x-amz", &"x".repeat(300)), trailer("a line is too long")),
        (
            good.replace(
                "x-amz-checksum",
                &format!("x-amz-checksum-crc32c:{checksum}\r\nx-amz-checksum"),
            ),
            trailer("one comes twice"),
        ),
        (
            "3\r\nabc\r\n0\r\n\r\n".to_owned(),
            PayloadError::TrailerMissing { name: "x-amz-checksum-crc32c" },
        ),
        (
            good.replacen("abc", "abd", 1),
            PayloadError::ChecksumMismatch {
                algorithm: ChecksumAlgorithm::Crc32c,
                declared: checksum.clone(),
                computed: crc32c(b"abd"),
            },
        ),
    ];
    let payload = || {
        let declaration = PayloadDeclaration::UnsignedChunksWithTrailer;
        Payload::new(declaration, None, announced(3, CRC32C)).unwrap()
    };
    assert!(read(payload(), [good.as_bytes()]).is_ok());
    for same in [
        good.replace("crc32c:", "crc32c : "),
        good.replace("x-amz-c", "X-Amz-C"),
        good.replacen('3', "03", 1),
    ] {
        assert!(read(payload(), [same.as_bytes()]).is_ok(), "{same}");
    }
    for (body, error) in cases {
        let outcome = read(payload(), [body.as_bytes()]).map(drop);
        assert_eq!(outcome, Err(error), "{body:?}");
    }
}

#[test]
fn every_chunk_but_the_last_has_8192_bytes() {
    for (first, last, outcome) in [
        (8192, 1, Ok(())),
        (8191, 0, Ok(())),
        (8191, 1, Err(PayloadError::InvalidChunkSize { chunk: 2, size: 8191 })),
    ] {
        let (first, last) = (vec![1; first], vec![1; last]);
        let length = (first.len() + last.len()) as u64;
        let signed = PayloadDeclaration::SignedChunks;
        let unsigned = PayloadDeclaration::UnsignedChunksWithTrailer;
        for (mut encoder, payload) in [
            (
                ChunkEncoder::signed(seed(signed), &[]),
                Payload::new(signed, Some(seed(signed)), announced(length, &[])),
            ),
            (
                ChunkEncoder::unsigned(CRC32C),
                Payload::new(unsigned, None, announced(length, CRC32C)),
            ),
        ] {
            let body = [encoder.chunk(&first), encoder.chunk(&last), encoder.finish()].concat();
            assert_eq!(read(payload.unwrap(), [body.as_slice()]).map(drop), outcome);
        }
    }
}

/// minio-go ends the checksum's line with a line feed, and puts an empty line before the signature.
#[test]
fn the_other_spelling_of_signed_trailers_is_read() {
    let (_, body, payload) = chunked_forms(b"abc").remove(1);
    let body = String::from_utf8(body).unwrap();
    let other = body.replace("==\r\nx-amz-trailer", "==\n\r\nx-amz-trailer");
    assert_ne!(other, body);
    assert!(read(payload(), [other.as_bytes()]).is_ok());
    // What follows the signature is not covered by it.
    let behind = body.replace("\r\n\r\n", "\r\nx-amz-checksum-crc32c:AAAAAA==\r\n\r\n");
    let error = read(payload(), [behind.as_bytes()]).unwrap_err();
    assert_eq!(error, PayloadError::MalformedTrailer { problem: "one follows their signature" });
    let endless = body.replace("x-amz-checksum", &format!("{}x-amz-checksum", "\r\n".repeat(20)));
    let error = read(payload(), [endless.as_bytes()]).unwrap_err();
    assert_eq!(error, PayloadError::MalformedTrailer { problem: "there are too many" });
}

#[test]
fn wrong_signatures_are_told_apart() {
    let data = vec![1; 10_000];
    let spoil = |body: &[u8], marker: &str, nth: usize| {
        let text = String::from_utf8(body.to_vec()).unwrap();
        let (at, _) = text.match_indices(marker).nth(nth).unwrap();
        let mut body = body.to_vec();
        let digit = &mut body[at + marker.len()];
        *digit = if *digit == b'0' { b'1' } else { b'0' };
        body
    };
    let (_, body, payload) = chunked_forms(&data).remove(1);
    for (nth, chunk) in [(0, 1), (1, 2), (2, 3)] {
        let altered = spoil(&body, "chunk-signature=", nth);
        let error = read(payload(), [altered.as_slice()]).unwrap_err();
        assert_eq!(error, PayloadError::ChunkSignature { chunk });
    }
    let altered = spoil(&body, "trailer-signature:", 0);
    assert_eq!(read(payload(), [altered.as_slice()]).unwrap_err(), PayloadError::TrailerSignature);
    let altered = spoil(&body, "crc32c:", 0);
    assert_eq!(read(payload(), [altered.as_slice()]).unwrap_err(), PayloadError::TrailerSignature);
    let missing = String::from_utf8(body.clone()).unwrap().replacen(";chunk-signature=", ";x=", 1);
    let problem = "its header has no signature";
    let error = read(payload(), [missing.as_bytes()]).unwrap_err();
    assert_eq!(error, PayloadError::MalformedChunk { chunk: 1, problem });
}
