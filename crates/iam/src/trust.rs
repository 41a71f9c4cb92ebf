use crate::{
    Context, Effect, Policy, Principal, Request, Span, Value, compile::action_matches,
    principal::named,
};

/// No condition key at all.
struct Nothing;

impl Context for Nothing {
    fn get(&self, _: &str) -> Option<Value<'_>> {
        None
    }
}

impl Policy {
    /// The first statement that lets everybody whom an identity provider vouches for take the
    /// role: an Allow of `sts:AssumeRoleWithWebIdentity` for the provider, without any condition.
    ///
    /// Trusting `cognito-identity.amazonaws.com` so would trust every identity pool of every
    /// account. Source: Amazon Cognito Developer Guide, *Role trust and permissions*.
    #[must_use]
    pub fn unconditional_web_identity_trust(&self, provider: &str) -> Option<Span> {
        let principal = Principal::Federated(provider.to_owned());
        let request = Request {
            principal: &principal,
            action: "sts:AssumeRoleWithWebIdentity",
            resource: "*",
            resource_account: None,
            context: &Nothing,
        };
        let lets = |statement: &&crate::Statement| {
            statement.effect == Effect::Allow
                && statement.conditions.is_empty()
                && statement.principal.as_ref().is_some_and(|element| {
                    let names = element.entries.iter().map(|entry| &entry.name);
                    element.negated != named(names, &principal).is_some()
                })
                && action_matches(statement, &request)
        };
        self.statements.iter().find(lets).map(|statement| statement.span)
    }
}
