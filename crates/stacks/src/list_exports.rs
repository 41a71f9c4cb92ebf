use std::sync::Arc;

use directory::{Stack, StackExport, StackKey};
use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cloudformation::{Export, ListExportsInput, ListExportsOutput};

use crate::{Stacks, cursor, error::StackError, finding::owner};

/// How many exports are on a page.
const PAGE: usize = 100;
const LISTING: &str = "ListExports";

/// [`ListExports`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ListExports.html)
pub(crate) struct ListExports(pub(crate) Arc<Stacks>);

impl Operation for ListExports {
    type Wire = wire::cloudformation::ListExports;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ListExportsInput) -> Result<Vec<Need>, StackError> {
        Ok(vec![Need::new("cloudformation:ListExports", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ListExportsOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let after = cursor::open(&stacks.ring, LISTING, request.input.next_token.as_deref())?;
        let prefix = owner.regional_key();
        let page = stacks.directory.list::<StackExport>(&prefix, after.as_deref(), PAGE).await?;
        let last = page.records.last().filter(|_| page.more);
        let token =
            last.map(|last| cursor::seal(&stacks.ring, &*stacks.entropy, LISTING, last.position()));
        let token = token.transpose()?;
        let mut exports = Vec::new();
        for found in page.records {
            let key = StackKey { owner: owner.clone(), id: found.record.stack };
            // A stack that went meanwhile exports nothing.
            let Some(stack) = stacks.directory.get::<Stack>(&key).await? else { continue };
            let outputs = stacks.vault().outputs(&key, &stack.record)?;
            let output = outputs.into_iter().find(|output| output.name == found.record.output);
            exports.extend(output.map(|output| Export {
                exporting_stack_id: Some(stack.record.arn(&owner).to_string()),
                name: output.export,
                value: Some(output.value),
            }));
        }
        Ok(ListExportsOutput { exports: Some(exports), next_token: token })
    }
}
