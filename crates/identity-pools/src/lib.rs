//! Amazon Cognito identity pools: who a login is, and the credentials it gets.
