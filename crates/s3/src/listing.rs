//! What listings of a bucket have in common.

use gate::Need;
use objects::{MAX_KEYS, Object};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use wire::s3::{CommonPrefix, EncodingType};

use crate::{checksums, error::S3Error, target::bucket_need};

/// What a listing is asked for. A parameter that is not given is a condition key that is absent; one
/// that is given without a value is the empty text.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Asked<'a> {
    pub(crate) bucket: &'a str,
    pub(crate) prefix: Option<&'a str>,
    pub(crate) delimiter: Option<&'a str>,
    pub(crate) max_keys: Option<i32>,
    pub(crate) encoding: Option<EncodingType>,
}

impl Asked<'_> {
    /// The need to list.
    pub(crate) fn need(self, action: &'static str) -> Need {
        let mut need = bucket_need(action, self.bucket);
        if let Some(prefix) = self.prefix {
            need = need.with("s3:prefix", prefix.to_owned());
        }
        if let Some(delimiter) = self.delimiter {
            need = need.with("s3:delimiter", delimiter.to_owned());
        }
        if let Some(max_keys) = self.max_keys {
            need = need.with("s3:max-keys", max_keys.to_string());
        }
        need
    }

    /// The prefix, empty if there is none.
    pub(crate) fn prefix(&self) -> String {
        self.prefix.unwrap_or_default().to_owned()
    }

    /// The delimiter, empty if there is none.
    pub(crate) fn delimiter(&self) -> String {
        self.delimiter.unwrap_or_default().to_owned()
    }

    /// How many keys and common prefixes are listed at most.
    pub(crate) fn max_keys(self) -> Result<usize, S3Error> {
        let Some(asked) = self.max_keys else { return Ok(MAX_KEYS) };
        let asked = usize::try_from(asked).map_err(|_| S3Error::InvalidArgument {
            name: "max-keys",
            value: asked.to_string(),
            message: "Argument max-keys must be an integer between 0 and 2147483647",
        })?;
        Ok(asked.min(MAX_KEYS))
    }

    /// A text of the answer, in the encoding that is asked for.
    pub(crate) fn text(self, text: &str) -> String {
        if self.encoding == Some(EncodingType::Url) { encode(text) } else { text.to_owned() }
    }

    /// The delimiter as the answer repeats it: not, if it is empty.
    pub(crate) fn shown_delimiter(self) -> Option<String> {
        self.delimiter.filter(|delimiter| !delimiter.is_empty()).map(|text| self.text(text))
    }

    /// Common prefixes, as the answer has them.
    pub(crate) fn common_prefixes(self, prefixes: &[String]) -> Vec<CommonPrefix> {
        let shown = |prefix: &String| CommonPrefix { prefix: Some(self.text(prefix)) };
        prefixes.iter().map(shown).collect()
    }

    /// An object, as the answer has it.
    pub(crate) fn object(
        self,
        object: &Object,
        owner: Option<wire::s3::Owner>,
    ) -> wire::s3::Object {
        wire::s3::Object {
            checksum_algorithm: checksums::algorithms(&object.checksums),
            checksum_type: checksums::checksum_type(object),
            e_tag: Some(object.etag.to_string()),
            key: Some(self.text(object.key.as_str())),
            last_modified: Some(object.last_modified),
            owner,
            size: i64::try_from(object.size).ok(),
            storage_class: Some(wire::s3::ObjectStorageClass::Standard),
            ..wire::s3::Object::default()
        }
    }
}

/// Whether a marker is what keys are rolled up into. It was then the last of the answer before, so all
/// keys that it stands for are passed over.
pub(crate) fn is_common_prefix(marker: &str, prefix: &str, delimiter: &str) -> bool {
    let rest = marker.strip_prefix(prefix).filter(|_| !delimiter.is_empty());
    let head = rest.and_then(|rest| rest.strip_suffix(delimiter));
    head.is_some_and(|head| !head.contains(delimiter))
}

/// A key as `encoding-type=url` has it.
pub(crate) fn encode(text: &str) -> String {
    const ENCODED: &AsciiSet =
        &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'/');
    utf8_percent_encode(text, ENCODED).to_string()
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn policies_see_what_was_given_and_no_more() {
        let asked = Asked { bucket: "b", ..Asked::default() };
        assert!(asked.need("s3:ListBucket").keys.is_empty());
        let empty = Asked { prefix: Some(""), ..asked };
        assert_eq!(empty.need("s3:ListBucket").keys, [("s3:prefix", "".into())]);
        let all = Asked {
            prefix: Some("cognito-test/"),
            delimiter: Some("/"),
            max_keys: Some(5),
            ..asked
        };
        let need = all.need("s3:ListBucket");
        assert_eq!(
            need.keys,
            [
                ("s3:prefix", "cognito-test/".into()),
                ("s3:delimiter", "/".into()),
                ("s3:max-keys", "5".into())
            ]
        );
        assert_eq!((need.action, &*need.on.resource()), ("s3:ListBucket", "arn:aws:s3:::b"));
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        for (max_keys, expected) in
            [(None, Some(1000)), (Some(0), Some(0)), (Some(7), Some(7)), (Some(5000), Some(1000))]
        {
            assert_eq!(Asked { max_keys, ..Asked::default() }.max_keys().ok(), expected);
        }
        let negative = Asked { max_keys: Some(-1), ..Asked::default() };
        let fault: Fault = negative.max_keys().unwrap_err().into();
        assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidArgument", 400));
    }

    /// The example of the API reference, and what clients decode as a form would.
    #[test]
    fn keys_are_url_encoded() {
        for (key, encoded) in [
            ("test_file(3).png", "test_file%283%29.png"),
            ("a/b c+d%e", "a/b%20c%2Bd%25e"),
            ("ä\u{1}", "%C3%A4%01"),
            ("us-east-1:0~", "us-east-1%3A0~"),
        ] {
            assert_eq!(encode(key), encoded);
        }
    }
}
