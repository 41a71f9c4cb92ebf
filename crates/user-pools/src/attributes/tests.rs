use directory::SchemaAttribute;

use super::*;
use crate::tests::{a_client, a_pool, a_user};

fn given(pairs: &[(&str, &str)]) -> Vec<AttributeType> {
    let attribute = |(name, value): &(&str, &str)| AttributeType {
        name: (*name).to_owned(),
        value: Some((*value).into()),
    };
    pairs.iter().map(attribute).collect()
}

fn own(name: &str, kind: AttributeKind) -> SchemaAttribute {
    SchemaAttribute { name: name.to_owned(), kind, mutable: true, required: false }
}

/// A pool whose users have a name, a team, an immutable number, a day and a level that only
/// administrators set.
fn pool() -> UserPool {
    let text = AttributeKind::Text { least: Some(2), most: Some(4) };
    let number = AttributeKind::Number { least: Some(-5), most: Some(5) };
    UserPool {
        schema: vec![
            SchemaAttribute {
                required: true,
                ..own("name", AttributeKind::Text { least: Some(0), most: Some(2048) })
            },
            own("custom:team", text),
            SchemaAttribute { mutable: false, ..own("custom:number", number) },
            own("custom:day", AttributeKind::DateTime),
            own("custom:member", AttributeKind::Boolean),
            own("dev:custom:level", number),
        ],
        ..a_pool()
    }
}

fn names(attributes: &BTreeMap<String, String>) -> Vec<(&str, &str)> {
    attributes.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

const ADMINISTRATOR: Setter<'static> = Setter::Administrator;

#[test]
fn what_does_not_fit_the_schema_is_refused() {
    for (pairs, words) in [
        (&[("custom:x", "1")][..], "custom:x: Attribute does not exist in the schema."),
        (&[("team", "1234")], "does not exist"),
        (&[("sub", "1")], "non-mutable attribute sub"),
        (&[("identities", "[]")], "non-mutable attribute identities"),
        (&[("cognito:groups", "admin")], "does not exist"),
        (&[("iss", "x")], "does not exist"),
        (&[("email_verified", "yes")], "true or false"),
        (&[("email_verified", "true")], "together with email"),
        (&[("updated_at", "now")], "not a number"),
        (&[("updated_at", "-1")], "limits"),
        (&[("birthdate", "1.1.2000")], "not a date"),
        (&[("birthdate", "2023-02-29")], "not a date"),
        (&[("birthdate", "20230-2-01")], "not a date"),
        (&[("email", "nobody")], "Invalid email"),
        (&[("email", "a@b@c")], "Invalid email"),
        (&[("email", "a b@c")], "Invalid email"),
        (&[("phone_number", "030123")], "Invalid phone"),
        (&[("phone_number", "+1-2")], "Invalid phone"),
        (&[("name", "a"), ("name", "b")], "twice"),
        (&[("custom:team", "a")], "longer than 2"),
        (&[("custom:team", "abcde")], "shorter than 4"),
        (&[("custom:number", "6")], "limits"),
        (&[("custom:number", "-6")], "limits"),
        (&[("custom:number", "1.5")], "not a number"),
        (&[("custom:day", "today")], "not a time"),
        (&[("custom:member", "1")], "true or false"),
    ] {
        let refused = of_new_user(&pool(), &given(pairs), ADMINISTRATOR).unwrap_err().to_string();
        assert!(refused.contains(words), "{pairs:?}: {refused}");
    }
}

#[test]
fn what_fits_becomes_claims_of_the_right_kind() {
    let pairs = [
        ("email", "a@example.com"),
        ("email_verified", "True"),
        ("phone_number", "+4930123"),
        ("phone_number_verified", "false"),
        ("updated_at", "1700000000"),
        ("address", "Here"),
        ("birthdate", "2024-02-29"),
        ("name", "Ann"),
        ("nickname", ""),
        ("custom:team", "ärzt"),
        ("custom:number", "-5"),
        ("custom:day", "2024-02-29T12:00:00Z"),
        ("custom:member", "TRUE"),
        ("dev:custom:level", "3"),
    ];
    let attributes = of_new_user(&pool(), &given(&pairs), ADMINISTRATOR).unwrap();
    let user = User { attributes, ..a_user("ann") };
    let standard = json!({
        "email": "a@example.com", "email_verified": true, "phone_number": "+4930123",
        "phone_number_verified": false, "updated_at": 1_700_000_000,
        "address": { "formatted": "Here" }, "birthdate": "2024-02-29", "name": "Ann",
    });
    assert_eq!(Value::Object(claims(&user, &a_client())), standard, "only the standard ones");
    let readable = ["name", "custom:number", "custom:member"].map(str::to_owned).to_vec();
    let client = UserPoolClient { read_attributes: Some(readable), ..a_client() };
    let expected = json!({ "name": "Ann", "custom:number": "-5", "custom:member": "true" });
    assert_eq!(Value::Object(claims(&user, &client)), expected, "custom ones are texts");
    let shown = described(&user);
    assert_eq!((shown.len(), shown[0].name.as_str()), (14, "sub"));
    assert!(shown[0].value.as_ref().unwrap().equals(user.sub.to_string().as_bytes()));
}

#[test]
fn who_signs_up_has_what_is_required_and_nothing_that_only_others_set() {
    let client = a_client();
    let signing_up = |pairs: &[(&str, &str)]| {
        let attributes = of_new_user(&pool(), &given(pairs), Setter::Client(&client));
        attributes.map(drop).map_err(|error| error.to_string())
    };
    assert_eq!(signing_up(&[("name", "Ann")]), Ok(()));
    let missing = "Attributes did not conform to the schema: name: The attribute is required";
    assert_eq!(signing_up(&[]), Err(missing.to_owned()));
    assert_eq!(signing_up(&[("name", "")]), Err(missing.to_owned()));
    let unauthorized = "A client attempted to write unauthorized attribute".to_owned();
    for name in ["email_verified", "phone_number_verified", "dev:custom:level", "custom:team"] {
        assert_eq!(
            signing_up(&[("name", "Ann"), (name, "true")]),
            Err(unauthorized.clone()),
            "{name}"
        );
    }
    assert!(of_new_user(&pool(), &[], ADMINISTRATOR).is_ok(), "an administrator may say it later");
}

#[test]
fn an_application_writes_what_it_says_and_what_is_required() {
    let writable = Some(vec!["custom:team".to_owned()]);
    let client = UserPoolClient { write_attributes: writable, ..a_client() };
    let mut user = User { attributes: [("name".into(), "Ann".into())].into(), ..a_user("ann") };
    let mut write = |name: &str, value: &str| {
        change(&pool(), &mut user, &given(&[(name, value)]), Setter::Client(&client)).is_ok()
    };
    assert!(write("custom:team", "red") && write("name", "Anna"));
    assert!(!write("nickname", "A") && !write("email", "a@example.com"));
    let delete = |user: &mut User, name: &str| {
        remove(&pool(), user, &[name.to_owned()], Setter::Client(&client)).is_ok()
    };
    assert!(!delete(&mut user, "nickname") && delete(&mut user, "custom:team"));
    assert_eq!(names(&user.attributes), [("name", "Anna")]);
}

#[test]
fn who_is_invited_is_still_told_what_cannot_change_later() {
    let mut user = User { status: UserStatus::ForceChangePassword, ..a_user("ann") };
    let client =
        UserPoolClient { write_attributes: Some(vec!["custom:number".to_owned()]), ..a_client() };
    let set = |user: &mut User, number: &str| {
        let given = given(&[("custom:number", number)]);
        change(&pool(), user, &given, Setter::Client(&client)).is_ok()
    };
    assert!(set(&mut user, "1") && !set(&mut user, "2"));
    assert_eq!(names(&user.attributes), [("custom:number", "1")]);
    user.attributes.clear();
    user.attributes.insert("name".to_owned(), "Ann".to_owned());
    user.status = UserStatus::Confirmed;
    assert!(!set(&mut user, "1"));
}

#[test]
fn what_cannot_change_does_not_and_what_is_required_stays() {
    let start: BTreeMap<String, String> =
        [("name".into(), "Ann".into()), ("custom:number".into(), "1".into())].into();
    for (pairs, words) in [
        (&[("custom:number", "2")][..], "user.custom:number: Attribute cannot be updated."),
        (&[("custom:number", "")], "cannot be updated"),
        (&[("name", "")], "name: The attribute is required"),
        (&[("sub", "1")], "non-mutable"),
        (&[("custom:x", "1")], "does not exist"),
    ] {
        let mut user = User { attributes: start.clone(), ..a_user("ann") };
        let refused = change(&pool(), &mut user, &given(pairs), ADMINISTRATOR);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(words), "{pairs:?}: {refused}");
    }
    for (name, words) in [
        ("custom:number", "cannot be updated"),
        ("name", "is required"),
        ("sub", "non-mutable"),
        ("custom:x", "does not exist"),
    ] {
        let mut user = User { attributes: start.clone(), ..a_user("ann") };
        let refused = remove(&pool(), &mut user, &[name.to_owned()], ADMINISTRATOR);
        let refused = refused.unwrap_err().to_string();
        assert!(refused.contains(words), "{name}: {refused}");
    }
    // Whom an administrator made need not have said everything yet.
    let status = UserStatus::ForceChangePassword;
    let mut user = User { status, attributes: start, ..a_user("ann") };
    assert!(remove(&pool(), &mut user, &["name".to_owned()], ADMINISTRATOR).is_ok());
}

/// The attributes a user has then, and the addresses to be verified by a code.
type Expected<'a> = (&'a [(&'a str, &'a str)], &'a [Contact]);

#[test]
fn a_new_address_is_not_a_verified_one() {
    let pool = UserPool { auto_verified: vec![Contact::Email], ..a_pool() };
    let start: BTreeMap<String, String> =
        [("email".into(), "a@x".into()), ("email_verified".into(), "true".into())].into();
    let cases: [(&[(&str, &str)], Expected<'_>); 6] = [
        (
            &[("email", "b@x")],
            (&[("email", "b@x"), ("email_verified", "false")], &[Contact::Email]),
        ),
        (&[("email", "a@x")], (&[("email", "a@x"), ("email_verified", "true")], &[])),
        (
            &[("email", "b@x"), ("email_verified", "true")],
            (&[("email", "b@x"), ("email_verified", "true")], &[]),
        ),
        (&[("email_verified", "false")], (&[("email", "a@x"), ("email_verified", "false")], &[])),
        (&[("email", "")], (&[], &[])),
        (
            &[("phone_number", "+1")],
            (
                &[
                    ("email", "a@x"),
                    ("email_verified", "true"),
                    ("phone_number", "+1"),
                    ("phone_number_verified", "false"),
                ],
                &[],
            ),
        ),
    ];
    for (pairs, (attributes, to_verify)) in cases {
        let mut user = User { attributes: start.clone(), ..a_user("ann") };
        let verified = change(&pool, &mut user, &given(pairs), ADMINISTRATOR).unwrap();
        assert_eq!((names(&user.attributes), &verified[..]), (attributes.to_vec(), to_verify));
    }
}

#[test]
fn an_address_can_wait_for_its_verification() {
    let email = vec![Contact::Email];
    let pool = UserPool { auto_verified: email.clone(), verified_before_update: email, ..a_pool() };
    let old = [("email", "a@x"), ("email_verified", "true")];
    let new = [("email", "b@x"), ("email_verified", "true")];
    let waiting = || {
        let start: BTreeMap<String, String> =
            [("email".into(), "a@x".into()), ("email_verified".into(), "true".into())].into();
        let mut user = User { attributes: start, ..a_user("ann") };
        let wants = change(&pool, &mut user, &given(&[("email", "b@x")]), ADMINISTRATOR).unwrap();
        assert_eq!((names(&user.attributes), &wants[..]), (old.to_vec(), &[Contact::Email][..]));
        user
    };
    let mut user = waiting();
    verify(&mut user, Contact::Email);
    assert_eq!(names(&user.attributes), new);
    assert!(user.unverified.is_empty());
    let mut user = waiting();
    change(&pool, &mut user, &given(&[("email_verified", "true")]), ADMINISTRATOR).unwrap();
    assert_eq!(names(&user.attributes), new, "an administrator may say so");
    let mut user = waiting();
    change(&pool, &mut user, &given(&[("email", "a@x")]), ADMINISTRATOR).unwrap();
    assert!(user.unverified.is_empty(), "the user thought better of it");
    assert_eq!(names(&user.attributes), old);
    let mut user = waiting();
    remove(&pool, &mut user, &["email".to_owned()], ADMINISTRATOR).unwrap();
    verify(&mut user, Contact::Email);
    assert!(user.attributes.is_empty(), "there is nothing to verify");
}
