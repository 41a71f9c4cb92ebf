//! The resource types, one file each.
//!
//! A type says what its properties are, what their change demands, and how it is made, changed,
//! deleted and found again, always by operations that the gate decides for whoever the stack is worked
//! on as. Source of each: its page of the *CloudFormation Template Reference*.

mod access_key;
mod bucket;
mod bucket_policy;
mod failure;
mod group;
mod iam_policies;
mod identity_pool;
mod identity_pool_principal_tag;
mod identity_pool_role_attachment;
mod managed_policy;
mod nothing;
mod policy;
mod role;
mod schema;
mod step;
mod user;
mod user_pool;
mod user_pool_client;
mod user_pool_domain;
mod user_pool_group;
mod user_pool_user;
mod user_pool_user_to_group_attachment;
mod user_to_group_addition;

use futures_util::future::{BoxFuture, FutureExt as _, ready};
use serde_json::{Map, Value as Json};

pub(crate) use failure::{Failure, found, gone};
pub(crate) use schema::{Kind, Properties, Property, has_unknown, read, unknown};
pub(crate) use step::{StackPlace, Step, tags_of, texts};

/// What is done for a step, and what comes of it.
pub(crate) type Doing<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// What `Fn::GetAtt` gives, by name.
pub(crate) type Attributes = Map<String, Json>;

/// Something that was made.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Made {
    /// What it is known by; also what `Ref` gives.
    pub(crate) physical_id: String,
    /// Attributes that only its maker is told.
    pub(crate) attributes: Attributes,
}

impl Made {
    pub(crate) fn new(physical_id: impl Into<String>) -> Self {
        Self { physical_id: physical_id.into(), attributes: Attributes::new() }
    }
}

/// How a type's resources are named.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Naming {
    /// The property that names it, if there is one.
    pub(crate) property: Option<&'static str>,
    /// How many characters a chosen name has at most.
    pub(crate) length_max: usize,
    /// Whether it has no upper-case letters.
    pub(crate) lower_case: bool,
}

impl Naming {
    const fn new(property: &'static str, length_max: usize) -> Self {
        Self { property: Some(property), length_max, lower_case: false }
    }
}

/// A type of resource.
pub(crate) trait ResourceType: Send + Sync {
    /// Its name.
    fn name(&self) -> &'static str;

    /// Its properties.
    fn properties(&self) -> &'static [Property];

    /// The names that `Fn::GetAtt` takes.
    fn attributes(&self) -> &'static [&'static str] {
        &[]
    }

    /// How its resources are named.
    fn naming(&self) -> Naming {
        Naming { property: None, length_max: 128, lower_case: false }
    }

    /// The property with its labels, among which the stack's are put.
    fn tag_property(&self) -> Option<&'static Property> {
        self.properties().iter().find(|property| matches!(property.kind, Kind::Tags))
    }

    /// Makes it: one call, so that it is there or not. Answers what it is known by, which is recorded
    /// before anything else is done to it.
    fn create<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Made>;

    /// Finds what a `create` made that was interrupted before it could be recorded.
    fn find<'a>(&'a self, step: &'a Step<'a>) -> Doing<'a, Option<Made>>;

    /// Does what remains after `create`. It may have been done before, wholly or in part.
    fn finish<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()> {
        let _ = (step, id);
        ready(Ok(())).boxed()
    }

    /// Why it cannot be changed like that at all, which is said before anything is done.
    fn refuses(&self, before: &Properties, after: &Properties) -> Option<String> {
        let _ = (before, after);
        None
    }

    /// Changes it from what it was to what it is to be. It may have been done before, wholly or in
    /// part.
    fn update<'a>(
        &'a self,
        step: &'a Step<'a>,
        id: &'a str,
        before: &'a Properties,
    ) -> Doing<'a, ()>;

    /// Deletes it; succeeds if it is not there.
    fn delete<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, ()>;

    /// Its attributes, but those that only its maker is told.
    fn read<'a>(&'a self, step: &'a Step<'a>, id: &'a str) -> Doing<'a, Attributes> {
        let _ = (step, id);
        ready(Ok(Attributes::new())).boxed()
    }
}

/// Every type that is served.
const ALL: &[&dyn ResourceType] = &[
    &access_key::AccessKey,
    &bucket::Bucket,
    &bucket_policy::BucketPolicy,
    &group::Group,
    &identity_pool::IdentityPool,
    &identity_pool_principal_tag::IdentityPoolPrincipalTag,
    &identity_pool_role_attachment::IdentityPoolRoleAttachment,
    &managed_policy::ManagedPolicy,
    &nothing::Nothing("AWS::CDK::Metadata", &[Property::text("Analytics")]),
    &nothing::Nothing("AWS::CloudFormation::WaitConditionHandle", &[]),
    &policy::Policy,
    &role::Role,
    &user::User,
    &user_pool::UserPool,
    &user_pool_client::UserPoolClient,
    &user_pool_domain::UserPoolDomain,
    &user_pool_group::UserPoolGroup,
    &user_pool_user::UserPoolUser,
    &user_pool_user_to_group_attachment::UserPoolUserToGroupAttachment,
    &user_to_group_addition::UserToGroupAddition,
];

/// The type of that name.
pub(crate) fn by_name(name: &str) -> Option<&'static dyn ResourceType> {
    ALL.iter().find(|own| own.name() == name).copied()
}

/// What a template may name.
pub(crate) struct Types;

impl templates::ResourceTypes for Types {
    fn attributes(&self, kind: &str) -> Option<&[&str]> {
        by_name(kind).map(ResourceType::attributes)
    }
}

/// Attributes from pairs.
pub(crate) fn attributes<'a>(pairs: impl IntoIterator<Item = (&'a str, String)>) -> Attributes {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), Json::String(value))).collect()
}

/// Properties under the names that the operation has for them; those that are absent stay so.
pub(crate) fn renamed(properties: &Properties, names: &[(&str, &str)]) -> Properties {
    names
        .iter()
        .filter_map(|(own, theirs)| Some(((*theirs).to_owned(), properties.get(*own)?.clone())))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_distinct_and_say_only_what_they_have() {
        let names: Vec<_> = ALL.iter().map(|own| own.name()).collect();
        let mut sorted = names.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted.len(), names.len(), "each once");
        for own in ALL {
            let properties: Vec<_> = own.properties().iter().map(|own| own.name).collect();
            let mut distinct = properties.clone();
            distinct.sort_unstable();
            distinct.dedup();
            assert_eq!(distinct.len(), properties.len(), "{}", own.name());
            if let Some(name) = own.naming().property {
                assert!(properties.contains(&name), "{}: {name}", own.name());
            }
        }
        assert!(by_name("AWS::S3::Buckets").is_none());
    }
}
