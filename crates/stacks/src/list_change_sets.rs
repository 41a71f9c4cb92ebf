use std::sync::Arc;

use directory::ChangeSet;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{ChangeSetSummary, ListChangeSetsInput, ListChangeSetsOutput};

use crate::{
    Stacks,
    error::StackError,
    finding::{need, owner},
    not_served::refuse,
    shape,
};

/// [`ListChangeSets`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListChangeSets.html)
///
/// All are on one page.
pub(crate) struct ListChangeSets(pub(crate) Arc<Stacks>);

impl Operation for ListChangeSets {
    type Wire = wire::cloudformation::ListChangeSets;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &ListChangeSetsInput) -> Result<Vec<Need>, StackError> {
        Ok(vec![need("cloudformation:ListChangeSets", &input.stack_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListChangeSetsOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        refuse([("NextToken", request.input.next_token.is_some())])?;
        let given = &request.input.stack_name;
        let stack = stacks.stack(&owner, given).await?;
        let stack = stack.ok_or_else(|| StackError::NoSuchStackToChange(given.clone()))?;
        let sets = stacks.directory.all::<ChangeSet>(&stack.key.within()).await?;
        let summaries = sets.into_iter().map(|found| {
            let set = found.record;
            ChangeSetSummary {
                change_set_id: Some(set.arn(&owner).to_string()),
                change_set_name: Some(set.name.clone()),
                creation_time: Some(set.created),
                description: set.description.clone(),
                execution_status: Some(shape::execution(set.execution)),
                stack_id: Some(stack.arn().to_string()),
                stack_name: Some(stack.found.record.name.clone()),
                status: Some(shape::change_set_status(&set)),
                status_reason: set.failure,
                include_nested_stacks: Some(false),
                ..ChangeSetSummary::default()
            }
        });
        Ok(ListChangeSetsOutput { summaries: Some(summaries.collect()), next_token: None })
    }
}
