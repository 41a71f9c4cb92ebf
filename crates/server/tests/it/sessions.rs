//! Sessions: their tokens, their time, their role.

use serde_json::json;
use types::SecretString;

use crate::{
    client::{Call, Keys},
    world::{Server, World, create_role, put_role_policy, role_arn, role_policy, trust_policy},
};

fn get_own(world: &World) -> Call {
    Call::s3("GET", &world.user.path("data.txt"))
}

#[tokio::test]
async fn a_session_token_goes_with_its_access_key_only() {
    let world = World::new().await;
    world.reads_own(&world.user).await;
    let mixed = Keys { token: world.admin.keys.token.clone(), ..world.user.keys.clone() };
    world.server.client().signed(&mixed, &get_own(&world)).await.refused(400, "InvalidToken");
    let call = Call::query("sts", "GetCallerIdentity", &[]);
    world.as_person(&world.user, &call).await.expect(200);
    world.server.client().signed(&mixed, &call).await.refused(403, "InvalidClientTokenId");
    let call = Call::json("cognito-idp", "ListUserPools", &json!({"MaxResults": 1}));
    world.server.client().signed(&mixed, &call).await.refused(400, "UnrecognizedClientException");
}

#[tokio::test]
async fn one_bit_of_a_session_token_changed_is_refused() {
    let world = World::new().await;
    world.reads_own(&world.user).await;
    let token = world.user.keys.token.clone().unwrap();
    // Format, ring key id, nonce, ciphertext and tag: the crate `session` tries every bit, this
    // tries every region of the token over the wire.
    let alphabet = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let length = token.trim_end_matches('=').len();
    for at in (0..length - 1).step_by(length / 24) {
        let mut bytes = token.clone().into_bytes();
        let value = alphabet.iter().position(|c| *c == bytes[at]).unwrap();
        bytes[at] = alphabet[value ^ 1];
        let keys =
            Keys { token: Some(String::from_utf8(bytes).unwrap()), ..world.user.keys.clone() };
        world.server.client().signed(&keys, &get_own(&world)).await.refused(400, "InvalidToken");
    }
}

#[tokio::test]
async fn a_session_ends_at_its_second() {
    let world = World::new().await;
    world.server.advance(3599);
    world.reads_own(&world.user).await;
    world.server.advance(1);
    world.as_person(&world.user, &get_own(&world)).await.refused(400, "ExpiredToken");
    let call = Call::query("sts", "GetCallerIdentity", &[]);
    world.as_person(&world.user, &call).await.refused(403, "ExpiredToken");
    let call = Call::json("cognito-idp", "ListUserPools", &json!({"MaxResults": 1}));
    world.as_person(&world.user, &call).await.refused(400, "ExpiredTokenException");
}

#[tokio::test]
async fn a_session_is_worth_what_its_role_is_worth_now() {
    let world = World::new().await;
    world.reads_own(&world.user).await;
    let nothing = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Action": "*", "Resource": "*"}]});
    put_role_policy(&world.server, "user", &nothing.to_string()).await;
    world.as_person(&world.user, &get_own(&world)).await.refused(403, "AccessDenied");
    put_role_policy(&world.server, "user", &role_policy().to_string()).await;
    world.reads_own(&world.user).await;
}

#[tokio::test]
async fn a_session_ends_with_its_role_also_if_the_role_is_made_anew() {
    let world = World::new().await;
    world.reads_own(&world.user).await;
    let name = [("RoleName", "user")];
    let policy = [("RoleName", "user"), ("PolicyName", "folder")];
    world.server.root(&Call::query("iam", "DeleteRolePolicy", &policy)).await.expect(200);
    world.server.root(&Call::query("iam", "DeleteRole", &name)).await.expect(200);
    world.as_person(&world.user, &get_own(&world)).await.refused(403, "InvalidAccessKeyId");
    let trust = trust_policy(&world.identity_pool_id);
    create_role(&world.server, "user", &trust, &role_policy()).await;
    world.as_person(&world.user, &get_own(&world)).await.refused(403, "InvalidAccessKeyId");
    world.reads_own(&world.admin).await;
    // New credentials work at once.
    let keys = world.keys(&world.user.identity_id, &world.user.id_token).await;
    world.server.client().signed(&keys, &get_own(&world)).await.expect(200);
}

#[tokio::test]
async fn a_retired_ring_key_still_opens_and_a_dropped_one_does_not() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::build(Server::start(folder.path()).await).await;
    let (call, keys, clock) =
        (get_own(&world), world.user.keys.clone(), world.server.clock.clone());
    world.reads_own(&world.user).await;
    world.server.running.stop().await;

    let path = folder.path().join("keyring");
    let ring = session::KeyRing::parse(&std::fs::read_to_string(&path).unwrap()).unwrap();
    let rotated = ring.rotate(&server::SystemEntropy).unwrap();
    std::fs::write(&path, rotated.to_text().expose()).unwrap();
    let config = server::Config { data_dir: folder.path().to_owned(), ..server::Config::default() };
    let server = Server::start_at(config.clone(), clock.clone()).await;
    server.client().signed(&keys, &call).await.expect(200);
    server.running.stop().await;

    let dropped = rotated.drop_retired(ring.primary_id()).unwrap();
    std::fs::write(&path, dropped.to_text().expose()).unwrap();
    let server = Server::start_at(config, clock).await;
    server.client().signed(&keys, &call).await.refused(400, "InvalidToken");
}

#[tokio::test]
async fn a_role_is_taken_by_whom_its_trust_policy_names_only() {
    let world = World::new().await;
    let trust = trust_policy("us-east-1:00000000-0000-4000-8000-000000000000");
    let update = [("RoleName", "user"), ("PolicyDocument", &*trust.to_string())];
    world.server.root(&Call::query("iam", "UpdateAssumeRolePolicy", &update)).await.expect(200);
    let logins = world.logins(&world.user.id_token);
    let reply = world.credentials(&world.user.identity_id, logins.clone()).await;
    reply.refused(400, "InvalidIdentityPoolConfigurationException");
    let trust = trust_policy(&world.identity_pool_id).to_string();
    let update = [("RoleName", "user"), ("PolicyDocument", &*trust)];
    world.server.root(&Call::query("iam", "UpdateAssumeRolePolicy", &update)).await.expect(200);
    world.credentials(&world.user.identity_id, logins).await.expect(200);
}

#[tokio::test]
async fn the_basic_flow_ends_in_the_same_folder() {
    let world = World::new().await;
    let identity = json!({"IdentityId": world.user.identity_id,
                          "Logins": world.logins(&world.user.id_token)});
    let call = Call::json("cognito-identity", "GetOpenIdToken", &identity);
    let token = world.server.client().unsigned(&call).await.expect(200).json();
    let token = token["Token"].as_str().unwrap();
    let assume = |role: &str| {
        let role = role_arn(role);
        let input = [
            ("RoleArn", role.as_str()),
            ("RoleSessionName", "basic"),
            ("WebIdentityToken", token),
            ("DurationSeconds", "900"),
        ];
        Call::query("sts", "AssumeRoleWithWebIdentity", &input)
    };
    let reply = world.server.client().unsigned(&assume("user")).await.expect(200);
    let keys = Keys {
        access_key_id: reply.element("AccessKeyId"),
        secret: SecretString::new(reply.element("SecretAccessKey")),
        token: Some(reply.element("SessionToken")),
    };
    world.server.client().signed(&keys, &get_own(&world)).await.expect(200);
    let other = Call::s3("GET", &world.admin.path("data.txt"));
    world.server.client().signed(&keys, &other).await.refused(403, "AccessDenied");
    world.server.client().unsigned(&assume("nobody")).await.refused(403, "AccessDenied");
    world.server.advance(600);
    let reply = world.server.client().unsigned(&assume("user")).await;
    reply.refused(400, "ExpiredTokenException");
    world.server.advance(300);
    let reply = world.server.client().signed(&keys, &get_own(&world)).await;
    reply.refused(400, "ExpiredToken");
}
