use gate::{Access, Authorized, Caller, Need, On, Operation};
use wire::cloudformation::{TemplateParameter, ValidateTemplateInput, ValidateTemplateOutput};

use crate::{
    error::StackError, get_template_summary::capabilities, not_served::refuse, source::parse,
};

/// [`ValidateTemplate`](https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ValidateTemplate.html)
///
/// It says more than AWS's: types, attributes and references are checked too.
pub(crate) struct ValidateTemplate;

impl Operation for ValidateTemplate {
    type Wire = wire::cloudformation::ValidateTemplate;
    type Error = StackError;

    const ACCESS: Access = Access::Signed;

    fn needs(&self, _: &Caller, _: &ValidateTemplateInput) -> Result<Vec<Need>, StackError> {
        Ok(vec![Need::new("cloudformation:ValidateTemplate", On::Everything)])
    }

    async fn handle(
        &self,
        request: Authorized<Self::Wire>,
    ) -> Result<ValidateTemplateOutput, StackError> {
        let input = request.input;
        refuse([("TemplateURL", input.template_url.is_some())])?;
        let text = input.template_body.ok_or_else(|| {
            let message = "Either Template URL or Template Body must be specified.";
            StackError::Invalid(message.to_owned())
        })?;
        let template = parse(&text)?;
        let (capabilities, reason) = capabilities(&template);
        let parameters = template.parameters.iter().map(|parameter| TemplateParameter {
            parameter_key: Some(parameter.name.text.clone()),
            default_value: parameter.default.clone(),
            description: parameter.description.clone(),
            no_echo: Some(parameter.no_echo),
        });
        Ok(ValidateTemplateOutput {
            capabilities,
            capabilities_reason: reason,
            description: template.description.clone(),
            parameters: Some(parameters.collect()),
            ..ValidateTemplateOutput::default()
        })
    }
}
