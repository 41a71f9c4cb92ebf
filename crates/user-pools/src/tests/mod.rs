//! What operations do together, over a real directory. Who may call them is tested through the
//! server.

mod bearers;
mod challenges;
mod codes;
mod names;
mod pools;
mod refreshing;
mod rotation;
mod settings;
mod signing_in;

mod users;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{
    Directory, Owner, OwnerAuthority, SignInNames, User, UserPool, UserPoolClient, UserPoolKey,
    UserStatus,
};
use gate::{Caller, Principal, SignatureKind, SignatureVersion};
use jobs::Runner;
use session::KeyRing;
use store::{Key, KeyRange, Records, Scan, SqliteRecords};
use tempfile::TempDir;
use tokens::{
    AccessTokenClaims, Checked, IdTokenClaims, Issuers, PublicKey, verify_access_token,
    verify_id_token,
};
use types::{Clock, ManualClock, RequestId, SecretString, SeededEntropy, Timestamp, Uuid};
use wire::{
    Fault,
    cognito_idp::{
        AdminCreateUserRequest, AttributeType, AuthFlowType, AuthenticationResultType,
        CreateGroupRequest, CreateUserPoolClientRequest, CreateUserPoolRequest,
        ExplicitAuthFlowsType as Flow, MessageActionType,
    },
};

use crate::{
    Parts, UserPools,
    client_settings::ClientSettings,
    error::UserPoolsError,
    sign_in::{Outcome, Surface},
};

const PASSWORD: &str = "Correct1!";

/// A service over a directory of its own, whose clock stands until it is moved.
pub(crate) struct World {
    pub(crate) pools: UserPools,
    clock: Arc<ManualClock>,
    authority: OwnerAuthority,
    directory: Directory,
    records: Arc<dyn Records>,
    folder: TempDir,
}

/// A pool and a client of it.
struct Place {
    key: UserPoolKey,
    pool: UserPool,
    client: UserPoolClient,
    secret: Option<SecretString>,
}

impl World {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::at(Timestamp::from_second(1_700_000_000).unwrap()));
        let file = folder.path().join("directory.db");
        let records = SqliteRecords::open(&file, directory::SPACES, clock.clone()).unwrap();
        let records: Arc<dyn Records> = Arc::new(records);
        let (directory, authority) = Directory::open(records.clone());
        let entropy = Arc::new(SeededEntropy::new(1));
        let pools = UserPools::new(Parts {
            directory: directory.clone(),
            ring: Arc::new(KeyRing::generate(&*entropy).unwrap()),
            clock: clock.clone(),
            entropy,
            issuers: Issuers::PublicUrl("http://localhost:4566".to_owned()),
            public_url: "http://localhost:4566".to_owned(),
            workers: Arc::new(workers::Workers::for_this_machine()),
        });
        Self { pools, clock, authority, directory, records, folder }
    }

    fn owner(&self, account: &str, region: &str) -> Owner {
        self.authority.owner(account.parse().unwrap(), region.parse().unwrap())
    }

    /// Does the background work that is due, and says how many jobs that were. None may fail.
    async fn background_work(&self) -> usize {
        let runner = Runner::new(self.records.clone(), self.clock.clone());
        let ran = self.directory.register(runner).run_due(self.clock.now()).await.unwrap();
        assert_eq!(ran.failed, 0);
        ran.done
    }

    /// In which tables something lies under keys that begin so, index entries too.
    async fn tables_with(&self, within: &Key) -> Vec<&'static str> {
        let mut tables = Vec::new();
        for space in directory::SPACES {
            let scan = Scan::new(*space, KeyRange::within(within), 1);
            if !self.records.scan(scan).await.unwrap().entries.is_empty() {
                tables.push(space.name());
            }
        }
        tables
    }

    async fn pool(&self, input: CreateUserPoolRequest) -> (UserPoolKey, UserPool) {
        let input = CreateUserPoolRequest { pool_name: "people".to_owned(), ..input };
        let owner = self.owner("123456789012", "us-east-1");
        self.pools.create_user_pool(owner, input).await.unwrap()
    }

    /// A pool with a client that has these flows and further settings.
    async fn place(&self, flows: &[Flow], input: CreateUserPoolClientRequest) -> Place {
        let (key, pool) = self.pool(CreateUserPoolRequest::default()).await;
        let input = CreateUserPoolClientRequest {
            client_name: "web".to_owned(),
            explicit_auth_flows: Some(flows.to_vec()),
            ..input
        };
        let (client, secret) = self.pools.create_user_pool_client(&key, input).await.unwrap();
        Place { key, pool, client, secret }
    }

    /// A pool with a client without a secret that signs in by password and refreshes.
    async fn plain_place(&self) -> Place {
        let flows = [Flow::AllowUserPasswordAuth, Flow::AllowRefreshTokenAuth];
        self.place(&flows, CreateUserPoolClientRequest::default()).await
    }

    /// A confirmed user.
    async fn user(&self, place: &Place, name: &str) {
        self.create_user(&place.key, name, &[]).await.unwrap();
        let password = PASSWORD.into();
        self.pools.admin_set_user_password(&place.key, name, password, true).await.unwrap();
    }

    async fn user_password(&self, place: &Place, name: &str, password: &str) {
        let pools = &self.pools;
        pools.admin_set_user_password(&place.key, name, password.into(), true).await.unwrap();
    }

    /// One more client of the pool, without a secret.
    async fn another_client(&self, place: &Place, flows: &[Flow]) -> UserPoolClient {
        let input = CreateUserPoolClientRequest {
            client_name: "other".to_owned(),
            explicit_auth_flows: Some(flows.to_vec()),
            ..CreateUserPoolClientRequest::default()
        };
        self.pools.create_user_pool_client(&place.key, input).await.unwrap().0
    }

    async fn create_user(
        &self,
        pool: &UserPoolKey,
        name: &str,
        attributes: &[(&str, &str)],
    ) -> Result<directory::User, UserPoolsError> {
        let attribute = |(name, value): &(&str, &str)| AttributeType {
            name: (*name).to_owned(),
            value: Some((*value).into()),
        };
        let input = AdminCreateUserRequest {
            username: name.into(),
            message_action: Some(MessageActionType::Suppress),
            user_attributes: Some(attributes.iter().map(attribute).collect()),
            ..AdminCreateUserRequest::default()
        };
        self.pools.admin_create_user(pool, &input).await.map(|invited| invited.user)
    }

    async fn group(&self, pool: &UserPoolKey, name: &str, precedence: i32, role: Option<&str>) {
        let input = CreateGroupRequest {
            group_name: name.to_owned(),
            precedence: Some(precedence),
            ..CreateGroupRequest::default()
        };
        let role = role.map(|role| format!("arn:aws:iam::123456789012:role/{role}"));
        let role = role.map(|role| role.parse().unwrap());
        self.pools.create_group(pool, input, role).await.unwrap();
    }

    async fn try_sign_in(
        &self,
        place: &Place,
        flow: AuthFlowType,
        parameters: &[(&str, &str)],
    ) -> Result<Outcome, UserPoolsError> {
        let parameter = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).into());
        let parameters: BTreeMap<String, SecretString> = parameters.iter().map(parameter).collect();
        let (key, id) = (place.key.clone(), &place.client.id);
        self.pools.sign_in(Surface::Application, key, id, flow, parameters).await
    }

    /// Signs in by password, without a secret hash.
    async fn by_password(
        &self,
        place: &Place,
        name: &str,
        password: &str,
    ) -> Result<Outcome, UserPoolsError> {
        let parameters = [("USERNAME", name), ("PASSWORD", password)];
        self.try_sign_in(place, AuthFlowType::UserPasswordAuth, &parameters).await
    }

    async fn id_claims(&self, place: &Place, token: &SecretString) -> Checked<IdTokenClaims> {
        let keys = self.keys(&place.key).await;
        let issuer = format!("http://localhost:4566/{}", place.key.id);
        let now = self.clock.now();
        verify_id_token(token.expose(), &keys, &issuer, &[&place.client.id], now).unwrap()
    }

    async fn access_claims(
        &self,
        place: &Place,
        token: &SecretString,
    ) -> Checked<AccessTokenClaims> {
        let keys = self.keys(&place.key).await;
        let issuer = format!("http://localhost:4566/{}", place.key.id);
        verify_access_token(token.expose(), &keys, &issuer, self.clock.now()).unwrap()
    }

    async fn keys(&self, pool: &UserPoolKey) -> Vec<PublicKey> {
        let set = self.pools.json_web_key_set(pool).await.unwrap();
        set.keys.iter().map(|key| PublicKey::from_jwk(key).unwrap()).collect()
    }
}

/// A pool as it is made by default.
pub(crate) fn a_pool() -> UserPool {
    UserPool {
        id: "us-east-1_abc".parse().unwrap(),
        name: "people".to_owned(),
        password_policy: crate::password_policy::policy(None, None).unwrap(),
        case_sensitive: true,
        admin_create_user_only: false,
        deletion_protection: false,
        sign_in_names: SignInNames::default(),
        schema: Vec::new(),
        auto_verified: Vec::new(),
        verified_before_update: Vec::new(),
        account_recovery: Vec::new(),
        messages: directory::Messages::default(),
        email: directory::EmailSender::default(),
        tier: directory::UserPoolTier::default(),
        domain: None,
        tags: BTreeMap::new(),
        created: Timestamp::UNIX_EPOCH,
        last_modified: Timestamp::UNIX_EPOCH,
    }
}

/// A client as it is made by default.
pub(crate) fn a_client() -> UserPoolClient {
    let settings = ClientSettings::try_from(CreateUserPoolClientRequest::default()).unwrap();
    let (id, name) = ("1example23456789".to_owned(), "web".to_owned());
    settings.client(&a_pool(), id, name, None, Timestamp::UNIX_EPOCH).unwrap()
}

/// A confirmed user about whom nothing is known.
pub(crate) fn a_user(name: &str) -> User {
    User {
        username: name.to_owned(),
        sub: Uuid::random(&SeededEntropy::new(1)),
        attributes: BTreeMap::new(),
        aliases: BTreeSet::new(),
        unverified: BTreeMap::new(),
        enabled: true,
        status: UserStatus::Confirmed,
        password: None,
        former_passwords: Vec::new(),
        failures: None,
        signed_out: None,
        srp: None,
        created: Timestamp::UNIX_EPOCH,
        last_modified: Timestamp::UNIX_EPOCH,
    }
}

/// Root of the account that pools are made in.
pub(crate) fn caller() -> Caller {
    Caller {
        principal: Principal::Root("123456789012".parse().unwrap()),
        access_key_id: None,
        region: "us-east-1".parse().unwrap(),
        request_id: RequestId::random(&SeededEntropy::new(1)),
        source_ip: None,
        secure_transport: false,
        user_agent: None,
        referer: None,
        content_sha256: None,
        signature: SignatureKind::Header(SignatureVersion::Four),
        signed_at: None,
        called_via: Vec::new(),
    }
}

/// The tokens of a sign-in that must have succeeded.
fn signed_in(outcome: Result<Outcome, UserPoolsError>) -> AuthenticationResultType {
    match outcome {
        Ok(Outcome::SignedIn(result)) => result,
        Ok(Outcome::Challenge { name, .. }) => panic!("{} is asked for", name.as_str()),
        Err(error) => panic!("{error}"),
    }
}

/// The code and message of an operation that must have failed.
fn refused<T>(outcome: Result<T, UserPoolsError>) -> (&'static str, String) {
    match outcome {
        Ok(_) => panic!("it was not refused"),
        Err(error) => {
            let fault = Fault::from(error);
            (fault.code(), fault.message().to_owned())
        }
    }
}
