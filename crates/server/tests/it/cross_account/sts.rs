use super::{
    Outcome::{Own, Refused, Unsigned},
    Row,
};
use crate::client::Call;

pub(super) fn rows() -> Vec<Row> {
    vec![
        ("StsGetCallerIdentity", Call::query("sts", "GetCallerIdentity", &[]), Own),
        (
            "StsDecodeAuthorizationMessage",
            Call::query(
                "sts",
                "DecodeAuthorizationMessage",
                &[("EncodedMessage", "00000000-0000-4000-8000-000000000000")],
            ),
            Refused(400, "InvalidAuthorizationMessageException"),
        ),
        (
            "StsAssumeRoleWithWebIdentity",
            Call::query("sts", "AssumeRoleWithWebIdentity", &[]),
            Unsigned,
        ),
    ]
}
