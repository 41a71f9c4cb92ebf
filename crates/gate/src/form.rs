//! A form as a browser sends it (RFC 7578): its fields, and then its file while it arrives.

use std::io;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt as _, stream};
use http::{HeaderMap, header};
use memchr::memmem;
use wire::post_object::PostForm;

use crate::{RequestBody, room::Full, room::Room};

/// The most that a form may have beside its file, in bytes.
///
/// Source: S3 API Reference, *Creating an HTML Form (Using AWS Signature Version 4)*.
const FORM_BYTES_MAX: usize = 20 * 1024;
/// The most that is read and forgotten behind the file, so that the connection can go on.
const EPILOGUE_BYTES_MAX: usize = FORM_BYTES_MAX;
/// The longest boundary (RFC 2046, section 5.1.1).
const BOUNDARY_BYTES_MAX: usize = 70;

/// Why a form cannot be read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FormError {
    #[error("the body could not be read: {0}")]
    Connection(#[source] io::Error),
    /// The text is AWS's, and so is the next one's.
    #[error("The body of your POST request is not well-formed multipart/form-data.")]
    Malformed,
    #[error("POST requires exactly one file upload per request.")]
    NoFile,
    #[error(
        "Your POST request fields preceding the upload file were too large: a form has at most \
         {FORM_BYTES_MAX} bytes beside its file."
    )]
    TooLarge,
    #[error("too many bodies are being read; try again later")]
    Busy,
    #[error(transparent)]
    Fields(#[from] wire::Fault),
}

impl From<Full> for FormError {
    fn from(Full: Full) -> Self {
        Self::Busy
    }
}

/// Reads a form up to its file, and gives the file's bytes as they arrive.
///
/// What is behind the file is ignored. If the form ends within it, the last item is an error.
pub(crate) async fn read(
    headers: &HeaderMap,
    body: RequestBody,
    room: &mut Room,
) -> Result<(PostForm, RequestBody), FormError> {
    let content_type = headers.get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = content_type.and_then(|text| parameter(text, "boundary"));
    let boundary = boundary.filter(|text| (1..=BOUNDARY_BYTES_MAX).contains(&text.len()));
    let boundary = boundary.ok_or(FormError::Malformed)?;
    room.take(FORM_BYTES_MAX)?;
    let mut parts = Parts::new(body, &boundary);
    let mut fields = Vec::new();
    parts.until_delimiter().await?;
    loop {
        let head = parts.head().await?;
        let disposition = disposition(&head)?;
        let name = parameter(disposition, "name").ok_or(FormError::Malformed)?;
        if name.eq_ignore_ascii_case("file") {
            let file_name = parameter(disposition, "filename");
            let form = PostForm::new(fields, file_name.as_deref())?;
            return Ok((form, parts.into_file()));
        }
        let value = String::from_utf8(parts.until_delimiter().await?.into());
        fields.push((name, value.map_err(|_| FormError::Malformed)?));
    }
}

/// The parts of a body, one behind the other.
struct Parts {
    body: RequestBody,
    /// What came and was not looked at yet.
    buffer: BytesMut,
    /// What stands before each part and behind the last one.
    delimiter: Vec<u8>,
    /// How many bytes were looked at so far.
    passed: usize,
}

impl Parts {
    fn new(body: RequestBody, boundary: &str) -> Self {
        // So that the first delimiter, which has no line before it, is one like the others.
        let buffer = BytesMut::from(&b"\r\n"[..]);
        Self { body, buffer, delimiter: format!("\r\n--{boundary}").into_bytes(), passed: 0 }
    }

    /// Waits for more. `false` at the end of the body.
    async fn more(&mut self) -> Result<bool, io::Error> {
        match self.body.next().await.transpose()? {
            Some(bytes) => {
                self.buffer.extend_from_slice(&bytes);
                Ok(true)
            }
            None => Ok(false),
        }
    }

    /// The bytes up to `end`, which is passed over.
    async fn until(&mut self, end: &[u8]) -> Result<Bytes, FormError> {
        loop {
            if let Some(length) = memmem::find(&self.buffer, end) {
                self.passed += length + end.len();
                if self.passed > FORM_BYTES_MAX {
                    return Err(FormError::TooLarge);
                }
                let mut found = self.buffer.split_to(length + end.len());
                found.truncate(length);
                return Ok(found.freeze());
            }
            if self.passed + self.buffer.len() > FORM_BYTES_MAX {
                return Err(FormError::TooLarge);
            }
            if !self.more().await.map_err(FormError::Connection)? {
                return Err(FormError::Malformed);
            }
        }
    }

    async fn until_delimiter(&mut self) -> Result<Bytes, FormError> {
        let delimiter = self.delimiter.clone();
        self.until(&delimiter).await
    }

    /// The headers of the part whose delimiter was passed just now.
    async fn head(&mut self) -> Result<String, FormError> {
        let rest_of_line = self.until(b"\r\n").await;
        match rest_of_line {
            // Spaces may stand behind a boundary (RFC 2046, section 5.1.1).
            Ok(rest) if rest.trim_ascii().is_empty() => {}
            Ok(rest) if rest.starts_with(b"--") => return Err(FormError::NoFile),
            // The last line need not end.
            Err(FormError::Malformed) if self.buffer.starts_with(b"--") => {
                return Err(FormError::NoFile);
            }
            Ok(_) => return Err(FormError::Malformed),
            Err(error) => return Err(error),
        }
        let head = self.until(b"\r\n\r\n").await?;
        String::from_utf8(head.into()).map_err(|_| FormError::Malformed)
    }

    /// What comes up to the next delimiter, as it arrives.
    fn into_file(self) -> RequestBody {
        let next = async |mut file: File| {
            let bytes = file.next().await?;
            Ok(bytes.map(|bytes| (bytes, file)))
        };
        stream::try_unfold(File { parts: self, ended: false }, next).boxed()
    }
}

/// The file of a form.
struct File {
    parts: Parts,
    ended: bool,
}

impl File {
    async fn next(&mut self) -> Result<Option<Bytes>, io::Error> {
        while !self.ended {
            let (buffer, delimiter) = (&mut self.parts.buffer, &self.parts.delimiter);
            if let Some(length) = memmem::find(buffer, delimiter) {
                let bytes = buffer.split_to(length).freeze();
                self.ended = true;
                self.pass_over_the_rest().await?;
                return Ok((!bytes.is_empty()).then_some(bytes));
            }
            // What stands last may be the beginning of a delimiter.
            let certain = (buffer.len() + 1).saturating_sub(delimiter.len());
            if certain > 0 {
                return Ok(Some(buffer.split_to(certain).freeze()));
            }
            if !self.parts.more().await? {
                let message = "the form ends within its file";
                return Err(io::Error::new(io::ErrorKind::UnexpectedEof, message));
            }
        }
        Ok(None)
    }

    async fn pass_over_the_rest(&mut self) -> Result<(), io::Error> {
        while self.parts.buffer.len() <= EPILOGUE_BYTES_MAX && self.parts.more().await? {}
        Ok(())
    }
}

/// The value of a part's `Content-Disposition`.
fn disposition(head: &str) -> Result<&str, FormError> {
    let mut lines = head.split("\r\n").filter_map(|line| line.split_once(':'));
    lines
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("content-disposition"))
        .map(|(_, value)| value.trim())
        .filter(|value| {
            let kind = value.split(';').next().unwrap_or_default();
            kind.trim().eq_ignore_ascii_case("form-data")
        })
        .ok_or(FormError::Malformed)
}

/// The parameter `name` of a header's value. In a quoted one only `\"` is an escape: some browsers send
/// paths of Windows as they are.
fn parameter(header: &str, name: &str) -> Option<String> {
    let (_, mut rest) = header.split_once(';')?;
    loop {
        let (own, behind) = rest.split_once('=')?;
        let value;
        if let Some(quoted) = behind.trim_start().strip_prefix('"') {
            let end = quoted.char_indices().find_map(|(at, character)| {
                let escaped = quoted.get(..at).is_some_and(|before| before.ends_with('\\'));
                (character == '"' && !escaped).then_some(at)
            })?;
            value = quoted.get(..end)?.replace("\\\"", "\"");
            rest = quoted.get(end..)?.split_once(';').map_or("", |(_, rest)| rest);
        } else {
            let (text, behind) = behind.split_once(';').unwrap_or((behind, ""));
            value = text.trim().to_owned();
            rest = behind;
        }
        if own.trim().eq_ignore_ascii_case(name) {
            return Some(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;
    use proptest::prelude::*;

    use super::*;
    use crate::room::Rooms;

    const FORM: &[u8] = b"preamble\r\n--b\r\nContent-Disposition: form-data; name=\"key\"\r\n\r\n\
        me/${filename}\r\n--b  \r\ncontent-disposition: Form-Data; name=policy\r\nX: y\r\n\r\n\r\n--b\r\n\
        Content-Disposition: form-data; name=\"file\"; filename=\"a;\\\"b.txt\"\r\n\
        Content-Type: text/plain\r\n\r\nfirst\r\n--\r\n-b\r\nlast\r\n--b\r\n\
        Content-Disposition: form-data; name=\"submit\"\r\n\r\nSend\r\n--b--\r\n";

    fn headers(content_type: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        headers
    }

    /// The form, and its file or what is wrong with it; sent in frames of `size` bytes.
    async fn read_all(
        content_type: &'static str,
        form: &[u8],
        size: usize,
    ) -> Result<(PostForm, Result<Vec<u8>, io::ErrorKind>), FormError> {
        let frames: Vec<_> =
            form.chunks(size).map(|frame| Ok(Bytes::copy_from_slice(frame))).collect();
        let mut room = Rooms::new().empty();
        let body = stream::iter(frames).boxed();
        let (form, mut file) = read(&headers(content_type), body, &mut room).await?;
        let mut whole = Vec::new();
        while let Some(bytes) = file.next().await {
            match bytes {
                Ok(bytes) => whole.extend_from_slice(&bytes),
                Err(error) => return Ok((form, Err(error.kind()))),
            }
        }
        Ok((form, Ok(whole)))
    }

    #[tokio::test]
    async fn a_form_is_its_fields_and_its_file_in_whatever_frames() {
        for content_type in [
            "multipart/form-data; boundary=b",
            "multipart/form-data; charset=utf-8; boundary=\"b\"",
        ] {
            for size in 1..FORM.len() {
                let (form, file) = read_all(content_type, FORM, size).await.unwrap();
                let fields: Vec<_> = form.fields().collect();
                assert_eq!(fields, [("key", "me/a;\"b.txt"), ("policy", "")], "{size}");
                assert_eq!(file.unwrap(), b"first\r\n--\r\n-b\r\nlast", "{size}");
            }
        }
    }

    #[tokio::test]
    async fn a_form_that_is_cut_has_no_file() {
        let whole = "multipart/form-data; boundary=b";
        let file = memmem::find(FORM, b"first").unwrap();
        let end = memmem::find(FORM, b"\r\n--b\r\nContent-Disposition: form-data; name=\"submit\"");
        let end = end.unwrap() + b"\r\n--b".len();
        for length in 0..end {
            let form = FORM.get(..length).unwrap();
            match read_all(whole, form, 7).await {
                Ok((_, found)) => {
                    assert!(length >= file, "{length}");
                    assert_eq!(found.unwrap_err(), io::ErrorKind::UnexpectedEof, "{length}");
                }
                Err(error) => {
                    assert!(length < file, "{length}");
                    assert!(matches!(error, FormError::Malformed | FormError::NoFile), "{error}");
                }
            }
        }
        for length in end..FORM.len() {
            let (_, found) = read_all(whole, FORM.get(..length).unwrap(), 7).await.unwrap();
            assert_eq!(found.unwrap(), b"first\r\n--\r\n-b\r\nlast");
        }
    }

    #[tokio::test]
    async fn what_is_no_form_is_refused() {
        let plain = "multipart/form-data; boundary=b";
        let part = |disposition: &str| format!("--b\r\n{disposition}\r\n\r\nx\r\n--b--\r\n");
        let field = part("Content-Disposition: form-data; name=\"key\"");
        let unnamed = part("Content-Disposition: form-data; filename=\"file\"");
        let attached = part("Content-Disposition: attachment; name=\"file\"");
        let file = part("Content-Disposition: form-data; name=\"file\"");
        let twice =
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nx\r\n".repeat(2) + &file;
        let not_text =
            b"--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\xff\r\n--b--\r\n";
        let large = format!(
            "--b\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n{file}",
            "x".repeat(FORM_BYTES_MAX)
        );
        let endless = "x".repeat(FORM_BYTES_MAX + 10);
        for (content_type, form, expected) in [
            ("multipart/form-data", field.as_bytes(), "Malformed"),
            ("multipart/form-data; boundary=\"\"", field.as_bytes(), "Malformed"),
            ("multipart/form-data; boundary=c", field.as_bytes(), "Malformed"),
            (plain, b"", "Malformed"),
            (plain, b"--b", "Malformed"),
            (plain, b"--b--", "NoFile"),
            (plain, b"--bb\r\n", "Malformed"),
            (plain, field.as_bytes(), "NoFile"),
            (plain, unnamed.as_bytes(), "Malformed"),
            (plain, attached.as_bytes(), "Malformed"),
            (plain, part("X: y").as_bytes(), "Malformed"),
            (plain, not_text, "Malformed"),
            (plain, twice.as_bytes(), "Fields"),
            (plain, large.as_bytes(), "TooLarge"),
            (plain, endless.as_bytes(), "TooLarge"),
        ] {
            let error = format!("{:?}", read_all(content_type, form, 1000).await.unwrap_err());
            assert!(error.starts_with(expected), "{}: {error}", String::from_utf8_lossy(form));
        }
    }

    #[tokio::test]
    async fn a_long_file_is_no_long_form() {
        let content: Vec<u8> = (0..200_000_u32).map(|n| u8::try_from(n % 251).unwrap()).collect();
        let mut form = b"--b\r\nContent-Disposition: form-data; name=\"file\"\r\n\r\n".to_vec();
        form.extend_from_slice(&content);
        form.extend_from_slice(b"\r\n--b--");
        for size in [1000, 70_000, form.len()] {
            let (_, file) = read_all("multipart/form-data; boundary=b", &form, size).await.unwrap();
            assert!(file.unwrap() == content, "{size}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// Whatever it is made of, and however it is cut into frames, a form reads the same.
        #[test]
        fn no_form_is_too_odd(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "--b", "\r\n--b\r\n", "\r\n--b--\r\n", "\r\n", "\r\n\r\n", "\n", "--", "-", "b",
                    "Content-Disposition: form-data; name=", "\"file\"", "\"key\"", "\"", "\\\"",
                    "; filename=", "=", ";", ":", " ", "ü", "\0", "x",
                ]),
                0..40,
            ),
            size in 1_usize..40,
        ) {
            let form = pieces.concat();
            let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
            let read = |size| {
                let form = form.as_bytes();
                let read = read_all("multipart/form-data; boundary=b", form, size);
                runtime.block_on(read).map_err(|error| error.to_string())
            };
            let (whole, framed) = (read(form.len().max(1)), read(size));
            prop_assert_eq!(whole, framed);
        }
    }
}
