use std::{fmt, str::FromStr};

use crate::{AccountId, Region, serde_as_text};

/// An Amazon Resource Name that names one resource: no wildcard has a meaning in it.
///
/// `arn:partition:service:region:account:resource`. The region and the account may be empty; the
/// resource may itself contain colons and slashes, and is kept byte for byte.
/// Source: AWS General Reference, *Amazon Resource Names*.
///
/// ```
/// let arn: types::Arn = "arn:aws:iam::123456789012:role/admin".parse()?;
/// assert_eq!(arn.service(), "iam");
/// assert_eq!(arn.resource(), "role/admin");
/// # Ok::<(), types::ArnError>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Arn {
    text: String,
    /// Byte offsets behind the colon that ends partition, service, region and account.
    ends: [u16; 4],
}

/// Why a text is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ArnError {
    /// Fewer than six parts, or not starting with `arn:`.
    #[error("{0:?} is not an ARN (arn:partition:service:region:account:resource)")]
    Form(String),
    /// More than 2,048 bytes.
    #[error("an ARN has at most 2048 bytes, this one has {0}")]
    TooLong(usize),
}

const LENGTH_MAX: usize = 2048;

impl Arn {
    /// The ARN of a resource in the partition `aws`. Region and account may be absent.
    #[must_use]
    pub fn new(
        service: &str,
        region: Option<&Region>,
        account: Option<&AccountId>,
        resource: &str,
    ) -> Self {
        let mut text = String::with_capacity(48 + resource.len());
        let mut ends = [8_u16, 0, 0, 0];
        text.push_str("arn:aws:");
        let parts =
            [service, region.map_or("", Region::as_str), account.map_or("", AccountId::as_str)];
        for (part, end) in parts.iter().zip(ends.iter_mut().skip(1)) {
            text.push_str(part);
            text.push(':');
            *end = u16::try_from(text.len()).unwrap_or(u16::MAX);
        }
        text.push_str(resource);
        Self { text, ends }
    }

    /// The ARN as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// `aws`, `aws-cn`, …
    #[must_use]
    pub fn partition(&self) -> &str {
        self.part(4, self.ends[0])
    }

    /// The service's namespace, such as `s3`.
    #[must_use]
    pub fn service(&self) -> &str {
        self.part(self.ends[0], self.ends[1])
    }

    /// The region as written; empty for global services and for S3.
    #[must_use]
    pub fn region(&self) -> &str {
        self.part(self.ends[1], self.ends[2])
    }

    /// The account as written; empty for S3 buckets and objects.
    #[must_use]
    pub fn account(&self) -> &str {
        self.part(self.ends[2], self.ends[3])
    }

    /// The account, if the ARN has one of the right form.
    #[must_use]
    pub fn account_id(&self) -> Option<AccountId> {
        self.account().parse().ok()
    }

    /// Everything behind the fifth colon.
    #[must_use]
    pub fn resource(&self) -> &str {
        self.text.get(usize::from(self.ends[3])..).unwrap_or_default()
    }

    fn part(&self, start: u16, end: u16) -> &str {
        self.text.get(usize::from(start)..usize::from(end).saturating_sub(1)).unwrap_or_default()
    }
}

impl FromStr for Arn {
    type Err = ArnError;

    fn from_str(text: &str) -> Result<Self, ArnError> {
        if text.len() > LENGTH_MAX {
            return Err(ArnError::TooLong(text.len()));
        }
        let form = || ArnError::Form(text.chars().take(200).collect());
        if !text.starts_with("arn:") {
            return Err(form());
        }
        let mut colons = text.bytes().enumerate().filter(|(_, b)| *b == b':').map(|(at, _)| at + 1);
        let mut ends = [0_u16; 4];
        colons.next();
        for end in &mut ends {
            let at = colons.next().ok_or_else(form)?;
            *end = u16::try_from(at).map_err(|_| form())?;
        }
        let arn = Self { text: text.to_owned(), ends };
        if arn.partition().is_empty() || arn.service().is_empty() || arn.resource().is_empty() {
            return Err(form());
        }
        Ok(arn)
    }
}

impl fmt::Display for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Arn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Arn({self})")
    }
}

serde_as_text!(Arn);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_come_back_as_written() {
        let arn: Arn = "arn:aws:execute-api:us-east-1:123456789012:abc/v1/GET/a:b".parse().unwrap();
        assert_eq!(
            (arn.partition(), arn.service(), arn.region(), arn.account(), arn.resource()),
            ("aws", "execute-api", "us-east-1", "123456789012", "abc/v1/GET/a:b")
        );
    }

    #[test]
    fn built_and_parsed_are_equal() {
        let account = "123456789012".parse().unwrap();
        for arn in [
            Arn::new("iam", None, Some(&account), "role/x"),
            Arn::new("s3", None, None, "bucket/a:b/c"),
            Arn::new("sts", Some(&"eu-west-1".parse().unwrap()), Some(&account), "x"),
        ] {
            assert_eq!(arn.as_str().parse::<Arn>().unwrap(), arn);
        }
    }

    #[test]
    fn what_is_not_an_arn_is_refused() {
        for text in ["", "arn", "arn:aws:s3::", "urn:aws:s3:::b", "arn::s3:::b", "arn:aws::::b"] {
            assert!(text.parse::<Arn>().is_err(), "{text}");
        }
        assert!("arn:aws:s3:::".parse::<Arn>().is_err());
        assert_eq!(
            format!("arn:aws:s3:::{}", "k".repeat(2048)).parse::<Arn>(),
            Err(ArnError::TooLong(2061))
        );
    }
}
