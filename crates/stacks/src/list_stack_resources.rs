use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{ListStackResourcesInput, ListStackResourcesOutput};

use crate::{
    Stacks,
    error::StackError,
    finding::{need, owner},
    not_served::refuse,
    shape,
};

/// [`ListStackResources`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStackResources.html)
///
/// All are on one page: a stack has at most 500.
pub(crate) struct ListStackResources(pub(crate) Arc<Stacks>);

impl Operation for ListStackResources {
    type Wire = wire::cloudformation::ListStackResources;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListStackResourcesInput) -> Result<Vec<Need>, StackError> {
        Ok(vec![need("cloudformation:ListStackResources", &input.stack_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListStackResourcesOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        refuse([("NextToken", request.input.next_token.is_some())])?;
        let stack = stacks.existing(&owner, &request.input.stack_name).await?;
        let resources = stacks.resources(&stack.key).await?.into_iter();
        let summaries = resources.map(|found| shape::resource_summary(found.record));
        Ok(ListStackResourcesOutput {
            stack_resource_summaries: Some(summaries.collect()),
            next_token: None,
        })
    }
}
