//! The truth table in `tests/cases/*.json`: request, policies, what AWS's documentation says comes
//! of it, and the page that says so. A case is added by writing it there.

use std::{fs, path::Path};

use iam::Case;
use serde_json::Value;

/// Every case with the file it stands in.
fn cases() -> Vec<(String, Value)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases");
    let mut all = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let cases: Vec<Value> = serde_json::from_str(&text).unwrap();
        all.extend(cases.into_iter().map(|case| (name.clone(), case)));
    }
    all
}

fn field<'c>(case: &'c Value, name: &str) -> &'c str {
    case.get(name).and_then(Value::as_str).unwrap_or_default()
}

/// What is wrong with the answer to a case, if anything.
fn complaint(case: &Value) -> Option<String> {
    let (expected, reason) = (field(case, "expect"), field(case, "reason"));
    let case = match Case::parse(&case.to_string()) {
        Ok(case) => case,
        Err(error) if expected == "error" => {
            let message = error.to_string();
            return (reason.is_empty() || !message.contains(reason)).then_some(message);
        }
        Err(error) => return Some(format!("error: {error}")),
    };
    let decision = case.decide();
    let explanation = case.explain();
    let word = if decision.is_allow() { "allow" } else { "deny" };
    let said = decision.reason(case.action());
    if word != expected || (!decision.is_allow() && said != reason) {
        return Some(format!("{word}: {said}\n{explanation}"));
    }
    (explanation.decision != decision).then(|| format!("explained otherwise:\n{explanation}"))
}

#[test]
fn every_case_comes_out_as_documented() {
    let cases = cases();
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|(file, case)| {
            let complaint = complaint(case)?;
            let (name, expected) = (field(case, "name"), field(case, "expect"));
            Some(format!("{file}: {name}\n  expected {expected}, got {complaint}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    assert!(cases.len() >= 300, "the table has shrunk to {} cases", cases.len());
}

#[test]
fn every_case_has_a_name_of_its_own_and_cites_a_page() {
    let cases = cases();
    let mut names: Vec<_> = cases.iter().map(|(file, case)| (file, field(case, "name"))).collect();
    names.sort_unstable();
    for pair in names.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
    for (file, case) in &cases {
        let source = field(case, "source");
        assert!(source.starts_with("https://docs.aws.amazon.com/"), "{file} {case}");
        assert!(matches!(field(case, "expect"), "allow" | "deny" | "error"), "{file} {case}");
    }
}

#[test]
fn a_naive_evaluator_reads_the_documentation_likewise() {
    for (file, case) in cases() {
        let expected = field(&case, "expect");
        if expected != "error" {
            let allowed = crate::naive::allows(&case);
            assert_eq!(allowed, expected == "allow", "{file}: {}", field(&case, "name"));
        }
    }
}

/// Turns every list of statements and of policies around, except that levels keep theirs.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(values) => values.iter().rev().map(reversed).collect(),
        Value::Object(map) => map.iter().map(|(k, v)| (k.clone(), reversed(v))).collect(),
        other => other.clone(),
    }
}

#[test]
fn the_order_of_statements_and_policies_does_not_matter() {
    for (file, case) in cases() {
        if field(&case, "expect") == "error" {
            continue;
        }
        let mut turned = case.clone();
        turned["policies"] = reversed(&case["policies"]);
        let decide = |case: &Value| Case::parse(&case.to_string()).unwrap().decide().is_allow();
        assert_eq!(decide(&case), decide(&turned), "{file} {case}");
    }
}

#[test]
fn a_key_whose_value_is_null_is_missing() {
    let case = |value: &str| {
        let text = format!(
            r#"{{"request": {{"principal": "arn:aws:iam::111111111111:user/alice",
                "action": "s3:GetObject", "resource": "arn:aws:s3:::coats/coat",
                "context": {{"aws:SourceIp": {value}}}}},
              "policies": {{"identity": {{"Version": "2012-10-17", "Statement": {{"Effect": "Allow",
                "Action": "*", "Resource": "*",
                "Condition": {{"Null": {{"aws:SourceIp": "true"}}}}}}}}}}}}"#
        );
        Case::parse(&text).unwrap().decide().is_allow()
    };
    assert!(case("null"));
    assert!(!case(r#""203.0.113.7""#));
}

#[test]
fn mistakes_in_a_case_are_pointed_at() {
    for (text, message) in [
        ("[]", "a case is an object, not an array (line 1, column 1)"),
        ("{}", "a case has no request (line 1, column 1)"),
        ("{\n \"request\": {}}", "request has no action (line 2, column 13)"),
        (
            "{\"request\": {\"action\": \"s3:x\", \"resource\": \"*\", \"Resource\": 1}}",
            "\"Resource\" is not a member of request",
        ),
        (
            "{\"request\": {\"action\": \"s3:x\", \"resource\": \"*\", \"principal\": \"alice\"}}",
            "\"alice\" is not a principal",
        ),
        (
            "{\"request\": {\"action\": \"s3:x\", \"resource\": \"*\", \"resourceAccount\": \"1\"}}",
            "resourceAccount: \"1\" is not an account id",
        ),
        (
            "{\"request\": {\"action\": \"s3:x\", \"resource\": \"*\"}, \"policies\": {\"scps\": []}}",
            "\"scps\" is not a member of policies",
        ),
        (
            "{\"request\": {\"action\": \"s3:x\", \"resource\": \"*\"}, \"blockPublicAccess\": 1}",
            "blockPublicAccess is a boolean, not a number",
        ),
    ] {
        let error = Case::parse(text).unwrap_err().to_string();
        assert!(error.contains(message), "{text}\n{error}");
    }
}
