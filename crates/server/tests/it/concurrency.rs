//! Many at once.

use std::{
    collections::HashSet,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use futures_util::future::join_all;
use serde_json::json;

use crate::{
    client::Call,
    world::{World, put_role_policy, role_policy},
};

#[tokio::test(flavor = "multi_thread")]
async fn one_person_has_one_identity_however_many_ask_first() {
    let world = World::new().await;
    world.create_user(&world.user_pool_id, "newcomer", Some("user")).await;
    let tokens = world.sign_in(&world.client_id, &world.client_secret, "newcomer").await;
    let tokens = tokens.expect(200).json();
    let token = tokens["AuthenticationResult"]["IdToken"].as_str().unwrap();
    let asked = join_all((0..200).map(|_| world.get_id(token))).await;
    let identities: HashSet<String> = asked
        .into_iter()
        .map(|reply| reply.expect(200).json()["IdentityId"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(identities.len(), 1, "{identities:?}");
    assert!(!identities.contains(&world.user.identity_id));
}

#[tokio::test(flavor = "multi_thread")]
async fn no_allow_begins_after_a_policy_change_was_acknowledged() {
    let world = Arc::new(World::new().await);
    let nothing = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"}]})
    .to_string();
    for _ in 0..5 {
        put_role_policy(&world.server, "user", &role_policy().to_string()).await;
        world.reads_own(&world.user).await;
        let closed = AtomicBool::new(false);
        let enough = AtomicBool::new(false);
        let readers = join_all((0..64).map(|_| async {
            let get = Call::s3("GET", &world.user.path("data.txt"));
            let mut allowed_before = 0;
            while !enough.load(Ordering::SeqCst) {
                let was_closed = closed.load(Ordering::SeqCst);
                let reply = world.as_person(&world.user, &get).await;
                assert!(!(was_closed && reply.status == 200), "an allow after the change");
                if reply.status == 200 {
                    allowed_before += 1;
                } else {
                    assert_eq!(reply.code(), "AccessDenied");
                    break;
                }
            }
            allowed_before
        }));
        let close = async {
            put_role_policy(&world.server, "user", &nothing).await;
            closed.store(true, Ordering::SeqCst);
        };
        let (allowed, ()) = tokio::join!(readers, close);
        enough.store(true, Ordering::SeqCst);
        assert_eq!(allowed.len(), 64);
    }
}
