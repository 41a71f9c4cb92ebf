//! A client that signs, and can be told to do it wrongly. It writes requests byte by byte, so that it
//! sends what no SDK would.

use std::net::SocketAddr;

use serde_json::Value;
use sigv4::{ChecksumAlgorithm, PayloadDeclaration, Request, Seed, Signer};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use types::{SecretString, Timestamp};

/// What a request is signed with.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) access_key_id: String,
    pub(crate) secret: SecretString,
    pub(crate) token: Option<String>,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body)
            .unwrap_or_else(|_| panic!("{} is not JSON: {}", self.status, self.text()))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// AWS's error code, of whichever protocol.
    pub(crate) fn code(&self) -> String {
        if self.status < 400 {
            return format!("({})", self.status);
        }
        let text = self.text();
        match text.split_once("<Code>") {
            Some((_, rest)) => rest.split('<').next().unwrap().to_owned(),
            None if text.starts_with('{') => self.json()["__type"].as_str().unwrap().to_owned(),
            None => format!("({})", self.status),
        }
    }

    pub(crate) fn request_id(&self) -> String {
        let id = self.header("x-amzn-requestid").or_else(|| self.header("x-amz-request-id"));
        id.expect("every reply names its request").to_owned()
    }

    /// The text of an element of an XML reply.
    pub(crate) fn element(&self, name: &str) -> String {
        let text = self.text();
        let (_, rest) =
            text.split_once(&format!("<{name}>")).unwrap_or_else(|| panic!("{name} in {text}"));
        rest.split('<').next().unwrap().to_owned()
    }

    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status, status, "{}", self.text());
        self
    }

    #[track_caller]
    pub(crate) fn refused(self, status: u16, code: &str) -> Self {
        assert_eq!((self.status, self.code().as_str()), (status, code), "{}", self.text());
        self
    }
}

/// A request about to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) service: &'static str,
    pub(crate) method: &'static str,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
    pub(crate) payload: Option<PayloadDeclaration>,
}

impl Call {
    pub(crate) fn s3(method: &'static str, path: &str) -> Self {
        let (path, query) = path.split_once('?').unwrap_or((path, ""));
        Self {
            service: "s3",
            method,
            path: path.to_owned(),
            query: query.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            payload: None,
        }
    }

    pub(crate) fn json(service: &'static str, action: &str, input: &Value) -> Self {
        let prefix = match service {
            "cloakroom" => "Cloakroom",
            "cognito-idp" => "AWSCognitoIdentityProviderService",
            _ => "AWSCognitoIdentityService",
        };
        Self { service, method: "POST", ..Self::s3("POST", "/") }
            .with("x-amz-target", &format!("{prefix}.{action}"))
            .with("content-type", "application/x-amz-json-1.1")
            .body(input.to_string())
    }

    pub(crate) fn query(service: &'static str, action: &str, input: &[(&str, &str)]) -> Self {
        let version = match service {
            "iam" => "2010-05-08",
            "cloudformation" => "2010-05-15",
            _ => "2011-06-15",
        };
        let mut body = format!("Action={action}&Version={version}");
        for (name, value) in input {
            body.push_str(&format!("&{name}={}", encode(value)));
        }
        Self { service, method: "POST", ..Self::s3("POST", "/") }
            .with("content-type", "application/x-www-form-urlencoded; charset=utf-8")
            .body(body)
    }

    pub(crate) fn with(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// The same with a checksum of its body.
    pub(crate) fn checked(self) -> Self {
        let checksum = sigv4::Checksum::of(ChecksumAlgorithm::Crc32, &self.body).to_base64();
        self.with("x-amz-checksum-crc32", &checksum)
    }
}

/// Percent-encodes everything but unreserved characters.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Sends calls to one server.
#[derive(Clone, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    pub(crate) region: String,
    pub(crate) now: Timestamp,
}

impl Client {
    /// The call with the headers that sign it, and the seed of its chunks.
    pub(crate) fn sign(&self, keys: &Keys, call: &Call) -> (Call, Seed) {
        let mut call = call.clone();
        call.headers.push(("host".to_owned(), self.address.to_string()));
        let headers: Vec<(&str, &[u8])> =
            call.headers.iter().map(|(n, v)| (n.as_str(), v.as_bytes())).collect();
        let signer = self.signer(keys, call.service);
        let request = Request {
            method: call.method,
            path: &call.path,
            query: &call.query,
            headers: &headers,
        };
        let payload = call.payload.unwrap_or_else(|| {
            use sha2::Digest as _;
            PayloadDeclaration::Sha256(sha2::Sha256::digest(&call.body).into())
        });
        let signature = signer.sign_headers(&request, payload);
        let own = signature.headers.iter().map(|(n, v)| ((*n).to_owned(), v.clone()));
        call.headers.extend(own.collect::<Vec<_>>());
        (call, signature.seed)
    }

    /// The call as a presigned URL, good for so many seconds. It is sent unsigned.
    pub(crate) fn presign(&self, keys: &Keys, call: &Call, seconds: u32) -> Call {
        let host = self.address.to_string();
        let headers: [(&str, &[u8]); 1] = [("host", host.as_bytes())];
        let (path, query) = (&call.path, &call.query);
        let request = Request { method: call.method, path, query, headers: &headers };
        let query = self.signer(keys, call.service).presign(&request, seconds).unwrap();
        Call { query, ..call.clone() }
    }

    fn signer<'a>(&self, keys: &'a Keys, service: &str) -> Signer<'a> {
        let credentials = sigv4::Credentials {
            access_key_id: &keys.access_key_id,
            secret_access_key: &keys.secret,
            session_token: keys.token.as_deref(),
        };
        Signer::new(credentials, &self.region.parse().unwrap(), service, self.now)
    }

    pub(crate) async fn signed(&self, keys: &Keys, call: &Call) -> Reply {
        let (call, _) = self.sign(keys, call);
        self.send(&call).await
    }

    pub(crate) async fn unsigned(&self, call: &Call) -> Reply {
        self.send(&call.clone().with("host", &self.address.to_string())).await
    }

    /// Sends the call as it stands.
    pub(crate) async fn send(&self, call: &Call) -> Reply {
        let has_length = call.headers.iter().any(|(name, _)| name == "content-length");
        let mut head = format!("{} {}", call.method, call.path);
        if !call.query.is_empty() {
            head.push_str(&format!("?{}", call.query));
        }
        head.push_str(" HTTP/1.1\r\n");
        for (name, value) in &call.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if !has_length {
            head.push_str(&format!("content-length: {}\r\n", call.body.len()));
        }
        head.push_str("connection: close\r\n\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&call.body);
        self.raw(&bytes).await
    }

    /// Sends bytes and reads the reply to the end of the connection.
    pub(crate) async fn raw(&self, bytes: &[u8]) -> Reply {
        let mut stream = TcpStream::connect(self.address).await.unwrap();
        // The server may refuse before it has read everything, and close.
        drop(stream.write_all(bytes).await);
        let mut received = Vec::new();
        drop(stream.read_to_end(&mut received).await);
        parse(&received)
    }
}

fn parse(received: &[u8]) -> Reply {
    let end = received.windows(4).position(|four| four == b"\r\n\r\n");
    let end = end.unwrap_or_else(|| panic!("no reply: {}", String::from_utf8_lossy(received)));
    let text = String::from_utf8(received[..end].to_vec()).unwrap();
    let mut lines = text.split("\r\n");
    let status: u16 = lines.next().unwrap().split(' ').nth(1).unwrap().parse().unwrap();
    let headers: Vec<(String, String)> = lines
        .map(|line| line.split_once(':').unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned()))
        .collect();
    let mut body = received[end + 4..].to_vec();
    if status == 100 {
        return parse(&body);
    }
    if headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked") {
        body = dechunk(&body);
    }
    Reply { status, headers, body }
}

fn dechunk(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let end = rest.windows(2).position(|two| two == b"\r\n").unwrap();
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..end]).unwrap(), 16).unwrap();
        if size == 0 {
            return body;
        }
        body.extend_from_slice(&rest[end + 2..end + 2 + size]);
        rest = &rest[end + 4 + size..];
    }
}
