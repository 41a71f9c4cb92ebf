//! Responses against the bytes in `tests/vectors/responses.json`, which botocore's parsers have read
//! (`make.py responses`; what they understood is in `understood.json`).
//!
//! `WIRE_WRITE_VECTORS=1 cargo test -p wire` writes the bytes anew.

use std::collections::BTreeMap;

use bytes::Bytes;
use futures_util::{StreamExt, stream};
use types::{RequestId, Timestamp};
use wire::{
    Body, Operation, Response, cognito_identity as identity, cognito_idp as idp, iam, s3, sts,
};

use crate::every_operation::{in_models, write_least};

#[derive(Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Vector {
    name: String,
    operation: String,
    status: u16,
    headers: BTreeMap<String, String>,
    body: String,
}

fn request_id() -> RequestId {
    "0f8fad5b-d9cb-469f-a165-70867728950e".parse().unwrap()
}

fn moment() -> Timestamp {
    "2026-02-03T04:05:06.789Z".parse().unwrap()
}

fn vector(name: &str, operation: &str, response: Response) -> Vector {
    let (parts, body) = response.into_parts();
    let headers = parts.headers.iter();
    Vector {
        name: name.to_owned(),
        operation: operation.to_owned(),
        status: parts.status.as_u16(),
        headers: headers
            .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
            .collect(),
        body: match body {
            Body::Empty => String::new(),
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Body::Stream { .. } => panic!("a sample is not streamed"),
        },
    }
}

/// A response of one operation, with much in it.
fn rich<O: Operation>(output: O::Output) -> Vector {
    let name = O::ID.to_string();
    vector(&format!("{name} rich"), &name, O::write(output, &request_id()))
}

fn attribute(name: &str, value: &str) -> idp::AttributeType {
    idp::AttributeType { name: name.into(), value: Some(value.into()) }
}

fn json_samples() -> Vec<Vector> {
    vec![
        rich::<idp::AdminGetUser>(idp::AdminGetUserResponse {
            username: "a*\"é\u{1}\\".into(),
            user_attributes: Some(vec![attribute("sub", "1"), attribute("email", "a@b.c")]),
            user_create_date: Some(moment()),
            user_last_modified_date: Some("1969-12-31T23:59:58.5Z".parse().unwrap()),
            enabled: Some(true),
            user_status: Some(idp::UserStatusType::Confirmed),
            user_mfa_setting_list: Some(vec![]),
            ..Default::default()
        }),
        rich::<idp::InitiateAuth>(idp::InitiateAuthResponse {
            authentication_result: Some(idp::AuthenticationResultType {
                access_token: Some("access".into()),
                expires_in: Some(3600),
                id_token: Some("id".into()),
                refresh_token: Some("refresh".into()),
                token_type: Some("Bearer".to_owned()),
                ..Default::default()
            }),
            challenge_parameters: Some(BTreeMap::new()),
            ..Default::default()
        }),
        rich::<idp::ListUsers>(idp::ListUsersResponse {
            users: Some(vec![
                idp::UserType { username: Some("a".into()), ..Default::default() },
                idp::UserType { username: Some("b".into()), ..Default::default() },
            ]),
            pagination_token: Some("next".to_owned()),
        }),
        rich::<identity::GetCredentialsForIdentity>(identity::GetCredentialsForIdentityResponse {
            identity_id: Some("us-east-1:1".to_owned()),
            credentials: Some(identity::Credentials {
                access_key_id: Some("ASIAIOSFODNN7EXAMPLE".to_owned()),
                secret_key: Some("secret".into()),
                session_token: Some("token".into()),
                expiration: Some("2026-02-03T04:05:06Z".parse().unwrap()),
            }),
        }),
        rich::<identity::GetIdentityPoolRoles>(identity::GetIdentityPoolRolesResponse {
            identity_pool_id: Some("us-east-1:1".to_owned()),
            roles: Some([("authenticated".to_owned(), "arn:role".to_owned())].into()),
            role_mappings: Some(
                [(
                    "cognito-idp.us-east-1.amazonaws.com/us-east-1_a:client".to_owned(),
                    identity::RoleMapping {
                        r#type: identity::RoleMappingType::Rules,
                        ambiguous_role_resolution: Some(
                            identity::AmbiguousRoleResolutionType::Deny,
                        ),
                        rules_configuration: Some(identity::RulesConfigurationType {
                            rules: vec![identity::MappingRule {
                                claim: "cognito:groups".to_owned(),
                                match_type: identity::MappingRuleMatchType::Contains,
                                value: "admin".to_owned(),
                                role_arn: "arn:role".to_owned(),
                            }],
                        }),
                    },
                )]
                .into(),
            ),
        }),
    ]
}

fn query_samples() -> Vec<Vector> {
    let role = iam::Role {
        path: "/".to_owned(),
        role_name: "a<b>&c".to_owned(),
        role_id: "AROAIOSFODNN7EXAMPLE".to_owned(),
        arn: "arn:aws:iam::123456789012:role/a".to_owned(),
        create_date: moment(),
        assume_role_policy_document: Some("%7B%22Version%22%3A%222012-10-17%22%7D".to_owned()),
        max_session_duration: Some(3600),
        tags: Some(vec![iam::Tag { key: "k".to_owned(), value: String::new() }]),
        ..Default::default()
    };
    vec![
        rich::<iam::GetRole>(iam::GetRoleResponse { role: role.clone() }),
        rich::<iam::ListRoles>(iam::ListRolesResponse {
            roles: vec![role.clone(), role],
            is_truncated: Some(true),
            marker: Some("next".to_owned()),
        }),
        rich::<iam::ListRolePolicies>(iam::ListRolePoliciesResponse {
            policy_names: vec!["a".to_owned(), "b".to_owned()],
            ..Default::default()
        }),
        rich::<sts::AssumeRoleWithWebIdentity>(sts::AssumeRoleWithWebIdentityResponse {
            credentials: Some(sts::Credentials {
                access_key_id: "ASIAIOSFODNN7EXAMPLE".to_owned(),
                secret_access_key: "secret".into(),
                session_token: "token".into(),
                expiration: moment(),
            }),
            assumed_role_user: Some(sts::AssumedRoleUser {
                assumed_role_id: "AROAIOSFODNN7EXAMPLE:session".to_owned(),
                arn: "arn:aws:sts::123456789012:assumed-role/a/session".to_owned(),
            }),
            packed_policy_size: Some(0),
            ..Default::default()
        }),
        rich::<sts::GetCallerIdentity>(sts::GetCallerIdentityResponse {
            account: Some("000000000001".to_owned()),
            arn: Some("arn:aws:iam::000000000001:root".to_owned()),
            user_id: Some("000000000001".to_owned()),
        }),
    ]
}

fn s3_samples() -> Vec<Vector> {
    let object = |key: &str| s3::Object {
        key: Some(key.to_owned()),
        e_tag: Some("\"0\"".to_owned()),
        last_modified: Some(moment()),
        size: Some(5_000_000_000),
        storage_class: Some(s3::ObjectStorageClass::Standard),
        ..Default::default()
    };
    let prefix = |prefix: &str| s3::CommonPrefix { prefix: Some(prefix.to_owned()) };
    let metadata: BTreeMap<String, String> = [("colour".to_owned(), "red".to_owned())].into();
    vec![
        rich::<s3::ListObjectsV2>(s3::ListObjectsV2Output {
            name: Some("b".to_owned()),
            prefix: Some(String::new()),
            contents: Some(vec![object("a&b <c>"), object("é+\"'")]),
            common_prefixes: Some(vec![prefix("d/"), prefix("e/")]),
            is_truncated: Some(true),
            key_count: Some(4),
            next_continuation_token: Some("n+/=".to_owned()),
            ..Default::default()
        }),
        rich::<s3::ListBuckets>(s3::ListBucketsOutput {
            buckets: Some(vec![s3::Bucket {
                name: Some("b".to_owned()),
                creation_date: Some(moment()),
                ..Default::default()
            }]),
            owner: Some(s3::Owner { id: Some("1".to_owned()), ..Default::default() }),
            ..Default::default()
        }),
        rich::<s3::GetObject>(s3::GetObjectOutput {
            body: Bytes::from_static(b"hello").into(),
            content_length: Some(5),
            content_range: Some("bytes 0-4/10".to_owned()),
            content_type: Some("text/plain".to_owned()),
            e_tag: Some("\"0\"".to_owned()),
            last_modified: Some(moment()),
            metadata: Some(metadata.clone()),
            ..Default::default()
        }),
        rich::<s3::HeadObject>(s3::HeadObjectOutput {
            content_length: Some(5_000_000_000),
            last_modified: Some(moment()),
            metadata: Some(metadata),
            object_lock_retain_until_date: Some(moment()),
            server_side_encryption: Some(s3::ServerSideEncryption::Aes256),
            ..Default::default()
        }),
        rich::<s3::CopyObject>(s3::CopyObjectOutput {
            copy_object_result: Some(s3::CopyObjectResult {
                e_tag: Some("\"0\"".to_owned()),
                last_modified: Some(moment()),
                ..Default::default()
            }),
            ..Default::default()
        }),
        rich::<s3::CreateBucket>(s3::CreateBucketOutput {
            location: Some("/b".to_owned()),
            ..Default::default()
        }),
        rich::<s3::GetBucketPolicy>(s3::GetBucketPolicyOutput {
            policy: Some("{\"Version\":\"2012-10-17\",\"Id\":\"<&>\"}".to_owned()),
        }),
    ]
}

#[test]
fn responses_are_the_bytes_that_botocore_read() {
    let mut written: Vec<Vector> = in_models()
        .map(|id| {
            let operation = id.to_string();
            vector(&format!("{operation} least"), &operation, write_least(id, &request_id()))
        })
        .collect();
    written.extend(json_samples());
    written.extend(query_samples());
    written.extend(s3_samples());
    if std::env::var_os("WIRE_WRITE_VECTORS").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/vectors/responses.json");
        std::fs::write(path, serde_json::to_string_pretty(&written).unwrap() + "\n").unwrap();
        return;
    }
    let golden: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors/responses.json")).unwrap();
    assert_eq!(written.len(), golden.len());
    for (written, golden) in written.iter().zip(&golden) {
        assert_eq!(written, golden);
    }
}

#[test]
fn botocore_understood_every_response() {
    let understood: BTreeMap<String, serde_json::Value> =
        serde_json::from_str(include_str!("../vectors/understood.json")).unwrap();
    let golden: Vec<Vector> =
        serde_json::from_str(include_str!("../vectors/responses.json")).unwrap();
    assert_eq!(understood.len(), golden.len());
    for vector in golden {
        let metadata = &understood[&vector.name]["ResponseMetadata"];
        assert_eq!(metadata["HTTPStatusCode"], vector.status, "{}", vector.name);
        assert_eq!(metadata["RequestId"], request_id().to_string(), "{}", vector.name);
    }
}

#[test]
fn a_streamed_body_is_passed_on() {
    let chunks = stream::iter([Ok(Bytes::from_static(b"he")), Ok(Bytes::from_static(b"llo"))]);
    let body = Body::Stream { length: Some(5), stream: chunks.boxed() };
    let output = s3::GetObjectOutput { body, ..Default::default() };
    let response = s3::GetObject::write(output, &request_id());
    assert_eq!(response.status().as_u16(), 200);
    assert_eq!(response.body().length(), Some(5));
    let Body::Stream { stream, .. } = response.into_body() else { panic!("streamed") };
    let bytes: Vec<_> = futures_util::FutureExt::now_or_never(stream.collect()).unwrap();
    assert_eq!(bytes.into_iter().map(Result::unwrap).collect::<Vec<_>>().concat(), b"hello");
}

#[test]
fn a_value_that_cannot_be_a_header_is_an_internal_error() {
    let output = s3::GetObjectOutput {
        content_disposition: Some("a\r\nset-cookie: b".to_owned()),
        body: Bytes::from_static(b"hello").into(),
        ..Default::default()
    };
    let response = s3::GetObject::write(output, &request_id());
    assert_eq!(response.status().as_u16(), 500);
    assert!(!response.headers().contains_key("content-disposition"));
}
