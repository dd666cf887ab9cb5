//! A recipe's string leaves: Handlebars text that may name declared inputs.
//! The only file that names the template library. A value never becomes structure: a leaf renders to one string,
//! and in a script every value is quoted by the engine, which is why the author must not quote it again.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use handlebars::template::{HelperTemplate, Parameter, TemplateElement};
use handlebars::{Context, Handlebars, Path, RenderContext, Renderable, Template};

use crate::diag::{Diagnostic, Place, Sink, codes};
use crate::yaml::{Decode, Node, Shape};

/// A string with inputs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Leaf {
    /// The template.
    pub(super) text: String,
    /// Where it stands.
    pub(super) place: Place,
    /// Every name it uses.
    pub(super) names: BTreeSet<String>,
    /// The template, compiled; none where the text is all there is.
    template: Option<Template>,
}

/// A shell script with inputs in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Script(pub(crate) Leaf);

impl Decode for Leaf {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let text = String::decode(node, sink)?;
        match compile(&text) {
            Ok((template, names)) => Some(Self { text, place: node.place, names, template }),
            Err(message) => {
                sink.push(Diagnostic::new(codes::BAD_TEMPLATE, message).at(node.place, ""));
                None
            }
        }
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

impl Decode for Script {
    fn decode(node: &Node, sink: &mut Sink) -> Option<Self> {
        let leaf = Leaf::decode(node, sink)?;
        if let Some(near) = value_in_quotes(&leaf.text) {
            let found =
                Diagnostic::new(codes::QUOTED_VALUE, format!("`{near}` stands inside quotes, a comment or a here-document of the script"));
            sink.push(found.at(node.place, "").help("take the quotes away: every value put into a script is quoted by distil"));
            return None;
        }
        Some(Self(leaf))
    }

    fn shape() -> Shape {
        Shape::Text
    }
}

impl Leaf {
    /// A leaf without any input.
    pub(crate) fn literal(text: &str, place: Place) -> Self {
        Self { text: text.to_owned(), place, names: BTreeSet::new(), template: None }
    }

    /// The leaf with its values. Every name was checked at load, so the error is a bug in that check.
    pub(super) fn fill(&self, values: &serde_json::Value) -> Result<String, String> {
        self.render(values, &WITHOUT_QUOTING)
    }

    fn render(&self, values: &serde_json::Value, library: &'static Handlebars<'static>) -> Result<String, String> {
        let Some(template) = &self.template else { return Ok(self.text.clone()) };
        let told = |error: handlebars::RenderError| error.reason().to_string();
        let values = Context::wraps(self.used(values)).map_err(told)?;
        template.renders(library, &values, &mut RenderContext::new(None)).map_err(told)
    }

    /// The values that it names: the library copies all that it is given, and some inputs are long lists.
    fn used(&self, values: &serde_json::Value) -> serde_json::Value {
        let names = self.names.iter().map(|name| name.split('.').next().unwrap_or(name));
        let known = names.filter_map(|name| Some((name.to_owned(), values.get(name)?.clone())));
        serde_json::Value::Object(known.collect())
    }
}

impl Script {
    /// The script with its values, each quoted for the shell.
    pub(super) fn fill(&self, values: &serde_json::Value) -> Result<String, String> {
        self.0.render(values, &QUOTING)
    }
}

/// What templates are rendered by, where a value stands as it is.
static WITHOUT_QUOTING: LazyLock<Handlebars<'static>> = LazyLock::new(|| library(str::to_owned));
/// The same where every value is quoted for the shell.
static QUOTING: LazyLock<Handlebars<'static>> = LazyLock::new(|| library(crate::shell::quote));

fn library(escape: fn(&str) -> String) -> Handlebars<'static> {
    let mut library = Handlebars::new();
    library.set_strict_mode(true);
    library.register_escape_fn(escape);
    library
}

/// The template of a text, where it holds any names, and the names that it uses; or what is wrong with its form.
fn compile(text: &str) -> Result<(Option<Template>, BTreeSet<String>), String> {
    if !text.contains("{{") {
        return Ok((None, BTreeSet::new()));
    }
    let template = Template::compile(text).map_err(|e| format!("the template cannot be read: {}", e.reason()))?;
    let mut names = BTreeSet::new();
    walk(&template, false, &mut names)?;
    Ok((Some(template), names))
}

fn walk(template: &Template, in_each: bool, names: &mut BTreeSet<String>) -> Result<(), String> {
    for element in &template.elements {
        match element {
            TemplateElement::RawString(_) | TemplateElement::Comment(_) => {}
            TemplateElement::Expression(e) | TemplateElement::HtmlExpression(e) if !e.params.is_empty() => {
                return Err(format!(
                    "there is no helper `{}`; `{{{{name}}}}`, `if`, `unless` and `each` are all there is",
                    name_of(&e.name)
                ));
            }
            TemplateElement::HtmlExpression(e) => {
                return Err(format!(
                    "`{}` is put in raw; write it with two braces, so that it is quoted where it must be",
                    name_of(&e.name)
                ));
            }
            TemplateElement::Expression(e) => name(&e.name, in_each, names)?,
            TemplateElement::HelperBlock(block) => helper(block, in_each, names)?,
            _ => return Err("partials and decorators are not for recipes".to_owned()),
        }
    }
    Ok(())
}

fn helper(block: &HelperTemplate, in_each: bool, names: &mut BTreeSet<String>) -> Result<(), String> {
    let helper = name_of(&block.name);
    if !matches!(helper.as_str(), "if" | "unless" | "each") || block.params.len() != 1 {
        return Err(format!("`#{helper}` is not for recipes; `if`, `unless` and `each` with one name are"));
    }
    name(&block.params[0], in_each, names)?;
    let each = in_each || helper == "each";
    for part in [&block.template, &block.inverse].into_iter().flatten() {
        walk(part, each, names)?;
    }
    Ok(())
}

fn name(parameter: &Parameter, in_each: bool, names: &mut BTreeSet<String>) -> Result<(), String> {
    let text = name_of(parameter);
    if in_each && (text == "this" || text.starts_with("this.")) {
        return Ok(());
    }
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
    match parameter {
        Parameter::Name(_) | Parameter::Path(Path::Relative(_)) if text.chars().all(plain) && !text.contains("..") => {
            names.insert(text);
            Ok(())
        }
        _ => Err(format!("`{text}` is not the name of an input")),
    }
}

fn name_of(parameter: &Parameter) -> String {
    match parameter {
        Parameter::Name(name) => name.clone(),
        Parameter::Path(Path::Relative((_, raw)) | Path::Local((_, _, raw))) => raw.clone(),
        Parameter::Literal(value) => value.to_string(),
        Parameter::Subexpression(inner) => inner.name().to_owned(),
        _ => String::new(),
    }
}

/// The first value that stands where the shell would not read a quoted word as one.
fn value_in_quotes(script: &str) -> Option<&str> {
    #[derive(PartialEq)]
    enum State {
        Plain,
        Single,
        Double,
        Comment,
    }
    let heredoc = script.contains("<<");
    let mut state = State::Plain;
    let mut before = '\n';
    let mut rest = script;
    while let Some(c) = rest.chars().next() {
        if rest.starts_with("{{") {
            let end = rest.find("}}").map_or(rest.len(), |i| i + 2);
            let expression = &rest[..end];
            let value = !expression.starts_with("{{#") && !expression.starts_with("{{/") && expression != "{{else}}";
            // A block written in quotes would end up unbalanced as well, so only values need a look.
            if value && (state != State::Plain || heredoc) {
                return Some(expression);
            }
            rest = &rest[end..];
            before = '}';
            continue;
        }
        let mut step = c.len_utf8();
        state = match (state, c) {
            (State::Plain, '\'') => State::Single,
            (State::Plain | State::Comment, '\n') | (State::Single, '\'') | (State::Double, '"') => State::Plain,
            (State::Plain, '"') => State::Double,
            (State::Plain, '#') if before.is_whitespace() || before == ';' => State::Comment,
            (same @ (State::Plain | State::Double), '\\') => {
                step += rest[step..].chars().next().map_or(0, char::len_utf8);
                same
            }
            (same, _) => same,
        };
        before = c;
        rest = &rest[step..];
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_collected_and_odd_forms_refused() {
        let (_, names) = compile("{{a}} {{#if b}}{{c.from}}{{else}}x{{/if}} {{#each d}}{{this}}{{/each}}").expect("it is well formed");
        assert_eq!(names.into_iter().collect::<Vec<_>>(), ["a", "b", "c.from", "d"]);
        for bad in ["{{{a}}}", "{{lookup a b}}", "{{> part}}", "{{#with a}}{{/with}}", "{{a", "{{../a}}"] {
            assert!(compile(bad).is_err(), "{bad} should be refused");
        }
    }

    #[test]
    fn values_in_quotes_are_found() {
        for bad in ["echo \"{{a}}\"", "echo '{{a}}'", "# {{a}}\n", "cat <<E\n{{a}}\nE\n", "echo \"x{{#if b}}{{a}}{{/if}}\""] {
            assert!(value_in_quotes(bad).is_some(), "{bad} should be refused");
        }
        for good in ["echo {{a}} 'x' \"y\"", "echo \\\" {{a}}", "echo a#{{a}}", "{{#if b}}echo \"x\"{{/if}} {{a}}"] {
            assert_eq!(value_in_quotes(good), None, "{good}");
        }
    }

    #[test]
    fn a_script_quotes_what_is_put_in() {
        let values = serde_json::json!({"a": "x; rm -rf /", "list": ["1 2", "3"]});
        let fill = |text: &str| {
            let (mut sources, mut sink) = (crate::diag::Sources::default(), Sink::default());
            let file = sources.add("recipe.yaml", "YAML", &format!("|-\n  {text}"));
            let node = crate::yaml::parse(&sources, file, &mut sink).expect("it is YAML");
            Script::decode(&node, &mut sink).expect("it is a script").fill(&values)
        };
        assert_eq!(fill("echo {{a}}").as_deref(), Ok("echo 'x; rm -rf /'"));
        assert_eq!(fill("{{#each list}}{{this}} {{/each}}x").as_deref(), Ok("'1 2' 3 x"));
        assert_eq!(fill("echo").as_deref(), Ok("echo"));
        assert!(fill("{{missing}}").is_err());
    }
}
