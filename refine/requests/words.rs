//! Texts with a meaning of their own among the values that steps are asked for.

use std::path::PathBuf;

use crate::diag::nearest;
use crate::names::{Refused, User};
use crate::prune::sets;

use super::argument::Text;

/// What a service runs on, in the spec's words; every other image is `image`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runtime {
    /// An image without shell, package manager and interpreter.
    Distroless,
    /// Nothing but what the service needs.
    Minimal,
    /// Debian, with the interpreter.
    Slim,
    /// Alpine, with the interpreter.
    Alpine,
    /// An image of the user's.
    Image,
}

/// Permission bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mode(pub u32);

/// Something that has no place in an image, by the name of its message.
pub(super) type Unwanted = crate::proof::Kind;

/// The name of a set of rules by which files are left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleSet(pub String);

/// The value that a word stands for, or what it could be.
pub fn one_of<T: Copy>(text: &str, known: &[(&str, T)]) -> Result<T, Refused> {
    known.iter().find(|(word, _)| *word == text).map(|(_, value)| *value).ok_or_else(|| {
        let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
        Refused { message: format!("`{text}` is none of {}", crate::yaml::decode::list(&words)), help: None }
    })
}

/// The word that stands for a value.
pub fn word<T: Copy + PartialEq>(value: T, known: &[(&'static str, T)]) -> String {
    known.iter().find(|(_, one)| *one == value).map_or_else(String::new, |(word, _)| (*word).to_owned())
}

impl Runtime {
    /// Whether it has the interpreter at the builder's place.
    #[must_use]
    pub fn has_interpreter(self) -> bool {
        matches!(self, Self::Slim | Self::Alpine)
    }

    /// Whether the interpreter is brought to it.
    #[must_use]
    pub fn brings_interpreter(self) -> bool {
        !self.has_interpreter()
    }

    /// Whether it has programs of its own, which are there for good.
    #[must_use]
    pub fn has_own_system(self) -> bool {
        matches!(self, Self::Slim | Self::Alpine | Self::Image)
    }
}

const RUNTIMES: &[(&str, Runtime)] = &[
    ("distroless", Runtime::Distroless),
    ("minimal", Runtime::Minimal),
    ("slim", Runtime::Slim),
    ("alpine", Runtime::Alpine),
    ("image", Runtime::Image),
];

impl Text for Runtime {
    fn read(text: &str) -> Result<Self, Refused> {
        one_of(text, RUNTIMES)
    }

    fn write(&self) -> String {
        word(*self, RUNTIMES)
    }
}

impl Text for Unwanted {
    fn read(text: &str) -> Result<Self, Refused> {
        one_of(text, &Self::ALL.map(|kind| (kind.name(), kind)))
    }

    fn write(&self) -> String {
        self.name().to_owned()
    }
}

impl Text for RuleSet {
    fn read(text: &str) -> Result<Self, Refused> {
        let known = sets::names();
        if known.contains(&text) {
            return Ok(Self(text.to_owned()));
        }
        let near = nearest(text, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        Err(Refused { message: format!("`{text}` is none of {}", crate::yaml::decode::list(&known)), help: near })
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}

impl Text for String {
    fn read(text: &str) -> Result<Self, Refused> {
        Ok(text.to_owned())
    }

    fn write(&self) -> String {
        self.clone()
    }
}

impl Text for PathBuf {
    fn read(text: &str) -> Result<Self, Refused> {
        Ok(text.into())
    }

    fn write(&self) -> String {
        self.display().to_string()
    }
}

impl Text for User {
    fn read(text: &str) -> Result<Self, Refused> {
        text.parse()
    }

    fn write(&self) -> String {
        self.to_string()
    }
}

impl Text for Mode {
    fn read(text: &str) -> Result<Self, Refused> {
        let refused = |_| Refused { message: format!("`{text}` is not a mode in octal, such as 0644"), help: None };
        u32::from_str_radix(text, 8).map(Self).map_err(refused)
    }

    fn write(&self) -> String {
        format!("{:04o}", self.0)
    }
}

/// Numbers.
macro_rules! numbers {
    ($($type:ty),*) => {
        $(impl Text for $type {
            fn read(text: &str) -> Result<Self, Refused> {
                text.parse().map_err(|_| Refused { message: format!("`{text}` is not a number"), help: None })
            }

            fn write(&self) -> String {
                self.to_string()
            }
        })*
    };
}
numbers!(u64, u16, i32);
