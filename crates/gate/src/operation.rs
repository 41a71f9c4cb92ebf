//! What a service says of each of its operations, one file per operation.

use std::{borrow::Cow, future::Future};

use directory::EntityKind;
use objects::VersionId;
use types::Arn;
use wire::Fault;

use crate::{Authorized, Caller};

/// Which of the registry's lists an operation is on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// The caller is whoever signed. At S3 an unsigned request is anonymous; elsewhere refused.
    Signed,
    /// The caller is whom the token in the input speaks of, see [`Operation::web_identity_token`].
    Token,
    /// Anyone may call it; a signature is not looked at. AWS's models mark these operations.
    Unsigned,
    /// Only a service calls it, in the process ([`Authorized::call`]): no request names it.
    Service,
}

/// An operation that is served.
pub trait Operation: Send + Sync + 'static {
    /// Its name, input and output on the wire.
    type Wire: wire::Operation;
    /// What can go wrong in it, each with AWS's code and status.
    type Error: Into<Fault> + Send;

    /// Who may call it at all.
    const ACCESS: Access;

    /// Everything the caller must be allowed to do for this input. An empty list means that AWS
    /// asks for no permission.
    ///
    /// # Errors
    /// The input cannot name a resource (a malformed ARN, an impossible bucket name).
    fn needs(&self, caller: &Caller, input: &InputOf<Self>) -> Result<Vec<Need>, Self::Error>;

    /// The things that are decided each by itself: one that the caller may not do leaves the others. The
    /// verdicts are [`Authorized::parts`], in this order.
    ///
    /// # Errors
    /// As [`Operation::needs`].
    fn parts(&self, caller: &Caller, input: &InputOf<Self>) -> Result<Vec<Need>, Self::Error> {
        let (_, _) = (caller, input);
        Ok(Vec::new())
    }

    /// The web identity token of an operation on the list [`Access::Token`].
    fn web_identity_token<'a>(&self, input: &'a InputOf<Self>) -> Option<&'a str> {
        let _ = input;
        None
    }

    /// Does the work.
    fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> impl Future<Output = Result<OutputOf<Self>, Self::Error>> + Send;
}

/// The input of an operation.
pub type InputOf<O> = <<O as Operation>::Wire as wire::Operation>::Input;

/// The output of an operation.
pub type OutputOf<O> = <<O as Operation>::Wire as wire::Operation>::Output;

/// One thing the caller must be allowed to do.
#[derive(Debug, Clone)]
pub struct Need {
    /// The action, such as `s3:GetObject`.
    pub action: &'static str,
    /// What it is done to; also says which facts the gate fetches to decide.
    pub on: On,
    /// Condition keys that this request brings with it. Names in lower case.
    pub keys: Vec<(&'static str, Cow<'static, str>)>,
    /// Condition keys that may have several values. Names in lower case.
    pub lists: Vec<(&'static str, Vec<String>)>,
    /// Tags that this request puts on something: `aws:RequestTag/KEY` and `aws:TagKeys`.
    pub request_tags: Vec<(String, String)>,
    /// Keys of tags that this request takes away: `aws:TagKeys` alone.
    pub tag_keys: Vec<String>,
    /// Tags that this request puts on an object: `s3:RequestObjectTag/KEY` and
    /// `s3:RequestObjectTagKeys`.
    pub object_tags: Vec<(String, String)>,
    /// A multipart upload of the object: who began it may do this too, unless a policy denies it.
    pub upload: Option<String>,
    /// Whether policies see which permissions boundary the entity has now: `iam:PermissionsBoundary`.
    pub shows_boundary: bool,
    /// Whose tags are `s3:ExistingObjectTag/KEY`, for actions that have this key.
    pub existing_object: ExistingObject,
}

/// The object that an action is done to, if policies can look at its tags.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum ExistingObject {
    /// They cannot.
    #[default]
    None,
    /// The current version of it.
    Current,
    /// This version of it.
    Version(VersionId),
}

impl Need {
    /// An action on a resource, with no condition keys of its own.
    #[must_use]
    pub fn new(action: &'static str, on: On) -> Self {
        Self {
            action,
            on,
            keys: Vec::new(),
            lists: Vec::new(),
            request_tags: Vec::new(),
            tag_keys: Vec::new(),
            object_tags: Vec::new(),
            upload: None,
            shows_boundary: false,
            existing_object: ExistingObject::None,
        }
    }

    /// The same with one more condition key. `key` is in lower case.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.keys.push((key, value.into()));
        self
    }

    /// The same, but who began this multipart upload of the object needs no policy that allows it.
    ///
    /// Source: S3 User Guide, *Uploading and copying objects using multipart upload*, *Multipart upload
    /// API and permissions*.
    #[must_use]
    pub fn or_initiator_of(mut self, upload: impl Into<String>) -> Self {
        self.upload = Some(upload.into());
        self
    }

    /// The same with one more condition key that may have several values. `key` is in lower case.
    #[must_use]
    pub fn with_list(mut self, key: &'static str, values: Vec<String>) -> Self {
        self.lists.push((key, values));
        self
    }

    /// The same with `iam:PermissionsBoundary`, the boundary that the entity has now.
    #[must_use]
    pub fn with_boundary_of_target(mut self) -> Self {
        self.shows_boundary = true;
        self
    }

    /// The same with tags, keys and values, that the request puts on something.
    #[must_use]
    pub fn with_request_tags<'a>(
        mut self,
        tags: impl IntoIterator<Item = (&'a String, &'a String)>,
    ) -> Self {
        self.request_tags.extend(tags.into_iter().map(|(key, value)| (key.clone(), value.clone())));
        self
    }

    /// The same with keys of tags that the request takes away from something.
    #[must_use]
    pub fn with_tag_keys<'a>(mut self, keys: impl IntoIterator<Item = &'a String>) -> Self {
        self.tag_keys.extend(keys.into_iter().cloned());
        self
    }

    /// The same with tags, keys and values, that the request puts on an object.
    #[must_use]
    pub fn with_object_tags<'a>(
        mut self,
        tags: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Self {
        let tags = tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned()));
        self.object_tags.extend(tags);
        self
    }

    /// The same, where policies can look at the tags of the object that is there.
    #[must_use]
    pub fn with_existing_object(mut self, version: Option<VersionId>) -> Self {
        self.existing_object = version.map_or(ExistingObject::Current, ExistingObject::Version);
        self
    }
}

/// What an action is done to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum On {
    /// No resource in particular: policies see `*`.
    Everything,
    /// A resource of the caller's own account, which need not exist. Only the caller's own
    /// policies speak of it.
    Own(Arn),
    /// A role, user or group of the caller's own account by its name, which need not exist. The gate
    /// looks up its path, which is part of the ARN that policies see, and its tags.
    Entity(EntityKind, String),
    /// A managed policy by its ARN; one of the caller's own account need not exist. The gate looks up
    /// its tags.
    ManagedPolicy(Arn),
    /// A CloudFormation stack of the caller's own account and region by its name, which need not
    /// exist. The gate looks up its id, which is part of the ARN that policies see; of a missing one
    /// that part is `*`, literally.
    Stack(String),
    /// A bucket, wherever it belongs. Its policy speaks too; a missing one is `NoSuchBucket`.
    Bucket(String),
    /// An object in a bucket, likewise.
    Object {
        /// The bucket's name.
        bucket: String,
        /// The key, literally.
        key: String,
    },
    /// A role that is to be taken, by its trust policy.
    Trust(Arn),
}

impl On {
    /// The resource as policies see it; of an entity or a stack that was not looked up, only the name.
    #[must_use]
    pub fn resource(&self) -> Cow<'_, str> {
        match self {
            Self::Everything => Cow::Borrowed("*"),
            Self::Own(arn) | Self::ManagedPolicy(arn) | Self::Trust(arn) => {
                Cow::Borrowed(arn.as_str())
            }
            Self::Entity(kind, name) => Cow::Owned(format!("{kind}/{name}")),
            Self::Stack(name) => Cow::Owned(format!("stack/{name}/*")),
            Self::Bucket(bucket) => Cow::Owned(format!("arn:aws:s3:::{bucket}")),
            Self::Object { bucket, key } => Cow::Owned(format!("arn:aws:s3:::{bucket}/{key}")),
        }
    }
}
