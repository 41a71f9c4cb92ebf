//! Sessions that users and roles get from STS: what a chain gains (nothing), and what ends them.

use serde_json::json;

use crate::{
    client::Call,
    people::{People, may, role_arn_of, session_keys, trusts, user_arn},
    world::{OTHER, ROOT},
};

const READ_ONLY: &str = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess";

fn trust_of_user(name: &str) -> serde_json::Value {
    trusts(&json!({"AWS": user_arn(ROOT, name)}), &["sts:AssumeRole", "sts:TagSession"])
}

#[tokio::test]
async fn a_role_is_taken_by_whom_its_trust_names_and_by_nobody_else() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    let bob = people.user_who_may(root, "bob", &may(&["sts:AssumeRole"], &["*"])).await;
    people.role(root, "coats", &trust_of_user("alice"), &may(&["s3:*"], &["*"])).await;
    let role = role_arn_of(ROOT, "coats");
    let reply = people.assume(&alice, &role, &[]).await.expect(200);
    let keys = session_keys(&reply);
    assert!(reply.element("AssumedRoleId").starts_with("AROA"));
    let arn = format!("arn:aws:sts::{}:assumed-role/coats/session", ROOT.0);
    assert_eq!(reply.element("Arn"), arn);
    let identity = people.sts(&keys, "GetCallerIdentity", &[]).await.expect(200);
    assert_eq!(identity.element("Arn"), arn);
    people.put(&keys, "coat").await.expect(200);
    // His own policy allows it, but the trust does not name him; root takes no role at all; and one
    // that is not there is refused in the same words.
    let refused = people.assume(&bob, &role, &[]).await.refused(403, "AccessDenied").text();
    let missing = role_arn_of(ROOT, "missing");
    let told = people.assume(&bob, &missing, &[]).await.refused(403, "AccessDenied").text();
    let message = |text: &str| {
        let (_, rest) = text.split_once("<Message>").unwrap();
        rest.split('<').next().unwrap().to_owned()
    };
    assert_eq!(message(&refused).replace(&role, "ROLE"), message(&told).replace(&missing, "ROLE"));
    people.assume(root, &role, &[]).await.refused(403, "AccessDenied");
    // Nobody is trusted who is not there.
    let nobody = trust_of_user("nobody").to_string();
    let update = [("RoleName", "coats"), ("PolicyDocument", nobody.as_str())];
    let refused = people.iam(root, "UpdateAssumeRolePolicy", &update).await;
    refused.refused(400, "MalformedPolicyDocument");
    let create = [("RoleName", "new"), ("AssumeRolePolicyDocument", nobody.as_str())];
    people.iam(root, "CreateRole", &create).await.refused(400, "MalformedPolicyDocument");
    people.assume(&alice, &role, &[]).await.expect(200);
    // Where the trust names the account, the account's own policies decide.
    let account = trusts(&json!({"AWS": ROOT.0}), &["sts:AssumeRole"]).to_string();
    let update = [("RoleName", "coats"), ("PolicyDocument", account.as_str())];
    people.iam(root, "UpdateAssumeRolePolicy", &update).await.expect(200);
    people.assume(&bob, &role, &[]).await.expect(200);
    people.assume(&alice, &role, &[]).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_session_lasts_as_long_as_its_role_lets_it_and_an_hour_in_a_chain() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    people.role(root, "first", &trust_of_user("alice"), &may(&["sts:AssumeRole"], &["*"])).await;
    let trust = trusts(&json!({"AWS": role_arn_of(ROOT, "first")}), &["sts:AssumeRole"]);
    people.role(root, "second", &trust, &may(&["s3:*"], &["*"])).await;
    let (first, second) = (role_arn_of(ROOT, "first"), role_arn_of(ROOT, "second"));
    let long = [("DurationSeconds", "7200")];
    people.assume(&alice, &first, &long).await.refused(400, "ValidationError");
    for role in ["first", "second"] {
        let update = [("RoleName", role), ("MaxSessionDuration", "43200")];
        people.iam(root, "UpdateRole", &update).await.expect(200);
    }
    let keys = session_keys(&people.assume(&alice, &first, &long).await.expect(200));
    people.assume(&keys, &second, &long).await.refused(400, "ValidationError");
    let hour = [("DurationSeconds", "3600")];
    let chained = session_keys(&people.assume(&keys, &second, &hour).await.expect(200));
    people.server.advance(3600);
    people.put(&chained, "coat").await.refused(400, "ExpiredToken");
    people.sts(&keys, "GetCallerIdentity", &[]).await.expect(200);
    people.server.advance(3600);
    people.sts(&keys, "GetCallerIdentity", &[]).await.refused(403, "ExpiredToken");
}

/// What a role may not do, it does not come to do by taking another, with whatever tags and policies.
#[tokio::test]
async fn a_chain_of_roles_gains_nothing() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    let assume = may(&["sts:AssumeRole", "sts:TagSession", "s3:*"], &["*"]);
    people.user(root, "bob").await;
    people.role(root, "mine", &trust_of_user("alice"), &assume).await;
    people.role(root, "theirs", &trust_of_user("bob"), &may(&["s3:*"], &["*"])).await;
    let tagged = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": role_arn_of(ROOT, "mine")}, "Action": ["sts:AssumeRole", "sts:TagSession"],
        "Condition": {"StringEquals": {"aws:PrincipalTag/team": "coats"}}}]});
    let folder = may(&["s3:*"], &["arn:aws:s3:::coats/${aws:PrincipalTag/team}/*"]);
    people.role(root, "team", &tagged, &folder).await;
    let untagged = trusts(&json!({"AWS": role_arn_of(ROOT, "mine")}), &["sts:AssumeRole"]);
    people.role(root, "untagged", &untagged, &folder).await;
    let arn = |name| role_arn_of(ROOT, name);

    let plain = session_keys(&people.assume(&alice, &arn("mine"), &[]).await.expect(200));
    people.assume(&plain, &arn("theirs"), &[]).await.refused(403, "AccessDenied");
    people.assume(&plain, &arn("team"), &[]).await.refused(403, "AccessDenied");

    // A transitive tag goes along, cannot be changed on the way, and needs the trust's TagSession.
    let team = |team: &'static str| [("Tags.member.1.Key", "team"), ("Tags.member.1.Value", team)];
    let coats = [team("coats")[0], team("coats")[1], ("TransitiveTagKeys.member.1", "team")];
    let tagged = session_keys(&people.assume(&alice, &arn("mine"), &coats).await.expect(200));
    let reply = people.assume(&tagged, &arn("team"), &[]).await.expect(200);
    let in_team = session_keys(&reply);
    people.put(&in_team, "coats/x").await.expect(200);
    people.put(&in_team, "hats/x").await.refused(403, "AccessDenied");
    let changed = people.assume(&tagged, &arn("team"), &team("hats")).await;
    changed.refused(400, "ValidationError");
    people.assume(&tagged, &arn("untagged"), &[]).await.refused(403, "AccessDenied");
    // One that is not transitive stays behind.
    let staying = people.assume(&alice, &arn("mine"), &team("coats")).await.expect(200);
    let staying = session_keys(&staying);
    let behind = session_keys(&people.assume(&staying, &arn("untagged"), &[]).await.expect(200));
    people.put(&behind, "coats/x").await.refused(403, "AccessDenied");

    // A session policy limits the session that would take the role too.
    let only_s3 = may(&["s3:*"], &["*"]).to_string();
    let limited = [coats[0], coats[1], coats[2], ("Policy", only_s3.as_str())];
    let limited = people.assume(&alice, &arn("mine"), &limited).await.expect(200);
    let size = limited.element("PackedPolicySize").parse::<u8>().unwrap();
    assert!((1..=100).contains(&size));
    people.assume(&session_keys(&limited), &arn("team"), &[]).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn session_policies_limit_a_session_inline_and_managed() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    people.role(root, "coats", &trust_of_user("alice"), &may(&["s3:*"], &["*"])).await;
    let role = role_arn_of(ROOT, "coats");
    people.put(root, "coat").await.expect(200);
    let one = may(&["s3:GetObject"], &["arn:aws:s3:::coats/coat"]).to_string();
    let create = [("PolicyName", "one"), ("PolicyDocument", one.as_str())];
    let own = people.iam(root, "CreatePolicy", &create).await.expect(200).element("Arn");
    for limit in [
        ("Policy", one.as_str()),
        ("PolicyArns.member.1.arn", READ_ONLY),
        ("PolicyArns.member.1.arn", &own),
    ] {
        let keys = session_keys(&people.assume(&alice, &role, &[limit]).await.expect(200));
        people.get(&keys, "coat").await.expect(200);
        people.put(&keys, "coat").await.refused(403, "AccessDenied");
    }
    let keys = people.assume(&alice, &role, &[("PolicyArns.member.1.arn", &own)]).await.expect(200);
    let keys = session_keys(&keys);
    people.get(&keys, "coat").await.expect(200);
    // A managed session policy is worth what it is worth now; gone, it allows nothing.
    people.iam(root, "DeletePolicy", &[("PolicyArn", &own)]).await.expect(200);
    people.get(&keys, "coat").await.refused(403, "AccessDenied");
    let gone = people.assume(&alice, &role, &[("PolicyArns.member.1.arn", &own)]).await;
    gone.refused(400, "ValidationError");
    let theirs = format!("arn:aws:iam::{}:policy/one", OTHER.0);
    people.iam(&people.other, "CreatePolicy", &create).await.expect(200);
    let theirs = people.assume(&alice, &role, &[("PolicyArns.member.1.arn", &theirs)]).await;
    theirs.refused(400, "ValidationError");
    let bad = people.assume(&alice, &role, &[("Policy", "{}")]).await;
    bad.refused(400, "MalformedPolicyDocument");
}

#[tokio::test]
async fn another_accounts_role_takes_both_sides_and_the_external_id() {
    let people = People::new().await;
    let (root, other) = (&people.root, &people.other);
    let guest = people.user(other, "guest").await;
    let trust = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
        "Principal": {"AWS": user_arn(OTHER, "guest")}, "Action": "sts:AssumeRole",
        "Condition": {"StringEquals": {"sts:ExternalId": "coats-1"}}}]});
    people.role(root, "visitor", &trust, &may(&["s3:*"], &["*"])).await;
    let role = role_arn_of(ROOT, "visitor");
    let id = [("ExternalId", "coats-1")];
    people.assume(&guest, &role, &id).await.refused(403, "AccessDenied");
    let assume = may(&["sts:AssumeRole"], &[&role]).to_string();
    let put = [("UserName", "guest"), ("PolicyName", "p"), ("PolicyDocument", assume.as_str())];
    people.iam(other, "PutUserPolicy", &put).await.expect(200);
    people.assume(&guest, &role, &[]).await.refused(403, "AccessDenied");
    people.assume(&guest, &role, &[("ExternalId", "other")]).await.refused(403, "AccessDenied");
    let keys = session_keys(&people.assume(&guest, &role, &id).await.expect(200));
    people.put(&keys, "coat").await.expect(200);
    let identity = people.sts(&keys, "GetCallerIdentity", &[]).await.expect(200);
    assert_eq!(identity.element("Account"), ROOT.0);
    people
        .iam(root, "DeleteRolePolicy", &[("RoleName", "visitor"), ("PolicyName", "may")])
        .await
        .expect(200);
    people.iam(root, "DeleteRole", &[("RoleName", "visitor")]).await.expect(200);
    people.put(&keys, "coat").await.refused(403, "InvalidAccessKeyId");
}

#[tokio::test]
async fn who_is_behind_a_chain_is_said_once_and_stays() {
    let people = People::new().await;
    let root = &people.root;
    let alice = people.user(root, "alice").await;
    let actions = ["sts:AssumeRole", "sts:SetSourceIdentity"];
    let first = trusts(&json!({"AWS": user_arn(ROOT, "alice")}), &actions);
    let chain = may(&actions, &["*"]);
    people.role(root, "first", &first, &chain).await;
    let of_first = json!({"AWS": role_arn_of(ROOT, "first")});
    people
        .role(
            root,
            "second",
            &trusts(&of_first, &actions),
            &may(&["s3:*"], &["arn:aws:s3:::coats/${aws:SourceIdentity}/*"]),
        )
        .await;
    people.role(root, "silent", &trusts(&of_first, &["sts:AssumeRole"]), &chain).await;
    let said = [("SourceIdentity", "alice")];
    let first = people.assume(&alice, &role_arn_of(ROOT, "first"), &said).await.expect(200);
    assert_eq!(first.element("SourceIdentity"), "alice");
    let first = session_keys(&first);
    let (second, silent) = (role_arn_of(ROOT, "second"), role_arn_of(ROOT, "silent"));
    let keys = session_keys(&people.assume(&first, &second, &[]).await.expect(200));
    people.put(&keys, "alice/coat").await.expect(200);
    people.put(&keys, "bob/coat").await.refused(403, "AccessDenied");
    let changed = people.assume(&first, &second, &[("SourceIdentity", "bob")]).await;
    changed.refused(403, "AccessDenied");
    people.assume(&first, &silent, &[]).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn a_users_own_session_may_what_the_user_may_but_not_call_iam() {
    let people = People::new().await;
    let root = &people.root;
    let folder = may(&["s3:*", "iam:*", "sts:*"], &["*"]);
    let alice = people.user_who_may(root, "alice", &folder).await;
    people.role(root, "coats", &trust_of_user("alice"), &may(&["s3:*"], &["*"])).await;
    let reply = people.sts(&alice, "GetSessionToken", &[("DurationSeconds", "900")]).await;
    let keys = session_keys(&reply.expect(200));
    people.put(&keys, "coat").await.expect(200);
    let identity = people.sts(&keys, "GetCallerIdentity", &[]).await.expect(200);
    assert_eq!(identity.element("Arn"), user_arn(ROOT, "alice"));
    people.assume(&keys, &role_arn_of(ROOT, "coats"), &[]).await.expect(200);
    people.iam(&keys, "ListUsers", &[]).await.refused(403, "InvalidClientTokenId");
    for (action, input) in [
        ("GetSessionToken", vec![]),
        ("GetFederationToken", vec![("Name", "me")]),
        ("GetAccessKeyInfo", vec![("AccessKeyId", ROOT.1)]),
    ] {
        people.sts(&keys, action, &input).await.refused(403, "AccessDenied");
    }
    // A role's session gets none of its own, whatever its policies say.
    let role = people.assume(&alice, &role_arn_of(ROOT, "coats"), &[]).await.expect(200);
    for (action, input) in
        [("GetSessionToken", vec![]), ("GetFederationToken", vec![("Name", "me")])]
    {
        people.sts(&session_keys(&role), action, &input).await.refused(403, "AccessDenied");
    }
    // An upload that the user began is the session's too, and nobody else's.
    let path = "/coats/large";
    let begin = Call::s3("POST", &format!("{path}?uploads"));
    let upload = people.call(&alice, &begin).await.expect(200).element("UploadId");
    let parts = Call::s3("GET", &format!("{path}?uploadId={upload}"));
    let deny = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:PutObject", "iam:*", "sts:*"], "Resource": "*"}]})
    .to_string();
    let put = [("UserName", "alice"), ("PolicyName", "may"), ("PolicyDocument", deny.as_str())];
    people.iam(root, "PutUserPolicy", &put).await.expect(200);
    let bob = people.user_who_may(root, "bob", &may(&["s3:PutObject"], &["*"])).await;
    for keys in [&alice, &keys] {
        people.call(keys, &parts).await.expect(200);
    }
    people.call(&bob, &parts).await.refused(403, "AccessDenied");
    // It is worth what the user is worth now, and ends with the user.
    let policy = [("UserName", "alice"), ("PolicyName", "may")];
    people.iam(root, "DeleteUserPolicy", &policy).await.expect(200);
    people.put(&keys, "coat").await.refused(403, "AccessDenied");
    let key = [("UserName", "alice"), ("AccessKeyId", alice.access_key_id.as_str())];
    people.iam(root, "DeleteAccessKey", &key).await.expect(200);
    people.iam(root, "DeleteUser", &[("UserName", "alice")]).await.expect(200);
    people.put(&keys, "coat").await.refused(403, "InvalidAccessKeyId");
    people.user(root, "alice").await;
    people.put(&keys, "coat").await.refused(403, "InvalidAccessKeyId");
    let mfa = [("SerialNumber", "GAHT12345678"), ("TokenCode", "123456")];
    people.sts(root, "GetSessionToken", &mfa).await.refused(400, "ValidationError");
}

#[tokio::test]
async fn a_session_of_root_lasts_an_hour_and_cannot_call_iam() {
    let people = People::new().await;
    let reply = people.sts(&people.root, "GetSessionToken", &[("DurationSeconds", "43200")]).await;
    let keys = session_keys(&reply.expect(200));
    people.put(&keys, "coat").await.expect(200);
    let identity = people.sts(&keys, "GetCallerIdentity", &[]).await.expect(200);
    assert_eq!(identity.element("Arn"), format!("arn:aws:iam::{}:root", ROOT.0));
    people.iam(&keys, "ListUsers", &[]).await.refused(403, "InvalidClientTokenId");
    people.server.advance(3600);
    people.put(&keys, "coat").await.refused(400, "ExpiredToken");
}

#[tokio::test]
async fn a_federated_user_may_what_user_and_session_policy_both_allow() {
    let people = People::new().await;
    let root = &people.root;
    let own = may(&["s3:*", "sts:GetFederationToken"], &["*"]);
    let alice = people.user_who_may(root, "alice", &own).await;
    people.put(root, "fed/coat").await.expect(200);
    let limit = may(&["s3:GetObject", "iam:*"], &["*"]).to_string();
    let ask = [("Name", "carol"), ("Policy", limit.as_str())];
    let reply = people.sts(&alice, "GetFederationToken", &ask).await.expect(200);
    let arn = format!("arn:aws:sts::{}:federated-user/carol", ROOT.0);
    assert_eq!(reply.element("Arn"), arn);
    assert_eq!(reply.element("FederatedUserId"), format!("{}:carol", ROOT.0));
    let keys = session_keys(&reply);
    people.get(&keys, "fed/coat").await.expect(200);
    people.put(&keys, "fed/coat").await.refused(403, "AccessDenied");
    people.iam(&keys, "ListUsers", &[]).await.refused(403, "InvalidClientTokenId");
    people.sts(&keys, "GetCallerIdentity", &[]).await.expect(200);
    people.sts(&keys, "GetSessionToken", &[]).await.refused(403, "AccessDenied");

    // Without a session policy only a resource's policy that names it lets it do anything.
    let reply = people.sts(&alice, "GetFederationToken", &[("Name", "dave")]).await.expect(200);
    let dave = session_keys(&reply);
    people.get(&dave, "fed/coat").await.refused(403, "AccessDenied");
    people
        .bucket_policy(&json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": reply.element("Arn")}, "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::coats/fed/*"}]}))
        .await;
    people.get(&dave, "fed/coat").await.expect(200);
    // One that names the user who asked for the session is limited by the session policy.
    let frank = people.user_who_may(root, "frank", &may(&["sts:GetFederationToken"], &["*"])).await;
    people
        .bucket_policy(&json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow",
            "Principal": {"AWS": format!("arn:aws:iam::{}:user/frank", ROOT.0)},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": "arn:aws:s3:::coats/fed/*"}]}))
        .await;
    let reply = people.sts(&frank, "GetFederationToken", &ask).await.expect(200);
    let franks = session_keys(&reply);
    people.get(&franks, "fed/coat").await.expect(200);
    people.put(&franks, "fed/coat").await.refused(403, "AccessDenied");
    let reply = people.sts(&frank, "GetFederationToken", &[("Name", "frank")]).await.expect(200);
    people.get(&session_keys(&reply), "fed/coat").await.refused(403, "AccessDenied");
    // Nobody becomes a federated user without the permission, and root does not at all.
    let bob = people.user(root, "bob").await;
    people.sts(&bob, "GetFederationToken", &[("Name", "eve")]).await.refused(403, "AccessDenied");
    people.sts(root, "GetFederationToken", &[("Name", "eve")]).await.refused(403, "AccessDenied");
}

#[tokio::test]
async fn the_account_of_a_long_term_key_is_told_and_of_no_other() {
    let people = People::new().await;
    let guest = people.user(&people.other, "guest").await;
    let info =
        async |id: &str| people.sts(&people.root, "GetAccessKeyInfo", &[("AccessKeyId", id)]).await;
    assert_eq!(info(&guest.access_key_id).await.expect(200).element("Account"), OTHER.0);
    assert_eq!(info(ROOT.1).await.expect(200).element("Account"), ROOT.0);
    for unknown in ["AKIAAAAAAAAAAAAAAAAA", "ASIAAAAAAAAAAAAAAAAA"] {
        info(unknown).await.refused(400, "ValidationError");
    }
    let call = Call::query("sts", "GetAccessKeyInfo", &[("AccessKeyId", ROOT.1)]);
    people.call(&guest, &call).await.refused(403, "AccessDenied");
}
