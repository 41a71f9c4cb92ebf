//! A server with a clock of its own, and the system of the README in it.

use std::{path::Path, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use hmac::{Hmac, KeyInit as _, Mac as _};
use serde_json::{Value, json};
use server::{Config, RootUser, Roots, Running, SystemEntropy};
use types::{Clock as _, ManualClock, SecretString, SignedDuration, Timestamp};

use crate::client::{Call, Client, Keys, Reply, encode};

pub(crate) const BUCKET: &str = "coats";
pub(crate) const REGION: &str = "us-east-1";

pub(crate) const ROOT: (&str, &str, &str) = ("123456789012", "AKIAROOTROOTROOTROOT", "root secret");
pub(crate) const OTHER: (&str, &str, &str) =
    ("210987654321", "AKIAOTHEROTHEROTHERO", "the other root's secret");

fn root_user((account, key, secret): (&str, &str, &str)) -> RootUser {
    RootUser {
        account: account.parse().unwrap(),
        access_key_id: key.parse().unwrap(),
        secret_access_key: SecretString::from(secret),
    }
}

pub(crate) fn root_keys((_, key, secret): (&str, &str, &str)) -> Keys {
    Keys { access_key_id: key.to_owned(), secret: SecretString::from(secret), token: None }
}

/// A server under test.
pub(crate) struct Server {
    pub(crate) running: Running,
    pub(crate) clock: Arc<ManualClock>,
}

impl Server {
    pub(crate) async fn start(data_dir: &Path) -> Self {
        Self::start_with(Config { data_dir: data_dir.to_owned(), ..Config::default() }).await
    }

    pub(crate) async fn start_with(config: Config) -> Self {
        let clock = Arc::new(ManualClock::at("2026-03-04T05:06:07Z".parse().unwrap()));
        Self::start_at(config, clock).await
    }

    pub(crate) async fn start_at(config: Config, clock: Arc<ManualClock>) -> Self {
        let config = Config { listen: ([127, 0, 0, 1], 0).into(), ..config };
        let roots = Roots {
            primary: Some(root_user(ROOT)),
            account: None,
            alternative: Some(root_user(OTHER)),
        };
        let running =
            server::start(config, roots, clock.clone(), Arc::new(SystemEntropy)).await.unwrap();
        Self { running, clock }
    }

    pub(crate) fn client(&self) -> Client {
        Client { address: self.running.address(), region: REGION.to_owned(), now: self.clock.now() }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn advance(&self, seconds: i64) {
        self.clock.advance(SignedDuration::from_secs(seconds));
    }

    pub(crate) async fn root(&self, call: &Call) -> Reply {
        self.client().signed(&root_keys(ROOT), call).await
    }

    /// Calls a JSON operation as root, and takes its answer.
    pub(crate) async fn json(&self, service: &'static str, action: &str, input: Value) -> Value {
        self.root(&Call::json(service, action, &input)).await.expect(200).json()
    }
}

/// Somebody with a folder.
#[derive(Clone, Debug)]
pub(crate) struct Person {
    pub(crate) name: String,
    pub(crate) identity_id: String,
    pub(crate) id_token: String,
    pub(crate) access_token: String,
    pub(crate) keys: Keys,
}

impl Person {
    /// The path of a file in this one's folder.
    pub(crate) fn path(&self, file: &str) -> String {
        format!("/{BUCKET}/cognito-test/{}/{file}", encode(&self.identity_id))
    }
}

/// The README's system.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) user_pool_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    pub(crate) identity_pool_id: String,
    /// The ARN of a stack of which nothing is made.
    pub(crate) stack_id: String,
    pub(crate) admin: Person,
    pub(crate) user: Person,
    _folder: Option<tempfile::TempDir>,
}

pub(crate) fn role_policy() -> Value {
    let own = format!("arn:aws:s3:::{BUCKET}/cognito-test/${{cognito-identity.amazonaws.com:sub}}");
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"],
         "Resource": [own, format!("{own}/*")]},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": format!("arn:aws:s3:::{BUCKET}"),
         "Condition": {"StringEquals": {"s3:prefix": "cognito-test"}}},
    ]})
}

pub(crate) fn trust_policy(identity_pool_id: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Allow",
        "Principal": {"Federated": "cognito-identity.amazonaws.com"},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {
            "StringEquals": {"cognito-identity.amazonaws.com:aud": identity_pool_id},
            "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
        },
    }]})
}

pub(crate) fn provider(user_pool_id: &str) -> String {
    format!("cognito-idp.{REGION}.amazonaws.com/{user_pool_id}")
}

pub(crate) fn secret_hash(secret: &str, name: &str, client_id: &str) -> String {
    let mut mac = Hmac::<sha2::Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(name.as_bytes());
    mac.update(client_id.as_bytes());
    BASE64_STANDARD.encode(mac.finalize().into_bytes())
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is not a text")).to_owned()
}

/// A user pool with a client.
pub(crate) async fn user_pool(server: &Server) -> (String, String, String) {
    let idp = "cognito-idp";
    let pool = server.json(idp, "CreateUserPool", json!({"PoolName": "people"})).await;
    let pool = text(&pool["UserPool"]["Id"]);
    let flows = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"];
    let client = json!({"UserPoolId": pool, "ClientName": "web", "GenerateSecret": true,
                        "ExplicitAuthFlows": flows});
    let client = server.json(idp, "CreateUserPoolClient", client).await;
    let client = &client["UserPoolClient"];
    (pool, text(&client["ClientId"]), text(&client["ClientSecret"]))
}

pub(crate) async fn create_role(server: &Server, name: &str, trust: &Value, policy: &Value) {
    let (trust, policy) = (trust.to_string(), policy.to_string());
    let create = [("RoleName", name), ("AssumeRolePolicyDocument", trust.as_str())];
    server.root(&Call::query("iam", "CreateRole", &create)).await.expect(200);
    put_role_policy(server, name, &policy).await;
}

pub(crate) async fn put_role_policy(server: &Server, name: &str, policy: &str) {
    let put = [("RoleName", name), ("PolicyName", "folder"), ("PolicyDocument", policy)];
    server.root(&Call::query("iam", "PutRolePolicy", &put)).await.expect(200);
}

pub(crate) fn role_arn(name: &str) -> String {
    format!("arn:aws:iam::{}:role/{name}", ROOT.0)
}

impl World {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start(folder.path()).await;
        let mut world = Self::build(server).await;
        world._folder = Some(folder);
        world
    }

    /// Builds the system in a server that has nothing yet.
    pub(crate) async fn build(server: Server) -> Self {
        server.root(&Call::s3("PUT", &format!("/{BUCKET}"))).await.expect(200);
        let (user_pool_id, client_id, client_secret) = user_pool(&server).await;
        let provider = provider(&user_pool_id);
        let providers = json!([{"ProviderName": provider, "ClientId": client_id}]);
        let pool = json!({"IdentityPoolName": "people", "AllowUnauthenticatedIdentities": false,
                          "CognitoIdentityProviders": providers});
        let pool = server.json("cognito-identity", "CreateIdentityPool", pool).await;
        let identity_pool_id = text(&pool["IdentityPoolId"]);
        let mut rules = Vec::new();
        for (precedence, name) in [(0, "admin"), (100, "user")] {
            create_role(&server, name, &trust_policy(&identity_pool_id), &role_policy()).await;
            let group = json!({"UserPoolId": user_pool_id, "GroupName": name,
                               "Precedence": precedence, "RoleArn": role_arn(name)});
            server.json("cognito-idp", "CreateGroup", group).await;
            rules.push(json!({"Claim": "cognito:groups", "MatchType": "Contains", "Value": name,
                              "RoleARN": role_arn(name)}));
        }
        let mapping = json!({
            "IdentityPoolId": identity_pool_id, "Roles": {"authenticated": role_arn("user")},
            "RoleMappings": {format!("{provider}:{client_id}"): {
                "Type": "Rules", "AmbiguousRoleResolution": "Deny",
                "RulesConfiguration": {"Rules": rules}}},
        });
        server
            .root(&Call::json("cognito-identity", "SetIdentityPoolRoles", &mapping))
            .await
            .expect(200);
        let nothing =
            r#"{"Resources": {"Nothing": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}"#;
        let create = [("StackName", "system"), ("TemplateBody", nothing)];
        let created = server.root(&Call::query("cloudformation", "CreateStack", &create)).await;
        let stack_id = created.expect(200).element("StackId");
        let nobody = Person {
            name: String::new(),
            identity_id: String::new(),
            id_token: String::new(),
            access_token: String::new(),
            keys: root_keys(ROOT),
        };
        let mut world = Self {
            server,
            user_pool_id,
            client_id,
            client_secret,
            identity_pool_id,
            stack_id,
            admin: nobody.clone(),
            user: nobody,
            _folder: None,
        };
        world.admin = world.person("admin", "admin").await;
        world.user = world.person("user", "user").await;
        for person in [&world.admin, &world.user] {
            let put = Call::s3("PUT", &person.path("data.txt")).body(format!("{}'s", person.name));
            world.server.root(&put).await.expect(200);
        }
        world
    }

    /// A new user of a group, signed in.
    pub(crate) async fn person(&self, name: &str, group: &str) -> Person {
        self.create_user(&self.user_pool_id, name, Some(group)).await;
        let tokens =
            self.sign_in(&self.client_id, &self.client_secret, name).await.expect(200).json();
        let id_token = text(&tokens["AuthenticationResult"]["IdToken"]);
        let access_token = text(&tokens["AuthenticationResult"]["AccessToken"]);
        let identity_id = text(&self.get_id(&id_token).await.expect(200).json()["IdentityId"]);
        let keys = self.keys(&identity_id, &id_token).await;
        Person { name: name.to_owned(), identity_id, id_token, access_token, keys }
    }

    pub(crate) async fn create_user(&self, pool: &str, name: &str, group: Option<&str>) {
        let idp = "cognito-idp";
        let user = json!({"UserPoolId": pool, "Username": name});
        let mut create = user.clone();
        create["MessageAction"] = json!("SUPPRESS");
        self.server.json(idp, "AdminCreateUser", create).await;
        let mut password = user.clone();
        password["Password"] = json!("Correct-horse-1");
        password["Permanent"] = json!(true);
        self.server.json(idp, "AdminSetUserPassword", password).await;
        if let Some(group) = group {
            let mut add = user;
            add["GroupName"] = json!(group);
            let add = Call::json(idp, "AdminAddUserToGroup", &add);
            self.server.root(&add).await.expect(200);
        }
    }

    pub(crate) async fn sign_in(&self, client_id: &str, secret: &str, name: &str) -> Reply {
        let hash = secret_hash(secret, name, client_id);
        let input = json!({"ClientId": client_id, "AuthFlow": "USER_PASSWORD_AUTH",
            "AuthParameters": {"USERNAME": name, "PASSWORD": "Correct-horse-1", "SECRET_HASH": hash}});
        self.server.client().unsigned(&Call::json("cognito-idp", "InitiateAuth", &input)).await
    }

    pub(crate) fn logins(&self, id_token: &str) -> Value {
        json!({provider(&self.user_pool_id): id_token})
    }

    pub(crate) async fn get_id(&self, id_token: &str) -> Reply {
        let input =
            json!({"IdentityPoolId": self.identity_pool_id, "Logins": self.logins(id_token)});
        self.server.client().unsigned(&Call::json("cognito-identity", "GetId", &input)).await
    }

    pub(crate) async fn credentials(&self, identity_id: &str, logins: Value) -> Reply {
        let input = json!({"IdentityId": identity_id, "Logins": logins});
        let call = Call::json("cognito-identity", "GetCredentialsForIdentity", &input);
        self.server.client().unsigned(&call).await
    }

    pub(crate) async fn keys(&self, identity_id: &str, id_token: &str) -> Keys {
        let answer = self.credentials(identity_id, self.logins(id_token)).await.expect(200).json();
        let credentials = &answer["Credentials"];
        Keys {
            access_key_id: text(&credentials["AccessKeyId"]),
            secret: SecretString::new(text(&credentials["SecretKey"])),
            token: Some(text(&credentials["SessionToken"])),
        }
    }

    pub(crate) async fn as_person(&self, person: &Person, call: &Call) -> Reply {
        self.server.client().signed(&person.keys, call).await
    }

    /// Lets the bucket have a policy that is public.
    pub(crate) async fn unblock_public_access(&self) {
        let delete = Call::s3("DELETE", &format!("/{BUCKET}?publicAccessBlock"));
        self.server.root(&delete).await.expect(204);
    }

    /// The positive twin of a refusal: this one reads its own file, now.
    pub(crate) async fn reads_own(&self, person: &Person) {
        let get = Call::s3("GET", &person.path("data.txt"));
        let reply = self.as_person(person, &get).await.expect(200);
        assert_eq!(reply.text(), format!("{}'s", person.name));
    }
}
