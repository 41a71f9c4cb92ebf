//! Any session that fits into a token.

use proptest::{
    collection::{btree_map, btree_set, vec},
    option,
    prelude::*,
};
use session::{ClaimValue, Federation, Session, SessionPolicy, SessionPrincipal};
use types::Timestamp;

fn seconds() -> impl Strategy<Value = Timestamp> {
    (0..4_000_000_000_i64).prop_map(|second| Timestamp::from_second(second).unwrap())
}

fn principal() -> impl Strategy<Value = SessionPrincipal> {
    let role = "arn:aws:iam::[0-9]{12}:role/[a-z/]{1,20}";
    let user = "arn:aws:iam::[0-9]{12}:user/[a-z/]{1,20}";
    let user_id = "AIDA[A-Z2-7]{17}";
    prop_oneof![
        (role, "AROA[A-Z2-7]{17}", "[\\w+=,.@-]{2,64}").prop_map(|(role, id, session_name)| {
            let (role, role_id) = (role.parse().unwrap(), id.parse().unwrap());
            SessionPrincipal::AssumedRole { role, role_id, session_name }
        }),
        (user, user_id, "[\\w+=,.@-]{2,32}").prop_map(|(user, id, name)| {
            let (issuer, issuer_id) = (user.parse().unwrap(), id.parse().unwrap());
            SessionPrincipal::FederatedUser { issuer, issuer_id, name }
        }),
        (user, user_id).prop_map(|(user, id)| {
            let (user, user_id) = (user.parse().unwrap(), id.parse().unwrap());
            SessionPrincipal::UserSession { user, user_id }
        }),
        Just(SessionPrincipal::RootSession),
    ]
}

fn federation() -> impl Strategy<Value = Federation> {
    let value = prop_oneof![
        any::<String>().prop_map(ClaimValue::Text),
        vec(any::<String>(), 0..4).prop_map(ClaimValue::List),
    ];
    let claims = btree_map(any::<String>(), value, 0..4);
    (any::<String>(), claims).prop_map(|(provider, claims)| Federation { provider, claims })
}

pub(crate) fn sessions() -> impl Strategy<Value = Session> {
    let people = ("[0-9]{12}", principal(), option::of(any::<String>()), option::of(federation()));
    let tags = btree_map(".{1,8}", ".{0,8}", 0..5);
    let policy = prop_oneof![
        ".{0,80}".prop_map(SessionPolicy::Document),
        "arn:aws:iam::[0-9]{12}:policy/[a-z/]{1,20}"
            .prop_map(|arn| SessionPolicy::Managed(arn.parse().unwrap())),
    ];
    let limits = (tags, btree_set(".{1,8}", 0..4), vec(policy, 0..3));
    let times = (option::of(seconds()), seconds(), seconds());
    (people, limits, times).prop_map(|(people, limits, times)| Session {
        account: people.0.parse().unwrap(),
        principal: people.1,
        source_identity: people.2,
        federation: people.3,
        tags: limits.0,
        transitive_tag_keys: limits.1,
        policies: limits.2,
        mfa_authenticated_at: times.0,
        issued: times.1,
        expires: times.2,
    })
}
