//! Chunked bodies. Raw ones: the same data and the same verdict, however they are cut. Signed ones that
//! were changed: refused, or the data is still what was signed.

#![no_main]
#![expect(clippy::expect_used, reason = "a fuzz target fails by panicking")]

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use sigv4::{
    ChecksumAlgorithm, ChunkEncoder, Credentials, Expectations, Payload, PayloadDeclaration,
    Request, Seed, Signer,
};

const DECLARATIONS: [PayloadDeclaration; 3] = [
    PayloadDeclaration::SignedChunks,
    PayloadDeclaration::SignedChunksWithTrailer,
    PayloadDeclaration::UnsignedChunksWithTrailer,
];

fn seed(declaration: PayloadDeclaration) -> Seed {
    let secret = "secret".into();
    let credentials = Credentials {
        access_key_id: "AKIAIOSFODNN7EXAMPLE",
        secret_access_key: &secret,
        session_token: None,
    };
    let request = Request { method: "PUT", path: "/b/k", query: "", headers: &[("host", b"h")] };
    let now = "2026-01-01T00:00:00Z".parse().expect("a moment");
    let region = "us-east-1".parse().expect("a region");
    Signer::new(credentials, &region, "s3", now).sign_headers(&request, declaration).seed
}

/// Reads a body in pieces of this size: its data, and whether it was accepted.
fn decode(
    body: &[u8],
    declaration: PayloadDeclaration,
    length: usize,
    piece: usize,
) -> (Vec<u8>, bool) {
    let length = length.to_string();
    let mut headers: Vec<(&str, &[u8])> = vec![("x-amz-decoded-content-length", length.as_bytes())];
    if declaration != PayloadDeclaration::SignedChunks {
        headers.push(("x-amz-trailer", b"x-amz-checksum-crc32c"));
    }
    let request = Request { method: "PUT", path: "/b/k", query: "", headers: &headers };
    let expectations = Expectations::from_request(&request).expect("the headers are good");
    let mut payload = Payload::new(declaration, Some(seed(declaration)), expectations)
        .expect("what is announced fits what is declared");
    let mut data = Vec::new();
    for piece in body.chunks(piece.max(1)) {
        let mut input = Bytes::copy_from_slice(piece);
        loop {
            match payload.decode(&mut input) {
                Ok(Some(decoded)) => data.extend_from_slice(&decoded),
                Ok(None) => break,
                Err(_) => return (data, false),
            }
        }
    }
    let accepted = payload.finish().is_ok();
    (data, accepted)
}

fn raw(body: &[u8], declaration: PayloadDeclaration, piece: u8) {
    let whole = decode(body, declaration, 8, body.len());
    let cut = decode(body, declaration, 8, piece.into());
    assert_eq!(whole.1, cut.1, "cut into pieces of {piece}");
    if whole.1 {
        assert_eq!(whole.0, cut.0);
        assert_eq!(whole.0.len(), 8);
    }
}

fn changed(data: &[u8], declaration: PayloadDeclaration, position: u16, change: u8) {
    let trailers: &[ChecksumAlgorithm] = match declaration {
        PayloadDeclaration::SignedChunks => &[],
        _ => &[ChecksumAlgorithm::Crc32c],
    };
    let mut encoder = match declaration {
        PayloadDeclaration::UnsignedChunksWithTrailer => ChunkEncoder::unsigned(trailers),
        _ => ChunkEncoder::signed(seed(declaration), trailers),
    };
    let mut body = encoder.chunk(data);
    body.extend(encoder.finish());
    let place = usize::from(position) % body.len();
    if let Some(byte) = body.get_mut(place) {
        *byte ^= change;
    }
    let (read, accepted) = decode(&body, declaration, data.len(), body.len());
    assert!(accepted || change != 0, "what is not changed is accepted");
    assert!(!accepted || read == data, "accepted, but not what was signed");
}

fuzz_target!(|input: (bool, u8, u8, u16, u8, &[u8])| {
    let (as_raw, form, piece, position, change, bytes) = input;
    let Some(declaration) = DECLARATIONS.get(usize::from(form) % DECLARATIONS.len()) else {
        return;
    };
    if as_raw {
        raw(bytes, *declaration, piece);
    } else {
        changed(bytes, *declaration, position, change);
    }
});
