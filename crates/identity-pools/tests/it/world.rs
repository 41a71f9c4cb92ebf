//! A gate with what identity pools need around it.

use std::{
    collections::BTreeSet,
    fmt::Write as _,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use bytes::Bytes;
use directory::Directory;
use futures_util::{StreamExt as _, stream};
use gate::{
    Access, Accounts, Audit, Authorized, Caller, Gate, Incoming, Need, Operation, Parts, Registry,
    RootUser,
};
use http::{HeaderMap, HeaderName, HeaderValue, Method};
use objects::Objects;
use serde_json::{Value, json};
use session::KeyRing;
use sha2::{Digest as _, Sha256};
use sigv4::{Credentials, PayloadDeclaration, Request, Signer};
use store::{DiskBlobs, Records, SqliteRecords};
use tempfile::TempDir;
use tokens::{Issuers, JwkSet, SigningKey};
use types::{
    Clock, Entropy, ManualClock, Region, SecretString, SeededEntropy, SignedDuration, UserPoolId,
    Uuid,
};
use wire::{
    Body, Fault, Service,
    introspection::{IntrospectToken, IntrospectTokenRequest, IntrospectTokenResponse},
};

pub(crate) const PROVIDER: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9";
/// Another user pool, with the same key.
pub(crate) const SECOND: &str = "cognito-idp.us-east-1.amazonaws.com/us-east-1_second111";
pub(crate) const CLIENT: &str = "1example23456789";
pub(crate) const ACCOUNT: &str = "123456789012";

/// An access key, of root or of a session.
#[derive(Clone)]
pub(crate) struct Keys {
    access_key_id: String,
    secret: SecretString,
    token: Option<String>,
}

impl Keys {
    pub(crate) fn root() -> Self {
        Self {
            access_key_id: "AKIAROOTROOTROOTROOT".to_owned(),
            secret: "root's secret".into(),
            token: None,
        }
    }

    pub(crate) fn other_root() -> Self {
        Self {
            access_key_id: "AKIAOTHEROTHEROTHERO".to_owned(),
            secret: "the other root's secret".into(),
            token: None,
        }
    }

    /// Those in an answer of `GetCredentialsForIdentity`.
    pub(crate) fn of(answer: &Value) -> Self {
        let text = |name: &str| answer["Credentials"][name].as_str().unwrap().to_owned();
        Self {
            access_key_id: text("AccessKeyId"),
            secret: text("SecretKey").into(),
            token: Some(text("SessionToken")),
        }
    }

    fn user(&self, account: &str) -> RootUser {
        RootUser {
            account: account.parse().unwrap(),
            access_key_id: self.access_key_id.parse().unwrap(),
            secret_access_key: self.secret.clone(),
        }
    }
}

/// The user pools: they publish one key.
struct UserPool(JwkSet);

/// Who was signed out there, or is not there any more.
struct SignedOut(Arc<Mutex<BTreeSet<Uuid>>>);

impl Operation for UserPool {
    type Wire = wire::oidc::GetJsonWebKeySet;
    type Error = Fault;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &UserPoolId) -> Result<Vec<Need>, Fault> {
        Ok(Vec::new())
    }

    async fn handle(&self, request: Authorized<Self::Wire>) -> Result<JwkSet, Fault> {
        if [PROVIDER, SECOND].contains(&&*request.input.provider_name()) {
            return Ok(self.0.clone());
        }
        Err(Fault::new(wire::cognito_idp::ErrorCode::ResourceNotFoundException, "no such pool"))
    }
}

impl Operation for SignedOut {
    type Wire = IntrospectToken;
    type Error = Fault;

    const ACCESS: Access = Access::Unsigned;

    fn needs(&self, _: &Caller, _: &IntrospectTokenRequest) -> Result<Vec<Need>, Fault> {
        Ok(Vec::new())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<IntrospectTokenResponse, Fault> {
        let active = !self.0.lock().unwrap().contains(&request.input.sub);
        Ok(IntrospectTokenResponse { active })
    }
}

/// An answer: its status and body.
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) body: String,
}

impl Reply {
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(self.status, 200, "{}", self.body);
        if self.body.is_empty() { Value::Null } else { serde_json::from_str(&self.body).unwrap() }
    }

    #[track_caller]
    pub(crate) fn ok(&self) -> &str {
        assert_eq!(self.status, 200, "{}", self.body);
        &self.body
    }

    /// The status, with the code that ends a JSON type or stands in XML.
    #[track_caller]
    pub(crate) fn refused(&self, status: u16, code: &str) -> &str {
        assert_eq!(self.status, status, "{}", self.body);
        let found = match serde_json::from_str::<Value>(&self.body) {
            Ok(json) => json["__type"].as_str().unwrap().rsplit('#').next().unwrap().to_owned(),
            Err(_) => between(&self.body, "<Code>", "</Code>").to_owned(),
        };
        assert_eq!(found, code, "{}", self.body);
        &self.body
    }
}

pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

pub(crate) struct World {
    _folder: TempDir,
    gate: Gate,
    clock: Arc<ManualClock>,
    entropy: Arc<dyn Entropy>,
    user_pool_key: &'static SigningKey,
    signed_out: Arc<Mutex<BTreeSet<Uuid>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at("2026-03-04T05:06:07Z".parse().unwrap()));
        let time: Arc<dyn Clock> = clock.clone();
        let entropy: Arc<dyn Entropy> = Arc::new(SeededEntropy::new(42));
        let open = |name: &str, spaces| -> Arc<dyn Records> {
            let path = folder.path().join(name);
            Arc::new(SqliteRecords::open(&path, spaces, time.clone()).unwrap())
        };
        let (directory, authority) = Directory::open(open("directory.db", directory::SPACES));
        let blobs = Arc::new(DiskBlobs::open(folder.path()).unwrap());
        let index = open("objects.db", objects::SPACES);
        let ring = Arc::new(KeyRing::generate(&*entropy).unwrap());
        let (audit, writer) = Audit::new(folder.path().join("audit"), time.clone());
        std::thread::spawn(move || writer.run());
        let gate = Gate::new(Parts {
            directory: directory.clone(),
            authority,
            objects: Objects::new(index, blobs, time.clone(), entropy.clone()),
            ring: ring.clone(),
            accounts: Accounts::new([
                Keys::root().user(ACCOUNT),
                Keys::other_root().user("210987654321"),
            ]),
            region: region(),
            clock: time.clone(),
            entropy: entropy.clone(),
            audit,
        });
        let user_pool_key = user_pool_key();
        let mut registry = Registry::default();
        registry.add(UserPool(JwkSet { keys: vec![user_pool_key.jwk().clone()] }));
        let signed_out: Arc<Mutex<BTreeSet<Uuid>>> = Arc::default();
        registry.add(SignedOut(signed_out.clone()));
        let access = access::Access {
            directory: directory.clone(),
            ring: ring.clone(),
            clock: time.clone(),
            entropy: entropy.clone(),
        };
        access::register(&Arc::new(access), &mut registry);
        sts::register(&mut registry);
        let issuers = Issuers::Aws;
        let workers = Arc::new(workers::Workers::for_this_machine());
        let pools = identity_pools::IdentityPools::new(
            directory,
            ring,
            issuers,
            time,
            entropy.clone(),
            workers,
        );
        identity_pools::register(&Arc::new(pools), &mut registry);
        gate.open(registry);
        Self { _folder: folder, gate, clock, entropy, user_pool_key, signed_out }
    }

    pub(crate) fn advance(&self, by: Duration) {
        self.clock.advance(SignedDuration::try_from(by).unwrap());
    }

    /// Calls a JSON operation of identity pools.
    pub(crate) async fn call(&self, keys: Option<&Keys>, operation: &str, input: Value) -> Reply {
        let target = format!("AWSCognitoIdentityService.{operation}");
        let headers =
            [("content-type", "application/x-amz-json-1.1".to_owned()), ("x-amz-target", target)];
        self.send(Service::CognitoIdentity, keys, &headers, input.to_string()).await
    }

    /// The same as root, which must be answered.
    pub(crate) async fn root(&self, operation: &str, input: Value) -> Value {
        self.call(Some(&Keys::root()), operation, input).await.json()
    }

    /// Calls an operation of IAM or STS.
    pub(crate) async fn query(
        &self,
        service: Service,
        keys: Option<&Keys>,
        operation: &str,
        members: &[(&str, &str)],
    ) -> Reply {
        let mut form = format!("Action={operation}&Version={}", service.api_version());
        for (name, value) in members {
            form.extend(["&", name, "="]);
            for byte in value.bytes() {
                write!(form, "%{byte:02X}").unwrap();
            }
        }
        let headers = [("content-type", "application/x-www-form-urlencoded".to_owned())];
        self.send(service, keys, &headers, form).await
    }

    async fn send(
        &self,
        service: Service,
        keys: Option<&Keys>,
        headers: &[(&str, String)],
        body: String,
    ) -> Reply {
        let mut all = vec![("host", "localhost:4566".to_owned())];
        all.extend(headers.iter().cloned());
        let mut map = HeaderMap::new();
        let mut insert = |name: &str, value: &str| {
            let name: HeaderName = name.parse().unwrap();
            map.insert(name, HeaderValue::from_str(value).unwrap());
        };
        for (name, value) in &all {
            insert(name, value);
        }
        if let Some(keys) = keys {
            let headers: Vec<(&str, &[u8])> =
                all.iter().map(|(name, value)| (*name, value.as_bytes())).collect();
            let request = Request { method: "POST", path: "/", query: "", headers: &headers };
            let credentials = Credentials {
                access_key_id: &keys.access_key_id,
                secret_access_key: &keys.secret,
                session_token: keys.token.as_deref(),
            };
            let signer =
                Signer::new(credentials, &region(), service.signing_name(), self.clock.now());
            let digest = PayloadDeclaration::Sha256(Sha256::digest(&body).into());
            for (name, value) in signer.sign_headers(&request, digest).headers {
                insert(name, &value);
            }
        }
        let incoming = Incoming {
            request_id: Uuid::random(&*self.entropy),
            service,
            method: Method::POST,
            path: "/".to_owned(),
            query: String::new(),
            headers: map,
            bucket_in_host: None,
            region: region(),
            source_ip: None,
            secure_transport: false,
            body: stream::iter([Ok(Bytes::from(body))]).boxed(),
        };
        let response = self.gate.serve(incoming).await;
        let status = response.status().as_u16();
        let body = match response.into_body() {
            Body::Bytes(bytes) => String::from_utf8(bytes.to_vec()).unwrap(),
            Body::Empty => String::new(),
            Body::Stream { .. } => panic!("no operation here streams"),
        };
        Reply { status, body }
    }

    /// An ID token of the user pool for this person.
    pub(crate) fn id_token(&self, sub: &str, more: &Value) -> String {
        let now = self.clock.now().as_second();
        let mut claims = json!({
            "sub": sub,
            "iss": format!("https://{PROVIDER}"),
            "aud": CLIENT,
            "token_use": "id",
            "auth_time": now,
            "iat": now,
            "exp": now + 3600,
            "jti": Uuid::random(&*self.entropy).to_string(),
            "cognito:username": "somebody",
        });
        for (name, value) in more.as_object().unwrap() {
            claims[name] = value.clone();
        }
        tokens::sign(self.user_pool_key, &claims).unwrap()
    }

    /// Whoever this is signs out everywhere, or is deleted: for the user pool it is the same.
    pub(crate) fn sign_out(&self, sub: &str) {
        self.signed_out.lock().unwrap().insert(sub.parse().unwrap());
    }

    /// Makes an identity pool that takes the user pool's client.
    pub(crate) async fn pool(&self, guests: bool) -> String {
        self.pool_with(json!({"AllowUnauthenticatedIdentities": guests})).await
    }

    /// The same with other settings.
    pub(crate) async fn pool_with(&self, more: Value) -> String {
        let mut input = json!({
            "IdentityPoolName": "cloakroom",
            "AllowUnauthenticatedIdentities": true,
            "CognitoIdentityProviders": [{"ProviderName": PROVIDER, "ClientId": CLIENT}],
        });
        for (name, value) in more.as_object().unwrap() {
            input[name] = value.clone();
        }
        let created = self.root("CreateIdentityPool", input).await;
        created["IdentityPoolId"].as_str().unwrap().to_owned()
    }

    /// An identity without any login.
    pub(crate) async fn guest(&self, pool: &str) -> String {
        let answer = self.call(None, "GetId", json!({"IdentityPoolId": pool})).await.json();
        answer["IdentityId"].as_str().unwrap().to_owned()
    }

    /// Sets the role of the pool's people.
    pub(crate) async fn default_role(&self, pool: &str, role: &str) {
        let roles = json!({"IdentityPoolId": pool, "Roles": {"authenticated": role}});
        self.root("SetIdentityPoolRoles", roles).await;
    }

    /// Makes a role that the pool's identities of this kind may take, and gives its ARN.
    pub(crate) async fn role(&self, name: &str, pool: &str, amr: &str) -> String {
        let trust = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Effect": "Allow",
                "Principal": {"Federated": "cognito-identity.amazonaws.com"},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {"cognito-identity.amazonaws.com:aud": pool},
                    "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": amr},
                },
            }],
        });
        let members =
            [("RoleName", name), ("AssumeRolePolicyDocument", &trust.to_string() as &str)];
        let created = self.query(Service::Iam, Some(&Keys::root()), "CreateRole", &members).await;
        between(created.ok(), "<Arn>", "</Arn>").to_owned()
    }

    /// Lets a role do these actions everywhere.
    pub(crate) async fn allow(&self, role: &str, actions: &[&str]) {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Action": actions, "Resource": "*"}],
        });
        let members = [
            ("RoleName", role),
            ("PolicyName", "allow"),
            ("PolicyDocument", &policy.to_string() as &str),
        ];
        self.query(Service::Iam, Some(&Keys::root()), "PutRolePolicy", &members).await.ok();
    }

    /// The identity of whoever has this login, without credentials.
    pub(crate) async fn identity(&self, pool: &str, token: &str) -> String {
        let input = json!({"IdentityPoolId": pool, "Logins": {PROVIDER: token}});
        let answer = self.call(None, "GetId", input).await.json();
        answer["IdentityId"].as_str().unwrap().to_owned()
    }

    /// Whose credentials these are, as an ARN.
    pub(crate) async fn whoami(&self, keys: &Keys) -> String {
        let reply = self.query(Service::Sts, Some(keys), "GetCallerIdentity", &[]).await;
        between(reply.ok(), "<Arn>", "</Arn>").to_owned()
    }
}

fn region() -> Region {
    "us-east-1".parse().unwrap()
}

/// One for all tests: making a key takes longer than most of them.
fn user_pool_key() -> &'static SigningKey {
    static KEY: OnceLock<SigningKey> = OnceLock::new();
    KEY.get_or_init(|| SigningKey::generate().unwrap())
}
