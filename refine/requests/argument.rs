//! The values that a step is asked for, between their types in the program and the words of a command line.

use std::path::PathBuf;

use crate::names::Refused;

use super::layout::{Mounted, NOTHING};
use super::table::Kind;

/// A value on its way between a recipe, the arguments and the program.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// A text, or the path of a folder.
    Text(String),
    /// On or off.
    Switch(bool),
    /// Texts, or the words of a command.
    List(Vec<String>),
    /// Pairs of texts.
    Pairs(Vec<(String, String)>),
}

/// A type that is written as one text.
pub trait Text: Sized {
    /// The value of a text.
    fn read(text: &str) -> Result<Self, Refused>;
    /// The text of the value.
    fn write(&self) -> String;
}

/// A type that a step can be asked for.
pub trait Argument: Sized {
    /// How it is written.
    const KIND: Kind;
    /// Whether a step cannot do without it.
    const REQUIRED: bool = false;

    /// The value to write; `None` where nothing has to be written.
    fn value(&self) -> Option<Value>;
    /// What was written; `None` where nothing was.
    fn of(value: Option<Value>) -> Result<Self, Refused>;
    /// Says what is wrong with one text of it.
    fn check(_text: &str) -> Result<(), Refused> {
        Ok(())
    }
}

impl<T: Text> Argument for T {
    const KIND: Kind = Kind::Text;
    const REQUIRED: bool = true;

    fn value(&self) -> Option<Value> {
        Some(Value::Text(self.write()))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        match value {
            Some(Value::Text(text)) => T::read(&text),
            _ => Err(absent()),
        }
    }

    fn check(text: &str) -> Result<(), Refused> {
        T::read(text).map(drop)
    }
}

impl<T: Text> Argument for Option<T> {
    const KIND: Kind = Kind::Text;

    fn value(&self) -> Option<Value> {
        self.as_ref().map(|value| Value::Text(value.write()))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        value.map(|value| T::of(Some(value))).transpose()
    }

    fn check(text: &str) -> Result<(), Refused> {
        T::read(text).map(drop)
    }
}

impl<T: Text> Argument for Vec<T> {
    const KIND: Kind = Kind::List;

    fn value(&self) -> Option<Value> {
        Some(Value::List(self.iter().map(Text::write).collect()))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        match value {
            Some(Value::List(items)) => items.iter().map(|item| T::read(item)).collect(),
            _ => Ok(vec![]),
        }
    }

    fn check(text: &str) -> Result<(), Refused> {
        T::read(text).map(drop)
    }
}

impl Argument for Vec<(String, String)> {
    const KIND: Kind = Kind::Pairs;

    fn value(&self) -> Option<Value> {
        Some(Value::Pairs(self.clone()))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        match value {
            Some(Value::Pairs(pairs)) => Ok(pairs),
            _ => Ok(vec![]),
        }
    }
}

impl Argument for bool {
    const KIND: Kind = Kind::Switch { usual: false };

    fn value(&self) -> Option<Value> {
        Some(Value::Switch(*self))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        Ok(value == Some(Value::Switch(true)))
    }
}

/// Something that is done unless it is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct On(pub bool);

impl Argument for On {
    const KIND: Kind = Kind::Switch { usual: true };

    fn value(&self) -> Option<Value> {
        Some(Value::Switch(self.0))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        Ok(Self(value != Some(Value::Switch(false))))
    }
}

/// A command, word by word.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Command(pub Vec<String>);

impl Argument for Command {
    const KIND: Kind = Kind::Command;
    const REQUIRED: bool = true;

    fn value(&self) -> Option<Value> {
        Some(Value::List(self.0.clone()))
    }

    fn of(value: Option<Value>) -> Result<Self, Refused> {
        Vec::of(value).map(Self)
    }
}

/// A folder or file of another stage, where it is mounted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder(pub PathBuf);

impl Folder {
    /// One that is mounted at its usual place.
    #[must_use]
    pub fn mounted(mounted: &Mounted) -> Self {
        Self(mounted.to.into())
    }

    /// One that is not mounted.
    #[must_use]
    pub fn none() -> Self {
        Self(NOTHING.into())
    }

    /// The value to write: nothing for one that is always at the same place, or that is not mounted.
    #[must_use]
    pub fn value(&self, mounted: &Mounted) -> Option<Value> {
        (mounted.said.is_some() && self.0.as_os_str() != NOTHING).then(|| Value::Text(self.0.display().to_string()))
    }

    /// Where it is.
    #[must_use]
    pub fn of(value: Option<Value>, mounted: &Mounted) -> Self {
        match (value, mounted.said) {
            (Some(Value::Text(path)), _) => Self(path.into()),
            (_, Some(_)) => Self(NOTHING.into()),
            (_, None) => Self(mounted.to.into()),
        }
    }
}

/// Files or folders of several other stages, each where it is mounted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Folders(pub Vec<PathBuf>);

impl Folders {
    /// So many, each mounted at its usual place.
    #[must_use]
    pub fn mounted(mounted: &Mounted, count: usize) -> Self {
        Self((0..count).map(|index| mounted.nth(index).1.into()).collect())
    }

    /// The value to write: nothing where there are none.
    #[must_use]
    pub fn value(&self, _: &Mounted) -> Option<Value> {
        (!self.0.is_empty()).then(|| Value::List(self.0.iter().map(|path| path.display().to_string()).collect()))
    }

    /// Where they are.
    pub fn of(value: Option<Value>) -> Self {
        match value {
            Some(Value::List(paths)) => Self(paths.into_iter().map(PathBuf::from).collect()),
            _ => Self::default(),
        }
    }
}

/// Where a step puts what it makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Out(pub PathBuf);

impl Out {
    /// The value to write.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Text(self.0.display().to_string())
    }

    /// The folder that was written, else the usual one.
    #[must_use]
    pub fn of(value: Option<Value>, usual: &str) -> Self {
        match value {
            Some(Value::Text(path)) => Self(path.into()),
            _ => Self(usual.into()),
        }
    }
}

/// Both are used as the paths that they are.
macro_rules! paths {
    ($($name:ident),*) => {
        $(impl std::ops::Deref for $name {
            type Target = std::path::Path;

            fn deref(&self) -> &Self::Target {
                &self.0
            }
        }

        impl AsRef<std::path::Path> for $name {
            fn as_ref(&self) -> &std::path::Path {
                &self.0
            }
        })*
    };
}
paths!(Folder, Out);

fn absent() -> Refused {
    Refused { message: "it is not given".into(), help: None }
}
