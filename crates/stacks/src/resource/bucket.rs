use futures_util::future::FutureExt as _;
use serde_json::Value as Json;
use wire::s3;

use crate::resource::{
    Attributes, Doing, Failure, Kind, Made, Naming, Properties, Property, ResourceType, Step,
    attributes, gone,
};

/// [`AWS::S3::Bucket`](https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-s3-bucket.html)
pub(super) struct Bucket;

const PROPERTIES: &[Property] = &[
    Property::new("AccelerateConfiguration", Kind::NotServed),
    Property::new("AccessControl", Kind::NotServed),
    Property::new("AnalyticsConfigurations", Kind::NotServed),
    Property::new("BucketEncryption", Kind::NotServed),
    Property::text("BucketName").replaces(),
    Property::new("CorsConfiguration", Kind::NotServed),
    Property::new("IntelligentTieringConfigurations", Kind::NotServed),
    Property::new("InventoryConfigurations", Kind::NotServed),
    Property::new("LifecycleConfiguration", Kind::NotServed),
    Property::new("LoggingConfiguration", Kind::NotServed),
    Property::new("MetricsConfigurations", Kind::NotServed),
    Property::new("NotificationConfiguration", Kind::NotServed),
    Property::new("ObjectLockConfiguration", Kind::NotServed),
    Property::new("ObjectLockEnabled", Kind::NotServed),
    Property::new(
        "OwnershipControls",
        Kind::Object(&[Property::new(
            "Rules",
            Kind::List(&Kind::Object(&[Property::new("ObjectOwnership", OWNERSHIPS)])),
        )
        .required()]),
    ),
    Property::new(
        "PublicAccessBlockConfiguration",
        Kind::Object(&[
            Property::new("BlockPublicAcls", Kind::Boolean),
            Property::new("BlockPublicPolicy", Kind::Boolean),
            Property::new("IgnorePublicAcls", Kind::Boolean),
            Property::new("RestrictPublicBuckets", Kind::Boolean),
        ]),
    ),
    Property::new("ReplicationConfiguration", Kind::NotServed),
    Property::new("Tags", Kind::Tags),
    Property::new(
        "VersioningConfiguration",
        Kind::Object(&[Property::new("Status", Kind::OneOf(&["Enabled", "Suspended"])).required()]),
    ),
    Property::new("WebsiteConfiguration", Kind::NotServed),
];

const OWNERSHIPS: Kind =
    Kind::OneOf(&["BucketOwnerEnforced", "BucketOwnerPreferred", "ObjectWriter"]);

const OWNERSHIP_CONTROLS: &str = "OwnershipControls";
const PUBLIC_ACCESS_BLOCK: &str = "PublicAccessBlockConfiguration";
const VERSIONING: &str = "VersioningConfiguration";

impl ResourceType for Bucket {
    fn name(&self) -> &'static str {
        "AWS::S3::Bucket"
    }

    fn properties(&self) -> &'static [Property] {
        PROPERTIES
    }

    fn attributes(&self) -> &'static [&'static str] {
        &["Arn", "DomainName", "DualStackDomainName", "RegionalDomainName"]
    }

    fn naming(&self) -> Naming {
        Naming { lower_case: true, ..Naming::new("BucketName", 63) }
    }

    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made> {
        async move {
            // In the first region, making one's own bucket again succeeds: that would take one into the
            // stack that it did not make.
            if exists(step).await? {
                return Err(Failure::new(format!("{} already exists", step.name)));
            }
            let elsewhere = step.stack.region.as_str() != "us-east-1";
            let configuration = elsewhere.then(|| s3::CreateBucketConfiguration {
                location_constraint: Some(step.stack.region.to_string()),
                ..s3::CreateBucketConfiguration::default()
            });
            let input = s3::CreateBucketRequest {
                bucket: step.name.to_owned(),
                create_bucket_configuration: configuration,
                ..s3::CreateBucketRequest::default()
            };
            step.call::<s3::CreateBucket>(input).await?;
            Ok(Made::new(step.name))
        }
        .boxed()
    }

    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>> {
        async move {
            let listed = step.call::<s3::ListBuckets>(s3::ListBucketsRequest::default()).await?;
            let mut buckets = listed.buckets.into_iter().flatten();
            let own = buckets.find(|bucket| bucket.name.as_deref() == Some(step.name));
            let own = own.is_some_and(|bucket| step.can_be_ours(bucket.creation_date));
            Ok(own.then(|| Made::new(step.name)))
        }
        .boxed()
    }

    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move { settle(step, id, &Properties::new()).await }.boxed()
    }

    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()> {
        async move { settle(step, id, before).await }.boxed()
    }

    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        async move {
            let input = s3::DeleteBucketRequest {
                bucket: id.to_owned(),
                ..s3::DeleteBucketRequest::default()
            };
            gone(step.call::<s3::DeleteBucket>(input).await)
        }
        .boxed()
    }

    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        async move {
            let region = &step.stack.region;
            Ok(attributes([
                ("Arn", format!("arn:aws:s3:::{id}")),
                ("DomainName", format!("{id}.s3.amazonaws.com")),
                ("DualStackDomainName", format!("{id}.s3.dualstack.{region}.amazonaws.com")),
                ("RegionalDomainName", format!("{id}.s3.{region}.amazonaws.com")),
            ]))
        }
        .boxed()
    }
}

async fn exists(step: &Step<'_>) -> Result<bool, Failure> {
    let input =
        s3::HeadBucketRequest { bucket: step.name.to_owned(), ..s3::HeadBucketRequest::default() };
    match step.call::<s3::HeadBucket>(input).await {
        Err(failure) if failure.is_not_found() => Ok(false),
        // One that may not be looked at is there too.
        Err(failure) if failure.is_temporary() => Err(failure),
        Ok(_) | Err(_) => Ok(true),
    }
}

/// Brings a bucket's configurations to what they are to be; only those that differ are set.
async fn settle(step: &Step<'_>, id: &str, before: &Properties) -> Result<(), Failure> {
    let differs = |name: &str| before.get(name) != step.properties.get(name);
    if differs(VERSIONING) {
        let status = member(step.properties, VERSIONING, "Status").and_then(Json::as_str);
        // Versioning can be suspended, but never undone.
        let enabled = status == Some("Enabled");
        let status = if enabled {
            s3::BucketVersioningStatus::Enabled
        } else {
            s3::BucketVersioningStatus::Suspended
        };
        let input = s3::PutBucketVersioningRequest {
            bucket: id.to_owned(),
            versioning_configuration: s3::VersioningConfiguration {
                status: Some(status),
                ..s3::VersioningConfiguration::default()
            },
            ..s3::PutBucketVersioningRequest::default()
        };
        step.call::<s3::PutBucketVersioning>(input).await?;
    }
    if differs(PUBLIC_ACCESS_BLOCK) {
        public_access_block(step, id).await?;
    }
    if differs(OWNERSHIP_CONTROLS) {
        ownership_controls(step, id).await?;
    }
    if differs("Tags") {
        let tags = step.tags().into_iter().map(|(key, value)| s3::Tag { key, value });
        let input = s3::PutBucketTaggingRequest {
            bucket: id.to_owned(),
            tagging: s3::Tagging { tag_set: tags.collect() },
            ..s3::PutBucketTaggingRequest::default()
        };
        step.call::<s3::PutBucketTagging>(input).await?;
    }
    Ok(())
}

/// Without the property a bucket has what every new one has: everything public is blocked.
async fn public_access_block(step: &Step<'_>, id: &str) -> Result<(), Failure> {
    let absent = !step.properties.contains_key(PUBLIC_ACCESS_BLOCK);
    let flag = |name: &str| {
        let value = member(step.properties, PUBLIC_ACCESS_BLOCK, name).and_then(Json::as_bool);
        Some(value.unwrap_or(absent))
    };
    let input = s3::PutPublicAccessBlockRequest {
        bucket: id.to_owned(),
        public_access_block_configuration: s3::PublicAccessBlockConfiguration {
            block_public_acls: flag("BlockPublicAcls"),
            block_public_policy: flag("BlockPublicPolicy"),
            ignore_public_acls: flag("IgnorePublicAcls"),
            restrict_public_buckets: flag("RestrictPublicBuckets"),
        },
        ..s3::PutPublicAccessBlockRequest::default()
    };
    step.call::<s3::PutPublicAccessBlock>(input).await.map(drop)
}

async fn ownership_controls(step: &Step<'_>, id: &str) -> Result<(), Failure> {
    let rules = member(step.properties, OWNERSHIP_CONTROLS, "Rules").and_then(Json::as_array);
    let rule = |rule: &Json| {
        let object_ownership = match rule.get("ObjectOwnership")?.as_str()? {
            "BucketOwnerPreferred" => s3::ObjectOwnership::BucketOwnerPreferred,
            "ObjectWriter" => s3::ObjectOwnership::ObjectWriter,
            _ => s3::ObjectOwnership::BucketOwnerEnforced,
        };
        Some(s3::OwnershipControlsRule { object_ownership })
    };
    let rules: Vec<_> = rules.into_iter().flatten().filter_map(rule).collect();
    if rules.is_empty() {
        let input = s3::DeleteBucketOwnershipControlsRequest {
            bucket: id.to_owned(),
            ..s3::DeleteBucketOwnershipControlsRequest::default()
        };
        return gone(step.call::<s3::DeleteBucketOwnershipControls>(input).await);
    }
    let input = s3::PutBucketOwnershipControlsRequest {
        bucket: id.to_owned(),
        ownership_controls: s3::OwnershipControls { rules },
        ..s3::PutBucketOwnershipControlsRequest::default()
    };
    step.call::<s3::PutBucketOwnershipControls>(input).await.map(drop)
}

fn member<'a>(properties: &'a Properties, name: &str, member: &str) -> Option<&'a Json> {
    properties.get(name)?.get(member)
}
