//! Identity pools by their ARNs, as the operations on tags name them.

use directory::IdentityPoolKey;
use gate::{Authorized, Caller, Need, On};
use types::Arn;

use crate::{error::PoolError, ids::pool_id, pool_shape::own_key};

/// What an operation on the tags of a resource needs.
pub(crate) fn need(caller: &Caller, action: &'static str, arn: &str) -> Result<Need, PoolError> {
    caller.principal.account().ok_or(PoolError::NoAccount)?;
    let (arn, _) = parsed(arn)?;
    Ok(Need::new(action, On::Own(arn)))
}

/// The key of the caller's pool of that ARN. A pool of another account or region is not there.
pub(crate) fn key<O: wire::Operation>(
    request: &Authorized<O>,
    arn: &str,
) -> Result<IdentityPoolKey, PoolError> {
    let (parsed, id) = parsed(arn)?;
    let key = own_key(request, &id)?;
    let (account, region) = (key.owner.account(), key.owner.region());
    if parsed.account_id() != Some(*account) || parsed.region() != region.as_str() {
        return Err(PoolError::NoSuchPool(id));
    }
    Ok(key)
}

/// The ARN, and the pool's id in it.
fn parsed(text: &str) -> Result<(Arn, String), PoolError> {
    let wrong = || PoolError::Parameter(format!("Invalid ResourceArn: {text:?}"));
    let arn: Arn = text.parse().map_err(|_| wrong())?;
    let id = arn.resource().strip_prefix("identitypool/").ok_or_else(wrong)?.to_owned();
    if arn.partition() != "aws" || arn.service() != "cognito-identity" {
        return Err(wrong());
    }
    pool_id(&id)?;
    Ok((arn, id))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_an_identity_pool_names_one() {
        let id = "us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e";
        let good = format!("arn:aws:cognito-identity:us-east-1:123456789012:identitypool/{id}");
        assert_eq!(parsed(&good).unwrap().1, id);
        for wrong in [
            id.to_owned(),
            good.replace("cognito-identity", "cognito-idp"),
            good.replace("identitypool/", "identity/"),
            good.replace("arn:aws:", "arn:aws-cn:"),
            good.replace(id, "*"),
            format!("{good}/x"),
        ] {
            assert!(parsed(&wrong).is_err(), "{wrong}");
        }
    }
}
