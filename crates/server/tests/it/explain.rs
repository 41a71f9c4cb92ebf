//! Why a request was refused, asked by its id.

use crate::{
    client::{Call, Reply},
    world::{OTHER, World, root_keys},
};

fn decode(id: &str) -> Call {
    Call::query("sts", "DecodeAuthorizationMessage", &[("EncodedMessage", id)])
}

async fn refused(world: &World) -> Reply {
    let get = Call::s3("GET", &world.admin.path("data.txt"));
    world.as_person(&world.user, &get).await.refused(403, "AccessDenied")
}

#[tokio::test]
async fn a_refusal_says_who_asked_for_what_and_why_no_statement_applied() {
    let world = World::new().await;
    let id = refused(&world).await.request_id();
    let answer = world.server.root(&decode(&id)).await.expect(200);
    let message = answer.element("DecodedMessage").replace("&quot;", "\"").replace("&amp;", "&");
    let event: serde_json::Value = serde_json::from_str(&message).unwrap();
    assert_eq!(event["requestId"], id.as_str());
    assert!(
        event["principal"]
            .as_str()
            .unwrap()
            .ends_with(":assumed-role/user/CognitoIdentityCredentials")
    );
    assert_eq!(event["explanation"]["action"], "s3:GetObject");
    let text = event.to_string();
    // The values that were compared: one's own identity, and the key that was asked for.
    assert!(text.contains(&world.user.identity_id), "{text}");
    assert!(text.contains(&world.admin.identity_id), "{text}");
    // Never what could be used again.
    assert!(!text.contains(world.user.keys.token.as_deref().unwrap()));
}

#[tokio::test]
async fn a_refusal_is_found_again_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let world = World::build(crate::world::Server::start(folder.path()).await).await;
    let id = refused(&world).await.request_id();
    let clock = world.server.clock.clone();
    world.server.running.stop().await;
    let config = server::Config { data_dir: folder.path().to_owned(), ..server::Config::default() };
    let server = crate::world::Server::start_at(config, clock).await;
    server.root(&decode(&id)).await.expect(200);
}

#[tokio::test]
async fn a_refusal_is_told_to_its_account_and_to_those_who_may_ask_only() {
    let world = World::new().await;
    let id = refused(&world).await.request_id();
    world.server.root(&decode(&id)).await.expect(200);
    world.as_person(&world.user, &decode(&id)).await.refused(403, "AccessDenied");
    let reply = world.server.client().signed(&root_keys(OTHER), &decode(&id)).await;
    reply.refused(400, "InvalidAuthorizationMessageException");
    let nothing = decode("00000000-0000-4000-8000-000000000000");
    world.server.root(&nothing).await.refused(400, "InvalidAuthorizationMessageException");
}
