//! The upload by an HTML form, which S3 has and its service model has not.
//!
//! The fields say what headers say elsewhere; the last one is the file. Source: S3 API Reference,
//! [*POST Object*](https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html) and [*Creating
//! an HTML Form*](https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTForms.html).

use std::fmt;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use types::RequestId;

use crate::{
    Body, Fault, Operation, OperationId, Refusal, RequestParts, Response, S3Target, Service,
    response::content_type,
    s3::{self, ErrorCode, PutObjectOutput, PutObjectRequest},
    xml::escape,
};

/// Everything but what never needs encoding in a path (RFC 3986, section 2.3).
const PATH: &AsciiSet =
    &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');

/// The fields that sign a form, and say nothing of the object.
const SIGNING: [&str; 5] = [
    "x-amz-algorithm",
    "x-amz-credential",
    "x-amz-date",
    "x-amz-security-token",
    "x-amz-signature",
];

/// Adds an object by a form: `POST /BUCKET`.
#[derive(Debug, Clone, Copy)]
pub struct PostObject;

/// The fields of a form that stand before its file.
#[derive(Clone, PartialEq, Eq)]
pub struct PostForm {
    /// Names in lower case, each once.
    fields: Vec<(String, String)>,
}

/// What [`PostObject`] is given, beside the file, which is streamed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PostObjectRequest {
    /// The bucket, from host or path.
    pub bucket: String,
    /// What the form says.
    pub form: PostForm,
}

/// How the form wants its success told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SuccessAction {
    /// 200, without a document.
    Ok,
    /// 201, with a document that names the object.
    Created,
    /// 204, without a document.
    NoContent,
    /// 303 to this URL, which is told of the object.
    Redirect(String),
}

/// What [`PostObject`] answers.
#[derive(Debug, Clone)]
pub struct PostObjectOutput {
    /// The bucket.
    pub bucket: String,
    /// The key.
    pub key: String,
    /// What a `PutObject` of the same object answers.
    pub object: PutObjectOutput,
    /// How it is told.
    pub action: SuccessAction,
}

impl PostForm {
    /// The form of these fields, in the order sent. In `key`, `${filename}` becomes the file's name,
    /// without any folders that the browser told.
    ///
    /// # Errors
    /// `InvalidArgument` if a field stands there twice: which one was meant would depend on who reads.
    pub fn new(
        fields: impl IntoIterator<Item = (String, String)>,
        file_name: Option<&str>,
    ) -> Result<Self, Fault> {
        let mut read: Vec<(String, String)> = Vec::new();
        for (name, mut value) in fields {
            let name = name.to_ascii_lowercase();
            if read.iter().any(|(own, _)| *own == name) {
                let message = format!("The form has the field {} more than once", shown(&name));
                return Err(invalid(message, &name, ""));
            }
            if name == "key" {
                let file = file_name.unwrap_or_default();
                let file = file.rsplit(['/', '\\']).next().unwrap_or_default();
                value = value.replace("${filename}", file);
            }
            read.push((name, value));
        }
        Ok(Self { fields: read })
    }

    /// The value of a field, by its name in lower case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&str> {
        self.fields().find(|(own, _)| *own == name).map(|(_, value)| value)
    }

    /// Names, in lower case, and values in the order sent. Among them may be a session token.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

impl fmt::Debug for PostForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.fields().map(|(name, _)| name)).finish()
    }
}

impl PostObjectRequest {
    /// The key.
    ///
    /// # Errors
    /// `InvalidArgument`: there is none.
    pub fn key(&self) -> Result<&str, Fault> {
        self.form.field("key").filter(|key| !key.is_empty()).ok_or_else(|| {
            let message = "Bucket POST must contain a field named 'key'.  If it is specified, please \
                           check the order of the fields.";
            invalid(message, "key", "")
        })
    }

    /// The request to put the same object.
    ///
    /// # Errors
    /// `InvalidArgument` without a `key`, or if a field has characters that no header has; what a
    /// `PutObject` with such headers is refused for; `MalformedXML` for `tagging`.
    pub fn object(&self) -> Result<PutObjectRequest, Fault> {
        let key = self.key()?;
        let mut headers = HeaderMap::new();
        for (field, value) in self.form.fields() {
            let name = match field {
                "acl" => "x-amz-acl",
                "cache-control"
                | "content-disposition"
                | "content-encoding"
                | "content-language"
                | "content-md5"
                | "content-type"
                | "expires" => field,
                _ if field.starts_with("x-amz-") && !SIGNING.contains(&field) => field,
                _ => continue,
            };
            let not_a_header = || {
                let message = format!("The field {} is not one that a header can be", shown(field));
                invalid(message, field, value)
            };
            let name = HeaderName::from_bytes(name.as_bytes()).map_err(|_| not_a_header())?;
            let value = HeaderValue::from_bytes(value.as_bytes()).map_err(|_| not_a_header())?;
            headers.insert(name, value);
        }
        let path = format!("/{}/{}", self.bucket, utf8_percent_encode(key, NON_ALPHANUMERIC));
        let parts = RequestParts {
            method: &Method::PUT,
            path: &path,
            bucket_in_host: None,
            query: Vec::new(),
            headers: &headers,
        };
        let mut object = s3::PutObject::read(&parts, &[])?;
        if let Some(document) = self.form.field("tagging") {
            let tagging = s3::PutObjectTagging::read(&parts, document.as_bytes())?.tagging;
            let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
            let pairs = tagging
                .tag_set
                .iter()
                .map(|tag| format!("{}={}", encoded(&tag.key), encoded(&tag.value)));
            object.tagging = Some(pairs.collect::<Vec<_>>().join("&"));
        }
        Ok(object)
    }

    /// How success is to be told. A URL that cannot be one counts as absent, as does a status other than
    /// 200, 201 and 204.
    #[must_use]
    pub fn action(&self) -> SuccessAction {
        let url = self.form.field("success_action_redirect").or(self.form.field("redirect"));
        let is_absolute = |url: &&str| {
            url.parse::<Uri>().is_ok_and(|uri| {
                matches!(uri.scheme_str(), Some("http" | "https")) && uri.authority().is_some()
            })
        };
        if let Some(url) = url.filter(is_absolute) {
            return SuccessAction::Redirect(url.to_owned());
        }
        match self.form.field("success_action_status") {
            Some("200") => SuccessAction::Ok,
            Some("201") => SuccessAction::Created,
            _ => SuccessAction::NoContent,
        }
    }
}

impl Operation for PostObject {
    type Input = PostObjectRequest;
    type Output = PostObjectOutput;
    const ID: OperationId = OperationId::S3PostObject;

    fn read(_: &RequestParts<'_>, _: &[u8]) -> Result<PostObjectRequest, Fault> {
        Err(Refusal::MalformedBody.fault(Service::S3, "The request has no form"))
    }

    fn read_form(request: &RequestParts<'_>, form: PostForm) -> Result<PostObjectRequest, Fault> {
        // The route leads here for a bucket only.
        let bucket = S3Target::of(request)?.bucket.unwrap_or_default();
        Ok(PostObjectRequest { bucket, form })
    }

    fn write(output: PostObjectOutput, request_id: &RequestId) -> Response {
        let PostObjectOutput { bucket, key, object, action } = output;
        let etag = object.e_tag.clone().unwrap_or_default();
        let object_path = format!("/{bucket}/{}", utf8_percent_encode(&key, PATH));
        let mut response = s3::PutObject::write(object, request_id);
        let (status, location) = match action {
            SuccessAction::Ok => (StatusCode::OK, object_path),
            SuccessAction::NoContent => (StatusCode::NO_CONTENT, object_path),
            SuccessAction::Created => {
                let document = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<PostResponse><Location>{}</Location>\
                     <Bucket>{}</Bucket><Key>{}</Key><ETag>{}</ETag></PostResponse>",
                    escape(&object_path),
                    escape(&bucket),
                    escape(&key),
                    escape(&etag),
                );
                *response.body_mut() = Body::from(document);
                response.headers_mut().insert(header::CONTENT_TYPE, content_type(Service::S3));
                (StatusCode::CREATED, object_path)
            }
            SuccessAction::Redirect(url) => {
                let encoded = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
                let separator = if url.contains('?') { '&' } else { '?' };
                let (bucket, key, etag) = (encoded(&bucket), encoded(&key), encoded(&etag));
                let url = format!("{url}{separator}bucket={bucket}&key={key}&etag={etag}");
                (StatusCode::SEE_OTHER, url)
            }
        };
        *response.status_mut() = status;
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// Whether a request to a bucket brings a form.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    const FORM: &str = "multipart/form-data";
    let media_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    media_type.and_then(|text| text.get(..FORM.len())).is_some_and(|t| t.eq_ignore_ascii_case(FORM))
}

fn shown(text: &str) -> String {
    text.chars().take(100).collect()
}

fn invalid(message: impl Into<String>, name: &str, value: &str) -> Fault {
    Fault::new(ErrorCode::InvalidArgument, message)
        .with("ArgumentName", shown(name))
        .with("ArgumentValue", shown(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(fields: &[(&str, &str)], file_name: Option<&str>) -> Result<PostForm, Fault> {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        PostForm::new(fields.iter().map(owned), file_name)
    }

    fn request(fields: &[(&str, &str)]) -> PostObjectRequest {
        PostObjectRequest { bucket: "bucket".into(), form: form(fields, Some("a.txt")).unwrap() }
    }

    #[test]
    fn fields_say_what_headers_say() {
        let object = request(&[
            ("Key", "me/${filename}+ü /x"),
            ("acl", "private"),
            ("Content-Type", "text/plain"),
            ("Cache-Control", "no-store"),
            ("X-Amz-Meta-Colour", "grün"),
            ("x-amz-storage-class", "STANDARD"),
            ("tagging", "<Tagging><TagSet><Tag><Key>a b</Key><Value>1&amp;2</Value></Tag></TagSet></Tagging>"),
            ("x-amz-signature", "no header"),
            ("submit", "Send\nit"),
        ])
        .object()
        .unwrap();
        assert_eq!((object.bucket.as_str(), object.key.as_str()), ("bucket", "me/a.txt+ü /x"));
        assert_eq!(object.acl, Some(s3::ObjectCannedACL::Private));
        assert_eq!(object.content_type.as_deref(), Some("text/plain"));
        assert_eq!(object.cache_control.as_deref(), Some("no-store"));
        assert_eq!(object.metadata.unwrap()["colour"], "grün");
        assert_eq!(object.storage_class.as_deref(), Some("STANDARD"));
        assert_eq!(object.tagging.as_deref(), Some("a%20b=1%262"));
    }

    #[test]
    fn the_file_has_its_name_without_folders() {
        for (file_name, key) in [
            (None, "me/"),
            (Some("a.txt"), "me/a.txt"),
            (Some("/home/me/a.txt"), "me/a.txt"),
            (Some("C:\\Users\\me\\a.txt"), "me/a.txt"),
            (Some("../other/a.txt"), "me/a.txt"),
        ] {
            let form = form(&[("key", "me/${filename}")], file_name).unwrap();
            assert_eq!(form.field("key"), Some(key), "{file_name:?}");
        }
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for (fields, code) in [
            (&[][..], "InvalidArgument"),
            (&[("key", "")], "InvalidArgument"),
            (&[("key", "a"), ("content-type", "a\nb")], "InvalidArgument"),
            (&[("key", "a"), ("x-amz-meta-\u{e4}", "b")], "InvalidArgument"),
            (&[("key", "a"), ("acl", "everybody")], "InvalidArgument"),
            (&[("key", "a"), ("tagging", "a=b")], "MalformedXML"),
        ] {
            assert_eq!(request(fields).object().unwrap_err().code(), code, "{fields:?}");
        }
        let twice = form(&[("key", "a"), ("KEY", "b")], None).unwrap_err();
        assert_eq!(twice.code(), "InvalidArgument");
    }

    #[test]
    fn success_is_told_as_the_form_wants() {
        let redirect = || SuccessAction::Redirect("https://here.example/done".to_owned());
        for (fields, expected) in [
            (&[][..], SuccessAction::NoContent),
            (&[("success_action_status", "200")], SuccessAction::Ok),
            (&[("success_action_status", "201")], SuccessAction::Created),
            (&[("success_action_status", "404")], SuccessAction::NoContent),
            (&[("redirect", "https://here.example/done")], redirect()),
            (
                &[
                    ("success_action_redirect", "https://here.example/done"),
                    ("success_action_status", "200"),
                ],
                redirect(),
            ),
            (&[("success_action_redirect", "/done")], SuccessAction::NoContent),
            (&[("success_action_redirect", "javascript:alert(1)")], SuccessAction::NoContent),
        ] {
            assert_eq!(request(fields).action(), expected, "{fields:?}");
        }
    }

    #[test]
    fn answers_name_the_object() {
        let id = "00000000-0000-4000-8000-000000000000".parse().unwrap();
        let answer = |action| {
            let object =
                PutObjectOutput { e_tag: Some("\"e\"".into()), ..PutObjectOutput::default() };
            let (bucket, key) = ("b".to_owned(), "me/ü&.txt".to_owned());
            PostObject::write(PostObjectOutput { bucket, key, object, action }, &id)
        };
        let path = "/b/me/%C3%BC%26.txt";
        for (action, status) in [
            (SuccessAction::Ok, 200),
            (SuccessAction::NoContent, 204),
            (SuccessAction::Created, 201),
        ] {
            let response = answer(action);
            assert_eq!(response.status().as_u16(), status);
            assert_eq!(response.headers()[header::LOCATION], path);
            assert_eq!(response.headers()[header::ETAG], "\"e\"");
            if let Body::Bytes(document) = response.body() {
                let document = std::str::from_utf8(document).unwrap();
                assert!(document.contains("<Key>me/ü&amp;.txt</Key><ETag>&quot;e&quot;</ETag>"));
            } else {
                assert_ne!(status, 201);
            }
        }
        for (url, separator) in [("https://h.example/x", '?'), ("https://h.example/x?a=b", '&')] {
            let response = answer(SuccessAction::Redirect(url.to_owned()));
            assert_eq!(response.status(), StatusCode::SEE_OTHER);
            let expected =
                format!("{url}{separator}bucket=b&key=me%2F%C3%BC%26%2Etxt&etag=%22e%22");
            assert_eq!(response.headers()[header::LOCATION], *expected);
        }
    }

    #[test]
    fn a_form_is_not_printed() {
        let form = form(&[("x-amz-security-token", "secret"), ("key", "a")], None).unwrap();
        assert_eq!(format!("{form:?}"), "[\"x-amz-security-token\", \"key\"]");
    }
}
