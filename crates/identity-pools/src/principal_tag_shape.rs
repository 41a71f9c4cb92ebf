//! Which claims become session tags, as requests and responses have it.

use std::collections::BTreeMap;

use directory::{IdentityPool, PrincipalTags};

use crate::{error::PoolError, principal_tags};

/// The map as it is remembered.
pub(crate) fn taken(
    use_defaults: Option<bool>,
    tags: Option<BTreeMap<String, String>>,
) -> Result<PrincipalTags, PoolError> {
    let tags = tags.unwrap_or_default();
    if use_defaults == Some(true) {
        // The defaults themselves, as they are told, may be given back.
        if !tags.is_empty() && tags != principal_tags::map(&PrincipalTags::Defaults) {
            let message = "PrincipalTags cannot be given with UseDefaults";
            return Err(PoolError::Parameter(message.to_owned()));
        }
        return Ok(PrincipalTags::Defaults);
    }
    principal_tags::check_keys(tags.keys())?;
    Ok(PrincipalTags::Mapped(tags))
}

/// Whether a pool takes tokens of this provider, so that they can have tags.
pub(crate) fn check_provider(pool: &IdentityPool, provider: &str) -> Result<(), PoolError> {
    if pool.providers.iter().any(|own| own.user_pool.provider_name() == provider) {
        return Ok(());
    }
    let message = format!("{provider:?} is not a Cognito identity provider of this identity pool");
    Err(PoolError::Parameter(message))
}

/// Whether these are the defaults, for a response.
pub(crate) fn uses_defaults(tags: &PrincipalTags) -> bool {
    matches!(tags, PrincipalTags::Defaults)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect()
    }

    #[test]
    fn tags_are_the_defaults_or_given() {
        let mapped = |tags| PrincipalTags::Mapped(pairs(tags));
        assert_eq!(taken(Some(true), None).unwrap(), PrincipalTags::Defaults);
        assert_eq!(taken(None, Some(pairs(&[("a", "b")]))).unwrap(), mapped(&[("a", "b")]));
        // Without either, none.
        assert_eq!(taken(None, None).unwrap(), mapped(&[]));
        assert_eq!(taken(Some(false), Some(pairs(&[]))).unwrap(), mapped(&[]));
        let told = Some(pairs(&[("client", "aud"), ("username", "sub")]));
        assert_eq!(taken(Some(true), told).unwrap(), PrincipalTags::Defaults);
        let both = taken(Some(true), Some(pairs(&[("a", "b")])));
        assert!(matches!(both, Err(PoolError::Parameter(_))));
        for wrong in [&[("aws:a", "b")][..], &[("a*", "b")], &[("A", "b"), ("a", "b")]] {
            assert!(matches!(taken(None, Some(pairs(wrong))), Err(PoolError::Tag(_))), "{wrong:?}");
        }
    }
}
