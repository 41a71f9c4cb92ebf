//! What holds of every policy and request, on policies that are near the requests.

use std::{fmt::Write, sync::Arc};

use iam::{
    CompiledPolicy, MapContext, Policies, Policy, PolicyKind, Principal, PrincipalContext, Request,
    decide, explain,
};
use proptest::{prelude::*, sample::select};
use serde_json::{Value, json};

const ACCOUNT: &str = "111111111111";

fn principals() -> impl Strategy<Value = Principal> {
    select(vec![
        Principal::Anonymous,
        Principal::Service("lambda.amazonaws.com".to_owned()),
        Principal::Root(ACCOUNT.parse().unwrap()),
        Principal::User(format!("arn:aws:iam::{ACCOUNT}:user/alice").parse().unwrap()),
        Principal::User("arn:aws:iam::222222222222:user/zoe".parse().unwrap()),
        Principal::AssumedRole {
            role: format!("arn:aws:iam::{ACCOUNT}:role/reader").parse().unwrap(),
            session: format!("arn:aws:sts::{ACCOUNT}:assumed-role/reader/s1").parse().unwrap(),
        },
        Principal::FederatedUser {
            user: format!("arn:aws:iam::{ACCOUNT}:user/alice").parse().unwrap(),
            session: format!("arn:aws:sts::{ACCOUNT}:federated-user/alice").parse().unwrap(),
        },
    ])
}

fn principal_elements() -> impl Strategy<Value = String> {
    let names = [
        r#""Principal": "*""#,
        r#""Principal": {"AWS": "111111111111"}"#,
        r#""Principal": {"AWS": "arn:aws:iam::111111111111:user/alice"}"#,
        r#""Principal": {"AWS": ["arn:aws:iam::111111111111:role/reader", "222222222222"]}"#,
        r#""Principal": {"AWS": "arn:aws:sts::111111111111:assumed-role/reader/s1"}"#,
        r#""Principal": {"AWS": "arn:aws:sts::111111111111:federated-user/alice"}"#,
        r#""Principal": {"Service": "lambda.amazonaws.com"}"#,
        r#""NotPrincipal": {"AWS": ["arn:aws:iam::111111111111:user/alice", "111111111111"]}"#,
    ];
    select(names.map(str::to_owned).to_vec())
}

fn conditions() -> impl Strategy<Value = String> {
    let one = (
        select(vec!["", "ForAllValues:", "ForAnyValue:"]),
        select(vec![
            "StringEquals",
            "StringNotEquals",
            "StringLike",
            "StringNotLike",
            "StringEqualsIgnoreCase",
            "NumericLessThan",
            "NumericNotEquals",
            "IpAddress",
            "NotIpAddress",
            "ArnLike",
            "ArnNotEquals",
            "DateLessThan",
            "Bool",
            "Null",
        ]),
        select(vec!["", "IfExists"]),
        select(vec!["k:a", "K:B", "k:c"]),
        0..5_usize,
    )
        .prop_map(|(set, operator, exists, key, value)| {
            let values = match operator {
                "NumericLessThan" | "NumericNotEquals" => ["1", "2", "1.5", "0", "-1"],
                "IpAddress" | "NotIpAddress" => {
                    ["10.0.0.0/8", "10.1.2.3", "::/0", "0.0.0.0/0", "10.1.0.0/16"]
                }
                "DateLessThan" => ["2026-01-01", "1", "2027-01-01T00:00:00Z", "2026", "99999"],
                "Bool" | "Null" => ["true", "false", "true", "false", "true"],
                "ArnLike" | "ArnNotEquals" => {
                    ["arn:aws:s3:::a", "arn:*:*:*:*:*", "${k:a}", "arn:aws:s3:::${k:b}", "*"]
                }
                _ => ["a", "A*", "${k:a}", "?", "${k:b, 'a'}*"],
            };
            let (set, exists) = if operator == "Null" { ("", "") } else { (set, exists) };
            let other = values[(value + 1) % 5];
            let value = values[value];
            format!(r#", "Condition": {{"{set}{operator}{exists}": {{"{key}": ["{value}", "{other}"]}}}}"#)
        });
    prop_oneof![2 => Just(String::new()), 3 => one]
}

fn statements(kind: PolicyKind, effects: Vec<&'static str>) -> impl Strategy<Value = String> {
    (
        select(effects),
        principal_elements(),
        select(vec![
            r#""Action": "s3:GetObject""#,
            r#""Action": ["s3:get*", "sqs:*"]"#,
            r#""Action": "*""#,
            r#""NotAction": "s3:PutObject""#,
        ]),
        select(vec![
            r#""Resource": "*""#,
            r#""Resource": "arn:aws:s3:::b/${k:a}/*""#,
            r#""Resource": ["arn:aws:s3:::b/?/*", "arn:aws:s3:::c"]"#,
            r#""NotResource": "arn:aws:s3:::b/${k:b}/*""#,
            r#""Resource": "arn:aws:s3:::b/${k:c, 'a'}/x""#,
        ]),
        conditions(),
    )
        .prop_map(move |(effect, principal, action, resource, condition)| {
            let principal = match kind {
                PolicyKind::Resource => format!("{principal}, "),
                PolicyKind::VpcEndpoint | PolicyKind::ResourceControl => {
                    r#""Principal": "*", "#.to_owned()
                }
                _ => String::new(),
            };
            format!(r#"{{"Effect": "{effect}", {principal}{action}, {resource}{condition}}}"#)
        })
}

fn policy(kind: PolicyKind) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(
        statements(kind, vec!["Allow", "Allow", "Allow", "Allow", "Allow", "Deny"]),
        1..4,
    )
}

fn compile(kind: PolicyKind, statements: &[String]) -> Arc<CompiledPolicy> {
    let mut text = String::from(r#"{"Version": "2012-10-17", "Statement": ["#);
    for (index, statement) in statements.iter().enumerate() {
        let comma = if index == 0 { "" } else { "," };
        write!(text, "{comma}{statement}").unwrap();
    }
    text.push_str("]}");
    Arc::new(Policy::parse(&text, kind).unwrap_or_else(|e| panic!("{e}: {text}")).compile())
}

/// The policies of a situation, as the texts of their statements.
#[derive(Debug, Clone)]
pub(crate) struct Rules {
    identity: Vec<String>,
    boundary: Option<Vec<String>>,
    session: Option<Vec<String>>,
    resource: Option<Vec<String>>,
    scp: Option<Vec<String>>,
    rcp: Option<Vec<String>>,
    endpoint: Option<Vec<String>>,
    block_public_access: bool,
}

/// Who asks for what, and under which circumstances.
#[derive(Debug, Clone)]
pub(crate) struct Asked {
    principal: Principal,
    action: &'static str,
    key: &'static str,
    context: Vec<(&'static str, Vec<&'static str>, bool)>,
}

#[derive(Debug, Clone)]
struct Situation {
    rules: Rules,
    asked: Asked,
}

fn seldom(kind: PolicyKind) -> impl Strategy<Value = Option<Vec<String>>> {
    prop_oneof![5 => Just(None), 1 => policy(kind).prop_map(Some)]
}

pub(crate) fn rules() -> impl Strategy<Value = Rules> {
    let policies = (
        policy(PolicyKind::Identity),
        seldom(PolicyKind::PermissionsBoundary),
        seldom(PolicyKind::Session),
        prop_oneof![Just(None), policy(PolicyKind::Resource).prop_map(Some)],
        seldom(PolicyKind::ServiceControl),
        seldom(PolicyKind::ResourceControl),
        seldom(PolicyKind::VpcEndpoint),
        any::<bool>(),
    );
    policies.prop_map(|policies| {
        let (identity, boundary, session, resource, scp, rcp, endpoint, block_public_access) =
            policies;
        Rules { identity, boundary, session, resource, scp, rcp, endpoint, block_public_access }
    })
}

pub(crate) fn asked() -> impl Strategy<Value = Asked> {
    let values =
        vec!["a", "A", "*", "?", "", "b", "1", "10.1.2.3", "true", "arn:aws:s3:::a", "2026-06-01"];
    let entry =
        move |key| (Just(key), prop::collection::vec(select(values.clone()), 0..3), any::<bool>());
    let request = (
        principals(),
        select(vec!["s3:GetObject", "S3:getobject", "s3:GetObjectAcl", "s3:PutObject", "sqs:Send"]),
        select(vec!["a/x", "*/x", "b/y", "A/x", "a"]),
        prop::collection::vec(select(vec!["k:a", "k:b", "k:c"]).prop_flat_map(entry), 0..4),
    );
    request.prop_map(|(principal, action, key, context)| Asked { principal, action, key, context })
}

fn situations() -> impl Strategy<Value = Situation> {
    (rules(), asked()).prop_map(|(rules, asked)| Situation { rules, asked })
}

/// The policies of a situation, compiled: they can be asked often.
pub(crate) struct CompiledRules {
    identity: Vec<Arc<CompiledPolicy>>,
    boundary: Option<Vec<Arc<CompiledPolicy>>>,
    session: Option<Vec<Arc<CompiledPolicy>>>,
    resource: Option<Arc<CompiledPolicy>>,
    scp: Vec<Vec<Arc<CompiledPolicy>>>,
    rcp: Vec<Vec<Arc<CompiledPolicy>>>,
    endpoint: Option<Vec<Arc<CompiledPolicy>>>,
    block_public_access: bool,
}

impl CompiledRules {
    pub(crate) fn judge<T>(
        &self,
        asked: &Asked,
        judge: impl FnOnce(&Policies<'_>, &Request<'_>) -> T,
    ) -> T {
        let mut context = MapContext::default();
        for (key, values, many) in &asked.context {
            match values.first() {
                Some(first) if !many => context.insert(key, *first),
                _ => context.insert_many(key, values.iter().map(|v| (*v).to_owned()).collect()),
            }
        }
        let context = PrincipalContext { principal: &asked.principal, inner: &context };
        let policies = Policies {
            identity: &self.identity,
            permissions_boundary: self.boundary.as_deref(),
            session: self.session.as_deref(),
            resource: self.resource.as_deref(),
            scp: &self.scp,
            rcp: &self.rcp,
            vpc_endpoint: self.endpoint.as_deref(),
            block_public_access: self.block_public_access,
        };
        let request = Request {
            principal: &asked.principal,
            action: asked.action,
            resource: &format!("arn:aws:s3:::b/{}", asked.key),
            resource_account: Some(ACCOUNT.parse().unwrap()),
            context: &context,
        };
        judge(&policies, &request)
    }
}

impl Rules {
    pub(crate) fn compile(&self) -> CompiledRules {
        let some = |kind, statements: &Option<Vec<String>>| {
            statements.as_ref().map(|statements| vec![compile(kind, statements)])
        };
        CompiledRules {
            identity: vec![compile(PolicyKind::Identity, &self.identity)],
            boundary: some(PolicyKind::PermissionsBoundary, &self.boundary),
            session: some(PolicyKind::Session, &self.session),
            resource: self.resource.as_ref().map(|policy| compile(PolicyKind::Resource, policy)),
            scp: some(PolicyKind::ServiceControl, &self.scp).into_iter().collect(),
            rcp: some(PolicyKind::ResourceControl, &self.rcp).into_iter().collect(),
            endpoint: some(PolicyKind::VpcEndpoint, &self.endpoint),
            block_public_access: self.block_public_access,
        }
    }

    /// The same as a policy case, as far as it is one without its request.
    pub(crate) fn as_case(&self) -> Value {
        let policy = |statements: &Vec<String>| {
            let statements: Vec<Value> =
                statements.iter().map(|text| serde_json::from_str(text).unwrap()).collect();
            json!({"Version": "2012-10-17", "Statement": statements})
        };
        let one = |policies: &Option<Vec<String>>| policies.as_ref().map(policy);
        let several = |policies: &Option<Vec<String>>| one(policies).map(|policy| vec![policy]);
        let levels = |policies: &Option<Vec<String>>| several(policies).map(|level| vec![level]);
        json!({
            "policies": {
                "identity": [policy(&self.identity)],
                "permissionsBoundary": several(&self.boundary),
                "session": one(&self.session),
                "resource": one(&self.resource),
                "scp": levels(&self.scp),
                "rcp": levels(&self.rcp),
                "vpcEndpoint": several(&self.endpoint),
            },
            "blockPublicAccess": self.block_public_access,
        })
    }
}

impl Asked {
    /// The request of a policy case.
    pub(crate) fn as_request(&self) -> Value {
        let mut context = serde_json::Map::new();
        for (key, values, many) in &self.context {
            let value = match values.first() {
                Some(first) if !many => json!(first),
                _ => json!(values),
            };
            context.insert((*key).to_owned(), value);
        }
        let principal = match &self.principal {
            Principal::Anonymous => Value::Null,
            Principal::Service(name) => json!({"Service": name}),
            other => json!(other.name()),
        };
        json!({
            "principal": principal,
            "action": self.action,
            "resource": format!("arn:aws:s3:::b/{}", self.key),
            "resourceAccount": ACCOUNT,
            "context": context,
        })
    }
}

impl Situation {
    fn with<T>(&self, judge: impl FnOnce(&Policies<'_>, &Request<'_>) -> T) -> T {
        self.rules.compile().judge(&self.asked, judge)
    }

    fn allows(&self) -> bool {
        self.with(|policies, request| decide(policies, request).is_allow())
    }

    /// The statements of every kind of policy that is there.
    fn policies(&mut self) -> Vec<(PolicyKind, &mut Vec<String>)> {
        let Rules { identity, boundary, session, resource, scp, rcp, endpoint, .. } =
            &mut self.rules;
        let mut all = vec![(PolicyKind::Identity, identity)];
        for (kind, policy) in [
            (PolicyKind::PermissionsBoundary, boundary),
            (PolicyKind::Session, session),
            (PolicyKind::Resource, resource),
            (PolicyKind::ServiceControl, scp),
            (PolicyKind::ResourceControl, rcp),
            (PolicyKind::VpcEndpoint, endpoint),
        ] {
            all.extend(policy.as_mut().map(|policy| (kind, policy)));
        }
        all
    }
}

/// A statement for any kind of policy, without its principal.
fn anywhere(effect: &'static str) -> impl Strategy<Value = String> {
    statements(PolicyKind::Identity, vec![effect])
}

fn for_kind(statement: &str, kind: PolicyKind) -> String {
    if kind.names_principals() {
        statement.replacen('{', r#"{"Principal": "*", "#, 1)
    } else {
        statement.to_owned()
    }
}

proptest! {
    // PROPTEST_CASES asks for more.
    #![proptest_config(ProptestConfig::with_cases(ProptestConfig::default().cases.max(4096)))]

    #[test]
    fn explain_comes_to_the_same(situation in situations()) {
        situation.with(|policies, request| {
            prop_assert_eq!(explain(policies, request).decision, decide(policies, request));
            Ok(())
        })?;
    }

    #[test]
    fn a_naive_evaluator_comes_to_the_same(situation in situations()) {
        let mut case = situation.rules.as_case();
        case["request"] = situation.asked.as_request();
        let decided = iam::Case::parse(&case.to_string()).unwrap().decide().is_allow();
        prop_assert_eq!(decided, situation.allows());
        prop_assert_eq!(decided, crate::naive::allows(&case), "{}", case);
    }

    #[test]
    fn adding_a_deny_never_allows(
        mut situation in situations(), statement in anywhere("Deny"), which in any::<prop::sample::Index>(),
    ) {
        let before = situation.allows();
        let mut policies = situation.policies();
        let index = which.index(policies.len());
        let (kind, policy) = &mut policies[index];
        let statement = for_kind(&statement, *kind);
        policy.insert(which.index(policy.len() + 1), statement);
        prop_assert!(before || !situation.allows());
    }

    #[test]
    fn adding_an_allow_never_denies(
        mut situation in situations(), statement in anywhere("Allow"), which in any::<prop::sample::Index>(),
    ) {
        // An Allow for everyone can make a resource policy public, which then counts for less.
        situation.rules.block_public_access = false;
        let before = situation.allows();
        let mut policies = situation.policies();
        let index = which.index(policies.len());
        let (kind, policy) = &mut policies[index];
        let statement = for_kind(&statement, *kind);
        policy.insert(which.index(policy.len() + 1), statement);
        prop_assert!(!before || situation.allows());
    }

    #[test]
    fn order_never_matters(situation in situations(), by in 0..4_usize) {
        let mut turned = situation.clone();
        for (_, policy) in turned.policies() {
            let by = by % policy.len();
            policy.rotate_left(by);
            if by % 2 == 0 {
                policy.reverse();
            }
        }
        prop_assert_eq!(situation.allows(), turned.allows());
    }

    #[test]
    fn what_is_printed_reads_back_the_same(
        identity in policy(PolicyKind::Identity), resource in policy(PolicyKind::Resource),
    ) {
        for (kind, statements) in [(PolicyKind::Identity, identity), (PolicyKind::Resource, resource)] {
            let printed = compile(kind, &statements).policy().to_string();
            let again = Policy::parse(&printed, kind).unwrap();
            prop_assert_eq!(&again.to_string(), &printed);
            let meaning = |text: &str| normal(&serde_json::from_str(text).unwrap());
            let written = format!(r#"{{"Version": "2012-10-17", "Statement": [{}]}}"#, statements.join(","));
            prop_assert_eq!(meaning(&printed), meaning(&written));
        }
    }

    #[test]
    fn any_text_is_read_or_refused_with_a_place(text in r"\PC{0,40}") {
        if let Err(error) = Policy::parse(&text, PolicyKind::Identity) {
            prop_assert!(error.line >= 1 && error.column >= 1 && !error.message.is_empty());
        }
    }
}

/// A list of one is the one.
fn normal(value: &Value) -> Value {
    match value {
        Value::Array(values) if values.len() == 1 => normal(&values[0]),
        Value::Array(values) => values.iter().map(normal).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), normal(v))).collect(),
        other => other.clone(),
    }
}

/// The generator is worth something only if both answers, and each reason, come up often.
#[test]
fn situations_are_near_misses_not_noise() {
    use proptest::{strategy::ValueTree, test_runner::TestRunner};
    let mut runner = TestRunner::deterministic();
    let mut counts = [0; 3];
    for _ in 0..1000 {
        let situation = situations().new_tree(&mut runner).unwrap().current();
        let decision = situation.with(decide);
        counts[match decision {
            iam::Decision::Allow(_) => 0,
            iam::Decision::ExplicitDeny { .. } => 1,
            iam::Decision::ImplicitDeny { .. } => 2,
        }] += 1;
    }
    assert!(counts.iter().all(|count| *count > 100), "{counts:?}");
}
