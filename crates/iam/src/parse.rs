//! From text to syntax tree. Whatever is not in the grammar is an error with its place: a
//! misspelt element must not quietly mean less than its author thought.

use types::{AccountId, Arn};

use crate::{
    Condition, ConditionValue, Effect, Element, Operator, Pattern, Policy, PolicyError,
    PolicyErrorKind as Kind, PolicyKind, PrincipalEntry, PrincipalName, Span, Spanned, Statement,
    Version,
    json::{self, Json, Member},
    limits,
    operand::Operand,
    pattern::Syntax,
};

type Result<T> = std::result::Result<T, PolicyError>;

impl Policy {
    /// Reads a policy of the given kind.
    ///
    /// # Errors
    /// The first thing that is not in the grammar, or not allowed in this kind of policy, with its
    /// line and column. Whoever stores a policy checks its size beforehand, by [`limits`].
    pub fn parse(text: &str, kind: PolicyKind) -> Result<Self> {
        Self::from_json(&json::read(text, limits::READ_BYTES)?, kind)
    }

    pub(crate) fn from_json(document: &Spanned<Json>, kind: PolicyKind) -> Result<Self> {
        let members = object(document, "a policy")?;
        only(members, &["Version", "Id", "Statement"], "a policy")?;
        let version = match find(members, "Version") {
            None => Version::default(),
            Some(value) => version(value)?,
        };
        let id = find(members, "Id").map(|id| string(id, "Id")).transpose()?;
        let statements =
            find(members, "Statement").ok_or_else(|| missing("Statement", document))?;
        let reader = Reader { kind, variables: version == Version::V2012 };
        let statements = one_or_many(statements, "Statement")?
            .map(|statement| reader.statement(statement))
            .collect::<Result<Vec<_>>>()?;
        sids(&statements, kind)?;
        Ok(Self { kind, version, id, statements })
    }
}

#[derive(Clone, Copy)]
struct Reader {
    kind: PolicyKind,
    variables: bool,
}

impl Reader {
    fn statement(self, statement: &Spanned<Json>) -> Result<Statement> {
        let members = object(statement, "a statement")?;
        only(
            members,
            &[
                "Sid",
                "Effect",
                "Principal",
                "NotPrincipal",
                "Action",
                "NotAction",
                "Resource",
                "NotResource",
                "Condition",
            ],
            "a statement",
        )?;
        let sid = find(members, "Sid").map(|sid| string(sid, "Sid")).transpose()?;
        let effect = find(members, "Effect").ok_or_else(|| missing("Effect", statement))?;
        let effect = effect_of(effect)?;
        let action = element(members, "Action", "NotAction")?
            .ok_or_else(|| missing("Action (or NotAction)", statement))?;
        let conditions = match find(members, "Condition") {
            None => Vec::new(),
            Some(block) => self.conditions(block)?,
        };
        Ok(Statement {
            span: statement.span,
            sid,
            effect,
            principal: self.principal(statement, members)?,
            action: self.actions(action)?,
            resource: self.resource(statement, members)?,
            conditions,
        })
    }

    fn actions(
        self,
        (negated, value): (bool, &Spanned<Json>),
    ) -> Result<Element<Spanned<Pattern>>> {
        let entries = one_or_many(value, "Action")?
            .map(|action| {
                let Spanned { value: text, span } = string(action, "an action")?;
                let wrong =
                    |why| Err(PolicyError::new(Kind::Action, span, format!("{text:?} {why}")));
                if !is_action(&text) {
                    return wrong("is not an action; write service:Action, service:* or *");
                }
                let syntax = Syntax { wildcards: true, variables: false };
                let pattern = Pattern::parse(&text, syntax)
                    .map_err(|message| PolicyError::new(Kind::Action, span, message))?;
                if self.kind == PolicyKind::Trust && !text.to_ascii_lowercase().starts_with("sts:")
                {
                    return wrong("is not an STS action; a role trust policy has no other");
                }
                Ok(Spanned::new(pattern, span))
            })
            .collect::<Result<_>>()?;
        Ok(Element { span: value.span, negated, entries })
    }

    fn resource(
        self,
        statement: &Spanned<Json>,
        members: &[Member],
    ) -> Result<Option<Element<Spanned<Pattern>>>> {
        let (negated, value) = match element(members, "Resource", "NotResource")? {
            Some((_, value)) if self.kind == PolicyKind::Trust => {
                return Err(prohibited("Resource", value.span, self.kind));
            }
            Some(element) => element,
            None if self.kind == PolicyKind::Trust => return Ok(None),
            None => return Err(missing("Resource (or NotResource)", statement)),
        };
        let entries = one_or_many(value, "Resource")?
            .map(|resource| {
                let Spanned { value: text, span } = string(resource, "a resource")?;
                if !is_resource(&text) {
                    let message = format!(
                        "{text:?} is not a resource; write an ARN \
                         (arn:partition:service:region:account:resource) or *"
                    );
                    return Err(PolicyError::new(Kind::Resource, span, message));
                }
                let syntax = Syntax { wildcards: true, variables: self.variables };
                let pattern = Pattern::parse_resource(&text, syntax)
                    .map_err(|message| PolicyError::new(Kind::Variable, span, message))?;
                Ok(Spanned::new(pattern, span))
            })
            .collect::<Result<_>>()?;
        Ok(Some(Element { span: value.span, negated, entries }))
    }

    fn principal(
        self,
        statement: &Spanned<Json>,
        members: &[Member],
    ) -> Result<Option<Element<PrincipalEntry>>> {
        let (negated, value) = match element(members, "Principal", "NotPrincipal")? {
            Some((_, value)) if !self.kind.names_principals() => {
                return Err(prohibited("Principal", value.span, self.kind));
            }
            Some((true, value)) if self.kind != PolicyKind::Resource => {
                return Err(prohibited("NotPrincipal", value.span, self.kind));
            }
            Some(element) => element,
            None if self.kind.names_principals() => return Err(missing("Principal", statement)),
            None => return Ok(None),
        };
        let entries = match &value.value {
            Json::String(text) if text == "*" => vec![PrincipalEntry {
                span: value.span,
                family: None,
                written: text.clone(),
                name: PrincipalName::Everyone,
            }],
            Json::Object(families) => {
                let mut entries = Vec::new();
                for Member { key, value } in families {
                    for name in one_or_many(value, &key.value)? {
                        entries.push(principal_entry(key, name)?);
                    }
                }
                entries
            }
            _ => {
                let message = "a Principal is \"*\" or an object with AWS, Service, Federated or \
                               CanonicalUser";
                return Err(PolicyError::new(Kind::WrongType, value.span, message));
            }
        };
        if entries.is_empty() {
            return Err(PolicyError::new(
                Kind::MissingElement,
                value.span,
                "Principal names nobody",
            ));
        }
        if self.kind == PolicyKind::ResourceControl
            && let Some(entry) = entries.iter().find(|e| e.name != PrincipalName::Everyone)
        {
            let message = "the Principal of a resource control policy is \"*\"";
            return Err(PolicyError::new(Kind::Principal, entry.span, message));
        }
        Ok(Some(Element { span: value.span, negated, entries }))
    }

    fn conditions(self, block: &Spanned<Json>) -> Result<Vec<Condition>> {
        let mut conditions = Vec::new();
        for Member { key: operator, value: keys } in object(block, "Condition")? {
            let name: Operator = operator.value.parse().map_err(|error| {
                PolicyError::new(Kind::UnknownOperator, operator.span, format!("{error}"))
            })?;
            for Member { key, value } in object(keys, &operator.value)? {
                if !key.value.split_once(':').is_some_and(|(a, b)| !a.is_empty() && !b.is_empty()) {
                    let message = format!(
                        "{:?} is not a condition key; write service:key, such as aws:SourceIp",
                        key.value
                    );
                    return Err(PolicyError::new(Kind::ConditionKey, key.span, message));
                }
                let values = one_or_many(value, &key.value)?
                    .map(|value| self.condition_value(name, value))
                    .collect::<Result<_>>()?;
                conditions.push(Condition {
                    span: key.span,
                    operator: name,
                    key: key.value.clone(),
                    values,
                });
            }
        }
        Ok(conditions)
    }

    fn condition_value(self, operator: Operator, value: &Spanned<Json>) -> Result<ConditionValue> {
        let written = match &value.value {
            Json::String(text) | Json::Number(text) => text.clone(),
            Json::Bool(truth) => truth.to_string(),
            other => {
                let message = format!(
                    "{} compares with a string, number or boolean, not with {}",
                    operator,
                    other.type_name()
                );
                return Err(PolicyError::new(Kind::WrongType, value.span, message));
            }
        };
        let operand = Operand::parse(operator.comparison.base(), &written, self.variables)
            .map_err(|message| {
                let message = format!("{operator}: {message}");
                PolicyError::new(Kind::ConditionValue, value.span, message)
            })?;
        Ok(ConditionValue { span: value.span, written, operand })
    }
}

fn principal_entry(family: &Spanned<String>, name: &Spanned<Json>) -> Result<PrincipalEntry> {
    let Spanned { value: written, span } = string(name, "a principal")?;
    let (family, name) = match family.value.as_str() {
        "AWS" => ("AWS", aws_principal(&written)),
        "Service" => {
            let form = written.contains('.') && !written.contains(['*', '?', ':', '/', ' ']);
            ("Service", form.then(|| PrincipalName::Service(written.clone())))
        }
        "Federated" => {
            let form = !written.is_empty() && !written.contains(['*', '?', ' ']);
            ("Federated", form.then(|| PrincipalName::Federated(written.clone())))
        }
        "CanonicalUser" => {
            let form = !written.is_empty() && written.bytes().all(|b| b.is_ascii_hexdigit());
            ("CanonicalUser", form.then(|| PrincipalName::Other(written.clone())))
        }
        other => {
            let message = format!(
                "{other:?} is not a kind of principal; there are AWS, Service, Federated and \
                 CanonicalUser"
            );
            return Err(PolicyError::new(Kind::UnknownElement, family.span, message));
        }
    };
    let name = name.ok_or_else(|| {
        let message = match family {
            "AWS" => format!(
                "{written:?} is not a principal; write *, an account id, or the ARN of an \
                 account's root, a user, a role or a session, without wildcards"
            ),
            _ => format!("{written:?} is not a principal of the kind {family}"),
        };
        PolicyError::new(Kind::Principal, span, message)
    })?;
    Ok(PrincipalEntry { span, family: Some(family), written, name })
}

fn aws_principal(text: &str) -> Option<PrincipalName> {
    if text == "*" {
        return Some(PrincipalName::Everyone);
    }
    if let Ok(account) = text.parse::<AccountId>() {
        return Some(PrincipalName::Account(account));
    }
    // AIDA…, AROA…: what AWS shows where a principal was deleted.
    if text.len() >= 16 && text.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit()) {
        return Some(PrincipalName::Other(text.to_owned()));
    }
    let arn: Arn = text.parse().ok()?;
    if text.contains(['*', '?', '$']) {
        return None;
    }
    // An origin access identity of CloudFront, which is no user of any account. Source: Amazon S3
    // User Guide, *Examples of Amazon S3 bucket policies*.
    if arn.service() == "iam" && arn.account() == "cloudfront" {
        let own = arn.resource().strip_prefix("user/CloudFront Origin Access Identity ");
        return own.filter(|id| !id.is_empty()).map(|_| PrincipalName::Other(text.to_owned()));
    }
    match crate::Principal::from_arn(&arn, None)? {
        crate::Principal::Root(account) => Some(PrincipalName::Account(account)),
        _ => Some(PrincipalName::Arn(arn)),
    }
}

/// `*`, or a service's name, a colon and an action's name, which may have wildcards.
fn is_action(text: &str) -> bool {
    let Some((service, action)) = text.split_once(':') else { return text == "*" };
    let service_name = !service.is_empty()
        && service.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let action_name = !action.is_empty()
        && action
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'*' | b'?' | b'-' | b'_'));
    (service_name || service == "*") && action_name
}

/// `*`, or an ARN of six parts whose service is spelled out; fewer parts where a wildcard may stand
/// for several. The last part may be empty, as in AWS's own `AmazonDevOpsGuruOrganizationsAccess`.
fn is_resource(text: &str) -> bool {
    if text == "*" {
        return true;
    }
    let mut parts = text.splitn(6, ':');
    if parts.next() != Some("arn") {
        return false;
    }
    let parts: Vec<&str> = parts.collect();
    match parts.as_slice() {
        [partition, service, _, _, _] => {
            !partition.is_empty() && !service.is_empty() && !service.contains(['*', '?'])
        }
        _ => text.contains('*'),
    }
}

fn version(value: &Spanned<Json>) -> Result<Version> {
    let text = string(value, "Version")?;
    [Version::V2008, Version::V2012].into_iter().find(|v| v.as_str() == text.value).ok_or_else(
        || {
            let message = format!("{:?} is not a version; write \"2012-10-17\"", text.value);
            PolicyError::new(Kind::Version, text.span, message)
        },
    )
}

fn effect_of(value: &Spanned<Json>) -> Result<Effect> {
    let text = string(value, "Effect")?;
    match text.value.as_str() {
        "Allow" => Ok(Effect::Allow),
        "Deny" => Ok(Effect::Deny),
        other => {
            let message = format!("{other:?} is not an effect; write \"Allow\" or \"Deny\"");
            Err(PolicyError::new(Kind::Effect, text.span, message))
        }
    }
}

/// IAM takes letters and digits only; services that own a resource are more lenient. Everywhere an
/// id is used once.
fn sids(statements: &[Statement], kind: PolicyKind) -> Result<()> {
    let strict = !matches!(kind, PolicyKind::Resource | PolicyKind::VpcEndpoint);
    let mut seen: Vec<&str> = Vec::new();
    for sid in statements.iter().filter_map(|statement| statement.sid.as_ref()) {
        let wrong = |why| {
            Err(PolicyError::new(Kind::Sid, sid.span, format!("the Sid {:?} {why}", sid.value)))
        };
        if strict && !sid.value.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
            return wrong("has characters other than letters and digits");
        }
        if seen.contains(&sid.value.as_str()) {
            return wrong("is used twice");
        }
        // Consoles write an empty one into every statement.
        if !sid.value.is_empty() {
            seen.push(&sid.value);
        }
    }
    Ok(())
}

fn object<'j>(value: &'j Spanned<Json>, name: &str) -> Result<&'j [Member]> {
    match &value.value {
        Json::Object(members) => Ok(members),
        other => Err(wrong_type(name, "an object", other, value.span)),
    }
}

fn string(value: &Spanned<Json>, name: &str) -> Result<Spanned<String>> {
    match &value.value {
        Json::String(text) => Ok(Spanned::new(text.clone(), value.span)),
        other => Err(wrong_type(name, "a string", other, value.span)),
    }
}

/// The entries of a list, or the one entry that stands alone.
fn one_or_many<'j>(
    value: &'j Spanned<Json>,
    name: &str,
) -> Result<impl Iterator<Item = &'j Spanned<Json>>> {
    let entries = match &value.value {
        Json::Array(entries) if entries.is_empty() => {
            let message = format!("{name} lists nothing");
            return Err(PolicyError::new(Kind::MissingElement, value.span, message));
        }
        Json::Array(entries) => entries.as_slice(),
        _ => std::slice::from_ref(value),
    };
    Ok(entries.iter())
}

fn find<'j>(members: &'j [Member], key: &str) -> Option<&'j Spanned<Json>> {
    members.iter().find(|member| member.key.value == key).map(|member| &member.value)
}

/// Of an element and its `Not` form, the one that is there, and whether it is the latter.
fn element<'j>(
    members: &'j [Member],
    plain: &str,
    not: &str,
) -> Result<Option<(bool, &'j Spanned<Json>)>> {
    match (find(members, plain), find(members, not)) {
        (Some(_), Some(second)) => {
            let message = format!("{plain} and {not} exclude each other");
            Err(PolicyError::new(Kind::ProhibitedElement, second.span, message))
        }
        (Some(value), None) => Ok(Some((false, value))),
        (None, Some(value)) => Ok(Some((true, value))),
        (None, None) => Ok(None),
    }
}

fn only(members: &[Member], known: &[&str], place: &str) -> Result<()> {
    match members.iter().find(|member| !known.contains(&member.key.value.as_str())) {
        None => Ok(()),
        Some(Member { key, .. }) => {
            let message = format!(
                "{:?} is not an element of {place}; it has {}",
                key.value,
                known.join(", ")
            );
            Err(PolicyError::new(Kind::UnknownElement, key.span, message))
        }
    }
}

fn missing(element: &str, at: &Spanned<Json>) -> PolicyError {
    PolicyError::new(Kind::MissingElement, at.span, format!("{element} is missing"))
}

fn prohibited(element: &str, at: Span, kind: PolicyKind) -> PolicyError {
    let name = kind.name();
    let article = if kind == PolicyKind::Identity { "an" } else { "a" };
    PolicyError::new(Kind::ProhibitedElement, at, format!("{article} {name} has no {element}"))
}

fn wrong_type(name: &str, wanted: &str, found: &Json, at: Span) -> PolicyError {
    let message = format!("{name} is {wanted}, not {}", found.type_name());
    PolicyError::new(Kind::WrongType, at, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `^` stands before the place that the error must point at.
    #[test]
    fn a_mistake_is_pointed_at() {
        let rest = r#""Action": "s3:*", "Resource": "*""#;
        let allow = r#""Effect": "Allow""#;
        for (marked, kind) in [
            ("{\"Version\": ^2012}".to_owned(), Kind::WrongType),
            ("{\n ^\"version\": \"2012-10-17\"}".to_owned(), Kind::UnknownElement),
            ("{\"Statement\": [\n  ^{}]}".to_owned(), Kind::MissingElement),
            ("^[]".to_owned(), Kind::WrongType),
            (format!("{{\"Statement\":\n {{{allow}, {rest}, \"Sid\": ^\"a b\"}}}}"), Kind::Sid),
            (format!("{{\"Statement\": {{{allow},\n{rest}, ^{allow}}}}}"), Kind::DuplicateKey),
            (format!("{{\"Statement\": {{\"Effect\":\n ^\"allow\", {rest}}}}}"), Kind::Effect),
            (
                format!("{{\"Statement\": {{{allow}, \"Action\": [\"a:b\",\n ^\"s3\"]}}}}"),
                Kind::Action,
            ),
            (
                format!(
                    "{{\"Statement\": {{{allow}, \"Action\": \"*\", \"Resource\": ^\"b/*\"}}}}"
                ),
                Kind::Resource,
            ),
            (
                format!("{{\"Statement\": {{{allow}, {rest}, \"Principal\": ^\"*\"}}}}"),
                Kind::ProhibitedElement,
            ),
            (
                format!(
                    "{{\"Statement\": {{{allow}, {rest},\n\"Condition\": {{^\"Is\": {{}}}}}}}}"
                ),
                Kind::UnknownOperator,
            ),
            (
                format!(
                    "{{\"Statement\": {{{allow}, {rest}, \"Condition\": {{\"Bool\": {{^\"x\": true}}}}}}}}"
                ),
                Kind::ConditionKey,
            ),
            (
                format!(
                    "{{\"Statement\": {{{allow}, {rest}, \"Condition\": {{\"Bool\": {{\"é:x\": [^\"é\"]}}}}}}}}"
                ),
                Kind::ConditionValue,
            ),
            (
                format!(
                    "{{\"Version\": \"2012-10-17\", \"Statement\": {{{allow}, \"Action\": \"*\",\n\
                     \"Resource\": ^\"arn:aws:s3:::b/${{x\"}}}}"
                ),
                Kind::Variable,
            ),
        ] {
            let before = marked.split('^').next().unwrap();
            let line = before.matches('\n').count() + 1;
            let column = before.rsplit('\n').next().unwrap().chars().count() + 1;
            let error = Policy::parse(&marked.replace('^', ""), PolicyKind::Identity).unwrap_err();
            let place = (error.line as usize, error.column as usize);
            assert_eq!((error.kind, place), (kind, (line, column)), "{marked}\n{error}");
        }
        let long = " ".repeat(limits::READ_BYTES + 1);
        let error = Policy::parse(&long, PolicyKind::Identity).unwrap_err();
        assert_eq!(error.kind, Kind::TooLarge);
    }

    #[test]
    fn the_tree_keeps_what_was_written() {
        let text = r#"{"Version": "2012-10-17", "Id": "i", "Statement": [
          {"Sid": "one", "Effect": "Deny", "NotPrincipal": {"AWS": ["111111111111", "*"]},
           "NotAction": ["S3:Get*"], "NotResource": "arn:aws:s3:::${aws:UserName}*",
           "Condition": {"ForAnyValue:StringLikeIfExists": {"AWS:TagKeys": ["a*", true, 1.50]}}}]}"#;
        let policy = Policy::parse(text, PolicyKind::Resource).unwrap();
        assert_eq!((policy.version(), policy.id()), (Version::V2012, Some("i")));
        let [statement] = policy.statements() else { panic!("one statement") };
        assert_eq!((statement.sid(), statement.effect()), (Some("one"), Effect::Deny));
        assert_eq!((statement.span().line, statement.span().column), (2, 11));
        let principal = statement.principal().unwrap();
        assert!(principal.negated());
        assert_eq!(principal.entries()[0].written(), "111111111111");
        assert_eq!(*principal.entries()[1].name(), PrincipalName::Everyone);
        assert_eq!(statement.action().entries()[0].value.source(), "S3:Get*");
        let resource = &statement.resource().unwrap().entries()[0];
        assert_eq!(&*resource.value.variables().next().unwrap().key, "aws:username");
        assert_eq!((resource.span.line, resource.span.column), (3, 53));
        let [condition] = statement.conditions() else { panic!("one condition") };
        assert_eq!(condition.operator().to_string(), "ForAnyValue:StringLikeIfExists");
        assert_eq!(condition.key(), "AWS:TagKeys");
        let written: Vec<&str> = condition.values().iter().map(ConditionValue::written).collect();
        assert_eq!(written, ["a*", "true", "1.50"]);
    }
}
