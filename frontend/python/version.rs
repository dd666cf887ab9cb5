//! A version of Python, as specs and project files name one.

use std::fmt;
use std::str::FromStr;

use crate::names::Refused;
use crate::python::codes;
use crate::yaml::scalar;

/// A Python version as written in a spec: `3.13`, or `3.13.2` for one patch release.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PythonVersion {
    /// The number after `3.`.
    pub minor: u32,
    /// The patch release, when one is asked for.
    pub patch: Option<u32>,
}

impl PythonVersion {
    /// The versions that have an official image on Debian 13.
    pub const KNOWN: [u32; 5] = [10, 11, 12, 13, 14];

    /// `3.13`, whatever the patch release.
    #[must_use]
    pub fn series(&self) -> String {
        format!("3.{}", self.minor)
    }
}

impl FromStr for PythonVersion {
    type Err = Refused;

    fn from_str(text: &str) -> Result<Self, Refused> {
        let parts: Vec<Option<u32>> = text.split('.').map(|p| p.parse().ok()).collect();
        let (minor, patch) = match parts[..] {
            [Some(3), Some(minor)] => (minor, None),
            [Some(3), Some(minor), Some(patch)] => (minor, Some(patch)),
            _ => return Err(Refused::new(format!("`{text}` is not a Python version"), "write one such as `\"3.13\"`")),
        };
        if !Self::KNOWN.contains(&minor) {
            let (first, last) = (Self::KNOWN[0], Self::KNOWN[Self::KNOWN.len() - 1]);
            // An unquoted 3.10 is a number to many YAML tools, which turn it into 3.1 when they rewrite a file.
            let help = if minor == 1 { "for Python 3.10 write `\"3.10\"`".to_owned() } else { format!("3.{first} to 3.{last} have one") };
            return Err(Refused::new(format!("Python {text} has no official image on Debian 13"), help));
        }
        Ok(Self { minor, patch })
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "3.{}", self.minor)?;
        self.patch.map_or(Ok(()), |patch| write!(f, ".{patch}"))
    }
}

scalar!(PythonVersion, "a Python version", codes::BAD_PYTHON);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_an_official_image() {
        assert_eq!("3.13".parse(), Ok(PythonVersion { minor: 13, patch: None }));
        assert!("3.1".parse::<PythonVersion>().is_err_and(|e| e.help.is_some_and(|h| h.contains("3.10"))));
        assert!("2.7".parse::<PythonVersion>().is_err() && "three".parse::<PythonVersion>().is_err());
    }
}
