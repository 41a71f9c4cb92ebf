//! Which operations are served, and by whom.

use std::{
    any::Any,
    collections::HashMap,
    sync::{Arc, Mutex},
};

use bytes::Bytes;
use futures_util::future::BoxFuture;
use wire::{Fault, OperationId, Refusal, RequestParts, Response, post_object::PostForm};

use crate::{
    Access, Authorized, BodyReader, Caller, Gate, Operation, Principal, credential_limits,
    operation::InputOf,
};

/// The operations that are served. Filled once, when the process is composed.
#[derive(Default)]
pub struct Registry {
    entries: HashMap<OperationId, Arc<dyn Entry>>,
}

impl Registry {
    /// Adds an operation. A later one takes the place of an earlier one of the same id.
    pub fn add<O: Operation>(&mut self, operation: O) {
        self.entries.insert(<O::Wire as wire::Operation>::ID, Arc::new(operation));
    }

    /// Every operation with its list, in the order of their ids.
    #[must_use]
    pub fn operations(&self) -> Vec<(OperationId, Access)> {
        let mut all: Vec<_> =
            self.entries.iter().map(|(id, entry)| (*id, entry.access())).collect();
        all.sort_by_key(|(id, _)| *id);
        all
    }

    pub(crate) fn get(&self, id: OperationId) -> Option<Arc<dyn Entry>> {
        self.entries.get(&id).cloned()
    }
}

/// A request whose caller is known and whose body is verified or will be while it is read.
pub(crate) struct Arrived<'a> {
    pub(crate) caller: Caller,
    pub(crate) parts: RequestParts<'a>,
    pub(crate) body: ArrivedBody,
}

pub(crate) enum ArrivedBody {
    Whole(Bytes),
    Streamed(Box<BodyReader>),
    /// The fields of a form, and its file.
    Form(PostForm, Box<BodyReader>),
}

/// An operation whose types are forgotten, so that all can lie in one table.
pub(crate) trait Entry: Send + Sync {
    fn access(&self) -> Access;

    /// Reads the input, decides, runs the operation and writes its output.
    fn serve(
        self: Arc<Self>,
        gate: Gate,
        arrived: Arrived<'_>,
    ) -> BoxFuture<'_, Result<Response, Fault>>;

    /// The same for an input that is already there, of the operation's own type.
    fn call(
        self: Arc<Self>,
        gate: Gate,
        caller: Caller,
        input: Box<dyn Any + Send>,
    ) -> BoxFuture<'static, Result<Box<dyn Any + Send>, Fault>>;
}

impl<O: Operation> Entry for O {
    fn access(&self) -> Access {
        O::ACCESS
    }

    fn serve(
        self: Arc<Self>,
        gate: Gate,
        arrived: Arrived<'_>,
    ) -> BoxFuture<'_, Result<Response, Fault>> {
        Box::pin(async move {
            let Arrived { caller, parts, body } = arrived;
            let request_id = caller.request_id;
            let read = <O::Wire as wire::Operation>::read;
            let (input, streamed) = match body {
                ArrivedBody::Whole(bytes) => (read(&parts, &bytes), None),
                ArrivedBody::Streamed(reader) => (read(&parts, &[]), Some(reader)),
                ArrivedBody::Form(form, file) => {
                    (<O::Wire as wire::Operation>::read_form(&parts, form), Some(file))
                }
            };
            let input = input?;
            let output = run(&*self, gate, caller, input, streamed.map(|reader| *reader)).await?;
            Ok(<O::Wire as wire::Operation>::write(output, &request_id))
        })
    }

    fn call(
        self: Arc<Self>,
        gate: Gate,
        caller: Caller,
        input: Box<dyn Any + Send>,
    ) -> BoxFuture<'static, Result<Box<dyn Any + Send>, Fault>> {
        Box::pin(async move {
            let service = <O::Wire as wire::Operation>::ID.service();
            // The registry is keyed by the operation's id, so this is its input.
            let input = input.downcast::<InputOf<O>>().map_err(|_| {
                Refusal::Internal.fault(service, "the input is of another operation")
            })?;
            let output = run(&*self, gate, caller, *input, None).await?;
            Ok(Box::new(output) as Box<dyn Any + Send>)
        })
    }
}

/// The one way to a handler: who asks, what that takes, whether it is allowed.
async fn run<O: Operation>(
    operation: &O,
    gate: Gate,
    mut caller: Caller,
    input: InputOf<O>,
    body: Option<BodyReader>,
) -> Result<<O::Wire as wire::Operation>::Output, Fault> {
    let id = <O::Wire as wire::Operation>::ID;
    match O::ACCESS {
        Access::Token => {
            caller.principal = gate.web_identity(operation.web_identity_token(&input)).await?;
        }
        Access::Service if !matches!(caller.principal, Principal::Service(_)) => {
            return Err(Refusal::UnknownOperation.fault(id.service(), "Only services call this"));
        }
        Access::Service | Access::Signed | Access::Unsigned => {}
    }
    credential_limits::check(&caller.principal, id)?;
    let needs = operation.needs(&caller, &input).map_err(Into::into)?;
    let caller = Arc::new(caller);
    let mut decided = gate.decide(&caller, id, &needs).await?;
    let parts = operation.parts(&caller, &input).map_err(Into::into)?;
    gate.decide_parts(&caller, id, &parts, &mut decided).await?;
    let request = Authorized { input, caller, decided, body: Mutex::new(body), gate };
    operation.handle(request).await.map_err(Into::into)
}
