//! The standard credential chain: environment, then the shared files, then `credential_process`.
//!
//! Source: AWS SDKs and Tools Reference, *Standardized credential providers*. Instance and
//! container credentials are not asked for: this client speaks to Cloakroom.

use std::{
    fs, io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use types::{Malformed, Region, SecretString};

use super::{
    Credentials, Endpoint, EndpointError,
    credentials::ProcessCredentials,
    profile::{Kind, ProfileFile},
};

/// Where a server listens that was started without `--listen`.
const DEFAULT_ENDPOINT: &str = "http://127.0.0.1:4566";
const DEFAULT_REGION: &str = "us-east-1";

/// Environment variables, by name; an empty one counts as absent.
pub(crate) struct Environment<'a>(pub(crate) &'a dyn Fn(&str) -> Option<String>);

impl Environment<'_> {
    fn get(&self, name: &str) -> Option<String> {
        (self.0)(name).filter(|value| !value.is_empty())
    }
}

/// What the surroundings say about server and caller.
#[derive(Debug)]
pub(crate) struct Surroundings {
    pub(crate) endpoint: Endpoint,
    pub(crate) region: Region,
    pub(crate) credentials: Credentials,
}

/// Why the surroundings do not say it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ChainError {
    #[error(
        "no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE to a \
         profile that has them (looked for the profile {profile:?} in {config} and {credentials})",
        config = config.display(), credentials = credentials.display()
    )]
    NoCredentials { profile: String, config: PathBuf, credentials: PathBuf },
    #[error("AWS_ACCESS_KEY_ID is set, but AWS_SECRET_ACCESS_KEY is not")]
    NoSecret,
    #[error("{path}: {source}", path = path.display())]
    File { path: PathBuf, source: io::Error },
    #[error("the credential_process of the profile {profile:?} {reason}")]
    Process { profile: String, reason: String },
    #[error(transparent)]
    Endpoint(#[from] EndpointError),
    #[error(transparent)]
    Region(#[from] Malformed),
}

impl Surroundings {
    /// Reads environment and files; `endpoint` and `profile` are what the command line says.
    pub(crate) fn read(
        environment: &Environment<'_>,
        endpoint: Option<Endpoint>,
        profile: Option<String>,
    ) -> Result<Self, ChainError> {
        let home = PathBuf::from(environment.get("HOME").unwrap_or_default());
        let file = |variable: &str, name: &str| {
            environment.get(variable).map_or_else(|| home.join(".aws").join(name), PathBuf::from)
        };
        let config_path = file("AWS_CONFIG_FILE", "config");
        let credentials_path = file("AWS_SHARED_CREDENTIALS_FILE", "credentials");
        let config = read(&config_path, Kind::Config)?;
        let shared = read(&credentials_path, Kind::Credentials)?;
        // A profile named on the command line is meant more than a variable left in a shell.
        let chosen = profile.is_some();
        let profile = profile
            .or_else(|| environment.get("AWS_PROFILE"))
            .unwrap_or_else(|| "default".to_owned());
        let setting = |name: &str| {
            [&shared, &config].iter().find_map(|file| file.profile(&profile)?.get(name)).cloned()
        };

        let credentials = match (chosen, from_environment(environment)?) {
            (false, Some(credentials)) => credentials,
            _ => match (setting("aws_access_key_id"), setting("aws_secret_access_key")) {
                (Some(access_key_id), Some(secret)) => Credentials {
                    access_key_id,
                    secret_access_key: SecretString::new(secret),
                    session_token: setting("aws_session_token").map(SecretString::new),
                    expiration: None,
                },
                _ => match setting("credential_process") {
                    Some(command) => from_process(&profile, &command)?,
                    None => {
                        return Err(ChainError::NoCredentials {
                            profile,
                            config: config_path,
                            credentials: credentials_path,
                        });
                    }
                },
            },
        };
        let endpoint = match endpoint {
            Some(endpoint) => endpoint,
            None => environment
                .get("AWS_ENDPOINT_URL_STS")
                .or_else(|| environment.get("AWS_ENDPOINT_URL"))
                .or_else(|| setting("endpoint_url"))
                .as_deref()
                .unwrap_or(DEFAULT_ENDPOINT)
                .parse()?,
        };
        let region = environment
            .get("AWS_REGION")
            .or_else(|| environment.get("AWS_DEFAULT_REGION"))
            .or_else(|| setting("region"))
            .as_deref()
            .unwrap_or(DEFAULT_REGION)
            .parse()?;
        Ok(Self { endpoint, region, credentials })
    }
}

fn read(path: &Path, kind: Kind) -> Result<ProfileFile, ChainError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(ProfileFile::parse(&text, kind)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(ProfileFile::default()),
        Err(source) => Err(ChainError::File { path: path.to_owned(), source }),
    }
}

fn from_environment(environment: &Environment<'_>) -> Result<Option<Credentials>, ChainError> {
    let Some(access_key_id) = environment.get("AWS_ACCESS_KEY_ID") else { return Ok(None) };
    let secret = environment.get("AWS_SECRET_ACCESS_KEY").ok_or(ChainError::NoSecret)?;
    Ok(Some(Credentials {
        access_key_id,
        secret_access_key: SecretString::new(secret),
        session_token: environment.get("AWS_SESSION_TOKEN").map(SecretString::new),
        expiration: None,
    }))
}

fn from_process(profile: &str, command: &str) -> Result<Credentials, ChainError> {
    let failed = |reason: String| ChainError::Process { profile: profile.to_owned(), reason };
    let mut words = split_command(command).into_iter();
    let program = words.next().ok_or_else(|| failed("is empty".to_owned()))?;
    // Its standard error stays the terminal's, so that it can say what it needs.
    let output = Command::new(&program)
        .args(words)
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| failed(format!("could not be started ({program}: {error})")))?;
    if !output.status.success() {
        return Err(failed(format!("failed ({})", output.status)));
    }
    match serde_json::from_slice::<ProcessCredentials>(&output.stdout) {
        Ok(printed) if printed.version == 1 => Ok(printed.into()),
        // What it printed may be half a secret: it is not repeated.
        _ => Err(failed("printed something else than credentials of version 1".to_owned())),
    }
}

/// Splits a command into words: white space separates, quotes keep together, a backslash takes the
/// next character as it is. No shell is involved, so nothing is expanded.
fn split_command(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    let mut characters = command.chars();
    while let Some(character) = characters.next() {
        match (quote, character) {
            (Some(open), _) if character == open => quote = None,
            (None, '"' | '\'') => {
                quote = Some(character);
                word.get_or_insert_default();
            }
            (None | Some('"'), '\\') => word.get_or_insert_default().extend(characters.next()),
            (None, _) if character.is_whitespace() => words.extend(word.take()),
            _ => word.get_or_insert_default().push(character),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    struct Setting {
        directory: tempfile::TempDir,
        variables: HashMap<&'static str, String>,
    }

    impl Setting {
        fn new() -> Self {
            let directory = tempfile::tempdir().unwrap();
            let mut variables = HashMap::new();
            for (variable, name) in
                [("AWS_CONFIG_FILE", "config"), ("AWS_SHARED_CREDENTIALS_FILE", "credentials")]
            {
                variables.insert(variable, directory.path().join(name).display().to_string());
            }
            Self { directory, variables }
        }

        fn file(self, name: &str, text: &str) -> Self {
            fs::write(self.directory.path().join(name), text).unwrap();
            self
        }

        fn variable(mut self, name: &'static str, value: &str) -> Self {
            self.variables.insert(name, value.to_owned());
            self
        }

        fn read(&self) -> Result<Surroundings, ChainError> {
            Surroundings::read(&Environment(&|name| self.variables.get(name).cloned()), None, None)
        }
    }

    #[test]
    fn the_environment_comes_first() {
        let found = Setting::new()
            .file("credentials", "[default]\naws_access_key_id=F\naws_secret_access_key=FS\n")
            .variable("AWS_ACCESS_KEY_ID", "E")
            .variable("AWS_SECRET_ACCESS_KEY", "ES")
            .variable("AWS_SESSION_TOKEN", "ET")
            .variable("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
            .read()
            .unwrap();
        assert_eq!(found.credentials.access_key_id, "E");
        assert_eq!(found.credentials.secret_access_key.expose(), "ES");
        assert_eq!(found.credentials.session_token.unwrap().expose(), "ET");
        assert_eq!(found.endpoint.to_string(), "http://127.0.0.1:1");
        assert_eq!(found.region.as_str(), "us-east-1");
    }

    #[test]
    fn a_profile_named_on_the_command_line_comes_before_the_environment() {
        let setting = Setting::new()
            .file("credentials", "[root]\naws_access_key_id=F\naws_secret_access_key=FS\n")
            .variable("AWS_ACCESS_KEY_ID", "E")
            .variable("AWS_SECRET_ACCESS_KEY", "ES");
        let environment = |name: &str| setting.variables.get(name).cloned();
        let found = Surroundings::read(&Environment(&environment), None, Some("root".to_owned()));
        assert_eq!(found.unwrap().credentials.access_key_id, "F");
    }

    #[test]
    fn the_profile_says_key_endpoint_and_region() {
        let found = Setting::new()
            .file("config", "[profile p]\nregion=eu-west-1\nendpoint_url = http://h:2\n")
            .file("credentials", "[p]\naws_access_key_id=F\naws_secret_access_key=FS\n")
            .variable("AWS_PROFILE", "p")
            .read()
            .unwrap();
        assert_eq!(found.credentials.access_key_id, "F");
        assert_eq!(found.endpoint.to_string(), "http://h:2");
        assert_eq!(found.region.as_str(), "eu-west-1");
    }

    #[test]
    fn a_credential_process_is_run_and_its_output_read() {
        let printed = r#"{"Version": 1, "AccessKeyId": "P", "SecretAccessKey": "PS",
            "SessionToken": "PT", "Expiration": "2030-01-01T00:00:00Z"}"#;
        let setting = Setting::new().file("printed", printed);
        let path = setting.directory.path().join("printed").display().to_string();
        let config = format!("[default]\ncredential_process = cat \"{path}\"\n");
        let setting = setting.file("config", &config);
        let credentials = setting.read().unwrap().credentials;
        assert_eq!(credentials.access_key_id, "P");
        assert_eq!(credentials.expiration.unwrap().as_second(), 1_893_456_000);
    }

    #[test]
    fn what_a_failing_credential_process_prints_is_not_repeated() {
        for process in ["false", "echo hunter2", "/no/such/program", "\"\""] {
            let config = format!("[default]\ncredential_process = {process}\n");
            let error = Setting::new().file("config", &config).read().unwrap_err();
            assert!(matches!(error, ChainError::Process { .. }), "{process}: {error}");
            assert!(!error.to_string().contains("hunter2"));
        }
    }

    #[test]
    fn what_is_missing_is_named() {
        let error = Setting::new().variable("AWS_PROFILE", "nobody").read().unwrap_err();
        assert!(error.to_string().contains("\"nobody\""), "{error}");
        let error = Setting::new().variable("AWS_ACCESS_KEY_ID", "E").read().unwrap_err();
        assert!(matches!(error, ChainError::NoSecret));
    }

    #[test]
    fn commands_are_split_without_a_shell() {
        for (command, words) in [
            ("a b  c", vec!["a", "b", "c"]),
            ("'a b' \"c d\"e", vec!["a b", "c de"]),
            (r#"a\ b "c\"d" '\'"#, vec!["a b", "c\"d", "\\"]),
            ("a '' $HOME `x`", vec!["a", "", "$HOME", "`x`"]),
            ("", vec![]),
        ] {
            assert_eq!(split_command(command), words, "{command}");
        }
    }
}
