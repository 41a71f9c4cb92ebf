//! A second evaluator, written sentence by sentence from the IAM User Guide, on the JSON itself and
//! without any thought of speed. It shares nothing with the engine.

use std::{collections::BTreeMap, net::IpAddr};

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;

/// Whether a case (as `Case::parse` takes it, known to be well-formed) is allowed.
pub(crate) fn allows(case: &Value) -> bool {
    Evaluation::new(case).allows()
}

struct Evaluation<'c> {
    action: String,
    resource: &'c str,
    account: Option<String>,
    resource_account: Option<&'c str>,
    /// Names of the principal, the closest last: account, role or user of a session, itself.
    names: Vec<String>,
    anonymous: bool,
    federated: bool,
    context: BTreeMap<String, Key>,
    policies: &'c Value,
    restricted: bool,
}

#[derive(Clone)]
struct Key {
    values: Vec<String>,
    many: bool,
}

fn list(value: &Value) -> Vec<&Value> {
    match value {
        Value::Array(values) => values.iter().collect(),
        Value::Null => vec![],
        other => vec![other],
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// How closely a statement names who asks.
#[derive(Clone, Copy, PartialEq, PartialOrd)]
enum Close {
    Account,
    Owner,
    Itself,
}

impl<'c> Evaluation<'c> {
    fn new(case: &'c Value) -> Self {
        let request = &case["request"];
        let mut context = BTreeMap::new();
        for (key, value) in request["context"].as_object().into_iter().flatten() {
            let values = list(value).into_iter().map(text).collect();
            context.insert(key.to_lowercase(), Key { values, many: value.is_array() });
        }
        let mut derived: Vec<(&str, String)> = Vec::new();
        let (mut names, mut account, mut service) = (Vec::new(), None, false);
        match &request["principal"] {
            Value::Null => {
                derived.push(("aws:principaltype", "Anonymous".into()));
                derived.push(("aws:userid", "anonymous".into()));
            }
            Value::Object(map) => {
                service = map.contains_key("Service");
                names.extend(map.iter().map(|(kind, name)| format!("{kind} {}", text(name))));
            }
            arn => {
                let arn = text(arn);
                let parts: Vec<&str> = arn.splitn(6, ':').collect();
                let owner = parts[4].to_owned();
                let (kind, name) = parts[5].split_once('/').unwrap_or((parts[5], ""));
                if kind == "root" {
                    derived.push(("aws:userid", owner.clone()));
                } else {
                    names.push(format!("AWS arn:aws:iam::{owner}:root"));
                }
                let mut principal_arn = arn.clone();
                derived.push((
                    "aws:principaltype",
                    match kind {
                        "root" => "Account",
                        "user" => "User",
                        "federated-user" => "FederatedUser",
                        _ => "AssumedRole",
                    }
                    .into(),
                ));
                if kind == "user" {
                    derived.push(("aws:username", name.rsplit('/').next().unwrap().into()));
                }
                if kind == "assumed-role" {
                    let role = name.split('/').next().unwrap();
                    principal_arn = match context.get("aws:principalarn") {
                        Some(key) => key.values[0].clone(),
                        None => format!("arn:aws:iam::{owner}:role/{role}"),
                    };
                    names.push(format!("AWS {principal_arn}"));
                }
                if kind == "federated-user" {
                    names.push(format!("AWS arn:aws:iam::{owner}:user/{name}"));
                }
                names.push(format!("AWS {arn}"));
                derived.push(("aws:principalarn", principal_arn));
                derived.push(("aws:principalaccount", owner.clone()));
                account = Some(owner);
            }
        }
        for (key, value) in derived {
            let key = key.to_owned();
            context.entry(key).or_insert(Key { values: vec![value], many: false });
        }
        let anonymous = request["principal"].is_null();
        let federated = text(&request["principal"]).contains(":federated-user/");
        let mut evaluation = Self {
            action: text(&request["action"]),
            resource: request["resource"].as_str().unwrap(),
            account,
            resource_account: request["resourceAccount"].as_str(),
            names,
            anonymous,
            federated,
            context,
            policies: &case["policies"],
            restricted: false,
        };
        let outsider = evaluation.crosses() || (evaluation.account.is_none() && !service);
        evaluation.restricted = case["blockPublicAccess"] == Value::Bool(true)
            && outsider
            && is_public(&evaluation.policies["resource"]);
        evaluation
    }

    fn crosses(&self) -> bool {
        match (&self.account, self.resource_account) {
            (Some(own), Some(other)) => own != other,
            _ => false,
        }
    }

    fn allows(&self) -> bool {
        let policies = self.policies;
        let scp = if self.account.is_some() { list(&policies["scp"]) } else { vec![] };
        let rcp = list(&policies["rcp"]);
        let identity = list(&policies["identity"]);
        let boundary = list(&policies["permissionsBoundary"]);
        let session = list(&policies["session"]);
        let endpoint = list(&policies["vpcEndpoint"]);
        let resource = list(&policies["resource"]);

        // An explicit deny in any policy overrides any allow.
        let levels = scp.iter().chain(&rcp).flat_map(|level| list(level));
        let everything = levels
            .chain(identity.iter().copied())
            .chain(boundary.iter().copied())
            .chain(session.iter().copied())
            .chain(endpoint.iter().copied())
            .chain(resource.iter().copied());
        for policy in everything {
            if self.applying(policy, "Deny").is_some() {
                return false;
            }
        }
        // Guardrails: every level must allow.
        let any =
            |policies: &[&Value]| policies.iter().any(|p| self.applying(p, "Allow").is_some());
        if !scp.iter().chain(&rcp).all(|level| any(&list(level))) {
            return false;
        }
        if !policies["vpcEndpoint"].is_null() && !any(&endpoint) {
            return false;
        }
        let given = if self.restricted {
            None
        } else {
            resource.first().and_then(|policy| self.applying(policy, "Allow"))
        };
        if self.account.is_none() {
            return given.is_some();
        }
        let bounded = |list: &[&Value], name: &str| policies[name].is_null() || any(list);
        let within = boundary.iter().all(|policy| any(&[policy]))
            && (policies["permissionsBoundary"].is_null() || !boundary.is_empty())
            && bounded(&session, "session")
            && !(self.federated && session.is_empty());
        if self.crosses() {
            return given.is_some() && any(&identity) && within;
        }
        let action = self.action.to_lowercase();
        let must_itself = ["sts:assumerole", "sts:tagsession", "sts:setsourceidentity"]
            .iter()
            .any(|start| action.starts_with(start) && !resource.is_empty())
            || action.starts_with("sts:assumerole")
            || (action.starts_with("kms:") && self.resource.contains(":key/"));
        match given {
            Some(Close::Itself) => true,
            Some(Close::Owner) => within,
            Some(Close::Account) => any(&identity) && within,
            None => !must_itself && any(&identity) && within,
        }
    }

    /// The closest that an applying statement with this effect names who asks.
    fn applying(&self, policy: &Value, effect: &str) -> Option<Close> {
        let variables = policy["Version"] == "2012-10-17";
        let mut best = None;
        for statement in list(&policy["Statement"]) {
            if statement["Effect"] == effect
                && let Some(close) = self.principal(statement)
                && self.action(statement)
                && self.resource(statement, variables)
                && self.conditions(statement, variables)
                && best.is_none_or(|best| close > best)
            {
                best = Some(close);
            }
        }
        best
    }

    /// The names of who asks that an element lists; `None` in the list is everyone.
    fn listed(&self, element: &Value) -> Vec<Option<usize>> {
        let mut found = Vec::new();
        if element == "*" {
            return vec![None];
        }
        for (kind, entries) in element.as_object().unwrap() {
            for entry in list(entries) {
                let mut entry = text(entry);
                if entry == "*" {
                    found.push(None);
                }
                if kind == "AWS" && entry.len() == 12 && entry.parse::<u64>().is_ok() {
                    entry = format!("arn:aws:iam::{entry}:root");
                }
                let entry = format!("{kind} {entry}");
                found.extend(self.names.iter().position(|name| *name == entry).map(Some));
            }
        }
        found
    }

    fn principal(&self, statement: &Value) -> Option<Close> {
        if let element @ (Value::String(_) | Value::Object(_)) = &statement["NotPrincipal"] {
            let listed = self.listed(element);
            let spared = if statement["Effect"] == "Allow" {
                !listed.is_empty()
            } else {
                self.policies["permissionsBoundary"].is_null()
                    && (listed.contains(&None)
                        || (!self.anonymous
                            && (0..self.names.len()).all(|name| {
                                // The page asks for a session's role, and says nothing of a user.
                                listed.contains(&Some(name)) || (self.federated && name == 1)
                            })))
            };
            return (!spared).then_some(Close::Itself);
        }
        if statement["Principal"].is_null() {
            return Some(Close::Itself);
        }
        let last = self.names.len().wrapping_sub(1);
        let closeness = |name: Option<usize>| match name {
            None => Close::Itself,
            Some(name) if name == last => Close::Itself,
            Some(0) => Close::Account,
            Some(_) => Close::Owner,
        };
        let listed = self.listed(&statement["Principal"]).into_iter().map(closeness);
        listed.fold(None, |best, close| match best {
            Some(best) if best >= close => Some(best),
            _ => Some(close),
        })
    }

    fn action(&self, statement: &Value) -> bool {
        let asked = self.action.to_lowercase();
        let covers = |pattern: &Value| {
            let pattern = wildcards(&text(pattern).to_lowercase());
            glob(&pattern, &asked, Parts::None)
        };
        if statement["NotAction"].is_null() {
            list(&statement["Action"]).into_iter().any(covers)
        } else {
            !list(&statement["NotAction"]).into_iter().any(covers)
        }
    }

    fn resource(&self, statement: &Value, variables: bool) -> bool {
        let covers = |pattern: &Value| {
            let pattern = text(pattern);
            let fifth = pattern.match_indices(':').nth(4).map_or(pattern.len(), |(at, _)| at + 1);
            let (head, tail) = pattern.split_at(fifth);
            let mut tokens = wildcards(head);
            tokens.extend(self.tokens(tail, true, variables)?);
            Some(glob(&tokens, self.resource, Parts::Resource))
        };
        if statement["NotResource"].is_null() {
            let entries = list(&statement["Resource"]);
            // A trust policy has none and is about its role.
            entries.is_empty() || entries.into_iter().any(|entry| covers(entry) == Some(true))
        } else {
            list(&statement["NotResource"]).into_iter().all(|entry| covers(entry) == Some(false))
        }
    }

    /// A text with its variables replaced, or nothing if one of them has no value.
    fn tokens(&self, text: &str, stars: bool, variables: bool) -> Option<Vec<Token>> {
        let mut tokens = Vec::new();
        let mut rest = text;
        while let Some(next) = rest.chars().next() {
            if variables && rest.starts_with("${") {
                let quoted = rest.find(", '").filter(|quote| *quote < rest.find('}').unwrap());
                let end = match quoted {
                    Some(quote) => quote + 3 + rest[quote + 3..].find('\'').unwrap() + 1,
                    None => rest.find('}').unwrap(),
                };
                let inside = &rest[2..end];
                rest = &rest[end + 1..];
                let value = match inside {
                    "*" | "?" | "$" => inside.to_owned(),
                    _ => {
                        let (key, default) = match inside.split_once(", '") {
                            Some((key, default)) => (key, default.strip_suffix('\'')),
                            None => (inside, None),
                        };
                        match self.context.get(&key.to_lowercase()) {
                            Some(key) if key.many => return None,
                            Some(key) => key.values[0].clone(),
                            None => default?.to_owned(),
                        }
                    }
                };
                tokens.extend(value.chars().map(Token::Is));
                continue;
            }
            tokens.push(match next {
                '*' if stars => Token::Any,
                '?' if stars => Token::One,
                other => Token::Is(other),
            });
            rest = &rest[next.len_utf8()..];
        }
        Some(tokens)
    }

    fn conditions(&self, statement: &Value, variables: bool) -> bool {
        let blocks = statement["Condition"].as_object().into_iter().flatten();
        blocks
            .flat_map(|(operator, keys)| {
                keys.as_object().unwrap().iter().map(move |(key, values)| (operator, key, values))
            })
            .all(|(operator, key, values)| self.condition(operator, key, &list(values), variables))
    }

    fn condition(&self, operator: &str, key: &str, wanted: &[&Value], variables: bool) -> bool {
        let (set, rest) = match operator.split_once(':') {
            Some((set, rest)) => (set, rest),
            None => ("", operator),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        let actual = self.context.get(&key.to_lowercase());
        let actual = actual.map(|key| key.values.clone()).filter(|values| !values.is_empty());
        // "a null dataset, such as an empty string"
        let null = actual.as_ref().is_none_or(|values| values.iter().all(String::is_empty));
        if name == "Null" {
            return wanted.iter().any(|wanted| text(wanted) == null.to_string());
        }
        let negated = name.contains("Not");
        let Some(actual) = actual else {
            return if_exists || set == "ForAllValues" || (negated && set.is_empty());
        };
        let positive = name.replace("Not", "");
        let equal = |value: &String| {
            wanted.iter().any(|w| self.compare(&positive, &text(w), value, variables))
        };
        match set {
            "ForAllValues" => null || actual.iter().all(|value| equal(value) != negated),
            "ForAnyValue" => actual.iter().any(|value| equal(value) != negated),
            _ => actual.iter().any(equal) != negated,
        }
    }

    fn compare(&self, operator: &str, wanted: &str, actual: &str, variables: bool) -> bool {
        let exact = || {
            let tokens = self.tokens(wanted, false, variables)?;
            Some(tokens.iter().map(|t| if let Token::Is(c) = t { *c } else { ' ' }).collect())
        };
        match operator {
            "StringEquals" => exact().is_some_and(|wanted: String| wanted == actual),
            "StringEqualsIgnoreCase" => {
                exact().is_some_and(|wanted| wanted.to_lowercase() == actual.to_lowercase())
            }
            "StringLike" => {
                self.tokens(wanted, true, variables).is_some_and(|t| glob(&t, actual, Parts::None))
            }
            "ArnEquals" | "ArnLike" => {
                actual.matches(':').count() >= 5
                    && self
                        .tokens(wanted, true, variables)
                        .is_some_and(|t| glob(&t, actual, Parts::Six))
            }
            "Bool" => wanted.eq_ignore_ascii_case(actual) && !wanted.contains("${"),
            "BinaryEquals" => {
                STANDARD.decode(actual).is_ok_and(|a| a == STANDARD.decode(wanted).unwrap())
            }
            "IpAddress" => in_network(wanted, actual),
            _ => {
                let ordering = if let Some(relation) = operator.strip_prefix("Numeric") {
                    let (Ok(wanted), Ok(actual)) = (wanted.parse(), actual.parse::<f64>()) else {
                        return false;
                    };
                    (relation, actual.partial_cmp(&wanted))
                } else {
                    let relation = operator.strip_prefix("Date").unwrap();
                    let (Some(wanted), Some(actual)) = (moment(wanted), moment(actual)) else {
                        return false;
                    };
                    (relation, Some(actual.cmp(&wanted)))
                };
                let (relation, Some(ordering)) = ordering else { return false };
                match relation {
                    "Equals" => ordering.is_eq(),
                    "LessThan" => ordering.is_lt(),
                    "LessThanEquals" => ordering.is_le(),
                    "GreaterThan" => ordering.is_gt(),
                    _ => ordering.is_ge(),
                }
            }
        }
    }
}

fn in_network(network: &str, address: &str) -> bool {
    let (base, prefix) = network.split_once('/').unwrap_or((network, "128"));
    let prefix: u32 = prefix.parse().unwrap();
    let bits = |address: IpAddr| match address {
        IpAddr::V4(v4) => format!("4{:032b}", u32::from(v4)),
        IpAddr::V6(v6) => format!("6{:0128b}", u128::from(v6)),
    };
    let Ok(address) = address.parse::<IpAddr>() else { return false };
    let (base, address) = (bits(base.parse().unwrap()), bits(address));
    let length = (1 + prefix as usize).min(base.len());
    base.len() == address.len() && base[..length] == address[..length]
}

fn moment(text: &str) -> Option<jiff::Timestamp> {
    if text.len() != 4 && text.chars().all(|c| c.is_ascii_digit()) {
        return jiff::Timestamp::from_second(text.parse().ok()?).ok();
    }
    let full = "0000-01-01T00:00:00Z";
    let whole = if text.contains('T') {
        text.to_owned()
    } else {
        format!("{text}{}", full.get(text.len()..)?)
    };
    whole.parse().ok()
}

#[derive(Clone, Copy, PartialEq)]
enum Token {
    Is(char),
    One,
    Any,
}

/// What the colons of an ARN mean to wildcards.
#[derive(Clone, Copy, PartialEq)]
enum Parts {
    None,
    Resource,
    Six,
}

fn wildcards(text: &str) -> Vec<Token> {
    let token = |c| match c {
        '*' => Token::Any,
        '?' => Token::One,
        other => Token::Is(other),
    };
    text.chars().map(token).collect()
}

/// Which beginnings of the text the tokens read so far can cover: token by token, all at once.
fn glob(tokens: &[Token], text: &str, parts: Parts) -> bool {
    let text: Vec<char> = text.chars().collect();
    let arn = text.iter().filter(|c| **c == ':').count() >= 5;
    // A colon that separates two of an ARN's parts.
    let separates = |at: usize| {
        let before = text[..at].iter().filter(|c| **c == ':').count();
        parts != Parts::None && arn && text[at] == ':' && before < 5
    };
    let mut reached = vec![false; text.len() + 1];
    reached[0] = true;
    for (index, token) in tokens.iter().enumerate() {
        let mut next = vec![false; text.len() + 1];
        // Stars side by side are one star, and so is what follows them.
        let following = tokens[index..].iter().find(|token| **token != Token::Any);
        let ends_part =
            parts == Parts::Resource && matches!(following, None | Some(Token::Is(':')));
        for at in 0..=text.len() {
            match token {
                Token::Is(c) if at < text.len() => next[at + 1] |= reached[at] && text[at] == *c,
                Token::One if at < text.len() => next[at + 1] |= reached[at] && !separates(at),
                Token::Any => {
                    next[at] |= reached[at];
                    if at < text.len() && next[at] && (ends_part || !separates(at)) {
                        next[at + 1] = true;
                    }
                }
                _ => {}
            }
        }
        reached = next;
    }
    reached[text.len()]
}

/// S3's meaning of public: an Allow for everyone that no fixed value ties to somebody.
fn is_public(policy: &Value) -> bool {
    let everyone = |statement: &Value| {
        !statement["NotPrincipal"].is_null()
            || statement["Principal"] == "*"
            || list(&statement["Principal"]["AWS"]).iter().any(|entry| *entry == "*")
    };
    let fixed = |operator: &str, key: &str, values: &Value| {
        let key = key.to_lowercase();
        let values = list(values);
        match operator.trim_start_matches("ForAnyValue:") {
            "IpAddress" if key == "aws:sourceip" => values.iter().all(|value| {
                let value = text(value);
                let (address, prefix) = value.split_once('/').unwrap_or((&value, "128"));
                prefix.parse::<u32>().unwrap() >= if address.contains(':') { 32 } else { 8 }
            }),
            name @ ("StringEquals"
            | "StringEqualsIgnoreCase"
            | "StringLike"
            | "ArnEquals"
            | "ArnLike") => {
                let known = "aws:principalaccount aws:principalarn aws:principalorgid \
                             aws:sourceaccount aws:sourcearn aws:sourceowner aws:sourcevpc \
                             aws:sourcevpce aws:userid";
                let wild = |value: &&Value| {
                    let value = text(value);
                    value.contains("${")
                        || (!name.starts_with("StringEquals") && value.contains(['*', '?']))
                };
                known.split_whitespace().any(|known| known == key) && !values.iter().any(wild)
            }
            _ => false,
        }
    };
    list(&policy["Statement"]).into_iter().any(|statement| {
        let conditions = statement["Condition"].as_object().into_iter().flatten();
        statement["Effect"] == "Allow"
            && everyone(statement)
            && !conditions
                .flat_map(|(o, keys)| keys.as_object().unwrap().iter().map(move |(k, v)| (o, k, v)))
                .any(|(operator, key, values)| fixed(operator, key, values))
    })
}
