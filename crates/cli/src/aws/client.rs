use std::{fmt, pin::pin, str::FromStr, sync::Arc, time::Duration};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Uri, header::HOST};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use sha2::{Digest as _, Sha256};
use sigv4::{PayloadDeclaration, Signer};
use tokio::{net::TcpStream, select, time::timeout};
use types::{Clock, Region};

use super::{Answer, Credentials};

/// What an answer may at most be long: the commands read small ones only.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;
/// How long one request may take, from connecting to the last byte of the answer.
const REQUEST_TIME_MAX: Duration = Duration::from_secs(30);

/// RFC 3986's unreserved characters stay, as Signature Version 4 demands.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');
const ENCODED_IN_PATH: &AsciiSet = &ENCODED.remove(b'/');

/// A query's name or value as it travels and is signed.
pub(crate) fn encode(text: &str) -> String {
    utf8_percent_encode(text, ENCODED).to_string()
}

/// A path as it travels and is signed; slashes stay.
pub(crate) fn encode_path(path: &str) -> String {
    utf8_percent_encode(path, ENCODED_IN_PATH).to_string()
}

/// Where the server is: `http://HOST[:PORT]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Endpoint {
    host: String,
    port: u16,
}

/// A text that is not an [`Endpoint`].
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an endpoint this client can reach (http://HOST:PORT, without a path)")]
pub(crate) struct EndpointError(String);

impl FromStr for Endpoint {
    type Err = EndpointError;

    fn from_str(text: &str) -> Result<Self, EndpointError> {
        let wrong = || EndpointError(text.chars().take(200).collect());
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        let host = uri.host().ok_or_else(wrong)?.to_owned();
        let bare = matches!(uri.path(), "" | "/") && uri.query().is_none();
        let user = uri.authority().is_some_and(|authority| authority.as_str().contains('@'));
        if uri.scheme_str() != Some("http") || !bare || user {
            return Err(wrong());
        }
        Ok(Self { host, port: uri.port_u16().unwrap_or(80) })
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http://{}:{}", self.host, self.port)
    }
}

/// No answer came.
#[derive(Debug, thiserror::Error)]
#[error("no answer from {endpoint}; is the server running there?")]
pub(crate) struct Unreachable {
    endpoint: Endpoint,
    source: Box<dyn std::error::Error + Send + Sync>,
}

/// A request, complete but for host and signature. Path and query are encoded already.
pub(crate) struct Request {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

/// A client of one server, as one caller.
#[derive(Clone)]
pub(crate) struct Client {
    endpoint: Endpoint,
    region: Region,
    clock: Arc<dyn Clock>,
    credentials: Option<Credentials>,
}

impl Client {
    /// A client that signs nothing.
    pub(crate) fn new(endpoint: Endpoint, region: Region, clock: Arc<dyn Clock>) -> Self {
        Self { endpoint, region, clock, credentials: None }
    }

    /// The same server, asked by whoever holds these credentials.
    pub(crate) fn signed_by(&self, credentials: &Credentials) -> Self {
        Self { credentials: Some(credentials.clone()), ..self.clone() }
    }

    /// Sends the request, signed if there are credentials, over a connection of its own.
    pub(crate) async fn send(
        &self,
        service: &str,
        mut request: Request,
    ) -> Result<Answer, Unreachable> {
        let answer = async {
            let host = format!("{}:{}", self.endpoint.host, self.endpoint.port);
            request.headers.insert(HOST, host.parse()?);
            if let Some(credentials) = &self.credentials {
                self.sign(service, credentials, &mut request)?;
            }
            timeout(REQUEST_TIME_MAX, exchange(&host, request)).await?
        };
        answer.await.map_err(|source| Unreachable { endpoint: self.endpoint.clone(), source })
    }

    fn sign(
        &self,
        service: &str,
        credentials: &Credentials,
        request: &mut Request,
    ) -> Result<(), Failure> {
        let signing = sigv4::Credentials {
            access_key_id: &credentials.access_key_id,
            secret_access_key: &credentials.secret_access_key,
            session_token: credentials.session_token.as_ref().map(|token| token.expose().as_str()),
        };
        let signer = Signer::new(signing, &self.region, service, self.clock.now());
        let headers: Vec<(&str, &[u8])> =
            request.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
        let made = signer.sign_headers(
            &sigv4::Request {
                method: request.method.as_str(),
                path: &request.path,
                query: &request.query,
                headers: &headers,
            },
            PayloadDeclaration::Sha256(Sha256::digest(&request.body).into()),
        );
        for (name, value) in made.headers {
            request.headers.insert(name, HeaderValue::try_from(value)?);
        }
        Ok(())
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

async fn exchange(host: &str, request: Request) -> Result<Answer, Failure> {
    let stream = TcpStream::connect(host).await?;
    stream.set_nodelay(true)?;
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    let Request { method, path, query, headers, body } = request;
    let target = if query.is_empty() { path } else { format!("{path}?{query}") };
    let mut request = http::Request::builder().method(method).uri(target).body(Full::new(body))?;
    *request.headers_mut() = headers;
    let answer = async move {
        let (head, body) = sender.send_request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    };
    // A connection moves only while it is polled: here, beside the request that needs it.
    let (mut answer, connection) = (pin!(answer), pin!(connection));
    select! {
        answer = &mut answer => answer,
        closed = connection => {
            closed?;
            answer.await
        }
    }
}

#[cfg(test)]
mod tests {
    use sigv4::{Dialect, Presented, SigningKey};
    use types::{ManualClock, SecretString, SignedDuration, Timestamp};

    use super::{super::scripted_server::ScriptedServer, *};

    fn client(endpoint: Endpoint) -> Client {
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        Client::new(endpoint, "eu-west-1".parse().unwrap(), clock)
    }

    fn request() -> Request {
        Request {
            method: Method::PUT,
            path: encode_path("/bucket/a b/ä"),
            query: "x=1".to_owned(),
            headers: HeaderMap::new(),
            body: Bytes::from_static(b"body"),
        }
    }

    fn credentials() -> Credentials {
        Credentials {
            access_key_id: "ASIAABCDEFGHIJKLMNOP".to_owned(),
            secret_access_key: SecretString::from("secret"),
            session_token: Some(SecretString::from("token")),
            expiration: None,
        }
    }

    #[tokio::test]
    async fn what_arrives_carries_a_signature_that_holds() {
        let server = ScriptedServer::start(&[(200, "done")]);
        let client = client(server.endpoint.clone()).signed_by(&credentials());
        let answer = client.send("s3", request()).await.unwrap();
        assert_eq!((answer.status.as_u16(), &*answer.body), (200, &b"done"[..]));

        let received = server.received().remove(0);
        assert_eq!(received.body, "body");
        let mut lines = received.head.lines();
        assert_eq!(lines.next(), Some("PUT /bucket/a%20b/%C3%A4?x=1 HTTP/1.1"));
        let headers: Vec<(&str, &[u8])> = lines
            .map(|line| line.split_once(": ").unwrap())
            .map(|(name, value)| (name, value.as_bytes()))
            .collect();
        let path = "/bucket/a%20b/%C3%A4";
        let arrived = sigv4::Request { method: "PUT", path, query: "x=1", headers: &headers };
        let presented = Presented::from_request(&arrived).unwrap().unwrap();
        assert_eq!(presented.session_token(), Some("token"));
        assert_eq!(presented.scope().service(), "s3");
        let key = SigningKey::derive(&SecretString::from("secret"), presented.scope());
        let (window, now) = (SignedDuration::ZERO, Timestamp::UNIX_EPOCH);
        presented.check(&key, Dialect::S3, window, now).unwrap();
        let key = SigningKey::derive(&SecretString::from("other"), presented.scope());
        assert!(presented.check(&key, Dialect::S3, window, now).is_err());
    }

    #[tokio::test]
    async fn without_credentials_nothing_is_signed() {
        let server = ScriptedServer::start(&[(403, "")]);
        let answer = client(server.endpoint.clone()).send("s3", request()).await.unwrap();
        assert_eq!(answer.status.as_u16(), 403);
        let head = server.received().remove(0).head;
        assert!(!head.contains("authorization") && !head.contains("x-amz-"), "{head}");
    }

    #[tokio::test]
    async fn nobody_there_is_said_with_the_address() {
        let endpoint = ScriptedServer::start(&[]).endpoint;
        let error = client(endpoint.clone()).send("s3", request()).await.unwrap_err();
        assert!(error.to_string().contains(&endpoint.to_string()), "{error}");
    }

    #[test]
    fn an_endpoint_is_scheme_host_and_port() {
        let endpoint: Endpoint = "http://127.0.0.1:4566".parse().unwrap();
        assert_eq!(endpoint.to_string(), "http://127.0.0.1:4566");
        assert_eq!("http://localhost/".parse::<Endpoint>().unwrap().port, 80);
        assert_eq!("http://[::1]:9".parse::<Endpoint>().unwrap().host, "[::1]");
        for text in ["", "127.0.0.1:4566", "https://h", "http://h/x", "http://u:p@h", "http://h?q"]
        {
            assert!(text.parse::<Endpoint>().is_err(), "{text}");
        }
    }

    #[test]
    fn paths_keep_their_slashes_and_nothing_else() {
        assert_eq!(encode_path("/b/us-east-1:1 ä/../*~"), "/b/us-east-1%3A1%20%C3%A4/../%2A~");
        assert_eq!(encode("a/b=c"), "a%2Fb%3Dc");
    }
}
