//! Requests that are not whole, or for nobody.

use crate::{client::Call, world::Server};

async fn server() -> (Server, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    (Server::start(folder.path()).await, folder)
}

#[tokio::test]
async fn a_request_names_exactly_one_host() {
    let (server, _folder) = server().await;
    let client = server.client();
    let health = "GET /_aws/health HTTP/1.1\r\n";
    let end = "connection: close\r\n\r\n";
    let ask =
        async |hosts: &str| client.raw(format!("{health}{hosts}{end}").as_bytes()).await.status;
    assert_eq!(ask("host: localhost\r\n").await, 200);
    assert_eq!(ask("").await, 400);
    assert_eq!(ask("host: localhost\r\nhost: localhost\r\n").await, 400);
    assert_eq!(ask("host: a@localhost\r\n").await, 400);
    let absolute = |host: &str| {
        format!("GET http://{host}/_aws/health HTTP/1.1\r\nhost: localhost\r\n{end}").into_bytes()
    };
    assert_eq!(client.raw(&absolute("localhost")).await.status, 200);
    assert_eq!(client.raw(&absolute("elsewhere")).await.status, 400);
}

#[tokio::test]
async fn lengths_that_disagree_are_refused() {
    let (server, _folder) = server().await;
    let put = |lengths: &str| {
        format!("PUT /b/k HTTP/1.1\r\nhost: localhost\r\n{lengths}connection: close\r\n\r\nab")
            .into_bytes()
    };
    let twice = put("content-length: 2\r\ncontent-length: 3\r\n");
    assert_eq!(server.client().raw(&twice).await.status, 400);
    let odd = put("content-length: +2\r\n");
    assert_eq!(server.client().raw(&odd).await.status, 400);
}

#[tokio::test]
async fn heads_and_bodies_have_limits() {
    let (server, _folder) = server().await;
    let client = server.client();
    let long = Call::s3("GET", &format!("/bucket/{}", "k".repeat(17 * 1024)));
    assert_eq!(client.unsigned(&long).await.status, 414);
    let headers = Call::s3("GET", "/_aws/health").with("x-long", &"v".repeat(33 * 1024));
    assert_eq!(client.unsigned(&headers).await.status, 431);
    let body =
        Call::json("cognito-idp", "InitiateAuth", &serde_json::json!({}))
            .body(vec![b' '; 1024 * 1024 + 1]);
    client.unsigned(&body).await.refused(413, "RequestEntityTooLargeException");
    assert_eq!(client.unsigned(&Call::s3("GET", "/_aws/health")).await.status, 200);
}

#[tokio::test]
async fn a_connection_ends_with_a_body_that_was_not_read() {
    let (server, _folder) = server().await;
    let client = server.client();
    let head = "PUT /bucket/key HTTP/1.1\r\nhost: localhost\r\n";
    // Refused before the client has sent anything of the body: it never will.
    let waiting = format!("{head}content-length: 4\r\nexpect: 100-continue\r\n\r\n");
    let reply = client.raw(waiting.as_bytes()).await.refused(404, "NoSuchBucket");
    assert_eq!(reply.header("connection"), Some("close"));
    // With nothing left over it stays, until the client ends it.
    let empty = format!("{head}content-length: 0\r\n\r\n");
    let then = "GET /_aws/health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let reply = client.raw(format!("{empty}{then}").as_bytes()).await;
    assert_eq!((reply.status, reply.header("connection")), (404, None));
    assert!(reply.text().contains("HTTP/1.1 200 OK"), "{}", reply.text());
}

#[tokio::test]
async fn an_unsigned_form_is_refused_for_that_whichever_service_it_is_for() {
    let (server, _folder) = server().await;
    for (service, action) in
        [("iam", "ListRoles"), ("sts", "GetCallerIdentity"), ("sts", "Nothing")]
    {
        let call = Call::query(service, action, &[]);
        server.client().unsigned(&call).await.refused(403, "MissingAuthenticationToken");
    }
    server.root(&Call::query("iam", "ListRoles", &[])).await.expect(200);
    server.root(&Call::query("sts", "Nothing", &[])).await.refused(400, "InvalidAction");
}

#[tokio::test]
async fn what_is_not_served_answers_aws_own_error() {
    let (server, _folder) = server().await;
    let unknown = Call::json("cognito-idp", "DescribeRiskConfiguration", &serde_json::json!({}));
    server.root(&unknown).await.refused(400, "UnknownOperationException");
    let unknown = Call::query("sts", "AssumeRoleWithSAML", &[]);
    server.root(&unknown).await.refused(400, "InvalidAction");
    let unknown = Call::s3("GET", "/bucket?website");
    server.root(&unknown).await.refused(501, "NotImplemented");
    let elsewhere = Call { service: "dynamodb", ..Call::s3("POST", "/") };
    let reply = server.root(&elsewhere).await;
    assert_eq!(reply.status, 400);
    assert!(reply.text().contains("dynamodb"), "{}", reply.text());
}

#[tokio::test]
async fn browsers_may_call_the_services_that_are_for_them() {
    let (server, _folder) = server().await;
    let preflight = Call::s3("OPTIONS", "/")
        .with("origin", "http://localhost:3000")
        .with("access-control-request-method", "POST")
        .with("access-control-request-headers", "content-type,x-amz-target");
    let reply = server.client().unsigned(&preflight).await.expect(204);
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    assert_eq!(reply.header("access-control-allow-headers"), Some("content-type,x-amz-target"));
    let call = Call::json("cognito-identity", "GetId", &serde_json::json!({}))
        .with("origin", "http://localhost:3000");
    let reply = server.client().unsigned(&call).await;
    assert_eq!(reply.header("access-control-allow-origin"), Some("*"));
    let list = Call::query("iam", "ListRoles", &[]).with("origin", "http://localhost:3000");
    let reply = server.root(&list).await.expect(200);
    assert_eq!(reply.header("access-control-allow-origin"), None);
}

#[tokio::test]
async fn a_second_server_on_the_same_data_says_who_holds_it() {
    let (_server, folder) = server().await;
    let config = server::Config {
        data_dir: folder.path().to_owned(),
        listen: ([127, 0, 0, 1], 0).into(),
        ..server::Config::default()
    };
    let second = server::start(
        config,
        server::Roots::default(),
        std::sync::Arc::new(server::SystemClock),
        std::sync::Arc::new(server::SystemEntropy),
    );
    let error = second.await.err().unwrap().to_string();
    assert!(error.contains(&std::process::id().to_string()), "{error}");
}
