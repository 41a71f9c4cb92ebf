//! What guests can have at most, whatever their role says.

/// The session policy that limits the credentials of guests in the enhanced flow: the services of
/// AWS's inline policy and of its managed one (`AmazonCognitoUnAuthedIdentitiesSessionPolicy`).
///
/// Source: Amazon Cognito Developer Guide, *IAM roles*, *Access policies*.
pub(crate) const GUEST_POLICY: &str = concat!(
    r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Resource":"*","Action":["#,
    r#""appsync:*","cloudwatch:*","codewhisperer:GenerateRecommendations","cognito-identity:*","#,
    r#""cognito-idp:*","cognito-sync:*","comprehend:*","dynamodb:*","execute-api:*","firehose:*","#,
    r#""gamelift:*","geo:GetMap*","geo:ListMaps","geo:SearchPlaceIndex*","geo:GetPlace","#,
    r#""geo:CalculateRoute*","#,
    r#""geo:*Geofence","geo:*Geofences","geo:*DevicePosition*","iot:*","kinesis:*","kms:Encrypt","#,
    r#""kms:Decrypt","kms:ReEncryptTo","kms:ReEncryptFrom","kms:GenerateDataKey","#,
    r#""kms:GenerateDataKeyPair","kms:GenerateDataKeyPairWithoutPlaintext","#,
    r#""kms:GenerateDataKeyWithoutPlaintext","lambda:*","lex:*","logs:*","#,
    r#""machinelearning:*","mobileanalytics:*","mobiletargeting:*","personalize:*","polly:*","#,
    r#""rekognition:*","rum:PutRumEvents","s3:*","sagemaker:InvokeEndpoint","sdb:*","ses:*","#,
    r#""sns:*","sqs:*","sumerian:View*","textract:AnalyzeDocument","#,
    r#""textract:DetectDocumentText","transcribe:*","translate:*"]}]}"#,
);

#[cfg(test)]
mod tests {
    use iam::{Policy, PolicyKind, limits};

    use super::GUEST_POLICY;

    #[test]
    fn the_policy_is_one_that_sts_takes() {
        let policy = Policy::parse(GUEST_POLICY, PolicyKind::Session).unwrap();
        assert!(GUEST_POLICY.len() <= limits::SESSION_POLICY);
        let actions: Vec<_> = policy.statements()[0]
            .action()
            .entries()
            .iter()
            .map(|action| action.value.source())
            .collect();
        for let_through in ["s3:*", "execute-api:*", "cognito-idp:*", "rum:PutRumEvents"] {
            assert!(actions.contains(&let_through), "{let_through}");
        }
        for family in ["iam:", "sts:", "cloudformation:", "*"] {
            assert!(!actions.iter().any(|action| action.starts_with(family)), "{family}");
        }
    }
}
