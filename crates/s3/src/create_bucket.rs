use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, On, Operation};
use objects::{BucketName, CreateBucketError, Tags};
use types::{Arn, Region};
use wire::s3::{BucketCannedACL, CreateBucketOutput, CreateBucketRequest, ObjectOwnership};

use crate::{S3, error::S3Error, tagging};

pub(crate) const US_EAST_1: &str = "us-east-1";

/// [`CreateBucket`](https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html)
pub(crate) struct CreateBucket(pub(crate) Arc<S3>);

impl Operation for CreateBucket {
    type Wire = wire::s3::CreateBucket;
    type Error = S3Error;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &CreateBucketRequest) -> Result<Vec<Need>, S3Error> {
        let name = name(input)?;
        let bucket = Arn::new("s3", None, None, name.as_str());
        let on = On::Own(bucket);
        let create = with_keys(Need::new("s3:CreateBucket", on.clone()), input);
        let tags = tags(input)?;
        if tags.is_empty() {
            return Ok(vec![create]);
        }
        let tagged = |need: Need| {
            let tags = tags.iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
            Need { request_tags: tags.collect(), ..need }
        };
        Ok(vec![tagged(create), tagged(Need::new("s3:TagResource", on))])
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<CreateBucketOutput, S3Error> {
        let input = &request.input;
        let name = name(input)?;
        let account = request.caller().principal.account().ok_or(S3Error::AccessDenied)?;
        check(input)?;
        let endpoint = &request.caller().region;
        let region = region(endpoint, constraint(input))?;
        let location = format!("/{name}");
        let tags = tags(input)?;
        let created = self.0.objects.create_bucket(name.clone(), account, region, tags).await;
        match created {
            Ok(_) => {}
            Err(CreateBucketError::AlreadyOwnedByYou(_))
                if endpoint.as_str() == US_EAST_1 && self.is_in_us_east_1(&name).await? => {}
            Err(error) => return Err(error.into()),
        }
        Ok(CreateBucketOutput { location: Some(location), ..CreateBucketOutput::default() })
    }
}

impl CreateBucket {
    /// In that region, making one's own bucket again succeeds, for compatibility with the past.
    async fn is_in_us_east_1(&self, name: &BucketName) -> Result<bool, S3Error> {
        let found = self.0.objects.bucket(name.as_str()).await?;
        Ok(found.is_some_and(|bucket| bucket.value.region.as_str() == US_EAST_1))
    }
}

/// The name of a new bucket, of which each label begins and ends with a letter or a digit. Buckets
/// that an earlier release made with a hyphen beside a dot are still found.
///
/// Sources: S3 User Guide, *General purpose bucket naming rules*, for the names; the labels are in
/// its earlier editions (*Bucket restrictions and limitations*).
fn name(input: &CreateBucketRequest) -> Result<BucketName, S3Error> {
    let refused =
        || S3Error::InvalidBucketName { bucket: input.bucket.chars().take(100).collect() };
    if input.bucket.contains(".-") || input.bucket.contains("-.") {
        return Err(refused());
    }
    input.bucket.parse().map_err(|_| refused())
}

fn constraint(input: &CreateBucketRequest) -> Option<&str> {
    let constraint = input.create_bucket_configuration.as_ref()?.location_constraint.as_deref();
    constraint.filter(|constraint| !constraint.is_empty())
}

/// The condition keys of the request.
///
/// Source: Service Authorization Reference, *Amazon S3*, `CreateBucket`.
fn with_keys(need: Need, input: &CreateBucketRequest) -> Need {
    let given = [
        ("s3:x-amz-acl", input.acl.map(BucketCannedACL::as_str)),
        ("s3:x-amz-grant-full-control", input.grant_full_control.as_deref()),
        ("s3:x-amz-grant-read", input.grant_read.as_deref()),
        ("s3:x-amz-grant-read-acp", input.grant_read_acp.as_deref()),
        ("s3:x-amz-grant-write", input.grant_write.as_deref()),
        ("s3:x-amz-grant-write-acp", input.grant_write_acp.as_deref()),
        ("s3:x-amz-object-ownership", input.object_ownership.map(ObjectOwnership::as_str)),
        ("s3:locationconstraint", constraint(input)),
    ];
    let given = given.into_iter().filter_map(|(key, value)| Some((key, value?)));
    given.fold(need, |need, (key, value)| need.with(key, value.to_owned()))
}

/// The tags that the bucket is made with.
fn tags(input: &CreateBucketRequest) -> Result<Tags, S3Error> {
    let configuration = input.create_bucket_configuration.as_ref();
    let tags = configuration.and_then(|configuration| configuration.tags.as_deref());
    tagging::of_bucket(tags.unwrap_or_default())
}

/// Refuses what is not served.
fn check(input: &CreateBucketRequest) -> Result<(), S3Error> {
    let grants = [
        &input.grant_full_control,
        &input.grant_read,
        &input.grant_read_acp,
        &input.grant_write,
        &input.grant_write_acp,
    ];
    if input.acl.is_some_and(|acl| acl != BucketCannedACL::Private)
        || grants.into_iter().any(Option::is_some)
    {
        return Err(S3Error::BucketAccessControlList);
    }
    let not_implemented = |what| Err(S3Error::NotImplemented { what });
    if input.object_ownership.is_some_and(|o| o != ObjectOwnership::BucketOwnerEnforced) {
        return not_implemented("an object ownership other than BucketOwnerEnforced");
    }
    if input.object_lock_enabled_for_bucket == Some(true) {
        return not_implemented("Object Lock");
    }
    if input.bucket_namespace.is_some_and(|n| n != wire::s3::BucketNamespace::Global) {
        return not_implemented("a namespace of buckets other than the global one");
    }
    if let Some(configuration) = &input.create_bucket_configuration
        && (configuration.bucket.is_some() || configuration.location.is_some())
    {
        return not_implemented("a directory bucket");
    }
    Ok(())
}

/// The region that the bucket comes to lie in: the endpoint's, which must be named unless it is the
/// first one. That one's endpoint makes buckets in every region.
///
/// Source: S3 API Reference, `CreateBucket`, `LocationConstraint`; S3 User Guide, *Error responses*,
/// `IllegalLocationConstraintException`.
fn region(endpoint: &Region, constraint: Option<&str>) -> Result<Region, S3Error> {
    let global = endpoint.as_str() == US_EAST_1;
    let Some(constraint) = constraint else {
        if global {
            return Ok(endpoint.clone());
        }
        return Err(S3Error::IllegalLocationConstraint { constraint: "unspecified".to_owned() });
    };
    let name = if constraint == "EU" { "eu-west-1" } else { constraint };
    let shortened = || constraint.chars().take(100).collect();
    let region: Region =
        name.parse().map_err(|_| S3Error::InvalidLocationConstraint { constraint: shortened() })?;
    if region.as_str() == US_EAST_1 && global {
        return Err(S3Error::InvalidLocationConstraint { constraint: shortened() });
    }
    if global || region == *endpoint {
        Ok(region)
    } else {
        Err(S3Error::IllegalLocationConstraint { constraint: shortened() })
    }
}

#[cfg(test)]
mod tests {
    use wire::{
        Fault,
        s3::{BucketNamespace, CreateBucketConfiguration, LocationInfo},
    };

    use super::*;

    #[test]
    fn the_location_constraint_names_the_region() {
        let ok = |region: &str| Ok(region.to_owned());
        let illegal = Err("IllegalLocationConstraintException");
        let invalid = Err("InvalidLocationConstraint");
        for (endpoint, constraint, expected) in [
            ("us-east-1", None, ok("us-east-1")),
            ("us-east-1", Some("us-east-1"), invalid.clone()),
            ("us-east-1", Some("eu-central-1"), ok("eu-central-1")),
            ("us-east-1", Some("EU"), ok("eu-west-1")),
            ("us-east-1", Some("Moon Base"), invalid),
            ("eu-central-1", None, illegal.clone()),
            ("eu-central-1", Some("eu-central-1"), ok("eu-central-1")),
            ("eu-central-1", Some("eu-west-1"), illegal.clone()),
            ("eu-central-1", Some("us-east-1"), illegal),
            ("eu-west-1", Some("EU"), ok("eu-west-1")),
        ] {
            let region = region(&endpoint.parse().unwrap(), constraint)
                .map(|region| region.to_string())
                .map_err(|error| Fault::from(error).code());
            assert_eq!(region, expected, "{endpoint} {constraint:?}");
        }
    }

    #[test]
    fn what_is_not_served_is_refused() {
        let plain = CreateBucketRequest::default();
        let configured = |configuration| CreateBucketRequest {
            create_bucket_configuration: Some(configuration),
            ..CreateBucketRequest::default()
        };
        for input in [
            plain.clone(),
            CreateBucketRequest { acl: Some(BucketCannedACL::Private), ..plain.clone() },
            CreateBucketRequest {
                object_ownership: Some(ObjectOwnership::BucketOwnerEnforced),
                object_lock_enabled_for_bucket: Some(false),
                ..plain.clone()
            },
            configured(CreateBucketConfiguration::default()),
        ] {
            check(&input).unwrap();
        }
        let acl = "InvalidBucketAclWithObjectOwnership";
        for (input, code) in [
            (CreateBucketRequest { acl: Some(BucketCannedACL::PublicRead), ..plain.clone() }, acl),
            (CreateBucketRequest { grant_write: Some("id=1".into()), ..plain.clone() }, acl),
            (
                CreateBucketRequest {
                    object_ownership: Some(ObjectOwnership::ObjectWriter),
                    ..plain.clone()
                },
                "NotImplemented",
            ),
            (
                CreateBucketRequest { object_lock_enabled_for_bucket: Some(true), ..plain.clone() },
                "NotImplemented",
            ),
            (
                CreateBucketRequest {
                    bucket_namespace: Some(BucketNamespace::AccountRegional),
                    ..plain.clone()
                },
                "NotImplemented",
            ),
            (
                configured(CreateBucketConfiguration {
                    location: Some(LocationInfo::default()),
                    ..CreateBucketConfiguration::default()
                }),
                "NotImplemented",
            ),
        ] {
            let fault: Fault = check(&input).unwrap_err().into();
            assert_eq!(fault.code(), code, "{input:?}");
        }
    }

    #[test]
    fn a_name_that_no_bucket_can_have_is_refused_at_once() {
        let input = CreateBucketRequest { bucket: "No".into(), ..CreateBucketRequest::default() };
        let fault: Fault = name(&input).unwrap_err().into();
        assert_eq!((fault.code(), fault.status().as_u16()), ("InvalidBucketName", 400));
        assert_eq!(fault.fields(), [("BucketName", "No".to_owned())]);
    }

    #[test]
    fn no_new_bucket_has_a_hyphen_beside_a_dot() {
        let named = |bucket: &str| {
            name(&CreateBucketRequest { bucket: bucket.into(), ..CreateBucketRequest::default() })
                .map(String::from)
                .map_err(|error| Fault::from(error).code())
        };
        assert_eq!(named("my-logs.example"), Ok("my-logs.example".to_owned()));
        for bucket in ["my-.logs", "my.-logs"] {
            assert_eq!(named(bucket), Err("InvalidBucketName"), "{bucket}");
        }
    }
}
