use super::{
    DENIED,
    Outcome::{Own, Refused, Unsigned},
    Row,
};
use crate::{
    client::Call,
    world::{OTHER, role_arn},
};

pub(super) fn rows() -> Vec<Row> {
    let role = [("RoleArn", role_arn("user")), ("RoleSessionName", "mine".to_owned())];
    let role = [(role[0].0, role[0].1.as_str()), (role[1].0, role[1].1.as_str())];
    vec![
        ("StsAssumeRole", Call::query("sts", "AssumeRole", &role), DENIED),
        (
            "StsGetAccessKeyInfo",
            Call::query("sts", "GetAccessKeyInfo", &[("AccessKeyId", OTHER.1)]),
            Own,
        ),
        // Root and the session of a role are neither users.
        (
            "StsGetFederationToken",
            Call::query("sts", "GetFederationToken", &[("Name", "me")]),
            DENIED,
        ),
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
        // Root gets one of its own, and the session of a role none: tested in `users.rs`.
        ("StsGetSessionToken", Call::query("sts", "GetSessionToken", &[]), Unsigned),
    ]
}
