//! IAM users who ask with keys of their own: what they may, and what they cannot get.

use serde_json::json;

use crate::{
    client::{Call, Keys},
    people::{People, may, role_arn_of, trusts, user_arn},
    world::{BUCKET, OTHER, ROOT},
};

const ADMINISTRATOR: &str = "arn:aws:iam::aws:policy/AdministratorAccess";
const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

fn own_folder() -> serde_json::Value {
    may(&["s3:GetObject", "s3:PutObject"], &["arn:aws:s3:::coats/home/${aws:username}/*"])
}

#[tokio::test]
async fn a_user_has_the_folder_of_its_name_and_no_other() {
    let people = People::new().await;
    let root = &people.root;
    // One policy for all, by their group.
    people.iam(root, "CreateGroup", &[("GroupName", "people")]).await.expect(200);
    let policy = own_folder().to_string();
    let put = [("GroupName", "people"), ("PolicyName", "home"), ("PolicyDocument", &policy)];
    people.iam(root, "PutGroupPolicy", &put).await.expect(200);
    let mut keys = Vec::new();
    for name in ["alice", "bob"] {
        keys.push(people.user(root, name).await);
        let add = [("GroupName", "people"), ("UserName", name)];
        people.iam(root, "AddUserToGroup", &add).await.expect(200);
    }
    let [alice, bob] = &keys[..] else { panic!("two users") };
    for (own, other, name, others) in [(alice, bob, "alice", "bob"), (bob, alice, "bob", "alice")] {
        people.put(own, &format!("home/{name}/data.txt")).await.expect(200);
        people.get(own, &format!("home/{name}/data.txt")).await.expect(200);
        people.put(own, &format!("home/{others}/data.txt")).await.refused(403, "AccessDenied");
        let of_other = people.get(other, &format!("home/{name}/data.txt")).await;
        of_other.refused(403, "AccessDenied");
    }
    let identity = people.sts(alice, "GetCallerIdentity", &[]).await.expect(200);
    assert_eq!(identity.element("Arn"), user_arn(ROOT, "alice"));
    assert_eq!(identity.element("Account"), ROOT.0);
    assert!(identity.element("UserId").starts_with("AIDA"));
    // Out of the group, out of the folder, at once.
    let remove = [("GroupName", "people"), ("UserName", "alice")];
    people.iam(root, "RemoveUserFromGroup", &remove).await.expect(200);
    people.get(alice, "home/alice/data.txt").await.refused(403, "AccessDenied");
    people.get(bob, "home/bob/data.txt").await.expect(200);
}

/// A user who gets another's name does not get its folder with it, and keeps its key.
#[tokio::test]
async fn a_renamed_user_has_the_folder_of_its_new_name() {
    let people = People::new().await;
    let alice = people.user_who_may(&people.root, "alice", &own_folder()).await;
    people.put(&alice, "home/alice/data.txt").await.expect(200);
    let rename = [("UserName", "alice"), ("NewUserName", "carol")];
    people.iam(&people.root, "UpdateUser", &rename).await.expect(200);
    people.get(&alice, "home/alice/data.txt").await.refused(403, "AccessDenied");
    people.put(&alice, "home/carol/data.txt").await.expect(200);
    let missing = people.iam(&people.root, "GetUser", &[("UserName", "alice")]).await;
    missing.refused(404, "NoSuchEntity");
    people.iam(&people.root, "GetUser", &[("UserName", "CAROL")]).await.expect(200);
}

#[tokio::test]
async fn inactive_and_deleted_keys_are_not_known() {
    let people = People::new().await;
    let keys = people.user_who_may(&people.root, "alice", &own_folder()).await;
    let file = "home/alice/data.txt";
    people.put(&keys, file).await.expect(200);
    let key = [("UserName", "alice"), ("AccessKeyId", keys.access_key_id.as_str())];
    let set = async |status| {
        let input = [key[0], key[1], ("Status", status)];
        people.iam(&people.root, "UpdateAccessKey", &input).await.expect(200);
    };
    let unknown = async |keys: &Keys| {
        people.get(keys, file).await.refused(403, "InvalidAccessKeyId");
        let reply = people.sts(keys, "GetCallerIdentity", &[]).await;
        reply.refused(403, "InvalidClientTokenId");
    };
    set("Inactive").await;
    unknown(&keys).await;
    set("Active").await;
    people.get(&keys, file).await.expect(200);

    let wrong = Keys { secret: "another secret".into(), ..keys.clone() };
    people.get(&wrong, file).await.refused(403, "SignatureDoesNotMatch");
    let with_token = Keys { token: Some("token".to_owned()), ..keys.clone() };
    people.get(&with_token, file).await.refused(400, "InvalidToken");

    people.iam(&people.root, "DeleteAccessKey", &key).await.expect(200);
    unknown(&keys).await;
    people.iam(&people.root, "DeleteAccessKey", &key).await.refused(404, "NoSuchEntity");
    // Nor does the key come back with a user of that name.
    let policy = [("UserName", "alice"), ("PolicyName", "may")];
    people.iam(&people.root, "DeleteUserPolicy", &policy).await.expect(200);
    people.iam(&people.root, "DeleteUser", &[("UserName", "alice")]).await.expect(200);
    people.user(&people.root, "alice").await;
    unknown(&keys).await;
}

#[tokio::test]
async fn a_user_has_two_keys_and_their_secrets_lie_nowhere_readable() {
    let people = People::new().await;
    let first = people.user(&people.root, "alice").await;
    let second = people.access_key(&people.root, "alice").await;
    let third = people.iam(&people.root, "CreateAccessKey", &[("UserName", "alice")]).await;
    third.refused(409, "LimitExceeded");
    for keys in [&first, &second] {
        people.sts(keys, "GetCallerIdentity", &[]).await.expect(200);
    }
    let listed = people.iam(&people.root, "ListAccessKeys", &[("UserName", "alice")]).await;
    let listed = listed.expect(200).text();
    let mut pending = vec![people.folder.path().to_owned()];
    let mut files = Vec::new();
    while let Some(path) = pending.pop() {
        match std::fs::read_dir(&path) {
            Ok(entries) => pending.extend(entries.map(|entry| entry.unwrap().path())),
            Err(_) => files.push(std::fs::read(&path).unwrap()),
        }
    }
    for keys in [&first, &second] {
        let (id, secret) = (keys.access_key_id.as_bytes(), keys.secret.expose().as_bytes());
        let holds = |file: &Vec<u8>, text: &[u8]| file.windows(text.len()).any(|at| at == text);
        assert!(files.iter().any(|file| holds(file, id)), "the id does lie there");
        assert!(!files.iter().any(|file| holds(file, secret)));
        assert!(listed.contains(&keys.access_key_id) && !listed.contains(keys.secret.expose()));
    }
}

#[tokio::test]
async fn the_use_of_a_key_is_written_down() {
    let people = People::new().await;
    let alice = people.user(&people.root, "alice").await;
    let key = [("AccessKeyId", alice.access_key_id.as_str())];
    let used = people.iam(&people.root, "GetAccessKeyLastUsed", &key).await.expect(200);
    assert_eq!(used.element("ServiceName"), "N/A");
    people.sts(&alice, "GetCallerIdentity", &[]).await.expect(200);
    let used = people.iam(&people.root, "GetAccessKeyLastUsed", &key).await.expect(200);
    assert_eq!(
        (used.element("ServiceName"), used.element("UserName")),
        ("sts".into(), "alice".into())
    );
    let first = used.element("LastUsedDate");
    people.server.advance(899);
    people.get(&alice, "x").await.refused(403, "AccessDenied");
    let used = people.iam(&people.root, "GetAccessKeyLastUsed", &key).await.expect(200);
    assert_eq!(used.element("LastUsedDate"), first);
    people.server.advance(1);
    people.get(&alice, "x").await.refused(403, "AccessDenied");
    let used = people.iam(&people.root, "GetAccessKeyLastUsed", &key).await.expect(200);
    assert_ne!(used.element("LastUsedDate"), first);
    assert_eq!(used.element("ServiceName"), "s3");
    // A wrong signature is no use of the key.
    people.server.advance(1000);
    let forged = Keys { secret: "another".into(), ..alice.clone() };
    people.sts(&forged, "GetCallerIdentity", &[]).await.refused(403, "SignatureDoesNotMatch");
    let used = people.iam(&people.root, "GetAccessKeyLastUsed", &key).await.expect(200);
    assert_eq!(used.element("ServiceName"), "s3");
}

/// The version that is the default counts from the next request on, for users, groups and roles alike.
#[tokio::test]
async fn a_managed_policy_counts_by_its_default_version_wherever_it_is_attached() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    people.iam(root, "CreateGroup", &[("GroupName", "people")]).await.expect(200);
    let add = [("GroupName", "people"), ("UserName", "alice")];
    people.iam(root, "AddUserToGroup", &add).await.expect(200);
    let everyone = trusts(&json!({"AWS": ROOT.0}), &["sts:AssumeRole"]);
    people.role(root, "reader", &everyone, &may(&["sts:GetCallerIdentity"], &["*"])).await;
    let assume = may(&["sts:AssumeRole"], &["*"]).to_string();
    let put = [("UserName", "alice"), ("PolicyName", "assume"), ("PolicyDocument", &assume)];
    people.iam(root, "PutUserPolicy", &put).await.expect(200);
    let reader = people.assume(&alice, &role_arn_of(ROOT, "reader"), &[]).await.expect(200);
    let reader = crate::people::session_keys(&reader);
    people.put(root, "coat").await.expect(200);

    let nothing = may(&["s3:GetObject"], &["arn:aws:s3:::coats/none"]).to_string();
    let create = [("PolicyName", "reading"), ("PolicyDocument", nothing.as_str())];
    let made = people.iam(root, "CreatePolicy", &create).await.expect(200);
    let arn = made.element("Arn");
    let reading = may(&["s3:GetObject"], &["arn:aws:s3:::coats/*"]).to_string();
    let version = [("PolicyArn", arn.as_str()), ("PolicyDocument", &reading)];
    people.iam(root, "CreatePolicyVersion", &version).await.expect(200);
    for (kind, name, keys) in
        [("User", "alice", &alice), ("Group", "people", &alice), ("Role", "reader", &reader)]
    {
        let who = format!("{kind}Name");
        let attachment = [(who.as_str(), name), ("PolicyArn", &arn)];
        people.iam(root, &format!("Attach{kind}Policy"), &attachment).await.expect(200);
        people.get(keys, "coat").await.refused(403, "AccessDenied");
        let set = |version| [("PolicyArn", arn.as_str()), ("VersionId", version)];
        people.iam(root, "SetDefaultPolicyVersion", &set("v2")).await.expect(200);
        people.get(keys, "coat").await.expect(200);
        people.iam(root, "SetDefaultPolicyVersion", &set("v1")).await.expect(200);
        people.get(keys, "coat").await.refused(403, "AccessDenied");
        people.iam(root, "SetDefaultPolicyVersion", &set("v2")).await.expect(200);
        let held = people.iam(root, "DeletePolicy", &[("PolicyArn", &arn)]).await;
        held.refused(409, "DeleteConflict");
        people.iam(root, &format!("Detach{kind}Policy"), &attachment).await.expect(200);
        people.get(keys, "coat").await.refused(403, "AccessDenied");
        people.iam(root, "SetDefaultPolicyVersion", &set("v1")).await.expect(200);
    }
}

#[tokio::test]
async fn a_boundary_cuts_what_the_policies_allow() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    let attach = [("UserName", "alice"), ("PolicyArn", ADMINISTRATOR)];
    people.iam(root, "AttachUserPolicy", &attach).await.expect(200);
    people.put(&alice, "coat").await.expect(200);
    let bound = [("UserName", "alice"), ("PermissionsBoundary", READ_ONLY)];
    people.iam(root, "PutUserPermissionsBoundary", &bound).await.expect(200);
    people.get(&alice, "coat").await.expect(200);
    let refused = people.put(&alice, "coat").await.refused(403, "AccessDenied");
    let id = refused.request_id();
    let told = [("EncodedMessage", id.as_str())];
    let told = people.sts(root, "DecodeAuthorizationMessage", &told).await.expect(200).text();
    assert!(told.contains("ermissionsBoundary") && told.contains(READ_ONLY), "{told}");
    assert!(told.contains(ADMINISTRATOR), "{told}");
    // Nor does it help to be let by a group, or to take the boundary away.
    people
        .iam(&alice, "DeleteUserPermissionsBoundary", &[("UserName", "alice")])
        .await
        .refused(403, "AccessDenied");
    people.iam(root, "DeleteUserPermissionsBoundary", &[("UserName", "alice")]).await.expect(200);
    people.put(&alice, "coat").await.expect(200);
}

/// Who may make users within a boundary only makes none beyond it, and cannot widen itself.
#[tokio::test]
async fn nobody_escapes_by_writing_policies_taking_roles_or_passing_them() {
    let people = People::new().await;
    let root = &people.root;
    let bounded = json!({"StringEquals": {"iam:PermissionsBoundary": READ_ONLY}});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["iam:CreateUser", "iam:PutUserPolicy", "iam:AttachUserPolicy",
            "iam:PutUserPermissionsBoundary"], "Resource": "*", "Condition": bounded},
        {"Effect": "Allow", "Action": "iam:CreateAccessKey", "Resource": "*"},
        {"Effect": "Allow", "Action": ["sts:AssumeRole", "cognito-identity:*"], "Resource": "*"}]});
    let clerk = people.user_who_may(root, "clerk", &policy).await;
    let everything = may(&["*"], &["*"]).to_string();
    let denied = async |action: &str, input: &[(&str, &str)]| {
        people.iam(&clerk, action, input).await.refused(403, "AccessDenied");
    };
    denied("CreateUser", &[("UserName", "free")]).await;
    denied("CreateUser", &[("UserName", "free"), ("PermissionsBoundary", ADMINISTRATOR)]).await;
    let own = ("UserName", "clerk");
    denied("PutUserPolicy", &[own, ("PolicyName", "p"), ("PolicyDocument", &everything)]).await;
    denied("AttachUserPolicy", &[own, ("PolicyArn", ADMINISTRATOR)]).await;
    denied("PutUserPermissionsBoundary", &[own, ("PermissionsBoundary", ADMINISTRATOR)]).await;
    denied("AddUserToGroup", &[own, ("GroupName", "administrators")]).await;
    denied("UpdateAssumeRolePolicy", &[("RoleName", "r"), ("PolicyDocument", "{}")]).await;
    denied(
        "CreatePolicyVersion",
        &[("PolicyArn", "arn:aws:iam::123456789012:policy/x"), ("PolicyDocument", &everything)],
    )
    .await;

    // Within the boundary it may, and what it makes is bounded.
    let create = [("UserName", "reader"), ("PermissionsBoundary", READ_ONLY)];
    people.iam(&clerk, "CreateUser", &create).await.expect(200);
    let reader = people.access_key(&clerk, "reader").await;
    let attach = [("UserName", "reader"), ("PolicyArn", ADMINISTRATOR)];
    people.iam(&clerk, "AttachUserPolicy", &attach).await.expect(200);
    people.put(root, "coat").await.expect(200);
    people.get(&reader, "coat").await.expect(200);
    people.put(&reader, "coat").await.refused(403, "AccessDenied");
    people.iam(&reader, "ListUsers", &[]).await.refused(403, "AccessDenied");

    // A role that trusts somebody else is not taken, and none is passed without the permission.
    let trust = trusts(&json!({"Service": "cognito-identity.amazonaws.com"}), &["sts:AssumeRole"]);
    people.role(root, "administrator", &trust, &may(&["*"], &["*"])).await;
    let role = role_arn_of(ROOT, "administrator");
    people.assume(&clerk, &role, &[]).await.refused(403, "AccessDenied");
    let pool = json!({"IdentityPoolName": "p", "AllowUnauthenticatedIdentities": false});
    let pool =
        people.call(&clerk, &Call::json("cognito-identity", "CreateIdentityPool", &pool)).await;
    let pool = pool.expect(200).json()["IdentityPoolId"].as_str().unwrap().to_owned();
    let roles = json!({"IdentityPoolId": pool, "Roles": {"authenticated": role}});
    let pass = Call::json("cognito-identity", "SetIdentityPoolRoles", &roles);
    people.call(&clerk, &pass).await.refused(400, "AccessDeniedException");
    let passing = |service: &str| {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:PassRole",
            "Resource": role, "Condition": {"StringEquals": {"iam:PassedToService": service}}}]})
        .to_string()
    };
    for (service, passes) in
        [("lambda.amazonaws.com", false), ("cognito-identity.amazonaws.com", true)]
    {
        let document = passing(service);
        let put = [own, ("PolicyName", "pass"), ("PolicyDocument", document.as_str())];
        people.iam(root, "PutUserPolicy", &put).await.expect(200);
        assert_eq!(people.call(&clerk, &pass).await.status == 200, passes, "{service}");
    }
}

/// `iam:PolicyARN`: which policies may be attached, by whom else.
#[tokio::test]
async fn who_may_attach_one_policy_attaches_no_other() {
    let people = People::new().await;
    let root = &people.root;
    let one = json!({"ArnEquals": {"iam:PolicyARN": READ_ONLY}});
    let policy = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Action": ["iam:AttachUserPolicy", "iam:AttachGroupPolicy", "iam:DetachUserPolicy"],
        "Resource": "*", "Condition": one}]});
    let clerk = people.user_who_may(root, "clerk", &policy).await;
    people.iam(root, "CreateGroup", &[("GroupName", "people")]).await.expect(200);
    for (action, who) in [
        ("AttachUserPolicy", ("UserName", "clerk")),
        ("AttachGroupPolicy", ("GroupName", "people")),
    ] {
        people.iam(&clerk, action, &[who, ("PolicyArn", READ_ONLY)]).await.expect(200);
        let other = people.iam(&clerk, action, &[who, ("PolicyArn", ADMINISTRATOR)]).await;
        other.refused(403, "AccessDenied");
    }
    let own = ("UserName", "clerk");
    let attach = [own, ("PolicyArn", ADMINISTRATOR)];
    people.iam(root, "AttachUserPolicy", &attach).await.expect(200);
    people
        .iam(root, "PutUserPermissionsBoundary", &[own, ("PermissionsBoundary", READ_ONLY)])
        .await
        .expect(200);
    people
        .iam(&clerk, "DetachUserPolicy", &[own, ("PolicyArn", READ_ONLY)])
        .await
        .refused(403, "AccessDenied");
}

/// `aws:PrincipalTag`, `aws:ResourceTag`, `aws:RequestTag` and `aws:TagKeys`.
#[tokio::test]
async fn tags_decide_who_may_do_what_to_whom() {
    let people = People::new().await;
    let root = &people.root;
    let same_team = json!({"StringEquals": {"iam:ResourceTag/team": "${aws:PrincipalTag/team}"}});
    let own_team = json!({"StringEquals": {"aws:RequestTag/team": "${aws:PrincipalTag/team}"},
                          "ForAllValues:StringEquals": {"aws:TagKeys": ["team"]}});
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*", "Condition": same_team},
        {"Effect": "Allow", "Action": ["iam:CreateUser", "iam:TagUser"], "Resource": "*",
         "Condition": own_team}]});
    let lead = people.user_who_may(root, "lead", &policy).await;
    for (name, team) in [("lead", "coats"), ("mate", "coats"), ("stranger", "hats")] {
        if name != "lead" {
            people.iam(root, "CreateUser", &[("UserName", name)]).await.expect(200);
        }
        let tag =
            [("UserName", name), ("Tags.member.1.Key", "team"), ("Tags.member.1.Value", team)];
        people.iam(root, "TagUser", &tag).await.expect(200);
    }
    people.iam(&lead, "GetUser", &[("UserName", "mate")]).await.expect(200);
    people.iam(&lead, "GetUser", &[("UserName", "stranger")]).await.refused(403, "AccessDenied");
    let create = |name, tags: &[(&'static str, &'static str)]| {
        let mut input = vec![("UserName", name)];
        input.extend(tags);
        Call::query("iam", "CreateUser", &input)
    };
    let team = |team| [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", team)];
    people.call(&lead, &create("new", &[])).await.refused(403, "AccessDenied");
    people.call(&lead, &create("new", &team("hats"))).await.refused(403, "AccessDenied");
    let two = [
        team("coats")[0],
        team("coats")[1],
        ("Tags.member.2.Key", "cost"),
        ("Tags.member.2.Value", "1"),
    ];
    people.call(&lead, &create("new", &two)).await.refused(403, "AccessDenied");
    people.call(&lead, &create("new", &team("coats"))).await.expect(200);
    people.iam(&lead, "GetUser", &[("UserName", "new")]).await.expect(200);
    let untag = [("UserName", "lead"), ("TagKeys.member.1", "team")];
    people.iam(root, "UntagUser", &untag).await.expect(200);
    people.iam(&lead, "GetUser", &[("UserName", "new")]).await.refused(403, "AccessDenied");
}

/// A bucket's policy that names another account's user or role works if that account allows it too.
#[tokio::test]
async fn across_accounts_both_sides_must_allow_in_both_directions() {
    let people = People::new().await;
    let everything = may(&["s3:*"], &["*"]);
    for (host, host_account, guest, guest_account, bucket) in [
        (&people.root, ROOT, &people.other, OTHER, BUCKET),
        (&people.other, OTHER, &people.root, ROOT, "hats"),
    ] {
        if bucket != BUCKET {
            people.call(host, &Call::s3("PUT", &format!("/{bucket}"))).await.expect(200);
        }
        let path = format!("/{bucket}/coat");
        people.call(host, &Call::s3("PUT", &path).body("coat")).await.expect(200);
        let keys = people.user(guest, "guest").await;
        let trust = trusts(&json!({"AWS": user_arn(guest_account, "guest")}), &["sts:AssumeRole"]);
        people.role(guest, "visitor", &trust, &may(&["sts:GetCallerIdentity"], &["*"])).await;
        let visitor = people.assume(&keys, &role_arn_of(guest_account, "visitor"), &[]).await;
        let visitor = crate::people::session_keys(&visitor.expect(200));
        let get = Call::s3("GET", &path);
        for (asks, name, kind) in [(&keys, "guest", "User"), (&visitor, "visitor", "Role")] {
            let arn = format!("arn:aws:iam::{}:{}/{name}", guest_account.0, kind.to_lowercase());
            let lets = |principal: &str| {
                json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
                    "Principal": {"AWS": principal}, "Action": "s3:GetObject",
                    "Resource": format!("arn:aws:s3:::{bucket}/*")}]})
                .to_string()
            };
            let set = async |principal: &str| {
                let call = Call::s3("PUT", &format!("/{bucket}?policy")).body(lets(principal));
                people.call(host, &call).await.expect(204);
            };
            let who = format!("{kind}Name");
            let own = everything.to_string();
            let own =
                [(who.as_str(), name), ("PolicyName", "s3"), ("PolicyDocument", own.as_str())];
            // Neither side; the bucket's alone; both; the caller's alone.
            set(&format!("arn:aws:iam::{}:root", host_account.0)).await;
            people.call(asks, &get).await.refused(403, "AccessDenied");
            set(&arn).await;
            people.call(asks, &get).await.refused(403, "AccessDenied");
            people.iam(guest, &format!("Put{kind}Policy"), &own).await.expect(200);
            people.call(asks, &get).await.expect(200);
            set(&format!("arn:aws:iam::{}:root", host_account.0)).await;
            people.call(asks, &get).await.refused(403, "AccessDenied");
        }
    }
}
