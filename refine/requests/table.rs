//! The table of steps: what each is called and asked for, and how that becomes arguments and is read back.

use std::collections::BTreeMap;

use crate::diag::nearest;
use crate::names::Refused;
use crate::yaml::decode::list;

use super::argument::Value;
use super::layout::Mounted;

/// A step that the program runs.
#[derive(Debug)]
pub struct StepType {
    /// Its name.
    pub name: &'static str,
    /// What it does, in lines.
    pub doc: &'static [&'static str],
    /// What it is asked for, in the order in which that is written.
    pub keys: &'static [Key],
    /// Whether it has memory at `/tmp`.
    pub tmp: bool,
    /// Whether it has a network.
    pub network: bool,
}

/// One thing that a step is asked for.
#[derive(Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// What it is, in lines.
    pub doc: &'static [&'static str],
    /// How a recipe writes it.
    pub example: &'static str,
    /// How it is written.
    pub kind: Kind,
    /// Whether the step cannot do without it.
    pub required: bool,
    /// Says what is wrong with one text of it.
    pub check: fn(&str) -> Result<(), Refused>,
}

/// How a value is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// As `--name=text`.
    Text,
    /// As `--name` where it is usually off, and as `--no-name` where it is usually on.
    Switch {
        /// What it is when nothing is written.
        usual: bool,
    },
    /// As `--name=text` for each.
    List,
    /// As `--name=from=to` for each.
    Pairs,
    /// A mount, of which the step may have to be told.
    Folder(Mounted),
    /// Mounts of the same file or folder of several stages, as `--name=path` for each.
    Folders(Mounted),
    /// The folder that the step makes, as `--name=path`. No recipe says it.
    Out(&'static str),
    /// As the words after `--`.
    Command,
}

impl StepType {
    /// The key of a name; the error says which there are.
    pub fn key(&self, name: &str) -> Result<&Key, Refused> {
        self.keys.iter().find(|key| key.name == name).ok_or_else(|| {
            let known: Vec<&str> = self.keys.iter().filter(|key| !matches!(key.kind, Kind::Out(_))).map(|key| key.name).collect();
            let message = format!("the step `{}` knows no `{name}`", self.name);
            let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            Refused { message, help: Some(near.unwrap_or_else(|| format!("it knows {}", list(&known)))) }
        })
    }

    /// The words of a command line: the step's name and what it is asked for.
    #[must_use]
    pub fn argv(&self, values: &BTreeMap<&str, Value>) -> Vec<String> {
        let mut words = vec![self.name.to_owned()];
        let mut command = vec![];
        for key in self.keys {
            let name = key.name;
            match (key.kind, values.get(name)) {
                (Kind::Out(usual), None) => words.push(format!("--{name}={usual}")),
                (_, None) => {}
                (Kind::Command, Some(Value::List(items))) => command.clone_from(items),
                (Kind::Switch { usual }, Some(Value::Switch(on))) if usual == *on => {}
                (_, Some(Value::Switch(on))) => words.push(format!("--{}{name}", if *on { "" } else { "no-" })),
                (_, Some(Value::Text(text))) => words.push(format!("--{name}={text}")),
                (_, Some(Value::List(items))) => words.extend(items.iter().map(|item| format!("--{name}={item}"))),
                (_, Some(Value::Pairs(pairs))) => words.extend(pairs.iter().map(|(from, to)| format!("--{name}={from}={to}"))),
            }
        }
        if self.keys.iter().any(|key| key.kind == Kind::Command) {
            words.push("--".into());
            words.append(&mut command);
        }
        words
    }

    /// Reads the words after the step's name.
    pub fn parse(&self, words: &[String]) -> Result<BTreeMap<&'static str, Value>, Refused> {
        let mut values = BTreeMap::new();
        let (before, command) =
            words.iter().position(|word| word == "--").map_or((words, None), |at| (&words[..at], Some(&words[at + 1..])));
        for word in before {
            let Some(said) = word.strip_prefix("--") else { return Err(self.unreadable(word)) };
            let (name, text) = said.split_once('=').map_or((said, None), |(name, text)| (name, Some(text.to_owned())));
            let off = name.strip_prefix("no-").filter(|name| self.keys.iter().any(|key| key.name == *name));
            let key = self.key(off.unwrap_or(name))?;
            match (key.kind, text) {
                (Kind::Switch { .. }, None) => _ = values.insert(key.name, Value::Switch(off.is_none())),
                (Kind::Text | Kind::Folder(_) | Kind::Out(_), Some(text)) => _ = values.insert(key.name, Value::Text(text)),
                (Kind::List | Kind::Folders(_), Some(text)) => match values.entry(key.name).or_insert_with(|| Value::List(vec![])) {
                    Value::List(items) => items.push(text),
                    _ => return Err(self.unreadable(word)),
                },
                (Kind::Pairs, Some(text)) => match (values.entry(key.name).or_insert_with(|| Value::Pairs(vec![])), text.split_once('=')) {
                    (Value::Pairs(pairs), Some((from, to))) => pairs.push((from.to_owned(), to.to_owned())),
                    _ => return Err(self.unreadable(word)),
                },
                _ => return Err(self.unreadable(word)),
            }
        }
        if let Some(command) = command {
            let Some(key) = self.keys.iter().find(|key| key.kind == Kind::Command) else { return Err(self.unreadable("--")) };
            values.insert(key.name, Value::List(command.to_vec()));
        }
        Ok(values)
    }

    fn unreadable(&self, word: &str) -> Refused {
        Refused { message: format!("the step `{}` cannot read `{word}`", self.name), help: None }
    }
}

/// The name of the program's step that a command runs, if it runs one.
#[must_use]
pub fn named(argv: &[String]) -> Option<&str> {
    match argv {
        [program, refine, name, ..] if program == super::PROGRAM.1 && refine == "refine" => Some(name),
        _ => None,
    }
}

/// Declares steps: for each a struct of what it is asked for, and together an enum of them and their table.
#[macro_export]
macro_rules! steps {
    ($(
        $(#[doc = $doc:literal])*
        $name:ident as $word:literal $(, $option:ident)* {
            $( $(#[doc = $field_doc:literal])* $field:ident : $type:ident $(<$inner:ty>)? = $key:literal, $example:literal $(, in $place:expr)?; )*
        }
    )*) => {
        $(
            $(#[doc = $doc])*
            #[derive(Clone, Debug, PartialEq, Eq)]
            pub struct $name {
                $( $(#[doc = $field_doc])* pub $field: $type $(<$inner>)?, )*
            }

            impl $name {
                /// The step's entry in the table.
                pub const STEP: $crate::requests::StepType = $crate::requests::StepType {
                    name: $word,
                    doc: &[$($doc),*],
                    keys: &[$( $crate::requests::Key {
                        name: $key,
                        doc: &[$($field_doc),*],
                        example: $example,
                        kind: $crate::requests::steps!(@kind $type $(<$inner>)? $(, $place)?),
                        required: $crate::requests::steps!(@required $type $(<$inner>)? $(, $place)?),
                        check: $crate::requests::steps!(@check $type $(<$inner>)? $(, $place)?),
                    } ),*],
                    tmp: $crate::requests::steps!(@has tmp $($option)*),
                    network: $crate::requests::steps!(@has network $($option)*),
                };

                /// What the words after the name of the step ask for.
                pub fn read(words: &[String]) -> Result<Self, $crate::names::Refused> {
                    let mut values = Self::STEP.parse(words)?;
                    Ok(Self { $( $field: $crate::requests::steps!(@of values.remove($key), $key, $type $(<$inner>)? $(, $place)?), )* })
                }

                /// The words of a command line.
                #[allow(dead_code, reason = "some steps are asked for by recipes alone")]
                pub fn argv(&self) -> Vec<String> {
                    let values = [$( ($key, $crate::requests::steps!(@value self.$field $(, $type, $place)?)) ),*];
                    let values = values.into_iter().filter_map(|(name, value)| Some((name, value?))).collect();
                    let step = Self::STEP.argv(&values);
                    [$crate::requests::PROGRAM.1.to_owned(), "refine".to_owned()].into_iter().chain(step).collect()
                }
            }
        )*

        /// A step and what it is asked for.
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub enum Request {
            $( $(#[doc = $doc])* $name($name), )*
        }

        /// Every one of these steps.
        pub static STEPS: &[&$crate::requests::StepType] = &[$( &$name::STEP ),*];

        impl Request {
            /// Reads the words of a command line, the step's name first; `None` where it is no step of these.
            pub fn read(words: &[String]) -> Option<Result<Self, $crate::names::Refused>> {
                let (name, words) = words.split_first()?;
                match name.as_str() {
                    $( $word => Some($name::read(words).map(Self::$name)), )*
                    _ => None,
                }
            }

            /// The words of a command line.
            #[allow(dead_code, reason = "the program writes single requests; tests write any")]
            pub fn argv(&self) -> Vec<String> {
                match self {
                    $( Self::$name(request) => request.argv(), )*
                }
            }
        }
    };
    (@kind Folder, $place:expr) => { $crate::requests::Kind::Folder($place) };
    (@kind Folders, $place:expr) => { $crate::requests::Kind::Folders($place) };
    (@kind Out, $place:expr) => { $crate::requests::Kind::Out($place) };
    (@kind $type:ty) => { <$type as $crate::requests::Argument>::KIND };
    (@required Folder, $place:expr) => { $place.needed };
    (@required Folders, $place:expr) => { $place.needed };
    (@required Out, $place:expr) => { false };
    (@required $type:ty) => { <$type as $crate::requests::Argument>::REQUIRED };
    (@check $type:ty, $place:expr) => { |_| Ok(()) };
    (@check $type:ty) => { <$type as $crate::requests::Argument>::check };
    (@of $value:expr, $key:literal, Folders, $place:expr) => { $crate::requests::Folders::of($value) };
    (@of $value:expr, $key:literal, Folder, $place:expr) => { $crate::requests::Folder::of($value, &$place) };
    (@of $value:expr, $key:literal, Out, $place:expr) => { $crate::requests::Out::of($value, $place) };
    (@of $value:expr, $key:literal, $type:ty) => { <$type as $crate::requests::Argument>::of($value).map_err(|refused| $crate::requests::about($key, refused))? };
    (@value $self:ident . $field:ident, Out, $place:expr) => { Some($self.$field.value()) };
    (@value $self:ident . $field:ident, $type:ident, $place:expr) => { $self.$field.value(&$place) };
    (@value $self:ident . $field:ident) => { $crate::requests::Argument::value(&$self.$field) };
    (@has tmp tmp $($rest:ident)*) => { true };
    (@has network network $($rest:ident)*) => { true };
    (@has $what:ident $other:ident $($rest:ident)*) => { $crate::requests::steps!(@has $what $($rest)*) };
    (@has $what:ident) => { false };
}
pub use steps;

/// A mistake in what a step is asked for, with the key's name.
#[must_use]
pub fn about(key: &str, refused: Refused) -> Refused {
    Refused { message: format!("`{key}`: {}", refused.message), ..refused }
}

/// Says that there is no such step among these.
pub fn no_step<'s>(name: &str, steps: impl Iterator<Item = &'s StepType>) -> Refused {
    let known: Vec<&str> = steps.map(|step| step.name).collect();
    let near = nearest(name, known.iter().copied()).map(|near| format!("did you mean `{near}`?"));
    let message = if name.is_empty() { "no step is named".to_owned() } else { format!("the program has no step `{name}`") };
    Refused { message, help: Some(near.unwrap_or_else(|| format!("its steps are {}", list(&known)))) }
}
