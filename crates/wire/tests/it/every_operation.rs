//! All operations of the models, so that one without a vector does not compile.

use types::RequestId;
use wire::{
    Fault, Operation, OperationId, RequestParts, Response, cognito_identity, cognito_idp, iam, s3,
    sts,
};

fn no_model(id: OperationId) -> ! {
    panic!("{id} is in no model; it is tested beside its code, in oidc")
}

/// The operations that a model has.
pub(crate) fn in_models() -> impl Iterator<Item = OperationId> {
    OperationId::ALL.iter().copied().filter(|id| !wire::oidc::is_document(*id))
}

macro_rules! every_operation {
    ($($variant:ident = $service:ident::$operation:ident,)+) => {
        /// The input, as Debug shows it.
        pub(crate) fn read(
            id: OperationId,
            request: &RequestParts<'_>,
            body: &[u8],
        ) -> Result<String, Fault> {
            match id {
                $(OperationId::$variant => {
                    assert_eq!($service::$operation::ID, id);
                    $service::$operation::read(request, body).map(|input| format!("{input:?}"))
                })+
                OperationId::CognitoIdpGetJsonWebKeySet
                | OperationId::CognitoIdpGetOpenIdConfiguration => no_model(id),
            }
        }

        /// The response whose output has nothing but what it must have.
        pub(crate) fn write_least(id: OperationId, request_id: &RequestId) -> Response {
            match id {
                $(OperationId::$variant => $service::$operation::write(
                    <$service::$operation as Operation>::Output::default(),
                    request_id,
                ),)+
                OperationId::CognitoIdpGetJsonWebKeySet
                | OperationId::CognitoIdpGetOpenIdConfiguration => no_model(id),
            }
        }
    };
}

every_operation! {
    CognitoIdentityCreateIdentityPool = cognito_identity::CreateIdentityPool,
    CognitoIdentityDeleteIdentityPool = cognito_identity::DeleteIdentityPool,
    CognitoIdentityDescribeIdentity = cognito_identity::DescribeIdentity,
    CognitoIdentityDescribeIdentityPool = cognito_identity::DescribeIdentityPool,
    CognitoIdentityGetCredentialsForIdentity = cognito_identity::GetCredentialsForIdentity,
    CognitoIdentityGetId = cognito_identity::GetId,
    CognitoIdentityGetIdentityPoolRoles = cognito_identity::GetIdentityPoolRoles,
    CognitoIdentityGetOpenIdToken = cognito_identity::GetOpenIdToken,
    CognitoIdentityListIdentityPools = cognito_identity::ListIdentityPools,
    CognitoIdentitySetIdentityPoolRoles = cognito_identity::SetIdentityPoolRoles,
    CognitoIdpAdminAddUserToGroup = cognito_idp::AdminAddUserToGroup,
    CognitoIdpAdminCreateUser = cognito_idp::AdminCreateUser,
    CognitoIdpAdminDeleteUser = cognito_idp::AdminDeleteUser,
    CognitoIdpAdminGetUser = cognito_idp::AdminGetUser,
    CognitoIdpAdminInitiateAuth = cognito_idp::AdminInitiateAuth,
    CognitoIdpAdminListGroupsForUser = cognito_idp::AdminListGroupsForUser,
    CognitoIdpAdminSetUserPassword = cognito_idp::AdminSetUserPassword,
    CognitoIdpCreateGroup = cognito_idp::CreateGroup,
    CognitoIdpCreateUserPool = cognito_idp::CreateUserPool,
    CognitoIdpCreateUserPoolClient = cognito_idp::CreateUserPoolClient,
    CognitoIdpDeleteGroup = cognito_idp::DeleteGroup,
    CognitoIdpDeleteUserPool = cognito_idp::DeleteUserPool,
    CognitoIdpDeleteUserPoolClient = cognito_idp::DeleteUserPoolClient,
    CognitoIdpDescribeUserPool = cognito_idp::DescribeUserPool,
    CognitoIdpDescribeUserPoolClient = cognito_idp::DescribeUserPoolClient,
    CognitoIdpGetGroup = cognito_idp::GetGroup,
    CognitoIdpInitiateAuth = cognito_idp::InitiateAuth,
    CognitoIdpListGroups = cognito_idp::ListGroups,
    CognitoIdpListUserPools = cognito_idp::ListUserPools,
    CognitoIdpListUsers = cognito_idp::ListUsers,
    IamCreateRole = iam::CreateRole,
    IamDeleteRole = iam::DeleteRole,
    IamDeleteRolePolicy = iam::DeleteRolePolicy,
    IamGetRole = iam::GetRole,
    IamGetRolePolicy = iam::GetRolePolicy,
    IamListRolePolicies = iam::ListRolePolicies,
    IamListRoles = iam::ListRoles,
    IamPutRolePolicy = iam::PutRolePolicy,
    IamUpdateAssumeRolePolicy = iam::UpdateAssumeRolePolicy,
    S3CopyObject = s3::CopyObject,
    S3CreateBucket = s3::CreateBucket,
    S3DeleteBucket = s3::DeleteBucket,
    S3DeleteBucketPolicy = s3::DeleteBucketPolicy,
    S3DeleteObject = s3::DeleteObject,
    S3GetBucketPolicy = s3::GetBucketPolicy,
    S3GetObject = s3::GetObject,
    S3HeadBucket = s3::HeadBucket,
    S3HeadObject = s3::HeadObject,
    S3ListBuckets = s3::ListBuckets,
    S3ListObjectsV2 = s3::ListObjectsV2,
    S3PutBucketPolicy = s3::PutBucketPolicy,
    S3PutObject = s3::PutObject,
    StsAssumeRoleWithWebIdentity = sts::AssumeRoleWithWebIdentity,
    StsDecodeAuthorizationMessage = sts::DecodeAuthorizationMessage,
    StsGetCallerIdentity = sts::GetCallerIdentity,
}
