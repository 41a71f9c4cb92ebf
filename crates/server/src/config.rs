//! `cloakroom.toml`: only what the process needs. Resources come by AWS's own calls.

use std::{
    net::{IpAddr, SocketAddr},
    ops::Range,
    path::PathBuf,
};

use serde::Deserialize;
use types::{AccountId, Region};

/// What a server needs to know before it starts.
#[derive(Debug, Clone, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The address to listen on. Default `127.0.0.1:4566`; port 0 lets the system choose.
    pub listen: SocketAddr,
    /// Where everything is kept. Default `cloakroom-data`.
    pub data_dir: PathBuf,
    /// How clients reach the server, as scheme and authority. Default: `http://` and the bound
    /// address. Token issuers and discovery documents are made of it, never of a request.
    pub public_url: Option<String>,
    /// Under which name user pools issue their tokens. Default `"public-url"`.
    pub issuer: Issuer,
    /// The region of requests that name none. Default `us-east-1`.
    pub region: Region,
    /// A PostgreSQL connection URL: records go there instead of into the data directory, so that
    /// several nodes share them.
    pub postgres: Option<String>,
    /// A key ring file to use instead of the data directory's: several nodes share one ring.
    pub key_ring: Option<PathBuf>,
    /// Serve other than loopback addresses without TLS.
    pub insecure: bool,
    /// How long running requests may take after a stop was asked for, in seconds. Default 10.
    pub stop_seconds: u32,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub trusted_proxies: Vec<IpAddr>,
}

/// The form of the issuer in user pools' tokens. It is part of every token, so a change ends those
/// that were given out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Issuer {
    /// `PUBLIC_URL/POOL_ID`, where the keys and the metadata are found.
    #[default]
    PublicUrl,
    /// `https://cognito-idp.REGION.amazonaws.com/POOL_ID`, as on AWS: for applications that insist
    /// on it and are given the keys in another way.
    Aws,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from(([127, 0, 0, 1], 4566)),
            data_dir: PathBuf::from("cloakroom-data"),
            public_url: None,
            issuer: Issuer::default(),
            region: default_region(),
            postgres: None,
            key_ring: None,
            insecure: false,
            stop_seconds: 10,
            trusted_proxies: Vec::new(),
        }
    }
}

#[expect(clippy::expect_used, reason = "the literal is a region name; a test parses it")]
fn default_region() -> Region {
    "us-east-1".parse().expect("a region name")
}

/// The account that root credentials at start are for, unless another is configured.
#[expect(clippy::expect_used, reason = "the literal is an account id; a test parses it")]
pub(crate) fn default_account() -> AccountId {
    "123456789012".parse().expect("an account id")
}

/// A configuration that is not one, and where.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: {message}\n  {text}")]
pub struct ConfigError {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// What is wrong.
    pub message: String,
    /// The line itself.
    pub text: String,
}

impl Config {
    /// Reads the text of a `cloakroom.toml`.
    ///
    /// # Errors
    /// Unknown keys and wrong values, with line and column.
    pub fn parse(text: &str) -> Result<Self, ConfigError> {
        toml::from_str(text)
            .map_err(|error| locate(text, error.span().unwrap_or(0..0), error.message().to_owned()))
    }
}

fn locate(text: &str, span: Range<usize>, message: String) -> ConfigError {
    let before = text.get(..span.start).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
    let text = text.lines().nth(line - 1).unwrap_or("").to_owned();
    ConfigError { line, column, message, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_file_is_the_default() {
        let config = Config::parse("").unwrap();
        assert_eq!(config.listen.port(), 4566);
        assert_eq!(config.region.as_str(), "us-east-1");
        assert_eq!(default_account().as_str(), "123456789012");
    }

    #[test]
    fn an_unknown_key_is_an_error_with_its_place() {
        let error = Config::parse("region = \"eu-west-1\"\nlisten_on = \"x\"\n").unwrap_err();
        assert_eq!((error.line, error.column), (2, 1));
        assert_eq!(error.text, "listen_on = \"x\"");
        assert!(error.message.contains("listen_on"), "{}", error.message);
    }

    #[test]
    fn the_documented_example_is_read() {
        let page = include_str!("../../../docs/configuration.md");
        let (_, rest) = page.split_once("```toml\n").unwrap();
        let (example, _) = rest.split_once("```").unwrap();
        let config = Config::parse(example).unwrap();
        assert_eq!(config.listen, Config::default().listen);
        assert_eq!(config.trusted_proxies.len(), 1);
    }

    #[test]
    fn the_issuer_is_ours_or_as_on_aws() {
        assert_eq!(Config::parse("").unwrap().issuer, Issuer::PublicUrl);
        assert_eq!(Config::parse("issuer = \"aws\"").unwrap().issuer, Issuer::Aws);
        assert!(Config::parse("issuer = \"mine\"").unwrap_err().message.contains("mine"));
    }

    #[test]
    fn a_wrong_value_is_an_error_with_its_place() {
        let error = Config::parse("region = \"Frankfurt am Main\"\n").unwrap_err();
        assert_eq!((error.line, error.column), (1, 10));
    }
}
