"""Every operation of CloudFormation, by boto3, whose parsers and types are the judge of the answers."""

import json

import pytest
from botocore.exceptions import WaiterError

from recorded import Recorded, recent
from system import REGION, ROOT, refused


def template(**more):
    """A template that says little, but has a parameter, outputs, an export and a secret."""
    return {
        "Description": "For every operation",
        "Parameters": {
            "Purpose": {"Type": "String", "Default": "tests"},
            "Secret": {"Type": "String", "NoEcho": True, "Default": "hidden"},
        },
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"Tags": [{"Key": "purpose", "Value": {"Ref": "Purpose"}}]},
            },
            **more,
        },
        "Outputs": {
            "Name": {
                "Value": {"Ref": "Bucket"},
                "Description": "Its name",
                "Export": {"Name": {"Fn::Sub": "${AWS::StackName}-bucket"}},
            },
        },
    }


ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "lambda.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        }
    },
}


def settled(cloudformation, name):
    """The stack, once nothing is being done to it."""
    while True:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            return stack


def test_every_operation_of_cloudformation(own_server, make_client):
    recorded = Recorded(own_server.endpoint, make_client)
    cloudformation = recorded.client("cloudformation")
    by_change_sets(cloudformation)
    directly(cloudformation)
    recorded.expect_every_operation("cloudformation")


def by_change_sets(cloudformation):
    name = {"StackName": "by-change-sets"}
    first = {**name, "ChangeSetName": "first"}
    body = json.dumps(template())
    made = cloudformation.create_change_set(
        **first,
        ChangeSetType="CREATE",
        TemplateBody=body,
        Parameters=[{"ParameterKey": "Purpose", "ParameterValue": "change sets"}],
        Tags=[{"Key": "team", "Value": "coats"}],
        Description="the first",
    )
    arn = f"arn:aws:cloudformation:{REGION}:{ROOT.account}"
    assert made["StackId"].startswith(f"{arn}:stack/by-change-sets/")
    assert made["Id"].startswith(f"{arn}:changeSet/first/")
    described = cloudformation.describe_change_set(**first)
    assert (described["Status"], described["ExecutionStatus"]) == ("CREATE_COMPLETE", "AVAILABLE")
    assert described["Tags"] == [{"Key": "team", "Value": "coats"}]
    parameters = {p["ParameterKey"]: p["ParameterValue"] for p in described["Parameters"]}
    assert parameters == {"Purpose": "change sets", "Secret": "****"}
    change = described["Changes"][0]["ResourceChange"]
    assert (change["Action"], change["LogicalResourceId"]) == ("Add", "Bucket")
    assert described["ChangeSetId"] == cloudformation.describe_change_set(
        ChangeSetName=made["Id"]
    )["ChangeSetId"]
    listed = cloudformation.list_change_sets(**name)["Summaries"]
    assert [(s["ChangeSetName"], s["Status"]) for s in listed] == [("first", "CREATE_COMPLETE")]
    assert settled_or_review(cloudformation, name) == "REVIEW_IN_PROGRESS"
    with refused("AlreadyExistsException"):
        cloudformation.create_change_set(**first, ChangeSetType="CREATE", TemplateBody=body)
    cloudformation.execute_change_set(**first)
    stack = settled(cloudformation, "by-change-sets")
    assert stack["StackStatus"] == "CREATE_COMPLETE" and recent(stack["CreationTime"])
    assert stack["Description"] == "For every operation"
    assert stack["Tags"] == [{"Key": "team", "Value": "coats"}]
    (output,) = stack["Outputs"]
    assert (output["OutputKey"], output["ExportName"]) == ("Name", "by-change-sets-bucket")

    # The same again changes nothing, and says so.
    again = {**name, "ChangeSetName": "again"}
    cloudformation.create_change_set(
        **again,
        UsePreviousTemplate=True,
        Parameters=[
            {"ParameterKey": "Purpose", "UsePreviousValue": True},
            # An empty value beside it is none.
            {"ParameterKey": "Secret", "UsePreviousValue": True, "ParameterValue": ""},
        ],
    )
    described = cloudformation.describe_change_set(**again)
    assert described["Status"] == "FAILED"
    assert "didn't contain changes" in described["StatusReason"]
    with refused("InvalidChangeSetStatus", "InvalidChangeSetStatusException"):
        cloudformation.execute_change_set(**again)
    cloudformation.delete_change_set(**again)
    with refused("ChangeSetNotFound", "ChangeSetNotFoundException"):
        cloudformation.describe_change_set(**again)
    both = {"ParameterKey": "Purpose", "UsePreviousValue": True, "ParameterValue": "another"}
    with refused("ValidationError"):
        cloudformation.create_change_set(**again, UsePreviousTemplate=True, Parameters=[both])

    next_one = {**name, "ChangeSetName": "next"}
    changed = template(Reader=ROLE)
    changed["Resources"]["Bucket"]["Properties"]["BucketName"] = "cloakroom-another"
    with refused("InsufficientCapabilitiesException"):
        cloudformation.create_change_set(**next_one, TemplateBody=json.dumps(changed))
    cloudformation.create_change_set(
        **next_one, TemplateBody=json.dumps(changed), Capabilities=["CAPABILITY_IAM"]
    )
    assert "cloakroom-another" in json.dumps(
        cloudformation.get_template(**next_one)["TemplateBody"]
    )
    changes = cloudformation.describe_change_set(**next_one)["Changes"]
    changes = {c["ResourceChange"]["LogicalResourceId"]: c["ResourceChange"] for c in changes}
    assert changes["Bucket"]["Replacement"] == "True"
    details = {d["Target"]["Name"]: d["Target"] for d in changes["Bucket"]["Details"]}
    assert details["BucketName"]["RequiresRecreation"] == "Always"
    assert changes["Reader"]["Action"] == "Add"
    cloudformation.execute_change_set(**next_one)
    stack = settled(cloudformation, "by-change-sets")
    assert stack["StackStatus"] == "UPDATE_COMPLETE"
    assert stack["Outputs"][0]["OutputValue"] == "cloakroom-another"
    assert stack["Capabilities"] == ["CAPABILITY_IAM"]


def settled_or_review(cloudformation, name):
    return cloudformation.describe_stacks(**name)["Stacks"][0]["StackStatus"]


def directly(cloudformation):
    name = {"StackName": "directly"}
    with refused("ValidationError"):
        cloudformation.describe_stacks(**name)
    body = json.dumps(template())
    summary = cloudformation.validate_template(TemplateBody=body)
    assert {p["ParameterKey"]: p["NoEcho"] for p in summary["Parameters"]} == {
        "Purpose": False,
        "Secret": True,
    }
    with refused("ValidationError") as caught:
        cloudformation.validate_template(TemplateBody='{"Resources": {"A": {"Type": "No::Such::Type"}}}')
    assert "line 1, column" in str(caught.value)
    made = cloudformation.create_stack(**name, TemplateBody=body)
    assert settled(cloudformation, "directly")["StackStatus"] == "CREATE_COMPLETE"
    with refused("AlreadyExistsException"):
        cloudformation.create_stack(**name, TemplateBody=body)
    with refused("ValidationError") as caught:
        cloudformation.update_stack(**name, UsePreviousTemplate=True)
    assert "No updates are to be performed." in str(caught.value)
    cloudformation.update_stack(
        **name,
        UsePreviousTemplate=True,
        Parameters=[{"ParameterKey": "Purpose", "ParameterValue": "updates"}],
    )
    assert settled(cloudformation, "directly")["StackStatus"] == "UPDATE_COMPLETE"

    events = cloudformation.describe_stack_events(**name)["StackEvents"]
    assert events[0]["ResourceStatus"] == "UPDATE_COMPLETE"
    assert events[-1]["ResourceStatus"] == "CREATE_IN_PROGRESS"
    assert recent(events[0]["Timestamp"])
    detail = cloudformation.describe_stack_resource(**name, LogicalResourceId="Bucket")
    bucket = detail["StackResourceDetail"]["PhysicalResourceId"]
    assert bucket.startswith("directly-bucket-")
    (resource,) = cloudformation.describe_stack_resources(**name)["StackResources"]
    assert resource["PhysicalResourceId"] == bucket
    (resource,) = cloudformation.list_stack_resources(**name)["StackResourceSummaries"]
    assert resource["ResourceStatus"] == "UPDATE_COMPLETE"
    stacks = cloudformation.list_stacks(StackStatusFilter=["UPDATE_COMPLETE"])["StackSummaries"]
    assert {s["StackName"] for s in stacks} == {"directly", "by-change-sets"}
    exports = {e["Name"]: e["Value"] for e in cloudformation.list_exports()["Exports"]}
    assert exports["directly-bucket"] == bucket
    summary = cloudformation.get_template_summary(**name)
    assert summary["ResourceTypes"] == ["AWS::S3::Bucket"]
    assert cloudformation.get_template(**name)["TemplateBody"] == template()

    for stack in ("directly", "by-change-sets"):
        stack_id = cloudformation.describe_stacks(StackName=stack)["Stacks"][0]["StackId"]
        cloudformation.delete_stack(StackName=stack)
        assert settled(cloudformation, stack_id)["StackStatus"] == "DELETE_COMPLETE"
    with refused("ValidationError"):
        cloudformation.describe_stacks(**name)
    assert made["StackId"] in [
        s["StackId"]
        for s in cloudformation.list_stacks(StackStatusFilter=["DELETE_COMPLETE"])["StackSummaries"]
    ]


def test_waiters(own_server):
    """Those of boto3 end when they should."""
    cloudformation = Recorded(own_server.endpoint).client("cloudformation")
    quick = {"WaiterConfig": {"Delay": 1, "MaxAttempts": 60}}
    name = {"StackName": "waited-for"}
    cloudformation.create_change_set(
        **name, ChangeSetName="first", ChangeSetType="CREATE", TemplateBody=json.dumps(template())
    )
    waiter = cloudformation.get_waiter("change_set_create_complete")
    waiter.wait(**name, ChangeSetName="first", **quick)
    cloudformation.execute_change_set(**name, ChangeSetName="first")
    cloudformation.get_waiter("stack_create_complete").wait(**name, **quick)
    cloudformation.get_waiter("stack_exists").wait(**name, **quick)
    changed = template(Another={"Type": "AWS::S3::Bucket"})
    cloudformation.update_stack(**name, TemplateBody=json.dumps(changed))
    cloudformation.get_waiter("stack_update_complete").wait(**name, **quick)
    cloudformation.delete_stack(**name)
    cloudformation.get_waiter("stack_delete_complete").wait(**name, **quick)

    broken = template(Bucket={"Type": "AWS::S3::Bucket", "Properties": {"BucketName": "No"}})
    cloudformation.create_stack(**name, TemplateBody=json.dumps(broken))
    with pytest.raises(WaiterError):
        cloudformation.get_waiter("stack_create_complete").wait(**name, **quick)
    assert settled(cloudformation, "waited-for")["StackStatus"] == "ROLLBACK_COMPLETE"
