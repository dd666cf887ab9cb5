//! What can be wrong with a recipe, and with the steps that a spec adds to one.

use super::codes;

codes! {
    /// There is no recipe of that name.
    ///
    /// Why: the recipe says how everything is built.
    ///
    /// Mend: take one of those that the message lists, or see that the file is there and that `.dockerignore` does not leave
    /// it out.
    ///
    /// ```yaml
    /// recipe: python/uvv    # recipe: python/uv
    /// ```
    NO_RECIPE = "no-recipe", Error, "0.1.0";

    /// A recipe extends itself, through others or at once.
    ///
    /// Why: there is none that the others could start from.
    ///
    /// Mend: extend one that comes with distil, or none.
    ///
    /// ```yaml
    /// extends: recipe.yaml    # extends: python/uv
    /// ```
    RECIPE_CYCLE = "recipe-cycle", Error, "0.1.0";

    /// A key stands where it does nothing: in a recipe beside what it has no meaning for, or in a spec whose recipe has no use for it.
    ///
    /// Why: it reads as if it did something.
    ///
    /// Mend: take it out, or put it where the message says that it belongs. A recipe of your own takes a key of the spec by the
    /// input that comes from it, which the message names.
    ///
    /// ```yaml
    /// - { phase: a, run: ["true"], text: x }    # `text` goes with `write`
    /// ```
    MISPLACED_KEY = "misplaced-key", Error, "0.1.0";

    /// A step or a change names a phase that the recipe does not have.
    ///
    /// Why: it would never be run.
    ///
    /// Mend: take one of the phases that the message lists; `distil plan` shows where each is.
    ///
    /// ```yaml
    /// steps: [{ phase: asets, run: [make] }]    # phase: assets
    /// ```
    UNKNOWN_PHASE = "unknown-phase", Error, "0.1.0";

    /// Two stages have the same name, or one has a name that means something else.
    ///
    /// Why: what names the stage could mean either.
    ///
    /// Mend: give it another name. `context`, `scratch` and `distil` are taken.
    ///
    /// ```yaml
    /// stages:
    ///   - { stage: a, from: scratch }
    ///   - { stage: a, from: scratch }    # stage: b
    /// ```
    DUPLICATE_STAGE = "duplicate-stage", Error, "0.1.0";

    /// A stage is named that does not exist, or not with these inputs.
    ///
    /// Why: there is nothing to start or to copy from.
    ///
    /// Mend: take one of those that the message lists. An image has a tag, as `nginx:1`, and a build context is
    /// `context://NAME`.
    ///
    /// ```yaml
    /// copy: [{ from: nginx, path: /etc/nginx }]    # from: nginx:1
    /// ```
    NO_SUCH_STAGE = "no-such-stage", Error, "0.1.0";

    /// The recipe does not build what the spec asks for.
    ///
    /// Why: whoever keeps the recipe says so, with a reason; it holds for every spec that uses it.
    ///
    /// Mend: do what the message says, or ask them.
    ///
    /// ```yaml
    /// # recipe.yaml
    /// refuse: [{ when: { uid: "0" }, say: a service of ours never runs as root, help: leave `user` out }]
    /// ```
    REFUSED_BY_RECIPE = "refused-by-recipe", Error, "0.1.0";

    /// A step takes files that lie beside its recipe, and there are none.
    ///
    /// Why: a recipe of a git repository is read alone, and beside one of distil's own lies nothing.
    ///
    /// Mend: share the recipe as a folder (`context://NAME/recipe.yaml`) or in an image (`docker-image://IMAGE@DIGEST#recipe.yaml`), or write the
    /// file with `write` and `text`.
    ///
    /// ```yaml
    /// # recipe.yaml
    /// stages:
    ///   - stage: runtime
    ///     from: scratch
    ///     steps: [{ phase: system, copy: ca.crt, from: recipe, to: /etc/ca.crt }]
    /// ```
    NO_FILES_BESIDE = "no-files-beside", Error, "0.1.0";

    /// A case beside a recipe does not come to what it says.
    ///
    /// Why: the recipe does something else than whoever wrote the case wants it to do.
    ///
    /// Mend: mend the recipe, or the case; `distil plan` on a project shows every line that a case can ask for.
    ///
    /// ```yaml
    /// # recipe.cases.yaml
    /// cases:
    ///   - { case: as root, spec: { user: root }, refused: [refused-by-recipe] }
    /// ```
    FAILED_CASE = "failed-case", Error, "0.1.0";

    /// The recipe needs a newer distil than this one.
    ///
    /// Why: it says things that this one does not know, and would do something else without them.
    ///
    /// Mend: take a newer frontend image in the spec's first line, or an older version of the recipe.
    ///
    /// ```yaml
    /// # recipe.yaml
    /// requires: "0.1"
    /// ```
    TOO_OLD = "too-old", Error, "0.1.0";

    /// Stages need each other in a circle, or the image is copied into itself.
    ///
    /// Why: none of them could be built first.
    ///
    /// Mend: copy from a stage that comes before.
    ///
    /// ```yaml
    /// stages:
    ///   - { stage: a, from: b }
    ///   - { stage: b, from: a }    # from: scratch
    /// ```
    STAGE_CYCLE = "stage-cycle", Error, "0.1.0";

    /// The recipe has no stage for the image with these inputs.
    ///
    /// Why: nothing would be built.
    ///
    /// Mend: look at the `when` of its last stages: none of them holds.
    ///
    /// ```yaml
    /// - { stage: runtime, from: scratch, when: debug }
    /// ```
    NO_STAGES = "no-stages", Error, "0.1.0";

    /// A text of a recipe cannot be filled in.
    ///
    /// Why: what is not understood would end up in a command as it stands.
    ///
    /// Mend: write values with two braces, and use nothing but `if`, `unless` and `each`.
    ///
    /// ```yaml
    /// from: "{{{image}}}"    # from: "{{image}}"
    /// ```
    BAD_TEMPLATE = "bad-template", Error, "0.1.0";

    /// A script puts quotes around a value.
    ///
    /// Why: every value that is put into a script is quoted by distil, so quotes of one's own end that quoting, and what the
    /// value says is run.
    ///
    /// Mend: take the quotes away; the same goes for comments and here-documents.
    ///
    /// ```yaml
    /// script: echo "hello {{name}}"    # script: echo hello {{name}}
    /// ```
    QUOTED_VALUE = "quoted-value", Error, "0.1.0";

    /// An input that the recipe cannot do without has no value.
    ///
    /// Why: there is no default for it.
    ///
    /// Mend: give it under `options`, or give it a `default` in the recipe.
    ///
    /// ```yaml
    /// options: { folder: /data }
    /// ```
    MISSING_INPUT = "missing-input", Error, "0.1.0";

    /// A recipe reads something of the project's files that is in none of them, and has no default for it.
    ///
    /// Why: the steps of the recipe depend on it.
    ///
    /// Mend: add the file, or the value in it; see that `.dockerignore` does not leave it out; or give what is read a `default` in the
    /// recipe.
    ///
    /// ```yaml
    /// reads:
    ///   node: { json: package.json, at: /engines/node }    # … default: "22" }
    /// ```
    NOTHING_TO_READ = "nothing-to-read", Error, "0.1.0";

    /// A text of a recipe names an input that the recipe does not declare.
    ///
    /// Why: it would always be empty.
    ///
    /// Mend: declare it under `inputs`, or correct its name.
    ///
    /// ```yaml
    /// inputs: { folder: { type: string } }
    /// ```
    UNDECLARED_INPUT = "undeclared-input", Error, "0.1.0";

    /// A recipe declares an input that it never uses.
    ///
    /// Why: a spec that gives it would see no difference.
    ///
    /// Mend: use it, or take it out.
    ///
    /// ```yaml
    /// inputs: { folder: { type: string } }    # and no `{{folder}}`
    /// ```
    UNUSED_INPUT = "unused-input", Error, "0.1.0";
}
