//! The enum of all operations, which the generated table fills.

/// Makes [`OperationId`](crate::OperationId) from a row per operation of the models, and from those
/// that no model has: see [`crate::oidc`],
/// [`crate::introspection`], [`crate::post_object`] and [`crate::cloakroom`].
macro_rules! operation_ids {
    ($($row:tt)+) => {
        $crate::operation_id::operation_enum! {
            CloakroomListMessages = Cloakroom "ListMessages" false false,
            CloakroomSendMessage = Cloakroom "SendMessage" false false,
            CognitoIdpGetJsonWebKeySet = CognitoIdp "GetJsonWebKeySet" true false,
            CognitoIdpGetOpenIdConfiguration = CognitoIdp "GetOpenIdConfiguration" true false,
            CognitoIdpIntrospectToken = CognitoIdp "IntrospectToken" false false,
            S3PostObject = S3 "PostObject" false true,
            $($row)+
        }
    };
}
pub(crate) use operation_ids;

macro_rules! operation_enum {
    ($($variant:ident = $service:ident $name:literal $unsigned:literal $streaming:literal,)+) => {
        /// An operation that is served, by service and name.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum OperationId {
            $(
                #[doc = concat!("`", $name, "`.")]
                $variant,
            )+
        }

        impl OperationId {
            /// Every operation that is served.
            pub const ALL: &[Self] = &[$(Self::$variant,)+];

            /// The service it belongs to.
            #[must_use]
            pub fn service(self) -> $crate::Service {
                match self {
                    $(Self::$variant => $crate::Service::$service,)+
                }
            }

            /// Its name in the service's API, such as `GetObject`.
            #[must_use]
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// Whether the model says that the request is not signed (`auth: none`); nor is one for
            /// the documents of [`crate::oidc`].
            #[must_use]
            pub fn is_unsigned_in_model(self) -> bool {
                match self {
                    $(Self::$variant => $unsigned,)+
                }
            }

            /// Whether the request's body is streamed to the operation instead of being read into
            /// its input.
            #[must_use]
            pub fn has_streaming_input(self) -> bool {
                match self {
                    $(Self::$variant => $streaming,)+
                }
            }
        }
    };
}
pub(crate) use operation_enum;

impl crate::OperationId {
    /// Whether only a service calls it, in the process: no request names it.
    #[must_use]
    pub fn is_for_services(self) -> bool {
        matches!(self, Self::CognitoIdpIntrospectToken | Self::CloakroomSendMessage)
    }

    /// Whether its request is an HTML form, whose last field is the body.
    #[must_use]
    pub fn has_form_input(self) -> bool {
        self == Self::S3PostObject
    }

    /// The operation of that service and name, if it is served.
    #[must_use]
    pub fn find(service: crate::Service, name: &str) -> Option<Self> {
        let same = |id: &Self| id.service() == service && id.name() == name;
        Self::ALL.iter().copied().find(same)
    }
}

impl std::fmt::Display for crate::OperationId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}", self.service().signing_name(), self.name())
    }
}
