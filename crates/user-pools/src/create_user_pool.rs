use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use directory::{
    Alias, Change, Contact, EmailSender, Messages, Owner, SchemaAttribute, SignInNames, TokenKey,
    TokenKeyKey, TokenPurpose, UserPool, UserPoolKey, UserPoolTier,
};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use tokens::SigningKey;
use types::UserPoolId;
use wire::cognito_idp::{
    AliasAttributeType, CreateUserPoolRequest, CreateUserPoolResponse, UsernameAttributeType,
};

use crate::{
    UserPools, error::UserPoolsError, names::check_title, password_policy,
    pool_settings::PoolSettings, pool_shape, schema,
};

/// [`CreateUserPool`](https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_CreateUserPool.html)
pub(crate) struct CreateUserPool(pub(crate) Arc<UserPools>);

impl Operation for CreateUserPool {
    type Wire = wire::cognito_idp::CreateUserPool;
    type Error = UserPoolsError;

    const ACCESS: Access = Access::Signed;

    fn needs(
        &self,
        _: &Caller,
        input: &CreateUserPoolRequest,
    ) -> Result<Vec<Need>, UserPoolsError> {
        let tags = input.user_pool_tags.iter().flatten();
        let create = Need::new("cognito-idp:CreateUserPool", On::Everything);
        Ok(vec![create.with_request_tags(tags)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreateUserPoolResponse, UserPoolsError> {
        let owner = request.owner().ok_or(UserPoolsError::NoAccount)?;
        let (key, pool) = self.0.create_user_pool(owner, request.input).await?;
        Ok(CreateUserPoolResponse { user_pool: Some(pool_shape::described(&key, &pool)) })
    }
}

impl UserPools {
    pub(crate) async fn create_user_pool(
        &self,
        owner: Owner,
        input: CreateUserPoolRequest,
    ) -> Result<(UserPoolKey, UserPool), UserPoolsError> {
        let id = UserPoolId::random(owner.region(), &*self.entropy);
        let key = UserPoolKey { owner, id };
        let pool = self.pool_from(&key, input)?;
        let (id_key, access_key) = tokio::join!(
            self.workers.run(SigningKey::generate),
            self.workers.run(SigningKey::generate),
        );
        let mut change = Change::new();
        change.create(&key, &pool);
        for (purpose, signing) in
            [(TokenPurpose::IdToken, id_key??), (TokenPurpose::AccessToken, access_key??)]
        {
            let place = TokenKeyKey { owner: key.owner.clone(), pool: key.id.to_string(), purpose };
            let record =
                TokenKey::seal(&place, &signing, pool.created, &self.ring, &*self.entropy)?;
            change.create(&place, &record);
        }
        self.directory.commit(change).await?;
        Ok((key, pool))
    }

    fn pool_from(
        &self,
        key: &UserPoolKey,
        input: CreateUserPoolRequest,
    ) -> Result<UserPool, UserPoolsError> {
        check_title("poolName", &input.pool_name)?;
        let now = self.clock.now();
        let sign_in_names =
            sign_in_names(input.alias_attributes.as_deref(), input.username_attributes.as_deref())?;
        let schema = schema::of_new_pool(input.schema.as_deref().unwrap_or_default())?;
        check_preferred_username(&sign_in_names, &schema)?;
        let case_sensitive =
            input.username_configuration.as_ref().is_none_or(|given| given.case_sensitive);
        let new = UserPool {
            id: key.id.clone(),
            name: input.pool_name.clone(),
            sign_in_names,
            schema,
            case_sensitive,
            created: now,
            last_modified: now,
            domain: None,
            // The settings, which take the place of these.
            password_policy: password_policy::policy(None, None)?,
            admin_create_user_only: false,
            deletion_protection: false,
            auto_verified: Vec::new(),
            verified_before_update: Vec::new(),
            account_recovery: Vec::new(),
            messages: Messages::default(),
            email: EmailSender::default(),
            tier: UserPoolTier::default(),
            tags: BTreeMap::new(),
        };
        PoolSettings::try_from(input)?.applied(new)
    }
}

/// By which names users will sign in.
fn sign_in_names(
    aliases: Option<&[AliasAttributeType]>,
    addresses: Option<&[UsernameAttributeType]>,
) -> Result<SignInNames, UserPoolsError> {
    let (aliases, addresses) = (aliases.unwrap_or_default(), addresses.unwrap_or_default());
    if addresses.is_empty() {
        let alias = |alias: &AliasAttributeType| match alias {
            AliasAttributeType::Email => Alias::Email,
            AliasAttributeType::PhoneNumber => Alias::PhoneNumber,
            AliasAttributeType::PreferredUsername => Alias::PreferredUsername,
        };
        let aliases: BTreeSet<Alias> = aliases.iter().map(alias).collect();
        return Ok(SignInNames::Username(aliases.into_iter().collect()));
    }
    if !aliases.is_empty() {
        let message = "Only one of the aliasAttributes or usernameAttributes can be set in a user \
                       pool.";
        return Err(UserPoolsError::InvalidParameter(message.to_owned()));
    }
    let contact = |address: &UsernameAttributeType| match address {
        UsernameAttributeType::Email => Contact::Email,
        UsernameAttributeType::PhoneNumber => Contact::PhoneNumber,
    };
    let contacts: BTreeSet<Contact> = addresses.iter().map(contact).collect();
    Ok(SignInNames::Attributes(contacts.into_iter().collect()))
}

/// Who signs up cannot bring a preferred user name that is an alias, so it cannot be required.
fn check_preferred_username(
    names: &SignInNames,
    schema: &[SchemaAttribute],
) -> Result<(), UserPoolsError> {
    let is_alias = matches!(names, SignInNames::Username(aliases)
        if aliases.contains(&Alias::PreferredUsername));
    let is_required = schema.iter().any(|one| one.required && one.name == "preferred_username");
    if is_alias && is_required {
        let message = "preferred_username cannot be both required and an alias.";
        return Err(UserPoolsError::InvalidParameter(message.to_owned()));
    }
    Ok(())
}
