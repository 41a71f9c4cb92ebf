//! Signing up and setting a forgotten password, with the codes that an administrator finds in the
//! outbox.

use serde_json::{Value, json};

use crate::{
    client::{Call, Reply},
    world::{OTHER, Server, root_keys},
};

const IDP: &str = "cognito-idp";

struct Pool {
    server: Server,
    id: String,
    client_id: String,
    _folder: tempfile::TempDir,
}

impl Pool {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path()).await;
        let input = json!({"PoolName": "people", "AutoVerifiedAttributes": ["email"]});
        let pool = server.json(IDP, "CreateUserPool", input).await;
        let id = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
        let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
        let input = json!({"UserPoolId": id, "ClientName": "web", "ExplicitAuthFlows": flows,
                           "PreventUserExistenceErrors": "ENABLED"});
        let client = server.json(IDP, "CreateUserPoolClient", input).await;
        let client_id = client["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
        Self { server, id, client_id, _folder: folder }
    }

    /// Calls an unsigned operation of the client.
    async fn ask(&self, action: &str, mut input: Value) -> Reply {
        input["ClientId"] = json!(self.client_id);
        self.server.client().unsigned(&Call::json(IDP, action, &input)).await
    }

    async fn sign_in(&self, name: &str, password: &str) -> Reply {
        let parameters = json!({"USERNAME": name, "PASSWORD": password});
        let input = json!({"AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
        self.ask("InitiateAuth", input).await
    }

    async fn outbox(&self) -> Vec<Value> {
        let page = self.server.json("cloakroom", "ListMessages", json!({})).await;
        page["Messages"].as_array().unwrap().clone()
    }

    /// The code in the newest message.
    async fn code(&self) -> String {
        let outbox = self.outbox().await;
        let text = outbox.last().unwrap()["Body"].as_str().unwrap().to_owned();
        text.rsplit(' ').next().unwrap().to_owned()
    }
}

#[tokio::test]
async fn who_signs_up_is_written_a_code_and_is_in_with_it() {
    let pool = Pool::new().await;
    let email = json!([{"Name": "email", "Value": "ann@example.com"}]);
    let input = json!({"Username": "ann", "Password": "Correct-horse-1", "UserAttributes": email});
    let answer = pool.ask("SignUp", input.clone()).await.expect(200).json();
    assert_eq!(answer["UserConfirmed"], false);
    let expected = json!({"AttributeName": "email", "DeliveryMedium": "EMAIL",
                          "Destination": "a***@e***"});
    assert_eq!(answer["CodeDeliveryDetails"], expected);
    pool.ask("SignUp", input).await.refused(400, "UsernameExistsException");
    pool.sign_in("ann", "Correct-horse-1").await.refused(400, "UserNotConfirmedException");
    let outbox = pool.outbox().await;
    assert_eq!(outbox.len(), 1);
    assert_eq!(
        (&outbox[0]["To"], &outbox[0]["Subject"], &outbox[0]["Medium"]),
        (&json!("ann@example.com"), &json!("Your verification code"), &json!("EMAIL"))
    );
    assert!(outbox[0]["SourceArn"].as_str().unwrap().ends_with(&format!("userpool/{}", pool.id)));
    let first = pool.code().await;
    let again = json!({"Username": "ann"});
    let resent = pool.ask("ResendConfirmationCode", again.clone()).await.expect(200).json();
    assert_eq!(resent["CodeDeliveryDetails"], expected);
    let second = pool.code().await;
    let confirm = async |code: &str| {
        pool.ask("ConfirmSignUp", json!({"Username": "ann", "ConfirmationCode": code})).await
    };
    if first != second {
        confirm(&first).await.refused(400, "CodeMismatchException");
    }
    confirm(&second).await.expect(200);
    pool.ask("ResendConfirmationCode", again).await.refused(400, "InvalidParameterException");
    let tokens = pool.sign_in("ann", "Correct-horse-1").await.expect(200).json();
    let token = &tokens["AuthenticationResult"]["AccessToken"];
    let user = Call::json(IDP, "GetUser", &json!({"AccessToken": token}));
    let user = pool.server.client().unsigned(&user).await.expect(200).json();
    let attributes = user["UserAttributes"].as_array().unwrap();
    assert!(attributes.contains(&json!({"Name": "email_verified", "Value": "true"})), "{user}");
}

#[tokio::test]
async fn a_forgotten_password_is_replaced_and_nobody_looks_like_somebody() {
    let pool = Pool::new().await;
    let attributes = json!([{"Name": "email", "Value": "ann@example.com"},
                            {"Name": "email_verified", "Value": "true"}]);
    let input = json!({"UserPoolId": pool.id, "Username": "ann", "UserAttributes": attributes,
                       "MessageAction": "SUPPRESS"});
    pool.server.json(IDP, "AdminCreateUser", input).await;
    let password = json!({"UserPoolId": pool.id, "Username": "ann",
                          "Password": "Correct-horse-1", "Permanent": true});
    pool.server.json(IDP, "AdminSetUserPassword", password).await;
    let forgot = async |name: &str| {
        let answer = pool.ask("ForgotPassword", json!({"Username": name})).await;
        answer.expect(200).json()["CodeDeliveryDetails"].clone()
    };
    let (ann, nobody) = (forgot("ann").await, forgot("nobody").await);
    assert_eq!(ann["Destination"], "a***@e***");
    assert_eq!(nobody, forgot("nobody").await);
    let names = |value: &Value| value.as_object().unwrap().keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ann), names(&nobody));
    assert_eq!(pool.outbox().await.len(), 1, "nobody is written nothing");
    let code = pool.code().await;
    let set = async |name: &str, code: &str, password: &str| {
        let input = json!({"Username": name, "ConfirmationCode": code, "Password": password});
        pool.ask("ConfirmForgotPassword", input).await
    };
    set("nobody", &code, "Another-horse-1").await.refused(400, "CodeMismatchException");
    set("ann", &code, "Another-horse-1").await.expect(200);
    set("ann", &code, "Another-horse-2").await.refused(400, "ExpiredCodeException");
    pool.sign_in("ann", "Correct-horse-1").await.refused(400, "NotAuthorizedException");
    pool.sign_in("ann", "Another-horse-1").await.expect(200);

    // An administrator makes it necessary.
    let user = json!({"UserPoolId": pool.id, "Username": "ann"});
    pool.server.json(IDP, "AdminResetUserPassword", user).await;
    let refused = pool.sign_in("ann", "Another-horse-1").await;
    refused.refused(400, "PasswordResetRequiredException");
    set("ann", &pool.code().await, "Another-horse-2").await.expect(200);
    pool.sign_in("ann", "Another-horse-2").await.expect(200);
}

#[tokio::test]
async fn a_user_whom_an_administrator_makes_is_invited() {
    let pool = Pool::new().await;
    let attributes = json!([{"Name": "email", "Value": "ann@example.com"}]);
    let input = json!({"UserPoolId": pool.id, "Username": "ann", "UserAttributes": attributes,
                       "DesiredDeliveryMediums": ["EMAIL"]});
    pool.server.json(IDP, "AdminCreateUser", input.clone()).await;
    let outbox = pool.outbox().await;
    let text = outbox[0]["Body"].as_str().unwrap();
    assert_eq!(outbox[0]["Subject"], "Your temporary password");
    assert!(text.contains("ann"), "{text}");
    let password = async || {
        let text = pool.code().await;
        text.strip_suffix('.').unwrap().to_owned()
    };
    let first = password().await;
    let answer = pool.sign_in("ann", &first).await.expect(200).json();
    assert_eq!(answer["ChallengeName"], "NEW_PASSWORD_REQUIRED");
    let mut resend = input.clone();
    resend["MessageAction"] = json!("RESEND");
    pool.server.json(IDP, "AdminCreateUser", resend).await;
    let second = password().await;
    assert_ne!(first, second);
    pool.sign_in("ann", &first).await.refused(400, "NotAuthorizedException");
    let answer = pool.sign_in("ann", &second).await.expect(200).json();
    let responses = json!({"USERNAME": "ann", "NEW_PASSWORD": "Correct-horse-1"});
    let input = json!({"ChallengeName": "NEW_PASSWORD_REQUIRED", "Session": answer["Session"],
                       "ChallengeResponses": responses});
    let answer = pool.ask("RespondToAuthChallenge", input.clone()).await.expect(200).json();
    assert!(answer["AuthenticationResult"]["IdToken"].is_string());
    pool.ask("RespondToAuthChallenge", input).await.refused(400, "NotAuthorizedException");
}

#[tokio::test]
async fn a_new_address_is_written_a_code_and_verified_by_it() {
    let pool = Pool::new().await;
    let user = json!({"UserPoolId": pool.id, "Username": "ann", "MessageAction": "SUPPRESS"});
    pool.server.json(IDP, "AdminCreateUser", user).await;
    let password = json!({"UserPoolId": pool.id, "Username": "ann",
                          "Password": "Correct-horse-1", "Permanent": true});
    pool.server.json(IDP, "AdminSetUserPassword", password).await;
    let tokens = pool.sign_in("ann", "Correct-horse-1").await.expect(200).json();
    let token = tokens["AuthenticationResult"]["AccessToken"].clone();
    let by_token = async |action: &str, mut input: Value| {
        input["AccessToken"] = token.clone();
        pool.server.client().unsigned(&Call::json(IDP, action, &input)).await
    };
    let email = json!([{"Name": "email", "Value": "ann@example.com"}]);
    let update = json!({"UserAttributes": email});
    let answer = by_token("UpdateUserAttributes", update).await.expect(200).json();
    assert_eq!(answer["CodeDeliveryDetailsList"][0]["Destination"], "a***@e***");
    let first = pool.code().await;
    let by_admin = json!([{"Name": "email", "Value": "new@example.com"}]);
    let update = json!({"UserPoolId": pool.id, "Username": "ann", "UserAttributes": by_admin});
    pool.server.json(IDP, "AdminUpdateUserAttributes", update).await;
    assert_eq!(pool.outbox().await.last().unwrap()["To"], "new@example.com");
    let verify = async |code: &str| {
        let input = json!({"AttributeName": "email", "Code": code});
        by_token("VerifyUserAttribute", input).await
    };
    let second = pool.code().await;
    if first != second {
        verify(&first).await.refused(400, "CodeMismatchException");
    }
    verify(&second).await.expect(200);
    verify(&second).await.refused(400, "ExpiredCodeException");
    let name = json!({"AttributeName": "name"});
    let refused = by_token("GetUserAttributeVerificationCode", name).await;
    refused.refused(400, "InvalidParameterException");
}

#[tokio::test]
async fn only_whoever_may_reads_the_outbox() {
    let pool = Pool::new().await;
    let list = Call::json("cloakroom", "ListMessages", &json!({}));
    let unsigned = pool.server.client().unsigned(&list).await;
    unsigned.refused(400, "MissingAuthenticationTokenException");
    let email = json!([{"Name": "email", "Value": "ann@example.com"}]);
    let input = json!({"Username": "ann", "Password": "Correct-horse-1", "UserAttributes": email});
    pool.ask("SignUp", input).await.expect(200);
    let others = pool.server.client().signed(&root_keys(OTHER), &list).await.expect(200);
    assert_eq!(others.json()["Messages"], json!([]));
    let send = Call::json("cloakroom", "SendMessage", &json!({}));
    pool.server.root(&send).await.refused(400, "UnknownOperationException");
    let introspect = Call::json(IDP, "IntrospectToken", &json!({}));
    pool.server.root(&introspect).await.refused(400, "UnknownOperationException");
}

#[tokio::test]
async fn a_new_address_counts_once_its_code_is_shown() {
    let pool = Pool::new().await;
    let settings = json!({"UserPoolId": pool.id, "AutoVerifiedAttributes": ["email"],
        "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}});
    pool.server.json(IDP, "UpdateUserPool", settings).await;
    let email = |address: &str| json!([{"Name": "email", "Value": address}]);
    let ann = json!({"UserPoolId": pool.id, "Username": "ann"});
    let with = |name: &str, value: Value| {
        let mut input = ann.clone();
        input[name] = value;
        input
    };
    let mut make = with("UserAttributes", email("old@example.com"));
    make["MessageAction"] = json!("SUPPRESS");
    pool.server.json(IDP, "AdminCreateUser", make).await;
    let mut password = with("Password", json!("Correct-horse-1"));
    password["Permanent"] = json!(true);
    pool.server.json(IDP, "AdminSetUserPassword", password).await;
    let tokens = pool.sign_in("ann", "Correct-horse-1").await.expect(200).json();
    let token = tokens["AuthenticationResult"]["AccessToken"].clone();
    let ask = async |action: &str, mut input: Value| {
        input["AccessToken"] = token.clone();
        pool.server.client().unsigned(&Call::json(IDP, action, &input)).await
    };
    let shown = async || {
        let user = pool.server.json(IDP, "AdminGetUser", ann.clone()).await;
        let attributes = user["UserAttributes"].as_array().unwrap().clone();
        let value = |name: &str| {
            let found = attributes.iter().find(|one| one["Name"] == name);
            found.map(|one| one["Value"].as_str().unwrap().to_owned())
        };
        (value("email").unwrap(), value("email_verified"))
    };
    let update = json!({"UserAttributes": email("new@example.com")});
    let answer = ask("UpdateUserAttributes", update.clone()).await.expect(200).json();
    let sent = json!([{"AttributeName": "email", "DeliveryMedium": "EMAIL",
                       "Destination": "n***@e***"}]);
    assert_eq!(answer["CodeDeliveryDetailsList"], sent);
    assert_eq!(pool.outbox().await.last().unwrap()["To"], "new@example.com");
    assert_eq!(shown().await, ("old@example.com".to_owned(), None));
    let code = pool.code().await;
    let wrong = json!({"AttributeName": "email", "Code": format!("{code}0")});
    ask("VerifyUserAttribute", wrong).await.refused(400, "CodeMismatchException");
    let right = json!({"AttributeName": "email", "Code": code});
    ask("VerifyUserAttribute", right.clone()).await.expect(200);
    assert_eq!(shown().await, ("new@example.com".to_owned(), Some("true".to_owned())));
    ask("VerifyUserAttribute", right).await.refused(400, "ExpiredCodeException");
    // The same address again is nothing new.
    let answer = ask("UpdateUserAttributes", update).await.expect(200).json();
    assert_eq!(answer["CodeDeliveryDetailsList"], json!([]));
    // An administrator who says that it is verified sends no code, and otherwise one.
    let verified = json!([{"Name": "email", "Value": "a@example.com"},
                          {"Name": "email_verified", "Value": "true"}]);
    pool.server.json(IDP, "AdminUpdateUserAttributes", with("UserAttributes", verified)).await;
    assert_eq!(shown().await, ("a@example.com".to_owned(), Some("true".to_owned())));
    assert_eq!(pool.outbox().await.len(), 1);
    let other = with("UserAttributes", email("b@example.com"));
    pool.server.json(IDP, "AdminUpdateUserAttributes", other).await;
    assert_eq!(shown().await.0, "a@example.com");
    assert_eq!(pool.outbox().await.last().unwrap()["To"], "b@example.com");
}
