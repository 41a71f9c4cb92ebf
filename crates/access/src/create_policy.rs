use std::{collections::BTreeMap, sync::Arc};

use directory::{Change, ManagedPolicy, ManagedPolicyKey, PolicyVersion};
use gate::{Access as List, Authorized, Caller, Need, On, Operation};
use types::{Arn, UniqueId, UniqueIdKind};
use wire::iam::{CreatePolicyRequest, CreatePolicyResponse};

use crate::{
    Access,
    documents::check_managed_policy,
    entities::owner,
    error::AccessError,
    managed_policies::described,
    names::{check_description, check_path, check_policy_name, tags},
};

/// [`CreatePolicy`](https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html)
pub(crate) struct CreatePolicy(pub(crate) Arc<Access>);

impl Operation for CreatePolicy {
    type Wire = wire::iam::CreatePolicy;
    type Error = AccessError;

    const ACCESS: List = List::Signed;

    fn needs(
        &self,
        caller: &Caller,
        input: &CreatePolicyRequest,
    ) -> Result<Vec<Need>, AccessError> {
        let path = input.path.as_deref().unwrap_or("/");
        check_policy_name(&input.policy_name)?;
        check_path(path)?;
        let account = caller.principal.account().ok_or(AccessError::NoAccount)?;
        let resource = format!("policy{path}{}", input.policy_name);
        let arn = Arn::new("iam", None, Some(&account), &resource);
        let tags = tags(input.tags.as_deref().unwrap_or_default())?;
        let mut actions = vec!["iam:CreatePolicy"];
        if !tags.is_empty() {
            actions.push("iam:TagPolicy");
        }
        let need = |action| Need::new(action, On::Own(arn.clone())).with_request_tags(&tags);
        Ok(actions.into_iter().map(need).collect())
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<CreatePolicyResponse, AccessError> {
        let owner = owner(&request)?;
        let policy = self.policy(request.input)?;
        let key = ManagedPolicyKey { owner: owner.clone(), name: policy.name.clone() };
        let mut change = Change::new();
        change.create(&key, &policy);
        // Nothing else is in this change, so a conflict means that the name is taken.
        self.0.directory.commit(change).await.map_err(|error| match error {
            directory::Error::Conflict => AccessError::PolicyExists(policy.name.clone()),
            error => error.into(),
        })?;
        Ok(CreatePolicyResponse { policy: Some(described(&policy, &owner, [0, 0])) })
    }
}

impl CreatePolicy {
    fn policy(&self, input: CreatePolicyRequest) -> Result<ManagedPolicy, AccessError> {
        let description = input.description.filter(|text| !text.is_empty());
        check_description(description.as_deref().unwrap_or_default())?;
        check_managed_policy(&input.policy_document)?;
        let created = self.0.clock.now();
        let version = PolicyVersion { document: input.policy_document, created };
        Ok(ManagedPolicy {
            name: input.policy_name,
            path: input.path.unwrap_or_else(|| "/".to_owned()),
            unique_id: UniqueId::random(UniqueIdKind::ManagedPolicy, &*self.0.entropy),
            created,
            updated: created,
            description,
            tags: tags(input.tags.as_deref().unwrap_or_default())?,
            versions: BTreeMap::from([(1, version)]),
            default_version: 1,
            next_version: 2,
        })
    }
}
