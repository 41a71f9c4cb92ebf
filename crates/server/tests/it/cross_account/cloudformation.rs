use super::{
    Outcome::{self, Own, Refused},
    Row,
};
use crate::{client::Call, world::World};

const NOT_FOUND: Outcome = Refused(400, "ValidationError");

/// A template of which nothing is made.
const NOTHING: &str =
    r#"{"Resources": {"Handle": {"Type": "AWS::CloudFormation::WaitConditionHandle"}}}"#;

/// The stack is named by its ARN, which tells the account that it is of.
pub(super) fn rows(world: &World) -> Vec<Row> {
    let call = |name, input: &[(&str, &str)]| Call::query("cloudformation", name, input);
    let arn = ("StackName", world.stack_id.as_str());
    let set = ("ChangeSetName", "next");
    let body = ("TemplateBody", NOTHING);
    vec![
        ("CloudformationCreateChangeSet", call("CreateChangeSet", &[arn, set, body]), NOT_FOUND),
        ("CloudformationCreateStack", call("CreateStack", &[("StackName", "mine"), body]), Own),
        ("CloudformationDeleteChangeSet", call("DeleteChangeSet", &[arn, set]), NOT_FOUND),
        // A stack that is not there is deleted already: nothing is told, and nothing done.
        ("CloudformationDeleteStack", call("DeleteStack", &[arn]), Own),
        ("CloudformationDescribeChangeSet", call("DescribeChangeSet", &[arn, set]), NOT_FOUND),
        ("CloudformationDescribeStackEvents", call("DescribeStackEvents", &[arn]), NOT_FOUND),
        (
            "CloudformationDescribeStackResource",
            call("DescribeStackResource", &[arn, ("LogicalResourceId", "Handle")]),
            NOT_FOUND,
        ),
        ("CloudformationDescribeStackResources", call("DescribeStackResources", &[arn]), NOT_FOUND),
        ("CloudformationDescribeStacks", call("DescribeStacks", &[arn]), NOT_FOUND),
        ("CloudformationExecuteChangeSet", call("ExecuteChangeSet", &[arn, set]), NOT_FOUND),
        ("CloudformationGetTemplate", call("GetTemplate", &[arn]), NOT_FOUND),
        ("CloudformationGetTemplateSummary", call("GetTemplateSummary", &[arn]), NOT_FOUND),
        ("CloudformationListChangeSets", call("ListChangeSets", &[arn]), NOT_FOUND),
        ("CloudformationListExports", call("ListExports", &[]), Own),
        ("CloudformationListStackResources", call("ListStackResources", &[arn]), NOT_FOUND),
        ("CloudformationListStacks", call("ListStacks", &[]), Own),
        ("CloudformationUpdateStack", call("UpdateStack", &[arn, body]), NOT_FOUND),
        ("CloudformationValidateTemplate", call("ValidateTemplate", &[body]), Own),
    ]
}

/// The call as this one of the two strangers makes it: what the first has made is there when the second
/// comes.
pub(super) fn as_stranger(name: &str, call: &Call, who: &str) -> Call {
    if name != "CloudformationCreateStack" {
        return call.clone();
    }
    let body = String::from_utf8(call.body.clone()).unwrap();
    call.clone().body(body.replace("StackName=mine", &format!("StackName={who}s")))
}
