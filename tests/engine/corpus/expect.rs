//! What shows that a project of the corpus starts and answers, as its `expect.toml` says it. Knows nothing of engines.

use std::fs;
use std::path::Path;

use toml_span::de_helpers::TableHelper;
use toml_span::{DeserError, Deserialize, Value};

/// One container of the project's image, and by what to know that it works.
pub(super) struct Start {
    /// The command, where it is another than the image's.
    pub(super) words: Vec<String>,
    /// Variables given at run time, as `NAME=value`.
    pub(super) env: Vec<String>,
    /// Folders in memory that the service may write to.
    pub(super) tmpfs: Vec<String>,
    /// The port that it serves at; none for one that does not serve.
    pub(super) port: Option<u16>,
    /// What it answers over HTTP.
    pub(super) get: Vec<Answer>,
    /// What commands print in the running container.
    pub(super) ask: Vec<Answer>,
    /// What it prints.
    pub(super) says: Vec<String>,
    /// The code that it ends with by itself; none for one that runs until it is stopped.
    pub(super) exit: Option<i32>,
}

/// What a path or a command answers.
pub(super) struct Answer {
    /// The path alone, or the command's words.
    pub(super) words: Vec<String>,
    /// Further lines of the request's head.
    pub(super) headers: Vec<String>,
    /// Texts in the answer.
    pub(super) has: Vec<String>,
}

/// The containers to start of a project.
pub(super) fn read(project: &Path) -> Result<Vec<Start>, String> {
    let file = project.join("expect.toml");
    let text = fs::read_to_string(&file).map_err(|e| format!("{}: {e}; tests/corpus/README.md says what goes there", file.display()))?;
    let document = || -> Result<Vec<Start>, DeserError> {
        let mut document = toml_span::parse(&text)?;
        let mut table = TableHelper::new(&mut document)?;
        let starts = table.required("start");
        table.finalize(None)?;
        Ok(starts?)
    };
    document().map_err(|e| format!("{}: {e}", file.display()))
}

impl<'de> Deserialize<'de> for Start {
    fn deserialize(value: &mut Value<'de>) -> Result<Self, DeserError> {
        let mut table = TableHelper::new(value)?;
        let mut texts = |key| table.optional::<Vec<String>>(key).unwrap_or_default();
        let (words, env, tmpfs, says) = (texts("words"), texts("env"), texts("tmpfs"), texts("says"));
        let (port, exit) = (table.optional("port"), table.optional("exit"));
        let (get, ask) = (table.optional("get").unwrap_or_default(), table.optional("ask").unwrap_or_default());
        let start = Self { words, env, tmpfs, port, get, ask, says, exit };
        if start.get.is_empty() && start.ask.is_empty() && start.says.is_empty() {
            let nothing = "nothing shows that it works: `get`, `ask` or `says` is needed";
            table.errors.push((toml_span::ErrorKind::Custom(nothing.into()), value.span).into());
        }
        table.finalize(None)?;
        Ok(start)
    }
}

impl<'de> Deserialize<'de> for Answer {
    fn deserialize(value: &mut Value<'de>) -> Result<Self, DeserError> {
        let mut table = TableHelper::new(value)?;
        let path = table.optional::<String>("path");
        let words = if let Some(path) = path { Ok(vec![path]) } else { table.required("words") };
        let headers = table.optional("headers").unwrap_or_default();
        let has = table.required("has");
        table.finalize(None)?;
        Ok(Self { words: words?, headers, has: has? })
    }
}
