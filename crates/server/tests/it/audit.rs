//! What the audit keeps, and what it must not.

use std::fs;

use serde_json::json;
use server::Config;

use crate::{
    client::Call,
    world::{BUCKET, Server, World, put_role_policy, role_policy},
};

/// Every kind of request, allowed and refused, with everything secret that travels in them.
#[tokio::test]
async fn the_audit_names_who_and_what_and_holds_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config { data_dir: folder.path().to_owned(), ..Config::default() };
    let world = World::build(Server::start_with(config).await).await;
    let (client, keys) = (world.server.client(), &world.user.keys);
    world.reads_own(&world.user).await;
    // A refusal tells the values that conditions looked at.
    let mut policy = role_policy();
    let looking = json!({"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringLike": {"aws:Referer": "https://example.com/*"}}});
    policy["Statement"].as_array_mut().unwrap().push(looking);
    put_role_policy(&world.server, "user", &policy.to_string()).await;
    let (own, others) = (world.user.path("data.txt"), world.admin.path("data.txt"));
    let host = client.address.to_string();
    let mut secrets = vec![
        world.client_secret.clone(),
        world.user.id_token.clone(),
        world.user.access_token.clone(),
        keys.secret.expose().clone(),
        keys.token.clone().unwrap(),
        "X-Amz-Signature".to_owned(),
        "Correct-horse-1".to_owned(),
        "the body".to_owned(),
    ];
    for (path, status) in [(&own, 200), (&others, 403)] {
        let get = client.presign(keys, &Call::s3("GET", path), 60);
        let query = &get.query;
        secrets.push(query.rsplit('=').next().unwrap().to_owned());
        client.unsigned(&get).await.expect(status);
        let put = Call::s3("PUT", path)
            .with("referer", &format!("http://{host}{path}?{query}"))
            .with("idtoken", &world.user.id_token)
            .body("the body");
        let (put, _) = client.sign(keys, &put);
        let authorization = put.headers.iter().find(|(name, _)| name == "authorization");
        secrets.push(authorization.unwrap().1.rsplit('=').next().unwrap().to_owned());
        client.send(&put).await.expect(status);
    }
    // The same of a URL that is presigned by version 2.
    let older =
        "AWSAccessKeyId=AKIA&Signature=c2lnbmF0dXJl&x-amz-security-token=aSecretToken&Expires=1";
    let put = Call::s3("PUT", &others).with("referer", &format!("http://{host}{others}?{older}"));
    client.signed(keys, &put).await.refused(403, "AccessDenied");
    secrets.extend(["c2lnbmF0dXJl".to_owned(), "aSecretToken".to_owned()]);
    let user = world.user.clone();
    world.server.running.stop().await;

    let audit = written(&folder.path().join("audit"));
    let has = |text: &str| audit.contains(text);
    assert!(has("s3:GetObject") && has("s3:PutObject"), "{audit}");
    assert!(has(user.keys.access_key_id.as_str()));
    assert!(has(&format!("arn:aws:s3:::{BUCKET}/cognito-test/")));
    assert!(has(&format!("http://{host}{others}")), "the referer, without its query");
    for secret in secrets {
        assert!(secret.len() >= 8, "{secret}");
        assert!(!has(&secret), "{secret} is in {audit}");
    }
}

/// All of the audit's files, once its writer has come to the end.
fn written(directory: &std::path::Path) -> String {
    let mut text = String::new();
    for entry in fs::read_dir(directory).unwrap() {
        text.push_str(&fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    text
}
