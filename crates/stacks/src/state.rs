//! What is kept sealed: parameters, properties, attributes and outputs, any of which may be a secret.

use std::collections::BTreeMap;

use directory::{
    Incarnation, Record as _, Stack, StackKey, StackResource, StackResourceKey, StackSource,
    StackSourceKey,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use session::{KeyRing, Label, Sealed};
use types::{Entropy, SecretString};

use crate::{
    error::StackError,
    resource::{Attributes, Properties},
    source::OutputValue,
};

/// What something was made of, and what is known of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct State {
    pub(crate) properties: Properties,
    pub(crate) attributes: Attributes,
}

/// Seals and opens what belongs to stacks.
pub(crate) struct Vault<'a> {
    pub(crate) ring: &'a KeyRing,
    pub(crate) entropy: &'a dyn Entropy,
}

impl Vault<'_> {
    pub(crate) fn seal_state(
        &self,
        key: &StackResourceKey,
        state: &State,
    ) -> Result<Sealed<String>, StackError> {
        self.seal(&StackResource::associated_data(key), state)
    }

    pub(crate) fn state(
        &self,
        key: &StackResourceKey,
        incarnation: &Incarnation,
    ) -> Result<State, StackError> {
        self.open(&StackResource::associated_data(key), &incarnation.state)
    }

    pub(crate) fn seal_parameters(
        &self,
        key: &StackSourceKey,
        parameters: &BTreeMap<String, String>,
    ) -> Result<Sealed<String>, StackError> {
        self.seal(&StackSource::associated_data(key), parameters)
    }

    pub(crate) fn parameters(
        &self,
        key: &StackSourceKey,
        source: &StackSource,
    ) -> Result<BTreeMap<String, String>, StackError> {
        self.open(&StackSource::associated_data(key), &source.parameters)
    }

    pub(crate) fn seal_outputs(
        &self,
        key: &StackKey,
        outputs: &[OutputValue],
    ) -> Result<Sealed<String>, StackError> {
        self.seal(&Stack::associated_data(key), &outputs)
    }

    pub(crate) fn outputs(
        &self,
        key: &StackKey,
        stack: &Stack,
    ) -> Result<Vec<OutputValue>, StackError> {
        match &stack.outputs {
            Some(sealed) => self.open(&Stack::associated_data(key), sealed),
            None => Ok(Vec::new()),
        }
    }

    fn seal(&self, place: &[u8], value: &impl Serialize) -> Result<Sealed<String>, StackError> {
        let text = serde_json::to_string(value).map_err(|_| StackError::Damaged("a value"))?;
        let text = SecretString::new(text);
        Ok(self.ring.seal(Label::SecretAtRest, place, &text, self.entropy)?)
    }

    fn open<T: DeserializeOwned>(
        &self,
        place: &[u8],
        sealed: &Sealed<String>,
    ) -> Result<T, StackError> {
        let text = self.ring.open(Label::SecretAtRest, place, sealed)?;
        serde_json::from_str(text.expose()).map_err(|_| StackError::Damaged("a sealed value"))
    }
}
