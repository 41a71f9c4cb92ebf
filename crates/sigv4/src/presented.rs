use std::{borrow::Cow, fmt};

use jiff::SignedDuration;
use types::Timestamp;

use crate::{CredentialScope, Request, Signature, encoding::excerpt, time};

pub(crate) const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// A presigned URL lives at most seven days.
///
/// Source: S3 API Reference, *Authenticating Requests: Using Query Parameters*, `X-Amz-Expires`.
pub const PRESIGNED_SECONDS_MAX: u32 = 604_800;

/// More header names than this are not looked at; AWS's own clients sign about ten.
const SIGNED_HEADERS_MAX: usize = 100;

/// Where a request carries its signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Place {
    /// In the `Authorization` header.
    Header,
    /// In the query: a presigned URL.
    Query,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Header => "the request's headers",
            Self::Query => "the query",
        })
    }
}

/// What a signed request claims, read but not yet believed. [`check`](Self::check) it.
///
/// Sources: S3 API Reference, *Authenticating Requests: Using the Authorization Header* and *Using
/// Query Parameters*.
pub struct Presented<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) place: Place,
    pub(crate) access_key_id: Cow<'a, str>,
    pub(crate) scope: CredentialScope,
    /// Names with `;` between, as sent.
    pub(crate) signed_headers: Cow<'a, str>,
    pub(crate) signature: Signature,
    pub(crate) signed_at: Timestamp,
    /// Whether the time was read from `Date`, since there is no `x-amz-date`.
    pub(crate) time_is_date_header: bool,
    pub(crate) lifetime: Option<SignedDuration>,
    pub(crate) session_token: Option<Cow<'a, str>>,
}

/// Why the signature that a request carries cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PresentedError {
    /// An `Authorization` header and a presigned query at once.
    #[error("the request is signed both by header and by query; send one of them")]
    BothPlaces,
    /// Signature Version 2 or older, which is not served.
    #[error("{place} has a signature of version 2; sign with {ALGORITHM}")]
    Version2 {
        /// Where it was found.
        place: Place,
    },
    /// An `Authorization` header of another scheme, such as `Bearer`. An operation that is not
    /// authorised by signature may read it itself.
    #[error("the authorization scheme {scheme:?} is not {ALGORITHM}")]
    Scheme {
        /// The scheme's name; `(none)` if there is only a token.
        scheme: String,
    },
    /// An AWS algorithm other than AWS4-HMAC-SHA256.
    #[error("the signing algorithm {algorithm:?} in {place} is not {ALGORITHM}")]
    Algorithm {
        /// Where it was found.
        place: Place,
        /// The algorithm's name.
        algorithm: String,
    },
    /// Something that belongs to a signature is not there.
    #[error("{name} is missing from {place}")]
    Missing {
        /// Where it was looked for.
        place: Place,
        /// The missing component, parameter or header.
        name: &'static str,
    },
    /// Something of which there is one in a signature is there several times.
    #[error("{name} occurs more than once in {place}")]
    Repeated {
        /// Where it was found.
        place: Place,
        /// The component, parameter or header.
        name: &'static str,
    },
    /// Something has another form than it must have.
    #[error("{name} in {place} is {value:?}, which is not {expected}")]
    Malformed {
        /// Where it was found.
        place: Place,
        /// The component, parameter or header.
        name: &'static str,
        /// What it should have been, as a noun phrase.
        expected: &'static str,
        /// What it is, at most 200 characters; of a signature or a token only its length.
        value: String,
    },
}

impl PresentedError {
    /// Where the fault lies; S3 names its error after it.
    #[must_use]
    pub fn place(&self) -> Place {
        match self {
            Self::BothPlaces | Self::Scheme { .. } => Place::Header,
            Self::Version2 { place }
            | Self::Algorithm { place, .. }
            | Self::Missing { place, .. }
            | Self::Repeated { place, .. }
            | Self::Malformed { place, .. } => *place,
        }
    }
}

impl<'a> Presented<'a> {
    /// Reads what the request claims; `None` if it is unsigned.
    ///
    /// # Errors
    /// When there is a signature that cannot be read, or one of a kind that is not served.
    pub fn from_request(request: &Request<'a>) -> Result<Option<Self>, PresentedError> {
        let authorization = request
            .single("authorization")
            .map_err(|_| repeated(Place::Header, "Authorization"))?;
        let query = QueryParameters::read(request)?;
        match (authorization, query.any()) {
            (None, false) if query.version2 => {
                Err(PresentedError::Version2 { place: Place::Query })
            }
            (None, false) => Ok(None),
            (Some(_), true) => Err(PresentedError::BothPlaces),
            (Some(authorization), false) => Self::from_header(request, authorization).map(Some),
            (None, true) => Self::from_query(request, query).map(Some),
        }
    }

    fn from_header(request: &Request<'a>, authorization: &'a [u8]) -> Result<Self, PresentedError> {
        let place = Place::Header;
        let components = Components::read(authorization)?;
        let (access_key_id, scope) = credential(place, "Credential", components.credential.into())?;
        let date = single(request, "x-amz-date")?;
        let time_is_date_header = date.is_none();
        let signed_at = if let Some(text) = date {
            time::parse_basic(text)
                .ok_or_else(|| malformed(place, "x-amz-date", "a time (YYYYMMDDTHHMMSSZ)", text))?
        } else {
            let text = single(request, "date")?
                .ok_or(PresentedError::Missing { place, name: "x-amz-date" })?;
            time::parse_date_header(text).ok_or_else(|| {
                malformed(place, "Date", "a date (RFC 9110) or a time (YYYYMMDDTHHMMSSZ)", text)
            })?
        };
        Ok(Self {
            request: *request,
            place,
            access_key_id,
            scope,
            signed_headers: signed_headers(
                place,
                "SignedHeaders",
                components.signed_headers.into(),
            )?,
            signature: signature(place, "Signature", components.signature)?,
            signed_at,
            time_is_date_header,
            lifetime: None,
            session_token: session_token_header(request)?,
        })
    }

    fn from_query(
        request: &Request<'a>,
        query: QueryParameters<'a>,
    ) -> Result<Self, PresentedError> {
        let place = Place::Query;
        let required = |value: Option<Cow<'a, [u8]>>, name| {
            value.ok_or(PresentedError::Missing { place, name })
        };
        let algorithm = required(query.algorithm, "X-Amz-Algorithm")?;
        if *algorithm != *ALGORITHM.as_bytes() {
            return Err(PresentedError::Algorithm { place, algorithm: excerpt(&algorithm) });
        }
        let text = required(query.credential, "X-Amz-Credential")?;
        let text = utf8(text, place, "X-Amz-Credential")?;
        let (access_key_id, scope) = credential(place, "X-Amz-Credential", text)?;
        let date = required(query.date, "X-Amz-Date")?;
        let signed_at = time::parse_basic(&date)
            .ok_or_else(|| malformed(place, "X-Amz-Date", "a time (YYYYMMDDTHHMMSSZ)", &date))?;
        let expires = required(query.expires, "X-Amz-Expires")?;
        let seconds = std::str::from_utf8(&expires)
            .ok()
            .filter(|text| text.bytes().all(|b| b.is_ascii_digit()))
            .and_then(|text| text.parse().ok())
            .filter(|seconds| (1..=PRESIGNED_SECONDS_MAX).contains(seconds))
            .ok_or_else(|| {
                malformed(place, "X-Amz-Expires", "a number of seconds from 1 to 604800", &expires)
            })?;
        let names = required(query.signed_headers, "X-Amz-SignedHeaders")?;
        let names = utf8(names, place, "X-Amz-SignedHeaders")?;
        let session_token = match (query.security_token, session_token_header(request)?) {
            (Some(_), Some(_)) => return Err(repeated(place, "X-Amz-Security-Token")),
            (Some(token), None) => Some(utf8(token, place, "X-Amz-Security-Token")?),
            (None, header) => header,
        };
        Ok(Self {
            request: *request,
            place,
            access_key_id,
            scope,
            signed_headers: signed_headers(place, "X-Amz-SignedHeaders", names)?,
            signature: signature(
                place,
                "X-Amz-Signature",
                &required(query.signature, "X-Amz-Signature")?,
            )?,
            signed_at,
            time_is_date_header: false,
            lifetime: Some(SignedDuration::from_secs(i64::from(seconds))),
            session_token,
        })
    }

    /// Where the signature was.
    #[must_use]
    pub fn place(&self) -> Place {
        self.place
    }

    /// Whose key is said to have signed. Any text without `/`: whether there is such a key, and
    /// whether one could have this form, is for the caller to find out.
    #[must_use]
    pub fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// The day, region and service that the signature is for.
    #[must_use]
    pub fn scope(&self) -> &CredentialScope {
        &self.scope
    }

    /// The names of the signed headers, lower case, ascending.
    pub fn signed_headers(&self) -> impl Iterator<Item = &str> {
        self.signed_headers.split(';')
    }

    /// The signature.
    #[must_use]
    pub fn signature(&self) -> Signature {
        self.signature
    }

    /// When the request says it was signed, to the second.
    #[must_use]
    pub fn signed_at(&self) -> Timestamp {
        self.signed_at
    }

    /// How long a presigned URL is good, from [`signed_at`](Self::signed_at): 1 to 604,800 seconds.
    #[must_use]
    pub fn lifetime(&self) -> Option<SignedDuration> {
        self.lifetime
    }

    /// The session token that came with a temporary key. It is a secret of the caller's.
    #[must_use]
    pub fn session_token(&self) -> Option<&str> {
        self.session_token.as_deref()
    }
}

impl fmt::Debug for Presented<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presented")
            .field("place", &self.place)
            .field("access_key_id", &self.access_key_id)
            .field("scope", &self.scope)
            .field("signed_headers", &self.signed_headers)
            .field("signed_at", &self.signed_at)
            .finish_non_exhaustive()
    }
}

/// The three components of an `Authorization` header.
struct Components<'a> {
    credential: &'a str,
    signed_headers: &'a str,
    signature: &'a [u8],
}

impl<'a> Components<'a> {
    fn read(authorization: &'a [u8]) -> Result<Self, PresentedError> {
        let place = Place::Header;
        let text = std::str::from_utf8(authorization)
            .map_err(|_| malformed(place, "Authorization", "text", b"(unreadable)"))?;
        let (algorithm, rest) = text.split_once(' ').unwrap_or((text, ""));
        if algorithm == "AWS" {
            return Err(PresentedError::Version2 { place });
        } else if algorithm.starts_with("AWS4-") && algorithm != ALGORITHM {
            return Err(PresentedError::Algorithm {
                place,
                algorithm: excerpt(algorithm.as_bytes()),
            });
        } else if algorithm != ALGORITHM {
            // Without a space behind it, it is not a scheme but may be a token, so is not repeated.
            let is_scheme = text.contains(' ') && algorithm.bytes().all(is_token);
            let scheme = if is_scheme { excerpt(algorithm.as_bytes()) } else { "(none)".into() };
            return Err(PresentedError::Scheme { scheme });
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for component in rest.split(',').map(str::trim) {
            let (name, value) = component.split_once('=').unwrap_or((component, ""));
            let (slot, name) = match name {
                "Credential" => (&mut credential, "Credential"),
                "SignedHeaders" => (&mut signed_headers, "SignedHeaders"),
                "Signature" => (&mut signature, "Signature"),
                _ => {
                    let expected = "Credential=…, SignedHeaders=…, Signature=…";
                    return Err(malformed(place, "Authorization", expected, b"(other components)"));
                }
            };
            if slot.replace(value).is_some() {
                return Err(repeated(place, name));
            }
        }
        let missing = |name| move || PresentedError::Missing { place, name };
        Ok(Self {
            credential: credential.ok_or_else(missing("Credential"))?,
            signed_headers: signed_headers.ok_or_else(missing("SignedHeaders"))?,
            signature: signature.ok_or_else(missing("Signature"))?.as_bytes(),
        })
    }
}

/// The parameters of a presigned query.
#[derive(Default)]
struct QueryParameters<'a> {
    algorithm: Option<Cow<'a, [u8]>>,
    credential: Option<Cow<'a, [u8]>>,
    date: Option<Cow<'a, [u8]>>,
    expires: Option<Cow<'a, [u8]>>,
    signed_headers: Option<Cow<'a, [u8]>>,
    signature: Option<Cow<'a, [u8]>>,
    security_token: Option<Cow<'a, [u8]>>,
    version2: bool,
}

impl<'a> QueryParameters<'a> {
    fn read(request: &Request<'a>) -> Result<Self, PresentedError> {
        let mut found = Self::default();
        for (name, value) in request.query_pairs() {
            let (slot, name) = match &*name {
                b"X-Amz-Algorithm" => (&mut found.algorithm, "X-Amz-Algorithm"),
                b"X-Amz-Credential" => (&mut found.credential, "X-Amz-Credential"),
                b"X-Amz-Date" => (&mut found.date, "X-Amz-Date"),
                b"X-Amz-Expires" => (&mut found.expires, "X-Amz-Expires"),
                b"X-Amz-SignedHeaders" => (&mut found.signed_headers, "X-Amz-SignedHeaders"),
                b"X-Amz-Signature" => (&mut found.signature, "X-Amz-Signature"),
                b"X-Amz-Security-Token" => (&mut found.security_token, "X-Amz-Security-Token"),
                b"AWSAccessKeyId" => {
                    found.version2 = true;
                    continue;
                }
                _ => continue,
            };
            if slot.replace(value).is_some() {
                return Err(repeated(Place::Query, name));
            }
        }
        Ok(found)
    }

    /// Whether the query claims a signature, be it half of one.
    fn any(&self) -> bool {
        self.algorithm.is_some() || self.credential.is_some() || self.signature.is_some()
    }
}

fn credential<'a>(
    place: Place,
    name: &'static str,
    text: Cow<'a, str>,
) -> Result<(Cow<'a, str>, CredentialScope), PresentedError> {
    let expected = "KEY/YYYYMMDD/region/service/aws4_request";
    let wrong = || malformed(place, name, expected, text.as_bytes());
    let (id, scope) = text.split_once('/').ok_or_else(wrong)?;
    let scope = scope.parse().map_err(|_| wrong())?;
    if id.is_empty() {
        return Err(wrong());
    }
    let end = id.len();
    let access_key_id = match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(..end).unwrap_or_default()),
        Cow::Owned(mut text) => {
            text.truncate(end);
            Cow::Owned(text)
        }
    };
    Ok((access_key_id, scope))
}

/// Lower-case header names, strictly ascending, with `;` between.
fn signed_headers<'a>(
    place: Place,
    name: &'static str,
    names: Cow<'a, str>,
) -> Result<Cow<'a, str>, PresentedError> {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| is_token(b) && !b.is_ascii_uppercase())
    };
    let ascending = names.split(';').zip(names.split(';').skip(1)).all(|(a, b)| a < b);
    if names.split(';').count() <= SIGNED_HEADERS_MAX && names.split(';').all(is_name) && ascending
    {
        Ok(names)
    } else {
        let expected = "up to 100 lower-case header names in ascending order with ';' between";
        Err(malformed(place, name, expected, names.as_bytes()))
    }
}

/// The characters of a header name (RFC 9110 section 5.6.2, `tchar`).
fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn signature(place: Place, name: &'static str, text: &[u8]) -> Result<Signature, PresentedError> {
    Signature::parse(text).ok_or_else(|| {
        let value = format!("{} bytes", text.len());
        malformed(place, name, "64 lower-case hexadecimal digits", value.as_bytes())
    })
}

fn session_token_header<'a>(request: &Request<'a>) -> Result<Option<Cow<'a, str>>, PresentedError> {
    single(request, "x-amz-security-token")?
        .map(|token| utf8(Cow::Borrowed(token), Place::Header, "x-amz-security-token"))
        .transpose()
}

fn single<'a>(
    request: &Request<'a>,
    name: &'static str,
) -> Result<Option<&'a [u8]>, PresentedError> {
    request.single(name).map_err(|_| repeated(Place::Header, name))
}

fn utf8<'a>(
    bytes: Cow<'a, [u8]>,
    place: Place,
    name: &'static str,
) -> Result<Cow<'a, str>, PresentedError> {
    let wrong =
        |length: usize| malformed(place, name, "UTF-8 text", format!("{length} bytes").as_bytes());
    match bytes {
        Cow::Borrowed(bytes) => {
            std::str::from_utf8(bytes).map(Cow::Borrowed).map_err(|_| wrong(bytes.len()))
        }
        Cow::Owned(bytes) => {
            String::from_utf8(bytes).map(Cow::Owned).map_err(|e| wrong(e.as_bytes().len()))
        }
    }
}

fn repeated(place: Place, name: &'static str) -> PresentedError {
    PresentedError::Repeated { place, name }
}

fn malformed(
    place: Place,
    name: &'static str,
    expected: &'static str,
    value: &[u8],
) -> PresentedError {
    PresentedError::Malformed { place, name, expected, value: excerpt(value) }
}
