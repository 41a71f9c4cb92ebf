use std::sync::Arc;

use directory::{Stack, StackKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cloudformation::{ListStacksInput, ListStacksOutput};

use crate::{Stacks, cursor, error::StackError, finding::owner, shape};

/// How many stacks are on a page.
const PAGE: usize = 100;
const LISTING: &str = "ListStacks";

/// [`ListStacks`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListStacks.html)
pub(crate) struct ListStacks(pub(crate) Arc<Stacks>);

impl Operation for ListStacks {
    type Wire = wire::cloudformation::ListStacks;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ListStacksInput) -> Result<Vec<Need>, StackError> {
        Ok(vec![Need::new("cloudformation:ListStacks", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListStacksOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let wanted = request.input.stack_status_filter.as_deref().unwrap_or_default();
        let after = cursor::open(&stacks.ring, LISTING, request.input.next_token.as_deref())?;
        let prefix = StackKey::prefix(&owner);
        let page = stacks.directory.list::<Stack>(&prefix, after.as_deref(), PAGE).await?;
        let last = page.records.last().filter(|_| page.more);
        let token =
            last.map(|last| cursor::seal(&stacks.ring, &*stacks.entropy, LISTING, last.position()));
        let token = token.transpose()?;
        let is_wanted = |stack: &Stack| {
            wanted.is_empty() || wanted.contains(&shape::stack_status(stack.status))
        };
        let summaries = page.records.iter().filter(|found| is_wanted(&found.record));
        let summaries = summaries.map(|found| shape::summary(&owner, &found.record));
        Ok(ListStacksOutput { stack_summaries: Some(summaries.collect()), next_token: token })
    }
}
