//! The second account's root, and an administrator of it, against everything of the first.
//!
//! The table must have a row for every operation that is served; one that is added without a row
//! fails here.

mod cloakroom;
mod cloudformation;
mod cognito_identity;
mod cognito_idp;
mod iam;
mod s3;
mod sts;

use std::collections::BTreeSet;

use gate::Access;
use serde_json::{Value, json};
use types::SecretString;

use crate::{
    client::{Call, Keys, Reply},
    world::{BUCKET, OTHER, World, provider, role_arn, root_keys, trust_policy},
};

/// What must come of a request for something of the first account.
#[derive(Clone)]
enum Outcome {
    /// Refused with this status and code.
    Refused(u16, &'static str),
    /// Answered, but each of the things that it asks for is refused.
    EachRefused,
    /// It is about the caller's own account: allowed, and tells nothing of the first.
    Own,
    /// Whoever knows a public id may call it, from any account or none; what it then takes is
    /// a token or a password. Tested where those are.
    Unsigned,
}

use Outcome::{EachRefused, Own, Refused, Unsigned};

const NOT_FOUND: Outcome = Refused(400, "ResourceNotFoundException");
const DENIED: Outcome = Refused(403, "AccessDenied");
const NO_SUCH_ENTITY: Outcome = Refused(404, "NoSuchEntity");

/// An operation by its id, the request that tries it, and what must come of it.
type Row = (&'static str, Call, Outcome);

fn rows(world: &World) -> Vec<Row> {
    [
        cloakroom::rows(),
        cloudformation::rows(world),
        cognito_identity::rows(world),
        cognito_idp::rows(world),
        iam::rows(world),
        s3::rows(world),
        sts::rows(),
    ]
    .concat()
}

/// The input with one more member.
fn with(mut input: Value, name: &str, value: Value) -> Value {
    input[name] = value;
    input
}

/// An administrator of the second account: a session of a role there that may do everything.
async fn administrator(world: &World) -> Keys {
    let root = root_keys(OTHER);
    let client = world.server.client();
    let json = async |service, action: &str, input: Value| {
        client.signed(&root, &Call::json(service, action, &input)).await.expect(200).json()
    };
    let idp = "cognito-idp";
    let pool = json(idp, "CreateUserPool", json!({"PoolName": "others"})).await;
    let pool = pool["UserPool"]["Id"].as_str().unwrap().to_owned();
    let flows = json!({"UserPoolId": pool, "ClientName": "web",
                       "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"]});
    let app = json(idp, "CreateUserPoolClient", flows).await;
    let app = app["UserPoolClient"]["ClientId"].as_str().unwrap().to_owned();
    let user = json!({"UserPoolId": pool, "Username": "boss"});
    json(idp, "AdminCreateUser", user.clone()).await;
    let mut password = user;
    password["Password"] = json!("Correct-horse-1");
    password["Permanent"] = json!(true);
    json(idp, "AdminSetUserPassword", password).await;
    let providers = json!([{"ProviderName": provider(&pool), "ClientId": app}]);
    let identities = json!({"IdentityPoolName": "others", "AllowUnauthenticatedIdentities": false,
                            "CognitoIdentityProviders": providers});
    let identities = json("cognito-identity", "CreateIdentityPool", identities).await;
    let identities = identities["IdentityPoolId"].as_str().unwrap().to_owned();
    let trust = trust_policy(&identities).to_string();
    let everything = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"}]})
    .to_string();
    let role = ("RoleName", "administrator");
    let create = Call::query("iam", "CreateRole", &[role, ("AssumeRolePolicyDocument", &trust)]);
    client.signed(&root, &create).await.expect(200);
    let put = [role, ("PolicyName", "everything"), ("PolicyDocument", &everything)];
    client.signed(&root, &Call::query("iam", "PutRolePolicy", &put)).await.expect(200);
    let arn = format!("arn:aws:iam::{}:role/administrator", OTHER.0);
    let roles = json!({"IdentityPoolId": identities, "Roles": {"authenticated": arn}});
    let set = Call::json("cognito-identity", "SetIdentityPoolRoles", &roles);
    client.signed(&root, &set).await.expect(200);

    let unsigned = async |service, action: &str, input: Value| {
        client.unsigned(&Call::json(service, action, &input)).await.expect(200).json()
    };
    let parameters = json!({"USERNAME": "boss", "PASSWORD": "Correct-horse-1"});
    let sign_in =
        json!({"ClientId": app, "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": parameters});
    let tokens = unsigned(idp, "InitiateAuth", sign_in).await;
    let logins = json!({provider(&pool): tokens["AuthenticationResult"]["IdToken"]});
    let ask = json!({"IdentityPoolId": identities, "Logins": logins});
    let id = unsigned("cognito-identity", "GetId", ask).await;
    let ask = json!({"IdentityId": id["IdentityId"], "Logins": logins});
    let answer = unsigned("cognito-identity", "GetCredentialsForIdentity", ask).await;
    let credentials = &answer["Credentials"];
    Keys {
        access_key_id: credentials["AccessKeyId"].as_str().unwrap().to_owned(),
        secret: SecretString::from(credentials["SecretKey"].as_str().unwrap()),
        token: Some(credentials["SessionToken"].as_str().unwrap().to_owned()),
    }
}

fn tells_nothing(reply: &Reply, world: &World, operation: &str) {
    let text = reply.text();
    for name in [&world.user_pool_id, &world.identity_pool_id, &world.stack_id, &role_arn("user")] {
        assert!(!text.contains(name.as_str()), "{operation} tells {name}: {text}");
    }
    if operation == "S3ListBuckets" {
        assert!(!text.contains(BUCKET), "{text}");
    }
}

#[tokio::test]
async fn nothing_of_one_account_is_reached_from_another() {
    let world = World::new().await;
    iam::prepare(&world).await;
    let rows = rows(&world);
    let served: BTreeSet<String> = world
        .server
        .running
        .operations()
        .iter()
        .filter(|(_, access)| *access != Access::Service)
        .map(|(id, _)| format!("{id:?}"))
        .collect();
    let listed: BTreeSet<String> = rows.iter().map(|(name, ..)| (*name).to_owned()).collect();
    assert_eq!(served, listed, "every operation that is served has a row, and no other");
    let administrator = administrator(&world).await;
    for (keys, who) in [(root_keys(OTHER), "root"), (administrator, "administrator")] {
        for (name, call, outcome) in &rows {
            let call = iam::as_stranger(name, call, who);
            let call = cloudformation::as_stranger(name, &call, who);
            let reply = world.server.client().signed(&keys, &call).await;
            match outcome {
                Refused(status, code) => {
                    assert_eq!(
                        (reply.status, reply.code().as_str()),
                        (*status, *code),
                        "{who}: {name}: {}",
                        reply.text()
                    );
                }
                EachRefused => {
                    assert_eq!(reply.status, 200, "{who}: {name}: {}", reply.text());
                    let text = reply.text();
                    let refused = text.matches("<Code>AccessDenied</Code>").count();
                    assert!(refused == 2 && !text.contains("<Deleted>"), "{who}: {name}: {text}");
                }
                Own => {
                    assert_eq!(reply.status, 200, "{who}: {name}: {}", reply.text());
                    tells_nothing(&reply, &world, name);
                }
                Unsigned => {}
            }
        }
        world.reads_own(&world.user).await;
        world.reads_own(&world.admin).await;
    }
    // The positive twin: the first account's root is refused none of what was not found.
    let get =
        Call::json("cognito-idp", "DescribeUserPool", &json!({"UserPoolId": world.user_pool_id}));
    world.server.root(&get).await.expect(200);
    let get = Call::query("iam", "GetRole", &[("RoleName", "user")]);
    world.server.root(&get).await.expect(200);
}
