use std::sync::Arc;

use gate::{Access, Authorized, Caller, Need, Operation};
use wire::cloudformation::{GetTemplateInput, GetTemplateOutput, TemplateStage};

use crate::{
    Stacks,
    error::StackError,
    finding::{need, need_of_change_set, owner},
};

/// [`GetTemplate`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_GetTemplate.html)
///
/// There are no macros, so the processed template is the original one.
pub(crate) struct GetTemplate(pub(crate) Arc<Stacks>);

impl Operation for GetTemplate {
    type Wire = wire::cloudformation::GetTemplate;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, caller: &Caller, input: &GetTemplateInput) -> Result<Vec<Need>, StackError> {
        let action = "cloudformation:GetTemplate";
        let stack = input.stack_name.as_deref();
        Ok(vec![match (&input.change_set_name, stack) {
            (Some(set), stack) => need_of_change_set(action, stack, set, caller)?,
            (None, Some(stack)) => need(action, stack)?,
            (None, None) => {
                let message = "StackName must be specified if ChangeSetName is not.";
                return Err(StackError::Invalid(message.to_owned()));
            }
        }])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<GetTemplateOutput, StackError> {
        let stacks = &*self.0;
        let owner = owner(&request)?;
        let input = &request.input;
        let (key, number) = match (&input.change_set_name, input.stack_name.as_deref()) {
            (Some(set), stack) => {
                let (stack, _, set) = stacks.change_set(&owner, stack, set).await?;
                (stack.key, Some(set.record.source))
            }
            (None, given) => {
                let stack = stacks.existing(&owner, given.unwrap_or_default()).await?;
                let record = stack.found.record;
                let target = record.operation.and_then(|operation| operation.target);
                (stack.key, record.source.or(target))
            }
        };
        let body = match number {
            Some(number) => stacks.source(&key, number).await?.1.template,
            None => String::new(),
        };
        Ok(GetTemplateOutput {
            template_body: Some(body),
            stages_available: Some(vec![TemplateStage::Original, TemplateStage::Processed]),
        })
    }
}
