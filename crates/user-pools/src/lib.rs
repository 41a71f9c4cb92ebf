//! Amazon Cognito user pools: users, groups, sign-in and the tokens it gives.
