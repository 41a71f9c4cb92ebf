//! Bodies of awsJson operations, those with the deepest and the most members.

#![no_main]

use fuzz::{Head, read};
use libfuzzer_sys::fuzz_target;
use wire::{cognito_identity, cognito_idp};

fuzz_target!(|body: &[u8]| {
    let head = |target| Head { method: "POST", path: "/", query: "", target: Some(target) };
    let idp = |name| format!("AWSCognitoIdentityProviderService.{name}");
    read::<cognito_idp::CreateUserPool>(head(idp("CreateUserPool")), body);
    read::<cognito_idp::InitiateAuth>(head(idp("InitiateAuth")), body);
    read::<cognito_identity::SetIdentityPoolRoles>(
        head("AWSCognitoIdentityService.SetIdentityPoolRoles".to_owned()),
        body,
    );
});
