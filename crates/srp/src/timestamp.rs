/// The time of a claim, in the form that Cognito reads: `Tue Mar 5 07:08:09 UTC 2024`.
///
/// It is signed as it is written; when it was is not asked, as a claim is bound to one sign-in, which
/// expires by the server's clock.
///
/// Source: Amazon Cognito User Pools API Reference, `RespondToAuthChallenge`, `TIMESTAMP`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClaimTimestamp(String);

/// A text that is not of this form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")]
pub struct NotATimestamp;

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

impl ClaimTimestamp {
    /// The timestamp in this text.
    ///
    /// # Errors
    /// It is not of the form above.
    pub fn parse(text: &str) -> Result<Self, NotATimestamp> {
        let parts: Vec<&str> = text.split(' ').collect();
        let [weekday, month, day, time, "UTC", year] = *parts else { return Err(NotATimestamp) };
        let clock: Vec<&str> = time.split(':').collect();
        let [hour, minute, second] = *clock else { return Err(NotATimestamp) };
        let good = WEEKDAYS.contains(&weekday)
            && MONTHS.contains(&month)
            && (1..=31).contains(&number(day, 1..=2)?)
            && number(hour, 2..=2)? < 24
            && number(minute, 2..=2)? < 60
            && number(second, 2..=2)? <= 60
            && number(year, 4..=4).is_ok();
        if good { Ok(Self(text.to_owned())) } else { Err(NotATimestamp) }
    }

    /// As it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

fn number(text: &str, digits: std::ops::RangeInclusive<usize>) -> Result<u16, NotATimestamp> {
    if !digits.contains(&text.len()) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(NotATimestamp);
    }
    text.parse().map_err(|_| NotATimestamp)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_form_of_cognito_is_a_timestamp() {
        for good in [
            "Tue Mar 5 07:08:09 UTC 2024",
            "Tue Mar 05 07:08:09 UTC 2024",
            "Mon Dec 31 23:59:60 UTC 2029",
        ] {
            assert_eq!(ClaimTimestamp::parse(good).unwrap().as_str(), good);
        }
        for bad in [
            "",
            "2024-03-05T07:08:09Z",
            "Tue Mar 5 07:08:09 GMT 2024",
            "tue Mar 5 07:08:09 UTC 2024",
            "Die Mär 5 07:08:09 UTC 2024",
            "Tue Mar  5 07:08:09 UTC 2024",
            "Tue Mar 0 07:08:09 UTC 2024",
            "Tue Mar 32 07:08:09 UTC 2024",
            "Tue Mar 5 24:08:09 UTC 2024",
            "Tue Mar 5 7:08:09 UTC 2024",
            "Tue Mar 5 07:60:09 UTC 2024",
            "Tue Mar 5 07:08:61 UTC 2024",
            "Tue Mar 5 07:08 UTC 2024",
            "Tue Mar +5 07:08:09 UTC 2024",
            "Tue Mar 5 07:08:09 UTC 24",
            "Tue Mar 5 07:08:09 UTC 2024 ",
        ] {
            assert_eq!(ClaimTimestamp::parse(bad), Err(NotATimestamp), "{bad:?}");
        }
    }
}
