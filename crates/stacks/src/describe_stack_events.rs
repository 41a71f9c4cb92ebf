use std::sync::Arc;

use directory::StackEvent;
use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{DescribeStackEventsInput, DescribeStackEventsOutput};

use crate::{
    Stacks, cursor,
    error::StackError,
    finding::{need, owner},
    shape,
};

/// How many events are on a page.
const PAGE: usize = 100;

/// [`DescribeStackEvents`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStackEvents.html)
///
/// The newest come first.
pub(crate) struct DescribeStackEvents(pub(crate) Arc<Stacks>);

impl Operation for DescribeStackEvents {
    type Wire = wire::cloudformation::DescribeStackEvents;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DescribeStackEventsInput) -> Result<Vec<Need>, StackError> {
        Ok(vec![need("cloudformation:DescribeStackEvents", &input.stack_name)?])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeStackEventsOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let given = &request.input.stack_name;
        let stack = stacks.stack(&owner, given).await?;
        let stack = stack.ok_or_else(|| StackError::NoSuchStackToChange(given.clone()))?;
        let listing = format!("DescribeStackEvents {}", stack.key.id);
        let after = cursor::open(&stacks.ring, &listing, request.input.next_token.as_deref())?;
        let within = stack.key.within();
        let page = stacks.directory.list::<StackEvent>(&within, after.as_deref(), PAGE).await?;
        let last = page.records.last().filter(|_| page.more);
        let token = last
            .map(|last| cursor::seal(&stacks.ring, &*stacks.entropy, &listing, last.position()));
        let token = token.transpose()?;
        let events = page.records.into_iter();
        let events =
            events.map(|found| shape::event(&stack.key, &stack.found.record, found.record));
        Ok(DescribeStackEventsOutput { stack_events: Some(events.collect()), next_token: token })
    }
}
