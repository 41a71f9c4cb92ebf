use std::{
    fs::{self, File, OpenOptions},
    io::{self, BufRead as _, BufReader, Read as _, Write as _},
    path::{Path, PathBuf},
    sync::Arc,
};

use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use serde_json::{Value, json};
use types::{IdentityPoolId, SecretString, UserPoolId};

use super::{Outcome, Verdict};
use crate::{
    aws::{CallError, Client, Credentials as AwsCredentials, Endpoint, encode},
    output::{complain, print},
    refresh_cache,
    serving::SystemClock,
    sign_in::{Tokens, exchange, initiate_auth, secret_hash},
};

/// A password, with its line's end, is not longer than this.
const PASSWORD_BYTES_MAX: u64 = 1024;

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
    /// The user pool the user is in
    #[arg(long, value_name = "ID")]
    user_pool_id: UserPoolId,
    /// The user pool's client to sign in with, which allows `USER_PASSWORD_AUTH`
    #[arg(long, value_name = "ID")]
    client_id: String,
    /// A file with the client's secret, if it has one
    #[arg(long, value_name = "FILE")]
    client_secret_file: Option<PathBuf>,
    /// The identity pool that gives out the credentials
    #[arg(long, value_name = "ID")]
    identity_pool_id: IdentityPoolId,
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
    #[error("there is no terminal to ask for the password ({0}); use --password-stdin")]
    NoTerminal(io::Error),
    #[error("the password cannot be read: {0}")]
    Password(io::Error),
    #[error(
        "neither XDG_CACHE_HOME nor HOME is set; say with --cache where the refresh token goes"
    )]
    NoCache,
}

impl Credentials {
    pub(crate) async fn run(self) -> Outcome {
        let client = Client::new(
            self.endpoint_url.clone(),
            self.user_pool_id.region().clone(),
            Arc::new(SystemClock),
        );
        match self.sign_in(&client).await {
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

    async fn sign_in(&self, client: &Client) -> Result<AwsCredentials, Box<dyn std::error::Error>> {
        let cache = match &self.cache {
            Some(path) => path.clone(),
            None => self.default_cache()?,
        };
        let tokens = match self.refreshed(client, &cache).await? {
            Some(tokens) => tokens,
            None => self.with_password(client).await?,
        };
        if let Some(refresh_token) = &tokens.refresh_token {
            refresh_cache::write(&cache, &self.client_id, &self.user, refresh_token)?;
        }
        let provider = self.user_pool_id.provider_name();
        let identity_pool_id = self.identity_pool_id.to_string();
        let (_, credentials) =
            exchange(client, &identity_pool_id, &provider, &tokens.id_token).await?;
        Ok(credentials)
    }

    /// Tokens by the refresh token of the last sign-in, if there is one that is still good.
    async fn refreshed(
        &self,
        client: &Client,
        cache: &Path,
    ) -> Result<Option<Tokens>, Box<dyn std::error::Error>> {
        let kept = refresh_cache::read(cache, &self.client_id, &self.user)
            .map_err(|source| CredentialsError::File { path: cache.to_owned(), source })?;
        let Some(kept) = kept else { return Ok(None) };
        let parameters = self.parameters("REFRESH_TOKEN", &kept)?;
        match initiate_auth(client, &self.client_id, "REFRESH_TOKEN_AUTH", parameters).await {
            Ok(tokens) => Ok(Some(tokens)),
            Err(CallError::Refused { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    async fn with_password(&self, client: &Client) -> Result<Tokens, Box<dyn std::error::Error>> {
        let password = if self.password_stdin {
            let mut text = String::new();
            io::stdin()
                .take(PASSWORD_BYTES_MAX)
                .read_to_string(&mut text)
                .map_err(CredentialsError::Password)?;
            without_line_end(text)
        } else {
            ask_for_password(&self.user)?
        };
        let mut parameters = self.parameters("PASSWORD", &password)?;
        if let Some(parameters) = parameters.as_object_mut() {
            parameters.insert("USERNAME".to_owned(), json!(self.user));
        }
        Ok(initiate_auth(client, &self.client_id, "USER_PASSWORD_AUTH", parameters).await?)
    }

    /// A secret under its name, and the client's proof if the client has a secret.
    fn parameters(&self, name: &str, secret: &SecretString) -> Result<Value, CredentialsError> {
        let mut parameters = json!({ name: secret.expose() });
        if let (Some(path), Some(parameters)) =
            (&self.client_secret_file, parameters.as_object_mut())
        {
            let text = fs::read_to_string(path)
                .map_err(|source| CredentialsError::File { path: path.clone(), source })?;
            let hash = secret_hash(&self.client_id, &without_line_end(text), &self.user);
            parameters.insert("SECRET_HASH".to_owned(), json!(hash));
        }
        Ok(parameters)
    }

    /// One file for each client and user, under the XDG Base Directory Specification's cache.
    fn default_cache(&self) -> Result<PathBuf, CredentialsError> {
        let directory = |name| std::env::var_os(name).filter(|value| !value.is_empty());
        directory("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(directory("HOME")?).join(".cache")))
            .map(|cache| {
                let file = format!("{}.{}", encode(&self.client_id), encode(&self.user));
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

fn without_line_end(mut text: String) -> SecretString {
    text.truncate(text.trim_end_matches(['\r', '\n']).len());
    SecretString::new(text)
}

/// A terminal that shows nothing that is typed, until it is dropped.
struct Silenced {
    terminal: File,
    before: Termios,
}

impl Silenced {
    fn open() -> io::Result<Self> {
        let terminal = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
        let before = tcgetattr(&terminal)?;
        let mut silent = before.clone();
        silent.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Flush, &silent)?;
        Ok(Self { terminal, before })
    }
}

impl Drop for Silenced {
    fn drop(&mut self) {
        // A terminal that is gone needs no echo.
        let _ = tcsetattr(&self.terminal, OptionalActions::Now, &self.before);
    }
}

/// Asks on the terminal itself, so that standard output carries the answer alone.
fn ask_for_password(user: &str) -> Result<SecretString, CredentialsError> {
    let silenced = Silenced::open().map_err(CredentialsError::NoTerminal)?;
    let mut terminal = &silenced.terminal;
    let mut line = String::new();
    write!(terminal, "Password of {user}: ")
        .and_then(|()| BufReader::new(terminal.take(PASSWORD_BYTES_MAX)).read_line(&mut line))
        .and_then(|_| writeln!(terminal))
        .map_err(CredentialsError::Password)?;
    Ok(without_line_end(line))
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
        let credentials = command.sign_in(&client).await.unwrap();
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
        assert!(command.refreshed(&client, &setting.cache()).await.unwrap().is_none());
    }

    #[tokio::test]
    async fn a_new_refresh_token_takes_the_old_one_s_place() {
        let setting = Setting::new(&[
            (200, r#"{"AuthenticationResult": {"IdToken": "h.p.s", "RefreshToken": "new"}}"#),
            (400, r#"{"__type": "NotAuthorizedException"}"#),
        ]);
        let (command, client) = setting.command();
        let error = command.sign_in(&client).await.unwrap_err();
        assert!(error.to_string().contains("GetId was refused: NotAuthorizedException"), "{error}");
        let kept = refresh_cache::read(&setting.cache(), "client", "admin").unwrap();
        assert_eq!(kept.unwrap().expose(), "new");
    }

    #[tokio::test]
    async fn a_challenge_is_named() {
        let setting = Setting::new(&[(200, r#"{"ChallengeName": "NEW_PASSWORD_REQUIRED"}"#)]);
        let (command, client) = setting.command();
        let error = command.sign_in(&client).await.unwrap_err();
        assert!(error.to_string().contains("NEW_PASSWORD_REQUIRED"), "{error}");
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

    #[test]
    fn a_secret_loses_its_line_end_and_nothing_else() {
        for (text, secret) in [("a \n", "a "), ("a\r\n", "a"), ("a", "a"), ("\n", "")] {
            assert_eq!(without_line_end(text.to_owned()).expose(), secret);
        }
    }
}
