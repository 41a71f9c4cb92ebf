//! The AWS profiles of root, admin and user, so that any client can be used from another terminal.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::system::{Person, System};
use crate::{
    aws::{Credentials, Endpoint},
    private_file::{self, WriteError},
    refresh_cache,
};

/// The files that were written, all with mode 0600.
pub(crate) struct Profiles {
    pub(crate) config: PathBuf,
    pub(crate) credentials: PathBuf,
    /// Names, ids, the client's secret and the users' passwords, for an application to be tried.
    pub(crate) summary: PathBuf,
}

impl Profiles {
    /// Writes them into `directory`, which has to be absolute: profiles are used from anywhere.
    pub(crate) fn write(
        directory: &Path,
        program: &Path,
        endpoint: &Endpoint,
        root: &Credentials,
        system: &System,
    ) -> Result<Self, WriteError> {
        let profiles = Self {
            config: directory.join("config"),
            credentials: directory.join("credentials"),
            summary: directory.join("demo.json"),
        };
        let client_secret = directory.join("client-secret");
        private_file::write(&client_secret, system.pool.client_secret.expose())?;
        let region = system.pool.id.region();
        let mut config = format!("[profile root]\nregion = {region}\nendpoint_url = {endpoint}\n");
        for person in [&system.admin, &system.user] {
            let cache = directory.join("cache").join(person.name);
            let client_id = &system.pool.client_id;
            refresh_cache::write(&cache, client_id, person.name, &person.refresh_token)?;
            let process = [
                &*program.to_string_lossy(),
                "credentials",
                "--user",
                person.name,
                "--user-pool-id",
                system.pool.id.as_str(),
                "--client-id",
                client_id,
                "--client-secret-file",
                &*client_secret.to_string_lossy(),
                "--identity-pool-id",
                &system.identity_pool_id,
                "--endpoint-url",
                &endpoint.to_string(),
                "--cache",
                &*cache.to_string_lossy(),
            ]
            .map(quoted)
            .join(" ");
            config.extend([
                format!("\n[profile {}]\n", person.name),
                format!("region = {region}\nendpoint_url = {endpoint}\n"),
                format!("credential_process = {process}\n"),
            ]);
        }
        private_file::write(&profiles.config, &config)?;
        let keys = format!(
            "[root]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
            root.access_key_id,
            root.secret_access_key.expose()
        );
        private_file::write(&profiles.credentials, &keys)?;
        let summary = format!("{:#}\n", summary(endpoint, system));
        private_file::write(&profiles.summary, &summary)?;
        Ok(profiles)
    }
}

fn summary(endpoint: &Endpoint, system: &System) -> Value {
    let person = |person: &Person| {
        json!({
            "name": person.name,
            "password": person.password.expose(),
            "identityId": person.identity_id,
            "roleArn": person.role.arn,
            "file": person.key("data.txt"),
        })
    };
    json!({
        "endpoint": endpoint.to_string(),
        "region": system.pool.id.region(),
        "bucket": system.bucket,
        "userPoolId": system.pool.id,
        "clientId": system.pool.client_id,
        "clientSecret": system.pool.client_secret.expose(),
        "identityPoolId": system.identity_pool_id,
        "users": [person(&system.admin), person(&system.user)],
    })
}

/// A word as shells and AWS's readers of `credential_process` take it for one.
pub(crate) fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-:=@+".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        word.to_owned()
    } else {
        // Within single quotes nothing has a meaning; a single quote itself goes between two pairs.
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    use types::SecretString;

    use super::*;
    use crate::{
        aws::{Environment, Surroundings},
        demo::{
            promise::NamesOfOthers,
            system::{Pool, Role},
        },
    };

    fn credentials(name: &str) -> Credentials {
        Credentials {
            access_key_id: format!("{name}-key"),
            secret_access_key: SecretString::new(format!("{name}-secret")),
            session_token: None,
            expiration: None,
        }
    }

    fn person(name: &'static str) -> Person {
        Person {
            name,
            password: SecretString::new(format!("{name}-password")),
            role: Role {
                arn: format!("arn:aws:iam::123456789012:role/{name}"),
                id: "AROA".to_owned(),
            },
            id_token: SecretString::from("h.p.s"),
            refresh_token: SecretString::new(format!("{name}-refresh")),
            identity_id: format!("us-east-1:{name}"),
            credentials: credentials(name),
        }
    }

    /// A system as a demo makes it.
    pub(crate) fn system() -> System {
        System {
            names: NamesOfOthers::Seen,
            bucket: "bucket".to_owned(),
            pool: Pool {
                id: "us-east-1_abcdefghi".parse().unwrap(),
                client_id: "client".to_owned(),
                client_secret: SecretString::from("client-secret-value"),
            },
            identity_pool_id: "us-east-1:pool".to_owned(),
            admin: person("admin"),
            user: person("user"),
            token_of_another_pool: SecretString::from("h.p.s"),
        }
    }

    fn all_files(directory: &Path) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { files.extend(all_files(&path)) } else { files.push(path) }
        }
        files
    }

    #[test]
    fn every_file_is_its_owner_s_alone() {
        let directory = tempfile::tempdir().unwrap();
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        let root = credentials("root");
        Profiles::write(directory.path(), Path::new("/c"), &endpoint, &root, &system()).unwrap();
        let files = all_files(directory.path());
        assert_eq!(files.len(), 6);
        for file in files {
            assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    /// The program is `echo`-like: it prints the credentials that its profile would.
    #[test]
    fn the_profiles_are_read_by_the_standard_chain_even_from_a_folder_with_spaces() {
        let directory = tempfile::tempdir().unwrap();
        let folder = directory.path().join("a 'b' \"$c\\");
        let program = directory.path().join("my cloakroom");
        let script = "#!/bin/sh\nprintf '{\"Version\":1,\"AccessKeyId\":\"%s\",\
                      \"SecretAccessKey\":\"%s\"}' \"$3\" \"$(cat \"$9\")\"\n";
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o700)).unwrap();
        let endpoint = "http://127.0.0.1:1".parse().unwrap();
        let root = credentials("root");
        let written = Profiles::write(&folder, &program, &endpoint, &root, &system()).unwrap();
        let environment = |name: &str| match name {
            "AWS_CONFIG_FILE" => Some(written.config.display().to_string()),
            "AWS_SHARED_CREDENTIALS_FILE" => Some(written.credentials.display().to_string()),
            _ => None,
        };
        let found = |profile: &str| {
            Surroundings::read(&Environment(&environment), None, Some(profile.to_owned())).unwrap()
        };
        assert_eq!(found("root").credentials.access_key_id, "root-key");
        assert_eq!(found("root").endpoint, endpoint);
        let admin = found("admin").credentials;
        assert_eq!(admin.access_key_id, "admin");
        assert_eq!(admin.secret_access_key.expose(), "client-secret-value");
    }
}
