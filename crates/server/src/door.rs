//! One request at the front door: is it whole, whom is it for, and what goes back.

use std::{
    io,
    net::{IpAddr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _, TryStreamExt as _, stream};
use gate::{Gate, Incoming, RequestBody};
use http::{
    HeaderMap, HeaderName, HeaderValue, Request, StatusCode, Version, header, uri::Authority,
};
use http_body_util::{BodyExt as _, Either, Full, StreamBody};
use hyper::body::{Body as _, Frame};
use types::{Entropy, Region, RequestId, Uuid};
use wire::{Body, Refusal, Response, Service};

use crate::{
    cors, pace,
    route::{self, Route},
};

/// The most that all headers together may have, in bytes.
const HEADERS_BYTES_MAX: usize = 32 * 1024;
/// The longest path and query, in bytes.
const URL_BYTES_MAX: usize = 16 * 1024;

/// What every request needs.
pub(crate) struct Door {
    pub(crate) gate: Gate,
    pub(crate) entropy: Arc<dyn Entropy>,
    pub(crate) region: Region,
    pub(crate) trusted_proxies: Vec<IpAddr>,
}

/// A body as hyper sends it.
pub(crate) type OutgoingBody =
    Either<Full<Bytes>, StreamBody<stream::BoxStream<'static, Result<Frame<Bytes>, io::Error>>>>;

impl Door {
    pub(crate) async fn answer(
        &self,
        request: Request<hyper::body::Incoming>,
        peer: SocketAddr,
    ) -> http::Response<OutgoingBody> {
        let request_id = Uuid::random(&*self.entropy);
        let cross_origin = cors::Request::of(request.method(), request.headers());
        let (mut head, body) = request.into_parts();
        let (version, unread) = (head.version, Unread::of(&body));
        let body = data(body, unread.clone()).boxed();
        let mut response = match host(&head) {
            Ok(host) => {
                // A signature covers `host`, also where HTTP/2 spells it `:authority`.
                head.headers.insert(header::HOST, host.text);
                self.routed(head, &host.name, body, peer, request_id, &cross_origin).await
            }
            Err(reason) => refused(reason, request_id),
        };
        if response.headers().get(header::CONTENT_LENGTH).is_none()
            && let Some(length) = response.body().length()
            && response.status() != StatusCode::NO_CONTENT
        {
            response.headers_mut().insert(header::CONTENT_LENGTH, HeaderValue::from(length));
        }
        if unread.remains() && version < Version::HTTP_2 {
            // What is left of it, or never comes after `Expect: 100-continue`, lies before the next
            // request, so the client must not send that here.
            response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        response.map(outgoing)
    }

    async fn routed(
        &self,
        head: http::request::Parts,
        host: &str,
        body: RequestBody,
        peer: SocketAddr,
        request_id: RequestId,
        cross_origin: &cors::Request,
    ) -> Response {
        let path = head.uri.path().to_owned();
        let query = head.uri.query().unwrap_or_default().to_owned();
        if path.len() + query.len() > URL_BYTES_MAX {
            return plain(StatusCode::URI_TOO_LONG, "the URL has more than 16 KiB", request_id);
        }
        if headers_bytes(&head.headers) > HEADERS_BYTES_MAX {
            let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
            return plain(status, "the headers have more than 32 KiB", request_id);
        }
        let route = route::route(route::Head {
            method: &head.method,
            host,
            path: &path,
            query: &query,
            headers: &head.headers,
        });
        if let Some(response) = cors::preflight(cross_origin, &route, &path) {
            return response;
        }
        let (service, bucket_in_host) = match &route {
            Route::Service { service, bucket_in_host } => (*service, bucket_in_host.clone()),
            Route::Health => return plain(StatusCode::OK, "serving", request_id),
            Route::UnknownService(name) => {
                let message = format!("the service {name:?} is not served here");
                let fault = Refusal::UnknownOperation.fault(Service::CognitoIdp, message);
                return wire::write_fault(Service::CognitoIdp, &fault, None, &request_id, false);
            }
            Route::Refused(reason) => return refused(reason, request_id),
        };
        let source_ip = source_ip(&self.trusted_proxies, peer.ip(), &head.headers);
        let secure_transport = over_tls(&self.trusted_proxies, peer.ip(), &head.headers);
        let incoming = Incoming {
            request_id,
            service,
            method: head.method,
            path,
            query,
            headers: head.headers,
            bucket_in_host,
            region: self.region.clone(),
            source_ip: Some(source_ip),
            secure_transport,
            body: pace::paced(body).boxed(),
        };
        let mut response = self.gate.serve(incoming).await;
        cors::allow(cross_origin, &route, response.headers_mut());
        response
    }
}

/// The client's address: the peer's, or what the nearest trusted proxies say of it.
fn source_ip(trusted_proxies: &[IpAddr], peer: IpAddr, headers: &HeaderMap) -> IpAddr {
    const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");
    // An address of IPv4 is one however it arrives: policies and lists spell it so.
    let mut address = peer.to_canonical();
    let lines: Vec<&str> =
        headers.get_all(FORWARDED_FOR).iter().filter_map(|line| line.to_str().ok()).collect();
    let mut hops = lines.iter().flat_map(|line| line.split(',')).map(str::trim).rev();
    while trusted_proxies.contains(&address) {
        match hops.next().and_then(|hop| hop.parse::<IpAddr>().ok()) {
            Some(before) => address = before.to_canonical(),
            None => break,
        }
    }
    address
}

/// Whether the client spoke TLS: with a trusted proxy, as that one says. There is none here yet.
fn over_tls(trusted_proxies: &[IpAddr], peer: IpAddr, headers: &HeaderMap) -> bool {
    const FORWARDED_PROTO: HeaderName = HeaderName::from_static("x-forwarded-proto");
    trusted_proxies.contains(&peer.to_canonical())
        && headers.get(FORWARDED_PROTO).is_some_and(|proto| proto.as_bytes() == b"https")
}

struct Host {
    /// As the signature has it, with the port.
    text: HeaderValue,
    /// Without port, in lower case.
    name: String,
}

/// The one host that the request names (RFC 9112, section 3.2; RFC 9113, section 8.3.1).
fn host(head: &http::request::Parts) -> Result<Host, &'static str> {
    let mut lines = head.headers.get_all(header::HOST).iter();
    let text = match (lines.next(), lines.next(), head.uri.authority()) {
        (Some(line), None, None) => line.clone(),
        (Some(line), None, Some(authority)) if line.as_bytes() == authority.as_str().as_bytes() => {
            line.clone()
        }
        (Some(_), None, Some(_)) => return Err("Host is not what the request's target says"),
        (Some(_), Some(_), _) => return Err("more than one Host header"),
        (None, _, Some(authority)) => {
            HeaderValue::from_str(authority.as_str()).map_err(|_| "the host is not readable")?
        }
        (None, _, None) => return Err("a Host header is required"),
    };
    let authority: Authority =
        text.to_str().ok().and_then(|text| text.parse().ok()).ok_or("the host is not readable")?;
    if authority.as_str().contains('@') {
        return Err("the host contains user information");
    }
    let name = authority.host().trim_end_matches('.').to_ascii_lowercase();
    Ok(Host { text, name })
}

fn headers_bytes(headers: &HeaderMap) -> usize {
    headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum()
}

/// Whether something of a request's body has not been read.
#[derive(Clone)]
struct Unread(Arc<AtomicBool>);

impl Unread {
    fn of(body: &hyper::body::Incoming) -> Self {
        Self(Arc::new(AtomicBool::new(!body.is_end_stream())))
    }

    fn update(&self, body: &hyper::body::Incoming) {
        self.0.store(!body.is_end_stream(), Ordering::Relaxed);
    }

    fn remains(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The data of a body, without trailers: AWS's own trailers travel inside the data.
fn data(
    body: hyper::body::Incoming,
    unread: Unread,
) -> impl Stream<Item = Result<Bytes, io::Error>> + Send + 'static {
    stream::try_unfold((body, unread), |(mut body, unread)| async move {
        while let Some(frame) = body.frame().await {
            let frame = frame.map_err(io::Error::other)?;
            unread.update(&body);
            if let Ok(data) = frame.into_data() {
                return Ok(Some((data, (body, unread))));
            }
        }
        unread.update(&body);
        Ok(None)
    })
}

fn outgoing(body: Body) -> OutgoingBody {
    match body {
        Body::Empty => Either::Left(Full::default()),
        Body::Bytes(bytes) => Either::Left(Full::new(bytes)),
        Body::Stream { stream, .. } => {
            Either::Right(StreamBody::new(stream.map_ok(Frame::data).boxed()))
        }
    }
}

/// A request that is for no service: 400, and the connection ends, since what follows on it cannot
/// be trusted to be what the client meant.
fn refused(reason: &str, request_id: RequestId) -> Response {
    let mut response = plain(StatusCode::BAD_REQUEST, reason, request_id);
    response.headers_mut().insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn plain(status: StatusCode, text: &str, request_id: RequestId) -> Response {
    let mut response = Response::new(Body::from(format!("{text}\n")));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    if let Ok(id) = HeaderValue::from_str(&request_id.to_string()) {
        headers.insert(HeaderName::from_static("x-amzn-requestid"), id);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_the_peers_unless_trusted_proxies_say_otherwise() {
        let proxies = ["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        for (peer, forwarded_for, expected) in [
            ("192.0.2.7", None, "192.0.2.7"),
            ("192.0.2.7", Some("198.51.100.1"), "192.0.2.7"),
            ("10.0.0.1", None, "10.0.0.1"),
            ("10.0.0.1", Some("198.51.100.1"), "198.51.100.1"),
            // What the client itself wrote stands before what the proxies add.
            ("10.0.0.1", Some("203.0.113.9, 198.51.100.1, 10.0.0.2"), "198.51.100.1"),
            ("10.0.0.1", Some("nonsense"), "10.0.0.1"),
            // A socket for both families spells addresses of IPv4 so.
            ("::ffff:192.0.2.7", None, "192.0.2.7"),
            ("::ffff:10.0.0.1", Some("::ffff:198.51.100.1"), "198.51.100.1"),
            ("2001:db8::7", None, "2001:db8::7"),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = forwarded_for {
                headers.insert("x-forwarded-for", value.parse().unwrap());
            }
            let found = source_ip(&proxies, peer.parse().unwrap(), &headers);
            assert_eq!(found.to_string(), expected, "{peer} {forwarded_for:?}");
        }
    }

    #[test]
    fn tls_is_what_a_trusted_proxy_says_of_it() {
        let proxies = ["10.0.0.1".parse().unwrap()];
        for (peer, proto, expected) in [
            ("10.0.0.1", Some("https"), true),
            ("10.0.0.1", Some("http"), false),
            ("10.0.0.1", None, false),
            ("192.0.2.7", Some("https"), false),
        ] {
            let mut headers = HeaderMap::new();
            if let Some(value) = proto {
                headers.insert("x-forwarded-proto", value.parse().unwrap());
            }
            let found = over_tls(&proxies, peer.parse().unwrap(), &headers);
            assert_eq!(found, expected, "{peer} {proto:?}");
        }
    }
}
