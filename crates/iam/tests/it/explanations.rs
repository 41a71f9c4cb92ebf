//! Explanations as data and as text.

use iam::{Case, Decision, Failed, Policy, PolicyKind};

fn explain(context: &str, resource: &str) -> iam::Explanation {
    let text = r#"{"request": {
        "principal": "arn:aws:sts::111111111111:assumed-role/demo/CognitoIdentityCredentials",
        "action": "s3:GetObject", "resource": "RESOURCE", "resourceAccount": "111111111111",
        "context": CONTEXT},
      "policies": {"identity": [{"Version": "2012-10-17", "Statement": [
        {"Sid": "Own", "Effect": "Allow", "Action": "s3:GetObject",
         "Resource": "arn:aws:s3:::coats/${cognito-identity.amazonaws.com:sub}/*"},
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::coats/shared/*",
         "Condition": {"StringLike": {"s3:ExistingObjectTag/open": ["y*", "on"]}}},
        {"Effect": "Allow", "Action": ["s3:PutObject"], "Resource": "*"}
      ]}]}}"#;
    let text = text.replace("RESOURCE", resource).replace("CONTEXT", context);
    Case::parse(&text).unwrap().explain()
}

const SUB: &str = r#"{"cognito-identity.amazonaws.com:sub": "eu:1*"}"#;

#[test]
fn a_refusal_names_the_element_the_values_and_the_place() {
    let explanation = explain(SUB, "arn:aws:s3:::coats/eu:12/x");
    let statements = &explanation.policies[0].statements;

    let Some(Failed::Resource { negated: false, tried, actual }) = &statements[0].failed else {
        panic!("{explanation}")
    };
    assert_eq!(actual, "arn:aws:s3:::coats/eu:12/x");
    assert_eq!(tried[0].resolved.as_deref(), Some("arn:aws:s3:::coats/eu:1${*}/*"));
    assert_eq!(tried[0].variables[0].value.as_deref(), Some("eu:1*"));
    assert_eq!((statements[0].span.line, tried[0].span.line, tried[0].span.column), (6, 7, 22));

    assert!(matches!(&statements[1].failed, Some(Failed::Resource { .. })));
    let Some(Failed::Action { tried, .. }) = &statements[2].failed else { panic!("{explanation}") };
    assert_eq!(tried[0].written, "s3:PutObject");
    assert_eq!(explanation.decision, Decision::ImplicitDeny { kind: PolicyKind::Identity });
}

#[test]
fn a_condition_that_fails_shows_both_sides() {
    let shared = "arn:aws:s3:::coats/shared/x";
    let context = r#"{"s3:ExistingObjectTag/open": "no"}"#;
    let explanation = explain(context, shared);
    let Some(Failed::Condition { operator, key, actual, tried, .. }) =
        &explanation.policies[0].statements[1].failed
    else {
        panic!("{explanation}")
    };
    assert_eq!((operator.as_str(), key.as_str()), ("StringLike", "s3:ExistingObjectTag/open"));
    assert_eq!(actual.as_deref(), Some(&["no".to_owned()][..]));
    assert_eq!(tried.len(), 2);

    let explanation = explain("{}", shared);
    let Some(Failed::Condition { actual: None, .. }) =
        &explanation.policies[0].statements[1].failed
    else {
        panic!("{explanation}")
    };
    let Some(Failed::Resource { tried, .. }) = &explanation.policies[0].statements[0].failed else {
        panic!("{explanation}")
    };
    assert_eq!((&tried[0].resolved, &tried[0].variables[0].value), (&None, &None));
}

#[test]
fn as_text_it_reads_without_explanation() {
    let text = explain(SUB, "arn:aws:s3:::coats/eu:12/x").to_string();
    assert_eq!(
        text,
        r#"Denied: s3:GetObject on arn:aws:s3:::coats/eu:12/x
  for arn:aws:sts::111111111111:assumed-role/demo/CognitoIdentityCredentials
  because no identity-based policy allows the s3:GetObject action

identity-based policy 1
  statement 1 "Own" (Allow, line 6) does not apply: Resource
    policy   arn:aws:s3:::coats/${cognito-identity.amazonaws.com:sub}/*
       here  arn:aws:s3:::coats/eu:1${*}/*
    request  arn:aws:s3:::coats/eu:12/x
  statement 2 (Allow, line 8) does not apply: Resource
    policy   arn:aws:s3:::coats/shared/*
    request  arn:aws:s3:::coats/eu:12/x
  statement 3 (Allow, line 10) does not apply: Action
    policy   s3:PutObject
    request  s3:GetObject
"#
    );
    let allowed = explain(SUB, "arn:aws:s3:::coats/eu:1*/x").to_string();
    assert!(allowed.starts_with("Allowed: s3:GetObject"), "{allowed}");
    assert!(allowed.contains("by statement 1 of identity-based policy 1"), "{allowed}");
    assert!(allowed.contains("statement 1 \"Own\" (Allow, line 6) applies"), "{allowed}");
}

#[test]
fn as_json_it_comes_back_whole() {
    let explanation = explain(SUB, "arn:aws:s3:::coats/eu:12/x");
    let text = serde_json::to_string(&explanation).unwrap();
    assert_eq!(serde_json::from_str::<iam::Explanation>(&text).unwrap(), explanation);
}

#[test]
fn trust_without_a_condition_is_found() {
    let provider = "cognito-identity.amazonaws.com";
    let found = |statement: &str| {
        let text = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
        let policy = Policy::parse(&text, PolicyKind::Trust).unwrap();
        policy.unconditional_web_identity_trust(provider).is_some()
    };
    let bare = r#"{"Effect": "Allow", "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity"}"#;
    assert!(found(bare));
    assert!(found(&bare.replace("sts:AssumeRoleWithWebIdentity", "sts:*")));
    assert!(found(&bare.replace(r#"{"Federated": "cognito-identity.amazonaws.com"}"#, r#""*""#)));
    let with_condition =
        |condition: &str| bare.replacen('{', &format!(r#"{{"Condition": {condition}, "#), 1);
    assert!(found(&with_condition("{}")));
    assert!(found(&with_condition(r#"{"StringEquals": {}}"#)));
    let condition = r#"{"StringEquals": {"cognito-identity.amazonaws.com:aud": "x"}}"#;
    assert!(!found(&with_condition(condition)));
    assert!(!found(&bare.replace("cognito-identity.amazonaws.com", "accounts.google.com")));
    assert!(!found(&bare.replace("Allow", "Deny")));
    assert!(!found(&bare.replace("sts:AssumeRoleWithWebIdentity", "sts:TagSession")));
}
