//! How long a session of a role lasts.

use crate::{error::SessionError, session_request::DURATION_SECONDS_MIN};

/// How long it lasts if the caller does not say, in seconds.
const SECONDS_DEFAULT: u32 = 3600;
/// How long it lasts at most if the caller is itself a session of a role, in seconds.
pub(crate) const CHAINED_SECONDS_MAX: u32 = 3600;

/// How long the session lasts, in seconds, for a role whose sessions last at most `longest`.
pub(crate) fn of(requested: Option<i32>, longest: u32) -> Result<u32, SessionError> {
    let Some(requested) = requested else { return Ok(SECONDS_DEFAULT.min(longest)) };
    let (shortest, wrong) = (DURATION_SECONDS_MIN, requested);
    let seconds = u32::try_from(requested).ok().filter(|seconds| *seconds >= shortest);
    let too_short = SessionError::Duration { requested: wrong, shortest, longest };
    let requested = seconds.ok_or(too_short)?;
    if requested > longest {
        return Err(SessionError::TooLong { requested, longest });
    }
    Ok(requested)
}

#[cfg(test)]
mod tests {
    use wire::Fault;

    use super::*;

    #[test]
    fn a_duration_is_from_fifteen_minutes_to_the_roles_longest() {
        assert_eq!(of(None, 43_200).unwrap(), 3600);
        assert_eq!(of(Some(900), 3600).unwrap(), 900);
        assert_eq!(of(Some(3600), 3600).unwrap(), 3600);
        assert_eq!(of(Some(43_200), 43_200).unwrap(), 43_200);
        for (requested, longest) in
            [(3601, 3600), (43_200, 3600), (899, 3600), (0, 3600), (-1, 3600)]
        {
            let refused: Fault = of(Some(requested), longest).unwrap_err().into();
            assert_eq!(refused.code(), "ValidationError", "{requested}");
        }
    }
}
