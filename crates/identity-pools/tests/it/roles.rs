//! Roles as the IAM API has them, and what a refusal meant.

use serde_json::{Value, json};
use wire::Service;

use crate::world::{Keys, PROVIDER, World, between};

const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"123456789012"},"Action":"sts:AssumeRole"}}"#;
const OPEN: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"cognito-identity.amazonaws.com"},"Action":"sts:AssumeRoleWithWebIdentity"}}"#;
const POLICY: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}}"#;

#[tokio::test]
async fn a_role_lives_from_create_to_delete() {
    let world = World::new();
    let root = Keys::root();
    let iam = async |operation: &str, members: &[(&str, &str)]| {
        world.query(Service::Iam, Some(&root), operation, members).await
    };
    let create = [
        ("RoleName", "Reader"),
        ("Path", "/app/"),
        ("AssumeRolePolicyDocument", TRUST),
        ("MaxSessionDuration", "43200"),
        ("Tags.member.1.Key", "team"),
        ("Tags.member.1.Value", "coats"),
    ];
    let created = iam("CreateRole", &create).await;
    let id = between(created.ok(), "<RoleId>", "</RoleId>").to_owned();
    assert!(id.starts_with("AROA"));
    let mut again = create;
    again[0].1 = "READER";
    iam("CreateRole", &again).await.refused(409, "EntityAlreadyExists");

    let got = iam("GetRole", &[("RoleName", "reader")]).await;
    assert_eq!(between(got.ok(), "<Arn>", "<"), "arn:aws:iam::123456789012:role/app/Reader");
    assert_eq!(between(got.ok(), "<MaxSessionDuration>", "<"), "43200");
    assert!(
        between(got.ok(), "<AssumeRolePolicyDocument>", "<").starts_with("%7B%22Version%22%3A")
    );

    let name = ("RoleName", "Reader");
    let put = [name, ("PolicyName", "read"), ("PolicyDocument", POLICY)];
    iam("PutRolePolicy", &put).await.ok();
    let got = iam("GetRolePolicy", &[name, ("PolicyName", "read")]).await;
    assert!(between(got.ok(), "<PolicyDocument>", "<").contains("s3%3AGetObject"));
    let listed = iam("ListRolePolicies", &[name]).await;
    assert_eq!(between(listed.ok(), "<member>", "<"), "read");
    assert_eq!(between(listed.ok(), "<IsTruncated>", "<"), "false");
    iam("GetRolePolicy", &[name, ("PolicyName", "no")]).await.refused(404, "NoSuchEntity");
    iam("DeleteRolePolicy", &[name, ("PolicyName", "no")]).await.refused(404, "NoSuchEntity");

    iam("DeleteRole", &[name]).await.refused(409, "DeleteConflict");
    iam("DeleteRolePolicy", &[name, ("PolicyName", "read")]).await.ok();
    iam("DeleteRole", &[name]).await.ok();
    iam("GetRole", &[name]).await.refused(404, "NoSuchEntity");
    let anew = iam("CreateRole", &create).await;
    assert_ne!(between(anew.ok(), "<RoleId>", "</RoleId>"), id);
}

#[tokio::test]
async fn what_a_role_cannot_be_is_refused() {
    let world = World::new();
    let root = Keys::root();
    let create = async |members: &[(&str, &str)]| {
        world.query(Service::Iam, Some(&root), "CreateRole", members).await
    };
    let (name, trust) = (("RoleName", "r"), ("AssumeRolePolicyDocument", TRUST));
    let boundary = ("PermissionsBoundary", "arn:aws:iam::123456789012:policy/b");
    let long = "x".repeat(65);
    let table: &[(&[(&str, &str)], &str)] = &[
        (&[("RoleName", "a b"), trust], "ValidationError"),
        (&[("RoleName", &long), trust], "ValidationError"),
        (&[name, trust, ("Path", "app")], "ValidationError"),
        (&[name, trust, ("MaxSessionDuration", "3599")], "ValidationError"),
        (&[name, trust, ("MaxSessionDuration", "43201")], "ValidationError"),
        (&[name, trust, ("Description", "\u{1f9e5}")], "ValidationError"),
        (&[name, ("AssumeRolePolicyDocument", "{}")], "MalformedPolicyDocument"),
        (&[name, ("AssumeRolePolicyDocument", POLICY)], "MalformedPolicyDocument"),
        (&[name, ("AssumeRolePolicyDocument", OPEN)], "MalformedPolicyDocument"),
    ];
    for (members, code) in table {
        create(members).await.refused(400, code);
    }
    create(&[name, trust, boundary]).await.refused(404, "NoSuchEntity");
    create(&[name, trust]).await.ok();
    let update = [name, ("PolicyDocument", OPEN)];
    let refused = world.query(Service::Iam, Some(&root), "UpdateAssumeRolePolicy", &update).await;
    assert!(refused.refused(400, "MalformedPolicyDocument").contains("no condition"));
    let update = [name, ("PolicyDocument", TRUST)];
    world.query(Service::Iam, Some(&root), "UpdateAssumeRolePolicy", &update).await.ok();
}

/// Credentials of a role that may do what `policy` says.
async fn operator(world: &World, policy: &Value) -> Keys {
    let pool = world.pool(false).await;
    let role = world.role("operator", &pool, "authenticated").await;
    let text = policy.to_string();
    let members =
        [("RoleName", "operator"), ("PolicyName", "p"), ("PolicyDocument", &text as &str)];
    world.query(Service::Iam, Some(&Keys::root()), "PutRolePolicy", &members).await.ok();
    let roles = json!({"IdentityPoolId": pool, "Roles": {"authenticated": role}});
    world.root("SetIdentityPoolRoles", roles).await;
    let token = world.id_token("0f8fad5b-d9cb-469f-a165-70867728950e", &json!({}));
    let identity = world.identity(&pool, &token).await;
    let login = json!({"IdentityId": identity, "Logins": {PROVIDER: token}});
    Keys::of(&world.call(None, "GetCredentialsForIdentity", login).await.json())
}

#[tokio::test]
async fn a_policy_on_a_path_holds_for_the_roles_under_it_and_no_others() {
    let world = World::new();
    let statement = |effect: &str, resource: &str| {
        let resource = format!("arn:aws:iam::123456789012:role/{resource}");
        json!({"Effect": effect, "Action": "iam:GetRole", "Resource": resource})
    };
    let statements =
        [statement("Allow", "app/*"), statement("Allow", "s*"), statement("Deny", "secret/*")];
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let keys = operator(&world, &policy).await;
    for (path, name) in [("/app/", "a"), ("/", "b"), ("/secret/", "sesame"), ("/", "s")] {
        let members = [("Path", path), ("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
        world.query(Service::Iam, Some(&Keys::root()), "CreateRole", &members).await.ok();
    }
    // The name alone does not say where a role is: "sesame" is under a path that is denied.
    for (name, status) in [("a", 200), ("A", 200), ("b", 403), ("sesame", 403), ("s", 200)] {
        let members = [("RoleName", name)];
        let reply = world.query(Service::Iam, Some(&keys), "GetRole", &members).await;
        assert_eq!(reply.status, status, "{name}: {}", reply.body);
    }
    // Of what is not there one is told only where one may ask.
    let ask =
        async |name| world.query(Service::Iam, Some(&keys), "GetRole", &[("RoleName", name)]).await;
    ask("snone").await.refused(404, "NoSuchEntity");
    ask("none").await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_refusal_is_explained_to_its_own_account_only() {
    let world = World::new();
    let keys = operator(&world, &serde_json::from_str(POLICY).unwrap()).await;
    let refused = world.query(Service::Iam, Some(&keys), "ListRoles", &[]).await;
    let body = refused.refused(403, "AccessDenied");
    let id = between(body, "<RequestId>", "</RequestId>");
    let decode = async |keys: &Keys, message: &str| {
        let members = [("EncodedMessage", message)];
        world.query(Service::Sts, Some(keys), "DecodeAuthorizationMessage", &members).await
    };
    let told = decode(&Keys::root(), id).await;
    let told = told.ok();
    assert!(told.contains("iam:ListRoles") && told.contains("assumed-role/operator"), "{told}");
    // Not to who was refused, as long as nobody lets it; to no other account; nor anything else.
    decode(&keys, id).await.refused(403, "AccessDenied");
    let unknown = "InvalidAuthorizationMessageException";
    decode(&Keys::other_root(), id).await.refused(400, unknown);
    decode(&Keys::root(), "00000000-0000-4000-8000-000000000000").await.refused(400, unknown);
    decode(&Keys::root(), "../audit").await.refused(400, unknown);
}

#[tokio::test]
async fn a_policy_on_request_tags_sees_the_tags_of_the_request() {
    let world = World::new();
    let condition = json!({
        "StringEquals": {"aws:RequestTag/team": "coats"},
        "ForAllValues:StringEquals": {"aws:TagKeys": ["Team", "team"]},
    });
    let statements = [
        json!({"Effect": "Allow", "Action": "iam:CreateRole", "Resource": "*"}),
        json!({"Effect": "Allow", "Action": "iam:TagRole", "Resource": "*", "Condition": condition}),
    ];
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    let keys = operator(&world, &policy).await;
    let create = async |name: &str, tags: &[(&str, &str)]| {
        let names: Vec<_> = (1..=tags.len())
            .map(|n| (format!("Tags.member.{n}.Key"), format!("Tags.member.{n}.Value")))
            .collect();
        let mut members = vec![("RoleName", name), ("AssumeRolePolicyDocument", TRUST)];
        for ((key, value), tag) in names.iter().zip(tags) {
            members.extend([(key.as_str(), tag.0), (value.as_str(), tag.1)]);
        }
        world.query(Service::Iam, Some(&keys), "CreateRole", &members).await
    };
    create("a", &[]).await.ok();
    create("b", &[("Team", "coats")]).await.ok();
    create("c", &[("Team", "hats")]).await.refused(403, "AccessDenied");
    create("d", &[("Team", "coats"), ("admin", "yes")]).await.refused(403, "AccessDenied");
}
