use crate::{Key, Value};
use crate::{
    Node, Problem, Span,
    fields::Fields,
    limits,
    pattern::Pattern,
    template::{Parameter, ParameterKind},
};

const KEYS: &[&str] = &[
    "AllowedPattern",
    "AllowedValues",
    "ConstraintDescription",
    "Default",
    "Description",
    "MaxLength",
    "MaxValue",
    "MinLength",
    "MinValue",
    "NoEcho",
    "Type",
];

impl ParameterKind {
    const ALL: [Self; 5] =
        [Self::Text, Self::Number, Self::NumberList, Self::TextList, Self::SystemsManager];

    fn of(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

impl Parameter {
    /// Reads an entry of `Parameters`.
    pub(crate) fn read(name: &Key, node: &Node, problems: &mut Vec<Problem>) -> Option<Self> {
        let mut fields = Fields::new("parameter", node, KEYS, problems);
        let kind = read_kind(name, &mut fields);
        let allowed_pattern = fields.name("AllowedPattern").and_then(|(source, span)| {
            Pattern::parse(source)
                .map_err(|why| fields.problems().push(Problem::new(why, span)))
                .ok()
        });
        let allowed_values = fields.list("AllowedValues").unwrap_or_default();
        let parameter = Self {
            name: name.clone(),
            kind: kind?,
            default: fields.scalar("Default"),
            allowed_values: allowed_values.iter().filter_map(Node::scalar).collect(),
            allowed_pattern,
            min_length: fields.parsed("MinLength", "a whole number"),
            max_length: fields.parsed("MaxLength", "a whole number"),
            min_value: fields.parsed("MinValue", "a number"),
            max_value: fields.parsed("MaxValue", "a number"),
            no_echo: fields.parsed("NoEcho", "true or false").unwrap_or_default(),
            description: fields.text("Description").map(str::to_owned),
            constraint_description: fields.text("ConstraintDescription").map(str::to_owned),
        };
        if let (Some(default), Some(node)) = (&parameter.default, fields.get("Default"))
            && let Err(message) = parameter.accepts(default)
        {
            let message = format!("the default does not fit: {message}");
            fields.problems().push(Problem::new(message, node.span));
        }
        Some(parameter)
    }

    /// The value as `Ref` gives it.
    pub(crate) fn value(&self, text: &str, span: Span) -> Value {
        match self.kind {
            ParameterKind::TextList | ParameterKind::NumberList if text.is_empty() => {
                Value::List(Vec::new())
            }
            ParameterKind::TextList | ParameterKind::NumberList => {
                Value::List(text.split(',').map(|member| Node::text(member.trim(), span)).collect())
            }
            ParameterKind::Text | ParameterKind::Number | ParameterKind::SystemsManager => {
                Value::Text(text.to_owned())
            }
        }
    }

    /// Whether a value fits.
    ///
    /// # Errors
    ///
    /// The message that AWS gives, without the value if the parameter has `NoEcho`.
    pub fn accepts(&self, value: &str) -> Result<(), String> {
        let name = &self.name.text;
        if value.len() > limits::PARAMETER_BYTES {
            return Err(format!(
                "Parameter '{name}' must contain at most {} characters",
                limits::PARAMETER_BYTES
            ));
        }
        let members: Vec<&str> = match self.kind {
            ParameterKind::NumberList | ParameterKind::TextList => {
                value.split(',').map(str::trim).collect()
            }
            ParameterKind::Text | ParameterKind::Number | ParameterKind::SystemsManager => {
                vec![value]
            }
        };
        for member in members {
            self.accepts_member(member).map_err(|message| match &self.constraint_description {
                Some(description) => {
                    format!("Parameter {name} failed to satisfy constraint: {description}")
                }
                None => message,
            })?;
        }
        Ok(())
    }

    /// Whether a value of the parameter, or of its list, fits.
    fn accepts_member(&self, value: &str) -> Result<(), String> {
        let name = &self.name.text;
        if matches!(self.kind, ParameterKind::Number | ParameterKind::NumberList) {
            let number: f64 = value
                .parse()
                .ok()
                .filter(|number: &f64| number.is_finite())
                .ok_or_else(|| format!("Parameter '{name}' must be a number"))?;
            if let Some(least) = self.min_value.filter(|least| number < *least) {
                return Err(format!("Parameter '{name}' must be a number not less than {least}"));
            }
            if let Some(most) = self.max_value.filter(|most| number > *most) {
                return Err(format!("Parameter '{name}' must be a number not greater than {most}"));
            }
        }
        let length = value.chars().count() as u64;
        if let Some(least) = self.min_length.filter(|least| length < *least) {
            return Err(format!("Parameter '{name}' must contain at least {least} characters"));
        }
        if let Some(most) = self.max_length.filter(|most| length > *most) {
            return Err(format!("Parameter '{name}' must contain at most {most} characters"));
        }
        if !self.allowed_values.is_empty() && !self.allowed_values.iter().any(|one| one == value) {
            return Err(format!("Parameter '{name}' must be one of AllowedValues"));
        }
        match &self.allowed_pattern {
            Some(pattern) if !pattern.matches(value) => {
                Err(format!("Parameter '{name}' must match pattern {}", pattern.as_str()))
            }
            _ => Ok(()),
        }
    }
}

fn read_kind(name: &Key, fields: &mut Fields) -> Option<ParameterKind> {
    if fields.get("Type").is_none() {
        let message = "Every Parameters object must contain a Type member.";
        fields.problems().push(Problem::new(message, name.span));
        return None;
    }
    let (text, span) = fields.name("Type")?;
    let kind = ParameterKind::of(text);
    if kind.is_none() {
        let served = text.starts_with("AWS::") || text.starts_with("List<AWS::");
        let message = if served {
            format!("parameters of type {text} are not served")
        } else {
            format!("Unrecognized parameter type: {text}")
        };
        let kinds = ParameterKind::ALL.map(ParameterKind::as_str).join(", ");
        fields.problems().push(Problem::new(message, span).help(format!("the types are {kinds}")));
    }
    kind
}
