//! What AWS takes and this service does not: refused by name, never passed over.

use crate::error::StackError;

/// The first of these members that is given is refused.
pub(crate) fn refuse<const N: usize>(members: [(&'static str, bool); N]) -> Result<(), StackError> {
    match members.into_iter().find(|(_, given)| *given) {
        Some((name, _)) => Err(StackError::NotServed(name)),
        None => Ok(()),
    }
}

/// Whether a list has members.
pub(crate) fn some<T>(list: Option<&Vec<T>>) -> bool {
    list.is_some_and(|list| !list.is_empty())
}
