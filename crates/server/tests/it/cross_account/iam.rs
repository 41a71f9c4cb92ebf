use super::{NO_SUCH_ENTITY, Outcome, Outcome::Own, Row};
use crate::{
    client::Call,
    world::{ROOT, World, role_policy, trust_policy},
};

/// What the rows ask for is in the first account.
pub(super) async fn prepare(world: &World) {
    let policy = role_policy().to_string();
    for (action, input) in [
        ("CreateUser", vec![("UserName", "theirs")]),
        ("CreateGroup", vec![("GroupName", "theirs")]),
        ("CreatePolicy", vec![("PolicyName", "theirs"), ("PolicyDocument", &*policy)]),
    ] {
        world.server.root(&Call::query("iam", action, &input)).await.expect(200);
    }
}

pub(super) fn rows(world: &World) -> Vec<Row> {
    let missing = |name, action, input: &[(&str, &str)]| -> Row {
        (name, Call::query("iam", action, input), NO_SUCH_ENTITY)
    };
    [own(world), roles(world, &missing), users(&missing), groups(&missing), policies(&missing)]
        .concat()
}

type Missing<'a> = &'a dyn Fn(&'static str, &'static str, &[(&str, &str)]) -> Row;

const KEY: (&str, &str) = ("AccessKeyId", "AKIAAAAAAAAAAAAAAAAA");

fn own(world: &World) -> Vec<Row> {
    let own = |name, action, input: &[(&str, &str)]| -> Row {
        (name, Call::query("iam", action, input), Own)
    };
    let trust = trust_policy(&world.identity_pool_id).to_string();
    let document = ("PolicyDocument", &*role_policy().to_string());
    vec![
        own(
            "IamCreateRole",
            "CreateRole",
            &[("RoleName", "mine"), ("AssumeRolePolicyDocument", &trust)],
        ),
        own("IamCreateUser", "CreateUser", &[("UserName", "mine")]),
        own("IamCreateGroup", "CreateGroup", &[("GroupName", "mine")]),
        own("IamCreatePolicy", "CreatePolicy", &[("PolicyName", "mine"), document]),
        own("IamListRoles", "ListRoles", &[]),
        own("IamListUsers", "ListUsers", &[]),
        own("IamListGroups", "ListGroups", &[]),
        own("IamListPolicies", "ListPolicies", &[]),
    ]
}

fn roles(world: &World, missing: Missing<'_>) -> Vec<Row> {
    let policy = role_policy().to_string();
    let trust = trust_policy(&world.identity_pool_id).to_string();
    let (role, named) = (("RoleName", "user"), ("PolicyName", "folder"));
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    let (arn, boundary) = (("PolicyArn", everything), ("PermissionsBoundary", everything));
    let document = ("PolicyDocument", &*policy);
    let tag = [("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    vec![
        missing("IamGetRole", "GetRole", &[role]),
        missing("IamDeleteRole", "DeleteRole", &[role]),
        missing("IamUpdateRole", "UpdateRole", &[role]),
        missing("IamUpdateRoleDescription", "UpdateRoleDescription", &[role, ("Description", "x")]),
        missing(
            "IamUpdateAssumeRolePolicy",
            "UpdateAssumeRolePolicy",
            &[role, ("PolicyDocument", &trust)],
        ),
        missing("IamPutRolePolicy", "PutRolePolicy", &[role, named, document]),
        missing("IamGetRolePolicy", "GetRolePolicy", &[role, named]),
        missing("IamDeleteRolePolicy", "DeleteRolePolicy", &[role, named]),
        missing("IamListRolePolicies", "ListRolePolicies", &[role]),
        missing("IamAttachRolePolicy", "AttachRolePolicy", &[role, arn]),
        missing("IamDetachRolePolicy", "DetachRolePolicy", &[role, arn]),
        missing("IamListAttachedRolePolicies", "ListAttachedRolePolicies", &[role]),
        missing("IamPutRolePermissionsBoundary", "PutRolePermissionsBoundary", &[role, boundary]),
        missing("IamDeleteRolePermissionsBoundary", "DeleteRolePermissionsBoundary", &[role]),
        missing("IamListInstanceProfilesForRole", "ListInstanceProfilesForRole", &[role]),
        missing("IamTagRole", "TagRole", &[role, tag[0], tag[1]]),
        missing("IamUntagRole", "UntagRole", &[role, ("TagKeys.member.1", "a")]),
        missing("IamListRoleTags", "ListRoleTags", &[role]),
    ]
}

fn users(missing: Missing<'_>) -> Vec<Row> {
    let policy = role_policy().to_string();
    let (user, named) = (("UserName", "theirs"), ("PolicyName", "folder"));
    let everything = "arn:aws:iam::aws:policy/AdministratorAccess";
    let (arn, boundary) = (("PolicyArn", everything), ("PermissionsBoundary", everything));
    let tag = [("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    vec![
        missing("IamGetUser", "GetUser", &[user]),
        missing("IamUpdateUser", "UpdateUser", &[user, ("NewUserName", "ours")]),
        missing("IamDeleteUser", "DeleteUser", &[user]),
        missing("IamPutUserPolicy", "PutUserPolicy", &[user, named, ("PolicyDocument", &policy)]),
        missing("IamGetUserPolicy", "GetUserPolicy", &[user, named]),
        missing("IamDeleteUserPolicy", "DeleteUserPolicy", &[user, named]),
        missing("IamListUserPolicies", "ListUserPolicies", &[user]),
        missing("IamAttachUserPolicy", "AttachUserPolicy", &[user, arn]),
        missing("IamDetachUserPolicy", "DetachUserPolicy", &[user, arn]),
        missing("IamListAttachedUserPolicies", "ListAttachedUserPolicies", &[user]),
        missing("IamPutUserPermissionsBoundary", "PutUserPermissionsBoundary", &[user, boundary]),
        missing("IamDeleteUserPermissionsBoundary", "DeleteUserPermissionsBoundary", &[user]),
        missing("IamTagUser", "TagUser", &[user, tag[0], tag[1]]),
        missing("IamUntagUser", "UntagUser", &[user, ("TagKeys.member.1", "a")]),
        missing("IamListUserTags", "ListUserTags", &[user]),
        missing("IamListGroupsForUser", "ListGroupsForUser", &[user]),
        missing("IamCreateAccessKey", "CreateAccessKey", &[user]),
        missing("IamUpdateAccessKey", "UpdateAccessKey", &[user, KEY, ("Status", "Active")]),
        missing("IamDeleteAccessKey", "DeleteAccessKey", &[user, KEY]),
        missing("IamListAccessKeys", "ListAccessKeys", &[user]),
        missing("IamGetAccessKeyLastUsed", "GetAccessKeyLastUsed", &[KEY]),
    ]
}

fn groups(missing: Missing<'_>) -> Vec<Row> {
    let policy = role_policy().to_string();
    let (group, named) = (("GroupName", "theirs"), ("PolicyName", "folder"));
    let arn = ("PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess");
    let user = ("UserName", "mine");
    vec![
        missing("IamGetGroup", "GetGroup", &[group]),
        missing("IamUpdateGroup", "UpdateGroup", &[group, ("NewGroupName", "ours")]),
        missing("IamDeleteGroup", "DeleteGroup", &[group]),
        missing("IamAddUserToGroup", "AddUserToGroup", &[group, user]),
        missing("IamRemoveUserFromGroup", "RemoveUserFromGroup", &[group, user]),
        missing(
            "IamPutGroupPolicy",
            "PutGroupPolicy",
            &[group, named, ("PolicyDocument", &policy)],
        ),
        missing("IamGetGroupPolicy", "GetGroupPolicy", &[group, named]),
        missing("IamDeleteGroupPolicy", "DeleteGroupPolicy", &[group, named]),
        missing("IamListGroupPolicies", "ListGroupPolicies", &[group]),
        missing("IamAttachGroupPolicy", "AttachGroupPolicy", &[group, arn]),
        missing("IamDetachGroupPolicy", "DetachGroupPolicy", &[group, arn]),
        missing("IamListAttachedGroupPolicies", "ListAttachedGroupPolicies", &[group]),
    ]
}

fn policies(missing: Missing<'_>) -> Vec<Row> {
    let document = role_policy().to_string();
    let theirs = format!("arn:aws:iam::{}:policy/theirs", ROOT.0);
    let (arn, version) = (("PolicyArn", theirs.as_str()), ("VersionId", "v1"));
    let tag = [("Tags.member.1.Key", "a"), ("Tags.member.1.Value", "b")];
    vec![
        missing("IamGetPolicy", "GetPolicy", &[arn]),
        missing("IamDeletePolicy", "DeletePolicy", &[arn]),
        missing(
            "IamCreatePolicyVersion",
            "CreatePolicyVersion",
            &[arn, ("PolicyDocument", &document)],
        ),
        missing("IamGetPolicyVersion", "GetPolicyVersion", &[arn, version]),
        missing("IamDeletePolicyVersion", "DeletePolicyVersion", &[arn, version]),
        missing("IamListPolicyVersions", "ListPolicyVersions", &[arn]),
        missing("IamSetDefaultPolicyVersion", "SetDefaultPolicyVersion", &[arn, version]),
        missing("IamListEntitiesForPolicy", "ListEntitiesForPolicy", &[arn]),
        missing("IamTagPolicy", "TagPolicy", &[arn, tag[0], tag[1]]),
        missing("IamUntagPolicy", "UntagPolicy", &[arn, ("TagKeys.member.1", "a")]),
        missing("IamListPolicyTags", "ListPolicyTags", &[arn]),
    ]
}

/// The call as this one of the two strangers makes it: what the first has made is there when the second
/// comes.
pub(super) fn as_stranger(name: &str, call: &Call, who: &str) -> Call {
    if !name.starts_with("IamCreate") {
        return call.clone();
    }
    let body = String::from_utf8(call.body.clone()).unwrap();
    call.clone().body(body.replace("Name=mine", &format!("Name={who}s")))
}

/// Another account's managed policy is none that can be attached.
#[tokio::test]
async fn a_policy_is_attached_in_its_own_account_only() {
    let world = World::new().await;
    prepare(&world).await;
    let other = crate::world::root_keys(crate::world::OTHER);
    let client = world.server.client();
    let create = Call::query("iam", "CreateUser", &[("UserName", "mine")]);
    client.signed(&other, &create).await.expect(200);
    let theirs = format!("arn:aws:iam::{}:policy/theirs", ROOT.0);
    let attach = |arn: &str| {
        Call::query("iam", "AttachUserPolicy", &[("UserName", "mine"), ("PolicyArn", arn)])
    };
    let reply = client.signed(&other, &attach(&theirs)).await;
    let Outcome::Refused(status, code) = NO_SUCH_ENTITY else { panic!("a refusal") };
    reply.refused(status, code);
    let bound = [("UserName", "mine"), ("PermissionsBoundary", theirs.as_str())];
    let bound = Call::query("iam", "PutUserPermissionsBoundary", &bound);
    client.signed(&other, &bound).await.refused(404, "NoSuchEntity");
    let known = attach("arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess");
    client.signed(&other, &known).await.expect(200);
    let unknown = attach("arn:aws:iam::aws:policy/ReadOnlyAccess");
    client.signed(&other, &unknown).await.refused(404, "NoSuchEntity");
}
