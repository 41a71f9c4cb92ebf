//! How long a session lasts that is given to a user or root for its long-term key.

use gate::Principal;

use crate::{error::SessionError, session_request::DURATION_SECONDS_MIN};

/// How long it lasts if the caller does not say, in seconds.
const SECONDS_DEFAULT: u32 = 43_200;
/// How long it lasts at most, in seconds.
const SECONDS_MAX: u32 = 129_600;
/// How long it lasts at most for root, in seconds.
const SECONDS_MAX_OF_ROOT: u32 = 3600;

/// How long the session lasts, in seconds. For root a longer one is made shorter.
///
/// Source: STS API Reference, `GetSessionToken` and `GetFederationToken`, `DurationSeconds`.
pub(crate) fn of(principal: &Principal, requested: Option<i32>) -> Result<u32, SessionError> {
    let seconds = match requested {
        None => SECONDS_DEFAULT,
        Some(requested) => {
            let (shortest, longest) = (DURATION_SECONDS_MIN, SECONDS_MAX);
            u32::try_from(requested)
                .ok()
                .filter(|seconds| (shortest..=longest).contains(seconds))
                .ok_or(SessionError::Duration { requested, shortest, longest })?
        }
    };
    Ok(if principal.is_root() { seconds.min(SECONDS_MAX_OF_ROOT) } else { seconds })
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn a_session_of_root_is_an_hour_at_most_and_one_of_a_user_a_day_and_a_half() {
        let root = Principal::Root("123456789012".parse().unwrap());
        let user = Principal::User(Box::new(gate::User {
            account: "123456789012".parse().unwrap(),
            arn: "arn:aws:iam::123456789012:user/alice".parse().unwrap(),
            name: "alice".to_owned(),
            unique_id: "AIDAAAAAAAAAAAAAAAAAA".parse().unwrap(),
        }));
        for (requested, of_user, of_root) in
            [(None, 43_200, 3600), (Some(900), 900, 900), (Some(129_600), 129_600, 3600)]
        {
            assert_eq!(of(&user, requested).unwrap(), of_user);
            assert_eq!(of(&root, requested).unwrap(), of_root);
        }
        for requested in [899, 129_601, 0, -1] {
            let refused: Fault = of(&user, Some(requested)).unwrap_err().into();
            assert_eq!(refused.code(), "ValidationError", "{requested}");
        }
    }
}
