use types::RequestId;

use crate::{Fault, OperationId, Refusal, RequestParts, Response, post_object::PostForm};

/// One operation of one service: its input, its output and how they travel.
///
/// Implemented by the generated marker types, such as [`crate::s3::GetObject`]. It says what the
/// bytes mean, never whether the caller may ask or what happens then.
pub trait Operation: 'static {
    /// What the caller says. A member that is streamed (the body of `PutObject`) is not in it.
    type Input: Send + 'static;
    /// What the caller gets.
    type Output: Send + 'static;
    /// Which operation it is.
    const ID: OperationId;

    /// Reads and validates a request.
    ///
    /// `body` is the whole, verified body; where the input is streamed it is not looked at.
    ///
    /// # Errors
    /// The service's own fault for a body that cannot be read, or for members that break a
    /// constraint of the model (all of them in one message, as AWS does).
    fn read(request: &RequestParts<'_>, body: &[u8]) -> Result<Self::Input, Fault>;

    /// Reads the fields of a form: see [`OperationId::has_form_input`].
    ///
    /// # Errors
    /// As [`Operation::read`]. No other operation takes a form.
    fn read_form(request: &RequestParts<'_>, form: PostForm) -> Result<Self::Input, Fault> {
        let (_, _) = (request, form);
        Err(Refusal::MalformedBody.fault(Self::ID.service(), "The operation takes no form"))
    }

    /// Writes the response to a request that succeeded.
    fn write(output: Self::Output, request_id: &RequestId) -> Response;
}
