use types::Timestamp;

use crate::{Object, ObjectVersion, WriteError};

/// What must be true of the key for an object to be written or deleted.
///
/// Sources: S3 User Guide, *How to prevent object overwrites with conditional writes*, *How to perform
/// conditional deletes*.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Condition {
    /// Nothing.
    #[default]
    None,
    /// There is no object under it, or a delete marker (`If-None-Match: *`).
    Absent,
    /// There is an object under it (`If-Match: *`).
    Exists,
    /// The object under it has this tag, with or without quotes (`If-Match`).
    Matches(String),
    /// It has this many bytes, or there is nothing (`x-amz-if-match-size`).
    HasSize(u64),
    /// It was written in this second, or there is nothing
    /// (`x-amz-if-match-last-modified-time`).
    WrittenAt(Timestamp),
}

impl Condition {
    /// Whether it holds of what is under the key: an object, a delete marker or nothing at all. What is
    /// not there has neither a size nor a time that could be another one.
    ///
    /// Source: S3 API Reference, `DeleteObject`, `x-amz-if-match-size` and
    /// `x-amz-if-match-last-modified-time`.
    pub(crate) fn check_found(&self, version: Option<&ObjectVersion>) -> Result<(), WriteError> {
        match (self, version) {
            (Self::HasSize(_) | Self::WrittenAt(_), None) => Ok(()),
            (_, version) => self.check(version.and_then(ObjectVersion::as_object)),
        }
    }

    /// Whether it holds of this version, which is current unless the request names another.
    pub(crate) fn check(&self, object: Option<&Object>) -> Result<(), WriteError> {
        let of_object = |holds: &dyn Fn(&Object) -> bool| object.is_some_and(holds);
        let holds = match self {
            Self::None => true,
            Self::Absent => object.is_none(),
            Self::Exists => object.is_some(),
            Self::Matches(tag) => of_object(&|object| object.etag.is(tag)),
            Self::HasSize(size) => of_object(&|object| object.size == *size),
            Self::WrittenAt(moment) => {
                of_object(&|object| object.last_modified.as_second() == moment.as_second())
            }
        };
        if holds {
            Ok(())
        } else {
            let current = object.map(|object| object.etag.clone());
            Err(WriteError::ConditionFailed { current })
        }
    }
}
