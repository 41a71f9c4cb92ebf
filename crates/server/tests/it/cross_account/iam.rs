use super::{NO_SUCH_ENTITY, Outcome::Own, Row};
use crate::{
    client::Call,
    world::{World, role_policy, trust_policy},
};

pub(super) fn rows(world: &World) -> Vec<Row> {
    let iam = |name, input: &[(&str, &str)]| Call::query("iam", name, input);
    let policy = role_policy().to_string();
    let trust = trust_policy(&world.identity_pool_id).to_string();
    let role = ("RoleName", "user");
    let named = ("PolicyName", "folder");
    vec![
        (
            "IamCreateRole",
            iam("CreateRole", &[("RoleName", "mine"), ("AssumeRolePolicyDocument", &trust)]),
            Own,
        ),
        ("IamListRoles", iam("ListRoles", &[]), Own),
        ("IamGetRole", iam("GetRole", &[role]), NO_SUCH_ENTITY),
        ("IamDeleteRole", iam("DeleteRole", &[role]), NO_SUCH_ENTITY),
        (
            "IamUpdateAssumeRolePolicy",
            iam("UpdateAssumeRolePolicy", &[role, ("PolicyDocument", &trust)]),
            NO_SUCH_ENTITY,
        ),
        (
            "IamPutRolePolicy",
            iam("PutRolePolicy", &[role, named, ("PolicyDocument", &policy)]),
            NO_SUCH_ENTITY,
        ),
        ("IamGetRolePolicy", iam("GetRolePolicy", &[role, named]), NO_SUCH_ENTITY),
        ("IamDeleteRolePolicy", iam("DeleteRolePolicy", &[role, named]), NO_SUCH_ENTITY),
        ("IamListRolePolicies", iam("ListRolePolicies", &[role]), NO_SUCH_ENTITY),
    ]
}
