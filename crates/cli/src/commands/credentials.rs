use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use serde_json::{Value, json};
use types::{IdentityPoolId, Malformed, SecretString, UserPoolId};

use super::{Outcome, Verdict};
use crate::{
    aws::{
        CallError, Client, Credentials as AwsCredentials, Endpoint, Environment, JsonService,
        Surroundings, encode,
    },
    output::{complain, print},
    password, refresh_cache,
    serving::SystemClock,
    sign_in::{Tokens, exchange, initiate_auth, secret_hash},
    stack::operations::{Stack, Stacks},
};

/// Sign a user in and print credentials for the AWS command line
///
/// What is printed has the form that AWS's clients expect of a `credential_process`, so that a
/// profile with this command in it makes any of them work as that user. The password is asked for
/// once; the refresh token is kept in a file that only you can read, and used the next time.
///
/// Ends with 0 if there are credentials, 1 if they were refused, 2 if the command could not run.
#[derive(Debug, clap::Args)]
pub(crate) struct Credentials {
    /// The user's name
    #[arg(long, value_name = "NAME")]
    user: String,
    /// Take the ids that are not given from this stack's outputs `UserPoolId`, `UserPoolClientId`
    /// and `IdentityPoolId`, and the client's secret from the user pool
    ///
    /// The server is asked for them by whoever the environment or an AWS profile says.
    #[arg(long, value_name = "NAME")]
    stack: Option<String>,
    /// The AWS profile to ask about the stack with [default: the environment's credentials, or
    /// `AWS_PROFILE`]
    #[arg(long, value_name = "NAME", requires = "stack")]
    profile: Option<String>,
    /// The user pool the user is in
    #[arg(long, value_name = "ID", required_unless_present = "stack")]
    user_pool_id: Option<UserPoolId>,
    /// The user pool's client to sign in with, which allows `USER_PASSWORD_AUTH`
    #[arg(long, value_name = "ID", required_unless_present = "stack")]
    client_id: Option<String>,
    /// A file with the client's secret, if it has one
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The identity pool that gives out the credentials
    #[arg(long, value_name = "ID", required_unless_present = "stack")]
    identity_pool_id: Option<IdentityPoolId>,
    /// Read the password from standard input instead of asking for it
    #[arg(long)]
    password_stdin: bool,
    /// Keep the refresh token here [default: a file of its own under the user's cache directory]
    #[arg(long, value_name = "FILE")]
    cache: Option<PathBuf>,
    /// Where the server is
    #[arg(
        long,
        value_name = "URL",
        env = "AWS_ENDPOINT_URL",
        default_value = "http://127.0.0.1:4566"
    )]
    endpoint_url: Endpoint,
    /// Print JSON, as is always done
    #[arg(long, hide = true)]
    json: bool,
}

/// Why nobody could be asked for credentials.
#[derive(Debug, thiserror::Error)]
enum CredentialsError {
    #[error("{path} cannot be read: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("there is no stack {0}")]
    NoStack(String),
    #[error("the stack has no output {0}; say it with an option")]
    Output(&'static str),
    #[error(transparent)]
    Id(#[from] Malformed),
    #[error(
        "neither XDG_CACHE_HOME nor HOME is set; say with --cache where the refresh token goes"
    )]
    NoCache,
}

/// Where to sign in, and with what.
struct Target {
    user_pool_id: UserPoolId,
    client_id: String,
    client_secret: Option<SecretString>,
    identity_pool_id: IdentityPoolId,
}

impl Credentials {
    pub(crate) async fn run(self) -> Outcome {
        match self.obtain().await {
            Ok(credentials) => {
                print(&format!("{}\n", printed(&credentials)))?;
                Ok(Verdict::Yes)
            }
            Err(error) => match error.downcast_ref::<CallError>() {
                Some(refused @ (CallError::Refused { .. } | CallError::Challenge(_))) => {
                    complain(&format!("cloakroom: {refused}\n"));
                    Ok(Verdict::No)
                }
                _ => Err(error),
            },
        }
    }

    async fn obtain(&self) -> Result<AwsCredentials, Box<dyn std::error::Error>> {
        let target = match &self.stack {
            None => self.given(None)?,
            Some(stack) => {
                let environment = |name: &str| std::env::var(name).ok();
                let endpoint = Some(self.endpoint_url.clone());
                let Surroundings { endpoint, region, credentials } =
                    Surroundings::read(&Environment(&environment), endpoint, self.profile.clone())?;
                let client =
                    Client::new(endpoint, region, Arc::new(SystemClock)).signed_by(&credentials);
                self.of_stack(&client, stack).await?
            }
        };
        let region = target.user_pool_id.region().clone();
        let client = Client::new(self.endpoint_url.clone(), region, Arc::new(SystemClock));
        self.sign_in(&client, &target).await
    }

    /// The target as it is given, with a stack's outputs for what is not.
    fn given(&self, stack: Option<&Stack>) -> Result<Target, CredentialsError> {
        let output = |key: &'static str| {
            let value = stack.and_then(|stack| stack.output(key));
            value.ok_or(CredentialsError::Output(key))
        };
        let client_secret = match &self.client_secret_file {
            None => None,
            Some(path) => {
                let text = fs::read_to_string(path)
                    .map_err(|source| CredentialsError::File { path: path.clone(), source })?;
                Some(password::without_line_end(text))
            }
        };
        Ok(Target {
            user_pool_id: match &self.user_pool_id {
                Some(id) => id.clone(),
                None => output("UserPoolId")?.parse()?,
            },
            client_id: match &self.client_id {
                Some(id) => id.clone(),
                None => output("UserPoolClientId")?.to_owned(),
            },
            client_secret,
            identity_pool_id: match &self.identity_pool_id {
                Some(id) => id.clone(),
                None => output("IdentityPoolId")?.parse()?,
            },
        })
    }

    async fn of_stack(
        &self,
        client: &Client,
        name: &str,
    ) -> Result<Target, Box<dyn std::error::Error>> {
        let stack = Stacks(client).describe(name).await?;
        let stack = stack.ok_or_else(|| CredentialsError::NoStack(name.to_owned()))?;
        let mut target = self.given(Some(&stack))?;
        if target.client_secret.is_none() {
            let input = json!({ "UserPoolId": target.user_pool_id, "ClientId": target.client_id });
            let answer =
                client.json(JsonService::CognitoIdp, "DescribeUserPoolClient", input).await?;
            let secret = answer.pointer("/UserPoolClient/ClientSecret").and_then(Value::as_str);
            target.client_secret = secret.map(SecretString::from);
        }
        Ok(target)
    }

    async fn sign_in(
        &self,
        client: &Client,
        target: &Target,
    ) -> Result<AwsCredentials, Box<dyn std::error::Error>> {
        let cache = match &self.cache {
            Some(path) => path.clone(),
            None => self.default_cache(&target.client_id)?,
        };
        let tokens = match self.refreshed(client, target, &cache).await? {
            Some(tokens) => tokens,
            None => self.with_password(client, target).await?,
        };
        if let Some(refresh_token) = &tokens.refresh_token {
            refresh_cache::write(&cache, &target.client_id, &self.user, refresh_token)?;
        }
        let provider = target.user_pool_id.provider_name();
        let identity_pool_id = target.identity_pool_id.to_string();
        let (_, credentials) =
            exchange(client, &identity_pool_id, &provider, &tokens.id_token).await?;
        Ok(credentials)
    }

    /// Tokens by the refresh token of the last sign-in, if there is one that is still good.
    async fn refreshed(
        &self,
        client: &Client,
        target: &Target,
        cache: &Path,
    ) -> Result<Option<Tokens>, Box<dyn std::error::Error>> {
        let kept = refresh_cache::read(cache, &target.client_id, &self.user)
            .map_err(|source| CredentialsError::File { path: cache.to_owned(), source })?;
        let Some(kept) = kept else { return Ok(None) };
        let parameters = self.parameters(target, "REFRESH_TOKEN", &kept);
        match initiate_auth(client, &target.client_id, "REFRESH_TOKEN_AUTH", parameters).await {
            Ok(tokens) => Ok(Some(tokens)),
            Err(CallError::Refused { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn with_password(
        &self,
        client: &Client,
        target: &Target,
    ) -> Result<Tokens, Box<dyn std::error::Error>> {
        let password = if self.password_stdin {
            password::read(io::stdin())?
        } else {
            password::ask(&self.user)?
        };
        let mut parameters = self.parameters(target, "PASSWORD", &password);
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.insert("USERNAME".to_owned(), json!(self.user));
        }
        Ok(initiate_auth(client, &target.client_id, "USER_PASSWORD_AUTH", parameters).await?)
    }

    /// A secret under its name, and the client's proof if the client has a secret.
    fn parameters(&self, target: &Target, name: &str, secret: &SecretString) -> Value {
        let mut parameters = json!({ name: secret.expose() });
        if let (Some(secret), Some(parameters)) =
            (&target.client_secret, parameters.as_object_mut())
        {
            let hash = secret_hash(&target.client_id, secret, &self.user);
            parameters.insert("SECRET_HASH".to_owned(), json!(hash));
        }
        parameters
    }

    /// One file for each client and user, under the XDG Base Directory Specification's cache.
    fn default_cache(&self, client_id: &str) -> Result<PathBuf, CredentialsError> {
        let directory = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        directory("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(directory("HOME")?).join(".cache")))
            .map(|cache| {
                let file = format!("{}.{}", encode(client_id), encode(&self.user));
                cache.join("cloakroom").join(file)
            })
            .ok_or(CredentialsError::NoCache)
    }
}

/// Source: AWS SDKs and Tools Reference, *Process credential provider*.
fn printed(credentials: &AwsCredentials) -> Value {
    json!({
        "Version": 1,
        "AccessKeyId": credentials.access_key_id,
        "SecretAccessKey": credentials.secret_access_key.expose(),
        "SessionToken": credentials.session_token.as_ref().map(SecretString::expose),
        "Expiration": credentials.expiration.map(|expiration| expiration.to_string()),
    })
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;
    use types::{ManualClock, Timestamp};

    use super::*;
    use crate::aws::scripted_server::{Received, ScriptedServer};

    #[derive(clap::Parser)]
    struct Command {
        #[command(flatten)]
        credentials: Credentials,
    }

    /// A cache with a refresh token in it, and a server with these answers.
    struct Setting {
        directory: tempfile::TempDir,
        server: ScriptedServer,
    }

    impl Setting {
        fn new(answers: &[(u16, &str)]) -> Self {
            let directory = tempfile::tempdir().unwrap();
            fs::write(directory.path().join("secret"), "s3cret\n").unwrap();
            let cache = directory.path().join("cache");
            refresh_cache::write(&cache, "client", "admin", &SecretString::from("old")).unwrap();
            Self { directory, server: ScriptedServer::start(answers) }
        }

        fn cache(&self) -> PathBuf {
            self.directory.path().join("cache")
        }

        fn command(&self) -> (Credentials, Client) {
            let secret = self.directory.path().join("secret");
            let endpoint = &self.server.endpoint;
            let command = Command::parse_from([
                "credentials",
                "--user=admin",
                "--user-pool-id=us-east-1_abcdefghi",
                "--client-id=client",
                &format!("--client-secret-file={}", secret.display()),
                "--identity-pool-id=us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e",
                &format!("--endpoint-url={endpoint}"),
                &format!("--cache={}", self.cache().display()),
            ]);
            let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
            let region = "us-east-1".parse().unwrap();
            (command.credentials, Client::new(endpoint.clone(), region, clock))
        }
    }

    fn body(received: &Received) -> Value {
        serde_json::from_str(&received.body).unwrap()
    }

    #[tokio::test]
    async fn a_kept_refresh_token_is_exchanged_without_a_password() {
        let setting = Setting::new(&[
            (200, r#"{"AuthenticationResult": {"IdToken": "h.p.s"}}"#),
            (200, r#"{"IdentityId": "us-east-1:i"}"#),
            (
                200,
                r#"{"Credentials": {"AccessKeyId": "A", "SecretKey": "S", "SessionToken": "T"}}"#,
            ),
        ]);
        let (command, client) = setting.command();
        let target = command.given(None).unwrap();
        let credentials = command.sign_in(&client, &target).await.unwrap();
        assert_eq!(credentials.access_key_id, "A");
        let received = setting.server.received();
        let sign_in = body(&received[0]);
        assert_eq!(sign_in["AuthFlow"], "REFRESH_TOKEN_AUTH");
        assert_eq!(sign_in["AuthParameters"]["REFRESH_TOKEN"], "old");
        let proof = secret_hash("client", &SecretString::from("s3cret"), "admin");
        assert_eq!(sign_in["AuthParameters"]["SECRET_HASH"], proof);
        let login = "/Logins/cognito-idp.us-east-1.amazonaws.com~1us-east-1_abcdefghi";
        assert_eq!(body(&received[2]).pointer(login).unwrap(), "h.p.s");
        assert!(received[2].head.contains("AWSCognitoIdentityService.GetCredentialsForIdentity"));
    }

    #[tokio::test]
    async fn a_refused_refresh_token_leads_back_to_the_password() {
        let setting = Setting::new(&[(400, r#"{"__type": "NotAuthorizedException"}"#)]);
        let (command, client) = setting.command();
        let target = command.given(None).unwrap();
        let tokens = command.refreshed(&client, &target, &setting.cache()).await.unwrap();
        assert!(tokens.is_none());
    }

    #[tokio::test]
    async fn a_new_refresh_token_takes_the_old_one_s_place() {
        let setting = Setting::new(&[
            (200, r#"{"AuthenticationResult": {"IdToken": "h.p.s", "RefreshToken": "new"}}"#),
            (400, r#"{"__type": "NotAuthorizedException"}"#),
        ]);
        let (command, client) = setting.command();
        let target = command.given(None).unwrap();
        let error = command.sign_in(&client, &target).await.unwrap_err();
        assert!(error.to_string().contains("GetId was refused: NotAuthorizedException"), "{error}");
        let kept = refresh_cache::read(&setting.cache(), "client", "admin").unwrap();
        assert_eq!(kept.unwrap().expose(), "new");
    }

    #[tokio::test]
    async fn a_challenge_is_named() {
        let setting = Setting::new(&[(200, r#"{"ChallengeName": "NEW_PASSWORD_REQUIRED"}"#)]);
        let (command, client) = setting.command();
        let target = command.given(None).unwrap();
        let error = command.sign_in(&client, &target).await.unwrap_err();
        assert!(error.to_string().contains("NEW_PASSWORD_REQUIRED"), "{error}");
    }

    #[tokio::test]
    async fn a_stack_s_outputs_say_what_is_not_given() {
        let stack = "<DescribeStacksResponse><DescribeStacksResult><Stacks><member><Outputs>\
            <member><OutputKey>UserPoolId</OutputKey><OutputValue>us-east-1_other</OutputValue>\
            </member><member><OutputKey>UserPoolClientId</OutputKey><OutputValue>own</OutputValue>\
            </member><member><OutputKey>IdentityPoolId</OutputKey><OutputValue>\
            us-east-1:0f8fad5b-d9cb-469f-a165-70867728950e</OutputValue></member></Outputs>\
            </member></Stacks></DescribeStacksResult></DescribeStacksResponse>";
        let server = ScriptedServer::start(&[
            (200, stack),
            (200, r#"{"UserPoolClient": {"ClientSecret": "s3cret"}}"#),
        ]);
        let command = |more: &[&str]| {
            Command::parse_from([&["credentials", "--user=admin", "--stack=s"], more].concat())
                .credentials
        };
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let client = Client::new(server.endpoint.clone(), "us-east-1".parse().unwrap(), clock);
        let command = command(&["--user-pool-id=us-east-1_abcdefghi"]);
        let target = command.of_stack(&client, "s").await.unwrap();
        assert_eq!(target.user_pool_id.as_str(), "us-east-1_abcdefghi");
        assert_eq!(target.client_id, "own");
        assert_eq!(target.client_secret.unwrap().expose(), "s3cret");
        let described = body(&server.received()[1]);
        assert_eq!(described["UserPoolId"], "us-east-1_abcdefghi");
    }

    #[tokio::test]
    async fn a_stack_that_is_not_there_or_says_too_little_is_named() {
        let nothing = "<R><DescribeStacksResult><Stacks><member></member></Stacks>\
                       </DescribeStacksResult></R>";
        let server =
            ScriptedServer::start(&[(200, "<R><DescribeStacksResult/></R>"), (200, nothing)]);
        let command = Command::parse_from(["credentials", "--user=admin", "--stack=s"]).credentials;
        let clock = Arc::new(ManualClock::at(Timestamp::UNIX_EPOCH));
        let client = Client::new(server.endpoint.clone(), "us-east-1".parse().unwrap(), clock);
        for expected in ["there is no stack s", "no output UserPoolId"] {
            let error = command.of_stack(&client, "s").await.err().unwrap();
            assert!(error.to_string().contains(expected), "{error}");
        }
    }

    #[test]
    fn ids_are_given_or_a_stack() {
        assert!(Command::try_parse_from(["credentials", "--user=admin"]).is_err());
        assert!(Command::try_parse_from(["credentials", "--user=a", "--profile=p"]).is_err());
    }

    #[test]
    fn what_is_printed_is_a_credential_process_s_answer() {
        let credentials = AwsCredentials {
            access_key_id: "ASIA".to_owned(),
            secret_access_key: SecretString::from("secret"),
            session_token: Some(SecretString::from("token")),
            expiration: "2030-01-01T00:00:00Z".parse().ok(),
        };
        insta::assert_json_snapshot!(printed(&credentials));
    }
}
