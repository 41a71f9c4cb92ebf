//! Users, groups and managed policies that are changed at once by many, or looked for by strangers.

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    client::Call,
    people::{People, may},
    world::{World, role_arn},
};

/// A policy that was deleted is attached nowhere, however attaching and deleting fall together.
#[tokio::test(flavor = "multi_thread")]
async fn no_policy_is_deleted_while_it_is_being_attached() {
    let people = People::new().await;
    let root = &people.root;
    people.user(root, "alice").await;
    let document = may(&["s3:*"], &["*"]).to_string();
    for round in 0..10 {
        let name = format!("p{round}");
        let create = [("PolicyName", name.as_str()), ("PolicyDocument", document.as_str())];
        let arn = people.iam(root, "CreatePolicy", &create).await.expect(200).element("Arn");
        let policy = ("PolicyArn", arn.as_str());
        let attach = Call::query("iam", "AttachUserPolicy", &[("UserName", "alice"), policy]);
        let delete = Call::query("iam", "DeletePolicy", &[policy]);
        let (attached, deleted) =
            tokio::join!(people.call(root, &attach), people.call(root, &delete));
        let listed = people.iam(root, "ListAttachedUserPolicies", &[("UserName", "alice")]).await;
        let is_attached = listed.expect(200).text().contains(&arn);
        let is_there = people.iam(root, "GetPolicy", &[policy]).await.status == 200;
        assert_eq!(attached.status == 200, is_attached, "{}", attached.text());
        assert_eq!(deleted.status == 200, !is_there, "{}", deleted.text());
        assert_eq!(is_attached, is_there, "round {round}");
        if is_attached {
            let detach = [("UserName", "alice"), policy];
            people.iam(root, "DetachUserPolicy", &detach).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_group_is_deleted_while_somebody_comes_into_it() {
    let people = People::new().await;
    let root = &people.root;
    people.user(root, "alice").await;
    for round in 0..10 {
        let name = format!("g{round}");
        let group = ("GroupName", name.as_str());
        people.iam(root, "CreateGroup", &[group]).await.expect(200);
        let add = Call::query("iam", "AddUserToGroup", &[group, ("UserName", "alice")]);
        let delete = Call::query("iam", "DeleteGroup", &[group]);
        let (added, deleted) = tokio::join!(people.call(root, &add), people.call(root, &delete));
        let of_alice = people.iam(root, "ListGroupsForUser", &[("UserName", "alice")]).await;
        let is_member = of_alice.expect(200).text().contains(&format!("group/{name}"));
        let is_there = people.iam(root, "GetGroup", &[group]).await.status == 200;
        assert_eq!(added.status == 200, is_member, "{}", added.text());
        assert_eq!(deleted.status == 200, !is_there, "{}", deleted.text());
        assert_eq!(is_member, is_there, "round {round}");
        if is_member {
            let remove = [group, ("UserName", "alice")];
            people.iam(root, "RemoveUserFromGroup", &remove).await.expect(200);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_user_has_two_keys_and_a_name_is_one_users_however_many_ask_at_once() {
    let people = People::new().await;
    let root = &people.root;
    let create = Call::query("iam", "CreateUser", &[("UserName", "alice")]);
    let made = join_all((0..8).map(|_| people.call(root, &create))).await;
    assert_eq!(made.iter().filter(|reply| reply.status == 200).count(), 1);
    for reply in made.into_iter().filter(|reply| reply.status != 200) {
        reply.refused(409, "EntityAlreadyExists");
    }
    let key = Call::query("iam", "CreateAccessKey", &[("UserName", "alice")]);
    let made = join_all((0..8).map(|_| people.call(root, &key))).await;
    assert_eq!(made.iter().filter(|reply| reply.status == 200).count(), 2);
    for reply in made.into_iter().filter(|reply| reply.status != 200) {
        reply.refused(409, "LimitExceeded");
    }
    // Two users who take the same new name: one gets it, the other keeps its own.
    people.user(root, "bob").await;
    let rename =
        |name| Call::query("iam", "UpdateUser", &[("UserName", name), ("NewUserName", "carol")]);
    let (alice, bob) = (rename("alice"), rename("bob"));
    let (alice, bob) = tokio::join!(people.call(root, &alice), people.call(root, &bob));
    let mut statuses = [alice.status, bob.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409], "{} {}", alice.text(), bob.text());
    let listed = people.iam(root, "ListUsers", &[]).await.expect(200).text();
    assert_eq!(listed.matches("<UserName>").count(), 2, "{listed}");
}

/// What the other account has is not there, also if its id is known.
#[tokio::test]
async fn a_key_of_another_account_is_not_there() {
    let people = People::new().await;
    let alice = people.user(&people.root, "alice").await;
    people.sts(&alice, "GetCallerIdentity", &[]).await.expect(200);
    people.user(&people.other, "alice").await;
    let id = ("AccessKeyId", alice.access_key_id.as_str());
    let name = ("UserName", "alice");
    for (action, input) in [
        ("GetAccessKeyLastUsed", vec![id]),
        ("DeleteAccessKey", vec![name, id]),
        ("UpdateAccessKey", vec![name, id, ("Status", "Inactive")]),
    ] {
        people.iam(&people.other, action, &input).await.refused(404, "NoSuchEntity");
    }
    people.sts(&alice, "GetCallerIdentity", &[]).await.expect(200);
    let used = people.iam(&people.root, "GetAccessKeyLastUsed", &[id]).await.expect(200);
    assert_eq!(used.element("ServiceName"), "sts");
}

/// A trust policy that names one person by `sub`, the pool by `aud` and the way of the login by `amr`.
#[tokio::test]
async fn a_trust_policy_may_want_one_identity_one_pool_and_one_login() {
    let world = World::new().await;
    let amr = |user_pool: &str| {
        format!("cognito-idp.us-east-1.amazonaws.com/{user_pool}:CognitoSignIn:*")
    };
    let trust = |sub: &str, aud: &str, amr: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"Federated": "cognito-identity.amazonaws.com"},
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {
                "StringEquals": {"cognito-identity.amazonaws.com:sub": sub,
                                 "cognito-identity.amazonaws.com:aud": aud},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr}}}]})
        .to_string()
    };
    let (sub, aud) = (&world.user.identity_id, &world.identity_pool_id);
    let login = amr(&world.user_pool_id);
    let elsewhere = "us-east-1:00000000-0000-4000-8000-000000000000";
    let take = async |document: &str| {
        let update = [("RoleName", "user"), ("PolicyDocument", document)];
        world.server.root(&Call::query("iam", "UpdateAssumeRolePolicy", &update)).await.expect(200);
        let identity = json!({"IdentityId": sub, "Logins": world.logins(&world.user.id_token)});
        let call = Call::json("cognito-identity", "GetOpenIdToken", &identity);
        let token = world.server.client().unsigned(&call).await.expect(200).json();
        let role = role_arn("user");
        let input = [
            ("RoleArn", role.as_str()),
            ("RoleSessionName", "basic"),
            ("WebIdentityToken", token["Token"].as_str().unwrap()),
        ];
        let call = Call::query("sts", "AssumeRoleWithWebIdentity", &input);
        world.server.client().unsigned(&call).await
    };
    take(&trust(sub, aud, &login)).await.expect(200);
    take(&trust(sub, aud, "authenticated")).await.expect(200);
    for (sub, aud, amr) in [
        (world.admin.identity_id.as_str(), aud.as_str(), login.as_str()),
        (sub, elsewhere, &login),
        (sub, aud, "unauthenticated"),
        (sub, aud, &amr("us-east-1_AAAAAAAAA")),
        (sub, aud, "cognito-idp.us-east-1.amazonaws.com"),
    ] {
        take(&trust(sub, aud, amr)).await.refused(403, "AccessDenied");
    }
    // A managed session policy limits this kind of session too.
    let document = trust(sub, aud, &login);
    let update = [("RoleName", "user"), ("PolicyDocument", document.as_str())];
    world.server.root(&Call::query("iam", "UpdateAssumeRolePolicy", &update)).await.expect(200);
    let identity = json!({"IdentityId": sub, "Logins": world.logins(&world.user.id_token)});
    let call = Call::json("cognito-identity", "GetOpenIdToken", &identity);
    let token = world.server.client().unsigned(&call).await.expect(200).json();
    let role = role_arn("user");
    let input = [
        ("RoleArn", role.as_str()),
        ("RoleSessionName", "limited"),
        ("WebIdentityToken", token["Token"].as_str().unwrap()),
        ("PolicyArns.member.1.arn", "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"),
    ];
    let call = Call::query("sts", "AssumeRoleWithWebIdentity", &input);
    let limited = world.server.client().unsigned(&call).await.expect(200);
    let limited = crate::people::session_keys(&limited);
    let (get, put) = (
        Call::s3("GET", &world.user.path("data.txt")),
        Call::s3("PUT", &world.user.path("new.txt")),
    );
    world.server.client().signed(&limited, &get).await.expect(200);
    world.server.client().signed(&limited, &put).await.refused(403, "AccessDenied");
    world.as_person(&world.user, &put).await.expect(200);
}
