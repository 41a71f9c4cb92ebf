//! Logins: tokens that are not this person's, not this pool's, or not tokens at all.

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};

use crate::{
    client::Call,
    world::{Server, World, provider, role_arn, user_pool},
};

const REFUSED: &str = "NotAuthorizedException";

/// The token must be refused wherever a login is taken.
async fn refused_everywhere(world: &World, token: &str) {
    world.get_id(token).await.refused(400, REFUSED);
    let identity = &world.user.identity_id;
    world.credentials(identity, world.logins(token)).await.refused(400, REFUSED);
    let input = json!({"IdentityId": identity, "Logins": world.logins(token)});
    let call = Call::json("cognito-identity", "GetOpenIdToken", &input);
    world.server.client().unsigned(&call).await.refused(400, REFUSED);
}

/// The positive twin: the untouched token is taken.
async fn taken(world: &World) {
    world.get_id(&world.user.id_token).await.expect(200);
    let logins = world.logins(&world.user.id_token);
    world.credentials(&world.user.identity_id, logins).await.expect(200);
}

fn part(token: &str, index: usize) -> Value {
    let part = token.split('.').nth(index).unwrap();
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

fn encoded(value: &Value) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(value.to_string())
}

#[tokio::test]
async fn a_token_without_a_signature_is_refused() {
    let world = World::new().await;
    taken(&world).await;
    let claims = encoded(&part(&world.user.id_token, 1));
    let kid = part(&world.user.id_token, 0)["kid"].clone();
    for alg in ["none", "None", "NONE", ""] {
        let header = encoded(&json!({"alg": alg, "kid": kid}));
        refused_everywhere(&world, &format!("{header}.{claims}.")).await;
        let signature = world.user.id_token.rsplit('.').next().unwrap();
        refused_everywhere(&world, &format!("{header}.{claims}.{signature}")).await;
    }
}

#[tokio::test]
async fn a_token_signed_with_the_public_key_as_a_secret_is_refused() {
    let world = World::new().await;
    taken(&world).await;
    let path = format!("/{}/.well-known/jwks.json", world.user_pool_id);
    let set = world.server.client().unsigned(&Call::s3("GET", &path)).await.expect(200);
    let kid = part(&world.user.id_token, 0)["kid"].clone();
    let key =
        set.json()["keys"].as_array().unwrap().iter().find(|k| k["kid"] == kid).unwrap().clone();
    let header = encoded(&json!({"alg": "HS256", "kid": kid}));
    let signed = format!("{header}.{}", encoded(&part(&world.user.id_token, 1)));
    for secret in [key.to_string(), key["n"].as_str().unwrap().to_owned()] {
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
        mac.update(signed.as_bytes());
        let tag = BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes());
        refused_everywhere(&world, &format!("{signed}.{tag}")).await;
    }
}

#[tokio::test]
async fn altered_claims_are_refused() {
    let world = World::new().await;
    taken(&world).await;
    let token = &world.user.id_token;
    let (header, rest) = token.split_once('.').unwrap();
    let signature = rest.split_once('.').unwrap().1;
    let mut claims = part(token, 1);
    claims["cognito:groups"] = json!(["admin"]);
    refused_everywhere(&world, &format!("{header}.{}.{signature}", encoded(&claims))).await;
    let admins = world.admin.id_token.rsplit('.').next().unwrap();
    let (signed, _) = token.rsplit_once('.').unwrap();
    refused_everywhere(&world, &format!("{signed}.{admins}")).await;
}

#[tokio::test]
async fn a_token_of_another_pool_is_refused() {
    let world = World::new().await;
    taken(&world).await;
    let (pool, client, secret) = user_pool(&world.server).await;
    world.create_user(&pool, "user", None).await;
    let tokens = world.sign_in(&client, &secret, "user").await.expect(200).json();
    let other = tokens["AuthenticationResult"]["IdToken"].as_str().unwrap();
    // As this pool's login, and as its own, which is not configured here.
    refused_everywhere(&world, other).await;
    let logins = json!({provider(&pool): other});
    let reply = world.credentials(&world.user.identity_id, logins).await;
    reply.refused(400, REFUSED);
    // This pool's claims under a key id of the other pool.
    let header = encoded(&part(other, 0));
    let (_, rest) = world.user.id_token.split_once('.').unwrap();
    refused_everywhere(&world, &format!("{header}.{rest}")).await;
}

#[tokio::test]
async fn a_token_for_another_client_is_refused() {
    let world = World::new().await;
    taken(&world).await;
    let client = json!({"UserPoolId": world.user_pool_id, "ClientName": "other",
        "GenerateSecret": true, "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let client = world.server.json("cognito-idp", "CreateUserPoolClient", client).await;
    let id = client["UserPoolClient"]["ClientId"].as_str().unwrap();
    let secret = client["UserPoolClient"]["ClientSecret"].as_str().unwrap();
    let tokens = world.sign_in(id, secret, "user").await.expect(200).json();
    refused_everywhere(&world, tokens["AuthenticationResult"]["IdToken"].as_str().unwrap()).await;
}

#[tokio::test]
async fn an_access_token_is_no_id_token() {
    let world = World::new().await;
    taken(&world).await;
    let reply = world.get_id(&world.user.access_token).await;
    assert!(reply.text().contains("Missing a required claim: aud"), "{}", reply.text());
    refused_everywhere(&world, &world.user.access_token).await;
}

#[tokio::test]
async fn an_expired_token_is_refused_at_its_second() {
    let world = World::new().await;
    let exp = part(&world.user.id_token, 1)["exp"].as_i64().unwrap();
    world.server.advance(exp - world.server.now().as_second() - 1);
    taken(&world).await;
    world.server.advance(1);
    let reply = world.get_id(&world.user.id_token).await;
    assert!(reply.text().contains("Token expired"), "{}", reply.text());
    refused_everywhere(&world, &world.user.id_token).await;
}

#[tokio::test]
async fn an_identity_opens_to_its_own_login_only() {
    let world = World::new().await;
    taken(&world).await;
    let others = world.logins(&world.admin.id_token);
    world.credentials(&world.user.identity_id, others).await.refused(400, REFUSED);
    world.credentials(&world.user.identity_id, json!({})).await.refused(400, REFUSED);
    // The person does not get another identity by asking again.
    let again = world.get_id(&world.user.id_token).await.expect(200).json();
    assert_eq!(again["IdentityId"], world.user.identity_id.as_str());
    assert_ne!(world.user.identity_id, world.admin.identity_id);
}

#[tokio::test]
async fn roles_are_passed_by_those_who_may_only() {
    let world = World::new().await;
    let allowed = |pass: bool| {
        let mut actions = vec!["cognito-identity:SetIdentityPoolRoles"];
        if pass {
            actions.push("iam:PassRole");
        }
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": actions, "Resource": "*"}]})
        .to_string()
    };
    let roles = json!({"IdentityPoolId": world.identity_pool_id,
                       "Roles": {"authenticated": role_arn("admin")}});
    let call = Call::json("cognito-identity", "SetIdentityPoolRoles", &roles);
    crate::world::put_role_policy(&world.server, "user", &allowed(false)).await;
    let reply = world.as_person(&world.user, &call).await;
    assert!(reply.text().contains("iam:PassRole"), "{}", reply.text());
    reply.refused(400, "AccessDeniedException");
    crate::world::put_role_policy(&world.server, "user", &allowed(true)).await;
    world.as_person(&world.user, &call).await.expect(200);
}

#[tokio::test]
async fn wrong_passwords_and_secret_hashes_are_refused() {
    let world = World::new().await;
    world.sign_in(&world.client_id, &world.client_secret, "user").await.expect(200);
    let reply = world.sign_in(&world.client_id, "wrong", "user").await;
    reply.refused(400, REFUSED);
    let hash = crate::world::secret_hash(&world.client_secret, "user", &world.client_id);
    let sign_in = |parameters: Value| {
        let input = json!({"ClientId": world.client_id, "AuthFlow": "USER_PASSWORD_AUTH",
                           "AuthParameters": parameters});
        Call::json("cognito-idp", "InitiateAuth", &input)
    };
    let wrong = json!({"USERNAME": "user", "PASSWORD": "Wrong-horse-1", "SECRET_HASH": hash});
    world.server.client().unsigned(&sign_in(wrong)).await.refused(400, REFUSED);
    let none = json!({"USERNAME": "user", "PASSWORD": "Correct-horse-1"});
    world.server.client().unsigned(&sign_in(none)).await.refused(400, REFUSED);
    world.sign_in(&world.client_id, &world.client_secret, "user").await.expect(200);
}

#[tokio::test]
async fn tokens_can_be_issued_under_awss_own_name() {
    let folder = tempfile::tempdir().unwrap();
    let config = server::Config {
        data_dir: folder.path().to_owned(),
        issuer: server::Issuer::Aws,
        ..server::Config::default()
    };
    // Both ends agree on it: the world signs people in and exchanges their tokens.
    let world = World::build(Server::start_with(config).await).await;
    let expected = format!("https://{}", provider(&world.user_pool_id));
    assert_eq!(part(&world.user.id_token, 1)["iss"], expected.as_str());
    let path = format!("/{}/.well-known/openid-configuration", world.user_pool_id);
    let metadata = world.server.client().unsigned(&Call::s3("GET", &path)).await.expect(200);
    assert_eq!(metadata.json()["issuer"], expected.as_str());
    taken(&world).await;
}

/// Whether the identity pool asks the user pool, each time, if a token is still worth anything.
async fn check_tokens(world: &World, check: bool) {
    let provider = json!({"ProviderName": provider(&world.user_pool_id),
                          "ClientId": world.client_id, "ServerSideTokenCheck": check});
    let settings = json!({"IdentityPoolId": world.identity_pool_id, "IdentityPoolName": "people",
                          "AllowUnauthenticatedIdentities": false,
                          "CognitoIdentityProviders": [provider]});
    world.server.json("cognito-identity", "UpdateIdentityPool", settings).await;
}

/// A person of whom this is done is refused under the check, at once, and nobody else is. Without it
/// the token is taken until it expires, as on AWS.
async fn ends_only_under_the_check(operation: &str) {
    let world = World::new().await;
    check_tokens(&world, true).await;
    taken(&world).await;
    let user = json!({"UserPoolId": world.user_pool_id, "Username": "user"});
    world.server.root(&Call::json("cognito-idp", operation, &user)).await.expect(200);
    refused_everywhere(&world, &world.user.id_token).await;
    let others = world.logins(&world.admin.id_token);
    world.credentials(&world.admin.identity_id, others).await.expect(200);
    // Credentials that were given out live on.
    world.reads_own(&world.user).await;

    check_tokens(&world, false).await;
    taken(&world).await;
    let exp = part(&world.user.id_token, 1)["exp"].as_i64().unwrap();
    world.server.advance(exp - world.server.now().as_second());
    refused_everywhere(&world, &world.user.id_token).await;
}

#[tokio::test]
async fn a_deleted_users_token_ends_under_the_check() {
    ends_only_under_the_check("AdminDeleteUser").await;
}

#[tokio::test]
async fn a_disabled_users_token_ends_under_the_check() {
    ends_only_under_the_check("AdminDisableUser").await;
}

#[tokio::test]
async fn a_signed_out_users_token_ends_under_the_check_and_the_next_one_is_taken() {
    ends_only_under_the_check("AdminUserGlobalSignOut").await;
    let world = World::new().await;
    check_tokens(&world, true).await;
    let user = json!({"UserPoolId": world.user_pool_id, "Username": "user"});
    let call = Call::json("cognito-idp", "AdminUserGlobalSignOut", &user);
    world.server.root(&call).await.expect(200);
    refused_everywhere(&world, &world.user.id_token).await;
    world.server.advance(1);
    let again = world.sign_in(&world.client_id, &world.client_secret, "user").await.expect(200);
    let token = again.json()["AuthenticationResult"]["IdToken"].as_str().unwrap().to_owned();
    let same = world.get_id(&token).await.expect(200).json();
    assert_eq!(same["IdentityId"], world.user.identity_id.as_str());
    world.credentials(&world.user.identity_id, world.logins(&token)).await.expect(200);
}
