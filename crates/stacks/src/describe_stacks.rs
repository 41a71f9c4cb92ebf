use std::sync::Arc;

use directory::{Stack, StackKey, StackStatus};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cloudformation::{DescribeStacksInput, DescribeStacksOutput};

use crate::{
    Stacks, cursor,
    error::StackError,
    finding::{need, owner},
};

/// How many stacks are on a page.
const PAGE: usize = 100;
const LISTING: &str = "DescribeStacks";

/// [`DescribeStacks`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_DescribeStacks.html)
pub(crate) struct DescribeStacks(pub(crate) Arc<Stacks>);

impl Operation for DescribeStacks {
    type Wire = wire::cloudformation::DescribeStacks;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, input: &DescribeStacksInput) -> Result<Vec<Need>, StackError> {
        let action = "cloudformation:DescribeStacks";
        Ok(vec![match &input.stack_name {
            Some(stack) => need(action, stack)?,
            None => Need::new(action, On::Everything),
        }])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<DescribeStacksOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        if let Some(given) = &request.input.stack_name {
            let stack = stacks.existing(&owner, given).await?;
            let described = stacks.described(&stack.key, &stack.found.record).await?;
            return Ok(DescribeStacksOutput { stacks: Some(vec![described]), next_token: None });
        }
        let after = cursor::open(&stacks.ring, LISTING, request.input.next_token.as_deref())?;
        let prefix = StackKey::prefix(&owner);
        let page = stacks.directory.list::<Stack>(&prefix, after.as_deref(), PAGE).await?;
        let mut described = Vec::new();
        for found in &page.records {
            // A deleted one is described only to who asks for it by its id.
            if found.record.status != StackStatus::DeleteComplete {
                let key = StackKey { owner: owner.clone(), id: found.record.id };
                described.push(stacks.described(&key, &found.record).await?);
            }
        }
        let last = page.records.last().filter(|_| page.more);
        let token =
            last.map(|last| cursor::seal(&stacks.ring, &*stacks.entropy, LISTING, last.position()));
        Ok(DescribeStacksOutput { stacks: Some(described), next_token: token.transpose()? })
    }
}
