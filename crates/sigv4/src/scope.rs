use std::{fmt, str::FromStr};

use types::{Region, Timestamp};

use crate::{encoding::excerpt, time};

/// Where and when a signing key is good: `YYYYMMDD/region/service/aws4_request`.
///
/// Source: IAM User Guide, *Elements of an AWS API request signature*, *Credential scope*.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CredentialScope {
    date: String,
    region: Region,
    service: String,
}

/// A text that is no credential scope.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a credential scope (YYYYMMDD/region/service/aws4_request)")]
pub struct ScopeError(String);

impl CredentialScope {
    /// The scope of a signature made at `time`.
    #[must_use]
    pub fn new(time: Timestamp, region: &Region, service: &str) -> Self {
        let date = time::basic_format(time).chars().take(8).collect();
        Self { date, region: region.clone(), service: service.to_owned() }
    }

    /// The day, in UTC: `YYYYMMDD`.
    #[must_use]
    pub fn date(&self) -> &str {
        &self.date
    }

    /// The region.
    #[must_use]
    pub fn region(&self) -> &Region {
        &self.region
    }

    /// The service's signing name, such as `s3` or `cognito-idp`.
    #[must_use]
    pub fn service(&self) -> &str {
        &self.service
    }
}

impl FromStr for CredentialScope {
    type Err = ScopeError;

    fn from_str(text: &str) -> Result<Self, ScopeError> {
        let wrong = || ScopeError(excerpt(text.as_bytes()));
        let mut parts = text.split('/');
        let (Some(date), Some(region), Some(service), Some("aws4_request"), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(wrong());
        };
        let date_is_legal = date.len() == 8 && date.bytes().all(|b| b.is_ascii_digit());
        let legal = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        let service_is_legal = (1..=64).contains(&service.len()) && service.bytes().all(legal);
        if !date_is_legal || !service_is_legal {
            return Err(wrong());
        }
        let region = region.parse().map_err(|_| wrong())?;
        Ok(Self { date: date.to_owned(), region, service: service.to_owned() })
    }
}

impl fmt::Display for CredentialScope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}/aws4_request", self.date, self.region, self.service)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_comes_back_as_written() {
        let text = "20130524/us-east-1/s3/aws4_request";
        let scope: CredentialScope = text.parse().unwrap();
        assert_eq!(
            (scope.date(), scope.region().as_str(), scope.service()),
            ("20130524", "us-east-1", "s3")
        );
        assert_eq!(scope.to_string(), text);
        let time = "2013-05-24T23:59:59.999Z".parse().unwrap();
        assert_eq!(CredentialScope::new(time, scope.region(), "s3"), scope);
    }

    #[test]
    fn what_is_no_scope_is_refused() {
        for text in [
            "",
            "20130524",
            "20130524/us-east-1/s3",
            "20130524/us-east-1/s3/aws4_request/",
            "/us-east-1/s3/aws4_request",
            "20130524//s3/aws4_request",
            "20130524/us-east-1//aws4_request",
            "20130524/us-east-1/s3/AWS4_REQUEST",
            "2013-5-24/us-east-1/s3/aws4_request",
            "20130524/us east/s3/aws4_request",
            "20130524/us-east-1/S3/aws4_request",
        ] {
            assert!(text.parse::<CredentialScope>().is_err(), "{text}");
        }
    }
}
