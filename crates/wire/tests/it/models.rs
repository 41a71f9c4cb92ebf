//! What is written by hand against the models.

use wire::{OperationId, Protocol, Service};

#[test]
fn services_are_what_their_models_say() {
    for service in Service::ALL.iter().filter(|service| **service != Service::Cloakroom) {
        let name = service.signing_name();
        let path = format!("{}/models/{name}.json", env!("CARGO_MANIFEST_DIR"));
        let model: serde_json::Value =
            serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let metadata = &model["metadata"];
        let protocol = match service.protocol() {
            Protocol::Json => "json",
            Protocol::Query => "query",
            Protocol::RestXml => "rest-xml",
        };
        assert_eq!(metadata["protocol"], protocol, "{name}");
        assert_eq!(metadata["apiVersion"], service.api_version(), "{name}");
        assert_eq!(metadata["targetPrefix"].as_str(), service.target_prefix(), "{name}");
        if service.protocol() == Protocol::Query {
            assert_eq!(metadata["xmlNamespace"].as_str(), service.xml_namespace(), "{name}");
        }
        assert_eq!(Service::from_signing_name(name), Some(*service));
    }
    assert_eq!(Service::from_signing_name("ec2"), None);
}

#[test]
fn unsigned_and_streamed_operations_are_known() {
    let named = |flag: fn(OperationId) -> bool| -> Vec<String> {
        let flagged = OperationId::ALL.iter().filter(|id| flag(**id));
        flagged.map(ToString::to_string).collect()
    };
    let unsigned = [
        "cognito-idp:GetJsonWebKeySet",
        "cognito-idp:GetOpenIdConfiguration",
        "cognito-identity:GetCredentialsForIdentity",
        "cognito-identity:GetId",
        "cognito-identity:GetOpenIdToken",
        "cognito-identity:UnlinkIdentity",
        "cognito-idp:ChangePassword",
        "cognito-idp:ConfirmForgotPassword",
        "cognito-idp:ConfirmSignUp",
        "cognito-idp:DeleteUser",
        "cognito-idp:DeleteUserAttributes",
        "cognito-idp:ForgotPassword",
        "cognito-idp:GetTokensFromRefreshToken",
        "cognito-idp:GetUser",
        "cognito-idp:GetUserAttributeVerificationCode",
        "cognito-idp:GlobalSignOut",
        "cognito-idp:InitiateAuth",
        "cognito-idp:ResendConfirmationCode",
        "cognito-idp:RespondToAuthChallenge",
        "cognito-idp:RevokeToken",
        "cognito-idp:SignUp",
        "cognito-idp:UpdateUserAttributes",
        "cognito-idp:VerifyUserAttribute",
        "sts:AssumeRoleWithWebIdentity",
    ];
    assert_eq!(named(OperationId::is_unsigned_in_model), unsigned);
    assert_eq!(
        named(OperationId::has_streaming_input),
        ["s3:PostObject", "s3:PutObject", "s3:UploadPart"]
    );
}
