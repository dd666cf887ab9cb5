//! What a spec may set of a recipe's own inputs: by which type it is read, and which values it may have.

use crate::diag::Diagnostic;
use crate::diag::codes;
use crate::diag::nearest;
use crate::yaml::decode::list;
use crate::yaml::{At, Texts};

use super::Declared;
use super::known::{Input, Kind};
use super::render::Given;

impl Declared {
    /// Whether a spec may set it under `options`.
    pub(crate) fn is_option(&self) -> bool {
        self.option || self.default.is_some()
    }

    /// The words that it may be; none where it may be anything of its type.
    pub(super) fn choices(&self) -> Vec<&str> {
        match self.kind.as_ref().map(|kind| kind.value) {
            Some(Kind::Flag) => vec!["true", "false"],
            _ => self.one_of.iter().map(|one| one.value.as_str()).collect(),
        }
    }

    /// A value as an input of this type holds it.
    pub(super) fn read(&self, value: &Texts) -> Given {
        let input = match (self.kind.as_ref().map(|kind| kind.value), value) {
            (Some(Kind::Flag), value) => Input::Flag(value.one() == Some("true")),
            (_, Texts::One(text)) => Input::Text(text.value.clone()),
            (_, Texts::Several(texts)) => Input::List(texts.iter().map(|text| text.value.clone()).collect()),
        };
        Given { input, places: value.places() }
    }

    /// What keeps a value from being one of this input's; `what` names the input in the message.
    pub(crate) fn unfit(&self, what: &str, value: &At<Texts>) -> Option<Diagnostic> {
        let kind = self.kind.as_ref()?.value;
        let wrong = |message: String, help: &str| {
            let found = Diagnostic::new(codes::WRONG_TYPE, message).at(value.place, "");
            Some(if help.is_empty() { found } else { found.help(help.to_owned()) })
        };
        match (kind, &value.value) {
            (Kind::Pairs, _) => return wrong(format!("{what} is of the type `pairs`, which cannot be written here"), ""),
            (Kind::List, Texts::One(text)) => {
                return wrong(format!("{what} is a list"), &format!("write `[{}]`", crate::yaml::shell_free(&text.value)));
            }
            (Kind::String | Kind::Flag | Kind::Number, Texts::Several(_)) => {
                return wrong(format!("{what} is a {}, and this is a list", kind.word()), "");
            }
            (Kind::Number, Texts::One(text)) if text.value.parse::<u64>().is_err() => {
                return wrong(format!("{what} is a whole number"), "");
            }
            _ => {}
        }
        let choices = self.choices();
        let other = value.value.all().iter().find(|text| !choices.is_empty() && !choices.contains(&text.value.as_str()))?;
        let near = nearest(&other.value, choices.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        let found = Diagnostic::new(codes::UNKNOWN_VALUE, format!("{what} is one of {}", list(&choices)));
        Some(found.at(other.place, near.unwrap_or_default()))
    }
}
