//! Uploads that are not what they say: the old object stays as it was.

use sigv4::{ChecksumAlgorithm, ChunkEncoder, PayloadDeclaration};

use tokio::io::AsyncWriteExt as _;

use crate::{client::Call, world::World};

/// What a chunked upload of `data` is, before and after something is done to its body.
struct Chunked {
    declaration: PayloadDeclaration,
    trailers: &'static [ChecksumAlgorithm],
    announced: usize,
}

impl Chunked {
    fn new(declaration: PayloadDeclaration, length: usize) -> Self {
        let trailers: &[ChecksumAlgorithm] =
            if declaration.has_trailer() { &[ChecksumAlgorithm::Crc32] } else { &[] };
        Self { declaration, trailers, announced: length }
    }

    /// Signs the upload, encodes `data` in two chunks, lets `alter` change the encoded body, sends.
    async fn send(
        &self,
        world: &World,
        data: &[u8],
        alter: impl FnOnce(&mut Vec<u8>),
    ) -> crate::client::Reply {
        let mut call = Call::s3("PUT", &world.user.path("data.txt"))
            .with("content-encoding", "aws-chunked")
            .with("x-amz-decoded-content-length", &self.announced.to_string());
        if self.declaration.has_trailer() {
            call = call.with("x-amz-trailer", "x-amz-checksum-crc32");
        }
        call.payload = Some(self.declaration);
        let (mut call, seed) = world.server.client().sign(&world.user.keys, &call);
        let mut encoder = if self.declaration.has_signed_chunks() {
            ChunkEncoder::signed(seed, self.trailers)
        } else {
            ChunkEncoder::unsigned(self.trailers)
        };
        let (first, second) = data.split_at(data.len().min(8192));
        let mut body = encoder.chunk(first);
        body.extend(encoder.chunk(second));
        body.extend(encoder.finish());
        alter(&mut body);
        world.server.client().send(&call_with(&mut call, body)).await
    }
}

fn call_with(call: &mut Call, body: Vec<u8>) -> Call {
    call.clone().body(body)
}

const DECLARATIONS: [PayloadDeclaration; 3] = [
    PayloadDeclaration::SignedChunks,
    PayloadDeclaration::SignedChunksWithTrailer,
    PayloadDeclaration::UnsignedChunksWithTrailer,
];

fn last_digits(body: &[u8], marker: &str) -> usize {
    let text = String::from_utf8_lossy(body).into_owned();
    text.rfind(marker).unwrap() + marker.len()
}

#[tokio::test]
async fn chunked_uploads_arrive_whole_or_not_at_all() {
    let world = World::new().await;
    let data = vec![b'x'; 10_000];
    for declaration in DECLARATIONS {
        let upload = Chunked::new(declaration, data.len());
        let restore = Call::s3("PUT", &world.user.path("data.txt")).body("user's");
        world.as_person(&world.user, &restore).await.expect(200);

        // A stream that is cut: in a chunk, and before the end of the last one.
        for keep in [4000, 9000] {
            let reply = upload.send(&world, &data, |body| body.truncate(keep)).await;
            reply.refused(400, "IncompleteBody");
            world.reads_own(&world.user).await;
        }
        // More or less data than was announced.
        for announced in [data.len() - 1, data.len() + 1] {
            let upload = Chunked { announced, ..Chunked::new(declaration, 0) };
            upload.send(&world, &data, |_| {}).await.refused(400, "IncompleteBody");
            world.reads_own(&world.user).await;
        }
        // A last chunk with a wrong signature.
        if declaration.has_signed_chunks() {
            let spoil = |body: &mut Vec<u8>| {
                let at = last_digits(body, "0;chunk-signature=");
                body[at] = if body[at] == b'0' { b'1' } else { b'0' };
            };
            upload.send(&world, &data, spoil).await.refused(403, "SignatureDoesNotMatch");
            world.reads_own(&world.user).await;
            let alter = |body: &mut Vec<u8>| body[5000] = b'y';
            upload.send(&world, &data, alter).await.refused(403, "SignatureDoesNotMatch");
            world.reads_own(&world.user).await;
        }
        // A wrong checksum in the trailer.
        if declaration.has_trailer() {
            let spoil = |body: &mut Vec<u8>| {
                let at = last_digits(body, "x-amz-checksum-crc32:");
                body[at] = if body[at] == b'A' { b'B' } else { b'A' };
            };
            let reply = upload.send(&world, &data, spoil).await;
            let signed = declaration.has_signed_chunks();
            reply.refused(
                if signed { 403 } else { 400 },
                if signed { "SignatureDoesNotMatch" } else { "BadDigest" },
            );
            world.reads_own(&world.user).await;
        }
        // The positive twin.
        upload.send(&world, &data, |_| {}).await.expect(200);
        let get = Call::s3("GET", &world.user.path("data.txt"));
        assert_eq!(world.as_person(&world.user, &get).await.expect(200).body, data);
    }
}

#[tokio::test]
async fn digests_that_came_along_are_held_to() {
    let world = World::new().await;
    let put = |name: &str, value: &str| {
        Call::s3("PUT", &world.user.path("data.txt")).body("user's").with(name, value)
    };
    // MD5 and CRC32 of "user's", made by other programs.
    let right = [("content-md5", "JZWbWZ15uj0EW5kl00iCLg=="), ("x-amz-checksum-crc32", "HBuOIg==")];
    let wrong = [("content-md5", "AAAAAAAAAAAAAAAAAAAAAA=="), ("x-amz-checksum-crc32", "AAAAAA==")];
    for ((name, right), (_, wrong)) in right.iter().zip(wrong) {
        world.as_person(&world.user, &put(name, wrong)).await.refused(400, "BadDigest");
        world.reads_own(&world.user).await;
        world.as_person(&world.user, &put(name, right)).await.expect(200);
    }
    world.as_person(&world.user, &put("content-md5", "x")).await.refused(400, "InvalidDigest");
}

#[tokio::test]
async fn a_plain_upload_that_is_cut_changes_nothing() {
    let world = World::new().await;
    let data = vec![b'x'; 100_000];
    let put = Call::s3("PUT", &world.user.path("data.txt")).body(data.clone());
    let (signed, _) = world.server.client().sign(&world.user.keys, &put);
    let cut = signed.clone().with("content-length", "100000").body(&data[..50_000]);
    // Nobody is there to read the answer: what counts is that nothing became visible.
    let mut stream = tokio::net::TcpStream::connect(world.server.client().address).await.unwrap();
    let mut head = format!("PUT {} HTTP/1.1\r\n", cut.path);
    for (name, value) in &cut.headers {
        head.push_str(&format!("{name}: {value}\r\n"));
    }
    head.push_str("\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(&cut.body).await.unwrap();
    drop(stream);
    world.reads_own(&world.user).await;
    world.server.client().send(&signed).await.expect(200);
}
