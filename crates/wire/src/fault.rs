use std::fmt;

use http::StatusCode;

/// A code that a service may answer with: one row of its model's error table.
///
/// The generated enums (such as [`crate::cognito_idp::ErrorCode`]) implement it.
pub trait ErrorCode: Copy {
    /// The code as clients compare it, such as `UserNotFoundException`.
    fn code(self) -> &'static str;
    /// The status it travels with.
    fn status(self) -> StatusCode;
}

/// An error as the caller gets it.
///
/// Made only from typed codes ([`Fault::new`], [`crate::Refusal::fault`]), so that no code is ever
/// spelt by hand where it is used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    code: &'static str,
    status: StatusCode,
    message: String,
    fields: Vec<(&'static str, String)>,
    headers: Vec<(&'static str, String)>,
}

impl Fault {
    /// The fault with this code and message. The message goes to the caller: no secret, no
    /// internals.
    #[must_use]
    pub fn new(code: impl ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code: code.code(),
            status: code.status(),
            message: message.into(),
            fields: Vec::new(),
            headers: Vec::new(),
        }
    }

    /// Adds a member of the error, such as S3's `Key` for `NoSuchKey`. Written by the XML services.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.fields.push((name, value.into()));
        self
    }

    /// Adds a header of the answer, such as S3's `x-amz-delete-marker`.
    #[must_use]
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The code as clients compare it.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.code
    }

    /// The status it travels with.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The message for the caller.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// What was added by [`Fault::with`], in that order.
    #[must_use]
    pub fn fields(&self) -> &[(&'static str, String)] {
        &self.fields
    }

    /// What was added by [`Fault::with_header`], in that order.
    #[must_use]
    pub fn headers(&self) -> &[(&'static str, String)] {
        &self.headers
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}", self.code, self.status.as_u16(), self.message)
    }
}

impl std::error::Error for Fault {}

/// An enum of error codes with their statuses.
macro_rules! error_codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$code_doc:meta])* $code:ident: $status:ident,)+ }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name {
            $($(#[$code_doc])* $code,)+
        }

        impl $crate::ErrorCode for $name {
            fn code(self) -> &'static str {
                match self {
                    $(Self::$code => stringify!($code),)+
                }
            }

            fn status(self) -> http::StatusCode {
                match self {
                    $(Self::$code => http::StatusCode::$status,)+
                }
            }
        }
    };
}
pub(crate) use error_codes;
