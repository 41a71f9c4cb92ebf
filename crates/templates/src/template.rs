use crate::{
    Key, Node, Pattern, Problem, Problems, check,
    fields::{self, entries, nearest_help},
    limits, read, rules,
};

const SECTIONS: &[&str] = &[
    "AWSTemplateFormatVersion",
    "Conditions",
    "Description",
    "Mappings",
    "Metadata",
    "Outputs",
    "Parameters",
    "Resources",
    "Rules",
    "Transform",
];

/// A template that was read and checked: every name in it that it can know itself is known.
///
/// Which resource types there are, and with which properties and attributes, the caller knows:
/// [`Template::check`] asks it.
#[derive(Debug, Clone, PartialEq)]
pub struct Template {
    /// `Description`.
    pub description: Option<String>,
    /// `Metadata`, as it stands.
    pub metadata: Option<Node>,
    /// `Parameters`, in the template's order, as everything that follows.
    pub parameters: Vec<Parameter>,
    /// `Mappings`.
    pub mappings: Vec<Mapping>,
    /// `Conditions`, with the expression of each.
    pub conditions: Vec<(Key, Node)>,
    /// `Resources`: at least one.
    pub resources: Vec<Resource>,
    /// `Outputs`.
    pub outputs: Vec<Output>,
}

/// An entry of `Parameters`.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/parameters-section-structure.html>
#[derive(Debug, Clone, PartialEq)]
pub struct Parameter {
    /// Its name.
    pub name: Key,
    /// What its values are.
    pub kind: ParameterKind,
    /// `Default`.
    pub default: Option<String>,
    /// `AllowedValues`; empty if there are none.
    pub allowed_values: Vec<String>,
    /// `AllowedPattern`, which the whole value must match.
    pub allowed_pattern: Option<Pattern>,
    /// `MinLength` in characters.
    pub min_length: Option<u64>,
    /// `MaxLength` in characters.
    pub max_length: Option<u64>,
    /// `MinValue`.
    pub min_value: Option<f64>,
    /// `MaxValue`.
    pub max_value: Option<f64>,
    /// `NoEcho`: its value is never shown.
    pub no_echo: bool,
    /// `Description`.
    pub description: Option<String>,
    /// `ConstraintDescription`, told when a value does not fit.
    pub constraint_description: Option<String>,
}

/// The types of parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParameterKind {
    /// `String`.
    Text,
    /// `Number`: an integer or float, handled as a text.
    Number,
    /// `List<Number>`.
    NumberList,
    /// `CommaDelimitedList`: texts, with the blanks around them removed.
    TextList,
    /// `AWS::SSM::Parameter::Value<String>`: the name of a Systems Manager parameter, which
    /// cannot be asked for. Accepted as long as nothing but a rule refers to it, as in every
    /// template of the CDK (`BootstrapVersion`).
    SystemsManager,
}

impl ParameterKind {
    /// As a template writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Text => "String",
            Self::Number => "Number",
            Self::NumberList => "List<Number>",
            Self::TextList => "CommaDelimitedList",
            Self::SystemsManager => "AWS::SSM::Parameter::Value<String>",
        }
    }
}

/// An entry of `Mappings`: texts or lists of texts under two keys.
#[derive(Debug, Clone, PartialEq)]
pub struct Mapping {
    /// Its name.
    pub name: Key,
    /// What it contains, checked to be two maps deep.
    pub entries: Node,
}

/// An entry of `Resources`.
#[derive(Debug, Clone, PartialEq)]
pub struct Resource {
    /// Its logical id.
    pub id: Key,
    /// `Type`, as `AWS::S3::Bucket`.
    pub kind: Key,
    /// `Properties`: a map, empty if there is none; with functions not yet replaced.
    pub properties: Node,
    /// `DependsOn`.
    pub depends_on: Vec<Key>,
    /// `Condition`: the one under which the resource exists.
    pub condition: Option<Key>,
    /// `DeletionPolicy`.
    pub deletion_policy: DeletionPolicy,
    /// `UpdateReplacePolicy`: what happens to the old one when it is replaced. Never
    /// [`DeletionPolicy::RetainExceptOnCreate`].
    pub update_replace_policy: DeletionPolicy,
    /// `Metadata`, as it stands.
    pub metadata: Option<Node>,
}

/// What happens to a resource that leaves its stack.
///
/// <https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-attribute-deletionpolicy.html>
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
pub enum DeletionPolicy {
    /// It is deleted.
    #[default]
    Delete,
    /// It stays.
    Retain,
    /// It stays, unless the operation that created it is rolled back.
    RetainExceptOnCreate,
}

/// An entry of `Outputs`.
#[derive(Debug, Clone, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: Key,
    /// `Value`, with functions not yet replaced.
    pub value: Node,
    /// `Description`.
    pub description: Option<String>,
    /// `Export`'s `Name`, with functions not yet replaced.
    pub export: Option<Node>,
    /// `Condition`: the one under which the output exists.
    pub condition: Option<Key>,
}

/// What a service knows of resource types.
pub trait ResourceTypes {
    /// The names of the attributes of a type, as `Fn::GetAtt` takes them; none if the type is not
    /// served.
    fn attributes(&self, kind: &str) -> Option<&[&str]>;
}

impl Template {
    /// Reads a template in YAML or JSON, and checks its sections and the names it uses.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its place.
    pub fn parse(text: &str) -> Result<Self, Problems> {
        let document = read::read(text)?;
        let mut problems = Vec::new();
        let mut template = Self {
            description: None,
            metadata: None,
            parameters: Vec::new(),
            mappings: Vec::new(),
            conditions: Vec::new(),
            resources: Vec::new(),
            outputs: Vec::new(),
        };
        let sections = entries(&document, "a template", &mut problems);
        for (key, node) in sections {
            template.section(key, node, &mut problems);
        }
        if template.resources.is_empty() && problems.is_empty() {
            let message = "At least one Resources member must be defined.";
            problems.push(Problem::new(message, document.span));
        }
        if let Some(rules) = document.get("Rules") {
            rules::check(rules, &template.parameters, &mut problems);
        }
        // What a name that could not be read would have meant is not known: that comes first.
        if problems.is_empty() {
            check::names(&template, &mut problems);
        }
        Problems::none_or(problems, template)
    }

    /// Checks what depends on the resource types served: that there is each type, and each
    /// attribute that the template asks for.
    ///
    /// # Errors
    ///
    /// All that is wrong, each with its place.
    pub fn check(&self, types: &dyn ResourceTypes) -> Result<(), Problems> {
        let mut problems = Vec::new();
        check::types(self, types, &mut problems);
        Problems::none_or(problems, ())
    }

    fn section(&mut self, key: &Key, node: &Node, problems: &mut Vec<Problem>) {
        match key.text.as_str() {
            "AWSTemplateFormatVersion" => {
                if node.as_text() != Some("2010-09-09") {
                    let message = "unsupported value for AWSTemplateFormatVersion.";
                    problems.push(Problem::new(message, node.span).help("write 2010-09-09"));
                }
            }
            "Description" => match node.as_text() {
                Some(text) if text.len() <= limits::DESCRIPTION_BYTES => {
                    self.description = Some(text.to_owned());
                }
                _ => problems.push(Problem::new(
                    format!(
                        "the Description is a text of at most {} bytes",
                        limits::DESCRIPTION_BYTES
                    ),
                    node.span,
                )),
            },
            "Metadata" => self.metadata = Some(node.clone()),
            "Parameters" => {
                let map = entries(node, "Parameters", problems);
                fields::names("Parameter", &[], map, limits::PARAMETERS, problems);
                self.parameters = map
                    .iter()
                    .filter_map(|(key, node)| Parameter::read(key, node, problems))
                    .collect();
            }
            "Mappings" => {
                let map = entries(node, "Mappings", problems);
                fields::names("Mapping", &[], map, limits::MAPPINGS, problems);
                self.mappings =
                    map.iter().map(|(key, node)| Mapping::read(key, node, problems)).collect();
            }
            "Conditions" => {
                let map = entries(node, "Conditions", problems);
                // No rule for these names is documented, and AWS publishes templates with such ones.
                fields::names("Condition", &['&', '_'], map, limits::RESOURCES, problems);
                self.conditions = map.to_vec();
            }
            "Resources" => {
                let map = entries(node, "Resources", problems);
                fields::names("Resource", &[], map, limits::RESOURCES, problems);
                self.resources = map
                    .iter()
                    .filter_map(|(key, node)| Resource::read(key, node, problems))
                    .collect();
            }
            "Outputs" => {
                let map = entries(node, "Outputs", problems);
                fields::names("Output", &[], map, limits::OUTPUTS, problems);
                self.outputs = map
                    .iter()
                    .filter_map(|(key, node)| Output::read(key, node, problems))
                    .collect();
            }
            // Checked when the parameters are known.
            "Rules" => {}
            "Transform" => problems
                .push(Problem::new("Transform is not served: macros run elsewhere", key.span)),
            other => problems.push(
                Problem::new(
                    format!("Invalid template property or properties [{other}]"),
                    key.span,
                )
                .help_with(nearest_help(other, SECTIONS)),
            ),
        }
    }
}

impl Mapping {
    fn read(name: &Key, node: &Node, problems: &mut Vec<Problem>) -> Self {
        for (first, node) in entries(node, "a mapping", problems) {
            for (second, value) in entries(node, &format!("the key {}", first.text), problems) {
                let fits = match value.as_list() {
                    Some(list) => list.iter().all(|member| member.scalar().is_some()),
                    None => value.scalar().is_some(),
                };
                if !fits {
                    let message =
                        format!("{} of a mapping is a text or a list of texts", second.text);
                    problems.push(Problem::new(message, value.span));
                }
            }
        }
        Self { name: name.clone(), entries: node.clone() }
    }
}
