//! Tags of a pool.

use std::collections::BTreeMap;

use directory::{UserPool, UserPoolKey};
use gate::{Authorized, Caller, Need, On};
use types::Arn;

use crate::{UserPools, error::UserPoolsError, names::pool_id};

/// How many tags a pool has at most.
///
/// Source: Amazon Cognito Developer Guide, *Tagging Amazon Cognito resources*, *Tag restrictions*.
const TAGS_MAX: usize = 50;

/// The tags, if AWS would take them. Lengths are checked by the model.
pub(crate) fn checked(
    tags: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, UserPoolsError> {
    let legal = |c: char| c.is_alphanumeric() || c == ' ' || "_.:/=+-@".contains(c);
    for (key, value) in &tags {
        if key.is_empty() || !key.chars().chain(value.chars()).all(legal) {
            return Err(UserPoolsError::Tagging(
                "A tag has characters that are not allowed".into(),
            ));
        }
        if key.to_ascii_lowercase().starts_with("aws:") {
            return Err(UserPoolsError::Tagging("Tag keys cannot begin with aws:".into()));
        }
    }
    if tags.len() > TAGS_MAX {
        return Err(UserPoolsError::Tagging(format!("A user pool has at most {TAGS_MAX} tags")));
    }
    Ok(tags)
}

/// What an operation on the tags of a resource needs: the action on that pool, of the caller's own account
/// and region.
pub(crate) fn on_tagged(
    action: &'static str,
    caller: &Caller,
    arn: &str,
) -> Result<Need, UserPoolsError> {
    let arn = own_pool(caller, arn)?;
    Ok(Need::new(action, On::Own(arn)))
}

/// The pool that a request about tags names.
pub(crate) fn tagged_pool<O: wire::Operation>(
    request: &Authorized<O>,
    arn: &str,
) -> Result<UserPoolKey, UserPoolsError> {
    let owner = request.owner().ok_or(UserPoolsError::NoAccount)?;
    let arn = own_pool(request.caller(), arn)?;
    Ok(UserPoolKey { owner, id: pool_id(pool_of(&arn))? })
}

fn own_pool(caller: &Caller, arn: &str) -> Result<Arn, UserPoolsError> {
    let invalid =
        || UserPoolsError::InvalidParameter("ResourceArn is not a user pool's".to_owned());
    let arn: Arn = arn.parse().map_err(|_| invalid())?;
    let id = pool_id(pool_of(&arn)).map_err(|_| invalid())?;
    if arn.service() != "cognito-idp" {
        return Err(invalid());
    }
    // Another account's or region's pool is not there.
    let is_own =
        arn.account_id() == caller.principal.account() && arn.region() == caller.region.as_str();
    if is_own { Ok(arn) } else { Err(UserPoolsError::NoSuchPool(id)) }
}

fn pool_of(arn: &Arn) -> &str {
    arn.resource().strip_prefix("userpool/").unwrap_or_default()
}

/// Changes a pool's tags.
pub(crate) async fn change(
    pools: &UserPools,
    key: &UserPoolKey,
    change: impl Fn(&mut BTreeMap<String, String>),
) -> Result<(), UserPoolsError> {
    let edit = |pool: &mut UserPool| -> Result<(), UserPoolsError> {
        let mut tags = pool.tags.clone();
        change(&mut tags);
        pool.tags = checked(tags).map_err(|error| match error {
            UserPoolsError::Tagging(why) => UserPoolsError::InvalidParameter(why),
            other => other,
        })?;
        pool.last_modified = pools.clock.now();
        Ok(())
    };
    let changed = pools.directory.update(key, edit).await?;
    changed.ok_or_else(|| UserPoolsError::NoSuchPool(key.id.clone()))
}
