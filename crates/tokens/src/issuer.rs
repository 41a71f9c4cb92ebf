use types::UserPoolId;

/// Under which names user pools issue their tokens: one setting for all of them, which whoever
/// issues and whoever checks must share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Issuers {
    /// `PUBLIC-URL/POOL`, where their keys and metadata are found. Without a slash at its end.
    PublicUrl(String),
    /// `https://cognito-idp.REGION.amazonaws.com/POOL`, as on AWS.
    Aws,
}

impl Issuers {
    /// The `iss` of this pool's tokens.
    ///
    /// ```
    /// let pool = "us-east-1_aB3dE6gH9".parse()?;
    /// let issuers = tokens::Issuers::PublicUrl("http://localhost:4566".to_owned());
    /// assert_eq!(issuers.issuer(&pool), "http://localhost:4566/us-east-1_aB3dE6gH9");
    /// assert_eq!(
    ///     tokens::Issuers::Aws.issuer(&pool),
    ///     "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_aB3dE6gH9"
    /// );
    /// # Ok::<(), types::Malformed>(())
    /// ```
    #[must_use]
    pub fn issuer(&self, pool: &UserPoolId) -> String {
        match self {
            Self::PublicUrl(url) => format!("{url}/{pool}"),
            Self::Aws => format!("https://{}", pool.provider_name()),
        }
    }

    /// What clients call this pool as a login's provider that know nothing of it but a token: the issuer
    /// without its scheme. On AWS that is the provider's name.
    ///
    /// ```
    /// let pool = "us-east-1_aB3dE6gH9".parse()?;
    /// let issuers = tokens::Issuers::PublicUrl("http://localhost:4566".to_owned());
    /// assert_eq!(issuers.login_name(&pool), "localhost:4566/us-east-1_aB3dE6gH9");
    /// assert_eq!(tokens::Issuers::Aws.login_name(&pool), pool.provider_name());
    /// # Ok::<(), types::Malformed>(())
    /// ```
    #[must_use]
    pub fn login_name(&self, pool: &UserPoolId) -> String {
        let issuer = self.issuer(pool);
        issuer.split_once("://").map_or(issuer.as_str(), |(_, rest)| rest).to_owned()
    }
}
