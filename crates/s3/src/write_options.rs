//! What a request that writes an object says beside the bytes.
//!
//! What is stored with the object becomes its [`Attributes`]. Everything else is either what happens
//! anyway, or refused: a caller that asked for encryption or a lock must not be left to believe
//! that it got them.

use gate::Need;
use objects::{Attributes, Condition};
use wire::s3::{
    CopyObjectRequest, CreateMultipartUploadRequest, ObjectCannedACL, PutObjectRequest,
};

use crate::{error::S3Error, metadata};

/// The only storage class.
pub(crate) const STANDARD: &str = "STANDARD";

/// The options that the operations have in common which write an object or begin to.
#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is about another header")]
pub(crate) struct WriteOptions<'a> {
    acl: Option<ObjectCannedACL>,
    grants: [(&'static str, Option<&'a str>); 4],
    encryption: Option<&'static str>,
    encryption_key: Option<&'a str>,
    encryption_context: bool,
    bucket_key: Option<bool>,
    customer_algorithm: Option<&'a str>,
    customer_key: bool,
    lock: bool,
    storage_class: Option<&'a str>,
    website_redirect: Option<&'a str>,
    if_match: Option<&'a str>,
    if_none_match: Option<&'a str>,
    /// Only the beginning of an upload, which makes no object yet.
    begins: bool,
}

/// The members have the same names in all these requests, which share no type. Those that make an object
/// at once take conditions on the key.
macro_rules! write_options {
    ($name:ident: $request:ty, $if_match:expr, $if_none_match:expr, $begins:expr) => {
        impl<'a> From<&'a $request> for WriteOptions<'a> {
            fn from($name: &'a $request) -> Self {
                let (if_match, if_none_match) = ($if_match, $if_none_match);
                let request = $name;
                Self {
                    if_match,
                    if_none_match,
                    begins: $begins,
                    acl: request.acl,
                    grants: [
                        ("s3:x-amz-grant-full-control", request.grant_full_control.as_deref()),
                        ("s3:x-amz-grant-read", request.grant_read.as_deref()),
                        ("s3:x-amz-grant-read-acp", request.grant_read_acp.as_deref()),
                        ("s3:x-amz-grant-write-acp", request.grant_write_acp.as_deref()),
                    ],
                    encryption: request.server_side_encryption.map(|kind| kind.as_str()),
                    encryption_key: request.ssekms_key_id.as_ref().map(|id| id.expose().as_str()),
                    encryption_context: request.ssekms_encryption_context.is_some(),
                    bucket_key: request.bucket_key_enabled,
                    customer_algorithm: request.sse_customer_algorithm.as_deref(),
                    customer_key: request.sse_customer_key.is_some()
                        || request.sse_customer_key_md5.is_some(),
                    lock: request.object_lock_event_hold.is_some()
                        || request.object_lock_event_hold_duration_days.is_some()
                        || request.object_lock_event_hold_duration_years.is_some()
                        || request.object_lock_legal_hold_status.is_some()
                        || request.object_lock_mode.is_some()
                        || request.object_lock_retain_until_date.is_some(),
                    storage_class: request.storage_class.as_deref(),
                    website_redirect: request.website_redirect_location.as_deref(),
                }
            }
        }

        impl AttributesOf for $request {
            fn attributes(&self) -> Attributes {
                Attributes {
                    content_type: self.content_type.clone(),
                    cache_control: self.cache_control.clone(),
                    content_disposition: self.content_disposition.clone(),
                    content_encoding: stored_encoding(self.content_encoding.as_deref()),
                    content_language: self.content_language.clone(),
                    expires: self.expires.clone(),
                    user_metadata: metadata::decoded(self.metadata.as_ref()),
                }
            }
        }
    };
}
write_options!(
    request: PutObjectRequest,
    request.if_match.as_deref(),
    request.if_none_match.as_deref(),
    false
);
write_options!(
    request: CopyObjectRequest,
    request.if_match.as_deref(),
    request.if_none_match.as_deref(),
    false
);
write_options!(request: CreateMultipartUploadRequest, None, None, true);

/// What a request says of the object that is stored with it.
pub(crate) trait AttributesOf {
    fn attributes(&self) -> Attributes;
}

impl<'a> WriteOptions<'a> {
    /// Only conditions on the key, of the request that completes an upload.
    pub(crate) fn of_conditions(if_match: Option<&'a str>, if_none_match: Option<&'a str>) -> Self {
        Self { if_match, if_none_match, ..Self::default() }
    }

    /// Adds the condition keys that these options are to policies.
    ///
    /// Source: Service Authorization Reference, *Amazon S3*, `PutObject`.
    pub(crate) fn add_keys(&self, need: Need) -> Need {
        let mut given: Vec<(&'static str, &str)> = Vec::new();
        given.extend(self.acl.map(|acl| ("s3:x-amz-acl", acl.as_str())));
        given.extend(self.grants.iter().filter_map(|(key, grant)| Some((*key, (*grant)?))));
        given.extend(self.encryption.map(|kind| ("s3:x-amz-server-side-encryption", kind)));
        given.extend(
            self.encryption_key.map(|id| ("s3:x-amz-server-side-encryption-aws-kms-key-id", id)),
        );
        given.extend(
            self.customer_algorithm
                .map(|name| ("s3:x-amz-server-side-encryption-customer-algorithm", name)),
        );
        given.extend(self.storage_class.map(|class| ("s3:x-amz-storage-class", class)));
        given.extend(
            self.website_redirect.map(|place| ("s3:x-amz-website-redirect-location", place)),
        );
        given.extend(self.if_match.map(|tag| ("s3:if-match", tag)));
        given.extend(self.if_none_match.map(|tag| ("s3:if-none-match", tag)));
        given.push(("s3:objectcreationoperation", if self.begins { "false" } else { "true" }));
        given.into_iter().fold(need, |need, (key, value)| need.with(key, value.to_owned()))
    }

    /// Refuses what is not served.
    ///
    /// Sources: S3 User Guide, *Controlling ownership of objects and disabling ACLs*; S3 API Reference,
    /// *Error responses*; `docs/differences.md`.
    pub(crate) fn check(&self) -> Result<(), S3Error> {
        use ObjectCannedACL::{BucketOwnerFullControl, Private};
        let not_implemented = |what| Err(S3Error::NotImplemented { what });
        if self.acl.is_some_and(|acl| !matches!(acl, Private | BucketOwnerFullControl))
            || self.grants.iter().any(|(_, grant)| grant.is_some())
        {
            return Err(S3Error::AccessControlList);
        }
        if let Some(class) = self.storage_class.filter(|class| *class != STANDARD) {
            let class = class.chars().take(100).collect();
            return Err(S3Error::InvalidStorageClass { class });
        }
        if self.encryption.is_some()
            || self.encryption_key.is_some()
            || self.encryption_context
            || self.bucket_key == Some(true)
        {
            return not_implemented("x-amz-server-side-encryption");
        }
        if self.customer_algorithm.is_some() || self.customer_key {
            return not_implemented("encryption with customer-provided keys");
        }
        if self.lock {
            return not_implemented("Object Lock");
        }
        if self.website_redirect.is_some() {
            return not_implemented("x-amz-website-redirect-location");
        }
        Ok(())
    }

    /// Under which condition the object is written.
    ///
    /// Source: S3 User Guide, *How to prevent object overwrites with conditional writes*.
    pub(crate) fn condition(&self) -> Result<Condition, S3Error> {
        match (self.if_match, self.if_none_match) {
            (None, None) => Ok(Condition::None),
            (None, Some("*")) => Ok(Condition::Absent),
            (Some("*"), None) => Ok(Condition::Exists),
            (Some(tag), None) if !tag.contains(['*', ',']) => {
                Ok(Condition::Matches(tag.trim().to_owned()))
            }
            (Some(_), _) => Err(S3Error::NotImplemented { what: "this If-Match" }),
            (None, Some(_)) => Err(S3Error::NotImplemented { what: "If-None-Match other than *" }),
        }
    }
}

/// `Content-Encoding` without `aws-chunked`, which is about the way and not about the object. The rest
/// stays as it was written.
///
/// Source: S3 API Reference, *Signature calculations: transferring payload in multiple chunks*.
fn stored_encoding(header: Option<&str>) -> Option<String> {
    let codings = header?.split(',');
    let stored: Vec<_> =
        codings.filter(|coding| !coding.trim().eq_ignore_ascii_case("aws-chunked")).collect();
    let stored = stored.join(",");
    let stored = stored.trim();
    (!stored.is_empty()).then(|| stored.to_owned())
}

#[cfg(test)]
mod tests {
    use gate::On;
    use wire::{
        Fault,
        s3::{ObjectLockMode, ServerSideEncryption},
    };

    use super::*;

    fn put(change: impl FnOnce(&mut PutObjectRequest)) -> PutObjectRequest {
        let mut request = PutObjectRequest::default();
        change(&mut request);
        request
    }

    #[test]
    fn what_happens_anyway_is_taken() {
        for request in [
            put(|_| {}),
            put(|r| r.acl = Some(ObjectCannedACL::Private)),
            put(|r| r.acl = Some(ObjectCannedACL::BucketOwnerFullControl)),
            put(|r| r.storage_class = Some(STANDARD.into())),
            put(|r| r.tagging = Some("a=b".into())),
            put(|r| r.bucket_key_enabled = Some(false)),
        ] {
            WriteOptions::from(&request).check().unwrap();
        }
    }

    #[test]
    fn what_is_not_served_is_refused() {
        let table = [
            (put(|r| r.acl = Some(ObjectCannedACL::PublicRead)), "AccessControlListNotSupported"),
            (put(|r| r.grant_read = Some("id=1".into())), "AccessControlListNotSupported"),
            (put(|r| r.storage_class = Some("GLACIER".into())), "InvalidStorageClass"),
            (put(|r| r.storage_class = Some("standard".into())), "InvalidStorageClass"),
            (put(|r| r.storage_class = Some(String::new())), "InvalidStorageClass"),
            (
                put(|r| r.server_side_encryption = Some(ServerSideEncryption::Aes256)),
                "NotImplemented",
            ),
            (put(|r| r.ssekms_key_id = Some("k".into())), "NotImplemented"),
            (put(|r| r.ssekms_encryption_context = Some("e30=".into())), "NotImplemented"),
            (put(|r| r.bucket_key_enabled = Some(true)), "NotImplemented"),
            (put(|r| r.sse_customer_algorithm = Some("AES256".into())), "NotImplemented"),
            (put(|r| r.sse_customer_key = Some("k".into())), "NotImplemented"),
            (put(|r| r.object_lock_mode = Some(ObjectLockMode::Governance)), "NotImplemented"),
            (put(|r| r.object_lock_event_hold_duration_days = Some(1)), "NotImplemented"),
            (put(|r| r.website_redirect_location = Some("/x".into())), "NotImplemented"),
        ];
        for (request, code) in table {
            let fault: Fault = WriteOptions::from(&request).check().unwrap_err().into();
            assert_eq!(fault.code(), code, "{request:?}");
        }
    }

    #[test]
    fn what_the_request_carries_policies_see_and_nothing_else() {
        let need = |request: &PutObjectRequest| {
            let on = On::Object { bucket: "b".into(), key: "k".into() };
            WriteOptions::from(request).add_keys(Need::new("s3:PutObject", on)).keys
        };
        assert_eq!(need(&put(|_| {})), [("s3:objectcreationoperation", "true".into())]);
        let request = put(|r| {
            r.acl = Some(ObjectCannedACL::PublicRead);
            r.grant_write_acp = Some("id=1".into());
            r.server_side_encryption = Some(ServerSideEncryption::AwsKms);
            r.ssekms_key_id = Some("key".into());
            r.sse_customer_algorithm = Some("AES256".into());
            r.storage_class = Some("STANDARD_IA".into());
            r.website_redirect_location = Some("/x".into());
            r.if_none_match = Some("*".into());
        });
        assert_eq!(
            need(&request),
            [
                ("s3:x-amz-acl", "public-read".into()),
                ("s3:x-amz-grant-write-acp", "id=1".into()),
                ("s3:x-amz-server-side-encryption", "aws:kms".into()),
                ("s3:x-amz-server-side-encryption-aws-kms-key-id", "key".into()),
                ("s3:x-amz-server-side-encryption-customer-algorithm", "AES256".into()),
                ("s3:x-amz-storage-class", "STANDARD_IA".into()),
                ("s3:x-amz-website-redirect-location", "/x".into()),
                ("s3:if-none-match", "*".into()),
                ("s3:objectcreationoperation", "true".into()),
            ]
        );
    }

    #[test]
    fn conditions_are_one_tag_or_none_at_all() {
        let condition = |if_match: Option<&str>, if_none_match: Option<&str>| {
            let request = put(|r| {
                r.if_match = if_match.map(str::to_owned);
                r.if_none_match = if_none_match.map(str::to_owned);
            });
            WriteOptions::from(&request).condition().ok()
        };
        assert_eq!(condition(None, None), Some(Condition::None));
        assert_eq!(condition(None, Some("*")), Some(Condition::Absent));
        assert_eq!(condition(Some("\"a\""), None), Some(Condition::Matches("\"a\"".into())));
        assert_eq!(condition(Some("*"), None), Some(Condition::Exists));
        for (if_match, if_none_match) in
            [(None, Some("\"a\"")), (Some("a,b"), None), (Some("a"), Some("*"))]
        {
            assert_eq!(condition(if_match, if_none_match), None);
        }
    }

    #[test]
    fn the_way_is_not_stored() {
        for (header, stored) in [
            (None, None),
            (Some("gzip"), Some("gzip")),
            (Some("aws-chunked"), None),
            (Some("aws-chunked,gzip"), Some("gzip")),
            (Some("aws-chunked, aws-chunked"), None),
            (Some("deflate, gzip"), Some("deflate, gzip")),
            (Some("deflate,gzip"), Some("deflate,gzip")),
            (Some("gzip, AWS-Chunked, br"), Some("gzip, br")),
            (Some("gzip, aws-chunked"), Some("gzip")),
            (Some(""), None),
        ] {
            assert_eq!(stored_encoding(header).as_deref(), stored, "{header:?}");
        }
    }
}
