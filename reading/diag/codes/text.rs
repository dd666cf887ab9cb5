//! What can be wrong with the text of a file: YAML and TOML that cannot be read, keys and values of another form than is wanted.

use super::codes;

codes! {
    /// A YAML file cannot be read.
    ///
    /// Why: where the text has no structure, nothing in it can be taken to mean something.
    ///
    /// Mend: look at the place that is pointed at, and at the line above it: most often an indent, a tab or a quote that is
    /// not closed. One file holds one document, and a key is a plain word.
    ///
    /// ```yaml
    /// command: [serve    # command: [serve]
    /// ```
    YAML_SYNTAX = "yaml-syntax", Error, "0.1.0";

    /// A YAML file is larger, nested deeper or has more aliases than a spec ever has.
    ///
    /// Why: a file of some hundred bytes can unfold into gigabytes of aliases. Reading ends before that.
    ///
    /// Mend: a spec is a page or two. See that the file is the one that is meant, and write out what is repeated many times.
    ///
    /// ```yaml
    /// a: &a [x, x]
    /// b: &b [*a, *a]
    /// c: [*b, *b]    # and so on
    /// ```
    YAML_TOO_LARGE = "yaml-too-large", Error, "0.1.0";

    /// A text holds a NUL character.
    ///
    /// Why: commands, variables and paths end at a NUL, so what stands behind it would be lost without a word.
    ///
    /// Mend: take the character out.
    ///
    /// ```yaml
    /// command: [serve, "a\0b"]    # command: [serve, ab]
    /// ```
    NUL_IN_TEXT = "nul-in-text", Error, "0.1.0";

    /// A mapping has the same key twice.
    ///
    /// Why: only one of them would count, and readers differ on which.
    ///
    /// Mend: keep one of the two.
    ///
    /// ```yaml
    /// env:
    ///   PORT: "8000"
    ///   PORT: "9000"    # keep one
    /// ```
    DUPLICATE_KEY = "duplicate-key", Error, "0.1.0";

    /// A mapping has a key that nothing reads.
    ///
    /// Why: a misspelt key that was passed over would do nothing, and the image would not be what the spec says.
    ///
    /// Mend: write the key that the message suggests, or take the line out. [The reference](spec.md) has all keys, and each
    /// recipe says which options it has.
    ///
    /// ```yaml
    /// pyton: "3.13"    # python: "3.13"
    /// ```
    UNKNOWN_KEY = "unknown-key", Error, "0.1.0";

    /// A value has another shape than its key takes: a text where a list is wanted, a list where a mapping is.
    ///
    /// Why: a guess at what is meant would be right most of the time, and wrong without a word the rest.
    ///
    /// Mend: write the value in the form that the message shows.
    ///
    /// ```yaml
    /// expose: 8000    # expose: [8000]
    /// ```
    WRONG_TYPE = "wrong-type", Error, "0.1.0";

    /// A key takes one of a few words, and this is none of them.
    ///
    /// Why: there is nothing sensible to do for a word that nobody knows.
    ///
    /// Mend: take one of the words that the message lists.
    ///
    /// ```yaml
    /// runtime: slym    # runtime: slim
    /// ```
    UNKNOWN_VALUE = "unknown-value", Error, "0.1.0";

    /// A number, a size, a length of time, a mode or a user is not written as one.
    ///
    /// Why: units are never guessed, and nothing is rounded: `120` could be bytes or megabytes.
    ///
    /// Mend: write it as the message shows.
    ///
    /// ```yaml
    /// budget: 120    # budget: 120MB
    /// ```
    BAD_VALUE = "bad-value", Error, "0.1.0";

    /// A name has letters that such a name cannot have: of an environment variable, a label, an edition, a secret, a signal,
    /// a Debian package.
    ///
    /// Why: the name goes where only some letters are allowed, as to the shell or to apt, and would fail there or do
    /// something else.
    ///
    /// Mend: use letters, digits and what the message names.
    ///
    /// ```yaml
    /// env: { MY-VAR: x }    # env: { MY_VAR: x }
    /// ```
    BAD_NAME = "bad-name", Error, "0.1.0";

    /// A path is not of the kind that its key takes: absolute where it is to lie in the project, relative where it is to be a
    /// place in the image, a pattern, an address, or one that leads out with `..`.
    ///
    /// Why: only files of the build's context reach the build, each by one name.
    ///
    /// Mend: write it as the message shows. Paths of the project count from the top of the context, and paths in the image
    /// start with `/`.
    ///
    /// ```yaml
    /// copy: [../shared]    # build from the folder above, and write `copy: [shared]`
    /// ```
    BAD_PATH = "bad-path", Error, "0.1.0";

    /// The name of an image cannot be read.
    ///
    /// Why: no registry has an image of such a name.
    ///
    /// Mend: write it as `docker pull` takes it: small letters, and a tag or a digest.
    ///
    /// ```yaml
    /// base: { builder: "Python:3.13" }    # base: { builder: "python:3.13" }
    /// ```
    BAD_IMAGE = "bad-image", Error, "0.1.0";

    /// What is copied from is no image, no build context and no stage.
    ///
    /// Why: these three are all that files can come from, apart from the project itself.
    ///
    /// Mend: name an image by its name and tag, a context as `context://NAME`, a stage by its name; `docker buildx build
    /// --build-context NAME=ADDRESS` turns an address into a context.
    ///
    /// ```yaml
    /// copy:
    ///   - { from: "https://example.org/x", path: x }    # { from: context://x, path: x }
    /// ```
    BAD_SOURCE = "bad-source", Error, "0.1.0";

    /// An address cannot be read: of a health check, a port, a package index, a request to the service.
    ///
    /// Why: it would be asked in every check, and never answered.
    ///
    /// Mend: write it as the message shows. A port alone is `":8000"`, with a path it is `":8000/healthz"`, and an index is
    /// asked over https.
    ///
    /// ```yaml
    /// healthcheck: { http: "8000/healthz" }    # healthcheck: { http: ":8000/healthz" }
    /// ```
    BAD_ADDRESS = "bad-address", Error, "0.1.0";

    /// A command has no words, or is a line that only a shell could take apart: with variables, pipes, `&&`, `~` or a
    /// comment.
    ///
    /// Why: commands are run without a shell, and most images have none. A line with `$PORT` would hand the five letters to
    /// the program.
    ///
    /// Mend: write a list of words, set variables under `env`, and put a second command under `before-start`. Where the
    /// runtime has a shell, call it by name.
    ///
    /// ```yaml
    /// command: alembic upgrade head && serve
    /// # before-start: [[alembic, upgrade, head]]
    /// # command: [serve]
    /// ```
    BAD_COMMAND = "bad-command", Error, "0.1.0";

    /// A TOML file of the project cannot be read.
    ///
    /// Why: the project's name, its Python and its packages stand there.
    ///
    /// Mend: look at the place that is pointed at. A lock is not mended by hand: its tool writes it anew.
    ///
    /// ```toml
    /// name = "shop    # name = "shop"
    /// ```
    BAD_TOML = "bad-toml", Error, "0.1.0";

    /// A file cannot be read as text.
    ///
    /// Why: all files that distil reads are UTF-8, and a wrong guess at another encoding changes what they say.
    ///
    /// Mend: save the file as UTF-8. PowerShell's `>` writes UTF-16: pipe through `Out-File -Encoding utf8`.
    ///
    /// ```console
    /// > pip freeze > requirements.txt    # pip freeze | Out-File -Encoding utf8 requirements.txt
    /// ```
    UNREADABLE_FILE = "unreadable-file", Error, "0.1.0";

    /// There are more mistakes than are shown.
    ///
    /// Why: thirty are more than anybody reads at once, and one mistake often brings others along.
    ///
    /// Mend: correct the first ones, and check again.
    ///
    /// ```console
    /// $ distil check    # once more, after the first ones are mended
    /// ```
    MORE_MISTAKES = "more-mistakes", Error, "0.1.0";
}
