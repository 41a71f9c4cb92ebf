//! Requests that no SDK would send: each is refused with the service's own code.

use wire::{Fault, Service};

use crate::{Request, form, json, s3};

type Headers = &'static [(&'static str, &'static str)];

fn refused<T: std::fmt::Debug>(read: Result<T, Fault>) -> (String, u16, String) {
    let fault = read.expect_err("refused");
    (fault.code().to_owned(), fault.status().as_u16(), fault.message().to_owned())
}

#[test]
fn json_that_cannot_be_read_is_a_serialization_exception() {
    let nested = format!("{}1{}", "[".repeat(100_000), "]".repeat(100_000));
    let objects = "{\"Logins\":".repeat(100_000);
    let table = [
        "{",
        "[]",
        "null",
        "\"text\"",
        "{\"UserPoolId\": 1, \"Username\": \"a\"}",
        "{\"UserPoolId\": [\"a\"], \"Username\": \"a\"}",
        "{\"UserPoolId\": {}, \"Username\": \"a\"}",
        "{\"UserPoolId\": \"r_a\", \"Username\": \"a\", \"Username\": \"b\"}",
        "{\"UserPoolId\": \"r_a\", \"Username\": \"a\"} trailing",
        &nested,
        &objects,
    ];
    for body in table {
        let (code, status, _) = refused(json(Service::CognitoIdp, "AdminGetUser", body));
        assert_eq!((code.as_str(), status), ("SerializationException", 400), "{body:.80}");
    }
}

#[test]
fn json_numbers_are_whole_and_fit() {
    let pools = |number: &str| {
        json(Service::CognitoIdp, "ListUserPools", &format!("{{\"MaxResults\": {number}}}"))
    };
    assert!(pools("60").is_ok());
    for number in ["1e400", "1.5", "1e9", "\"60\"", "true", "99999999999", "18446744073709551616"] {
        assert_eq!(refused(pools(number)).0, "SerializationException", "{number}");
    }
    for number in ["0", "61", "-1"] {
        let (code, _, message) = refused(pools(number));
        assert_eq!(code, "InvalidParameterException", "{number}");
        assert!(message.starts_with(&format!(
            "1 validation error detected: Value '{number}' at 'maxResults'"
        )));
    }
}

#[test]
fn every_broken_constraint_is_named_once_and_no_secret_with_it() {
    let secret = "s3cr3t".repeat(100);
    let body = format!("{{\"Username\": \"{secret}\", \"Password\": \"{secret}\"}}");
    let (code, status, message) = refused(json(Service::CognitoIdp, "AdminSetUserPassword", &body));
    assert_eq!((code.as_str(), status), ("InvalidParameterException", 400));
    assert_eq!(
        message,
        "3 validation errors detected: \
         Value at 'password' failed to satisfy constraint: \
         Member must have length less than or equal to 256; \
         Value null at 'userPoolId' failed to satisfy constraint: Member must not be null; \
         Value at 'username' failed to satisfy constraint: \
         Member must have length less than or equal to 128"
    );
}

#[test]
fn messages_are_in_the_form_of_aws() {
    let table: &[(Service, &str, &str, &str, &str)] = &[
        (
            Service::CognitoIdp,
            "AdminGetUser",
            "{\"Username\": \"a\"}",
            "InvalidParameterException",
            "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: \
             Member must not be null",
        ),
        (
            Service::CognitoIdp,
            "AdminGetUser",
            "{\"Username\": \"a\", \"UserPoolId\": null}",
            "InvalidParameterException",
            "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: \
             Member must not be null",
        ),
        (
            Service::CognitoIdentity,
            "GetId",
            "{\"IdentityPoolId\": \"\"}",
            "ValidationException",
            "1 validation error detected: Value '' at 'identityPoolId' failed to satisfy \
             constraint: Member must have length greater than or equal to 1",
        ),
        (
            Service::CognitoIdentity,
            "SetIdentityPoolRoles",
            "{\"IdentityPoolId\": \"r:1\", \"Roles\": {}, \
             \"RoleMappings\": {\"p\": {\"Type\": \"Nobody\"}}}",
            "ValidationException",
            "1 validation error detected: Value 'Nobody' at 'roleMappings.p.member.type' failed to \
             satisfy constraint: Member must satisfy enum value set: [Token, Rules]",
        ),
        (
            Service::CognitoIdp,
            "AdminCreateUser",
            "{\"UserPoolId\": \"r_a\", \"Username\": \"a\", \"UserAttributes\": [{}]}",
            "InvalidParameterException",
            "1 validation error detected: Value null at 'userAttributes.1.member.name' failed to \
             satisfy constraint: Member must not be null",
        ),
        (
            Service::CognitoIdp,
            "AdminCreateUser",
            "{\"UserPoolId\": \"r_a\", \"Username\": \"a\", \"UserAttributes\": [null]}",
            "InvalidParameterException",
            "1 validation error detected: Value null at 'userAttributes.1.member' failed to \
             satisfy constraint: Member must not be null",
        ),
    ];
    for (service, operation, body, code, message) in table {
        let (got_code, status, got) = refused(json(*service, operation, body));
        assert_eq!((got_code.as_str(), status, got.as_str()), (*code, 400, *message));
    }
}

#[test]
fn a_message_does_not_grow_with_the_mistakes() {
    let attributes = vec!["{}"; 1000].join(",");
    let body = format!(
        "{{\"UserPoolId\": \"{}\", \"Username\": \"a\", \"UserAttributes\": [{attributes}]}}",
        "x".repeat(100_000)
    );
    let (_, _, message) = refused(json(Service::CognitoIdp, "AdminCreateUser", &body));
    assert!(message.len() < 4_000, "{} bytes", message.len());
}

#[test]
fn json_members_that_are_not_known_are_ignored() {
    let body = "{\"UserPoolId\": \"r_a\", \"Username\": \"a\", \"Colour\": {\"a\": [1]}}";
    assert!(json(Service::CognitoIdp, "AdminGetUser", body).is_ok());
}

#[test]
fn operations_that_are_not_served_are_not_known() {
    let table = [
        (Service::CognitoIdp, "AdminLinkProviderForUser"),
        (Service::CognitoIdp, "admingetuser"),
        (Service::CognitoIdp, ""),
        (Service::CognitoIdentity, "AdminGetUser"),
    ];
    for (service, operation) in table {
        let (code, status, _) = refused(json(service, operation, "{}"));
        assert_eq!((code.as_str(), status), ("UnknownOperationException", 400), "{operation}");
    }
    let target = ("x-amz-target", "AWSCognitoIdentityProviderService.AdminGetUser");
    let other = ("x-amz-target", "AWSCognitoIdentityService.AdminGetUser");
    for (method, headers) in [
        ("GET", vec![target]),
        ("POST", vec![]),
        ("POST", vec![other]),
        ("POST", vec![target, target]),
    ] {
        let request = Request { method, path: "/", query: "", headers, body: b"{}" };
        assert_eq!(refused(request.read(Service::CognitoIdp)).0, "UnknownOperationException");
    }
    let forms = [
        "",
        "Version=2010-05-08",
        "Action=CreateSAMLProvider&Version=2010-05-08",
        "Action=GetRole&Version=2011-06-15",
        "Action=GetRole&Action=DeleteRole&Version=2010-05-08",
        "action=GetRole",
    ];
    for body in forms {
        let (code, status, _) = refused(form(Service::Iam, body));
        assert_eq!((code.as_str(), status), ("InvalidAction", 400), "{body}");
    }
}

#[test]
fn forms_that_cannot_be_read_are_refused() {
    let deep = format!("Action=ListRoles&{}=1", vec!["a"; 100_000].join("."));
    let table: &[(&str, &str)] = &[
        ("Action=GetRole", "ValidationError"),
        ("Action=GetRole&RoleName=", "ValidationError"),
        ("Action=GetRole&RoleName=a&RoleName=b", "MalformedInput"),
        ("Action=GetRole&RoleName.member.1=a", "MalformedInput"),
        ("Action=GetRole&RoleName=%ff", "MalformedInput"),
        ("Action=GetRole&RoleName=%4", "MalformedInput"),
        ("Action=ListRoles&MaxItems=many", "MalformedInput"),
        ("Action=ListRoles&MaxItems=1.5", "MalformedInput"),
        ("Action=ListRoles&MaxItems=99999999999999999999", "MalformedInput"),
        ("Action=ListRoles&MaxItems=0", "ValidationError"),
        ("Action=CreateRole&RoleName=a&AssumeRolePolicyDocument=b&Tags=c", "MalformedInput"),
        ("Action=CreateRole&RoleName=a&AssumeRolePolicyDocument=b&Tags.x=c", "MalformedInput"),
        (&deep, "MalformedInput"),
    ];
    for (body, code) in table {
        let (got, status, message) = refused(form(Service::Iam, body));
        assert_eq!((got.as_str(), status), (*code, 400), "{body:.80} {message}");
    }
    let empty = form(Service::Iam, "Action=CreateRole&RoleName=a&AssumeRolePolicyDocument=b&Tags=");
    assert!(empty.unwrap().contains("tags: Some([])"));
}

#[test]
fn bodies_longer_than_a_mebibyte_are_refused() {
    let long = "a".repeat((1 << 20) + 1);
    let (code, status, _) = refused(json(Service::CognitoIdp, "AdminGetUser", &long));
    assert_eq!((code.as_str(), status), ("RequestEntityTooLargeException", 413));
    let (code, status, _) = refused(form(Service::Iam, &long));
    assert_eq!((code.as_str(), status), ("RequestEntityTooLarge", 413));
    let (code, status, _) = refused(s3("PUT", "/b?policy", &[], long.as_bytes()));
    assert_eq!((code.as_str(), status), ("MaxMessageLengthExceeded", 400));
    assert!(s3("PUT", "/b/k", &[], long.as_bytes()).is_ok(), "a streamed body is not looked at");
}

#[test]
fn xml_that_is_not_what_the_model_says_is_malformed() {
    let deep = format!("{}{}", "<a>".repeat(50_000), "</a>".repeat(50_000));
    let table: &[&str] = &[
        "<",
        "text",
        "<Other/>",
        "<!DOCTYPE a SYSTEM \"file:///etc/passwd\"><CreateBucketConfiguration/>",
        "<!DOCTYPE a [<!ENTITY b \"c\">]><CreateBucketConfiguration/>",
        "<CreateBucketConfiguration><LocationConstraint><x/></LocationConstraint>\
         </CreateBucketConfiguration>",
        "<CreateBucketConfiguration><Bucket><Type>Round</Type></Bucket></CreateBucketConfiguration>",
        "<CreateBucketConfiguration><Tags><Other/></Tags></CreateBucketConfiguration>",
        "<CreateBucketConfiguration><Tags><Tag><Key>a</Key></Tag></Tags></CreateBucketConfiguration>",
        "<CreateBucketConfiguration>&unknown;</CreateBucketConfiguration>",
        &deep,
    ];
    for body in table {
        let (code, status, _) = refused(s3("PUT", "/b", &[], body.as_bytes()));
        assert_eq!((code.as_str(), status), ("MalformedXML", 400), "{body:.80}");
    }
    assert_eq!(refused(s3("PUT", "/b?policy", &[], b"\xff")).0, "MalformedXML");
    assert_eq!(refused(s3("PUT", "/b?policy", &[], b"")).0, "MalformedXML");
    let prefixed = "<x:CreateBucketConfiguration xmlns:x=\"http://s3.amazonaws.com/doc/2006-03-01/\">\
                    <x:LocationConstraint>eu-new-1</x:LocationConstraint></x:CreateBucketConfiguration>";
    let input = s3("PUT", "/b", &[], prefixed.as_bytes()).unwrap();
    assert!(input.contains("location_constraint: Some(\"eu-new-1\")"), "{input}");
}

#[test]
fn values_around_an_s3_body_are_checked() {
    let table: [(&str, &str, Headers); 8] = [
        ("GET", "/b?list-type=2&max-keys=many", &[]),
        ("GET", "/b?list-type=2&prefix=a&prefix=b", &[]),
        ("GET", "/b?list-type=2&encoding-type=rot13", &[]),
        ("GET", "/b?list-type=2&fetch-owner=maybe", &[]),
        ("GET", "/b/k", &[("if-modified-since", "yesterday")]),
        ("GET", "/b/k", &[("range", "bytes=0-1"), ("range", "bytes=2-3")]),
        ("PUT", "/b/k", &[("x-amz-acl", "mine")]),
        ("PUT", "/b/k", &[("x-amz-object-lock-retain-until-date", "soon")]),
    ];
    for (method, path, headers) in table {
        let (code, status, _) = refused(s3(method, path, headers, b""));
        assert_eq!((code.as_str(), status), ("InvalidArgument", 400), "{path} {headers:?}");
    }
    let (_, _, message) = refused(s3("GET", "/b?list-type=2&max-keys=many", &[], b""));
    assert_eq!(message, "Provided max-keys not an integer or within integer range");
}

#[test]
fn an_absent_and_an_empty_prefix_differ() {
    let input = |query: &str| s3("GET", &format!("/b?list-type=2{query}"), &[], b"").unwrap();
    assert!(input("").contains("prefix: None"));
    assert!(input("&prefix=").contains("prefix: Some(\"\")"));
    assert!(input("&prefix=a+b%2B%2F").contains("prefix: Some(\"a b+/\")"));
}

#[test]
fn no_secret_is_in_debug() {
    let body = "{\"AuthFlow\": \"USER_PASSWORD_AUTH\", \"ClientId\": \"hunter-2\", \
                \"AuthParameters\": {\"USERNAME\": \"hunter-2\", \"PASSWORD\": \"hunter-2\"}}";
    let input = json(Service::CognitoIdp, "InitiateAuth", body).unwrap();
    assert!(!input.contains("hunter-2") && input.contains("\"PASSWORD\": Secret(…)"), "{input}");
}
